//! Tables of queries on the sample organisation, each with its findings, its fixed text and its meaning.
//!
//! A file of `cases` is about one subject. `UPDATE_EXPECT=1 cargo test -p dvkit-query --test cases` brings the files
//! up to date; what changes has to be read like code.

use std::path::Path;
use std::sync::OnceLock;

use dvkit_diagnostic::Severity;
use dvkit_fixtures::{Case, Form, assert_cases, contoso, finding, on_one_line, outline};
use dvkit_query::hir::Query;
use dvkit_query::placeholders::placeholder_types;
use dvkit_query::{CheckOptions, QueryText, check, odata};
use dvkit_schema::{ColumnType, Edm, Store, TableKind};

/// Returns the snapshot that the settings of a case name: Contoso, or what a poorer source gives of it.
///
/// `edm` has types of `$metadata` alone, `partial` says of its tables that they are not whole and lacks some,
/// `unfollowed` has no navigation properties, `unreferenced` does not say to which columns relationships refer, `strange` has columns of types that dvkit does not know, `elastic` says that tasks and accounts are elastic.
fn store(case: &Case<'_>) -> &'static Store {
    static EDM: OnceLock<Store> = OnceLock::new();
    static PARTIAL: OnceLock<Store> = OnceLock::new();
    static UNFOLLOWED: OnceLock<Store> = OnceLock::new();
    static UNREFERENCED: OnceLock<Store> = OnceLock::new();
    static STRANGE: OnceLock<Store> = OnceLock::new();
    static ELASTIC: OnceLock<Store> = OnceLock::new();
    let whole = || contoso().load().expect("the sample is whole");
    match case.settings.iter().find_map(|s| s.strip_prefix("schema ")) {
        None => contoso(),
        Some("edm") => EDM.get_or_init(|| {
            let mut schema = whole();
            for column in schema.tables.values_mut().flat_map(|t| &mut t.columns) {
                if let Some(edm) = column.ty.edm().filter(|_| !column.ty.is_lookup()) {
                    column.ty = ColumnType::Edm { edm };
                }
            }
            Store::from_schema(schema)
        }),
        Some("partial") => PARTIAL.get_or_init(|| {
            let mut schema = whole();
            schema.tables.retain(|name, _| !matches!(name.as_str(), "systemuser" | "task" | "team"));
            for table in schema.tables.values_mut() {
                table.partial = true;
                table.columns.retain(|c| c.logical_name != "fax");
            }
            let mut lead = schema.tables["lead"].clone();
            lead.entity_set = None;
            schema.tables.insert("lead".to_owned(), lead);
            Store::from_schema(schema)
        }),
        Some("unfollowed") => UNFOLLOWED.get_or_init(|| {
            let mut schema = whole();
            for relationship in schema.tables.values_mut().flat_map(|t| &mut t.relationships) {
                relationship.navigation = None;
            }
            Store::from_schema(schema)
        }),
        Some("unreferenced") => UNREFERENCED.get_or_init(|| {
            let mut schema = whole();
            for relationship in schema.tables.values_mut().flat_map(|t| &mut t.relationships) {
                relationship.referenced = None;
            }
            Store::from_schema(schema)
        }),
        Some("strange") => STRANGE.get_or_init(|| {
            let mut schema = whole();
            let account = schema.tables.get_mut("account").expect("a table");
            for column in &mut account.columns {
                match column.logical_name.as_str() {
                    "fax" => column.ty = ColumnType::Other { name: "hologram".into() },
                    "description" => column.ty = ColumnType::CalendarRules,
                    "entityimage" => column.ty = ColumnType::Edm { edm: Edm::Binary },
                    "creditonhold" => column.ty = ColumnType::ManagedProperty,
                    "statecode" => column.ty = ColumnType::State { choice: None, default: None },
                    _ => {}
                }
            }
            account.primary_name = None;
            Store::from_schema(schema)
        }),
        Some("elastic") => ELASTIC.get_or_init(|| {
            let mut schema = whole();
            for name in ["account", "task"] {
                schema.tables.get_mut(name).expect("a table").kind = Some(TableKind::Elastic);
            }
            Store::from_schema(schema)
        }),
        Some(other) => panic!("no such schema: {other}"),
    }
}

/// Returns the options that the settings of a case stand for.
fn options(case: &Case<'_>) -> CheckOptions {
    let mut options = CheckOptions::default();
    for setting in &case.settings {
        let (name, value) = setting.split_once(' ').unwrap_or((setting, ""));
        match name {
            "schema" => {}
            "placeholders" => options.placeholders = true,
            "findings" if value == "only" => {}
            "findings" => options.limits.findings = value.parse().expect("a number"),
            "length" => options.limits.length = value.parse().expect("a number"),
            "depth" => options.limits.depth = value.parse().expect("a number"),
            "target" => {
                let (column, table) = value.split_once('=').expect("column=table");
                options.targets.insert(column.into(), table.into());
            }
            "severity" => {
                let (code, severity) = value.split_once('=').expect("code=severity");
                let severity = match severity {
                    "error" => Some(Severity::Error),
                    "warning" => Some(Severity::Warning),
                    "note" => Some(Severity::Note),
                    _ => None,
                };
                options.severities.insert(code.parse().expect("a code"), severity);
            }
            _ => panic!("no such setting: {setting}"),
        }
    }
    options
}

fn query_text<'c>(case: &'c Case<'_>) -> QueryText<'c> {
    let text = case.text.as_str();
    match case.form {
        Form::Filter => QueryText::Filter { table: case.table.expect("a filter has a table"), text },
        Form::Request => QueryText::Request { table: case.table, text },
        Form::FetchXml => QueryText::FetchXml(text),
    }
}

/// Returns the meaning of a query in one line, with the names of query functions in place of their rows in the table,
/// and the names of plain columns of the queried row in place of references.
fn meaning(query: &Query) -> String {
    let text = outline(query).replace("scope: 0, ", "").replace(", property: Plain", "");
    // What most queries have says nothing.
    let text = text.replace("source: RowSource { entity_set: \"\" }, ", "").replace(", columns: All", "");
    let text = text.replace(", result: Rows }", " }");
    let mut parts = text.split("Function { name: \"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('"').expect("a name ends");
        out += name;
        out += rest.split_once(" }").expect("a function ends").1;
    }
    let mut columns = out.split("ColumnRef { column: \"");
    let mut short = columns.next().unwrap_or_default().to_owned();
    for column in columns {
        short += &column.replacen("\" }", "", 1);
    }
    short
}

/// Returns the query printed as OData, if that is another text than `text`. The printed text has the same meaning.
fn printed(case: &Case<'_>, query: &Query, text: &str) -> Option<String> {
    let printed = match case.form {
        Form::Filter => odata::filter(query),
        Form::Request => odata::request(query),
        Form::FetchXml => return None,
    };
    let again = check(store(case), query_text(case).with_text(&printed), &options(case))
        .expect("the sample is whole");
    let meant = again.query.unwrap_or_else(|| panic!("{text}\n→ {printed}\n{:?}", again.diagnostics));
    // A placeholder in a list is printed as a text with the placeholder.
    let bare = |query| meaning(query).replace('\'', "");
    assert_eq!(bare(&meant), bare(query), "{text}\n→ {printed}");
    (printed != text).then_some(printed)
}

fn checked(case: &Case<'_>) -> String {
    let text = query_text(case);
    let report = check(store(case), text, &options(case)).expect("the sample is whole");
    let mut out = String::new();
    for d in &report.diagnostics {
        out += &finding(d, text.text());
    }
    if !report.parsed {
        out += "not parsed\n";
    }
    match &report.rewritten {
        Some(fixed) if fixed == text.text() => {}
        Some(fixed) => out += &format!("fixed: {}\n", on_one_line(fixed)),
        None => out += "not fixed\n",
    }
    match &report.query {
        Some(_) if case.settings.contains(&"findings only") => {}
        Some(query) => {
            out += &format!("means: {}\n", meaning(query));
            // The meaning of a text with errors may be more than OData can express.
            if report.is_ok()
                && let Some(printed) = printed(case, query, report.rewritten.as_deref().unwrap_or_default())
            {
                out += &format!("printed: {}\n", on_one_line(&printed));
            }
            for (name, p) in placeholder_types(store(case), query).expect("the sample is whole") {
                let kind = p.kind.map_or("anything", |kind| kind.description());
                let (column, usage) = (p.column.as_deref().unwrap_or_default(), p.usage);
                out +=
                    &format!("placeholder `{name}`: {usage:?} {}/{column} ({kind}: {:?})\n", p.table, p.kind);
            }
        }
        None => out += &format!("no meaning; table {:?}\n", report.table),
    }
    out
}

/// Checks the cases of a file in `cases`; returns how many there are.
fn cases(file: &str) -> usize {
    assert_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file), checked)
}

