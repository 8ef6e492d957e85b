//! Defines the values that resources share: amounts of money, references to other resources, and the items of
//! the lists of addresses, phone numbers, email addresses and links.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of money with its currency.
///
/// The amount is written as a text in JSON, because a JSON number is a binary floating-point number to most
/// readers, and amounts in Dataverse have up to four decimal places in 19 digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// The amount, exact: `"1234.5000"`.
    #[schemars(with = "String")]
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// The ISO 4217 code of the currency: `EUR`. `None` if the organisation does not tell it.
    pub currency: Option<String>,
}

/// A reference to a record of another resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// The id of the record.
    pub id: String,
    /// The name of the record as the organisation shows it. It is ignored in writes.
    #[serde(default)]
    pub name: Option<String>,
    /// The resource that has the record, such as `accounts`; `None` if no resource of the mapping has it.
    #[serde(default)]
    pub resource: Option<String>,
}

/// An email address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmailAddress {
    /// The address.
    pub email: Option<String>,
    /// The kind of the address, such as `primary`; the mapping decides which kinds exist.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
}

/// A phone number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhoneNumber {
    /// The number as it is stored.
    pub number: Option<String>,
    /// The extension, if it is stored apart.
    #[serde(default)]
    pub extension: Option<String>,
    /// The kind of the number, such as `work` or `mobile`; the mapping decides which kinds exist.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Address {
    /// The first line of the street.
    pub street_1: Option<String>,
    /// The second line of the street.
    pub street_2: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The state, province or county.
    pub state: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The country as it is stored: a name or a code.
    pub country: Option<String>,
    /// The kind of the address, such as `business`; the mapping decides which kinds exist.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A link to a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebLink {
    /// The URL.
    pub url: Option<String>,
    /// The kind of the link, such as `website`; the mapping decides which kinds exist.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
}

/// An option of a choice among the custom fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChoiceValue {
    /// The number that is stored.
    pub value: i32,
    /// The label in the language of the user who reads, if the organisation tells it.
    #[serde(default)]
    pub label: Option<String>,
}
