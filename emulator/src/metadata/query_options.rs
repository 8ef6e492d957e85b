//! `$select`, `$filter` and `$expand` on metadata, and what they leave of an object.

use std::fmt::Write as _;

use dvkit_schema::wire::write::Object;
use odata_parser::ast::{Item, OptionKind, QueryOption};
use serde_json::Value;

use super::filter::Condition;
use super::types::MetadataType;
use super::{Refusal, unknown_property};

/// What is asked for of objects of one type.
#[derive(Debug, Default)]
pub(crate) struct QueryOptions {
    /// The names of `$select`; `None` for all properties.
    select: Option<Vec<String>>,
    pub(crate) filter: Option<Condition>,
    expand: Vec<(&'static str, QueryOptions)>,
}

/// Where the options stand, which decides what they may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// On a collection.
    Collection,
    /// On one definition.
    Single,
    /// On global choices, which have no `$filter`.
    Choices,
}

impl QueryOptions {
    /// Reads the options on objects of a type.
    pub(crate) fn of(
        options: &[QueryOption<'_>],
        ty: &'static MetadataType,
        level: Level,
    ) -> Result<Self, Refusal> {
        let mut shape = Self::default();
        for option in options {
            match &option.kind {
                OptionKind::Select(items) => shape.select = Some(select(items, ty)?),
                OptionKind::Filter(expr) if level == Level::Collection => {
                    shape.filter = Some(Condition::of(expr, ty)?);
                }
                OptionKind::Expand(items) => shape.expand = expand(items, ty)?,
                OptionKind::Alias(_) => {}
                _ => {
                    return Err(Refusal::bad(format!(
                        "The query parameter {} is not supported",
                        option.name
                    )));
                }
            }
        }
        Ok(shape)
    }

    /// What is asked for of what a navigation property leads to; `None` where that is not asked for.
    pub(crate) fn expanded(&self, navigation: &str) -> Option<&Self> {
        self.expand.iter().find(|(name, _)| *name == navigation).map(|(_, shape)| shape)
    }

    /// Meets the object the condition?
    pub(crate) fn admits(&self, object: &Object) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.holds(object))
    }

    /// Leaves of the object what is asked for; `MetadataId` and annotations always stay.
    pub(crate) fn project(&self, mut object: Object, ty: &MetadataType) -> Object {
        let selected = |name: &str| match &self.select {
            Some(names) => names.iter().any(|n| n == name),
            None => true,
        };
        object.retain(|name, value| {
            if let Some(shape) = self.expanded(name) {
                if let (Value::Object(inner), Some((_, inner_type, false))) =
                    (&mut *value, ty.navigation(name))
                {
                    *inner = shape.project(std::mem::take(inner), inner_type);
                }
                return true;
            }
            name.starts_with('@') || name == "MetadataId" || ty.navigation(name).is_none() && selected(name)
        });
        object
    }

    /// What the context URL says in parentheses.
    pub(crate) fn context(&self) -> String {
        let mut parts = self.select.clone().unwrap_or_default();
        for (name, shape) in &self.expand {
            let inner = shape.context();
            let mut part = (*name).to_owned();
            // Writing to a text cannot fail.
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
