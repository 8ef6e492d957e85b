//! Resolves keys in a resource path, such as `accounts(<id>)`: primary keys and alternate keys. The module
//! `resource_path` calls it.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, Table};
use odata_parser::ast::{Argument, Expr};

use crate::hir::{Key, Value};
use crate::resolve::operand::ConstantKind;
use crate::resolve::path::Expect;
use crate::resolve::{Constant, Operand, PathTarget, Resolver, Row, Scope, unknown_name_diagnostic};

/// Characters that the service does not accept in the value of a key, according to the documentation and to
/// reports.
const REFUSED_IN_KEYS: [char; 4] = ['/', '\\', '?', '+'];

/// Characters that the service does not accept in the value of a key according to the documentation, but that
/// reports say it accepts if they are encoded.
const UNCERTAIN_IN_KEYS: [char; 7] = ['<', '>', '*', '%', '&', ':', '#'];

impl<'a> Resolver<'a> {
    /// Resolves the key of a row of `table`. `args` are the arguments in the parentheses, and `span` is the
    /// span of the parentheses. Returns `None` after reporting a mistake.
    pub(super) fn key(&mut self, table: &'a Table, args: &'a [Argument<'a>], span: Span) -> Option<Key> {
        self.scopes.push(Scope { variable: "", table });
        let key = self.key_of(table, args, span);
        self.scopes.pop();
        key
    }

    fn key_of(&mut self, table: &'a Table, args: &'a [Argument<'a>], span: Span) -> Option<Key> {
        match args {
            [] => {
                let message = "there is no key in these parentheses".to_owned();
                self.refuse(code::UNKNOWN_KEY, span, message, "leave them out, or name a row by its guid")
            }
            [Argument { name: None, value }] => self.primary_key(table, value).map(Key::Id),
            _ => self.alternate_key(table, args, span),
        }
    }

    fn primary_key(&mut self, table: &'a Table, value: &'a Expr<'a>) -> Option<Value> {
        let constant = self.key_value(value)?;
        if constant.kind == ConstantKind::Parameter {
            return Some(Value::Parameter(constant.text.into_owned()));
        }
        let Some(column) = table.primary_id.as_deref().and_then(|c| table.column(c)) else {
            return uuid::Uuid::parse_str(&constant.text).ok().map(Value::Guid);
        };
        self.typed(column, &constant, None)
    }

    fn alternate_key(&mut self, table: &'a Table, args: &'a [Argument<'a>], span: Span) -> Option<Key> {
        let mut named: Vec<(&'a Column, Span)> = Vec::with_capacity(args.len());
        let mut values = Vec::with_capacity(args.len());
        let mut complete = true;
        for argument in args {
            let Some((name, name_span)) = argument.name else {
                let message = "a key of several columns names each: `(a=1,b='x')`".to_owned();
                self.refuse::<()>(code::UNKNOWN_KEY, argument.value.span, message, "");
                complete = false;
                continue;
            };
            let column = self.key_column(table, name, name_span);
            let constant = self.key_value(&argument.value);
            match column.zip(constant) {
                Some((column, constant)) => {
                    named.push((column, name_span));
                    let value = match constant.kind {
                        ConstantKind::Parameter => Some(Value::Parameter(constant.text.into_owned())),
                        ConstantKind::Literal(_) => self.typed(column, &constant, None),
                    };
                    if let Some(Value::Text(text)) = &value {
                        self.key_characters(table, text, argument.value.span);
                    }
                    match value {
                        Some(value) => values.push((column.property_name().into_owned(), value)),
                        None => complete = false,
                    }
                }
                None => complete = false,
            }
        }
        if !complete {
            return None;
        }
        if let [(column, _)] = named.as_slice()
            && Some(column.logical_name.as_str()) == table.primary_id.as_deref()
        {
            return values.pop().map(|(_, value)| Key::Id(value));
        }
        self.known_key(table, &named, span).then_some(Key::Columns(values))
    }

    /// Returns whether the columns `named` form an alternate key of the table that can be used. If not,
    /// reports the reason at `span`.
    fn known_key(&mut self, table: &Table, named: &[(&Column, Span)], span: Span) -> bool {
        let is = |columns: &[String]| {
            columns.len() == named.len()
                && columns.iter().all(|column| named.iter().any(|(n, _)| n.logical_name == *column))
        };
        let active = |status: Option<&str>| status.is_none_or(|s| s == "Active");
        match table.keys.iter().find(|k| is(&k.columns)) {
            Some(key) if active(key.status.as_deref()) => return true,
            Some(key) => {
                let status = key.status.as_deref().unwrap_or_default();
                let message = format!("the key `{}` cannot be used: it is `{status}`", key.name);
                self.refuse::<()>(code::UNKNOWN_KEY, span, message, "");
                return false;
            }
            None => {}
        }
        let name = &table.logical_name;
        if table.keys.is_empty() {
            let message = format!("this snapshot knows no alternate key of `{name}`");
            let help = format!(
                "filter instead: `{}?$filter=…`, or import metadata that has the keys",
                table.entity_set.as_deref().unwrap_or(name)
            );
            self.push(match table.partial {
                true => unknown_name_diagnostic(table, span, format!("`{name}` has no alternate key")),
                false => Diagnostic::error(code::UNKNOWN_KEY, span, message).help(help),
            });
            return false;
        }
        let known: Vec<String> = table.keys.iter().map(|k| format!("`({})`", k.columns.join(","))).collect();
        let message = format!("`{name}` has no key of these columns");
        if table.partial {
            self.push(unknown_name_diagnostic(table, span, message));
            return false;
        }
        let mut d = Diagnostic::error(code::UNKNOWN_KEY, span, message);
        let unnamed: Vec<&String> = table
            .keys
            .iter()
            .filter(|k| named.iter().all(|(c, _)| k.columns.contains(&c.logical_name)))
            .flat_map(|k| k.columns.iter().filter(|c| !named.iter().any(|(n, _)| n.logical_name == **c)))
            .collect();
        d = match unnamed.first() {
            Some(column) => d.help(format!("all columns of the key are named: `{column}` is missing")),
            None => d.help(format!("its keys are {}, and its id", known.join(", "))),
        };
        self.push(d);
        false
    }

    /// Reports characters in `text`, the value of a key, that the service does not accept ("Define alternate
    /// keys": special characters in key values; MicrosoftDocs/powerapps-docs#117, #1895).
    fn key_characters(&mut self, table: &Table, text: &str, span: Span) {
        let Some(found) = text.chars().find(|c| REFUSED_IN_KEYS.contains(c) || UNCERTAIN_IN_KEYS.contains(c))
        else {
            return;
        };
        let set = table.entity_set.as_deref().unwrap_or(&table.logical_name);
        let help = format!("ask for the row with a filter: `{set}?$filter=…`");
        let refused = text.chars().find(|c| REFUSED_IN_KEYS.contains(c));
        self.push(match refused {
            Some(c) => {
                let message =
                    format!("the service cannot find a row by a key whose value has a `{c}`, encoded or not");
                Diagnostic::error(code::KEY_CHARACTER, span, message).help(help)
            }
            None => {
                let message = format!(
                    "a `{found}` in the value of a key is documented not to work; some report that it does"
                );
                Diagnostic::warning(code::KEY_CHARACTER, span, message).help(help)
            }
        });
    }

    fn key_column(&mut self, table: &'a Table, name: &'a str, span: Span) -> Option<&'a Column> {
        if let Some(column) = table.property(name) {
            return Some(column);
        }
        self.scopes.push(Scope { variable: "", table });
        let row = Row { scope: self.scopes.len() - 1, path: Vec::new(), table };
        let end = self.resolve_last_segment(row, name, span, Expect::Value);
        self.scopes.pop();
        match end? {
            PathTarget::Column(_, column, _) => Some(column),
            _ => None,
        }
    }

    /// Returns the value of a key. Returns `None` if `expr` is not a constant, after reporting that.
    fn key_value(&mut self, expr: &'a Expr<'a>) -> Option<Constant<'a>> {
        let before = self.diagnostics.len();
        let value = if let odata_parser::ast::ExprKind::Path(_) = expr.kind {
            None
        } else {
            match self.operand(expr)? {
                Operand::Constant(constant) => Some(constant),
                _ => None,
            }
        };
        if value.is_none() && self.diagnostics.len() == before {
            let text = expr.span.of(self.source);
            let message = "a key is a value".to_owned();
            let d = Diagnostic::error(code::UNKNOWN_KEY, expr.span, message);
            let word = text.chars().all(|c| c.is_alphanumeric() || c == '_');
            self.push(match word {
                true => {
                    d.suggest(Suggestion::maybe("a text stands in quotes", expr.span, format!("'{text}'")))
                }
                false => d,
            });
        }
        value
    }
}
