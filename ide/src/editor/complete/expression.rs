//! Finds out what surrounds the cursor in an expression: the open calls, lambdas and parentheses, the operands
//! and operators before the cursor, and the path that it continues. The text before the cursor decides; what
//! follows may be broken.

use super::lexer::{Token, TokenKind};

/// A path of names, such as `primarycontactid/fullname`.
pub(in crate::editor) type Segments<'t> = Vec<&'t str>;

/// An open parenthesis or bracket before the cursor, or the whole expression.
#[derive(Clone, Debug)]
pub(in crate::editor) struct Frame<'t> {
    pub(in crate::editor) kind: FrameKind<'t>,
    /// The operands and operators of the current argument, up to the cursor.
    pub(in crate::editor) parts: Vec<Part<'t>>,
    /// The index of the current argument.
    pub(in crate::editor) argument: usize,
    /// The name of the current argument before its `=`, as in a query function.
    pub(in crate::editor) argument_name: Option<&'t str>,
    /// The first operand of the first argument: the column of `contains(name,…)`, or the one that
    /// `PropertyName='…'` names.
    pub(in crate::editor) column: Option<Segments<'t>>,
    /// The names of all arguments that have one, up to the cursor.
    pub(in crate::editor) names: Vec<&'t str>,
}

/// The kind of an open parenthesis or bracket.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::editor) enum FrameKind<'t> {
    /// The whole expression, or parentheses around a condition.
    Group,
    /// The arguments of the function `name`. `path` leads to the row that a query function is applied to.
    Call { name: &'t str, path: Segments<'t> },
    /// The condition of `path/any(variable:…)`; `name` is `any` or `all`.
    Lambda { name: &'t str, variable: Option<&'t str>, path: Segments<'t> },
    /// The values after `in`.
    List,
    /// A JSON array or object.
    Array,
}

/// A part of an expression before the cursor.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::editor) enum Part<'t> {
    /// A path, and the offset at which it begins.
    Path(Segments<'t>, usize),
    /// A literal or a placeholder.
    Literal,
    /// A complete call of the function with this name, and its first operand.
    Call(&'t str, Option<Segments<'t>>),
    /// Anything else that is a condition: a lambda, or parentheses.
    Condition,
    /// An operator.
    Operator(&'t str),
}

/// The position of the cursor in an expression.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::editor) enum Position<'t> {
    /// An operand is expected: a column, a function, `not`.
    Operand,
    /// A name is expected that continues the path.
    Step(Segments<'t>),
    /// A comparison operator is expected after the operand.
    Operator(Part<'t>),
    /// A value is expected that is compared with the operand.
    Value(Part<'t>),
    /// `and` or `or` is expected.
    Conjunction,
}

/// The surroundings of the cursor.
#[derive(Clone, Debug)]
pub(in crate::editor) struct Expression<'t> {
    /// The open frames, the outermost first. There is at least one.
    pub(in crate::editor) frames: Vec<Frame<'t>>,
    pub(in crate::editor) position: Position<'t>,
}

impl<'t> Frame<'t> {
    fn new(kind: FrameKind<'t>) -> Self {
        let (parts, names) = (Vec::new(), Vec::new());
        Self { kind, parts, argument: 0, argument_name: None, column: None, names }
    }
}

const LOGICAL: [&str; 2] = ["and", "or"];
const COMPARISONS: [&str; 8] = ["eq", "ne", "gt", "ge", "lt", "le", "in", "has"];
const OTHER_OPERATORS: [&str; 9] = ["not", "add", "sub", "mul", "div", "divby", "mod", "with", "as"];

fn is_operator(word: &str) -> bool {
    let is = |words: &[&str]| words.iter().any(|other| other.eq_ignore_ascii_case(word));
    is(&LOGICAL) || is(&COMPARISONS) || is(&OTHER_OPERATORS)
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|other| other.eq_ignore_ascii_case(word))
}

/// Returns what surrounds the cursor, given the `tokens` that end before the word at the cursor. `text` is the
/// text of the tokens.
pub(in crate::editor) fn analyze<'t>(text: &'t str, tokens: &[Token]) -> Expression<'t> {
    let mut reader = Reader {
        text,
        frames: vec![Frame::new(FrameKind::Group)],
        path: Vec::new(),
        path_start: 0,
        behind_slash: false,
    };
    for token in tokens {
        reader.read(token);
    }
    reader.finish()
}

