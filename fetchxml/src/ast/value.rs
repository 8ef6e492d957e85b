//! The types of attributes and of their values: keywords, numbers and texts.

use std::borrow::Cow;

use dvkit_diagnostic::Span;

/// The values that an attribute may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedValues {
    /// Any text.
    Anything,
    /// `true`, `false`, `1` or `0`.
    Bool,
    /// A whole number that is not negative.
    Number,
    /// One of the given keywords.
    Names(&'static [&'static str]),
}

/// An enum whose variants are the keywords of an attribute.
pub trait Keyword: Copy + Sized + 'static {
    /// All variants, in the order of Microsoft's documentation.
    const ALL: &'static [Self];

    /// The keywords, in the order of [`ALL`](Self::ALL).
    const NAMES: &'static [&'static str];

    /// Returns the keyword.
    #[must_use]
    fn as_str(self) -> &'static str;

    /// Returns the variant with the keyword `text`, or `None`. Letter case matters, as in FetchXML.
    #[must_use]
    fn exact(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.as_str() == text)
    }
}

/// A type that the value of an attribute is parsed to.
pub trait AttrValue: Sized {
    /// The valid values.
    const ALLOWED: AllowedValues;

    /// Parses a value. Returns `None` if it is invalid.
    #[must_use]
    fn read(raw: &str) -> Option<Self>;
}

/// The type of attributes whose value may be any text, such as a name or an alias.
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

/// An attribute as it was written, with its parsed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attr<'s, T> {
    /// The position of the name.
    pub name_span: Span,
    /// The position of the value, without the quotes.
    pub value_span: Span,
    /// The value with its references (`&amp;`) resolved.
    pub raw: Cow<'s, str>,
    /// The parsed value; `None` if the value is invalid or a placeholder of a template.
    pub value: Option<T>,
}

/// An attribute whose value is any text.
pub type TextAttr<'s> = Attr<'s, Text>;

impl<T> Attr<'_, T> {
    /// Returns the position of the attribute, from its name to the end of its value, without the closing quote.
    #[must_use]
    pub fn span(&self) -> Span {
        self.name_span.to(self.value_span)
    }
}

impl<'s, T: AttrValue> Attr<'s, T> {
    /// Returns an attribute that was not read from a text. Its spans are empty.
    #[must_use]
    pub fn new(raw: impl Into<Cow<'s, str>>) -> Self {
        Self::with_spans(Span::default(), Span::default(), raw.into())
    }

    /// Returns an attribute that was read from a text at the given positions.
    #[must_use]
    pub fn with_spans(name_span: Span, value_span: Span, raw: Cow<'s, str>) -> Self {
        let value = T::read(&raw);
        Self { name_span, value_span, raw, value }
    }
}

/// An attribute that has no field in its element: an old attribute, an attribute of another namespace, or an
/// unknown one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherAttribute<'s> {
    /// The name, with its namespace prefix.
    pub name: &'s str,
    /// The value, with the positions of the name and of the value.
    pub attr: TextAttr<'s>,
}

/// Declares enums of keywords.
macro_rules! keywords {
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

keywords! {
    /// The type of a `link-entity`'s join. Rules:
    /// <https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/join-tables>.
    LinkType {
        /// Pairs of rows that match; the default.
        Inner = "inner",
        /// Pairs of rows that match, and rows without a match.
        Outer = "outer",
        /// Rows with a match, each once, without columns of the linked table.
        Exists = "exists",
        /// The same rows as with `exists`. The service writes the SQL with `IN` instead of `EXISTS`.
        In = "in",
        /// Rows with a match, each once, with the columns of one matching row.
        MatchFirst = "matchfirstrowusingcrossapply",
        /// In a filter: some linked row matches.
        Any = "any",
        /// In a filter: no linked row matches.
        NotAny = "not any",
        /// In a filter: there are linked rows, and none of them matches.
        All = "all",
        /// In a filter, in spite of its name: some linked row matches, as with `any`.
        NotAll = "not all",
    }
    /// An aggregate function.
    Aggregate {
        /// The average of the values.
        Avg = "avg",
        /// The number of rows.
        Count = "count",
        /// The number of rows that have a value.
        CountColumn = "countcolumn",
        /// The greatest value.
        Max = "max",
        /// The smallest value.
        Min = "min",
        /// The sum of the values.
        Sum = "sum",
    }
    /// The part of a date by which rows are grouped.
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
    /// The way in which the conditions of a filter are combined.
    FilterType {
        /// All conditions must hold; the default.
        And = "and",
        /// At least one condition must hold.
        Or = "or",
    }
    /// A hint that tells the service how to run a filter.
    FilterHint {
        /// The service runs an `or` as a `UNION` of queries.
        Union = "union",
    }
    /// The kind of names in a query.
    Mapping {
        /// Logical names.
        Logical = "logical",
        /// Names of the database; no longer in use.
        Internal = "internal",
    }
    /// The kind of rows that a query reads.
    DataSource {
        /// Rows under long-term retention.
        Retained = "retained",
        /// The former name of `retained`.
        Archive = "archive",
    }
    /// A count that is returned for each row.
    RowAggregate {
        /// The number of children in the hierarchy.
        CountChildren = "CountChildren",
    }
}

impl LinkType {
    /// Returns whether a `link-entity` of this type is a condition within a `filter`, instead of a join.
    #[must_use]
    pub fn is_condition(self) -> bool {
        matches!(self, Self::Any | Self::NotAny | Self::All | Self::NotAll)
    }

    /// Returns whether the rows of the result can have columns of the linked table if the link has this type.
    #[must_use]
    pub fn has_columns(self) -> bool {
        matches!(self, Self::Inner | Self::Outer | Self::MatchFirst)
    }
}
