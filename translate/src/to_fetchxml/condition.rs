//! Translates the conditions of a query from the HIR to FetchXML, for the translation of whole queries.
//!
//! FetchXML has no `not`, and its negated operators (`not-like`, `not-in`, `not-under`) keep rows without a
//! value, which OData's `not` drops. Therefore a negation is expressed by the operators of the conditions
//! within it. The translation of a condition keeps the rows for which the condition has certain truth values
//! ([`TruthMask`]). If the operator treats rows without a value differently, a condition with `null` or
//! `not-null` is added.

use dvkit_diagnostic::code;

use super::builder::Builder;
use super::filter::{Filter, Row, TruthMask, condition};
use super::xml::{Element, link_element};
use crate::fidelity::DifferenceKind;
use crate::subject::Subject;
use dvkit_query::functions;
use dvkit_query::hir::{Arguments, CollectionRef, ColumnRef, Comparison, Predicate, Test, Value};
use dvkit_query::odata;

/// A condition operator of FetchXML that expresses a test of the HIR.
struct OperatorChoice {
    operator: &'static str,
    /// Whether FetchXML keeps rows without a value for a condition with this operator.
    keeps_null: bool,
    /// The result of the test in OData for rows without a value: true, false, or `None` for unknown.
    null_is: Option<bool>,
}

/// Returns the operator that expresses `test` if `value` is true, or the negation of `test` if `value` is
/// false. Returns an error with the name of the function in `test` if FetchXML has no such operator.
fn operator_for(test: &Test, value: bool) -> Result<OperatorChoice, &'static str> {
    let plain = |yes, no| OperatorChoice {
        operator: if value { yes } else { no },
        keeps_null: !value,
        null_is: None,
    };
    Ok(match test {
        // A null does not equal any value, and differs from each.
        Test::Compare(op, _) if op.is_equality() => {
            let is_ne = (*op == Comparison::Ne) == value;
            OperatorChoice {
                operator: if is_ne { "ne" } else { "eq" },
                keeps_null: is_ne,
                null_is: Some(*op == Comparison::Ne),
            }
        }
        Test::Compare(op, _) => {
            let op = if value { *op } else { opposite(*op) };
            OperatorChoice { operator: op.as_str(), keeps_null: false, null_is: None }
        }
        Test::Null | Test::NotNull => {
            let null = matches!(test, Test::Null);
            let wants_null = null == value;
            OperatorChoice {
                operator: if wants_null { "null" } else { "not-null" },
                keeps_null: wants_null,
                null_is: Some(null),
            }
        }
        Test::Contains(_) | Test::Like(_) => plain("like", "not-like"),
        Test::StartsWith(_) => plain("begins-with", "not-begin-with"),
        Test::EndsWith(_) => plain("ends-with", "not-end-with"),
        Test::Function(function, _) => {
            let negated = |f: &functions::Function| f.name.contains("Not");
            let other = if value { Some(*function) } else { function.negation.and_then(functions::find) };
            let other = other.ok_or(function.name)?;
            let operator = other.operator.ok_or(function.name)?;
            // A function with a negation is two-valued: either the function or its negation keeps rows
            // without a value.
            OperatorChoice {
                operator,
                keeps_null: negated(other),
                null_is: function.negation.map(|_| negated(function)),
            }
        }
    })
}

/// Returns the result of a test for a row without a value: true, false, or `None` for unknown.
pub(crate) fn of_null(test: &Test) -> Option<bool> {
    operator_for(test, true).ok().and_then(|s| s.null_is)
}

/// Returns the comparison whose result is the negation of `op` for rows with a value: `ne` for `eq`, `ge` for
/// `lt`.
pub(crate) fn opposite(op: Comparison) -> Comparison {
    match op {
        Comparison::Eq => Comparison::Ne,
        Comparison::Ne => Comparison::Eq,
        Comparison::Gt => Comparison::Le,
        Comparison::Ge => Comparison::Lt,
        Comparison::Lt => Comparison::Ge,
        Comparison::Le => Comparison::Gt,
    }
}

