//! Builds the syntax tree of FetchXML from XML tokens, and corrects misspelt names and values.
//! [`parse`](crate::parse) and the other entry points of the crate call it.

mod ends;

use std::borrow::Cow;

use dvkit_diagnostic::{Diagnostic, Severity, Span, Suggestion, code, suggest};

use crate::ast::{
    AllAttributes, AllowedValues, Attribute, Comment, Condition, ELEMENTS, Element, Entity, Fetch, Filter,
    LinkEntity, NoAttrs, Node, Order, OtherAttribute, Text, TextAttr, TextNode, UnknownElement, Value,
};
use crate::ast::{Attr, Keyword as _, Operator, SetResult};
use crate::misspellings;
use crate::report::{Report, error};
use crate::xml::{RawAttr, Scanner, Start, Token};
use crate::{ParseOptions, rules, step_counter};

/// Elements of other languages, each with the element of FetchXML that a user means by it.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("column", "attribute"),
    ("field", "attribute"),
    ("link", "link-entity"),
    ("join", "link-entity"),
    ("orderby", "order"),
    ("sort", "order"),
    ("where", "filter"),
];

const NO_FETCH: &str = "there is no `fetch` element";

/// Parses a text. Returns the tree of the corrected text, and the diagnostics in the order of the text.
pub(crate) fn parse<'s>(text: &'s str, options: &ParseOptions) -> (Fetch<'s>, Vec<Diagnostic>) {
    let whole = Span::new(0, text.len());
    if text.len() > options.limits.length {
        let message = format!("the text has {} bytes, the limit is {}", text.len(), options.limits.length);
        return (Fetch::default(), vec![error(code::TOO_LONG, whole, message)]);
    }
    if text.trim().is_empty() {
        return (Fetch::default(), vec![error(code::EMPTY, whole, "there is nothing to read")]);
    }
    if !text.contains('<') {
        return (Fetch::default(), vec![error(code::NOT_A_FETCH, whole, NO_FETCH)]);
    }
    let (fetch, report) = parse_into(Report::default(), text, options);
    (fetch, report.into_diagnostics())
}

/// Returns whether [`parse`] finds no error. Parsing stops at the first one.
pub(crate) fn is_valid(text: &str, options: &ParseOptions) -> bool {
    text.len() <= options.limits.length
        && text.contains('<')
        && !parse_into(Report::of_one_error(), text, options).1.has_errors()
}

/// Parses a text until the report is full. Returns the tree and the report.
fn parse_into<'s>(report: Report, text: &'s str, options: &ParseOptions) -> (Fetch<'s>, Report) {
    let mut xml = Scanner::new(text, options.placeholders);
    xml.report = report;
    let mut builder = Parser { xml, text, options, open: Vec::new(), pending: None, elements: 0 };
    let fetch = builder.document();
    builder.xml.undeclared();
    let mut report = builder.xml.report;
    // Where the text is not a query, its missing parts are not reported.
    if fetch.span != Span::default() && !report.is_full() {
        rules::check(&fetch, text, &mut report);
    }
    (fetch, report)
}

struct Parser<'s, 'o> {
    xml: Scanner<'s>,
    text: &'s str,
    options: &'o ParseOptions,
    /// The names of the elements that enclose the current position, outermost first.
    open: Vec<&'s str>,
    /// An end tag that was read within an element, but closes an enclosing element. If there is one, it is
    /// the next token.
    pending: Option<Token<'s>>,
    elements: usize,
}

