//! Prints syntax trees as FetchXML text, in a style that the caller chooses. The crate `ide` calls
//! [`print()`] to format queries and to write URLs.

use std::fmt;

use dvkit_diagnostic::Span;

use crate::ast::{Comment, Element, Fetch, Node, UnknownElement, Value};
use crate::xml::is_character;

/// The layout of printed FetchXML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrintStyle {
    /// The number of spaces for each level of nesting, with each element on its own line; `None` prints
    /// everything on one line without superfluous spaces.
    pub indent: Option<usize>,
    /// The quotes around the values of attributes.
    pub quotes: Quotes,
    /// Whether an element without content is printed with an end tag (`<order …></order>`), as some template
    /// engines require, instead of `<order … />`.
    pub explicit_close: bool,
    /// Whether the comments in the tree are printed.
    pub comments: bool,
}

/// The quotes that are printed around the values of attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quotes {
    /// Double quotes (`"`).
    #[default]
    Double,
    /// Single quotes (`'`), for queries within string literals of a program.
    Single,
}

impl Default for PrintStyle {
    /// Returns the default layout: two spaces for each level of nesting, double quotes, and comments.
    fn default() -> Self {
        Self { indent: Some(2), quotes: Quotes::Double, explicit_close: false, comments: true }
    }
}

impl PrintStyle {
    /// Returns the layout that prints everything on one line, without comments.
    #[must_use]
    pub fn minified() -> Self {
        Self { indent: None, comments: false, ..Self::default() }
    }
}

/// Prints a query in the given style. If the result is parsed, the tree is the same, except for spans and for
/// comments that the style omits.
///
/// Elements and attributes keep their order. An XML declaration is not part of the tree and is not printed.
///
/// ```
/// use fetchxml::{Quotes, PrintStyle, parse, print};
/// let fetch = parse("<fetch top='3'  ><entity name='contact'/></fetch>", &Default::default())?;
/// assert_eq!(print(&fetch, &PrintStyle::default()), "<fetch top=\"3\">\n  <entity name=\"contact\" />\n</fetch>");
/// let style = PrintStyle { quotes: Quotes::Single, explicit_close: true, ..PrintStyle::minified() };
/// assert_eq!(print(&fetch, &style), "<fetch top='3'><entity name='contact'></entity></fetch>");
/// # Ok::<(), dvkit_diagnostic::Diagnostic>(())
/// ```
#[must_use]
pub fn print(fetch: &Fetch<'_>, style: &PrintStyle) -> String {
    let mut printer = Printer { out: String::new(), style: *style, level: 0 };
    printer.document(fetch);
    printer.out
}

/// Prints the query on one line, with comments.
impl fmt::Display for Fetch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print(self, &PrintStyle { comments: true, ..PrintStyle::minified() }))
    }
}

struct Printer {
    out: String,
    style: PrintStyle,
    level: usize,
}

impl Printer {
    fn document(&mut self, fetch: &Fetch<'_>) {
        self.comments(&fetch.before, false);
        self.element(fetch);
        self.comments(&fetch.after, true);
    }

