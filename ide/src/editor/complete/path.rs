//! Completes the path of a request: entity sets, keys, and what follows a row.

use std::ops::Range;

use dvkit_schema::{StoreError, Table};

use super::columns::Members;
use super::lexer::{Token, TokenKind, lex};
use super::rank::{Candidate, Subject};
use super::rows::{NAMESPACE, Rows, named_table, step};
use super::values::Quoting;
use super::weight::table_weight;
use super::{Completer, CompletionKind};

impl<'a> Completer<'a> {
    /// Completes the path with the byte range `range`.
    pub(super) fn path(&mut self, range: Range<usize>) -> Result<(), StoreError> {
        let tokens = lex(self.text, range);
        let (before, _) = self.take_word(&tokens);
        let before = &tokens[..before];
        let open = open_parenthesis(before);
        if let Some(open) = open {
            return self.key(&before[..open], &before[open + 1..]);
        }
        let names = before.iter().any(|token| token.kind == TokenKind::Name);
        if !names {
            return {
                self.entity_sets();
                Ok(())
            };
        }
        if before.last().is_none_or(|token| token.kind != TokenKind::Slash) {
            return Ok(());
        }
        let Some(rows) = self.rows_of_path(before)? else { return Ok(()) };
        if rows.many {
            self.push(Candidate::new("$count", CompletionKind::Keyword).detail("the number of rows"));
            self.push(Candidate::new("$ref", CompletionKind::Keyword).detail("the addresses of the rows"));
            let cast = format!("{NAMESPACE}{}", rows.table.logical_name);
            self.push(
                Candidate::new(cast, CompletionKind::Keyword).detail("rows of this table only").weight(-9),
            );
            return Ok(());
        }
        self.navigations(rows.table, Members::default(), 0, |_| true);
        self.properties(rows.table, Members::default());
        for (word, detail) in [("$ref", "the address of the row"), ("$value", "the plain value of a column")]
        {
            self.push(Candidate::new(word, CompletionKind::Keyword).detail(detail).weight(-20));
        }
        Ok(())
    }

    /// Offers all entity sets. A set whose key column the query names is likely meant.
    fn entity_sets(&mut self) {
        for entry in self.store.tables() {
            let Some(set) = entry.entity_set.as_deref() else { continue };
            let mut weight = table_weight(entry);
            let mentioned =
                |name: &Option<String>| name.as_deref().is_some_and(|name| self.is_mentioned(name));
            if mentioned(&entry.primary_id) {
                weight += 120;
            }
            if mentioned(&entry.primary_name) {
                weight += 10;
            }
            self.push(
                Candidate::new(set, CompletionKind::Table)
                    .alias(entry.logical_name.as_str())
                    .subject(Subject::Table(entry))
                    .weight(weight),
            );
        }
    }

    /// Completes a key in parentheses: the names of the columns of alternate keys, and their values.
    fn key(&mut self, before: &[Token], within: &[Token]) -> Result<(), StoreError> {
        let Some(rows) = self.rows_of_path(before)? else { return Ok(()) };
        let table = rows.table;
        if let [.., name, equals] = within
            && equals.kind == TokenKind::Equals
        {
            return match table.property(name.of(self.text)) {
                Some(column) => self.values(column, Quoting::Single),
                None => Ok(()),
            };
        }
        if within.last().is_some_and(|token| token.kind != TokenKind::Comma) {
            return Ok(());
        }
        // Requests can use active keys only.
        let keys = table.keys.iter().filter(|key| key.status.as_deref().is_none_or(|s| s == "Active"));
        for name in keys.flat_map(|key| &key.columns).chain(&table.primary_id) {
            let Some(column) = table.column(name) else { continue };
            let property = column.property_name();
            let assigned = format!("{property}=");
            let candidate = Candidate::new(property, CompletionKind::Column).subject(Subject::Column(column));
            let candidate =
                if self.behind().starts_with('=') { candidate } else { candidate.insert(assigned) };
            self.push(candidate.weight(if table.primary_id.as_ref() == Some(name) { -1 } else { 1 }));
        }
        Ok(())
    }

    /// Returns the rows to which the segments before the cursor lead; `None` if the path is not known.
    fn rows_of_path(&self, tokens: &[Token]) -> Result<Option<Rows<'a>>, StoreError> {
        let mut rows: Option<Rows<'a>> = None;
        let (mut depth, mut first) = (0_usize, true);
        for token in tokens {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => {
                    depth = depth.saturating_sub(1);
                    if depth == 0
                        && let Some(rows) = &mut rows
                    {
                        rows.many = false;
                    }
                }
                TokenKind::Name if depth == 0 => {
                    let name = token.of(self.text);
                    if name.starts_with('$') {
                        continue;
                    }
                    rows = match rows {
                        None if first => {
                            named_table(self.store, name)?.map(|table| Rows { table, many: true })
                        }
                        Some(rows) => step(self.store, rows.table, name)?.map(|next| Rows {
                            many: next.many || (rows.many && name.starts_with(NAMESPACE)),
                            ..next
                        }),
                        None => None,
                    };
                    first = false;
                }
                _ => {}
            }
        }
        Ok(rows)
    }

    /// Returns the table of the rows that the path with the byte range `range` addresses.
    pub(super) fn path_table(&self, range: Range<usize>) -> Result<Option<&'a Table>, StoreError> {
        Ok(self.rows_of_path(&lex(self.text, range))?.map(|rows| rows.table))
    }
}

/// Returns the index of the last parenthesis that is not closed; `None` if there is none.
pub(super) fn open_parenthesis(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().enumerate().rev().find_map(|(at, token)| match token.kind {
        TokenKind::Close => {
            depth += 1;
            None
        }
        TokenKind::Open if depth == 0 => Some(at),
        TokenKind::Open => {
            depth -= 1;
            None
        }
        _ => None,
    })
}
