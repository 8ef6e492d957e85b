//! Defines the columns of tables and their data types. Every other module of the crate, and every reader of
//! metadata, uses [`Column`] and [`ColumnType`]; a field that is `None` means that no source stated the fact.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{ChoiceRef, LocalizedText};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The logical name, in lower case. The logical name of a lookup is `parentcustomerid`, not
    /// `_parentcustomerid_value` (its property).
    pub logical_name: String,
    /// The data type, together with the details that depend on it, such as the maximum length of a text, the
    /// tables that a lookup points to, or the options of a choice.
    #[serde(flatten)]
    pub ty: ColumnType,
    /// The name of the column's OData property; `None` if the name follows the rule. By the rule it is the
    /// logical name, or for a lookup `_<logical name>_value`. Virtual tables have properties with other
    /// names, in mixed case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// Whether the column is a property of its table's entity type in the Web API; `None` if no source states
    /// this. `IsValidODataAttribute` in the metadata states it, and so does the CSDL by listing the column or
    /// not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odata: Option<bool>,
    /// The schema name, which is the logical name in mixed case (`FullName`); `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// The column's `MetadataId`, a guid; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_id: Option<String>,
    /// The display name, by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub display_name: LocalizedText,
    /// The description, by language.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub description: LocalizedText,
    /// Whether rows must have a value in the column; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<RequiredLevel>,
    /// Whether requests can read the column's value; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for_read: Option<bool>,
    /// Whether a request that creates a row can set the column's value; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for_create: Option<bool>,
    /// Whether a request that updates a row can set the column's value; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for_update: Option<bool>,
    /// Whether column-level security protects the column; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secured: Option<bool>,
    /// Whether a customiser added the column; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<bool>,
    /// Whether the column's value is stored in another table, as the values of address columns are; `None` if
    /// unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logical: Option<bool>,
    /// The logical name of the column whose label or other aspect this column holds: `statecode` for the
    /// column `statecodename`. `None` for other columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute_of: Option<String>,
    /// The source of the column's value: stored, calculated, rolled up, or a formula; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceType>,
    /// The pattern of an autonumber column's values, such as `SHIP-{SEQNUM:4}`; `None` for other columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_number: Option<String>,
    /// The logical name of the base table from which the column is inherited (`activitypointer`,
    /// `principal`); `None` for other columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<String>,
}

impl Column {
    /// Returns a column with this logical name and type. All other fields are `None` or empty.
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

    /// Sorts the targets of a lookup and the options of a local choice, as the snapshot's files require.
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
            | ColumnType::State { choice: Some(ChoiceRef::Local(choice)), .. }
            | ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), .. }
            | ColumnType::Boolean { choice: Some(ChoiceRef::Local(choice)), .. } => choice.sort(),
            _ => {}
        }
    }

    /// Returns the name of the OData property that holds the column's value, such as `fullname` or
    /// `_parentcustomerid_value`. The name is returned even for columns that are not OData properties; see
    /// [`is_property`](Self::is_property).
    #[must_use]
    pub fn property_name(&self) -> Cow<'_, str> {
        match &self.property {
            Some(name) => Cow::Borrowed(name),
            None if self.ty.is_lookup() => Cow::Owned(format!("_{}_value", self.logical_name)),
            None => Cow::Borrowed(&self.logical_name),
        }
    }

    /// Returns whether OData queries can name the column. If no source states this ([`odata`](Self::odata) is
    /// `None`), the type decides: party lists, virtual columns and calendar rules are not properties, and
    /// neither are columns of the type `EntityName` or text columns that have an
    /// [`attribute_of`](Self::attribute_of). This rule agrees with real organisations.
    #[must_use]
    pub fn is_property(&self) -> bool {
        self.odata.unwrap_or(match self.ty {
            ColumnType::PartyList { .. } | ColumnType::Virtual | ColumnType::CalendarRules => false,
            ColumnType::EntityName | ColumnType::String { .. } => self.attribute_of.is_none(),
            _ => true,
        })
    }
}