struct Reader<'t> {
    text: &'t str,
    frames: Vec<Frame<'t>>,
    /// The path that is being read.
    path: Segments<'t>,
    path_start: usize,
    behind_slash: bool,
}

impl<'t> Reader<'t> {
    fn top(&mut self) -> &mut Frame<'t> {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(FrameKind::Group));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn part(&mut self, part: Part<'t>) {
        let frame = self.top();
        if frame.column.is_none()
            && frame.argument == 0
            && let Part::Path(path, _) | Part::Call(_, Some(path)) = &part
        {
            frame.column = Some(path.clone());
        }
        frame.parts.push(part);
    }

    /// Ends the path that is being read.
    fn flush(&mut self) {
        let path = std::mem::take(&mut self.path);
        self.behind_slash = false;
        match path.as_slice() {
            [] => {}
            [word] if is_operator(word) => self.part(Part::Operator(word)),
            _ => self.part(Part::Path(path, self.path_start)),
        }
    }

    fn read(&mut self, token: &Token) {
        let word = token.of(self.text);
        match token.kind {
            TokenKind::Name | TokenKind::Placeholder => {
                if !self.behind_slash {
                    self.flush();
                    if token.kind == TokenKind::Placeholder {
                        self.part(Part::Literal);
                        return;
                    }
                    self.path_start = token.range.start;
                }
                self.path.push(word);
                self.behind_slash = false;
            }
            TokenKind::Slash => self.behind_slash = true,
            TokenKind::Open => self.open(),
            TokenKind::Close => self.close(),
            TokenKind::OpenBracket => {
                self.flush();
                self.frames.push(Frame::new(FrameKind::Array));
            }
            TokenKind::CloseBracket => {
                self.flush();
                if self.top().kind == FrameKind::Array && self.frames.len() > 1 {
                    self.frames.pop();
                }
                self.part(Part::Literal);
            }
            TokenKind::Colon => {
                let name = self.path.pop();
                self.path.clear();
                let frame = self.top();
                if let FrameKind::Lambda { variable, .. } = &mut frame.kind {
                    *variable = name;
                    frame.parts.clear();
                    frame.column = None;
                }
            }
            TokenKind::Equals => {
                let name = self.path.pop();
                self.path.clear();
                let frame = self.top();
                frame.argument_name = name;
                frame.names.extend(name);
                frame.parts.clear();
            }
            TokenKind::Comma | TokenKind::Semicolon => {
                self.flush();
                let frame = self.top();
                frame.argument += 1;
                frame.argument_name = None;
                frame.parts.clear();
            }
            TokenKind::Text(_) | TokenKind::JsonText(_) | TokenKind::Number => {
                self.flush();
                let value = token.is_text().then(|| token.unquoted(self.text));
                let frame = self.top();
                if frame.argument_name == Some("PropertyName") {
                    frame.column = value.map(|name| vec![name]);
                }
                frame.parts.push(Part::Literal);
            }
            TokenKind::Other => self.flush(),
        }
    }

    fn open(&mut self) {
        let mut path = std::mem::take(&mut self.path);
        self.behind_slash = false;
        let kind = match path.pop() {
            Some(word) if path.is_empty() && is_operator(word) => {
                self.part(Part::Operator(word));
                if word.eq_ignore_ascii_case("in") { FrameKind::List } else { FrameKind::Group }
            }
            Some(name @ ("any" | "all")) if !path.is_empty() => {
                FrameKind::Lambda { name, variable: None, path }
            }
            Some(name) => FrameKind::Call { name, path },
            None => FrameKind::Group,
        };
        self.frames.push(Frame::new(kind));
    }

    fn close(&mut self) {
        self.flush();
        // A bracket that is still open is ended by the parenthesis around it.
        while self.frames.len() > 1 && self.top().kind == FrameKind::Array {
            self.frames.pop();
        }
        if self.frames.len() < 2 {
            return;
        }
        let Some(frame) = self.frames.pop() else { return };
        self.part(match frame.kind {
            FrameKind::Call { name, .. } => Part::Call(name, frame.column),
            FrameKind::List | FrameKind::Array => Part::Literal,
            FrameKind::Group | FrameKind::Lambda { .. } => Part::Condition,
        });
    }

    fn finish(mut self) -> Expression<'t> {
        if self.behind_slash {
            let path = std::mem::take(&mut self.path);
            return Expression { frames: self.frames, position: Position::Step(path) };
        }
        self.flush();
        let position = position(&self.top().parts);
        Expression { frames: self.frames, position }
    }
}

