//! Determines what the generated code of a column contains: the column's kind, whether requests can write it,
//! and its documentation. The generator of tables and `#[derive(Entity)]` use it.

use std::borrow::Cow;
use std::fmt;

use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, SourceType};

use crate::docs;

/// The kind of a column. Each variant has the name of a type in `dvkit::kind`; the variants for choices
/// contain the path of the generated enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Text,
    Int,
    Long,
    Decimal,
    Money,
    Float,
    Bool,
    Id,
    DateTime,
    LocalDateTime,
    Date,
    Lookup,
    Image,
    File,
    ManagedProperty,
    Choice(EnumPath),
    Choices(EnumPath),
    TwoOptions(EnumPath),
}

/// The path of a generated enum, as the module of a table refers to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnumPath {
    /// The name of an enum in the same module.
    Local(String),
    /// The name of an enum in the module of global choices.
    Global(String),
}

impl fmt::Display for EnumPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(name) => f.write_str(name),
            Self::Global(name) => write!(f, "super::choices::{name}"),
        }
    }
}

impl ColumnKind {
    /// Returns the kind of a column of type `ty`. `options` is the path of the enum that was generated for
    /// its options; `None` if there is no enum.
    pub(crate) fn of(ty: &ColumnType, options: Option<EnumPath>) -> Self {
        match (ty, options) {
            (ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. }, Some(e)) => {
                Self::Choice(e)
            }
            (ColumnType::Choices { .. }, Some(e)) => Self::Choices(e),
            (ColumnType::Boolean { .. }, Some(e)) => Self::TwoOptions(e),
            (ty, _) => Self::plain(ty),
        }
    }

    fn plain(ty: &ColumnType) -> Self {
        match ty {
            ColumnType::Integer { .. }
            | ColumnType::Choice { .. }
            | ColumnType::State { .. }
            | ColumnType::Status { .. }
            | ColumnType::Edm { edm: Edm::Int32 } => Self::Int,
            ColumnType::BigInt | ColumnType::Edm { edm: Edm::Int64 } => Self::Long,
            ColumnType::Decimal { .. } | ColumnType::Edm { edm: Edm::Decimal } => Self::Decimal,
            ColumnType::Money { .. } => Self::Money,
            ColumnType::Double { .. } | ColumnType::Edm { edm: Edm::Double } => Self::Float,
            ColumnType::Boolean { .. } | ColumnType::Edm { edm: Edm::Boolean } => Self::Bool,
            ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. }
            | ColumnType::Edm { edm: Edm::Date } => Self::Date,
            ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. } => {
                Self::LocalDateTime
            }
            ColumnType::DateTime { .. } | ColumnType::Edm { edm: Edm::DateTimeOffset } => Self::DateTime,
            ColumnType::Lookup { .. } | ColumnType::Customer { .. } | ColumnType::Owner { .. } => {
                Self::Lookup
            }
            ColumnType::Uniqueidentifier | ColumnType::Edm { edm: Edm::Guid } => Self::Id,
            ColumnType::ManagedProperty => Self::ManagedProperty,
            ColumnType::Image { .. } | ColumnType::Edm { edm: Edm::Binary } => Self::Image,
            ColumnType::File { .. } => Self::File,
            // Columns that are not properties are not generated. A multi-select column without an enum is a text with
            // the numbers of its options.
            ColumnType::String { .. }
            | ColumnType::Memo { .. }
            | ColumnType::EntityName
            | ColumnType::Choices { .. }
            | ColumnType::Edm { edm: Edm::String }
            | ColumnType::PartyList { .. }
            | ColumnType::Virtual
            | ColumnType::CalendarRules
            | ColumnType::Other { .. } => Self::Text,
        }
    }

    /// Returns the name of the type in `dvkit::kind`, such as `Text`.
    fn name(&self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Int => "Int",
            Self::Long => "Long",
            Self::Decimal => "Decimal",
            Self::Money => "Money",
            Self::Float => "Float",
            Self::Bool => "Bool",
            Self::Id => "Id",
            Self::DateTime => "DateTime",
            Self::LocalDateTime => "LocalDateTime",
            Self::Date => "Date",
            Self::Lookup => "Lookup",
            Self::Image => "Image",
            Self::File => "File",
            Self::ManagedProperty => "ManagedProperty",
            Self::Choice(_) => "Choice",
            Self::Choices(_) => "Choices",
            Self::TwoOptions(_) => "TwoOptions",
        }
    }

    /// Returns the path of the Rust type of a field's value. The field itself is an `Option` of this type.
    pub(crate) fn value(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Choice(e) => return Cow::Owned(format!("::dvkit::ChoiceValue<{e}>")),
            Self::Choices(e) => return Cow::Owned(format!("::dvkit::ChoiceValues<{e}>")),
            Self::Text => "::std::string::String",
            Self::Int => "i32",
            Self::Long => "i64",
            Self::Decimal | Self::Money => "::dvkit::Decimal",
            Self::Float => "f64",
            Self::Bool | Self::TwoOptions(_) => "bool",
            Self::Id => "::dvkit::Guid",
            Self::DateTime => "::dvkit::jiff::Timestamp",
            Self::LocalDateTime => "::dvkit::jiff::civil::DateTime",
            Self::Date => "::dvkit::jiff::civil::Date",
            Self::Lookup => "::dvkit::Lookup",
            Self::Image => "::dvkit::Image",
            Self::File => "::dvkit::FileId",
            Self::ManagedProperty => "::dvkit::ManagedProperty",
        })
    }

    /// Returns the name of the variant of `dvkit::row::FieldMut` and of `dvkit::row::FieldRef` for a field of
    /// this kind.
    pub(crate) fn slot(&self) -> &'static str {
        match self {
            Self::Money => "Decimal",
            Self::TwoOptions(_) => "Bool",
            Self::Lookup => "Lookup",
            kind => kind.name(),
        }
    }
}

