//! Completes expressions: operands, operators, values and what stands between conditions. `$filter`,
//! `$orderby` and the conditions within `$expand` and `$apply` have expressions.

use dvkit_schema::{StoreError, Table};

use super::columns::{Members, Preference};
use super::expression::{Expression, FrameKind, Part, Position, analyze};
use super::functions::{self, Standard};
use super::lexer::{Token, TokenKind, is_name_char};
use super::rank::Candidate;
use super::rows::{self, follow};
use super::values::Quoting;
use super::{Completer, CompletionKind};

impl<'a> Completer<'a> {
    /// Completes the expression `tokens` on the rows of `base`.
    pub(super) fn expression(&mut self, tokens: &[Token], base: Option<&'a Table>) -> Result<(), StoreError> {
        let (before, word) = self.take_word(tokens);
        let expression = analyze(self.text, &tokens[..before]);
        if let Some(token) = word.filter(|token| token.is_text()) {
            return self.within_text(&expression, token, base);
        }
        // The path `a/` of a word that is not a name, such as a number, is left alone.
        let next = &tokens[before + usize::from(word.is_some())..];
        match &expression.position {
            Position::Step(path) => self.path_step(&expression, path, base, next),
            Position::Operand => self.operand(&expression, base, next),
            Position::Operator(operand) => self.operator(&expression, operand, base),
            Position::Value(operand) => self.value_of_operand(&expression, operand, base, Quoting::Single),
            Position::Conjunction => {
                for (word, weight) in [("and", 2), ("or", 1)] {
                    self.push(Candidate::new(word, CompletionKind::Keyword).weight(weight));
                }
                Ok(())
            }
        }
    }

    /// Completes a text in quotes.
    fn within_text(
        &mut self,
        expression: &Expression<'_>,
        token: &Token,
        base: Option<&'a Table>,
    ) -> Result<(), StoreError> {
        let json = matches!(token.kind, TokenKind::JsonText(_));
        let closed = matches!(token.kind, TokenKind::Text(true) | TokenKind::JsonText(true));
        let behind = self.text.get(self.cursor..token.range.end).unwrap_or_default();
        let inner = behind.len() - usize::from(closed);
        // What follows an open quote, or a text of several words, may be the rest of the query.
        let whole = closed && behind.get(..inner).is_some_and(|rest| !rest.contains([' ', '\'', '"', '&']));
        let run = behind.find(|c| !is_name_char(c)).map_or(token.range.end, |n| self.cursor + n);
        let name_end = if whole { token.range.end - 1 } else { run };
        let top = expression.frames.last();
        if let Some((FrameKind::Call { name, path }, Some("PropertyName"))) =
            top.map(|frame| (&frame.kind, frame.argument_name))
        {
            self.word = token.range.start + 1..name_end.max(self.cursor);
            return self.property_name(expression, name, path, base, "");
        }
        self.word = token.range.start..if whole { token.range.end } else { run.max(self.cursor) };
        let quoting = if json { Quoting::Double } else { Quoting::Single };
        match &expression.position {
            Position::Value(operand) => self.value_of_operand(expression, operand, base, quoting),
            Position::Operand => self.argument_value(expression, base, quoting),
            _ => Ok(()),
        }
    }

    /// Offers the names that continue the path `path`.
    fn path_step(
        &mut self,
        expression: &Expression<'_>,
        path: &[&str],
        base: Option<&'a Table>,
        next: &[Token],
    ) -> Result<(), StoreError> {
        let Some(rows) = follow(self.store, base, &expression.frames, path)? else { return Ok(()) };
        if rows.many {
            let variable = variable(&rows.table.logical_name, expression);
            for (word, weight) in [("any", 3), ("all", 2)] {
                let candidate = Candidate::new(word, CompletionKind::Keyword).weight(weight);
                let snippet = format!("{word}({variable}:{variable}/\0)");
                self.push(if self.behind().starts_with('(') { candidate } else { candidate.insert(snippet) });
            }
            self.push(Candidate::new("$count", CompletionKind::Keyword).weight(1));
            return Ok(());
        }
        let members = Members { preference: self.preference(expression, next), ..Members::default() };
        self.properties(rows.table, members);
        self.navigations(rows.table, members, -15, |_| true);
        self.query_functions(rows.table, "");
        Ok(())
    }

