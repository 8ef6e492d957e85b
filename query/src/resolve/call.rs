//! Resolves lambdas and function calls of OData to conditions. The resolver of conditions calls it; for
//! functions that Dataverse does not support, it calls a rewrite.

use std::borrow::Cow;

use dvkit_diagnostic::{Code, Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::{ColumnType, Edm};
use odata_parser::ast::{Argument, Call, LiteralKind, Path, SegmentKind};

use super::arguments::{property_name, strip_namespace};
use super::operand::ConstantKind;
use super::path::{Expect, article};
use super::query_function::is_query_function;
use super::words;
use super::{ColumnOperand, Constant, Operand, PathTarget, Resolver, Row, Scope};
use crate::functions;
use crate::hir::{Comparison, Predicate, Test, Value};
use crate::odata::Precedence;

/// The standard functions of OData 4.01 in lower case (URL Conventions 5.1.1.5 to 5.1.1.12), and
/// `substringof` of OData 3.
const STANDARD: [&str; 37] = [
    "case",
    "cast",
    "ceiling",
    "concat",
    "contains",
    "date",
    "day",
    "endswith",
    "floor",
    "fractionalseconds",
    "geo.distance",
    "geo.intersects",
    "geo.length",
    "hassubsequence",
    "hassubset",
    "hour",
    "indexof",
    "isof",
    "length",
    "matchespattern",
    "maxdatetime",
    "mindatetime",
    "minute",
    "month",
    "now",
    "round",
    "second",
    "startswith",
    "substring",
    "substringof",
    "time",
    "tolower",
    "totaloffsetminutes",
    "totalseconds",
    "toupper",
    "trim",
    "year",
];

/// The standard functions of OData that test a text, such as `contains`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TextTest {
    Contains,
    StartsWith,
    EndsWith,
}

impl TextTest {
    fn of(name: &str) -> Option<Self> {
        let tests = [
            ("contains", Self::Contains),
            ("startswith", Self::StartsWith),
            ("endswith", Self::EndsWith),
            ("substringof", Self::Contains),
        ];
        tests.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, test)| test)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
        }
    }
}

impl<'a> Resolver<'a> {
    /// Returns whether a call of the function `name` is a condition, such as `contains`. A call of any other
    /// function is a value.
    pub(crate) fn is_condition(&self, name: &str) -> bool {
        TextTest::of(name).is_some() || is_query_function(name)
    }

    pub(crate) fn call_condition(&mut self, call: &'a Call<'a>, span: Span) -> Option<Predicate> {
        let named = call.args.iter().any(|a| a.name.is_some());
        if let Some(test) = TextTest::of(call.name)
            && !named
        {
            return self.text_test(test, call, span);
        }
        let row = Row { scope: 0, path: Vec::new(), table: self.scopes[0].table };
        let row = self.row_of_function(row, call);
        self.query_function(row, call, span)
    }

    /// Returns the row that has the column named by the call of a query function. This is `row`, except if
    /// only the rows of the enclosing lambda have the column. Then the lambda's variable is missing before
    /// the function, which is reported, and the lambda's row is returned.
    fn row_of_function(&mut self, row: Row<'a>, call: &'a Call<'a>) -> Row<'a> {
        let innermost = self.scopes.len() - 1;
        let Some(name) = property_name(call).filter(|_| innermost > 0) else { return row };
        let inner = self.scopes[innermost];
        if row.table.column(name).is_some() || inner.table.column(name).is_none() {
            return row;
        }
        let at = Span::at(call.name_span.start as usize);
        let variable = inner.variable;
        let message =
            format!("`{name}` is a column of the lambda's rows: the function stands on `{variable}`");
        self.push(
            Diagnostic::error(code::LAMBDA_VARIABLE, call.name_span, message).suggest(Suggestion::fix(
                "name the rows before the function",
                at,
                format!("{variable}/"),
            )),
        );
        Row { scope: innermost, path: Vec::new(), table: inner.table }
    }

    /// Resolves a function that follows a path, as in `primarycontactid/Microsoft.Dynamics.CRM.On(…)`.
    /// `before` is the path, and `span` includes the path and the call. Returns `None` if the condition could
    /// not be understood; then the mistake has been reported.
    pub(crate) fn call_on_path(
        &mut self,
        before: &'a [odata_parser::ast::Segment<'a>],
        call: &'a Call<'a>,
        span: Span,
    ) -> Option<Predicate> {
        let row = match self.resolve_path(before, Expect::Navigation)? {
            PathTarget::Row(row, _) => row,
            PathTarget::One(row, relationship, at) => self.follow(row, relationship, at)?,
            PathTarget::Many(row, relationship, at) => {
                return self.rewrite_collection_as_row(&row, relationship, at, &[]);
            }
            PathTarget::Column(_, column, at) | PathTarget::Managed(_, column, at) => {
                let message = format!("`{}` is {}, not a lookup", column.logical_name, article(column));
                return self.refuse(code::NOT_A_NAVIGATION, at, message, "");
            }
        };
        if is_query_function(call.name) {
            return self.query_function(row, call, span);
        }
        let name = self.known_function(call)?;
        self.refuse(
            self.function_code(&name),
            call.name_span,
            format!("`{name}` cannot stand behind a path"),
            "the path goes into the parentheses: `contains(primarycontactid/fullname,'a')`",
        )
    }

