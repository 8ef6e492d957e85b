//! Prints conditions, columns and values of the [`hir`](crate::hir) as OData text. The printer of whole
//! requests and the fixes of the resolver use it.

use std::borrow::Cow;
use std::fmt::Write;

use crate::functions::{NAMESPACE, Signature};
use crate::hir::{Arguments, CollectionRef, ColumnRef, Link, Predicate, Property, Query, Test, Value};

/// Returns the condition of a query as the text of a `$filter`, without percent-encoding.
///
/// ```
/// use dvkit_query::hir::{ColumnRef, Comparison, Predicate, Property, Query, Test, Value};
/// let fullname = ColumnRef { scope: 0, join: None, path: vec![], column: "fullname".into(), property: Property::Plain };
/// let ann = Test::Compare(Comparison::Eq, Value::Text("O'Brien".into()));
/// let query = Query::rows("contact", Predicate::Test(fullname, ann));
/// assert_eq!(dvkit_query::odata::filter(&query), "fullname eq 'O''Brien'");
/// ```
#[must_use]
pub fn filter(query: &Query) -> String {
    predicate(&query.predicate, &[], Precedence::Loose)
}

/// Returns the OData text of a condition. `variables` are the names of the variables of the enclosing
/// lambdas, outermost first. `around` is the operator of which the condition is an operand: the text is in
/// parentheses if that operator binds more tightly than the condition's own operator.
pub fn predicate(predicate: &Predicate, variables: &[&str], around: Precedence) -> String {
    let mut emitter = Emitter::new(variables);
    emitter.predicate(predicate, around);
    emitter.out
}

/// Returns the text that precedes the name of a column or a function: the variable of a lambda and the
/// navigation properties to follow, each followed by `/`. It is empty for a column of the query's own row.
/// `variables` are the names of the variables of the enclosing lambdas, outermost first.
pub fn prefix(column: &ColumnRef, variables: &[&str]) -> String {
    let mut emitter = Emitter::new(variables);
    emitter.prefix(column.scope, &column.path);
    emitter.out
}

/// Returns the OData text of a column with the path to its row, as in `o/parentcustomerid_account/name`.
/// `variables` are the names of the variables of the enclosing lambdas, outermost first.
pub fn column(column: &ColumnRef, variables: &[&str]) -> String {
    let mut emitter = Emitter::new(variables);
    emitter.column(column);
    emitter.out
}

/// Returns the OData literal of a value. Texts are in quotes.
#[must_use]
pub fn value(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    out
}

/// The operator of which a condition is an operand. It decides whether the condition needs parentheses: a
/// greater value binds more tightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub enum Precedence {
    /// No operator: the condition stands alone or is in parentheses.
    #[default]
    Loose,
    /// The condition is an operand of `or`.
    Or,
    /// The condition is an operand of `and`.
    And,
    /// The condition is the operand of `not`.
    Not,
}

struct Emitter<'v> {
    out: String,
    variables: Vec<Cow<'v, str>>,
}

impl<'v> Emitter<'v> {
    fn new(variables: &[&'v str]) -> Self {
        Self { out: String::new(), variables: variables.iter().map(|v| Cow::Borrowed(*v)).collect() }
    }

    fn predicate(&mut self, predicate: &Predicate, around: Precedence) {
        match predicate {
            Predicate::Constant(c) => self.out.push_str(if *c { "true" } else { "false" }),
            Predicate::And(parts) => self.join(parts, " and ", Precedence::And, around),
            Predicate::Or(parts) => self.join(parts, " or ", Precedence::Or, around),
            Predicate::Not(inner) => {
                self.out.push_str("not ");
                self.predicate(inner, Precedence::Not);
            }
            Predicate::Test(column, test) => self.test(column, test, around),
            Predicate::Columns(left, op, right) => self.parenthesised(around == Precedence::Not, |e| {
                e.column(left);
                let _ = write!(e.out, " {} ", op.as_str());
                e.column(right);
            }),
            Predicate::Any(collection, condition) => self.lambda(collection, "any", condition.as_deref()),
            Predicate::All(collection, condition) => self.lambda(collection, "all", Some(condition)),
            Predicate::Parameter(name) => self.out.push_str(name),
        }
    }

    fn parenthesised(&mut self, needed: bool, body: impl FnOnce(&mut Self)) {
        if needed {
            self.out.push('(');
        }
        body(self);
        if needed {
            self.out.push(')');
        }
    }

    fn join(&mut self, parts: &[Predicate], word: &str, own: Precedence, around: Precedence) {
        self.parenthesised(around > own, |e| {
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    e.out.push_str(word);
                }
                e.predicate(part, own);
            }
        });
    }

    fn test(&mut self, column: &ColumnRef, test: &Test, around: Precedence) {
        let infix = matches!(test, Test::Compare(..) | Test::Null | Test::NotNull);
        self.parenthesised(infix && around == Precedence::Not, |e| match test {
            Test::Compare(op, value) => {
                e.column(column);
                let _ = write!(e.out, " {} ", op.as_str());
                write_value(&mut e.out, value);
            }
            Test::Null => {
                e.column(column);
                e.out.push_str(" eq null");
            }
            Test::NotNull => {
                e.column(column);
                e.out.push_str(" ne null");
            }
            Test::Contains(value) => e.text_function("contains", column, value),
            Test::StartsWith(value) => e.text_function("startswith", column, value),
            Test::EndsWith(value) => e.text_function("endswith", column, value),
            // OData has no such function. A translation refuses the test, but a message can still show it.
            Test::Like(value) => e.text_function("like", column, value),
            Test::Function(function, arguments) => {
                e.prefix(column.scope, &column.path);
                let _ = write!(e.out, "{NAMESPACE}{}(PropertyName='{}'", function.name, column.column);
                for (name, value) in function.signature.parameters()[1..].iter().zip(arguments.texts()) {
                    let _ = write!(e.out, ",{name}={value}");
                }
                e.out.push(')');
            }
        });
    }

    fn text_function(&mut self, name: &str, column: &ColumnRef, value: &Value) {
        let _ = write!(self.out, "{name}(");
        self.column(column);
        self.out.push(',');
        write_value(&mut self.out, value);
        self.out.push(')');
    }

    fn prefix(&mut self, scope: usize, path: &[Link]) {
        if let Some(variable) = scope.checked_sub(1).and_then(|i| self.variables.get(i)) {
            self.out.push_str(variable);
            self.out.push('/');
        }
        for link in path {
            self.out.push_str(&link.navigation);
            self.out.push('/');
        }
    }

    fn column(&mut self, column: &ColumnRef) {
        self.prefix(column.scope, &column.path);
        match &column.property {
            Property::Plain => self.out.push_str(&column.column),
            Property::Lookup => {
                let _ = write!(self.out, "_{}_value", column.column);
            }
            Property::Managed => {
                let _ = write!(self.out, "{}/Value", column.column);
            }
            Property::Named(name) => self.out.push_str(name),
        }
    }

    fn lambda(&mut self, collection: &CollectionRef, word: &str, condition: Option<&Predicate>) {
        self.prefix(collection.scope, &[]);
        let _ = write!(self.out, "{}/{word}(", collection.navigation);
        if let Some(condition) = condition {
            let variable = fresh_variable(&collection.table, |name| self.variables.iter().any(|v| v == name));
            let _ = write!(self.out, "{variable}:");
            self.variables.push(Cow::Owned(variable));
            self.predicate(condition, Precedence::Loose);
            self.variables.pop();
        }
        self.out.push(')');
    }
}

