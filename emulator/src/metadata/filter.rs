//! Parses and evaluates `$filter` on metadata. Conditions that the service refuses are refused.

use std::cmp::Ordering;

use dvkit_schema::wire::write::Object;
use odata_parser::ast::{Binary, BinaryOp, Expr, ExprKind, Literal, LiteralKind, Path, SegmentKind, UnaryOp};
use serde_json::Value;

use super::types::{MetadataType, PropertyType};
use super::{Refusal, unknown_property};

/// A condition in `$filter`, limited to the kinds that the service accepts.
#[derive(Debug)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare { property: String, operator: BinaryOp, value: Value },
}

impl Condition {
    /// Converts an expression to a condition on objects of the type `ty`, or refuses it.
    pub(crate) fn of(expr: &Expr<'_>, ty: &MetadataType) -> Result<Self, Refusal> {
        match &expr.kind {
            ExprKind::Paren(inner) => Self::of(inner, ty),
            ExprKind::Unary(unary) if unary.op == UnaryOp::Not => {
                Ok(Self::Not(Box::new(Self::of(&unary.operand, ty)?)))
            }
            ExprKind::Binary(binary) => match binary.op {
                BinaryOp::And => Ok(Self::All(Self::chain(binary, ty)?)),
                BinaryOp::Or => Ok(Self::Any(Self::chain(binary, ty)?)),
                op if op.is_comparison() && !matches!(op, BinaryOp::Has | BinaryOp::In) => {
                    compare(binary, ty)
                }
                op => Err(Refusal::bad(format!(
                    "The operator '{}' isn't supported for Metadata Entities.",
                    op.as_str()
                ))),
            },
            ExprKind::Call(call) => Err(Refusal::function(call.name)),
            // A boolean property alone: `IsActivity`.
            ExprKind::Path(path) => {
                if let Some(call) = called(path) {
                    return Err(Refusal::function(call));
                }
                let (property, kind) = property(path, ty)?;
                if !matches!(kind, PropertyType::Bool | PropertyType::Managed) {
                    return Err(Refusal::bad(
                        "The $filter expression must evaluate to a single boolean value.",
                    ));
                }
                Ok(Self::Compare { property, operator: BinaryOp::Eq, value: Value::Bool(true) })
            }
            _ => Err(Refusal::bad("The $filter expression isn't supported for Metadata Entities.")),
        }
    }

    /// Returns all operands of `a or b or …`, the last one first. They are collected in a loop, because there
    /// may be too many for recursion. Refuses the chain if one of them is refused.
    fn chain(binary: &Binary<'_>, ty: &MetadataType) -> Result<Vec<Self>, Refusal> {
        let mut operands = Vec::new();
        let mut binary = binary;
        loop {
            operands.push(Self::of(&binary.right, ty)?);
            match &binary.left.kind {
                ExprKind::Binary(left) if left.op == binary.op => binary = left,
                _ => break,
            }
        }
        operands.push(Self::of(&binary.left, ty)?);
        Ok(operands)
    }

    /// Returns whether an object meets the condition.
    pub(crate) fn matches(&self, object: &Object) -> bool {
        match self {
            Self::All(all) => all.iter().all(|c| c.matches(object)),
            Self::Any(any) => any.iter().any(|c| c.matches(object)),
            Self::Not(inner) => !inner.matches(object),
            Self::Compare { property, operator, value } => {
                let found = inner_value(object.get(property));
                match operator {
                    BinaryOp::Eq => equal(found, value),
                    BinaryOp::Ne => !equal(found, value),
                    _ => order(found, value).is_some_and(|o| match operator {
                        BinaryOp::Gt => o.is_gt(),
                        BinaryOp::Ge => o.is_ge(),
                        BinaryOp::Lt => o.is_lt(),
                        _ => o.is_le(),
                    }),
                }
            }
        }
    }
}

/// Returns the value that a condition compares. If the property is an object, it is the object's `Value`.
pub(crate) fn inner_value(value: Option<&Value>) -> &Value {
    let value = value.unwrap_or(&Value::Null);
    value.as_object().map_or(value, |object| object.get("Value").unwrap_or(&Value::Null))
}

/// Returns whether two JSON values are equal. Numbers are compared by value, so that `1` equals `1.0`.
fn equal(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => found == wanted,
    }
}

fn order(found: &Value, wanted: &Value) -> Option<Ordering> {
    match (found, wanted) {
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Returns the name of the function that a path calls, or `None` if it calls none.
fn called<'s>(path: &Path<'s>) -> Option<&'s str> {
    path.segments.iter().find_map(|s| match &s.kind {
        SegmentKind::Call(call) => Some(call.name),
        SegmentKind::Any(_) => Some("any"),
        SegmentKind::All(_) => Some("all"),
        _ => None,
    })
}

