//! What a build script says: which snapshot, which tables and columns, under what names and types.
//!
//! A [`Config`] only keeps what was said; [`select`] holds it against the snapshot.

mod pattern;
mod register;
mod select;

pub(crate) use select::{ColumnConfig, SelectedTable, Selection, select, usable};

use std::collections::BTreeMap;
use std::path::PathBuf;

use dvkit_schema::Store;

/// Begins the configuration of a schema that the macros will know as `name`.
///
/// ```no_run
/// fn main() -> Result<(), dvkit_codegen::Error> {
///     dvkit_codegen::schema("crm").from_dir("schema").tables(["account", "contact", "new_*"]).register()
/// }
/// ```
pub fn schema(name: impl Into<String>) -> Config {
    Config {
        name: name.into(),
        dir: PathBuf::from("schema"),
        tables: None,
        columns: Vec::new(),
        names: BTreeMap::new(),
        choice_names: BTreeMap::new(),
        option_names: BTreeMap::new(),
        types: Vec::new(),
        attributes: Vec::new(),
        language: None,
    }
}

/// What code is to be generated from which snapshot.
///
/// Names of tables and columns are logical names. A *path* is `contact` or `contact.fullname`; a *pattern* is a path
/// in which `*` stands for any characters and `?` for one. What a path or a pattern names has to exist: an
/// organisation changes, and a name that went away is to be noticed.
#[derive(Clone, Debug)]
#[must_use = "nothing is generated before `register()` or `generate()`"]
pub struct Config {
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    pub(crate) tables: Option<Vec<String>>,
    pub(crate) columns: Vec<(String, Vec<String>)>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) choice_names: BTreeMap<String, String>,
    pub(crate) option_names: BTreeMap<(String, i32), String>,
    pub(crate) types: Vec<(String, String)>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) language: Option<u32>,
}

impl Config {
    /// Returns the language (LCID) that names and documentation are taken in: the one that was said, else the organisation's.
    pub(crate) fn language_of(&self, store: &Store) -> u32 {
        self.language.unwrap_or_else(|| store.org().language())
    }

    /// The folder of the snapshot, relative to the crate's manifest; `schema` where nothing is said.
    pub fn from_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// The tables to generate, as patterns; several calls add up. Where nothing is said, all of the snapshot.
    ///
    /// Say which: every table costs the compiler something, and an organisation has hundreds. A table that a lookup
    /// of theirs points to comes along with its id and its name; its other columns and its navigations do not.
    pub fn tables<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.tables.get_or_insert_default().extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Of the tables that `table` means only these columns, as patterns; several calls add up. The primary key
    /// is always there. Where nothing is said about a table, all of its columns that the Web API knows.
    ///
    /// ```
    /// # let _ =
    /// dvkit_codegen::schema("crm")
    ///     .columns("contact", ["fullname", "emailaddress*", "parentcustomerid"])
    ///     .columns("*", ["createdon", "modifiedon"])
    /// # ;
    /// ```
    pub fn columns<S: Into<String>>(
        mut self,
        table: impl Into<String>,
        patterns: impl IntoIterator<Item = S>,
    ) -> Self {
        self.columns.push((table.into(), patterns.into_iter().map(Into::into).collect()));
        self
    }

    /// Another Rust name for a table, a column or a navigation property: `rename("new_project", "Project")`,
    /// `rename("contact.new_shoesize", "shoe_size")`. A navigation property is spelt as the service spells it,
    /// capitals included; where only one of column and navigation is meant, the exact spelling decides, the column first.
    ///
    /// A table's name is that of its struct; a column's that of its field, and in capitals that of its constant.
    pub fn rename(mut self, path: impl Into<String>, name: impl Into<String>) -> Self {
        self.names.insert(path.into(), name.into());
        self
    }

    /// Another Rust name for the type of a choice: a global one by its name, a column's own one by the column's path.
    /// `rename_choice("new_region", "Region")`, `rename_choice("contact.gendercode", "Gender")`.
    pub fn rename_choice(mut self, choice: impl Into<String>, name: impl Into<String>) -> Self {
        self.choice_names.insert(choice.into(), name.into());
        self
    }

    /// Another Rust name for an option, by its value; the choice is named as for
    /// [`rename_choice`](Self::rename_choice). `rename_option("new_region", 100_000_001, "North")`.
    pub fn rename_option(mut self, choice: impl Into<String>, value: i32, name: impl Into<String>) -> Self {
        self.option_names.insert((choice.into(), value), name.into());
        self
    }

    /// Another type for the fields of the columns that a pattern means: `type_for("*.new_payload", "crate::Payload")`,
    /// `type_for("account.revenue", "::core::option::Option<f64>")`. The type is written as the generated module sees it, so
    /// by an absolute path. It implements `dvkit::row::Field` of the column's kind, `Default`, `Clone`, `Debug` and
    /// `PartialEq`.
    pub fn type_for(mut self, pattern: impl Into<String>, ty: impl Into<String>) -> Self {
        self.types.push((pattern.into(), ty.into()));
        self
    }

    /// Puts an attribute on the structs of the tables (`contact`, `*`) or the fields of the columns (`contact.*name`)
    /// that a pattern means: `attribute("*", "#[allow(dead_code)]")`. Several calls add up, in the order of the calls.
    pub fn attribute(mut self, pattern: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.attributes.push((pattern.into(), attribute.into()));
        self
    }

    /// The language of documentation and of the names of options (LCID); the organisation's base language where nothing
    /// is said, and English (1033) where the snapshot does not know that one. What has
    /// no text in it falls back to English, then to the language with the lowest number, then to what it is
    /// called in the schema.
    pub fn language(mut self, lcid: u32) -> Self {
        self.language = Some(lcid);
        self
    }
}
