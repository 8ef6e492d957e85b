//! Converts OData literals to values of a column, and finds mistakes in their spelling. The resolver calls it
//! for every value that a condition compares with a column.
//!
//! The rules are those of the Web API's query language ("literals by column type"). A spelling that the
//! documentation does not mention is reported as a warning, never as an error.

mod conversion;
mod time;

use std::str::FromStr;

use dvkit_diagnostic::{Diagnostic, Severity, Span, Suggestion, code, suggest};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm};
use odata_parser::ast::LiteralKind;
use rust_decimal::Decimal;
use uuid::Uuid;

pub(crate) use conversion::{Conversion, Problem};
use conversion::{mismatch, mismatch_message};
pub(crate) use time::{MIN_DATE_TIME, is_midnight, timestamp};
use time::{date, date_time};

use super::operand::ConstantKind;
use super::{ColumnOperand, Constant, Resolver};
use crate::hir::Value;
use crate::odata;

impl<'a> Resolver<'a> {
    /// Returns the literal `given` as a value of `column`, and reports mistakes in the literal. `operand` is
    /// the column with its path in the text; `None` if the path is unknown. Returns `None` if the literal is
    /// not a value of the column.
    pub(crate) fn typed(
        &mut self,
        column: &'a Column,
        given: &Constant<'a>,
        operand: Option<&ColumnOperand<'a>>,
    ) -> Option<Value> {
        let conversion = self.convert(column, given);
        let Conversion { value, problem } = conversion;
        if let Some(problem) = problem {
            let mut d = Diagnostic::new(problem.code, problem.severity, given.span, problem.message);
            if !problem.help.is_empty() {
                d = d.help(problem.help);
            }
            d.suggestions = problem.fixes;
            if let Some(value) = &value
                && d.suggestions.is_empty()
            {
                let text = odata::value(value);
                if text != given.span.of(self.source) {
                    d = d.suggest(Suggestion::fix(format!("write `{text}`"), given.span, text));
                }
            }
            if value.is_none()
                && problem.code == code::NOT_A_GUID
                && let Some(operand) = operand
            {
                d.suggestions.extend(self.by_primary_name(operand));
            }
            if value.is_none() && given.is(LiteralKind::String) && given.text.trim().is_empty() {
                d = d.help("a column without a value is equal to `null`").suggest(Suggestion::maybe(
                    "ask whether there is no value: `null`",
                    given.span,
                    "null",
                ));
            }
            self.push(d);
        }
        value
    }

    /// Converts the literal `given` to a value of `column`. A mistake is part of the result, and is not
    /// reported yet.
    pub(crate) fn convert(&mut self, column: &'a Column, given: &Constant<'a>) -> Conversion {
        let ConstantKind::Literal(kind) = given.kind else {
            return Conversion::right(Value::Parameter(given.text.clone().into_owned()));
        };
        let text = given.text.as_ref();
        match &column.ty {
            ColumnType::Boolean { .. } => self.rewrite_boolean(column, kind, text),
            ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. } => {
                self.rewrite_choice(column, kind, text, given.span)
            }
            ColumnType::String { max_length, .. } | ColumnType::Memo { max_length, .. } => {
                text_value(column, kind, text, *max_length)
            }
            ColumnType::EntityName => self.table_name(column, kind, text),
            ColumnType::Choices { .. } => text_value(column, kind, text, None),
            ColumnType::Integer { min, max, .. } => {
                let range = (min.unwrap_or(i64::from(i32::MIN)), max.unwrap_or(i64::from(i32::MAX)));
                whole(column, kind, text, range, true)
            }
            ColumnType::BigInt => whole(column, kind, text, (i64::MIN, i64::MAX), false),
            ColumnType::Decimal { min, max, .. } | ColumnType::Money { min, max, .. } => {
                decimal(column, kind, text, *min, *max)
            }
            ColumnType::Double { min, max, .. } => double(column, kind, text, *min, *max),
            ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => date(column, kind, text),
            ColumnType::DateTime { .. } => date_time(column, kind, text),
            ColumnType::Uniqueidentifier
            | ColumnType::Lookup { .. }
            | ColumnType::Customer { .. }
            | ColumnType::Owner { .. } => guid(column, kind, text),
            ColumnType::Edm { edm } => match edm {
                Edm::String => text_value(column, kind, text, None),
                Edm::Int32 if kind == LiteralKind::String && text.parse::<i64>().is_err() => Conversion::wrong(
                    Problem::new(
                        code::OPTIONS_NOT_IN_SNAPSHOT,
                        Severity::Error,
                        format!("`{}` is {}, and `'{text}'` is a text", column.logical_name, "a number or a choice"),
                    )
                    .help("this snapshot has no options (a `$metadata` document holds none); import a metadata response too"),
                ),
                Edm::Int32 => whole(column, kind, text, (i64::from(i32::MIN), i64::from(i32::MAX)), true),
                Edm::Int64 => whole(column, kind, text, (i64::MIN, i64::MAX), false),
                Edm::Decimal => decimal(column, kind, text, None, None),
                Edm::Double => double(column, kind, text, None, None),
                Edm::Boolean => self.rewrite_boolean(column, kind, text),
                Edm::Date => date(column, kind, text),
                Edm::DateTimeOffset => date_time(column, kind, text),
                Edm::Guid => guid(column, kind, text),
                Edm::Binary => mismatch(column, kind, text),
            },
            ColumnType::ManagedProperty => self.rewrite_boolean(column, kind, text),
            _ => match literal(kind, text) {
                Some(value) => Conversion::right(value),
                None => mismatch(column, kind, text),
            },
        }
    }
}

