//! Parses the operands that begin with a word: columns, paths, casts, keys, calls, lambdas, and names such as
//! `$it` (ABNF `firstMemberExpr`, `memberExpr`, `propertyPathExpr`). The parser of expressions and that of
//! resource paths call it.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use crate::ast::{
    BinaryOp, Call, Expr, ExprKind, Lambda, Literal, LiteralKind, Path, Placeholder, Segment, SegmentKind,
    UnaryOp,
};
use crate::expr::{OPERAND, precedence_of};
use crate::input::{Expected, PResult, fail};
use crate::lexical::{at_boundary, binary_operator, blank, dotted_name, name, name_len, quoted};
use crate::literal::guid;
use crate::parser::{Parser, Stops};
use crate::placeholder;

impl<'s> Parser<'s> {
    /// Parses an operand at the beginning of `i` that begins with a letter. The text after the word decides
    /// what the operand is.
    pub(crate) fn word(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        if let Some(rest) = guid(i) {
            return Ok((rest, self.literal(i, rest, LiteralKind::Guid)));
        }
        let (rest, (text, dotted)) = dotted_name(i)?;
        match rest.as_bytes().first() {
            Some(b'(') => self.name_with_parens(i, rest, text, dotted),
            Some(b'/') => {
                let kind = if dotted { SegmentKind::Qualified(text) } else { SegmentKind::Name(text) };
                let first = Segment { span: self.span(i, rest), kind };
                self.path(i, rest, vec![first])
            }
            Some(b'\'') => self.prefixed(i, rest, text, dotted),
            Some(b'-') if crate::literal::almost_guid(i) => self.bad_literal(i, crate::literal::bad_guid(i)),
            Some(b'{' | b'$' | b'@') if self.placeholders && placeholder::starts(rest) => {
                self.placeholder_with_affixes(i)
            }
            Some(b' ') if rest[1..].starts_with('(') && crate::function::signature(text).is_some() => {
                self.blank_before_parens(rest, text)?;
                self.name_with_parens(i, &rest[1..], text, dotted)
            }
            _ if dotted => self.bare_qualified(i, rest, text),
            _ => match text.len() {
                2..=5 => self.short_word(i, rest, text),
                _ => Ok((rest, self.column(i, rest, text))),
            },
        }
    }

    /// Returns a path that consists of the single name `text`. The name begins where `i` begins, and ends
    /// where `rest` begins.
    #[inline]
    pub(crate) fn column(&self, i: &'s str, rest: &'s str, text: &'s str) -> Expr<'s> {
        let span = self.span(i, rest);
        let segments = vec![Segment { span, kind: SegmentKind::Name(text) }];
        Expr { span, kind: ExprKind::Path(Path { segments }) }
    }

    /// Parses a word of at most five letters: `null`, `true`, `false`, `INF`, `NaN`, `not`, or a column (ABNF
    /// `booleanValue`, `nullValue`, `nanInfinity`, `notExpr`). `text` is the word at the beginning of `i`,
    /// and `rest` is the text after it.
    fn short_word(&mut self, i: &'s str, rest: &'s str, text: &'s str) -> PResult<'s, Expr<'s>> {
        let kind = match text {
            "null" => LiteralKind::Null,
            "true" | "false" => LiteralKind::Boolean,
            "INF" | "NaN" => LiteralKind::Double,
            _ => return self.short_word_in_any_case(i, rest, text),
        };
        Ok((rest, self.literal(i, rest, kind)))
    }

    fn short_word_in_any_case(&mut self, i: &'s str, rest: &'s str, text: &'s str) -> PResult<'s, Expr<'s>> {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("not") && self.is_prefix_operator(rest) {
            return self.unary(UnaryOp::Not, i, rest);
        }
        for (word, kind) in
            [("null", LiteralKind::Null), ("true", LiteralKind::Boolean), ("false", LiteralKind::Boolean)]
        {
            if is(word) {
                let span = self.span(i, rest);
                self.mistake(
                    Diagnostic::warning(
                        code::WRONG_CASE,
                        span,
                        format!("`{text}` is read as a column's name by Dataverse"),
                    )
                    .suggest(Suggestion::fix(format!("write `{word}`"), span, word)),
                )?;
                return Ok((rest, self.literal(i, rest, kind)));
            }
        }
        let next = blank(rest);
        let goes_on = !next.is_empty() && name_len(next) > 0 && !self.is_operator_ahead(next);
        if (is("and") || is("or")) && goes_on {
            if self.min > precedence_of(BinaryOp::Eq) {
                // `a eq and b eq 1`: a value is missing, and the word is not surplus.
                return Err(fail(i, OPERAND));
            }
            let span = self.span(i, next);
            let message = format!("there is nothing on the left of this `{text}`");
            let d = Diagnostic::error(code::DANGLING_OPERATOR, span, message);
            self.mistake(d.suggest(Suggestion::maybe("leave it out", span, "")))?;
            return self.operand(next);
        }
        Ok((rest, self.column(i, rest, text)))
    }

