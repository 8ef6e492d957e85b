//! Merges the columns of two versions of a table, and their types. [`Schema::merge`](crate::Schema::merge)
//! uses it.

use super::{Merger, SchemaObject, show};
use crate::{Choice, ChoiceRef, Column, ColumnType};

impl Merger {
    /// Merges the columns of `theirs` into `mine`, by logical name. Each of the two lists must be sorted by
    /// logical name.
    pub(super) fn columns(&mut self, mine: &mut Vec<Column>, theirs: Vec<Column>) {
        mine.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
        let mut added = Vec::new();
        for column in theirs {
            match mine.binary_search_by(|c| c.logical_name.cmp(&column.logical_name)) {
                Ok(i) => {
                    if let Some(known) = mine.get_mut(i) {
                        self.object = Some(SchemaObject::Column(column.logical_name.clone()));
                        self.column(known, column);
                        self.object = None;
                    }
                }
                Err(_) => added.push(column),
            }
        }
        self.report.columns_added += added.len();
        mine.extend(added);
    }

    fn column(&mut self, mine: &mut Column, theirs: Column) {
        self.column_type(&mut mine.ty, theirs.ty);
        self.fact("property", &mut mine.property, theirs.property);
        self.fact("odata", &mut mine.odata, theirs.odata);
        self.fact("schema_name", &mut mine.schema_name, theirs.schema_name);
        self.fact("metadata_id", &mut mine.metadata_id, theirs.metadata_id);
        self.label("display_name", &mut mine.display_name, theirs.display_name);
        self.label("description", &mut mine.description, theirs.description);
        self.fact("required", &mut mine.required, theirs.required);
        self.fact("valid_for_read", &mut mine.valid_for_read, theirs.valid_for_read);
        self.fact("valid_for_create", &mut mine.valid_for_create, theirs.valid_for_create);
        self.fact("valid_for_update", &mut mine.valid_for_update, theirs.valid_for_update);
        self.fact("secured", &mut mine.secured, theirs.secured);
        self.fact("custom", &mut mine.custom, theirs.custom);
        self.fact("logical", &mut mine.logical, theirs.logical);
        self.fact("attribute_of", &mut mine.attribute_of, theirs.attribute_of);
        self.fact("source", &mut mine.source, theirs.source);
        self.fact("auto_number", &mut mine.auto_number, theirs.auto_number);
        self.fact("inherited", &mut mine.inherited, theirs.inherited);
    }

    fn column_type(&mut self, mine: &mut ColumnType, theirs: ColumnType) {
        use ColumnType as T;
        if *mine == theirs {
            return;
        }
        match (&mut *mine, theirs) {
            (T::String { max_length, format }, T::String { max_length: l, format: f })
            | (T::Memo { max_length, format }, T::Memo { max_length: l, format: f }) => {
                self.fact("max_length", max_length, l);
                self.fact("format", format, f);
            }
            (T::Integer { min, max, format }, T::Integer { min: a, max: b, format: f }) => {
                self.fact("min", min, a);
                self.fact("max", max, b);
                self.fact("format", format, f);
            }
            (T::Decimal { min, max, precision }, T::Decimal { min: a, max: b, precision: p })
            | (T::Double { min, max, precision }, T::Double { min: a, max: b, precision: p }) => {
                self.fact("min", min, a);
                self.fact("max", max, b);
                self.fact("precision", precision, p);
            }
            (
                T::Money { min, max, precision, precision_source, calculation_of },
                T::Money { min: a, max: b, precision: p, precision_source: s, calculation_of: c },
            ) => {
                self.fact("min", min, a);
                self.fact("max", max, b);
                self.fact("precision", precision, p);
                self.fact("precision_source", precision_source, s);
                self.fact("calculation_of", calculation_of, c);
            }
            (T::Boolean { choice, default }, T::Boolean { choice: c, default: d }) => {
                self.choice_ref(choice, c);
                self.fact("default", default, d);
            }
            (T::Choice { choice, default }, T::Choice { choice: c, default: d })
            | (T::State { choice, default }, T::State { choice: c, default: d })
            | (T::Status { choice, default }, T::Status { choice: c, default: d }) => {
                self.choice_ref(choice, c);
                self.fact("default", default, d);
            }
            (T::Choices { choice }, T::Choices { choice: c }) => self.choice_ref(choice, c),
            (T::DateTime { behavior, date_format }, T::DateTime { behavior: b, date_format: f }) => {
                self.fact("behavior", behavior, b);
                self.fact("date_format", date_format, f);
            }
            (T::Image { primary, max_size_kb }, T::Image { primary: p, max_size_kb: m }) => {
                self.fact("primary", primary, p);
                self.fact("max_size_kb", max_size_kb, m);
            }
            (T::File { max_size_kb }, T::File { max_size_kb: m }) => self.fact("max_size_kb", max_size_kb, m),
            (T::Lookup { targets }, T::Lookup { targets: t })
            | (T::Customer { targets }, T::Customer { targets: t } | T::Lookup { targets: t })
            | (T::Owner { targets }, T::Owner { targets: t } | T::Lookup { targets: t })
            | (T::PartyList { targets }, T::PartyList { targets: t }) => self.targets(targets, t),
            // A source that cannot tell customer and owner columns from other lookups calls them lookups.
            (T::Lookup { targets }, mut theirs @ (T::Customer { .. } | T::Owner { .. })) => {
                let known = std::mem::take(targets);
                if let T::Customer { targets } | T::Owner { targets } = &mut theirs {
                    self.targets(targets, known);
                }
                self.report.facts_filled += 1;
                *mine = theirs;
            }
            (mine, theirs) => self.other_types(mine, theirs),
        }
    }

