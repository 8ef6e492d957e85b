//! The types of the objects that describe metadata, with their properties. They are taken from the service's
//! own `$metadata` (`EntityMetadata` and related types).

use PropertyType::{Bool, Collection, Enum, Guid, Int, Label, Managed, Named, Number, Text, Time};

/// The type of a property, which determines the conditions that can be applied to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PropertyType {
    Text,
    Bool,
    Int,
    Number,
    Guid,
    Time,
    /// A member of the enumeration with this name. Its JSON value is the member's name.
    Enum(&'static str),
    /// An object whose `Value` is a boolean.
    Managed,
    /// An object whose `Value` is a text, or a member of the enumeration with this name.
    Named(&'static str),
    /// A label: a text in several languages.
    Label,
    /// A collection, or an object that no condition can be applied to.
    Collection,
}

/// A type with its own properties and its base type.
#[derive(Debug)]
pub(crate) struct MetadataType {
    pub(crate) name: &'static str,
    base: Option<&'static MetadataType>,
    properties: &'static [(&'static str, PropertyType)],
    /// The navigation properties: the name, the target type, and whether the property contains many objects.
    navigations: &'static [(&'static str, &'static MetadataType, bool)],
}

impl MetadataType {
    /// Returns the type of the property `name`, or `None` if the type does not have this property.
    pub(crate) fn property(&self, name: &str) -> Option<PropertyType> {
        let own = self.properties.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind);
        own.or_else(|| self.base?.property(name))
    }

    /// Returns a navigation property, or `None` if there is none with this name: its name, its target type,
    /// and whether it contains many objects.
    pub(crate) fn navigation(&self, name: &str) -> Option<(&'static str, &'static MetadataType, bool)> {
        let own = self.navigations.iter().find(|(n, ..)| *n == name).copied();
        own.or_else(|| self.base?.navigation(name))
    }

    /// Returns the name and type of every property, the base type's first.
    pub(crate) fn properties(&self) -> Box<dyn Iterator<Item = (&'static str, PropertyType)> + '_> {
        let own = self.properties.iter().copied();
        match self.base {
            Some(base) => Box::new(base.properties().chain(own)),
            None => Box::new(own),
        }
    }
}

/// Returns the type of a column from its annotation `@odata.type`, such as
/// `#Microsoft.Dynamics.CRM.PicklistAttributeMetadata`, with or without `Complex`.
pub(crate) fn class_of(odata_type: Option<&str>) -> &'static MetadataType {
    let name = odata_type.and_then(|t| t.rsplit('.').next()).unwrap_or_default();
    attribute_class(name.strip_prefix("Complex").unwrap_or(name)).unwrap_or(&ATTRIBUTE)
}

/// Returns the column type with this name, as used in casts, or `None` if there is none.
pub(crate) fn attribute_class(name: &str) -> Option<&'static MetadataType> {
    attribute_classes().find(|ty| ty.name == name)
}

/// Returns the base type of columns and all types derived from it.
pub(crate) fn attribute_classes() -> impl Iterator<Item = &'static MetadataType> {
    ATTRIBUTES.iter().copied()
}

pub(crate) static ENTITY: MetadataType = MetadataType {
    name: "EntityMetadata",
    base: None,
    properties: &[
        ("MetadataId", Guid),
        ("HasChanged", Bool),
        ("LogicalName", Text),
        ("SchemaName", Text),
        ("EntitySetName", Text),
        ("LogicalCollectionName", Text),
        ("CollectionSchemaName", Text),
        ("ExternalName", Text),
        ("ExternalCollectionName", Text),
        ("PrimaryIdAttribute", Text),
        ("PrimaryNameAttribute", Text),
        ("PrimaryImageAttribute", Text),
        ("ObjectTypeCode", Int),
        ("OwnershipType", Enum("OwnershipTypes")),
        ("DisplayName", Label),
        ("DisplayCollectionName", Label),
        ("Description", Label),
        ("IsActivity", Bool),
        ("IsActivityParty", Bool),
        ("ActivityTypeMask", Int),
        ("IsIntersect", Bool),
        ("IsPrivate", Bool),
        ("IsLogicalEntity", Bool),
        ("IsChildEntity", Bool),
        ("IsBPFEntity", Bool),
        ("IsCustomEntity", Bool),
        ("IsManaged", Bool),
        ("IsCustomizable", Managed),
        ("IsValidForAdvancedFind", Bool),
        ("ChangeTrackingEnabled", Bool),
        ("IsOptimisticConcurrencyEnabled", Bool),
        ("IsStateModelAware", Bool),
        ("EnforceStateTransitions", Bool),
        ("HasNotes", Bool),
        ("HasActivities", Bool),
        ("DataProviderId", Guid),
        ("DataSourceId", Guid),
        ("IsSolutionAware", Bool),
        ("IntroducedVersion", Text),
        ("CreatedOn", Time),
        ("ModifiedOn", Time),
        ("CanCreateAttributes", Managed),
        ("TableType", Text),
    ],
    navigations: &[
        ("Attributes", &ATTRIBUTE, true),
        ("Keys", &KEY, true),
        ("OneToManyRelationships", &ONE_TO_MANY, true),
        ("ManyToOneRelationships", &ONE_TO_MANY, true),
        ("ManyToManyRelationships", &MANY_TO_MANY, true),
    ],
};

