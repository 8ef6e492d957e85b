//! Prints the shortest request or filter with the same meaning: removes redundant parts from the tree, and
//! prints the rest without superfluous white space. [`super::minify`] and [`super::minify_filter`] call it.

use std::collections::HashSet;

use dvkit_diagnostic::Span;

use super::encode::Encoder;
use super::visit_mut::{VisitMut, walk_expr, walk_path, walk_request};
use crate::ast::{
    Argument, Binary, BinaryOp, Expr, ExprKind, Lambda, Literal, LiteralKind, NestedOptions, OptionKind,
    OrderItem, Path, Placeholder, QueryOption, Request, Segment, SegmentKind, UnaryOp,
};
use crate::expr::{UNARY as PREFIX, precedence_of};
use crate::lexical::binary_operator;
use crate::print::begins_with_literal;
use crate::visit::{Visit, walk_lambda, walk_path as visit_path, walk_segment};

/// Returns a copy of the request without redundant parts.
pub(super) fn request<'s>(request: &Request<'s>) -> Request<'s> {
    let mut small = request.clone();
    walk_request(&mut Shrink::default(), &mut small);
    small
}

/// Returns a copy of the filter without redundant parts.
pub(super) fn filter<'s>(expr: &Expr<'s>) -> Expr<'s> {
    let mut small = expr.clone();
    Shrink::default().expr(&mut small);
    small
}

/// Prints a request on one line; `encoder` escapes its parts.
pub(super) fn print(request: &Request<'_>, encoder: &Encoder) -> String {
    let mut out = head(request, encoder);
    for (n, option) in request.options.iter().enumerate() {
        out.push(if n == 0 { '?' } else { '&' });
        out += &encoder.name(option.name);
        // The text after the name: `=` and the value, or nothing.
        let printed = option.to_string();
        if let Some(value) = printed.get(option.name.len() + 1..) {
            out.push('=');
            out += &encoder.raw(value);
        }
    }
    out
}

/// Prints the part of a request before its options: the root of the service, the path and the fragment.
pub(super) fn head(request: &Request<'_>, encoder: &Encoder) -> String {
    let mut out = request.service.map_or(String::new(), |(service, _)| service.to_owned());
    for (n, segment) in request.path.segments.iter().enumerate() {
        if n > 0 && !matches!(segment.kind, SegmentKind::Key(_)) {
            out.push('/');
        }
        out += &encoder.segment(&segment.to_string());
    }
    if let Some((fragment, _)) = request.fragment {
        out.push('#');
        out += &encoder.segment(fragment);
    }
    out
}

#[derive(Default)]
struct Shrink<'s> {
    /// The names of the variables of the enclosing lambdas, outermost first.
    scope: Vec<&'s str>,
}

impl<'s> VisitMut<'s> for Shrink<'s> {
    fn expr(&mut self, expr: &mut Expr<'s>) {
        // `-(1)` is not `-1`, and it is shorter than `- 1` once that is encoded.
        if let ExprKind::Unary(unary) = &mut expr.kind
            && unary.op == UnaryOp::Neg
            && begins_with_paren(&unary.operand)
        {
            self.expr(&mut unary.operand);
            if begins_with_literal(&unary.operand) {
                begin_with_paren(&mut unary.operand);
            }
            return;
        }
        walk_expr(self, expr);
        unwrap(expr);
        if let ExprKind::Binary(binary) = &mut expr.kind {
            lean_left(binary);
        }
    }

    fn lambda(&mut self, lambda: &mut Lambda<'s>) {
        shorten(lambda, &self.scope);
        self.scope.push(lambda.variable);
        self.expr(&mut lambda.body);
        self.scope.pop();
    }

    fn arguments(&mut self, name: Option<&'s str>, args: &mut [Argument<'s>]) {
        // `f((1))`: without the inner parentheses, `f(1)` would be the row with the key `1`.
        let looks_like_key = |name: &str| !name.contains('.') && crate::function::signature(name).is_none();
        if let ([Argument { name: None, value }], true) = (&mut *args, name.is_some_and(looks_like_key))
            && let ExprKind::Paren(inner) = &mut value.kind
        {
            self.expr(inner);
            if !matches!(inner.kind, ExprKind::Literal(_) | ExprKind::Placeholder(_)) {
                unwrap(value);
            }
            return;
        }
        args.iter_mut().for_each(|a| self.expr(&mut a.value));
    }

    fn options(&mut self, options: &mut Vec<QueryOption<'s>>) {
        options.retain(|o| !is_default(&o.kind));
        options.iter_mut().for_each(|o| super::visit_mut::walk_option(self, o));
    }

    fn nested(&mut self, nested: &mut Option<NestedOptions<'s>>) {
        if let Some(inner) = nested {
            self.options(&mut inner.options);
        }
        nested.take_if(|n| n.options.is_empty());
    }

    fn order_item(&mut self, item: &mut OrderItem<'s>) {
        self.expr(&mut item.expr);
        item.direction.take_if(|(descending, _)| !*descending);
    }
}