    /// Resolves a call of `contains`, `startswith` or `endswith` at `span`. Returns `None` if the call could
    /// not be understood; then the mistake has been reported.
    fn text_test(&mut self, test: TextTest, call: &'a Call<'a>, span: Span) -> Option<Predicate> {
        let name = test.name();
        let [first, second] = call.args.as_slice() else {
            let message = format!("`{name}` takes a column and a text");
            return self.refuse(
                code::FUNCTION_PARAMETERS,
                call.name_span,
                message,
                &format!("`{name}(name,'a')`"),
            );
        };
        let of_version_3 = call.name.eq_ignore_ascii_case("substringof");
        if !of_version_3 && call.name != name {
            self.push(
                Diagnostic::error(
                    code::FUNCTION_NAME,
                    call.name_span,
                    format!("function names are case-sensitive: `{}` is spelled `{name}`", call.name),
                )
                .suggest(Suggestion::fix(format!("write `{name}`"), call.name_span, name)),
            );
        }
        let a = self.operand(&first.value);
        let b = self.operand_beside(a.as_ref(), &second.value);
        let (a, b) = (a?, b?);
        let swapped = matches!((&a, &b), (Operand::Constant(c), Operand::Column(_) | Operand::Row(..)) if c.kind != ConstantKind::Parameter);
        if swapped != of_version_3 {
            let message = if of_version_3 {
                "`contains(name,'a')`: the column comes first".to_owned()
            } else {
                format!("`{name}` takes the column first and the text second")
            };
            self.exchange(code::STRING_FUNCTION, &message, first, second);
        }
        if of_version_3 {
            self.substringof(call, first, second, swapped);
        }
        let (target, pattern) = if swapped { (b, a) } else { (a, b) };
        let column = match target {
            Operand::Column(column) => column,
            Operand::Row(row, Some(relationship), at) => {
                let mut d = Diagnostic::error(
                    code::NAVIGATION_AS_VALUE,
                    at,
                    format!(
                        "`{}` leads to a row, which has no text",
                        relationship.navigation.as_deref().unwrap_or_default()
                    ),
                );
                let table = self.table(&relationship.table);
                if let Some(primary) = table.and_then(|t| t.primary_name.as_deref()) {
                    let end = Span::at(at.end as usize);
                    d = d.suggest(Suggestion::maybe("search in its name", end, format!("/{primary}")));
                }
                let _ = row;
                self.push(d);
                return None;
            }
            Operand::Constant(c) if c.kind == ConstantKind::Parameter => {
                return Some(Predicate::Parameter(span.of(self.source).to_owned()));
            }
            _ => {
                let message = format!("`{name}` searches in a column");
                return self.refuse(code::FUNCTION_FOR_TYPE, first.value.span, message, "");
            }
        };
        let Operand::Constant(pattern) = pattern else {
            let message = format!("`{name}` searches for a text, not for another column");
            return self.refuse(code::FUNCTION_FOR_TYPE, second.value.span, message, "");
        };
        self.searched(test, &column, pattern)
    }

