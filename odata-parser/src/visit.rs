//! Visits the nodes of a syntax tree. Code that searches a tree implements the methods of [`Visit`] for the
//! nodes of interest, and calls the `walk_*` function of a node within them to visit its children too.
//!
//! ```
//! use odata_parser::ast::{Literal, LiteralKind};
//! use odata_parser::visit::Visit;
//!
//! #[derive(Default)]
//! struct Guids(Vec<String>);
//! impl<'s> Visit<'s> for Guids {
//!     fn visit_literal(&mut self, literal: &Literal<'s>) {
//!         if literal.kind == LiteralKind::Guid {
//!             self.0.push(literal.text.to_owned());
//!         }
//!     }
//! }
//!
//! let filter = odata_parser::parse_filter("_x_value eq 78914942-34cb-ed11-b596-0022481d68cd")?;
//! let mut guids = Guids::default();
//! guids.visit_expr(&filter);
//! assert_eq!(guids.0, ["78914942-34cb-ed11-b596-0022481d68cd"]);
//! # Ok::<(), dvkit_diagnostic::Diagnostic>(())
//! ```

use crate::ast::{
    Aggregation, ApplyArgument, Argument, Binary, Call, ComputeItem, Expr, ExprKind, GroupKey, Item, Lambda,
    Literal, Member, OptionKind, OrderItem, Path, Placeholder, QueryOption, Request, Search, SearchKind,
    Segment, SegmentKind, Transformation, TransformationKind, Unary,
};

