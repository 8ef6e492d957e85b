//! Checks the options of a request: their names, and whether the path and the other options allow them. The
//! resolver of requests calls it before and while it resolves the options.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use dvkit_diagnostic::{Diagnostic, Suggestion, code, suggest};
use odata_parser::ast::{OptionKind, QueryOption, Request};
use odata_parser::{ForeignOption, foreign_option};
use uuid::Uuid;

use super::ResourceTarget;
use crate::hir::{OpaqueQuery, Query, QueryHint, ResultShape, UnreadKind, UnreadPart, Value};
use crate::resolve::Resolver;

/// The query options that Dataverse defines in addition to those of OData, in their correct spelling.
const CUSTOM: &[&str] =
    &["fetchXml", "savedQuery", "userQuery", "partitionId", "sql", "tag", "UnMaskedData", "api-version"];

/// Returns the query option of Dataverse that `name` means, with a tolerance for letter case and typos;
/// `None` if it does not mean one.
fn custom_name(name: &str) -> Option<&'static str> {
    let any_case = CUSTOM.iter().copied().find(|c| c.eq_ignore_ascii_case(name));
    any_case.or_else(|| {
        suggest::unambiguous_typo(name, CUSTOM.iter().filter(|c| c.len() > 3).map(|c| (*c, None)))
    })
}

