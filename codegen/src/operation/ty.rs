//! Converts the types of parameters and results to the marker types of `dvkit::operation`, and to words for
//! the documentation.

use dvkit_schema::{Parameter, Store, ValueType};

use crate::config::{has_entity_set, is_any_table};
use crate::docs;
use crate::table::Context;

/// A type without regard to lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SingleType {
    /// A primitive type: the name of its marker type, and words for it.
    Primitive(&'static str, &'static str),
    /// A row of a generated table: the logical name and the path.
    Row(String, String),
    /// A row of any table.
    AnyRow,
    /// A type that only `$metadata` describes.
    Complex(String),
}

/// The primitive types of OData that `dvkit` has, with the name of the marker type and with words.
const PRIMITIVES: [(&str, &str, &str); 16] = [
    ("Edm.String", "EdmString", "text"),
    ("Edm.Boolean", "EdmBoolean", "true or false"),
    ("Edm.Byte", "EdmInt32", "whole number"),
    ("Edm.SByte", "EdmInt32", "whole number"),
    ("Edm.Int16", "EdmInt32", "whole number"),
    ("Edm.Int32", "EdmInt32", "whole number or option of a choice"),
    ("Edm.Int64", "EdmInt64", "whole number"),
    ("Edm.Decimal", "EdmDecimal", "decimal number"),
    ("Edm.Double", "EdmDouble", "floating point number"),
    ("Edm.Single", "EdmDouble", "floating point number"),
    ("Edm.Guid", "EdmGuid", "guid"),
    ("Edm.DateTimeOffset", "EdmDateTimeOffset", "date and time in UTC"),
    ("Edm.Date", "EdmDate", "date"),
    ("Edm.TimeOfDay", "EdmTimeOfDay", "time of a day"),
    ("Edm.Duration", "EdmDuration", "duration"),
    ("Edm.Binary", "EdmBinary", "bytes"),
];

const FETCH_XML: SingleType = SingleType::Primitive("FetchXmlText", "FetchXML query");
const FILTER: SingleType = SingleType::Primitive("FilterText", "OData filter");

impl SingleType {
    fn of(name: &str, context: &Context<'_>, store: &Store) -> Self {
        if let Some((_, marker, words)) = PRIMITIVES.iter().find(|(edm, ..)| *edm == name) {
            return Self::Primitive(marker, words);
        }
        match context.tables.get(name) {
            Some(path) => Self::Row(name.to_owned(), path.to_string()),
            // Of some tables the snapshot knows nothing but the name.
            None if is_any_table(name) || store.entry(name).is_some() => Self::AnyRow,
            None => Self::Complex(name.to_owned()),
        }
    }

    fn marker(&self) -> String {
        match self {
            Self::Primitive(marker, _) => format!("op::{marker}"),
            Self::Row(_, path) => format!("op::TableRow<{path}>"),
            Self::AnyRow => "op::AnyRow".to_owned(),
            Self::Complex(_) => "op::ComplexType".to_owned(),
        }
    }

    fn words(&self, list: bool) -> String {
        match (self, list) {
            (Self::Primitive(_, words @ "true or false"), false) => (*words).to_owned(),
            (Self::Primitive(_, "bytes"), false) => "bytes".to_owned(),
            (Self::Primitive(_, words), false) => format!("a {words}"),
            (Self::Primitive(_, words), true) => format!("a list: each a {words}"),
            (Self::Row(table, _), false) => format!("a row of {}", docs::code(table)),
            (Self::Row(table, _), true) => format!("a list of rows of {}", docs::code(table)),
            (Self::AnyRow, false) => "a row of any table, or a value of an open type".to_owned(),
            (Self::AnyRow, true) => "a list of rows of any tables, or of values of open types".to_owned(),
            (Self::Complex(name), false) => format!("a value of the type {}", docs::code(name)),
            (Self::Complex(name), true) => format!("a list of values of the type {}", docs::code(name)),
        }
    }
}

/// The type of a parameter, or of the row that an operation is bound to.
#[derive(Debug)]
pub(super) struct ParameterType {
    single: SingleType,
    list: bool,
}

impl ParameterType {
    pub(super) fn of(parameter: &Parameter, context: &Context<'_>, store: &Store) -> Self {
        let mut single = SingleType::of(&parameter.value.name, context, store);
        if parameter.value.name == "Edm.String" && !parameter.value.collection {
            let name = parameter.name.to_ascii_lowercase();
            let last = name.rsplit('_').next().unwrap_or_default();
            if name.ends_with("fetchxml") {
                single = FETCH_XML;
            } else if matches!(last, "filter" | "odatafilter") {
                single = FILTER;
            }
        }
        Self { single, list: parameter.value.collection }
    }

    /// Returns the type of the row that an operation is bound to.
    pub(super) fn row(table: &str, context: &Context<'_>, store: &Store) -> Self {
        Self { single: SingleType::of(table, context, store), list: false }
    }

    pub(super) fn marker(&self) -> String {
        let marker = self.single.marker();
        if self.list { format!("op::Collection<{marker}>") } else { marker }
    }

    /// Returns the trait that values of the parameter implement. Some types have a trait of their own, so that
    /// the compiler's message fits them.
    pub(super) fn bound(&self) -> String {
        match &self.single {
            single if self.list => format!("op::ListParameter<{}>", single.marker()),
            SingleType::Row(..) | SingleType::AnyRow => format!("op::RowParameter<{}>", self.marker()),
            single if *single == FETCH_XML => "op::FetchXmlParameter".to_owned(),
            single if *single == FILTER => "op::FilterParameter".to_owned(),
            _ => format!("op::ParameterValue<{}>", self.marker()),
        }
    }

    pub(super) fn words(&self) -> String {
        self.single.words(self.list)
    }
}

/// The type of a result.
#[derive(Debug)]
pub(super) enum ResultType {
    Nothing,
    Value { single: SingleType, list: bool, nullable: bool },
}

impl ResultType {
    pub(super) fn of(returns: Option<&ValueType>, context: &Context<'_>, store: &Store) -> Self {
        let Some(ty) = returns else { return Self::Nothing };
        Self::Value {
            single: SingleType::of(&ty.name, context, store),
            list: ty.collection,
            nullable: ty.nullable,
        }
    }

    pub(super) fn marker(&self) -> String {
        let Self::Value { single, list, nullable } = self else { return "op::Nothing".to_owned() };
        let marker = single.marker();
        match (list, nullable) {
            (true, _) => format!("op::Collection<{marker}>"),
            (false, true) => format!("op::Nullable<{marker}>"),
            (false, false) => marker,
        }
    }

    /// Returns the path of the table whose rows the result lists, if queries can be made for the table;
    /// otherwise `None`.
    pub(super) fn queried_table(&self, store: &Store) -> Option<&str> {
        match self {
            Self::Value { single: SingleType::Row(table, path), list: true, .. } => {
                has_entity_set(table, store).then_some(path)
            }
            _ => None,
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Value { single, list, nullable } => {
                let or = if *nullable && !list { ", or nothing" } else { "" };
                format!("{}{or}", single.words(*list))
            }
        }
    }
}