    /// Merges two types of different variants. [`ColumnType::Edm`] gives way to a type that has this OData
    /// type, and [`ColumnType::Other`] to a type that dvkit knows. Every other difference is a contradiction.
    fn other_types(&mut self, mine: &mut ColumnType, theirs: ColumnType) {
        use ColumnType as T;
        let rank = |ty: &T| match ty {
            T::Edm { .. } => 0,
            T::Other { .. } => 1,
            _ => 2,
        };
        let (poor, rich) = if rank(mine) < rank(&theirs) { (&*mine, &theirs) } else { (&theirs, &*mine) };
        let refines = match poor {
            T::Edm { edm } => rich.edm() == Some(*edm) || rank(rich) == 1,
            T::Other { .. } => rank(rich) > 1,
            _ => false,
        };
        let theirs_is_richer = rank(mine) < rank(&theirs);
        if refines {
            self.report.facts_filled += usize::from(theirs_is_richer);
        } else {
            let (kept, dropped) = (type_text(rich), type_text(poor));
            self.contradiction("type", kept, dropped);
        }
        if theirs_is_richer {
            *mine = theirs;
        }
    }

    fn targets(&mut self, mine: &mut Vec<String>, theirs: Vec<String>) {
        mine.sort_unstable();
        mine.dedup();
        let known = mine.len();
        mine.extend(theirs);
        mine.sort_unstable();
        mine.dedup();
        self.report.facts_filled += mine.len() - known;
    }

    fn choice_ref(&mut self, mine: &mut Option<ChoiceRef>, theirs: Option<ChoiceRef>) {
        let Some(theirs) = theirs else { return };
        match (&mut *mine, theirs) {
            (None, theirs) => {
                self.report.facts_filled += 1;
                *mine = Some(theirs);
            }
            (Some(ChoiceRef::Global(m)), ChoiceRef::Global(t)) => {
                if *m != t {
                    self.contradiction("global choice", show(m), show(&t));
                }
            }
            (Some(ChoiceRef::Local(m)), ChoiceRef::Local(t)) => self.choice(m, t),
            // A source that does not know that the choice is shared gives it as the column's own.
            (Some(ChoiceRef::Global(m)), ChoiceRef::Local(t)) if *m == t.name => self.promote(t),
            (Some(ChoiceRef::Local(m)), ChoiceRef::Global(t)) if m.name == t => {
                let local = std::mem::take(m);
                self.promote(local);
                *mine = Some(ChoiceRef::Global(t));
            }
            (Some(m), t) => {
                let name = |c: &ChoiceRef| match c {
                    ChoiceRef::Global(name) => format!("the global `{name}`"),
                    ChoiceRef::Local(choice) => format!("the local `{}`", choice.name),
                };
                let (kept, dropped) = (name(m), name(&t));
                self.contradiction("choice", kept, dropped);
            }
        }
    }

    fn promote(&mut self, mut choice: Choice) {
        choice.global = true;
        match self.promoted.remove(&choice.name) {
            Some(mut known) => {
                self.choice(&mut known, choice);
                self.promoted.insert(known.name.clone(), known);
            }
            None => {
                self.promoted.insert(choice.name.clone(), choice);
            }
        }
    }
}

/// Returns the text of a type for a contradiction. The options of a choice are omitted.
fn type_text(ty: &ColumnType) -> String {
    let value = serde_json::to_value(ty).unwrap_or_default();
    let member = |name: &str| value.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    match ty {
        ColumnType::Edm { .. } => format!("Edm.{}", member("edm")),
        ColumnType::Other { .. } => member("name"),
        _ => member("type"),
    }
}
