//! Defines the configuration that a build script makes: the folder of the snapshot, the tables and columns to
//! generate, and their Rust names and types.
//!
//! A [`Config`] only stores the settings. The module [`mod@select`] checks them against the snapshot.

mod operations;
mod pattern;
mod register;
mod select;
mod usable;

pub(crate) use operations::{SelectedOperations, has_entity_set, is_any_table};
pub(crate) use select::{ColumnConfig, SelectedTable, Selection, select};
pub(crate) use usable::usable;

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
        operations: Vec::new(),
        columns: Vec::new(),
        names: BTreeMap::new(),
        choice_names: BTreeMap::new(),
        option_names: BTreeMap::new(),
        types: Vec::new(),
        attributes: Vec::new(),
        language: None,
    }
}

/// The settings of code generation. A build script makes them by calling the methods.
///
/// Tables and columns are given by their logical names. A *path* is `contact` or `contact.fullname`. A
/// *pattern* is a path in which `*` matches any number of characters and `?` matches one. A path or pattern
/// that matches nothing in the snapshot is an error, so that the removal of a table or column from the
/// organisation is noticed.
#[derive(Clone, Debug)]
#[must_use = "nothing is generated before `register()` or `generate()`"]
pub struct Config {
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    pub(crate) tables: Option<Vec<String>>,
    pub(crate) operations: Vec<String>,
    pub(crate) columns: Vec<(String, Vec<String>)>,
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) choice_names: BTreeMap<String, String>,
    pub(crate) option_names: BTreeMap<(String, i32), String>,
    pub(crate) types: Vec<(String, String)>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) language: Option<u32>,
}

impl Config {
    /// Returns the LCID of the language for names and documentation: the language set by `Config::language`,
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

    /// Adds patterns for the tables to generate. If this method is never called, all tables of the snapshot
    /// are generated.
    ///
    /// Select only the tables that you need: an organisation has hundreds, and each one takes the compiler
    /// time. The tables that lookups of the selected tables point to are generated too, but only with their
    /// id and their name.
    pub fn tables<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.tables.get_or_insert_default().extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Adds patterns for the operations to generate: the actions, functions and custom APIs of the Web API, by
    /// their names, which are case-sensitive. If this method is never called, no operations are generated.
    ///
    /// ```
    /// # let _ =
    /// dvkit_codegen::schema("crm").operations(["WhoAmI", "new_*"])
    /// # ;
    /// ```
    ///
    /// The module `operations` of the generated code gets one struct for each operation. Operations that have
    /// the same name, but are bound to different tables, are several structs, with the name of the table at
    /// the end of their names. The tables of parameters and results are generated too, but only with their id
    /// and their name.
    pub fn operations<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.operations.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Adds patterns for the columns to generate in the tables that match the pattern `table`. The primary
    /// key is always generated. If no call matches a table, all its columns that are in the Web API are
    /// generated.
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
    /// The name of a table becomes the name of the struct. The name of a column becomes the name of the field
    /// and, in capitals, of the constant. Navigation properties in `path` are case-sensitive, as in the Web
    /// API. If a column and a navigation property have the same name, the column is renamed.
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

    /// Sets the Rust name of one option of a choice: `rename_option("new_region", 100_000_001, "North")`.
    /// `choice` names the choice as in [`rename_choice`](Self::rename_choice), and `value` is the option's
    /// stored value.
    pub fn rename_option(mut self, choice: impl Into<String>, value: i32, name: impl Into<String>) -> Self {
        self.option_names.insert((choice.into(), value), name.into());
        self
    }

    /// Sets the Rust type of the fields for the columns that match `pattern`: `type_for("*.new_payload",
    /// "crate::Payload")`, `type_for("account.revenue", "::core::option::Option<f64>")`.
    ///
    /// The type needs an absolute path, because the generated module uses it. It has to implement `Default`,
    /// `Clone`, `Debug`, `PartialEq`, and `dvkit::row::Field` for the kind of the column.
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

    /// Sets the language of the documentation and of the labels after which options are named. `lcid` is the
    /// code of the language.
    ///
    /// The default is the organisation's base language, or English (1033) if the snapshot does not contain a
    /// base language. A label without a text in this language is taken in English, then in the language with
    /// the lowest LCID. If a label has no text at all, the name in the schema is used.
    pub fn language(mut self, lcid: u32) -> Self {
        self.language = Some(lcid);
        self
    }
}
