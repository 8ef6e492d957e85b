//! Writes the values of placeholders into the text of `filter!`, `odata!` and `fetchxml!`. The code to which
//! the macros expand calls this module.
//!
//! The kind of the column that a placeholder is compared with decides which Rust types the placeholder takes.
//! For choice and yes/no columns the macros accept more types than [`kind`](crate::kind) allows, so this
//! module has its own kinds for them. A value is first converted into a [`Literal`] and then escaped for its
//! position, so that no value can change the structure of a query.

use core::fmt::Write as _;
use core::marker::PhantomData;
use std::borrow::Cow;

use crate::filter::{Filter, FilterPart, Literal, Operand, escape_wildcards};
use crate::row::{Field, FieldMut, Record};
use crate::text::{FetchXml, ODataText};
use crate::value::{ChoiceSet, ChoiceValue, ChoiceValues};
use crate::{const_str, escape};

/// The kind of a placeholder for one option of the choice `E`. Its value is the enum, a [`ChoiceValue`] of
/// the enum, or the number of an option.
#[derive(Clone, Copy, Debug)]
pub struct OptionOf<E>(PhantomData<E>);

/// The kind of a placeholder for several options of the choice `E`. Its value is a [`ChoiceValues`].
#[derive(Clone, Copy, Debug)]
pub struct OptionsOf<E>(PhantomData<E>);

/// The kind of a placeholder for a yes/no column with the options `E`. Its value is the enum or a `bool`.
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

/// The kind of a placeholder for one option, if the macro does not know the generated enum of the column.
///
/// Its value is any generated choice enum, a [`ChoiceValue`], or the number of an option.
#[derive(Clone, Copy, Debug)]
pub enum AnyOption {}

/// The kind of a placeholder for several options, if the macro does not know the generated enum of the
/// column. Its value is a [`ChoiceValues`] of any enum.
#[derive(Clone, Copy, Debug)]
pub enum AnyOptions {}

/// The kind of a placeholder for a yes/no column, if the macro does not know the generated enum of the
/// column. Its value is a `bool` or an option of any generated enum.
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

/// A list of values for one placeholder: a `Vec`, an array, a slice, or a reference to one of these.
#[diagnostic::on_unimplemented(
    message = "a list of values is expected here, and `{Self}` is not one",
    label = "not a list",
    note = "`in ({{ids}})` takes a `Vec`, an array or a slice; one value alone is `[value]`, or compared by `eq`"
)]
pub trait List {
    /// The type of the values.
    type Item;
    /// Returns the values in order.
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

/// A value for the placeholder `H`, which is compared with a column of kind `K`, in a text with several
/// placeholders.
///
/// If a value has the wrong type, the compiler points at the whole text. The type `H` names the placeholder
/// in the compiler's message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the value for the placeholder `{{{H}}}`, a `{Self}`, is not a value of a column of kind `{K}`",
    label = "one of the placeholders here, `{{{H}}}`, takes another type"
)]
pub trait PlaceholderValue<H, K> {
    /// Returns the value as a [`Literal`], from which it is written into the text.
    fn placeholder_literal(self) -> Literal;
}

#[diagnostic::do_not_recommend]
impl<H, K, V: Operand<K>> PlaceholderValue<H, K> for V {
    fn placeholder_literal(self) -> Literal {
        self.literal()
    }
}

/// The format in which the value of a placeholder is written into the text.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFormat {
    /// A literal of the value's own type: `'A'`, `42`.
    Value,
    /// A text in quotes that is searched for. The wildcards in the value are escaped.
    Pattern,
    /// A part of a text in quotes. The value is written without quotes.
    Inner,
    /// A part of a text in quotes that is searched for. The value is written without quotes, and its
    /// wildcards are escaped.
    InnerPattern,
    /// The argument of a query function. The value is written in quotes, whatever its type is.
    Argument,
}

/// The escaping of values in addition to that of OData literals. It depends on the macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// No other escaping, in `filter!`.
    None,
    /// Percent-encoding, in `odata!`.
    Url,
    /// Escaping by the entities of XML (`&lt;`), in `fetchxml!`.
    Xml,
}

/// Builds the text of a query from text that the macro has checked and from values. The code to which a macro
/// expands calls the methods in the order of the text.
#[doc(hidden)]
#[derive(Debug)]
pub struct QueryTextBuilder {
    text: Cow<'static, str>,
    /// The parts of a `filter!` before the current `text`; empty for the other macros.
    parts: Vec<FilterPart>,
    escape: Escape,
    variables: u32,
}

impl QueryTextBuilder {
    const fn new(escape: Escape, variables: u32) -> Self {
        Self { text: Cow::Borrowed(""), parts: Vec::new(), escape, variables }
    }

    /// Returns a builder for `filter!`. `variables` is a bit set of the one-letter lambda variables in the
    /// text (bit 0 is `a`).
    #[must_use]
    pub const fn filter_with(variables: u32) -> Self {
        Self::new(Escape::None, variables)
    }

    /// Returns a builder for `odata!`. `variables` is ignored.
    #[must_use]
    pub const fn request(variables: u32) -> Self {
        Self::new(Escape::Url, variables)
    }

    /// Returns a builder for `fetchxml!`. `variables` is ignored.
    #[must_use]
    pub const fn fetch(variables: u32) -> Self {
        Self::new(Escape::Xml, variables)
    }

