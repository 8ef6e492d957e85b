//! Resolves comparisons: resolves their operands and gives the values the types of the columns. For a
//! comparison that Dataverse does not support, it calls a rewrite.

use dvkit_diagnostic::{Diagnostic, Severity, Span, Suggestion, code};
use dvkit_schema::{Column, ColumnType};
use odata_parser::ast::{Binary, BinaryOp, Expr, ExprKind, LiteralKind, UnaryOp};

use super::operand::ConstantKind;
use super::path::{article, type_words};
use super::{ColumnOperand, Constant, Operand, Resolver};
use crate::functions;
use crate::hir::{Comparison, Predicate, Test, Value};

impl<'a> Resolver<'a> {
    /// Resolves an expression with a binary operator other than `and` and `or`. Returns `None` if the
    /// expression could not be understood; then the mistake has been reported.
    pub(crate) fn binary_condition(
        &mut self,
        expr: &'a Expr<'a>,
        binary: &'a Binary<'a>,
    ) -> Option<Predicate> {
        self.operator_case(binary);
        match binary.op {
            BinaryOp::In => self.rewrite_in(binary),
            BinaryOp::Has => self.rewrite_has(binary),
            _ => match comparison(binary.op) {
                Some(op) => self.comparison(expr.span, binary, op),
                None => {
                    self.rewrite_arithmetic(expr)?;
                    self.refuse(
                        code::NOT_A_CONDITION,
                        expr.span,
                        "a number alone is not a condition".to_owned(),
                        "compare it with a column: `revenue gt 1000`",
                    )
                }
            },
        }
    }

    fn comparison(&mut self, span: Span, binary: &'a Binary<'a>, op: Comparison) -> Option<Predicate> {
        self.current.op = Some(op);
        if let ExprKind::Unary(unary) = &binary.left.kind
            && unary.op == UnaryOp::Not
        {
            return self.not_before_comparison(unary, binary, op, span);
        }
        let before = self.diagnostics.len();
        let left = self.operand(&binary.left);
        if let Some(column) = left.as_ref().and_then(operand_column)
            && let Some(caller) = self.rewrite_caller(&column, op, &binary.right)
        {
            return caller.meaning();
        }
        let right = self.operand_beside(left.as_ref(), &binary.right);
        let is_null = matches!(&right, Some(Operand::Constant(c)) if c.is(LiteralKind::Null));
        let meant = self.compare(left?, op, right?, span);
        if is_null && op.is_equality() {
            // Published programs compare a lookup with null by its own name, and it works
            // (`parentbusinessunitid eq null`).
            for d in self.diagnostics.iter_mut().skip(before) {
                if d.code == code::LOOKUP_AS_COLUMN && d.is_error() {
                    d.severity = Severity::Warning;
                }
            }
        }
        meant
    }