/// Returns a name for the variable of a lambda over rows of `table`: the first letter of the table's name, as
/// in the documentation. If `taken` returns true for that letter, the name is the letter with the lowest
/// number from 2 for which it returns false.
pub fn fresh_variable(table: &str, taken: impl Fn(&str) -> bool) -> String {
    let letter = table.chars().find(char::is_ascii_alphabetic).unwrap_or('o').to_string();
    if !taken(&letter) {
        return letter;
    }
    (2..).map(|n| format!("{letter}{n}")).find(|name| !taken(name)).unwrap_or(letter)
}

impl Arguments {
    /// Returns the OData text of each argument after `PropertyName`, in the order of the function's
    /// parameters.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::None => vec![],
            Self::One(v @ Value::Parameter(_)) | Self::Number(v) => vec![value(v)],
            Self::One(v) => vec![quote(&plain(v))],
            Self::List(values) => vec![list(values)],
            Self::ListParameter(name) => vec![name.clone()],
            Self::Period(period, year) => vec![value(period), value(year)],
        }
    }

    /// Returns whether the number and the kinds of these arguments are those that a function with the
    /// parameters `signature` takes.
    #[must_use]
    pub fn fit(&self, signature: Signature) -> bool {
        matches!(
            (self, signature),
            (Self::None, Signature::Column)
                | (Self::One(_), Signature::Value)
                | (Self::Number(_), Signature::Number)
                | (Self::List(_) | Self::ListParameter(_), Signature::List)
                | (Self::Period(..), Signature::Period)
        )
    }
}

/// Returns the values as a JSON array of strings. The strings are in single quotes, as in most of the
/// documentation. If any value contains a quote, a backslash or a control character, all strings are in
/// double quotes, because a string in single quotes cannot escape these characters.
fn list(values: &[Value]) -> String {
    let texts: Vec<Cow<'_, str>> = values.iter().map(plain).collect();
    let double = texts.iter().any(|t| t.contains(['\'', '"', '\\']) || t.chars().any(char::is_control));
    let mut out = String::from("[");
    for (i, (text, value)) in texts.iter().zip(values).enumerate() {
        if i > 0 {
            out.push(',');
        }
        match (value, double) {
            (Value::Parameter(name), _) if !name.starts_with('\'') => {
                let _ = write!(out, "'{name}'");
            }
            (Value::Parameter(name), _) => out.push_str(name),
            (_, true) => json_string(&mut out, text),
            (_, false) => {
                let _ = write!(out, "'{text}'");
            }
        }
    }
    out.push(']');
    out
}

fn json_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns the text of a value for a string argument of a query function, without quotes around it.
fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) => Cow::Borrowed(text),
        Value::Parameter(name) => Cow::Borrowed(name),
        other => {
            let mut out = String::new();
            write_value(&mut out, other);
            Cow::Owned(out)
        }
    }
}

fn write_value(out: &mut String, value: &Value) {
    let result = match value {
        Value::Text(text) => {
            out.push_str(&quote(text));
            Ok(())
        }
        Value::Integer(n) => write!(out, "{n}"),
        Value::Decimal(d) => write!(out, "{d}"),
        Value::Double(d) if d.is_nan() => write!(out, "NaN"),
        Value::Double(d) if d.is_infinite() => write!(out, "{}INF", if *d < 0.0 { "-" } else { "" }),
        Value::Double(d) if d.fract() == 0.0 && d.abs() < 1e15 => write!(out, "{d:.1}"),
        Value::Double(d) => write!(out, "{d:e}"),
        Value::Boolean(b) => write!(out, "{b}"),
        Value::Guid(g) => write!(out, "{g}"),
        Value::Date(d) => write!(out, "{d}"),
        Value::DateTime(t) => write!(out, "{t}"),
        Value::Parameter(name) => {
            out.push_str(name);
            Ok(())
        }
    };
    debug_assert!(result.is_ok(), "writing to a String does not fail");
}