    /// Appends text that the macro has checked.
    pub fn text(&mut self, text: &'static str) {
        if self.text.is_empty() {
            self.text = Cow::Borrowed(text);
        } else {
            self.text.to_mut().push_str(text);
        }
    }

    /// Records that a name of the filtered row begins at this position. If the filter is later put into a
    /// lambda expression, the lambda variable is inserted here.
    pub fn row(&mut self) {
        self.end_part();
        self.parts.push(FilterPart::RowName);
    }

    fn end_part(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(FilterPart::Text(std::mem::take(&mut self.text)));
        }
    }

    /// Appends `value` in the format `form`. `K` is the kind of the column that the placeholder is compared
    /// with.
    pub fn value<K, V: Operand<K> + Clone>(&mut self, value: &V, form: ValueFormat) {
        put(self.text.to_mut(), &value.clone().literal(), form, self.escape);
    }

    /// Appends `value` as [`value`](Self::value) does, in a text with several placeholders. `H` names the
    /// placeholder in messages of the compiler.
    pub fn value_in<H, K, V: PlaceholderValue<H, K> + Clone>(&mut self, value: &V, form: ValueFormat) {
        put(self.text.to_mut(), &value.clone().placeholder_literal(), form, self.escape);
    }

    /// Appends the values of a list: for a query function as a JSON list of texts, in FetchXML as `<value>`
    /// elements. `K` is the kind of the column that the placeholder is compared with.
    pub fn list<K, L>(&mut self, values: &L)
    where
        L: List + ?Sized,
        L::Item: Operand<K> + Clone,
    {
        self.literals(values.items().iter().map(|v| v.clone().literal()));
    }

    /// Appends the values of a list as [`list`](Self::list) does, in a text with several placeholders. `H`
    /// names the placeholder in messages of the compiler.
    pub fn list_in<H, K, L>(&mut self, values: &L)
    where
        L: List + ?Sized,
        L::Item: PlaceholderValue<H, K> + Clone,
    {
        self.literals(values.items().iter().map(|v| v.clone().placeholder_literal()));
    }

    fn literals(&mut self, literals: impl Iterator<Item = Literal>) {
        put_list(self.text.to_mut(), literals, self.escape);
    }

    /// Appends `number`, which is not compared with a column, such as a number of days or of rows.
    pub fn number(&mut self, number: u32) {
        // Writing into a String never fails.
        let _ = write!(self.text.to_mut(), "{number}");
    }

    /// Appends the filter `condition` in place of a placeholder.
    pub fn condition<T>(&mut self, condition: &Filter<T>) {
        if self.escape == Escape::None {
            self.end_part();
            self.parts.push(FilterPart::Condition(condition.node.clone()));
        } else {
            escaped(self.text.to_mut(), &format!("({condition})"), self.escape);
        }
    }

    /// Returns the finished filter, the result of `filter!`.
    pub fn filter<T>(mut self) -> Filter<T> {
        self.end_part();
        Filter::checked(self.parts, self.variables)
    }

    /// Returns the finished request, the result of `odata!`.
    #[must_use]
    pub fn odata<T, S>(self) -> ODataText<T, S> {
        ODataText::checked(self.text)
    }

    /// Returns the finished query, the result of `fetchxml!`. `entity_set` is the entity set of its table.
    #[must_use]
    pub fn fetchxml<T>(self, entity_set: &'static str) -> FetchXml<T> {
        FetchXml::checked(self.text, entity_set)
    }
}

/// Appends `literal` to `out` in the format `form`, escaped as `escape` requires.
pub(crate) fn put(out: &mut String, literal: &Literal, form: ValueFormat, escape: Escape) {
    let mut text = String::new();
    match (form, literal) {
        (ValueFormat::Pattern | ValueFormat::InnerPattern, Literal::Text(pattern)) => {
            text = escape_wildcards(pattern)
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
    // OData doubles an apostrophe within a text.
    if text.contains('\'') {
        text = text.replace('\'', "''");
    }
    let sign = if quotes { "'" } else { "" };
    escaped(out, &format!("{sign}{text}{sign}"), escape);
}

/// Appends a list of literals to `out`: for a query function as a JSON list of texts, in FetchXML as `<value>`
/// elements.
pub(crate) fn put_list(out: &mut String, literals: impl Iterator<Item = Literal>, escape: Escape) {
    if escape == Escape::Xml {
        for literal in literals {
            out.push_str("<value>");
            put(out, &literal, ValueFormat::Value, escape);
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
        // Items are JSON strings, also where they are numbers.
        list.push_str(&serde_json::to_string(&bare).expect("text is always JSON"));
    }
    list.push(']');
    escaped(out, &list, escape);
}

fn escaped(out: &mut String, text: &str, escape: Escape) {
    match escape {
        Escape::None => out.push_str(text),
        Escape::Url => escape::url(out, text),
        Escape::Xml => escape::xml(out, text),
    }
}

/// Returns whether rows of type `T` belong to the table with the logical name `table`.
#[doc(hidden)]
#[must_use]
pub const fn is_row_of<T: Record>(table: &str) -> bool {
    const_str::equal(T::TABLE, table)
}

#[cfg(test)]
mod tests;
