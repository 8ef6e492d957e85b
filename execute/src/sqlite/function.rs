//! Translates Dataverse's query functions to SQL.

use dvkit_diagnostic::code;
use dvkit_schema::{ColumnType, DateTimeBehavior};
use jiff::civil::Date;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

use super::calendar::{Calendar, OutOfRange, TimeRange, Year};
use super::host_functions::part_name;
use super::layout::{StorageClass, moment, quoted, year};
use super::logic::{NullHandling, balanced};
use super::operand::{Operand, words};
use super::reasons::Refused;
use super::sql_value::SqlValue;
use super::{Emitter, Row};
use dvkit_query::functions::{self, ColumnClass, Function};
use dvkit_query::hir::{Arguments, DateGrouping, Value};

/// The maximum number of levels that are followed in a hierarchy, as in the service. This also ends a cycle.
const MAX_HIERARCHY_DEPTH: usize = 100;

/// The column to which a function is applied.
#[derive(Clone, Copy)]
pub(super) struct FunctionColumn<'p> {
    pub(super) table: &'p str,
    pub(super) column: &'p str,
    pub(super) operand: &'p Operand,
}

impl Emitter<'_> {
    /// Returns the SQL for a function of a column. If the function has a negation, the result is never
    /// unknown: each row meets either the function or its negation.
    pub(super) fn function(
        &mut self,
        function: &Function,
        arguments: &Arguments,
        place: &FunctionColumn<'_>,
        sense: NullHandling,
    ) -> Option<String> {
        let negates = function.name.starts_with("Not") || function.name.starts_with("DoesNot");
        if let Some(opposite) = function.negation.filter(|_| negates).and_then(functions::find) {
            let held = self.function_of_value(opposite, arguments, place)?;
            return Some(format!("({held}) IS NOT TRUE"));
        }
        let held = self.function_of_value(function, arguments, place)?;
        Some(match (sense, function.negation) {
            (NullHandling::Truth, _) => held,
            (NullHandling::Exact, Some(_)) => format!("({held}) IS TRUE"),
            // Not even null is in an empty list.
            (NullHandling::Exact, None) if function.columns == ColumnClass::Hierarchy => {
                format!("(CASE WHEN {} IS NOT NULL THEN {held} END)", place.operand.sql)
            }
            (NullHandling::Exact, None) => held,
        })
    }

    /// Returns the SQL for a function of a column. For null its result is null.
    fn function_of_value(
        &mut self,
        function: &Function,
        arguments: &Arguments,
        place: &FunctionColumn<'_>,
    ) -> Option<String> {
        let name = function.name;
        if matches!(place.operand.kind, StorageClass::Date | StorageClass::DateTime)
            && let Some(held) = self.in_time(name, arguments, place).ok()?
        {
            return Some(held);
        }
        match arguments {
            Arguments::None => self.about_user(name, place.operand),
            Arguments::One(other) => self.in_hierarchy(name, place, other),
            Arguments::List(values) => self.in_list(name, place, values),
            Arguments::ListParameter(parameter) => {
                self.refuse(code::PARAMETER, format!("`{parameter}` has no value here"));
                None
            }
            Arguments::Number(_) | Arguments::Period(..) => self.no_sql_form(name, place.operand.kind),
        }
    }

    fn no_sql_form<T>(&mut self, name: &str, kind: StorageClass) -> Option<T> {
        let message = format!("`{name}` of {} has no form in SQL", words(kind));
        self.refuse(code::FUNCTION_UNSUPPORTED, message);
        None
    }

    /// Returns whether the column is shown in the time zone of the user.
    pub(super) fn is_local(&self, place: &FunctionColumn<'_>) -> bool {
        use DateTimeBehavior::{DateOnly, TimeZoneIndependent};
        let table = self.store.table(place.table).ok().flatten();
        let elsewhere = table.and_then(|t| t.column(place.column)).is_some_and(|c| {
            matches!(c.ty, ColumnType::DateTime { behavior: Some(DateOnly | TimeZoneIndependent), .. })
        });
        !elsewhere && place.operand.kind == StorageClass::DateTime
    }

    /// Returns the SQL for a function that tests for a time range; `None` if it is a function of another
    /// kind.
    fn in_time(
        &mut self,
        name: &str,
        arguments: &Arguments,
        place: &FunctionColumn<'_>,
    ) -> Result<Option<String>, Refused> {
        if let ("InFiscalPeriod", Arguments::Number(period)) = (name, arguments) {
            let zone = if self.is_local(place) { self.context.zone.clone() } else { TimeZone::UTC };
            let of_value = self.part(DateGrouping::FiscalPeriod, place.operand, &zone);
            let pair = of_value.and_then(|part| self.pair(&part, period));
            return match pair {
                Some(pair) => Ok(Some(format!("{} = {}", pair.left.sql, pair.right))),
                None => Err(Refused),
            };
        }
        let span = Calendar::of(self.context, self.is_local(place))
            .and_then(|calendar| calendar.span(name, arguments));
        match span {
            Ok(None) => Ok(None),
            Ok(Some(span)) => self.within(place.operand, span).map(Some).ok_or(Refused),
            Err(OutOfRange::Placeholder(why)) => {
                self.refuse(code::PARAMETER, why);
                Err(Refused)
            }
            Err(OutOfRange::Calendar(why)) => {
                self.refuse(code::TIME_OUT_OF_RANGE, why);
                Err(Refused)
            }
        }
    }

    fn within(&mut self, operand: &Operand, (from, to): TimeRange) -> Option<String> {
        let mut parts = Vec::new();
        for (bound, operator) in [(from, ">="), (to, "<")] {
            let Some(bound) = bound else { continue };
            let Some(text) = first_stored(operand.kind, bound) else {
                self.refuse(code::TIME_OUT_OF_RANGE, "a time beyond the calendar".to_owned());
                return None;
            };
            let bound = self.bind(SqlValue::Text(text));
            parts.push(format!("{} {operator} {bound}", operand.sql));
        }
        Some(balanced(&parts, " AND "))
    }

    /// Returns the SQL for a part of a date in the time zone `zone`.
    pub(super) fn part(&mut self, part: DateGrouping, operand: &Operand, zone: &TimeZone) -> Option<Operand> {
        let zone = match operand.kind {
            StorageClass::Date => "UTC".to_owned(),
            StorageClass::DateTime if *zone == TimeZone::UTC => "UTC".to_owned(),
            StorageClass::DateTime => match DateTimePrinter::new().time_zone_to_string(zone) {
                Ok(name) => name,
                Err(_) => {
                    self.refuse(code::TIME_OUT_OF_RANGE, "the user's time zone has no name");
                    return None;
                }
            },
            kind => {
                let message = format!("{} has no {}", words(kind), part_name(part));
                self.refuse(code::TYPES_NOT_COMPARABLE, message);
                return None;
            }
        };
        let name = self.bind(SqlValue::Text(part_name(part).to_owned()));
        let zone = self.bind(SqlValue::Text(zone));
        let fiscal = self.bind(SqlValue::Text(Year::of(self.context).written()));
        Some(Operand::computed(
            format!("dv_part({}, {name}, {zone}, {fiscal})", operand.sql),
            StorageClass::Integer,
        ))
    }

    fn in_list(&mut self, name: &str, place: &FunctionColumn<'_>, list: &[Value]) -> Option<String> {
        let table = self.store.table(place.table).ok().flatten();
        let multi_select = table
            .and_then(|t| t.column(place.column))
            .is_some_and(|c| matches!(c.ty, ColumnType::Choices { .. }));
        let operand = place.operand;
        match (name, list) {
            ("ContainValues", _) => {
                let mut tests = Vec::new();
                for value in list {
                    for option in self.options(value)? {
                        let option = self.bind(SqlValue::Text(format!(",{option},")));
                        tests.push(format!("instr(',' || {} || ',', {option}) > 0", operand.sql));
                    }
                }
                Some(if tests.is_empty() { "FALSE".to_owned() } else { balanced(&tests, " OR ") })
            }
            // The whole set is one of the listed ones.
            ("In", _) if multi_select => {
                let mut sets = Vec::new();
                for value in list {
                    let options: Vec<String> = self.options(value)?.iter().map(i64::to_string).collect();
                    sets.push(self.bind(SqlValue::Text(options.join(","))));
                }
                Some(format!("{} IN ({})", operand.sql, sets.join(", ")))
            }
            ("In", _) => {
                let mut wanted: Vec<(Operand, Vec<String>)> = Vec::new();
                for value in list {
                    let pair = self.pair(operand, value)?;
                    match wanted.iter_mut().find(|(left, _)| *left == pair.left) {
                        Some((_, values)) => values.push(pair.right),
                        None => wanted.push((pair.left, vec![pair.right])),
                    }
                }
                let any = |(left, values): &(Operand, Vec<String>)| {
                    format!("{} IN ({})", left.collated(), values.join(", "))
                };
                let tests: Vec<String> = wanted.iter().map(any).collect();
                Some(if tests.is_empty() { "FALSE".to_owned() } else { balanced(&tests, " OR ") })
            }
            ("Between", [least, greatest]) => {
                let (least, greatest) = (self.pair(operand, least)?, self.pair(operand, greatest)?);
                let (from, to) = (least.left.collated(), greatest.left.collated());
                Some(format!("({from} >= {} AND {to} <= {})", least.right, greatest.right))
            }
            _ => self.no_sql_form(name, operand.kind),
        }
    }

    /// Returns the numbers of the options in a value, ascending. If SQL cannot express this, the reason is
    /// recorded and the result is `None`.
    fn options(&mut self, value: &Value) -> Option<Vec<i64>> {
        let found = match value {
            Value::Integer(n) => Some(vec![*n]),
            Value::Text(text) => text.split(',').map(|n| n.trim().parse().ok()).collect(),
            _ => None,
        };
        let Some(mut options) = found else {
            let text = dvkit_query::odata::value(value);
            let (code, message) = match value {
                Value::Parameter(_) => (code::PARAMETER, format!("`{text}` has no value here")),
                _ => (code::TYPES_NOT_COMPARABLE, format!("`{text}` is not a list of options")),
            };
            self.refuse(code, message);
            return None;
        };
        options.sort_unstable();
        options.dedup();
        Some(options)
    }

    fn about_user(&mut self, name: &str, operand: &Operand) -> Option<String> {
        if (name, operand.kind) == ("EqualUserLanguage", StorageClass::Integer) {
            let language = self.bind(SqlValue::Integer(self.context.language.into()));
            return Some(format!("{} = {language}", operand.sql));
        }
        if operand.kind != StorageClass::Guid {
            return self.no_sql_form(name, operand.kind);
        }
        let context = self.context;
        let (ids, hierarchy): (Vec<Uuid>, bool) = match name {
            "EqualUserId" => (vec![context.user], false),
            "EqualBusinessId" => (vec![context.business_unit], false),
            "EqualUserTeams" => (context.teams.clone(), false),
            "EqualUserOrUserTeams" => ([&[context.user], &*context.teams].concat(), false),
            "EqualUserOrUserHierarchy" => (vec![context.user], true),
            "EqualUserOrUserHierarchyAndTeams" => ([&[context.user], &*context.teams].concat(), true),
            _ => return self.no_sql_form(name, operand.kind),
        };
        let ids: Vec<String> = ids.iter().map(|id| self.bind(id_cell(*id))).collect();
        let listed = format!("{} IN ({})", operand.sql, ids.join(", "));
        // Without any team the function is false, and still unknown for null.
        let listed = if ids.is_empty() { format!("({} IS NULL AND NULL)", operand.sql) } else { listed };
        if !hierarchy {
            return Some(listed);
        }
        let user = self.bind(id_cell(context.user));
        let below = self.below("systemuser", &user)?;
        Some(format!("({listed} OR {} IN ({below}))", operand.sql))
    }

    fn in_hierarchy(&mut self, name: &str, place: &FunctionColumn<'_>, other: &Value) -> Option<String> {
        let said = matches!(name, "Above" | "AboveOrEqual" | "Under" | "UnderOrEqual");
        if !said || place.operand.kind != StorageClass::Guid {
            return self.no_sql_form(name, place.operand.kind);
        }
        // A lookup is about the row that it points to.
        let own = self.store.table(place.table).ok().flatten();
        let target = own
            .and_then(|t| t.lookups_of(place.column).find(|r| r.hierarchical == Some(true)))
            .map_or(place.table, |r| &r.table)
            .to_owned();
        let pair = self.pair(place.operand, other)?;
        let column = &place.operand.sql;
        let related = match name {
            "Under" | "UnderOrEqual" => self.below(&target, &pair.right)?,
            _ => self.above(&target, &pair.right)?,
        };
        let found = format!("{column} IN ({related})");
        Some(if name.ends_with("OrEqual") {
            format!("({column} = {} OR {found})", pair.right)
        } else {
            found
        })
    }

    /// Returns the key column of a table, and the lookup to the row above in its hierarchy.
    fn upward(&mut self, table: &str) -> Option<(String, String)> {
        let known = self.store.table(table).ok().flatten();
        let upward = known.and_then(|t| {
            t.relationships.iter().find(|r| r.is_single() && r.hierarchical == Some(true) && r.table == table)
        });
        let Some(parent) = upward.and_then(|r| r.column.clone()) else {
            self.refuse(code::FUNCTION_UNSUPPORTED, format!("`{table}` has no hierarchy in this snapshot"));
            return None;
        };
        Some((self.key(table)?, parent))
    }

    /// Returns a query for the keys of the rows below the row with the key `id`.
    fn below(&mut self, table: &str, id: &str) -> Option<String> {
        let (key, parent) = self.upward(table)?;
        let row = self.row(table);
        let (key, parent) = (self.column_of_row(&row, &key)?.sql, self.column_of_row(&row, &parent)?.sql);
        let up = format!("{parent} = ");
        Some(Self::followed(&row, &key, &format!("{up}{id}"), &format!("{up}h.id")))
    }

    /// Returns a query for the keys of the rows above the row with the key `id`. The last key may be that of
    /// a missing row.
    fn above(&mut self, table: &str, id: &str) -> Option<String> {
        let (key, parent) = self.upward(table)?;
        let row = self.row(table);
        let (key, parent) = (self.column_of_row(&row, &key)?.sql, self.column_of_row(&row, &parent)?.sql);
        let there = format!("{parent} IS NOT NULL AND {key} = ");
        Some(Self::followed(&row, &parent, &format!("{there}{id}"), &format!("{there}h.id")))
    }

    /// Returns a recursive query. It starts with the rows for which `first` is true, and goes on with those
    /// for which `next` is true. Its name in SQL is `found`, which is not the name of a table.
    fn followed(row: &Row, found: &str, first: &str, next: &str) -> String {
        let table = quoted(&row.table);
        let name = &row.name;
        format!(
            "WITH RECURSIVE \"~h\" (id, depth) AS (SELECT {found}, 1 FROM {table} AS {name} WHERE {first} \
             UNION SELECT {found}, h.depth + 1 FROM \"~h\" AS h JOIN {table} AS {name} ON {next} \
             WHERE h.depth < {MAX_HIERARCHY_DEPTH}) SELECT id FROM \"~h\""
        )
    }
}

fn id_cell(id: Uuid) -> SqlValue {
    SqlValue::Text(id.hyphenated().to_string())
}

/// Returns the stored form of the first value that is not before `bound` and that a column of class `kind`
/// can store. A day counts as its midnight in UTC.
fn first_stored(kind: StorageClass, bound: Timestamp) -> Option<String> {
    if year(bound) < 0 {
        // The empty text sorts before all stored values.
        return Some(String::new());
    }
    if kind == StorageClass::DateTime {
        return Some(moment(bound));
    }
    let there = bound.to_zoned(TimeZone::UTC).datetime();
    let day: Date = there.date();
    let begun = there.time() == jiff::civil::Time::midnight();
    Some(if begun { day } else { day.checked_add(1.day()).ok()? }.to_string())
}
