//! The configuration in a build script: the folder of the snapshot, the tables and columns to generate, and
//! their Rust names and types.
//!
//! A [`Config`] only stores the settings. The module [`mod@select`] checks them against the snapshot.

mod pattern;
mod register;
mod select;

pub(crate) use select::{ColumnConfig, SelectedTable, Selection, select, usable};

use std::collections::BTreeMap;
use std::path::PathBuf;

use dvkit_schema::Store;

/// Returns a [`Config`] with the default settings for the schema `name`. The macros refer to the schema by
/// this name.
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

/// The settings of code generation, which a build script makes by calling the methods.
///
/// Tables and columns are given by their logical names. A *path* is `contact` or `contact.fullname`. A
/// *pattern* is a path in which `*` matches any number of characters and `?` matches one. A path or pattern
/// that matches nothing in the snapshot is an error, so that you notice when a table or column was removed
/// from the organisation.
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
    /// Returns the LCID of the language of names and documentation: the one that `Config::language` has set,
    /// or else the base language of the organisation.
    pub(crate) fn language_of(&self, store: &Store) -> u32 {
        self.language.unwrap_or_else(|| store.org().language())
    }

    /// Sets the folder of the snapshot, relative to the folder of the crate's manifest. The default is
    /// `schema`.
    pub fn from_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// Adds patterns of the tables to generate. If the method is never called, all tables of the snapshot are
    /// generated.
    ///
    /// Select only the tables that you need, because an organisation has hundreds of tables and each takes
    /// the compiler time. Tables that lookups of the selected tables point to are generated, too, but with
    /// only their id and their name.
    pub fn tables<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.tables.get_or_insert_default().extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Adds patterns of the columns to generate for the tables that match `table`. The primary key is always
    /// generated. If no call matches a table, all of its columns that are in the Web API are generated.
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
    /// For a table, `name` is the name of the struct. For a column, it is the name of the field, and in
    /// capitals the name of the constant. The names of navigation properties in `path` are case-sensitive, as
    /// in the Web API. If a column and a navigation property have the same name, the column is renamed.
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

    /// Sets the Rust name of the option with the value `value`:
    /// `rename_option("new_region", 100_000_001, "North")`. `choice` is written as in
    /// [`rename_choice`](Self::rename_choice).
    pub fn rename_option(mut self, choice: impl Into<String>, value: i32, name: impl Into<String>) -> Self {
        self.option_names.insert((choice.into(), value), name.into());
        self
    }

    /// Sets the Rust type of the fields for the columns that match `pattern`:
    /// `type_for("*.new_payload", "crate::Payload")`,
    /// `type_for("account.revenue", "::core::option::Option<f64>")`.
    ///
    /// Write the type with an absolute path, because it is used in the generated module. It has to implement
    /// `Default`, `Clone`, `Debug`, `PartialEq`, and `dvkit::row::Field` for the kind of the column.
    pub fn type_for(mut self, pattern: impl Into<String>, ty: impl Into<String>) -> Self {
        self.types.push((pattern.into(), ty.into()));
        self
    }

    /// Adds an attribute to all structs or fields that match `pattern`:
    /// `attribute("*", "#[allow(dead_code)]")`. A pattern without a dot (`contact`, `*`) matches the structs
    /// of tables, a pattern with a dot (`contact.*name`) matches the fields of columns. If several calls
    /// match, the attributes are written in the order of the calls.
    pub fn attribute(mut self, pattern: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.attributes.push((pattern.into(), attribute.into()));
        self
    }

    /// Sets the language (LCID) of the documentation and of the labels that options are named after.
    ///
    /// The default is the organisation's base language, or English (1033) if the snapshot does not contain
    /// it. A label that has no text in this language is taken in English, then in the language with the
    /// lowest LCID; if it has no text at all, the name in the schema is used.
    pub fn language(mut self, lcid: u32) -> Self {
        self.language = Some(lcid);
        self
    }
}
