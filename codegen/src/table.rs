//! Generates the module of a table: the struct, its constants, its trait implementations, and the enums of
//! its choices. [`module`](crate::module) calls it for each selected table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use dvkit_schema::{ChoiceRef, Column, ColumnType, Table, TableKind};

use crate::choice::{self, ChoiceItem};
use crate::column::{self, ColumnKind, EnumPath, WriteAccess};
use crate::config::{ColumnConfig, Config, SelectedTable, usable};
use crate::docs::{self, Comment, INDENT};
use crate::names::{
    EXTRAS_FIELD, NameRequest, assign_names, ident, pascal, snake, with_fixed_names, with_suffix,
};
use crate::relationship::{self, NavItem, TablePath, navigable, only_navigation};

/// The data shared by the generation of all tables: the configuration, and names from the whole snapshot.
#[derive(Debug)]
pub(crate) struct Context<'s> {
    pub(crate) config: &'s Config,
    /// The language of names and documentation (LCID).
    pub(crate) language: u32,
    /// The path of each generated table's struct, by the table's logical name.
    pub(crate) tables: BTreeMap<&'s str, TablePath>,
    /// The logical names of the abstract tables in the snapshot.
    pub(crate) abstracts: BTreeSet<&'s str>,
    /// The name of each global choice's enum, by the name of the choice.
    pub(crate) globals: BTreeMap<&'s str, String>,
}

/// All items that are generated for one table. `Display` writes their code.
#[derive(Debug)]
pub(crate) struct TableItem<'s> {
    table: &'s Table,
    pub(crate) module: String,
    pub(crate) ty: String,
    docs: Vec<String>,
    attributes: Vec<&'s str>,
    fields: Vec<Field<'s>>,
    /// The index of the primary key among the fields; `None` if the primary key is not known.
    key: Option<u16>,
    keys: Vec<KeyItem>,
    navs: Vec<NavItem<'s>>,
    /// The paths of the abstract tables that the table derives from.
    bases: Vec<TablePath>,
    pub(crate) choices: Vec<ChoiceItem<'s>>,
}

/// A column of a table, for which a field and a constant are generated.
#[derive(Debug)]
struct Field<'s> {
    name: String,
    wire: String,
    kind: ColumnKind,
    ty: Option<&'s str>,
    attributes: Vec<&'s str>,
    docs: Vec<String>,
    writable: WriteAccess,
    /// For a lookup with only one navigation property: the navigation property, and the table that it leads
    /// to. Otherwise `None`.
    nav: Option<(&'s str, TablePath)>,
    /// For a lookup: the logical names of its target tables. Otherwise empty.
    targets: Vec<&'s str>,
}

/// The generated constant of an alternate key.
#[derive(Debug)]
struct KeyItem {
    constant: String,
    docs: Vec<String>,
    /// For each column of the key, its index among the fields and its kind.
    columns: Vec<(u16, ColumnKind)>,
}

impl<'s> TableItem<'s> {
    /// Returns the items for a selected table. A name from the configuration that two items would get is
    /// added to `problems`.
    pub(crate) fn new(
        selected: &SelectedTable<'s>,
        context: &Context<'s>,
        problems: &mut Vec<String>,
    ) -> Self {
        let table = selected.table;
        let Some(own) = context.tables.get(table.logical_name.as_str()) else {
            unreachable!("every selected table was named");
        };
        let names = MemberNames::of(table, context.config);
        let choices = local_choices(selected, own, context, problems);
        let enums: BTreeMap<_, _> =
            choices.iter().map(|(column, item)| (*column, item.ty.as_str())).collect();
        let mut fields: Vec<_> =
            selected.columns.iter().map(|column| field(selected, column, &names, &enums, context)).collect();
        // The decoder uses binary search.
        fields.sort_by(|a, b| a.wire.cmp(&b.wire));
        fields.dedup_by(|a, b| a.wire == b.wire);
        let place = |column: &str| {
            let column = table.column(column)?;
            let wire = column.property_name();
            let at = fields.binary_search_by(|f| f.wire.as_str().cmp(&wire)).ok()?;
            u16::try_from(at).ok()
        };
        let keys = keys(table, &fields, place, &names);
        let navs =
            if selected.only_target { Vec::new() } else { navs(table, &fields, place, &names, context) };
        let base = table.base.as_deref().filter(|base| *base != table.logical_name);
        let base = base.and_then(|base| context.tables.get(base)).cloned();
        Self {
            table,
            module: own.module.clone(),
            ty: own.ty.clone(),
            docs: documentation(selected, context.language),
            attributes: selected.attributes.clone(),
            key: table.primary_id.as_deref().and_then(place),
            keys,
            navs,
            bases: base.into_iter().collect(),
            choices: choices.into_iter().map(|(_, item)| item).collect(),
            fields,
        }
    }
}