impl Resolver<'_> {
    /// Converts the literal `text` of the kind `kind`, which is compared with a column of table names. A type
    /// code, which older interfaces use for a table, becomes the logical name of that table.
    fn table_name(&self, column: &Column, kind: LiteralKind, text: &str) -> Conversion {
        let code = text.trim().parse::<i32>().ok();
        let coded = code.and_then(|c| self.store.tables().find(|t| t.object_type_code == Some(c)));
        match coded {
            Some(table) => {
                let message = format!(
                    "`{}` holds logical names of tables: type code {text} is `{}`",
                    column.logical_name, table.logical_name
                );
                let problem = Problem::new(code::TYPE_MISMATCH, Severity::Error, message);
                Conversion::meant(Value::Text(table.logical_name.clone()), problem)
            }
            None => match code {
                Some(code) if kind == LiteralKind::Integer => Conversion::wrong(Problem::new(
                    code::TYPE_MISMATCH,
                    Severity::Error,
                    format!(
                        "`{}` holds logical names of tables, and this snapshot has no table of type code {code}",
                        column.logical_name
                    ),
                )),
                _ if kind == LiteralKind::String => match self.no_table(column, text) {
                    Some(problem) => Conversion::meant(Value::Text(text.to_owned()), problem),
                    None => text_value(column, kind, text, None),
                },
                _ => text_value(column, kind, text, None),
            },
        }
    }

    /// Returns the problem if the snapshot has no table `name`, but one with a similar name. `column` is a
    /// column of table names that is compared with `name`. Returns `None` for all other names, because the
    /// snapshot may lack tables.
    pub(crate) fn no_table(&self, column: &Column, name: &str) -> Option<Problem> {
        if self.store.entry(&name.to_lowercase()).is_some() {
            return None;
        }
        // The name of the entity set is a frequent mistake: `accounts`.
        let near = self.store.table_by_entity_set(name).map(|t| t.logical_name.as_str());
        let names =
            || self.store.tables().map(|t| (t.logical_name.as_str(), self.store.text(&t.display_name)));
        let near = near.or_else(|| suggest::unambiguous_typo(name, names()))?;
        let message = format!(
            "`{}` holds logical names of tables, and this snapshot has no table `{name}`",
            column.logical_name
        );
        let problem = Problem::new(code::UNKNOWN_TABLE, Severity::Warning, message).spelling();
        Some(problem.help(format!("did you mean `{near}`?")))
    }
}

/// Returns the value of the literal `text` of the kind `kind`, which is compared with a column of unknown
/// type. The form of the literal decides its type. Returns `None` if the literal is not valid.
fn literal(kind: LiteralKind, text: &str) -> Option<Value> {
    Some(match kind {
        LiteralKind::Boolean => Value::Boolean(text.eq_ignore_ascii_case("true")),
        LiteralKind::Integer => Value::Integer(text.parse().ok()?),
        LiteralKind::Decimal => Value::Decimal(Decimal::from_str(text).ok()?),
        LiteralKind::Double => Value::Double(number(text)?),
        LiteralKind::Guid => Value::Guid(Uuid::parse_str(text).ok()?),
        LiteralKind::Date => Value::Date(text.parse().ok()?),
        LiteralKind::DateTimeOffset => Value::DateTime(timestamp(text)?),
        _ => Value::Text(text.to_owned()),
    })
}

