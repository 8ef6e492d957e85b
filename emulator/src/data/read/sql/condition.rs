//! Translates conditions of SQL to conditions and filters of FetchXML.

use sqlparser::ast::{BinaryOperator, Expr, InTarget, UnaryOperator, Value};

use super::super::super::service_error::ServiceError;
use super::terms::{Table, attribute, column, refused};

/// Translates a condition. `negated` says whether its negation is meant: FetchXML has no `NOT`, so negations
/// are moved to the operators.
///
/// # Errors
/// Returns an error if the condition is not a comparison of a column with a value or another column.
pub(super) fn condition(tables: &[Table<'_>], expr: &Expr, negated: bool) -> Result<String, ServiceError> {
    match expr {
        Expr::Nested(inner) => condition(tables, inner, negated),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => condition(tables, expr, !negated),
        Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
            let kind = if (*op == BinaryOperator::And) == negated { "or" } else { "and" };
            // `a AND b AND c` is one filter, however long it is.
            let mut parts = vec![&**right];
            let mut rest = &**left;
            while let Expr::BinaryOp { left, op: same, right } = rest
                && same == op
            {
                parts.push(right);
                rest = left;
            }
            parts.push(rest);
            let conditions = parts.into_iter().rev().map(|part| condition(tables, part, negated));
            Ok(format!("<filter type='{kind}'>{}</filter>", conditions.collect::<Result<String, _>>()?))
        }
        Expr::BinaryOp { left, op, right } => {
            let (left, op, right) = match (value(left), value(right)) {
                (Some(_), None) => (right, flipped(op), left),
                _ => (left, op.clone(), right),
            };
            let operator = match (&op, negated) {
                (BinaryOperator::Eq, false) | (BinaryOperator::NotEq, true) => "eq",
                (BinaryOperator::NotEq, false) | (BinaryOperator::Eq, true) => "ne",
                (BinaryOperator::Gt, false) | (BinaryOperator::LtEq, true) => "gt",
                (BinaryOperator::GtEq, false) | (BinaryOperator::Lt, true) => "ge",
                (BinaryOperator::Lt, false) | (BinaryOperator::GtEq, true) => "lt",
                (BinaryOperator::LtEq, false) | (BinaryOperator::Gt, true) => "le",
                _ => return Err(refused(format_args!("the operator `{op}`"))),
            };
            match value(right) {
                Some(value) => one(tables, left, operator, &format!(" value={}", attribute(&value))),
                None => {
                    let (at, name) = column(tables, right)?;
                    let prefix = match tables.get(at) {
                        Some(table) if at > 0 => format!("{}.", table.name),
                        _ => String::new(),
                    };
                    one(
                        tables,
                        left,
                        operator,
                        &format!(" valueof={}", attribute(&format!("{prefix}{name}"))),
                    )
                }
            }
        }
        Expr::IsNull(inner) => one(tables, inner, if negated { "not-null" } else { "null" }, ""),
        Expr::IsNotNull(inner) => one(tables, inner, if negated { "null" } else { "not-null" }, ""),
        Expr::Like { negated: own, any: false, expr, pattern, escape_char: None } => {
            let operator = if *own == negated { "like" } else { "not-like" };
            one(tables, expr, operator, &format!(" value={}", attribute(&needed(pattern)?)))
        }
        Expr::In { expr, target: InTarget::List(list), negated: own, global: false } => {
            let operator = if *own == negated { "in" } else { "not-in" };
            let mut values = String::new();
            for item in list {
                values.push_str(&format!("<value>{}</value>", fetchxml::escape_attribute(&needed(item)?)));
            }
            let (at, name) = column(tables, expr)?;
            let (entity, name) = (entity(tables, at), attribute(&name));
            Ok(format!("<condition{entity} attribute={name} operator='{operator}'>{values}</condition>"))
        }
        Expr::Between { expr, negated: own, low, high } => {
            let (first, second, kind) =
                if *own == negated { ("ge", "le", "and") } else { ("lt", "gt", "or") };
            let low = one(tables, expr, first, &format!(" value={}", attribute(&needed(low)?)))?;
            let high = one(tables, expr, second, &format!(" value={}", attribute(&needed(high)?)))?;
            Ok(format!("<filter type='{kind}'>{low}{high}</filter>"))
        }
        other => Err(refused(format_args!("the condition `{other}`"))),
    }
}

fn one(tables: &[Table<'_>], expr: &Expr, operator: &str, rest: &str) -> Result<String, ServiceError> {
    let (at, name) = column(tables, expr)?;
    let (entity, name) = (entity(tables, at), attribute(&name));
    Ok(format!("<condition{entity} attribute={name} operator='{operator}'{rest}/>"))
}

/// Returns the attribute that names a joined table; empty for the first table.
fn entity(tables: &[Table<'_>], at: usize) -> String {
    match tables.get(at) {
        Some(table) if at > 0 => format!(" entityname={}", attribute(&table.name)),
        _ => String::new(),
    }
}

/// Returns the value of a literal as text, or `None` for another expression.
fn value(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => Some(digits.clone()),
            Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) => Some(text.clone()),
            _ => None,
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => value(expr).map(|digits| format!("-{digits}")),
        Expr::Nested(inner) => value(inner),
        _ => None,
    }
}

fn needed(expr: &Expr) -> Result<String, ServiceError> {
    value(expr).ok_or_else(|| refused(format_args!("`{expr}` is not a value")))
}

/// Returns the operator for exchanged operands.
fn flipped(op: &BinaryOperator) -> BinaryOperator {
    match op {
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        same => same.clone(),
    }
}
