//! Defines [`FieldType`] and [`FieldInfo`], which describe the fields of the model to the compiler of mappings
//! and to callers.

use serde::{Deserialize, Serialize};

/// The type of a field of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldType {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// An amount of money with its currency: [`Money`](super::Money).
    Money,
    /// True or false.
    Boolean,
    /// A date without a time: `2026-11-30`.
    Date,
    /// A time in UTC: `2026-11-30T08:00:00Z`.
    Time,
    /// One of the members, as a text.
    Enum(Vec<String>),
    /// A reference to a record of one of the resources: [`Reference`](super::Reference).
    Reference(Vec<String>),
    /// A list of [`EmailAddress`](super::EmailAddress).
    EmailAddresses,
    /// A list of [`PhoneNumber`](super::PhoneNumber).
    PhoneNumbers,
    /// A list of [`Address`](super::Address).
    Addresses,
    /// A list of [`WebLink`](super::WebLink).
    WebLinks,
    /// A value whose type is the one of its column: the custom fields.
    Any,
}

impl FieldType {
    /// Returns the type in words, with an article: `a text`.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Self::Text => "a text".into(),
            Self::Integer => "a whole number".into(),
            Self::Money => "an amount of money".into(),
            Self::Boolean => "true or false".into(),
            Self::Date => "a date".into(),
            Self::Time => "a time".into(),
            Self::Enum(members) => format!("one of {}", members.join(", ")),
            Self::Reference(targets) => format!("a reference to {}", targets.join(" or ")),
            Self::EmailAddresses => "a list of email addresses".into(),
            Self::PhoneNumbers => "a list of phone numbers".into(),
            Self::Addresses => "a list of addresses".into(),
            Self::WebLinks => "a list of links".into(),
            Self::Any => "a value".into(),
        }
    }

    /// Returns the name of the type, without details: `money`, `enum`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Money => "money",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::Enum(_) => "enum",
            Self::Reference(_) => "reference",
            Self::EmailAddresses => "email_addresses",
            Self::PhoneNumbers => "phone_numbers",
            Self::Addresses => "addresses",
            Self::WebLinks => "web_links",
            Self::Any => "any",
        }
    }

    /// Returns the names of the members that an item of the list has; an empty slice for other types.
    #[must_use]
    pub fn item_members(&self) -> &'static [&'static str] {
        match self {
            Self::EmailAddresses => &["email", "type"],
            Self::PhoneNumbers => &["number", "extension", "type"],
            Self::Addresses => &["street_1", "street_2", "city", "state", "postal_code", "country", "type"],
            Self::WebLinks => &["url", "type"],
            _ => &[],
        }
    }
}

/// A field of a resource of the model.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    /// The name of the field.
    pub name: &'static str,
    /// Returns the type of the field.
    pub ty: fn() -> FieldType,
    /// The description of the field.
    pub description: &'static str,
}

/// A resource of the model.
#[derive(Clone, Copy, Debug)]
pub struct ResourceInfo {
    /// The name of the resource: `contacts`.
    pub name: &'static str,
    /// The description of the resource.
    pub description: &'static str,
    /// The fields, in the order of the model, without `id`, `custom_fields` and `remote_data`.
    pub fields: &'static [FieldInfo],
}

impl ResourceInfo {
    /// Returns the field with the name `name`; `None` if the resource has no such field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static FieldInfo> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The Rust type of a field, with its type in the model.
pub(super) trait Typed {
    /// Returns the type of the field in the model.
    fn field_type(targets: &[&str]) -> FieldType;
}

macro_rules! typed {
    ($($rust:ty => $ty:ident;)*) => {$(
        impl Typed for $rust {
            fn field_type(_: &[&str]) -> FieldType {
                FieldType::$ty
            }
        }
    )*};
}

typed! {
    String => Text;
    i64 => Integer;
    super::Money => Money;
    bool => Boolean;
    jiff::civil::Date => Date;
    jiff::Timestamp => Time;
    Vec<super::EmailAddress> => EmailAddresses;
    Vec<super::PhoneNumber> => PhoneNumbers;
    Vec<super::Address> => Addresses;
    Vec<super::WebLink> => WebLinks;
}

impl Typed for super::Reference {
    fn field_type(targets: &[&str]) -> FieldType {
        FieldType::Reference(targets.iter().map(|&target| target.to_owned()).collect())
    }
}
