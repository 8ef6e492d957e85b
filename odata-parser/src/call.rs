//! Parses the arguments of functions and keys, `case(…)`, and JSON arrays and objects. The parser of operands
//! calls it at an opening bracket.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use crate::ast::{Argument, Call, Expr, ExprKind, Member};
use crate::input::{Expected, PResult, fail};
use crate::lexical::{begins_name, blank, dotted_name, json_string, name_len, quoted};
use crate::parser::{Parser, Stops};
use crate::placeholder;

impl<'s> Parser<'s> {
    /// Parses arguments in parentheses at the beginning of `i`: `(a,b)`, `(name=a)` or `()` (ABNF
    /// `functionExprParameters`, the method calls, `keyPredicate`). If `with_type` is true, an argument may
    /// be the name of a type.
    pub(crate) fn arguments(&mut self, i: &'s str, with_type: bool) -> PResult<'s, Vec<Argument<'s>>> {
        let mut rest = blank(&i[1..]);
        if let Some(after) = rest.strip_prefix(')') {
            return Ok((after, Vec::new()));
        }
        self.enter(i)?;
        self.open += 1;
        let mut args = Vec::with_capacity(2);
        loop {
            let argument;
            (rest, argument) = self.argument(rest, with_type)?;
            args.push(argument);
            match rest.strip_prefix(',') {
                Some(next) => rest = blank(next),
                None => break,
            }
        }
        let (rest, ()) = self.close(rest, i, ')', Expected::COMMA | Expected::CLOSE)?;
        self.open -= 1;
        self.leave();
        Ok((rest, args))
    }

    /// Parses one argument at the beginning of `i`, with or without a parameter name (ABNF
    /// `functionExprParameter`). If `with_type` is true, the argument may be the name of a type.
    fn argument(&mut self, i: &'s str, with_type: bool) -> PResult<'s, Argument<'s>> {
        if with_type && let Some((rest, value)) = self.type_name(i) {
            return Ok((blank(rest), Argument { name: None, value }));
        }
        let n = name_len(i);
        if n > 0 {
            let equals = blank(&i[n..]);
            if equals.starts_with('=') && !equals.starts_with("==") {
                let name = Some((&i[..n], self.span(i, &i[n..])));
                let (rest, value) = self.expression(&equals[1..], Stops::COMMA_CLOSE)?;
                return Ok((rest, Argument { name, value }));
            }
        }
        let (rest, value) = self.expression(i, Stops::COMMA_CLOSE)?;
        Ok((rest, Argument { name: None, value }))
    }

    /// Parses the name of a type at the beginning of `i`, such as `Edm.String` and `Collection(Edm.String)`
    /// (ABNF `qualifiedTypeName`). Returns the text after it and its node; `None` if the name can also be a
    /// path.
    fn type_name(&self, i: &'s str) -> Option<(&'s str, Expr<'s>)> {
        let (rest, (text, dotted)) = dotted_name(i).ok()?;
        let rest = if text == "Collection" {
            let (inner, _) = dotted_name(rest.strip_prefix('(')?).ok()?;
            inner.strip_prefix(')')?
        } else if dotted {
            rest
        } else {
            return None;
        };
        let kind = ExprKind::Type(self.text(i, rest));
        blank(rest).starts_with([',', ')']).then(|| (rest, Expr { span: self.span(i, rest), kind }))
    }

    /// Parses `case(condition:value,…)` (ABNF `caseExpr`) as a call whose arguments come in pairs. `i` begins
    /// with the word `case`, `open` with its parenthesis, and `name` is the word as written.
    pub(crate) fn case(&mut self, i: &'s str, open: &'s str, name: &'s str) -> PResult<'s, Expr<'s>> {
        self.enter(i)?;
        self.open += 1;
        let outer = std::mem::replace(&mut self.in_case, true);
        let mut args = Vec::new();
        let mut rest = &open[1..];
        loop {
            let condition;
            (rest, condition) = self.expression(rest, Stops::COLON)?;
            args.push(Argument { name: None, value: condition });
            let Some(behind) = rest.strip_prefix(':') else { return Err(fail(rest, Expected::COLON)) };
            let value;
            (rest, value) = self.expression(behind, Stops::COMMA_CLOSE)?;
            args.push(Argument { name: None, value });
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
        }
        self.in_case = outer;
        let (rest, ()) = self.close(rest, open, ')', Expected::COMMA | Expected::CLOSE)?;
        self.open -= 1;
        self.leave();
        let call = Call { name, name_span: self.span(i, open), args };
        Ok((rest, Expr { span: self.span(i, rest), kind: ExprKind::Call(call) }))
    }

