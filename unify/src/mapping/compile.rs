//! Compiles a mapping against the snapshot of an organisation: finds every table and column, compares the types,
//! and reports what does not fit.

use std::collections::BTreeMap;

use dvkit::by_name::{Organisation, filter_text};
use dvkit_diagnostic::{Code, Diagnostic, Severity, Span, Suggestion, code, suggest};
use dvkit_schema::{Choice, ChoiceRef, Column, ColumnType, Store, Table};
use serde_json::{Map, Value};

use super::compiled::{
    COMPILED_VERSION, CompiledMapping, CompiledResource, CompiledTable, Currency, FieldSource, Missing,
    RecordSource,
};
use super::spec::{self, FieldSpec, Findings, ResourceSpec, Rows, TableSpec};
use super::tree::{Name, Node, Origin};
use crate::model::{self, FieldType, ResourceInfo};

/// The result of compiling a mapping.
#[derive(Clone, Debug)]
pub struct CompileReport {
    /// The mapping as far as it could be compiled.
    pub mapping: CompiledMapping,
    /// What is wrong with the mapping for this organisation, in the order of the text.
    pub findings: Vec<Diagnostic>,
}

impl CompileReport {
    /// Returns whether no finding is an error.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.findings.iter().any(Diagnostic::is_error)
    }
}

pub(super) struct Compiler<'a> {
    pub(super) organisation: &'a Organisation,
    /// The name of the organisation in messages, with backticks; "the organisation" if it has none.
    pub(super) called: String,
    pub(super) findings: Findings,
    pub(super) missing: Vec<Missing>,
    /// The resources that have the rows of a table, by the name of the table.
    pub(super) resources_of: BTreeMap<String, Vec<String>>,
    /// The resources whose records are the options of a choice, by the table and column.
    pub(super) choice_resources: BTreeMap<String, String>,
    /// The resource that is compiled.
    pub(super) resource: String,
}

/// A reason why a part of a mapping does not fit.
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) severity: Severity,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) suggestions: Vec<Suggestion>,
    /// The column that does not exist, with its table.
    pub(super) column: Option<(String, String)>,
}

impl Problem {
    pub(super) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            severity: Severity::Error,
            span,
            message,
            help: None,
            suggestions: Vec::new(),
            column: None,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the suggestion to write `text` in place of the name.
    pub(super) fn did_you_mean(mut self, text: &str) -> Self {
        let message = format!("did you mean `{text}`?");
        self.suggestions.push(Suggestion::maybe(message, self.span, text));
        self
    }
}

/// The part of a mapping that a problem is about.
#[derive(Clone, Copy)]
pub(super) struct About<'s> {
    pub(super) field: Option<&'s str>,
    pub(super) optional: bool,
    pub(super) origin: Origin,
}

