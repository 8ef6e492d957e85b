//! Resolves calls of Dataverse's own query functions (`Microsoft.Dynamics.CRM.…`): checks the name, the
//! parameters, the column and the arguments. The resolver of function calls uses it.

use dvkit_diagnostic::{Diagnostic, Severity, Span, Suggestion, code, suggest};
use dvkit_schema::{Column, ColumnType};
use odata_parser::ast::{Argument, Call, Expr, ExprKind, LiteralKind};

use super::arguments::{separate_values, strip_namespace, text_of};
use super::path::{article, plain_name};
use super::value::{acceptable_as_text, inside};
use super::{Constant, Resolver, Row};
use crate::functions::{self, ColumnClass, Function, NAMESPACE, Signature};
use crate::hir::{Arguments, ColumnRef, Predicate, Test, Value};

/// Wrong names that users and other libraries use for query functions, in lower case, each with the right
/// name.
const MISNOMERS: [(&str, &str); 5] = [
    ("containsvalues", "ContainValues"),
    ("containvalue", "ContainValues"),
    ("notcontainvalues", "DoesNotContainValues"),
    ("doesnotcontainsvalues", "DoesNotContainValues"),
    ("notcontainsvalues", "DoesNotContainValues"),
];

/// Returns whether `name` is the name of a query function, in any letter case, or is known to be meant as
/// one. The namespace may be missing.
pub(crate) fn is_query_function(name: &str) -> bool {
    let bare = strip_namespace(name);
    bare.len() < name.len() || any_case(bare).is_some() || misnomer(bare).is_some()
}

fn any_case(name: &str) -> Option<&'static Function> {
    functions::find(name).or_else(|| functions::FUNCTIONS.iter().find(|f| f.name.eq_ignore_ascii_case(name)))
}

fn misnomer(name: &str) -> Option<&'static Function> {
    let lower = name.to_ascii_lowercase();
    MISNOMERS.iter().find(|(wrong, _)| *wrong == lower).and_then(|(_, right)| functions::find(right))
}

impl<'a> Resolver<'a> {
    pub(crate) fn query_function(
        &mut self,
        row: Row<'a>,
        call: &'a Call<'a>,
        span: Span,
    ) -> Option<Predicate> {
        let function = self.function_named(call)?;
        let mut arguments = self.parameters(function, call)?;
        for argument in &mut arguments {
            *argument = self.resolve_alias(argument);
        }
        let (first, rest) = arguments.split_first()?;
        let column = self.property_argument(&row, first, function, span);
        let Some(column) = column else {
            // A parameter stands for the column, so its type is unknown.
            let parameter = matches!(first.kind, ExprKind::Alias(_) | ExprKind::Placeholder(_));
            return parameter.then(|| self.by_parameter(&row, function, &arguments));
        };
        self.record_use(&row, column, first.span);
        if !self.applies(function, column, call.name_span) {
            return None;
        }
        let arguments = match (function.signature, rest) {
            (Signature::Column, _) => Some(Arguments::None),
            (Signature::Value, [value]) => self.text_argument_value(column, value).map(Arguments::One),
            (Signature::Number, [value]) => self.number_argument(value).map(Arguments::Number),
            (Signature::Period, [period, year]) => {
                let (period, year) = (self.number_argument(period), self.number_argument(year));
                period.zip(year).map(|(p, y)| Arguments::Period(p, y))
            }
            (Signature::List, [list]) => self.list_argument(function, column, list),
            _ => None,
        }?;
        let reference = row.column_ref(column, false);
        Some(Predicate::Test(reference, Test::Function(function, arguments)))
    }