impl TableItem<'_> {
    /// Returns the path of the enum for each choice column, by the column's path: `contact.statecode` →
    /// `contact::ContactState`. The enums' paths are relative to the module that contains the modules of all
    /// tables.
    pub(crate) fn enums(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.fields.iter().filter(|f| f.ty.is_none()).filter_map(|field| {
            let (ColumnKind::Choice(path) | ColumnKind::Choices(path) | ColumnKind::TwoOptions(path)) =
                &field.kind
            else {
                return None;
            };
            let path = match path {
                EnumPath::Local(ty) => format!("{}::{ty}", ident(&self.module)),
                EnumPath::Global(ty) => format!("choices::{ty}"),
            };
            Some((format!("{}.{}", self.table.logical_name, field.wire), path))
        })
    }
}

/// The Rust names of a table's columns, navigation properties and alternate keys.
///
/// Columns that are not generated get names too, so that names stay the same when other columns are selected.
struct MemberNames<'s> {
    columns: BTreeMap<&'s str, String>,
    navs: BTreeMap<&'s str, String>,
    /// The names of the alternate keys, in the order in which the table lists the keys.
    keys: Vec<String>,
}

impl<'s> MemberNames<'s> {
    fn of(table: &'s Table, config: &Config) -> Self {
        let prefix = format!("{}.", table.logical_name);
        let renamed: BTreeMap<String, String> = config
            .names
            .iter()
            .filter_map(|(path, name)| Some((path.strip_prefix(&prefix)?.to_owned(), name.clone())))
            .collect();
        let columns: Vec<_> = usable(table).collect();
        let mut taken = BTreeSet::from([EXTRAS_FIELD.to_owned()]);
        let wishes: Vec<_> = columns
            .iter()
            .map(|c| NameRequest::new(&c.logical_name, [snake(&c.logical_name)], "column"))
            .collect();
        let names = with_fixed_names(&wishes, &renamed, &taken);
        taken.extend(names.iter().cloned());
        let merged: BTreeSet<_> = columns.iter().filter_map(|c| Some(only_navigation(table, c)?.0)).collect();
        let others: Vec<_> =
            navigable(table).filter(|(navigation, _)| !merged.contains(navigation)).collect();
        let wishes: Vec<_> = others
            .iter()
            .map(|(navigation, relationship)| {
                let name = snake(navigation);
                let with_table =
                    snake(&format!("{} {}", name.as_deref().unwrap_or("navigation"), relationship.table));
                NameRequest::new(*navigation, [name, with_table], "navigation")
            })
            .collect();
        // Where a column has the same name, the configuration renames the column.
        let renamed = renamed.into_iter().filter(|(path, _)| table.column(path).is_none()).collect();
        let navs = with_fixed_names(&wishes, &renamed, &taken);
        taken.extend(navs.iter().cloned());
        let wishes: Vec<_> = table
            .keys
            .iter()
            .map(|k| NameRequest::new(&k.name, [snake(&format!("key {}", k.name))], "key"))
            .collect();
        let keys = assign_names(&wishes, &taken);
        Self {
            keys,
            columns: columns.iter().map(|c| c.logical_name.as_str()).zip(names).collect(),
            navs: others.iter().map(|(navigation, _)| *navigation).zip(navs).collect(),
        }
    }
}