/// Returns what is expected after the operands and operators `parts`.
fn position<'t>(parts: &[Part<'t>]) -> Position<'t> {
    let behind = parts.iter().rposition(
        |part| matches!(part, Part::Operator(word) if is_one_of(word, &LOGICAL) || is_one_of(word, &["not"])),
    );
    let parts = &parts[behind.map_or(0, |at| at + 1)..];
    match parts {
        [] => Position::Operand,
        [Part::Condition] => Position::Conjunction,
        [Part::Call(name, _)] if is_condition(name) => Position::Conjunction,
        [operand @ (Part::Path(..) | Part::Call(..) | Part::Literal)] => Position::Operator(operand.clone()),
        [operand, Part::Operator(word)] if is_one_of(word, &COMPARISONS) => Position::Value(operand.clone()),
        [.., Part::Operator(_)] => Position::Operand,
        _ => Position::Conjunction,
    }
}

/// Returns whether the function `name` returns a condition.
pub(super) fn is_condition(name: &str) -> bool {
    name.contains('.')
        || is_one_of(name, &["contains", "startswith", "endswith"])
        || dvkit_query::functions::find(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::complete::lexer::lex;

    fn at_end(text: &str) -> Expression<'_> {
        analyze(text, &lex(text, 0..text.len()))
    }

    #[test]
    fn the_position_follows_from_the_text_before_the_cursor() {
        let operand = || Part::Path(vec!["a"], 0);
        for (text, expected) in [
            ("", Position::Operand),
            ("a ", Position::Operator(operand())),
            ("a eq ", Position::Value(operand())),
            ("a eq 1 ", Position::Conjunction),
            ("a eq 1 and ", Position::Operand),
            ("not ", Position::Operand),
            ("(a eq 1) ", Position::Conjunction),
            ("contains(a,'x') ", Position::Conjunction),
            ("a eq {x} ", Position::Conjunction),
            ("b/c eq 1 or x/", Position::Step(vec!["x"])),
            ("x/any(o:o/", Position::Step(vec!["o"])),
            ("x/any(o:o/y eq 1) ", Position::Conjunction),
            ("tolower(a) ", Position::Operator(Part::Call("tolower", Some(vec!["a"])))),
            ("a in (", Position::Operand),
            (")))", Position::Operand),
        ] {
            assert_eq!(at_end(text).position, expected, "{text}");
        }
    }

    #[test]
    fn open_calls_and_lambdas_are_known() {
        let call = at_end("x/Ns.In(PropertyName='a',PropertyValues=['1',");
        let kinds: Vec<_> = call.frames.iter().map(|f| f.kind.clone()).collect();
        assert_eq!(
            kinds,
            [FrameKind::Group, FrameKind::Call { name: "Ns.In", path: vec!["x"] }, FrameKind::Array]
        );
        assert_eq!(call.frames[1].column, Some(vec!["a"]));
        assert_eq!(call.frames[1].argument_name, Some("PropertyValues"));
        let lambda = at_end("a eq 1 and x/any(o:");
        let kind = FrameKind::Lambda { name: "any", variable: Some("o"), path: vec!["x"] };
        assert_eq!(lambda.frames[1].kind, kind);
    }
}