pub(super) fn compile(
    tree: &Node,
    organisation: &Organisation,
    name: Option<&str>,
    mut findings: Findings,
) -> CompileReport {
    let mut specs = Vec::new();
    for (name, node) in tree.entries() {
        specs.extend(spec::resource(name, node, &mut findings));
    }
    let mut compiler = Compiler {
        organisation,
        called: name.map_or_else(|| "the organisation".to_owned(), |name| format!("`{name}`")),
        findings,
        missing: Vec::new(),
        resources_of: BTreeMap::new(),
        choice_resources: BTreeMap::new(),
        resource: String::new(),
    };
    for spec in &specs {
        match &spec.rows {
            Rows::Tables(tables) => {
                for table in tables {
                    let of = compiler.resources_of.entry(table.table.text.clone()).or_default();
                    of.push(spec.name.text.clone());
                }
            }
            Rows::Choice { path, .. } => {
                compiler.choice_resources.insert(path.text.clone(), spec.name.text.clone());
            }
            Rows::Records(_) => {}
        }
    }
    let mut resources = Vec::new();
    for spec in &specs {
        compiler.resource.clone_from(&spec.name.text);
        resources.extend(compiler.resource(spec));
    }
    let Compiler { mut findings, missing, .. } = compiler;
    findings.0.sort_by_key(|finding| finding.span.start);
    findings.0.dedup();
    CompileReport {
        mapping: CompiledMapping { version: COMPILED_VERSION, resources, missing },
        findings: findings.0,
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn store(&self) -> &'a Store {
        self.organisation.store()
    }

    /// Reports a problem: as a finding, or as a missing part if the part is optional or built in. The built-in
    /// mapping names what an organisation may have, so all of it is optional.
    pub(super) fn report(&mut self, about: About<'_>, problem: Problem) {
        let absent = problem.code == code::MAPPED_COLUMN || problem.code == code::MAPPED_TABLE;
        if about.origin == Origin::Standard || (about.optional && absent) {
            if problem.severity == Severity::Error {
                self.missing.push(Missing {
                    resource: self.resource.clone(),
                    field: about.field.map(str::to_owned),
                    reason: problem.message,
                    column: problem.column,
                });
            }
            return;
        }
        let finding = Diagnostic::new(problem.code, problem.severity, problem.span, problem.message);
        let finding = self.findings.push(finding);
        finding.help = problem.help;
        finding.suggestions = problem.suggestions;
    }

    fn resource(&mut self, spec: &ResourceSpec) -> Option<CompiledResource> {
        let info = model::resource(&spec.name.text);
        let name = spec.name.text.clone();
        let records = match &spec.rows {
            Rows::Records(records) => {
                let mut records: Vec<Map<String, Value>> =
                    records.iter().map(|record| self.fixed_record(record, info, &spec.name)).collect();
                complete(&mut records);
                RecordSource::Fixed(records)
            }
            Rows::Choice { path, fields } => RecordSource::Fixed(self.options(path, fields, info)?),
            Rows::Tables(tables) => {
                let several = tables.len() > 1;
                let tables: Vec<CompiledTable> =
                    tables.iter().filter_map(|table| self.table(table, info, several)).collect();
                if tables.is_empty() {
                    return None;
                }
                RecordSource::Tables(tables)
            }
        };
        Some(CompiledResource { name, records })
    }

    /// Completes a record that the mapping has itself.
    fn fixed_record(
        &mut self,
        record: &Map<String, Value>,
        info: Option<&ResourceInfo>,
        name: &Name,
    ) -> Map<String, Value> {
        let Some(info) = info else { return record.clone() };
        for key in record.keys().filter(|key| *key != "id" && info.field(key).is_none()) {
            let message = format!("`{}` has no field `{key}`", info.name);
            let about = About { field: Some(key), optional: false, origin: name.origin };
            self.report(about, Problem::new(code::UNKNOWN_FIELD, name.span, message));
        }
        let mut whole = empty_record(Some(info));
        for (key, value) in record {
            let ty = info.field(key).map(|field| (field.ty)());
            whole.insert(key.clone(), constant(ty.as_ref(), value));
        }
        whole
    }

    /// Returns the records that are the options of a choice.
    fn options(
        &mut self,
        path: &Name,
        fields: &[FieldSpec],
        info: Option<&ResourceInfo>,
    ) -> Option<Vec<Map<String, Value>>> {
        let about = About { field: None, optional: false, origin: path.origin };
        let Some((table, column)) = path.text.split_once('.') else {
            let problem = Problem::new(
                code::INVALID_MAPPING,
                path.span,
                format!("`{}` does not name a table and a column", path.text),
            );
            self.report(about, problem.help("write `choice = \"opportunity.salesstage\"`"));
            return None;
        };
        let named = |text: &str| Name { text: text.to_owned(), span: path.span, origin: path.origin };
        let table = self.find_table(&named(table), about)?;
        let column = self.find_column(table, &named(column), about)?;
        let Some(choice) = self.choice(column) else {
            let message = format!("`{}` has no options in the snapshot", path.text);
            self.report(about, Problem::new(code::MAPPED_TYPE, path.span, message));
            return None;
        };
        for field in fields {
            match info {
                Some(info) if info.field(&field.name.text).is_none() => self.unknown_field(info, field),
                _ if matches!(field.source, spec::SourceSpec::Value(_)) => {}
                _ => {
                    let message = "the records are the options of a choice, so their fields are constants";
                    let about =
                        About { field: Some(&field.name.text), optional: false, origin: field.origin };
                    let problem = Problem::new(code::INVALID_MAPPING, field.span, message);
                    self.report(about, problem.help("write `{ value = \"…\" }`"));
                }
            }
        }
        let language = self.store().org().language();
        let mut records = Vec::new();
        for (at, option) in choice.options.iter().enumerate() {
            let mut record = empty_record(info);
            record.insert("id".into(), Value::String(option.value.to_string()));
            let label = option.label.best(language).map_or(Value::Null, |label| label.into());
            record.insert("name".into(), label);
            if info.is_none_or(|info| info.field("position").is_some()) {
                record.insert("position".into(), Value::from(at));
            }
            for field in fields {
                let known = info.map(|info| info.field(&field.name.text));
                if let (spec::SourceSpec::Value(value), None | Some(Some(_))) = (&field.source, known) {
                    let ty = known.flatten().map(|field| (field.ty)());
                    record.insert(field.name.text.clone(), constant(ty.as_ref(), value));
                }
            }
            records.push(record);
        }
        Some(records)
    }

    fn table(
        &mut self,
        spec: &TableSpec,
        info: Option<&ResourceInfo>,
        several: bool,
    ) -> Option<CompiledTable> {
        let path = format!("tables.{}", spec.table.text);
        let field = several.then_some(path.as_str());
        let about = About { field, optional: spec.optional, origin: spec.table.origin };
        let table = self.find_table(&spec.table, about)?;
        let name = table.logical_name.clone();
        let primary_id = table.primary_id.clone().or_else(|| usual_key(table));
        let (Some(entity_set), Some(primary_id)) = (table.entity_set.clone(), primary_id) else {
            let message = format!("the snapshot does not have the entity set or the primary key of `{name}`");
            let problem = Problem::new(code::MAPPED_TABLE, spec.table.span, message);
            self.report(about, problem.help("fetch the snapshot again, with this table"));
            return None;
        };
        let readable = |name: &str| {
            let column = table.column(name).filter(|c| c.is_property() && c.valid_for_read != Some(false))?;
            Some(column.logical_name.clone())
        };
        let mut compiled = CompiledTable {
            primary_name: table.primary_name.as_deref().and_then(readable),
            created_on: readable("createdon"),
            modified_on: readable("modifiedon"),
            currency: self.currency(table),
            change_tracking: table.change_tracking == Some(true),
            filter: spec.filter.as_ref().and_then(|filter| self.filter(&name, filter, about)),
            table: name,
            entity_set,
            primary_id,
            fields: Vec::new(),
            custom: Vec::new(),
        };
        for field in &spec.fields {
            let ty = match info {
                None => FieldType::Any,
                Some(info) => match info.field(&field.name.text) {
                    Some(field) => (field.ty)(),
                    None => {
                        self.unknown_field(info, field);
                        continue;
                    }
                },
            };
            compiled.fields.extend(super::field::compile(self, table, field, ty));
        }
        for field in &spec.custom {
            compiled.custom.extend(super::field::compile(self, table, field, FieldType::Any));
        }
        self.check_key(table, spec, &compiled);
        Some(compiled)
    }

    /// Warns if `external_id` is mapped to a column without an alternate key that can be used.
    fn check_key(&mut self, table: &Table, spec: &TableSpec, compiled: &CompiledTable) {
        let Some(FieldSource::Cell(cell)) = compiled.field("external_id").map(|field| &field.source) else {
            return;
        };
        let Some(spec) = spec.fields.iter().find(|field| field.name.text == "external_id") else { return };
        let keys = || table.keys.iter().filter(|key| key.columns == [cell.column.as_str()]);
        let usable =
            |status: &Option<String>| status.as_ref().is_none_or(|s| s.eq_ignore_ascii_case("Active"));
        if keys().any(|key| usable(&key.status)) {
            return;
        }
        let (reason, help) = match keys().next() {
            Some(key) => (
                format!(
                    "has the alternate key `{}`, which is `{}`",
                    key.name,
                    key.status.as_deref().unwrap_or("")
                ),
                "activate the key again, then fetch the snapshot again",
            ),
            None => (
                "has no alternate key of its own".to_owned(),
                "add a key with this column to the table, then fetch the snapshot again",
            ),
        };
        let message = format!(
            "`{}.{}` {reason}, so records cannot be upserted by `external_id`",
            table.logical_name, cell.column
        );
        let mut problem = Problem::new(code::MISSING_KEY, spec.span, message);
        problem.severity = Severity::Warning;
        let about = About { field: Some("external_id"), optional: false, origin: spec.origin };
        self.report(about, problem.help(help));
    }

    fn unknown_field(&mut self, info: &ResourceInfo, field: &FieldSpec) {
        let names = info.fields.iter().map(|field| field.name);
        let message = format!("`{}` has no field `{}`", info.name, field.name.text);
        let mut problem = Problem::new(code::UNKNOWN_FIELD, field.name.span, message);
        problem = match suggest::closest(&field.name.text, names) {
            Some(closest) => problem.did_you_mean(closest),
            None => problem,
        };
        let help = format!("fields that only this organisation has belong into `[{}.custom]`", info.name);
        let about = About { field: Some(&field.name.text), optional: false, origin: field.origin };
        self.report(about, problem.help(help));
    }

    /// Returns a table, or reports that it does not exist or cannot be read.
    pub(super) fn find_table(&mut self, name: &Name, about: About<'_>) -> Option<&'a Table> {
        if self.store().entry(&name.text).is_some_and(|entry| entry.entity_set.is_some()) {
            match self.store().table(&name.text) {
                Ok(Some(table)) => return Some(table),
                Ok(None) => {}
                Err(error) => {
                    let message = format!("the snapshot of `{}` cannot be read: {error}", name.text);
                    self.report(about, Problem::new(code::MAPPED_TABLE, name.span, message));
                    return None;
                }
            }
        }
        let tables = self.store().tables().filter(|t| t.entity_set.is_some());
        let closest =
            suggest::closest(&name.text, tables.map(|t| t.logical_name.as_str())).map(str::to_owned);
        let message = format!("{} has no table `{}`", self.called, name.text);
        let mut problem = Problem::new(code::MAPPED_TABLE, name.span, message);
        problem = match closest {
            Some(closest) => problem.did_you_mean(&closest),
            None => problem.help(format!(
                "override the table for this organisation, mark it `optional`, or take it out: `{} = false`",
                self.resource
            )),
        };
        self.report(about, problem);
        None
    }

    /// Returns a column, or reports that it does not exist.
    pub(super) fn find_column<'t>(
        &mut self,
        table: &'t Table,
        name: &Name,
        about: About<'_>,
    ) -> Option<&'t Column> {
        let found = table.column(&name.text).or_else(|| table.property(&name.text));
        if let Some(column) = found {
            if column.is_property() && column.valid_for_read != Some(false) {
                return Some(column);
            }
            let message =
                format!("`{}.{}` cannot be read through the Web API", table.logical_name, name.text);
            self.report(about, Problem::new(code::MAPPED_TYPE, name.span, message));
            return None;
        }
        let message = format!("{} has no column `{}.{}`", self.called, table.logical_name, name.text);
        let mut problem = Problem::new(code::MAPPED_COLUMN, name.span, message);
        problem.column = Some((table.logical_name.clone(), name.text.clone()));
        problem = match similar_column(table, &name.text) {
            Some(similar) => {
                let label = self.store().text(&similar.display_name);
                let label = label.map_or_else(String::new, |label| format!(", \"{label}\""));
                let shown = format!("`{}`{label}", similar.logical_name);
                problem
                    .did_you_mean(&similar.logical_name)
                    .help(format!("override it for this organisation ({shown}), or mark it `optional`"))
            }
            None => problem
                .help("override it for this organisation, mark it `optional`, or take it out with `false`"),
        };
        self.report(about, problem);
        None
    }

    /// Returns the choice of a column; `None` if it has none, or if the snapshot does not have its options.
    pub(super) fn choice<'t>(&self, column: &'t Column) -> Option<&'t Choice>
    where
        'a: 't,
    {
        match column.ty.choice()? {
            ChoiceRef::Local(choice) => Some(choice),
            ChoiceRef::Global(name) => self.store().choice(name).ok().flatten(),
        }
    }

    /// Checks the filter of a resource.
    fn filter(&mut self, table: &str, filter: &Name, about: About<'_>) -> Option<String> {
        if filter.text.trim_start().starts_with('<') {
            let message = "the filter of a resource is an OData filter, and this is FetchXML";
            let help =
                "`dvkit translate` turns a FetchXML query into OData, whose `$filter` can be written here";
            let about = About { origin: filter.origin, ..about };
            self.report(about, Problem::new(code::INVALID_MAPPING, filter.span, message).help(help));
            return None;
        }
        let query = self.organisation.table(table).ok()?.query().filter(filter_text(filter.text.clone(), []));
        let Err(error) = query.check() else { return Some(filter.text.clone()) };
        let about = About { origin: filter.origin, ..about };
        let Some(findings) = error.findings() else {
            self.report(about, Problem::new(code::INVALID_MAPPING, filter.span, error.to_string()));
            return None;
        };
        // The check reports positions in the whole request; the filter is found in it.
        let start = findings.text().find(&filter.text);
        for diagnostic in findings.diagnostics().iter().filter(|d| d.is_error()) {
            let range = diagnostic.span.range();
            let span = match start {
                Some(start) if range.start >= start => filter.part(range.start - start..range.end - start),
                _ => filter.span,
            };
            let mut problem = Problem::new(diagnostic.code, span, diagnostic.message.clone());
            problem.help.clone_from(&diagnostic.help);
            self.report(about, problem);
        }
        None
    }

    /// Returns where the currency of a row's amounts is; `None` if the rows of the table have none.
    fn currency(&self, table: &Table) -> Option<Currency> {
        let column = table.column("transactioncurrencyid")?;
        let relationship = table.lookups_of("transactioncurrencyid").next()?;
        let currency = self.store().table(&relationship.table).ok().flatten()?;
        let code = currency.column("isocurrencycode")?;
        Some(Currency {
            column: column.logical_name.clone(),
            navigation: relationship.navigation.clone()?,
            entity_set: currency.entity_set.clone()?,
            primary_id: currency.primary_id.clone()?,
            code: code.logical_name.clone(),
            precision: currency.column("currencyprecision").map(|column| column.logical_name.clone()),
        })
    }
}

