//! Columns and their types.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{ChoiceRef, LocalizedText};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Lower-case logical name; for a lookup without `_…_value`.
    pub logical_name: String,
    /// What it holds.
    #[serde(flatten)]
    pub ty: ColumnType,
    /// The OData property, where it is neither the logical name nor, for a lookup, `_<logical name>_value`
    /// (virtual tables have properties in mixed case).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// Is it a property of the Web API's entity type? Wire: `IsValidODataAttribute`, or being in the CSDL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odata: Option<bool>,
    /// Schema name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// `MetadataId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_id: Option<String>,
    /// Display name.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// Description.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// Must it have a value?
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<RequiredLevel>,
    /// May be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for_read: Option<bool>,
    /// May be given on create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for_create: Option<bool>,
    /// May be given on update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for_update: Option<bool>,
    /// Under column-level security.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secured: Option<bool>,
    /// Added by a customiser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<bool>,
    /// Stored in another table (address columns).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logical: Option<bool>,
    /// The column that it accompanies (`statecodename` of `statecode`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute_of: Option<String>,
    /// Where its value comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceType>,
    /// The format of an autonumber column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_number: Option<String>,
    /// The base table that it comes from (`activitypointer`, `principal`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<String>,
}

impl Column {
    /// A column of which only name and type are known.
    #[must_use]
    pub fn new(logical_name: impl Into<String>, ty: ColumnType) -> Self {
        Self {
            logical_name: logical_name.into(),
            ty,
            property: None,
            odata: None,
            schema_name: None,
            metadata_id: None,
            display_name: LocalizedText::default(),
            description: LocalizedText::default(),
            required: None,
            valid_for_read: None,
            valid_for_create: None,
            valid_for_update: None,
            secured: None,
            custom: None,
            logical: None,
            attribute_of: None,
            source: None,
            auto_number: None,
            inherited: None,
        }
    }

    /// Puts targets and local options into the order that files rely on.
    pub(crate) fn sort(&mut self) {
        match &mut self.ty {
            ColumnType::Lookup { targets }
            | ColumnType::Customer { targets }
            | ColumnType::Owner { targets }
            | ColumnType::PartyList { targets } => {
                targets.sort_unstable();
                targets.dedup();
            }
            ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), .. }
            | ColumnType::Choices { choice: Some(ChoiceRef::Local(choice)) }
            | ColumnType::State { choice: Some(ChoiceRef::Local(choice)) }
            | ColumnType::Status { choice: Some(ChoiceRef::Local(choice)) }
            | ColumnType::Boolean { choice: Some(ChoiceRef::Local(choice)), .. } => choice.sort(),
            _ => {}
        }
    }

    /// The OData property that reads it: `fullname`, `_parentcustomerid_value`. It is given even where the column
    /// is not a property at all: ask [`is_property`](Self::is_property) first.
    #[must_use]
    pub fn property_name(&self) -> Cow<'_, str> {
        match &self.property {
            Some(name) => Cow::Borrowed(name),
            None if self.ty.is_lookup() => Cow::Owned(format!("_{}_value", self.logical_name)),
            None => Cow::Borrowed(&self.logical_name),
        }
    }

    /// Can an OData query name it? Where no source said, decided by type as measured on real organisations:
    /// party lists, virtual and calendar columns never are, `EntityName` companions of a lookup neither.
    #[must_use]
    pub fn is_property(&self) -> bool {
        self.odata.unwrap_or(match self.ty {
            ColumnType::PartyList { .. } | ColumnType::Virtual | ColumnType::CalendarRules => false,
            ColumnType::EntityName | ColumnType::String { .. } => self.attribute_of.is_none(),
            _ => true,
        })
    }
}

/// What a column holds. Wire source: `AttributeTypeName`, never `AttributeType` (which says `Virtual` for three
/// kinds of column).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ColumnType {
    /// One line of text. `Edm.String`.
    String {
        /// Characters, not bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<u32>,
        /// `Email`, `Text`, `TextArea`, `Url`, `Phone`, `Json`, `RichText`, …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
    },
    /// Several lines of text. `Edm.String`.
    Memo {
        /// Characters, not bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<u32>,
        /// As for text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
    },
    /// `Edm.Int32`.
    Integer {
        /// Least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        /// Greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
        /// `None`, `Duration`, `TimeZone`, `Language`, `Locale`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
    },
    /// `Edm.Int64`.
    BigInt,
    /// `Edm.Decimal`, up to ten decimal places.
    Decimal {
        /// Least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// Decimal places.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u8>,
    },
    /// `Edm.Double`.
    Double {
        /// Least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// Decimal places.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u8>,
    },
    /// An amount in the row's currency. `Edm.Decimal`.
    Money {
        /// Least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// Decimal places.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u8>,
        /// 0 its own precision, 1 the organisation's, 2 the currency's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision_source: Option<u8>,
        /// For a `…_base` column: the column it is calculated of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calculation_of: Option<String>,
    },
    /// Two options. `Edm.Boolean`.
    Boolean {
        /// Labels of 0 and 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
        /// Value of a new row.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<bool>,
    },
    /// A date, with or without time: `Edm.Date` where the behaviour is date only, else `Edm.DateTimeOffset`.
    DateTime {
        /// How time zones are treated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behavior: Option<DateTimeBehavior>,
        /// True where the *format* is date only (forms hide the time; the value still has one unless the behaviour
        /// is date only too).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date_format: Option<bool>,
    },
    /// A reference to a row. Property `_<name>_value`, `Edm.Guid`.
    Lookup {
        /// Logical names of the tables it can point to.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>,
    },
    /// A reference to an account or a contact.
    Customer {
        /// Usually `account` and `contact`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>,
    },
    /// A reference to a user or a team.
    Owner {
        /// Usually `systemuser` and `team`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>,
    },
    /// The parties of an activity; not a property, read through `<table>_activity_parties`.
    PartyList {
        /// Tables that can take part.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>,
    },
    /// One of a choice's options (`Picklist`). `Edm.Int32`.
    Choice {
        /// The options.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
        /// Value of a new row.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<i32>,
    },
    /// Several of a choice's options (`MultiSelectPicklist`). `Edm.String`, `"1,9"`.
    Choices {
        /// The options.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
    },
    /// The table's state. `Edm.Int32`.
    State {
        /// The options.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
    },
    /// The table's status reason; each option belongs to a state. `Edm.Int32`.
    Status {
        /// The options.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
    },
    /// A guid that is not a lookup; primary keys. `Edm.Guid`.
    Uniqueidentifier,
    /// A table's logical name. `Edm.String`.
    EntityName,
    /// A managed property, a complex value: filter by `<name>/Value`.
    ManagedProperty,
    /// A picture. `Edm.Binary`.
    Image {
        /// Is it the table's own picture?
        #[serde(default, skip_serializing_if = "Option::is_none")]
        primary: Option<bool>,
        /// Kilobytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_size_kb: Option<u32>,
    },
    /// A file; what is read is its id.
    File {
        /// Kilobytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_size_kb: Option<u32>,
    },
    /// A value that the service computes for display; never an OData property.
    Virtual,
    /// Calendar rules; not a property.
    CalendarRules,
    /// Only the wire type is known (a CSDL source): `Edm.Int32` may be a number, a choice, a state or a status.
    Edm {
        /// The wire type.
        edm: Edm,
    },
    /// A type that this version does not know, by its wire name.
    Other {
        /// `AttributeTypeName.Value`, or the CSDL type.
        name: String,
    },
}

