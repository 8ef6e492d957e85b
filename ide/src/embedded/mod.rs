//! Finds the queries in source files of host languages: string literals of programs, flows, solutions, reports,
//! web pages, and documents.
//!
//! A [`SourceFile`] is a file with the texts that were found in it. Each [`FoundText`] has the text of the query
//! as the service gets it, in which expressions of the host are placeholders (`{name}`), and a map of its
//! positions to the bytes of the file ([`HostText`]). [`Workspace::diagnose_text`](crate::Workspace) checks it:
//! findings have positions in the file, and edits have the escaping of the host.
//!
//! One module reads one host language. What a text has to look like so that it counts as a query is decided in
//! `recognize`, for all hosts of programs alike. Names that are not in a query, such as the columns that a flow
//! writes, are put into a query that says the same, whose other parts are synthetic; so that the compiler of
//! queries checks them too.

mod archive;
mod build;
mod check;
mod comments;
mod file;
mod half_typed;
mod host;
mod html;
mod http;
mod json;
mod layers;
mod markdown;
mod nested;
mod notebook;
mod programs;
mod queries;
mod recognize;
mod text;
mod unquoted;
mod xml;
mod yaml;

pub use archive::{SkippedEntry, is_archive, read_archive};
pub use build::HostTextBuilder;
pub use check::{Coverage, TextDiagnosis};
pub(crate) use comments::CommentPlace;
pub use file::SourceFile;
pub use host::Host;
pub use recognize::{Recognized, recognize};
pub use text::{EscapeWith, Escaping, HostEdit, HostText, json_string, verbatim};

use std::collections::BTreeMap;
use std::ops::Range;

use dvkit_diagnostic::Diagnostic;

use crate::TableName;

/// A query in a source file, or names that are checked like one.
#[derive(Clone, Debug)]
pub struct FoundText {
    /// What the text is, for people, such as `verbatim string` or `saved view`.
    pub construct: &'static str,
    /// Whether the text is a query, names, or a value.
    pub kind: FoundKind,
    /// The text, with the positions of its characters in the file.
    pub text: HostText,
    /// The table of the query, if something beside the text names it.
    pub table: Option<FoundTable>,
    /// Other places of the file with the same text, which are edited together with it.
    pub copies: Vec<HostText>,
    /// Whether the text is a query of a file of queries, and not one in a source file.
    pub is_alone: bool,
    /// Whether the text is the URL of a request that writes. No advice on reading is given about it.
    pub is_write: bool,
    /// A sentence with the reason why the text cannot be checked; `None` if it can.
    pub skipped: Option<String>,
    /// The name of the organisation that the query is for, if the file says so.
    pub org: Option<String>,
    /// The tables that polymorphic lookups are assumed to point to, if the file says so.
    pub targets: BTreeMap<String, String>,
    /// Whether placeholders such as `{id}` are accepted; `None` if the settings of the workspace apply.
    pub placeholders: Option<bool>,
    /// Findings about what refers to the text in the file, such as the layout of a view. They have positions
    /// in the file.
    pub diagnostics: Vec<Diagnostic>,
    /// The names of columns that the query returns, where they are written beside it: in the cells of a view's
    /// layout, and in the categories and measures of a chart.
    pub returned_names: Vec<HostText>,
}

/// Whether a found text is a query, names, or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundKind {
    /// A query, about which everything is reported.
    Query,
    /// Names and values within a synthetic query. What is wrong with them is reported, no advice about the query.
    Names,
    /// A value that is written into a column, within a synthetic query that compares the column with it. Only errors
    /// are reported. An option that the column does not have is an error, because the service refuses to write it.
    Value,
}

/// The table that something beside a query names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTable {
    /// The name of the table.
    pub name: TableName,
    /// The byte range of the name in the file; `None` if it is not written there.
    pub place: Option<Range<usize>>,
}

impl FoundText {
    /// Returns a query that consists of `text`, whose placeholders are accepted.
    #[must_use]
    pub fn query(construct: &'static str, text: HostText) -> Self {
        Self {
            construct,
            kind: FoundKind::Query,
            text,
            table: None,
            copies: Vec::new(),
            is_alone: false,
            is_write: false,
            skipped: None,
            org: None,
            targets: BTreeMap::new(),
            placeholders: Some(true),
            diagnostics: Vec::new(),
            returned_names: Vec::new(),
        }
    }

    /// Returns names that are checked by the query `text`, whose other parts are synthetic.
    #[must_use]
    pub fn names(construct: &'static str, text: HostText) -> Self {
        Self { kind: FoundKind::Names, ..Self::query(construct, text) }
    }

    /// Returns a value that is written into a column, and is checked by the query `text`, whose other parts are
    /// synthetic.
    #[must_use]
    pub fn value(construct: &'static str, text: HostText) -> Self {
        Self { kind: FoundKind::Value, ..Self::query(construct, text) }
    }

    /// Returns this text with the table that something beside it names.
    #[must_use]
    pub fn with_table(mut self, table: Option<FoundTable>) -> Self {
        self.table = table;
        self
    }

    /// Returns this text as one that cannot be checked, for the reason `why`.
    #[must_use]
    pub fn skipped(mut self, why: impl Into<String>) -> Self {
        self.skipped = Some(why.into());
        self
    }
}