fn field<'s>(
    selected: &SelectedTable<'s>,
    column: &'s Column,
    names: &MemberNames<'s>,
    enums: &BTreeMap<&str, &str>,
    context: &Context<'s>,
) -> Field<'s> {
    let options = match column.ty.choice() {
        Some(ChoiceRef::Global(name)) => context.globals.get(name.as_str()).cloned().map(EnumPath::Global),
        Some(ChoiceRef::Local(_)) => {
            enums.get(column.logical_name.as_str()).map(|ty| EnumPath::Local((*ty).to_owned()))
        }
        None => None,
    };
    let (attributes, ty) = match selected.column_configs.get(column.logical_name.as_str()) {
        Some(ColumnConfig { attributes, ty }) => (attributes.clone(), *ty),
        None => (Vec::new(), None),
    };
    let nav = only_navigation(selected.table, column)
        .and_then(|(navigation, r)| Some((navigation, context.tables.get(r.table.as_str())?.clone())));
    Field {
        name: names.columns[column.logical_name.as_str()].clone(),
        wire: column.property_name().into_owned(),
        kind: ColumnKind::of(&column.ty, options),
        ty,
        attributes,
        docs: column::documentation(column, context.language),
        writable: WriteAccess::of(column),
        nav,
        targets: targets(selected.table, column, context),
    }
}

/// Returns the logical names of a lookup's target tables, from the column or else from the relationships of
/// the table. If a target is abstract, the result is empty, because the lookup can then point to rows of
/// every table that derives from the target.
fn targets<'s>(table: &'s Table, column: &'s Column, context: &Context<'s>) -> Vec<&'s str> {
    if !column.ty.is_lookup() {
        return Vec::new();
    }
    let mut targets: Vec<&str> = column.ty.targets().iter().map(String::as_str).collect();
    if targets.is_empty() {
        targets = table.lookups_of(&column.logical_name).map(|r| r.table.as_str()).collect();
    }
    targets.sort_unstable();
    targets.dedup();
    if targets.iter().any(|t| context.abstracts.contains(t) || *t == "owner") {
        // The response says which table the row is of.
        targets.clear();
    }
    targets
}

fn keys(
    table: &Table,
    fields: &[Field<'_>],
    place: impl Fn(&str) -> Option<u16>,
    names: &MemberNames<'_>,
) -> Vec<KeyItem> {
    let mut items = Vec::new();
    for (key, name) in table.keys.iter().zip(&names.keys) {
        // Skips keys whose index could not be built, and keys with a column that is not generated.
        let usable = key.status.as_deref().is_none_or(|s| s == "Active");
        let columns: Option<Vec<_>> = key.columns.iter().map(|c| place(c)).collect();
        let (true, Some(columns)) = (usable && !key.columns.is_empty(), columns) else { continue };
        let columns = columns.into_iter().map(|at| (at, fields[usize::from(at)].kind.clone())).collect();
        let docs = docs::paragraphs([format!("Alternate key: {}.", docs::list(&key.columns))], None);
        items.push(KeyItem { constant: name.to_ascii_uppercase(), docs, columns });
    }
    items
}

fn navs<'s>(
    table: &'s Table,
    fields: &[Field<'s>],
    place: impl Fn(&str) -> Option<u16>,
    names: &MemberNames<'s>,
    context: &Context<'s>,
) -> Vec<NavItem<'s>> {
    let mut items = Vec::new();
    for (navigation, relationship) in navigable(table) {
        let Some(name) = names.navs.get(navigation) else { continue };
        let Some(other) = context.tables.get(relationship.table.as_str()) else { continue };
        let (constant, other) = (name.to_ascii_uppercase(), other.clone());
        let docs = relationship::documentation(navigation, relationship);
        if !relationship.is_single() {
            let side = relationship.side;
            items.push(NavItem::Many { constant, navigation, other, side, docs });
            continue;
        }
        // Skips navigation properties whose lookup is not generated.
        let Some(column) = relationship.column.as_deref().and_then(&place) else { continue };
        let writable = fields[usize::from(column)].writable;
        items.push(NavItem::One { constant, navigation, other, column, writable, docs });
    }
    items
}