/// Returns the conversion of the literal `text` to `value`, which the literal clearly means although it has
/// another type than the column. The conversion has a problem that says so.
fn respelled(column: &Column, kind: LiteralKind, text: &str, value: Value) -> Conversion {
    let problem = Problem::new(code::TYPE_MISMATCH, Severity::Error, mismatch_message(column, kind, text));
    Conversion::meant(value, problem.spelling())
}

fn text_value(column: &Column, kind: LiteralKind, text: &str, max: Option<u32>) -> Conversion {
    match kind {
        LiteralKind::String => {
            let value = Value::Text(text.to_owned());
            let length = max.map_or(0, |_| text.chars().count());
            match max {
                Some(max) if length > max as usize => Conversion::meant(
                    value,
                    Problem::new(
                        code::TEXT_TOO_LONG,
                        Severity::Warning,
                        format!(
                            "`{}` holds {max} characters at most, and this text has {length}: nothing is equal to it",
                            column.logical_name
                        ),
                    ),
                ),
                _ => Conversion::right(value),
            }
        }
        LiteralKind::Enum => Conversion::wrong(Problem::new(
            code::UNSUPPORTED_LITERAL,
            Severity::Error,
            "tables of Dataverse have no enumeration properties",
        )),
        LiteralKind::Boolean => mismatch(column, kind, text),
        _ => respelled(column, kind, text, Value::Text(text.to_owned())),
    }
}

fn whole(column: &Column, kind: LiteralKind, text: &str, range: (i64, i64), narrow: bool) -> Conversion {
    let name = &column.logical_name;
    let in_range = |n: i64, conversion: Conversion| {
        if narrow && i32::try_from(n).is_err() {
            return Conversion::wrong(Problem::new(
                code::OUT_OF_RANGE,
                Severity::Error,
                format!(
                    "{n} does not fit `{name}`, a whole number of 32 bits ({} to {})",
                    i32::MIN,
                    i32::MAX
                ),
            ));
        }
        if n < range.0 || n > range.1 {
            let message = format!("`{name}` holds {} to {}: no row has {n}", range.0, range.1);
            return Conversion::meant(
                Value::Integer(n),
                Problem::new(code::OUT_OF_RANGE, Severity::Warning, message).spelling(),
            );
        }
        conversion
    };
    match kind {
        LiteralKind::Integer => match text.parse::<i64>() {
            Ok(n) => in_range(n, Conversion::right(Value::Integer(n))),
            Err(_) => Conversion::wrong(Problem::new(
                code::OUT_OF_RANGE,
                Severity::Error,
                format!("{text} does not fit `{name}`, a whole number"),
            )),
        },
        LiteralKind::Decimal | LiteralKind::Double => match number(text) {
            Some(n) if n.fract() == 0.0 && n.abs() < 9e15 => {
                #[allow(clippy::cast_possible_truncation)] // checked just above
                let n = n as i64;
                let problem = Problem::new(
                    code::TYPE_MISMATCH,
                    Severity::Warning,
                    format!(
                        "`{name}` holds whole numbers; whether Dataverse accepts `{text}` is not documented"
                    ),
                );
                in_range(n, Conversion::meant(Value::Integer(n), problem))
            }
            _ => {
                let message = format!("`{name}` holds whole numbers only: no row is equal to {text}");
                match Decimal::from_str(text) {
                    Ok(d) => Conversion::meant(
                        Value::Decimal(d),
                        Problem::new(code::TYPE_MISMATCH, Severity::Warning, message),
                    ),
                    Err(_) => Conversion::wrong(Problem::new(code::TYPE_MISMATCH, Severity::Error, message)),
                }
            }
        },
        LiteralKind::String => match text.trim().parse::<i64>() {
            Ok(n) => in_range(n, respelled(column, kind, text, Value::Integer(n))),
            Err(_) => mismatch(column, kind, text),
        },
        _ => mismatch(column, kind, text),
    }
}

fn number(text: &str) -> Option<f64> {
    match text {
        "INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok(),
    }
}

fn parse_decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

