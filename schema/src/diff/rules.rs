//! Assesses the impact of every kind of change. The comparisons of tables, columns, choices and the other
//! objects call one function for each kind; every rule of the impact is in this file.

use serde_json::Value;

use super::change::Impact::{self, Breaking, Harmless, Risky};
use crate::{Operation, OperationKind, Parameter, ValueType};

/// The impact of a change on readers and writers, and the reason in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Assessment {
    pub(super) readers: Impact,
    pub(super) writers: Impact,
    pub(super) why: &'static str,
}

impl Assessment {
    pub(super) const HARMLESS: Self = Self { readers: Harmless, writers: Harmless, why: "" };

    pub(super) const fn new(readers: Impact, writers: Impact, why: &'static str) -> Self {
        Self { readers, writers, why }
    }
}

/// The assessment of an added option whose label is so similar to that of an older option that generated code
/// would use one name for both. The older option then gets another name.
pub(super) const OPTION_RENAMES: Assessment = Assessment::new(
    Breaking,
    Breaking,
    "generated code renames the option of the same name: keep it with `--rename-option CHOICE.VALUE=NAME`",
);
pub(super) const TABLE_REMOVED: Assessment = Assessment::new(Breaking, Breaking, "");
pub(super) const KEY_REMOVED: Assessment =
    Assessment::new(Breaking, Breaking, "rows can no longer be addressed or upserted by it");

/// Returns whether both schemas state the fact: neither value is null.
fn known(before: &Value, after: &Value) -> bool {
    !before.is_null() && !after.is_null()
}

fn became(before: &Value, after: &Value, now: bool) -> bool {
    // A flag that is written only if true is false if it is absent; `None` states nothing.
    before.as_bool() == Some(!now) && after.as_bool() == Some(now)
}

pub(super) fn organisation(fact: &str, before: &Value, after: &Value) -> Assessment {
    match fact {
        "url" if known(before, after) => {
            Assessment::new(Risky, Risky, "the snapshots are of two organisations")
        }
        _ => Assessment::HARMLESS,
    }
}

pub(super) fn table(fact: &str, before: &Value, after: &Value) -> Assessment {
    match fact {
        // Requests name it: even if it is merely not known any more, checks of requests fail.
        "entity_set" if !before.is_null() => {
            Assessment::new(Breaking, Breaking, "requests address the table by its entity set")
        }
        "primary_id" if known(before, after) => Assessment::new(Breaking, Breaking, "rows are told by it"),
        "primary_name" if known(before, after) => {
            Assessment::new(Risky, Harmless, "lookups to the table show another column")
        }
        "ownership" if known(before, after) => {
            Assessment::new(Risky, Risky, "other people can own, and see, its rows")
        }
        "kind" if known(before, after) => {
            Assessment::new(Risky, Risky, "other operations are possible on its rows")
        }
        "base" if known(before, after) => Assessment::new(Risky, Risky, "it inherits from another table"),
        "change_tracking" if became(before, after, false) => {
            Assessment::new(Breaking, Harmless, "requests for the changes since an earlier one are refused")
        }
        "enforce_state_transitions" if became(before, after, true) => {
            Assessment::new(Harmless, Breaking, "changes of the status that are not allowed are refused")
        }
        _ => Assessment::HARMLESS,
    }
}

pub(super) fn key(fact: &str, before: &Value, after: &Value) -> Assessment {
    match fact {
        "columns" => Assessment::new(Breaking, Breaking, "rows are addressed by other columns"),
        "status" if before == "Active" && !after.is_null() => KEY_REMOVED,
        _ => Assessment::HARMLESS,
    }
}

