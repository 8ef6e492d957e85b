//! Defines [`Condition`], a condition built of names and values, and writes it into the template of a request.

use std::ops::Not;

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_query::functions::{self, Signature};

use super::check::Template;
use super::error::{Error, Result};
use super::organisation::Organisation;
use super::value::Value;
use super::{names, text};

/// A condition on the rows of a table whose names are texts. [`column()`], [`related`] and [`filter_text`] start
/// conditions.
///
/// Names and values are checked when the query that has the condition is made into a request.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a condition does nothing until a query has it"]
pub struct Condition(Node);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// A column, an operator and a value.
    Compare(String, &'static str, Value),
    /// A column, an operator and another column.
    Columns(String, &'static str, String),
    /// A function that searches a text, a column, and the text.
    Pattern(&'static str, String, Value),
    /// A query function of Dataverse, a column, and the other arguments.
    Function(String, String, Vec<Value>),
    /// A collection, `any` or `all`, and the condition on its rows.
    Lambda(String, &'static str, Option<Box<Node>>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// A text with placeholders, and their values.
    Raw(String, Vec<(String, Value)>),
}

/// Returns the column with the name `name`, to compare it with a value. A path leads to a column of a related
/// row: `parentcustomerid_account/name`. A lookup is named by its column: `parentcustomerid`.
///
/// ```
/// use dvkit::by_name::column;
/// # use dvkit::by_name::Organisation;
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
/// # let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
/// let accounts = organisation.table("account")?;
/// let large = column("revenue").gt(1_000).and(column("name").starts_with("Con"));
/// assert_eq!(accounts.query().filter(large).filter_text()?, "revenue gt 1000 and startswith(name,'Con')");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn column(name: impl Into<String>) -> ColumnName {
    ColumnName(name.into())
}

/// Returns the collection of related rows to which the navigation property `name` leads, for conditions on its
/// rows.
///
/// ```
/// use dvkit::by_name::{column, related};
/// # use dvkit::by_name::Organisation;
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
/// # let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
/// let accounts = organisation.table("account")?;
/// let with_ann = related("contact_customer_accounts").any(column("firstname").eq("Ann"));
/// assert_eq!(
///     accounts.query().filter(with_ann).filter_text()?,
///     "contact_customer_accounts/any(a:a/firstname eq 'Ann')"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn related(name: impl Into<String>) -> RelatedRows {
    RelatedRows(name.into())
}

/// Returns a condition from a text with placeholders. The value of each placeholder is typed and escaped by the
/// column that it is compared with, as by [`filter!`](crate::filter!).
///
/// ```
/// use dvkit::by_name::filter_text;
/// # use dvkit::by_name::Organisation;
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
/// # let organisation = Organisation::new(dvkit_schema::Store::open(folder)?);
/// let contacts = organisation.table("contact")?;
/// let ann = filter_text("fullname eq {name} and statecode in ({states})", [
///     ("name", "O'Neil".into()),
///     ("states", [0, 1].into()),
/// ]);
/// assert_eq!(
///     contacts.query().filter(ann).filter_text()?,
///     r#"fullname eq 'O''Neil' and Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=["0","1"])"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn filter_text<'n>(
    text: impl Into<String>,
    values: impl IntoIterator<Item = (&'n str, Value)>,
) -> Condition {
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Condition(Node::Raw(text.into(), values))
}

/// The name of a column, or the path to it, that a condition tests. [`column()`] returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnName(String);

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident $with_column:ident $operator:literal;)*) => {$(
        $(#[$doc])*
        pub fn $name(self, value: impl Into<Value>) -> Condition {
            Condition(Node::Compare(self.0, $operator, value.into()))
        }

        #[doc = concat!("Compares the column with another column of the row, with the operator `", $operator, "`.")]
        pub fn $with_column(self, other: impl Into<String>) -> Condition {
            Condition(Node::Columns(self.0, $operator, other.into()))
        }
    )*};
}

impl ColumnName {
    comparisons! {
        /// Matches rows whose value equals `value`. [`Value::Null`] matches rows without a value.
        eq eq_column "eq";
        /// Matches rows whose value differs from `value`. [`Value::Null`] matches rows with a value.
        ne ne_column "ne";
        /// Matches rows whose value is greater than `value`.
        gt gt_column "gt";
        /// Matches rows whose value is at least `value`.
        ge ge_column "ge";
        /// Matches rows whose value is less than `value`.
        lt lt_column "lt";
        /// Matches rows whose value is at most `value`.
        le le_column "le";
    }

    /// Matches rows without a value in the column.
    pub fn is_null(self) -> Condition {
        self.eq(Value::Null)
    }

    /// Matches rows with a value in the column.
    pub fn is_not_null(self) -> Condition {
        self.ne(Value::Null)
    }

    /// Matches rows whose text contains `text`. `%` and `_` in it have no special meaning.
    pub fn contains(self, text: impl Into<Value>) -> Condition {
        Condition(Node::Pattern("contains", self.0, text.into()))
    }

