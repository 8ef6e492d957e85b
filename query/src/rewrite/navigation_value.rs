//! Rewrites a comparison with a row to a comparison with the key of that row. The resolver of comparisons
//! calls it.
//!
//! `primarycontactid eq <guid>` becomes a comparison of the lookup's value, `_primarycontactid_value`. The
//! navigation property of a polymorphic lookup (`parentcustomerid_account`) leads to rows of one table, so it
//! becomes the key of that table, `parentcustomerid_account/accountid`. The rewrite is exact: the same rows
//! match.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::Relationship;
use odata_parser::ast::LiteralKind;

use crate::hir::{ColumnRef, Comparison, Predicate};
use crate::odata;
use crate::resolve::{ColumnOperand, Constant, Resolver, Row};

impl<'a> Resolver<'a> {
    pub(crate) fn rewrite_row_value(
        &mut self,
        row: Row<'a>,
        relationship: Option<&'a Relationship>,
        span: Span,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let Some(relationship) = relationship else {
            let help = row
                .table
                .primary_id
                .as_ref()
                .map(|key| format!("compare its key: `{key}`"))
                .unwrap_or_default();
            return self.refuse(
                code::NAVIGATION_AS_VALUE,
                span,
                "a row has no value to compare".to_owned(),
                &help,
            );
        };
        let navigation = relationship.navigation.as_deref().unwrap_or_default();
        let Some(key) = self.key_operand(row.clone(), relationship, span) else {
            let message = format!("`{navigation}` leads to a row, which has no value to compare");
            return self.refuse(code::NAVIGATION_AS_VALUE, span, message, "compare one of its columns");
        };
        let text = if key.row.path.len() > row.path.len() {
            format!("{navigation}/{}", key.column.property_name())
        } else {
            key.column.property_name().into_owned()
        };
        let (code, message) = if key.row.path.len() > row.path.len() {
            let message = format!("`{navigation}` leads to a row; what can be compared is its key, `{text}`");
            (code::NAVIGATION_AS_VALUE, message)
        } else {
            let message = format!("`{navigation}` is a lookup; its value, a guid, is the property `{text}`");
            (code::LOOKUP_AS_COLUMN, message)
        };
        let is_text = value.is(LiteralKind::String) && uuid::Uuid::parse_str(value.text.trim()).is_err();
        let d = Diagnostic::error(code, span, message);
        if is_text {
            // A text is compared with the primary name of the row, which is a guess.
            let mut d = d;
            d.suggestions.extend(self.by_primary_name(&key));
            self.push(d);
            return None;
        }
        self.push(d.suggest(Suggestion::fix(format!("write `{text}`"), span, text)));
        self.column_value(&key, op, value)
    }

    /// Returns a reference to the key column of the row to which the navigation property of `relationship`
    /// leads from `row`. Returns `None` if the snapshot does not say which column is the key.
    pub(crate) fn navigation_key(
        &mut self,
        row: &Row<'a>,
        relationship: &'a Relationship,
    ) -> Option<ColumnRef> {
        Some(self.key_operand(row.clone(), relationship, Span::default())?.reference())
    }

    /// Returns the key column of the row to which the navigation property at `span` leads from `row`, in
    /// place of that row, which is used as a column. If the key is unknown, reports that and returns `None`.
    pub(crate) fn rewrite_row_as_column(
        &mut self,
        row: Row<'a>,
        relationship: &'a Relationship,
        span: Span,
    ) -> Option<ColumnOperand<'a>> {
        let key = self.key_operand(row, relationship, span);
        if key.is_none() {
            let message = "this leads to a row, which has no value to compare".to_owned();
            self.refuse::<()>(code::NAVIGATION_AS_VALUE, span, message, "compare one of its columns");
        }
        key
    }

    fn key_operand(
        &mut self,
        row: Row<'a>,
        relationship: &'a Relationship,
        span: Span,
    ) -> Option<ColumnOperand<'a>> {
        let lookup =
            relationship.column.as_deref().and_then(|c| row.table.column(c)).filter(|c| c.is_property());
        let polymorphic =
            relationship.column.as_deref().is_some_and(|c| row.table.lookups_of(c).nth(1).is_some());
        if let Some(column) = lookup.filter(|_| !polymorphic) {
            return Some(ColumnOperand { column, managed: false, row, span });
        }
        let target = self.table(&relationship.table)?;
        let key = relationship.referenced.as_deref().or(target.primary_id.as_deref())?;
        let column = target.column(key)?;
        let row = self.follow(row, relationship, span)?;
        Some(ColumnOperand { column, managed: false, row, span })
    }

    /// Returns suggestions for a lookup that is compared with a text instead of a guid. Each suggests
    /// comparing the primary name of the row in one of the tables that the lookup can point to; at most four
    /// tables are suggested.
    pub(crate) fn by_primary_name(&mut self, operand: &ColumnOperand<'a>) -> Vec<Suggestion> {
        let mut found = Vec::new();
        let relationships: Vec<&Relationship> = operand
            .row
            .table
            .lookups_of(&operand.column.logical_name)
            .filter(|r| r.navigation.is_some())
            .collect();
        for relationship in super::most_specific(relationships).into_iter().take(4) {
            let name = self.table(&relationship.table).and_then(|t| t.primary_name.as_deref());
            if let Some(name) = name {
                let prefix = odata::prefix(&operand.reference(), &self.variables());
                let path =
                    format!("{prefix}{}/{name}", relationship.navigation.as_deref().unwrap_or_default());
                found.push(Suggestion::maybe(
                    format!("compare the name of the `{}`", relationship.table),
                    operand.span,
                    path,
                ));
            }
        }
        found
    }
}
