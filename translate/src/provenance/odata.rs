//! Finds the part of an OData text that a finding of the translation is about. The parent module calls it for
//! the reasons and differences of a translation to FetchXML. A part is recognised by the names of its paths,
//! functions and options.

use dvkit_diagnostic::Span;
use odata_parser::ast::{Call, Expr, ExprKind, Item, OptionKind, QueryOption, Request, Segment, SegmentKind};
use odata_parser::visit::{Visit, walk_call, walk_expr, walk_item, walk_option, walk_segment};

use super::best_span::BestSpan;
use crate::subject::Subject;

pub(super) fn in_filter(subject: &Subject, filter: &Expr<'_>) -> Option<Span> {
    let mut finder = Finder { subject, of: false, best: BestSpan::default() };
    finder.visit_expr(filter);
    finder.best.span()
}

pub(super) fn in_request(subject: &Subject, request: &Request<'_>) -> Option<Span> {
    match subject {
        Subject::Whole => return None,
        Subject::Entity => return request.path.segments.first().map(|s| s.span),
        _ => {}
    }
    let mut finder = Finder { subject, of: false, best: BestSpan::default() };
    finder.visit_request(request);
    finder.best.span()
}

struct Finder<'a> {
    subject: &'a Subject,
    /// Whether the visitor is within the options of the expansion that `subject` names.
    of: bool,
    best: BestSpan,
}

impl Finder<'_> {
    /// Returns whether `name` is the name in `subject`. A lookup column may also be named by its property
    /// (`_ownerid_value` for `ownerid`).
    fn wanted(&self, name: &str) -> bool {
        let wanted = match self.subject {
            Subject::Name(wanted)
            | Subject::Condition(_, wanted)
            | Subject::Select(_, wanted)
            | Subject::Order(_, wanted) => wanted,
            _ => return false,
        };
        let plain = name.strip_prefix('_').and_then(|n| n.strip_suffix("_value")).unwrap_or(name);
        [name, plain].iter().any(|n| n.eq_ignore_ascii_case(wanted))
    }
}

impl<'s> Visit<'s> for Finder<'_> {
    fn visit_segment(&mut self, segment: &Segment<'s>) {
        if let (Subject::Unread(piece), SegmentKind::Qualified(name) | SegmentKind::Call(Call { name, .. })) =
            (self.subject, &segment.kind)
            && *name == piece.name
        {
            self.best.exact(segment.span);
        }
        if let SegmentKind::Name(name) = segment.kind
            && self.wanted(name)
        {
            self.best.exact(segment.span);
        }
        walk_segment(self, segment);
    }

    fn visit_call(&mut self, call: &Call<'s>) {
        let short = call.name.rsplit('.').next().unwrap_or(call.name);
        if self.wanted(short) {
            self.best.exact(call.name_span);
        }
        walk_call(self, call);
    }

    fn visit_expr(&mut self, expr: &Expr<'s>) {
        if let Subject::Name(wanted) = self.subject {
            let wanted = wanted.trim_matches('\'');
            let is_wanted = match &expr.kind {
                ExprKind::Alias(name) => wanted.strip_prefix('@') == Some(*name),
                ExprKind::Placeholder(hole) => wanted == hole.text,
                _ => false,
            };
            if is_wanted {
                self.best.exact(expr.span);
            }
        }
        walk_expr(self, expr);
    }

    fn visit_item(&mut self, item: &Item<'s>) {
        let was = self.of;
        if let Subject::OptionsOf(navigation) = self.subject {
            self.of |=
                item.path.segments.iter().any(
                    |s| matches!(s.kind, SegmentKind::Name(name) if name.eq_ignore_ascii_case(navigation)),
                );
        }
        walk_item(self, item);
        self.of = was;
    }

    fn visit_option(&mut self, option: &QueryOption<'s>) {
        match (self.subject, &option.kind) {
            (Subject::OptionsOf(_), OptionKind::OrderBy(_) | OptionKind::Top(_)) if self.of => {
                self.best.exact(option.span);
            }
            (Subject::Option(name), _) if option.name.trim_start_matches('$').eq_ignore_ascii_case(name) => {
                self.best.exact(option.span);
            }
            (Subject::Unread(piece), _) if option.name == piece.name => self.best.exact(option.span),
            (Subject::Name(name), _) if option.name == name => self.best.offer(1, option.span),
            _ => {}
        }
        walk_option(self, option);
    }
}

#[cfg(test)]
mod tests;
