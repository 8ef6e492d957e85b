//! Generates the struct of each operation: its constructor, and a method for each optional parameter.
//!
//! The code consists of names and types. `dvkit::operation` makes requests from them, and decodes the
//! results.

#[cfg(test)]
mod tests;
mod ty;

use std::collections::BTreeSet;
use std::fmt;

use dvkit_schema::{Operation, OperationKind, Parameter, Store};

use crate::config::SelectedOperations;
use crate::docs::{self, Comment, INDENT};
use crate::errors::Error;
use crate::names::{NameRequest, assign_names, ident, is_prelude, pascal, snake_of_words, with_suffix};
use crate::table::Context;
use ty::{ParameterType, ResultType};

/// The first line in the module: short names for the types of the crate `dvkit`.
pub(crate) const IMPORTS: &str = "use ::dvkit::operation as op;\n";

/// The names of methods that all operations have. No method of a parameter gets one of them.
const METHODS: [&str; 13] = [
    "body", "call", "clone", "fmt", "new", "on", "on_table", "query", "read", "request", "rows", "send",
    "url",
];

/// The generated struct of one operation. `Display` writes its code.
#[derive(Debug)]
pub(crate) struct OperationItem<'s> {
    /// The name of the struct.
    pub(crate) ty: String,
    pub(crate) operation: &'s Operation,
    binding: Binding,
    parameters: Vec<ParameterItem<'s>>,
    returns: ResultType,
    /// The path of the table whose rows a composable function returns.
    queried: Option<String>,
}

/// What an operation is called on.
#[derive(Debug)]
enum Binding {
    Unbound,
    /// A row: the type of the row.
    Row(ParameterType),
    /// The collection of all rows of the table with this path.
    Table(String),
    /// The collection of all rows of any table.
    AnyTable,
}

#[derive(Debug)]
struct ParameterItem<'s> {
    parameter: &'s Parameter,
    /// The name of the constructor's parameter, or of the method.
    name: String,
    ty: ParameterType,
    /// Whether the constructor takes the parameter.
    required: bool,
    omittable: bool,
}

impl<'s> OperationItem<'s> {
    /// Returns the items of the selected operations.
    ///
    /// # Errors
    /// Returns an error if the snapshot's file of operations cannot be read.
    pub(crate) fn all(
        store: &'s Store,
        selected: &SelectedOperations<'s>,
        context: &Context<'s>,
    ) -> Result<Vec<Self>, Error> {
        if selected.operations.is_empty() {
            return Ok(Vec::new());
        }
        let names = names(store.operations()?);
        let name = |operation: &Operation| {
            let found = names.iter().find(|(named, _)| std::ptr::eq(*named, operation));
            found.map_or_else(String::new, |(_, name)| name.clone())
        };
        let items = selected.operations.iter().map(|o| Self::new(name(o), o, context, store));
        Ok(items.collect())
    }

    fn new(ty: String, operation: &'s Operation, context: &Context<'s>, store: &Store) -> Self {
        let kind = operation.kind;
        let binding = match operation.binding() {
            None => Binding::Unbound,
            Some(of) if !of.collection => Binding::Row(ParameterType::row(&of.name, context, store)),
            Some(of) => match context.tables.get(of.name.as_str()) {
                Some(path) => Binding::Table(path.to_string()),
                None => Binding::AnyTable,
            },
        };
        let parameters: Vec<&Parameter> = operation.arguments().collect();
        let optional = |p: &Parameter| p.may_be_omitted(kind) || p.value.nullable;
        let constructor_names = parameter_names(&parameters, &["row"]);
        let method_names = parameter_names(&parameters, &METHODS);
        let parameters = parameters
            .into_iter()
            .zip(constructor_names.into_iter().zip(method_names))
            .map(|(parameter, (in_constructor, method))| ParameterItem {
                parameter,
                name: if optional(parameter) { method } else { in_constructor },
                ty: ParameterType::of(parameter, context, store),
                required: !optional(parameter),
                omittable: parameter.may_be_omitted(kind),
            })
            .collect();
        let returns = ResultType::of(operation.returns.as_ref(), context, store);
        // "Use Web API functions", "Composable functions": query options apply to the rows of the result.
        let queried = returns.queried_table(store).filter(|_| operation.composable).map(str::to_owned);
        Self { ty, operation, binding, parameters, returns, queried }
    }
}