/// Returns the primary key of a table whose snapshot does not name it: the guid that is called like the table, or like all
/// activities have it.
fn usual_key(table: &Table) -> Option<String> {
    let called = [format!("{}id", table.logical_name), "activityid".to_owned()];
    let column = called.iter().find_map(|name| table.column(name))?;
    matches!(column.ty, ColumnType::Uniqueidentifier).then(|| column.logical_name.clone())
}

/// Adds the fields that other records have to each record, as null, so that all have the same shape.
fn complete(records: &mut [Map<String, Value>]) {
    let mut names: Vec<String> = Vec::new();
    for name in records.iter().flat_map(Map::keys) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    for record in records {
        for name in &names {
            if !record.contains_key(name) {
                record.insert(name.clone(), Value::Null);
            }
        }
    }
}

/// Returns a record whose fields are all null.
fn empty_record(info: Option<&ResourceInfo>) -> Map<String, Value> {
    let mut record = Map::new();
    record.insert("id".into(), Value::Null);
    for field in info.map_or(&[][..], |info| info.fields) {
        record.insert(field.name.into(), Value::Null);
    }
    if info.is_some() {
        record.insert("custom_fields".into(), Value::Object(Map::new()));
    }
    record
}

/// Returns a constant as a field of the type `ty` has it: the text of a reference is the id of a record.
pub(super) fn constant(ty: Option<&FieldType>, value: &Value) -> Value {
    match (ty, value) {
        (Some(FieldType::Reference(resources)), Value::String(id)) => serde_json::json!({
            "id": id,
            "name": null,
            "resource": resources.first(),
        }),
        _ => value.clone(),
    }
}

/// Returns the column of a table that is most probably meant by a name that another organisation has: the names
/// are compared with and without the prefixes of publishers.
pub(crate) fn similar_column<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    let stem = |name: &str| name.split_once('_').map_or(name.to_owned(), |(_, stem)| stem.to_owned());
    let columns = || table.columns.iter().filter(|column| column.is_property());
    let squashed = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let wanted = squashed(&stem(name));
    let same_stem = columns().find(|column| squashed(&stem(&column.logical_name)) == wanted);
    let same_label =
        || columns().find(|column| column.display_name.texts().any(|label| squashed(label) == wanted));
    same_stem
        .or_else(same_label)
        .or_else(|| {
            let closest = suggest::closest(name, columns().map(|column| column.logical_name.as_str()))?;
            table.column(closest)
        })
        .or_else(|| super::suggest::closest_column(table, name))
}