    fn searched(
        &mut self,
        test: TextTest,
        column: &ColumnOperand<'a>,
        pattern: Constant<'a>,
    ) -> Option<Predicate> {
        match &column.column.ty {
            ColumnType::String { .. } | ColumnType::Memo { .. } | ColumnType::EntityName => {}
            ColumnType::Edm { edm: Edm::String } | ColumnType::Other { .. } => {}
            ColumnType::Choices { .. } => {
                let meant = self.contain_values(column, Comparison::Eq, &pattern)?;
                let message = format!("`{}` holds options, not a text", column.column.logical_name);
                return self.rewritten(
                    dvkit_diagnostic::Severity::Error,
                    code::MULTI_SELECT,
                    column.span,
                    message,
                    "use the function for several options",
                    meant,
                );
            }
            ColumnType::File { .. } if self.file_name(column).is_some() => {
                let name = self.file_name(column)?;
                let message = format!(
                    "`{}` is a file; its name is `{}`",
                    column.column.logical_name, name.logical_name
                );
                let at = Span {
                    start: column.span.end - column.column.logical_name.len() as u32,
                    end: column.span.end,
                };
                self.push(
                    Diagnostic::error(code::FUNCTION_FOR_TYPE, column.span, message)
                        .suggest(Suggestion::fix("search in its name", at, name.logical_name.clone())),
                );
                return None;
            }
            _ => {
                let message = format!(
                    "`{}` is {}; `{}` searches in texts",
                    column.column.property_name(),
                    article(column.column),
                    test.name()
                );
                let mut d = Diagnostic::error(code::FUNCTION_FOR_TYPE, column.span, message);
                if column.column.ty.is_lookup() {
                    d.suggestions.extend(self.by_primary_name(column));
                }
                self.push(d);
                return None;
            }
        }
        let value = match pattern.kind {
            ConstantKind::Parameter => Value::Parameter(pattern.text.into_owned()),
            ConstantKind::Literal(LiteralKind::String) => Value::Text(pattern.text.clone().into_owned()),
            ConstantKind::Literal(LiteralKind::Null) => {
                let message = format!("`{}` searches for a text, and `null` is not one", test.name());
                return self.refuse(code::TYPE_MISMATCH, pattern.span, message, "compare with it: `eq null`");
            }
            ConstantKind::Literal(_) => {
                let raw = pattern.span.of(self.source).to_owned();
                let message = format!("`{}` searches for a text, which stands in quotes", test.name());
                self.push(
                    Diagnostic::error(code::TYPE_MISMATCH, pattern.span, message).suggest(Suggestion::fix(
                        "put it in quotes",
                        pattern.span,
                        format!("'{raw}'"),
                    )),
                );
                Value::Text(raw)
            }
        };
        if let Value::Text(text) = &value {
            self.wildcards(test, text, pattern.span);
        }
        let reference = column.reference();
        Some(Predicate::Test(
            reference,
            match test {
                TextTest::Contains => Test::Contains(value),
                TextTest::StartsWith => Test::StartsWith(value),
                TextTest::EndsWith => Test::EndsWith(value),
            },
        ))
    }

