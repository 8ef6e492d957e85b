//! Tests how values of JSON become fields, on records with a field of every kind.

mod annotations;
mod kinds;
mod options;

use crate::row::{
    FieldMut, FieldRef, FromScalar, Mismatch, Record, Row, RowExtras, Scalar, fields, fields_mut,
};
use crate::value::{ChoiceSet, ChoiceValue, ChoiceValues, FileId, Image, Lookup, ManagedProperty};
use crate::{Column, Decimal, Guid, Nav, NavMany, jiff, kind};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Size {
    Small,
    Large,
}

impl ChoiceSet for Size {
    const TEXT: &'static str =
        "new_size\n1\tSmall\t\t\t1033\tSmall\n2\tLarge\t#ff0000\t0\t1031\tGroß\t1033\tLarge";

    fn variants() -> &'static [Self] {
        &[Self::Small, Self::Large]
    }

    fn value(self) -> i32 {
        match self {
            Self::Small => 1,
            Self::Large => 2,
        }
    }
}

/// A record with a field of every kind that generated tables have.
#[derive(Default)]
struct Plain {
    bool: Option<bool>,
    choice: Option<ChoiceValue<Size>>,
    choices: Option<ChoiceValues<Size>>,
    date: Option<jiff::civil::Date>,
    datetime: Option<jiff::Timestamp>,
    decimal: Option<Decimal>,
    file: Option<FileId>,
    float: Option<f64>,
    id: Option<Guid>,
    image: Option<Image>,
    int: Option<i32>,
    local: Option<jiff::civil::DateTime>,
    long: Option<i64>,
    lookup: Option<Lookup>,
    managed: Option<ManagedProperty>,
    owner: Option<Lookup>,
    text: Option<String>,
    extra: RowExtras,
}

crate::row!(Plain);

/// The tables of the lookups.
const TARGETS: &[&str] =
    &["", "", "", "", "", "", "", "", "", "", "", "", "", "account", "", "systemuser team"];

const CHOICE: Column<Plain, kind::Choice<Size>> = crate::column(1);
const INT: Column<Plain, kind::Int> = crate::column(10);
const PARENT: Nav<Plain, Small> = crate::nav("parent", 13);
const CHILDREN: NavMany<Plain, Small> = crate::nav_many("children");

/// Returns references to the columns of a [`Plain`], in the order of their names.
macro_rules! columns {
    ($row:ident $($mutable:tt)?) => {(
        &$($mutable)? $row.bool, &$($mutable)? $row.choice, &$($mutable)? $row.choices, &$($mutable)? $row.date,
        &$($mutable)? $row.datetime, &$($mutable)? $row.decimal, &$($mutable)? $row.file, &$($mutable)? $row.float,
        (
            &$($mutable)? $row.id, &$($mutable)? $row.image, &$($mutable)? $row.int, &$($mutable)? $row.local,
            &$($mutable)? $row.long, &$($mutable)? $row.lookup, &$($mutable)? $row.managed, &$($mutable)? $row.owner,
        ),
        &$($mutable)? $row.text,
    )};
}

impl Record for Plain {
    const TABLE: &'static str = "plain";
    const COLUMNS: &'static [&'static str] = &[
        "bool", "choice", "choices", "date", "datetime", "decimal", "file", "float", "id", "image", "int",
        "local", "long", "lookup", "managed", "owner", "text",
    ];

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        fields_mut((columns!(self mut), &mut self.extra), TARGETS)
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        fields((columns!(self), &self.extra))
    }
}

/// A record that keeps the names of its rows alone.
#[derive(Debug, Default)]
struct Small {
    name: Option<String>,
}

impl Record for Small {
    const TABLE: &'static str = "small";
    const COLUMNS: &'static [&'static str] = &["name"];

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        vec![FieldMut::Text(&mut self.name)]
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        vec![FieldRef::Text(&self.name)]
    }
}

impl<'de> serde::Deserialize<'de> for Small {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Row::deserialize(deserializer).map(|row| row.0)
    }
}

/// A type of a user's own, which takes everything but null.
#[derive(Debug, Default)]
struct Told(String);

impl FromScalar for Told {
    fn set(&mut self, value: Scalar<'_>) -> Result<(), Mismatch> {
        if value == Scalar::Null {
            return Err(Mismatch::expected("anything"));
        }
        self.0 = format!("{value:?}");
        Ok(())
    }
}

/// A record with a field of every kind that structs of a user's own have.
#[derive(Default)]
struct Everything {
    plain: Plain,
    custom: Told,
    json: serde_json::Value,
    many: Vec<Small>,
    single: Option<Small>,
    string: String,
}

impl Record for Everything {
    const TABLE: &'static str = "everything";
    const COLUMNS: &'static [&'static str] = &[
        "bool", "choice", "choices", "date", "datetime", "decimal", "file", "float", "id", "image", "int",
        "local", "long", "lookup", "managed", "owner", "text", "x_custom", "x_json", "x_many", "x_single",
        "x_string",
    ];

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        let plain = &mut self.plain;
        let mut list = fields_mut(columns!(plain mut), TARGETS);
        list.push(FieldMut::Custom(&mut self.custom));
        list.push(FieldMut::Json(&mut self.json));
        list.push(FieldMut::Rows(&mut self.many));
        list.push(FieldMut::Rows(&mut self.single));
        list.push(FieldMut::Custom(&mut self.string));
        list
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        Vec::new()
    }
}

impl Everything {
    /// Returns the field of a column in the format of `Debug`.
    fn shown(&self, column: &str) -> String {
        match column {
            "x_custom" => format!("{:?}", self.custom.0),
            "x_json" => self.json.to_string(),
            "x_many" => format!("{:?}", self.many),
            "x_single" => format!("{:?}", self.single),
            "x_string" => format!("{:?}", self.string),
            column => {
                let at = Plain::COLUMNS.binary_search(&column).unwrap_or_else(|_| panic!("{column}"));
                format!("{:?}", self.plain.fields()[at])
            }
        }
    }
}
