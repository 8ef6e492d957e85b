//! Reads and writes `TransitionData`, the allowed transitions of a status, which the metadata has as XML text:
//! `<allowedtransitions xmlns="…"><allowedtransition sourcestatusid="1" tostatusid="2" /></allowedtransitions>`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The reason for leaving out the transitions of a status, for
/// [`ImportedSchema::skip`](super::ImportedSchema::skip).
pub const UNREADABLE: &str = "their text is not the XML that was expected";

/// The XML namespace of the element `allowedtransitions`.
const NAMESPACE: &str = "http://schemas.microsoft.com/crm/2009/WebServices";

/// Returns the statuses to which the text `xml` allows a row in the status `status` to change, in ascending
/// order. Returns `None` if the text is not the expected XML. Transitions from other statuses are ignored.
#[must_use]
pub fn from_xml(status: i32, xml: &str) -> Option<Vec<i32>> {
    let mut rest = xml.trim_start();
    let (mut opened, mut closed) = (false, false);
    let mut targets = BTreeSet::new();
    while !rest.is_empty() {
        let (tag, after) = rest.strip_prefix('<')?.split_once('>')?;
        rest = after.trim_start();
        let empty = tag.ends_with('/');
        let tag = tag.strip_suffix('/').unwrap_or(tag).trim_end();
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        // Any prefix of the namespace may stand before the name.
        let (end, name) = name.strip_prefix('/').map_or((false, name), |name| (true, name));
        match (name.rsplit(':').next()?, end) {
            ("?xml", false) if !opened => {}
            ("allowedtransitions", false) if !opened => (opened, closed) = (true, empty),
            ("allowedtransitions", true) if opened && !closed => closed = true,
            ("allowedtransition", false) if opened && !closed => {
                let target = attribute(attributes, "tostatusid")?.parse().ok()?;
                let source = attribute(attributes, "sourcestatusid").map(str::parse);
                if source.transpose().ok()?.is_none_or(|source: i32| source == status) {
                    targets.insert(target);
                }
            }
            ("allowedtransition", true) if opened && !closed => {}
            _ => return None,
        }
    }
    closed.then(|| targets.into_iter().collect())
}

/// Returns the value of the attribute `wanted`, without white space around it.
fn attribute<'a>(mut attributes: &'a str, wanted: &str) -> Option<&'a str> {
    loop {
        let (name, rest) = attributes.split_once('=')?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = rest.get(1..)?.split_once(quote)?;
        if name.trim() == wanted {
            return Some(value.trim());
        }
        attributes = after;
    }
}

/// Returns the XML text by which a row in the status `status` may change to the statuses `targets`; the inverse
/// of [`from_xml`].
#[must_use]
pub fn to_xml(status: i32, targets: &[i32]) -> String {
    let mut xml = format!("<allowedtransitions xmlns=\"{NAMESPACE}\">");
    for target in targets {
        // Writing to a string cannot fail.
        let _ = write!(xml, "<allowedtransition sourcestatusid=\"{status}\" tostatusid=\"{target}\" />");
    }
    xml + "</allowedtransitions>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn transitions_are_read_from_every_spelling_of_the_xml() {
        let ok = |xml: &str| from_xml(1, xml).unwrap_or_else(|| panic!("{xml}"));
        assert_eq!(ok("<allowedtransitions/>"), [0_i32; 0]);
        assert_eq!(
            ok(
                "<?xml version=\"1.0\"?>\n<c:allowedtransitions xmlns:c='x'>\n <c:allowedtransition tostatusid = ' 6 ' sourcestatusid='1'></c:allowedtransition>\
                <c:allowedtransition tostatusid='5'/><c:allowedtransition tostatusid='5' sourcestatusid='1'/>\n</c:allowedtransitions >\n"
            ),
            [5, 6]
        );
        // What another status allows says nothing about this one.
        assert_eq!(
            ok(
                "<allowedtransitions><allowedtransition sourcestatusid='2' tostatusid='3'/></allowedtransitions>"
            ),
            [0_i32; 0]
        );
    }

    #[test]
    fn text_that_is_not_a_list_of_transitions_is_refused_as_a_whole() {
        for xml in [
            "",
            "transitions",
            "<allowedtransitions>",
            "<allowedtransition tostatusid='1'/>",
            "<allowedtransitions><allowedtransition/></allowedtransitions>",
            "<allowedtransitions><allowedtransition tostatusid='1/></allowedtransitions>",
            "<allowedtransitions><allowedtransition tostatusid='x'/></allowedtransitions>",
            "<allowedtransitions><allowedtransition tostatusid='5000000000'/></allowedtransitions>",
            "<allowedtransitions><allowedtransition tostatusid='1' sourcestatusid='x'/></allowedtransitions>",
            "<allowedtransitions><other/></allowedtransitions>",
            "<allowedtransitions></allowedtransitions><allowedtransitions/>",
            "<allowedtransitions/><allowedtransition tostatusid='1'/>",
            "<allowedtransitions é='1' ",
            "[1, 2]",
        ] {
            assert_eq!(from_xml(1, xml), None, "{xml}");
        }
    }

    proptest! {
        #[test]
        fn transitions_that_were_written_read_as_the_same(status: i32, targets in proptest::collection::btree_set(any::<i32>(), 0..9)) {
            let targets: Vec<i32> = targets.into_iter().collect();
            prop_assert_eq!(from_xml(status, &to_xml(status, &targets)), Some(targets));
        }

        #[test]
        fn no_text_stops_the_reader(xml in "(<|>|/|=|\"|'| |:|\\?xml|allowedtransitions?|tostatusid|1|é){0,30}") {
            let _ = from_xml(1, &xml);
        }
    }
}