/// Returns whether the option is redundant because it has its default value, as `$count=false` has.
fn is_default(kind: &OptionKind<'_>) -> bool {
    matches!(
        kind,
        OptionKind::Count(Expr {
            kind: ExprKind::Literal(Literal { kind: LiteralKind::Boolean, text: "false" }),
            ..
        })
    )
}

/// Removes the parentheses around an expression if they are not needed. The printer adds those that the
/// structure of the tree requires.
fn unwrap(expr: &mut Expr<'_>) {
    if let ExprKind::Paren(inner) = &mut expr.kind
        && !needs_parentheses(inner)
    {
        let kind = std::mem::replace(&mut inner.kind, ExprKind::Error);
        expr.kind = kind;
    }
}

/// Returns whether the operand of a minus begins with a parenthesis. For the operators `has` and `in`, which
/// bind more tightly than the minus, this is decided by their left operand.
fn begins_with_paren(operand: &Expr<'_>) -> bool {
    match &operand.kind {
        ExprKind::Binary(binary) if precedence_of(binary.op) > PREFIX => begins_with_paren(&binary.left),
        kind => matches!(kind, ExprKind::Paren(_)),
    }
}

/// Puts the beginning of the operand of a minus into parentheses, so that [`begins_with_paren`] returns true
/// for it.
fn begin_with_paren(operand: &mut Expr<'_>) {
    match &mut operand.kind {
        ExprKind::Binary(binary) if precedence_of(binary.op) > PREFIX => begin_with_paren(&mut binary.left),
        kind => {
            let inner = Expr { span: operand.span, kind: std::mem::replace(kind, ExprKind::Error) };
            *kind = ExprKind::Paren(Box::new(inner));
        }
    }
}

/// Returns whether parentheses around the expression are needed, because removing them could change the
/// meaning. A placeholder needs them, because any expression may replace it.
fn needs_parentheses(inner: &Expr<'_>) -> bool {
    match &inner.kind {
        ExprKind::Placeholder(placeholder) => !placeholder.quoted,
        ExprKind::Error => true,
        _ => has_word_at_edge(inner),
    }
}

/// Returns whether the expression begins or ends with a column that has the name of an operator, which the
/// parser could take for that operator.
fn has_word_at_edge(e: &Expr<'_>) -> bool {
    const WORDS: &[&str] = &["not", "asc", "desc", "ascending", "descending", "as", "with", "from"];
    let is_word = |n: &str| binary_operator(n).is_some() || WORDS.iter().any(|w| w.eq_ignore_ascii_case(n));
    match &e.kind {
        ExprKind::Path(path) => path.as_name().is_some_and(is_word),
        ExprKind::Unary(unary) => has_word_at_edge(&unary.operand),
        ExprKind::Binary(binary) => has_word_at_edge(&binary.left) || has_word_at_edge(&binary.right),
        _ => false,
    }
}

