//! Splits the text of a query into parts with their meaning: names, values, operators and keywords, and the tree
//! of the clauses around them. Most features of an editor only read these parts.
//!
//! [`odata`] and [`fetch`] create the parts from the syntax trees, which parsers make of broken texts too.
//! [`lexer`] splits the text that is in no tree.

mod apply;
mod builder;
mod fetch;
mod lexer;
mod odata;
mod path;
mod values;

use dvkit_diagnostic::Span;
use dvkit_query::functions::Function;
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Column, Relationship, Table};
use fetchxml::FetchText;
use fetchxml::ast::Operator;
use odata_parser::{ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering, url};

use super::{QueryContext, SymbolClass, TokenClass};
use crate::{Error, QueryForm};
use builder::Builder;

/// A part of the text of a query: a name, a value, an operator or a keyword.
#[derive(Clone, Debug)]
pub(super) struct Part<'a> {
    /// The position in the text of the query.
    pub(super) span: Span,
    /// The class, for colours.
    pub(super) class: TokenClass,
    /// The meaning of the part in the snapshot or in the query.
    pub(super) meaning: Meaning<'a>,
}

/// The meaning of a part.
#[derive(Clone, Debug)]
pub(super) enum Meaning<'a> {
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
pub(super) struct Local {
    /// The name, without the `@` of a parameter alias.
    pub(super) name: String,
    /// The kind of name.
    pub(super) kind: LocalKind,
    /// The position of the definition; `None` if the query uses the name and does not define it.
    pub(super) definition: Option<Span>,
    /// The logical name of the table whose rows the name stands for; `None` if it stands for a value, or if the
    /// table is unknown.
    pub(super) table: Option<String>,
}

/// The kind of a name that a query defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LocalKind {
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
    pub(super) fn words(self) -> &'static str {
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
pub(super) struct Clause {
    /// The position in the text of the query.
    pub(super) span: Span,
    /// The entry of the clause in an outline; `None` if it has none.
    pub(super) symbol: Option<ClauseSymbol>,
    /// Whether an editor may fold the clause.
    pub(super) foldable: bool,
    /// The clauses within this one, in the order of the text.
    pub(super) children: Vec<Clause>,
}

/// The entry of a clause in an outline.
#[derive(Clone, Debug)]
pub(super) struct ClauseSymbol {
    pub(super) name: String,
    pub(super) detail: String,
    pub(super) class: SymbolClass,
    /// The position of the name.
    pub(super) selection: Span,
}

/// The parts of a query, in the order of its text.
#[derive(Clone, Debug, Default)]
pub(super) struct QueryParts<'a> {
    /// The parts. They do not overlap, and none is empty.
    pub(super) parts: Vec<Part<'a>>,
    /// The names that the query defines.
    pub(super) locals: Vec<Local>,
    /// The clauses of the query. One contains the others, unless the text is broken.
    pub(super) clauses: Vec<Clause>,
    /// The table whose rows the query selects; `None` if it is unknown.
    pub(super) table: Option<&'a Table>,
}

impl<'a> QueryContext<'a> {
    /// Splits the text of the query into its parts. Returns an error if the snapshot cannot be read.
    pub(super) fn parts(&self) -> Result<QueryParts<'a>, Error> {
        let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
        let mut builder = Builder::new(self.store);
        match self.query {
            QueryForm::Filter(text) => {
                let table = self.own_table()?;
                let parsed = parse_filter_recovering(text, &options);
                if parsed.is_ok() || !url::is_encoded(text) {
                    builder.filter(text, &parsed.expr, table)?;
                    return Ok(builder.finish(text, text, |span| span));
                }
                let decoded = url::decode(text);
                let parsed = parse_filter_recovering(&decoded.text, &options);
                builder.filter(&decoded.text, &parsed.expr, table)?;
                Ok(builder.finish(&decoded.text, text, |span| decoded.to_encoded(span)))
            }
            QueryForm::Request(text) => {
                let request = RequestText::new(text);
                let parsed = parse_request_recovering(&request, &options);
                builder.request(request.decoded(), &parsed.request, self.own_table()?)?;
                Ok(builder.finish(request.decoded(), text, |span| request.to_original(span)))
            }
            QueryForm::Fetch(text) => {
                let fetch = FetchText::new(text);
                let options = fetchxml::ParseOptions { placeholders: true, ..Default::default() };
                let parsed = fetchxml::parse_text(&fetch, &options);
                builder.fetch(fetch.decoded(), &parsed.fetch)?;
                Ok(builder.finish(fetch.decoded(), text, |span| fetch.to_original(span)))
            }
        }
    }

    fn own_table(&self) -> Result<Option<&'a Table>, Error> {
        Ok(match self.table {
            Some(name) => self.store.table(name)?,
            None => None,
        })
    }

    /// Returns `offset` as an offset in the text: at most the length of the text, and not within a character.
    pub(super) fn clamp(&self, offset: usize) -> usize {
        let text = self.query.as_str();
        let mut at = offset.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

impl<'a> QueryParts<'a> {
    /// Returns the part at the offset `at`, or the one that ends there, as the name before a cursor does.
    pub(super) fn at(&self, at: usize) -> Option<&Part<'a>> {
        let after = self.parts.partition_point(|part| part.span.range().start <= at);
        let before = self.parts.get(after.checked_sub(1)?)?;
        let end = before.span.range().end;
        // A part that begins at the offset is before a part that ends there, because it is the last to begin.
        (at <= end).then_some(before)
    }

    /// Returns the name that the query defines and that `part` means; `None` if it means something else.
    pub(super) fn local(&self, part: &Part<'_>) -> Option<&Local> {
        match part.meaning {
            Meaning::Local(id) => self.locals.get(id),
            _ => None,
        }
    }
}

impl Meaning<'_> {
    /// Returns whether two meanings are the same thing of the snapshot or of the query. Meanings that are none
    /// are never the same.
    pub(super) fn is_same(&self, other: &Meaning<'_>) -> bool {
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
