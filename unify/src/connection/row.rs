//! Reads the members of a row from the text that the service sent.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::members::{Key, Members, NoObject};

/// The annotation that has a value as the organisation shows it.
pub(super) const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";

/// The annotation that has the table of a lookup's row.
pub(super) const LOOKUP_TABLE: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";

/// A row: its properties, each as the text that the service sent, so that no digit of a number is lost.
///
/// A page has thousands of rows, which are read for a caller who waits. Nothing is copied from a row unless it has
/// escapes, the annotations that the model needs are beside their property, and one `Row` is filled with all rows of a page
/// in turn: they have the same members in nearly the same order, so that most members are found where they were. What is
/// read from every row has a position that is asked for once.
#[derive(Debug, Default)]
pub(super) struct Row<'r> {
    /// The members that rows had, in the order in which they came first.
    members: Vec<Member<'r>>,
    /// The positions in `members` by name.
    by_name: HashMap<Cow<'r, str>, usize, RandomState>,
    /// The properties of the row. Those that were asked for come first.
    properties: Vec<Property<'r>>,
    /// The positions in `properties` by name.
    by_property: HashMap<Cow<'r, str>, usize, RandomState>,
    /// The number of properties that were asked for.
    asked_for: usize,
}

/// A member of rows: a property or an annotation.
#[derive(Debug)]
struct Member<'r> {
    /// The text of the key.
    key: &'r str,
    /// The position of the property.
    property: usize,
    part: PropertyPart,
    /// The position of the member that came after it in the last row.
    next: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PropertyPart {
    Value,
    Formatted,
    LookupTable,
}

/// A property of a row with its annotations, as JSON. What is null is not there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Property<'r> {
    value: Option<&'r str>,
    formatted: Option<&'r str>,
    lookup_table: Option<&'r str>,
}

impl<'r> Property<'r> {
    /// Reads a property of a related row that was expanded; `None` if the lookup is empty.
    pub(super) fn of_related(&self, name: &str) -> Option<Self> {
        let mut members = Members::new(self.value?).ok()?;
        let mut found = Self::default();
        while let Some(key) = members.key().ok()? {
            let value = members.value().ok()?;
            let part = match key.name.strip_prefix(name) {
                Some("") => PropertyPart::Value,
                Some(rest) => match rest.strip_prefix('@') {
                    Some(FORMATTED) => PropertyPart::Formatted,
                    Some(LOOKUP_TABLE) => PropertyPart::LookupTable,
                    _ => continue,
                },
                None => continue,
            };
            found.set(part, value);
        }
        Some(found)
    }

    fn part(&mut self, part: PropertyPart) -> &mut Option<&'r str> {
        match part {
            PropertyPart::Value => &mut self.value,
            PropertyPart::Formatted => &mut self.formatted,
            PropertyPart::LookupTable => &mut self.lookup_table,
        }
    }

    fn set(&mut self, part: PropertyPart, value: &'r str) {
        *self.part(part) = Some(value).filter(|text| *text != "null");
    }

    /// Returns the JSON of the value; `None` if the row does not have it or if it is null.
    pub(super) fn raw(&self) -> Option<&'r str> {
        self.value
    }

    /// Returns the value if it is a JSON string.
    pub(super) fn text(&self) -> Option<Cow<'r, str>> {
        self.value.and_then(string)
    }

    /// Returns the value as the organisation shows it.
    pub(super) fn formatted(&self) -> Option<Cow<'r, str>> {
        self.formatted.and_then(string)
    }

    /// Returns the table of the row to which a lookup leads.
    pub(super) fn lookup_table(&self) -> Option<Cow<'r, str>> {
        self.lookup_table.and_then(string)
    }
}

/// The number of different members after which what is known about them is forgotten. A table has some hundred columns.
const MAX_MEMBERS: usize = 10_000;

impl<'r> Row<'r> {
    /// Returns the position of a property, for [`Row::at`]. It has to be asked for before the first row.
    pub(super) fn position(&mut self, property: impl Into<Cow<'r, str>>) -> usize {
        let at = self.property_at(property.into());
        self.asked_for = self.properties.len();
        at
    }

