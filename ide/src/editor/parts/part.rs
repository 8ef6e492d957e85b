//! Defines the parts and clauses of a query, which the builder collects and the features of an editor read.

use dvkit_diagnostic::Span;
use dvkit_query::functions::Function;
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Column, Relationship, Table};
use fetchxml::ast::Operator;

use crate::editor::class::{SymbolClass, TokenClass};

/// A part of the text of a query: a name, a value, an operator or a keyword.
#[derive(Clone, Debug)]
pub(in crate::editor) struct Part<'a> {
    /// The position in the text of the query.
    pub(in crate::editor) span: Span,
    /// The class, for colours.
    pub(in crate::editor) class: TokenClass,
    /// The meaning of the part in the snapshot or in the query.
    pub(in crate::editor) meaning: Meaning<'a>,
}

/// The meaning of a part.
#[derive(Clone, Debug)]
pub(in crate::editor) enum Meaning<'a> {
    /// No meaning beyond the class, or a name that is unknown.
    None,
    /// A table of the snapshot.
    Table(&'a TableEntry),
    /// A column of a table.
    Column(&'a Table, &'a Column),
    /// A navigation property of a table.
    Navigation(&'a Table, &'a Relationship),
    /// The number of an option of a choice column, or a value of a yes/no column.
    Option(&'a Table, &'a Column, i32),
    /// A name that the query itself defines: the index in [`QueryParts::locals`].
    Local(usize),
    /// A query function of Dataverse.
    Function(&'static Function),
    /// A standard function of OData, by its name.
    StandardFunction(String),
    /// An action or a function of the organisation, by its name.
    Operation(String),
    /// A condition operator of FetchXML.
    Operator(Operator),
    /// An element of FetchXML.
    Element(&'static str),
    /// An attribute of an element of FetchXML.
    Attribute(&'static str, &'static str),
    /// A keyword that is the value of an attribute of FetchXML, with its description.
    Keyword(&'static str, &'static str),
}

/// A name that a query defines.
#[derive(Clone, Debug)]
pub(in crate::editor) struct Local {
    /// The name, without the `@` of a parameter alias.
    pub(in crate::editor) name: String,
    /// The kind of name.
    pub(in crate::editor) kind: LocalKind,
    /// The position of the definition; `None` if the query uses the name and does not define it.
    pub(in crate::editor) definition: Option<Span>,
    /// The logical name of the table whose rows the name stands for; `None` if it stands for a value, or if the
    /// table is unknown.
    pub(in crate::editor) table: Option<String>,
}

/// The kind of a name that a query defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::editor) enum LocalKind {
    /// The variable of `any` or `all`.
    RangeVariable,
    /// A parameter alias of OData, `@p`.
    ParameterAlias,
    /// The name of a computed value in `$apply` or `$compute`.
    Computed,
    /// The alias of a `<link-entity>`.
    LinkAlias,
    /// A `<link-entity>` without an alias, which is referred to by the name of its table.
    UnnamedLink,
    /// The alias of an `<attribute>`.
    ColumnAlias,
}

impl LocalKind {
    /// Returns the words for a name of this kind.
    pub(in crate::editor) fn words(self) -> &'static str {
        match self {
            Self::RangeVariable => "range variable",
            Self::ParameterAlias => "parameter alias",
            Self::Computed => "computed value",
            Self::LinkAlias => "alias of a link",
            Self::UnnamedLink => "link without an alias",
            Self::ColumnAlias => "alias of a column",
        }
    }
}

/// A clause of a query with the clauses within it.
#[derive(Clone, Debug, Default)]
pub(in crate::editor) struct Clause {
    /// The position in the text of the query.
    pub(in crate::editor) span: Span,
    /// The entry of the clause in an outline; `None` if it has none.
    pub(in crate::editor) symbol: Option<ClauseSymbol>,
    /// Whether an editor may fold the clause.
    pub(in crate::editor) foldable: bool,
    /// The clauses within this one, in the order of the text.
    pub(in crate::editor) children: Vec<Clause>,
}

/// The entry of a clause in an outline.
#[derive(Clone, Debug)]
pub(in crate::editor) struct ClauseSymbol {
    pub(in crate::editor) name: String,
    pub(in crate::editor) detail: String,
    pub(in crate::editor) class: SymbolClass,
    /// The position of the name.
    pub(in crate::editor) selection: Span,
}

/// The parts of a query, in the order of its text.
#[derive(Clone, Debug, Default)]
pub(in crate::editor) struct QueryParts<'a> {
    /// The parts. They do not overlap, and none is empty.
    pub(in crate::editor) parts: Vec<Part<'a>>,
    /// The names that the query defines.
    pub(in crate::editor) locals: Vec<Local>,
    /// The clauses of the query. One contains the others, unless the text is broken.
    pub(in crate::editor) clauses: Vec<Clause>,
    /// The table whose rows the query selects; `None` if it is unknown.
    pub(in crate::editor) table: Option<&'a Table>,
}

impl<'a> QueryParts<'a> {
    /// Returns the part at the offset `at`, or the one that ends there, as the name before a cursor does.
    pub(in crate::editor) fn at(&self, at: usize) -> Option<&Part<'a>> {
        let after = self.parts.partition_point(|part| part.span.range().start <= at);
        let before = self.parts.get(after.checked_sub(1)?)?;
        let end = before.span.range().end;
        // A part that begins at the offset is before a part that ends there, because it is the last to begin.
        (at <= end).then_some(before)
    }

    /// Returns the name that the query defines and that `part` means; `None` if it means something else.
    pub(in crate::editor) fn local(&self, part: &Part<'_>) -> Option<&Local> {
        match part.meaning {
            Meaning::Local(id) => self.locals.get(id),
            _ => None,
        }
    }
}

impl Meaning<'_> {
    /// Returns whether two meanings are the same thing of the snapshot or of the query. Meanings that are none
    /// are never the same.
    pub(in crate::editor) fn is_same(&self, other: &Meaning<'_>) -> bool {
        match (self, other) {
            (Self::Table(a), Meaning::Table(b)) => a.logical_name == b.logical_name,
            (Self::Column(t, a), Meaning::Column(u, b)) => {
                t.logical_name == u.logical_name && a.logical_name == b.logical_name
            }
            (Self::Navigation(t, a), Meaning::Navigation(u, b)) => {
                t.logical_name == u.logical_name && a.navigation == b.navigation
            }
            (Self::Option(t, a, m), Meaning::Option(u, b, n)) => {
                m == n && t.logical_name == u.logical_name && a.logical_name == b.logical_name
            }
            (Self::Local(a), Meaning::Local(b)) => a == b,
            (Self::Function(a), Meaning::Function(b)) => a.name == b.name,
            (Self::Operation(a), Meaning::Operation(b)) => a == b,
            _ => false,
        }
    }
}