    /// Offers the operands of a condition.
    fn operand(
        &mut self,
        expression: &Expression<'_>,
        base: Option<&'a Table>,
        next: &[Token],
    ) -> Result<(), StoreError> {
        let Some(top) = expression.frames.last() else { return Ok(()) };
        match &top.kind {
            FrameKind::Lambda { variable: None, path, .. } => {
                let Some(rows) = follow(self.store, base, &expression.frames, path)? else { return Ok(()) };
                let name = variable(&rows.table.logical_name, expression);
                let candidate = Candidate::new(format!("{name}:{name}/"), CompletionKind::Variable);
                self.push(candidate.detail(format!("a row of {}", rows.table.logical_name)));
                return Ok(());
            }
            FrameKind::Call { name, path } if functions::query_function(name).is_some() => {
                return match top.argument_name {
                    None => {
                        self.parameters(name, &top.names);
                        Ok(())
                    }
                    Some("PropertyName") => self.property_name(expression, name, path, base, "'"),
                    Some(_) => self.argument_value(expression, base, Quoting::Single),
                };
            }
            FrameKind::Call { .. } if top.argument > 0 => {
                return self.argument_value(expression, base, Quoting::Single);
            }
            FrameKind::List | FrameKind::Array => {
                return self.argument_value(expression, base, Quoting::Single);
            }
            FrameKind::Call { .. } | FrameKind::Group | FrameKind::Lambda { .. } => {}
        }
        let within_call = matches!(top.kind, FrameKind::Call { .. });
        let members = Members { preference: self.preference(expression, next), ..Members::default() };
        let variable = expression.frames.iter().rev().find_map(|frame| match frame.kind {
            FrameKind::Lambda { variable, .. } => variable,
            _ => None,
        });
        let table = match variable {
            Some(name) => follow(self.store, base, &expression.frames, &[name])?.map(|rows| rows.table),
            None => base,
        };
        if let Some(table) = table {
            let members = Members { prefix: variable, ..members };
            self.properties(table, members);
            self.navigations(table, members, -25, |_| true);
        }
        if let Some(name) = variable {
            self.push(Candidate::new(name.to_owned(), CompletionKind::Variable).weight(80));
        }
        for function in functions::STANDARD.iter().filter(|f| !within_call || !f.is_condition) {
            self.standard_function(function);
        }
        if !within_call {
            let prefix = variable.map(|name| format!("{name}/")).unwrap_or_default();
            if let Some(table) = table {
                self.query_functions(table, &prefix);
            }
            self.push(Candidate::new("not", CompletionKind::Keyword).weight(8));
        }
        self.parameter_aliases();
        Ok(())
    }

    fn standard_function(&mut self, function: &'static Standard) {
        let candidate = Candidate::new(function.name, CompletionKind::Function)
            .detail(function.detail)
            .weight(function.weight);
        let call = format!("{}(\0)", function.name);
        self.push(if self.behind().starts_with('(') { candidate } else { candidate.insert(call) });
    }

    /// Offers the parameter aliases (`@p1`) that the query has.
    fn parameter_aliases(&mut self) {
        let mut found: Vec<&'a str> = Vec::new();
        for (at, _) in self.text.match_indices('@') {
            let rest = &self.text[at + 1..];
            let end = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
            let name = &self.text[at..at + 1 + end];
            if end > 0 && at != self.word.start && !found.contains(&name) {
                found.push(name);
            }
        }
        for name in found {
            self.push(Candidate::new(name, CompletionKind::Alias).weight(1));
        }
    }

    /// Offers the operators that fit the operand before the cursor.
    fn operator(
        &mut self,
        expression: &Expression<'_>,
        operand: &Part<'_>,
        base: Option<&'a Table>,
    ) -> Result<(), StoreError> {
        let column = match operand {
            Part::Path(path, _) => rows::column(self.store, base, &expression.frames, path)?,
            _ => None,
        };
        let class = functions::operators(column.map(|(_, column)| column), operand);
        for (rank, (operator, detail)) in class.iter().enumerate() {
            let weight = 50 - i32::try_from(rank).unwrap_or(0);
            self.push(Candidate::new(*operator, CompletionKind::Operator).detail(*detail).weight(weight));
        }
        if let (Some((table, column)), Part::Path(path, start)) = (column, operand) {
            self.functions_for(table, column, path, *start);
        }
        Ok(())
    }

    /// Offers the values that can be compared with `operand`.
    fn value_of_operand(
        &mut self,
        expression: &Expression<'_>,
        operand: &Part<'_>,
        base: Option<&'a Table>,
        quoting: Quoting,
    ) -> Result<(), StoreError> {
        match operand {
            Part::Path(path, _) => {
                let found = rows::column(self.store, base, &expression.frames, path)?;
                let Some((table, column)) = found else {
                    self.null();
                    return Ok(());
                };
                self.values(column, quoting)?;
                self.same_type(table, column);
            }
            Part::Call(name, _) if functions::is_text(name) || functions::is_number(name) => {}
            _ => self.null(),
        }
        self.parameter_aliases();
        Ok(())
    }