impl<'s> Parser<'s, '_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.xml.report.push(diagnostic);
    }

    fn next(&mut self) -> Token<'s> {
        self.pending.take().unwrap_or_else(|| self.xml.next())
    }

    /// Parses the whole text: the `<fetch>` element, and comments before and after it.
    fn document(&mut self) -> Fetch<'s> {
        let mut fetch = Fetch::default();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut roots = 0;
        loop {
            match self.next() {
                Token::Eof => break,
                Token::Comment(span, text) => {
                    if roots == 0 { &mut before } else { &mut after }.push(Comment { span, text });
                }
                Token::Text(span, text) => self.stray_text(span, &text),
                Token::End(end) => self.stray_end(end),
                Token::Start(start) => {
                    roots += 1;
                    let name = self.meant(start);
                    match name {
                        _ if roots > 1 => {
                            let end = self.skip(start);
                            let span = start.span.to(end);
                            self.report(
                                error(
                                    code::STRAY_TEXT,
                                    start.name_span,
                                    "a query has one `fetch`, and nothing behind it",
                                )
                                .suggest(Suggestion::maybe(
                                    "leave this out",
                                    span,
                                    "",
                                )),
                            );
                        }
                        Some("fetch") => fetch = self.element(start),
                        _ => self.other_root(start),
                    }
                }
            }
        }
        if roots == 0 && !self.xml.report.is_full() {
            let whole = Span::new(0, self.text.len());
            self.report(error(code::NOT_A_FETCH, whole, NO_FETCH));
        }
        (fetch.before, fetch.after) = (before, after);
        fetch
    }

    /// Reports a root element other than `<fetch>`, and skips it.
    fn other_root(&mut self, start: Start<'s>) {
        self.skip(start);
        let message = format!("the outermost element of a query is `fetch`, not `{}`", start.name);
        let diagnostic = error(code::NOT_A_FETCH, start.name_span, message);
        self.report(match start.name {
            "entity" => diagnostic.help("put `<fetch>` and `</fetch>` around it"),
            "savedquery" | "savedqueries" | "view" | "grid" | "layoutxml" => {
                diagnostic.help("the query of a view is in its `fetchxml`")
            }
            _ => diagnostic,
        });
    }

    /// Parses an element and its content without adding them to the tree. Returns the span of its end tag, or
    /// of the tag itself if it is `<…/>`.
    fn skip(&mut self, start: Start<'s>) -> Span {
        self.open_element(start, |b| {
            let mut node = UnknownElement::default();
            b.unknown_children(start, &mut node)
        })
    }

    /// Calls `within` to parse the content of an element, unless the element is `<…/>` or exceeds a limit.
    /// Returns the span of the end tag, which `within` returns; if `within` is not called, the span of the
    /// start tag.
    fn open_element(&mut self, start: Start<'s>, within: impl FnOnce(&mut Self) -> Span) -> Span {
        let limits = self.options.limits;
        self.elements += 1;
        let problem = if self.open.len() >= limits.depth {
            Some((code::TOO_DEEP, format!("elements are nested deeper than {}", limits.depth)))
        } else if self.elements > limits.elements {
            Some((code::TOO_LONG, format!("the text has more than {} elements", limits.elements)))
        } else {
            None
        };
        if let Some((code, message)) = problem {
            self.report(error(code, start.span, message));
            self.xml.give_up();
            return start.span;
        }
        if start.empty {
            return start.span;
        }
        self.open.push(start.name);
        let depth = self.open.len();
        let end = within(self);
        self.open.truncate(depth - 1);
        end
    }

    /// Returns the name of the FetchXML element that the start tag means; `None` if it means none. A name in
    /// another spelling is reported with a fix.
    fn meant(&mut self, start: Start<'s>) -> Option<&'static str> {
        let name = known_element(start.name)?;
        if name == start.name {
            return Some(name);
        }
        let (code, message) = if name.eq_ignore_ascii_case(start.name) {
            (code::XML_CASE, format!("`{}` is written `{name}`: case counts in XML", start.name))
        } else {
            (
                code::UNKNOWN_ELEMENT,
                format!("FetchXML has no element `{}`; it is called `{name}`", start.name),
            )
        };
        let diagnostic = error(code, start.name_span, message).suggest(self.rename(start, name));
        self.report(diagnostic);
        Some(name)
    }

    /// Returns a fix that replaces the name in the start tag by `name`, and also in the end tag if that is
    /// easily found.
    fn rename(&self, start: Start<'s>, name: &str) -> Suggestion {
        let fix = Suggestion::fix(format!("write `{name}`"), start.name_span, name);
        if start.empty {
            return fix;
        }
        // The first end tag of that name belongs to this element, unless another element of that name is within.
        let rest = self.text.get(start.span.range().end..).unwrap_or_default();
        let window = (0..=rest.len().min(64 << 10)).rev().find_map(|n| rest.get(..n)).unwrap_or_default();
        step_counter::count(window.len());
        let Some(n) = find_tag(window, "</", start.name) else { return fix };
        match find_tag(&window[..n], "<", start.name) {
            Some(_) => fix,
            None => {
                let at = start.span.range().end + n + 2;
                fix.and_edit(Span::new(at, at + start.name.len()), name)
            }
        }
    }

    /// Parses the element of a start tag with its attributes and children, up to its end tag.
    fn element<E: Element<'s>>(&mut self, start: Start<'s>) -> E {
        let mut element = E::default();
        self.attributes(start, &mut element);
        let end = self.open_element(start, |b| b.children(start, &mut element));
        element.set_spans(start.span.to(end), start.name_span);
        element
    }

    fn attributes<E: Element<'s>>(&mut self, start: Start<'s>, element: &mut E) {
        let mut attrs = std::mem::take(&mut self.xml.attrs);
        for RawAttr { name_span, name, value_span, value } in attrs.drain(..) {
            let attr = Attr::with_spans(name_span, value_span, value);
            let (name, attr) = match self.set(start, name, attr, element) {
                Ok(()) => continue,
                Err(unset) => unset,
            };
            step_counter::count(element.other_mut().len());
            // Two spellings may mean the same attribute.
            if element.other_mut().iter().any(|other| other.name == name) {
                self.twice(name, name_span);
                continue;
            }
            element.other_mut().push(OtherAttribute { name, attr });
        }
        // The allocation is reused.
        self.xml.attrs = attrs;
    }

    /// Sets the field of `element` for the attribute `name`. If the element has no such field, returns the
    /// name and the attribute as an error, and the caller keeps them as an unknown attribute.
    fn set<E: Element<'s>>(
        &mut self,
        start: Start<'s>,
        name: &'s str,
        attr: TextAttr<'s>,
        element: &mut E,
    ) -> Result<(), (&'s str, TextAttr<'s>)> {
        let mut field = name;
        if !E::FIELDS.contains(&name) {
            let foreign = name.contains(':') || name == "xmlns";
            if foreign || E::LEGACY.contains(&name) {
                return Err((name, attr));
            }
            match self.meant_attribute::<E>(start, name, attr.name_span) {
                Some(known) if E::FIELDS.contains(&known) => field = known,
                Some(known) => return Err((known, attr)),
                None => return Err((name, attr)),
            }
        }
        let (name_span, value_span) = (attr.name_span, attr.value_span);
        let raw = attr.raw.clone();
        let reading = element.set(field, attr, &mut |set, raw| self.meant_value(set, raw));
        match reading {
            SetResult::Read => {}
            SetResult::Duplicate => self.twice(field, name_span),
            SetResult::Corrected(set, right) => self.wrong_value(field, set, &raw, value_span, Some(right)),
            SetResult::Invalid(AllowedValues::Names(names))
                if misspellings::foreign::counted(&raw, names).is_some() =>
            {
                if let Some(counted) = misspellings::foreign::counted(&raw, names) {
                    self.counted_operator(start, &raw, value_span, counted);
                }
            }
            SetResult::Invalid(set) => self.wrong_value(field, set, &raw, value_span, None),
        }
        Ok(())
    }

    /// Reports the operator `raw`, whose name contains a number, such as `last-30-days`. A fix writes the
    /// operator `right`, and `number` as the attribute `value`.
    fn counted_operator(&mut self, start: Start<'s>, raw: &str, span: Span, (right, number): (&str, u32)) {
        let message = format!("`{raw}` is written as the operator `{right}` with the value {number}");
        let mut diagnostic = error(code::CONDITION_OPERATOR, span, message);
        let quote = self.text.get(span.range().end..).and_then(|t| t.chars().next());
        if let Some(quote) =
            quote.filter(|q| matches!(q, '"' | '\'')).filter(|_| !self.xml_has(start, "value"))
        {
            let behind = Span::at(span.range().end + 1);
            diagnostic = diagnostic.suggest(
                Suggestion::fix(format!("write `{right}` and {number}"), span, right)
                    .and_edit(behind, format!(" value={quote}{number}{quote}")),
            );
        }
        self.report(diagnostic);
    }

    fn twice(&mut self, name: &str, span: Span) {
        self.report(error(code::DUPLICATE_ATTRIBUTE, span, format!("the attribute `{name}` is there twice")));
    }

    /// Reports the attribute `name`, which the element does not have. Returns the attribute that was meant;
    /// `None` if this is not certain.
    fn meant_attribute<E: Element<'s>>(
        &mut self,
        start: Start<'s>,
        name: &'s str,
        span: Span,
    ) -> Option<&'static str> {
        let all = || E::FIELDS.iter().chain(E::LEGACY).copied();
        if let Some(known) = all().find(|n| n.eq_ignore_ascii_case(name)) {
            let message = format!("`{name}` is written `{known}`: case counts in XML");
            let fix = Suggestion::fix(format!("write `{known}`"), span, known);
            self.report(error(code::XML_CASE, span, message).suggest(fix));
            return Some(known);
        }
        let message = format!("`{}` has no attribute `{name}`", E::NAME);
        if let Some(known) = suggest::unambiguous_typo(name, all().map(|n| (n, None)))
            && !self.xml_has(start, known)
        {
            let fix = Suggestion::fix(format!("did you mean `{known}`?"), span, known);
            self.report(error(code::UNKNOWN_ATTRIBUTE, span, message).suggest(fix));
            return all().find(|n| *n == known);
        }
        let mut diagnostic = Diagnostic::warning(code::UNKNOWN_ATTRIBUTE, span, message);
        if let Some(known) = misspellings::foreign::attribute(E::NAME, name) {
            let diagnostic = diagnostic.suggest(Suggestion::maybe(
                format!("`{}` calls it `{known}`", E::NAME),
                span,
                known,
            ));
            self.report(diagnostic);
            return None;
        }
        for close in suggest::ranked(name, all(), 2) {
            diagnostic =
                diagnostic.suggest(Suggestion::maybe(format!("did you mean `{close}`?"), span, close));
        }
        self.report(diagnostic);
        None
    }

    /// Returns whether the start tag also has the attribute `name` in its right spelling. Then no other
    /// attribute of the tag can mean it.
    fn xml_has(&self, start: Start<'s>, name: &str) -> bool {
        let tag = self.text.get(start.span.range()).unwrap_or_default();
        tag.split(|c: char| c.is_ascii_whitespace() || c == '=').any(|word| word == name)
    }

    /// Returns the one of the allowed values `set` that the invalid value `raw` means; `None` if this is not
    /// certain.
    fn meant_value(&self, set: AllowedValues, raw: &str) -> Option<&'static str> {
        match set {
            AllowedValues::Bool => misspellings::boolean(raw),
            AllowedValues::Names(names)
                if misspellings::is_placeholder(raw)
                    || misspellings::foreign::counted(raw, names).is_some() =>
            {
                None
            }
            AllowedValues::Names(names) => misspellings::meant(raw, names),
            AllowedValues::Number | AllowedValues::Anything => None,
        }
    }

    fn wrong_value(
        &mut self,
        name: &str,
        set: AllowedValues,
        raw: &str,
        span: Span,
        right: Option<&'static str>,
    ) {
        if misspellings::is_placeholder(raw) {
            return;
        }
        let code = if name == "operator" { code::CONDITION_OPERATOR } else { code::BAD_ATTRIBUTE_VALUE };
        let what = match set {
            AllowedValues::Bool => "`true` or `false`".to_owned(),
            AllowedValues::Number => "a whole number".to_owned(),
            AllowedValues::Names(_) if name == "operator" => {
                format!("one of the {} condition operators", Operator::ALL.len())
            }
            AllowedValues::Names(names) => {
                names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
            }
            AllowedValues::Anything => return,
        };
        let message = match right {
            Some(right) => format!("`{name}` cannot be `{raw}`; it is written `{right}`"),
            None if raw.is_empty() => format!("`{name}` has no value"),
            None => format!("`{name}` cannot be `{raw}`"),
        };
        // How strict the service is about capitals is not documented.
        let by_case = right.is_some_and(|r| r.eq_ignore_ascii_case(raw));
        let severity = if by_case { Severity::Warning } else { Severity::Error };
        let mut diagnostic = Diagnostic::new(code, severity, span, message);
        match (right, set) {
            (Some(right), _) => {
                diagnostic = diagnostic.suggest(Suggestion::fix(format!("write `{right}`"), span, right));
            }
            (None, set) => {
                let close = if let AllowedValues::Names(names) = set {
                    misspellings::close(raw, names)
                } else {
                    Vec::new()
                };
                diagnostic = diagnostic.help(format!("it is {what}"));
                for word in close {
                    diagnostic =
                        diagnostic.suggest(Suggestion::maybe(format!("did you mean `{word}`?"), span, word));
                }
            }
        }
        self.report(diagnostic);
    }

    /// Parses the children of `element` up to its end tag. Returns the span of the end tag.
    fn children<E: Element<'s>>(&mut self, start: Start<'s>, element: &mut E) -> Span {
        let leaf = crate::xml::LEAVES.contains(&E::NAME) || E::NAME == "condition";
        loop {
            let token = self.next();
            match token {
                Token::Start(child) => {
                    // An element that has no such children was never closed.
                    if leaf
                        && known_element(child.name).is_some_and(|n| E::NAME != "condition" || n != "value")
                    {
                        self.unclosed_leaf(start);
                        self.pending = Some(token);
                        return start.span;
                    }
                    let name = self.meant(child);
                    let node = self.child(child, name, E::NAME);
                    element.children_mut().push(node);
                }
                Token::Text(span, text) => {
                    if let Some((slot, set_spans)) = element.text_mut() {
                        // Parts that comments and `<![CDATA[` separate are one text.
                        if slot.is_empty() {
                            (*slot, *set_spans) = (text, span);
                        } else {
                            slot.to_mut().push_str(&text);
                            *set_spans = set_spans.to(span);
                        }
                    } else if !text.trim().is_empty() {
                        if !(self.options.placeholders && misspellings::is_placeholder(&text)) {
                            self.stray_text(span, &text);
                        }
                        let text = Cow::Owned(text.trim().to_owned());
                        element.children_mut().push(Node::Text(TextNode { span, text }));
                    }
                }
                Token::Comment(span, text) => {
                    element.children_mut().push(Node::Comment(Comment { span, text }));
                }
                Token::End(_) | Token::Eof => {
                    if let Some(end) = self.ends(start, token) {
                        return end;
                    }
                }
            }
        }
    }

    /// Parses one child of the element `parent`. `name` is the name of the FetchXML element that the child's
    /// start tag means; `None` if it means none.
    fn child(&mut self, start: Start<'s>, name: Option<&'static str>, parent: &'static str) -> Node<'s> {
        let node = match name {
            Some("entity") => Node::Entity(Box::new(self.element::<Entity<'s>>(start))),
            Some("all-attributes") => Node::AllAttributes(Box::new(self.element::<AllAttributes<'s>>(start))),
            Some("no-attrs") => Node::NoAttrs(Box::new(self.element::<NoAttrs<'s>>(start))),
            Some("attribute") => Node::Attribute(Box::new(self.element::<Attribute<'s>>(start))),
            Some("order") => Node::Order(Box::new(self.element::<Order<'s>>(start))),
            Some("link-entity") => Node::LinkEntity(Box::new(self.element::<LinkEntity<'s>>(start))),
            Some("filter") => Node::Filter(Box::new(self.element::<Filter<'s>>(start))),
            Some("condition") => Node::Condition(Box::new(self.element::<Condition<'s>>(start))),
            Some("value") => Node::Value(Box::new(self.element::<Value<'s>>(start))),
            _ => {
                if name.is_none() && !start.name.contains(':') {
                    let message = format!("FetchXML has no element `{}`", start.name);
                    let mut diagnostic = Diagnostic::warning(code::UNKNOWN_ELEMENT, start.name_span, message);
                    if let Some(how) = misspellings::foreign::element(start.name) {
                        diagnostic = diagnostic.help(how);
                    } else if let Some(close) = suggest::closest(start.name, ELEMENTS) {
                        diagnostic = diagnostic.help(format!("did you mean `{close}`?"));
                    }
                    self.report(diagnostic);
                }
                Node::Unknown(Box::new(self.unknown(start)))
            }
        };
        if let Some(name) = name
            && !rules::may_stand_in(name, parent)
        {
            self.report(rules::misplaced(name, parent, start.name_span, node.span()));
        }
        node
    }

    /// Parses an element that FetchXML does not define, with its content, which is not checked.
    fn unknown(&mut self, start: Start<'s>) -> UnknownElement<'s> {
        let mut node =
            UnknownElement { name: start.name, name_span: start.name_span, ..UnknownElement::default() };
        node.other.extend(self.xml.attrs.drain(..).map(|a| OtherAttribute {
            name: a.name,
            attr: Attr { name_span: a.name_span, value_span: a.value_span, raw: a.value, value: Some(Text) },
        }));
        let end = self.open_element(start, |b| b.unknown_children(start, &mut node));
        node.span = start.span.to(end);
        node
    }

    fn unknown_children(&mut self, start: Start<'s>, node: &mut UnknownElement<'s>) -> Span {
        loop {
            let token = self.next();
            match token {
                Token::Start(child) => node.children.push(Node::Unknown(Box::new(self.unknown(child)))),
                Token::Text(span, text) => {
                    let text = match text {
                        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
                    };
                    match node.children.last_mut() {
                        _ if text.is_empty() => {}
                        // Parts that `<![CDATA[` separates are one text.
                        Some(Node::Text(last)) => last.text.to_mut().push_str(&text),
                        _ => node.children.push(Node::Text(TextNode { span, text })),
                    }
                }
                Token::Comment(span, text) => node.children.push(Node::Comment(Comment { span, text })),
                Token::End(_) | Token::Eof => {
                    if let Some(end) = self.ends(start, token) {
                        return end;
                    }
                }
            }
        }
    }
}

/// Returns the FetchXML element that `name` means. `name` may differ from it in letter case or by a typo, or
/// be its name in another language. Returns `None` if `name` means no element.
fn known_element(name: &str) -> Option<&'static str> {
    if let Some(known) = ELEMENTS.iter().find(|n| **n == name) {
        return Some(known);
    }
    if name.contains(':') {
        return None;
    }
    if let Some(known) = ELEMENTS.iter().find(|n| n.eq_ignore_ascii_case(name)) {
        return Some(known);
    }
    let lower = name.to_ascii_lowercase();
    let other = OTHER_NAMES.iter().find(|(n, _)| *n == lower).map(|(_, n)| *n);
    let meant = other.or_else(|| suggest::unambiguous_typo(name, ELEMENTS.map(|n| (n, None))))?;
    ELEMENTS.into_iter().find(|n| *n == meant)
}

/// Returns the byte offset in `text` of the first tag with the name `name`; `None` if there is none. `lead`
/// is `<` for start tags and `</` for end tags.
fn find_tag(text: &str, lead: &str, name: &str) -> Option<usize> {
    text.match_indices(lead).map(|(n, _)| n).find(|n| {
        text[n + lead.len()..]
            .strip_prefix(name)
            .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')))
    })
}
