//! Values of choice columns.
//!
//! The options that were known when the code was generated are variants of an enum. An option that was added later keeps
//! its number.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

/// A generated enum whose variants are the options of a choice.
///
/// Generated code implements the trait and calls [`choice!`](crate::choice!). All methods but two are code that all choices
/// share; it reads the labels and colours of the options from [`TEXT`](Self::TEXT).
#[diagnostic::on_unimplemented(message = "`{Self}` is not a choice of this organisation")]
pub trait ChoiceSet: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// The name, the colours, the states and the labels of the choice and its options.
    ///
    /// They are one text and not constants of a struct, because five hundred tables have thousands of options, and each
    /// constant would cost the compiler time. The first line is the name of the choice. Each option has a line of
    /// tab-separated fields: value, variant, colour, state, and then the code of a language and the label in it, repeated.
    const TEXT: &'static str;

    /// Returns the variants, sorted by value.
    #[must_use]
    fn variants() -> &'static [Self];

    /// Returns the number of the option in the database.
    fn value(self) -> i32;

    /// Returns the name of the choice in the metadata: `contact_statecode`.
    #[must_use]
    fn name() -> &'static str {
        Self::TEXT.lines().next().unwrap_or_default()
    }

    /// Returns the metadata of the options, sorted by value.
    #[must_use]
    fn options() -> ChoiceOptions {
        options(Self::TEXT)
    }

    /// Returns the option with this number; `None` where it was not in the schema when the code was generated.
    #[must_use]
    fn from_value(value: i32) -> Option<Self> {
        let variants = Self::variants();
        let at = variants.binary_search_by(|variant| variant.value().cmp(&value)).ok()?;
        Some(variants[at])
    }

    /// Returns the metadata of the option.
    #[must_use]
    fn option(self) -> ChoiceOption {
        let option = find(Self::TEXT, self.value());
        option.expect("every variant has a line in the text that was generated with it")
    }

    /// Returns the label in a language (`1033` is English); `None` where the option has no label in it.
    #[must_use]
    fn label(self, language: u32) -> Option<&'static str> {
        self.option().label(language)
    }
}

/// The iterator over the options of a choice that [`ChoiceSet::options`] returns.
#[derive(Clone, Debug)]
pub struct ChoiceOptions {
    lines: core::str::Lines<'static>,
}

impl Iterator for ChoiceOptions {
    type Item = ChoiceOption;

    fn next(&mut self) -> Option<ChoiceOption> {
        ChoiceOption::read(self.lines.next()?)
    }
}

fn options(text: &'static str) -> ChoiceOptions {
    let mut lines = text.lines();
    // The name of the choice.
    lines.next();
    ChoiceOptions { lines }
}

fn find(text: &'static str, value: i32) -> Option<ChoiceOption> {
    options(text).find(|option| option.value == value)
}

/// The metadata of one option of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// The number in the database.
    pub value: i32,
    /// The name of the variant.
    pub name: &'static str,
    /// The colour, as `#RRGGBB`.
    pub color: Option<&'static str>,
    /// The state that the option belongs to, where it is the option of a status column.
    pub state: Option<i32>,
    labels: &'static str,
}

impl ChoiceOption {
    /// Parses a line of [`ChoiceSet::TEXT`].
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.splitn(5, '\t');
        let value = fields.next()?.parse().ok()?;
        let name = fields.next()?;
        let color = fields.next().filter(|color| !color.is_empty());
        let state = fields.next().and_then(|state| state.parse().ok());
        Some(Self { value, name, color, state, labels: fields.next().unwrap_or_default() })
    }

    /// Returns the labels with the codes of their languages, sorted by code.
    pub fn labels(&self) -> impl Iterator<Item = (u32, &'static str)> + use<> {
        let mut fields = self.labels.split('\t');
        core::iter::from_fn(move || Some((fields.next()?.parse().ok()?, fields.next()?)))
    }

    /// Returns the label in a language (`1033` is English); `None` where the option has no label in it.
    #[must_use]
    pub fn label(&self, language: u32) -> Option<&'static str> {
        self.labels().find(|(of, _)| *of == language).map(|(_, label)| label)
    }
}

/// Writes the name of an option, or the number of an unknown one.
fn debug_value(text: &'static str, value: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match find(text, value) {
        Some(option) => f.write_str(option.name),
        None => write!(f, "Unknown({value})"),
    }
}

/// Writes the name of an option as its `Debug`, for [`choice!`](crate::choice!).
///
/// # Errors
/// Where the formatter fails.
pub fn debug_choice<E: ChoiceSet>(option: E, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    debug_value(E::TEXT, option.value(), f)
}

/// Implements `Clone`, `Copy`, `PartialEq`, `Eq` and `Debug` for a generated choice enum.
///
/// It does not implement `Hash` and other traits, because each trait costs the compiler a twentieth of the time for all
/// generated code. Use a [`ChoiceValue`], which rows hold, as the key of a map.
#[macro_export]
macro_rules! choice {
    ($name:ident) => {
        impl ::core::clone::Clone for $name {
            #[inline]
            fn clone(&self) -> Self {
                *self
            }
        }
        impl ::core::marker::Copy for $name {}
        impl ::core::cmp::PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                *self as i32 == *other as i32
            }
        }
        impl ::core::cmp::Eq for $name {}
        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::debug_choice(*self, f)
            }
        }
    };
}

