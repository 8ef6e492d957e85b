//! Explains the name, the value or the operator at a position of a query.

use dvkit_diagnostic::Span;
use dvkit_schema::store::TableEntry;
use dvkit_schema::{Column, Relationship, Side, Table};
use fetchxml::ast::description_of;

use super::QueryContext;
use super::parts::{Local, LocalKind, Meaning, Part, QueryParts};
use crate::Error;
use crate::explain::{Page, code_span, description, inline_text};

/// The maximum number of options that an explanation of a column lists.
const MAX_OPTIONS: usize = 12;
/// The maximum number of target tables that an explanation of a lookup lists.
const MAX_TARGETS: usize = 8;
/// The maximum length in characters of a description that an organisation wrote.
const MAX_DESCRIPTION: usize = 600;

/// The explanation of a part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The position of the part in the text of the query.
    pub span: Span,
    /// The explanation, as Markdown. Names and labels of the organisation are escaped.
    pub markdown: String,
}

impl QueryContext<'_> {
    /// Returns the explanation of the name, the value or the operator at the offset `offset`; `None` if there is
    /// none, or if it has no meaning in the snapshot.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn hover(&self, offset: usize) -> Result<Option<Hover>, Error> {
        let parts = self.parts()?;
        let Some(part) = parts.at(self.clamp(offset)) else { return Ok(None) };
        Ok(self.explanation(&parts, part)?.map(|markdown| Hover { span: part.span, markdown }))
    }

    fn explanation(&self, parts: &QueryParts<'_>, part: &Part<'_>) -> Result<Option<String>, Error> {
        Ok(Some(match &part.meaning {
            Meaning::None => return Ok(None),
            Meaning::Table(entry) => self.table_text(entry)?,
            Meaning::Column(table, column) => self.column_text(table, column)?,
            Meaning::Navigation(table, relationship) => self.navigation_text(table, relationship),
            Meaning::Option(table, column, value) => self.option_text(table, column, *value)?,
            Meaning::Local(_) => match parts.local(part) {
                Some(local) => local_text(local),
                None => return Ok(None),
            },
            Meaning::Function(function) => Page::of_function(function).markdown(),
            Meaning::StandardFunction(name) => match standard_function(name) {
                Some((call, text)) => paragraphs(&[bold(call), text.to_owned()]),
                None => return Ok(None),
            },
            Meaning::Operation(name) => {
                let operations: Vec<_> =
                    self.store.operations()?.iter().filter(|o| o.name == *name).collect();
                match Page::of_operations(self.store, &operations) {
                    Some(page) => page.within(800).0.markdown(),
                    None => return Ok(None),
                }
            }
            Meaning::Operator(operator) => Page::of_operator(*operator).markdown(),
            Meaning::Element(name) => match description_of(name, None) {
                Some(text) => paragraphs(&[bold(&format!("<{name}>")), inline_text(text)]),
                None => return Ok(None),
            },
            Meaning::Attribute(element, name) => match description_of(element, Some(name)) {
                Some(text) => paragraphs(&[
                    format!("{} of {}", bold(name), code_span(&format!("<{element}>"))),
                    inline_text(text),
                ]),
                None => return Ok(None),
            },
            Meaning::Keyword(name, text) => paragraphs(&[bold(name), inline_text(text)]),
        }))
    }

    fn table_text(&self, entry: &TableEntry) -> Result<String, Error> {
        let Some(table) = self.store.table(&entry.logical_name)? else {
            return Ok(heading(&entry.logical_name, description::text(self.store, &entry.display_name)));
        };
        let page = Page::of_table(self.store, table);
        let mut lines = Vec::new();
        if let Some(set) = &table.entity_set {
            lines.push(format!("- entity set: {}", code_span(set)));
        }
        if let Some(key) = &table.primary_id {
            lines.push(format!("- key: {}", code_span(key)));
        }
        if let Some(name) = &table.primary_name {
            lines.push(format!("- name of a row: {}", code_span(name)));
        }
        let described = described(description::text(self.store, &table.description));
        Ok(paragraphs(&[page.markdown_heading(), described, lines.join("\n")]))
    }

    fn column_text(&self, table: &Table, column: &Column) -> Result<String, Error> {
        let name = format!("{}.{}", table.logical_name, column.logical_name);
        let mut facts = vec![description::column_type(column)];
        facts.extend(description::facts(column).into_iter().map(str::to_owned));
        if column.valid_for_read == Some(false) {
            facts.push("cannot be read".to_owned());
        }
        let property = column.property_name();
        if !column.is_property() {
            facts.push("not a property of the Web API".to_owned());
        } else if property != column.logical_name {
            facts.push(format!("`{property}` in OData"));
        }
        let mut lines = Vec::new();
        if let Some(choice) = description::choice(self.store, column)? {
            for option in choice.options.iter().take(MAX_OPTIONS) {
                let label = inline_text(description::text(self.store, &option.label));
                lines.push(format!("- {} {label}", code_span(&option.value.to_string())));
            }
            if let Some(more) = choice.options.len().checked_sub(MAX_OPTIONS).filter(|n| *n > 0) {
                lines.push(format!("- … {more} more"));
            }
        }
        let navigations: Vec<&Relationship> = table.lookups_of(&column.logical_name).collect();
        for relationship in navigations.iter().take(MAX_TARGETS) {
            if let Some(navigation) = &relationship.navigation {
                lines.push(format!("- {} → {}", code_span(navigation), code_span(&relationship.table)));
            }
        }
        if let Some(more) = navigations.len().checked_sub(MAX_TARGETS).filter(|n| *n > 0) {
            lines.push(format!("- … {more} more"));
        }
        Ok(paragraphs(&[
            heading(&name, description::text(self.store, &column.display_name)),
            inline_text(&facts.join(", ")),
            described(description::text(self.store, &column.description)),
            lines.join("\n"),
        ]))
    }

    fn navigation_text(&self, table: &Table, relationship: &Relationship) -> String {
        let name = relationship.navigation.as_deref().unwrap_or_default();
        let rows = if relationship.is_single() { "one row" } else { "many rows" };
        let mut text = format!("{rows} → {}", code_span(&relationship.table));
        match (relationship.side, &relationship.column, &relationship.intersect) {
            (Side::ManyToOne, Some(column), _) => {
                text.push_str(&format!(", the lookup {}", code_span(column)));
            }
            (Side::OneToMany, Some(column), _) => {
                let lookup = format!("{}.{column}", relationship.table);
                text.push_str(&format!(", through {}", code_span(&lookup)));
            }
            (Side::ManyToMany, _, Some(intersect)) => {
                text.push_str(&format!(", through the intersect table {}", code_span(intersect)));
            }
            _ => {}
        }
        let label = self.store.entry(&relationship.table);
        let label = label.map_or("", |entry| description::text(self.store, &entry.display_name));
        paragraphs(&[heading(&format!("{}.{name}", table.logical_name), label), text])
    }

    fn option_text(&self, table: &Table, column: &Column, value: i32) -> Result<String, Error> {
        let name = code_span(&format!("{}.{}", table.logical_name, column.logical_name));
        let choice = description::choice(self.store, column)?;
        Ok(match choice.and_then(|choice| choice.option(value)) {
            Some(option) => {
                let state = option.state.map_or_else(String::new, |s| format!(", for `statecode` {s}"));
                paragraphs(&[
                    heading(&value.to_string(), description::text(self.store, &option.label)),
                    format!("an option of {name}{state}"),
                    described(description::text(self.store, &option.description)),
                ])
            }
            None => paragraphs(&[bold(&value.to_string()), format!("not an option of {name}")]),
        })
    }
}

