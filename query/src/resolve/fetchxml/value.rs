//! Values of conditions: texts without types of their own, read by the type of their column.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use odata_parser::ast::LiteralKind;
use uuid::Uuid;

use crate::emit::odata;
use crate::hir::{Extra, Value};
use crate::resolve::{Constant, Resolver};

impl<'a> Resolver<'a> {
    /// The value that an operator takes which is a function of the Web API: a day stays a day, whatever the column, for it is the
    /// caller's (`on`, `on-or-after`, `between`).
    pub(super) fn fetch_argument(&mut self, column: &'a Column, raw: &'a str, span: Span) -> Option<Value> {
        match raw.trim().parse::<Date>() {
            Ok(day)
                if column.ty.edm() == Some(Edm::DateTimeOffset) && raw.trim().len() == "2024-01-31".len() =>
            {
                Some(Value::Date(day))
            }
            _ => self.fetch_value(column, raw, span),
        }
    }

    /// The typed value of a text that is compared with `column`, what is wrong with it reported.
    pub(super) fn fetch_value(&mut self, column: &'a Column, raw: &'a str, span: Span) -> Option<Value> {
        if is_placeholder(raw)
            || (self.options.placeholders && raw.contains(['{', '@', '$']) && Uuid::parse_str(raw).is_err())
        {
            return Some(Value::Parameter(raw.to_owned()));
        }
        let text = raw.trim();
        let managed = (column.ty == ColumnType::ManagedProperty).then_some(Edm::Boolean);
        let kind = match column.ty.edm().or(managed) {
            Some(Edm::Boolean) => match text {
                "0" | "false" => return Some(Value::Boolean(false)),
                "1" | "true" => return Some(Value::Boolean(true)),
                _ => LiteralKind::String,
            },
            Some(Edm::Guid) => match Uuid::parse_str(text) {
                Ok(id) => return Some(Value::Guid(id)),
                Err(_) => {
                    let message =
                        format!("`{}` holds the guid of a row, and this is none", column.logical_name);
                    return self.refuse(
                        code::NOT_A_GUID,
                        span,
                        message,
                        "compare a column of the linked row",
                    );
                }
            },
            Some(Edm::Date) => match text.get(..10).unwrap_or(text).parse::<Date>() {
                Ok(day) => return Some(Value::Date(day)),
                Err(_) => LiteralKind::String,
            },
            Some(Edm::DateTimeOffset) => match point(text) {
                Some((point, has_offset)) => {
                    let independent = Some(DateTimeBehavior::TimeZoneIndependent);
                    if !has_offset
                        && !matches!(column.ty, ColumnType::DateTime { behavior, .. } if behavior == independent)
                    {
                        self.facts.add(Extra::LocalTime);
                    }
                    return Some(Value::DateTime(point));
                }
                None => LiteralKind::String,
            },
            Some(Edm::Int32 | Edm::Int64 | Edm::Decimal | Edm::Double) => number_kind(text),
            Some(Edm::String) if column.ty == ColumnType::EntityName => {
                return Some(self.table_meant_by(column, raw));
            }
            // Several choices are texts to OData, and numbers here.
            Some(Edm::String) if matches!(column.ty, ColumnType::Choices { .. }) => {
                if let Ok(number) = text.parse() {
                    return Some(Value::Integer(number));
                }
                if text.split(',').all(|part| part.trim().parse::<i32>().is_ok()) {
                    return Some(Value::Text(raw.to_owned()));
                }
                LiteralKind::String
            }
            _ => return Some(Value::Text(raw.to_owned())),
        };
        let conversion = match &column.ty {
            ColumnType::Choices { .. } => self.choice(column, kind, text, span),
            _ => self.convert(column, &Constant::literal(kind, text, span)),
        };
        if let Some(problem) = conversion.problem {
            let mut d = Diagnostic::new(problem.code, problem.severity, span, problem.message);
            let right = conversion.value.as_ref().map(spelled);
            // A number without an option is written as it should be.
            if let Some(right) = right.filter(|r| r != span.of(self.source)) {
                d = d.suggest(Suggestion::fix(format!("write `{right}`"), span, right));
            } else if !problem.help.is_empty() {
                d = d.help(problem.help);
            }
            self.push(d);
        }
        conversion.value
    }
}

impl Resolver<'_> {
    /// A column that names tables holds logical names; FetchXML takes their type codes too.
    fn table_meant_by(&mut self, column: &Column, raw: &str) -> Value {
        let Ok(code) = raw.trim().parse::<i32>() else { return Value::Text(raw.to_owned()) };
        match self.store.tables().find(|t| t.object_type_code == Some(code)) {
            Some(table) => Value::Text(table.logical_name.clone()),
            None => {
                self.facts.add(Extra::TypeCode(column.logical_name.clone(), raw.trim().to_owned()));
                Value::Text(raw.trim().to_owned())
            }
        }
    }
}

/// `{0}`: what a quick search puts its text in place of.
pub(crate) fn is_placeholder(raw: &str) -> bool {
    raw.strip_prefix('{')
        .and_then(|r| r.strip_suffix('}'))
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A point in time, and whether it has an offset; one without is read as UTC.
fn point(text: &str) -> Option<(Timestamp, bool)> {
    if let Ok(point) = text.parse::<Timestamp>() {
        return Some((point, true));
    }
    let clock = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))?;
    clock.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|z| (z.timestamp(), false))
}

fn number_kind(text: &str) -> LiteralKind {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if whole {
        LiteralKind::Integer
    } else if text.parse::<f64>().is_ok() {
        LiteralKind::Decimal
    } else {
        LiteralKind::String
    }
}

/// A value as FetchXML writes it.
pub(super) fn spelled(value: &Value) -> String {
    match value {
        Value::Text(text) => escaped(text),
        Value::Boolean(b) => u8::from(*b).to_string(),
        other => odata::value(other),
    }
}

/// A text as the value of an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}
