//! Defines the objects of the Web API's metadata JSON, into which serde reads the text. All members are
//! optional, unknown members are ignored, and enumerations are texts, because the service adds members and
//! values from release to release.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A definition of any kind: a table, a column, a relationship, a choice or a key. One type serves for all
/// kinds, so that the text is read only once and errors have a line. [`read`](super::read) determines the
/// kind afterwards.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Definition {
    #[serde(rename = "@odata.type")]
    pub(super) odata_type: Option<String>,
    /// The annotation [`PARTIAL`](super::PARTIAL), which marks a table of which only a part is known.
    #[serde(rename = "@dvkit.partial")]
    pub(super) partial: Option<bool>,
    pub(super) logical_name: Option<String>,
    pub(super) schema_name: Option<String>,
    pub(super) metadata_id: Option<String>,
    pub(super) display_name: Option<WireLabel>,
    pub(super) description: Option<WireLabel>,

    // EntityMetadata
    pub(super) entity_set_name: Option<String>,
    pub(super) display_collection_name: Option<WireLabel>,
    pub(super) primary_id_attribute: Option<String>,
    pub(super) primary_name_attribute: Option<String>,
    pub(super) primary_image_attribute: Option<String>,
    pub(super) object_type_code: Option<i32>,
    pub(super) ownership_type: Option<String>,
    pub(super) table_type: Option<String>,
    pub(super) is_activity: Option<bool>,
    pub(super) is_intersect: Option<bool>,
    pub(super) is_private: Option<bool>,
    pub(super) is_custom_entity: Option<bool>,
    pub(super) data_provider_id: Option<String>,
    pub(super) change_tracking_enabled: Option<bool>,
    pub(super) enforce_state_transitions: Option<bool>,
    pub(super) attributes: Option<Vec<Definition>>,
    pub(super) keys: Option<Vec<Definition>>,
    pub(super) one_to_many_relationships: Option<Vec<Definition>>,
    pub(super) many_to_one_relationships: Option<Vec<Definition>>,
    pub(super) many_to_many_relationships: Option<Vec<Definition>>,

    // AttributeMetadata
    pub(super) entity_logical_name: Option<String>,
    pub(super) attribute_type: Option<String>,
    pub(super) attribute_type_name: Option<Named>,
    pub(super) attribute_of: Option<String>,
    pub(super) is_custom_attribute: Option<bool>,
    pub(super) is_primary_id: Option<bool>,
    pub(super) is_primary_name: Option<bool>,
    #[serde(rename = "IsValidODataAttribute", deserialize_with = "flag")]
    pub(super) is_valid_odata_attribute: Option<bool>,
    pub(super) is_valid_for_create: Option<bool>,
    pub(super) is_valid_for_read: Option<bool>,
    pub(super) is_valid_for_update: Option<bool>,
    pub(super) is_secured: Option<bool>,
    pub(super) is_logical: Option<bool>,
    pub(super) required_level: Option<Named>,
    pub(super) source_type: Option<i32>,
    pub(super) auto_number_format: Option<String>,
    pub(super) max_length: Option<i64>,
    pub(super) min_value: Option<f64>,
    pub(super) max_value: Option<f64>,
    pub(super) precision: Option<i64>,
    pub(super) precision_source: Option<i64>,
    pub(super) calculation_of: Option<String>,
    pub(super) format: Option<String>,
    pub(super) format_name: Option<Named>,
    pub(super) date_time_behavior: Option<Named>,
    pub(super) default_value: Option<bool>,
    pub(super) default_form_value: Option<i32>,
    pub(super) targets: Option<Vec<String>>,
    pub(super) is_primary_image: Option<bool>,
    #[serde(rename = "MaxSizeInKB")]
    pub(super) max_size_in_kb: Option<i64>,
    pub(super) option_set: Option<Box<Definition>>,
    pub(super) global_option_set: Option<Box<Definition>>,

    // OptionSetMetadata and BooleanOptionSetMetadata
    pub(super) name: Option<String>,
    pub(super) is_global: Option<bool>,
    pub(super) option_set_type: Option<String>,
    pub(super) options: Option<Vec<WireOption>>,
    pub(super) true_option: Option<WireOption>,
    pub(super) false_option: Option<WireOption>,

    // OneToManyRelationshipMetadata
    pub(super) referenced_entity: Option<String>,
    pub(super) referenced_attribute: Option<String>,
    pub(super) referencing_entity: Option<String>,
    pub(super) referencing_attribute: Option<String>,
    pub(super) referenced_entity_navigation_property_name: Option<String>,
    pub(super) referencing_entity_navigation_property_name: Option<String>,
    pub(super) is_hierarchical: Option<bool>,
    pub(super) cascade_configuration: Option<WireCascade>,

    // ManyToManyRelationshipMetadata
    #[serde(rename = "Entity1LogicalName")]
    pub(super) entity1_logical_name: Option<String>,
    #[serde(rename = "Entity2LogicalName")]
    pub(super) entity2_logical_name: Option<String>,
    #[serde(rename = "Entity1IntersectAttribute")]
    pub(super) entity1_intersect_attribute: Option<String>,
    #[serde(rename = "Entity2IntersectAttribute")]
    pub(super) entity2_intersect_attribute: Option<String>,
    #[serde(rename = "Entity1NavigationPropertyName")]
    pub(super) entity1_navigation_property_name: Option<String>,
    #[serde(rename = "Entity2NavigationPropertyName")]
    pub(super) entity2_navigation_property_name: Option<String>,
    pub(super) intersect_entity_name: Option<String>,

    // EntityKeyMetadata
    pub(super) key_attributes: Option<Vec<String>>,
    pub(super) entity_key_index_status: Option<String>,
}

