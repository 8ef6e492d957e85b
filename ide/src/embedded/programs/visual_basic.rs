//! Reads Visual Basic as the C# that says the same: strings are the verbatim ones of C#, whose rules are the same,
//! `&` is `+`, and the beginnings and ends of blocks are curly brackets. The stretches of the file keep their
//! positions; the rest is synthetic. XML literals are read by the reader of XML, with `<%= … %>` as placeholders.
//!
//! No well-kept grammar of Visual Basic exists. What is not translated exactly is passed over by the grammar of C#,
//! which recovers at the next statement.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::embedded::{EscapeWith, Escaping, FoundText, Host, SourceFile, nested};

use super::pieces::Pieces;
use super::visual_basic_expressions::Bracket;
use super::visual_basic_tokens::{Token, TokenKind, tokens};

/// The words that end a block as `End …`.
const BLOCKS: [&str; 22] = [
    "sub",
    "function",
    "property",
    "get",
    "set",
    "class",
    "module",
    "structure",
    "namespace",
    "if",
    "with",
    "select",
    "try",
    "using",
    "while",
    "synclock",
    "operator",
    "interface",
    "enum",
    "event",
    "addhandler",
    "removehandler",
];

/// The words before a declaration.
const MODIFIERS: [&str; 24] = [
    "public",
    "private",
    "protected",
    "friend",
    "shared",
    "readonly",
    "const",
    "dim",
    "static",
    "overrides",
    "overridable",
    "notoverridable",
    "overloads",
    "shadows",
    "partial",
    "mustinherit",
    "notinheritable",
    "async",
    "iterator",
    "default",
    "withevents",
    "writeonly",
    "narrowing",
    "widening",
];

/// Returns the queries of a file in Visual Basic.
pub(in crate::embedded) fn read(file: &SourceFile) -> Vec<FoundText> {
    let source = file.text();
    let mut translator = Translator::new(source);
    translator.run();
    let in_text = Arc::new(EscapeWith(without_other_quotes)) as Arc<dyn Escaping>;
    let mut found = nested::read(Host::CSharp, &translator.code.text(source, &in_text));
    let in_xml = Arc::new(EscapeWith(without_expressions)) as Arc<dyn Escaping>;
    for literal in translator.xml {
        found.extend(nested::read(Host::Xml, &xml(source, literal).text(source, &in_xml)));
    }
    found.sort_by_key(|text| text.text.host_range().map_or(0, |range| range.start));
    found
}

/// Returns a text as it is; `None` if it has quotes other than `"`, which end a string of Visual Basic too.
fn without_other_quotes(text: &str) -> Option<String> {
    (!text.contains(['\u{201c}', '\u{201d}', '\u{ff02}'])).then(|| text.to_owned())
}

/// Returns a text as it is; `None` if an XML literal would take a part of it for an expression.
fn without_expressions(text: &str) -> Option<String> {
    (!text.contains("<%") && !text.ends_with('<')).then(|| text.to_owned())
}

/// Returns the pieces of the XML literal at `range`.
fn xml(source: &str, range: Range<usize>) -> Pieces {
    let mut pieces = Pieces::default();
    let mut at = range.start;
    let literal = source.get(range.clone()).unwrap_or_default();
    for (open, _) in literal.match_indices("<%=") {
        let start = range.start + open;
        if start < at {
            continue;
        }
        let rest = source.get(start..range.end).unwrap_or_default();
        let end = start + rest.find("%>").map_or(rest.len(), |end| end + 2);
        pieces.source(at..start);
        // The quotes around a value are left out before an expression.
        let is_value = source.get(..start).is_some_and(|before| before.trim_end().ends_with('='));
        if is_value {
            pieces.synthetic("\"");
        }
        pieces.expression(start..end);
        if is_value {
            pieces.synthetic("\"");
        }
        at = end;
    }
    pieces.source(at..range.end);
    pieces
}

/// Returns the C# of a program, one statement in a line.
#[cfg(test)]
pub(super) fn translated(source: &str) -> String {
    let mut translator = Translator::new(source);
    translator.run();
    let in_text = Arc::new(EscapeWith(without_other_quotes)) as Arc<dyn Escaping>;
    translator.code.text(source, &in_text).text().to_owned()
}

