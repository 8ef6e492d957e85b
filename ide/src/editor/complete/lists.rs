//! Completes the options that list names: `$select`, `$orderby` and `$expand`.

use dvkit_schema::{StoreError, Table};

use super::columns::Members;
use super::lexer::{Token, TokenKind};
use super::rank::Candidate;
use super::rows::{follow, step};
use super::{Completer, CompletionKind};

/// The weight of a name that the list has already. It comes last.
const REPEATED: i32 = -1000;

impl<'a> Completer<'a> {
    /// Completes the value of `$select`.
    pub(super) fn select(&mut self, tokens: &[Token], base: Option<&'a Table>) -> Result<(), StoreError> {
        let (before, _) = self.take_word(tokens);
        match tokens[..before].last().map(|token| token.kind) {
            None | Some(TokenKind::Comma) => {}
            Some(TokenKind::Slash) => return self.after_slash(&tokens[..before], base),
            _ => return Ok(()),
        }
        let Some(table) = base else { return Ok(()) };
        let first = self.candidates.len();
        self.properties(table, Members { mentioned: 4, ..Members::default() });
        self.demote(first, tokens);
        Ok(())
    }

    /// Puts the candidates from the index `first` on last whose names `tokens` has already.
    fn demote(&mut self, first: usize, tokens: &[Token]) {
        let word = self.word.start;
        let given: Vec<&str> = tokens
            .iter()
            .filter(|token| token.kind == TokenKind::Name && token.range.start != word)
            .map(|token| token.of(self.text))
            .collect();
        for candidate in self.candidates.iter_mut().skip(first) {
            if given.contains(&candidate.label.as_ref()) {
                candidate.weight += REPEATED;
            }
        }
    }

    /// Completes the name after a path of navigation properties, which ends with the last token, a slash.
    fn after_slash(&mut self, tokens: &[Token], base: Option<&'a Table>) -> Result<(), StoreError> {
        let path = self.path_before(tokens);
        if let Some(rows) = follow(self.store, base, &[], &path)? {
            self.properties(rows.table, Members::default());
        }
        Ok(())
    }

    /// Returns the names of the path that ends with the last token, a slash.
    fn path_before(&self, tokens: &[Token]) -> Vec<&'a str> {
        let mut path = Vec::new();
        for pair in tokens.rchunks(2) {
            match pair {
                [name, slash] if name.kind == TokenKind::Name && slash.kind == TokenKind::Slash => {
                    path.push(name.of(self.text));
                }
                _ => break,
            }
        }
        path.reverse();
        path
    }

    /// Completes the value of `$orderby`.
    pub(super) fn order_by(&mut self, tokens: &[Token], base: Option<&'a Table>) -> Result<(), StoreError> {
        let (before, _) = self.take_word(tokens);
        match tokens[..before].last().map(|token| token.kind) {
            None | Some(TokenKind::Comma) => {}
            Some(TokenKind::Slash) => return self.after_slash(&tokens[..before], base),
            Some(TokenKind::Name | TokenKind::Close) => {
                let last = tokens[..before].last().map(|token| token.of(self.text)).unwrap_or_default();
                if !matches!(last, "asc" | "desc") {
                    for (word, detail, weight) in
                        [("desc", "the greatest value first", 2), ("asc", "the smallest value first", 1)]
                    {
                        let candidate = Candidate::new(word, CompletionKind::Keyword);
                        self.push(candidate.detail(detail).weight(weight));
                    }
                }
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.apply_aliases();
        let Some(table) = base else { return Ok(()) };
        let first = self.candidates.len();
        self.properties(table, Members { mentioned: 25, ..Members::default() });
        self.navigations(table, Members::default(), -60, |r| r.is_single());
        self.demote(first, tokens);
        Ok(())
    }

    /// Completes the value of `$expand`.
    pub(super) fn expand(&mut self, tokens: &[Token], base: Option<&'a Table>) -> Result<(), StoreError> {
        let cursor = self.cursor;
        let mut table = base;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if token.range.start >= cursor {
                break;
            }
            match token.kind {
                TokenKind::Comma => table = base,
                // A name that ends at the cursor is still being typed.
                TokenKind::Name if token.range.end < cursor => {
                    let name = token.of(self.text);
                    table = match table {
                        Some(from) if !name.starts_with('$') => {
                            step(self.store, from, name)?.map(|rows| rows.table)
                        }
                        other => other,
                    };
                }
                TokenKind::Open => {
                    let close = closing(tokens, at);
                    let end = close.and_then(|n| tokens.get(n)).map(|token| token.range.start);
                    let text_end = tokens.last().map_or(token.range.end, |token| token.range.end);
                    let end = end.unwrap_or(text_end.max(cursor));
                    if cursor <= end {
                        return self.nested_options(token.range.end..end, table);
                    }
                    match close {
                        Some(close) => at = close,
                        None => return Ok(()),
                    }
                }
                _ => {}
            }
            at += 1;
        }
        let (before, _) = self.take_word(tokens);
        let last = tokens[..before].last().map(|token| token.kind);
        if !matches!(last, None | Some(TokenKind::Comma | TokenKind::Slash)) {
            return Ok(());
        }
        let first = self.candidates.len();
        if last == Some(TokenKind::Slash) {
            self.push(
                Candidate::new("$ref", CompletionKind::Keyword).detail("the addresses only").weight(-5),
            );
        } else {
            table = base;
        }
        if let Some(table) = table {
            self.navigations(table, Members { mentioned: 20, ..Members::default() }, 0, |_| true);
        }
        self.demote(first, tokens);
        Ok(())
    }
}

/// Returns the index of the parenthesis that closes the one with the index `open`; `None` if it is not closed.
fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().enumerate().skip(open).find_map(|(at, token)| {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}
