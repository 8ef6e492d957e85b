//! Defines [`Schema`], the root of the model, with its [`Table`]s and the facts about the organisation
//! ([`Org`]). Columns, choices, relationships and operations have modules of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::localized_text::ENGLISH;
use crate::{Choice, ChoiceRef, Column, LocalizedText, Operation, Relationship};

/// The schema of one organisation, or a part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Facts about the organisation itself.
    pub org: Org,
    /// Tables by logical name.
    pub tables: BTreeMap<String, Table>,
    /// Global choices by name.
    pub choices: BTreeMap<String, Choice>,
    /// Actions and functions, sorted; empty if no source listed any.
    pub operations: Vec<Operation>,
}

impl Schema {
    /// Sorts all lists in the schema into the order that look-ups and the snapshot's files require. Removes
    /// languages and operations that occur twice.
    pub fn sort(&mut self) {
        self.org.languages.sort_unstable();
        self.org.languages.dedup();
        self.tables.values_mut().for_each(Table::sort);
        self.choices.values_mut().for_each(Choice::sort);
        self.operations.sort_unstable();
        self.operations.dedup();
    }

    /// Sets [`Org::languages`] to the languages that occur in labels.
    pub fn collect_languages(&mut self) {
        let mut languages = BTreeSet::new();
        let mut add = |label: &LocalizedText| languages.extend(label.0.keys().copied());
        let options = |choice: &Choice, add: &mut dyn FnMut(&LocalizedText)| {
            add(&choice.display_name);
            choice.options.iter().for_each(|o| add(&o.label));
        };
        for table in self.tables.values() {
            add(&table.display_name);
            for column in &table.columns {
                add(&column.display_name);
                if let Some(ChoiceRef::Local(choice)) = column.ty.choice() {
                    options(choice, &mut add);
                }
            }
        }
        for choice in self.choices.values() {
            options(choice, &mut add);
        }
        self.org.languages = languages.into_iter().collect();
    }
}

/// Facts about the organisation. The times and the options of the last fetch are in `store::SyncState`
/// instead, so that equal metadata always gives an equal snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Org {
    /// The address of the organisation: `https://contoso.crm4.dynamics.com`. `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The version of the service; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The languages of the labels (LCIDs), in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<u32>,
    /// The base language (an LCID), which was chosen when the organisation was created; `None` if unknown.
    /// Every label has a text in this language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_language: Option<u32>,
}

impl Org {
    /// Returns the language (an LCID) in which labels are shown: the base language, or English (1033) if the
    /// base language is unknown.
    #[must_use]
    pub fn language(&self) -> u32 {
        self.base_language.unwrap_or(ENGLISH)
    }
}

/// A table of the organisation, with its columns, alternate keys and relationships.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The logical name, in lower case.
    pub logical_name: String,
    /// The schema name, which is the logical name in mixed case; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// The name of the table's entity set in the Web API (`accounts`), which cannot be derived from the
    /// logical name. `None` if the table has no entity set, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_set: Option<String>,
    /// The table's `MetadataId`, a guid; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_id: Option<String>,
    /// The display name (singular), by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// The display name (plural), by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_collection_name: LocalizedText,
    /// The description, by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// The logical name of the primary key column; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_id: Option<String>,
    /// The logical name of the primary name column; `None` if the table has none, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_name: Option<String>,
    /// The logical name of the primary image column; `None` if the table has none, or if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_image: Option<String>,
    /// The numeric type code that older APIs use; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type_code: Option<i32>,
    /// Who can own the table's rows; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
    /// The kind of the table: standard, activity, intersect, virtual, elastic or abstract; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<TableKind>,
    /// The logical name of the base type in the CSDL: `activitypointer`, `principal`. `None` if the table has
    /// none, or if unknown. The columns that the table inherits from its base are among `columns`, marked
    /// with [`Column::inherited`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whether the table is internal to the system; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// Whether a customiser added the table; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<bool>,
    /// Whether requests can get the changes to the table's rows since an earlier request
    /// (`ChangeTrackingEnabled` in the metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_tracking: Option<bool>,
    /// Whether the service refuses changes of the status that are not in
    /// [`ChoiceOption::transitions`](crate::ChoiceOption::transitions) (`EnforceStateTransitions` in the metadata).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce_state_transitions: Option<bool>,
    /// Whether only a part of the table is known. Solutions, for example, list only some columns and
    /// relationships. Merging a source that lists the whole table clears the flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The alternate keys, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// The columns, sorted by logical name.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// The relationships, sorted by navigation property, schema name and other table.
    #[serde(default)]
    pub relationships: Vec<Relationship>,
}

