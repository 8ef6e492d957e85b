//! What other systems call the query options: older OData, SQL, other REST interfaces, JavaScript libraries.
//!
//! Consulted only for a name that is no option of OData.

/// What is meant by an option that OData does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherOption {
    /// The same under another name, its value written alike: `order` is `orderby`.
    Called(&'static str),
    /// An option of Dataverse's own, which has no `$`.
    Own(&'static str),
    /// `inlinecount=allpages` of OData 2 and 3, which is `count=true`.
    InlineCount,
    /// Something that is said in another way.
    Otherwise(&'static str),
}

use OtherOption::{Called, InlineCount, Otherwise, Own};

const PAGES: &str =
    "there are no offsets: follow `@odata.nextLink`, page by page (`Prefer: odata.maxpagesize=…`)";
const PAGE_SIZE: &str =
    "the size of a page is a header: `Prefer: odata.maxpagesize=…`; `$top` limits all rows";
const GROUPS: &str = "groups are made by `$apply=groupby((…),aggregate(…))`";
const HEADER: &str = "annotations are asked for by a header: `Prefer: odata.include-annotations=\"*\"`";

/// In lower case, without `_` and `-`; in the order of the alphabet.
const WORDS: &[(&str, OtherOption)] = &[
    ("aggregate", Otherwise(GROUPS)),
    ("annotations", Otherwise(HEADER)),
    ("attributes", Called("select")),
    ("columns", Called("select")),
    ("columnset", Called("select")),
    ("cols", Called("select")),
    ("condition", Called("filter")),
    ("conditions", Called("filter")),
    ("distinct", Otherwise("distinct values are groups: `$apply=groupby((…))`")),
    ("embed", Called("expand")),
    ("expands", Called("expand")),
    ("fetch", Own("fetchXml")),
    ("fetchxml", Own("fetchXml")),
    ("fetchxmlquery", Own("fetchXml")),
    ("fields", Called("select")),
    ("filterby", Called("filter")),
    ("filters", Called("filter")),
    ("first", Called("top")),
    ("group", Otherwise(GROUPS)),
    ("groupby", Otherwise(GROUPS)),
    ("having", Otherwise("groups cannot be filtered: filter the rows, `$apply=filter(…)/groupby(…)`")),
    ("include", Called("expand")),
    ("includeannotations", Otherwise(HEADER)),
    ("includes", Called("expand")),
    ("inlinecount", InlineCount),
    ("join", Otherwise("related rows come with `$expand=navigation($select=…)`")),
    ("limit", Called("top")),
    ("maxpagesize", Otherwise(PAGE_SIZE)),
    ("maxresults", Called("top")),
    ("maxrows", Called("top")),
    ("offset", Otherwise(PAGES)),
    ("order", Called("orderby")),
    ("orderby", Called("orderby")),
    ("ordering", Called("orderby")),
    ("page", Otherwise(PAGES)),
    ("pagenumber", Otherwise(PAGES)),
    ("pagesize", Otherwise(PAGE_SIZE)),
    ("perpage", Otherwise(PAGE_SIZE)),
    ("populate", Called("expand")),
    ("prefer", Otherwise("`Prefer` is a header of the request, not an option of its URL")),
    ("projection", Called("select")),
    ("properties", Called("select")),
    ("q", Otherwise("a search is a service of its own; `$filter=contains(…)` filters")),
    ("query", Otherwise("conditions stand in `$filter`, FetchXML in `fetchXml=`")),
    ("recordcount", Called("count")),
    ("rows", Called("top")),
    ("savedquery", Own("savedQuery")),
    ("sort", Called("orderby")),
    ("sortby", Called("orderby")),
    ("sql", Own("sql")),
    ("start", Otherwise(PAGES)),
    ("take", Called("top")),
    ("tag", Own("tag")),
    ("totalcount", Called("count")),
    ("userquery", Own("userQuery")),
    ("view", Own("savedQuery")),
    ("where", Called("filter")),
];

/// What another system's option means, by its name with or without `$`.
///
/// ```
/// use odata_parser::{OtherOption, other_option};
/// assert_eq!(other_option("$order"), Some(OtherOption::Called("orderby")));
/// assert_eq!(other_option("$fetchXml"), Some(OtherOption::Own("fetchXml")));
/// assert_eq!(other_option("mine"), None);
/// ```
#[must_use]
pub fn other_option(name: &str) -> Option<OtherOption> {
    let bare = name.trim_start_matches("%24").trim_start_matches('$');
    let squashed: String =
        bare.chars().filter(|c| !matches!(c, '_' | '-' | '.')).map(|c| c.to_ascii_lowercase()).collect();
    WORDS.iter().find(|(word, _)| *word == squashed).map(|(_, meant)| *meant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::options::is_system;

    #[test]
    fn every_word_leads_to_an_option_that_exists_and_stands_once() {
        for (i, (word, meant)) in WORDS.iter().enumerate() {
            assert!(WORDS[..i].iter().all(|(w, _)| w != word), "{word} is there twice");
            if let Called(right) = meant {
                assert!(is_system(right), "{right}");
                assert!(!is_system(word) || word == right, "{word} is an option");
            }
        }
    }
}