impl ColumnType {
    /// Lookup, customer or owner: read as `_<name>_value`.
    #[must_use]
    pub fn is_lookup(&self) -> bool {
        matches!(self, Self::Lookup { .. } | Self::Customer { .. } | Self::Owner { .. })
    }

    /// Reports whether it is a choice, state or status column: one option, stored as its integer.
    #[must_use]
    pub fn is_choice(&self) -> bool {
        matches!(self, Self::Choice { .. } | Self::State { .. } | Self::Status { .. })
    }

    /// The tables that a lookup or a party list can point to; empty for other types and where unknown.
    #[must_use]
    pub fn targets(&self) -> &[String] {
        match self {
            Self::Lookup { targets }
            | Self::Customer { targets }
            | Self::Owner { targets }
            | Self::PartyList { targets } => targets,
            _ => &[],
        }
    }

    /// The options of a choice, choices, state, status or two-option column.
    #[must_use]
    pub fn choice(&self) -> Option<&ChoiceRef> {
        match self {
            Self::Choice { choice, .. }
            | Self::Choices { choice }
            | Self::State { choice }
            | Self::Status { choice }
            | Self::Boolean { choice, .. } => choice.as_ref(),
            _ => None,
        }
    }

    /// The wire type of its property, where it has one.
    #[must_use]
    pub fn edm(&self) -> Option<Edm> {
        Some(match self {
            Self::String { .. } | Self::Memo { .. } | Self::Choices { .. } | Self::EntityName => Edm::String,
            Self::Integer { .. } | Self::Choice { .. } | Self::State { .. } | Self::Status { .. } => {
                Edm::Int32
            }
            Self::BigInt => Edm::Int64,
            Self::Decimal { .. } | Self::Money { .. } => Edm::Decimal,
            Self::Double { .. } => Edm::Double,
            Self::Boolean { .. } => Edm::Boolean,
            Self::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => Edm::Date,
            Self::DateTime { .. } => Edm::DateTimeOffset,
            Self::Lookup { .. } | Self::Customer { .. } | Self::Owner { .. } | Self::Uniqueidentifier => {
                Edm::Guid
            }
            Self::Image { .. } | Self::File { .. } => Edm::Binary,
            Self::Edm { edm } => *edm,
            Self::PartyList { .. }
            | Self::ManagedProperty
            | Self::Virtual
            | Self::CalendarRules
            | Self::Other { .. } => return None,
        })
    }
}

/// The primitive types of Dataverse's CSDL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Edm {
    /// `Edm.Binary`
    Binary,
    /// `Edm.Boolean`
    Boolean,
    /// `Edm.Date`
    Date,
    /// `Edm.DateTimeOffset`
    DateTimeOffset,
    /// `Edm.Decimal`
    Decimal,
    /// `Edm.Double`
    Double,
    /// `Edm.Guid`
    Guid,
    /// `Edm.Int32` (also `Edm.Int16`)
    Int32,
    /// `Edm.Int64`
    Int64,
    /// `Edm.String`
    String,
}

/// How a date-time column treats time zones. Wire: `DateTimeBehavior.Value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateTimeBehavior {
    /// Stored in UTC, shown in the user's zone.
    UserLocal,
    /// A day, no time: `Edm.Date`.
    DateOnly,
    /// A clock reading that is the same everywhere.
    TimeZoneIndependent,
}

/// Must a column have a value? Wire: `RequiredLevel.Value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredLevel {
    /// No.
    None,
    /// Forms recommend it.
    Recommended,
    /// Forms insist; the service does not.
    Application,
    /// The service insists.
    System,
}

/// Where a value comes from. Wire: `SourceType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceType {
    /// Stored (0).
    Simple,
    /// Calculated (1).
    Calculated,
    /// Rolled up from related rows (2).
    Rollup,
    /// A formula column (3).
    Formula,
}
