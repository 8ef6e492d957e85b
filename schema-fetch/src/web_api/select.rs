//! Selects the tables to fetch: by patterns for their names, by solution and by publisher. Full fetches and
//! updates use the same selection.

use std::collections::BTreeSet;

use dvkit_client::{Client, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{FetchOptions, query};
use crate::Error;

/// The rule that selects tables: the patterns, the tables of the solutions, and the prefixes of the
/// publishers that the options name.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    include: Vec<String>,
    exclude: Vec<String>,
    /// The `MetadataId`s, in lower case, of the tables in the selected solutions.
    ids: BTreeSet<String>,
    /// The prefixes of the selected publishers, such as `new_`.
    prefixes: Vec<String>,
    by_members: bool,
}

impl Selection {
    /// Builds the selection from the options. If the options name solutions or publishers, their tables and
    /// prefixes are requested from the service. Returns an error if a request fails, or if a solution or
    /// publisher does not exist.
    pub(super) async fn resolve(client: &Client, options: &FetchOptions) -> Result<Self, Error> {
        let mut selection = Self {
            by_members: !options.solutions.is_empty() || !options.publishers.is_empty(),
            ..Self::by_patterns(&options.tables)
        };
        for name in &options.solutions {
            selection.ids.extend(tables_of_solution(client, name).await?);
        }
        for name in &options.publishers {
            selection.prefixes.push(format!("{}_", prefix_of_publisher(client, name).await?));
        }
        Ok(selection)
    }

    /// Returns the selection by patterns for names alone. A pattern with `!` in front excludes tables.
    pub(super) fn by_patterns(patterns: &[String]) -> Self {
        let (exclude, include): (Vec<_>, Vec<_>) =
            patterns.iter().map(|p| p.trim().to_lowercase()).partition(|p| p.starts_with('!'));
        let exclude = exclude.into_iter().map(|p| p.trim_start_matches('!').to_owned()).collect();
        Self { include, exclude, ..Self::default() }
    }

    /// Returns whether the selection includes every table.
    pub(super) fn is_all(&self) -> bool {
        !self.by_members && self.include.is_empty() && self.exclude.is_empty()
    }

    /// Returns whether the selection includes the table with the logical name `name`. `id` is the table's
    /// `MetadataId`; `None` if it is unknown.
    pub(super) fn selects(&self, name: &str, id: Option<&str>) -> bool {
        let matches = |patterns: &[String]| patterns.iter().any(|p| glob(p, name));
        let named = matches(&self.include)
            || id.is_some_and(|id| self.ids.contains(&id.to_lowercase()))
            || self.prefixes.iter().any(|p| name.starts_with(p.as_str()));
        let everything = self.include.is_empty() && !self.by_members;
        (named || everything) && !matches(&self.exclude)
    }

    /// Returns the first pattern that should include tables but matches none of `names`; `None` if there is
    /// no such pattern. It most likely contains a typing mistake.
    pub(super) fn unmatched_pattern(&self, names: &[String]) -> Option<&str> {
        self.include.iter().find(|p| !names.iter().any(|name| glob(p, name))).map(String::as_str)
    }
}

/// Returns the options that determine the contents of the snapshot as JSON. It is stored with the snapshot, and
/// compared with that of the next fetch. The requested properties are among them: changes alone would not bring
/// a property that an older version did not request to the tables that did not change.
pub(super) fn to_json(options: &FetchOptions) -> Value {
    let sorted = |list: &[String]| list.iter().map(|p| p.trim().to_lowercase()).collect::<BTreeSet<_>>();
    json!({
        "tables": sorted(&options.tables),
        "solutions": sorted(&options.solutions),
        "publishers": sorted(&options.publishers),
        "languages": options.languages.iter().collect::<BTreeSet<_>>(),
        "properties": query::all_properties(),
    })
}

/// Returns whether `name` matches `pattern`: `*` stands for any text, `?` for any one character.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // The position of the last star, and the end of the text that it has matched.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, swallowed)) => {
                    p = at + 1;
                    n = swallowed + 1;
                    star = Some((at, n));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

/// The rows in the response to a query.
#[derive(Deserialize)]
struct Rows<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// The maximum number of pages of solution components that are read; each page has 5,000 components.
const MAX_PAGES: usize = 200;

