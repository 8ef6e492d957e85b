//! Generates the code of all selected tables, of the global choices and of the operations: one module per
//! table, one for the choices, and one for the operations. [`Config`](crate::Config) calls it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use dvkit_schema::{Choice, ChoiceRef, Store, TableKind};

use crate::choice::{self, ChoiceItem};
use crate::config::{Config, Selection, select};
use crate::docs::{self, Comment};
use crate::errors::Error;
use crate::names::{NameRequest, ident, is_prelude, pascal, snake, with_fixed_names, with_suffix};
use crate::operation::{self, OperationItem};
use crate::relationship::TablePath;
use crate::table::{Context, TableItem, renamed_options};

/// The name of the module of global choices. No module of a table gets this name.
const CHOICES: &str = "choices";

/// The name of the module of operations. No module of a table gets this name.
const OPERATIONS: &str = "operations";

/// The attributes that silence lints in every generated module, because generated code has unused items and
/// follows no style.
const ALLOWANCES: &str = "\
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
";

/// The attribute that keeps rustfmt from formatting generated modules that are files of their own. The single
/// file in `OUT_DIR` does not have the attribute, because a tool attribute makes the compiler need more
/// memory.
const NOT_LAID_OUT: &str = "#[rustfmt::skip]\n";

/// The generated code. [`file`](Self::file) returns it as one file, [`files`](Self::files) as several files.
#[derive(Clone, Debug)]
pub struct GeneratedCode {
    pub(crate) modules: BTreeMap<String, Module>,
    /// The types that the root module re-exports; each is the name of its module and the name of the type.
    pub(crate) exports: Vec<(String, String)>,
    types: BTreeMap<String, String>,
    enums: BTreeMap<String, String>,
    operations: BTreeMap<String, String>,
    inputs: Vec<PathBuf>,
    pub(crate) language: u32,
}

/// The generated module of a table or of the global choices.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) docs: Vec<String>,
    /// The Rust code inside the module.
    pub(crate) items: String,
}

impl GeneratedCode {
    /// Returns the logical name of the table for each generated struct, by the struct's name: `Contact` →
    /// `contact`.
    #[must_use]
    pub fn types(&self) -> &BTreeMap<String, String> {
        &self.types
    }

    /// Returns the path of the enum for each choice column, by the column's path: `contact.statecode` →
    /// `contact::ContactState`. The enums' paths are relative to the module that contains the generated code.
    #[must_use]
    pub fn enums(&self) -> &BTreeMap<String, String> {
        &self.enums
    }

    /// Returns the name of the operation for each generated struct of the module `operations`, by the struct's
    /// name: `NewArchiveAccount` → `new_Archive`.
    #[must_use]
    pub fn operations(&self) -> &BTreeMap<String, String> {
        &self.operations
    }

    /// Returns the paths of the snapshot's files on which the code depends: the index, and the files of
    /// tables, choices and operations that were read.
    #[must_use]
    pub fn inputs(&self) -> &[PathBuf] {
        &self.inputs
    }
}

/// Returns the names of module and struct for every table of the snapshot, by the table's logical name. They
/// depend only on the snapshot's index and on the names in `config`, so that they stay the same when other
/// tables are selected.
pub(crate) fn table_names<'s>(store: &'s Store, config: &Config) -> BTreeMap<&'s str, TablePath> {
    let tables: Vec<&str> = store.tables().map(|t| t.logical_name.as_str()).collect();
    let wishes: Vec<_> = tables
        .iter()
        .map(|table| {
            let name = pascal(table);
            let plain = name.clone().filter(|n| !is_prelude(n));
            NameRequest::new(*table, [plain, name.map(|n| with_suffix(&n, "Table"))], "Table")
        })
        .collect();
    let types = with_fixed_names(&wishes, &config.names, &BTreeSet::new());
    let mut taken: BTreeSet<String> = types.iter().cloned().collect();
    taken.extend([CHOICES, OPERATIONS].map(str::to_owned));
    // Modules become files, and some operating systems reserve these names.
    taken.extend(["con", "prn", "aux", "nul", "mod", "lib", "main"].map(str::to_owned));
    let wishes: Vec<_> = tables
        .iter()
        .map(|table| {
            let name = snake(table);
            let with_suffix = name.as_ref().map(|n| with_suffix(n, "_table"));
            NameRequest::new(*table, [name, with_suffix], "table")
        })
        .collect();
    let modules = crate::names::assign_names(&wishes, &taken);
    tables
        .into_iter()
        .zip(types.into_iter().zip(modules))
        .map(|(table, (ty, module))| (table, TablePath { module, ty }))
        .collect()
}

