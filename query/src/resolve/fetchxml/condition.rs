//! Resolves the `<condition>` elements of FetchXML to conditions of the HIR. The resolver of FetchXML queries
//! calls it.

use dvkit_diagnostic::{Diagnostic, Span, code};
use dvkit_schema::{Column, ColumnType, Edm};
use fetchxml::ast::{Condition, Operator};

use super::RowScope;
use super::alias::Aliases;
use super::value::is_placeholder;
use crate::functions::{self, Signature};
use crate::hir::{Arguments, ColumnRef, Comparison, Predicate, Property, Test, Value};
use crate::resolve::comparison::{columns_differ, same_type};
use crate::resolve::path::article;
use crate::resolve::{Resolver, Role};

impl<'a> Resolver<'a> {
    pub(super) fn condition(
        &mut self,
        condition: &'a Condition<'a>,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
    ) -> Option<Predicate> {
        self.facts.conditions += 1;
        self.read(condition.name_span);
        let (table, join) = match self.attribute(&condition.entityname) {
            Some(name) => {
                (self.linked_row(&name.raw, name.value_span, aliases)?, Some(name.raw.as_ref().into()))
            }
            None => (here.table, None),
        };
        let role = std::mem::replace(&mut self.role, Role::Filter);
        let column = self.attribute(&condition.attribute).and_then(|name| self.fetch_column(table, name));
        self.role = role;
        let column = column?;
        let operator = self.word(&condition.operator)?;
        let mut reference =
            ColumnRef { join, ..self.fetch_reference(column, RowScope { table, scope: here.scope }) };
        // A managed property is compared by its value.
        if column.ty == ColumnType::ManagedProperty {
            reference.property = Property::Managed;
        }
        let comparison = comparison(operator);
        if let (Some(comparison), Some(_)) = (comparison, &condition.valueof) {
            return self.compared_columns(condition, (column, reference), comparison, here, aliases);
        }
        let span = condition.operator.as_ref().map_or(condition.span, |o| o.value_span);
        if let Some(name) = operator.function() {
            return self.operator_function(condition, operator, name, column, reference, span);
        }
        Some(match operator {
            Operator::Null => Predicate::Test(reference, Test::Null),
            Operator::NotNull => Predicate::Test(reference, Test::NotNull),
            Operator::Like
            | Operator::NotLike
            | Operator::BeginsWith
            | Operator::NotBeginWith
            | Operator::EndsWith
            | Operator::NotEndWith => {
                let (raw, at) = self.only_value(condition)?;
                // A quick find puts its search text into columns of every type, and the service compares it
                // with their labels.
                if !is_placeholder(raw) {
                    self.operator_of_texts(operator, column, span)?;
                    self.leading_wildcard(operator, raw, at);
                }
                match self.names_behind(table, column, &reference) {
                    Some(names) => pattern_of_names(operator, names, raw),
                    None => pattern(operator, reference, raw),
                }
            }
            _ => {
                let comparison = comparison?;
                self.order_of(operator, column, span)?;
                self.comparable(column, condition.attribute.as_ref().map_or(span, |a| a.value_span))?;
                if matches!(column.ty, ColumnType::Choices { .. }) {
                    let message = format!(
                        "`{}` holds several options at once, and this compares the whole set",
                        column.logical_name
                    );
                    self.push(
                        Diagnostic::warning(code::MULTI_SELECT, span, message)
                            .help("`contain-values` asks for single options, each in a `<value>`"),
                    );
                }
                let (raw, at) = self.only_value(condition)?;
                if comparison.is_equality() {
                    self.day_for_time(column, comparison == Comparison::Eq, raw, span, at);
                }
                let value = match self.fetch_value(column, raw, at)? {
                    // The set of options as a whole is a text.
                    Value::Integer(n) if matches!(column.ty, ColumnType::Choices { .. }) => {
                        Value::Text(n.to_string())
                    }
                    value => value,
                };
                Predicate::Test(reference, Test::Compare(comparison, value))
            }
        })
    }

