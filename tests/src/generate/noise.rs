//! Adds random parts to queries that the queries do not need and may not have. Tests use them to ensure that
//! nothing in a query is ignored silently.

use fetchxml::ast::{ELEMENTS, attributes_of};

use super::Dice;

/// An addition to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noise {
    /// An attribute. The fields are the name of its element, its own name and its value.
    Attribute(String, String, String),
    /// An element within another one. The fields are the name of the outer element and its own name.
    Element(String, String),
    /// A comment.
    Comment,
    /// A text between elements.
    Text(String),
    /// A query option of a request. The fields are its name and its value.
    Option(String, String),
    /// A segment behind the path of a request. The field is its text.
    Segment(String),
}

/// Values for attributes of FetchXML. Some are valid for some attributes.
pub const VALUES: [&str; 24] = [
    "true",
    "false",
    "1",
    "0",
    "",
    "5",
    "name",
    "x",
    "{0}",
    "${word}",
    "retained",
    "archive",
    "union",
    "and",
    "or",
    "logical",
    "internal",
    "count",
    "year",
    "outer",
    "eq",
    "null",
    "CountChildren",
    "yes",
];

/// Names of attributes that no element of FetchXML has.
const FOREIGN: [&str; 9] =
    ["limit", "where", "foo", "Top", "x:y", "xmlns:x", "xmlns", "orderby", "datasources"];

/// Names of elements that FetchXML does not have.
const STRANGE: [&str; 7] = ["and", "group", "limit", "or", "x:y", "top", "savedquery"];

/// A start tag in a text: the name of its element, the byte offsets of the end of the name and of its `>`,
/// and whether the element is empty.
struct Tag<'t> {
    name: &'t str,
    name_end: usize,
    end: usize,
    empty: bool,
    text: &'t str,
}

fn tags(text: &str) -> Vec<Tag<'_>> {
    let starts = text.match_indices('<').map(|(at, _)| at);
    let starts = starts.filter(|at| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic()));
    starts
        .filter_map(|at| {
            let end = at + text[at..].find('>')?;
            let length = text[at + 1..end].find([' ', '/']).unwrap_or(end - at - 1);
            let name_end = at + 1 + length;
            let empty = text[..end].ends_with('/');
            Some(Tag { name: &text[at + 1..name_end], name_end, end, empty, text: &text[at..=end] })
        })
        .collect()
}

/// Returns a copy of the query for each possible addition of one attribute: every name, known or unknown,
/// with each of `values`, on every element that does not have the attribute yet. Each copy comes with its
/// addition.
pub fn every_attribute(text: &str, values: &[&str]) -> Vec<(String, Noise)> {
    let mut names: Vec<&str> = ELEMENTS
        .iter()
        .flat_map(|e| {
            let (own, others) = attributes_of(e);
            own.iter().chain(others).copied()
        })
        .chain(FOREIGN)
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut all = Vec::new();
    for tag in tags(text) {
        for name in names.iter().filter(|name| !tag.text.contains(&format!(" {name}="))) {
            for value in values {
                all.push(with_attribute(text, &tag, name, value));
            }
        }
    }
    all
}

fn with_attribute(text: &str, tag: &Tag<'_>, name: &str, value: &str) -> (String, Noise) {
    let (before, after) = text.split_at(tag.name_end);
    let noise = Noise::Attribute(tag.name.to_owned(), name.to_owned(), value.to_owned());
    (format!("{before} {name}=\"{value}\"{after}"), noise)
}

/// Returns a copy of the query for each possible addition of one element, known or unknown, at the beginning
/// of each element. Each copy comes with its addition.
pub fn every_element(text: &str) -> Vec<(String, Noise)> {
    let mut all = Vec::new();
    for tag in tags(text).into_iter().filter(|tag| !tag.empty) {
        for name in ELEMENTS.iter().chain(&STRANGE) {
            all.push(with_element(text, &tag, name, &format!("<{name}/>")));
        }
        let order = "<order attribute=\"createdon\"/>";
        all.push(with_element(text, &tag, "order", order));
    }
    all
}