async fn tables_of_solution(client: &Client, name: &str) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Solution {
        solutionid: String,
    }
    #[derive(Deserialize)]
    struct Component {
        objectid: Option<String>,
    }
    let filter = format!("uniquename eq '{}'", name.replace('\'', "''"));
    let request = Request::get("solutions").query("$select", "solutionid").query("$filter", filter);
    let found: Rows<Solution> = client.json(request).await?;
    let Some(solution) = found.value.first() else {
        return Err(Error::NotFound { what: "solution", name: name.to_owned() });
    };
    // Component type 1 is a table.
    let filter = format!("_solutionid_value eq {} and componenttype eq 1", solution.solutionid);
    let mut request =
        Request::get("solutioncomponents").query("$select", "objectid").query("$filter", filter);
    let mut ids = Vec::new();
    for _ in 0..MAX_PAGES {
        let page: Rows<Component> = client.json(request).await?;
        ids.extend(page.value.into_iter().filter_map(|c| Some(c.objectid?.to_lowercase())));
        match page.next {
            Some(next) => request = Request::get(next),
            None => return Ok(ids),
        }
    }
    Ok(ids)
}

async fn prefix_of_publisher(client: &Client, name: &str) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Publisher {
        customizationprefix: Option<String>,
    }
    let filter = format!("uniquename eq '{}'", name.replace('\'', "''"));
    let request = Request::get("publishers").query("$select", "customizationprefix").query("$filter", filter);
    let found: Rows<Publisher> = client.json(request).await?;
    let prefix = found.value.into_iter().find_map(|p| p.customizationprefix).filter(|p| !p.is_empty());
    prefix
        .map(|p| p.to_lowercase())
        .ok_or_else(|| Error::NotFound { what: "publisher with a prefix", name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match() {
        for (pattern, name, fits) in [
            ("account", "account", true),
            ("account", "accounts", false),
            ("new_*", "new_ship", true),
            ("new_*", "newship", false),
            ("*_ship*", "new_ships", true),
            ("new_?", "new_a", true),
            ("new_?", "new_ab", false),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
        ] {
            assert_eq!(glob(pattern, name), fits, "{pattern} {name}");
        }
        // No pattern takes exponential time.
        assert!(!glob(&"*a".repeat(50), &"a".repeat(49)));
        assert!(!glob(&"a*".repeat(100), &format!("{}b", "a".repeat(99))));
    }

    #[test]
    fn the_first_pattern_that_no_table_has_is_told() {
        let names = ["account".to_owned(), "new_ship".to_owned()];
        for (patterns, told) in [
            (&["account", "new_*"][..], None),
            (&["acount", "new_*", "contct"], Some("acount")),
            (&["account", "contct", "lead"], Some("contct")),
            (&["account", "!contct"], None),
            (&[], None),
        ] {
            let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
            assert_eq!(Selection::by_patterns(&patterns).unmatched_pattern(&names), told, "{patterns:?}");
        }
    }

    #[test]
    fn tables_are_selected_by_pattern_and_prefix() {
        let of = |patterns: &[&str]| {
            Selection::by_patterns(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>())
        };
        assert!(of(&[]).is_all() && of(&[]).selects("x", None));
        let some = of(&["new_*", "account", "!new_old*"]);
        assert!(some.selects("new_ship", None) && some.selects("account", None));
        assert!(!some.selects("new_older", None) && !some.selects("contact", None));
        // Patterns are trimmed, and in lower case.
        let shouted = of(&[" NEW_* ", " !New_Old*"]);
        assert!(shouted.selects("new_ship", None) && !shouted.selects("new_older", None));
        assert!(!shouted.selects("account", None) && !of(&["account"]).is_all());
        let but = of(&["!msdyn_*"]);
        assert!(but.selects("account", None) && !but.selects("msdyn_x", None) && !but.is_all());
        assert_eq!(some.unmatched_pattern(&["new_ship".to_owned()]), Some("account"));
        let members = Selection {
            ids: BTreeSet::from(["a1".to_owned()]),
            prefixes: vec!["cr1_".to_owned()],
            by_members: true,
            ..Selection::default()
        };
        assert!(!members.is_all());
        assert!(members.selects("x", Some("A1")) && members.selects("cr1_x", None));
        assert!(!members.selects("x", None) && !members.selects("cr1x", Some("b2")));
    }

    #[test]
    fn the_order_of_patterns_does_not_matter() {
        let options = |tables: &[&str]| FetchOptions {
            tables: tables.iter().map(|t| (*t).to_owned()).collect(),
            ..FetchOptions::default()
        };
        assert_eq!(to_json(&options(&["b", "A", "b"])), to_json(&options(&["a", "b"])));
        assert_ne!(to_json(&options(&["a"])), to_json(&options(&[])));
    }
}
