//! Defines [`Organisation`], the snapshot that names are looked up in, and [`Table`], one of its tables.

use core::fmt;
use std::sync::Arc;

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_query::{CheckOptions, find_table};
use dvkit_schema::{Schema, Store};

use super::error::{Error, Result};

/// An organisation whose tables are known when the program runs. Clones share the snapshot.
///
/// ```
/// use dvkit::by_name::Organisation;
/// use dvkit_schema::{Schema, Store, Table};
///
/// let account = Table { logical_name: "account".into(), entity_set: Some("accounts".into()), ..Table::default() };
/// let schema = Schema { tables: [("account".into(), account)].into(), ..Schema::default() };
/// let organisation = Organisation::new(Store::from_schema(schema));
/// assert_eq!(organisation.table("Accounts")?.name(), "account");
/// let error = organisation.table("acount").unwrap_err();
/// assert!(error.to_string().contains("did you mean") && error.to_string().contains("account"), "{error}");
/// # Ok::<(), dvkit::by_name::Error>(())
/// ```
#[derive(Clone)]
pub struct Organisation(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    options: CheckOptions,
}

impl Organisation {
    /// Returns the organisation of a snapshot. `store` is a [`Store`] or an `Arc` of one.
    #[must_use]
    pub fn new(store: impl Into<Arc<Store>>) -> Self {
        Self::with_options(store, CheckOptions::default())
    }

    /// Returns the organisation of a snapshot, whose requests are checked with `options`: for example the
    /// targets of polymorphic lookups, and the severities of findings.
    #[must_use]
    pub fn with_options(store: impl Into<Arc<Store>>, options: CheckOptions) -> Self {
        Self(Arc::new(Inner { store: store.into(), options }))
    }

    /// Returns the snapshot.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn options(&self) -> &CheckOptions {
        &self.0.options
    }

    /// Returns the table with this logical name or entity set name, in any letter case, or with this display
    /// name, if only one table has it.
    ///
    /// # Errors
    /// Returns an error with the most similar names if there is no such table, and an error if the table has no
    /// entity set, because the Web API has no rows of it then.
    pub fn table(&self, name: &str) -> Result<Table> {
        let store = self.store();
        let entry = match find_table(store, name) {
            Ok(entry) => entry,
            Err(finding) => {
                let labelled: Vec<_> = store
                    .tables()
                    .filter(|table| table.display_name.texts().any(|text| text == name.trim()))
                    .collect();
                match *labelled.as_slice() {
                    [entry] => entry,
                    [] => return Err(Error::finding(name, *finding)),
                    ref several => {
                        let span = Span::new(0, name.len());
                        let message = format!("{} tables have the display name `{name}`", several.len());
                        let mut finding = Diagnostic::error(code::UNKNOWN_TABLE, span, message);
                        for table in several.iter().copied() {
                            let name = table.logical_name.clone();
                            finding = finding.suggest(Suggestion::maybe("write", span, name));
                        }
                        return Err(Error::finding(name, finding));
                    }
                }
            }
        };
        let Some(set) = entry.entity_set.clone() else {
            let message = format!("`{}` has no entity set in this snapshot", entry.logical_name);
            let finding = Diagnostic::error(code::UNKNOWN_TABLE, Span::new(0, name.len()), message)
                .help("the Web API has no rows of a table without an entity set");
            return Err(Error::finding(name, finding));
        };
        Ok(Table { organisation: self.clone(), name: entry.logical_name.clone(), set })
    }
}

impl From<Schema> for Organisation {
    fn from(schema: Schema) -> Self {
        Self::new(Store::from_schema(schema))
    }
}

impl fmt::Debug for Organisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Organisation").field("url", &self.store().org().url).finish_non_exhaustive()
    }
}

/// A table of an [`Organisation`], which starts queries and writes.
#[derive(Clone)]
pub struct Table {
    pub(super) organisation: Organisation,
    name: String,
    set: String,
}

impl Table {
    /// Returns the logical name of the table: `contact`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name of the entity set: `contacts`.
    #[must_use]
    pub fn entity_set(&self) -> &str {
        &self.set
    }

    /// Returns the organisation of the table.
    #[must_use]
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// Returns the description of the table in the snapshot.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn schema(&self) -> Result<&dvkit_schema::Table> {
        match self.organisation.store().table(&self.name)? {
            Some(table) => Ok(table),
            None => {
                let message = format!("the snapshot does not describe `{}`", self.name);
                let span = Span::new(0, self.name.len());
                let finding = Diagnostic::error(code::TABLE_NOT_IN_SNAPSHOT, span, message);
                Err(Error::finding(&*self.name, finding))
            }
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}