/// The data type of a column. In this enum, the description of most variants ends with the type of the
/// column's OData property, such as `Edm.String`.
///
/// In the metadata, `AttributeTypeName` gives the type. The older `AttributeType` is used only if
/// `AttributeTypeName` is missing, because it is `Virtual` for several different types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ColumnType {
    /// One line of text. `Edm.String`.
    String {
        /// The maximum length in characters, not bytes; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<u32>,
        /// The format: `Email`, `Text`, `TextArea`, `Url`, `Phone`, `Json`, `RichText`, …; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
    },
    /// Several lines of text. `Edm.String`.
    Memo {
        /// The maximum length in characters, not bytes; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_length: Option<u32>,
        /// The format: `Text`, `TextArea`, `Json`, `RichText`, …; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
    },
    /// A whole number of 32 bits. `Edm.Int32`.
    Integer {
        /// The minimum value; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<i64>,
        /// The maximum value; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<i64>,
        /// The format: `None`, `Duration`, `TimeZone`, `Language` or `Locale`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
    },
    /// A whole number of 64 bits. `Edm.Int64`.
    BigInt,
    /// A decimal number with up to ten decimal places. `Edm.Decimal`.
    Decimal {
        /// The minimum value; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// The maximum value; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// The number of decimal places; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u8>,
    },
    /// A floating-point number. `Edm.Double`.
    Double {
        /// The minimum value; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// The maximum value; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// The number of decimal places; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u8>,
    },
    /// An amount in the row's currency. `Edm.Decimal`.
    Money {
        /// The minimum value; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// The maximum value; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// The number of decimal places; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u8>,
        /// Which setting gives the number of decimal places: 0 this column's `precision`, 1 the
        /// organisation's, 2 the currency's; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision_source: Option<u8>,
        /// For a column whose name ends in `_base` (the amount in the base currency): the logical name of the
        /// column that it is calculated from. `None` for other columns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calculation_of: Option<String>,
    },
    /// One of two options. `Edm.Boolean`.
    Boolean {
        /// The two options, with the values 0 and 1; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
        /// The default value, which a new row gets; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<bool>,
    },
    /// A date, with or without a time. `Edm.Date` if the behaviour is [`DateTimeBehavior::DateOnly`],
    /// otherwise `Edm.DateTimeOffset`.
    DateTime {
        /// How the column handles time zones; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behavior: Option<DateTimeBehavior>,
        /// Whether the column's *format* is date only; `None` if unknown. With this format forms hide the
        /// time; the stored values still have one, unless the behaviour is date only as well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date_format: Option<bool>,
    },
    /// A reference to a row. Its property is `_<name>_value`, of type `Edm.Guid`.
    Lookup {
        /// The logical names of the tables that the lookup can point to.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>,
    },
    /// A reference to an account or a contact. Its property is `_<name>_value`, of type `Edm.Guid`.
    Customer {
        /// The logical names of the tables that the column can point to, usually `account` and `contact`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>,
    },
    /// A reference to a user or a team. Its property is `_<name>_value`, of type `Edm.Guid`.
    Owner {
        /// The logical names of the tables that the column can point to, usually `systemuser` and `team`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>,
    },
    /// The parties of an activity, such as the recipients of an email. The column is not an OData property;
    /// requests read the parties through the navigation property `<table>_activity_parties`.
    PartyList {
        /// The logical names of the tables whose rows can be parties.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>,
    },
    /// One option of a choice (`Picklist`). `Edm.Int32`.
    Choice {
        /// The options; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
        /// The default value, which a new row gets; `None` if there is none, or if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<i32>,
    },
    /// Any number of options of a choice (`MultiSelectPicklist`). `Edm.String`, such as `"1,9"`.
    Choices {
        /// The options; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
    },
    /// The state of a row (`statecode`). `Edm.Int32`.
    State {
        /// The options; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
        /// The state that a new row gets (`DefaultFormValue` in the metadata).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<i32>,
    },
    /// The status reason of a row (`statuscode`); each option belongs to a state. `Edm.Int32`.
    Status {
        /// The options; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<ChoiceRef>,
        /// The status that a new row gets (`DefaultFormValue` in the metadata). The default status of each
        /// state is [`ChoiceOption::default_status`](crate::ChoiceOption::default_status).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<i32>,
    },
    /// A guid that is not a lookup, such as a primary key. `Edm.Guid`.
    Uniqueidentifier,
    /// The logical name of a table. `Edm.String`.
    EntityName,
    /// A managed property: a value together with whether customisers may change it. Its OData value is an
    /// object, so filters name `<name>/Value`.
    ManagedProperty,
    /// An image. `Edm.Binary`.
    Image {
        /// Whether the column is the table's primary image; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        primary: Option<bool>,
        /// The maximum size in kilobytes; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_size_kb: Option<u32>,
    },
    /// A file. In rows the value is the id of the file.
    File {
        /// The maximum size in kilobytes; `None` if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_size_kb: Option<u32>,
    },
    /// A value that the service computes for display. It is never an OData property.
    Virtual,
    /// Calendar rules. Columns of this type are never OData properties.
    CalendarRules,
    /// A type of which only the OData type is known, as when the only source is a CSDL. An `Edm.Int32`, for
    /// example, may be a number, a choice, a state or a status.
    Edm {
        /// The OData type.
        edm: Edm,
    },
    /// A type that this version of dvkit does not know.
    Other {
        /// The name of the type: `AttributeTypeName.Value` in the metadata, or the type in the CSDL.
        name: String,
    },
}