/// Returns the enums of the choices that belong to the table's own columns, by the logical name of the
/// column. A name that two variants would get is added to `problems`. `own` is the path of the table.
fn local_choices<'s>(
    selected: &SelectedTable<'s>,
    own: &TablePath,
    context: &Context<'s>,
    problems: &mut Vec<String>,
) -> Vec<(&'s str, ChoiceItem<'s>)> {
    let config = context.config;
    let table = selected.table;
    let local = |column: &'s Column| match column.ty.choice() {
        Some(ChoiceRef::Local(choice)) if choice::is_enum(choice) => Some((column, choice)),
        _ => None,
    };
    // Choices that are not generated take part in naming, so that selecting other columns renames none.
    let all: Vec<_> = usable(table).filter_map(local).collect();
    let wishes: Vec<_> = all
        .iter()
        .map(|(column, _)| {
            let by_kind = match column.ty {
                ColumnType::State { .. } => Some(with_suffix(&own.ty, "State")),
                ColumnType::Status { .. } => Some(with_suffix(&own.ty, "Status")),
                _ => None,
            };
            // The capitals of the schema name show where words begin.
            let spelt = column.schema_name.as_ref().unwrap_or(&column.logical_name);
            let by_column = pascal(spelt).map(|name| with_suffix(&own.ty, name.trim_start_matches('_')));
            let path = format!("{}.{}", table.logical_name, column.logical_name);
            NameRequest::new(path, [by_kind, by_column], "Options")
        })
        .collect();
    let taken = BTreeSet::from([own.ty.clone()]);
    let names = with_fixed_names(&wishes, &config.choice_names, &taken);
    let wanted: BTreeSet<_> = selected.columns.iter().map(|c| c.logical_name.as_str()).collect();
    let mut items = Vec::new();
    for ((column, choice), ty) in all.into_iter().zip(names) {
        if !wanted.contains(column.logical_name.as_str()) {
            continue;
        }
        let path = format!("{}.{}", table.logical_name, column.logical_name);
        let of = format!(
            "Column {} of {}.",
            docs::escape_markdown(&column.logical_name),
            docs::escape_markdown(&table.logical_name)
        );
        let item = ChoiceItem::new(ty, choice, of, context.language, &renamed_options(config, &path));
        if let Some(name) = item.duplicate_variant() {
            problems.push(format!("`rename_option`: two options of `{path}` are called `{name}`"));
        }
        if item.ty == own.ty {
            problems.push(format!("`rename_choice`: `{path}`: `{}` is the struct of the table", own.ty));
        }
        items.push((column.logical_name.as_str(), item));
    }
    items
}

/// Returns the code of a tuple with the given items. More than 16 items become nested tuples, because
/// `dvkit::row::FieldTuple` is implemented only for tuples of up to 16 elements.
fn tuple(mut items: Vec<String>) -> String {
    const MAX_ELEMENTS: usize = 16;
    loop {
        let tuples = items.chunks(MAX_ELEMENTS).map(|items| format!("({},)", items.join(", ")));
        items = tuples.collect();
        if let [all] = &mut items[..] {
            return std::mem::take(all);
        }
    }
}

/// Returns the Rust names that the configuration (`rename_option`) gives to options of a choice, by the
/// option's value. `choice` is the name of a global choice, or `table.column` for a column's own choice.
pub(crate) fn renamed_options(config: &Config, choice: &str) -> BTreeMap<i32, String> {
    let of = config.option_names.iter().filter(|((path, _), _)| path == choice);
    of.map(|((_, value), name)| (*value, name.clone())).collect()
}

fn documentation(selected: &SelectedTable<'_>, language: u32) -> Vec<String> {
    let table = selected.table;
    let title = docs::text(&table.display_name, language)
        .unwrap_or_else(|| docs::escape_markdown(table.schema_name.as_ref().unwrap_or(&table.logical_name)));
    let kind = match table.kind {
        Some(TableKind::Activity) => "An activity.",
        Some(TableKind::Intersect) => "The rows of a many-to-many relationship.",
        Some(TableKind::Virtual) => "A virtual table, whose rows are in another system.",
        Some(TableKind::Abstract) => "An abstract table, from which other tables derive.",
        _ => "",
    };
    let name = format!("The table {}.", docs::code(&table.logical_name));
    if selected.only_target {
        let why = "Only id and name, because lookups point to it; add it to `tables(…)` in the build script for the rest.";
        return docs::paragraphs([title, name, why.to_owned()], None);
    }
    docs::paragraphs([title, name, kind.to_owned()], docs::text(&table.description, language))
}

