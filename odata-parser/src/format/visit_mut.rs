//! Visits the nodes of a syntax tree and may change them, like [`crate::visit`] with `&mut`.
//! [`super::minify`] uses it.

use crate::ast::{
    ApplyArgument, Argument, Expr, ExprKind, GroupKey, Item, Lambda, NestedOptions, OptionKind, OrderItem,
    Path, QueryOption, Request, SegmentKind, Transformation, TransformationKind,
};

/// A visitor that may change every node of a tree. By default, each method only visits the children of its
/// node.
pub(super) trait VisitMut<'s> {
    fn expr(&mut self, expr: &mut Expr<'s>) {
        walk_expr(self, expr);
    }

    fn path(&mut self, path: &mut Path<'s>) {
        walk_path(self, path);
    }

    fn lambda(&mut self, lambda: &mut Lambda<'s>) {
        self.expr(&mut lambda.body);
    }

    /// Visits the arguments of a call or of a key. `_name` is the name of the called function; `None` for a
    /// key.
    fn arguments(&mut self, _name: Option<&'s str>, args: &mut [Argument<'s>]) {
        args.iter_mut().for_each(|a| self.expr(&mut a.value));
    }

    fn options(&mut self, options: &mut Vec<QueryOption<'s>>) {
        options.iter_mut().for_each(|o| walk_option(self, o));
    }

    fn nested(&mut self, nested: &mut Option<NestedOptions<'s>>) {
        if let Some(nested) = nested {
            self.options(&mut nested.options);
        }
    }

    fn order_item(&mut self, item: &mut OrderItem<'s>) {
        self.expr(&mut item.expr);
    }
}

pub(super) fn walk_request<'s>(v: &mut (impl VisitMut<'s> + ?Sized), request: &mut Request<'s>) {
    v.path(&mut request.path);
    v.options(&mut request.options);
}

pub(super) fn walk_option<'s>(v: &mut (impl VisitMut<'s> + ?Sized), option: &mut QueryOption<'s>) {
    match &mut option.kind {
        OptionKind::Select(items) | OptionKind::Expand(items) => {
            for Item { path, nested, .. } in items {
                v.path(path);
                v.nested(nested);
            }
        }
        OptionKind::Filter(e)
        | OptionKind::Top(e)
        | OptionKind::Skip(e)
        | OptionKind::Index(e)
        | OptionKind::Count(e)
        | OptionKind::Levels(e)
        | OptionKind::Alias(e) => v.expr(e),
        OptionKind::OrderBy(items) => items.iter_mut().for_each(|i| v.order_item(i)),
        OptionKind::Compute(items) => items.iter_mut().for_each(|i| v.expr(&mut i.expr)),
        OptionKind::Apply(apply) => walk_transformations(v, apply),
        OptionKind::Search(_) | OptionKind::Text(_) | OptionKind::Custom(_) => {}
    }
}

fn walk_transformations<'s>(v: &mut (impl VisitMut<'s> + ?Sized), apply: &mut [Transformation<'s>]) {
    use TransformationKind as Kind;
    for transformation in apply {
        match &mut transformation.kind {
            Kind::Aggregate(items) => items.iter_mut().for_each(|i| v.expr(&mut i.expr)),
            Kind::GroupBy(keys, apply) => {
                for key in keys {
                    match key {
                        GroupKey::Path(path, _) => v.path(path),
                        GroupKey::Rollup(paths, _) => paths.iter_mut().for_each(|p| v.path(p)),
                        GroupKey::RollupRecursive(args, _) => walk_apply_arguments(v, args),
                    }
                }
                walk_transformations(v, apply);
            }
            Kind::Filter(e) | Kind::Top(e) | Kind::Skip(e) => v.expr(e),
            Kind::Compute(items) => items.iter_mut().for_each(|i| v.expr(&mut i.expr)),
            Kind::OrderBy(items) => items.iter_mut().for_each(|i| v.order_item(i)),
            Kind::Concat(all) => all.iter_mut().for_each(|apply| walk_transformations(v, apply)),
            Kind::Nest(path, items) => {
                path.iter_mut().for_each(|p| v.path(p));
                items.iter_mut().for_each(|i| walk_transformations(v, &mut i.apply));
            }
            Kind::Join(_, join) => {
                v.path(&mut join.path);
                walk_transformations(v, &mut join.apply);
            }
            Kind::Call(_, args) => walk_apply_arguments(v, args),
            Kind::Search(_) | Kind::Identity | Kind::Placeholder(_) => {}
        }
    }
}

/// Visits the arguments of a transformation. Parentheses directly around an argument are kept, because their
/// meaning depends on the transformation.
fn walk_apply_arguments<'s>(v: &mut (impl VisitMut<'s> + ?Sized), args: &mut [ApplyArgument<'s>]) {
    for arg in args {
        match arg {
            ApplyArgument::Expr { expr: Expr { kind: ExprKind::Paren(inner), .. }, .. } => {
                walk_expr(v, inner)
            }
            ApplyArgument::Expr { expr, .. } => v.expr(expr),
            ApplyArgument::Apply(apply) => walk_transformations(v, apply),
            ApplyArgument::KeepStart(_) => {}
        }
    }
}

pub(super) fn walk_expr<'s>(v: &mut (impl VisitMut<'s> + ?Sized), expr: &mut Expr<'s>) {
    match &mut expr.kind {
        ExprKind::Path(path) => v.path(path),
        ExprKind::Call(call) => v.arguments(Some(call.name), &mut call.args),
        ExprKind::Unary(unary) => v.expr(&mut unary.operand),
        ExprKind::Binary(binary) => {
            v.expr(&mut binary.left);
            v.expr(&mut binary.right);
        }
        ExprKind::Paren(inner) => v.expr(inner),
        ExprKind::List(items) | ExprKind::Array(items) => items.iter_mut().for_each(|e| v.expr(e)),
        ExprKind::Object(members) => members.iter_mut().for_each(|m| v.expr(&mut m.value)),
        ExprKind::Literal(_)
        | ExprKind::Alias(_)
        | ExprKind::JsonString(_)
        | ExprKind::Type(_)
        | ExprKind::Placeholder(_)
        | ExprKind::Error => {}
    }
}

pub(super) fn walk_path<'s>(v: &mut (impl VisitMut<'s> + ?Sized), path: &mut Path<'s>) {
    for segment in &mut path.segments {
        match &mut segment.kind {
            SegmentKind::Key(args) => v.arguments(None, args),
            SegmentKind::Call(call) => v.arguments(Some(call.name), &mut call.args),
            SegmentKind::Any(Some(lambda)) | SegmentKind::All(lambda) => v.lambda(lambda),
            SegmentKind::Filter(condition) => v.expr(condition),
            SegmentKind::Count(nested) => v.nested(nested),
            SegmentKind::Aggregate(items) => items.iter_mut().for_each(|i| v.expr(&mut i.expr)),
            _ => {}
        }
    }
}