/// Returns a Rust name for each parameter. All are different, and none is in `taken`.
fn parameter_names(parameters: &[&Parameter], taken: &[&str]) -> Vec<String> {
    let wishes: Vec<_> = parameters
        .iter()
        .map(|p| {
            let name = snake_of_words(&p.name);
            let longer = name.as_ref().map(|name| with_suffix(name, "_parameter"));
            NameRequest::new(&p.name, [name, longer], "parameter")
        })
        .collect();
    assign_names(&wishes, &taken.iter().map(|name| (*name).to_owned()).collect())
}

/// Returns the struct's name for each operation of the snapshot. Operations that are not selected get names
/// too, so that names stay the same when others are selected.
fn names(all: &[Operation]) -> Vec<(&Operation, String)> {
    let callable: Vec<&Operation> = all.iter().filter(|o| !o.filter_only).collect();
    let wishes: Vec<_> = callable
        .iter()
        .map(|operation| {
            let name = pascal(&operation.name);
            let plain = name.clone().filter(|n| !is_prelude(n));
            let binding = operation.binding().map_or_else(
                || "Unbound".to_owned(),
                |of| {
                    let table = pascal(&of.name).unwrap_or_default();
                    if of.collection { with_suffix(&table, "Collection") } else { table }
                },
            );
            let bound = name.as_ref().map(|n| with_suffix(n, &binding));
            let parameters: Vec<&str> = operation.arguments().map(|p| p.name.as_str()).collect();
            let by = match parameters.is_empty() {
                true => Some("WithoutParameters".to_owned()),
                false => pascal(&parameters.join(" ")).map(|all| format!("By{all}")),
            };
            let with_parameters =
                bound.as_ref().zip(by).map(|(bound, parameters)| with_suffix(bound, &parameters));
            let key = format!("{}|{binding}|{}", operation.name, parameters.join(","));
            NameRequest::new(key, [plain, bound, with_parameters], "Operation")
        })
        .collect();
    callable.into_iter().zip(assign_names(&wishes, &BTreeSet::new())).collect()
}

/// Returns the lines of the module's documentation.
pub(crate) fn module_documentation(selected: &SelectedOperations<'_>) -> Vec<String> {
    let mut lines = vec![" Operations: actions, functions and custom APIs.".to_owned()];
    if !selected.left_out.is_empty() {
        lines.push(String::new());
        lines.push(" Left out:".to_owned());
        let shown = selected.left_out.iter().take(20);
        lines.extend(
            shown.map(|(name, why)| format!(" - {}: {}", docs::code(name), docs::escape_markdown(why))),
        );
    }
    lines
}