    fn comments(&mut self, comments: &[Comment<'_>], before: bool) {
        if !self.style.comments {
            return;
        }
        for comment in comments {
            if before {
                self.line();
            }
            self.comment(comment);
            if !before {
                self.line();
            }
        }
    }

    /// Begins a new line with its indentation, unless the style prints everything on one line.
    fn line(&mut self) {
        if let Some(indent) = self.style.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent.saturating_mul(self.level)));
        }
    }

    fn element<'s, E: Element<'s>>(&mut self, element: &E) {
        let mut attrs = Vec::new();
        element.each(&mut |name, span, raw| attrs.push((span, name, raw)));
        self.start(E::NAME, &mut attrs);
        self.content(E::NAME, element.children());
    }

    /// Prints the start tag of the element `name` up to its attributes (`<name a="b"`), without the end of
    /// the tag. `attrs` has for each attribute its position, its name and its value.
    fn start(&mut self, name: &str, attrs: &mut [(Span, &str, &str)]) {
        attrs.sort_by_key(|(span, ..)| span.start);
        self.out.push('<');
        self.out.push_str(name);
        let quote = match self.style.quotes {
            Quotes::Double => '"',
            Quotes::Single => '\'',
        };
        for (_, name, raw) in attrs {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push('=');
            self.out.push(quote);
            self.escaped(raw, Some(quote));
            self.out.push(quote);
        }
    }

    /// Prints the rest of the element `name` after its attributes: the end of the start tag, the children,
    /// and the end tag.
    fn content(&mut self, name: &str, children: &[Node<'_>]) {
        let comments = self.style.comments;
        let mut children = children.iter().filter(|n| comments || !matches!(n, Node::Comment(_))).peekable();
        if children.peek().is_none() {
            return self.empty(name);
        }
        self.out.push('>');
        self.level += 1;
        for child in children {
            self.line();
            self.node(child);
        }
        self.level -= 1;
        self.line();
        self.end(name);
    }

    fn empty(&mut self, name: &str) {
        if self.style.explicit_close {
            self.out.push('>');
            self.end(name);
        } else {
            self.out.push_str(if self.style.indent.is_some() { " />" } else { "/>" });
        }
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn node(&mut self, node: &Node<'_>) {
        match node {
            Node::Entity(n) => self.element(&**n),
            Node::AllAttributes(n) => self.element(&**n),
            Node::NoAttrs(n) => self.element(&**n),
            Node::Attribute(n) => self.element(&**n),
            Node::Order(n) => self.element(&**n),
            Node::LinkEntity(n) => self.element(&**n),
            Node::Filter(n) => self.element(&**n),
            Node::Condition(n) => self.element(&**n),
            Node::Value(n) => self.value(n),
            Node::Unknown(n) => self.unknown(n),
            Node::Comment(n) if self.style.comments => self.comment(n),
            Node::Comment(_) => {}
            Node::Text(n) => self.escaped(&n.text, None),
        }
    }

    /// Prints a `<value>` element on one line, because white space within it is part of the value.
    fn value(&mut self, value: &Value<'_>) {
        if value.text.is_empty() {
            return self.element(value);
        }
        let mut attrs = Vec::new();
        value.each(&mut |name, span, raw| attrs.push((span, name, raw)));
        self.start(Value::NAME, &mut attrs);
        self.out.push('>');
        // A parser would ignore a text of white space only.
        let blank = value.text.chars().all(|c| c.is_ascii_whitespace());
        let rest = match value.text.chars().next() {
            Some(first) if blank => {
                self.out.push_str(&format!("&#{};", u32::from(first)));
                &value.text[first.len_utf8()..]
            }
            _ => &value.text,
        };
        self.escaped(rest, None);
        self.inline(&value.children);
        self.end(Value::NAME);
    }

    fn unknown(&mut self, node: &UnknownElement<'_>) {
        let mut attrs: Vec<_> = node.other.iter().map(|o| (o.attr.name_span, o.name, &*o.attr.raw)).collect();
        self.start(node.name, &mut attrs);
        if !node.children.iter().any(|n| matches!(n, Node::Text(_))) {
            return self.content(node.name, &node.children);
        }
        self.out.push('>');
        self.inline(&node.children);
        self.end(node.name);
    }

    /// Prints children without white space between them.
    fn inline(&mut self, children: &[Node<'_>]) {
        let indent = self.style.indent.take();
        children.iter().for_each(|n| self.node(n));
        self.style.indent = indent;
    }

    fn comment(&mut self, comment: &Comment<'_>) {
        self.out.push_str("<!--");
        let mut last = ' ';
        for c in comment.text.chars().filter(|c| is_character(*c)) {
            // Two hyphens would end the comment.
            if last == '-' && c == '-' {
                self.out.push(' ');
            }
            self.out.push(c);
            last = c;
        }
        if last == '-' {
            self.out.push(' ');
        }
        self.out.push_str("-->");
    }

    /// Prints a text with the special characters of XML escaped, and without characters that XML does not
    /// permit. `quote` is the quote around the value of an attribute; `None` for a text between tags.
    fn escaped(&mut self, text: &str, quote: Option<char>) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' if quote == Some(c) => self.out.push_str("&quot;"),
                '\'' if quote == Some(c) => self.out.push_str("&apos;"),
                '\r' => self.out.push_str("&#13;"),
                '\n' if quote.is_some() => self.out.push_str("&#10;"),
                '\t' if quote.is_some() => self.out.push_str("&#9;"),
                c if is_character(c) => self.out.push(c),
                _ => {}
            }
        }
    }
}