    /// Returns whether an infix operator is at the beginning of `i`.
    fn is_operator_ahead(&self, i: &str) -> bool {
        let n = name_len(i);
        binary_operator(&i[..n]).is_some() && at_boundary(&i[n..])
    }

    /// Returns whether the word `not` before `rest` is the operator; otherwise it is a column with that name.
    /// It is a column if nothing follows it, or if an infix operator with its operand follows.
    fn is_prefix_operator(&self, rest: &str) -> bool {
        let next = blank(rest);
        if next.is_empty() || next.starts_with([')', ',', ':', ']', '}', ';', '=']) {
            return false;
        }
        let n = name_len(next);
        let after = blank(&next[n..]);
        // `not eq 1` compares a column, `not in/x` negates a path, and `not in eq 1` negates a column called `in`.
        !self.is_operator_ahead(next)
            || after.len() == next.len() - n
            || after.starts_with([')', ',', ':', ']', '}', ';'])
            || (self.is_operator_ahead(after) && !blank(&after[name_len(after)..]).is_empty())
    }

    /// Reports an `and` or `or` without a right operand. `at` begins with the operator, `before` with the
    /// white space before it, and `rest` is the text after it.
    #[cold]
    pub(crate) fn dangling(
        &mut self,
        before: &'s str,
        at: &'s str,
        rest: &'s str,
    ) -> Result<(), nom::Err<crate::input::Failure>> {
        let word = self.text(at, rest);
        let message = format!("nothing follows this `{word}`");
        let span = self.span(before, rest);
        let d = Diagnostic::error(code::DANGLING_OPERATOR, self.span(at, rest), message);
        self.mistake(d.suggest(Suggestion::maybe("leave it out", span, "")))
    }

    /// Reports the name `text`, which contains a dot and no parentheses, such as `Model.Available`. It is
    /// neither a column nor a value (ABNF has no such expression). The name begins where `i` begins, and
    /// `rest` is the text after it. Returns a path of its parts.
    #[cold]
    fn bare_qualified(&mut self, i: &'s str, rest: &'s str, text: &'s str) -> PResult<'s, Expr<'s>> {
        let span = self.span(i, rest);
        let function = text.get(..9).is_some_and(|p| p.eq_ignore_ascii_case("Microsoft"));
        if function || text.matches('.').count() > 2 {
            let message = format!("`{text}` needs its arguments in parentheses");
            self.mistake(Diagnostic::error(code::UNEXPECTED, span, message))?;
            return Ok((rest, self.error(i, rest)));
        }
        let message =
            format!("`{text}` is neither a column nor a value: the steps of a path are joined by `/`");
        let slashed = text.replace('.', "/");
        self.mistake(Diagnostic::error(code::UNEXPECTED, span, message).suggest(Suggestion::maybe(
            format!("write `{slashed}`"),
            span,
            slashed.clone(),
        )))?;
        let mut at = i;
        let mut segments = Vec::new();
        for part in text.split('.') {
            let after = &at[part.len()..];
            segments.push(Segment { span: self.span(at, after), kind: SegmentKind::Name(part) });
            at = after.strip_prefix('.').unwrap_or(after);
        }
        Ok((rest, Expr { span, kind: ExprKind::Path(Path { segments }) }))
    }

    /// Parses the rest of a path: segments that each follow a slash at the beginning of `rest` (ABNF
    /// `memberExpr`, `propertyPathExpr`, `boundFunctionExpr`). `start` begins with the path, and `segments`
    /// has the segments parsed before. Returns the whole path.
    pub(crate) fn path(
        &mut self,
        start: &'s str,
        mut rest: &'s str,
        mut segments: Vec<Segment<'s>>,
    ) -> PResult<'s, Expr<'s>> {
        while rest.starts_with('/') {
            let i = &rest[1..];
            rest = self.segment(i, &mut segments)?;
        }
        Ok((rest, Expr { span: self.span(start, rest), kind: ExprKind::Path(Path { segments }) }))
    }