    /// Matches rows whose text begins with `text`. `%` and `_` in it have no special meaning.
    pub fn starts_with(self, text: impl Into<Value>) -> Condition {
        Condition(Node::Pattern("startswith", self.0, text.into()))
    }

    /// Matches rows whose text ends with `text`. `%` and `_` in it have no special meaning.
    pub fn ends_with(self, text: impl Into<Value>) -> Condition {
        Condition(Node::Pattern("endswith", self.0, text.into()))
    }

    /// Matches rows whose value is one of `values`.
    pub fn is_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        self.list("In", values)
    }

    /// Matches rows whose value is none of `values`, and rows without a value.
    pub fn not_in<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        self.list("NotIn", values)
    }

    fn list<V: Into<Value>>(self, function: &str, values: impl IntoIterator<Item = V>) -> Condition {
        let values = Value::List(values.into_iter().map(Into::into).collect());
        Condition(Node::Function(function.to_owned(), self.0, vec![values]))
    }

    /// Matches rows for which a query function of Dataverse is true: `column("createdon").function("LastXDays",
    /// [30])`. The column is the first argument of the function; a list is given as one value.
    pub fn function<V: Into<Value>>(
        self,
        name: impl Into<String>,
        arguments: impl IntoIterator<Item = V>,
    ) -> Condition {
        Condition(Node::Function(name.into(), self.0, arguments.into_iter().map(Into::into).collect()))
    }
}

/// The name of a collection-valued navigation property. [`related`] returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedRows(String);

impl RelatedRows {
    /// Matches rows of which at least one related row meets `condition`.
    pub fn any(self, condition: Condition) -> Condition {
        Condition(Node::Lambda(self.0, "any", Some(Box::new(condition.0))))
    }

    /// Matches rows whose related rows all meet `condition`, also if there are none.
    pub fn all(self, condition: Condition) -> Condition {
        Condition(Node::Lambda(self.0, "all", Some(Box::new(condition.0))))
    }

    /// Matches rows that have a related row.
    pub fn exist(self) -> Condition {
        Condition(Node::Lambda(self.0, "any", None))
    }
}

impl Condition {
    /// Returns a condition for rows that meet this condition and `other`.
    pub fn and(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Node::And(mut all), Node::And(more)) => {
                all.extend(more);
                Node::And(all)
            }
            (Node::And(mut all), one) => {
                all.push(one);
                Node::And(all)
            }
            (one, other) => Node::And(vec![one, other]),
        })
    }

    /// Returns a condition for rows that meet this condition or `other`.
    pub fn or(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (Node::Or(mut all), Node::Or(more)) => {
                all.extend(more);
                Node::Or(all)
            }
            (Node::Or(mut all), one) => {
                all.push(one);
                Node::Or(all)
            }
            (one, other) => Node::Or(vec![one, other]),
        })
    }

    /// Returns the conjunction of conditions; `None` if there are none.
    pub fn all_of(conditions: impl IntoIterator<Item = Self>) -> Option<Self> {
        conditions.into_iter().reduce(Self::and)
    }

    /// Returns the disjunction of conditions; `None` if there are none.
    pub fn any_of(conditions: impl IntoIterator<Item = Self>) -> Option<Self> {
        conditions.into_iter().reduce(Self::or)
    }

    /// Appends the condition on rows of the table `table` to a template.
    pub(super) fn write(
        &self,
        organisation: &Organisation,
        table: Option<&str>,
        template: &mut Template,
    ) -> Result<()> {
        let scope = Scope { organisation, table: table.map(str::to_owned), variable: None };
        self.0.write(&scope, template)
    }
}

impl Not for Condition {
    type Output = Self;

    fn not(self) -> Self {
        Self(match self.0 {
            Node::Not(inner) => *inner,
            other => Node::Not(Box::new(other)),
        })
    }
}

/// The rows that a part of a condition is about.
struct Scope<'o> {
    organisation: &'o Organisation,
    /// The logical name of the table; `None` if it is unknown.
    table: Option<String>,
    /// The number of the lambda variable; `None` outside of lambda expressions.
    variable: Option<u8>,
}

impl Scope<'_> {
    fn path(&self, name: &str) -> Result<names::Resolved<'_>> {
        names::path(self.organisation.store(), self.table.as_deref(), name)
    }

    /// Returns the text that precedes names of the row: `a/`, or nothing.
    fn prefix(&self) -> String {
        self.variable.map_or_else(String::new, |number| format!("{}/", variable(number)))
    }
}

/// Returns the name of a lambda variable, counted from 0: `a`, `b`, … `z`, `v26`.
fn variable(number: u8) -> String {
    if number < 26 { char::from(b'a' + number).to_string() } else { format!("v{number}") }
}