    /// Offers the values for the argument of a call or a list at the cursor.
    fn argument_value(
        &mut self,
        expression: &Expression<'_>,
        base: Option<&'a Table>,
        quoting: Quoting,
    ) -> Result<(), StoreError> {
        let frames = &expression.frames;
        let at = frames.iter().rposition(|frame| !matches!(frame.kind, FrameKind::Array | FrameKind::Group));
        let Some(frame) = at.and_then(|at| frames.get(at)) else { return Ok(()) };
        let outer = at.map_or(&[][..], |at| frames.get(..at).unwrap_or_default());
        match &frame.kind {
            FrameKind::Call { path, .. } => {
                let Some(column) = &frame.column else { return Ok(()) };
                let full: Vec<&str> = path.iter().chain(column).copied().collect();
                let Some((_, column)) = rows::column(self.store, base, outer, &full)? else { return Ok(()) };
                let quoted = frame.argument_name.is_some();
                self.argument_values(column, if quoted { quoting } else { Quoting::Single }, quoted)
            }
            FrameKind::List => {
                let operand = outer.last().and_then(|frame| {
                    frame.parts.iter().rev().find_map(|part| match part {
                        Part::Path(path, _) => Some(path),
                        _ => None,
                    })
                });
                let Some(path) = operand else { return Ok(()) };
                match rows::column(self.store, base, outer, path)? {
                    Some((_, column)) => self.values(column, quoting),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Offers the columns that the argument `PropertyName` of the query function `name` can have, in the
    /// given quotes.
    fn property_name(
        &mut self,
        expression: &Expression<'_>,
        name: &str,
        path: &[&str],
        base: Option<&'a Table>,
        quote: &str,
    ) -> Result<(), StoreError> {
        let Some(function) = functions::query_function(name) else { return Ok(()) };
        let path = match path {
            // A condition within a lambda is about the row of its variable.
            [] => expression.frames.iter().rev().find_map(|frame| match frame.kind {
                FrameKind::Lambda { variable, .. } => variable.map(|name| vec![name]),
                _ => None,
            }),
            path => Some(path.to_vec()),
        };
        let rows = follow(self.store, base, &expression.frames, &path.unwrap_or_default())?;
        let Some(rows) = rows else { return Ok(()) };
        let first = self.candidates.len();
        let preference = Preference::Class(function.columns);
        self.logical_columns(rows.table, Members { preference, ..Members::default() });
        if !quote.is_empty() {
            for candidate in self.candidates.iter_mut().skip(first) {
                candidate.insert = Some(format!("{quote}{}{quote}", candidate.label));
            }
        }
        Ok(())
    }

    /// Returns the columns that fit best, by the call around the cursor and by the value that follows.
    fn preference(&self, expression: &Expression<'_>, next: &[Token]) -> Preference {
        if let Some(FrameKind::Call { name, .. }) = expression.frames.last().map(|frame| &frame.kind) {
            return functions::argument_preference(name);
        }
        let [operator, value, ..] = next else { return Preference::None };
        if operator.kind != TokenKind::Name {
            return Preference::None;
        }
        let is = |word: &str| value.of(self.text).eq_ignore_ascii_case(word);
        match value.kind {
            TokenKind::Text(_) => Preference::Text,
            TokenKind::Name if is("true") || is("false") => Preference::Boolean,
            TokenKind::Number => match value.of(self.text) {
                text if text.len() == 36 && text.contains('-') => Preference::Guid,
                text if text.get(1..).is_some_and(|t| t.contains('-')) => Preference::Date,
                _ => Preference::Number,
            },
            _ => Preference::None,
        }
    }
}

/// Returns a name for the variable of a lambda over rows of `table` that no enclosing lambda has.
fn variable(table: &str, expression: &Expression<'_>) -> String {
    let first = table.rsplit('_').next().unwrap_or(table).chars().next().unwrap_or('o');
    let mut name = first.to_ascii_lowercase().to_string();
    let taken = |name: &str| {
        expression
            .frames
            .iter()
            .any(|f| matches!(f.kind, FrameKind::Lambda { variable: Some(other), .. } if other == name))
    };
    while taken(&name) {
        name.push(first);
    }
    name
}
