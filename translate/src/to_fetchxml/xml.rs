//! Builds and prints the XML of a translation: elements, indented, with all special characters escaped.
//!
//! The syntax tree of the crate `fetchxml` cannot be used, because it borrows from a parsed text. Here
//! elements are created without a text and changed afterwards.

use std::fmt::Write;

/// An XML element.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
    children: Vec<Element>,
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), text: None, children: Vec::new() }
    }

    /// Returns an element with the name `name` that contains only text.
    pub(super) fn text(name: &'static str, text: String) -> Self {
        Self { text: Some(text), ..Self::new(name) }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    pub(super) fn holding(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// Returns the number of elements with the name `name` in this element, counting the element itself.
    pub(super) fn count(&self, name: &str) -> usize {
        usize::from(self.name == name) + self.children.iter().map(|c| c.count(name)).sum::<usize>()
    }

    /// Returns whether this element or one within it is an `<entity>` or `<link-entity>` of the table
    /// `table`.
    pub(super) fn is_of(&self, table: &str) -> bool {
        let asks = matches!(self.name, "entity" | "link-entity");
        (asks && self.attributes.iter().any(|(name, value)| *name == "name" && value == table))
            || self.children.iter().any(|c| c.is_of(table))
    }

    /// Returns the XML text of the element, indented by two spaces for each level.
    pub(super) fn print(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        let _ = write!(out, "<{}", self.name);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"");
            escape(out, value);
            out.push('"');
        }
        if self.children.is_empty() && self.text.is_none() {
            out.push_str(" />");
            return;
        }
        out.push('>');
        if let Some(text) = &self.text {
            escape(out, text);
        } else if self.is_short() {
            self.children.iter().for_each(|child| child.write(out, depth));
        } else {
            for child in &self.children {
                let _ = write!(out, "\n{:1$}", "", 2 * (depth + 1));
                child.write(out, depth + 1);
            }
            let _ = write!(out, "\n{:1$}", "", 2 * depth);
        }
        let _ = write!(out, "</{}>", self.name);
    }

    /// Returns whether the element is printed on one line: it is a filter or a condition with one child that
    /// has no children.
    fn is_short(&self) -> bool {
        matches!(self.name, "filter" | "condition")
            && matches!(self.children.as_slice(), [only] if only.children.is_empty())
    }
}

/// Appends `text` to `out`, escaped so that it can be the content of an element or an attribute in double
/// quotes. Line breaks are escaped too, because an XML reader replaces them by spaces in attributes.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Returns a `<link-entity>` element for the rows of `table` whose column `from` equals the column `to` of
/// the enclosing element. `kind` is the value of its attribute `link-type`.
pub(super) fn link_element(table: &str, from: &str, to: &str, kind: &str) -> Element {
    Element::new("link-entity").with("name", table).with("from", from).with("to", to).with("link-type", kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_end_their_attribute() {
        let hostile = "\"/><x>&amp;'\n".to_owned();
        let element = Element::new("condition").with("value", hostile.clone());
        assert_eq!(element.print(), "<condition value=\"&quot;/&gt;&lt;x&gt;&amp;amp;'&#10;\" />");
        let element = Element::text("value", hostile);
        assert_eq!(element.print(), "<value>&quot;/&gt;&lt;x&gt;&amp;amp;'&#10;</value>");
    }

    #[test]
    fn an_element_is_printed_with_its_children_below_it() {
        let condition = || Element::new("condition").with("attribute", "n");
        let value = |text: &str| Element::text("value", text.to_owned());
        let link = link_element("b", "c", "d", "any");
        let root = Element::new("fetch").holding([Element::new("entity").with("name", "a").holding([
            Element::new("filter").holding([condition()]),
            Element::new("filter").holding([condition(), condition()]),
            Element::new("filter").holding([condition().holding([value("1")])]),
            Element::new("filter").holding([condition().holding([value("1"), value("2")])]),
            link.holding([Element::new("order")]),
        ])]);
        let expected = r#"<fetch>
  <entity name="a">
    <filter><condition attribute="n" /></filter>
    <filter>
      <condition attribute="n" />
      <condition attribute="n" />
    </filter>
    <filter>
      <condition attribute="n"><value>1</value></condition>
    </filter>
    <filter>
      <condition attribute="n">
        <value>1</value>
        <value>2</value>
      </condition>
    </filter>
    <link-entity name="b" from="c" to="d" link-type="any">
      <order />
    </link-entity>
  </entity>
</fetch>"#;
        assert_eq!(root.print(), expected);
        let counted = ["fetch", "filter", "condition", "value", "missing"].map(|name| root.count(name));
        assert_eq!(counted, [1, 4, 5, 3, 0]);
    }

    #[test]
    fn a_table_is_asked_by_an_entity_or_a_link_of_its_name() {
        let entity = |name: &str| Element::new("entity").with("alias", "x").with("name", name);
        let fetch = |inner: Element| Element::new("fetch").with("name", "a").holding([inner]);
        assert!(fetch(entity("a")).is_of("a"));
        assert!(!fetch(entity("b")).is_of("a"));
        assert!(!fetch(entity("b")).is_of("x"));
        assert!(fetch(entity("b").holding([link_element("a", "c", "d", "outer")])).is_of("a"));
        assert!(!fetch(Element::new("attribute").with("name", "a")).is_of("a"));
    }

    #[test]
    fn control_characters_are_written_by_their_numbers() {
        let element = Element::new("x").with("a", "\t\r\u{1}é€");
        assert_eq!(element.print(), "<x a=\"&#9;&#13;&#1;é€\" />");
    }
}
