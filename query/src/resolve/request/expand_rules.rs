//! Reports expansions and nested options that a request must not combine. The resolver of requests calls it
//! after all expansions have been resolved.
//!
//! The service turns every `$expand` into a join. The rules are those of the documentation's tables about
//! relationships and nested options ("Join tables", "Multi-level expand").

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, limits};
use dvkit_schema::Side;
use odata_parser::ast::{OptionKind, QueryOption};

use crate::resolve::{Expand, Resolver};

impl<'a> Resolver<'a> {
    /// Reports expansions of the request that break these rules. All of them must have been resolved before.
    pub(super) fn expand_rules(&mut self) {
        let expands = std::mem::take(&mut self.facts.expands);
        if let Some(beyond) = expands.get(limits::MAX_EXPANSIONS as usize) {
            let message = format!(
                "a query may have {} expansions, this one has {}",
                limits::MAX_EXPANSIONS,
                expands.len()
            );
            let span = beyond.item.span;
            self.refuse::<()>(code::TOO_MANY_EXPANDS, span, message, "ask for the rest in another request");
        }
        let nested = expands.iter().any(|e| e.depth > 1);
        let mixed = expands.iter().any(|e| e.relationship.side == Side::ManyToMany)
            && expands.iter().any(|e| e.relationship.side != Side::ManyToMany);
        let mut reported = false;
        for expand in &expands {
            if expand.relationship.side == Side::ManyToMany {
                let below = expand.depth > 1;
                let inner = options(expand).find(|o| matches!(o.kind, OptionKind::Expand(_)));
                if let Some(inner) = inner {
                    let message = "nothing can be expanded below a many-to-many relationship".to_owned();
                    let help = "only many-to-one relationships are supported for nested expansion";
                    self.refuse::<()>(code::EXPAND_MANY_TO_MANY, inner.span, message, help);
                } else if below {
                    let message =
                        "a many-to-many relationship can be expanded on the first level only".to_owned();
                    self.refuse::<()>(code::EXPAND_MANY_TO_MANY, path_span(expand), message, "");
                } else if mixed && !reported {
                    reported = true;
                    let message =
                        "a many-to-many relationship cannot be expanded together with other kinds".to_owned();
                    let help = "ask for it in another request";
                    self.refuse::<()>(code::EXPAND_MANY_TO_MANY, path_span(expand), message, help);
                }
            }
            for option in options(expand) {
                self.option_rule(expand, option, nested);
            }
        }
        self.facts.expands = expands;
    }

    fn option_rule(&mut self, expand: &Expand<'a>, option: &QueryOption<'_>, nested: bool) {
        let navigation = expand.relationship.navigation.as_deref().unwrap_or_default();
        let single = expand.relationship.is_single();
        match &option.kind {
            OptionKind::OrderBy(_) | OptionKind::Top(_) if single => {
                let message =
                    format!("`{navigation}` leads to one row: there is nothing to order or to limit");
                let d = Diagnostic::error(code::EXPAND_OPTION, option.span, message);
                let gone = self.nested_option_span(expand, option);
                self.push(d.suggest(Suggestion::fix("leave it out", gone, "")));
            }
            OptionKind::OrderBy(_) | OptionKind::Top(_) if nested => {
                let message = format!(
                    "`{}` of a collection does not work where anything is expanded within an `$expand`",
                    option.name
                );
                let help =
                    "only `$select` and `$filter` can be given then; order and limit the rows that come";
                self.refuse::<()>(code::EXPAND_OPTION, option.span, message, help);
            }
            OptionKind::Filter(_) if single => {
                let message = format!(
                    "`{navigation}` leads to one row: a `$filter` on it is documented for collections only"
                );
                let d = Diagnostic::warning(code::EXPAND_OPTION, option.span, message);
                self.push(d.help(format!("rows are chosen in the outer `$filter`: `{navigation}/… eq …`")));
            }
            _ => {}
        }
    }

    /// Returns the span that a fix must remove to remove a nested option. It includes a separator, or the
    /// parentheses if the expansion has no other option.
    fn nested_option_span(&self, expand: &Expand<'a>, option: &QueryOption<'_>) -> Span {
        let Some(nested) = &expand.item.nested else { return option.span };
        let Some(i) = nested.options.iter().position(|o| o.span == option.span) else { return option.span };
        match (nested.options.get(i + 1), i.checked_sub(1).and_then(|i| nested.options.get(i))) {
            (Some(next), _) => Span { start: option.span.start, end: next.span.start },
            (None, Some(before)) => Span { start: before.span.end, end: option.span.end },
            (None, None) => nested.span,
        }
    }
}

fn options<'e>(expand: &Expand<'e>) -> impl Iterator<Item = &'e QueryOption<'e>> {
    expand.item.nested.iter().flat_map(|n| &n.options)
}

/// Returns the span of the path in an expansion, without its parentheses.
fn path_span(expand: &Expand<'_>) -> Span {
    let segments = &expand.item.path.segments;
    segments.first().zip(segments.last()).map_or(expand.item.span, |(a, b)| a.span.to(b.span))
}
