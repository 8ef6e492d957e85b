//! The types that describe metadata: which properties each has, and of what kind. Source: the lists of
//! `EntityMetadata` and its fellows in the service's own `$metadata`.

use Kind::{Bool, Collection, Enum, Guid, Int, Label, Managed, Named, Number, Text, Time};

/// What a property holds, as far as conditions on it go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Bool,
    Int,
    Number,
    Guid,
    Time,
    /// A member of an enumeration, told by its name; here the enumeration's name.
    Enum(&'static str),
    /// An object whose `Value` is a boolean.
    Managed,
    /// An object whose `Value` is a text, or a member of the enumeration that is named.
    Named(&'static str),
    /// A text in languages.
    Label,
    Collection,
}

/// A type: its properties and those of its base.
#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) name: &'static str,
    base: Option<&'static Type>,
    properties: &'static [(&'static str, Kind)],
    /// Name, type of what it leads to, whether to many.
    navigations: &'static [(&'static str, &'static Type, bool)],
}

impl Type {
    /// The kind of a property.
    pub(crate) fn property(&self, name: &str) -> Option<Kind> {
        let own = self.properties.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind);
        own.or_else(|| self.base?.property(name))
    }

    /// Where a navigation property leads, and whether to many, with its name.
    pub(crate) fn navigation(&self, name: &str) -> Option<(&'static str, &'static Type, bool)> {
        let own = self.navigations.iter().find(|(n, ..)| *n == name).copied();
        own.or_else(|| self.base?.navigation(name))
    }

    /// All properties, the base's first.
    pub(crate) fn properties(&self) -> Box<dyn Iterator<Item = (&'static str, Kind)> + '_> {
        let own = self.properties.iter().copied();
        match self.base {
            Some(base) => Box::new(base.properties().chain(own)),
            None => Box::new(own),
        }
    }
}

/// The class of a column, as objects name it: `#Microsoft.Dynamics.CRM.PicklistAttributeMetadata`, with or without `Complex`.
pub(crate) fn class_of(odata_type: Option<&str>) -> &'static Type {
    let name = odata_type.and_then(|t| t.rsplit('.').next()).unwrap_or_default();
    attribute_class(name.strip_prefix("Complex").unwrap_or(name)).unwrap_or(&ATTRIBUTE)
}

/// The class of columns with this name, in the words of casts.
pub(crate) fn attribute_class(name: &str) -> Option<&'static Type> {
    attribute_classes().find(|ty| ty.name == name)
}

/// The base of all columns and every class of them.
pub(crate) fn attribute_classes() -> impl Iterator<Item = &'static Type> {
    ATTRIBUTES.iter().copied()
}