impl Builder<'_> {
    /// Returns the filter that keeps the rows for which `predicate` has one of the truth values in `wanted`.
    /// `row` is the row that the predicate is about.
    pub(super) fn filter(&mut self, predicate: &Predicate, row: Row<'_>, wanted: TruthMask) -> Filter {
        match predicate {
            Predicate::Constant(c) => Filter::Constant(*c == wanted.value),
            Predicate::And(parts) => self.group(wanted.value, parts, row, wanted),
            Predicate::Or(parts) => self.group(!wanted.value, parts, row, wanted),
            Predicate::Not(inner) => self.filter(inner, row, wanted.negated()),
            Predicate::Test(column, test) => self.test(column, test, row, wanted),
            Predicate::Columns(left, op, right) => self.columns_compared(left, *op, right, row, wanted),
            Predicate::Any(collection, condition) => {
                self.related(collection, condition.as_deref(), TruthMask::TRUE, row, wanted.value)
            }
            // All rows match if there is no row that does not.
            Predicate::All(collection, condition) => {
                self.related(collection, Some(condition), TruthMask::NOT_TRUE, row, !wanted.value)
            }
            Predicate::Parameter(name) => {
                let message = format!("`{name}` stands for a condition, and FetchXML has no parameters");
                self.report.cannot_translate(code::PARAMETER, Subject::Name(name.clone()), message);
                Filter::Constant(true)
            }
        }
    }

    fn group(&mut self, all: bool, parts: &[Predicate], row: Row<'_>, wanted: TruthMask) -> Filter {
        let parts: Vec<Filter> = parts.iter().map(|p| self.filter(p, row, wanted)).collect();
        Filter::group(all, parts)
    }

    fn test(&mut self, column: &ColumnRef, test: &Test, row: Row<'_>, wanted: TruthMask) -> Filter {
        if column.scope != row.scope {
            return self.outer_row(&column.column);
        }
        if !row.root
            && let Some((link, rest)) = column.path.split_first()
        {
            return self.test_behind(column, link, rest, test, row, wanted);
        }
        let said = match operator_for(test, wanted.value) {
            Ok(said) => said,
            Err(function) => return self.no_operator(function, wanted.value),
        };
        let alias = self.alias_of(column);
        let alias = alias.as_deref();
        let name = column.column.as_str();
        let Some(element) = self.with_values(condition(alias, name, said.operator), test) else {
            return Filter::Constant(true);
        };
        let keep = said.null_is.map_or(wanted.unknown, |is| is == wanted.value);
        let null = |operator| Filter::Condition(condition(alias, name, operator));
        let leaf = Filter::Condition(element);
        match (keep, said.keeps_null) {
            (false, true) => Filter::group(true, [leaf, null("not-null")]),
            (true, false) => Filter::group(false, [leaf, null("null")]),
            _ => leaf,
        }
    }

    /// Returns a condition on a column of the row that the lookup `link` points to, for a position where no
    /// join is possible. The condition is that a matching row exists (`any`). If a missing row passes the
    /// test too, the condition is that no failing row exists (`not any`). `rest` are further lookups to
    /// follow from that row.
    fn test_behind(
        &mut self,
        column: &ColumnRef,
        link: &dvkit_query::hir::Link,
        rest: &[dvkit_query::hir::Link],
        test: &Test,
        row: Row<'_>,
        wanted: TruthMask,
    ) -> Filter {
        // An unsupported test is reported later, when it is translated.
        let keep = of_null(test).map_or(wanted.unknown, |is| is == wanted.value);
        let Some((from, to)) = self.lookup_columns(link) else { return Filter::Constant(true) };
        let scope = row.scope + 1;
        let column = ColumnRef { scope, path: rest.to_vec(), ..column.clone() };
        let inside = Row { scope, table: &link.table, root: false };
        let wanted = if keep { wanted.complement() } else { wanted };
        let inner = self.test(&column, test, inside, wanted);
        self.exists(&link.table, &from, &to, Some(inner), !keep)
    }

    /// Returns the condition that a row of `table` that meets `inner` exists or, if `exists` is false, does
    /// not exist. `from` is a column of `table`, and must equal the column `to` of the current row.
    fn exists(&mut self, table: &str, from: &str, to: &str, inner: Option<Filter>, exists: bool) -> Filter {
        if inner == Some(Filter::Constant(false)) {
            return Filter::Constant(!exists);
        }
        let key = self.key_of(table);
        let link = link_element(table, from, to, if exists { "any" } else { "not any" });
        Filter::Condition(link.holding(inner.and_then(|f| f.element(&key))))
    }

    /// Returns the condition that the collection has a row for which `condition` has one of the truth values
    /// in `wanted` or, if `exists` is false, that it has no such row. Without a `condition` every row counts.
    fn related(
        &mut self,
        collection: &CollectionRef,
        condition: Option<&Predicate>,
        wanted: TruthMask,
        row: Row<'_>,
        exists: bool,
    ) -> Filter {
        if collection.scope != row.scope {
            return self.outer_row(&collection.navigation);
        }
        let table = collection.table.as_str();
        let inside = Row { scope: row.scope + 1, table, root: false };
        let inner = condition.map(|c| self.filter(c, inside, wanted));
        let (Some(column), Some(referenced)) = (&collection.column, &collection.referenced) else {
            return self.unknown_columns(&collection.navigation);
        };
        let Some(intersect) = &collection.intersect else {
            return self.exists(table, column, referenced, inner, exists);
        };
        // For a many-to-many relationship the row of the intersect table is joined to the row that must
        // match.
        let (here, there) = (self.key_of(row.table), self.key_of(table));
        if inner == Some(Filter::Constant(false)) {
            return Filter::Constant(!exists);
        }
        let joined = link_element(table, &there, referenced, "inner");
        let joined = joined.holding(inner.and_then(|f| f.element(&there)));
        let kind = if exists { "any" } else { "not any" };
        Filter::Condition(link_element(intersect, column, &here, kind).holding([joined]))
    }

    fn columns_compared(
        &mut self,
        left: &ColumnRef,
        op: Comparison,
        right: &ColumnRef,
        row: Row<'_>,
        wanted: TruthMask,
    ) -> Filter {
        let followed = !left.path.is_empty() || !right.path.is_empty();
        if left.scope != row.scope || right.scope != row.scope || (followed && !row.root) {
            return self.outer_row(&right.column);
        }
        let op = if wanted.value { op } else { opposite(op) };
        let sides = [(self.alias_of(left), left), (self.alias_of(right), right)];
        // A column with an alias goes into `valueof`; the condition's own column is then one of the current row.
        let [(alias, left), (other, right)] = sides;
        let (op, alias, left, other, right) = match (&alias, &other) {
            (Some(_), None) => (op.flip(), None, right, alias, left),
            _ => (op, alias, left, other, right),
        };
        let value = match &other {
            Some(other) => format!("{other}.{}", right.column),
            None => right.column.clone(),
        };
        if op.is_equality() {
            let text = "two columns that both have no value are equal in OData, and neither equal nor different in FetchXML";
            self.report.add_difference(DifferenceKind::Nulls, text);
        }
        let compared = condition(alias.as_deref(), &left.column, op.as_str()).with("valueof", value);
        let mut parts = vec![Filter::Condition(compared)];
        if wanted.unknown && !op.is_equality() {
            parts.push(Filter::Condition(condition(alias.as_deref(), &left.column, "null")));
            parts.push(Filter::Condition(condition(other.as_deref(), &right.column, "null")));
        }
        Filter::group(false, parts)
    }

    /// Adds the values that `test` compares with to the `<condition>` element. Returns `None` if FetchXML
    /// cannot express a value, after reporting that.
    fn with_values(&mut self, element: Element, test: &Test) -> Option<Element> {
        let list = |values: Vec<String>| values.into_iter().map(|v| Element::text("value", v));
        Some(match test {
            Test::Null | Test::NotNull | Test::Function(_, Arguments::None) => element,
            Test::Contains(v) => element.with("value", format!("%{}%", self.value(v)?)),
            Test::Compare(_, v)
            | Test::StartsWith(v)
            | Test::EndsWith(v)
            | Test::Like(v)
            | Test::Function(_, Arguments::One(v) | Arguments::Number(v)) => {
                element.with("value", self.value(v)?)
            }
            Test::Function(_, Arguments::List(values)) => {
                let values: Option<Vec<String>> = values.iter().map(|v| self.value(v)).collect();
                element.holding(list(values?))
            }
            Test::Function(_, Arguments::Period(period, year)) => {
                element.holding(list(vec![self.value(period)?, self.value(year)?]))
            }
            Test::Function(_, Arguments::ListParameter(name)) => {
                let message = format!("`{name}` stands for a whole list, and FetchXML has no parameters");
                self.report.cannot_translate(code::PARAMETER, Subject::Name(name.clone()), message);
                return None;
            }
        })
    }

    /// Returns the text of a value in FetchXML: two-option values as 1 and 0, ids without braces, times in
    /// ISO 8601. Returns `None` if FetchXML cannot express the value, after reporting that.
    pub(super) fn value(&mut self, value: &Value) -> Option<String> {
        Some(match value {
            Value::Text(text) => text.clone(),
            Value::Boolean(b) => u8::from(*b).to_string(),
            Value::Double(d) if d.is_finite() => d.to_string(),
            // A placeholder may be within quotes of OData.
            Value::Parameter(name) if !name.starts_with('@') || name.starts_with("@{") => {
                name.trim_matches('\'').to_owned()
            }
            Value::Parameter(name) => {
                self.report.cannot_translate(
                    code::PARAMETER,
                    Subject::Name(name.clone()),
                    format!("`{name}` is given no value, and FetchXML has no parameters"),
                );
                return None;
            }
            other => odata::value(other),
        })
    }

    fn no_operator(&mut self, function: &str, value: bool) -> Filter {
        if value {
            let message = format!("FetchXML has no operator for `{function}`");
            self.report.cannot_translate(code::NO_OPERATOR, Subject::Name(function.to_owned()), message);
        } else {
            let message =
                format!("FetchXML has no `not`, and no operator that is the opposite of `{function}`");
            self.report.cannot_translate(code::NO_NEGATION, Subject::Name(function.to_owned()), message);
        }
        Filter::Constant(true)
    }

    fn outer_row(&mut self, name: &str) -> Filter {
        let message = format!("within a collection FetchXML cannot name `{name}` of another row");
        self.report.cannot_translate(code::OUTER_ROW, Subject::Name(name.to_owned()), message);
        Filter::Constant(true)
    }

    pub(super) fn unknown_columns(&mut self, navigation: &str) -> Filter {
        let message = format!("this snapshot does not know which columns `{navigation}` joins");
        self.report.cannot_translate(
            code::JOIN_COLUMNS_UNKNOWN,
            Subject::Name(navigation.to_owned()),
            message,
        );
        Filter::Constant(true)
    }
}