/// Returns the name of a query option of OData in its correct spelling; `None` for parameter aliases and
/// other options.
fn standard_name(option: &QueryOption<'_>) -> Option<&'static str> {
    Some(match &option.kind {
        OptionKind::Select(_) => "$select",
        OptionKind::Expand(_) => "$expand",
        OptionKind::Filter(_) => "$filter",
        OptionKind::OrderBy(_) => "$orderby",
        OptionKind::Top(_) => "$top",
        OptionKind::Skip(_) => "$skip",
        OptionKind::Index(_) => "$index",
        OptionKind::Count(_) => "$count",
        OptionKind::Levels(_) => "$levels",
        OptionKind::Search(_) => "$search",
        OptionKind::Apply(_) => "$apply",
        OptionKind::Compute(_) => "$compute",
        OptionKind::Text(_) => {
            ["$format", "$skiptoken", "$deltatoken", "$id", "$schemaversion", "$at", "$from", "$to"]
                .into_iter()
                .find(|n| {
                    n.trim_start_matches('$').eq_ignore_ascii_case(option.name.trim_start_matches('$'))
                })?
        }
        OptionKind::Alias(_) | OptionKind::Custom(_) => return None,
    })
}

impl<'a> Resolver<'a> {
    /// Reports names of options in the wrong letter case, and names of OData's options without the `$`.
    pub(super) fn option_names(&mut self, request: &'a Request<'a>) {
        for option in &request.options {
            match standard_name(option) {
                Some(right) => self.option_name(option, right),
                None => self.custom_name(option),
            }
        }
    }

    /// Reports the name of a nested option of `$expand` if it has the wrong letter case or lacks the `$`.
    pub(super) fn nested_option_name(&mut self, option: &QueryOption<'_>) {
        if let Some(right) = standard_name(option) {
            self.option_name(option, right);
        }
    }

    fn option_name(&mut self, option: &QueryOption<'_>, right: &'static str) {
        // The parser has reported a misspelt name.
        if option.name == right || !option.name.trim_start_matches('$').eq_ignore_ascii_case(&right[1..]) {
            return;
        }
        let message = if option.name.starts_with('$') {
            format!("the names of query options are case-sensitive: `{}` is spelled `{right}`", option.name)
        } else {
            format!(
                "`{}` without `$` is an option of your own, and Dataverse does nothing about it",
                option.name
            )
        };
        let d = Diagnostic::error(code::OPTION_NAME, option.name_span, message);
        self.push(d.suggest(Suggestion::fix(format!("write `{right}`"), option.name_span, right)));
    }

    fn custom_name(&mut self, option: &QueryOption<'_>) {
        let OptionKind::Custom(_) = option.kind else { return };
        if CUSTOM.contains(&option.name) || option.name.starts_with('$') {
            return;
        }
        let right = CUSTOM.iter().copied().find(|c| c.eq_ignore_ascii_case(option.name)).or_else(|| {
            suggest::unambiguous_typo(option.name, CUSTOM.iter().filter(|c| c.len() > 3).map(|c| (*c, None)))
        });
        if let Some(right) = right {
            let message = format!("Dataverse knows the option `{right}`, and names are case-sensitive");
            let d = Diagnostic::warning(code::OPTION_NAME, option.name_span, message);
            self.push(d.suggest(Suggestion::fix(format!("write `{right}`"), option.name_span, right)));
            return;
        }
        // A custom option has no effect, and this one has the name of another system's option.
        let (question, right) = match foreign_option(option.name) {
            Some(ForeignOption::SameAs(right)) => (format!("OData calls it `${right}`"), format!("${right}")),
            Some(ForeignOption::InlineCount) => ("write `$count=true`".to_owned(), "$count".to_owned()),
            _ => return,
        };
        let message = format!(
            "`{}` without `$` is an option of your own, and Dataverse does nothing about it",
            option.name
        );
        let d = Diagnostic::warning(code::OPTION_NAME, option.name_span, message);
        self.push(d.suggest(Suggestion::maybe(question, option.name_span, right)));
    }

    pub(super) fn duplicate_options(&mut self, request: &'a Request<'a>) {
        let mut seen: Vec<&QueryOption<'_>> = Vec::with_capacity(8);
        let mut aliases = BTreeMap::new();
        for (i, option) in request.options.iter().enumerate() {
            let first = if let OptionKind::Alias(_) = option.kind {
                match aliases.entry(option.name) {
                    Entry::Occupied(first) => Some(*first.get()),
                    Entry::Vacant(place) => {
                        place.insert(option);
                        None
                    }
                }
            } else {
                // There are few options, and each is kept once.
                let Some(name) = standard_name(option) else { continue };
                let first = seen.iter().copied().find(|o| standard_name(o) == Some(name));
                if first.is_none() {
                    seen.push(option);
                }
                first
            };
            let Some(first) = first else { continue };
            let message = format!("`{}` is given twice: each option may stand once", option.name);
            let equal = first.value_span.of(self.source).trim() == option.value_span.of(self.source).trim();
            let d = Diagnostic::error(code::DUPLICATE_OPTION, option.name_span, message)
                .label(first.name_span, "here for the first time");
            self.push(if equal {
                let gone = self.whole_option(request, i);
                d.suggest(Suggestion::fix("leave one out", gone, ""))
            } else if let OptionKind::Filter(_) = option.kind {
                d.help("join the conditions with `and` in one `$filter`")
            } else {
                d
            });
        }
    }

    /// Reports options that the service refuses or ignores because of `place`, the target of the request's
    /// path.
    pub(super) fn options_of_place(&mut self, request: &'a Request<'a>, place: &ResourceTarget<'a>) {
        let counted = place.answer == ResultShape::Count;
        for (i, option) in request.options.iter().enumerate() {
            let Some(name) = standard_name(option) else {
                let custom = custom_name(option.name);
                if counted && matches!(custom, Some("fetchXml" | "savedQuery" | "userQuery")) {
                    let message = format!("`/$count` is not supported together with `{}`", option.name);
                    let help = "ask for `&$count=true` instead of `/$count`";
                    self.refuse::<()>(code::COUNT_SEGMENT, option.span, message, help);
                }
                continue;
            };
            let rows_only = matches!(
                option.kind,
                OptionKind::Filter(_)
                    | OptionKind::OrderBy(_)
                    | OptionKind::Top(_)
                    | OptionKind::Count(_)
                    | OptionKind::Apply(_)
            );
            if place.single && rows_only {
                let message = format!("this is one row: `{name}` is for many");
                let d = Diagnostic::error(code::OPTION_ON_ONE_ROW, option.span, message);
                let gone = self.whole_option(request, i);
                // The filter may be meant as a condition, so removing it is not certain.
                self.push(match option.kind {
                    OptionKind::Filter(_) | OptionKind::Apply(_) => {
                        d.suggest(Suggestion::maybe("leave it out", gone, ""))
                    }
                    _ => d.suggest(Suggestion::fix("leave it out", gone, "")),
                });
            }
            let useless = matches!(
                option.kind,
                OptionKind::Select(_)
                    | OptionKind::Expand(_)
                    | OptionKind::OrderBy(_)
                    | OptionKind::Top(_)
                    | OptionKind::Count(_)
            );
            if counted && !place.single && useless {
                let message = format!("`/$count` returns only a number: `{name}` has no effect");
                let d = Diagnostic::warning(code::COUNT_SEGMENT, option.span, message);
                let gone = self.whole_option(request, i);
                self.push(d.suggest(Suggestion::fix("leave it out", gone, "")));
            }
        }
    }

    /// Reports options that the service does not accept for entity sets of the metadata, such as
    /// `EntityDefinitions`. The columns in the options are not checked, because the snapshot does not contain
    /// them.
    pub(super) fn metadata_options(&mut self, request: &'a Request<'a>) {
        for (i, option) in request.options.iter().enumerate() {
            let refused = matches!(
                option.kind,
                OptionKind::OrderBy(_)
                    | OptionKind::Top(_)
                    | OptionKind::Skip(_)
                    | OptionKind::Count(_)
                    | OptionKind::Search(_)
                    | OptionKind::Apply(_)
                    | OptionKind::Compute(_)
            );
            let Some(name) = standard_name(option).filter(|_| refused) else { continue };
            let message = format!("the sets of the metadata do not take `{name}`");
            let d = Diagnostic::error(code::METADATA_SET, option.span, message)
                .help("they take `$select`, `$filter` and `$expand`, and are not paged");
            let gone = self.whole_option(request, i);
            self.push(match option.kind {
                OptionKind::OrderBy(_)
                    if !request.options.iter().any(|o| matches!(o.kind, OptionKind::Top(_))) =>
                {
                    d.suggest(Suggestion::fix("leave it out and order what comes", gone, ""))
                }
                _ => d.suggest(Suggestion::maybe("leave it out", gone, "")),
            });
        }
    }

    /// Reports the option with the index `index` if it is an option of OData that Dataverse does not support.
    /// Returns whether Dataverse supports the option.
    pub(super) fn unsupported_option(&mut self, request: &'a Request<'a>, index: usize) -> bool {
        let Some(option) = request.options.get(index) else { return true };
        let Some(name) = standard_name(option) else { return true };
        let help = match &option.kind {
            // The service gives these tokens, and they are sent back unchanged.
            OptionKind::Text("") => return false,
            OptionKind::Text(_) if matches!(name, "$skiptoken" | "$deltatoken" | "$id") => return true,
            OptionKind::Skip(_) => "follow `@odata.nextLink`, page by page: `Prefer: odata.maxpagesize=…`",
            OptionKind::Search(_) => "a search is a service of its own; `contains(…)` filters",
            OptionKind::Text(_) if name == "$format" => "answers are JSON, always",
            OptionKind::Compute(_) => "it is OData 4.01; compute from what comes back",
            OptionKind::Levels(_) => "it belongs to `$expand`",
            _ => "",
        };
        let message = format!("Dataverse does not have `{name}`");
        let mut d = Diagnostic::error(code::UNSUPPORTED_OPTION, option.span, message);
        if !help.is_empty() {
            d = d.help(help);
        }
        let json = matches!(&option.kind, OptionKind::Text(text)
            if name == "$format" && (text.eq_ignore_ascii_case("json") || text.starts_with("application/json")));
        let nothing = matches!(&option.kind, OptionKind::Skip(n) if n.span.of(self.source) == "0");
        let gone = self.whole_option(request, index);
        self.push(match json || nothing {
            true => d.suggest(Suggestion::fix("leave it out", gone, "")),
            false => d.suggest(Suggestion::maybe("leave it out", gone, "")),
        });
        false
    }

    /// Resolves an option that Dataverse defines, and adds its meaning to `query`. `text` is the value of the
    /// option. Returns whether the value is valid; if not, the mistake has been reported.
    pub(super) fn custom_option(
        &mut self,
        option: &'a QueryOption<'a>,
        text: &'a str,
        query: &mut Query,
    ) -> bool {
        let name = custom_name(option.name).unwrap_or(option.name);
        match name {
            "savedQuery" | "userQuery" => {
                let Some(id) = self.view_id(option, text) else { return false };
                query.opaque = Some(if name == "savedQuery" {
                    OpaqueQuery::View(id)
                } else {
                    OpaqueQuery::UserView(id)
                });
            }
            "fetchXml" | "sql" if text.is_empty() => {
                let message = format!("`{}` has no value", option.name);
                self.refuse::<()>(code::EMPTY_OPTION, option.name_span, message, "");
                return false;
            }
            "fetchXml" => query.opaque = Some(OpaqueQuery::FetchXml(text.to_owned())),
            "sql" => query.opaque = Some(OpaqueQuery::Sql(text.to_owned())),
            // The service chooses the version of the API.
            "api-version" => {}
            _ => self.unread_option(option, text),
        }
        true
    }

    /// Adds a hint for an option that the HIR does not represent, so that translations can report it. `text`
    /// is the value of the option.
    pub(super) fn unread_option(&mut self, option: &QueryOption<'_>, text: &str) {
        // Wrong letter case is reported and fixed to this name.
        let own = CUSTOM.iter().find(|name| name.eq_ignore_ascii_case(option.name));
        self.facts.add_hint(QueryHint::Unread(UnreadPart {
            kind: UnreadKind::Option,
            element: String::new(),
            name: (*own.unwrap_or(&option.name)).to_owned(),
            value: text.to_owned(),
            known: true,
        }));
    }

    fn view_id(&mut self, option: &QueryOption<'_>, text: &str) -> Option<Value> {
        let span = option.value_span;
        if text.len() == 36
            && let Ok(id) = Uuid::parse_str(text)
        {
            return Some(Value::Guid(id));
        }
        if self.options.placeholders && text.contains(['{', '$']) && Uuid::parse_str(text).is_err() {
            return Some(Value::Parameter(text.to_owned()));
        }
        let bare = text.trim_matches(['\'', '"', '{', '}', ' ']);
        let message = format!("`{}` names a view by its id, a guid", option.name);
        let d = Diagnostic::error(code::STORED_QUERY, span, message);
        match Uuid::parse_str(bare) {
            Ok(id) if bare.len() == 36 => {
                self.push(d.suggest(Suggestion::fix("write it bare", span, bare)));
                Some(Value::Guid(id))
            }
            _ => {
                let help = "`GET savedqueries?$select=name,savedqueryid` lists those of the system";
                self.push(d.help(help));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::custom_name;

    #[test]
    fn an_option_of_dataverse_is_meant_by_its_letters() {
        for (name, meant) in [
            ("fetchXml", Some("fetchXml")),
            ("FETCHXML", Some("fetchXml")),
            ("fetchXm", Some("fetchXml")),
            ("fetchxlm", Some("fetchXml")),
            ("savedQuer", Some("savedQuery")),
            ("userquery", Some("userQuery")),
            ("partitionI", Some("partitionId")),
            ("api_version", Some("api-version")),
            ("unmaskeddata", Some("UnMaskedData")),
            ("sql", Some("sql")),
            ("TAG", Some("tag")),
            // Short names are near to too many.
            ("sq", None),
            ("sqll", None),
            ("tags", None),
            ("page", None),
            ("", None),
        ] {
            assert_eq!(custom_name(name), meant, "{name}");
        }
    }
}