/// The value of a choice column: an option of `E`, or the number of an option that was added after the code was generated.
///
/// Rows hold this type. Unlike `E` it implements `Hash`. Two values are equal if their numbers are:
/// `ChoiceValue::new(0)` equals the option of `E` with the number 0. To match on the options, call [`known`](Self::known)
/// or [`get`](Self::get).
pub struct ChoiceValue<E> {
    value: i32,
    set: PhantomData<fn() -> E>,
}

/// A known option of `E` or an unknown one, as [`ChoiceValue::get`] returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedChoice<E> {
    /// An option that has a variant.
    Known(E),
    /// An option that was added after the code was generated.
    Unknown(UnknownOption),
}

/// The number of an option that has no variant. Only [`ChoiceValue::get`] returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownOption(i32);

impl UnknownOption {
    /// Returns the number of the option.
    #[must_use]
    pub fn value(self) -> i32 {
        self.0
    }
}

impl<E> ChoiceValue<E> {
    /// Returns the value with this number, whether or not the enum has a variant for it.
    #[must_use]
    pub const fn new(value: i32) -> Self {
        Self { value, set: PhantomData }
    }

    /// Returns the number in the database.
    #[must_use]
    pub const fn value(self) -> i32 {
        self.value
    }
}

impl<E: ChoiceSet> ChoiceValue<E> {
    /// Returns the option; `None` where the enum has no variant for it.
    #[must_use]
    pub fn known(self) -> Option<E> {
        E::from_value(self.value)
    }

    /// Returns the option or the unknown number, to match without a wildcard.
    #[must_use]
    pub fn get(self) -> ResolvedChoice<E> {
        match self.known() {
            Some(option) => ResolvedChoice::Known(option),
            None => ResolvedChoice::Unknown(UnknownOption(self.value)),
        }
    }

    /// Returns the label in a language; `None` where the option or the language was not in the schema when the code was
    /// generated.
    #[must_use]
    pub fn label(self, language: u32) -> Option<&'static str> {
        self.known()?.label(language)
    }
}

impl<E> Clone for ChoiceValue<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ChoiceValue<E> {}

impl<E> PartialEq for ChoiceValue<E> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<E> Eq for ChoiceValue<E> {}

impl<E: ChoiceSet> PartialEq<E> for ChoiceValue<E> {
    fn eq(&self, other: &E) -> bool {
        self.value == other.value()
    }
}

impl<E> Hash for ChoiceValue<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_i32(self.value);
    }
}

impl<E: ChoiceSet> fmt::Debug for ChoiceValue<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_value(E::TEXT, self.value, f)
    }
}

impl<E: ChoiceSet> From<E> for ChoiceValue<E> {
    fn from(option: E) -> Self {
        Self::new(option.value())
    }
}

/// The value of a multi-select choice column: a set of options, sorted by number.
pub struct ChoiceValues<E> {
    values: Vec<i32>,
    set: PhantomData<fn() -> E>,
}

impl<E> ChoiceValues<E> {
    /// Returns the set of the options with these numbers, whether or not the enum has variants for them.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = i32>) -> Self {
        let mut values: Vec<i32> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Self { values, set: PhantomData }
    }

    /// Returns the numbers, sorted.
    #[must_use]
    pub fn values(&self) -> &[i32] {
        &self.values
    }

    /// Returns the options, sorted by number.
    pub fn iter(&self) -> impl Iterator<Item = ChoiceValue<E>> + '_ {
        self.values.iter().map(|value| ChoiceValue::new(*value))
    }

    /// Reports whether an option is in the set.
    #[must_use]
    pub fn contains(&self, option: impl Into<ChoiceValue<E>>) -> bool {
        self.values.binary_search(&option.into().value).is_ok()
    }

    /// Adds an option; returns `false` where it was in the set already.
    pub fn insert(&mut self, option: impl Into<ChoiceValue<E>>) -> bool {
        let value = option.into().value;
        match self.values.binary_search(&value) {
            Ok(_) => false,
            Err(at) => {
                self.values.insert(at, value);
                true
            }
        }
    }

    /// Removes an option; returns `false` where it was not in the set.
    pub fn remove(&mut self, option: impl Into<ChoiceValue<E>>) -> bool {
        let found = self.values.binary_search(&option.into().value);
        found.map(|at| self.values.remove(at)).is_ok()
    }

    /// Returns the number of options.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Reports whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl<E> Clone for ChoiceValues<E> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), set: PhantomData }
    }
}

impl<E> Default for ChoiceValues<E> {
    fn default() -> Self {
        Self { values: Vec::new(), set: PhantomData }
    }
}

impl<E> PartialEq for ChoiceValues<E> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl<E> Eq for ChoiceValues<E> {}

impl<E: ChoiceSet> fmt::Debug for ChoiceValues<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<E, O: Into<ChoiceValue<E>>> FromIterator<O> for ChoiceValues<E> {
    fn from_iter<I: IntoIterator<Item = O>>(options: I) -> Self {
        Self::new(options.into_iter().map(|option| option.into().value))
    }
}

impl<E, O: Into<ChoiceValue<E>>, const N: usize> From<[O; N]> for ChoiceValues<E> {
    fn from(options: [O; N]) -> Self {
        options.into_iter().collect()
    }
}
