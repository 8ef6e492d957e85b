//! Reads Razor pages and components: their C# and their HTML, each by its own reader.
//!
//! A page is cut into C# (`@{ … }`, `@code { … }`, `@if (…) { … }`, `@(…)`, `@Model.Name`) and HTML, also where
//! one is within the other. The C# is put together as one class, so that a variable of one block is known in the
//! next. In the HTML, an expression is a placeholder. No well-kept grammar reads both, and what is between them is
//! little: brackets, and the tags that begin and end HTML within C#.

use std::sync::Arc;

use crate::embedded::{EscapeWith, FoundText, Host, SourceFile, nested, verbatim};

use super::pieces::Pieces;
use super::razor_skip::{find, is_word, literal, raw_name};

/// The maximum depth of blocks, elements and strings within one another. What is deeper is passed over.
const MAX_DEPTH: usize = 64;

/// The words that begin a statement of C# behind `@`.
const STATEMENTS: [&str; 9] = ["if", "for", "foreach", "while", "switch", "lock", "using", "try", "do"];

/// The words that continue a statement behind a block.
const CONTINUATIONS: [&str; 4] = ["else", "catch", "finally", "while"];

/// The words that begin a directive, which ends with its line.
const DIRECTIVES: [&str; 18] = [
    "model",
    "using",
    "inject",
    "page",
    "inherits",
    "layout",
    "implements",
    "namespace",
    "attribute",
    "addTagHelper",
    "removeTagHelper",
    "tagHelperPrefix",
    "typeparam",
    "preservewhitespace",
    "rendermode",
    "formname",
    "key",
    "ref",
];

/// The elements that have no end tag.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Returns the queries of a Razor file.
pub(in crate::embedded) fn read(file: &SourceFile) -> Vec<FoundText> {
    let source = file.text();
    let mut cut = Cut {
        source,
        bytes: source.as_bytes(),
        stack: vec![Mode::Markup(Markup::new(End::File))],
        page: Pieces::default(),
        body: Pieces::default(),
        members: Pieces::default(),
        in_members: 0,
    };
    cut.run();
    let mut found = Vec::new();
    if !cut.body.is_empty() || !cut.members.is_empty() {
        let mut code = Pieces::default();
        code.synthetic("class Page {\n");
        code.append(cut.members);
        code.synthetic("\nvoid Render() {\n");
        code.append(cut.body);
        code.synthetic("\n} }");
        found.extend(nested::read(Host::CSharp, &code.text(source, &verbatim())));
    }
    let in_markup = Arc::new(EscapeWith(|text| Some(text.replace('@', "@@")))) as Arc<_>;
    found.extend(nested::read(Host::Html, &cut.page.text(source, &in_markup)));
    found.sort_by_key(|text| text.text.host_range().map_or(0, |range| range.start));
    found
}

/// What is read at a position.
#[derive(Debug)]
enum Mode {
    Markup(Markup),
    Code(Code),
}

/// HTML.
#[derive(Debug)]
struct Markup {
    end: End,
    /// Whether the position is within a tag.
    in_tag: bool,
    /// The quote around the attribute's value at the position.
    quote: Option<u8>,
    /// The number of elements, or of brackets of a section, that are open.
    depth: usize,
    /// The change of the depth at the end of the tag.
    opens: isize,
    /// The name of the element whose content has no tags.
    raw: Option<&'static str>,
}

/// What ends a stretch of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    File,
    /// The end of the element.
    Element,
    /// The bracket at the end of a section.
    Bracket,
    Line,
}

/// C#.
#[derive(Debug)]
struct Code {
    /// The number of open curly brackets.
    depth: usize,
    /// The number of open round brackets.
    round: usize,
    /// Whether the code is a statement with its keyword, such as `if (…) { … }`, and not only a block.
    is_statement: bool,
    is_members: bool,
    /// Whether a statement can begin at the position.
    at_start: bool,
}

impl Markup {
    fn new(end: End) -> Self {
        Self { end, in_tag: false, quote: None, depth: 0, opens: 0, raw: None }
    }
}