    /// Returns the column `<column>_name` that holds the name of the file in `column`, a file column; `None`
    /// if there is no such column.
    fn file_name(&self, column: &ColumnOperand<'a>) -> Option<&'a dvkit_schema::Column> {
        column.row.table.column(&format!("{}_name", column.column.logical_name)).filter(|c| c.is_property())
    }

    /// Reports a wildcard that Dataverse does not support: at the start of `text` for `startswith`, or at its
    /// end for `endswith`. `span` is the position of `text`.
    fn wildcards(&mut self, test: TextTest, text: &str, span: Span) {
        let leading =
            test == TextTest::StartsWith && (text.starts_with(['%', '_']) || text.starts_with("[^"));
        let trailing = test == TextTest::EndsWith && text.ends_with('%');
        if leading || trailing {
            let (which, function) =
                if leading { ("leading", "startswith") } else { ("trailing", "endswith") };
            self.push(
                Diagnostic::warning(
                    code::LEADING_WILDCARD,
                    span,
                    format!("a {which} wildcard in `{function}` is not supported: it may be throttled or fail"),
                )
                .help("use `contains` or `endswith` without it, or bracket it (`[%]`) where the character is meant"),
            );
        }
    }

    /// Reports a call with the arguments in the wrong order, as in `contains('a',name)`, and suggests
    /// exchanging `first` and `second`. The diagnostic has the code `code` and the message `message`.
    fn exchange(&mut self, code: Code, message: &str, first: &Argument<'_>, second: &Argument<'_>) {
        let (a, b) = (first.value.span, second.value.span);
        let fix = Suggestion::fix("exchange them", a, b.of(self.source)).and_edit(b, a.of(self.source));
        self.push(Diagnostic::error(code, a.to(b), message).suggest(fix));
    }

    /// Reports `substringof('a',x)` of OData 3, with a fix that writes the equivalent `contains(x,'a')`. If
    /// `swapped` is true, the fix also exchanges the arguments.
    fn substringof(&mut self, call: &Call<'_>, first: &Argument<'_>, second: &Argument<'_>, swapped: bool) {
        let mut fix = Suggestion::fix("write `contains`", call.name_span, "contains");
        if swapped {
            let (a, b) = (first.value.span, second.value.span);
            fix = fix.and_edit(a, b.of(self.source)).and_edit(b, a.of(self.source));
        }
        let message = "`substringof` is OData 3; in OData 4 it is `contains`, with the column first";
        self.push(Diagnostic::error(code::STRING_FUNCTION, call.name_span, message).suggest(fix));
    }

    /// Resolves a comparison of a function with a value, as in `length(name) gt 3`. `op` is the operator.
    /// Returns `None` if the comparison could not be understood; then the mistake has been reported.
    pub(crate) fn function_value(
        &mut self,
        call: &'a Call<'a>,
        _span: Span,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let name = self.known_function(call)?;
        match name.as_ref() {
            "length" => self.rewrite_length(call, op, value),
            "indexof" => self.rewrite_indexof(call, op, value),
            "substring" => self.rewrite_substring(call, op, value),
            "year" => self.rewrite_year_function(call, op, value),
            "date" => self.rewrite_date_function(call, op, value),
            _ => self.unsupported_function(call, ""),
        }
    }

    /// Returns the name of the called function in lower case if it is a standard function of OData. Otherwise
    /// reports an unknown function and returns `None`.
    pub(crate) fn known_function(&mut self, call: &'a Call<'a>) -> Option<Cow<'static, str>> {
        let lower = call.name.to_ascii_lowercase();
        if STANDARD.contains(&lower.as_str()) {
            return Some(Cow::Owned(lower));
        }
        let message = format!("there is no function `{}`", call.name);
        let mut d = Diagnostic::error(code::UNKNOWN_FUNCTION, call.name_span, message);
        if let Some(d) = self.function_of_others(call, d.clone()) {
            self.push(d);
            return None;
        }
        let usable = ["contains", "startswith", "endswith"];
        let own = || functions::FUNCTIONS.iter().map(|f| (f.name, None));
        let bare = strip_namespace(call.name);
        if let Some(slip) = suggest::unambiguous_typo(call.name, usable.into_iter().map(|n| (n, None))) {
            d = d.suggest(Suggestion::fix(format!("did you mean `{slip}`?"), call.name_span, slip));
        } else if let Some(slip) = suggest::unambiguous_typo(bare, own()) {
            let full = format!("{}{slip}", functions::NAMESPACE);
            d = d.suggest(Suggestion::fix(format!("did you mean `{full}`?"), call.name_span, full));
        } else {
            for close in suggest::ranked_by(bare, own(), 3) {
                let full = format!("{}{close}", functions::NAMESPACE);
                d = d.suggest(Suggestion::maybe("did you mean", call.name_span, full));
            }
        }
        self.push(d);
        None
    }

    /// Returns the diagnostic `d` with advice if the called function or method exists in another language,
    /// such as SQL or C#; `None` if no other language is known to have it.
    fn function_of_others(&mut self, call: &'a Call<'a>, d: Diagnostic) -> Option<Diagnostic> {
        let source = self.source;
        let whole = self.call_span(call);
        let written = |argument: &Argument<'_>| argument.value.span.of(source);
        let (receiver, meant) = match call.name.rsplit_once('.') {
            Some((receiver, method)) => (Some(receiver), words::method(method)?),
            None => (None, words::function(call.name)?),
        };
        let receiver = receiver.filter(|r| {
            let name = r.rsplit('/').next().unwrap_or(r);
            self.scopes.iter().any(|s| s.table.property(name).is_some() || s.table.column(name).is_some())
        });
        Some(match meant {
            words::ForeignFunction::Text(name) => {
                let arguments = match (receiver, call.args.as_slice()) {
                    (Some(receiver), [text]) => format!("{receiver},{}", written(text)),
                    (None, [a, b]) => format!("{},{}", written(a), written(b)),
                    _ => return Some(d.help(format!("OData has `{name}(column,'…')`"))),
                };
                let right = format!("{name}({arguments})");
                d.suggest(Suggestion::maybe(format!("write `{right}`"), whole, right))
            }
            words::ForeignFunction::Empty => {
                let column = match (receiver, call.args.as_slice()) {
                    (Some(receiver), []) => receiver,
                    (_, [only]) => written(only),
                    _ => return Some(d.help("a column without a value is asked for with `… eq null`")),
                };
                let right = format!("{column} eq null");
                d.suggest(Suggestion::maybe(format!("write `{right}`"), whole, right))
            }
            words::ForeignFunction::Flow => {
                let text = whole.of(source);
                let right = format!("@{{{text}}}");
                let days = "days before and after the present can be asked for without it: `LastXDays`, `NextXDays` and their kin";
                d.help(format!("an expression of a flow stands in `@{{…}}`; {days}"))
                    .suggest(Suggestion::maybe(format!("write `{right}`"), whole, right))
            }
            words::ForeignFunction::Otherwise(how) => d.help(how),
        })
    }