impl Table {
    /// Returns the column with this logical name; `None` if there is none. The columns must be sorted
    /// ([`sort`](Self::sort)).
    #[must_use]
    pub fn column(&self, logical_name: &str) -> Option<&Column> {
        self.columns
            .binary_search_by(|c| c.logical_name.as_str().cmp(logical_name))
            .ok()
            .and_then(|i| self.columns.get(i))
    }

    /// Returns the column with the OData property `property` (`fullname`, `_parentcustomerid_value`); `None`
    /// if the table has no such property. Names are case-sensitive, as in the service.
    #[must_use]
    pub fn property(&self, property: &str) -> Option<&Column> {
        let lookup = property.strip_prefix('_').and_then(|p| p.strip_suffix("_value"));
        let by_rule = lookup
            .and_then(|name| self.column(name))
            .filter(|c| c.ty.is_lookup() && c.property.is_none())
            .or_else(|| self.column(property).filter(|c| !c.ty.is_lookup() && c.property.is_none()));
        by_rule
            .or_else(|| self.columns.iter().find(|c| c.property.as_deref() == Some(property)))
            .filter(|c| c.is_property())
    }

    /// Returns the relationship with the navigation property `name`; `None` if there is none. Names are
    /// case-sensitive, as in the service.
    #[must_use]
    pub fn navigation(&self, name: &str) -> Option<&Relationship> {
        self.relationships
            .binary_search_by(|r| r.navigation.as_deref().cmp(&Some(name)))
            .ok()
            .and_then(|i| self.relationships.get(i))
    }

    /// Returns whether the table is known only because relationships of other tables lead to it: no source
    /// describes the table itself.
    #[must_use]
    pub fn is_reference_only(&self) -> bool {
        self.partial && self.schema_name.is_none() && self.entity_set.is_none() && self.columns.is_empty()
    }

    /// Returns the lookup whose label `column` holds: `primarycontactid` for the column
    /// `primarycontactidname`. Returns `None` for all other columns. The Web API has no such name columns; it
    /// returns the label as the formatted value of the lookup.
    #[must_use]
    pub fn lookup_named_by(&self, column: &Column) -> Option<&Column> {
        let lookup = self.column(column.attribute_of.as_deref()?)?;
        let is_name = column.logical_name.strip_suffix("name") == Some(lookup.logical_name.as_str());
        (is_name && lookup.ty.is_lookup()).then_some(lookup)
    }

    /// Returns the N:1 relationships of the lookup with the logical name `column`. A polymorphic lookup has
    /// one relationship for each table that it can point to.
    pub fn lookups_of<'a>(&'a self, column: &'a str) -> impl Iterator<Item = &'a Relationship> + 'a {
        self.relationships.iter().filter(move |r| r.is_single() && r.column.as_deref() == Some(column))
    }

    /// Sorts columns, relationships, keys, lookup targets and local options in the order that look-ups and
    /// the snapshot's files require.
    pub fn sort(&mut self) {
        self.columns.iter_mut().for_each(Column::sort);
        if !self.columns.is_sorted_by(|a, b| a.logical_name < b.logical_name) {
            self.columns.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
        }
        // The last members only make the result independent of the input's order.
        let order = |a: &Relationship, b: &Relationship| {
            (&a.navigation, &a.schema_name, a.side, &a.table, &a.column)
                .cmp(&(&b.navigation, &b.schema_name, b.side, &b.table, &b.column))
                .then_with(|| {
                    (&a.referenced, &a.intersect, &a.partner).cmp(&(&b.referenced, &b.intersect, &b.partner))
                })
        };
        self.relationships.sort_by(order);
        self.keys.sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
    }
}