pub(super) struct Translator<'s> {
    pub(super) source: &'s str,
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) code: Pieces,
    pub(super) xml: Vec<Range<usize>>,
    /// The brackets that are open in the statement.
    pub(super) brackets: Vec<Bracket>,
    /// The brackets of the statements around a lambda of several lines.
    pub(super) lambdas: Vec<Vec<Bracket>>,
    /// The targets of `With` around the statement.
    pub(super) with: Vec<String>,
    /// The names of variables and parameters, in lower case.
    pub(super) variables: BTreeSet<String>,
    /// What ends the statement, such as the bracket of a block.
    pub(super) statement_end: &'static str,
    /// The number of `If … Then` on the line of the statement.
    pub(super) closes: usize,
    /// Whether `=` is a comparison.
    pub(super) compares: bool,
}

impl<'s> Translator<'s> {
    fn new(source: &'s str) -> Self {
        Self {
            source,
            tokens: tokens(source),
            at: 0,
            code: Pieces::default(),
            xml: Vec::new(),
            brackets: Vec::new(),
            lambdas: Vec::new(),
            with: Vec::new(),
            variables: BTreeSet::new(),
            statement_end: ";",
            closes: 0,
            compares: false,
        }
    }

    pub(super) fn text_at(&self, at: usize) -> &'s str {
        self.tokens.get(at).and_then(|token| self.source.get(token.range.clone())).unwrap_or_default()
    }

    pub(super) fn kind_at(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Returns the word `ahead` tokens from here in lower case; empty if it is none.
    pub(super) fn word(&self, ahead: usize) -> String {
        match self.kind_at(self.at + ahead) {
            Some(TokenKind::Word) => self.text_at(self.at + ahead).to_ascii_lowercase(),
            _ => String::new(),
        }
    }

    pub(super) fn sign(&self, ahead: usize) -> &'s str {
        match self.kind_at(self.at + ahead) {
            Some(TokenKind::Sign) => self.text_at(self.at + ahead),
            _ => "",
        }
    }

    pub(super) fn is_line_end(&self, at: usize) -> bool {
        matches!(self.kind_at(at), None | Some(TokenKind::Line))
    }

    /// Goes to the end of the line without translating it.
    pub(super) fn skip_line(&mut self) {
        while !self.is_line_end(self.at) {
            self.at += 1;
        }
    }

    /// Goes behind the bracket that closes the one at the position.
    pub(super) fn skip_brackets(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.tokens.len() {
            match self.sign(0) {
                "(" | "{" => depth += 1,
                ")" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn run(&mut self) {
        while self.at < self.tokens.len() {
            let before = self.at;
            self.statement();
            self.at = self.at.max(before + 1);
        }
    }

    /// Translates the beginning of a statement, and then the rest of it.
    fn statement(&mut self) {
        while self.kind_at(self.at) == Some(TokenKind::Line) || self.sign(0) == ":" {
            self.at += 1;
        }
        // Only words begin a statement of several lines.
        self.brackets.clear();
        self.statement_end = ";";
        self.closes = 0;
        self.compares = false;
        while self.sign(0) == "<" {
            self.attribute();
        }
        let start = self.at;
        while MODIFIERS.contains(&self.word(0).as_str()) {
            self.at += 1;
        }
        let modifiers = start..self.at;
        let has =
            |this: &Self, word: &str| modifiers.clone().any(|at| this.text_at(at).eq_ignore_ascii_case(word));
        let word = self.word(0);
        match word.as_str() {
            "imports" | "option" | "inherits" | "implements" | "declare" | "delegate" | "event"
            | "raiseevent" | "exit" | "continue" | "goto" | "mustoverride" | "redim" | "erase" | "on" => {
                self.skip_line()
            }
            "interface" | "enum" => self.skip_block(&word),
            "end" => {
                let block = self.word(1);
                self.at += 2;
                if BLOCKS.contains(&block.as_str()) {
                    if block == "with" {
                        self.with.pop();
                    }
                    self.code.synthetic(" }");
                    if matches!(block.as_str(), "sub" | "function")
                        && let Some(brackets) = self.lambdas.pop()
                    {
                        // The statement around the lambda goes on.
                        self.brackets = brackets;
                        self.expression();
                        return;
                    }
                }
                self.code.synthetic("\n");
            }
            "next" | "loop" | "wend" => {
                self.skip_line();
                self.code.synthetic("}\n");
            }
            "class" | "module" | "structure" | "namespace" => {
                self.at += 1;
                let name = self.word(0);
                self.code.synthetic(if word == "namespace" {
                    "\nnamespace N { // "
                } else {
                    "\nclass C { // "
                });
                self.code.synthetic(&format!("{name}\n"));
                self.skip_line();
            }
            "sub" | "function" | "operator" => self.method(),
            "property" => self.property(),
            "get" if self.is_line_end(self.at + 1) => self.open("{"),
            "set" if self.is_line_end(self.at + 1) || self.sign(1) == "(" => self.open("{"),
            _ if !modifiers.is_empty() => {
                let is_constant = has(self, "const") || has(self, "readonly");
                self.declaration(is_constant);
            }
            _ => self.other(&word),
        }
    }

    /// Skips a block in which nothing is read.
    fn skip_block(&mut self, word: &str) {
        self.skip_line();
        while self.at < self.tokens.len() {
            let is_end = self.word(0) == "end" && self.word(1) == word;
            self.at += 1;
            if is_end {
                self.at += 1;
                return;
            }
        }
    }

    /// Adds the beginning of a block, and skips the rest of the line.
    fn open(&mut self, text: &str) {
        self.skip_line();
        self.code.synthetic(text);
        self.code.synthetic("\n");
    }

    /// Translates an attribute, such as `<EntityLogicalName("account")>`.
    fn attribute(&mut self) {
        self.at += 1;
        self.code.synthetic("[");
        let mut depth = 0_usize;
        while self.at < self.tokens.len() {
            match self.sign(0) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                ">" if depth == 0 => break,
                _ => {}
            }
            if self.kind_at(self.at) == Some(TokenKind::Line) {
                self.at += 1;
                continue;
            }
            let global = self.word(0) == "assembly" || self.sign(0) == ":";
            if global {
                self.at += 1;
                continue;
            }
            self.token();
        }
        self.at += 1;
        self.code.synthetic("]\n");
        // A line may come before what the attribute is of.
        while self.kind_at(self.at) == Some(TokenKind::Line) {
            self.at += 1;
        }
    }

    /// Translates the first line of a method.
    fn method(&mut self) {
        self.at += 1;
        self.code.synthetic("\nvoid ");
        let name = self.word(0);
        self.code.synthetic(if name.is_empty() || name == "new" { "M" } else { &name });
        self.code.synthetic("() {\n");
        self.parameters();
        self.lambdas.clear();
        self.skip_line();
    }

    /// Notes the names of the parameters up to the end of the line.
    fn parameters(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.tokens.len() {
            match self.sign(0) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && self.is_line_end(self.at) {
                return;
            }
            if self.word(1) == "as" {
                self.variables.insert(self.word(0));
            }
            self.at += 1;
        }
    }

    /// Translates a property, which has a block if `Get` or `Set` follows.
    fn property(&mut self) {
        self.at += 1;
        if self.has_value() {
            return self.declaration(false);
        }
        let name = self.word(0);
        self.skip_line();
        let mut next = self.at;
        while self.kind_at(next) == Some(TokenKind::Line)
            || MODIFIERS.iter().any(|modifier| self.text_at(next).eq_ignore_ascii_case(modifier))
        {
            next += 1;
        }
        let has_block = ["get", "set"].iter().any(|word| self.text_at(next).eq_ignore_ascii_case(word));
        self.code.synthetic("\npublic string ");
        self.code.synthetic(&name);
        self.code.synthetic(if has_block { " { get; set; } void Block() {\n" } else { " { get; set; }\n" });
    }

    /// Returns whether the rest of the line has a `=` or a `New` outside of brackets, as a property with a value has.
    fn has_value(&self) -> bool {
        let mut depth = 0_usize;
        for at in self.at..self.tokens.len() {
            if self.is_line_end(at) {
                break;
            }
            match self.text_at(at) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                text if depth == 0 && (text == "=" || text.eq_ignore_ascii_case("new")) => return true,
                _ => {}
            }
        }
        false
    }

    /// Translates the declaration of variables behind its modifiers.
    fn declaration(&mut self, is_constant: bool) {
        self.code.synthetic(if is_constant { "const string " } else { "var " });
        self.variable();
        self.expression();
    }

    /// Translates the name of a variable with its type, up to its value.
    fn variable(&mut self) {
        let name = self.word(0);
        if self.kind_at(self.at) == Some(TokenKind::Word) {
            self.variables.insert(name);
            self.copy();
        }
        if self.sign(0) == "(" {
            self.skip_brackets();
        }
        if self.word(0) != "as" {
            return;
        }
        self.at += 1;
        if self.word(0) == "new" {
            self.code.synthetic(" = ");
            return;
        }
        while !self.is_line_end(self.at) && !matches!(self.sign(0), "=" | "," | ":") && self.word(0) != "in" {
            if self.sign(0) == "(" { self.skip_brackets() } else { self.at += 1 }
        }
    }

    /// Translates a statement that is not a declaration, and begins with `word`.
    fn other(&mut self, word: &str) {
        match word {
            "if" | "elseif" => {
                self.at += 1;
                self.code.synthetic(if word == "if" { "\nif (" } else { "\n} else if (" });
                self.compares = true;
                self.expression();
            }
            "else" if self.is_line_end(self.at + 1) => {
                self.at += 1;
                self.code.synthetic("\n} else {\n");
            }
            "for" if self.word(1) == "each" => {
                self.at += 2;
                self.code.synthetic("\nforeach (var ");
                self.variable();
                self.code.synthetic(" in ");
                self.at += usize::from(self.word(0) == "in");
                self.statement_end = ") {\n";
                self.expression();
            }
            "for" | "do" | "synclock" => self.open("while (true) {"),
            "while" => {
                self.at += 1;
                self.code.synthetic("\nwhile (");
                self.compares = true;
                self.statement_end = ") {\n";
                self.expression();
            }
            "select" => {
                self.at += 1 + usize::from(self.word(1) == "case");
                self.code.synthetic("\nswitch (");
                self.statement_end = ") {\n";
                self.compares = true;
                self.expression();
            }
            "case" => {
                let is_else = self.word(1) == "else";
                self.open(if is_else { "default:" } else { "case 0:" });
            }
            "try" => self.open("try {"),
            "catch" => self.open("} catch (Exception) {"),
            "finally" => self.open("} finally {"),
            "using" => {
                self.at += 1;
                self.code.synthetic("\nusing (");
                if self.word(1) == "as" || self.sign(1) == "=" {
                    self.code.synthetic("var ");
                    self.variable();
                }
                self.statement_end = ") {\n";
                self.expression();
            }
            "with" => self.begin_with(),
            "call" => {
                self.at += 1;
                self.expression();
            }
            _ => self.expression(),
        }
    }

    /// Translates the beginning of a `With` block, whose object gets a name if it has none.
    fn begin_with(&mut self) {
        self.at += 1;
        let start = self.at;
        let mut end = start;
        while matches!(self.kind_at(end), Some(TokenKind::Word)) || self.text_at(end) == "." {
            end += 1;
        }
        if end > start && self.is_line_end(end) && self.text_at(start) != "." {
            let range = self.tokens.get(start).map_or(0, |first| first.range.start)
                ..self.tokens.get(end - 1).map_or(0, |last| last.range.end);
            let target = self.source.get(range).unwrap_or_default().to_owned();
            self.at = end;
            self.with.push(target);
            self.code.synthetic("\n{\n");
        } else {
            let name = format!("with{}", self.with.len() + 1);
            self.code.synthetic(&format!("\n{{ var {name} = "));
            self.expression();
            self.with.push(name);
        }
    }
}
