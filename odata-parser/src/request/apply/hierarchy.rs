//! Parses the arguments of the transformations of `$apply` for the greatest and the least values (`topcount`
//! and others), and for hierarchies (`ancestors`, `descendants`, `traverse`).

use dvkit_diagnostic::{Diagnostic, code};

use super::comma;
use crate::ast::{ApplyArgument, Expr, ExprKind, Segment, SegmentKind, Transformation, TransformationKind};
use crate::input::{Expected, Failure, PResult, fail};
use crate::lexical::{at_boundary, blank, name};
use crate::parser::{Parser, Stops};

/// The names of the transformations that `rolluprecursive` takes as arguments, for messages.
const HIERARCHICAL: &str = "`ancestors`, `descendants` and `traverse`";

/// Returns whether the expression begins with `$root` (ABNF `rootExpr`).
fn is_rooted(nodes: &Expr<'_>) -> bool {
    match &nodes.kind {
        ExprKind::Path(path) => {
            matches!(path.segments.first(), Some(Segment { kind: SegmentKind::Root, .. }))
        }
        ExprKind::Placeholder(_) | ExprKind::Error => true,
        _ => false,
    }
}

fn argument(expr: Expr<'_>) -> ApplyArgument<'_> {
    ApplyArgument::Expr { name: None, expr, direction: None }
}

impl<'s> Parser<'s> {
    /// Parses a number and an expression at the beginning of `i`, such as `2,Amount` (ABNF `topcountTrafo` …
    /// `bottomsumTrafo`).
    pub(super) fn count_and_value(&mut self, i: &'s str) -> PResult<'s, Vec<ApplyArgument<'s>>> {
        let (rest, count) = self.expression(i, Stops::COMMA_CLOSE)?;
        let (rest, value) = self.expression(comma(rest)?, Stops::CLOSE)?;
        Ok((rest, vec![argument(count), argument(value)]))
    }

    /// Parses a hierarchy, such as `$root/Nodes,Hierarchy,ID`, and the arguments after it at the beginning of
    /// `i` (ABNF `recHierReference`, `ancestorsTrafo`, `descendantsTrafo`, `traverseTrafo`,
    /// `rollupRecursive`). `of` is the name of the transformation.
    pub(super) fn hierarchy(&mut self, of: &str, i: &'s str) -> PResult<'s, Vec<ApplyArgument<'s>>> {
        let (rest, nodes) = self.expression(i, Stops::COMMA_CLOSE)?;
        if !is_rooted(&nodes) {
            let message = "the nodes of a hierarchy are named from the root: `$root/Nodes`";
            self.mistake(Diagnostic::error(code::UNEXPECTED, nodes.span, message))?;
        }
        let qualifier = comma(rest)?;
        let (rest, text) = name(qualifier)?;
        let qualifier = self.column(qualifier, rest, text);
        let start = comma(rest)?;
        let (mut rest, path) = self.grouping_property(start)?;
        let path = Expr { span: self.span(start, rest), kind: ExprKind::Path(path) };
        let mut args = vec![argument(nodes), argument(qualifier), argument(path)];
        match of {
            "traverse" => {
                let order = comma(rest)?;
                let text;
                (rest, text) = name(order)?;
                if !matches!(text, "preorder" | "postorder") {
                    return Err(fail(order, Expected::TRAVERSAL));
                }
                args.push(argument(self.column(order, rest, text)));
                rest = self.some_transformations(of, rest, &mut args)?;
                if let Ok(start) = comma(rest) {
                    let items;
                    (rest, items) = self.order_items(start, Stops::COMMA_CLOSE)?;
                    args.extend(items.into_iter().map(|item| ApplyArgument::Expr {
                        name: None,
                        expr: item.expr,
                        direction: item.direction,
                    }));
                }
            }
            "rolluprecursive" => rest = self.some_transformations(of, rest, &mut args)?,
            _ => {
                let apply;
                (rest, apply) = self.transformations(comma(rest)?, true)?;
                self.fitting(of, &apply)?;
                args.push(ApplyArgument::Apply(apply));
                if let Ok(start) = comma(rest)
                    && start.starts_with(|c: char| c.is_ascii_digit())
                {
                    let distance;
                    (rest, distance) = self.whole_number(start, false)?;
                    args.push(argument(distance));
                }
                if let Ok(start) = comma(rest) {
                    rest = keep_start(start).ok_or_else(|| fail(start, Expected::KEEP_START))?;
                    args.push(ApplyArgument::KeepStart(self.span(start, rest)));
                }
            }
        }
        Ok((rest, args))
    }

    /// Parses a comma and transformations (`,filter(…)/…`) at the beginning of `rest`, and adds them to
    /// `args`. `of` is the name of the transformation that takes them. Returns the text after them; `rest`
    /// itself if no transformations follow.
    fn some_transformations(
        &mut self,
        of: &str,
        rest: &'s str,
        args: &mut Vec<ApplyArgument<'s>>,
    ) -> Result<&'s str, nom::Err<Failure>> {
        let Ok(start) = comma(rest) else { return Ok(rest) };
        let custom = crate::lexical::dotted_name(start)
            .is_ok_and(|(rest, (_, dotted))| dotted && rest.starts_with('('));
        if !super::begins_transformation(start) && !custom && !start.starts_with("identity") {
            return Ok(rest);
        }
        let (rest, apply) = self.transformations(start, true)?;
        self.fitting(of, &apply)?;
        args.push(ApplyArgument::Apply(apply));
        Ok(rest)
    }

    /// Reports each transformation in `apply` that is not allowed as an argument of the transformation `of`.
    /// `rolluprecursive` takes only transformations for hierarchies; the others take only transformations
    /// that do not change rows (ABNF `preservingTrafo`, `hierarchyTrafo`).
    fn fitting(&mut self, of: &str, apply: &[Transformation<'s>]) -> Result<(), nom::Err<Failure>> {
        use TransformationKind::{Aggregate, Call, Compute, Concat, GroupBy, Join, Nest, Placeholder};
        for one in apply {
            let (fits, what) = match &one.kind {
                Placeholder(_) => (true, ""),
                Call(name, _) if of == "rolluprecursive" => {
                    let chooses = matches!(*name, "ancestors" | "descendants" | "traverse");
                    (chooses || name.contains('.'), HIERARCHICAL)
                }
                _ if of == "rolluprecursive" => (false, HIERARCHICAL),
                Aggregate(_) | GroupBy(..) | Compute(_) | Concat(_) | Nest(..) | Join(..) => {
                    (false, "transformations that leave the rows as they are, such as `filter`")
                }
                _ => (true, ""),
            };
            if !fits {
                let message = format!("`{of}` takes {what}");
                self.mistake(Diagnostic::error(code::UNEXPECTED, one.name_span, message))?;
            }
        }
        Ok(())
    }
}

/// Returns the text after the words `keep start` with which `i` begins; `None` if it does not begin with
/// them.
fn keep_start(i: &str) -> Option<&str> {
    let rest = i.strip_prefix("keep")?;
    let start = blank(rest);
    let after = start.strip_prefix("start")?;
    (start.len() < rest.len() && at_boundary(after)).then_some(after)
}
