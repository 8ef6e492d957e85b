//! Formats requests and filters for people, with line breaks where a line would be too long.
//! [`super::pretty`] and [`super::pretty_filter`] call it.

use std::fmt::Display;

use super::doc::Doc;
use super::encode::{Encoder, Form};
use crate::ast::{
    Argument, Binary, BinaryOp, Call, Expr, ExprKind, Item, Lambda, Member, NestedOptions, OptionKind,
    OrderItem, Path, QueryOption, Request, Segment, SegmentKind, Transformation, TransformationKind, Unary,
    UnaryOp,
};
use crate::expr::{UNARY as PREFIX, precedence_of};
use crate::print::{begins_with_literal, precedence};

/// Formats a whole request; `encoder` escapes its parts.
pub(super) fn request(request: &Request<'_>, encoder: &Encoder) -> String {
    let pretty = Pretty(*encoder);
    let head = super::minify::head(request, encoder);
    let mut all = vec![Doc::text(head.as_str())];
    for (n, option) in request.options.iter().enumerate() {
        if n > 0 || !head.is_empty() {
            all.push(Doc::Hard);
        }
        all.push(Doc::text(if n == 0 { "?" } else { "&" }));
        all.push(pretty.option(option));
    }
    Doc::All(all).indent(if head.is_empty() { 0 } else { 2 }).render()
}

/// Formats a filter that is not part of a request.
pub(super) fn filter(expr: &Expr<'_>) -> String {
    Pretty(Encoder { form: Form::Bare, placeholders: false, strict: false }).expr(expr).render()
}

struct Pretty(Encoder);

impl Pretty {
    /// Returns the printed form of `text`, a node of the tree, as a text that is never broken into lines.
    fn leaf(&self, text: &impl Display) -> Doc {
        Doc::text(self.0.value(&text.to_string()))
    }

    fn option(&self, option: &QueryOption<'_>) -> Doc {
        let name = Doc::text(self.0.name(option.name));
        let value = match &option.kind {
            OptionKind::Select(items) | OptionKind::Expand(items) => self.list(items, Self::item),
            OptionKind::Filter(e)
            | OptionKind::Top(e)
            | OptionKind::Skip(e)
            | OptionKind::Index(e)
            | OptionKind::Count(e)
            | OptionKind::Levels(e)
            | OptionKind::Alias(e) => self.expr(e),
            OptionKind::OrderBy(items) => self.list(items, Self::order_item),
            OptionKind::Compute(items) => self.list(items, |pretty, item| {
                Doc::All(vec![pretty.expr(&item.expr), Doc::text(format!(" as {}", item.alias.0))])
            }),
            OptionKind::Apply(apply) => self.transformations(apply),
            OptionKind::Search(search) => self.leaf(search),
            // A custom option may have no `=`, which its `Display` handles.
            OptionKind::Text(text) | OptionKind::Custom(text) => {
                let has_value = option.to_string().len() > option.name.len();
                let value = format!("{}{}", if has_value { "=" } else { "" }, self.0.raw(text));
                return Doc::All(vec![name, Doc::Text(value)]);
            }
        };
        Doc::All(vec![name, Doc::text("="), value.align()])
    }

    fn list<T>(&self, items: &[T], of: impl Fn(&Self, &T) -> Doc) -> Doc {
        Doc::list(items.iter().map(|item| of(self, item)), ",").group()
    }

    fn item(&self, item: &Item<'_>) -> Doc {
        let mut all = vec![self.path(&item.path)];
        all.extend(item.nested.as_ref().filter(|n| !n.options.is_empty()).map(|n| self.nested(n)));
        Doc::All(all).align()
    }

    fn nested(&self, nested: &NestedOptions<'_>) -> Doc {
        Doc::bracketed("(", nested.options.iter().map(|o| self.option(o)), ";", ")")
    }

