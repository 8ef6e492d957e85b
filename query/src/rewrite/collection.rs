//! Rewrites a condition on a column of a collection to an `any` on the collection, and an `any` on a single
//! row to a condition on that row. The resolver of paths and lambdas calls it.
//!
//! The first rewrite is applied automatically, because a condition on several rows usually means that one of
//! them meets it. Below `not` and with `ne` this meaning is least certain, so it is only suggested. The
//! second rewrite is exact.

use dvkit_diagnostic::{Diagnostic, Severity, Span, Suggestion, code};
use dvkit_schema::Relationship;
use odata_parser::ast::{Lambda, Segment};

use crate::hir::{ColumnRef, Comparison, Link, Predicate, Property};
use crate::odata;
use crate::resolve::{Resolver, Row, Scope, link};

impl<'a> Resolver<'a> {
    /// Reports a collection that is used as a single row, as in
    /// `contact_customer_accounts/firstname eq 'Ann'`, and returns `None`. `row` has the collection, and
    /// `rest` is the path after the collection.
    pub(crate) fn rewrite_collection_as_row<T>(
        &mut self,
        row: &Row<'a>,
        relationship: &'a Relationship,
        span: Span,
        rest: &[Segment<'a>],
    ) -> Option<T> {
        let navigation = relationship.navigation.as_deref().unwrap_or_default();
        let message = format!(
            "`{navigation}` is a collection of `{}`: it is tested with `any` or `all`",
            relationship.table
        );
        let mut d = Diagnostic::error(code::COLLECTION_WITHOUT_LAMBDA, span, message);
        let whole = self.current.span;
        let reference = ColumnRef {
            join: None,
            scope: row.scope,
            path: row.links(),
            column: String::new(),
            property: Property::Plain,
        };
        let path = odata::prefix(&reference, &self.variables());
        let start = (span.start as usize).checked_sub(path.len());
        let written = start.and_then(|s| self.source.get(s..span.start as usize)) == Some(path.as_str());
        // Outside of a condition there is nothing to put into a lambda.
        let within = !whole.is_empty() && whole.start <= span.start && span.end <= whole.end;
        if let (Some(first), true, true) = (rest.first(), written && within, row.path.is_empty()) {
            let start = start.unwrap_or_default();
            let before = self.source.get(whole.start as usize..start).unwrap_or_default();
            let after = self.source.get(first.span.start as usize..whole.end as usize).unwrap_or_default();
            let taken = |name: &str| self.scopes.iter().any(|s| s.variable == name);
            let variable = odata::fresh_variable(&relationship.table, taken);
            for word in ["any", "all"] {
                let text = format!("{path}{navigation}/{word}({variable}:{before}{variable}/{after})");
                let what = if word == "any" { "at least one of them" } else { "all of them" };
                let certain = word == "any" && !self.negated && self.current.op != Some(Comparison::Ne);
                d = d.suggest(if certain {
                    Suggestion::fix(what, whole, text)
                } else {
                    Suggestion::maybe(what, whole, text)
                });
            }
        }
        self.push(d);
        None
    }

    /// Resolves an `any` or `all` on a single row, as in `primarycontactid/any(c:c/firstname eq 'Ann')`, and
    /// reports it with a fix. `lambda` is the content of the parentheses (`None` for `any()`), and `row` is
    /// the row from which `relationship` leads to the single row. Returns the condition on that row; `None`
    /// if the lambda could not be understood.
    pub(crate) fn rewrite_lambda_on_row(
        &mut self,
        row: &Row<'a>,
        relationship: &'a Relationship,
        lambda: Option<&'a Lambda<'a>>,
        span: Span,
    ) -> Option<Predicate> {
        let navigation = relationship.navigation.as_deref().unwrap_or_default();
        let message = format!(
            "`{navigation}` leads to one row: its columns are named directly, without `any` or `all`"
        );
        let Some(lambda) = lambda else {
            let key = self.navigation_key(row, relationship)?;
            let meant = Predicate::Test(key, crate::hir::Test::NotNull);
            return self.rewritten(
                Severity::Error,
                code::LAMBDA_ON_ONE_ROW,
                span,
                message,
                "ask for its key",
                meant,
            );
        };
        let target = self.table(&relationship.table)?;
        let depth = self.scopes.len();
        self.scopes.push(Scope { variable: lambda.variable, table: target });
        let body = self.predicate(&lambda.body, odata::Precedence::Loose);
        self.scopes.pop();
        let meant = rebase(body?, depth, row, &link(relationship));
        match meant {
            Some(meant) => self.rewritten(
                Severity::Error,
                code::LAMBDA_ON_ONE_ROW,
                span,
                message,
                "name them directly",
                meant,
            ),
            None => self.refuse(code::LAMBDA_ON_ONE_ROW, span, message, ""),
        }
    }

    pub(crate) fn lambda_behind_lookup<T>(&mut self, span: Span) -> Option<T> {
        self.refuse(
            code::LAMBDA_BEHIND_LOOKUP,
            span,
            "Dataverse does not evaluate `any` and `all` behind a lookup".to_owned(),
            "FetchXML can: a link-entity of type `any` within the link to the row",
        )
    }
}

/// Returns the condition of a lambda on a single row, with the path to that row in place of the lambda's
/// variable. `depth` is the number of the lambda ([`ColumnRef::scope`]); `row` and `link` are the path.
/// Returns `None` if the condition contains another lambda, because Dataverse does not evaluate a lambda
/// after a lookup.
fn rebase(predicate: Predicate, depth: usize, row: &Row<'_>, link: &Link) -> Option<Predicate> {
    let all = |parts: Vec<Predicate>| {
        parts.into_iter().map(|p| rebase(p, depth, row, link)).collect::<Option<Vec<_>>>()
    };
    let column = |mut c: ColumnRef| {
        if c.scope == depth {
            let mut path = row.links();
            path.push(link.clone());
            path.append(&mut c.path);
            (c.scope, c.path) = (row.scope, path);
        }
        c
    };
    Some(match predicate {
        Predicate::And(parts) => Predicate::And(all(parts)?),
        Predicate::Or(parts) => Predicate::Or(all(parts)?),
        Predicate::Not(inner) => rebase(*inner, depth, row, link)?.negate(),
        Predicate::Test(c, test) => Predicate::Test(column(c), test),
        Predicate::Columns(a, op, b) => Predicate::Columns(column(a), op, column(b)),
        Predicate::Any(..) | Predicate::All(..) => return None,
        same => same,
    })
}