/// An option: `OptionMetadata`, `StateOptionMetadata` or `StatusOptionMetadata`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct WireOption {
    /// The value; `None` if the definition lacks it. Its integer type is wider than that of an option's
    /// value, so that a value out of range can be reported without stopping the reading.
    pub(super) value: Option<i64>,
    pub(super) label: Option<WireLabel>,
    pub(super) description: Option<WireLabel>,
    pub(super) color: Option<String>,
    pub(super) external_value: Option<String>,
    pub(super) state: Option<i32>,
    pub(super) default_status: Option<i32>,
    pub(super) transition_data: Option<String>,
    pub(super) invariant_name: Option<String>,
}

/// The cascading behaviour of a relationship (`CascadeConfiguration`), as names of actions.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct WireCascade {
    pub(super) assign: Option<String>,
    pub(super) delete: Option<String>,
    pub(super) merge: Option<String>,
    pub(super) reparent: Option<String>,
    pub(super) share: Option<String>,
    pub(super) unshare: Option<String>,
}

/// A label (`Label`).
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct WireLabel {
    pub(super) localized_labels: Option<Vec<WireText>>,
    pub(super) user_localized_label: Option<WireText>,
}

/// A text in one language (`LocalizedLabel`).
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct WireText {
    pub(super) label: Option<String>,
    pub(super) language_code: Option<u32>,
}

/// A text that the service wraps in an object: `{"Value": "PicklistType"}`. It is also read without the
/// object, because tools that simplify the JSON write the text alone.
#[derive(Debug)]
pub(super) struct Named(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ManagedVisitor("a name", PhantomData)).map(Self)
    }
}

impl Named {
    pub(super) fn text(named: &Option<Self>) -> Option<&str> {
        named.as_ref()?.0.as_deref()
    }
}

/// Reads a flag, either plain (`true`) or in a managed property (`{"Value": true}`). The result is `None` for
/// `null`.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    deserializer.deserialize_any(ManagedVisitor("true or false", PhantomData))
}

/// Reads a value that is either plain or the member `Value` of an object. It is a visitor because an untagged
/// enumeration would copy every value first. The text names the expected type in errors.
struct ManagedVisitor<T>(&'static str, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ManagedVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or an object with it as `Value`", self.0)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        T::deserialize(value.into_deserializer()).map(Some)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        T::deserialize(value.into_deserializer()).map(Some)
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Self::Value, E> {
        T::deserialize(value.into_deserializer()).map(Some)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        #[derive(Deserialize)]
        struct Managed<T> {
            #[serde(rename = "Value")]
            value: Option<T>,
        }
        Managed::deserialize(MapAccessDeserializer::new(map)).map(|managed| managed.value)
    }
}

/// Returns `text`; `None` if `text` is empty, because the service sends an empty text where it has none.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.is_empty())
}
