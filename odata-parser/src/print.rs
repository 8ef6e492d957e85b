//! Prints syntax trees of expressions as OData text: one space around operators, none elsewhere, and values
//! and names as they were written. `to_string` and the formatter use it.
//!
//! If the printed text is parsed, the tree is the same. A tree that was not parsed from a text is printed
//! with the parentheses that its structure needs.

use std::fmt::{self, Display, Formatter, Write};

use crate::ast::{
    Argument, Binary, BinaryOp, Call, Expr, ExprKind, Lambda, Literal, LiteralKind, Member, Path,
    Placeholder, Segment, SegmentKind, Unary, UnaryOp,
};
use crate::expr::{UNARY as PREFIX, precedence_of};

impl Display for Expr<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Literal(literal) => literal.fmt(f),
            ExprKind::Path(path) => path.fmt(f),
            ExprKind::Call(call) => call.fmt(f),
            ExprKind::Alias(name) => write!(f, "@{name}"),
            ExprKind::Unary(unary) => unary.fmt(f),
            ExprKind::Binary(binary) => binary.fmt(f),
            ExprKind::Paren(inner) => write!(f, "({inner})"),
            ExprKind::List(items) => bracketed(f, '(', items, ')'),
            ExprKind::Array(items) => bracketed(f, '[', items, ']'),
            ExprKind::Object(members) => bracketed(f, '{', members, '}'),
            ExprKind::JsonString(text) | ExprKind::Type(text) => f.write_str(text),
            ExprKind::Placeholder(placeholder) => placeholder.fmt(f),
            ExprKind::Error => f.write_str("<error>"),
        }
    }
}

fn bracketed(f: &mut Formatter<'_>, open: char, items: &[impl Display], close: char) -> fmt::Result {
    f.write_char(open)?;
    separated(f, items, ",")?;
    f.write_char(close)
}

fn separated(f: &mut Formatter<'_>, items: &[impl Display], separator: &str) -> fmt::Result {
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            f.write_str(separator)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

/// Returns the precedence of the outermost operator of an expression; the greatest number if the expression
/// is not an operator with operands.
pub(crate) fn precedence(e: &Expr<'_>) -> u8 {
    match &e.kind {
        ExprKind::Binary(b) => precedence_of(b.op),
        ExprKind::Unary(_) => PREFIX,
        _ => u8::MAX,
    }
}

/// Prints the expression `e`, in parentheses if the precedence of its outermost operator is below `min`.
fn at_least(f: &mut Formatter<'_>, min: u8, e: &Expr<'_>) -> fmt::Result {
    if precedence(e) < min { write!(f, "({e})") } else { e.fmt(f) }
}

impl Display for Binary<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // `a or b or …` nests to the left and may be long, so it is printed by a loop instead of recursion.
        let mut chain = vec![self];
        while let Some(last) = chain.last()
            && let ExprKind::Binary(inner) = &last.left.kind
            && precedence_of(inner.op) >= precedence_of(last.op)
        {
            chain.push(inner);
        }
        if let Some(innermost) = chain.last() {
            at_least(f, precedence_of(innermost.op), &innermost.left)?;
        }
        for (n, binary) in chain.iter().enumerate().rev() {
            write!(f, " {} ", binary.op)?;
            // A prefix operator on the right ends before an operator of lower precedence: `x in -y`. One of higher
            // precedence would belong to its operand.
            let follower = n.checked_sub(1).map_or(0, |n| precedence_of(chain[n].op));
            let prefix = matches!(binary.right.kind, ExprKind::Unary(_)) && follower <= PREFIX;
            let tight = precedence_of(binary.op) + 1;
            let tight = if prefix { PREFIX.min(tight) } else { tight };
            at_least(f, tight, &binary.right)?;
        }
        Ok(())
    }
}

impl Display for Unary<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.op {
            UnaryOp::Not => f.write_str("not ")?,
            // `-1` is one value, so a minus before a value is followed by a space.
            UnaryOp::Neg if begins_with_literal(&self.operand) => f.write_str("- ")?,
            UnaryOp::Neg => f.write_char('-')?,
        }
        at_least(f, PREFIX, &self.operand)
    }
}

/// Returns whether the printed expression begins with a literal. A minus before it would be parsed as a part
/// of the literal.
pub(crate) fn begins_with_literal(e: &Expr<'_>) -> bool {
    match &e.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Binary(b) => begins_with_literal(&b.left),
        _ => false,
    }
}

impl Display for BinaryOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Display for Literal<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.kind == LiteralKind::String && !is_quoted(self.text) {
            // The text had other quotes; the tree contains the content that was meant.
            return write!(f, "'{}'", self.string_value().replace('\'', "''"));
        }
        f.write_str(self.text)
    }
}