pub(crate) static ATTRIBUTE: MetadataType = MetadataType {
    name: "AttributeMetadata",
    base: None,
    properties: &[
        ("MetadataId", Guid),
        ("HasChanged", Bool),
        ("LogicalName", Text),
        ("SchemaName", Text),
        ("AttributeOf", Text),
        ("AttributeType", Enum("AttributeTypeCode")),
        ("AttributeTypeName", Named("")),
        ("ColumnNumber", Int),
        ("Description", Label),
        ("DisplayName", Label),
        ("DeprecatedVersion", Text),
        ("IntroducedVersion", Text),
        ("EntityLogicalName", Text),
        ("IsAuditEnabled", Managed),
        ("IsCustomAttribute", Bool),
        ("IsPrimaryId", Bool),
        ("IsPrimaryName", Bool),
        ("IsValidODataAttribute", Bool),
        ("IsValidForCreate", Bool),
        ("IsValidForRead", Bool),
        ("IsValidForUpdate", Bool),
        ("CanBeSecuredForRead", Bool),
        ("CanBeSecuredForCreate", Bool),
        ("CanBeSecuredForUpdate", Bool),
        ("IsSecured", Bool),
        ("IsRetrievable", Bool),
        ("IsFilterable", Bool),
        ("IsSearchable", Bool),
        ("IsManaged", Bool),
        ("LinkedAttributeId", Guid),
        ("ExternalName", Text),
        ("IsLogical", Bool),
        ("IsDataSourceSecret", Bool),
        ("InheritsFrom", Text),
        ("CreatedOn", Time),
        ("ModifiedOn", Time),
        ("SourceType", Int),
        ("AutoNumberFormat", Text),
        ("IsValidForForm", Bool),
        ("IsValidForGrid", Bool),
        ("IsRequiredForForm", Bool),
        ("RequiredLevel", Named("AttributeRequiredLevel")),
        ("IsValidForAdvancedFind", Managed),
        ("IsCustomizable", Managed),
        ("IsRenameable", Managed),
    ],
    navigations: &[],
};