fn with_element(text: &str, tag: &Tag<'_>, name: &str, element: &str) -> (String, Noise) {
    let (before, after) = text.split_at(tag.end + 1);
    (format!("{before}{element}{after}"), Noise::Element(tag.name.to_owned(), name.to_owned()))
}

/// Returns FetchXML with one random addition, and the addition.
pub fn noisy_fetch(dice: &mut Dice<'_>, text: &str) -> (String, Noise) {
    let all = tags(text);
    let tag = &all[dice.roll(all.len())];
    let inside: Vec<&Tag<'_>> = all.iter().filter(|tag| !tag.empty).collect();
    let holder = inside.get(dice.roll(inside.len())).copied();
    match (dice.roll(8), holder) {
        (0, Some(holder)) => with_element(text, holder, STRANGE[dice.roll(STRANGE.len())], {
            let content = [
                "<and/>",
                "<group><x/></group>",
                "<limit>5</limit>",
                "<or a=\"b\"/>",
                "<x:y/>",
                "<top/>",
                "<savedquery/>",
            ];
            content[dice.roll(content.len())]
        }),
        (1, Some(holder)) => {
            let name = ELEMENTS[dice.roll(ELEMENTS.len())];
            with_element(text, holder, name, &format!("<{name}/>"))
        }
        // Within a `value` element it would be part of the value.
        (2, Some(holder)) if holder.name != "value" => {
            let (before, after) = text.split_at(holder.end + 1);
            let words = ["{0}", "${conditions}", "and", "x"];
            let word = words[dice.roll(words.len())];
            (format!("{before}{word}{after}"), Noise::Text(word.to_owned()))
        }
        (3, Some(holder)) => {
            let (before, after) = text.split_at(holder.end + 1);
            (format!("{before}<!-- so -->{after}"), Noise::Comment)
        }
        (4, _) => {
            let name = FOREIGN[dice.roll(FOREIGN.len())];
            with_attribute(text, tag, name, VALUES[dice.roll(VALUES.len())])
        }
        _ => {
            // Mostly an attribute that the element knows.
            let of = if dice.roll(4) == 0 { ELEMENTS[dice.roll(ELEMENTS.len())] } else { tag.name };
            let (own, others) = attributes_of(of);
            let names: Vec<&str> = own.iter().chain(others).copied().collect();
            let name = dice.pick(&names).copied().unwrap_or("limit");
            if tag.text.contains(&format!(" {name}=")) {
                return with_attribute(text, tag, "foo", "x");
            }
            with_attribute(text, tag, name, VALUES[dice.roll(VALUES.len())])
        }
    }
}

/// Returns a request with one random addition, and the addition.
pub fn noisy_request(dice: &mut Dice<'_>, text: &str) -> (String, Noise) {
    let options = [
        ("tag", "x"),
        ("partitionId", "a"),
        ("UnMaskedData", "true"),
        ("foo", "bar"),
        ("limit", "5"),
        ("api-version", "9.2"),
        ("@p9", "1"),
        ("$format", "json"),
        ("$id", "x"),
        ("$levels", "2"),
        ("savedQuery", "00000000-0000-0000-0000-000000000001"),
    ];
    if dice.roll(6) == 0 {
        let casts =
            ["Microsoft.Dynamics.CRM.account", "Microsoft.Dynamics.CRM.RetrieveUnpublishedMultiple()"];
        let cast = casts[dice.roll(casts.len())];
        let end = text.find('?').unwrap_or(text.len());
        let (before, after) = text.split_at(end);
        return (format!("{before}/{cast}{after}"), Noise::Segment(cast.to_owned()));
    }
    let (name, value) = options[dice.roll(options.len())];
    let sign = if text.contains('?') { '&' } else { '?' };
    (format!("{text}{sign}{name}={value}"), Noise::Option(name.to_owned(), value.to_owned()))
}
