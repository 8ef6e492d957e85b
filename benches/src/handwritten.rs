//! Parses the Dataverse part of the filter grammar by recursive descent, without nom, to show the minimum
//! cost of the grammar. It builds the same tree as `odata-parser`, but has no messages, recovery and limits.

use odata_parser::Span;
use odata_parser::ast::*;

/// The text to parse, and the current position in it.
struct Parser<'s> {
    text: &'s str,
    at: usize,
}

/// Parses the whole text as a filter; `None` if it is not valid.
pub fn parse(text: &str) -> Option<Expr<'_>> {
    let mut parser = Parser { text, at: 0 };
    let expr = parser.expression(1)?;
    parser.blank();
    (parser.at == text.len()).then_some(expr)
}

fn level(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Eq | BinaryOp::Ne => 3,
        BinaryOp::Gt | BinaryOp::Ge | BinaryOp::Lt | BinaryOp::Le => 4,
        BinaryOp::In => 8,
        _ => 6,
    }
}

fn operator(word: &[u8]) -> Option<BinaryOp> {
    Some(match word {
        b"eq" => BinaryOp::Eq,
        b"ne" => BinaryOp::Ne,
        b"gt" => BinaryOp::Gt,
        b"ge" => BinaryOp::Ge,
        b"lt" => BinaryOp::Lt,
        b"le" => BinaryOp::Le,
        b"and" => BinaryOp::And,
        b"or" => BinaryOp::Or,
        b"in" => BinaryOp::In,
        _ => return None,
    })
}