    /// Returns the text of a call in its correct spelling as a condition of the HIR. It is used if the column
    /// is given by a parameter alias or a placeholder: the column is then unknown, so only the text can
    /// represent the call.
    fn by_parameter(&self, row: &Row<'a>, function: &Function, arguments: &[&'a Expr<'a>]) -> Predicate {
        let row = ColumnRef {
            join: None,
            scope: row.scope,
            path: row.links(),
            column: String::new(),
            property: crate::hir::Property::Plain,
        };
        let named = |(name, value): (&&str, &&Expr<'_>)| format!("{name}={}", value.span.of(self.source));
        let arguments: Vec<String> =
            function.signature.parameters().iter().zip(arguments).map(named).collect();
        let prefix = crate::odata::prefix(&row, &self.variables());
        Predicate::Parameter(format!("{prefix}{NAMESPACE}{}({})", function.name, arguments.join(",")))
    }

    fn function_named(&mut self, call: &'a Call<'a>) -> Option<&'static Function> {
        let bare = strip_namespace(call.name);
        let found = any_case(bare).or_else(|| misnomer(bare));
        let slip = || suggest::unambiguous_typo(bare, functions::FUNCTIONS.iter().map(|f| (f.name, None)));
        let Some(function) = found.or_else(|| functions::find(slip()?)) else {
            let message = format!("Dataverse has no query function `{bare}`");
            let mut d = Diagnostic::error(code::UNKNOWN_FUNCTION, call.name_span, message);
            for close in suggest::ranked(bare, functions::FUNCTIONS.iter().map(|f| f.name), 3) {
                d = d.suggest(Suggestion::maybe(
                    "did you mean",
                    call.name_span,
                    format!("{NAMESPACE}{close}"),
                ));
            }
            self.push(d);
            return None;
        };
        if call.name.strip_prefix(NAMESPACE) != Some(function.name) {
            let right = format!("{NAMESPACE}{}", function.name);
            let known = function.name == bare;
            let (code, message) = match (known, found.is_some()) {
                (true, _) => (
                    code::FUNCTION_NAME,
                    format!("Dataverse's functions are written with their namespace: `{right}`"),
                ),
                (_, true) => (code::FUNCTION_NAME, format!("the function is called `{}`", function.name)),
                _ => (code::UNKNOWN_FUNCTION, format!("Dataverse has no query function `{bare}`")),
            };
            self.push(Diagnostic::error(code, call.name_span, message).suggest(Suggestion::fix(
                format!("write `{right}`"),
                call.name_span,
                right,
            )));
        }
        if function.columns == ColumnClass::FullText {
            let d = Diagnostic::error(
                code::FULL_TEXT,
                call.name_span,
                "this `Contains` is the full-text search of knowledge articles; elsewhere Dataverse refuses it",
            );
            let fix = match (call.args.first().and_then(|a| text_of(&a.value)), call.args.get(1)) {
                (Some(column), Some(value)) if call.args.len() == 2 => {
                    let whole = self.current.span;
                    let text = format!("contains({column},{})", value.value.span.of(self.source));
                    Some(Suggestion::fix("search the column", whole, text))
                }
                _ => None,
            };
            let fix = fix.filter(|_| self.current.span.start == call.name_span.start);
            self.push(match fix {
                Some(fix) => d.suggest(fix),
                None => d.help("`contains(column,'text')` searches a text column"),
            });
            return None;
        }
        Some(function)
    }

