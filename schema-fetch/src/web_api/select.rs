//! Which tables are fetched: by name, by solution, by publisher.

use std::collections::BTreeSet;

use dvkit_client::{Client, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::FetchOptions;
use crate::Error;

/// The tables that are wanted, after everything that has to be asked for it was.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    include: Vec<String>,
    exclude: Vec<String>,
    /// `MetadataId` of tables of solutions, in lower case.
    ids: BTreeSet<String>,
    /// What names of a publisher begin with, `new_`.
    prefixes: Vec<String>,
    by_members: bool,
}

impl Selection {
    /// Asks the service for the members of solutions and for prefixes, where there are any.
    pub(super) async fn resolve(client: &Client, options: &FetchOptions) -> Result<Self, Error> {
        let (exclude, include): (Vec<_>, Vec<_>) =
            options.tables.iter().map(|p| p.trim().to_lowercase()).partition(|p| p.starts_with('!'));
        let mut selection = Self {
            include,
            exclude: exclude.into_iter().map(|p| p.trim_start_matches('!').to_owned()).collect(),
            by_members: !options.solutions.is_empty() || !options.publishers.is_empty(),
            ..Self::default()
        };
        for name in &options.solutions {
            selection.ids.extend(tables_of_solution(client, name).await?);
        }
        for name in &options.publishers {
            selection.prefixes.push(format!("{}_", prefix_of_publisher(client, name).await?));
        }
        Ok(selection)
    }

    /// Is every table wanted?
    pub(super) fn is_all(&self) -> bool {
        !self.by_members && self.include.is_empty() && self.exclude.is_empty()
    }

    /// Is this table wanted?
    pub(super) fn takes(&self, name: &str, id: Option<&str>) -> bool {
        let matches = |patterns: &[String]| patterns.iter().any(|p| glob(p, name));
        let named = matches(&self.include)
            || id.is_some_and(|id| self.ids.contains(&id.to_lowercase()))
            || self.prefixes.iter().any(|p| name.starts_with(p.as_str()));
        let everything = self.include.is_empty() && !self.by_members;
        (named || everything) && !matches(&self.exclude)
    }

    /// The first pattern that fits none of these names: a typing mistake most likely.
    pub(super) fn idle_pattern(&self, names: &[String]) -> Option<&str> {
        self.include.iter().find(|p| !names.iter().any(|name| glob(p, name))).map(String::as_str)
    }
}

/// What was asked for, as it is remembered: other words make another snapshot.
pub(super) fn asked(options: &FetchOptions) -> Value {
    let sorted = |list: &[String]| list.iter().map(|p| p.trim().to_lowercase()).collect::<BTreeSet<_>>();
    json!({
        "tables": sorted(&options.tables),
        "solutions": sorted(&options.solutions),
        "publishers": sorted(&options.publishers),
        "languages": options.languages.iter().collect::<BTreeSet<_>>(),
    })
}

/// `*` stands for any text, `?` for any one character.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last star was, and what it has swallowed up to.
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

/// Rows of a query.
#[derive(Deserialize)]
struct Rows<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// The most pages of components that are followed; 5,000 are in each.
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
        return Err(Error::NotThere { what: "solution", name: name.to_owned() });
    };
    // 1 stands for tables.
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
        .ok_or_else(|| Error::NotThere { what: "publisher with a prefix", name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
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
        // No pattern takes its time.
        assert!(!glob(&"*a".repeat(50), &"a".repeat(49)));
        assert!(!glob(&"a*".repeat(100), &format!("{}b", "a".repeat(99))));
    }

    #[test]
    fn what_is_taken() {
        let of = |patterns: &[&str]| {
            let patterns = patterns.iter().map(|p| (*p).to_owned());
            let (exclude, include) = patterns.partition::<Vec<_>, _>(|p| p.starts_with('!'));
            let exclude = exclude.into_iter().map(|p| p[1..].to_owned()).collect();
            Selection { include, exclude, ..Selection::default() }
        };
        assert!(of(&[]).is_all() && of(&[]).takes("x", None));
        let some = of(&["new_*", "account", "!new_old*"]);
        assert!(some.takes("new_ship", None) && some.takes("account", None));
        assert!(!some.takes("new_older", None) && !some.takes("contact", None));
        let but = of(&["!msdyn_*"]);
        assert!(but.takes("account", None) && !but.takes("msdyn_x", None) && !but.is_all());
        assert_eq!(some.idle_pattern(&["new_ship".to_owned()]), Some("account"));
        let members = Selection {
            ids: BTreeSet::from(["a1".to_owned()]),
            prefixes: vec!["cr1_".to_owned()],
            by_members: true,
            ..Selection::default()
        };
        assert!(members.takes("x", Some("A1")) && members.takes("cr1_x", None));
        assert!(!members.takes("x", None) && !members.takes("cr1x", Some("b2")));
    }

    #[test]
    fn the_order_of_patterns_makes_no_other_snapshot() {
        let options = |tables: &[&str]| FetchOptions {
            tables: tables.iter().map(|t| (*t).to_owned()).collect(),
            ..FetchOptions::default()
        };
        assert_eq!(asked(&options(&["b", "A", "b"])), asked(&options(&["a", "b"])));
        assert_ne!(asked(&options(&["a"])), asked(&options(&[])));
    }
}