impl fmt::Display for TableItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.structure(f)?;
        self.constants(f)?;
        self.record(f)?;
        let ty = &self.ty;
        if let (Some(set), Some(key)) = (&self.table.entity_set, self.key) {
            write!(
                f,
                "\nimpl ::dvkit::EntitySet for {ty} {{\n    const ENTITY_SET: &'static str = {set:?};\n"
            )?;
            writeln!(f, "    const KEY: u16 = {key};")?;
            // Only the tables that differ from the default have the constant, which is most often none.
            if self.table.change_tracking == Some(false) {
                writeln!(f, "    const TRACKS_CHANGES: bool = false;")?;
            }
            writeln!(f, "}}")?;
        } else {
            writeln!(f, "\nimpl ::dvkit::Table for {ty} {{}}")?;
        }
        self.bases
            .iter()
            .try_for_each(|base| writeln!(f, "\nimpl ::dvkit::DerivesFrom<{base}> for {ty} {{}}"))?;
        if !self.has_own_types() {
            writeln!(f, "\n::dvkit::row!({ty});")?;
        }
        self.choices.iter().try_for_each(|choice| write!(f, "{choice}"))
    }
}

impl TableItem<'_> {
    /// Returns whether the configuration sets the type of any field.
    fn has_own_types(&self) -> bool {
        self.fields.iter().any(|field| field.ty.is_some())
    }

    /// Returns, for each field up to the last lookup, a text with the logical names of the lookup's target
    /// tables, separated by spaces. The text is empty for a field that is not a lookup.
    fn targets(&self) -> Vec<String> {
        let count = self.fields.iter().rposition(|f| !f.targets.is_empty()).map_or(0, |last| last + 1);
        self.fields[..count].iter().map(|field| field.targets.join(" ")).collect()
    }

    /// Writes the struct and its implementation of `Default`.
    fn structure(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ty, fields, .. } = self;
        write!(f, "{}", Comment(&self.docs, ""))?;
        if self.has_own_types() {
            // The implementations of `dvkit::row!` support the default types only.
            writeln!(f, "#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]")?;
        }
        self.attributes.iter().try_for_each(|attribute| writeln!(f, "{attribute}"))?;
        writeln!(f, "pub struct {ty} {{")?;
        fields.iter().try_for_each(|field| field.declaration(f))?;
        let short = match fields.iter().any(|field| field.ty.is_none()) {
            true => "        use ::core::option::Option::None as N;\n",
            false => "",
        };
        write!(
            f,
            "    /// Everything in the row that is not a column: formatted values, the version, expanded rows.\n    \
             pub {EXTRAS_FIELD}: ::dvkit::RowExtras,\n}}\n\n\
             impl ::core::default::Default for {ty} {{\n    #[inline]\n    fn default() -> Self {{\n{short}        Self {{\n"
        )?;
        for field in fields {
            let default = match field.ty {
                Some(_) => "::core::default::Default::default()",
                None => "N",
            };
            writeln!(f, "            {}: {default},", ident(&field.name))?;
        }
        write!(f, "            {EXTRAS_FIELD}: ::dvkit::RowExtras::NONE,\n        }}\n    }}\n}}\n")
    }

    /// Writes the constants of columns, navigation properties and alternate keys.
    fn constants(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nimpl {} {{", self.ty)?;
        self.fields.iter().enumerate().try_for_each(|(at, field)| field.constant(f, at))?;
        self.navs.iter().try_for_each(|nav| write!(f, "{nav}"))?;
        self.keys.iter().try_for_each(|key| write!(f, "{key}"))?;
        writeln!(f, "}}")
    }

    /// Writes the implementation of `dvkit::Record`.
    fn record(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ty, fields, table, .. } = self;
        write!(
            f,
            "\nimpl ::dvkit::Record for {ty} {{\n    const TABLE: &'static str = {:?};\n",
            table.logical_name
        )?;
        writeln!(f, "    const COLUMNS: &'static [&'static str] = &[")?;
        fields.iter().try_for_each(|field| writeln!(f, "        {:?},", field.wire))?;
        f.write_str(
            "    ];\n\n    #[inline]\n    fn fields_mut(&mut self) -> ::std::vec::Vec<::dvkit::row::FieldMut<'_>> {\n",
        )?;
        let cells = "    #[inline]\n    fn fields(&self) -> ::std::vec::Vec<::dvkit::row::FieldRef<'_>> {\n";
        if self.has_own_types() {
            f.write_str("        ::std::vec![\n")?;
            fields.iter().try_for_each(|field| field.slot(f))?;
            write!(
                f,
                "            ::dvkit::row::FieldMut::Extras(&mut self.{EXTRAS_FIELD}),\n        ]\n    }}\n\n"
            )?;
            write!(f, "{cells}        ::std::vec::Vec::new()\n    }}\n}}\n")?;
        } else {
            let references = |prefix: &str| {
                let names = fields.iter().map(|field| ident(&field.name).into_owned());
                tuple(
                    names
                        .chain([EXTRAS_FIELD.to_owned()])
                        .map(|name| format!("{prefix}self.{name}"))
                        .collect(),
                )
            };
            let (slots, targets) = (references("&mut "), self.targets());
            write!(f, "        ::dvkit::row::fields_mut({slots}, &{targets:?})\n    }}\n\n")?;
            write!(f, "{cells}        ::dvkit::row::fields({})\n    }}\n}}\n", references("&"))?;
        }
        if self.has_own_types() {
            write!(
                f,
                "\nimpl<'de> ::dvkit::serde::Deserialize<'de> for {ty} {{\n    \
                 fn deserialize<D: ::dvkit::serde::Deserializer<'de>>(d: D) -> ::core::result::Result<Self, D::Error> \
                 {{\n        ::dvkit::row::deserialize(d)\n    }}\n}}\n"
            )?;
        }
        Ok(())
    }
}

