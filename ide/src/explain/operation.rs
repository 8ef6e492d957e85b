//! Explains actions and functions: how each overload of a name is called.

use dvkit_schema::{Operation, OperationKind, Parameter, Store, StoreError};

use super::description::counted;
use super::page::Page;

/// The namespace of the service's built-in types and operations.
const NAMESPACE: &str = "Microsoft.Dynamics.CRM";

/// Returns the operations with the name `name`, which may begin with the table that they are bound to:
/// `new_Archive`, `account.new_Archive`. If there are exact matches, those that differ in letter case are not
/// returned. Returns an error if the file of the operations cannot be read.
pub(super) fn find<'a>(store: &'a Store, name: &str) -> Result<Vec<&'a Operation>, StoreError> {
    let name = name.trim();
    let name = name.strip_suffix("()").unwrap_or(name);
    let (table, called) = match name.strip_prefix(NAMESPACE).and_then(|rest| rest.strip_prefix('.')) {
        Some(called) => (None, called),
        None => name.split_once('.').map_or((None, name), |(table, called)| (Some(table), called)),
    };
    let on_table = |o: &Operation| {
        table.is_none_or(|table| o.binding().is_some_and(|on| on.name.eq_ignore_ascii_case(table)))
    };
    let all = store.operations()?.iter().filter(|o| on_table(o) && o.name.eq_ignore_ascii_case(called));
    let (exact, near): (Vec<_>, Vec<_>) = all.partition(|o| o.name == called);
    Ok(if exact.is_empty() { near } else { exact })
}

/// Returns the explanation of the operations; `None` if the list is empty.
pub(super) fn page(store: &Store, operations: &[&Operation]) -> Option<Page> {
    let first = operations.first()?;
    let kind = match first.kind {
        OperationKind::Action => "action",
        OperationKind::Function if first.filter_only => "function of `$filter`",
        OperationKind::Function => "function",
    };
    let summary = match operations {
        [one] => one.returns.as_ref().map_or_else(|| kind.to_owned(), |r| format!("{kind} → {r}")),
        several => format!("{kind}, {}", counted(several.len(), "form")),
    };
    let mut page = Page::new(&first.name, "", summary);
    for operation in operations {
        let on = match operation.binding() {
            _ if operation.filter_only => "in $filter".to_owned(),
            Some(on) if on.collection => format!("on rows of {}", on.name),
            Some(on) => format!("on a row of {}", on.name),
            None => "to call it".to_owned(),
        };
        page.one(&on, call(store, operation));
        if operation.kind == OperationKind::Action && operation.arguments().next().is_some() {
            let members: Vec<_> = operation.arguments().map(|p| format!("\"{}\": …", p.name)).collect();
            page.one("  with the body", format!("{{{}}}", members.join(", ")));
        }
        page.noted("  it takes", operation.arguments().map(|p| (p.name.clone(), takes(operation.kind, p))));
        if let (Some(returns), 2..) = (&operation.returns, operations.len()) {
            page.one("  it gives", returns.to_string());
        }
        if operation.composable {
            page.one("  then", "$select, $filter, $expand and the like on what it gives");
        }
    }
    Some(page)
}

fn takes(kind: OperationKind, parameter: &Parameter) -> String {
    let may = match parameter.may_be_omitted(kind) {
        true => ", may be left out",
        false if parameter.value.nullable => ", may be null",
        false => "",
    };
    format!("{}{may}", parameter.value)
}

/// Returns the request that calls the operation. For a function that only `$filter` can call, returns the
/// expression in `$filter`.
fn call(store: &Store, operation: &Operation) -> String {
    let name = &operation.name;
    let names: Vec<&str> = operation.arguments().map(|p| p.name.as_str()).collect();
    if operation.filter_only {
        let given: Vec<_> = names.iter().map(|n| format!("{n}=…")).collect();
        return format!("{NAMESPACE}.{name}({})", given.join(","));
    }
    let path = match operation.binding() {
        None => name.clone(),
        Some(on) => {
            let set = store.entry(&on.name).and_then(|t| t.entity_set.as_deref()).unwrap_or("<entity set>");
            let key = if on.collection { "" } else { "(<guid>)" };
            format!("{set}{key}/{NAMESPACE}.{name}")
        }
    };
    match operation.kind {
        OperationKind::Function => {
            let given: Vec<_> = names.iter().map(|n| format!("{n}=@{n}")).collect();
            let values: Vec<_> = names.iter().map(|n| format!("@{n}=…")).collect();
            let query = if values.is_empty() { String::new() } else { format!("?{}", values.join("&")) };
            format!("GET {path}({}){query}", given.join(","))
        }
        OperationKind::Action => format!("POST {path}"),
    }
}

#[cfg(test)]
mod tests {
    use dvkit_schema::Store;

    use super::super::{Explanation, explain};
    use crate::sample;

    /// The service has query functions that this version of dvkit does not know; their metadata says how they
    /// are called.
    #[test]
    fn a_query_function_that_only_the_metadata_knows_has_a_page() {
        let mut schema = sample::open().unwrap().load().unwrap();
        let known = schema.operations.iter().find(|o| o.name == "LastXDays").unwrap();
        let newer = dvkit_schema::Operation { name: "LastXMoons".to_owned(), ..known.clone() };
        schema.operations.push(newer);
        let store = Store::from_schema(schema);
        let page = |name: &str| match explain(&store, name).unwrap() {
            Explanation::Page(page) => page,
            Explanation::Unknown(why) => panic!("{name}: {why:?}"),
        };
        let newer = page("LastXMoons");
        assert!(newer.summary.starts_with("function of `$filter`"), "{}", newer.summary);
        let call = "Microsoft.Dynamics.CRM.LastXMoons(PropertyName=…,PropertyValue=…)";
        assert!(
            newer.lines().iter().any(|line| line.contains("in $filter") && line.ends_with(call)),
            "{newer:?}"
        );
        // One that is known has its own page, with its FetchXML.
        assert!(page("LastXDays").summary.starts_with("query function"));
    }
}
