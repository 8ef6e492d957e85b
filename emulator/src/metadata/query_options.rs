//! Parses `$select`, `$filter` and `$expand` on metadata, and applies them to objects.

use std::fmt::Write as _;

use dvkit_schema::wire::write::Object;
use odata_parser::ast::{Item, OptionKind, QueryOption};
use serde_json::Value;

use super::filter::Condition;
use super::types::MetadataType;
use super::{Refusal, unknown_property};

/// The query options that apply to objects of one type.
#[derive(Debug, Default)]
pub(crate) struct QueryOptions {
    /// The names in `$select`; `None` for all properties.
    select: Option<Vec<String>>,
    pub(crate) filter: Option<Condition>,
    expand: Vec<(&'static str, QueryOptions)>,
}

/// The kind of resource that query options apply to. It determines which options are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// A collection of definitions.
    Collection,
    /// A single definition, selected by its key.
    Single,
    /// The global choices, which do not support `$filter`.
    Choices,
}

impl QueryOptions {
    /// Parses the query options for objects of the type `ty`. Options that `level` does not allow are
    /// refused. Options with names that `ty` does not have are refused too.
    pub(crate) fn of(
        options: &[QueryOption<'_>],
        ty: &'static MetadataType,
        level: Level,
    ) -> Result<Self, Refusal> {
        let mut result = Self::default();
        for option in options {
            match &option.kind {
                OptionKind::Select(items) => result.select = Some(select(items, ty)?),
                OptionKind::Filter(expr) if level == Level::Collection => {
                    result.filter = Some(Condition::of(expr, ty)?);
                }
                OptionKind::Expand(items) => result.expand = expand(items, ty)?,
                OptionKind::Alias(_) => {}
                _ => {
                    return Err(Refusal::bad(format!(
                        "The query parameter {} is not supported",
                        option.name
                    )));
                }
            }
        }
        Ok(result)
    }

    /// Returns the options for the expanded navigation property `navigation`, or `None` if it is not
    /// expanded.
    pub(crate) fn expanded(&self, navigation: &str) -> Option<&Self> {
        self.expand.iter().find(|(name, _)| *name == navigation).map(|(_, options)| options)
    }

    /// Returns whether an object meets the condition in `$filter`. Without `$filter`, every object does.
    pub(crate) fn matches(&self, object: &Object) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(object))
    }

    /// Removes the properties that were not requested. `MetadataId` and annotations are never removed.
    pub(crate) fn project(&self, mut object: Object, ty: &MetadataType) -> Object {
        let selected = |name: &str| match &self.select {
            Some(names) => names.iter().any(|n| n == name),
            None => true,
        };
        object.retain(|name, value| {
            if let Some(options) = self.expanded(name) {
                if let (Value::Object(inner), Some((_, inner_type, false))) =
                    (&mut *value, ty.navigation(name))
                {
                    *inner = options.project(std::mem::take(inner), inner_type);
                }
                return true;
            }
            name.starts_with('@') || name == "MetadataId" || ty.navigation(name).is_none() && selected(name)
        });
        object
    }

    /// Returns the parenthesised list of selected and expanded names in the context URL, such as
    /// `(LogicalName,Attributes())`, or an empty text if there are none.
    pub(crate) fn context(&self) -> String {
        let mut parts = self.select.clone().unwrap_or_default();
        for (name, options) in &self.expand {
            let inner = options.context();
            let mut part = (*name).to_owned();
            // Writing to a string cannot fail.
            let _ = if inner.is_empty() { write!(part, "()") } else { part.write_str(&inner) };
            parts.push(part);
        }
        if parts.is_empty() { String::new() } else { format!("({})", parts.join(",")) }
    }
}

fn select(items: &[Item<'_>], ty: &MetadataType) -> Result<Vec<String>, Refusal> {
    let name = |item: &Item<'_>| {
        let name = item.path.as_name().ok_or_else(|| {
            Refusal::bad(format!("The $select item '{}' isn't supported for Metadata Entities.", item.path))
        })?;
        match ty.property(name) {
            Some(_) => Ok(name.to_owned()),
            None => Err(unknown_property(name, ty)),
        }
    };
    items.iter().map(name).collect()
}

fn expand(items: &[Item<'_>], ty: &MetadataType) -> Result<Vec<(&'static str, QueryOptions)>, Refusal> {
    let one = |item: &Item<'_>| {
        let name = item.path.as_name().ok_or_else(|| {
            Refusal::bad(format!("The $expand item '{}' isn't supported for Metadata Entities.", item.path))
        })?;
        let (name, target, many) = ty.navigation(name).ok_or_else(|| unknown_property(name, ty))?;
        let options = item.nested.as_ref().map(|n| n.options.as_slice()).unwrap_or_default();
        let level = if many { Level::Collection } else { Level::Single };
        Ok((name, QueryOptions::of(options, target, level)?))
    };
    items.iter().map(one).collect()
}