    /// Parses an array at the beginning of `i`, such as `[1,"a",name]` (ABNF `arrayExpr`).
    pub(crate) fn array(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        if begins_name(&i[1..])
            && let Some(name) = self.quoted_name(i, ']')
        {
            return name;
        }
        self.enter(i)?;
        let mut items = Vec::with_capacity(2);
        let mut rest = blank(&i[1..]);
        if !rest.starts_with(']') {
            loop {
                let item;
                (rest, item) = self.item(rest, Stops::COMMA_BRACKET)?;
                items.push(item);
                match rest.strip_prefix(',') {
                    Some(next) => rest = blank(next),
                    None => break,
                }
            }
        }
        let (rest, ()) = self.close(rest, i, ']', Expected::COMMA | Expected::BRACKET)?;
        self.leave();
        Ok((rest, Expr { span: self.span(i, rest), kind: ExprKind::Array(items) }))
    }

    /// Parses a value in a JSON array or object, which ends before one of `stops`. Unlike elsewhere, a string
    /// in double quotes is valid there.
    fn item(&mut self, i: &'s str, stops: Stops) -> PResult<'s, Expr<'s>> {
        if let Some(inner) = i.strip_prefix('"') {
            let Some((rest, text)) = json_string(i) else {
                let span = self.span(i, inner);
                let message =
                    "this text in double quotes is never closed, or has an escape that JSON does not know";
                self.mistake(Diagnostic::error(code::UNTERMINATED_STRING, span, message))?;
                // The mistake has been reported: this failure only ends the array.
                return Err(fail(i, Expected::TEXT));
            };
            let value = Expr { span: self.span(i, rest), kind: ExprKind::JsonString(text) };
            let rest = blank(rest);
            return if stops.here(rest) { Ok((rest, value)) } else { self.garbage(rest, value, stops) };
        }
        self.expression(i, stops)
    }

    /// Parses what begins with a brace at the beginning of `i`: a JSON object (`{"a":1}`, ABNF `objectExpr`),
    /// a guid in braces, or a placeholder.
    pub(crate) fn brace(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let inside = blank(&i[1..]);
        let json = inside.starts_with('"')
            || inside.starts_with('}') && !self.placeholders
            || inside.starts_with('\'') && quoted(inside).is_some_and(|(r, _)| blank(r).starts_with(':'));
        if !json && !inside.is_empty() && !inside.starts_with([',', ']']) && placeholder::starts(i) {
            return self.placeholder_operand(i);
        }
        self.enter(i)?;
        let mut members = Vec::new();
        let mut rest = inside;
        if !rest.starts_with('}') {
            loop {
                let member;
                (rest, member) = self.member(rest)?;
                members.push(member);
                match rest.strip_prefix(',') {
                    Some(next) => rest = blank(next),
                    None => break,
                }
            }
        }
        let (rest, ()) = self.close(rest, i, '}', Expected::COMMA | Expected::BRACE)?;
        self.leave();
        Ok((rest, Expr { span: self.span(i, rest), kind: ExprKind::Object(members) }))
    }

    /// Parses a member of a JSON object at the beginning of `i`, such as `"name":value` (ABNF `memberExpr`).
    fn member(&mut self, i: &'s str) -> PResult<'s, Member<'s>> {
        let (rest, name) = match i.as_bytes().first() {
            Some(b'"') => json_string(i).ok_or_else(|| fail(i, Expected::TEXT))?,
            Some(b'\'') => {
                let (rest, text) = quoted(i).ok_or_else(|| fail(i, Expected::TEXT))?;
                let span = self.span(i, rest);
                let json = to_json(text);
                self.mistake(
                    Diagnostic::error(
                        code::UNEXPECTED,
                        span,
                        "the names in a JSON object stand in double quotes",
                    )
                    .suggest(Suggestion::fix(format!("write `{json}`"), span, json)),
                )?;
                (rest, text)
            }
            _ => return Err(fail(i, Expected::TEXT)),
        };
        let name_span = self.span(i, rest);
        let rest = blank(rest);
        let Some(rest) = rest.strip_prefix(':') else { return Err(fail(rest, Expected::COLON)) };
        let (rest, value) = self.item(blank(rest), Stops::COMMA_BRACE)?;
        Ok((rest, Member { name, name_span, value }))
    }
}

/// Returns the JSON string with the text `text`, which is the content of a string in single quotes.
fn to_json(text: &str) -> String {
    let inner = text[1..text.len() - 1].replace("''", "'").replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{inner}\"")
}