/// An alternate key: a set of columns whose values identify a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The logical name. A key that is known only from a CSDL has a made-up name: its column names, joined by
    /// `_`.
    pub name: String,
    /// The schema name; `None` if it is the logical name or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// The logical names of the key's columns.
    pub columns: Vec<String>,
    /// The status: `Active`, `Pending`, `InProgress` or `Failed`; `None` if unknown. Requests can use only
    /// active keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Who can own the rows of a table (`OwnershipType` in the metadata).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// Rows have no owner.
    None,
    /// A user or a team owns each row (`UserOwned`, `TeamOwned`).
    User,
    /// A business unit owns each row.
    Business,
    /// The organisation owns all rows.
    Organization,
    /// Rows belong to a parent that a business unit owns (`BusinessParented`).
    BusinessParented,
}

/// The kind of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// An ordinary table.
    Standard,
    /// An activity, such as an email. Its key is `activityid`, and its base `activitypointer`.
    Activity,
    /// The table that stores the pairs of rows of an N:N relationship.
    Intersect,
    /// A table whose rows are in an external data source.
    Virtual,
    /// A table whose rows are in a document store.
    Elastic,
    /// An abstract base type: it has no entity set and no rows of its own.
    Abstract,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complete::label;
    use crate::{Choice, ChoiceOption, ColumnType, Side};

    fn column(name: &str, ty: ColumnType, property: Option<&str>) -> Column {
        Column { property: property.map(Into::into), ..Column::new(name, ty) }
    }

    fn lookup() -> ColumnType {
        ColumnType::Lookup { targets: Vec::new() }
    }

    #[test]
    fn a_property_is_found_by_its_rule_or_by_its_own_name() {
        let mut table = Table {
            columns: vec![
                column("name", ColumnType::BigInt, None),
                column("parent", lookup(), None),
                column("other", lookup(), Some("Other")),
                column("named", ColumnType::BigInt, Some("Named")),
                column("label", ColumnType::Virtual, None),
                Column { odata: Some(false), ..column("hidden", ColumnType::BigInt, Some("Hidden")) },
                column("_odd_value", ColumnType::BigInt, None),
            ],
            ..Table::default()
        };
        table.sort();
        for (property, expected) in [
            ("name", Some("name")),
            ("Name", None),
            ("_name_value", None),
            ("parent", None),
            ("_parent_value", Some("parent")),
            ("_other_value", None),
            ("other", None),
            ("Other", Some("other")),
            ("named", None),
            ("Named", Some("named")),
            ("label", None),
            ("hidden", None),
            ("Hidden", None),
            ("_odd_value", Some("_odd_value")),
            ("_value", None),
        ] {
            let found = table.property(property).map(|c| c.logical_name.as_str());
            assert_eq!(found, expected, "{property}");
        }
        assert!(table.column("parent").is_some() && table.column("Parent").is_none());
    }

    #[test]
    fn a_table_that_only_others_refer_to_has_nothing_of_its_own() {
        let partial = Table { partial: true, ..Table::default() };
        assert!(partial.is_reference_only());
        for table in [
            Table { partial: false, ..partial.clone() },
            Table { schema_name: Some("T".into()), ..partial.clone() },
            Table { entity_set: Some("ts".into()), ..partial.clone() },
            Table { columns: vec![column("a", ColumnType::BigInt, None)], ..partial.clone() },
        ] {
            assert!(!table.is_reference_only(), "{table:?}");
        }
    }

    #[test]
    fn the_lookup_of_a_name_column_is_found_by_both_names() {
        let with = |name: &str, of: Option<&str>| Column {
            attribute_of: of.map(Into::into),
            ..column(name, ColumnType::Virtual, None)
        };
        let mut table = Table {
            columns: vec![column("owner", lookup(), None), column("kind", ColumnType::BigInt, None)],
            ..Table::default()
        };
        table.sort();
        for (name, of, expected) in [
            ("ownername", Some("owner"), Some("owner")),
            ("owneryominame", Some("owner"), None),
            ("ownername", None, None),
            ("kindname", Some("kind"), None),
            ("ownername", Some("missing"), None),
            ("owner", Some("owner"), None),
        ] {
            let found = table.lookup_named_by(&with(name, of)).map(|c| c.logical_name.as_str());
            assert_eq!(found, expected, "{name} {of:?}");
        }
    }

    fn relationship(navigation: Option<&str>, side: Side, column: &str) -> Relationship {
        Relationship {
            navigation: navigation.map(Into::into),
            side,
            table: "x".into(),
            column: Some(column.into()),
            referenced: None,
            intersect: None,
            entity1: None,
            partner: None,
            schema_name: None,
            hierarchical: None,
            cascade: None,
        }
    }

    #[test]
    fn relationships_are_found_by_navigation_property_and_by_lookup() {
        let mut table = Table {
            relationships: vec![
                relationship(Some("b"), Side::ManyToOne, "c"),
                relationship(Some("a"), Side::OneToMany, "c"),
                relationship(None, Side::ManyToOne, "d"),
                relationship(Some("B"), Side::ManyToOne, "c"),
            ],
            ..Table::default()
        };
        table.sort();
        let navigations: Vec<_> = table.relationships.iter().map(|r| r.navigation.as_deref()).collect();
        assert_eq!(navigations, [None, Some("B"), Some("a"), Some("b")]);
        assert_eq!(table.navigation("a").map(|r| r.side), Some(Side::OneToMany));
        assert!(table.navigation("A").is_none());
        let lookups: Vec<_> = table.lookups_of("c").map(|r| r.navigation.as_deref()).collect();
        assert_eq!(lookups, [Some("B"), Some("b")]);
        assert_eq!(table.lookups_of("d").count(), 1);
    }

    #[test]
    fn the_order_of_relationships_does_not_depend_on_the_input() {
        let base = relationship(Some("n"), Side::ManyToOne, "c");
        let some = |text: &str| Some(text.to_owned());
        // Each one follows the one before by one more fact.
        let sorted = vec![
            Relationship { navigation: None, schema_name: some("z"), ..base.clone() },
            base.clone(),
            Relationship { partner: some("p"), ..base.clone() },
            Relationship { intersect: some("i"), ..base.clone() },
            Relationship { referenced: some("r"), ..base.clone() },
            Relationship { column: some("d"), ..base.clone() },
            Relationship { table: "y".into(), ..base.clone() },
            Relationship { side: Side::OneToMany, table: "a".into(), ..base.clone() },
            Relationship { schema_name: some("s"), ..base.clone() },
            Relationship { navigation: some("o"), ..base },
        ];
        let mut table = Table { relationships: sorted.iter().rev().cloned().collect(), ..Table::default() };
        table.sort();
        assert_eq!(table.relationships, sorted);
    }

    #[test]
    fn everything_in_a_schema_is_sorted() {
        let option =
            |value| ChoiceOption { value, transitions: Some(vec![3, 1, 3]), ..ChoiceOption::default() };
        let choice = || Choice { name: "c".into(), options: vec![option(2), option(1)], ..Choice::default() };
        let local = |name: &str, ty: fn(Option<ChoiceRef>) -> ColumnType| {
            Column::new(name, ty(Some(ChoiceRef::Local(choice()))))
        };
        let targets = || vec!["b".to_owned(), "a".to_owned(), "b".to_owned()];
        let key = |name: &str, column: &str| Key {
            name: name.into(),
            columns: vec![column.into()],
            ..Key::default()
        };
        let mut table = Table {
            logical_name: "t".into(),
            keys: vec![key("l", "a"), key("k", "b"), key("k", "a")],
            columns: vec![
                Column::new("m", ColumnType::PartyList { targets: targets() }),
                Column::new("l", ColumnType::Owner { targets: targets() }),
                Column::new("k", ColumnType::Customer { targets: targets() }),
                Column::new("j", ColumnType::Lookup { targets: targets() }),
                local("e", |choice| ColumnType::Boolean { choice, default: None }),
                local("d", |choice| ColumnType::Status { choice, default: None }),
                local("c", |choice| ColumnType::State { choice, default: None }),
                local("b", |choice| ColumnType::Choices { choice }),
                local("a", |choice| ColumnType::Choice { choice, default: None }),
            ],
            ..Table::default()
        };
        let mut schema = Schema {
            tables: [("t".into(), std::mem::take(&mut table))].into(),
            choices: [("c".into(), choice())].into(),
            ..Schema::default()
        };
        schema.org.languages = vec![1033, 1031, 1033];
        schema.sort();
        assert_eq!(schema.org.languages, [1031, 1033]);
        let table = &schema.tables["t"];
        let names: Vec<_> = table.columns.iter().map(|c| c.logical_name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e", "j", "k", "l", "m"]);
        let keys: Vec<_> = table.keys.iter().map(|k| format!("{} {}", k.name, k.columns[0])).collect();
        assert_eq!(keys, ["k a", "k b", "l a"]);
        for column in &table.columns {
            match column.ty.choice() {
                Some(ChoiceRef::Local(choice)) => {
                    assert_eq!(
                        choice.options,
                        [1, 2].map(|value| ChoiceOption { transitions: Some(vec![1, 3]), ..option(value) }),
                        "{column:?}"
                    );
                }
                _ => assert_eq!(column.ty.targets(), ["a", "b"], "{column:?}"),
            }
        }
        assert_eq!(schema.choices["c"].options[0].value, 1);
    }

    #[test]
    fn the_languages_are_those_of_names_and_of_options() {
        let in_language = |language| LocalizedText::new(language, "x");
        let option = |language| ChoiceOption { label: in_language(language), ..ChoiceOption::default() };
        let choice = |name, own| Choice {
            display_name: in_language(name),
            options: vec![option(own)],
            ..Choice::default()
        };
        let mut schema = Schema::default();
        let local = ColumnType::Choices { choice: Some(ChoiceRef::Local(choice(3, 4))) };
        let global = ColumnType::Choices { choice: Some(ChoiceRef::Global("g".into())) };
        let columns = vec![
            Column { display_name: in_language(2), ..Column::new("a", local) },
            Column::new("b", global),
        ];
        // Descriptions do not count.
        let table =
            Table { display_name: in_language(1), description: in_language(9), columns, ..Table::default() };
        schema.tables.insert("t".into(), table);
        schema.choices.insert("g".into(), choice(5, 6));
        schema.org.languages = vec![99];
        schema.collect_languages();
        assert_eq!(schema.org.languages, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn labels_are_shown_in_the_base_language_or_else_in_english() {
        let org = |base_language| Org { base_language, ..Org::default() };
        assert_eq!((org(None).language(), org(Some(1031)).language()), (1033, 1031));
        let text = |pairs: &[(u32, &str)]| {
            LocalizedText(pairs.iter().map(|(language, text)| (*language, (*text).to_owned())).collect())
        };
        for (label, language, expected) in [
            (label("a"), 1031, Some("a (de)")),
            (label("a"), 1036, Some("a")),
            (text(&[(1031, "b"), (1036, "c")]), 1040, Some("b")),
            (text(&[(1031, "b"), (1036, "c")]), 1036, Some("c")),
            (text(&[(1031, ""), (1036, "c")]), 1031, Some("c")),
            (text(&[(1031, "b"), (1033, "")]), 1040, Some("b")),
            (text(&[(1031, "")]), 1031, None),
            (text(&[]), 1033, None),
        ] {
            assert_eq!(label.best(language), expected, "{label:?} {language}");
        }
        assert_eq!(text(&[(1, ""), (2, "a"), (3, "b")]).texts().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((text(&[(1, "a")]).get(1), text(&[(1, "a")]).get(2)), (Some("a"), None));
        assert!(text(&[]).is_empty() && !text(&[(1, "")]).is_empty());
    }
}
