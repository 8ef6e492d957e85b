//! Lists the names of query options in other systems (older OData, SQL, other REST interfaces, JavaScript
//! libraries), each with its meaning in OData. The parser looks up a name here only if OData has no such
//! option.

/// What an option that OData does not have means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignOption {
    /// An option of OData with another name and the same value, as `order` means `orderby`. The field is the
    /// name in OData without `$`.
    SameAs(&'static str),
    /// An option that only Dataverse has. The field is its name, which has no `$`.
    Dataverse(&'static str),
    /// The option `inlinecount` of OData 2 and 3. `inlinecount=allpages` is `count=true` in OData 4.
    InlineCount,
    /// An option without an equivalent. The field is advice on how to express the same in OData.
    Advice(&'static str),
}

use ForeignOption::{Advice, Dataverse, InlineCount, SameAs};

const PAGES: &str =
    "there are no offsets: follow `@odata.nextLink`, page by page (`Prefer: odata.maxpagesize=…`)";
const PAGE_SIZE: &str =
    "the size of a page is a header: `Prefer: odata.maxpagesize=…`; `$top` limits all rows";
const GROUPS: &str = "groups are made by `$apply=groupby((…),aggregate(…))`";
const HEADER: &str = "annotations are asked for by a header: `Prefer: odata.include-annotations=\"*\"`";

/// The foreign names in lower case, without `_` and `-`, each with its meaning, in alphabetical order.
const WORDS: &[(&str, ForeignOption)] = &[
    ("aggregate", Advice(GROUPS)),
    ("annotations", Advice(HEADER)),
    ("attributes", SameAs("select")),
    ("columns", SameAs("select")),
    ("columnset", SameAs("select")),
    ("cols", SameAs("select")),
    ("condition", SameAs("filter")),
    ("conditions", SameAs("filter")),
    ("distinct", Advice("distinct values are groups: `$apply=groupby((…))`")),
    ("embed", SameAs("expand")),
    ("expands", SameAs("expand")),
    ("fetch", Dataverse("fetchXml")),
    ("fetchxml", Dataverse("fetchXml")),
    ("fetchxmlquery", Dataverse("fetchXml")),
    ("fields", SameAs("select")),
    ("filterby", SameAs("filter")),
    ("filters", SameAs("filter")),
    ("first", SameAs("top")),
    ("group", Advice(GROUPS)),
    ("groupby", Advice(GROUPS)),
    ("having", Advice("groups cannot be filtered: filter the rows, `$apply=filter(…)/groupby(…)`")),
    ("include", SameAs("expand")),
    ("includeannotations", Advice(HEADER)),
    ("includes", SameAs("expand")),
    ("inlinecount", InlineCount),
    ("join", Advice("related rows come with `$expand=navigation($select=…)`")),
    ("limit", SameAs("top")),
    ("maxpagesize", Advice(PAGE_SIZE)),
    ("maxresults", SameAs("top")),
    ("maxrows", SameAs("top")),
    ("offset", Advice(PAGES)),
    ("order", SameAs("orderby")),
    ("orderby", SameAs("orderby")),
    ("ordering", SameAs("orderby")),
    ("page", Advice(PAGES)),
    ("pagenumber", Advice(PAGES)),
    ("pagesize", Advice(PAGE_SIZE)),
    ("perpage", Advice(PAGE_SIZE)),
    ("populate", SameAs("expand")),
    ("prefer", Advice("`Prefer` is a header of the request, not an option of its URL")),
    ("projection", SameAs("select")),
    ("properties", SameAs("select")),
    ("q", Advice("a search is a service of its own; `$filter=contains(…)` filters")),
    ("query", Advice("conditions stand in `$filter`, FetchXML in `fetchXml=`")),
    ("recordcount", SameAs("count")),
    ("rows", SameAs("top")),
    ("savedquery", Dataverse("savedQuery")),
    ("sort", SameAs("orderby")),
    ("sortby", SameAs("orderby")),
    ("sql", Dataverse("sql")),
    ("start", Advice(PAGES)),
    ("take", SameAs("top")),
    ("tag", Dataverse("tag")),
    ("totalcount", SameAs("count")),
    ("userquery", Dataverse("userQuery")),
    ("view", Dataverse("savedQuery")),
    ("where", SameAs("filter")),
];

/// Returns the meaning of an option of another system, such as `$order` or `take`; `None` if `name` is not
/// listed. `name` may begin with `$`.
///
/// ```
/// use odata_parser::{ForeignOption, foreign_option};
/// assert_eq!(foreign_option("$order"), Some(ForeignOption::SameAs("orderby")));
/// assert_eq!(foreign_option("$fetchXml"), Some(ForeignOption::Dataverse("fetchXml")));
/// assert_eq!(foreign_option("mine"), None);
/// ```
#[must_use]
pub fn foreign_option(name: &str) -> Option<ForeignOption> {
    let bare = name.trim_start_matches("%24").trim_start_matches('$');
    let squashed: String =
        bare.chars().filter(|c| !matches!(c, '_' | '-' | '.')).map(|c| c.to_ascii_lowercase()).collect();
    WORDS.iter().find(|(word, _)| *word == squashed).map(|(_, meant)| *meant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::option_names::is_system;

    #[test]
    fn every_foreign_option_maps_to_an_existing_one_and_is_unique() {
        for (i, (word, meant)) in WORDS.iter().enumerate() {
            assert!(WORDS[..i].iter().all(|(w, _)| w != word), "{word} is there twice");
            if let SameAs(right) = meant {
                assert!(is_system(right), "{right}");
                assert!(!is_system(word) || word == right, "{word} is an option");
            }
        }
    }
}