/// Returns whether a text is in single quotes, as a string in OData must be.
fn is_quoted(text: &str) -> bool {
    crate::lexical::quoted(text).is_some_and(|(rest, _)| rest.is_empty())
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (n, segment) in self.segments.iter().enumerate() {
            // A key follows its name without a slash.
            if n > 0 && !matches!(segment.kind, SegmentKind::Key(_)) {
                f.write_char('/')?;
            }
            segment.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Segment<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SegmentKind::Name(name) | SegmentKind::Qualified(name) => f.write_str(name),
            SegmentKind::It => f.write_str("$it"),
            SegmentKind::This => f.write_str("$this"),
            SegmentKind::Root => f.write_str("$root"),
            SegmentKind::Key(args) => bracketed(f, '(', args, ')'),
            SegmentKind::Call(call) => call.fmt(f),
            SegmentKind::Any(None) => f.write_str("any()"),
            SegmentKind::Any(Some(lambda)) => write!(f, "any({lambda})"),
            SegmentKind::All(lambda) => write!(f, "all({lambda})"),
            SegmentKind::Count(None) => f.write_str("$count"),
            SegmentKind::Count(Some(options)) => write!(f, "$count{options}"),
            SegmentKind::Filter(condition) => write!(f, "$filter({condition})"),
            SegmentKind::Annotation(name) => write!(f, "@{name}"),
            SegmentKind::Aggregate(items) => {
                f.write_str("aggregate")?;
                bracketed(f, '(', items, ')')
            }
            SegmentKind::Star => f.write_char('*'),
            SegmentKind::AllOperations(text) | SegmentKind::System(text) | SegmentKind::KeySegment(text) => {
                f.write_str(text)
            }
            SegmentKind::Placeholder(placeholder) => placeholder.fmt(f),
        }
    }
}

impl Display for Lambda<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.variable, self.body)
    }
}

impl Display for Call<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if !self.name.eq_ignore_ascii_case("case") {
            return bracketed(f, '(', &self.args, ')');
        }
        // The arguments of `case` are pairs of condition and value. A space prevents that `0 :1` is read as a time.
        f.write_char('(')?;
        for (n, pair) in self.args.chunks(2).enumerate() {
            if n > 0 {
                f.write_char(',')?;
            }
            separated(f, pair, " : ")?;
        }
        f.write_char(')')
    }
}

impl Display for Argument<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = self.name {
            write!(f, "{name}=")?;
        }
        self.value.fmt(f)
    }
}

impl Display for Member<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.value)
    }
}

impl Display for Placeholder<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.quoted { write!(f, "'{}'", self.text) } else { f.write_str(self.text) }
    }
}

#[cfg(test)]
mod tests {
    use crate::ast::{Binary, BinaryOp, Expr, ExprKind, Path, Segment, SegmentKind};
    use crate::{ParseOptions, Span, parse_filter, parse_filter_with};

    /// Parses `text` and checks that the tree prints as `expected`.
    fn prints(text: &str, expected: &str) {
        let tree = parse_filter(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(tree.to_string(), expected);
        assert_eq!(parse_filter(expected).unwrap().to_string(), expected);
    }

    #[test]
    fn printing_normalizes_white_space_and_nothing_else() {
        prints(" a  eq\n 1 AND ( b\tne 'x' ) ", "a eq 1 and (b ne 'x')");
        prints("contains( name , 'a' )", "contains(name,'a')");
        prints("x/any( d : d/a eq 1 )", "x/any(d:d/a eq 1)");
        prints("{ \"a\" : [ 1 , \"b\" ] }", "{\"a\":[1,\"b\"]}");
        prints("case(a gt 0:1,true:0) eq 1", "case(a gt 0 : 1,true : 0) eq 1");
        prints("- 1 add -1 sub --x", "- 1 add -1 sub --x");
        prints("a in ( 1 , 2 ) or not b", "a in (1,2) or not b");
        prints("a in -b and a has --b has c", "a in -b and a has --b has c");
        prints("$root/Items(ID='a',No=1)/x eq @p", "$root/Items(ID='a',No=1)/x eq @p");
    }

    #[test]
    fn placeholders_keep_their_quotes() {
        let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
        let blank = "a eq {\n}";
        assert_eq!(parse_filter_with(blank, &options).unwrap().to_string(), blank);
        let text = "a eq '{x}' and b eq ${y} and new_{z}/c eq '%@{f('a')}%'";
        assert_eq!(parse_filter_with(text, &options).unwrap().to_string(), text);
    }

    fn name(text: &str) -> Expr<'_> {
        let segments = vec![Segment { span: Span::at(0), kind: SegmentKind::Name(text) }];
        Expr { span: Span::at(0), kind: ExprKind::Path(Path { segments }) }
    }

    fn binary<'s>(left: Expr<'s>, op: BinaryOp, right: Expr<'s>) -> Expr<'s> {
        let span = Span::at(0);
        Expr { span, kind: ExprKind::Binary(Box::new(Binary { op, op_span: span, left, right })) }
    }

    /// A tree without parentheses is printed with parentheses if the text without them would be parsed as
    /// another tree.
    #[test]
    fn trees_built_by_hand_get_the_parentheses_they_need() {
        let has = || binary(name("a"), BinaryOp::Has, name("b"));
        assert_eq!(binary(name("x"), BinaryOp::In, has()).to_string(), "x in (a has b)");
        let or = || binary(name("a"), BinaryOp::Or, name("b"));
        assert_eq!(binary(or(), BinaryOp::And, name("c")).to_string(), "(a or b) and c");
        assert_eq!(binary(name("c"), BinaryOp::Or, or()).to_string(), "c or (a or b)");
        assert_eq!(binary(or(), BinaryOp::Or, name("c")).to_string(), "a or b or c");
    }
}