impl ColumnType {
    /// Returns whether the type is a lookup, customer or owner, whose property is `_<name>_value`.
    #[must_use]
    pub fn is_lookup(&self) -> bool {
        matches!(self, Self::Lookup { .. } | Self::Customer { .. } | Self::Owner { .. })
    }

    /// Returns whether the type is a choice, state or status, whose value is the integer of one option.
    #[must_use]
    pub fn is_choice(&self) -> bool {
        matches!(self, Self::Choice { .. } | Self::State { .. } | Self::Status { .. })
    }

    /// Returns the logical names of the tables that a lookup or a party list can point to. The result is
    /// empty for other types, and if no source states the targets.
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

    /// Returns the choice of a choice, choices, state, status or two-option column. The result is `None` for
    /// other types, and if no source states the choice.
    #[must_use]
    pub fn choice(&self) -> Option<&ChoiceRef> {
        match self {
            Self::Choice { choice, .. }
            | Self::Choices { choice }
            | Self::State { choice, .. }
            | Self::Status { choice, .. }
            | Self::Boolean { choice, .. } => choice.as_ref(),
            _ => None,
        }
    }

    /// Returns the OData type of the column's property; `None` if columns of this type have no property, or
    /// if the OData type is not known.
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

/// The primitive types that occur in the CSDL of Dataverse.
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

/// How a date-time column handles time zones (`DateTimeBehavior` in the metadata).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateTimeBehavior {
    /// The value is stored in UTC and shown in the user's time zone.
    UserLocal,
    /// The value is a day without a time: `Edm.Date`.
    DateOnly,
    /// The value is a date and a time that are the same in every time zone.
    TimeZoneIndependent,
}

/// Whether rows must have a value in a column (`RequiredLevel` in the metadata).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredLevel {
    /// No value is needed.
    None,
    /// Forms recommend a value.
    Recommended,
    /// Forms insist on a value; the service does not.
    Application,
    /// The service insists on a value.
    System,
}

/// The source of a column's value (`SourceType` in the metadata). The number in parentheses is the metadata's
/// value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceType {
    /// The value is stored (0).
    Simple,
    /// The value is calculated (1).
    Calculated,
    /// The value is rolled up from related rows (2).
    Rollup,
    /// The value comes from a formula (3).
    Formula,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complete::column_types;

    /// One line for each type: the OData type, whether the column is a property, alone and beside another column, and
    /// what the type is.
    #[test]
    fn the_facts_that_follow_from_a_type() {
        let mut lines = String::new();
        for (name, ty) in column_types() {
            let column = Column::new("c", ty);
            let beside = Column { attribute_of: Some("other".into()), ..column.clone() };
            let edm = column.ty.edm().map_or_else(|| "-".to_owned(), |edm| format!("{edm:?}"));
            let flags = [
                (column.is_property(), "property"),
                (beside.is_property(), "beside"),
                (column.ty.is_lookup(), "lookup"),
                (column.ty.is_choice(), "choice"),
                (!column.ty.targets().is_empty(), "targets"),
                (column.ty.choice().is_some(), "options"),
            ];
            let flags: Vec<_> = flags.into_iter().filter(|(yes, _)| *yes).map(|(_, flag)| flag).collect();
            lines += &format!("{name} {edm} {} {}\n", column.property_name(), flags.join(" "));
        }
        expect_test::expect![[r#"
            string String c property
            memo String c property beside
            integer Int32 c property beside
            big_int Int64 c property beside
            decimal Decimal c property beside
            double Double c property beside
            money Decimal c property beside
            boolean Boolean c property beside options
            date_time DateTimeOffset c property beside
            day Date c property beside
            lookup Guid _c_value property beside lookup targets
            customer Guid _c_value property beside lookup targets
            owner Guid _c_value property beside lookup targets
            party_list - c targets
            choice Int32 c property beside choice options
            choices String c property beside options
            state Int32 c property beside choice options
            status Int32 c property beside choice options
            uniqueidentifier Guid c property beside
            entity_name String c property
            managed_property - c property beside
            image Binary c property beside
            file Binary c property beside
            virtual - c 
            calendar_rules - c 
            edm Int32 c property beside
            other - c property beside
        "#]]
        .assert_eq(&lines);
    }

    #[test]
    fn a_source_that_states_it_decides_whether_a_column_is_a_property() {
        for (name, ty) in column_types() {
            for odata in [true, false] {
                let column = Column { odata: Some(odata), ..Column::new("c", ty.clone()) };
                assert_eq!(column.is_property(), odata, "{name}");
            }
        }
        let named = Column { property: Some("Other".into()), ..Column::new("c", ColumnType::BigInt) };
        assert_eq!(named.property_name(), "Other");
    }
}