    /// Resolves the right operand `expr` of a comparison. If the left operand `left` is a column, `expr` may
    /// be a text without quotes, which is reported. Returns `None` if `expr` could not be understood; then
    /// the mistake has been reported.
    pub(crate) fn operand_beside(
        &mut self,
        left: Option<&Operand<'a>>,
        expr: &'a Expr<'a>,
    ) -> Option<Operand<'a>> {
        if let (Some(Operand::Column(column)), ExprKind::Path(_)) = (left, &expr.kind)
            && let Some(text) = self.rewrite_unquoted_text(expr, column.column)
        {
            return Some(Operand::Constant(text));
        }
        self.operand(expr)
    }

    /// Reports `not a eq 1` with a fix to `not (a eq 1)`, and returns the meaning of the fixed text. (OData
    /// reads `(not a) eq 1`, because `not` binds more tightly than a comparison.) Returns `None` if the
    /// comparison could not be understood.
    fn not_before_comparison(
        &mut self,
        unary: &'a odata_parser::ast::Unary<'a>,
        binary: &'a Binary<'a>,
        op: Comparison,
        span: Span,
    ) -> Option<Predicate> {
        let outer = std::mem::replace(&mut self.negated, true);
        let left = self.operand(&unary.operand);
        let right = self.operand(&binary.right);
        self.negated = outer;
        let (left, right) = (left?, right?);
        if let Operand::Condition(condition) = left {
            return self.condition_compared(condition.negate(), op, right, span);
        }
        let open = unary.operand.span.start as usize;
        self.push(
            Diagnostic::error(
                code::NOT_A_CONDITION,
                unary.op_span,
                "`not` binds tighter than a comparison: this reads `(not …)` compared with a value",
            )
            .suggest(
                Suggestion::fix("put the comparison in parentheses", Span::at(open), "(")
                    .and_edit(Span::at(span.end as usize), ")"),
            ),
        );
        // The comparison is rewritten, not the `not` before it.
        self.current.span = Span { start: unary.operand.span.start, end: span.end };
        self.current.around = crate::odata::Precedence::Not;
        Some(self.compare(left, op, right, span)?.negate())
    }

    fn compare(
        &mut self,
        left: Operand<'a>,
        op: Comparison,
        right: Operand<'a>,
        span: Span,
    ) -> Option<Predicate> {
        match (left, right) {
            (Operand::Column(column), Operand::Constant(value)) => self.column_value(&column, op, &value),
            (Operand::Constant(value), Operand::Column(column)) => {
                self.column_value(&column, op.flip(), &value)
            }
            (Operand::Column(a), Operand::Column(b)) => self.columns(&a, op, &b, span),
            (Operand::Row(row, relationship, at), Operand::Constant(value)) => {
                self.rewrite_row_value(row, relationship, at, op, &value)
            }
            (Operand::Constant(value), Operand::Row(row, relationship, at)) => {
                self.rewrite_row_value(row, relationship, at, op.flip(), &value)
            }
            (Operand::Function(call, at), Operand::Constant(value)) => {
                self.function_value(call, at, op, &value)
            }
            (Operand::Constant(value), Operand::Function(call, at)) => {
                self.function_value(call, at, op.flip(), &value)
            }
            (Operand::Condition(condition), other) | (other, Operand::Condition(condition)) => {
                self.condition_compared(*condition, op, other, span)
            }
            (Operand::Constant(a), Operand::Constant(b)) => self.constants(&a, op, &b, span),
            (Operand::Count(row, relationship, at), Operand::Constant(value)) => {
                self.rewrite_count(&row, relationship, at, op, &value)
            }
            (Operand::Constant(value), Operand::Count(row, relationship, at)) => {
                self.rewrite_count(&row, relationship, at, op.flip(), &value)
            }
            (Operand::Count(_, _, at), _) | (_, Operand::Count(_, _, at)) => self.refuse(
                code::COUNT_IN_FILTER,
                at,
                "Dataverse cannot compare a count in a filter".to_owned(),
                "",
            ),
            (Operand::Function(call, _), _) | (_, Operand::Function(call, _)) => {
                self.unsupported_function(call, "")
            }
            (Operand::Row(_, _, at), _) | (_, Operand::Row(_, _, at)) => self.refuse(
                code::NAVIGATION_AS_VALUE,
                at,
                "a row cannot be compared; compare its key or one of its columns".to_owned(),
                "",
            ),
        }
    }

    /// Resolves a comparison of a column with a value. Returns `None` if the comparison could not be
    /// understood; then the mistake has been reported.
    pub(crate) fn column_value(
        &mut self,
        column: &ColumnOperand<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        if value.is(LiteralKind::Null) {
            return self.null_test(column, op, value.span);
        }
        match &column.column.ty {
            ColumnType::Choices { .. } => return self.rewrite_multi_select(column, op, value),
            ColumnType::ManagedProperty => self.managed_property(column),
            ColumnType::Image { .. } | ColumnType::File { .. } | ColumnType::Virtual => {
                return self.not_filterable(column);
            }
            _ => {}
        }
        if let Some(date) = self.rewrite_date_for_date_time(column, op, value) {
            return date.meaning();
        }
        if !op.is_equality() {
            self.order_applies(column, op);
        }
        let value = self.typed(column.column, value, Some(column))?;
        Some(Predicate::Test(column.reference(), Test::Compare(op, value)))
    }

    /// Resolves `x eq null` and `x ne null` for the column `x`. For any other operator, reports that a
    /// comparison with null is never true, and returns `None`. `span` is the span of the condition.
    fn null_test(&mut self, column: &ColumnOperand<'a>, op: Comparison, span: Span) -> Option<Predicate> {
        let test = match op {
            Comparison::Eq | Comparison::Le => Test::Null,
            _ => Test::NotNull,
        };
        if !op.is_equality() {
            let written = op.as_str();
            self.push(
                Diagnostic::error(
                    code::NULL_ORDER,
                    span,
                    format!("`{written} null` is never true: null has no order"),
                )
                .suggest(Suggestion::maybe(
                    "ask whether there is a value",
                    self.current.span,
                    self.spell(&Predicate::Test(column.reference(), Test::NotNull)),
                )),
            );
            return None;
        }
        match column.column.ty {
            ColumnType::Virtual => return self.not_filterable(column),
            ColumnType::Image { .. } | ColumnType::File { .. } => {
                let message = format!(
                    "`{}` is {}: whether Dataverse filters by it is not documented",
                    column.column.logical_name,
                    article(column.column)
                );
                self.push(Diagnostic::warning(code::NOT_FILTERABLE, column.span, message));
            }
            _ => {}
        }
        self.facts.record_null_test(column.span);
        Some(Predicate::Test(column.reference(), test))
    }

    fn order_applies(&mut self, column: &ColumnOperand<'a>, op: Comparison) {
        let unordered = match column.column.ty {
            ColumnType::Uniqueidentifier | ColumnType::Boolean { .. } => true,
            ref ty => ty.is_lookup(),
        };
        if unordered {
            let message = format!(
                "`{}` is {}, which has no order: `{}` does not apply",
                column.column.property_name(),
                article(column.column),
                op.as_str()
            );
            self.push(
                Diagnostic::error(code::OPERATOR_FOR_TYPE, column.span, message)
                    .help("compare it with `eq` or `ne`"),
            );
        }
    }

    /// Resolves a comparison of two columns. Returns `None` if the columns cannot be compared, after
    /// reporting that.
    fn columns(
        &mut self,
        a: &ColumnOperand<'a>,
        op: Comparison,
        b: &ColumnOperand<'a>,
        span: Span,
    ) -> Option<Predicate> {
        if a.row.scope != b.row.scope || !a.row.same_path(&b.row) {
            return self.refuse(
                code::CROSS_TABLE_COMPARISON,
                span,
                "columns of different rows cannot be compared in OData".to_owned(),
                "FetchXML can: `valueof` with the alias of a link-entity",
            );
        }
        if !same_type(a.column, b.column) {
            let message = columns_differ(a.column, b.column);
            return self.refuse(code::COLUMNS_DIFFER, span, message, "");
        }
        Some(Predicate::Columns(a.reference(), op, b.reference()))
    }

    /// Resolves a comparison in which neither operand is a column. If an operand is a display name, its
    /// column is taken instead. If an operand is a parameter, the whole comparison is kept as a parameter.
    /// Otherwise the comparison is reported, and the result is the constant true or false. Returns `None` if
    /// the operands cannot be compared.
    fn constants(
        &mut self,
        a: &Constant<'a>,
        op: Comparison,
        b: &Constant<'a>,
        span: Span,
    ) -> Option<Predicate> {
        if let Some(column) = self.display_name_as_column(a, op, b) {
            return Some(column);
        }
        let parameter = [a, b].iter().any(|c| c.kind == ConstantKind::Parameter);
        if parameter {
            // An alias may stand for a column (`@p1=revenue`), which only the whole request tells.
            return Some(Predicate::Parameter(span.of(self.source).to_owned()));
        }
        self.push(Diagnostic::warning(
            code::CONSTANT_CONDITION,
            span,
            "a condition without a column: whether Dataverse evaluates it is not documented",
        ));
        let order = match (a.text.parse::<f64>(), b.text.parse::<f64>()) {
            (Ok(x), Ok(y)) => x.partial_cmp(&y),
            _ => Some(a.text.to_lowercase().cmp(&b.text.to_lowercase())),
        }?;
        Some(Predicate::Constant(match op {
            Comparison::Eq => order.is_eq(),
            Comparison::Ne => order.is_ne(),
            Comparison::Gt => order.is_gt(),
            Comparison::Ge => order.is_ge(),
            Comparison::Lt => order.is_lt(),
            Comparison::Le => order.is_le(),
        }))
    }

    /// Reports a quoted display name that is used as a column, as in `'Full Name' eq 'Ann'`. Returns the
    /// comparison with the column that has this display name; `None` if neither operand is a display name.
    fn display_name_as_column(
        &mut self,
        a: &Constant<'a>,
        op: Comparison,
        b: &Constant<'a>,
    ) -> Option<Predicate> {
        let table = self.scopes.last()?.table;
        let is_display = |c: &Column, text: &str| {
            c.is_property() && c.display_name.texts().any(|t| t.eq_ignore_ascii_case(text))
        };
        for (name, value, op) in [(a, b, op), (b, a, op.flip())] {
            if !name.is(LiteralKind::String) {
                continue;
            }
            let mut found = table.columns.iter().filter(|c| is_display(c, &name.text));
            if let (Some(column), None) = (found.next(), found.next()) {
                let property = column.property_name().into_owned();
                let message = format!("`{}` is what people see; the column is `{property}`", name.text);
                let variable = self.scopes.last().map(|s| s.variable).unwrap_or_default();
                let path = if variable.is_empty() { property } else { format!("{variable}/{property}") };
                self.push(
                    Diagnostic::error(code::UNKNOWN_COLUMN, name.span, message).suggest(Suggestion::fix(
                        format!("write `{path}`"),
                        name.span,
                        path,
                    )),
                );
                let row = super::Row { scope: self.scopes.len() - 1, path: Vec::new(), table };
                let operand = ColumnOperand { column, managed: false, row, span: name.span };
                return self.column_value(&operand, op, value);
            }
        }
        None
    }

    /// Resolves a column that is used as a condition. For a two-option column, reports it with a fix to the
    /// equivalent `<column> eq true`. For any other column, reports an error and returns `None`.
    pub(crate) fn bare_column(&mut self, column: &ColumnOperand<'a>) -> Option<Predicate> {
        let name = column.column.property_name();
        let boolean = matches!(column.column.ty.edm(), Some(dvkit_schema::Edm::Boolean));
        let message = format!("`{name}` alone is not a condition: Dataverse wants a comparison");
        if !boolean {
            return self.refuse(
                code::NOT_A_CONDITION,
                column.span,
                message,
                "compare it with a value, or with null",
            );
        }
        let meant = Predicate::Test(column.reference(), Test::Compare(Comparison::Eq, Value::Boolean(true)));
        self.rewritten(
            Severity::Error,
            code::NOT_A_CONDITION,
            column.span,
            message,
            "compare it with `true`",
            meant,
        )
    }

    /// Resolves a comparison of a condition with `true` or `false`. Reports it with a fix to the equivalent
    /// condition alone, or to its negation. Returns `None` if `other` is not a truth value, after reporting
    /// that.
    fn condition_compared(
        &mut self,
        condition: Predicate,
        op: Comparison,
        other: Operand<'a>,
        span: Span,
    ) -> Option<Predicate> {
        let truth = match &other {
            Operand::Constant(c) if c.is(LiteralKind::Boolean) => Some(c.text.eq_ignore_ascii_case("true")),
            Operand::Constant(c) if c.is(LiteralKind::Integer) => c.integer().map(|n| n != 0),
            _ => None,
        };
        let (meant, with_empty_rows) = match (truth, op) {
            (Some(truth), Comparison::Eq | Comparison::Ne) if truth == (op == Comparison::Eq) => {
                (condition, None)
            }
            (Some(_), Comparison::Eq | Comparison::Ne) => opposite(condition),
            _ => {
                let message =
                    "a condition can only be true or false; it cannot be compared with this".to_owned();
                return self.refuse(code::NOT_A_CONDITION, span, message, "");
            }
        };
        let mut message =
            "a condition stands alone: comparing it with `true` or `false` is not documented for Dataverse"
                .to_owned();
        if let Some(function) = with_empty_rows {
            message.push_str(&format!("; `{function}` also keeps rows without a value"));
        }
        self.rewritten(Severity::Warning, code::FUNCTION_COMPARED, span, message, "let it stand alone", meant)
    }

    /// Reports a column that cannot be used in a filter, such as a file or an image, and returns `None`.
    fn not_filterable<T>(&mut self, column: &ColumnOperand<'a>) -> Option<T> {
        let message = format!(
            "`{}` is {}: it cannot be filtered by",
            column.column.logical_name,
            article(column.column)
        );
        self.refuse(code::NOT_FILTERABLE, column.span, message, "")
    }

    /// Reports a managed property that is used as a column in a comparison, with a fix that appends `/Value`.
    fn managed_property(&mut self, column: &ColumnOperand<'a>) {
        if !column.managed {
            let name = &column.column.logical_name;
            let message =
                format!("`{name}` is a {}; its value is `{name}/Value`", type_words(&column.column.ty));
            let at = Span::at(column.span.end as usize);
            self.push(
                Diagnostic::error(code::MANAGED_PROPERTY, column.span, message).suggest(Suggestion::fix(
                    "compare its value",
                    at,
                    "/Value",
                )),
            );
        }
    }
}