    /// Returns the span of a call, from its name to its closing parenthesis.
    fn call_span(&self, call: &Call<'_>) -> Span {
        let last = call.args.last().map_or(call.name_span.end, |a| a.value.span.end);
        let rest = self.source.get(last as usize..).unwrap_or_default();
        let end = rest.find(')').map_or(0, |n| n + 1);
        Span::new(call.name_span.range().start, last as usize + end)
    }

    pub(crate) fn function_code(&self, name: &str) -> Code {
        match name {
            "tolower" | "toupper" | "trim" | "length" | "indexof" | "substring" | "concat"
            | "matchespattern" | "contains" | "startswith" | "endswith" | "substringof" => {
                code::STRING_FUNCTION
            }
            "year" | "month" | "day" | "hour" | "minute" | "second" | "fractionalseconds" | "date"
            | "time" | "now" | "mindatetime" | "maxdatetime" | "totaloffsetminutes" | "totalseconds" => {
                code::DATE_FUNCTION
            }
            _ => code::OTHER_FUNCTION,
        }
    }

    /// Resolves a lambda: `rows/any(v:…)`, `rows/all(v:…)` or `rows/any()`, where `rows` is a collection.
    /// Returns `None` if the lambda could not be understood; then the mistake has been reported.
    pub(crate) fn lambda(&mut self, path: &'a Path<'a>, span: Span) -> Option<Predicate> {
        let (last, before) = path.segments.split_last()?;
        let lambda = match &last.kind {
            SegmentKind::Any(lambda) => lambda.as_deref(),
            SegmentKind::All(lambda) => Some(&**lambda),
            _ => None,
        };
        let (row, relationship, at) = match self.resolve_path(before, Expect::Navigation)? {
            PathTarget::Many(row, relationship, at) => (row, relationship, at),
            PathTarget::One(row, relationship, at) => {
                return self.rewrite_lambda_on_row(&row, relationship, lambda, at);
            }
            PathTarget::Column(_, column, at) | PathTarget::Managed(_, column, at) => {
                let message = format!("`{}` is {}, not a collection", column.logical_name, article(column));
                return self.refuse(
                    code::NOT_A_NAVIGATION,
                    at,
                    message,
                    "`any` and `all` test collections of rows",
                );
            }
            PathTarget::Row(_, at) => {
                return self.refuse(code::NOT_A_NAVIGATION, at, "a row is not a collection".to_owned(), "");
            }
        };
        let behind = !row.path.is_empty();
        if behind {
            self.lambda_behind_lookup::<()>(span);
        }
        let collection = Self::collection(&row, relationship);
        let Some(lambda) = lambda else { return (!behind).then_some(Predicate::Any(collection, None)) };
        let Some(table) = self.table(&relationship.table) else {
            let message = format!(
                "the rows of `{}` are of the table `{}`, which this snapshot does not hold: they were not checked",
                collection.navigation, relationship.table
            );
            let d = Diagnostic::warning(code::TABLE_NOT_IN_SNAPSHOT, at, message);
            self.push(d.help(format!("import the metadata of `{}` as well", relationship.table)));
            return None;
        };
        self.scopes.push(Scope { variable: lambda.variable, table });
        let body = self.predicate(&lambda.body, Precedence::Loose);
        self.scopes.pop();
        let body = Box::new(body.filter(|_| !behind)?);
        Some(match last.kind {
            SegmentKind::All(_) => Predicate::All(collection, body),
            _ => Predicate::Any(collection, Some(body)),
        })
    }

    /// Resolves `rows/$count`, where `rows` is a collection, as an operand of a comparison. Returns `None` if
    /// the path could not be understood; then the mistake has been reported.
    pub(crate) fn count(&mut self, path: &'a Path<'a>) -> Option<Operand<'a>> {
        let (last, before) = path.segments.split_last()?;
        match self.resolve_path(before, Expect::Navigation)? {
            PathTarget::Many(row, relationship, at) => {
                if let SegmentKind::Count(Some(_)) = last.kind {
                    return self.refuse(
                        code::COUNT_IN_FILTER,
                        last.span,
                        "Dataverse cannot compare a count in a filter".to_owned(),
                        "the condition goes into `any(…)`",
                    );
                }
                Some(Operand::Count(row, relationship, at.to(last.span)))
            }
            _ => self.refuse(
                code::COUNT_IN_FILTER,
                last.span,
                "`$count` counts the rows of a collection, and this is not one".to_owned(),
                "",
            ),
        }
    }
}