impl Node {
    fn write(&self, scope: &Scope<'_>, out: &mut Template) -> Result<()> {
        match self {
            Self::Compare(name, operator, value) => {
                out.push(&scope.prefix());
                out.push(&scope.path(name)?.path);
                out.push(&format!(" {operator} "));
                match value {
                    Value::Null => out.push("null"),
                    value => out.value(value),
                }
            }
            Self::Columns(name, operator, other) => {
                let (name, other) = (scope.path(name)?.path, scope.path(other)?.path);
                let prefix = scope.prefix();
                out.push(&format!("{prefix}{name} {operator} {prefix}{other}"));
            }
            Self::Pattern(function, name, value) => {
                out.push(&format!("{function}({}{},", scope.prefix(), scope.path(name)?.path));
                out.value(value);
                out.push(")");
            }
            Self::Function(function, name, arguments) => {
                write_function(function, name, arguments, scope, out)?
            }
            Self::Lambda(name, function, inner) => {
                let store = scope.organisation.store();
                let (path, table) = names::navigations(store, scope.table.as_deref(), name)?;
                out.push(&format!("{}{path}/{function}(", scope.prefix()));
                if let Some(inner) = inner {
                    let mut number = scope.variable.map_or(0, |outer| outer.saturating_add(1));
                    let taken = inner.variables();
                    while number < 26 && taken & (1 << number) != 0 {
                        number += 1;
                    }
                    out.push(&format!("{}:", variable(number)));
                    let rows = Scope { organisation: scope.organisation, table, variable: Some(number) };
                    inner.write(&rows, out)?;
                }
                out.push(")");
            }
            Self::And(nodes) => write_all(nodes, " and ", scope, out)?,
            Self::Or(nodes) => write_all(nodes, " or ", scope, out)?,
            Self::Not(node) => {
                out.push("not ");
                node.write_grouped(scope, out)?;
            }
            Self::Raw(text, values) => text::write(text, values, scope.variable.map(variable), out)?,
        }
        Ok(())
    }

    fn write_grouped(&self, scope: &Scope<'_>, out: &mut Template) -> Result<()> {
        if matches!(self, Self::Pattern(..) | Self::Lambda(..) | Self::Function(..)) {
            return self.write(scope, out);
        }
        out.push("(");
        self.write(scope, out)?;
        out.push(")");
        Ok(())
    }

    /// Returns a bit set of the lambda variables of one letter that texts in this condition contain (bit 0 is
    /// `a`).
    fn variables(&self) -> u32 {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().fold(0, |all, node| all | node.variables()),
            Self::Not(node) | Self::Lambda(_, _, Some(node)) => node.variables(),
            Self::Raw(text, _) => text::variables(text),
            _ => 0,
        }
    }
}

fn write_all(nodes: &[Node], word: &str, scope: &Scope<'_>, out: &mut Template) -> Result<()> {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            out.push(word);
        }
        match node {
            Node::And(_) | Node::Or(_) | Node::Raw(..) => node.write_grouped(scope, out)?,
            _ => node.write(scope, out)?,
        }
    }
    Ok(())
}

fn write_function(
    name: &str,
    column: &str,
    arguments: &[Value],
    scope: &Scope<'_>,
    out: &mut Template,
) -> Result<()> {
    let short = name.strip_prefix(functions::NAMESPACE).unwrap_or(name);
    let Some(function) = functions::find(short) else { return Err(unknown_function(name)) };
    let parameters = &function.signature.parameters()[1..];
    if parameters.len() != arguments.len() {
        let message = format!(
            "`{}` takes {} after the column, and {} were given",
            function.name,
            match parameters.len() {
                0 => "no argument".to_owned(),
                1 => "one argument".to_owned(),
                number => format!("{number} arguments"),
            },
            arguments.len()
        );
        let finding = Diagnostic::error(code::FUNCTION_PARAMETERS, Span::new(0, name.len()), message);
        return Err(Error::finding(name, finding));
    }
    let resolved = scope.path(column)?;
    // The function belongs to the row that has the column, and names the column by its logical name.
    let (row, last) = resolved.path.rsplit_once('/').map_or(("", &*resolved.path), |(row, last)| (row, last));
    let logical = resolved.column.map_or(last, |c| &c.logical_name);
    let slash = if row.is_empty() { "" } else { "/" };
    let prefix = scope.prefix();
    out.push(&format!(
        "{prefix}{row}{slash}{}{}(PropertyName='{logical}'",
        functions::NAMESPACE,
        function.name
    ));
    for (parameter, value) in parameters.iter().zip(arguments) {
        out.push(&format!(",{parameter}="));
        match (function.signature, value) {
            (Signature::List, _) => {
                out.push("[");
                out.value(value);
                out.push("]");
            }
            _ => out.value(value),
        }
    }
    out.push(")");
    Ok(())
}

fn unknown_function(name: &str) -> Error {
    let span = Span::new(0, name.len());
    let message = format!("Dataverse has no query function `{name}`");
    let mut finding = Diagnostic::error(code::UNKNOWN_FUNCTION, span, message);
    for close in suggest::ranked(name, functions::FUNCTIONS.iter().map(|function| function.name), 3) {
        finding = finding.suggest(Suggestion::maybe("did you mean", span, close));
    }
    Error::finding(name, finding)
}
