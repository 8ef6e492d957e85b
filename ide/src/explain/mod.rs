//! Explains names of a snapshot and diagnostic codes: how a table, a column, a navigation property, an operation
//! or a choice is spelled in OData, FetchXML and JSON.
//!
//! An explanation is a [`Page`]: a heading and a list of purposes, each with the spellings for it. [`Page::lines`]
//! and [`Page::markdown`] render it, and [`Page::within`] shortens it to a number of bytes. [`explain`] finds the
//! page for a name that a person typed, and [`find`] lists the names that match words. All spellings come from
//! the schema; none is derived from a name.
//!
//! ```
//! use dvkit_ide::explain::{Explanation, explain};
//! let store = dvkit_ide::sample::open()?;
//! let Explanation::Page(page) = explain(&store, "contact.\"Full Name\"")? else { unreachable!() };
//! assert_eq!(page.name, "contact.fullname");
//! assert_eq!(page.lines()[4], "  in $select, $orderby     fullname");
//! # Ok::<(), dvkit_ide::Error>(())
//! ```

mod choice;
pub mod code;
mod collection;
mod column;
pub mod description;
mod find;
mod function;
mod lookup;
mod markdown;
mod name;
mod operation;
mod page;
mod table;

use dvkit_diagnostic::Diagnostic;
use dvkit_query::functions::Function;
use dvkit_schema::{Choice, Column, Operation, Relationship, Store, StoreError, Table};
use fetchxml::ast::Operator;

pub use code::{CodePage, is_code};
pub use find::{FindRequest, NameClass, NameMatch, find};
pub(crate) use markdown::{code_span, inline_text};

pub use name::{NamedItem, resolve};
pub use page::{Page, Spelling, Use};

/// The explanation of a name, or the reason why there is none.
#[derive(Clone, Debug)]
pub enum Explanation {
    /// The explanation of the table, column, navigation property, operation or choice with this name.
    Page(Page),
    /// The name is unknown. The field is a diagnostic with similar names. Its spans refer to the name.
    Unknown(Box<Diagnostic>),
}

/// Explains the name `name`: `contact`, `contact.fullname`, `contact."Full Name"`,
/// `account.contact_customer_accounts`, the name of an operation, of a global choice, of a query function or of a
/// condition operator of FetchXML. Letter case is ignored, and display names are accepted.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
pub fn explain(store: &Store, name: &str) -> Result<Explanation, StoreError> {
    let diagnostic = match resolve(store, name)? {
        Ok(item) => return Ok(Explanation::Page(item.page(store)?)),
        Err(diagnostic) => diagnostic,
    };
    // The metadata lists some query functions as operations, but they are not called like these.
    if let Some(page) = function::find(name) {
        return Ok(Explanation::Page(page));
    }
    // Operations and choices have namespaces of their own. They are read only if no other name matches.
    if let Some(page) = operation::page(store, &operation::find(store, name)?) {
        return Ok(Explanation::Page(page));
    }
    Ok(match choice::find(store, name)? {
        Some(choice) => Explanation::Page(choice::page(store, choice)),
        None => Explanation::Unknown(diagnostic),
    })
}

impl Page {
    /// Returns the explanation of a table: its names, key and navigation properties.
    #[must_use]
    pub fn of_table(store: &Store, table: &Table) -> Self {
        table::page(TableContext { store, table })
    }

    /// Returns the explanation of a column of `table`: how queries compare it, and how it is read and written.
    ///
    /// # Errors
    /// Returns an error if the file of the column's choice cannot be read.
    pub fn of_column(store: &Store, table: &Table, column: &Column) -> Result<Self, StoreError> {
        let here = TableContext { store, table };
        if column.ty.is_lookup() { Ok(lookup::column(here, column)) } else { column::page(here, column) }
    }

    /// Returns the explanation of a navigation property of `table`: how queries expand it, filter by it and
    /// join along it.
    #[must_use]
    pub fn of_navigation(store: &Store, table: &Table, relationship: &Relationship) -> Self {
        let here = TableContext { store, table };
        if relationship.is_single() {
            lookup::navigation(here, relationship)
        } else {
            collection::page(here, relationship)
        }
    }

    /// Returns the explanation of the overloads of an operation: how each of them is called. Returns `None` if
    /// `operations` is empty.
    #[must_use]
    pub fn of_operations(store: &Store, operations: &[&Operation]) -> Option<Self> {
        operation::page(store, operations)
    }

    /// Returns the explanation of a query function of Dataverse: how it is called, and the equivalent in FetchXML.
    #[must_use]
    pub fn of_function(function: &Function) -> Self {
        function::function(function)
    }

    /// Returns the explanation of a condition operator of FetchXML: how it is written, and the equivalent in OData.
    #[must_use]
    pub fn of_operator(operator: Operator) -> Self {
        function::operator(operator)
    }

    /// Returns the explanation of a choice: its options with their labels.
    #[must_use]
    pub fn of_choice(store: &Store, choice: &Choice) -> Self {
        choice::page(store, choice)
    }
}

/// The table to explain, with the snapshot that it is from.
#[derive(Clone, Copy)]
struct TableContext<'a> {
    store: &'a Store,
    table: &'a Table,
}

impl<'a> TableContext<'a> {
    /// Returns the table's entity set; a placeholder if the entity set is not known.
    fn set(self) -> &'a str {
        self.table.entity_set.as_deref().unwrap_or("<entity set>")
    }

    /// Returns the entity set of the table `table`; a placeholder if the entity set is not known.
    fn set_of(self, table: &str) -> String {
        let set = self.store.entry(table).and_then(|e| e.entity_set.clone());
        set.unwrap_or_else(|| format!("<entity set of {table}>"))
    }

    /// Returns the primary key column of the table `table`; a placeholder if the column is not known.
    fn key_of(self, table: &str) -> String {
        let key = self.store.entry(table).and_then(|e| e.primary_id.clone());
        key.unwrap_or_else(|| format!("<key of {table}>"))
    }

    /// Returns the name of a column or navigation property with that of its table: `contact.fullname`.
    fn named(self, member: &str) -> String {
        format!("{}.{member}", self.table.logical_name)
    }
}

/// Returns the FetchXML element `attribute` for the column `name`.
fn attribute(name: &str) -> String {
    format!("attribute='{name}'")
}

/// Returns the FetchXML element `link-entity` that joins `table` by the columns `from` and `to`.
fn link_entity(table: &str, from: &str, to: &str) -> String {
    format!("link-entity name='{table}' from='{from}' to='{to}'")
}