fn local_text(local: &Local) -> String {
    let name =
        if local.kind == LocalKind::ParameterAlias { format!("@{}", local.name) } else { local.name.clone() };
    let mut text = local.kind.words().to_owned();
    if let Some(table) = &local.table {
        text.push_str(&format!(", for rows of {}", code_span(table)));
    }
    paragraphs(&[bold(&name), text])
}

/// Returns a call of a standard function that Dataverse accepts, and what the function tests; `None` for other
/// functions.
fn standard_function(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "contains" => ("contains(text,part)", "true if `part` is anywhere in `text`; letter case is ignored"),
        "startswith" => {
            ("startswith(text,start)", "true if `text` begins with `start`; letter case is ignored")
        }
        "endswith" => ("endswith(text,end)", "true if `text` ends with `end`; letter case is ignored"),
        _ => return None,
    })
}

fn bold(name: &str) -> String {
    format!("**{}**", code_span(name))
}

fn heading(name: &str, label: &str) -> String {
    if label.is_empty() { bold(name) } else { format!("{} — {}", bold(name), inline_text(label)) }
}

/// Returns a description of the organisation, shortened.
fn described(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(MAX_DESCRIPTION) {
        Some((at, _)) => inline_text(&format!("{}…", &text[..at])),
        None => inline_text(text),
    }
}