/// Returns the name and type of the property that a path in `$filter` names. Refuses a path to a property
/// that does not exist or cannot be filtered.
fn property(path: &Path<'_>, ty: &MetadataType) -> Result<(String, PropertyType), Refusal> {
    let names: Vec<_> = path
        .segments
        .iter()
        .map(|s| match s.kind {
            SegmentKind::Name(name) => Ok(name),
            _ => Err(Refusal::bad("The path of the $filter isn't supported for Metadata Entities.")),
        })
        .collect::<Result<_, _>>()?;
    let (first, rest) = names.split_first().ok_or_else(|| Refusal::bad("The $filter has an empty path."))?;
    let kind = ty.property(first).ok_or_else(|| unknown_property(first, ty))?;
    match (kind, rest) {
        (PropertyType::Managed | PropertyType::Named(_), ["Value"]) => Ok(((*first).to_owned(), kind)),
        (PropertyType::Managed | PropertyType::Named(_), _) => {
            Err(Refusal::bad(format!("The property '{first}' can only be filtered by '{first}/Value'.")))
        }
        (PropertyType::Label | PropertyType::Collection, _) => Err(Refusal::bad(format!(
            "Filtering by the property '{first}' isn't supported for Metadata Entities."
        ))),
        (_, []) => Ok(((*first).to_owned(), kind)),
        (_, [next, ..]) => {
            Err(Refusal::bad(format!("Could not find a property named '{next}' on the property '{first}'.")))
        }
    }
}

fn compare(binary: &Binary<'_>, ty: &MetadataType) -> Result<Condition, Refusal> {
    let (path, literal, operator) = match (&binary.left.kind, &binary.right.kind) {
        (ExprKind::Path(path), ExprKind::Literal(literal)) => (path, literal, binary.op),
        (ExprKind::Literal(literal), ExprKind::Path(path)) => (path, literal, turned(binary.op)),
        (ExprKind::Call(call), _) | (_, ExprKind::Call(call)) => return Err(Refusal::function(call.name)),
        _ => return Err(Refusal::bad("A $filter of metadata compares a property with a literal.")),
    };
    if let Some(call) = called(path) {
        return Err(Refusal::function(call));
    }
    let (property, kind) = property(path, ty)?;
    let value = literal_value(literal, kind)?;
    Ok(Condition::Compare { property, operator, value })
}

fn turned(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        other => other,
    }
}

/// Returns the JSON value of a literal that is compared with a property of the type `kind`. A literal of
/// another type is refused.
fn literal_value(literal: &Literal<'_>, kind: PropertyType) -> Result<Value, Refusal> {
    let incompatible = || {
        Refusal::incompatible(format!(
            "A binary operator with incompatible types was detected. Found operand types '{}' and '{}' for operator \
             kind 'Equal'.",
            edm(kind),
            literal_type(literal)
        ))
    };
    let text = || Value::from(literal.string_value().into_owned());
    Ok(match (literal.kind, kind) {
        (LiteralKind::Null, _) => Value::Null,
        (LiteralKind::Boolean, PropertyType::Bool | PropertyType::Managed) => {
            Value::Bool(literal.text == "true")
        }
        (LiteralKind::String, PropertyType::Text | PropertyType::Named("")) => text(),
        (LiteralKind::Guid, PropertyType::Guid) => Value::from(literal.text.to_ascii_lowercase()),
        (LiteralKind::DateTimeOffset, PropertyType::Time) => text(),
        (
            LiteralKind::Integer | LiteralKind::Decimal | LiteralKind::Double,
            PropertyType::Int | PropertyType::Number,
        ) => serde_json::from_str(literal.text).map_err(|_| incompatible())?,
        // The service takes a text for the member with this name, with and without quotes around it. Its own
        // Python SDK sends `AttributeType ne 'Virtual'`.
        (LiteralKind::String, PropertyType::Enum(wanted) | PropertyType::Named(wanted))
            if !wanted.is_empty() =>
        {
            text()
        }
        (LiteralKind::Enum, PropertyType::Enum(wanted) | PropertyType::Named(wanted))
            if !wanted.is_empty() =>
        {
            let (ty, member) = literal.text.split_once('\'').ok_or_else(incompatible)?;
            if ty.strip_prefix("Microsoft.Dynamics.CRM.") != Some(wanted) {
                return Err(incompatible());
            }
            Value::from(member.trim_end_matches('\''))
        }
        _ => return Err(incompatible()),
    })
}

fn edm(kind: PropertyType) -> String {
    match kind {
        PropertyType::Text | PropertyType::Named("") => "Edm.String".into(),
        PropertyType::Bool | PropertyType::Managed => "Edm.Boolean".into(),
        PropertyType::Int => "Edm.Int32".into(),
        PropertyType::Number => "Edm.Double".into(),
        PropertyType::Guid => "Edm.Guid".into(),
        PropertyType::Time => "Edm.DateTimeOffset".into(),
        PropertyType::Enum(name) | PropertyType::Named(name) => format!("Microsoft.Dynamics.CRM.{name}"),
        PropertyType::Label => "Microsoft.Dynamics.CRM.Label".into(),
        PropertyType::Collection => "Collection(Edm.String)".into(),
    }
}

fn literal_type<'s>(literal: &Literal<'s>) -> &'s str {
    match literal.kind {
        LiteralKind::Null => "null",
        LiteralKind::Boolean => "Edm.Boolean",
        LiteralKind::Integer => "Edm.Int32",
        LiteralKind::Decimal => "Edm.Decimal",
        LiteralKind::Double => "Edm.Double",
        LiteralKind::String => "Edm.String",
        LiteralKind::Guid => "Edm.Guid",
        LiteralKind::Date => "Edm.Date",
        LiteralKind::DateTimeOffset => "Edm.DateTimeOffset",
        LiteralKind::TimeOfDay => "Edm.TimeOfDay",
        LiteralKind::Duration => "Edm.Duration",
        LiteralKind::Binary => "Edm.Binary",
        LiteralKind::Enum => literal.text.split('\'').next().unwrap_or_default(),
        LiteralKind::Geo => "Edm.Geography",
    }
}
