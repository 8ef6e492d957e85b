//! Checks requests that call an operation of the service, such as `WhoAmI()` or
//! `RetrieveTotalRecordCount(EntityNames=['account'])`. The resolver calls it if the first segment of a path
//! is not an entity set.
//!
//! The name and the parameters of the operation are checked, but not how the request uses its result.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::{Operation, OperationKind};
use odata_parser::ast::Call;

use crate::resolve::Resolver;

impl<'a> Resolver<'a> {
    /// Reports mistakes in the call of an operation. Returns whether `name` is the name of an operation, or
    /// certainly means one; if not, nothing is reported. `call` has the arguments; `None` if the name has no
    /// parentheses.
    pub(super) fn operation(&mut self, name: &str, span: Span, call: Option<&Call<'_>>) -> bool {
        let known: &'a [Operation] = match self.store.operations() {
            Ok(known) => known,
            Err(error) => {
                self.fail(error);
                return true;
            }
        };
        let unbound = || known.iter().filter(|o| !o.bound && !o.filter_only);
        let same = |o: &&Operation| o.name == name;
        if let Some(operation) = unbound().find(same) {
            match (operation.kind, call) {
                (OperationKind::Function, None) => {
                    let message = format!("`{name}` is a function: its parentheses are part of the call");
                    let d = Diagnostic::error(code::FUNCTION_NAME, span, message);
                    let at = Span { start: span.end, end: span.end };
                    self.push(d.suggest(Suggestion::fix(format!("write `{name}()`"), at, "()")));
                }
                (OperationKind::Function, Some(call)) => {
                    self.operation_parameters(&unbound().filter(same).collect::<Vec<_>>(), call)
                }
                (OperationKind::Action, _) => {
                    let message =
                        format!("`{name}` is an action: it is sent with `POST`, its parameters in the body");
                    self.push(Diagnostic::note(code::NOT_CHECKED, span, message));
                }
            }
            return true;
        }
        let right = suggest::unambiguous_typo(name, unbound().map(|o| (o.name.as_str(), None)));
        if let Some(right) = right.filter(|_| call.is_some()) {
            let message = format!("there is no operation `{name}`");
            let d = Diagnostic::error(code::UNKNOWN_FUNCTION, span, message);
            self.push(d.suggest(Suggestion::fix(format!("did you mean `{right}`?"), span, right)));
            return true;
        }
        false
    }

    /// Reports a call whose parameters fit none of `overloads`, the variants of an operation. A call that
    /// fits one of them gets a note that its result is not checked.
    fn operation_parameters(&mut self, overloads: &[&Operation], call: &Call<'_>) {
        let given: Vec<&str> = call.args.iter().filter_map(|a| a.name.map(|(name, _)| name)).collect();
        let fits = |o: &&&Operation| {
            given.iter().all(|g| o.parameters.iter().any(|p| p.name == *g))
                && o.parameters.iter().all(|p| p.optional || given.contains(&p.name.as_str()))
        };
        if call.args.len() == given.len() && overloads.iter().any(|o| fits(&o)) {
            let message = format!("what the function `{}` gives was not checked", call.name);
            self.push(Diagnostic::note(code::NOT_CHECKED, call.name_span, message));
            return;
        }
        let takes: Vec<String> = overloads
            .iter()
            .map(|o| {
                let names: Vec<String> = o.parameters.iter().map(|p| format!("{}=…", p.name)).collect();
                format!("`{}({})`", o.name, names.join(","))
            })
            .collect();
        let message = format!("`{}` does not take these parameters", call.name);
        let d = Diagnostic::error(code::FUNCTION_PARAMETERS, call.name_span, message);
        self.push(d.help(format!("it is called as {}", takes.join(" or "))));
    }
}
