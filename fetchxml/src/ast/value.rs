//! Values of attributes: closed sets, numbers, and texts.

use std::borrow::Cow;

use dvkit_diagnostic::Span;

/// What the value of an attribute may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedValues {
    /// Any text.
    Anything,
    /// `true`, `false`, `1` or `0`.
    Bool,
    /// A whole number, not negative.
    Number,
    /// One of these words.
    Names(&'static [&'static str]),
}

/// A closed set of words.
pub trait Keyword: Copy + Sized + 'static {
    /// All of them, in the order of the documentation.
    const ALL: &'static [Self];

    /// How they are spelt, in the same order.
    const NAMES: &'static [&'static str];

    /// How it is spelt.
    #[must_use]
    fn as_str(self) -> &'static str;

    /// The one that is spelt exactly so; case counts, as in FetchXML.
    #[must_use]
    fn exact(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.as_str() == text)
    }
}

/// What the value of an attribute can be read as.
pub trait AttrValue: Sized {
    /// What it may be.
    const ALLOWED: AllowedValues;

    /// Reads it; `None` where it is none of them.
    #[must_use]
    fn read(raw: &str) -> Option<Self>;
}

/// Any text: a name, an alias, a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text;

impl AttrValue for Text {
    const ALLOWED: AllowedValues = AllowedValues::Anything;

    fn read(_: &str) -> Option<Self> {
        Some(Self)
    }
}

impl AttrValue for bool {
    const ALLOWED: AllowedValues = AllowedValues::Bool;

    fn read(raw: &str) -> Option<Self> {
        match raw {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

impl AttrValue for u32 {
    const ALLOWED: AllowedValues = AllowedValues::Number;

    fn read(raw: &str) -> Option<Self> {
        raw.trim().parse().ok()
    }
}

/// An attribute as it was written, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attr<'s, T> {
    /// Its name.
    pub name_span: Span,
    /// Its value, without the quotes.
    pub value_span: Span,
    /// The value with its references (`&amp;`) resolved.
    pub raw: Cow<'s, str>,
    /// What it is read as; `None` where it is none of the set, and for placeholders of templates.
    pub value: Option<T>,
}

/// An attribute whose value is any text.
pub type TextAttr<'s> = Attr<'s, Text>;

impl<T> Attr<'_, T> {
    /// Where it stands: from its name to the end of its value, the closing quote apart.
    #[must_use]
    pub fn span(&self) -> Span {
        self.name_span.to(self.value_span)
    }
}

impl<'s, T: AttrValue> Attr<'s, T> {
    /// An attribute that was not read from a text: its spans are empty.
    #[must_use]
    pub fn new(raw: impl Into<Cow<'s, str>>) -> Self {
        Self::with_spans(Span::default(), Span::default(), raw.into())
    }

    /// An attribute that was read from a text.
    #[must_use]
    pub fn with_spans(name_span: Span, value_span: Span, raw: Cow<'s, str>) -> Self {
        let value = T::read(&raw);
        Self { name_span, value_span, raw, value }
    }
}

/// An attribute that has no field: one of the old ones that queries do not need, one of another namespace, or an unknown
/// one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherAttribute<'s> {
    /// Its name, with its prefix.
    pub name: &'s str,
    /// Its value.
    pub attr: TextAttr<'s>,
}

/// Declares an enum of words.
macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$item_doc])* $item,)* }

        impl Keyword for $name {
            const ALL: &'static [Self] = &[$(Self::$item),*];
            const NAMES: &'static [&'static str] = &[$($text),*];

            fn as_str(self) -> &'static str {
                match self { $(Self::$item => $text,)* }
            }
        }

        impl AttrValue for $name {
            const ALLOWED: AllowedValues = AllowedValues::Names(Self::NAMES);

            fn read(raw: &str) -> Option<Self> {
                Self::exact(raw)
            }
        }
    )*};
}

impl AttrValue for crate::operator::Operator {
    const ALLOWED: AllowedValues = AllowedValues::Names(Self::NAMES);

    fn read(raw: &str) -> Option<Self> {
        Self::exact(raw)
    }
}

choices! {
    /// How a `link-entity` joins. Rules:
    /// <https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/join-tables>.
    LinkType {
        /// Pairs of rows that match; what is meant where nothing is written.
        Inner = "inner",
        /// Also rows without a match.
        Outer = "outer",
        /// Rows with a match, each once; no columns of the linked table.
        Exists = "exists",
        /// The same, as a sub-query of values.
        In = "in",
        /// Rows with a match, each once, with the columns of one matching row.
        MatchFirst = "matchfirstrowusingcrossapply",
        /// In a filter: some linked row matches.
        Any = "any",
        /// In a filter: no linked row matches.
        NotAny = "not any",
        /// In a filter: there are linked rows, and none of them matches.
        All = "all",
        /// In a filter: the same as `any`.
        NotAll = "not all",
    }
    /// What is computed of a column.
    Aggregate {
        /// The mean.
        Avg = "avg",
        /// How many rows.
        Count = "count",
        /// How many rows have a value.
        CountColumn = "countcolumn",
        /// The greatest.
        Max = "max",
        /// The smallest.
        Min = "min",
        /// The sum.
        Sum = "sum",
    }
    /// By what part of a date rows are grouped.
    DateGrouping {
        /// The day of the month.
        Day = "day",
        /// The week of the year.
        Week = "week",
        /// The month of the year.
        Month = "month",
        /// The quarter of the fiscal year.
        Quarter = "quarter",
        /// The year.
        Year = "year",
        /// The fiscal period.
        FiscalPeriod = "fiscal-period",
        /// The fiscal year.
        FiscalYear = "fiscal-year",
    }
    /// How the conditions of a filter are combined.
    FilterType {
        /// All must hold; what is meant where nothing is written.
        And = "and",
        /// One must hold.
        Or = "or",
    }
    /// A hint to the service.
    FilterHint {
        /// Makes a `UNION` of an `or`.
        Union = "union",
    }
    /// How names are meant.
    Mapping {
        /// Logical names.
        Logical = "logical",
        /// Names of the database; an old one.
        Internal = "internal",
    }
    /// Which rows are read.
    DataSource {
        /// Rows under long-term retention.
        Retained = "retained",
        /// The same, as it was called before.
        Archive = "archive",
    }
    /// What is counted of each row.
    RowAggregate {
        /// The children in the hierarchy.
        CountChildren = "CountChildren",
    }
}

impl LinkType {
    /// Does it stand within a `filter`, where it is a condition?
    #[must_use]
    pub fn is_condition(self) -> bool {
        matches!(self, Self::Any | Self::NotAny | Self::All | Self::NotAll)
    }

    /// Does the result have columns of the linked table?
    #[must_use]
    pub fn has_columns(self) -> bool {
        matches!(self, Self::Inner | Self::Outer | Self::MatchFirst)
    }
}