    /// Parses another row in place of the one that it has.
    pub(super) fn fill(&mut self, text: &'r str) -> Result<(), NoObject> {
        if self.members.len() > MAX_MEMBERS {
            let Self { members, by_name, properties, by_property, asked_for } = self;
            members.clear();
            by_name.clear();
            properties.truncate(*asked_for);
            by_property.retain(|_, at| *at < *asked_for);
        }
        self.properties.fill(Property::default());
        let mut members = Members::new(text)?;
        let mut last: Option<usize> = None;
        loop {
            let expected = last.map_or(0, |last| self.members[last].next);
            let at = match self.members.get(expected) {
                Some(member) if members.skip_key(member.key) => expected,
                _ => match members.key()? {
                    Some(key) => self.member(key),
                    None => return Ok(()),
                },
            };
            if let Some(last) = last {
                self.members[last].next = at;
            }
            let Member { property, part, .. } = self.members[at];
            self.properties[property].set(part, members.value()?);
            last = Some(at);
        }
    }

    /// Returns the position of a member, which is added if rows did not have it so far.
    fn member(&mut self, Key { name, text: key }: Key<'r>) -> usize {
        if let Some(at) = self.by_name.get(&name) {
            return *at;
        }
        let (end, part) = match name.split_once('@') {
            Some((property, FORMATTED)) => (property.len(), PropertyPart::Formatted),
            Some((property, LOOKUP_TABLE)) => (property.len(), PropertyPart::LookupTable),
            // An annotation that the model does not need is a property of its own.
            _ => (name.len(), PropertyPart::Value),
        };
        let property = self.property_at(match &name {
            Cow::Borrowed(name) => Cow::Borrowed(&name[..end]),
            Cow::Owned(name) => Cow::Owned(name[..end].to_owned()),
        });
        let at = self.members.len();
        self.members.push(Member { key, property, part, next: at + 1 });
        self.by_name.insert(name, at);
        at
    }

    fn property_at(&mut self, name: Cow<'r, str>) -> usize {
        let properties = &mut self.properties;
        *self.by_property.entry(name).or_insert_with(|| {
            properties.push(Property::default());
            properties.len() - 1
        })
    }

    /// Returns the property at a position.
    pub(super) fn at(&self, position: usize) -> &Property<'r> {
        &self.properties[position]
    }

    /// Returns the JSON of a property or an annotation; `None` if the row does not have it or if it is null.
    pub(super) fn any(&self, name: &str) -> Option<&'r str> {
        let Member { property, part, .. } = self.members[*self.by_name.get(name)?];
        let mut property = self.properties[property];
        *property.part(part)
    }
}