    fn order_item(&self, item: &OrderItem<'_>) -> Doc {
        let direction = match item.direction {
            Some((true, _)) => " desc",
            Some((false, _)) => " asc",
            None => "",
        };
        Doc::All(vec![self.expr(&item.expr), Doc::text(direction)])
    }

    /// Returns a chain of transformations. If it does not fit on one line, each transformation is on a line
    /// of its own.
    fn transformations(&self, apply: &[Transformation<'_>]) -> Doc {
        let mut all = Vec::with_capacity(3 * apply.len());
        for (n, transformation) in apply.iter().enumerate() {
            if n > 0 {
                all.extend([Doc::Line(""), Doc::text("/")]);
            }
            all.push(self.transformation(transformation));
        }
        Doc::All(all).group()
    }

    fn transformation(&self, transformation: &Transformation<'_>) -> Doc {
        match &transformation.kind {
            TransformationKind::Filter(condition) => {
                Doc::All(vec![Doc::text("filter("), self.expr(condition).align(), Doc::text(")")])
            }
            TransformationKind::GroupBy(keys, apply) => {
                let keys = Doc::bracketed("(", keys.iter().map(|k| self.leaf(k)), ",", ")");
                let then = (!apply.is_empty()).then(|| self.transformations(apply));
                Doc::bracketed("groupby(", std::iter::once(keys).chain(then), ",", ")")
            }
            TransformationKind::Aggregate(items) => {
                Doc::bracketed("aggregate(", items.iter().map(|i| self.leaf(i)), ",", ")")
            }
            _ => self.leaf(transformation),
        }
    }

    fn expr(&self, e: &Expr<'_>) -> Doc {
        match &e.kind {
            ExprKind::Path(path) => self.path(path),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Paren(inner) => self.parenthesised(inner),
            ExprKind::List(items) => Doc::bracketed("(", items.iter().map(|e| self.expr(e)), ",", ")"),
            ExprKind::Array(items) => Doc::bracketed("[", items.iter().map(|e| self.expr(e)), ",", "]"),
            ExprKind::Object(members) => {
                Doc::bracketed("{", members.iter().map(|m| self.member(m)), ",", "}")
            }
            ExprKind::Unary(unary) => self.unary(e, unary),
            ExprKind::Binary(binary) if matches!(binary.op, BinaryOp::And | BinaryOp::Or) => {
                self.chain(binary)
            }
            ExprKind::Binary(binary) => self.binary(e, binary),
            ExprKind::Literal(_)
            | ExprKind::Alias(_)
            | ExprKind::JsonString(_)
            | ExprKind::Type(_)
            | ExprKind::Placeholder(_)
            | ExprKind::Error => self.leaf(e),
        }
    }

    fn parenthesised(&self, inner: &Expr<'_>) -> Doc {
        Doc::All(vec![Doc::text("("), self.expr(inner).align(), Doc::text(")")])
    }

    /// Returns the expression `e`, in parentheses if the precedence of its outermost operator is below `min`.
    fn at_least(&self, min: u8, e: &Expr<'_>) -> Doc {
        if precedence(e) < min { self.parenthesised(e) } else { self.expr(e) }
    }

    fn unary(&self, e: &Expr<'_>, unary: &Unary<'_>) -> Doc {
        let op = match unary.op {
            UnaryOp::Not => "not ",
            // A minus before a value is followed by a space, which `Display` handles.
            UnaryOp::Neg if begins_with_literal(&unary.operand) => return self.leaf(e),
            UnaryOp::Neg => "-",
        };
        Doc::All(vec![Doc::text(op), self.at_least(PREFIX, &unary.operand)])
    }

    /// Returns a chain of operators such as `a and b and …`. If it does not fit on one line, each operand is
    /// on a line of its own. `last` is the last operator of the chain, which is the root of its tree.
    fn chain(&self, last: &Binary<'_>) -> Doc {
        let op = last.op;
        // The chain nests to the left.
        let (mut left, mut operands) = (&last.left, vec![&last.right]);
        while let ExprKind::Binary(inner) = &left.kind
            && inner.op == op
        {
            operands.push(&inner.right);
            left = &inner.left;
        }
        // `a or b and c`: an operand that binds more tightly without parentheses is indented.
        let mut all = vec![self.at_least(precedence_of(op), left).indent(2)];
        for operand in operands.into_iter().rev() {
            all.extend([Doc::Line(" "), Doc::text(format!("{op} "))]);
            all.push(self.at_least(precedence_of(op) + 1, operand).indent(2));
        }
        Doc::All(all).group()
    }

    fn binary(&self, e: &Expr<'_>, binary: &Binary<'_>) -> Doc {
        let min = precedence_of(binary.op);
        // `x in -y`: `Display` knows where a prefix operator needs no parentheses.
        if min > PREFIX && matches!(binary.right.kind, ExprKind::Unary(_)) {
            return self.leaf(e);
        }
        let (left, right) = (self.at_least(min, &binary.left), self.at_least(min + 1, &binary.right));
        Doc::All(vec![left, Doc::text(format!(" {} ", binary.op)), right])
    }

    fn path(&self, path: &Path<'_>) -> Doc {
        let mut all = Vec::with_capacity(2 * path.segments.len());
        for (n, segment) in path.segments.iter().enumerate() {
            // A key follows its name without a slash.
            if n > 0 && !matches!(segment.kind, SegmentKind::Key(_)) {
                all.push(Doc::text("/"));
            }
            all.push(self.segment(segment));
        }
        Doc::All(all)
    }

    fn segment(&self, segment: &Segment<'_>) -> Doc {
        match &segment.kind {
            SegmentKind::Key(args) => self.arguments("(", args),
            SegmentKind::Call(call) => self.call(call),
            SegmentKind::Any(Some(lambda)) => self.lambda("any", lambda),
            SegmentKind::All(lambda) => self.lambda("all", lambda),
            SegmentKind::Filter(condition) => {
                Doc::All(vec![Doc::text("$filter("), self.expr(condition).align(), Doc::text(")")])
            }
            SegmentKind::Count(Some(nested)) => Doc::All(vec![Doc::text("$count"), self.nested(nested)]),
            _ => self.leaf(segment),
        }
    }

    fn lambda(&self, word: &str, lambda: &Lambda<'_>) -> Doc {
        let body = Doc::All(vec![Doc::Line(""), self.expr(&lambda.body)]).indent(2);
        Doc::All(vec![Doc::text(format!("{word}({}:", lambda.variable)), body, Doc::text(")")]).group()
    }

    fn call(&self, call: &Call<'_>) -> Doc {
        // The arguments of `case` are pairs.
        if call.name.eq_ignore_ascii_case("case") {
            let pairs = call.args.chunks(2).map(|pair| {
                let mut all = Vec::with_capacity(3);
                for (n, arg) in pair.iter().enumerate() {
                    all.push(Doc::text(if n > 0 { " : " } else { "" }));
                    all.push(self.argument(arg));
                }
                Doc::All(all)
            });
            return Doc::bracketed(&format!("{}(", call.name), pairs, ",", ")");
        }
        self.arguments(&format!("{}(", call.name), &call.args)
    }

    fn arguments(&self, open: &str, args: &[Argument<'_>]) -> Doc {
        Doc::bracketed(open, args.iter().map(|a| self.argument(a)), ",", ")")
    }

    fn argument(&self, argument: &Argument<'_>) -> Doc {
        match argument.name {
            Some((name, _)) => Doc::All(vec![Doc::text(format!("{name}=")), self.expr(&argument.value)]),
            None => self.expr(&argument.value),
        }
    }

    fn member(&self, member: &Member<'_>) -> Doc {
        Doc::All(vec![self.leaf(&member.name), Doc::text(":"), self.expr(&member.value)])
    }
}
