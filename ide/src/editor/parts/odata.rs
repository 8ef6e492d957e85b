//! Adds the parts of OData: filters, and requests with their options.

use dvkit_diagnostic::Span;
use dvkit_schema::Table;
use odata_parser::ast::{
    Aggregation, Binary, BinaryOp, ComputeItem, Expr, ExprKind, Item, Join, NestItem, OptionKind,
    QueryOption, Request, TransformationKind,
};
use odata_parser::visit::{self, Visit};

use super::builder::Builder;
use super::part::{ClauseSymbol, LocalKind, Meaning};
use super::path::Scope;
use super::values::Compared;
use crate::Error;
use crate::editor::class::{SymbolClass, TokenClass};
use crate::explain::description;

/// The maximum length in characters of the text of a clause in an outline.
const MAX_DETAIL: usize = 60;

impl<'a> Builder<'a> {
    /// Adds a filter on the rows of `table`.
    pub(super) fn filter(
        &mut self,
        decoded: &str,
        filter: &Expr<'_>,
        table: Option<&'a Table>,
    ) -> Result<(), Error> {
        self.table = table;
        let whole = Span::new(0, decoded.len());
        let symbol = ClauseSymbol {
            name: table.map_or_else(|| "filter".to_owned(), |t| t.logical_name.clone()),
            detail: excerpt(decoded),
            class: SymbolClass::Filter,
            selection: whole,
        };
        self.open(whole, true, Some(symbol));
        self.expr(filter, &Scope::of(table), None)?;
        self.close();
        self.fill_odata(decoded);
        Ok(())
    }

    /// Adds a request. `table` is the table of a request without a path.
    pub(super) fn request(
        &mut self,
        decoded: &str,
        request: &Request<'_>,
        table: Option<&'a Table>,
    ) -> Result<(), Error> {
        self.open(Span::new(0, decoded.len()), true, None);
        if let Some((_, span)) = request.service {
            self.push(span, TokenClass::String, Meaning::None);
        }
        let end = self.resource_path(&request.path)?;
        self.table = if request.path.segments.is_empty() { table } else { end.table };
        let first = request.path.segments.first().map(|segment| segment.span);
        let selection = first.unwrap_or(Span::new(0, decoded.len()));
        let name = match (first, self.table) {
            (Some(span), _) => span.of(decoded).to_owned(),
            (None, Some(table)) => table.logical_name.clone(),
            (None, None) => "query".to_owned(),
        };
        let detail = self.table.map_or("", |t| description::text(self.store, &t.display_name)).to_owned();
        let symbol = ClauseSymbol { name, detail, class: SymbolClass::Table, selection };
        self.open(Span::new(0, decoded.len()), false, Some(symbol));
        for (name, span) in computed_names(request) {
            self.define(name, LocalKind::Computed, span);
        }
        for option in &request.options {
            if let (OptionKind::Alias(_), Some(name)) = (&option.kind, option.name.strip_prefix('@')) {
                self.define(name, LocalKind::ParameterAlias, option.name_span);
            }
        }
        self.options_in(&request.options, &Scope::of(self.table), decoded)?;
        self.close();
        self.close();
        self.fill_odata(decoded);
        Ok(())
    }

    /// Adds the definition of a name, unless the name is defined before.
    fn define(&mut self, name: &str, kind: LocalKind, span: Span) {
        if self.local_id(kind, name).is_none() {
            self.local(name, kind, Some(span));
        }
    }

    /// Adds the use or the definition of a name that is in [`Builder::locals`], or is added to it.
    pub(super) fn use_local(&mut self, name: &str, kind: LocalKind, span: Span) {
        let id = self.local_id(kind, name).unwrap_or_else(|| self.local(name, kind, None));
        self.push(span, TokenClass::Variable, Meaning::Local(id));
    }

