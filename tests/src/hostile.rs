//! Generates random schemas that are hard for the code generator. Each oddity in them occurs in some real
//! organisation.

use dvkit_schema::{
    Choice, ChoiceKind, ChoiceOption, ChoiceRef, Column, ColumnType, DateTimeBehavior, Edm, Key,
    LocalizedText, Relationship, Schema, Side, SourceType, Table, TableKind,
};
use proptest::prelude::*;

/// Names that are hard for a code generator: keywords, types of the prelude, names that differ only in case
/// or in an underscore, and texts that are not identifiers.
const NAMES: &[&str] = &[
    "",
    " ",
    "'",
    "\"",
    "''",
    "_",
    "__",
    "-",
    "a",
    "A",
    "_a",
    "a_",
    "a__b",
    "a_b",
    "aB",
    "AB",
    "ab",
    "a-b",
    "a.b",
    "a b",
    "type",
    "Type",
    "r#type",
    "self",
    "Self",
    "super",
    "crate",
    "gen",
    "async",
    "abstract",
    "union",
    "extra",
    "Extra",
    "option",
    "result",
    "string",
    "vec",
    "box",
    "some",
    "none",
    "ok",
    "err",
    "default",
    "clone",
    "debug",
    "drop",
    "sized",
    "bool",
    "i32",
    "str",
    "choices",
    "mod",
    "con",
    "aux",
    "dvkit",
    "core",
    "std",
    "alloc",
    "table",
    "columns",
    "query",
    "slots",
    "cells",
    "key",
    "entity_set",
    "name",
    "value",
    "options",
    "state",
    "status",
    "tstate",
    "statecode",
    "statuscode",
    "2nd",
    "2",
    "_2",
    "½",
    "é",
    "É",
    "größe",
    "привет",
    "見積",
    "🦄",
    "\u{202e}abc",
    "a\u{200b}b",
    "a\0b",
    "*/",
    "/*",
    "//",
    "\\",
    "\\\"",
    "{}",
    "{0}",
    "#",
    "$x",
    "new_foo",
    "new__foo",
    "NEW_FOO",
    "newFoo",
    "new_Foo",
    "column",
    "column_x",
    "navigation",
    "v1",
    "V1",
    "vminus1",
    "ActiveV1",
];

/// Texts that are hard to write in documentation and string literals.
const TEXTS: &[&str] = &[
    "",
    " ",
    "Active",
    "active",
    "ACTIVE",
    "None",
    "Some",
    "Self",
    "True",
    "False",
    "type",
    "1 month",
    "10 %",
    ">=",
    "<",
    "=",
    "…",
    "🦄",
    "Größe",
    "Активный",
    "見積もり",
    "V1",
    "V2",
    "VMinus1",
    "*/ fn main() {}",
    "/* ",
    "```rust\nfail!()\n```",
    "    indented",
    "[link](x)",
    "[link]",
    "<b>bold",
    "</div>",
    "http://example.com/x_y",
    "# heading",
    "- list",
    "1. list",
    "\"quoted\" \\ back",
    "\\u{1F600}",
    "{}",
    "{0}",
    "\u{202e}turned\u{2066}",
    "nul\0nul",
    "tab\tline\r\nend\u{2028}x",
    "`code",
    "r#\"raw\"#",
    "a very long label that goes on and on and on, well beyond what anybody would call a name, or want to",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(NAMES).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-c]{1,3}_?[A-C]{0,2}",
        1 => Just("x".repeat(300)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![8 => prop::sample::select(TEXTS).prop_map(str::to_owned), 1 => any::<String>()]
}

fn label() -> impl Strategy<Value = LocalizedText> {
    prop::collection::btree_map(prop::sample::select(vec![1033, 1031, 1036, 9999]), text(), 0..3)
        .prop_map(LocalizedText)
}

fn option() -> impl Strategy<Value = ChoiceOption> {
    let value = prop_oneof![
        4 => -3..8,
        1 => Just(i32::MIN),
        1 => Just(i32::MAX),
        2 => 100_000_000..100_000_003,
    ];
    let more = (proptest::option::of(text()), proptest::option::of(0..2), proptest::option::of(text()));
    (value, label(), label(), more).prop_map(|(value, label, description, (color, state, invariant_name))| {
        ChoiceOption { value, label, description, color, state, invariant_name, ..ChoiceOption::default() }
    })
}

fn choice() -> impl Strategy<Value = Choice> {
    use ChoiceKind::{Boolean, Picklist, State, Status};
    let kind = proptest::option::of(prop::sample::select(vec![Picklist, State, Status, Boolean]));
    (name(), kind, label(), prop::collection::vec(option(), 0..9)).prop_map(
        |(name, kind, display_name, options)| Choice {
            name,
            kind,
            display_name,
            options,
            ..Choice::default()
        },
    )
}

fn options() -> impl Strategy<Value = Option<ChoiceRef>> {
    proptest::option::weighted(
        0.9,
        prop_oneof![2 => choice().prop_map(ChoiceRef::Local), 1 => name().prop_map(ChoiceRef::Global)],
    )
}