/// Returns the texts that are not empty, as paragraphs.
fn paragraphs(texts: &[String]) -> String {
    let texts: Vec<&str> = texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{context, sample};

    fn hover(query: &str, name: &str, table: Option<&str>) -> Option<String> {
        let store = sample();
        let at = query.find(name).unwrap();
        let found = context(&store, query, table).hover(at).unwrap()?;
        assert!(found.span.range().start <= at && at <= found.span.range().end);
        Some(found.markdown)
    }

    #[test]
    fn a_column_shows_its_label_type_and_options() {
        let text = hover("statecode eq 0", "statecode", Some("contact")).unwrap();
        assert!(
            text.starts_with("**`contact.statecode`** — Status\n\nstate, required, cannot be set on create"),
            "{text}"
        );
        assert!(text.contains("- `0` Active\n- `1` Inactive"), "{text}");
        let text = hover("_parentcustomerid_value eq null", "_parent", Some("contact")).unwrap();
        assert!(text.contains("`_parentcustomerid_value` in OData"), "{text}");
        assert!(text.contains("- `parentcustomerid_account` → `account`"), "{text}");
    }

    #[test]
    fn a_navigation_property_shows_where_it_leads() {
        let query = "contacts?$expand=parentcustomerid_account($select=name)";
        let text = hover(query, "parentcustomerid_account", None).unwrap();
        assert!(text.ends_with("one row → `account`, the lookup `parentcustomerid`"), "{text}");
        assert!(hover(query, "name", None).unwrap().starts_with("**`account.name`**"));
        assert!(hover(query, "contacts", None).unwrap().contains("- entity set: `contacts`"));
    }

    #[test]
    fn the_number_of_an_option_shows_its_label() {
        assert!(hover("statecode eq 0", "0", Some("contact")).unwrap().starts_with("**`0`** — Active"));
        let text = hover("statecode eq 7", "7", Some("contact")).unwrap();
        assert!(text.contains("not an option of `contact.statecode`"), "{text}");
    }

    #[test]
    fn functions_operators_and_attributes_are_explained() {
        let query = "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7)";
        let text = hover(query, "LastXDays", Some("contact")).unwrap();
        assert!(text.contains("query function for date columns\n\n- in `$filter`: "), "{text}");
        assert!(hover(query, "createdon", Some("contact")).unwrap().starts_with("**`contact.createdon`**"));
        let query = "<fetch><entity name='contact'><link-entity name='account' from='accountid' to='parentcustomerid' alias='a' link-type='outer'/><filter><condition entityname='a' attribute='createdon' operator='last-x-days' value='7'/></filter></entity></fetch>";
        for (at, expected) in [
            ("last-x-days", "one value, a whole number from 1"),
            ("link-type", "**`link-type`** of `<link-entity>`"),
            ("outer", "also the outer rows"),
            ("condition", "which tests"),
            ("a' attribute", "alias of a link, for rows of `account`"),
            ("createdon", "**`account.createdon`**"),
            ("parentcustomerid", "**`contact.parentcustomerid`**"),
        ] {
            let text = hover(query, at, None).unwrap();
            assert!(text.contains(expected), "{at}: {text}");
        }
    }

    #[test]
    fn an_unknown_name_has_no_explanation() {
        assert_eq!(hover("nothing_like_it eq 1", "nothing", Some("contact")), None);
        assert_eq!(hover("fullname eq 'x'", "'x'", Some("contact")), None);
    }

    #[test]
    fn a_hover_lists_twelve_options_and_eight_tables_of_a_lookup() {
        let hover = |table: serde_json::Value| {
            let mut table: dvkit_schema::Table = serde_json::from_value(table).unwrap();
            table.sort();
            let mut schema = dvkit_schema::Schema::default();
            schema.tables.insert(table.logical_name.clone(), table);
            let store = dvkit_schema::Store::from_schema(schema);
            context(&store, "a eq null", Some("t")).hover(0).unwrap().unwrap().markdown
        };
        for (count, listed, more) in
            [(0, 0, None), (1, 1, None), (12, 12, None), (13, 12, Some(1)), (15, 12, Some(3))]
        {
            let options: Vec<_> =
                (0..count).map(|n| json!({"value": n, "label": {"1033": format!("l{n}")}})).collect();
            let text = hover(json!({"logical_name": "t", "columns": [
                {"logical_name": "a", "type": "choice", "choice": {"local": {"name": "t_a", "options": options}}},
            ]}));
            let mut lines: Vec<String> = (0..listed).map(|n| format!("- `{n}` l{n}")).collect();
            lines.extend(more.map(|more| format!("- … {more} more")));
            let list = if lines.is_empty() { String::new() } else { format!("\n\n{}", lines.join("\n")) };
            assert_eq!(text, format!("**`t.a`**\n\nchoice{list}"), "{count} options");
        }
        for (count, listed, more) in
            [(0, 0, None), (1, 1, None), (8, 8, None), (9, 8, Some(1)), (11, 8, Some(3))]
        {
            let relationships: Vec<_> = (0..count)
                .map(|n| json!({"navigation": format!("n{n:02}"), "side": "many_to_one", "table": "u", "column": "a"}))
                .collect();
            let text = hover(json!({
                "logical_name": "t", "columns": [{"logical_name": "a", "type": "lookup"}], "relationships": relationships,
            }));
            let mut lines: Vec<String> = (0..listed).map(|n| format!("- `n{n:02}` → `u`")).collect();
            lines.extend(more.map(|more| format!("- … {more} more")));
            let list = if lines.is_empty() { String::new() } else { format!("\n\n{}", lines.join("\n")) };
            assert_eq!(
                text,
                format!("**`t.a`**\n\nlookup, `_a_value` in OData{list}"),
                "{count} navigation properties"
            );
        }
    }

    #[test]
    fn a_hover_says_what_is_known_of_a_column() {
        let hover = |column: serde_json::Value| {
            let mut column = column;
            column["logical_name"] = "a".into();
            let table = json!({"logical_name": "t", "columns": [column]});
            let mut schema = dvkit_schema::Schema::default();
            schema.tables.insert("t".to_owned(), serde_json::from_value(table).unwrap());
            let store = dvkit_schema::Store::from_schema(schema);
            context(&store, "a eq null", Some("t")).hover(0).unwrap().unwrap().markdown
        };
        let long = |length: usize| "é".repeat(length);
        for (column, expected) in [
            (json!({"type": "string"}), "**`t.a`**\n\ntext".to_owned()),
            (
                json!({"type": "string", "display_name": {"1033": "Label"}, "description": {"1033": " Words \n"}}),
                "**`t.a`** — Label\n\ntext\n\nWords".to_owned(),
            ),
            (
                json!({"type": "memo", "required": "system", "valid_for_read": false}),
                "**`t.a`**\n\nlong text, required, cannot be read".to_owned(),
            ),
            (
                json!({"type": "string", "odata": false, "property": "A"}),
                "**`t.a`**\n\ntext, not a property of the Web API".to_owned(),
            ),
            (json!({"type": "string", "property": "A"}), "**`t.a`**\n\ntext, `A` in OData".to_owned()),
            (
                json!({"type": "string", "description": {"1033": long(600)}}),
                format!("**`t.a`**\n\ntext\n\n{}", long(600)),
            ),
            (
                json!({"type": "string", "description": {"1033": long(601)}}),
                format!("**`t.a`**\n\ntext\n\n{}…", long(600)),
            ),
        ] {
            assert_eq!(hover(column.clone()), expected, "{column}");
        }
    }
}
