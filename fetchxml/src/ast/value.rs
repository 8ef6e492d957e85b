//! Defines the types of attributes in the syntax tree and of their values: keywords, numbers and texts. The
//! parser converts the text of an attribute with [`AttrValue::read`].

use std::borrow::Cow;

use dvkit_diagnostic::Span;

/// The values that an attribute of FetchXML may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedValues {
    /// Any text.
    Anything,
    /// A truth value: `true`, `false`, `1` or `0`.
    Bool,
    /// A whole number that is not negative.
    Number,
    /// One of the listed keywords.
    Names(&'static [&'static str]),
}

/// An enum whose variants are the keywords that an attribute may have as its value.
pub trait Keyword: Copy + Sized + 'static {
    /// All variants of the enum, in the order of Microsoft's documentation.
    const ALL: &'static [Self];

    /// The keywords as FetchXML spells them, in the order of [`ALL`](Self::ALL).
    const NAMES: &'static [&'static str];

    /// Returns the keyword as FetchXML spells it.
    #[must_use]
    fn as_str(self) -> &'static str;

    /// Returns the variant with the keyword `text`; `None` if there is none. Letter case matters, as in
    /// FetchXML.
    #[must_use]
    fn exact(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.as_str() == text)
    }
}

/// A type to which the value of an attribute is parsed.
pub trait AttrValue: Sized {
    /// The values that can be parsed to this type.
    const ALLOWED: AllowedValues;

    /// Parses the value `raw` of an attribute; `None` if it is invalid.
    #[must_use]
    fn read(raw: &str) -> Option<Self>;
}

/// The type of an attribute whose value may be any text, such as a name or an alias. It has no content; the
/// text is in [`Attr::raw`].
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

/// An attribute of an element: its text with positions, and its parsed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attr<'s, T> {
    /// The span of the attribute's name.
    pub name_span: Span,
    /// The span of the value, without the quotes.
    pub value_span: Span,
    /// The text of the value, with its references (`&amp;`) resolved.
    pub raw: Cow<'s, str>,
    /// The parsed value; `None` if the value is invalid or a placeholder of a template.
    pub value: Option<T>,
}

/// An attribute whose value may be any text.
pub type TextAttr<'s> = Attr<'s, Text>;

impl<T> Attr<'_, T> {
    /// Returns the span of the attribute, from its name to the end of its value, without the closing quote.
    #[must_use]
    pub fn span(&self) -> Span {
        self.name_span.to(self.value_span)
    }
}

impl<'s, T: AttrValue> Attr<'s, T> {
    /// Returns an attribute with the value `raw` that does not come from a text. Its spans are empty.
    #[must_use]
    pub fn new(raw: impl Into<Cow<'s, str>>) -> Self {
        Self::with_spans(Span::default(), Span::default(), raw.into())
    }

    /// Returns an attribute with the value `raw` that was read from a text at the given positions.
    #[must_use]
    pub fn with_spans(name_span: Span, value_span: Span, raw: Cow<'s, str>) -> Self {
        let value = T::read(&raw);
        Self { name_span, value_span, raw, value }
    }
}

/// An attribute for which the struct of its element has no field: an old attribute, an attribute with a
/// namespace prefix, or an unknown one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherAttribute<'s> {
    /// The name of the attribute, with its namespace prefix.
    pub name: &'s str,
    /// The value of the attribute, with the positions of its name and of its value.
    pub attr: TextAttr<'s>,
}

/// Declares the enums of keywords that attributes have as their values.
macro_rules! keywords {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $item_doc:literal])* $item:ident = $text:literal,)* })*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[doc = $item_doc])* $item,)* }

        impl $name {
            /// Returns a description of the keyword, in one or two sentences.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$item => concat!($($item_doc),*).trim_ascii_start(),)* }
            }
        }

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
    /// The type of a `<link-entity>`, which is a join or a condition. Source:
    /// <https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/join-tables>.
    LinkType {
        /// Returns each pair of rows that match. This is the default.
        Inner = "inner",
        /// Returns each pair of rows that match, and also the outer rows without a match.
        Outer = "outer",
        /// Returns each outer row with a match once, without columns of the linked table.
        Exists = "exists",
        /// Returns the same rows as `exists`. The service writes the SQL with `IN` instead of `EXISTS`.
        In = "in",
        /// Returns each outer row with a match once, with the columns of only one matching row.
        MatchFirst = "matchfirstrowusingcrossapply",
        /// In a filter: the condition that at least one linked row matches.
        Any = "any",
        /// In a filter: the condition that no linked row matches.
        NotAny = "not any",
        /// In a filter: the condition that there are linked rows, and none of them matches.
        All = "all",
        /// In a filter: the condition that at least one linked row matches, as with `any`, in spite of the
        /// name.
        NotAll = "not all",
    }
    /// A function that computes one value from the rows of a group.
    Aggregate {
        /// The average of the column's values in the group.
        Avg = "avg",
        /// The number of rows in the group.
        Count = "count",
        /// The number of rows that have a value in the column.
        CountColumn = "countcolumn",
        /// The greatest of the column's values in the group.
        Max = "max",
        /// The smallest of the column's values in the group.
        Min = "min",
        /// The sum of the column's values in the group.
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
        /// The calendar year.
        Year = "year",
        /// The fiscal period.
        FiscalPeriod = "fiscal-period",
        /// The fiscal year.
        FiscalYear = "fiscal-year",
    }
    /// How the conditions of a filter are combined.
    FilterType {
        /// All conditions must be met. This is the default.
        And = "and",
        /// At least one condition must be met.
        Or = "or",
    }
    /// A hint that tells the service how to run a filter.
    FilterHint {
        /// The service runs an `or` of conditions as a SQL `UNION` of several queries.
        Union = "union",
    }
    /// The kind of names that a query uses.
    Mapping {
        /// The logical names of tables and columns.
        Logical = "logical",
        /// Names in the database; no longer in use.
        Internal = "internal",
    }
    /// The kind of rows that a query reads, if not the usual ones.
    DataSource {
        /// Rows under long-term retention.
        Retained = "retained",
        /// Rows under long-term retention. This is the former name of `retained`.
        Archive = "archive",
    }
    /// A number that is returned for each row in addition to its columns.
    RowAggregate {
        /// The number of the row's children in a hierarchy.
        CountChildren = "CountChildren",
    }
}

impl LinkType {
    /// Returns whether a `<link-entity>` of this type is a condition within a `<filter>`; otherwise it is a
    /// join.
    #[must_use]
    pub fn is_condition(self) -> bool {
        matches!(self, Self::Any | Self::NotAny | Self::All | Self::NotAll)
    }

    /// Returns whether a link of this type can return columns of the linked table.
    #[must_use]
    pub fn has_columns(self) -> bool {
        matches!(self, Self::Inner | Self::Outer | Self::MatchFirst)
    }
}