fn column_type() -> impl Strategy<Value = ColumnType> {
    use DateTimeBehavior::{DateOnly, TimeZoneIndependent, UserLocal};
    let edms = [
        Edm::Binary,
        Edm::Boolean,
        Edm::Date,
        Edm::DateTimeOffset,
        Edm::Decimal,
        Edm::Double,
        Edm::Guid,
        Edm::Int32,
        Edm::Int64,
        Edm::String,
    ];
    let number = || (Just(None), Just(None), Just(None));
    let targets = || prop::collection::vec(name(), 0..3);
    let behavior = proptest::option::of(prop::sample::select(vec![DateOnly, TimeZoneIndependent, UserLocal]));
    prop_oneof![
        2 => proptest::option::of(1_u32..9).prop_map(|max_length| ColumnType::String { max_length, format: None }),
        1 => Just(ColumnType::Memo { max_length: None, format: None }),
        1 => Just(ColumnType::Integer { min: None, max: None, format: None }),
        1 => Just(ColumnType::BigInt),
        1 => number().prop_map(|(min, max, precision)| ColumnType::Decimal { min, max, precision }),
        1 => number().prop_map(|(min, max, precision)| ColumnType::Double { min, max, precision }),
        1 => proptest::option::of(name()).prop_map(|calculation_of| ColumnType::Money {
            min: None, max: None, precision: None, precision_source: None, calculation_of,
        }),
        1 => options().prop_map(|choice| ColumnType::Boolean { choice, default: None }),
        1 => behavior.prop_map(|behavior| ColumnType::DateTime { behavior, date_format: None }),
        2 => targets().prop_map(|targets| ColumnType::Lookup { targets }),
        1 => targets().prop_map(|targets| ColumnType::Customer { targets }),
        1 => targets().prop_map(|targets| ColumnType::Owner { targets }),
        1 => targets().prop_map(|targets| ColumnType::PartyList { targets }),
        3 => options().prop_map(|choice| ColumnType::Choice { choice, default: None }),
        2 => options().prop_map(|choice| ColumnType::Choices { choice }),
        1 => options().prop_map(|choice| ColumnType::State { choice, default: Some(7) }),
        1 => options().prop_map(|choice| ColumnType::Status { choice, default: None }),
        1 => prop::sample::select(vec![
            ColumnType::Uniqueidentifier, ColumnType::EntityName, ColumnType::ManagedProperty,
            ColumnType::Image { primary: None, max_size_kb: None }, ColumnType::File { max_size_kb: None },
            ColumnType::Virtual, ColumnType::CalendarRules,
        ]),
        1 => prop::sample::select(edms.to_vec()).prop_map(|edm| ColumnType::Edm { edm }),
        1 => name().prop_map(|name| ColumnType::Other { name }),
    ]
}

fn column() -> impl Strategy<Value = Column> {
    let source = prop::sample::select(vec![SourceType::Simple, SourceType::Calculated, SourceType::Rollup]);
    let flags = (any::<Option<bool>>(), any::<Option<bool>>(), any::<Option<bool>>(), any::<Option<bool>>());
    let names = (name(), proptest::option::weighted(0.2, name()), proptest::option::of(name()));
    (names, column_type(), (label(), label()), flags, proptest::option::of(source)).prop_map(
        |((logical_name, property, schema_name), ty, (display_name, description), flags, source)| Column {
            property,
            schema_name,
            display_name,
            description,
            odata: flags.0.map(|odata| odata || flags.1.is_some()),
            valid_for_read: flags.1,
            valid_for_create: flags.2,
            valid_for_update: flags.3,
            source,
            ..Column::new(logical_name, ty)
        },
    )
}

fn relationship() -> impl Strategy<Value = Relationship> {
    let side = prop::sample::select(vec![Side::ManyToOne, Side::OneToMany, Side::ManyToMany]);
    let names = (proptest::option::weighted(0.9, name()), name(), proptest::option::of(name()));
    (names, side).prop_map(|((navigation, table, column), side)| Relationship {
        navigation,
        side,
        table,
        column,
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: None,
        hierarchical: None,
        cascade: None,
    })
}

fn table() -> impl Strategy<Value = Table> {
    let kind = proptest::option::of(prop::sample::select(vec![
        TableKind::Standard,
        TableKind::Activity,
        TableKind::Abstract,
        TableKind::Virtual,
    ]));
    let keys = prop::collection::vec((name(), prop::collection::vec(name(), 0..3)), 0..3);
    let names =
        (name(), proptest::option::of(text()), proptest::option::of(name()), proptest::option::of(name()));
    let parts = (prop::collection::vec(column(), 0..14), prop::collection::vec(relationship(), 0..14), keys);
    (names, (label(), label()), kind, parts).prop_map(
        |((logical_name, entity_set, primary_id, base), (display_name, description), kind, parts)| {
            let (columns, mut relationships, keys) = parts;
            // Half of the lookups get a matching column, since random relationships rarely name an existing
            // one.
            for (column, relationship) in columns.iter().filter(|c| c.ty.is_lookup()).zip(&mut relationships)
            {
                relationship.column = Some(column.logical_name.clone());
                relationship.side = Side::ManyToOne;
            }
            // A key of existing columns, so that it can be written.
            let first = columns.first().map(|c| c.logical_name.clone());
            let keys = keys.into_iter().enumerate().map(|(n, (name, columns))| Key {
                name,
                schema_name: None,
                columns: if n == 0 { first.clone().into_iter().collect() } else { columns },
                status: None,
            });
            Table {
                entity_set,
                primary_id: primary_id.or(first.clone()),
                primary_name: first.clone(),
                base,
                display_name,
                description,
                kind,
                keys: keys.collect(),
                columns,
                relationships,
                logical_name,
                ..Table::default()
            }
        },
    )
}

/// Returns a strategy for random schemas of a few tables.
pub fn schema() -> impl Strategy<Value = Schema> {
    (prop::collection::vec(table(), 1..9), prop::collection::vec(choice(), 0..5)).prop_map(
        |(tables, choices)| Schema {
            tables: tables.into_iter().map(|t| (t.logical_name.clone(), t)).collect(),
            choices: choices.into_iter().map(|c| (c.name.clone(), c)).collect(),
            ..Schema::default()
        },
    )
}