impl Field<'_> {
    fn declaration(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Comment(&self.docs, INDENT))?;
        self.attributes.iter().try_for_each(|attribute| writeln!(f, "{INDENT}{attribute}"))?;
        write!(f, "{INDENT}pub {}: ", ident(&self.name))?;
        match self.ty {
            Some(ty) => writeln!(f, "{ty},"),
            None => writeln!(f, "::core::option::Option<{}>,", self.kind.value()),
        }
    }

    /// Writes the code that makes the `dvkit::row::FieldMut` of the field. This code is needed only in tables
    /// with a field whose type the configuration sets.
    fn slot(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = ident(&self.name);
        if let Some(ty) = self.ty {
            let kind = &self.kind;
            return writeln!(
                f,
                "            <{ty} as ::dvkit::row::Field<{kind}>>::field_mut(&mut self.{name}),"
            );
        }
        write!(f, "            ::dvkit::row::FieldMut::{}(&mut self.{name}", self.kind.slot())?;
        if self.kind == ColumnKind::Lookup {
            write!(f, ", {:?}", self.targets.join(" "))?;
        }
        f.write_str("),\n")
    }

    fn constant(&self, f: &mut fmt::Formatter<'_>, at: usize) -> fmt::Result {
        // The documentation of the field has the rest.
        let docs = Comment(self.docs.get(..1).unwrap_or_default(), INDENT);
        let (constant, writable) = (self.name.to_ascii_uppercase(), self.writable);
        match &self.nav {
            Some((navigation, other)) => writeln!(
                f,
                "{docs}    pub const {constant}: ::dvkit::Nav<Self, {other}{writable}> = \
                 ::dvkit::nav({navigation:?}, {at});"
            ),
            None => writeln!(
                f,
                "{docs}    pub const {constant}: ::dvkit::Column<Self, {}{writable}> = ::dvkit::column({at});",
                self.kind
            ),
        }
    }
}

impl fmt::Display for KeyItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { constant, docs, columns } = self;
        let (places, kinds): (Vec<_>, Vec<_>) =
            columns.iter().map(|(at, kind)| (*at, format!("{kind},"))).unzip();
        write!(
            f,
            "{}    pub const {constant}: ::dvkit::Key<Self, ({})>",
            Comment(docs, INDENT),
            kinds.join(" ")
        )?;
        writeln!(f, " = ::dvkit::key(&{places:?});")
    }
}