/// Returns the negation of a condition. That of a query function is the function with the opposite meaning, because
/// Dataverse refuses `not` before one; the name of that of both which also matches rows without a value is returned, too.
fn opposite(condition: Predicate) -> (Predicate, Option<&'static str>) {
    if let Predicate::Test(column, Test::Function(function, arguments)) = &condition
        && let Some(opposite) = function.negation.and_then(functions::find)
    {
        let meant = Predicate::Test(column.clone(), Test::Function(opposite, arguments.clone()));
        return (meant, Some(functions::with_empty_rows(function, opposite)));
    }
    (condition.negate(), None)
}

/// Returns whether two columns can be compared with each other, because they have equal OData types or both
/// hold guids.
pub(crate) fn same_type(a: &Column, b: &Column) -> bool {
    match (a.ty.edm(), b.ty.edm()) {
        (Some(x), Some(y)) => x == y,
        _ => true,
    }
}

/// Returns the message that two columns cannot be compared with each other, with the types of both.
pub(crate) fn columns_differ(a: &Column, b: &Column) -> String {
    format!(
        "`{}` is {} and `{}` is {}: only columns of the same type can be compared",
        a.property_name(),
        article(a),
        b.property_name(),
        article(b)
    )
}

fn comparison(op: BinaryOp) -> Option<Comparison> {
    Some(match op {
        BinaryOp::Eq => Comparison::Eq,
        BinaryOp::Ne => Comparison::Ne,
        BinaryOp::Gt => Comparison::Gt,
        BinaryOp::Ge => Comparison::Ge,
        BinaryOp::Lt => Comparison::Lt,
        BinaryOp::Le => Comparison::Le,
        _ => return None,
    })
}

/// Returns the column that an operand refers to; for a lookup's navigation property, the lookup column.
/// Returns `None` for other operands.
fn operand_column<'a>(operand: &Operand<'a>) -> Option<ColumnOperand<'a>> {
    Some(match operand {
        Operand::Column(column) => ColumnOperand { row: column.row.clone(), ..*column },
        Operand::Row(row, Some(relationship), span) => {
            let column = row.table.column(relationship.column.as_deref()?)?;
            ColumnOperand { column, managed: false, row: row.clone(), span: *span }
        }
        _ => return None,
    })
}
