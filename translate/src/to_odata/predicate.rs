//! Translates the conditions of a FetchXML query to OData. FetchXML names the row of a column by an alias; in
//! OData the row is the variable of a lambda, or a path leads to it.

use dvkit_diagnostic::code;

use dvkit_schema::{ColumnType, Edm};

use super::negation;
use super::translator::{RowPath, Rows, Translator, present};
use crate::subject::Subject;
use dvkit_query::hir::{Arguments, CollectionRef, ColumnRef, Comparison, Link, Predicate, Test, Value};

impl Translator<'_> {
    pub(super) fn predicate(&mut self, predicate: Predicate, rows: &mut Rows) -> Predicate {
        match predicate {
            Predicate::And(parts) => {
                Predicate::and(parts.into_iter().map(|p| self.predicate(p, rows)).collect())
            }
            Predicate::Or(parts) => {
                Predicate::or(parts.into_iter().map(|p| self.predicate(p, rows)).collect())
            }
            Predicate::Not(inner) => self.not(*inner, rows),
            Predicate::Test(mut column, test) => {
                let name = column.column.clone();
                let table = self.column(&mut column, rows);
                self.test(column, test, &name, table.as_deref())
            }
            Predicate::Columns(mut left, op, mut right) => {
                let joined_apart = left.join != right.join;
                let (one, other) = (left.column.clone(), right.column.clone());
                self.column(&mut left, rows);
                self.column(&mut right, rows);
                if joined_apart || (left.scope, &left.path) != (right.scope, &right.path) {
                    let message = format!("`{one}` and `{other}` are columns of different rows");
                    let subject = Subject::Compared(one, other);
                    self.report.cannot_translate(code::COLUMNS_OF_ROWS, subject, message);
                }
                Predicate::Columns(left, op, right)
            }
            Predicate::Any(collection, condition) => self.any(collection, condition.map(|c| *c), rows),
            Predicate::All(collection, condition) => match self.rebase_collection(&collection, rows) {
                Some((collection, place)) => {
                    rows.0.push(place);
                    let condition = self.predicate(*condition, rows);
                    rows.0.pop();
                    Predicate::All(collection, Box::new(condition))
                }
                None => Predicate::Constant(true),
            },
            other => other,
        }
    }

    /// Translates the negation of `inner`. A condition on the row of a lookup is unknown if that row does not
    /// exist, and its negation must keep such rows; a condition on a collection is always true or false.
    fn not(&mut self, inner: Predicate, rows: &mut Rows) -> Predicate {
        let behind = match &inner {
            Predicate::Any(collection, _) if collection.single => {
                Some((collection.navigation.clone(), exists(collection)))
            }
            _ => None,
        };
        let inner = self.predicate(inner, rows);
        let Some((navigation, subject)) = behind else { return inner.negate() };
        negation::not_true(&inner).unwrap_or_else(|| {
            let message = format!(
                "what is asked of `{navigation}` is a function without an opposite, and OData refuses `not` before functions"
            );
            self.report.cannot_translate(code::NOT_OF_FUNCTION, subject, message);
            inner.negate()
        })
    }

    fn any(&mut self, collection: CollectionRef, condition: Option<Predicate>, rows: &mut Rows) -> Predicate {
        let from = rows.get(collection.scope);
        if let (true, false, Some(from)) = (collection.single, collection.navigation.is_empty(), from) {
            // The collection has at most one row. It exists if the lookup has a value, and a path leads to
            // its columns.
            let key = collection.column.clone().unwrap_or_default();
            let place = from.behind(Link {
                navigation: collection.navigation,
                table: collection.table,
                column: collection.referenced,
                referenced: collection.column,
            });
            let there = present(&key, &place);
            rows.0.push(place);
            let condition = condition.map(|c| self.predicate(c, rows));
            rows.0.pop();
            return Predicate::and([Some(there), condition].into_iter().flatten().collect());
        }
        if let Some(many) = self.any_beyond(&collection, condition.as_ref(), rows) {
            return many;
        }
        let Some((collection, place)) = self.rebase_collection(&collection, rows) else {
            return Predicate::Constant(true);
        };
        rows.0.push(place);
        let condition = condition.map(|c| Box::new(self.predicate(c, rows)));
        rows.0.pop();
        Predicate::Any(collection, condition)
    }

    /// Translates the condition that a row of `collection` meets `condition` (with `None`, that there is a
    /// row). If `collection` is an intersect table, the result is a condition on the equivalent many-to-many
    /// collection. Returns `None` if there is no equivalent collection.
    fn any_beyond(
        &mut self,
        collection: &CollectionRef,
        condition: Option<&Predicate>,
        rows: &mut Rows,
    ) -> Option<Predicate> {
        let from = rows.get(collection.scope).filter(|from| from.path.is_empty())?;
        if !collection.navigation.is_empty() || collection.single {
            return None;
        }
        let (inner, asked) = match condition {
            None => (None, None),
            Some(Predicate::Any(inner, asked)) if inner.single => (Some(inner), asked.as_deref()),
            Some(_) => return None,
        };
        let other = match inner {
            Some(inner) => Some((inner.table.as_str(), inner.referenced.as_deref()?)),
            None => None,
        };
        let beyond =
            self.collection_of_intersect(&from, (&collection.table, collection.column.as_deref()?), other)?;
        let scope = rows.0.iter().map(|p| p.scope).max().unwrap_or_default() + 1;
        // OData has no row of the intersect table, and no condition refers to it.
        rows.0.push(from);
        rows.0.push(RowPath { scope, path: Vec::new(), table: beyond.table.clone() });
        let asked = asked.map(|asked| Box::new(self.predicate(asked.clone(), rows)));
        rows.0.truncate(rows.0.len() - 2);
        Some(Predicate::Any(beyond, asked))
    }

    /// Returns the collection with the scope that its owner has in OData, and the position of its rows.
    /// Returns `None` if the collection cannot be translated, after reporting the reason.
    fn rebase_collection(
        &mut self,
        collection: &CollectionRef,
        rows: &Rows,
    ) -> Option<(CollectionRef, RowPath)> {
        if collection.navigation.is_empty() {
            let message = format!("what joins `{}` is not a relationship", collection.table);
            self.report.cannot_translate(code::JOIN_WITHOUT_RELATIONSHIP, exists(collection), message);
            return None;
        }
        let from = rows.get(collection.scope)?;
        if !from.path.is_empty() {
            let message = format!("`{}` is a collection of a joined row", collection.navigation);
            self.report.cannot_translate(code::JOINED_CONDITION, exists(collection), message);
            return None;
        }
        // Scopes count lambdas, not rows behind lookups.
        let scope = rows.0.iter().map(|p| p.scope).max().unwrap_or_default() + 1;
        let place = RowPath { scope, path: Vec::new(), table: collection.table.clone() };
        Some((CollectionRef { scope: from.scope, ..collection.clone() }, place))
    }

    /// Returns whether a column of `table` can contain text. Returns `true` if the type of the column is
    /// unknown.
    fn holds_text(&self, column: &ColumnRef, table: Option<&str>) -> bool {
        let table = table.and_then(|name| self.store.table(name).ok().flatten());
        let Some(column) = table.and_then(|t| t.column(&column.column)) else { return true };
        match column.ty {
            ColumnType::Choices { .. } => false,
            _ => matches!(column.ty.edm(), Some(Edm::String) | None) && !column.ty.is_lookup(),
        }
    }

    /// Translates a test of a column. A `like` without wildcards becomes an equality. A `like` with a `%`
    /// inside becomes two tests: of the beginning (with the whole pattern) and of the end (with the text
    /// after the last `%`). `name` is the column's name for messages. `table` is the table of the column;
    /// `None` if it is unknown.
    fn test(&mut self, column: ColumnRef, mut test: Test, name: &str, table: Option<&str>) -> Predicate {
        let holds_text = self.holds_text(&column, table);
        // A placeholder has no quotes in FetchXML; in OData a text needs them.
        match &mut test {
            Test::Compare(_, value) if holds_text => quote_placeholder(value),
            Test::Function(_, Arguments::One(value)) => quote_placeholder(value),
            Test::Contains(value) | Test::StartsWith(value) | Test::EndsWith(value) | Test::Like(value)
                if !holds_text =>
            {
                let text = if let Value::Text(text) = value { text.clone() } else { String::new() };
                let message = format!("`{name}` holds no text, and OData looks for texts in columns that do");
                self.report.cannot_translate(
                    code::TEXT_OF_VALUE,
                    Subject::Text(name.to_owned(), text),
                    message,
                );
                return Predicate::Constant(true);
            }
            _ => {}
        }
        let Test::Like(value) = test else { return Predicate::Test(column, test) };
        if let Value::Text(pattern) = &value {
            if let Some(literal) = literal(pattern) {
                return Predicate::Test(column, Test::Compare(Comparison::Eq, Value::Text(literal)));
            }
            if let Some((_, last)) = pattern.rsplit_once('%').filter(|_| percent_is_wildcard(pattern)) {
                let test = |test: fn(Value) -> Test, text: &str| {
                    Predicate::Test(column.clone(), test(Value::Text(text.to_owned())))
                };
                return Predicate::and(vec![test(Test::StartsWith, pattern), test(Test::EndsWith, last)]);
            }
        }
        let message = format!(
            "the pattern {} has a wildcard inside, and OData knows `contains`, `startswith` and `endswith`",
            dvkit_query::odata::value(&value)
        );
        let pattern = if let Value::Text(text) = value { text } else { String::new() };
        self.report.cannot_translate(code::PATTERN, Subject::Text(name.to_owned(), pattern), message);
        Predicate::Constant(true)
    }
}