    /// Adds options in parentheses.
    pub(super) fn options(&mut self, options: &[QueryOption<'_>], scope: &Scope<'a>) -> Result<(), Error> {
        self.options_in(options, scope, "")
    }

    fn options_in(
        &mut self,
        options: &[QueryOption<'_>],
        scope: &Scope<'a>,
        decoded: &str,
    ) -> Result<(), Error> {
        for option in options {
            let symbol = match &option.kind {
                OptionKind::Filter(_) | OptionKind::Apply(_) => Some(ClauseSymbol {
                    name: option.name.to_owned(),
                    detail: excerpt(option.value_span.of(decoded)),
                    class: SymbolClass::Filter,
                    selection: option.name_span,
                }),
                _ => None,
            };
            self.open(option.span, true, symbol);
            self.option(option, scope, decoded)?;
            self.close();
        }
        Ok(())
    }

    fn option(&mut self, option: &QueryOption<'_>, scope: &Scope<'a>, decoded: &str) -> Result<(), Error> {
        if let (OptionKind::Alias(value), Some(name)) = (&option.kind, option.name.strip_prefix('@')) {
            self.use_local(name, LocalKind::ParameterAlias, option.name_span);
            self.expr(value, scope, None)?;
            return Ok(());
        }
        self.push(option.name_span, TokenClass::Keyword, Meaning::None);
        match &option.kind {
            OptionKind::Select(items) => {
                for item in items {
                    self.item(item, scope, decoded, false)?;
                }
            }
            OptionKind::Expand(items) => {
                for item in items {
                    self.item(item, scope, decoded, true)?;
                }
            }
            OptionKind::OrderBy(items) => {
                for item in items {
                    self.open(item.span, false, None);
                    self.expr(&item.expr, scope, None)?;
                    self.direction(item.direction);
                    self.close();
                }
            }
            OptionKind::Filter(expr)
            | OptionKind::Top(expr)
            | OptionKind::Skip(expr)
            | OptionKind::Index(expr)
            | OptionKind::Count(expr)
            | OptionKind::Alias(expr) => {
                self.expr(expr, scope, None)?;
            }
            OptionKind::Levels(expr) => match &expr.kind {
                ExprKind::Path(_) => self.push(expr.span, TokenClass::Keyword, Meaning::None),
                _ => {
                    self.expr(expr, scope, None)?;
                }
            },
            OptionKind::Search(search) => self.push(search.span, TokenClass::String, Meaning::None),
            OptionKind::Apply(steps) => self.in_sequence(|b| b.transformations(steps, scope))?,
            OptionKind::Compute(items) => self.in_sequence(|b| b.compute(items, scope))?,
            OptionKind::Text(_) | OptionKind::Custom(_) => {
                self.push(option.value_span, TokenClass::String, Meaning::None);
            }
        }
        Ok(())
    }

    /// Calls `add` while a computed value is known only behind its definition.
    fn in_sequence(&mut self, add: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        let before = std::mem::replace(&mut self.sequential, true);
        let done = add(self);
        self.sequential = before;
        done
    }

    pub(super) fn direction(&mut self, direction: Option<(bool, Span)>) {
        if let Some((_, span)) = direction {
            self.push(span, TokenClass::Keyword, Meaning::None);
        }
    }

    fn item(&mut self, item: &Item<'_>, scope: &Scope<'a>, decoded: &str, expand: bool) -> Result<(), Error> {
        let selection = item.path.segments.first().map_or(item.span, |first| first.span);
        let name = selection.of(decoded).to_owned();
        let leads_to = scope.table.and_then(|t| t.navigation(&name)).map(|r| format!("→ {}", r.table));
        let detail = leads_to.unwrap_or_default();
        let symbol = ClauseSymbol { name, detail, class: SymbolClass::Expand, selection };
        let symbol = Some(symbol).filter(|symbol| expand && !symbol.name.is_empty());
        self.open(item.span, true, symbol);
        let end = self.path(&item.path, scope)?;
        if let Some(nested) = &item.nested {
            if let Some(table) = end.table {
                self.regions.push((nested.span, table));
            }
            let inner = Scope::of(end.table);
            self.options_in(&nested.options, &inner, decoded)?;
        }
        self.close();
        Ok(())
    }

    /// Adds an expression. `of` is the column that its value is compared with. Returns the column that the
    /// expression is.
    pub(super) fn expr(
        &mut self,
        expr: &Expr<'_>,
        scope: &Scope<'a>,
        of: Compared<'a>,
    ) -> Result<Compared<'a>, Error> {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, expr.span, of),
            ExprKind::Path(path) => {
                self.open(expr.span, false, None);
                let end = self.path(path, scope)?;
                self.close();
                return Ok(end.column);
            }
            ExprKind::Call(call) => {
                self.open(expr.span, false, None);
                self.call(call, scope, false)?;
                self.close();
            }
            ExprKind::Alias(name) => self.use_local(name, LocalKind::ParameterAlias, expr.span),
            ExprKind::Unary(unary) => {
                self.open(expr.span, false, None);
                self.push(unary.op_span, TokenClass::Operator, Meaning::None);
                self.expr(&unary.operand, scope, of)?;
                self.close();
            }
            ExprKind::Binary(binary) => {
                self.open(expr.span, false, None);
                self.binary(binary, scope)?;
                self.close();
            }
            ExprKind::Paren(inner) => {
                self.open(expr.span, false, None);
                let column = self.expr(inner, scope, of)?;
                self.close();
                return Ok(column);
            }
            ExprKind::List(items) | ExprKind::Array(items) => {
                self.open(expr.span, false, None);
                for item in items {
                    self.expr(item, scope, of)?;
                }
                self.close();
            }
            ExprKind::Object(members) => {
                self.open(expr.span, false, None);
                for member in members {
                    self.push(member.name_span, TokenClass::Keyword, Meaning::None);
                    self.expr(&member.value, scope, None)?;
                }
                self.close();
            }
            ExprKind::JsonString(text) => self.quoted(text, expr.span, of),
            ExprKind::Type(name) => {
                let plain = name.strip_prefix(dvkit_query::functions::NAMESPACE).unwrap_or(name);
                let meaning = self.store.entry(plain).map_or(Meaning::None, Meaning::Table);
                self.push(expr.span, TokenClass::Table, meaning);
            }
            ExprKind::Placeholder(placeholder) => {
                let class = if placeholder.quoted { TokenClass::String } else { TokenClass::Placeholder };
                self.push(expr.span, class, Meaning::None);
            }
            ExprKind::Error => {}
        }
        Ok(None)
    }

