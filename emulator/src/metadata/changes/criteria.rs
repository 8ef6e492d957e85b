//! Evaluates `MetadataFilterExpression`, the criteria by which a query filters definitions.

use std::cmp::Ordering;

use dvkit_schema::wire::write::Object;
use serde::Deserialize;
use serde_json::Value;

use super::super::Refusal;
use super::super::filter::inner_value;
use super::super::types::{MetadataType, PropertyType};

/// Criteria: conditions and nested criteria, joined by an operator.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Criteria {
    filter_operator: Logical,
    conditions: Vec<Condition>,
    filters: Vec<Criteria>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
enum Logical {
    #[default]
    And,
    Or,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Condition {
    condition_operator: Operator,
    property_name: String,
    #[serde(default)]
    value: Option<ExpectedValue>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Operator {
    Equals,
    NotEquals,
    In,
    NotIn,
    GreaterThan,
    LessThan,
}

/// A value that a condition compares with: the name of a .NET type, and the value as text. It is the complex
/// type `Object` of the Web API.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ExpectedValue {
    #[serde(rename = "Type")]
    ty: String,
    value: Option<String>,
}

impl Criteria {
    /// Checks that every condition names a property that can be filtered, and has a valid value. `known`
    /// returns the type of a property by its name; `ty` is the type of the filtered objects, for messages.
    /// The refusal is about the first condition that is wrong.
    pub(super) fn check(
        &self,
        known: &dyn Fn(&str) -> Option<PropertyType>,
        ty: &MetadataType,
    ) -> Result<(), Refusal> {
        for condition in &self.conditions {
            let name = &condition.property_name;
            match known(name) {
                None => {
                    return Err(Refusal::bad(format!(
                        "The property '{name}' of the criteria is not a property of '{}'.",
                        ty.name
                    )));
                }
                Some(PropertyType::Label | PropertyType::Collection) => {
                    return Err(Refusal::bad(format!("The criteria cannot ask for the property '{name}'.")));
                }
                Some(_) => {}
            }
            if let Some(wanted) = &condition.value {
                wanted.check(condition.condition_operator)?;
            }
        }
        self.filters.iter().try_for_each(|inner| inner.check(known, ty))
    }

    /// Returns whether an object meets the criteria. Criteria without conditions are met by every object.
    pub(super) fn matches(&self, object: &Object) -> bool {
        let mut all = self
            .conditions
            .iter()
            .map(|c| c.matches(object))
            .chain(self.filters.iter().map(|f| f.matches(object)))
            .peekable();
        if all.peek().is_none() {
            return true;
        }
        match self.filter_operator {
            Logical::And => all.all(|holds| holds),
            Logical::Or => all.any(|holds| holds),
        }
    }
}

impl Condition {
    fn matches(&self, object: &Object) -> bool {
        let found = inner_value(object.get(&self.property_name));
        let wanted = self.value.as_ref();
        match self.condition_operator {
            Operator::Equals => {
                wanted.is_none_or(|w| w.value.is_none()) && found.is_null()
                    || wanted.is_some_and(|w| w.is(found))
            }
            Operator::NotEquals => !wanted.map_or(found.is_null(), |w| w.is(found)),
            Operator::In => wanted.is_some_and(|w| w.has(found)),
            Operator::NotIn => !wanted.is_some_and(|w| w.has(found)),
            Operator::GreaterThan => wanted.and_then(|w| w.order(found)) == Some(Ordering::Greater),
            Operator::LessThan => wanted.and_then(|w| w.order(found)) == Some(Ordering::Less),
        }
    }
}

impl ExpectedValue {
    fn check(&self, operator: Operator) -> Result<(), Refusal> {
        let list = matches!(operator, Operator::In | Operator::NotIn);
        let value = self.value.as_deref().unwrap_or_default();
        let wrong =
            |why: &str| Err(Refusal::bad(format!("The value of type '{}' in the criteria: {why}", self.ty)));
        if list != self.ty.ends_with("[]") {
            return wrong(
                "In and NotIn take an array (System.String[]), the other operators a single value.",
            );
        }
        match self.ty.as_str() {
            _ if list && elements(value).is_none() => wrong("an array is written as ['a','b']."),
            "System.Boolean"
                if !value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false") =>
            {
                wrong("a boolean is the text True or False.")
            }
            "System.Int32" if value.parse::<i32>().is_err() => wrong("not a whole number."),
            _ => Ok(()),
        }
    }

    /// Returns whether a value is equal to the expected one. Names are compared with regard to case, booleans
    /// and guids without.
    fn is(&self, found: &Value) -> bool {
        self.value.as_deref().is_some_and(|wanted| same(wanted, found))
    }

    fn has(&self, found: &Value) -> bool {
        let list = self.value.as_deref().and_then(elements).unwrap_or_default();
        list.iter().any(|wanted| same(wanted, found))
    }

    /// Compares a value with the expected one. Returns `None` if they cannot be ordered.
    fn order(&self, found: &Value) -> Option<Ordering> {
        let wanted = self.value.as_deref()?;
        match found {
            Value::Number(n) => n.as_f64()?.partial_cmp(&wanted.parse().ok()?),
            Value::String(s) => Some(s.as_str().cmp(wanted)),
            _ => None,
        }
    }
}

fn same(wanted: &str, found: &Value) -> bool {
    match found {
        Value::String(s) => s == wanted,
        Value::Bool(b) => wanted.eq_ignore_ascii_case(if *b { "true" } else { "false" }),
        Value::Number(n) => wanted.parse::<f64>().ok().is_some_and(|w| n.as_f64() == Some(w)),
        _ => false,
    }
}

/// Parses a list of texts such as `['a','b']` or `["a","b"]`. Returns `None` if the text is not such a list.
fn elements(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let one = |element: &str| {
        let element = element.trim();
        let quoted = |q: char| element.strip_prefix(q).and_then(|e| e.strip_suffix(q));
        quoted('\'')
            .or_else(|| quoted('"'))
            .or(Some(element).filter(|e| !e.contains(['\'', '"'])))
            .map(str::to_owned)
    };
    inner.split(',').map(one).collect()
}