struct Cut<'s> {
    source: &'s str,
    bytes: &'s [u8],
    stack: Vec<Mode>,
    page: Pieces,
    body: Pieces,
    members: Pieces,
    /// The number of blocks of members around the position.
    in_members: usize,
}

impl<'s> Cut<'s> {
    fn run(&mut self) {
        let mut at = 0;
        while at < self.bytes.len() {
            at = match self.stack.pop() {
                Some(Mode::Markup(markup)) => self.markup(markup, at),
                Some(Mode::Code(code)) => self.code(code, at),
                None => return,
            };
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or_default()
    }

    fn rest(&self, at: usize) -> &'s [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    fn word(&self, at: usize) -> &'s str {
        let length = self.rest(at).iter().take_while(|b| is_word(**b)).count();
        self.source.get(at..at + length).unwrap_or_default()
    }

    fn spaces(&self, at: usize) -> usize {
        at + self.rest(at).iter().take_while(|b| b.is_ascii_whitespace()).count()
    }

    /// Returns the pieces of the C# around the position.
    fn target(&mut self) -> &mut Pieces {
        if self.in_members > 0 { &mut self.members } else { &mut self.body }
    }

    fn push(&mut self, mode: Mode) {
        self.in_members += usize::from(matches!(&mode, Mode::Code(code) if code.is_members));
        self.stack.push(mode);
    }

    /// Reads HTML from `at` up to its end or to C#, and returns the position behind it.
    fn markup(&mut self, mut markup: Markup, start: usize) -> usize {
        let mut at = start;
        let mut plain = start;
        while at < self.bytes.len() {
            let byte = self.byte(at);
            match byte {
                b'@' => {
                    self.page.source(plain..at);
                    let in_tag = markup.in_tag;
                    let depth = self.stack.len();
                    self.stack.push(Mode::Markup(markup));
                    let next = self.at_sign(at, in_tag);
                    if self.stack.len() != depth + 1 {
                        return next;
                    }
                    let Some(Mode::Markup(same)) = self.stack.pop() else { return next };
                    markup = same;
                    // A sign of its own is a part of the HTML; of two, the second one.
                    plain = if next == at + 1 { at } else { next };
                    if next == at + 2 && self.byte(at + 1) == b'@' {
                        plain = at + 1;
                    }
                    at = next;
                    continue;
                }
                b'\n' if markup.end == End::Line => {
                    self.page.source(plain..at + 1);
                    return at + 1;
                }
                // Within a script, only its end tag is one.
                _ if !markup.in_tag && markup.raw.is_some_and(|raw| !self.ends(raw, at)) => {}
                b'{' if markup.end == End::Bracket => markup.depth += 1,
                b'}' if markup.end == End::Bracket && markup.depth == 0 => {
                    self.page.source(plain..at);
                    return at + 1;
                }
                b'}' if markup.end == End::Bracket => markup.depth -= 1,
                b'<' if markup.quote.is_none() => {
                    if self.rest(at).starts_with(b"<!--") {
                        at = find(self.bytes, at + 4, b"-->");
                        continue;
                    }
                    let is_end = self.byte(at + 1) == b'/';
                    let name = self.word(at + 1 + usize::from(is_end));
                    if !name.is_empty() {
                        markup.in_tag = true;
                        let is_void = VOID.iter().any(|void| name.eq_ignore_ascii_case(void));
                        markup.opens = if is_end { -1 } else { isize::from(!is_void) };
                        let raw = Some(raw_name(name)).filter(|raw| !raw.is_empty() && !is_end);
                        at += 1 + name.len();
                        let is_open = |end: &usize| raw.is_some() && self.byte(end.saturating_sub(1)) != b'/';
                        markup.raw = self.tag_end(at).filter(is_open).and(raw);
                        continue;
                    }
                    // The tag without a name.
                    if self.byte(at + 1) == b'>' || (is_end && self.byte(at + 2) == b'>') {
                        markup.in_tag = true;
                        markup.opens = if is_end { -1 } else { 1 };
                    }
                }
                b'"' | b'\'' if markup.in_tag => {
                    markup.quote = match markup.quote {
                        None => Some(byte),
                        Some(quote) if quote == byte => None,
                        same => same,
                    };
                }
                b'>' if markup.in_tag && markup.quote.is_none() => {
                    markup.in_tag = false;
                    // `<br/>`, but not `</>`.
                    let closes_itself = markup.opens > 0 && self.byte(at.saturating_sub(1)) == b'/';
                    let opens = if closes_itself { 0 } else { markup.opens };
                    if markup.end == End::Element {
                        markup.depth = markup.depth.saturating_add_signed(opens);
                        if markup.depth == 0 {
                            self.page.source(plain..at + 1);
                            return at + 1;
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.page.source(plain..at);
        at
    }

    /// Returns whether the end tag of the element `name` is at `at`.
    fn ends(&self, name: &str, at: usize) -> bool {
        self.rest(at).starts_with(b"</") && raw_name(self.word(at + 2)) == name
    }

    /// Returns the offset of the end of the tag at `at`, if it is near.
    fn tag_end(&self, at: usize) -> Option<usize> {
        self.rest(at)
            .iter()
            .take(4096)
            .position(|b| *b == b'>')
            .map(|length| at + length)
            .filter(|end| *end > 0)
    }

    /// Handles the `@` at `at` in HTML, and returns the position behind what it begins: `at + 1` if nothing.
    fn at_sign(&mut self, at: usize, in_tag: bool) -> usize {
        let before = at.checked_sub(1).map_or(0, |before| self.byte(before));
        let next = self.byte(at + 1);
        if next == b'@' {
            return at + 2;
        }
        if is_word(before) && is_word(next) || self.stack.len() > MAX_DEPTH {
            return at + 1;
        }
        match next {
            b'*' => find(self.bytes, at + 2, b"*@"),
            b'{' => {
                self.block(false);
                at + 2
            }
            b'(' => {
                let end = self.balanced(at + 1);
                self.expression(at, at + 2..end.saturating_sub(1).max(at + 2), end)
            }
            _ => self.at_word(at, in_tag),
        }
    }

    fn block(&mut self, is_members: bool) {
        let code = Code { depth: 1, round: 0, is_statement: false, is_members, at_start: true };
        self.push(Mode::Code(code));
        self.target().synthetic("\n");
    }

    /// Handles a word behind the `@` at `at` in HTML.
    fn at_word(&mut self, at: usize, in_tag: bool) -> usize {
        let word = self.word(at + 1);
        let behind = at + 1 + word.len();
        if word.is_empty() || word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            return at + 1;
        }
        let then = self.byte(self.spaces(behind));
        if in_tag && matches!(self.byte(behind), b'=' | b':') {
            // A directive in an attribute, such as `@onclick="…"`.
            return at + 1;
        }
        if matches!(word, "code" | "functions") && then == b'{' {
            self.block(true);
            return self.spaces(behind) + 1;
        }
        if word == "section" {
            let name = self.spaces(behind);
            let open = self.spaces(name + self.word(name).len());
            if self.byte(open) == b'{' {
                self.push(Mode::Markup(Markup::new(End::Bracket)));
                return open + 1;
            }
        }
        let is_statement = STATEMENTS.contains(&word)
            && match word {
                "try" | "do" => then == b'{',
                _ => then == b'(',
            };
        if is_statement {
            self.target().synthetic("\n");
            let code = Code { depth: 0, round: 0, is_statement: true, is_members: false, at_start: false };
            self.push(Mode::Code(code));
            return at + 1;
        }
        let line = self.source.get(..at).map_or("", |before| before.trim_end_matches([' ', '\t']));
        let line_start = line.is_empty() || line.ends_with('\n');
        if line_start && DIRECTIVES.contains(&word) && matches!(self.byte(behind), b' ' | b'\t') {
            return find(self.bytes, behind, b"\n");
        }
        let end = self.implicit(at + 1);
        self.expression(at, at + 1..end, end)
    }

    /// Adds the expression in the range, whose `@` is at `at`, and returns its end.
    fn expression(&mut self, at: usize, inner: std::ops::Range<usize>, end: usize) -> usize {
        let target = self.target();
        target.synthetic("\n_(");
        target.source(inner);
        target.synthetic(");\n");
        self.page.expression(at..end);
        end
    }

    /// Returns the end of the expression without brackets around it at `at`, such as `Model.Get("x")[0].Name`.
    fn implicit(&self, at: usize) -> usize {
        let mut end = at;
        if self.word(at) == "await" {
            end = self.spaces(at + "await".len());
        }
        end += self.word(end).len();
        loop {
            let next = self.byte(end);
            let behind = self.byte(end + 1);
            end = match next {
                b'(' | b'[' => self.balanced(end),
                b'.' if is_word(behind) && !behind.is_ascii_digit() => end + 1 + self.word(end + 1).len(),
                b'?' if behind == b'.' || behind == b'[' => end + 1,
                b'!' if behind == b'.' => end + 1,
                _ => return end,
            };
        }
    }

    /// Returns the offset behind the bracket that closes the one at `at`, or of the end of the file.
    fn balanced(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        let mut end = at;
        while end < self.bytes.len() {
            if let Some(behind) = literal(self.bytes, end, 0) {
                end = behind;
                continue;
            }
            match self.byte(end) {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return end + 1;
                    }
                }
                _ => {}
            }
            end += 1;
        }
        end.min(self.bytes.len())
    }

    /// Reads C# from `at` up to its end or to HTML, and returns the position behind it.
    fn code(&mut self, mut code: Code, start: usize) -> usize {
        let mut at = start;
        let mut plain = start;
        while at < self.bytes.len() {
            if let Some(end) = literal(self.bytes, at, 0) {
                let is_comment = self.byte(at) == b'/';
                code.at_start &= is_comment;
                at = end;
                continue;
            }
            let byte = self.byte(at);
            let begins_markup = code.at_start && self.stack.len() < MAX_DEPTH;
            match byte {
                b'@' if self.byte(at + 1) == b'*' => {
                    self.target().source(plain..at);
                    at = find(self.bytes, at + 2, b"*@");
                    plain = at;
                    continue;
                }
                b'@' if begins_markup && self.byte(at + 1) == b':' => {
                    return self.markup_in_code(code, plain..at, at + 2, End::Line);
                }
                b'@' if self.byte(at + 1) == b'<' && self.stack.len() < MAX_DEPTH => {
                    return self.markup_in_code(code, plain..at, at + 1, End::Element);
                }
                b'<' if begins_markup
                    && (self.byte(at + 1).is_ascii_alphabetic() || self.byte(at + 1) == b'>') =>
                {
                    return self.markup_in_code(code, plain..at, at, End::Element);
                }
                b'@' if code.at_start && STATEMENTS.contains(&self.word(at + 1)) => {
                    // The sign is allowed there, and means nothing.
                    self.target().source(plain..at);
                    plain = at + 1;
                }
                b'(' => code.round += 1,
                b')' => code.round = code.round.saturating_sub(1),
                b'{' => code.depth += 1,
                b'}' => {
                    code.depth = code.depth.saturating_sub(1);
                    if code.depth == 0 && code.round == 0 && !code.is_statement {
                        self.target().source(plain..at);
                        self.target().synthetic("\n");
                        self.in_members -= usize::from(code.is_members);
                        return at + 1;
                    }
                    if code.depth == 0 && code.round == 0 {
                        let next = self.spaces(at + 1);
                        if !CONTINUATIONS.contains(&self.word(next)) {
                            self.target().source(plain..at + 1);
                            self.target().synthetic("\n");
                            return at + 1;
                        }
                    }
                }
                b';' if code.depth == 0 && code.round == 0 && code.is_statement => {
                    self.target().source(plain..at + 1);
                    return at + 1;
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                code.at_start = matches!(byte, b'{' | b'}' | b';' | b':') && code.round == 0;
            }
            at += 1;
        }
        self.target().source(plain..at);
        at
    }

    /// Leaves C#, of which `read` has been read, for the HTML at `at`.
    fn markup_in_code(&mut self, mut code: Code, read: std::ops::Range<usize>, at: usize, end: End) -> usize {
        code.at_start = true;
        self.target().source(read);
        self.target().synthetic(" ");
        self.stack.push(Mode::Code(code));
        self.stack.push(Mode::Markup(Markup::new(end)));
        at
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, reads_and_edits};

    #[test]
    fn csharp_and_html_of_a_page_are_read() {
        for (source, text) in [
            ("@{ var q = \"accounts?$select=name\"; }", "accounts?$select=name"),
            (
                "@code {\n  string Q(int n) => $\"accounts?$select=name&$top={n}\";\n}",
                "accounts?$select=name&$top={n}",
            ),
            ("@functions { const string Q = @\"accounts?$select=name\"; }", "accounts?$select=name"),
            ("<p>@Html.Raw(Get(\"accounts?$select=name\")).</p>", "accounts?$select=name"),
            ("<p class=\"@(Get(\"accounts?$select=name\"))\">a@b.c</p>", "accounts?$select=name"),
            ("<a href=\"/_api/accounts(@Model.Id)?$select=name\">x</a>", "accounts({Model_Id})?$select=name"),
            (
                "<script>get(`/_api/accounts(@id)?$select=name&$top=${n}`);</script>",
                "accounts({id})?$select=name&$top={n}",
            ),
            (
                "@foreach (var x in Get(\"accounts?$select=name\")) { <p title='}'>@x.Name it's</p> }\n<b>}</b>",
                "accounts?$select=name",
            ),
            (
                "@if (a) { <a href=\"/_api/accounts?$select=name&amp;$top=@n\">x</a> } else { <br> }",
                "accounts?$select=name&$top={n}",
            ),
            (
                "@{ var f = \"$select=name\"; }\n<p>@Get($\"accounts?{f}&$top={1}\")</p>",
                "accounts?$select=name&$top={1}",
            ),
            (
                "@section Scripts {\n<script>if (a < b) { get('/_api/accounts?$select=name'); }</script>\n}",
                "accounts?$select=name",
            ),
            (
                "@* \"contacts?$select=a\" *@ @page \"/x\" \n@{ @: contacts <p> \n Get(\"accounts?$select=name\"); }",
                "accounts?$select=name",
            ),
            (
                "<a href=\"/_api/accounts?$select=name&$filter=a eq 'x@@y'\">x</a>",
                "accounts?$select=name&$filter=a eq 'x@y'",
            ),
        ] {
            reads_and_edits("cshtml", source, text);
            reads_and_edits("razor", source, text);
        }
    }

    #[test]
    fn names_in_a_page_are_found_with_their_table() {
        let source = "@code { Entity row; void Load() { row = new Entity(\"account\"); } }\n@{ var e = new Entity(\"account\"); }<p>@e[\"name\"]</p>";
        let table = r#"<fetch><entity name="account"/></fetch>"#;
        let column = r#"<fetch><entity name="account"><attribute name="name"/></entity></fetch>"#;
        assert_eq!(found("cshtml", source), [table, table, column]);
    }

    #[test]
    fn a_directive_is_left_out_with_its_line_wherever_the_line_begins() {
        let link = "<a href=\"/_api/accounts?$select=name\">x</a>";
        let words = "model using inject page inherits layout implements namespace attribute addTagHelper \
                     removeTagHelper tagHelperPrefix typeparam preservewhitespace rendermode formname key ref";
        for word in words.split_whitespace() {
            for before in ["", " ", "\t", " \t ", "\n", "\r\n", "<p>\n  "] {
                for space in [" ", "\t"] {
                    let source = format!("{before}@{word}{space}A {link}");
                    assert!(found("cshtml", &source).is_empty(), "{source}");
                }
                let source = format!("{before}@{word} A\n{link}");
                assert_eq!(found("cshtml", &source), ["accounts?$select=name"], "{source}");
            }
            for source in [
                format!("a @{word} A {link}"),
                format!("<p> @{word} A {link}"),
                format!("@{word}.A {link}"),
                format!("@{word}s A {link}"),
            ] {
                assert_eq!(found("cshtml", &source), ["accounts?$select=name"], "{source}");
            }
        }
    }

    #[test]
    fn what_is_deep_or_broken_is_read() {
        for part in ["@if (a) {", "@{ <p>", "@(", "<p>@x[", "@code {", "@section A {", "$\"{", "@:", "@", "<"]
        {
            found("cshtml", &format!("accounts?$select {}", part.repeat(3_000)));
        }
    }
}