    fn binary(&mut self, binary: &Binary<'_>, scope: &Scope<'a>) -> Result<(), Error> {
        self.push(binary.op_span, TokenClass::Operator, Meaning::None);
        if binary.op.is_comparison() || matches!(binary.op, BinaryOp::In | BinaryOp::Has) {
            // The side with a column comes first, because it gives a meaning to the value of the other side.
            let is_value = |e: &Expr<'_>| matches!(e.kind, ExprKind::Literal(_) | ExprKind::Placeholder(_));
            let (first, second) = match is_value(&binary.left) {
                true => (&binary.right, &binary.left),
                false => (&binary.left, &binary.right),
            };
            let column = self.expr(first, scope, None)?;
            self.expr(second, scope, column)?;
            return Ok(());
        }
        // A long chain of operators is a deep tree to the left, which is followed without recursion.
        let mut operands = vec![&binary.right];
        let mut left = &binary.left;
        while let ExprKind::Binary(inner) = &left.kind {
            if inner.op.is_comparison() || matches!(inner.op, BinaryOp::In | BinaryOp::Has) {
                break;
            }
            self.push(inner.op_span, TokenClass::Operator, Meaning::None);
            operands.push(&inner.right);
            left = &inner.left;
        }
        self.expr(left, scope, None)?;
        for operand in operands.into_iter().rev() {
            self.expr(operand, scope, None)?;
        }
        Ok(())
    }
}

/// Returns the beginning of `text` on one line.
fn excerpt(text: &str) -> String {
    let mut out = String::new();
    for (n, word) in text.split_whitespace().enumerate() {
        if n > 0 {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > MAX_DETAIL * 4 {
            break;
        }
    }
    match out.char_indices().nth(MAX_DETAIL) {
        Some((at, _)) => format!("{}…", &out[..at]),
        None => out,
    }
}

/// Returns the names that `$apply` and `$compute` define, with their positions.
fn computed_names<'s>(request: &Request<'s>) -> Vec<(&'s str, Span)> {
    #[derive(Default)]
    struct Names<'s>(Vec<(&'s str, Span)>);
    impl<'s> Names<'s> {
        fn nested(&mut self, items: &[NestItem<'s>]) {
            self.0.extend(items.iter().map(|item| item.alias));
        }

        fn joined(&mut self, join: &Join<'s>) {
            self.0.push(join.alias);
        }
    }
    impl<'s> Visit<'s> for Names<'s> {
        fn visit_aggregation(&mut self, aggregation: &Aggregation<'s>) {
            self.0.extend(aggregation.alias);
            visit::walk_aggregation(self, aggregation);
        }

        fn visit_compute_item(&mut self, item: &ComputeItem<'s>) {
            self.0.push(item.alias);
            visit::walk_compute_item(self, item);
        }

        fn visit_transformation(&mut self, transformation: &odata_parser::ast::Transformation<'s>) {
            match &transformation.kind {
                TransformationKind::Nest(_, items) => self.nested(items),
                TransformationKind::Join(_, join) => self.joined(join),
                _ => {}
            }
            visit::walk_transformation(self, transformation);
        }
    }
    let mut names = Names::default();
    names.visit_request(request);
    names.0
}