macro_rules! tables {
    ($($test:ident: $file:literal,)*) => { $(
        #[test]
        fn $test() {
            assert!(cases($file) > 5, "{} is about something", $file);
        }
    )* };
}

tables! {
    comparisons_with_lookups_have_their_findings_and_fixes: "lookups.txt",
    comparisons_with_choices_have_their_findings_and_fixes: "choices.txt",
    comparisons_with_dates_have_their_findings_and_fixes: "dates.txt",
    values_are_converted_to_the_types_of_their_columns: "values.txt",
    functions_of_odata_have_their_findings_and_fixes: "functions.txt",
    query_functions_have_their_findings_and_fixes: "query_functions.txt",
    collections_have_their_findings_and_fixes: "collections.txt",
    names_have_their_findings_and_fixes: "names.txt",
    paths_of_requests_have_their_findings_and_fixes: "resource_paths.txt",
    options_of_requests_have_their_findings_and_fixes: "options.txt",
    expansions_have_their_findings_and_fixes: "expansions.txt",
    groups_of_requests_have_their_findings_and_fixes: "apply.txt",
    syntax_errors_of_one_token_are_mended: "missing_tokens.txt",
    placeholders_are_values_where_they_are_allowed: "placeholders.txt",
    snapshots_that_know_less_refuse_less: "partial_snapshots.txt",
    requests_of_a_batch_are_checked_each: "batches.txt",
    settings_change_what_is_reported: "settings.txt",
    lints_report_what_is_slow: "lints.txt",
    conditions_of_fetchxml_have_their_findings_and_fixes: "fetch_conditions.txt",
    links_of_fetchxml_have_their_findings_and_fixes: "fetch_links.txt",
    columns_and_groups_of_fetchxml_have_their_findings_and_fixes: "fetch_columns.txt",
}