/// Changes a tree like `a or (b or c)` to the tree of `a or b or c`, and does the same for `and`.
fn lean_left(binary: &mut Binary<'_>) {
    let op = binary.op;
    let same = |e: &Expr<'_>| matches!(&e.kind, ExprKind::Binary(b) if b.op == op);
    if !matches!(op, BinaryOp::And | BinaryOp::Or) || !same(&binary.right) {
        return;
    }
    let nothing = || Expr { span: Span::at(0), kind: ExprKind::Error };
    let mut right = std::mem::replace(&mut binary.right, nothing());
    let mut operands = Vec::new();
    while same(&right)
        && let ExprKind::Binary(inner) = right.kind
    {
        operands.push((inner.op_span, inner.right));
        right = inner.left;
    }
    binary.right = right;
    for (op_span, right) in operands.into_iter().rev() {
        let inner = Binary {
            op,
            op_span: binary.op_span,
            left: std::mem::replace(&mut binary.left, nothing()),
            right: std::mem::replace(&mut binary.right, right),
        };
        let span = inner.left.span.to(inner.right.span);
        binary.left = Expr { span, kind: ExprKind::Binary(Box::new(inner)) };
        binary.op_span = op_span;
    }
}

/// Renames the variable of a lambda to one letter with which no path in its condition begins. `scope` has the
/// variables of the enclosing lambdas, which are not used either.
fn shorten<'s>(lambda: &mut Lambda<'s>, scope: &[&'s str]) {
    const LETTERS: [&str; 26] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t",
        "u", "v", "w", "x", "y", "z",
    ];
    if lambda.variable.len() == 1 {
        return;
    }
    let mut starts = Starts { variable: lambda.variable, names: HashSet::new(), opaque: false };
    starts.visit_expr(&lambda.body);
    let free = |letter: &&&str| !starts.names.contains(**letter) && !scope.contains(*letter);
    if let (false, Some(letter)) = (starts.opaque, LETTERS.iter().find(free)) {
        Rename { from: lambda.variable, to: letter }.expr(&mut lambda.body);
        lambda.variable = letter;
    }
}

/// Collects the names with which the paths in the condition of a lambda begin.
struct Starts<'s> {
    variable: &'s str,
    names: HashSet<&'s str>,
    /// Whether the variable must not be renamed, because the condition may use it in a way that the tree does
    /// not show, or uses its name for something else.
    opaque: bool,
}

impl<'s> Visit<'s> for Starts<'s> {
    fn visit_path(&mut self, path: &Path<'s>) {
        if let Some(Segment { kind: SegmentKind::Name(name), .. }) = path.segments.first() {
            self.names.insert(name);
        }
        visit_path(self, path);
    }

    fn visit_segment(&mut self, segment: &Segment<'s>) {
        // Names within these may be columns of other rows.
        self.opaque |= matches!(
            segment.kind,
            SegmentKind::Filter(_) | SegmentKind::Count(Some(_)) | SegmentKind::Aggregate(_)
        );
        walk_segment(self, segment);
    }

    fn visit_lambda(&mut self, lambda: &Lambda<'s>) {
        self.names.insert(lambda.variable);
        walk_lambda(self, lambda);
    }

    fn visit_placeholder(&mut self, placeholder: &Placeholder<'s>) {
        self.opaque |= !placeholder.quoted;
    }

    fn visit_literal(&mut self, literal: &Literal<'s>) {
        // `PropertyName='c/name'` is a path within a text.
        let path = literal.string_value().strip_prefix(self.variable).is_some_and(|p| p.starts_with('/'));
        self.opaque |= path;
    }
}

struct Rename<'s> {
    from: &'s str,
    to: &'s str,
}

impl<'s> VisitMut<'s> for Rename<'s> {
    fn path(&mut self, path: &mut Path<'s>) {
        if let Some(Segment { kind: SegmentKind::Name(name), .. }) = path.segments.first_mut()
            && *name == self.from
        {
            *name = self.to;
        }
        walk_path(self, path);
    }

    fn lambda(&mut self, lambda: &mut Lambda<'s>) {
        // A nested lambda whose variable has the same name refers to its own variable.
        if lambda.variable != self.from {
            self.expr(&mut lambda.body);
        }
    }
}