impl<'s> Parser<'s> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.blank();
        if self.peek() != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn span(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    fn expr(&self, start: usize, kind: ExprKind<'s>) -> Expr<'s> {
        Expr { span: self.span(start), kind }
    }

    fn word_end(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = from;
        while bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            end += 1;
        }
        end
    }

    fn expression(&mut self, min: u8) -> Option<Expr<'s>> {
        let mut left = self.operand()?;
        loop {
            let before = self.at;
            self.blank();
            let end = self.word_end(self.at);
            let Some(op) = operator(&self.text.as_bytes()[self.at..end]).filter(|op| level(*op) >= min)
            else {
                self.at = before;
                return Some(left);
            };
            let op_span = Span::new(self.at, end);
            self.at = end;
            self.blank();
            let right = if op == BinaryOp::In { self.list()? } else { self.expression(level(op) + 1)? };
            let span = left.span.to(right.span);
            left = Expr { span, kind: ExprKind::Binary(Box::new(Binary { op, op_span, left, right })) };
        }
    }

    fn list(&mut self) -> Option<Expr<'s>> {
        let start = self.at;
        self.eat(b'(')?;
        let items = self.items(b')')?;
        Some(self.expr(start, ExprKind::List(items)))
    }

    fn items(&mut self, close: u8) -> Option<Vec<Expr<'s>>> {
        let mut items = Vec::new();
        self.blank();
        while self.peek() != close {
            items.push(self.expression(1)?);
            self.blank();
            if self.peek() == b',' {
                self.at += 1;
                self.blank();
            } else if self.peek() != close {
                return None;
            }
        }
        self.at += 1;
        Some(items)
    }

    fn operand(&mut self) -> Option<Expr<'s>> {
        self.blank();
        let start = self.at;
        match self.peek() {
            b'(' => {
                self.at += 1;
                let inner = self.expression(1)?;
                self.eat(b')')?;
                Some(self.expr(start, ExprKind::Paren(Box::new(inner))))
            }
            b'\'' => {
                self.string()?;
                Some(self.literal(start, LiteralKind::String))
            }
            b'[' => {
                self.at += 1;
                let items = self.items(b']')?;
                Some(self.expr(start, ExprKind::Array(items)))
            }
            b'"' => {
                self.at += 2 + self.text[self.at + 1..].find('"')?;
                Some(self.expr(start, ExprKind::JsonString(&self.text[start..self.at])))
            }
            b'-' | b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            _ => None,
        }
    }

    fn literal(&self, start: usize, kind: LiteralKind) -> Expr<'s> {
        self.expr(start, ExprKind::Literal(Literal { kind, text: &self.text[start..self.at] }))
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.at += 1 + self.text.as_bytes()[self.at..].iter().position(|b| *b == b'\'')?;
            if self.peek() != b'\'' {
                return Some(());
            }
            self.at += 1;
        }
    }

    fn guid(&mut self) -> bool {
        let Some(bytes) = self.text.as_bytes().get(self.at..self.at + 36) else { return false };
        let fits = bytes[8] == b'-'
            && bytes.iter().enumerate().all(|(n, b)| match n {
                8 | 13 | 18 | 23 => *b == b'-',
                _ => b.is_ascii_hexdigit(),
            });
        if fits {
            self.at += 36;
        }
        fits
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Option<Expr<'s>> {
        let start = self.at;
        if self.guid() {
            return Some(self.literal(start, LiteralKind::Guid));
        }
        if self.peek() == b'-' {
            self.at += 1;
        }
        let n = self.digits();
        let mut kind = LiteralKind::Integer;
        if n == 4 && self.peek() == b'-' {
            self.at += 1;
            self.digits();
            self.eat(b'-')?;
            self.digits();
            kind = LiteralKind::Date;
            if self.peek() == b'T' {
                kind = LiteralKind::DateTimeOffset;
                self.at += 1;
                while matches!(self.peek(), b'0'..=b'9' | b':' | b'.') {
                    self.at += 1;
                }
                match self.peek() {
                    b'Z' => self.at += 1,
                    b'+' | b'-' => self.at += 6,
                    _ => return None,
                }
            }
        } else if self.peek() == b'.' {
            self.at += 1;
            self.digits();
            kind = LiteralKind::Decimal;
        }
        Some(self.literal(start, kind))
    }

    fn word(&mut self) -> Option<Expr<'s>> {
        let start = self.at;
        if self.guid() {
            return Some(self.literal(start, LiteralKind::Guid));
        }
        let first = self.segment()?;
        if let SegmentKind::Name(name) = first.kind
            && self.peek() != b'/'
        {
            let kind = match name {
                "null" => LiteralKind::Null,
                "true" | "false" => LiteralKind::Boolean,
                "not" => {
                    let op_span = self.span(start);
                    let operand = self.expression(7)?;
                    let span = op_span.to(operand.span);
                    let unary = Unary { op: UnaryOp::Not, op_span, operand };
                    return Some(Expr { span, kind: ExprKind::Unary(Box::new(unary)) });
                }
                _ => return Some(self.expr(start, ExprKind::Path(Path { segments: vec![first] }))),
            };
            return Some(self.literal(start, kind));
        }
        if self.peek() != b'/'
            && let SegmentKind::Call(call) = first.kind
        {
            return Some(self.expr(start, ExprKind::Call(call)));
        }
        let mut segments = vec![first];
        while self.peek() == b'/' {
            self.at += 1;
            segments.push(self.segment()?);
        }
        Some(self.expr(start, ExprKind::Path(Path { segments })))
    }

    fn segment(&mut self) -> Option<Segment<'s>> {
        let start = self.at;
        let mut dotted = false;
        self.at = self.word_end(start);
        while self.peek() == b'.' {
            dotted = true;
            self.at = self.word_end(self.at + 1);
        }
        if self.at == start {
            return None;
        }
        let name = &self.text[start..self.at];
        let name_span = self.span(start);
        let kind = match (self.peek(), name) {
            (b'(', "not") => SegmentKind::Name(name),
            (b'(', "any") => SegmentKind::Any(self.lambda()?),
            (b'(', "all") => SegmentKind::All(self.lambda()??),
            (b'(', _) => {
                self.at += 1;
                SegmentKind::Call(Call { name, name_span, args: self.arguments()? })
            }
            _ if dotted => SegmentKind::Qualified(name),
            _ => SegmentKind::Name(name),
        };
        Some(Segment { span: self.span(start), kind })
    }

    fn lambda(&mut self) -> Option<Option<Box<Lambda<'s>>>> {
        self.at += 1;
        self.blank();
        if self.peek() == b')' {
            self.at += 1;
            return Some(None);
        }
        let start = self.at;
        self.at = self.word_end(start);
        let variable = &self.text[start..self.at];
        let variable_span = self.span(start);
        self.eat(b':')?;
        let body = self.expression(1)?;
        self.eat(b')')?;
        Some(Some(Box::new(Lambda { variable, variable_span, body })))
    }

    fn arguments(&mut self) -> Option<Vec<Argument<'s>>> {
        let mut args = Vec::with_capacity(2);
        self.blank();
        while self.peek() != b')' {
            let start = self.at;
            let end = self.word_end(start);
            let mut name = None;
            if end > start && self.text.as_bytes().get(end) == Some(&b'=') {
                name = Some((&self.text[start..end], Span::new(start, end)));
                self.at = end + 1;
            }
            args.push(Argument { name, value: self.expression(1)? });
            self.blank();
            match self.peek() {
                b',' => {
                    self.at += 1;
                    self.blank();
                }
                b')' => {}
                _ => return None,
            }
        }
        self.at += 1;
        Some(args)
    }
}
