//! Which change hurts whom: a verdict for every fact.

use serde_json::Value;

use super::Impact::{self, Breaking, Harmless, Risky};
use crate::{Operation, OperationKind, Parameter, ValueType};

/// A class for each audience, and the reason in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) readers: Impact,
    pub(super) writers: Impact,
    pub(super) why: &'static str,
}

impl Verdict {
    pub(super) const HARMLESS: Self = Self { readers: Harmless, writers: Harmless, why: "" };

    pub(super) const fn new(readers: Impact, writers: Impact, why: &'static str) -> Self {
        Self { readers, writers, why }
    }
}

/// An option beside one of the same name.
pub(super) const OPTION_RENAMES: Verdict = Verdict::new(
    Breaking,
    Breaking,
    "generated code renames the option of the same name: keep it with `--rename-option CHOICE.VALUE=NAME`",
);
pub(super) const TABLE_REMOVED: Verdict = Verdict::new(Breaking, Breaking, "");
pub(super) const KEY_REMOVED: Verdict =
    Verdict::new(Breaking, Breaking, "rows can no longer be addressed or upserted by it");

/// Known on both sides, and different.
fn known(before: &Value, after: &Value) -> bool {
    !before.is_null() && !after.is_null()
}

fn became(before: &Value, after: &Value, now: bool) -> bool {
    // An absent flag that is written only where it is true is a false one; a `None` is no statement.
    before.as_bool() == Some(!now) && after.as_bool() == Some(now)
}

pub(super) fn organisation(fact: &str, before: &Value, after: &Value) -> Verdict {
    match fact {
        "url" if known(before, after) => Verdict::new(Risky, Risky, "the snapshots are of two organisations"),
        _ => Verdict::HARMLESS,
    }
}

pub(super) fn table(fact: &str, before: &Value, after: &Value) -> Verdict {
    match fact {
        // What a request names: even where it is only no longer known, checks of it fail.
        "entity_set" if !before.is_null() => {
            Verdict::new(Breaking, Breaking, "requests address the table by its entity set")
        }
        "primary_id" if known(before, after) => Verdict::new(Breaking, Breaking, "rows are told by it"),
        "primary_name" if known(before, after) => {
            Verdict::new(Risky, Harmless, "lookups to the table show another column")
        }
        "ownership" if known(before, after) => {
            Verdict::new(Risky, Risky, "other people can own, and see, its rows")
        }
        "kind" if known(before, after) => {
            Verdict::new(Risky, Risky, "other operations are possible on its rows")
        }
        "base" if known(before, after) => Verdict::new(Risky, Risky, "it inherits from another table"),
        _ => Verdict::HARMLESS,
    }
}

pub(super) fn key(fact: &str, before: &Value, after: &Value) -> Verdict {
    match fact {
        "columns" => Verdict::new(Breaking, Breaking, "rows are addressed by other columns"),
        "status" if before == "Active" && !after.is_null() => KEY_REMOVED,
        _ => Verdict::HARMLESS,
    }
}

/// Facts of a column apart from its type, its choice and what depends on others.
pub(super) fn column(fact: &str, before: &Value, after: &Value) -> Verdict {
    let now = |value| became(before, after, value);
    match fact {
        "odata" if now(false) => Verdict::new(Breaking, Breaking, "the Web API does not have it any more"),
        "valid_for_read" if now(false) => Verdict::new(Breaking, Harmless, "it can no longer be read"),
        "valid_for_create" if now(false) => {
            Verdict::new(Harmless, Breaking, "a value given on create is ignored")
        }
        "valid_for_update" if now(false) => {
            Verdict::new(Harmless, Breaking, "a value given on update is ignored")
        }
        "secured" if now(true) => {
            Verdict::new(Risky, Risky, "without permission it reads as empty and cannot be written")
        }
        "required" => required(before, after),
        "source" if known(before, after) && before == "simple" => {
            Verdict::new(Harmless, Breaking, "the service computes it now")
        }
        "auto_number" => Verdict::new(Harmless, Risky, "new rows are numbered in another way"),
        "max_length" => limit(
            before,
            after,
            Verdict::new(Harmless, Breaking, "longer texts are refused"),
            Verdict::new(Risky, Harmless, "longer texts may arrive"),
        ),
        "max" => limit(
            before,
            after,
            Verdict::new(Harmless, Breaking, "greater numbers are refused"),
            Verdict::new(Risky, Harmless, "greater numbers may arrive"),
        ),
        "min" => limit(
            after,
            before,
            Verdict::new(Harmless, Breaking, "smaller numbers are refused"),
            Verdict::new(Risky, Harmless, "smaller numbers may arrive"),
        ),
        "precision" => limit(
            before,
            after,
            Verdict::new(Risky, Risky, "values have fewer decimal places"),
            Verdict::new(Risky, Harmless, "values have more decimal places"),
        ),
        "max_size_kb" => limit(
            before,
            after,
            Verdict::new(Harmless, Breaking, "greater files are refused"),
            Verdict::new(Risky, Harmless, "greater files may arrive"),
        ),
        "precision_source" if known(before, after) => {
            Verdict::new(Risky, Risky, "values have other decimal places")
        }
        "format" if known(before, after) => Verdict::new(Harmless, Risky, "forms expect other texts"),
        "behavior" if known(before, after) => {
            if before == "date_only" || after == "date_only" {
                Verdict::new(Breaking, Breaking, "a day and a point in time are different types")
            } else {
                Verdict::new(Risky, Risky, "times are to be read in another zone")
            }
        }
        "default" if known(before, after) => {
            Verdict::new(Harmless, Risky, "rows that are created without it have another value")
        }
        "calculation_of" if known(before, after) => {
            Verdict::new(Risky, Harmless, "it is calculated of another column")
        }
        _ => Verdict::HARMLESS,
    }
}