    /// Resolves a comparison of a column with the one that `valueof` names, as in `valueof='other'` or
    /// `valueof='alias.other'`. `left_column` and `left` are the column of the condition, and `here` is its
    /// row. Returns `None` after reporting a mistake, such as columns of different types.
    fn compared_columns(
        &mut self,
        condition: &'a Condition<'a>,
        (left_column, left): (&'a Column, ColumnRef),
        comparison: Comparison,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
    ) -> Option<Predicate> {
        let valueof = self.attribute(&condition.valueof)?;
        let (raw, span) = (&*valueof.raw, valueof.value_span);
        let mut of_root = false;
        let (table, join, name) = match raw.split_once('.') {
            Some((alias, name)) => {
                let named = Span {
                    end: span.start.saturating_add(Span::new(0, alias.len()).end).min(span.end),
                    ..span
                };
                match Self::root_named(alias, aliases) {
                    Some(root) => {
                        of_root = true;
                        // Within a link the row of the query is not the current row; it is named like a
                        // linked row.
                        (root, self.in_join.then(|| root.logical_name.as_str().into()), name)
                    }
                    None => (self.linked_row(alias, named, aliases)?, Some(alias.into()), name),
                }
            }
            None => (here.table, None, raw),
        };
        let behind = u32::try_from(raw.len() - name.len()).unwrap_or(0);
        let at = Span { start: span.start + behind.min(span.end - span.start), end: span.end };
        let column = self.fetch_column_at(table, name, at)?;
        if !same_type(left_column, column) {
            let message = columns_differ(left_column, column);
            return self.refuse(code::COLUMNS_DIFFER, at, message, "");
        }
        let scope = if of_root { 0 } else { here.scope };
        let right = ColumnRef { join, ..self.fetch_reference(column, RowScope { table, scope }) };
        Some(Predicate::Columns(left, comparison, right))
    }

    /// Resolves a condition whose operator is a query function in the Web API. `name` is the name of that
    /// function, and `reference` refers to the column of the condition. Returns `None` after reporting a
    /// mistake.
    fn operator_function(
        &mut self,
        condition: &'a Condition<'a>,
        operator: Operator,
        name: &str,
        column: &'a Column,
        reference: ColumnRef,
        span: Span,
    ) -> Option<Predicate> {
        let Some(function) = functions::find(name) else {
            debug_assert!(
                false,
                "`{}` has no entry in the table of functions: `{name}`",
                operator_name(operator)
            );
            let message = format!("`{}` is not supported by this version of dvkit", operator_name(operator));
            return self.refuse(code::UNKNOWN_FUNCTION, span, message, "");
        };
        if !function.columns.covers(&column.ty) {
            let message = format!(
                "`{}` works on {}, and `{}` is {}",
                operator_name(operator),
                function.columns.description(),
                column.logical_name,
                article(column)
            );
            return self.refuse(code::FUNCTION_FOR_TYPE, span, message, operators_for(column));
        }
        let arguments = match function.signature {
            Signature::Column => Arguments::None,
            Signature::Value => {
                let (raw, at) = self.only_value(condition)?;
                Arguments::One(self.fetch_argument(column, raw, at)?)
            }
            Signature::Number => {
                let (raw, at) = self.only_value(condition)?;
                Arguments::Number(self.whole_number_of(raw, at)?)
            }
            Signature::List => {
                let values = self.values(condition);
                let mut list = Vec::with_capacity(values.len());
                let mut complete = true;
                for (raw, at) in &values {
                    match self.fetch_argument(column, raw, *at) {
                        Some(value) => list.push(value),
                        None => complete = false,
                    }
                }
                if list.is_empty() && complete {
                    // A single value in the attribute means a list of one value.
                    let (raw, at) = self.only_value(condition)?;
                    list.push(self.fetch_argument(column, raw, at)?);
                }
                complete.then_some(Arguments::List(list))?
            }
            Signature::Period => {
                let values = self.values(condition);
                let [(period, p), (year, y)] = values.as_slice() else { return None };
                Arguments::Period(self.whole_number_of(period, *p)?, self.whole_number_of(year, *y)?)
            }
        };
        Some(Predicate::Test(reference, Test::Function(function, arguments)))
    }

    fn whole_number_of(&mut self, raw: &'a str, span: Span) -> Option<Value> {
        if is_placeholder(raw) || (self.options.placeholders && raw.contains(['{', '@', '$'])) {
            return Some(Value::Parameter(raw.to_owned()));
        }
        match raw.trim().parse::<i64>() {
            Ok(n) => Some(Value::Integer(n)),
            Err(_) => self.refuse(code::ARGUMENT, span, format!("`{raw}` is not a whole number"), ""),
        }
    }

    /// Checks that a column can be compared. For a file or image column, reports an error at `span` and
    /// returns `None`; otherwise returns `Some`.
    fn comparable(&mut self, column: &Column, span: Span) -> Option<()> {
        if !matches!(column.ty, ColumnType::File { .. } | ColumnType::Image { .. }) {
            return Some(());
        }
        let message = format!("`{}` is {}: it cannot be filtered by", column.logical_name, article(column));
        self.refuse(code::NOT_FILTERABLE, span, message, "`null` and `not-null` ask whether there is one")
    }

    /// Reports a wildcard that Dataverse does not support: at the start of the value `raw` for `begins-with`,
    /// or at its end for `ends-with`.
    fn leading_wildcard(&mut self, operator: Operator, raw: &str, span: Span) {
        let begins = matches!(operator, Operator::BeginsWith | Operator::NotBeginWith);
        let ends = matches!(operator, Operator::EndsWith | Operator::NotEndWith);
        let leading = begins && (raw.starts_with(['%', '_']) || raw.starts_with("[^"));
        let trailing = ends && raw.ends_with('%');
        if !leading && !trailing {
            return;
        }
        let which = if leading { "leading" } else { "trailing" };
        let message = format!(
            "a {which} wildcard in `{}` is not supported: it may be throttled or fail",
            operator_name(operator)
        );
        self.push(
            Diagnostic::warning(code::LEADING_WILDCARD, span, message)
                .help("use `like`, or bracket it (`[%]`) where the character is meant"),
        );
    }

    fn operator_of_texts(&mut self, operator: Operator, column: &Column, span: Span) -> Option<()> {
        // The wire type of a multi-select choice is text, and that of a virtual column is unknown.
        let text = matches!(column.ty.edm(), Some(Edm::String) | None) || column.ty.is_lookup();
        if text && !matches!(column.ty, ColumnType::Choices { .. }) {
            return Some(());
        }
        let message = format!(
            "`{}` compares texts, and `{}` is {}",
            operator_name(operator),
            column.logical_name,
            article(column)
        );
        self.refuse(code::FUNCTION_FOR_TYPE, span, message, operators_for(column))
    }

    /// Checks that an operator such as `gt` applies to the type of a column. If the values of the column have
    /// no order, reports an error at `span` and returns `None`; otherwise returns `Some`.
    fn order_of(&mut self, operator: Operator, column: &Column, span: Span) -> Option<()> {
        if matches!(operator, Operator::Eq | Operator::Ne | Operator::Neq) {
            return Some(());
        }
        let unordered =
            column.ty.edm() == Some(Edm::Guid) || matches!(column.ty.edm(), Some(Edm::Boolean | Edm::Binary));
        if !unordered {
            return Some(());
        }
        let message = format!("`{}` is {}, which has no order", column.logical_name, article(column));
        self.refuse(code::OPERATOR_FOR_TYPE, span, message, "`eq` and `ne` apply")
    }
}

/// Returns the condition that the primary name of the row that a lookup points to matches the pattern `raw`.
/// `names` has one primary name column for each table to which the lookup can point; at most one of them has
/// a value. A negated operator also matches rows without a name.
fn pattern_of_names(operator: Operator, names: Vec<ColumnRef>, raw: &str) -> Predicate {
    let negated = matches!(operator, Operator::NotLike | Operator::NotBeginWith | Operator::NotEndWith);
    let each = names.into_iter().map(|name| pattern(operator, name, raw)).collect();
    if negated { Predicate::and(each) } else { Predicate::or(each) }
}

/// Returns the condition that a column matches the pattern `raw`, with the simplest possible test: for
/// example `Contains` for a `like` with `%a%`. A negated operator also matches rows without a value.
fn pattern(operator: Operator, column: ColumnRef, raw: &str) -> Predicate {
    let value = |text: &str| Value::Text(text.to_owned());
    let test = match operator {
        Operator::BeginsWith | Operator::NotBeginWith => Test::StartsWith(value(raw)),
        Operator::EndsWith | Operator::NotEndWith => Test::EndsWith(value(raw)),
        _ => match (raw.strip_prefix('%'), raw.strip_suffix('%')) {
            (Some(rest), Some(_)) if raw.len() > 1 => {
                Test::Contains(value(rest.strip_suffix('%').unwrap_or(rest)))
            }
            (Some(rest), _) => Test::EndsWith(value(rest)),
            (None, Some(rest)) => Test::StartsWith(value(rest)),
            (None, None) => Test::Like(value(raw)),
        },
    };
    let negated = matches!(operator, Operator::NotLike | Operator::NotBeginWith | Operator::NotEndWith);
    let holds = Predicate::Test(column.clone(), test);
    match negated {
        true => Predicate::or(vec![Predicate::Test(column, Test::Null), holds.negate()]),
        false => holds,
    }
}

fn comparison(operator: Operator) -> Option<Comparison> {
    Some(match operator {
        Operator::Eq => Comparison::Eq,
        Operator::Ne | Operator::Neq => Comparison::Ne,
        Operator::Gt => Comparison::Gt,
        Operator::Ge => Comparison::Ge,
        Operator::Lt => Comparison::Lt,
        Operator::Le => Comparison::Le,
        _ => return None,
    })
}

/// Returns a sentence with the usual operators for a column; empty if the type of the column is unknown.
fn operators_for(column: &Column) -> &'static str {
    match (&column.ty, column.ty.edm()) {
        (ColumnType::Choices { .. }, _) => {
            "`contain-values`, `not-contain-values`, `null` and `not-null` apply"
        }
        (ColumnType::File { .. } | ColumnType::Image { .. }, _) => "`null` and `not-null` apply",
        (_, Some(Edm::Boolean | Edm::Guid)) => "`eq`, `ne`, `in`, `null` and `not-null` apply",
        (ty, _) if ty.is_choice() => "`eq`, `ne`, `in`, `null` and `not-null` apply",
        (_, Some(Edm::String)) => "`eq`, `ne`, `like`, `begins-with`, `in` and `null` apply",
        (_, Some(Edm::Date | Edm::DateTimeOffset)) => {
            "`on`, `on-or-after`, `on-or-before`, `last-x-days` and `null` apply"
        }
        (_, Some(Edm::Int32 | Edm::Int64 | Edm::Decimal | Edm::Double)) => {
            "`eq`, `ne`, `gt`, `lt`, `between`, `in` and `null` apply"
        }
        _ => "",
    }
}

fn operator_name(operator: Operator) -> &'static str {
    use fetchxml::ast::Keyword as _;
    operator.as_str()
}