/// A visitor of a syntax tree, whose methods are called in the order of the text. By default, each method
/// only visits the children of its node.
pub trait Visit<'s> {
    /// Visits an expression of any kind.
    fn visit_expr(&mut self, expr: &Expr<'s>) {
        walk_expr(self, expr);
    }

    /// Visits a literal.
    fn visit_literal(&mut self, _literal: &Literal<'s>) {}

    /// Visits a placeholder, which is a value or a segment of a path.
    fn visit_placeholder(&mut self, _placeholder: &Placeholder<'s>) {}

    /// Visits a prefix operator and its operand.
    fn visit_unary(&mut self, unary: &Unary<'s>) {
        walk_unary(self, unary);
    }

    /// Visits an infix operator and its operands.
    fn visit_binary(&mut self, binary: &Binary<'s>) {
        walk_binary(self, binary);
    }

    /// Visits a path.
    fn visit_path(&mut self, path: &Path<'s>) {
        walk_path(self, path);
    }

    /// Visits one segment of a path, such as a name or a lambda.
    fn visit_segment(&mut self, segment: &Segment<'s>) {
        walk_segment(self, segment);
    }

    /// Visits a lambda, which is the variable and the condition of `any` or `all`.
    fn visit_lambda(&mut self, lambda: &Lambda<'s>) {
        walk_lambda(self, lambda);
    }

    /// Visits a function call, alone or within a path.
    fn visit_call(&mut self, call: &Call<'s>) {
        walk_call(self, call);
    }

    /// Visits an argument of a call or of a key.
    fn visit_argument(&mut self, argument: &Argument<'s>) {
        walk_argument(self, argument);
    }

    /// Visits a member of a JSON object.
    fn visit_member(&mut self, member: &Member<'s>) {
        walk_member(self, member);
    }

    /// Visits a whole request with its path and its options.
    fn visit_request(&mut self, request: &Request<'s>) {
        walk_request(self, request);
    }

    /// Visits a query option of a request, or one within the parentheses of an item.
    fn visit_option(&mut self, option: &QueryOption<'s>) {
        walk_option(self, option);
    }

    /// Visits an item of `$select` or `$expand`.
    fn visit_item(&mut self, item: &Item<'s>) {
        walk_item(self, item);
    }

    /// Visits an item of `$orderby`.
    fn visit_order_item(&mut self, item: &OrderItem<'s>) {
        walk_order_item(self, item);
    }

    /// Visits an item of `$compute`.
    fn visit_compute_item(&mut self, item: &ComputeItem<'s>) {
        walk_compute_item(self, item);
    }

    /// Visits a transformation of `$apply`.
    fn visit_transformation(&mut self, transformation: &Transformation<'s>) {
        walk_transformation(self, transformation);
    }

    /// Visits an item of `aggregate(…)`.
    fn visit_aggregation(&mut self, aggregation: &Aggregation<'s>) {
        walk_aggregation(self, aggregation);
    }

    /// Visits a key of `groupby(…)`.
    fn visit_group_key(&mut self, key: &GroupKey<'s>) {
        walk_group_key(self, key);
    }

    /// Visits an argument of a transformation.
    fn visit_apply_argument(&mut self, argument: &ApplyArgument<'s>) {
        walk_apply_argument(self, argument);
    }

    /// Visits a search expression, which is the value of `$search` or a part of it.
    fn visit_search(&mut self, search: &Search<'s>) {
        walk_search(self, search);
    }
}

/// Visits the children of an expression, such as the operands of an operator.
pub fn walk_expr<'s, V: Visit<'s> + ?Sized>(v: &mut V, expr: &Expr<'s>) {
    match &expr.kind {
        ExprKind::Literal(literal) => v.visit_literal(literal),
        ExprKind::Path(path) => v.visit_path(path),
        ExprKind::Call(call) => v.visit_call(call),
        ExprKind::Unary(unary) => v.visit_unary(unary),
        ExprKind::Binary(binary) => v.visit_binary(binary),
        ExprKind::Paren(inner) => v.visit_expr(inner),
        ExprKind::List(items) | ExprKind::Array(items) => items.iter().for_each(|e| v.visit_expr(e)),
        ExprKind::Object(members) => members.iter().for_each(|m| v.visit_member(m)),
        ExprKind::Placeholder(placeholder) => v.visit_placeholder(placeholder),
        ExprKind::Alias(_) | ExprKind::JsonString(_) | ExprKind::Type(_) | ExprKind::Error => {}
    }
}

/// Visits the operand of a prefix operator.
pub fn walk_unary<'s, V: Visit<'s> + ?Sized>(v: &mut V, unary: &Unary<'s>) {
    v.visit_expr(&unary.operand);
}

/// Visits the operands of an infix operator, the left one first.
pub fn walk_binary<'s, V: Visit<'s> + ?Sized>(v: &mut V, binary: &Binary<'s>) {
    v.visit_expr(&binary.left);
    v.visit_expr(&binary.right);
}

/// Visits the segments of a path.
pub fn walk_path<'s, V: Visit<'s> + ?Sized>(v: &mut V, path: &Path<'s>) {
    path.segments.iter().for_each(|s| v.visit_segment(s));
}

/// Visits the children of a segment: its key, its arguments, its lambda, its condition or its options.
pub fn walk_segment<'s, V: Visit<'s> + ?Sized>(v: &mut V, segment: &Segment<'s>) {
    match &segment.kind {
        SegmentKind::Key(args) => args.iter().for_each(|a| v.visit_argument(a)),
        SegmentKind::Call(call) => v.visit_call(call),
        SegmentKind::Any(Some(lambda)) | SegmentKind::All(lambda) => v.visit_lambda(lambda),
        SegmentKind::Filter(condition) => v.visit_expr(condition),
        SegmentKind::Placeholder(placeholder) => v.visit_placeholder(placeholder),
        SegmentKind::Count(Some(nested)) => nested.options.iter().for_each(|o| v.visit_option(o)),
        SegmentKind::Aggregate(items) => items.iter().for_each(|a| v.visit_aggregation(a)),
        SegmentKind::Name(_)
        | SegmentKind::Qualified(_)
        | SegmentKind::It
        | SegmentKind::This
        | SegmentKind::Root
        | SegmentKind::Any(None)
        | SegmentKind::Count(None)
        | SegmentKind::Annotation(_)
        | SegmentKind::Star
        | SegmentKind::AllOperations(_)
        | SegmentKind::System(_)
        | SegmentKind::KeySegment(_) => {}
    }
}

/// Visits the condition of a lambda.
pub fn walk_lambda<'s, V: Visit<'s> + ?Sized>(v: &mut V, lambda: &Lambda<'s>) {
    v.visit_expr(&lambda.body);
}

/// Visits the arguments of a call.
pub fn walk_call<'s, V: Visit<'s> + ?Sized>(v: &mut V, call: &Call<'s>) {
    call.args.iter().for_each(|a| v.visit_argument(a));
}

/// Visits the value of an argument.
pub fn walk_argument<'s, V: Visit<'s> + ?Sized>(v: &mut V, argument: &Argument<'s>) {
    v.visit_expr(&argument.value);
}

/// Visits the value of a member.
pub fn walk_member<'s, V: Visit<'s> + ?Sized>(v: &mut V, member: &Member<'s>) {
    v.visit_expr(&member.value);
}

/// Visits the resource path and the options of a request.
pub fn walk_request<'s, V: Visit<'s> + ?Sized>(v: &mut V, request: &Request<'s>) {
    v.visit_path(&request.path);
    request.options.iter().for_each(|o| v.visit_option(o));
}

/// Visits the value of a query option.
pub fn walk_option<'s, V: Visit<'s> + ?Sized>(v: &mut V, option: &QueryOption<'s>) {
    match &option.kind {
        OptionKind::Select(items) | OptionKind::Expand(items) => items.iter().for_each(|i| v.visit_item(i)),
        OptionKind::Filter(e)
        | OptionKind::Top(e)
        | OptionKind::Skip(e)
        | OptionKind::Index(e)
        | OptionKind::Count(e)
        | OptionKind::Levels(e)
        | OptionKind::Alias(e) => v.visit_expr(e),
        OptionKind::OrderBy(items) => items.iter().for_each(|i| v.visit_order_item(i)),
        OptionKind::Search(search) => v.visit_search(search),
        OptionKind::Apply(apply) => apply.iter().for_each(|t| v.visit_transformation(t)),
        OptionKind::Compute(items) => items.iter().for_each(|i| v.visit_compute_item(i)),
        OptionKind::Text(_) | OptionKind::Custom(_) => {}
    }
}

/// Visits the path of an item, and its options in parentheses.
pub fn walk_item<'s, V: Visit<'s> + ?Sized>(v: &mut V, item: &Item<'s>) {
    v.visit_path(&item.path);
    item.nested.iter().flat_map(|n| &n.options).for_each(|o| v.visit_option(o));
}

/// Visits the expression of an item of `$orderby`.
pub fn walk_order_item<'s, V: Visit<'s> + ?Sized>(v: &mut V, item: &OrderItem<'s>) {
    v.visit_expr(&item.expr);
}

/// Visits the expression of an item of `$compute`.
pub fn walk_compute_item<'s, V: Visit<'s> + ?Sized>(v: &mut V, item: &ComputeItem<'s>) {
    v.visit_expr(&item.expr);
}

/// Visits the arguments of a transformation.
pub fn walk_transformation<'s, V: Visit<'s> + ?Sized>(v: &mut V, transformation: &Transformation<'s>) {
    use TransformationKind as Kind;
    match &transformation.kind {
        Kind::Aggregate(items) => items.iter().for_each(|a| v.visit_aggregation(a)),
        Kind::GroupBy(keys, apply) => {
            keys.iter().for_each(|k| v.visit_group_key(k));
            apply.iter().for_each(|t| v.visit_transformation(t));
        }
        Kind::Filter(e) | Kind::Top(e) | Kind::Skip(e) => v.visit_expr(e),
        Kind::Search(search) => v.visit_search(search),
        Kind::Compute(items) => items.iter().for_each(|i| v.visit_compute_item(i)),
        Kind::OrderBy(items) => items.iter().for_each(|i| v.visit_order_item(i)),
        Kind::Concat(all) => all.iter().flatten().for_each(|t| v.visit_transformation(t)),
        Kind::Nest(path, items) => {
            path.iter().for_each(|p| v.visit_path(p));
            items.iter().flat_map(|n| &n.apply).for_each(|t| v.visit_transformation(t));
        }
        Kind::Join(_, join) => {
            v.visit_path(&join.path);
            join.apply.iter().for_each(|t| v.visit_transformation(t));
        }
        Kind::Call(_, args) => args.iter().for_each(|a| v.visit_apply_argument(a)),
        Kind::Placeholder(placeholder) => v.visit_placeholder(placeholder),
        Kind::Identity => {}
    }
}

/// Visits the aggregated expression, and the paths after `from`.
pub fn walk_aggregation<'s, V: Visit<'s> + ?Sized>(v: &mut V, aggregation: &Aggregation<'s>) {
    v.visit_expr(&aggregation.expr);
    aggregation.from.iter().flat_map(|f| &f.paths).for_each(|p| v.visit_path(p));
}

/// Visits the paths of a grouping key.
pub fn walk_group_key<'s, V: Visit<'s> + ?Sized>(v: &mut V, key: &GroupKey<'s>) {
    match key {
        GroupKey::Path(path, _) => v.visit_path(path),
        GroupKey::Rollup(paths, _) => paths.iter().for_each(|p| v.visit_path(p)),
        GroupKey::RollupRecursive(args, _) => args.iter().for_each(|a| v.visit_apply_argument(a)),
    }
}

/// Visits the expression, or the transformations, of an argument.
pub fn walk_apply_argument<'s, V: Visit<'s> + ?Sized>(v: &mut V, argument: &ApplyArgument<'s>) {
    match argument {
        ApplyArgument::Expr { expr, .. } => v.visit_expr(expr),
        ApplyArgument::Apply(apply) => apply.iter().for_each(|t| v.visit_transformation(t)),
        ApplyArgument::KeepStart(_) => {}
    }
}

/// Visits the operands of a search expression.
pub fn walk_search<'s, V: Visit<'s> + ?Sized>(v: &mut V, search: &Search<'s>) {
    match &search.kind {
        SearchKind::And(left, right, _) | SearchKind::Or(left, right) => {
            v.visit_search(left);
            v.visit_search(right);
        }
        SearchKind::Not(inner) | SearchKind::Paren(inner) => v.visit_search(inner),
        SearchKind::Word(_) | SearchKind::Phrase(_) | SearchKind::Error => {}
    }
}

#[cfg(test)]
mod tests;