    /// Returns the arguments of a call, in the order of the function's parameters. Returns `None` if an
    /// argument is missing, superfluous or misnamed, after reporting that.
    fn parameters(&mut self, function: &Function, call: &'a Call<'a>) -> Option<Vec<&'a Expr<'a>>> {
        let wanted = function.signature.parameters();
        if call.args.iter().all(|a| a.name.is_none()) && call.args.len() == wanted.len() {
            let message = format!("the parameters of `{}` are named", function.name);
            let mut fix = Suggestion {
                message: "name them".into(),
                edits: vec![],
                applicability: dvkit_diagnostic::Applicability::MachineApplicable,
            };
            for (name, argument) in wanted.iter().zip(&call.args) {
                fix = fix.and_edit(Span::at(argument.value.span.start as usize), format!("{name}="));
            }
            self.push(Diagnostic::error(code::FUNCTION_PARAMETERS, call.name_span, message).suggest(fix));
            return Some(call.args.iter().map(|a| &a.value).collect());
        }
        if let Some(diagnostic) = separate_values(function, call, self.source) {
            self.push(diagnostic);
            return None;
        }
        // No function has more than three parameters.
        let mut found = [None; 3];
        let found = &mut found[..wanted.len()];
        let mut complete = true;
        for (i, argument) in call.args.iter().enumerate() {
            complete &= self.parameter(function, wanted, i, argument, found);
        }
        let missing: Vec<&str> =
            wanted.iter().zip(&*found).filter(|(_, f)| f.is_none()).map(|(name, _)| *name).collect();
        if complete && !missing.is_empty() {
            let message =
                format!("`{}` lacks {}", function.name, super::message::names(missing.iter().copied()));
            let help = format!("`{NAMESPACE}{}({})`", function.name, example(function.signature));
            return self.refuse(code::FUNCTION_PARAMETERS, call.name_span, message, &help);
        }
        found.iter().copied().collect::<Option<Vec<_>>>().filter(|_| complete)
    }

    fn parameter(
        &mut self,
        function: &Function,
        wanted: &[&str],
        index: usize,
        argument: &'a Argument<'a>,
        found: &mut [Option<&'a Expr<'a>>],
    ) -> bool {
        let Some((name, at)) = argument.name else {
            let message = format!("the parameters of `{}` are named", function.name);
            let help = format!("`{}`", example(function.signature));
            self.refuse::<()>(code::FUNCTION_PARAMETERS, argument.value.span, message, &help);
            return false;
        };
        let exact = wanted.iter().position(|w| *w == name);
        // A misspelt name means a parameter that is still missing.
        let close = |w: &str| w.eq_ignore_ascii_case(name) || suggest::closest(name, [w]).is_some();
        let place = exact
            .or_else(|| wanted.iter().position(|w| w.eq_ignore_ascii_case(name)))
            .or_else(|| wanted.get(index).filter(|w| close(w) && found[index].is_none()).map(|_| index))
            .or_else(|| wanted.iter().position(|w| close(w)));
        let Some(place) = place.filter(|p| found[*p].is_none()) else {
            let message = if place.is_some() {
                format!("`{name}` is given twice")
            } else {
                format!("`{}` has no parameter `{name}`", function.name)
            };
            let help = format!("`{}`", example(function.signature));
            self.refuse::<()>(code::FUNCTION_PARAMETERS, at, message, &help);
            return false;
        };
        if exact.is_none() {
            let right = wanted[place];
            let message = format!("the parameter of `{}` is called `{right}`", function.name);
            self.push(Diagnostic::error(code::FUNCTION_PARAMETERS, at, message).suggest(Suggestion::fix(
                format!("write `{right}`"),
                at,
                right,
            )));
        }
        found[place] = Some(&argument.value);
        true
    }