/// Puts quotes around a placeholder that has none. Parameter aliases (`@p1`) and other values are not
/// changed.
fn quote_placeholder(value: &mut Value) {
    if let Value::Parameter(name) = value
        && !name.starts_with('\'')
        && (!name.starts_with('@') || name.starts_with("@{"))
    {
        *name = format!("'{name}'");
    }
}

/// Returns the only text that a pattern without wildcards matches; `None` if the pattern has wildcards.
/// `[%]`, `[_]` and `[[]` are not wildcards, but mean the characters `%`, `_` and `[`.
fn literal(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '%' | '_' => return None,
            '[' => {
                let escaped = rest.next().filter(|c| *c != '^' && *c != ']')?;
                out.push(escaped);
                rest.next().filter(|c| *c == ']')?;
            }
            c => out.push(c),
        }
    }
    Some(out)
}

/// Returns whether every `%` of the pattern is a wildcard. A `%` within brackets (`[%]`) is not.
fn percent_is_wildcard(pattern: &str) -> bool {
    !pattern.contains('[')
}

/// Returns the subject for a reason about the condition that rows of `collection` exist.
fn exists(collection: &CollectionRef) -> Subject {
    let column = |name: &Option<String>| name.clone().unwrap_or_default();
    let tables = collection.intersect.iter().chain([&collection.table]).cloned().collect();
    Subject::Exists(tables, column(&collection.column), column(&collection.referenced))
}