/// Assesses a changed fact of a column. Changes of the type, the choice and the lookup targets are assessed
/// by other functions.
pub(super) fn column(fact: &str, before: &Value, after: &Value) -> Assessment {
    let now = |value| became(before, after, value);
    match fact {
        "odata" if now(false) => Assessment::new(Breaking, Breaking, "the Web API does not have it any more"),
        "valid_for_read" if now(false) => Assessment::new(Breaking, Harmless, "it can no longer be read"),
        "valid_for_create" if now(false) => {
            Assessment::new(Harmless, Breaking, "a value given on create is ignored")
        }
        "valid_for_update" if now(false) => {
            Assessment::new(Harmless, Breaking, "a value given on update is ignored")
        }
        "secured" if now(true) => {
            Assessment::new(Risky, Risky, "without permission it reads as empty and cannot be written")
        }
        "required" => required(before, after),
        "source" if known(before, after) && before == "simple" => {
            Assessment::new(Harmless, Breaking, "the service computes it now")
        }
        "auto_number" => Assessment::new(Harmless, Risky, "new rows are numbered in another way"),
        "max_length" => limit(
            before,
            after,
            Assessment::new(Harmless, Breaking, "longer texts are refused"),
            Assessment::new(Risky, Harmless, "longer texts may arrive"),
        ),
        "max" => limit(
            before,
            after,
            Assessment::new(Harmless, Breaking, "greater numbers are refused"),
            Assessment::new(Risky, Harmless, "greater numbers may arrive"),
        ),
        "min" => limit(
            after,
            before,
            Assessment::new(Harmless, Breaking, "smaller numbers are refused"),
            Assessment::new(Risky, Harmless, "smaller numbers may arrive"),
        ),
        "precision" => limit(
            before,
            after,
            Assessment::new(Risky, Risky, "values have fewer decimal places"),
            Assessment::new(Risky, Harmless, "values have more decimal places"),
        ),
        "max_size_kb" => limit(
            before,
            after,
            Assessment::new(Harmless, Breaking, "greater files are refused"),
            Assessment::new(Risky, Harmless, "greater files may arrive"),
        ),
        "precision_source" if known(before, after) => {
            Assessment::new(Risky, Risky, "values have other decimal places")
        }
        "format" if known(before, after) => Assessment::new(Harmless, Risky, "forms expect other texts"),
        "behavior" if known(before, after) => {
            if before == "date_only" || after == "date_only" {
                Assessment::new(Breaking, Breaking, "a day and a point in time are different types")
            } else {
                Assessment::new(Risky, Risky, "times are to be read in another zone")
            }
        }
        "default" if known(before, after) => {
            Assessment::new(Harmless, Risky, "rows that are created without it have another value")
        }
        "calculation_of" if known(before, after) => {
            Assessment::new(Risky, Harmless, "it is calculated of another column")
        }
        _ => Assessment::HARMLESS,
    }
}

fn limit(before: &Value, after: &Value, lower: Assessment, higher: Assessment) -> Assessment {
    match (before.as_f64(), after.as_f64()) {
        (Some(b), Some(a)) if a < b => lower,
        (Some(b), Some(a)) if a > b => higher,
        _ => Assessment::HARMLESS,
    }
}

fn required(before: &Value, after: &Value) -> Assessment {
    let rank =
        |v: &Value| ["none", "recommended", "application", "system"].iter().position(|level| v == level);
    match (rank(before), rank(after)) {
        (Some(b), Some(3)) if b < 3 => Assessment::new(Harmless, Breaking, "rows without it are refused"),
        (Some(b), Some(2)) if b < 2 => Assessment::new(Harmless, Risky, "forms refuse rows without it"),
        (Some(3), Some(_)) => Assessment::new(Risky, Harmless, "it may be empty now"),
        _ => Assessment::HARMLESS,
    }
}

/// Assesses a changed fact of a relationship. `single` is true if the navigation property leads to at most
/// one row.
pub(super) fn relationship(fact: &str, before: &Value, after: &Value, single: bool) -> Assessment {
    match fact {
        "navigation" if !before.is_null() => {
            let writers = if single { Breaking } else { Risky };
            Assessment::new(Breaking, writers, "requests follow it by that name")
        }
        "side" => {
            Assessment::new(Breaking, Breaking, "it gives one row where it gave many, or the other way round")
        }
        "table" => Assessment::new(Breaking, Breaking, "it leads to another table"),
        "column" | "referenced" | "intersect" if known(before, after) => {
            Assessment::new(Breaking, Breaking, "joins follow it by other columns")
        }
        "hierarchical" if became(before, after, false) => {
            Assessment::new(Breaking, Harmless, "`Above` and `Under` no longer work on it")
        }
        "cascade.delete" if known(before, after) => cascade_of_delete(before, after),
        "cascade.assign" | "cascade.reparent" if known(before, after) => {
            Assessment::new(Risky, Risky, "other rows get another owner with the row that they refer to")
        }
        "cascade.share" | "cascade.unshare" if known(before, after) => {
            Assessment::new(Risky, Risky, "other rows are shared with the row that they refer to")
        }
        "cascade.merge" if known(before, after) => {
            Assessment::new(Risky, Risky, "a merge moves other rows to the remaining row")
        }
        _ => Assessment::HARMLESS,
    }
}

/// Assesses another action on the rows that refer to a deleted row.
fn cascade_of_delete(before: &Value, after: &Value) -> Assessment {
    if after == "restrict" {
        Assessment::new(Harmless, Breaking, "deletes of rows that others refer to are refused")
    } else if after == "cascade" {
        Assessment::new(Risky, Risky, "deletes take the rows with them that refer to the row")
    } else if before == "restrict" {
        Assessment::new(Risky, Risky, "rows that others refer to can be deleted")
    } else {
        Assessment::new(Risky, Risky, "deletes do something else to the rows that refer to the row")
    }
}