pub(crate) static ENTITY: Type = Type {
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

pub(crate) static ATTRIBUTE: Type = Type {
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

/// A class of columns.
const fn class(name: &'static str, properties: &'static [(&'static str, Kind)]) -> Type {
    Type { name, base: Some(&ATTRIBUTE), properties, navigations: &[] }
}

/// Where columns with options lead.
const OPTION_SETS: &[(&str, &Type, bool)] =
    &[("OptionSet", &OPTION_SET, false), ("GlobalOptionSet", &OPTION_SET, false)];

/// A class of columns with options.
const fn enum_class(name: &'static str, properties: &'static [(&'static str, Kind)]) -> Type {
    Type { name, base: Some(&ATTRIBUTE), properties, navigations: OPTION_SETS }
}

static STRING: Type = class(
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
static MEMO: Type = class(
    "MemoAttributeMetadata",
    &[
        ("Format", Enum("StringFormat")),
        ("FormatName", Named("")),
        ("MaxLength", Int),
        ("IsLocalizable", Bool),
    ],
);
static INTEGER: Type = class(
    "IntegerAttributeMetadata",
    &[("Format", Enum("IntegerFormat")), ("MinValue", Int), ("MaxValue", Int), ("FormulaDefinition", Text)],
);
static BIG_INT: Type = class("BigIntAttributeMetadata", &[("MinValue", Int), ("MaxValue", Int)]);
static DECIMAL: Type = class(
    "DecimalAttributeMetadata",
    &[("MinValue", Number), ("MaxValue", Number), ("Precision", Int), ("FormulaDefinition", Text)],
);
static DOUBLE: Type =
    class("DoubleAttributeMetadata", &[("MinValue", Number), ("MaxValue", Number), ("Precision", Int)]);
static MONEY: Type = class(
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
static DATE_TIME: Type = class(
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
static LOOKUP: Type =
    class("LookupAttributeMetadata", &[("Targets", Collection), ("Format", Enum("LookupFormat"))]);
static IMAGE: Type = class(
    "ImageAttributeMetadata",
    &[
        ("IsPrimaryImage", Bool),
        ("MaxHeight", Int),
        ("MaxWidth", Int),
        ("MaxSizeInKB", Int),
        ("CanStoreFullImage", Bool),
    ],
);
static FILE: Type = class("FileAttributeMetadata", &[("MaxSizeInKB", Int)]);
static ENTITY_NAME: Type = class("EntityNameAttributeMetadata", &[("IsEntityReferenceStored", Bool)]);
static MANAGED: Type = class(
    "ManagedPropertyAttributeMetadata",
    &[
        ("ManagedPropertyLogicalName", Text),
        ("ParentComponentType", Int),
        ("ParentAttributeName", Text),
        ("ValueAttributeTypeCode", Enum("AttributeTypeCode")),
    ],
);
static UNIQUE: Type = class("UniqueIdentifierAttributeMetadata", &[]);
static BOOLEAN: Type = Type {
    name: "BooleanAttributeMetadata",
    base: Some(&ATTRIBUTE),
    properties: &[("DefaultValue", Bool), ("FormulaDefinition", Text), ("SourceTypeMask", Int)],
    navigations: &[
        ("OptionSet", &BOOLEAN_OPTION_SET, false),
        ("GlobalOptionSet", &BOOLEAN_OPTION_SET, false),
    ],
};
static PICKLIST: Type = enum_class(
    "PicklistAttributeMetadata",
    &[
        ("DefaultFormValue", Int),
        ("FormulaDefinition", Text),
        ("SourceTypeMask", Int),
        ("ParentPicklistLogicalName", Text),
        ("ChildPicklistLogicalNames", Collection),
    ],
);
static MULTI_SELECT: Type = enum_class(
    "MultiSelectPicklistAttributeMetadata",
    &[
        ("DefaultFormValue", Int),
        ("FormulaDefinition", Text),
        ("SourceTypeMask", Int),
        ("ParentPicklistLogicalName", Text),
        ("ChildPicklistLogicalNames", Collection),
    ],
);
static STATE: Type = enum_class("StateAttributeMetadata", &[("DefaultFormValue", Int)]);
static STATUS: Type = enum_class("StatusAttributeMetadata", &[("DefaultFormValue", Int)]);

/// The classes that columns can be cast to.
static ATTRIBUTES: [&Type; 20] = [
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

pub(crate) static KEY: Type = Type {
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

pub(crate) static RELATIONSHIP: Type = Type {
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

pub(crate) static ONE_TO_MANY: Type = Type {
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
        ("EntityKey", Text),
        ("RelationshipBehavior", Int),
    ],
    navigations: &[],
};

pub(crate) static MANY_TO_MANY: Type = Type {
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

pub(crate) static OPTION_SET_BASE: Type = Type {
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

pub(crate) static OPTION_SET: Type = Type {
    name: "OptionSetMetadata",
    base: Some(&OPTION_SET_BASE),
    properties: &[("ParentOptionSetName", Text), ("Options", Collection)],
    navigations: &[],
};

pub(crate) static BOOLEAN_OPTION_SET: Type = Type {
    name: "BooleanOptionSetMetadata",
    base: Some(&OPTION_SET_BASE),
    properties: &[("TrueOption", Collection), ("FalseOption", Collection)],
    navigations: &[],
};