#[cfg(test)]
mod tests {
    use super::{Value, literal, quote_placeholder};

    #[test]
    fn a_placeholder_gets_quotes_once_and_a_parameter_none() {
        for (given, expected) in [
            ("{x}", "'{x}'"),
            ("'{x}'", "'{x}'"),
            ("'{x}", "'{x}"),
            ("{x}'", "'{x}''"),
            ("@{x}", "'@{x}'"),
            ("@x", "@x"),
            ("x@", "'x@'"),
            ("@x@{", "@x@{"),
            ("$x", "'$x'"),
        ] {
            let mut value = Value::Parameter(given.to_owned());
            quote_placeholder(&mut value);
            assert_eq!(value, Value::Parameter(expected.to_owned()), "{given}");
        }
        let mut text = Value::Text("{x}".to_owned());
        quote_placeholder(&mut text);
        assert_eq!(text, Value::Text("{x}".to_owned()));
    }

    #[test]
    fn a_pattern_without_wildcards_is_the_text_that_it_matches() {
        for (pattern, text) in [
            ("", Some("")),
            ("ab c", Some("ab c")),
            ("a]b", Some("a]b")),
            ("[%]a[_]b[[]c", Some("%a_b[c")),
            ("[a]b", Some("ab")),
            ("a%", None),
            ("_a", None),
            ("a[", None),
            ("a[b", None),
            ("[^]", None),
            ("[]]", None),
            ("[ab]", None),
            ("[a]%", None),
        ] {
            assert_eq!(literal(pattern).as_deref(), text, "{pattern}");
        }
    }
}
