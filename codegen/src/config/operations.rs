//! Selects the operations that a configuration asks for, and reports names and patterns that match nothing.

use std::collections::BTreeSet;

use dvkit_diagnostic::suggest;
use dvkit_schema::{Operation, Store};

use super::Config;
use super::pattern::{is_exact, matches};
use super::usable::usable;
use crate::errors::Error;

/// The operations to generate, in the order of the snapshot.
#[derive(Debug, Default)]
pub(crate) struct SelectedOperations<'s> {
    pub(crate) operations: Vec<&'s Operation>,
    /// The operations that a pattern matches, but that no code can be generated for. Each is the name and the
    /// reason.
    pub(crate) left_out: Vec<(&'s str, String)>,
}

impl<'s> SelectedOperations<'s> {
    /// Returns whether the configuration selects no operations.
    pub(crate) fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.left_out.is_empty()
    }

    /// Returns the logical names of the tables of the operations' parameters and results, as far as they are
    /// in the snapshot.
    pub(crate) fn tables(&self, store: &'s Store) -> BTreeSet<&'s str> {
        let types = self.operations.iter().flat_map(|o| {
            let parameters = o.parameters.iter().map(|p| &p.value);
            parameters.chain(&o.returns).map(|ty| ty.name.as_str())
        });
        types.filter_map(|name| store.entry(name)).map(|entry| entry.logical_name.as_str()).collect()
    }
}

/// Returns whether a name in `$metadata` is an identifier, as OData requires. Other names could not be told
/// from the rest of a URL.
fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Returns the reason why no code can be generated for an operation; `None` if code can be generated.
fn why_unusable(operation: &Operation, store: &Store) -> Option<String> {
    if operation.filter_only {
        return Some("only `$filter` can call it, and `filter!` does".to_owned());
    }
    let names = operation.parameters.iter().map(|p| &p.name);
    if let Some(name) = names.chain([&operation.name]).find(|name| !is_identifier(name)) {
        return Some(format!("`{}` is not an identifier", name.escape_debug()));
    }
    if !operation.bound {
        return None;
    }
    let Some(binding) = operation.binding() else {
        return Some("it is bound, but has no parameter for the row".to_owned());
    };
    if is_any_table(&binding.name) {
        return None;
    }
    match store.entry(&binding.name) {
        None => Some(format!("it is bound to `{}`, which is not in the snapshot", binding.name)),
        // Derived tables have rows, on which the operation can be called.
        Some(table) if !binding.collection && table.primary_id.is_some() => None,
        Some(table) if has_entity_set(&table.logical_name, store) => None,
        Some(_) => {
            Some(format!("it is bound to `{}`, of which the snapshot has no entity set", binding.name))
        }
    }
}

/// Returns whether the generated struct of a table has an entity set and a primary key.
pub(crate) fn has_entity_set(table: &str, store: &Store) -> bool {
    // A table that cannot be read is reported when its code is generated.
    let Ok(Some(table)) = store.table(table) else { return false };
    table.entity_set.is_some() && usable(table).any(|c| table.primary_id.as_ref() == Some(&c.logical_name))
}

/// Returns whether a type of `$metadata` stands for rows of every table. An `expando` is a row without a
/// table.
pub(crate) fn is_any_table(name: &str) -> bool {
    matches!(name, "crmbaseentity" | "expando")
}

/// Finds the operations that `config` selects. Names and patterns that match nothing are added to `problems`.
///
/// # Errors
/// Returns an error if the snapshot's file of operations cannot be read.
pub(super) fn select<'s>(
    config: &Config,
    store: &'s Store,
    problems: &mut Vec<String>,
) -> Result<SelectedOperations<'s>, Error> {
    let mut selected = SelectedOperations::default();
    if config.operations.is_empty() {
        return Ok(selected);
    }
    if !store.has_operations() {
        problems.push(
            "`operations`: the snapshot has no operations; import the organisation's `$metadata`, or fetch the \
             snapshot again"
                .to_owned(),
        );
        return Ok(selected);
    }
    let all = store.operations()?;
    let mut wanted = BTreeSet::new();
    for pattern in &config.operations {
        let found: Vec<usize> = (0..all.len()).filter(|at| matches(pattern, &all[*at].name)).collect();
        let reasons: Vec<_> = found.iter().map(|at| why_unusable(&all[*at], store)).collect();
        if found.is_empty() {
            problems.push(no_operation(pattern, all));
        } else if let Some(reason) =
            reasons.iter().flatten().next().filter(|_| reasons.iter().all(Option::is_some))
        {
            problems.push(match is_exact(pattern) {
                true => format!("`operations`: no code can be generated for `{pattern}`: {reason}"),
                false => format!(
                    "`operations`: no code can be generated for the operations like `{pattern}`; of the first, \
                     `{}`: {reason}",
                    all[found[0]].name
                ),
            });
        }
        wanted.extend(found);
    }
    for operation in wanted.into_iter().map(|at| &all[at]) {
        match why_unusable(operation, store) {
            // Only `$filter` calls them: nobody misses them.
            Some(_) if operation.filter_only => {}
            Some(reason) => selected.left_out.push((&operation.name, reason)),
            None => selected.operations.push(operation),
        }
    }
    Ok(selected)
}

/// Returns the message for a name or pattern that no operation has. It names the most similar operations.
fn no_operation(pattern: &str, all: &[Operation]) -> String {
    if !is_exact(pattern) {
        return format!("`operations`: no operation of the snapshot has a name like `{pattern}`");
    }
    let same = |o: &&Operation| o.name.eq_ignore_ascii_case(pattern);
    // People forget the prefix of the publisher.
    let without_prefix =
        |o: &&Operation| o.name.split_once('_').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(pattern));
    let mut near: Vec<&str> = all.iter().filter(same).map(|o| o.name.as_str()).collect();
    near.extend(all.iter().filter(without_prefix).map(|o| o.name.as_str()));
    near.extend(suggest::closest(pattern, all.iter().filter(|o| !o.filter_only).map(|o| o.name.as_str())));
    let mut known = BTreeSet::new();
    near.retain(|name| known.insert(*name));
    let near: Vec<String> = near.into_iter().take(3).map(|name| format!("`{name}`")).collect();
    match &near[..] {
        [] => format!("`operations`: the snapshot has no operation `{pattern}`"),
        near => format!(
            "`operations`: the snapshot has no operation `{pattern}`; did you mean {}?",
            near.join(" or ")
        ),
    }
}