impl OperationItem<'_> {
    fn documentation(&self) -> Vec<String> {
        let Self { operation, .. } = self;
        let name = docs::code(&operation.name);
        let (kind, method) = match operation.kind {
            OperationKind::Action => ("action", "POST"),
            OperationKind::Function => ("function", "GET"),
        };
        let on = match (&self.binding, operation.binding()) {
            (Binding::Row(ty), _) => format!(", called on {}", ty.words()),
            (_, Some(of)) if matches!(self.binding, Binding::Table(_)) => {
                format!(", called on the collection of {}", docs::code(&of.name))
            }
            (Binding::AnyTable, _) => ", called on the collection of any table".to_owned(),
            _ => String::new(),
        };
        let first = docs::paragraphs([format!("The {kind} {name}{on}.")], None);
        let returns = format!("Sent with `{method}`. Returns {}.", self.returns.words());
        first.into_iter().chain([String::new(), format!(" {returns}")]).collect()
    }

    fn constructor(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let required: Vec<(usize, &ParameterItem<'_>)> =
            self.parameters.iter().enumerate().filter(|(_, p)| p.required).collect();
        let mut docs = match required.is_empty() {
            true => vec![" Returns a call of the operation.".to_owned()],
            false => vec![" Returns a call of the operation with its required parameters.".to_owned()],
        };
        let mut parameters = Vec::new();
        if let Binding::Row(ty) = &self.binding {
            docs.extend([
                String::new(),
                format!(" - `row`: {}, on which the operation is called", ty.words()),
            ]);
            parameters.push(format!("row: impl op::BoundRow<{}>", ty.marker()));
        } else if !required.is_empty() {
            docs.push(String::new());
        }
        for (_, p) in &required {
            docs.push(format!(" - `{}`: {}", p.name, p.words()));
            parameters.push(format!("{}: impl {}", ident(&p.name), p.ty.bound()));
        }
        let (name, call) = match &self.binding {
            Binding::Unbound => ("new", "op::Call::unbound()".to_owned()),
            Binding::Row(_) => ("on", "op::Call::on_row(row)".to_owned()),
            Binding::Table(path) => ("new", format!("op::Call::on_table::<{path}>()")),
            Binding::AnyTable => ("on_table<T: ::dvkit::EntitySet>", "op::Call::on_table::<T>()".to_owned()),
        };
        let sets: String =
            required.iter().map(|(at, p)| format!(".with({at}, {})", ident(&p.name))).collect();
        // Without it, the compiler makes code for a function without type parameters, even if nobody calls it.
        let inline = if parameters.is_empty() { "    #[inline]\n" } else { "" };
        write!(f, "{}{inline}    pub fn {name}(", Comment(&docs, INDENT))?;
        for parameter in &parameters {
            write!(f, "\n        {parameter},")?;
        }
        let end = if parameters.is_empty() { "" } else { "\n    " };
        write!(f, "{end}) -> Self {{\n        Self({call}{sets})\n    }}\n")
    }

    fn methods(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, p) in self.parameters.iter().enumerate().filter(|(_, p)| !p.required) {
            let docs = [format!(" Sets {}.", p.words())];
            write!(
                f,
                "\n{}    pub fn {}(self, value: impl {}) -> Self {{\n        Self(self.0.with({at}, value))\n    }}\n",
                Comment(&docs, INDENT),
                ident(&p.name),
                p.ty.bound(),
            )?;
        }
        if let Some(table) = &self.queried {
            let docs =
                [" Sets the columns, the filter and the other options of the result to those of `query`."
                    .to_owned()];
            write!(
                f,
                "\n{}    pub fn query<X>(self, query: &::dvkit::Query<{table}, X>) -> Self {{\n        Self(self.0.query(query))\n    }}\n",
                Comment(&docs, INDENT),
            )?;
        }
        Ok(())
    }
}

impl ParameterItem<'_> {
    fn words(&self) -> String {
        format!("the parameter {}, {}", docs::code(&self.parameter.name), self.ty.words())
    }
}

impl fmt::Display for OperationItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ty, operation, .. } = self;
        write!(
            f,
            "\n{}#[must_use = \"an operation does nothing until it is sent\"]\npub struct {ty}(op::Call);\n\nimpl {ty} {{\n",
            Comment(&self.documentation(), ""),
        )?;
        self.constructor(f)?;
        self.methods(f)?;
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|p| format!("{:?}: {:?} {}", p.parameter.name, p.parameter.value.to_string(), p.omittable))
            .collect();
        let kind = match operation.kind {
            OperationKind::Action => "Action",
            OperationKind::Function => "Function",
        };
        write!(
            f,
            "}}\n\n::dvkit::operation!({ty}, {kind} {:?} ({}) -> {});\n",
            operation.name,
            parameters.join(", "),
            self.returns.marker()
        )
    }
}
