//! Resolves aggregate queries of FetchXML: the attributes `groupby` and `aggregate` of `<attribute>`
//! elements, in the entity and its links. The resolver of FetchXML queries calls it.

use dvkit_diagnostic::{Diagnostic, code};
use dvkit_schema::{Column, Edm};
use fetchxml::ast::{self, Attribute, Entity, LinkEntity, LinkType, Node};

use super::RowScope;
use super::alias::Aliases;
use crate::hir::{Aggregate, AggregateFunction, ColumnRef, DateGrouping, GroupKey, Grouping};
use crate::resolve::path::article;
use crate::resolve::{Resolver, Role};

impl<'a> Resolver<'a> {
    pub(super) fn grouping(
        &mut self,
        entity: &'a Entity<'a>,
        here: RowScope<'a>,
        aliases: &Aliases<'a>,
    ) -> Option<Grouping> {
        let mut grouping = Grouping { keys: Vec::new(), aggregates: Vec::new() };
        let own = self.grouped(entity.attributes(), here, None, &mut grouping);
        let linked = self.grouped_links(&entity.children, aliases, &mut grouping);
        // The parser has reported a query without any group or aggregate.
        let asks = !grouping.keys.is_empty() || !grouping.aggregates.is_empty();
        (own && linked && asks).then_some(grouping)
    }

    fn grouped_links(
        &mut self,
        children: &'a [Node<'a>],
        aliases: &Aliases<'a>,
        grouping: &mut Grouping,
    ) -> bool {
        let mut complete = true;
        for child in children {
            let Node::LinkEntity(link) = child else { continue };
            let link: &'a LinkEntity<'a> = link;
            if !link.effective_link_type().is_none_or(LinkType::has_columns) {
                // The rows of the link are only tested for existence; the parser has reported its columns.
                self.mark_ignored(&link.children);
                continue;
            }
            let Some(table) = link
                .name
                .as_ref()
                .and_then(|n| self.store.entry(&n.raw))
                .and_then(|e| self.table(&e.logical_name))
            else {
                complete = false;
                continue;
            };
            let alias = Some(aliases.alias_of_link(link));
            complete &= self.grouped(link.attributes(), RowScope { table, scope: 0 }, alias, grouping);
            complete &= self.grouped_links(&link.children, aliases, grouping);
        }
        complete
    }

    fn grouped(
        &mut self,
        attributes: impl Iterator<Item = &'a Attribute<'a>>,
        here: RowScope<'a>,
        join: Option<&str>,
        grouping: &mut Grouping,
    ) -> bool {
        let mut complete = true;
        for attribute in attributes {
            complete &= self.grouped_attribute(attribute, here, join, grouping).is_some();
        }
        complete
    }

    fn grouped_attribute(
        &mut self,
        attribute: &'a Attribute<'a>,
        here: RowScope<'a>,
        join: Option<&str>,
        grouping: &mut Grouping,
    ) -> Option<()> {
        self.read(attribute.name_span);
        let name = self.attribute(&attribute.name)?;
        let by_group = self.flag(&attribute.groupby);
        let role = std::mem::replace(&mut self.role, if by_group { Role::Group } else { Role::Aggregate });
        let column = self.fetch_column(here.table, name);
        self.role = role;
        let column = column?;
        let reference = ColumnRef { join: join.map(Into::into), ..self.fetch_reference(column, here) };
        let alias = self.attribute(&attribute.alias).map(|a| a.raw.to_string());
        if by_group {
            let date = self.date_grouping(attribute, column)?;
            grouping.keys.push(GroupKey { column: reference, date, alias });
            return Some(());
        }
        // The parser reports an attribute without an aggregate, a group or an alias.
        let function = self.word(&attribute.aggregate)?;
        // `distinct` has no effect on other functions.
        let distinct = function == ast::Aggregate::CountColumn && self.flag(&attribute.distinct);
        let function = match function {
            ast::Aggregate::Avg => AggregateFunction::Average,
            ast::Aggregate::Sum => AggregateFunction::Sum,
            ast::Aggregate::Min => AggregateFunction::Min,
            ast::Aggregate::Max => AggregateFunction::Max,
            ast::Aggregate::Count => AggregateFunction::Count,
            ast::Aggregate::CountColumn if distinct => AggregateFunction::CountDistinct,
            ast::Aggregate::CountColumn => AggregateFunction::CountColumn,
        };
        let alias = alias?;
        if matches!(function, AggregateFunction::Sum | AggregateFunction::Average) && !is_number(column) {
            let span = attribute.aggregate.as_ref().map_or(attribute.span, |a| a.value_span);
            let message = format!("`{}` is {}, which has no sum", column.logical_name, article(column));
            return self.refuse(code::AGGREGATE_QUERY, span, message, "");
        }
        let counts_rows = function == AggregateFunction::Count && join.is_none();
        let column = (!counts_rows).then_some(reference);
        grouping.aggregates.push(Aggregate { function, column, alias });
        Some(())
    }

    /// Resolves the attribute `dategrouping`: the part of a date to group by, and whether the date is taken
    /// in the user's time zone (`true`) or in UTC. Returns `Some(None)` for a column that is not a date.
    /// Returns `None` after reporting a mistake: a date without `dategrouping`, or another column with it.
    #[expect(clippy::option_option, reason = "not understood, or none at all")]
    fn date_grouping(
        &mut self,
        attribute: &'a Attribute<'a>,
        column: &Column,
    ) -> Option<Option<(DateGrouping, bool)>> {
        let is_date = matches!(column.ty.edm(), Some(Edm::Date | Edm::DateTimeOffset));
        let Some(grouping) = &attribute.dategrouping else {
            if is_date {
                let message =
                    format!("`{}` is {}: say by what part of it", column.logical_name, article(column));
                let help = "`dategrouping='day'`, `week`, `month`, `quarter`, `year`, `fiscal-period`, `fiscal-year`";
                return self.refuse(code::AGGREGATE_QUERY, attribute.span, message, help);
            }
            return Some(None);
        };
        if !is_date {
            let message = format!("`{}` is {}, no date", column.logical_name, article(column));
            self.push(Diagnostic::error(code::AGGREGATE_QUERY, grouping.value_span, message));
            return None;
        }
        let user = self.word(&attribute.usertimezone) != Some(false);
        let part = match self.word(&attribute.dategrouping)? {
            ast::DateGrouping::Day => DateGrouping::Day,
            ast::DateGrouping::Week => DateGrouping::Week,
            ast::DateGrouping::Month => DateGrouping::Month,
            ast::DateGrouping::Quarter => DateGrouping::Quarter,
            ast::DateGrouping::Year => DateGrouping::Year,
            ast::DateGrouping::FiscalPeriod => DateGrouping::FiscalPeriod,
            ast::DateGrouping::FiscalYear => DateGrouping::FiscalYear,
        };
        Some(Some((part, user)))
    }
}

fn is_number(column: &Column) -> bool {
    let number = matches!(column.ty.edm(), Some(Edm::Int32 | Edm::Int64 | Edm::Decimal | Edm::Double));
    let choice = column.ty.is_choice();
    number && !choice
}