fn limit(before: &Value, after: &Value, lower: Verdict, higher: Verdict) -> Verdict {
    match (before.as_f64(), after.as_f64()) {
        (Some(b), Some(a)) if a < b => lower,
        (Some(b), Some(a)) if a > b => higher,
        _ => Verdict::HARMLESS,
    }
}

fn required(before: &Value, after: &Value) -> Verdict {
    let rank =
        |v: &Value| ["none", "recommended", "application", "system"].iter().position(|level| v == level);
    match (rank(before), rank(after)) {
        (Some(b), Some(3)) if b < 3 => Verdict::new(Harmless, Breaking, "rows without it are refused"),
        (Some(b), Some(2)) if b < 2 => Verdict::new(Harmless, Risky, "forms refuse rows without it"),
        (Some(3), Some(_)) => Verdict::new(Risky, Harmless, "it may be empty now"),
        _ => Verdict::HARMLESS,
    }
}

/// Facts of a relationship that stays.
pub(super) fn relationship(fact: &str, before: &Value, after: &Value, single: bool) -> Verdict {
    match fact {
        "navigation" if !before.is_null() => {
            let writers = if single { Breaking } else { Risky };
            Verdict::new(Breaking, writers, "requests follow it by that name")
        }
        "side" => {
            Verdict::new(Breaking, Breaking, "it gives one row where it gave many, or the other way round")
        }
        "table" => Verdict::new(Breaking, Breaking, "it leads to another table"),
        "column" | "referenced" | "intersect" if known(before, after) => {
            Verdict::new(Breaking, Breaking, "joins follow it by other columns")
        }
        "hierarchical" if became(before, after, false) => {
            Verdict::new(Breaking, Harmless, "`Above` and `Under` no longer work on it")
        }
        _ => Verdict::HARMLESS,
    }
}

/// Facts of an option that stays. Labels are for people; code and reports that go by them notice.
pub(super) fn option(fact: &str, before: &Value, after: &Value) -> Verdict {
    match fact {
        "label" if !before.is_null() => {
            Verdict::new(Risky, Harmless, "reports, and names made of it, go by the label")
        }
        "state" if known(before, after) => {
            Verdict::new(Risky, Breaking, "it belongs to another state, and the old pair is refused")
        }
        "default_status" if known(before, after) => {
            Verdict::new(Harmless, Risky, "rows of that state get another status")
        }
        _ => Verdict::HARMLESS,
    }
}

pub(super) const OPTION_ADDED: Verdict =
    Verdict::new(Risky, Harmless, "a value arrives that was not there before");
pub(super) const OPTION_REMOVED: Verdict = Verdict::new(Risky, Breaking, "the value is refused");

/// A verdict for those who call operations of this kind.
fn callers(kind: OperationKind, impact: Impact, why: &'static str) -> Verdict {
    match kind {
        OperationKind::Function => Verdict::new(impact, Harmless, why),
        OperationKind::Action => Verdict::new(Harmless, impact, why),
    }
}

pub(super) fn operation_removed(kind: OperationKind) -> Verdict {
    callers(kind, Breaking, "it can no longer be called so")
}

/// Facts of an operation that stays, but for what it takes and gives.
pub(super) fn operation(kind: OperationKind, fact: &str, before: &Value) -> Verdict {
    match fact {
        "kind" => Verdict::new(Breaking, Breaking, "it is called by another method"),
        "composable" if before == true => callers(kind, Breaking, "what it gives cannot be queried further"),
        "filter_only" => callers(kind, Breaking, "it is called in another place"),
        _ => Verdict::HARMLESS,
    }
}

/// What an operation gives.
pub(super) fn returns(kind: OperationKind, before: Option<&ValueType>, after: Option<&ValueType>) -> Verdict {
    match (before, after) {
        (None, _) => Verdict::HARMLESS,
        (Some(b), Some(a)) if b.name == a.name && b.collection == a.collection => {
            let verdict = callers(kind, Risky, "it may give nothing");
            if a.nullable { verdict } else { Verdict::HARMLESS }
        }
        (Some(_), Some(_)) => callers(kind, Breaking, "it gives another type"),
        (Some(_), None) => callers(kind, Breaking, "it gives nothing any more"),
    }
}

/// A parameter that is new, gone, or other than before.
pub(super) fn parameter(
    kind: OperationKind,
    before: Option<&Parameter>,
    after: Option<&Parameter>,
) -> Verdict {
    let left_out = |p: &Parameter| p.may_be_left_out(kind);
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
                Verdict::HARMLESS
            }
        }
        _ => Verdict::HARMLESS,
    }
}

/// The same parameters in another order: requests name them, but the one that it is bound to comes first.
pub(super) fn parameter_order(before: &Operation, after: &Operation) -> Verdict {
    let first = |o: &Operation| o.parameters.first().filter(|_| o.bound).cloned();
    if first(before) == first(after) {
        Verdict::HARMLESS
    } else {
        callers(before.kind, Breaking, "it is bound to another parameter")
    }
}
