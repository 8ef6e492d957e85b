//! Reasons within OData: names of paths, functions and options.

use dvkit_diagnostic::Span;
use odata_parser::ast::{Call, Expr, ExprKind, Item, OptionKind, QueryOption, Request, Segment, SegmentKind};
use odata_parser::visit::{Visit, walk_call, walk_expr, walk_item, walk_option, walk_segment};

use super::{About, Best};

pub(super) fn in_filter(about: &About, filter: &Expr<'_>) -> Option<Span> {
    let mut finder = Finder { about, of: false, best: Best::default() };
    finder.visit_expr(filter);
    finder.best.span()
}

pub(super) fn in_request(about: &About, request: &Request<'_>) -> Option<Span> {
    match about {
        About::Whole => return None,
        About::Entity => return request.path.segments.first().map(|s| s.span),
        _ => {}
    }
    let mut finder = Finder { about, of: false, best: Best::default() };
    finder.visit_request(request);
    finder.best.span()
}

struct Finder<'a> {
    about: &'a About,
    /// Within the options of the expansion that is looked for?
    of: bool,
    best: Best,
}

impl Finder<'_> {
    /// The name that is looked for, in a condition or wherever it stands.
    fn wanted(&self, name: &str) -> bool {
        let wanted = match self.about {
            About::Name(wanted)
            | About::Condition(_, wanted)
            | About::Select(_, wanted)
            | About::Order(_, wanted) => wanted,
            _ => return false,
        };
        let plain = name.strip_prefix('_').and_then(|n| n.strip_suffix("_value")).unwrap_or(name);
        [name, plain].iter().any(|n| n.eq_ignore_ascii_case(wanted))
    }
}

impl<'s> Visit<'s> for Finder<'_> {
    fn visit_segment(&mut self, segment: &Segment<'s>) {
        if let (About::Unread(piece), SegmentKind::Qualified(name) | SegmentKind::Call(Call { name, .. })) =
            (self.about, &segment.kind)
            && *name == piece.name
        {
            self.best.offer(0, segment.span);
        }
        if let SegmentKind::Name(name) = segment.kind
            && self.wanted(name)
        {
            self.best.offer(0, segment.span);
        }
        walk_segment(self, segment);
    }

    fn visit_call(&mut self, call: &Call<'s>) {
        let short = call.name.rsplit('.').next().unwrap_or(call.name);
        if self.wanted(short) {
            self.best.offer(0, call.name_span);
        }
        walk_call(self, call);
    }

    fn visit_expr(&mut self, expr: &Expr<'s>) {
        let parameter = match &expr.kind {
            ExprKind::Alias(name) => Some(*name),
            ExprKind::Placeholder(hole) => Some(hole.text),
            _ => None,
        };
        if let (Some(parameter), About::Name(wanted)) = (parameter, self.about)
            && wanted.trim_matches('\'') == parameter
        {
            self.best.offer(0, expr.span);
        }
        walk_expr(self, expr);
    }

    fn visit_item(&mut self, item: &Item<'s>) {
        let was = self.of;
        if let About::OptionsOf(navigation) = self.about {
            self.of |=
                item.path.segments.iter().any(
                    |s| matches!(s.kind, SegmentKind::Name(name) if name.eq_ignore_ascii_case(navigation)),
                );
        }
        walk_item(self, item);
        self.of = was;
    }

    fn visit_option(&mut self, option: &QueryOption<'s>) {
        match (self.about, &option.kind) {
            (About::OptionsOf(_), OptionKind::OrderBy(_) | OptionKind::Top(_)) if self.of => {
                self.best.offer(0, option.span);
            }
            (About::Option(name), _) if option.name.trim_start_matches('$').eq_ignore_ascii_case(name) => {
                self.best.offer(0, option.span);
            }
            (About::Unread(piece), _) if option.name == piece.name => self.best.offer(0, option.span),
            (About::Name(name), _) if option.name == name => self.best.offer(1, option.span),
            _ => {}
        }
        walk_option(self, option);
    }
}
