//! Resolves the parameter aliases of a request: `@p1` is replaced by the value that the option `@p1=…`
//! assigns to it. The resolver calls it for operands, arguments of functions and items of `$orderby`.

use std::collections::{HashMap, HashSet};

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use odata_parser::ast::{Expr, ExprKind, OptionKind, Request};
use odata_parser::visit::{Visit, walk_expr};

use crate::resolve::Resolver;

/// The maximum number of aliases that are followed if the value of an alias is another alias. The limit also
/// ends a cycle.
const MAX_ALIAS_CHAIN: usize = 8;

/// The parameter aliases of a request: their values, and which of them are used.
#[derive(Default)]
pub(crate) struct Aliases<'a> {
    /// The value of each alias, by its name without `@`. It is `None` until an alias is used for the first
    /// time, because most requests have no aliases.
    values: Option<Box<AliasValues<'a>>>,
    /// The names of the aliases that are used; `None` if none is.
    used: Option<Box<UsedAliases<'a>>>,
}

/// The value of each alias. A box of it is smaller in a resolver than the map itself.
#[derive(Default)]
struct AliasValues<'a> {
    by_name: HashMap<&'a str, &'a Expr<'a>>,
}

/// The names of used aliases. A box of it is smaller in a resolver than the set itself.
#[derive(Default)]
struct UsedAliases<'a> {
    names: HashSet<&'a str>,
}

/// An erroneous expression, which replaces an alias whose value cannot be resolved, after the mistake has
/// been reported.
static NOTHING: Expr<'static> = Expr { span: Span { start: 0, end: 0 }, kind: ExprKind::Error };

impl<'a> Resolver<'a> {
    /// Returns the value of the parameter alias `expr`, or `expr` itself if it is not an alias. An alias
    /// without a value is reported and returned unchanged.
    pub(crate) fn resolve_alias(&mut self, expr: &'a Expr<'a>) -> &'a Expr<'a> {
        let (Some(request), ExprKind::Alias(_)) = (self.request, &expr.kind) else { return expr };
        let mut meant = expr;
        for _ in 0..MAX_ALIAS_CHAIN {
            let ExprKind::Alias(name) = meant.kind else { break };
            let first = self.aliases.used.get_or_insert_default().names.insert(name);
            match self.alias_value(request, name) {
                Some(value) => meant = value,
                None => {
                    if first {
                        let message = format!("`@{name}` is given no value, so it is null");
                        let d = Diagnostic::warning(code::UNASSIGNED_ALIAS, meant.span, message);
                        self.push(d.help(format!("give it one: `&@{name}=…`")));
                    }
                    break;
                }
            }
        }
        if let ExprKind::Alias(name) = meant.kind
            && self.alias_value(request, name).is_some()
        {
            self.refuse::<()>(
                code::UNASSIGNED_ALIAS,
                expr.span,
                format!("`@{name}` stands for itself"),
                "give it a value",
            );
        }
        if meant.span != expr.span && mentions_alias(meant) && !matches!(meant.kind, ExprKind::Alias(_)) {
            // An alias within its own value would never end. The documentation allows columns and literals
            // only.
            let message =
                "the value of a parameter alias is a column or a literal, without aliases of its own";
            self.refuse::<()>(
                code::UNASSIGNED_ALIAS,
                meant.span,
                message.to_owned(),
                "write it where it is used",
            );
            return &NOTHING;
        }
        if self.in_expand {
            let d = Diagnostic::error(
                code::ALIAS_IN_EXPAND,
                expr.span,
                "Dataverse takes no parameter aliases within `$expand`",
            );
            let value = meant.span.of(self.source).to_owned();
            self.push(match meant.kind {
                ExprKind::Alias(_) => d,
                _ => d.suggest(Suggestion::fix("write the value", expr.span, value)),
            });
        }
        meant
    }

    /// Returns the value that the request assigns to the alias `name`; `None` if it assigns none. If the
    /// request assigns several values, the first one counts.
    fn alias_value(&mut self, request: &'a Request<'a>, name: &'a str) -> Option<&'a Expr<'a>> {
        let values = self.aliases.values.get_or_insert_with(|| {
            let mut values = AliasValues::default();
            for option in &request.options {
                if let (OptionKind::Alias(value), Some(name)) = (&option.kind, option.name.strip_prefix('@'))
                {
                    values.by_name.entry(name).or_insert(value);
                }
            }
            Box::new(values)
        });
        values.by_name.get(name).copied()
    }

    /// Returns whether the text of the request contains a parameter alias to which no value is assigned.
    fn has_unassigned(&self, request: &Request<'_>) -> bool {
        self.source.match_indices('@').any(|(at, _)| {
            let rest = &self.source[at..];
            let end =
                rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(rest.len(), |n| n + 1);
            end > 1 && request.options.iter().all(|o| o.name != &rest[..end])
        })
    }

    /// Reports the aliases that have a value but are not used in the request.
    pub(super) fn unused_aliases(&mut self, request: &'a Request<'a>) {
        // Aliases that the arguments of a function in the path use are not resolved.
        let path = request.options.first().and_then(|o| self.source.get(..o.span.range().start));
        let path = path.filter(|p| p.contains('@')).unwrap_or_default();
        for (i, option) in request.options.iter().enumerate() {
            let OptionKind::Alias(_) = &option.kind else { continue };
            let name = option.name.trim_start_matches('@');
            let in_path = !path.is_empty() && path.contains(option.name);
            if in_path || self.aliases.used.as_ref().is_some_and(|used| used.names.contains(name)) {
                continue;
            }
            let message = format!("nothing uses `@{name}`");
            let d = Diagnostic::warning(code::UNUSED_ALIAS, option.name_span, message);
            let gone = self.whole_option(request, i);
            // The name of an alias without a value may be a misspelling of this one.
            self.push(d.suggest(match self.has_unassigned(request) {
                true => Suggestion::maybe("leave it out", gone, ""),
                false => Suggestion::fix("leave it out", gone, ""),
            }));
        }
    }
}

/// Returns whether an expression contains a parameter alias, at any depth.
fn mentions_alias(expr: &Expr<'_>) -> bool {
    struct Aliases(bool);
    impl<'s> Visit<'s> for Aliases {
        fn visit_expr(&mut self, expr: &Expr<'s>) {
            self.0 |= matches!(expr.kind, ExprKind::Alias(_));
            walk_expr(self, expr);
        }
    }
    let mut aliases = Aliases(false);
    aliases.visit_expr(expr);
    aliases.0
}