fn limits(column: &Column, n: f64, min: Option<f64>, max: Option<f64>) -> Option<Problem> {
    if min.is_some_and(|m| n < m) || max.is_some_and(|m| n > m) {
        let show = |m: Option<f64>, none: &str| m.map_or(none.to_owned(), |m| m.to_string());
        let message = format!(
            "`{}` holds {} to {}: no row has {n}",
            column.logical_name,
            show(min, "any"),
            show(max, "any")
        );
        return Some(Problem::new(code::OUT_OF_RANGE, Severity::Warning, message).spelling());
    }
    None
}

fn decimal(column: &Column, kind: LiteralKind, text: &str, min: Option<f64>, max: Option<f64>) -> Conversion {
    let trimmed = text.trim();
    let Some(value) = parse_decimal(trimmed) else {
        return match kind {
            LiteralKind::Integer | LiteralKind::Decimal | LiteralKind::Double => {
                Conversion::wrong(Problem::new(
                    code::OUT_OF_RANGE,
                    Severity::Error,
                    format!("{text} does not fit `{}`, a decimal number of 28 digits", column.logical_name),
                ))
            }
            _ => mismatch(column, kind, text),
        };
    };
    match kind {
        LiteralKind::Integer | LiteralKind::Decimal | LiteralKind::Double => Conversion {
            value: Some(Value::Decimal(value)),
            problem: number(trimmed).and_then(|n| limits(column, n, min, max)),
        },
        LiteralKind::String => respelled(column, kind, text, Value::Decimal(value)),
        _ => mismatch(column, kind, text),
    }
}

fn double(column: &Column, kind: LiteralKind, text: &str, min: Option<f64>, max: Option<f64>) -> Conversion {
    let value = number(text.trim());
    match (kind, value) {
        (LiteralKind::Integer | LiteralKind::Decimal | LiteralKind::Double, Some(n)) => {
            Conversion { value: Some(Value::Double(n)), problem: limits(column, n, min, max) }
        }
        (LiteralKind::String, Some(n)) => respelled(column, kind, text, Value::Double(n)),
        _ => mismatch(column, kind, text),
    }
}

fn guid(column: &Column, kind: LiteralKind, text: &str) -> Conversion {
    match kind {
        LiteralKind::Guid => match Uuid::parse_str(text) {
            Ok(g) => Conversion::right(Value::Guid(g)),
            Err(_) => mismatch(column, kind, text),
        },
        LiteralKind::String => {
            let trimmed = text.trim();
            let braced = trimmed.starts_with('{');
            match Uuid::parse_str(trimmed) {
                Ok(g) if braced => Conversion::meant(
                    Value::Guid(g),
                    Problem::new(code::BRACED_GUID, Severity::Error, "a guid is written without braces and quotes")
                        .spelling(),
                ),
                Ok(g) => Conversion::meant(
                    Value::Guid(g),
                    Problem::new(
                        code::QUOTED_GUID,
                        Severity::Warning,
                        "a guid is written without quotes; whether Dataverse accepts it quoted is not certain",
                    )
                    .spelling(),
                ),
                Err(_) => Conversion::wrong(Problem::new(
                    code::NOT_A_GUID,
                    Severity::Error,
                    format!("`{}` holds the guid of a row, and `'{text}'` is not one", column.property_name()),
                )),
            }
        }
        _ => mismatch(column, kind, text),
    }
}

/// Returns whether a literal with this conversion is right as an argument of a query function. Such an
/// argument is always a string, so most problems with the spelling of the literal do not count.
pub(crate) fn acceptable_as_text(conversion: &Conversion) -> bool {
    conversion
        .problem
        .as_ref()
        .is_none_or(|p| p.spelling && p.code != code::BRACED_GUID && p.code != code::UNKNOWN_OPTION)
}

/// Returns the span of the content of a string, without its single or double quotes. `span` is the position
/// of the string in `source`. Returns `None` if the text at `span` is not in quotes.
pub(crate) fn inside(span: Span, source: &str) -> Option<Span> {
    let quoted = |q: u8| {
        let bytes = span.of(source).as_bytes();
        bytes.len() >= 2 && bytes.first() == Some(&q) && bytes.last() == Some(&q)
    };
    (quoted(b'\'') || quoted(b'"')).then(|| Span { start: span.start + 1, end: span.end - 1 })
}