/// Creates a column type with the given name and own properties.
const fn class(name: &'static str, properties: &'static [(&'static str, PropertyType)]) -> MetadataType {
    MetadataType { name, base: Some(&ATTRIBUTE), properties, navigations: &[] }
}

/// The navigation properties of column types with options.
const OPTION_SETS: &[(&str, &MetadataType, bool)] =
    &[("OptionSet", &OPTION_SET, false), ("GlobalOptionSet", &OPTION_SET, false)];

/// Creates a column type with options, with the given name and own properties.
const fn enum_class(name: &'static str, properties: &'static [(&'static str, PropertyType)]) -> MetadataType {
    MetadataType { name, base: Some(&ATTRIBUTE), properties, navigations: OPTION_SETS }
}

static STRING: MetadataType = class(
    "StringAttributeMetadata",
    &[
        ("Format", Enum("StringFormat")),
        ("FormatName", Named("")),
        ("MaxLength", Int),
        ("YomiOf", Text),
        ("IsLocalizable", Bool),
        ("DatabaseLength", Int),
        ("FormulaDefinition", Text),
    ],
);
static MEMO: MetadataType = class(
    "MemoAttributeMetadata",
    &[
        ("Format", Enum("StringFormat")),
        ("FormatName", Named("")),
        ("MaxLength", Int),
        ("IsLocalizable", Bool),
    ],
);
static INTEGER: MetadataType = class(
    "IntegerAttributeMetadata",
    &[("Format", Enum("IntegerFormat")), ("MinValue", Int), ("MaxValue", Int), ("FormulaDefinition", Text)],
);
static BIG_INT: MetadataType = class("BigIntAttributeMetadata", &[("MinValue", Int), ("MaxValue", Int)]);
static DECIMAL: MetadataType = class(
    "DecimalAttributeMetadata",
    &[("MinValue", Number), ("MaxValue", Number), ("Precision", Int), ("FormulaDefinition", Text)],
);
static DOUBLE: MetadataType =
    class("DoubleAttributeMetadata", &[("MinValue", Number), ("MaxValue", Number), ("Precision", Int)]);
static MONEY: MetadataType = class(
    "MoneyAttributeMetadata",
    &[
        ("MinValue", Number),
        ("MaxValue", Number),
        ("Precision", Int),
        ("PrecisionSource", Int),
        ("CalculationOf", Text),
        ("IsBaseCurrency", Bool),
        ("FormulaDefinition", Text),
    ],
);
static DATE_TIME: MetadataType = class(
    "DateTimeAttributeMetadata",
    &[
        ("Format", Enum("DateTimeFormat")),
        ("DateTimeBehavior", Named("")),
        ("MinSupportedValue", Time),
        ("MaxSupportedValue", Time),
        ("CanChangeDateTimeBehavior", Managed),
        ("FormulaDefinition", Text),
    ],
);
static LOOKUP: MetadataType =
    class("LookupAttributeMetadata", &[("Targets", Collection), ("Format", Enum("LookupFormat"))]);
static IMAGE: MetadataType = class(
    "ImageAttributeMetadata",
    &[
        ("IsPrimaryImage", Bool),
        ("MaxHeight", Int),
        ("MaxWidth", Int),
        ("MaxSizeInKB", Int),
        ("CanStoreFullImage", Bool),
    ],
);
static FILE: MetadataType = class("FileAttributeMetadata", &[("MaxSizeInKB", Int)]);
static ENTITY_NAME: MetadataType = class("EntityNameAttributeMetadata", &[("IsEntityReferenceStored", Bool)]);
static MANAGED: MetadataType = class(
    "ManagedPropertyAttributeMetadata",
    &[
        ("ManagedPropertyLogicalName", Text),
        ("ParentComponentType", Int),
        ("ParentAttributeName", Text),
        ("ValueAttributeTypeCode", Enum("AttributeTypeCode")),
    ],
);
static UNIQUE: MetadataType = class("UniqueIdentifierAttributeMetadata", &[]);
static BOOLEAN: MetadataType = MetadataType {
    name: "BooleanAttributeMetadata",
    base: Some(&ATTRIBUTE),
    properties: &[("DefaultValue", Bool), ("FormulaDefinition", Text), ("SourceTypeMask", Int)],
    navigations: &[
        ("OptionSet", &BOOLEAN_OPTION_SET, false),
        ("GlobalOptionSet", &BOOLEAN_OPTION_SET, false),
    ],
};
static PICKLIST: MetadataType = enum_class(
    "PicklistAttributeMetadata",
    &[
        ("DefaultFormValue", Int),
        ("FormulaDefinition", Text),
        ("SourceTypeMask", Int),
        ("ParentPicklistLogicalName", Text),
        ("ChildPicklistLogicalNames", Collection),
    ],
);
static MULTI_SELECT: MetadataType = enum_class(
    "MultiSelectPicklistAttributeMetadata",
    &[
        ("DefaultFormValue", Int),
        ("FormulaDefinition", Text),
        ("SourceTypeMask", Int),
        ("ParentPicklistLogicalName", Text),
        ("ChildPicklistLogicalNames", Collection),
    ],
);
static STATE: MetadataType = enum_class("StateAttributeMetadata", &[("DefaultFormValue", Int)]);
static STATUS: MetadataType = enum_class("StatusAttributeMetadata", &[("DefaultFormValue", Int)]);

/// The column types that can be used in casts.
static ATTRIBUTES: [&MetadataType; 20] = [
    &ATTRIBUTE,
    &STRING,
    &MEMO,
    &INTEGER,
    &BIG_INT,
    &DECIMAL,
    &DOUBLE,
    &MONEY,
    &DATE_TIME,
    &LOOKUP,
    &IMAGE,
    &FILE,
    &ENTITY_NAME,
    &MANAGED,
    &UNIQUE,
    &BOOLEAN,
    &PICKLIST,
    &MULTI_SELECT,
    &STATE,
    &STATUS,
];

pub(crate) static KEY: MetadataType = MetadataType {
    name: "EntityKeyMetadata",
    base: None,
    properties: &[
        ("MetadataId", Guid),
        ("HasChanged", Bool),
        ("LogicalName", Text),
        ("SchemaName", Text),
        ("EntityLogicalName", Text),
        ("DisplayName", Label),
        ("KeyAttributes", Collection),
        ("EntityKeyIndexStatus", Enum("EntityKeyIndexStatus")),
        ("IsManaged", Bool),
        ("IsSynchronous", Bool),
        ("IsExportKey", Bool),
        ("IsSecondaryKey", Bool),
        ("IntroducedVersion", Text),
    ],
    navigations: &[],
};

pub(crate) static RELATIONSHIP: MetadataType = MetadataType {
    name: "RelationshipMetadataBase",
    base: None,
    properties: &[
        ("MetadataId", Guid),
        ("HasChanged", Bool),
        ("SchemaName", Text),
        ("IsCustomRelationship", Bool),
        ("IsManaged", Bool),
        ("RelationshipType", Enum("RelationshipType")),
        ("SecurityTypes", Enum("SecurityTypes")),
        ("IntroducedVersion", Text),
        ("IsValidForAdvancedFind", Bool),
    ],
    navigations: &[],
};

pub(crate) static ONE_TO_MANY: MetadataType = MetadataType {
    name: "OneToManyRelationshipMetadata",
    base: Some(&RELATIONSHIP),
    properties: &[
        ("ReferencedEntity", Text),
        ("ReferencedAttribute", Text),
        ("ReferencingEntity", Text),
        ("ReferencingAttribute", Text),
        ("ReferencedEntityNavigationPropertyName", Text),
        ("ReferencingEntityNavigationPropertyName", Text),
        ("IsHierarchical", Bool),
        ("CascadeConfiguration", Collection),
        ("EntityKey", Text),
        ("RelationshipBehavior", Int),
    ],
    navigations: &[],
};

pub(crate) static MANY_TO_MANY: MetadataType = MetadataType {
    name: "ManyToManyRelationshipMetadata",
    base: Some(&RELATIONSHIP),
    properties: &[
        ("Entity1LogicalName", Text),
        ("Entity2LogicalName", Text),
        ("IntersectEntityName", Text),
        ("Entity1IntersectAttribute", Text),
        ("Entity2IntersectAttribute", Text),
        ("Entity1NavigationPropertyName", Text),
        ("Entity2NavigationPropertyName", Text),
    ],
    navigations: &[],
};

pub(crate) static OPTION_SET_BASE: MetadataType = MetadataType {
    name: "OptionSetMetadataBase",
    base: None,
    properties: &[
        ("MetadataId", Guid),
        ("HasChanged", Bool),
        ("Name", Text),
        ("IsGlobal", Bool),
        ("IsCustomOptionSet", Bool),
        ("IsManaged", Bool),
        ("OptionSetType", Enum("OptionSetType")),
        ("ExternalTypeName", Text),
        ("IntroducedVersion", Text),
        ("DisplayName", Label),
        ("Description", Label),
    ],
    navigations: &[],
};

pub(crate) static OPTION_SET: MetadataType = MetadataType {
    name: "OptionSetMetadata",
    base: Some(&OPTION_SET_BASE),
    properties: &[("ParentOptionSetName", Text), ("Options", Collection)],
    navigations: &[],
};

pub(crate) static BOOLEAN_OPTION_SET: MetadataType = MetadataType {
    name: "BooleanOptionSetMetadata",
    base: Some(&OPTION_SET_BASE),
    properties: &[("TrueOption", Collection), ("FalseOption", Collection)],
    navigations: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_of_a_column_is_found_with_and_without_its_prefixes() {
        assert!(attribute_classes().count() > 15);
        for class in attribute_classes() {
            for ty in [
                class.name.to_owned(),
                format!("#Microsoft.Dynamics.CRM.{}", class.name),
                format!("#Microsoft.Dynamics.CRM.Complex{}", class.name),
                format!("Complex{}", class.name),
            ] {
                assert_eq!(class_of(Some(&ty)).name, class.name, "{ty}");
            }
            assert_eq!(attribute_class(class.name).map(|found| found.name), Some(class.name));
        }
        for ty in [
            None,
            Some(""),
            Some("#Microsoft.Dynamics.CRM.EntityMetadata"),
            Some("StringAttributeMetadataComplex"),
        ] {
            assert_eq!(class_of(ty).name, "AttributeMetadata", "{ty:?}");
        }
        assert!(attribute_class("ComplexStringAttributeMetadata").is_none());
    }
}