/// Writes the path of the type in `dvkit::kind`, such as `::dvkit::kind::Text`.
impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "::dvkit::kind::{}", self.name())?;
        match self {
            Self::Choice(e) | Self::Choices(e) | Self::TwoOptions(e) => write!(f, "<{e}>"),
            _ => Ok(()),
        }
    }
}

/// The requests that can write a column: create, update, both or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteAccess {
    Always,
    Never,
    OnCreate,
    OnUpdate,
}

impl WriteAccess {
    /// Returns the requests that can write a column, according to the column's flags `IsValidForCreate` and
    /// `IsValidForUpdate`.
    ///
    /// A column without these flags counts as writable by create and update. Calculated, rollup and formula
    /// columns can never be written, whatever their flags are. File columns cannot be written either, because
    /// files are uploaded by requests of their own.
    pub(crate) fn of(column: &Column) -> Self {
        use SourceType::{Calculated, Formula, Rollup};
        if matches!(column.source, Some(Calculated | Rollup | Formula))
            || matches!(column.ty, ColumnType::File { .. })
        {
            return Self::Never;
        }
        match (column.valid_for_create, column.valid_for_update) {
            (Some(false), Some(false)) => Self::Never,
            (Some(false), _) => Self::OnUpdate,
            (_, Some(false)) => Self::OnCreate,
            _ => Self::Always,
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Always => "",
            Self::Never => "Read-only.",
            Self::OnCreate => "Written on create only.",
            Self::OnUpdate => "Written on update only.",
        }
    }
}

/// Writes the access marker of `dvkit` as the last type parameter of a column, with a comma before it: `,
/// ::dvkit::ReadOnly`. Nothing is written for a column that create and update can write, because this is the
/// default.
impl fmt::Display for WriteAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "",
            Self::Never => ", ::dvkit::ReadOnly",
            Self::OnCreate => ", ::dvkit::CreateOnly",
            Self::OnUpdate => ", ::dvkit::UpdateOnly",
        })
    }
}

/// Returns the lines of a column's documentation in `language` (an LCID). The first line contains the display
/// name, the type, and which requests can write the column. The description follows as a paragraph of its
/// own. The doc comment of the generated field has all lines, that of the generated constant only the first.
pub(crate) fn documentation(column: &Column, language: u32) -> Vec<String> {
    let title = docs::text(&column.display_name, language).unwrap_or_else(|| {
        docs::escape_markdown(column.schema_name.as_ref().unwrap_or(&column.logical_name))
    });
    let description = docs::text(&column.description, language);
    docs::paragraphs(
        [title, type_details(column), WriteAccess::of(column).description().to_owned()],
        description,
    )
}

/// Returns the details that a column's Rust type does not show, such as `Text, 160 characters.` or `Lookup to
/// account, contact.`; an empty text if there are none.
fn type_details(column: &Column) -> String {
    match &column.ty {
        ColumnType::String { max_length: Some(n), .. } | ColumnType::Memo { max_length: Some(n), .. } => {
            format!("Text, {n} characters.")
        }
        ty if ty.is_lookup() && !ty.targets().is_empty() => {
            format!("Lookup to {}.", docs::list(ty.targets()))
        }
        ColumnType::Money { calculation_of: Some(of), .. } => {
            format!("In the base currency: {}.", docs::code(of))
        }
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. } => {
            "Date and time without a time zone.".to_owned()
        }
        ColumnType::Edm { edm: Edm::Int32 } => "A number, or the value of a choice.".to_owned(),
        _ => String::new(),
    }
}
