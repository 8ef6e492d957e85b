//! Explains parts of FetchXML that belong to the Web API or to a template: abstract types, OData paths,
//! placeholders, and a URL whose entity set is not that of the table. The resolver calls it only for names
//! and values that do not exist.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, Store, Table};

use crate::resolve::Resolver;

/// Abstract types of the Web API, which cannot be queried. Each has advice on which table to name instead.
const ABSTRACT: &[(&str, &str)] = &[
    ("principal", "its rows are those of `systemuser` and `team`"),
    ("crmbaseentity", "every table is derived from it: name the one that is meant"),
    ("crmmodelbaseentity", "every table is derived from it: name the one that is meant"),
];

impl<'a> Resolver<'a> {
    /// Reports the name of an abstract type that is used as the name of a table. Returns whether `name` is an
    /// abstract type; if not, nothing is reported.
    pub(super) fn abstract_type(&mut self, name: &str, span: Span) -> bool {
        let Some((name, help)) = ABSTRACT.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) else {
            return false;
        };
        let message = format!("`{name}` is an abstract type of the Web API, and no table");
        self.push(Diagnostic::error(code::ABSTRACT_TYPE, span, message).help(*help));
        true
    }

    /// Reports an OData path such as `primarycontactid/fullname` that is used as the name of a column, and
    /// suggests a link. Returns whether `text` is such a path; if not, nothing is reported.
    pub(super) fn path_in_name(&mut self, table: &'a Table, text: &str, span: Span) -> bool {
        let Some((first, rest)) = text.split_once('/').filter(|(f, r)| !f.is_empty() && !r.is_empty()) else {
            return false;
        };
        let lookup = self.lookup_of(table, first);
        let column = rest.rsplit('/').next().unwrap_or(rest);
        let message = format!("`{text}` is a path of OData: FetchXML reaches other rows by a `link-entity`");
        let mut d = Diagnostic::error(code::WEB_API_NAME_IN_FETCHXML, span, message);
        d = match lookup {
            Some((lookup, target)) => {
                let key = self.table(target).and_then(|t| t.primary_id.as_deref()).unwrap_or("…");
                d.help(format!(
                    "`<link-entity name=\"{target}\" from=\"{key}\" to=\"{}\" alias=\"a\">`, and in it \
                     `attribute=\"{column}\"` (or `entityname=\"a\"` beside it in a filter of the `entity`)",
                    lookup.logical_name
                ))
            }
            None => {
                d.help("`<link-entity name=\"…\" from=\"…\" to=\"…\">` names the table and the two columns")
            }
        };
        self.push(d);
        true
    }

    /// Returns the lookup column of `table` to which a name of the Web API refers, and the logical name of a
    /// table that this lookup points to. `name` is a navigation property or a property such as
    /// `_ownerid_value`. Returns `None` if there is no such lookup.
    fn lookup_of(&mut self, table: &'a Table, name: &str) -> Option<(&'a Column, &'a str)> {
        let by_navigation =
            table.relationships.iter().find(|r| r.is_single() && r.navigation.as_deref() == Some(name));
        if let Some(relationship) = by_navigation {
            return Some((table.column(relationship.column.as_deref()?)?, relationship.table.as_str()));
        }
        let column = table.column(crate::resolve::plain_name(name)).filter(|c| c.ty.is_lookup())?;
        let mut targets = table
            .relationships
            .iter()
            .filter(|r| r.is_single() && r.column.as_deref() == Some(column.logical_name.as_str()));
        Some((column, targets.next()?.table.as_str()))
    }

    /// Reports a placeholder (`{id}`, `@{…}`, `${id}`) in place of a value that is not a text. Returns
    /// whether `raw` is a placeholder; if not, nothing is reported.
    pub(super) fn placeholder(&mut self, raw: &str, span: Span) -> bool {
        let text = raw.trim();
        let marked = ["{", "@{", "${", "{{"].iter().any(|m| text.starts_with(m)) && text.contains('}');
        let named = text.len() > 2 && text.starts_with('%') && text.ends_with('%');
        let braced_guid = text.starts_with('{') && uuid::Uuid::parse_str(text).is_ok();
        if braced_guid || !(marked || named) {
            return false;
        }
        let message = match text.chars().count() {
            0..=40 => format!("`{text}` is a placeholder, not a value"),
            _ => "this is a placeholder, not a value".to_owned(),
        };
        self.push(
            Diagnostic::error(code::PLACEHOLDER, span, message)
                .help("where it is filled in before the query is sent, allow placeholders: `--placeholders`"),
        );
        true
    }
}

/// Checks that the entity set in a URL is the entity set of `table`, to which the FetchXML in the URL
/// belongs. `url` is the part of the URL before the `?`. Returns the finding; `None` if the entity set is
/// right or `url` does not end in an entity set.
pub(crate) fn set_of_url(store: &Store, url: &str, table: &Table) -> Option<Diagnostic> {
    let path = url.trim_end();
    let start = path.rfind('/').map_or(0, |n| n + 1);
    let set = &path[start..];
    let root = &path[..start];
    let is_name = !set.is_empty() && set.chars().all(|c| c.is_alphanumeric() || c == '_');
    // Before the entity set there is the root of the service, or nothing.
    let is_root = root.trim_start_matches('/').is_empty() || {
        let at = root.to_ascii_lowercase().rfind("/api/data/v");
        at.is_some_and(|at| root[at + "/api/data/v".len()..].matches('/').count() == 1)
            || root.to_ascii_lowercase().starts_with("api/data/v") && root.matches('/').count() == 3
    };
    let right = table.entity_set.as_deref()?;
    if !is_name || !is_root || set == right {
        return None;
    }
    let span = Span::new(start, path.len());
    let message = match store.table_by_entity_set(set) {
        Some(other) => format!(
            "the set `{set}` is that of `{}`, and this query asks for `{}`",
            other.logical_name, table.logical_name
        ),
        None => format!(
            "there is no entity set `{set}` in this snapshot; this query asks for `{}`",
            table.logical_name
        ),
    };
    let d = Diagnostic::error(code::ENTITY_SET_OF_ANOTHER_TABLE, span, message);
    let question = format!("send it to `{right}`");
    // It is unknown which of the two is wrong, unless the entity set does not exist.
    Some(match store.table_by_entity_set(set) {
        None => d.suggest(Suggestion::fix(question, span, right)),
        Some(_) => d.suggest(Suggestion::maybe(question, span, right)),
    })
}
