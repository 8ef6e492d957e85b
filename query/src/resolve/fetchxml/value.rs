//! Converts the values of FetchXML conditions. In the text they have no type; each is read as a value of the
//! type of its column.

use dvkit_diagnostic::{Diagnostic, Severity, Span, Suggestion, code};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use odata_parser::ast::LiteralKind;
use odata_parser::{ForeignDate, foreign_date};
use uuid::Uuid;

use crate::hir::{QueryHint, Value};
use crate::odata;
use crate::resolve::{Constant, MIN_DATE_TIME, Problem, Resolver, is_midnight};

impl<'a> Resolver<'a> {
    /// Returns the text `raw` as an argument of an operator that is a query function in the Web API, and
    /// reports its mistakes. A day stays a day even if the column has a time, because these operators mean a
    /// day in the caller's time zone (`on`, `on-or-after`, `between`). Returns `None` if the text is not a
    /// value of the column.
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

    /// Returns the text `raw` as a value that is compared with `column`, and reports its mistakes at `span`.
    /// Returns `None` if the text is not a value of the column.
    pub(super) fn fetch_value(&mut self, column: &'a Column, raw: &'a str, span: Span) -> Option<Value> {
        if is_placeholder(raw)
            || (self.options.placeholders && raw.contains(['{', '@', '$']) && Uuid::parse_str(raw).is_err())
        {
            return Some(Value::Parameter(raw.to_owned()));
        }
        let holds_text = matches!(column.ty.edm(), Some(Edm::String) | None) && !choices(column);
        if !holds_text && self.placeholder(raw, span) {
            return None;
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
                        format!("`{}` holds the guid of a row, and this is not one", column.logical_name);
                    return self.refuse(
                        code::NOT_A_GUID,
                        span,
                        message,
                        "compare a column of the linked row",
                    );
                }
            },
            Some(Edm::Date) => match text.get(..10).unwrap_or(text).parse::<Date>() {
                Ok(day) => {
                    if text.len() > "2024-01-31".len() && !is_midnight(text) {
                        let message = format!(
                            "`{}` holds days without a time: it is not compared",
                            column.logical_name
                        );
                        self.push(
                            Diagnostic::warning(code::DATE_TIME_FOR_DATE, span, message)
                                .suggest(Suggestion::maybe(format!("write `{day}`"), span, day.to_string())),
                        );
                    }
                    return Some(Value::Date(day));
                }
                Err(_) => LiteralKind::String,
            },
            Some(Edm::DateTimeOffset) => match point(text) {
                Some((point, has_offset)) => {
                    if point.as_second() < MIN_DATE_TIME {
                        let message = "Dataverse stores dates from 1753-01-01 on: no row is earlier";
                        self.push(Diagnostic::warning(code::DATE_TOO_EARLY, span, message));
                    }
                    let independent = Some(DateTimeBehavior::TimeZoneIndependent);
                    if !has_offset
                        && !matches!(column.ty, ColumnType::DateTime { behavior, .. } if behavior == independent)
                    {
                        self.facts.add_hint(QueryHint::LocalTime);
                    }
                    return Some(Value::DateTime(point));
                }
                None => LiteralKind::String,
            },
            Some(Edm::Int32 | Edm::Int64 | Edm::Decimal | Edm::Double) => number_kind(text),
            Some(Edm::String) if column.ty == ColumnType::EntityName => {
                return Some(self.table_meant_by(column, raw, span));
            }
            _ if choices(column) => return self.fetch_option(column, raw, span),
            _ => {
                if let ColumnType::String { max_length: Some(_), .. } = column.ty {
                    let conversion = self.convert(column, &Constant::literal(LiteralKind::String, raw, span));
                    if let Some(problem) = conversion.problem {
                        self.push_fetch_problem(problem, None, raw, span);
                    }
                }
                return Some(Value::Text(raw.to_owned()));
            }
        };
        if kind == LiteralKind::String
            && matches!(column.ty.edm(), Some(Edm::Date | Edm::DateTimeOffset))
            && let Some(date) = foreign_date(text).filter(|d| d.len == text.len())
        {
            return self.date_in_another_order(column, raw, &date, span);
        }
        let given = Constant::literal(kind, text, span);
        let conversion = self.convert(column, &given);
        if let Some(mut problem) = conversion.problem {
            // Microsoft's sample of an aggregate query compares a state with its label, and it works.
            if problem.code == code::CHOICE_LABEL && matches!(column.ty, ColumnType::State { .. }) {
                problem.severity = Severity::Warning;
            }
            self.push_fetch_problem(problem, conversion.value.as_ref(), raw, span);
        }
        conversion.value
    }

    /// Returns the number of the option that `raw` names, for the multi-select choice `column`. A list of
    /// numbers is returned as a text. Returns `None` after reporting a mistake.
    fn fetch_option(&mut self, column: &'a Column, raw: &'a str, span: Span) -> Option<Value> {
        let text = raw.trim();
        let kind = number_kind(text);
        if kind == LiteralKind::String && text.split([',', ';']).all(|n| n.trim().parse::<i32>().is_ok()) {
            return Some(Value::Text(raw.to_owned()));
        }
        let conversion = self.rewrite_choice(column, kind, text, span);
        if let Some(problem) = conversion.problem {
            self.push_fetch_problem(problem, conversion.value.as_ref(), raw, span);
        }
        conversion.value
    }

    fn push_fetch_problem(&mut self, problem: Problem, value: Option<&Value>, raw: &str, span: Span) {
        let mut d = Diagnostic::new(problem.code, problem.severity, span, problem.message);
        if !problem.help.is_empty() {
            d = d.help(problem.help);
        }
        d.suggestions = problem.fixes;
        let right = value.map(spelled).filter(|right| right != raw && d.suggestions.is_empty());
        if let Some(right) = right {
            d = d.suggest(Suggestion::fix(format!("write `{right}`"), span, right));
        }
        self.push(d);
    }

    /// Reports the date `raw` at `span`, which does not begin with the year, and returns its value. `date` is
    /// the parsed date. The service reads `01/31/2024` with the month first, whatever the user's settings
    /// are, and refuses other orders [rappen/FetchXMLBuilder#1059, #1089]. Returns `None` if the date cannot
    /// be converted.
    fn date_in_another_order(
        &mut self,
        column: &'a Column,
        raw: &str,
        date: &ForeignDate,
        span: Span,
    ) -> Option<Value> {
        // With the month first the date is `iso`, if that is a valid day.
        let month_first = raw.trim().split(['/', '-', '.']).next().is_some_and(|first| {
            first.len() == 4 || (!raw.contains('.') && first.parse::<u32>().is_ok_and(|n| n <= 12))
        });
        let right = date.iso.as_str();
        let question = format!("write `{right}`");
        let d = match (&date.day_first, month_first) {
            (Some(other), _) => {
                let message = format!("`{raw}` is read with the month first: it is `{right}`, not `{other}`");
                Diagnostic::warning(code::DATE_ORDER, span, message)
                    .suggest(Suggestion::maybe(question, span, right))
                    .suggest(Suggestion::maybe(format!("or write `{other}`"), span, other.as_str()))
            }
            (None, true) => {
                let message = "a date is written with the year first";
                Diagnostic::warning(code::DATE_ORDER, span, message)
                    .suggest(Suggestion::fix(question, span, right))
            }
            (None, false) => {
                let message = format!("`{raw}` is read with the month first, and there is no such day");
                Diagnostic::error(code::DATE_ORDER, span, message)
                    .suggest(Suggestion::fix(question, span, right))
            }
        };
        self.push(d);
        if column.ty.edm() == Some(Edm::Date) {
            return right.get(..10)?.parse().ok().map(Value::Date);
        }
        self.facts.add_hint(QueryHint::LocalTime);
        point(right).map(|(point, _)| Value::DateTime(point))
    }

    /// Reports a day without a time that is compared with a column with a time, because the service compares
    /// with the midnight of that day. If `equal` is true, the operator is `eq`, and the operator `on` is
    /// suggested. `operator` is the span of the operator, and `span` that of the value `raw`.
    pub(super) fn day_for_time(
        &mut self,
        column: &Column,
        equal: bool,
        raw: &str,
        operator: Span,
        span: Span,
    ) {
        let text = raw.trim();
        if column.ty.edm() != Some(Edm::DateTimeOffset)
            || text.len() != "2024-01-31".len()
            || text.parse::<Date>().is_err()
        {
            return;
        }
        let message = format!("`{}` has a time: a day alone is its midnight", column.logical_name);
        let d = Diagnostic::warning(code::DATE_FOR_DATE_TIME, span, message);
        self.push(match equal {
            true => d.suggest(Suggestion::maybe("the whole day is `operator=\"on\"`", operator, "on")),
            false => d.help("all but that day are before it or behind it: `lt` that day, or `ge` the next"),
        });
    }
}