    /// Resolves the argument `PropertyName` to a column of `row`. `span` is the position of the whole call.
    /// Returns `None` after reporting a mistake, or if the argument is a parameter alias or a placeholder.
    fn property_argument(
        &mut self,
        row: &Row<'a>,
        expr: &'a Expr<'a>,
        function: &Function,
        span: Span,
    ) -> Option<&'a Column> {
        let table = row.table;
        let (name, at, quoted) = match (&expr.kind, text_of(expr)) {
            (_, Some(text)) => match inside(expr.span, self.source) {
                Some(span) => (text, span, true),
                None => (text, expr.span, false),
            },
            (ExprKind::Path(path), _) => match path.as_name() {
                Some(name) => (name, expr.span, false),
                None => (expr.span.of(self.source), expr.span, false),
            },
            (ExprKind::Alias(_) | ExprKind::Placeholder(_) | ExprKind::Error, _) => return None,
            _ => {
                let message = "`PropertyName` is the name of a column, in quotes".to_owned();
                return self.refuse(code::PROPERTY_NAME, expr.span, message, "");
            }
        };
        if let Some((path, column)) = name.rsplit_once('/') {
            let start = Span::at(self.function_start(span) as usize);
            let message = format!(
                "`PropertyName` takes no path; it goes before the function: `{path}/{NAMESPACE}{}(…)`",
                function.name
            );
            let spelled = if quoted { column.to_owned() } else { format!("'{column}'") };
            self.push(
                Diagnostic::error(code::PROPERTY_NAME, at, message).suggest(
                    Suggestion::fix("put the path before the function", start, format!("{path}/"))
                        .and_edit(at, spelled),
                ),
            );
            return None;
        }
        if !quoted {
            let message = "`PropertyName` is given as a text, in quotes";
            self.push(Diagnostic::error(code::PROPERTY_NAME, at, message).suggest(Suggestion::fix(
                "put it in quotes",
                at,
                format!("'{}'", plain_name(name)),
            )));
        }
        if let Some(column) = table.column(name) {
            return Some(column);
        }
        let lower = plain_name(&name.to_lowercase()).to_owned();
        let certain = table.column(&lower).or_else(|| {
            let store = self.store;
            let names = table.columns.iter().map(|c| (c.logical_name.as_str(), store.text(&c.display_name)));
            table.column(super::unambiguous_correction(table, name, names)?)
        });
        let mut d = match table.column(&lower) {
            Some(c) => {
                let message =
                    format!("`PropertyName` is the logical name of the column, `{}`", c.logical_name);
                Diagnostic::error(code::PROPERTY_NAME, at, message)
            }
            None => super::unknown_name_diagnostic(
                table,
                at,
                format!("`{}` has no column `{name}`", table.logical_name),
            ),
        };
        if let Some(c) = certain {
            if quoted {
                d = d.suggest(Suggestion::fix(
                    format!("write `{}`", c.logical_name),
                    at,
                    c.logical_name.clone(),
                ));
            }
        } else {
            for close in suggest::ranked(name, table.columns.iter().map(|c| c.logical_name.as_str()), 3) {
                d = d.suggest(Suggestion::maybe("did you mean", at, close));
            }
        }
        if quoted || certain.is_none() {
            self.push(d);
        }
        certain
    }

    /// Returns the byte offset in the text at which the name of the called function starts. `span` is the
    /// position of the call including the path before it.
    fn function_start(&self, span: Span) -> u32 {
        let text = span.of(self.source);
        let end = text.find('(').unwrap_or(text.len());
        let slash = text.get(..end).and_then(|t| t.rfind('/')).map_or(0, |i| i + 1);
        span.start + u32::try_from(slash).unwrap_or(0)
    }

    fn applies(&mut self, function: &Function, column: &'a Column, span: Span) -> bool {
        if function.columns.covers(&column.ty) {
            return true;
        }
        let message = format!(
            "`{}` works on {}, and `{}` is {}",
            function.name,
            function.columns.description(),
            column.logical_name,
            article(column)
        );
        self.push(Diagnostic::error(code::FUNCTION_FOR_TYPE, span, message));
        false
    }

    /// Resolves the argument `PropertyValue` of a function that takes it as a string, as a value of `column`.
    /// Returns `None` after reporting a mistake.
    fn text_argument_value(&mut self, column: &'a Column, expr: &'a Expr<'a>) -> Option<Value> {
        match &expr.kind {
            ExprKind::Alias(_) | ExprKind::Placeholder(_) => {
                Some(Value::Parameter(expr.span.of(self.source).to_owned()))
            }
            ExprKind::Error => None,
            ExprKind::Literal(literal) if literal.kind == LiteralKind::String => {
                let given = Constant::literal(LiteralKind::String, literal.string_value(), expr.span);
                self.item(column, &given, "'")
            }
            ExprKind::JsonString(text) => {
                let given = Constant::literal(LiteralKind::String, json_text(text), expr.span);
                self.item(column, &given, "\"")
            }
            ExprKind::Literal(literal) if literal.kind != LiteralKind::Null => {
                let text = literal.text.to_owned();
                self.push(
                    Diagnostic::error(code::ARGUMENT, expr.span, "the value is given as a text, in quotes")
                        .suggest(Suggestion::fix("put it in quotes", expr.span, format!("'{text}'"))),
                );
                let given = Constant::literal(LiteralKind::String, literal.text, expr.span);
                self.convert(column, &given).value
            }
            _ => self.refuse(code::ARGUMENT, expr.span, "the value is a text, in quotes".to_owned(), ""),
        }
    }

    /// Resolves a string that should be a value of `column`, and reports its mistakes. `quote` is the quote
    /// around the string in the text, which a fix keeps. Returns `None` if the string is not a value of the
    /// column.
    fn item(&mut self, column: &'a Column, given: &Constant<'a>, quote: &str) -> Option<Value> {
        let conversion = match column.ty {
            // The argument is one option, while a comparison would take the whole set.
            ColumnType::Choices { .. } => {
                let number = given.text.trim().parse::<i32>().is_ok();
                let kind = if number { LiteralKind::Integer } else { LiteralKind::String };
                self.rewrite_choice(column, kind, &given.text, given.span)
            }
            _ => self.convert(column, given),
        };
        if acceptable_as_text(&conversion) {
            return conversion.value;
        }
        let value = conversion.value;
        if let Some(problem) = conversion.problem {
            let mut d = Diagnostic::new(problem.code, problem.severity, given.span, problem.message);
            if !problem.help.is_empty() {
                d = d.help(problem.help);
            }
            let spelt = value.as_ref().filter(|v| !matches!(v, Value::Text(_))).map(crate::odata::value);
            if let Some(text) = spelt.filter(|text| *text != given.text) {
                d = d.suggest(Suggestion::fix(
                    format!("write `{text}`"),
                    given.span,
                    format!("{quote}{text}{quote}"),
                ));
            }
            self.push(d);
        }
        value
    }

    /// Resolves an argument that must be a number without quotes. Returns `None` after reporting a mistake.
    fn number_argument(&mut self, expr: &'a Expr<'a>) -> Option<Value> {
        match &expr.kind {
            ExprKind::Alias(_) | ExprKind::Placeholder(_) => {
                return Some(Value::Parameter(expr.span.of(self.source).to_owned()));
            }
            ExprKind::Error => return None,
            ExprKind::Literal(literal) if literal.kind == LiteralKind::Integer => {
                if let Ok(n) = literal.text.parse() {
                    if n < 1 {
                        let message = "a number of days, weeks, … is 1 or more";
                        self.push(Diagnostic::warning(code::ARGUMENT, expr.span, message));
                    }
                    return Some(Value::Integer(n));
                }
            }
            _ => {}
        }
        let digits = text_of(expr).and_then(|t| t.trim().parse::<i64>().ok());
        // Microsoft's samples of these functions quote the number, and they work.
        let severity = if digits.is_some() { Severity::Warning } else { Severity::Error };
        let message = "the value is a whole number, without quotes";
        let d = Diagnostic::new(code::ARGUMENT, severity, expr.span, message);
        self.push(match digits {
            Some(n) => d.suggest(Suggestion::fix(format!("write `{n}`"), expr.span, n.to_string())),
            None => d,
        });
        digits.map(Value::Integer)
    }

    /// Resolves the argument `PropertyValues`, which is a JSON array of strings. Returns `None` after
    /// reporting a mistake.
    fn list_argument(
        &mut self,
        function: &Function,
        column: &'a Column,
        expr: &'a Expr<'a>,
    ) -> Option<Arguments> {
        let items = match &expr.kind {
            ExprKind::Array(items) => items,
            ExprKind::Alias(_) | ExprKind::Placeholder(_) => {
                return Some(Arguments::ListParameter(expr.span.of(self.source).to_owned()));
            }
            ExprKind::List(items) => {
                let text = expr.span.of(self.source);
                let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text);
                self.push(
                    Diagnostic::error(code::ARGUMENT, expr.span, "a list is a JSON array, in brackets")
                        .suggest(Suggestion::fix("use brackets", expr.span, format!("[{inner}]"))),
                );
                items
            }
            ExprKind::Error => return None,
            ExprKind::Paren(_) | ExprKind::Literal(_) => {
                let text = expr.span.of(self.source);
                let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text);
                let d = Diagnostic::error(
                    code::ARGUMENT,
                    expr.span,
                    "the values are a JSON array of texts, in brackets",
                );
                let one = format!("[{inner}]");
                // `'a,b'` may be one value or two.
                self.push(if inner.contains([',', ';']) {
                    let several = format!("[{}]", inner.replace(", ", ",").replace([',', ';'], "','"));
                    d.suggest(Suggestion::maybe("several values", expr.span, several))
                        .suggest(Suggestion::maybe("one value", expr.span, one))
                } else {
                    d.suggest(Suggestion::fix("put it in brackets", expr.span, one))
                });
                return None;
            }
            _ => {
                let message = "the values are a JSON array of texts".to_owned();
                return self.refuse(code::ARGUMENT, expr.span, message, "`PropertyValues=['a','b']`");
            }
        };
        if items.is_empty() {
            return self.refuse(
                code::ARGUMENT,
                expr.span,
                "the list is empty".to_owned(),
                "give at least one value",
            );
        }
        if function.columns == ColumnClass::Ordered && items.len() != 2 {
            let message = format!("`{}` takes two values, the least and the greatest", function.name);
            return self.refuse(code::ARGUMENT, expr.span, message, "");
        }
        let mut values = Vec::with_capacity(items.len());
        let mut complete = true;
        for item in items {
            match self.list_item(column, item) {
                Some(value) => values.push(value),
                None => complete = false,
            }
        }
        complete.then_some(Arguments::List(values))
    }

    fn list_item(&mut self, column: &'a Column, expr: &'a Expr<'a>) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(literal) if literal.kind == LiteralKind::String => {
                let value = literal.string_value();
                if value.contains('\'') {
                    let json = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
                    self.push(
                        Diagnostic::error(
                            code::ARGUMENT,
                            expr.span,
                            "in a JSON array a text with an apostrophe stands in double quotes",
                        )
                        // The comma between two strings may be missing.
                        .suggest(Suggestion::maybe(
                            "use double quotes",
                            expr.span,
                            json,
                        )),
                    );
                }
                let given = Constant::literal(LiteralKind::String, value, expr.span);
                self.item(column, &given, "'")
            }
            ExprKind::Literal(literal) if literal.kind == LiteralKind::Null => self.refuse(
                code::ARGUMENT,
                expr.span,
                "a list cannot contain null".to_owned(),
                "ask for it separately: `or x eq null`",
            ),
            _ => self.text_argument_value(column, expr),
        }
    }
}

/// Returns the content of the JSON string `text`, which may lack its quotation marks. The escapes `\n`, `\t`,
/// `\r` and `\u` with four hexadecimal digits are replaced by the character that they stand for; an invalid
/// `\u` escape becomes U+FFFD. Of any other escape only the backslash is removed.
fn json_text(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let hex: String = chars.by_ref().take(4).collect();
                out.push(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

fn example(signature: Signature) -> &'static str {
    match signature {
        Signature::Column => "PropertyName='createdon'",
        Signature::Value => "PropertyName='createdon',PropertyValue='2025-01-31'",
        Signature::Number => "PropertyName='createdon',PropertyValue=7",
        Signature::List => "PropertyName='name',PropertyValues=['a','b']",
        Signature::Period => "PropertyName='createdon',PropertyValue1=1,PropertyValue2=2025",
    }
}
