//! Completes `$apply`: its transformations, the columns in them, and the names that it defines. Also the values
//! of parameter aliases.

use dvkit_schema::{StoreError, Table};

use super::columns::{Members, Preference};
use super::expression::{FrameKind, Part, Position, analyze};
use super::lexer::{Token, TokenKind, lex};
use super::rank::Candidate;
use super::rows;
use super::values::Quoting;
use super::{Completer, CompletionKind};

/// The transformations that Dataverse has.
const TRANSFORMATIONS: [(&str, &str, &str); 3] = [
    ("groupby", "groupby((\0))", "groups of rows with equal values"),
    ("aggregate", "aggregate(\0)", "totals of all rows"),
    ("filter", "filter(\0)", "the rows that are aggregated"),
];

const METHODS: [(&str, &str); 4] = [
    ("sum", "the sum"),
    ("average", "the average"),
    ("min", "the smallest value"),
    ("max", "the greatest value"),
];

impl<'a> Completer<'a> {
    /// Completes the value of `$apply` on the rows of `base`.
    pub(super) fn apply(&mut self, tokens: &[Token], base: Option<&'a Table>) -> Result<(), StoreError> {
        let (before, word) = self.take_word(tokens);
        let expression = analyze(self.text, &tokens[..before]);
        let call = expression.frames.iter().rev().find_map(|frame| match &frame.kind {
            FrameKind::Call { name, .. } => Some(*name),
            _ => None,
        });
        match call {
            Some("filter") => {
                // The condition begins behind the parenthesis of the innermost `filter`.
                let start = tokens[..before].iter().enumerate().rev().find_map(|(at, token)| {
                    (token.kind == TokenKind::Name && token.of(self.text) == "filter").then_some(at + 2)
                });
                return self.expression(tokens.get(start.unwrap_or(0)..).unwrap_or_default(), base);
            }
            Some(name) if name != "groupby" && name != "aggregate" => return self.expression(tokens, base),
            _ => {}
        }
        if word.is_some_and(Token::is_text) {
            return Ok(());
        }
        let depth = expression.frames.len();
        match call {
            Some("aggregate") => self.aggregate(&expression.position, &expression.frames, base),
            Some("groupby") if depth > 2 => {
                if let Some(table) = base {
                    self.properties(table, Members::default());
                }
                Ok(())
            }
            _ => {
                for (rank, (name, call, detail)) in TRANSFORMATIONS.into_iter().enumerate() {
                    let candidate = Candidate::new(name, CompletionKind::Function).detail(detail);
                    let candidate = candidate.weight(-i32::try_from(rank).unwrap_or(0));
                    self.push(if self.behind().starts_with('(') {
                        candidate
                    } else {
                        candidate.insert(call)
                    });
                }
                Ok(())
            }
        }
    }

    /// Completes an item of `aggregate(…)`: `revenue with sum as total`.
    fn aggregate(
        &mut self,
        position: &Position<'_>,
        frames: &[super::expression::Frame<'_>],
        base: Option<&'a Table>,
    ) -> Result<(), StoreError> {
        let parts = frames.last().map(|frame| frame.parts.as_slice()).unwrap_or_default();
        let keyword = |word: &'static str| Candidate::new(word, CompletionKind::Keyword);
        match parts {
            [] => {
                self.push(keyword("$count").insert("$count as count").detail("the number of rows"));
                if let Some(table) = base {
                    let members = Members { preference: Preference::Number, ..Members::default() };
                    self.properties(table, members);
                }
            }
            [.., Part::Operator(word)] if word.eq_ignore_ascii_case("with") => {
                for (rank, (name, detail)) in METHODS.into_iter().enumerate() {
                    let weight = -i32::try_from(rank).unwrap_or(0);
                    self.push(keyword(name).detail(detail).weight(weight));
                }
                self.push(keyword("countdistinct").detail("the number of different values").weight(-9));
            }
            [Part::Path(path, _)] if *path == ["$count"] => self.push(keyword("as")),
            [Part::Path(..)] => self.push(keyword("with").detail("the method of the total")),
            [_, Part::Operator(_), Part::Path(..)] => {
                self.push(keyword("as").detail("the name of the total"));
            }
            _ => {
                if let Position::Step(path) = position
                    && let Some(rows) = rows::follow(self.store, base, frames, path)?
                {
                    self.properties(rows.table, Members::default());
                }
            }
        }
        Ok(())
    }

    /// Offers the names that `$apply` defines.
    pub(super) fn apply_aliases(&mut self) {
        let Some(at) = self.text.find("$apply") else { return };
        let tokens = lex(self.text, at..self.text.len());
        for pair in tokens.windows(2) {
            if let [word, name] = pair
                && word.of(self.text) == "as"
                && name.kind == TokenKind::Name
                && name.range != self.word
            {
                self.push(Candidate::new(name.of(self.text), CompletionKind::Alias).weight(90));
            }
        }
    }

    /// Completes the value of the parameter alias `name`: that of the column with which the query compares it.
    pub(super) fn alias_value(
        &mut self,
        name: &str,
        tokens: &[Token],
        base: Option<&'a Table>,
    ) -> Result<(), StoreError> {
        self.take_word(tokens);
        let all = lex(self.text, 0..self.text.len());
        for window in all.windows(3) {
            if let [path, operator, alias] = window
                && operator.kind == TokenKind::Name
                && path.kind == TokenKind::Name
                && alias.of(self.text).eq_ignore_ascii_case(name)
                && let Some((_, column)) = rows::column(self.store, base, &[], &[path.of(self.text)])?
            {
                return self.values(column, Quoting::Single);
            }
        }
        Ok(())
    }
}
