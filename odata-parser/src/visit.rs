//! Walking a tree: implement the methods you care about, call the `walk_*` function of the same name to go on
//! inside.
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
    Argument, Binary, Call, Expr, ExprKind, Hole, Lambda, Literal, Member, Path, Segment, SegmentKind, Unary,
};

/// A walk over a tree, in the order of the text.
pub trait Visit<'s> {
    /// Any expression.
    fn visit_expr(&mut self, expr: &Expr<'s>) {
        walk_expr(self, expr);
    }

    /// A literal.
    fn visit_literal(&mut self, _literal: &Literal<'s>) {}

    /// A placeholder, as a value or as a step of a path.
    fn visit_hole(&mut self, _hole: &Hole<'s>) {}

    /// A prefix operator and its operand.
    fn visit_unary(&mut self, unary: &Unary<'s>) {
        walk_unary(self, unary);
    }

    /// An infix operator and its operands.
    fn visit_binary(&mut self, binary: &Binary<'s>) {
        walk_binary(self, binary);
    }

    /// A path.
    fn visit_path(&mut self, path: &Path<'s>) {
        walk_path(self, path);
    }

    /// One step of a path.
    fn visit_segment(&mut self, segment: &Segment<'s>) {
        walk_segment(self, segment);
    }

    /// A lambda.
    fn visit_lambda(&mut self, lambda: &Lambda<'s>) {
        walk_lambda(self, lambda);
    }

    /// A function call, alone or within a path.
    fn visit_call(&mut self, call: &Call<'s>) {
        walk_call(self, call);
    }

    /// An argument of a call or of a key.
    fn visit_argument(&mut self, argument: &Argument<'s>) {
        walk_argument(self, argument);
    }

    /// A member of a JSON object.
    fn visit_member(&mut self, member: &Member<'s>) {
        walk_member(self, member);
    }
}

/// Visits what is directly within an expression.
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
        ExprKind::Hole(hole) => v.visit_hole(hole),
        ExprKind::Alias(_) | ExprKind::JsonString(_) | ExprKind::Type(_) | ExprKind::Error => {}
    }
}

/// Visits the operand.
pub fn walk_unary<'s, V: Visit<'s> + ?Sized>(v: &mut V, unary: &Unary<'s>) {
    v.visit_expr(&unary.operand);
}

/// Visits the operands, the left one first.
pub fn walk_binary<'s, V: Visit<'s> + ?Sized>(v: &mut V, binary: &Binary<'s>) {
    v.visit_expr(&binary.left);
    v.visit_expr(&binary.right);
}

/// Visits the segments.
pub fn walk_path<'s, V: Visit<'s> + ?Sized>(v: &mut V, path: &Path<'s>) {
    path.segments.iter().for_each(|s| v.visit_segment(s));
}

/// Visits what is within a segment: keys, arguments, lambdas, conditions.
pub fn walk_segment<'s, V: Visit<'s> + ?Sized>(v: &mut V, segment: &Segment<'s>) {
    match &segment.kind {
        SegmentKind::Key(args) => args.iter().for_each(|a| v.visit_argument(a)),
        SegmentKind::Call(call) => v.visit_call(call),
        SegmentKind::Any(Some(lambda)) | SegmentKind::All(lambda) => v.visit_lambda(lambda),
        SegmentKind::Filter(condition) => v.visit_expr(condition),
        SegmentKind::Hole(hole) => v.visit_hole(hole),
        SegmentKind::Name(_)
        | SegmentKind::Qualified(_)
        | SegmentKind::It
        | SegmentKind::This
        | SegmentKind::Root
        | SegmentKind::Any(None)
        | SegmentKind::Count(_)
        | SegmentKind::Annotation(_)
        | SegmentKind::Star
        | SegmentKind::AllOperations(_)
        | SegmentKind::System(_)
        | SegmentKind::KeySegment(_)
        | SegmentKind::Aggregate(_) => {}
    }
}

/// Visits the condition.
pub fn walk_lambda<'s, V: Visit<'s> + ?Sized>(v: &mut V, lambda: &Lambda<'s>) {
    v.visit_expr(&lambda.body);
}

/// Visits the arguments.
pub fn walk_call<'s, V: Visit<'s> + ?Sized>(v: &mut V, call: &Call<'s>) {
    call.args.iter().for_each(|a| v.visit_argument(a));
}

/// Visits the value.
pub fn walk_argument<'s, V: Visit<'s> + ?Sized>(v: &mut V, argument: &Argument<'s>) {
    v.visit_expr(&argument.value);
}

/// Visits the value.
pub fn walk_member<'s, V: Visit<'s> + ?Sized>(v: &mut V, member: &Member<'s>) {
    v.visit_expr(&member.value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Names(Vec<String>);

    impl<'s> Visit<'s> for Names {
        fn visit_segment(&mut self, segment: &Segment<'s>) {
            if let SegmentKind::Name(name) = segment.kind {
                self.0.push(name.to_owned());
            }
            walk_segment(self, segment);
        }
    }

    #[test]
    fn everything_is_reached_in_the_order_of_the_text() {
        let text = "not (a/any(x:x/b eq [c,{\"k\":d}]) or f(p=e)/$filter(g eq 1)/h in (i)) and cast(j,Edm.String) eq -k";
        let mut names = Names::default();
        names.visit_expr(&crate::parse_filter(text).unwrap());
        assert_eq!(names.0.join(" "), "a x b c d e g h i j k");
    }
}