/// Generates the code that `config` selects from the snapshot `store`.
///
/// # Errors
/// Returns an error if a file of the snapshot cannot be read or the configuration has mistakes.
pub(crate) fn generate(config: &Config, store: &Store) -> Result<GeneratedCode, Error> {
    let selected = select(config, store)?;
    let names = table_names(store, config);
    let mut problems = Vec::new();
    let choices = global_choices(config, store, &selected, &mut problems)?;
    let generated = |table: &&str| selected.table(table).is_some();
    let context = Context {
        config,
        language: config.language_of(store),
        tables: names.iter().filter(|(t, _)| generated(t)).map(|(t, other)| (*t, other.clone())).collect(),
        abstracts: store
            .tables()
            .filter(|t| t.kind == Some(TableKind::Abstract))
            .map(|t| t.logical_name.as_str())
            .collect(),
        globals: choices.iter().map(|(name, item)| (*name, item.ty.clone())).collect(),
    };
    let mut modules = BTreeMap::new();
    let mut exports = Vec::new();
    let mut enums = BTreeMap::new();
    for table in &selected.tables {
        let item = TableItem::new(table, &context, &mut problems);
        exports.push((item.module.clone(), item.ty.clone()));
        enums.extend(item.enums());
        let docs = vec![format!(" The table {} and its own choices.", docs::code(&table.table.logical_name))];
        modules.insert(item.module.clone(), Module { docs, items: item.to_string() });
    }
    if !problems.is_empty() {
        return Err(Error::Configuration(problems));
    }
    if !choices.is_empty() {
        let items = choices.iter().map(|(_, item)| item.to_string()).collect();
        let docs = vec![" Choices that several tables share.".to_owned()];
        modules.insert(CHOICES.to_owned(), Module { docs, items });
    }
    let operations = OperationItem::all(store, &selected.operations, &context)?;
    if !selected.operations.is_empty() {
        let items = operations.iter().map(ToString::to_string);
        let items = std::iter::once(operation::IMPORTS.to_owned()).chain(items).collect();
        let docs = operation::module_documentation(&selected.operations);
        modules.insert(OPERATIONS.to_owned(), Module { docs, items });
    }
    let operations = operations.iter().map(|o| (o.ty.clone(), o.operation.name.clone())).collect();
    let types = context.tables.iter().map(|(table, other)| (other.ty.clone(), (*table).to_owned())).collect();
    let inputs = store.files_read();
    Ok(GeneratedCode {
        modules,
        exports,
        types,
        enums,
        operations,
        inputs,
        language: config.language_of(store),
    })
}

/// Returns the global choices that the selected columns refer to, sorted by name; each is the name and the
/// enum. Two options that would get one name are added to `problems`. Returns an error if the snapshot cannot
/// be read.
fn global_choices<'s>(
    config: &'s Config,
    store: &'s Store,
    selected: &Selection<'s>,
    problems: &mut Vec<String>,
) -> Result<Vec<(&'s str, ChoiceItem<'s>)>, Error> {
    let used: BTreeSet<&str> = selected
        .tables
        .iter()
        .flat_map(|t| &t.columns)
        .filter_map(|c| match c.ty.choice() {
            Some(ChoiceRef::Global(name)) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    // Choices that are not used take part in naming, so that selecting other columns renames none.
    let all: Vec<&str> = store.choices().collect();
    let wishes: Vec<_> = all.iter().map(|name| NameRequest::new(*name, [pascal(name)], "Options")).collect();
    let types = with_fixed_names(&wishes, &config.choice_names, &BTreeSet::new());
    let mut items = Vec::new();
    for (name, ty) in all.into_iter().zip(types).filter(|(name, _)| used.contains(name)) {
        let Some(choice): Option<&Choice> = store.choice(name)?.filter(|c| choice::is_enum(c)) else {
            continue;
        };
        let of = format!("The global choice {}.", docs::code(name));
        let item = ChoiceItem::new(ty, choice, of, config.language_of(store), &renamed_options(config, name));
        if let Some(duplicate_variant) = item.duplicate_variant() {
            problems
                .push(format!("`rename_option`: two options of `{name}` are called `{duplicate_variant}`"));
        }
        items.push((name, item));
    }
    Ok(items)
}

impl GeneratedCode {
    /// Returns the code as the text of one file, which `#[dvkit::schema]` includes in a module.
    #[must_use]
    pub fn file(&self) -> String {
        let length = self.modules.values().map(|m| m.items.len() + 512).sum();
        let mut out = String::with_capacity(length);
        out.push_str(NOTICE);
        for (name, Module { docs, items }) in &self.modules {
            out.push_str(&format!("\n{}{ALLOWANCES}pub mod {} {{\n", Comment(docs, ""), ident(name)));
            out.push_str(items);
            out.push_str("}\n");
        }
        out.push('\n');
        self.reexports(&mut out);
        out
    }

    /// Returns the code as the files of a module: `mod.rs` and one file per table. Keys are paths relative to
    /// the module's folder, values are the texts.
    #[must_use]
    pub fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        let mut index = NOTICE.to_owned();
        for (name, Module { docs, items }) in &self.modules {
            index.push_str(&format!("\n{NOT_LAID_OUT}{ALLOWANCES}pub mod {};\n", ident(name)));
            files.insert(
                PathBuf::from(format!("{name}.rs")),
                format!("{NOTICE}//!{}\n\n{items}", docs.join("\n//!")),
            );
        }
        index.push('\n');
        self.reexports(&mut index);
        files.insert(PathBuf::from("mod.rs"), index);
        files
    }

    /// Returns whether `text` is the content of a generated file, written by this or an earlier version of
    /// dvkit.
    #[must_use]
    pub fn is_generated(text: &[u8]) -> bool {
        text.starts_with(NOTICE.trim_end().as_bytes())
    }

    fn reexports(&self, out: &mut String) {
        for (module, ty) in &self.exports {
            out.push_str(&format!("#[allow(unused_imports)]\npub use self::{}::{ty};\n", ident(module)));
        }
    }
}

/// The first line of every generated file, by which code review tools recognise generated files.
const NOTICE: &str = "// @generated by dvkit from the organisation's metadata\n";