/// Returns the text of a JSON string; `None` if `raw`, which is JSON, is none.
pub(super) fn string(raw: &str) -> Option<Cow<'_, str>> {
    let [b'"', inner @ .., b'"'] = raw.as_bytes() else { return None };
    match inner.contains(&b'\\') {
        true => serde_json::from_str(raw).ok().map(Cow::Owned),
        false => Some(Cow::Borrowed(&raw[1..raw.len() - 1])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl<'r> Row<'r> {
        fn parse(text: &'r str) -> Result<Self, NoObject> {
            let mut row = Self::default();
            row.fill(text)?;
            Ok(row)
        }
    }

    #[test]
    fn names_with_escapes_are_names() {
        let row = Row::parse(r#"{"\u0063":"x"}"#).expect("a row");
        assert_eq!(row.any("c").and_then(string).as_deref(), Some("x"));
    }

    #[test]
    fn annotations_are_found_by_their_property_and_by_their_whole_names() {
        let text = format!(
            r#"{{"a@{FORMATTED}":"A","a":1,"\u0062@{FORMATTED}":"B","c@{LOOKUP_TABLE}":"account","c@x.y":"X","d@{FORMATTED}":null}}"#
        );
        let row = Row::parse(&text).expect("a row");
        for (property, annotation, expected) in [
            ("a", FORMATTED, Some("A")),
            ("b", FORMATTED, Some("B")),
            ("c", FORMATTED, None),
            ("c", LOOKUP_TABLE, Some("account")),
            ("c", "x.y", Some("X")),
            ("d", FORMATTED, None),
            ("a", LOOKUP_TABLE, None),
        ] {
            let name = format!("{property}@{annotation}");
            assert_eq!(row.any(&name).and_then(string).as_deref(), expected, "{name}");
            let property = row.at(row.by_property[property]);
            match annotation {
                FORMATTED => assert_eq!(property.formatted().as_deref(), expected, "{name}"),
                LOOKUP_TABLE => assert_eq!(property.lookup_table().as_deref(), expected, "{name}"),
                _ => {}
            }
        }
        assert_eq!((row.any("a"), row.any("b"), row.any("c")), (Some("1"), None, None));
    }

    #[test]
    fn a_row_that_is_filled_again_is_the_other_row_alone() {
        let texts = [
            r#"{"a":1,"b":2,"b@x":"X","c":"3"}"#,
            r#"{"c":"4","a":5}"#,
            r#"{}"#,
            r#"{"d":6,"a":null,"c":"7","b":8,"b":9}"#,
            r#"{"a":1,"b":2,"b@x":"X","c":"3"}"#,
        ];
        let mut row = Row::default();
        let (at_c, at_none) = (row.position("c"), row.position(String::from("none")));
        assert_eq!(row.position("c"), at_c, "a property has one position");
        for (text, [a, b, x, c, d]) in texts.into_iter().zip([
            [Some("1"), Some("2"), Some("\"X\""), Some("\"3\""), None],
            [Some("5"), None, None, Some("\"4\""), None],
            [None; 5],
            [None, Some("9"), None, Some("\"7\""), Some("6")],
            [Some("1"), Some("2"), Some("\"X\""), Some("\"3\""), None],
        ]) {
            row.fill(text).expect("a row");
            assert_eq!((row.at(at_c).raw(), row.at(at_none).raw()), (c, None), "{text}");
            for (name, expected) in [("a", a), ("b", b), ("b@x", x), ("c", c), ("d", d)] {
                assert_eq!(row.any(name), expected, "{name} of {text}");
            }
        }
        assert_eq!(at_none, 1);
        assert!(row.fill("[1]").is_err(), "a list is no row");
    }

    #[test]
    fn what_is_known_about_members_is_forgotten_when_there_are_too_many() {
        let many: Vec<String> = (0..=MAX_MEMBERS).map(|n| format!("\"m{n}\":{n}")).collect();
        let many = format!("{{{}}}", many.join(","));
        let mut row = Row::default();
        let at = row.position("m7");
        row.fill(&many).expect("a row");
        assert_eq!(
            (row.members.len(), row.at(at).raw(), row.any("m9")),
            (MAX_MEMBERS + 1, Some("7"), Some("9"))
        );
        row.fill(r#"{"b":1,"m7":8}"#).expect("a row");
        assert_eq!((row.members.len(), row.properties.len(), row.by_property.len()), (2, 2, 2));
        assert_eq!((row.at(at).raw(), row.any("b"), row.any("m9")), (Some("8"), Some("1"), None));
    }

    #[test]
    fn a_property_of_a_related_row_has_its_annotations() {
        let text = format!(
            r#"{{"r":{{"name":"x","name@{FORMATTED}":"X","name@{LOOKUP_TABLE}":"t","name@a.b":1,"names":"y","nam":"z","other":null}},"n":null,"l":[]}}"#
        );
        let mut row = Row::default();
        let (r, n, l) = (row.position("r"), row.position("n"), row.position("l"));
        row.fill(&text).expect("a row");
        let name = row.at(r).of_related("name").expect("a related row");
        assert_eq!((name.raw(), name.text().as_deref()), (Some("\"x\""), Some("x")));
        assert_eq!((name.formatted().as_deref(), name.lookup_table().as_deref()), (Some("X"), Some("t")));
        for absent in ["other", "na", "absent"] {
            assert_eq!(row.at(r).of_related(absent).expect("a related row").raw(), None, "{absent}");
        }
        assert!(row.at(n).of_related("name").is_none() && row.at(l).of_related("name").is_none());
    }
}
