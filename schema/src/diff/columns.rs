//! Compares the columns of a table, for [`Diff::between`](super::Diff::between). Columns are matched by
//! logical name.

use serde_json::Value;

use super::change::Impact::{Breaking, Harmless, Risky};
use super::change::{ChangeKind, ChangedObject};
use super::comparison::{Comparison, json, members};
use super::rules::{self, Assessment};
use crate::{ChoiceRef, Column, ColumnType, RequiredLevel, SourceType, Table};

impl Comparison<'_> {
    /// Compares the columns of two versions of a table. The columns of each version must be sorted by logical
    /// name.
    pub(super) fn columns(&mut self, before: &Table, after: &Table) {
        for column in &before.columns {
            let name = &column.logical_name;
            self.move_to(ChangedObject::Column(name.clone()));
            match after.column(name) {
                Some(same) if same == column => {}
                Some(same) => self.column(column, same),
                None => self.added_or_removed(ChangeKind::Removed, Value::Null, removed(column)),
            }
        }
        for column in &after.columns {
            if before.column(&column.logical_name).is_none() {
                self.move_to(ChangedObject::Column(column.logical_name.clone()));
                self.added_or_removed(ChangeKind::Added, json(&type_name(&column.ty)), added(column));
            }
        }
    }

    fn column(&mut self, before: &Column, after: &Column) {
        let (from, to) = (type_name(&before.ty), type_name(&after.ty));
        let same_type = from == to;
        if !same_type {
            let assessment = type_changed(&before.ty, &after.ty);
            self.push(None, ChangeKind::Changed, Some("type"), json(&from), json(&to), assessment);
        }
        let read = |column: &Column| column.property_name().into_owned();
        if before.is_property() && after.is_property() && read(before) != read(after) {
            let why = "requests name it by its property";
            let assessment = Assessment::new(Breaking, Breaking, why);
            let (b, a) = (json(&read(before)), json(&read(after)));
            self.push(None, ChangeKind::Changed, Some("property"), b, a, assessment);
        } else if before.property != after.property {
            let (b, a) = (json(&before.property), json(&after.property));
            self.push(None, ChangeKind::Changed, Some("property"), b, a, Assessment::HARMLESS);
        }
        self.targets(before.ty.targets(), after.ty.targets());
        self.choice_refs(before.ty.choice(), after.ty.choice());
        // Facts that belong to a type are not compared if the types differ.
        let left = |column: &Column| {
            let mut facts = members(column);
            let own = if same_type { serde_json::Map::new() } else { members(&column.ty) };
            facts.retain(|fact, _| !APART.contains(&fact.as_str()) && !own.contains_key(fact));
            facts
        };
        self.facts(&left(before), &left(after), rules::column);
    }

    fn targets(&mut self, before: &[String], after: &[String]) {
        if before == after {
            return;
        }
        let assessment = if before.is_empty() || after.is_empty() {
            Assessment::HARMLESS
        } else if before.iter().all(|t| after.contains(t)) {
            Assessment::new(Risky, Harmless, "it may lead to another table")
        } else {
            Assessment::new(Risky, Breaking, "rows of that table are refused")
        };
        self.push(None, ChangeKind::Changed, Some("targets"), json(&before), json(&after), assessment);
    }

    fn choice_refs(&mut self, before: Option<&ChoiceRef>, after: Option<&ChoiceRef>) {
        if before == after {
            return;
        }
        let name = |choice: Option<&ChoiceRef>| match choice {
            Some(ChoiceRef::Global(name)) => Value::from(format!("the global {name}")),
            Some(ChoiceRef::Local(_)) => Value::from("its own"),
            None => Value::Null,
        };
        let find = |schema: &'_ crate::Schema, choice: &ChoiceRef| match choice {
            ChoiceRef::Global(name) => schema.choices.get(name).cloned(),
            ChoiceRef::Local(choice) => Some(choice.clone()),
        };
        let (Some(b), Some(a)) = (before, after) else {
            let (b, a) = (name(before), name(after));
            return self.push(None, ChangeKind::Changed, Some("choice"), b, a, Assessment::HARMLESS);
        };
        if !matches!((b, a), (ChoiceRef::Local(_), ChoiceRef::Local(_))) {
            let (b, a) = (name(before), name(after));
            self.push(None, ChangeKind::Changed, Some("choice"), b, a, Assessment::HARMLESS);
        }
        // Whatever the choice is called, its options are what programs read and write.
        if let (Some(b), Some(a)) = (find(self.before, b), find(self.after, a))
            && let ChangedObject::Column(column) = self.cursor.object.clone()
        {
            self.move_to(ChangedObject::Choice(column.clone()));
            self.choice(&b, &a);
            self.move_to(ChangedObject::Column(column));
        }
    }
}

/// The facts of a column that are compared separately, by their names in the snapshot's files.
const APART: [&str; 4] = ["type", "property", "targets", "choice"];

/// Returns the name of a type as the snapshot's files spell it. For [`ColumnType::Edm`] the name is that of
/// the OData type.
fn type_name(ty: &ColumnType) -> String {
    let facts = members(ty);
    let text = |member: &str| facts.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    match ty {
        ColumnType::Edm { .. } => format!("Edm.{}", text("edm")),
        ColumnType::Other { .. } => text("name"),
        _ => text("type"),
    }
}

fn removed(column: &Column) -> Assessment {
    let writable = column.valid_for_create != Some(false) || column.valid_for_update != Some(false);
    let writers = if writable { Breaking } else { Harmless };
    if column.is_property() && column.valid_for_read != Some(false) {
        Assessment::new(Breaking, writers, "")
    } else {
        // FetchXML can name columns that are not properties.
        Assessment::new(Risky, Harmless, "FetchXML may have named it")
    }
}

fn added(column: &Column) -> Assessment {
    let computed = column.source.is_some_and(|s| s != SourceType::Simple);
    let given = column.valid_for_create != Some(false) && !computed && column.auto_number.is_none();
    match column.required {
        Some(RequiredLevel::System) if given => {
            Assessment::new(Harmless, Breaking, "rows without it are refused")
        }
        Some(RequiredLevel::Application) if given => {
            Assessment::new(Harmless, Risky, "forms refuse rows without it")
        }
        _ => Assessment::HARMLESS,
    }
}

fn type_changed(before: &ColumnType, after: &ColumnType) -> Assessment {
    use ColumnType as T;
    let poor = |ty: &T| matches!(ty, T::Edm { .. } | T::Other { .. });
    let same_wire = before.edm() == after.edm();
    // At most the wire type is known of one of the two.
    if (poor(before) || poor(after)) && (same_wire || before.edm().is_none() || after.edm().is_none()) {
        return Assessment::HARMLESS;
    }
    if before.is_lookup() && after.is_lookup() {
        return Assessment::HARMLESS;
    }
    if same_wire {
        return Assessment::new(Risky, Risky, "other values are in it and are accepted");
    }
    Assessment::new(Breaking, Breaking, "its values are of another type")
}
