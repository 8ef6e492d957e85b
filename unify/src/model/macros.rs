//! Defines the macros that declare the resources and the enums of the model. One declaration gives the Rust type
//! and the description that mappings are compiled against, so that the two cannot differ.

/// Declares an enum of the model: a Rust enum whose members are texts in JSON.
macro_rules! model_enum {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $member_doc:literal])+ $member:ident = $text:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[doc = $member_doc])+ #[serde(rename = $text)] $member,)+
        }

        impl crate::model::fields::Typed for $name {
            fn field_type(_: &[&str]) -> crate::model::FieldType {
                crate::model::FieldType::Enum(vec![$($text.to_owned()),+])
            }
        }
    };
}

/// Declares a resource of the model: a struct with the fields that all resources have and those that are listed.
macro_rules! resource {
    (
        $(#[doc = $doc:literal])+
        $name:ident = $resource:literal {
            $($(#[doc = $field_doc:literal])+ $field:ident : $ty:ty $(= [$($target:literal),+])?,)*
        }
    ) => {
        $(#[doc = $doc])+
        ///
        /// A field is `None` where the organisation has no value, and where the mapping does not have the field.
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(default)]
        pub struct $name {
            /// The id of the record, which stays the same for its whole life.
            pub id: Option<String>,
            $($(#[doc = $field_doc])+ pub $field: Option<$ty>,)*
            /// The fields that only this organisation has, by the names that the mapping gives them.
            pub custom_fields: serde_json::Map<String, serde_json::Value>,
            /// The row as the organisation sent it. It is ignored in writes.
            pub remote_data: Option<serde_json::Value>,
        }

        impl crate::model::Resource for $name {
            const INFO: crate::model::ResourceInfo = crate::model::ResourceInfo {
                name: $resource,
                description: concat!($($doc, "\n"),+),
                fields: &[$(crate::model::FieldInfo {
                    name: stringify!($field),
                    ty: || <$ty as crate::model::fields::Typed>::field_type(&[$($($target),+)?]),
                    description: concat!($($field_doc, "\n"),+),
                },)*],
            };
        }
    };
}

pub(super) use {model_enum, resource};