/// Assesses a changed fact of an option. A changed label is assessed too, because code and reports may depend
/// on labels.
pub(super) fn option(fact: &str, before: &Value, after: &Value) -> Assessment {
    match fact {
        "label" if !before.is_null() => {
            Assessment::new(Risky, Harmless, "reports, and names made of it, go by the label")
        }
        "state" if known(before, after) => {
            Assessment::new(Risky, Breaking, "it belongs to another state, and the old pair is refused")
        }
        "default_status" if known(before, after) => {
            Assessment::new(Harmless, Risky, "rows of that state get another status")
        }
        "transitions" => transitions(before, after),
        _ => Assessment::HARMLESS,
    }
}

/// Assesses another list of the statuses that a row may change to.
fn transitions(before: &Value, after: &Value) -> Assessment {
    match (before.as_array(), after.as_array()) {
        (Some(before), Some(after)) if before.iter().any(|target| !after.contains(target)) => {
            Assessment::new(Harmless, Breaking, "where transitions are enforced, fewer are allowed")
        }
        _ => Assessment::HARMLESS,
    }
}

pub(super) const OPTION_ADDED: Assessment =
    Assessment::new(Risky, Harmless, "a value arrives that was not there before");
pub(super) const OPTION_REMOVED: Assessment = Assessment::new(Risky, Breaking, "the value is refused");

/// Returns an assessment for the programs that call an operation of the kind `kind`: readers for a function,
/// writers for an action. The impact on the other programs is harmless.
fn callers(kind: OperationKind, impact: Impact, why: &'static str) -> Assessment {
    match kind {
        OperationKind::Function => Assessment::new(impact, Harmless, why),
        OperationKind::Action => Assessment::new(Harmless, impact, why),
    }
}

pub(super) fn operation_removed(kind: OperationKind) -> Assessment {
    callers(kind, Breaking, "it can no longer be called so")
}

/// Assesses a changed fact of an operation; `before` is the fact's earlier value. Changes of the parameters
/// and of the result are assessed by other functions.
pub(super) fn operation(kind: OperationKind, fact: &str, before: &Value) -> Assessment {
    match fact {
        "kind" => Assessment::new(Breaking, Breaking, "it is called by another method"),
        "composable" if before == true => callers(kind, Breaking, "what it gives cannot be queried further"),
        "filter_only" => callers(kind, Breaking, "it is called in another place"),
        _ => Assessment::HARMLESS,
    }
}

/// Assesses a changed result of an operation. `before` and `after` are the types of the result; `None` means
/// that the operation has no result.
pub(super) fn returns(
    kind: OperationKind,
    before: Option<&ValueType>,
    after: Option<&ValueType>,
) -> Assessment {
    match (before, after) {
        (None, _) => Assessment::HARMLESS,
        (Some(b), Some(a)) if b.name == a.name && b.collection == a.collection => {
            let assessment = callers(kind, Risky, "it may give nothing");
            if a.nullable { assessment } else { Assessment::HARMLESS }
        }
        (Some(_), Some(_)) => callers(kind, Breaking, "it gives another type"),
        (Some(_), None) => callers(kind, Breaking, "it gives nothing any more"),
    }
}

/// Assesses a parameter that was added (`before` is `None`), removed (`after` is `None`) or changed.
pub(super) fn parameter(
    kind: OperationKind,
    before: Option<&Parameter>,
    after: Option<&Parameter>,
) -> Assessment {
    let left_out = |p: &Parameter| p.may_be_omitted(kind);
    match (before, after) {
        (None, Some(new)) if !left_out(new) => callers(kind, Breaking, "calls without it are refused"),
        (Some(_), None) => callers(kind, Breaking, "calls that give it are refused"),
        (Some(b), Some(a)) => {
            let same = b.value.name == a.value.name && b.value.collection == a.value.collection;
            if !same {
                callers(kind, Breaking, "it takes another type")
            } else if left_out(b) && !left_out(a) {
                callers(kind, Breaking, "calls without it are refused")
            } else if b.value.nullable && !a.value.nullable {
                callers(kind, Breaking, "null is refused")
            } else {
                Assessment::HARMLESS
            }
        }
        _ => Assessment::HARMLESS,
    }
}

/// Assesses a changed order of otherwise equal parameters. Requests name parameters, so the order matters
/// only for the first parameter of a bound operation: the row or collection that the operation is bound to.
pub(super) fn parameter_order(before: &Operation, after: &Operation) -> Assessment {
    let first = |o: &Operation| o.parameters.first().filter(|_| o.bound).cloned();
    if first(before) == first(after) {
        Assessment::HARMLESS
    } else {
        callers(before.kind, Breaking, "it is bound to another parameter")
    }
}