    /// Parses one segment of a path at the beginning of `i`, together with a key that directly follows it,
    /// and adds them to `segments`. Returns the text after them.
    pub(crate) fn segment(
        &mut self,
        i: &'s str,
        segments: &mut Vec<Segment<'s>>,
    ) -> Result<&'s str, nom::Err<crate::input::Failure>> {
        match i.as_bytes().first() {
            Some(b'$') if !placeholder::starts(i) => return self.dollar_segment(i, segments),
            Some(b'@') if !placeholder::starts(i) => {
                let (rest, text) = annotation(i)?;
                segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::Annotation(text) });
                return Ok(rest);
            }
            Some(b'{' | b'$' | b'@') => {
                let (rest, placeholder) = self.placeholder_segment(i)?;
                segments
                    .push(Segment { span: self.span(i, rest), kind: SegmentKind::Placeholder(placeholder) });
                return Ok(rest);
            }
            _ => {}
        }
        let (rest, (text, dotted)) = dotted_name(i)?;
        if self.placeholders && placeholder::starts(rest) {
            let (rest, placeholder) = self.placeholder_segment(i)?;
            segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::Placeholder(placeholder) });
            return Ok(rest);
        }
        if !rest.starts_with('(') {
            let kind = if dotted { SegmentKind::Qualified(text) } else { SegmentKind::Name(text) };
            segments.push(Segment { span: self.span(i, rest), kind });
            return Ok(rest);
        }
        if !dotted && let Some((rest, kind)) = self.lambda_or_aggregate(text, rest)? {
            segments.push(Segment { span: self.span(i, rest), kind });
            return Ok(rest);
        }
        let after_root = matches!(segments.last(), Some(Segment { kind: SegmentKind::Root, .. }));
        let (after, args) = self.arguments(rest, false)?;
        self.push_parens(segments, (i, rest, after), text, dotted, args, after_root);
        self.key_after(after, segments)
    }

    /// Adds a name with parentheses to `segments`. The grammar alone cannot distinguish a name with a key
    /// from a function call. `args` are a key if they are a single literal after a name without a dot, or if
    /// they directly follow `$root` (`after_root`); otherwise they are the arguments of a call. `i`, `rest`
    /// and `after` begin with the name, the parentheses and the text after them. `text` is the name, and
    /// `dotted` says whether it contains a dot.
    fn push_parens(
        &mut self,
        segments: &mut Vec<Segment<'s>>,
        (i, rest, after): (&'s str, &'s str, &'s str),
        text: &'s str,
        dotted: bool,
        args: Vec<crate::ast::Argument<'s>>,
        after_root: bool,
    ) {
        let single = matches!(args.as_slice(), [a] if a.name.is_none()
            && matches!(a.value.kind, ExprKind::Literal(_) | ExprKind::Placeholder(_)));
        if !dotted && (single || (after_root && !args.is_empty())) {
            segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::Name(text) });
            segments.push(Segment { span: self.span(rest, after), kind: SegmentKind::Key(args) });
        } else {
            let call = Call { name: text, name_span: self.span(i, rest), args };
            segments.push(Segment { span: self.span(i, after), kind: SegmentKind::Call(call) });
        }
    }

    /// Parses a key at the beginning of `i`, directly after a segment that already has parentheses, as in
    /// `f()(1)` and `$filter(…)(ID='a')` (ABNF `keyPredicate`), and adds it to `segments`. Returns the text
    /// after it, or `i` if there is no key.
    fn key_after(
        &mut self,
        i: &'s str,
        segments: &mut Vec<Segment<'s>>,
    ) -> Result<&'s str, nom::Err<crate::input::Failure>> {
        if !i.starts_with('(') {
            return Ok(i);
        }
        let (rest, args) = self.arguments(i, false)?;
        if args.is_empty() {
            return Err(fail(&i[1..], Expected::VALUE));
        }
        segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::Key(args) });
        Ok(rest)
    }

    /// Parses an operand that is a word with parentheses: `contains(…)`, `Items(1)`, `Ns.Function()`,
    /// `not(…)` or `case(…)`. `text` is the word at the beginning of `i`, `rest` begins with the parentheses,
    /// and `dotted` says whether the word contains a dot.
    fn name_with_parens(
        &mut self,
        i: &'s str,
        rest: &'s str,
        text: &'s str,
        dotted: bool,
    ) -> PResult<'s, Expr<'s>> {
        if !dotted {
            let is = |word: &str| text.eq_ignore_ascii_case(word);
            match text.len() {
                3 if is("not") => return self.unary(UnaryOp::Not, i, rest),
                3 if is("any") || is("all") => {
                    let span = self.span(i, rest);
                    let message = format!(
                        "`{text}` needs a collection before it: `collection/{text}(x:x/name eq 'a')`"
                    );
                    self.mistake(Diagnostic::error(code::UNEXPECTED, span, message))?;
                    let (after, _) = self.lambda(rest, true)?;
                    return Ok((after, self.error(i, after)));
                }
                4 if is("case") => return self.case(i, rest, text),
                _ => {}
            }
        }
        let signature = crate::function::signature(text);
        let with_type =
            signature.is_some() && (text.eq_ignore_ascii_case("cast") || text.eq_ignore_ascii_case("isof"));
        let (after, args) = self.arguments(rest, with_type)?;
        if let Some(signature) = signature {
            if !signature.takes(args.len()) {
                self.wrong_arity(i, after, text, signature, args.len())?;
            }
            let call = Call { name: text, name_span: self.span(i, rest), args };
            return self.call_or_path(i, after, call);
        }
        let mut segments = Vec::new();
        self.push_parens(&mut segments, (i, rest, after), text, dotted, args, false);
        if segments.len() == 1
            && !after.starts_with('(')
            && let Some(Segment { kind: SegmentKind::Call(call), .. }) = segments.pop()
        {
            return self.call_or_path(i, after, call);
        }
        let after = self.key_after(after, &mut segments)?;
        self.path(i, after, segments)
    }

    /// Returns the call `call` as an operand or, if a slash follows it, parses the path that begins with the
    /// call. `i` begins with the call, and `after` is the text after it.
    fn call_or_path(&mut self, i: &'s str, after: &'s str, call: Call<'s>) -> PResult<'s, Expr<'s>> {
        let span = self.span(i, after);
        if after.starts_with('/') {
            return self.path(i, after, vec![Segment { span, kind: SegmentKind::Call(call) }]);
        }
        Ok((after, Expr { span, kind: ExprKind::Call(call) }))
    }

    #[cold]
    fn wrong_arity(
        &mut self,
        i: &'s str,
        after: &'s str,
        text: &'s str,
        signature: crate::function::Signature,
        found: usize,
    ) -> Result<(), nom::Err<crate::input::Failure>> {
        let message = format!("`{text}` takes {}, found {found}: {}", signature.count(), signature.example());
        self.mistake(Diagnostic::error(code::WRONG_ARITY, self.span(i, after), message))
    }

    /// Parses the segment `any(…)`, `all(…)` or `aggregate(…)`. `text` is its name, and `rest` begins with
    /// the parenthesis. Returns the text after it, and the segment; `None` for any other name.
    fn lambda_or_aggregate(
        &mut self,
        text: &'s str,
        rest: &'s str,
    ) -> Result<Option<(&'s str, SegmentKind<'s>)>, nom::Err<crate::input::Failure>> {
        if text.eq_ignore_ascii_case("any") {
            let (after, lambda) = self.lambda(rest, true)?;
            return Ok(Some((after, SegmentKind::Any(lambda.map(Box::new)))));
        }
        if text.eq_ignore_ascii_case("all") {
            let (after, lambda) = self.lambda(rest, false)?;
            // Unless a body is optional, a lambda without one has failed already.
            let Some(lambda) = lambda else { return Err(fail(&rest[1..], Expected::VARIABLE)) };
            return Ok(Some((after, SegmentKind::All(Box::new(lambda)))));
        }
        if text == "aggregate" {
            let (after, items) = self.aggregate_step(rest)?;
            return Ok(Some((after, SegmentKind::Aggregate(items))));
        }
        Ok(None)
    }

    /// Parses the lambda of `any` or `all` in parentheses at the beginning of `i`, such as `(x:condition)`
    /// (ABNF `anyExpr`, `allExpr`). If `optional` is true, the parentheses may be empty, and the result is
    /// `None`.
    fn lambda(&mut self, i: &'s str, optional: bool) -> PResult<'s, Option<Lambda<'s>>> {
        let at = blank(&i[1..]);
        if optional && at.starts_with(')') {
            return Ok((&at[1..], None));
        }
        let (rest, variable) = name(at).map_err(|_: nom::Err<_>| fail(at, Expected::VARIABLE))?;
        let variable_span = self.span(at, rest);
        let rest = blank(rest);
        if !rest.starts_with(':') {
            return Err(fail(at, Expected::VARIABLE));
        }
        self.enter(i)?;
        self.open += 1;
        let (rest, body) = self.expression(&rest[1..], Stops::CLOSE)?;
        let (rest, ()) = self.close(rest, i, ')', Expected::CLOSE)?;
        self.open -= 1;
        self.leave();
        Ok((rest, Some(Lambda { variable, variable_span, body })))
    }

    /// Parses a segment that begins with `$` at the beginning of `i`: `$count`, `$count(…)` or `$filter(…)`
    /// (ABNF `count`, `filterExpr`), and adds it to `segments`. Returns the text after it.
    fn dollar_segment(
        &mut self,
        i: &'s str,
        segments: &mut Vec<Segment<'s>>,
    ) -> Result<&'s str, nom::Err<crate::input::Failure>> {
        let (rest, word) = name(&i[1..])?;
        match word {
            "count" => {
                let (rest, options) = if rest.starts_with('(') {
                    self.nested(rest, Some(&SegmentKind::Count(None)), true)?
                } else {
                    (rest, None)
                };
                segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::Count(options) });
                if rest.starts_with('/') { Err(fail(rest, Expected::OPERATOR)) } else { Ok(rest) }
            }
            "filter" if rest.starts_with('(') => {
                self.enter(i)?;
                self.open += 1;
                let (after, condition) = self.expression(&rest[1..], Stops::CLOSE)?;
                let (after, ()) = self.close(after, rest, ')', Expected::CLOSE)?;
                self.open -= 1;
                self.leave();
                segments.push(Segment {
                    span: self.span(i, after),
                    kind: SegmentKind::Filter(Box::new(condition)),
                });
                self.key_after(after, segments)
            }
            _ => Err(fail(i, Expected::NAME)),
        }
    }

    /// Parses an operand that begins with `$` at the beginning of `i`: `$it`, `$this`, `$root/…`, `$these/…`,
    /// or a placeholder `${…}` (ABNF `implicitVariableExpr`, `rootExpr`).
    pub(crate) fn dollar(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        if placeholder::starts(i) {
            return self.placeholder_operand(i);
        }
        let (rest, word) = name(&i[1..]).map_err(|_: nom::Err<_>| fail(i, OPERAND))?;
        let kind = match word {
            "it" => SegmentKind::It,
            "this" => SegmentKind::This,
            "root" if rest.starts_with('/') => SegmentKind::Root,
            "root" => return Err(fail(rest, Expected::SLASH)),
            "these" if rest.starts_with('/') => SegmentKind::Name(self.text(i, rest)),
            _ => return Err(fail(i, OPERAND)),
        };
        let first = Segment { span: self.span(i, rest), kind };
        self.path(i, rest, vec![first])
    }

    /// Parses an operand that begins with `@` at the beginning of `i`: a parameter alias (`@alias`), an
    /// annotation (`@Ns.Term/…`), or a placeholder `@{…}` (ABNF `parameterAlias`, `annotationExpr`).
    pub(crate) fn at_sign(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        if placeholder::starts(i) {
            return self.placeholder_operand(i);
        }
        let (rest, text) = annotation(i)?;
        if !rest.starts_with('/') && !text.contains(['.', '#']) {
            return Ok((rest, Expr { span: self.span(i, rest), kind: ExprKind::Alias(text) }));
        }
        let first = Segment { span: self.span(i, rest), kind: SegmentKind::Annotation(text) };
        self.path(i, rest, vec![first])
    }

    /// Parses a literal with a prefix before its quotes, such as `duration'…'` (ABNF `durationLiteral`,
    /// `binaryLiteral`, `enumLiteral` …). `text` is the prefix at the beginning of `i`, `quote` begins with
    /// the quote, and `dotted` says whether the prefix contains a dot.
    fn prefixed(&mut self, i: &'s str, quote: &'s str, text: &'s str, dotted: bool) -> PResult<'s, Expr<'s>> {
        // `a eq'x'`: the word was an operand, and the text belongs to the next one.
        let Some((rest, content)) = quoted(quote) else { return self.string(quote) };
        let inner = &content[1..content.len() - 1];
        let literal = |kind, text| ExprKind::Literal(Literal { kind, text });
        use crate::literal::prefixed::Prefixed;
        let span = self.span(i, rest);
        let kind = match crate::literal::prefixed::prefixed(text, dotted, inner) {
            Prefixed::Literal(kind) => literal(kind, self.text(i, rest)),
            _ if self.placeholders && placeholder::has_placeholder(inner) => {
                return self.prefixed_placeholder(i, rest, text, inner);
            }
            Prefixed::Legacy(kind, suffix) => {
                let bare = inner.trim_matches(['{', '}']);
                let fix = format!("{bare}{suffix}");
                let message = format!("`{text}'…'` is OData 2 or 3: OData 4 writes the bare value");
                let d = Diagnostic::error(code::LEGACY_LITERAL, span, message);
                self.mistake(d.suggest(Suggestion::fix(format!("write `{fix}`"), span, fix)))?;
                literal(kind, bare)
            }
            Prefixed::Malformed(kind, example) => {
                let message =
                    format!("{} is not well formed: write it like {example}", shown(self.text(i, rest)));
                self.mistake(Diagnostic::error(code::BAD_LITERAL, span, message))?;
                let _ = kind;
                ExprKind::Error
            }
            Prefixed::Unknown => {
                let message = format!("a value never begins with `{text}'`");
                let mut d = Diagnostic::error(code::BAD_LITERAL, span, message);
                if matches!(text, "N" | "n") {
                    let bare = quote.len() - rest.len();
                    d = d.suggest(Suggestion::fix("leave out the prefix", self.span(i, quote), ""));
                    self.mistake(d)?;
                    literal(LiteralKind::String, &quote[..bare])
                } else {
                    self.mistake(d)?;
                    ExprKind::Error
                }
            }
        };
        Ok((rest, Expr { span, kind }))
    }

    /// Parses a placeholder in a literal with a prefix, as in `guid'{0}'` and `datetime'${x}'` of OData 2 and
    /// 3. `prefix` is the prefix at the beginning of `i`, `inner` is the text in the quotes, and `rest` is
    /// the text after the literal.
    #[cold]
    fn prefixed_placeholder(
        &mut self,
        i: &'s str,
        rest: &'s str,
        prefix: &'s str,
        inner: &'s str,
    ) -> PResult<'s, Expr<'s>> {
        let span = self.span(i, rest);
        if matches!(prefix.to_ascii_lowercase().as_str(), "guid" | "datetime" | "datetimeoffset" | "date") {
            let message = format!("`{prefix}'…'` is OData 2 or 3: OData 4 writes the bare value");
            let d = Diagnostic::error(code::LEGACY_LITERAL, span, message);
            self.mistake(d.suggest(Suggestion::fix(format!("write `{inner}`"), span, inner)))?;
            return Ok((
                rest,
                Expr { span, kind: ExprKind::Placeholder(Placeholder { text: inner, quoted: false }) },
            ));
        }
        let text = self.text(i, rest);
        Ok((rest, Expr { span, kind: ExprKind::Placeholder(Placeholder { text, quoted: false }) }))
    }
}

/// Parses an annotation such as `@Ns.Term#Qualifier` at the beginning of `i` (ABNF `annotationExpr`,
/// `parameterAlias`). The result does not contain the `@`.
pub(crate) fn annotation(i: &str) -> PResult<'_, &str> {
    let start = &i[1..];
    let (rest, _) = dotted_name(start).map_err(|_: nom::Err<_>| fail(i, OPERAND))?;
    let rest = match rest.strip_prefix('#') {
        Some(qualifier) => name(qualifier)?.0,
        None => rest,
    };
    Ok((rest, &start[..start.len() - rest.len()]))
}

/// Returns a part of the text for a message, shortened if it is long.
fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        None => format!("`{text}`"),
        Some((at, _)) => format!("`{}…`", &text[..at]),
    }
}
