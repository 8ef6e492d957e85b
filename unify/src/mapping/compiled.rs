//! Defines [`CompiledMapping`], a mapping that was compiled against a snapshot. It is data: programs keep it and
//! read it again instead of compiling once more.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::FieldType;

/// The version of the format of compiled mappings. A program that keeps one compares the versions, and compiles anew if
/// they differ.
pub const COMPILED_VERSION: u32 = 2;

/// A mapping that was compiled against the snapshot of one organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompiledMapping {
    /// The version of the format, [`COMPILED_VERSION`].
    pub version: u32,
    /// The resources that the organisation has, in the order of the mapping.
    pub resources: Vec<CompiledResource>,
    /// The parts of the mapping that the organisation does not have, and that are optional.
    pub missing: Vec<Missing>,
}

impl CompiledMapping {
    /// Returns the resource with the name `name`; `None` if the organisation does not have it.
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<&CompiledResource> {
        self.resources.iter().find(|resource| resource.name == name)
    }
}

/// A part of a mapping that an organisation does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The resource.
    pub resource: String,
    /// The field, with the item of a list: `phone_numbers[1]`. `None` if the whole resource is missing.
    pub field: Option<String>,
    /// The reason, such as "`contact` has no column `mobilephone`".
    pub reason: String,
    /// The column that does not exist, with its table; `None` for another reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<(String, String)>,
}

/// A resource of a compiled mapping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompiledResource {
    /// The name: `contacts`.
    pub name: String,
    /// Where the records come from.
    pub records: RecordSource,
}

/// Where the records of a resource come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordSource {
    /// From the rows of tables, one after the other.
    Tables(Vec<CompiledTable>),
    /// From the snapshot or the mapping: no request is needed, and they cannot be changed.
    Fixed(Vec<Map<String, Value>>),
}

/// A table whose rows are records of a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompiledTable {
    /// The logical name.
    pub table: String,
    /// The name of the entity set.
    pub entity_set: String,
    /// The logical name of the primary key.
    pub primary_id: String,
    /// The logical name of the column with the name of a row; `None` if the table has none that can be read.
    pub primary_name: Option<String>,
    /// The logical name of the column with the time of a row's creation; `None` if the table has none.
    pub created_on: Option<String>,
    /// The logical name of the column with the time of a row's last change; `None` if the table has none.
    pub modified_on: Option<String>,
    /// The OData filter that rows have to meet; `None` if all rows are records.
    pub filter: Option<String>,
    /// Whether changes of the table can be read with its deletions.
    pub change_tracking: bool,
    /// Where the currency of the row's amounts is; `None` if rows have none.
    pub currency: Option<Currency>,
    /// The fields of the model.
    pub fields: Vec<CompiledField>,
    /// The custom fields.
    pub custom: Vec<CompiledField>,
}

impl CompiledTable {
    /// Returns the field with the name `name`; `None` if the mapping does not have it. A custom field is named
    /// `custom_fields.<name>`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&CompiledField> {
        match name.strip_prefix("custom_fields.") {
            Some(name) => self.custom.iter().find(|field| field.name == name),
            None => self.fields.iter().find(|field| field.name == name),
        }
    }
}

/// Where the currency of a row's amounts is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// The logical name of the lookup.
    pub column: String,
    /// The navigation property of the lookup.
    pub navigation: String,
    /// The entity set of the currencies.
    pub entity_set: String,
    /// The primary key of the currencies.
    pub primary_id: String,
    /// The column of the currency that has its ISO code.
    pub code: String,
    /// The column of the currency that has the number of decimal places of its amounts; `None` if it is not known.
    pub precision: Option<String>,
}

/// A field of a compiled mapping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompiledField {
    /// The name.
    pub name: String,
    /// The type in the model.
    pub ty: FieldType,
    /// Where the value comes from.
    pub source: FieldSource,
    /// Whether reads return the field.
    pub readable: bool,
    /// Why writes cannot set the field; `None` if they can.
    pub read_only: Option<String>,
}

/// Where the value of a field comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldSource {
    /// From a column.
    Cell(Cell),
    /// From a part of the text of a column.
    Split {
        /// The column.
        cell: Cell,
        /// The text between the parts.
        separator: String,
        /// The part.
        part: Part,
    },
    /// From a column of the row to which a lookup leads.
    Path {
        /// The navigation property of the lookup.
        navigation: String,
        /// The column of the other table.
        cell: Cell,
    },
    /// From a lookup.
    Lookup {
        /// The lookup column.
        cell: Cell,
        /// The tables that count, with the resources that have their rows.
        targets: Vec<Target>,
    },
    /// From a choice whose options are members of an enum.
    Enum {
        /// The choice column.
        cell: Cell,
        /// The members with their options.
        members: Vec<Member>,
    },
    /// From a choice whose options are the records of another resource.
    ChoiceReference {
        /// The choice column.
        cell: Cell,
        /// The resource.
        resource: String,
        /// The options that exist.
        options: Vec<i64>,
    },
    /// From several columns, put together.
    Template(Vec<TemplatePart>),
    /// From the mapping.
    Constant(Value),
    /// From several columns, as a list.
    List(Vec<Item>),
    /// From a function of the program.
    Hook(String),
}

/// A column that a field is read from and written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The logical name.
    pub column: String,
    /// The name of the OData property.
    pub property: String,
    /// The kind of the values.
    pub kind: CellKind,
    /// Whether queries can compare the column.
    pub filterable: bool,
    /// Whether a request that creates a row can set the column.
    pub creatable: bool,
    /// Whether a request that changes a row can set the column.
    pub updatable: bool,
    /// The option that a new row has if nothing is set; `None` if there is none, or if it is unknown.
    pub default: Option<i64>,
    /// The number of decimal places of an exact number that the service keeps; `None` if it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<DecimalPlaces>,
}

/// The number of decimal places of an exact number that the service keeps. It rounds numbers with more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalPlaces {
    /// So many as the column says.
    Fixed(u8),
    /// So many as the currency of the row has.
    OfCurrency,
}

/// The kind of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A decimal number.
    Decimal,
    /// A floating-point number.
    Float,
    /// An amount of money.
    Money,
    /// True or false.
    Boolean,
    /// A date.
    Date,
    /// A time in UTC.
    Time,
    /// A date and time that are the same in every time zone.
    LocalTime,
    /// A guid.
    Guid,
    /// An option of a choice.
    Choice,
    /// Several options of a choice.
    Choices,
    /// A lookup.
    Lookup,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The part before the first separator.
    First,
    /// The part after the last separator.
    Last,
    /// Everything after the first separator.
    Rest,
    /// The part with this number, from 0.
    At(usize),
}

/// A table that a lookup can point to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The logical name of the table.
    pub table: String,
    /// The resource that has the rows of the table; `None` if the mapping has none.
    pub resource: Option<String>,
}

/// A member of an enum with the options that it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The name of the member.
    pub name: String,
    /// The options; writes set the first one.
    pub options: Vec<i64>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplatePart {
    /// A text that is the same in all records.
    Text(String),
    /// The value of a column.
    Cell(Cell),
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The members that have constant values, such as `type`.
    pub constants: Vec<(String, String)>,
    /// The members that come from columns.
    pub cells: Vec<(String, Cell)>,
}