/// Returns whether the column is a multi-select choice, whose value is a text in OData and a list of numbers
/// in FetchXML.
fn choices(column: &Column) -> bool {
    matches!(column.ty, ColumnType::Choices { .. })
}

impl<'a> Resolver<'a> {
    /// Returns the logical name of the table that the value `raw` names, for a column of table names.
    /// FetchXML also accepts the type code of a table here; an unknown code is returned unchanged as a text.
    fn table_meant_by(&mut self, column: &Column, raw: &str, span: Span) -> Value {
        let Ok(code) = raw.trim().parse::<i32>() else {
            if let Some(problem) = self.no_table(column, raw.trim()) {
                self.push_fetch_problem(problem, None, raw, span);
            }
            return Value::Text(raw.to_owned());
        };
        match self.store.tables().find(|t| t.object_type_code == Some(code)) {
            Some(table) => Value::Text(table.logical_name.clone()),
            None => {
                self.facts.add_hint(QueryHint::TypeCode(column.logical_name.clone(), raw.trim().to_owned()));
                Value::Text(raw.trim().to_owned())
            }
        }
    }
}

/// Returns whether the value is a placeholder of a quick find: a number in braces, such as `{0}`. The service
/// replaces it by the searched text.
pub(crate) fn is_placeholder(raw: &str) -> bool {
    raw.strip_prefix('{')
        .and_then(|r| r.strip_suffix('}'))
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns the point in time that a text gives, and whether the text has an offset. A text without an offset
/// is read as UTC. Returns `None` if the text is not a point in time.
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

/// Returns the text of a value for an attribute of FetchXML, with special characters escaped.
pub(super) fn spelled(value: &Value) -> String {
    match value {
        Value::Text(text) => fetchxml::escape_attribute(text),
        Value::Boolean(b) => u8::from(*b).to_string(),
        other => odata::value(other),
    }
}

#[cfg(test)]
mod tests {
    use odata_parser::ast::LiteralKind;

    use super::{is_placeholder, number_kind, point};

    #[test]
    fn a_number_is_whole_or_decimal() {
        use LiteralKind::{Decimal, Integer, String};
        for (text, kind) in [
            ("5", Integer),
            ("-5", Integer),
            ("+5", Integer),
            ("007", Integer),
            ("5.0", Decimal),
            ("-5.5", Decimal),
            ("5e3", Decimal),
            (".5", Decimal),
            ("--5", String),
            ("5-", String),
            ("-", String),
            ("", String),
            ("5 ", String),
            ("five", String),
        ] {
            assert_eq!(number_kind(text), kind, "{text}");
        }
        for (text, expected) in [
            ("{0}", true),
            ("{12}", true),
            ("{}", false),
            ("{a}", false),
            ("{0", false),
            ("0}", false),
            ("{0a}", false),
            ("x{0}", false),
        ] {
            assert_eq!(is_placeholder(text), expected, "{text}");
        }
    }

    #[test]
    fn a_point_in_time_has_an_offset_or_is_utc() {
        for (text, expected) in [
            ("2025-01-31T10:00:00Z", Some(("2025-01-31T10:00:00Z", true))),
            ("2025-01-31T10:00:00+01:00", Some(("2025-01-31T09:00:00Z", true))),
            ("2025-01-31T10:00:00", Some(("2025-01-31T10:00:00Z", false))),
            ("2025-01-31 10:00", Some(("2025-01-31T10:00:00Z", false))),
            ("2025-01-31", Some(("2025-01-31T00:00:00Z", false))),
            ("2025-13-31", None),
            ("10:00", None),
            ("", None),
        ] {
            let found = point(text).map(|(point, has_offset)| (point.to_string(), has_offset));
            assert_eq!(found, expected.map(|(text, has)| (text.to_owned(), has)), "{text}");
        }
    }
}
