//! Values in the holes of `filter!`, `odata!` and `fetchxml!`: typed by the column beside them, escaped by type.
//!
//! The macros write calls to what is here; people read it for the types that a hole takes. A value is first a
//! [`Literal`] of its type, and is then spelt as the place wants it, so that no text of a value can end the place it
//! stands in.

use core::fmt::Write as _;
use core::marker::PhantomData;
use std::borrow::Cow;

use crate::filter::{FilterPart, Literal, Operand, literally};
use crate::row::{Field, FieldMut};
use crate::{ChoiceSet, ChoiceValue, ChoiceValues, FetchXml, Filter, ODataText, Record};

/// Columns that hold one option of the choice `E`: takes the enum, a [`ChoiceValue`] of it, or an option's number.
#[derive(Clone, Copy, Debug)]
pub struct OptionOf<E>(PhantomData<E>);

/// Columns that hold several options of the choice `E`: takes [`ChoiceValues`].
#[derive(Clone, Copy, Debug)]
pub struct OptionsOf<E>(PhantomData<E>);

/// Two-option columns with the options `E`: takes the enum, or a `bool`.
#[derive(Clone, Copy, Debug)]
pub struct FlagOf<E>(PhantomData<E>);

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<OptionOf<E>> for E {
    fn literal(self) -> Literal {
        Literal::Whole(self.value().into())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<OptionOf<E>> for ChoiceValue<E> {
    fn literal(self) -> Literal {
        Literal::Whole(self.value().into())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<OptionOf<E>> for i32 {
    fn literal(self) -> Literal {
        Literal::Whole(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<OptionsOf<E>> for ChoiceValues<E> {
    fn literal(self) -> Literal {
        Literal::Options(self.values().to_vec())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<FlagOf<E>> for E {
    fn literal(self) -> Literal {
        Literal::Bool(self.value() != 0)
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<FlagOf<E>> for bool {
    fn literal(self) -> Literal {
        Literal::Bool(self)
    }
}

/// Columns that hold one option of a choice, in a place that does not know the Rust type of its options.
///
/// Takes any generated choice enum, a [`ChoiceValue`], or the option's number.
#[derive(Clone, Copy, Debug)]
pub enum AnyOption {}

/// Columns that hold several options, likewise.
#[derive(Clone, Copy, Debug)]
pub enum AnyOptions {}

/// Two-option columns, likewise: a `bool`, or an option of a generated enum.
#[derive(Clone, Copy, Debug)]
pub enum AnyFlag {}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<AnyOption> for E {
    fn literal(self) -> Literal {
        Literal::Whole(self.value().into())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<AnyOption> for ChoiceValue<E> {
    fn literal(self) -> Literal {
        Literal::Whole(self.value().into())
    }
}

#[diagnostic::do_not_recommend]
impl Operand<AnyOption> for i32 {
    fn literal(self) -> Literal {
        Literal::Whole(self.into())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<AnyOptions> for ChoiceValues<E> {
    fn literal(self) -> Literal {
        Literal::Options(self.values().to_vec())
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<AnyOptions> for &ChoiceValues<E> {
    fn literal(self) -> Literal {
        Literal::Options(self.values().to_vec())
    }
}

#[diagnostic::do_not_recommend]
impl Operand<AnyFlag> for bool {
    fn literal(self) -> Literal {
        Literal::Bool(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Operand<AnyFlag> for E {
    fn literal(self) -> Literal {
        Literal::Bool(self.value() != 0)
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Field<AnyOption> for Option<ChoiceValue<E>> {
    fn field_mut(&mut self) -> FieldMut<'_> {
        FieldMut::Choice(self)
    }
}

#[diagnostic::do_not_recommend]
impl Field<AnyOption> for Option<i32> {
    fn field_mut(&mut self) -> FieldMut<'_> {
        FieldMut::Int(self)
    }
}

#[diagnostic::do_not_recommend]
impl<E: ChoiceSet> Field<AnyOptions> for Option<ChoiceValues<E>> {
    fn field_mut(&mut self) -> FieldMut<'_> {
        FieldMut::Choices(self)
    }
}

#[diagnostic::do_not_recommend]
impl Field<AnyFlag> for Option<bool> {
    fn field_mut(&mut self) -> FieldMut<'_> {
        FieldMut::Bool(self)
    }
}

/// What stands for several values: a `Vec`, an array, a slice, or a reference to one.
#[diagnostic::on_unimplemented(
    message = "a list of values is expected here, and `{Self}` is none",
    label = "not a list",
    note = "`in ({{ids}})` takes a `Vec`, an array or a slice; one value alone is `[value]`, or compared by `eq`"
)]
pub trait List {
    /// One of them.
    type Item;
    /// All of them.
    fn items(&self) -> &[Self::Item];
}

#[diagnostic::do_not_recommend]
impl<V> List for [V] {
    type Item = V;

    fn items(&self) -> &[V] {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<V, const N: usize> List for [V; N] {
    type Item = V;

    fn items(&self) -> &[V] {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<V> List for Vec<V> {
    type Item = V;

    fn items(&self) -> &[V] {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<L: List + ?Sized> List for &L {
    type Item = L::Item;

    fn items(&self) -> &[L::Item] {
        (**self).items()
    }
}

/// A value for the hole `H` of a text that has several, where columns of kind `K` take it. The compiler points at the whole text, so
/// that what it says has to name the hole.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the value for the hole `{{{H}}}`, a `{Self}`, is none of a column of kind `{K}`",
    label = "one of the holes here, `{{{H}}}`, takes another type"
)]
pub trait PlaceholderValue<H, K> {
    /// The literal that it is.
    fn placeholder_literal(self) -> Literal;
}

#[diagnostic::do_not_recommend]
impl<H, K, V: Operand<K>> PlaceholderValue<H, K> for V {
    fn placeholder_literal(self) -> Literal {
        self.literal()
    }
}

/// How a value is written.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFormat {
    /// As a value of its type.
    Value,
    /// As a text to search for.
    Pattern,
    /// Within a text.
    Inner,
    /// Within a text to search for.
    InnerPattern,
    /// As the text that a query function takes.
    Argument,
}

/// What the text around it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    /// OData.
    None,
    /// OData, percent-encoded.
    Url,
    /// FetchXML.
    Xml,
}

/// A query text while a macro's code puts values into it.
#[doc(hidden)]
#[derive(Debug)]
pub struct QueryTextBuilder {
    text: Cow<'static, str>,
    /// What came before `text`, of a filter.
    parts: Vec<FilterPart>,
    escape: Escape,
    variables: u32,
}

impl QueryTextBuilder {
    const fn new(escape: Escape, variables: u32) -> Self {
        Self { text: Cow::Borrowed(""), parts: Vec::new(), escape, variables }
    }

    /// A condition; the letters that are variables of its lambdas, as bits.
    #[must_use]
    pub const fn filter_with(variables: u32) -> Self {
        Self::new(Escape::None, variables)
    }

    /// A request.
    #[must_use]
    pub const fn request(variables: u32) -> Self {
        Self::new(Escape::Url, variables)
    }

    /// FetchXML.
    #[must_use]
    pub const fn fetch(variables: u32) -> Self {
        Self::new(Escape::Xml, variables)
    }

    /// A piece of the text.
    pub fn text(&mut self, text: &'static str) {
        if self.text.is_empty() {
            self.text = Cow::Borrowed(text);
        } else {
            self.text.to_mut().push_str(text);
        }
    }

    /// Here a name of the row begins.
    pub fn row(&mut self) {
        self.end_part();
        self.parts.push(FilterPart::Row);
    }

    fn end_part(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(FilterPart::Text(std::mem::take(&mut self.text)));
        }
    }

    /// A value.
    pub fn value<K, V: Operand<K> + Clone>(&mut self, value: &V, form: ValueFormat) {
        put(self.text.to_mut(), &value.clone().literal(), form, self.escape);
    }

    /// A value of the hole `H`, one of several.
    pub fn value_in<H, K, V: PlaceholderValue<H, K> + Clone>(&mut self, value: &V, form: ValueFormat) {
        put(self.text.to_mut(), &value.clone().placeholder_literal(), form, self.escape);
    }

    /// The items of a list, for a query function or a condition of FetchXML.
    pub fn list<K, L>(&mut self, values: &L)
    where
        L: List + ?Sized,
        L::Item: Operand<K> + Clone,
    {
        self.literals(values.items().iter().map(|v| v.clone().literal()));
    }

    /// The items of a list in the hole `H`, one of several.
    pub fn list_in<H, K, L>(&mut self, values: &L)
    where
        L: List + ?Sized,
        L::Item: PlaceholderValue<H, K> + Clone,
    {
        self.literals(values.items().iter().map(|v| v.clone().placeholder_literal()));
    }

    fn literals(&mut self, literals: impl Iterator<Item = Literal>) {
        let out = self.text.to_mut();
        if self.escape == Escape::Xml {
            for literal in literals {
                out.push_str("<value>");
                put(out, &literal, ValueFormat::Value, self.escape);
                out.push_str("</value>");
            }
            return;
        }
        let mut list = String::from("[");
        for (at, literal) in literals.enumerate() {
            if at > 0 {
                list.push(',');
            }
            let mut bare = String::new();
            literal.bare(&mut bare);
            // A text of JSON, whatever is in it.
            list.push_str(&serde_json::to_string(&bare).expect("text is always JSON"));
        }
        list.push(']');
        escaped(out, &list, self.escape);
    }

    /// A number of days, rows, ….
    pub fn number(&mut self, number: u32) {
        // Writing into a String never fails.
        let _ = write!(self.text.to_mut(), "{number}");
    }

    /// A condition of its own.
    pub fn condition<T>(&mut self, condition: &Filter<T>) {
        if self.escape == Escape::None {
            self.end_part();
            self.parts.push(FilterPart::Condition(condition.node.clone()));
        } else {
            escaped(self.text.to_mut(), &format!("({condition})"), self.escape);
        }
    }

    /// What `filter!` gives.
    pub fn filter<T>(mut self) -> Filter<T> {
        self.end_part();
        Filter::checked(self.parts, self.variables)
    }

    /// What `odata!` gives.
    #[must_use]
    pub fn odata<T>(self) -> ODataText<T> {
        ODataText::checked(self.text)
    }

    /// What `fetchxml!` gives.
    #[must_use]
    pub fn fetchxml<T>(self) -> FetchXml<T> {
        FetchXml::checked(self.text)
    }
}

fn put(out: &mut String, literal: &Literal, form: ValueFormat, escape: Escape) {
    let mut text = String::new();
    match (form, literal) {
        (ValueFormat::Pattern | ValueFormat::InnerPattern, Literal::Text(pattern)) => {
            text = literally(pattern)
        }
        (_, Literal::Bool(flag)) if escape == Escape::Xml => text.push(if *flag { '1' } else { '0' }),
        _ => literal.bare(&mut text),
    }
    if escape == Escape::Xml {
        return escaped(out, &text, escape);
    }
    let quotes = match form {
        ValueFormat::Value => matches!(literal, Literal::Text(_) | Literal::Options(_)),
        ValueFormat::Pattern | ValueFormat::Argument => true,
        ValueFormat::Inner | ValueFormat::InnerPattern => false,
    };
    // Within a text, and in one of its own, an apostrophe is doubled.
    if text.contains('\'') {
        text = text.replace('\'', "''");
    }
    let sign = if quotes { "'" } else { "" };
    escaped(out, &format!("{sign}{text}{sign}"), escape);
}

fn escaped(out: &mut String, text: &str, escape: Escape) {
    match escape {
        Escape::None => out.push_str(text),
        Escape::Url => url(out, text),
        Escape::Xml => xml(out, text),
    }
}

/// RFC 3986: everything but unreserved characters, and those that stand in a query without meaning more.
pub(crate) fn url(out: &mut String, text: &str) {
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~'(),:".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
    }
}

/// What XML 1.0 takes; characters that it has no way to write are left out.
fn xml(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // Written plainly they would become blanks.
            '\t' | '\n' | '\r' => _ = write!(out, "&#{};", u32::from(c)),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
}

/// Does a type stand for rows of this table?
#[doc(hidden)]
#[must_use]
pub const fn is_row_of<T: Record>(table: &str) -> bool {
    same(T::TABLE, table)
}

/// Are they the same text? `==` is not for constants.
#[doc(hidden)]
#[must_use]
pub const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
