//! The configuration of a build script: the snapshot, the tables and columns, and their names and types in Rust.
//!
//! A [`Config`] only stores the settings; [`select`] checks them against the snapshot.

mod pattern;
mod register;
mod select;

pub(crate) use select::{ColumnConfig, SelectedTable, Selection, select, usable};

use std::collections::BTreeMap;
use std::path::PathBuf;

use dvkit_schema::Store;

/// Returns the configuration of a schema with the name `name`, by which the macros refer to it.
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

/// The settings of code generation.
///
/// Names of tables and columns are logical names. A *path* is `contact` or `contact.fullname`. A *pattern* is a path in
/// which `*` stands for any number of characters and `?` for one. Every path and pattern has to match something in the
/// snapshot, so that you notice when a table or column was removed from the organisation.
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
    /// Returns the language (LCID) of names and documentation: that of the configuration, or else the organisation's.
    pub(crate) fn language_of(&self, store: &Store) -> u32 {
        self.language.unwrap_or_else(|| store.org().language())
    }

    /// Sets the folder of the snapshot, relative to the crate's manifest. The default is `schema`.
    pub fn from_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// Adds patterns of the tables to generate. The default is all tables of the snapshot.
    ///
    /// Select the tables that you need, because every table costs the compiler time and an organisation has hundreds. The
    /// target tables of lookups are generated, too, with their id and name only.
    pub fn tables<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.tables.get_or_insert_default().extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Adds patterns of the columns to generate for the tables that match `table`. The primary key is always generated. The
    /// default is all columns that are properties of the Web API.
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

    /// Sets the Rust name of a table, a column or a navigation property: `rename("new_project", "Project")`,
    /// `rename("contact.new_shoesize", "shoe_size")`.
    ///
    /// The name of a table is that of its struct. The name of a column is that of its field, and in capitals that of its
    /// constant. Navigation properties are case-sensitive, as in the Web API. Where a column and a navigation property have
    /// the same name, the column is renamed.
    pub fn rename(mut self, path: impl Into<String>, name: impl Into<String>) -> Self {
        self.names.insert(path.into(), name.into());
        self
    }

    /// Sets the Rust name of the enum of a choice: `rename_choice("new_region", "Region")` for a global choice,
    /// `rename_choice("contact.gendercode", "Gender")` for the choice of a column.
    pub fn rename_choice(mut self, choice: impl Into<String>, name: impl Into<String>) -> Self {
        self.choice_names.insert(choice.into(), name.into());
        self
    }

    /// Sets the Rust name of the option with this value: `rename_option("new_region", 100_000_001, "North")`. The choice is
    /// named as for [`rename_choice`](Self::rename_choice).
    pub fn rename_option(mut self, choice: impl Into<String>, value: i32, name: impl Into<String>) -> Self {
        self.option_names.insert((choice.into(), value), name.into());
        self
    }

    /// Sets the type of the fields of the columns that match a pattern: `type_for("*.new_payload", "crate::Payload")`,
    /// `type_for("account.revenue", "::core::option::Option<f64>")`.
    ///
    /// Write the type with an absolute path, because it is used in the generated module. It has to implement
    /// `dvkit::row::Field` of the column's kind, `Default`, `Clone`, `Debug` and `PartialEq`.
    pub fn type_for(mut self, pattern: impl Into<String>, ty: impl Into<String>) -> Self {
        self.types.push((pattern.into(), ty.into()));
        self
    }

    /// Adds an attribute to the structs of the tables (`contact`, `*`) or to the fields of the columns (`contact.*name`)
    /// that match a pattern: `attribute("*", "#[allow(dead_code)]")`. The attributes of several calls are written in the
    /// order of the calls.
    pub fn attribute(mut self, pattern: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.attributes.push((pattern.into(), attribute.into()));
        self
    }

    /// Sets the language (LCID) of documentation and of the names of options.
    ///
    /// The default is the organisation's base language, or English (1033) where the snapshot does not know it. A label
    /// without a text in this language falls back to English, then to the language with the lowest number, then to the name
    /// in the schema.
    pub fn language(mut self, lcid: u32) -> Self {
        self.language = Some(lcid);
        self
    }
}
