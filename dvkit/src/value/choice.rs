//! Defines the values of choice columns, and reads the labels and colours of options at run time.
//!
//! The options that existed when the code was generated are variants of an enum. An option that was added
//! later is represented by its number.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

/// A generated enum whose variants are the options of a choice.
///
/// Generated code implements [`TEXT`](Self::TEXT), [`variants`](Self::variants) and [`value`](Self::value),
/// and calls [`choice!`](crate::choice!). All other methods read the names, labels and colours of the options
/// from `TEXT`.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a choice of this organisation")]
pub trait ChoiceSet: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// The name of the choice, and the values, names, colours, states and labels of its options.
    ///
    /// The first line is the name of the choice. Each option has a line with fields separated by tabs: value,
    /// name of the variant, colour, state, and then, for each label, the code of its language (LCID) and the
    /// label.
    ///
    /// All options are in one text, because a constant for each of the thousands of options of five hundred
    /// tables would take the compiler time.
    const TEXT: &'static str;

    /// Returns the variants, sorted by value.
    #[must_use]
    fn variants() -> &'static [Self];

    /// Returns the number of the option in Dataverse.
    fn value(self) -> i32;

    /// Returns the name of the choice in the metadata: `contact_statecode`.
    #[must_use]
    fn name() -> &'static str {
        Self::TEXT.lines().next().unwrap_or_default()
    }

    /// Returns the names, colours, states and labels of the options, sorted by value.
    #[must_use]
    fn options() -> ChoiceOptions {
        options(Self::TEXT)
    }

    /// Returns the option with the number `value`; `None` if the schema did not contain such an option when
    /// the code was generated.
    #[must_use]
    fn from_value(value: i32) -> Option<Self> {
        let variants = Self::variants();
        let at = variants.binary_search_by(|variant| variant.value().cmp(&value)).ok()?;
        Some(variants[at])
    }

    /// Returns the name, the colour, the state and the labels of the option.
    #[must_use]
    fn option(self) -> ChoiceOption {
        let option = find(Self::TEXT, self.value());
        option.expect("every variant has a line in the text that was generated with it")
    }

    /// Returns the label in the language `language` (an LCID; 1033 is English); `None` if the option has no
    /// label in this language.
    #[must_use]
    fn label(self, language: u32) -> Option<&'static str> {
        self.option().label(language)
    }
}

/// An iterator over the options of a choice, returned by [`ChoiceSet::options`].
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

/// The name, the colour, the state and the labels of one option of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// The number of the option in Dataverse.
    pub value: i32,
    /// The name of the variant.
    pub name: &'static str,
    /// The colour as `#RRGGBB`; `None` if the option has no colour.
    pub color: Option<&'static str>,
    /// The number of the state to which the option of a status column belongs; `None` for other options.
    pub state: Option<i32>,
    labels: &'static str,
}

impl ChoiceOption {
    /// Parses the line of an option in [`ChoiceSet::TEXT`]; `None` if the line does not have the format of an
    /// option.
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.splitn(5, '\t');
        let value = fields.next()?.parse().ok()?;
        let name = fields.next()?;
        let color = fields.next().filter(|color| !color.is_empty());
        let state = fields.next().and_then(|state| state.parse().ok());
        Some(Self { value, name, color, state, labels: fields.next().unwrap_or_default() })
    }

    /// Returns the labels, each with the code of its language (LCID), in ascending order of this code.
    pub fn labels(&self) -> impl Iterator<Item = (u32, &'static str)> + use<> {
        let mut fields = self.labels.split('\t');
        core::iter::from_fn(move || Some((fields.next()?.parse().ok()?, fields.next()?)))
    }

    /// Returns the label in the language `language` (an LCID; 1033 is English); `None` if the option has no
    /// label in this language.
    #[must_use]
    pub fn label(&self, language: u32) -> Option<&'static str> {
        self.labels().find(|(of, _)| *of == language).map(|(_, label)| label)
    }
}

/// Writes the name of the option with the number `value` in `text`, a [`ChoiceSet::TEXT`]. Writes
/// `Unknown(value)` if `text` has no such option.
fn debug_value(text: &'static str, value: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match find(text, value) {
        Some(option) => f.write_str(option.name),
        None => write!(f, "Unknown({value})"),
    }
}

/// Writes the name of an option. [`choice!`](crate::choice!) implements `Debug` by this function.
///
/// # Errors
/// Returns an error if the formatter fails.
pub fn debug_choice<E: ChoiceSet>(option: E, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    debug_value(E::TEXT, option.value(), f)
}

/// Implements `Clone`, `Copy`, `PartialEq`, `Eq` and `Debug` for a generated choice enum.
///
/// Other traits such as `Hash` are not implemented, because each trait lengthens the compilation of all
/// generated code by a twentieth. To use an option as the key of a map, convert it into a [`ChoiceValue`],
/// which implements `Hash`.
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

/// The value of a choice column: an option of `E`, or the number of an option that was added after the code
/// was generated.
///
/// The fields of rows have this type. Two values are equal if their numbers are equal: `ChoiceValue::new(0)`
/// equals the option of `E` with the number 0. `ChoiceValue` implements `Hash`, which `E` does not. To match
/// on the options, call [`known`](Self::known) or [`get`](Self::get).
pub struct ChoiceValue<E> {
    value: i32,
    set: PhantomData<fn() -> E>,
}

/// The result of [`ChoiceValue::get`]: an option of `E`, or the number of an option that `E` does not
/// contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedChoice<E> {
    /// An option for which `E` has a variant.
    Known(E),
    /// An option for which `E` has no variant, because it was added after the code was generated.
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
    /// Returns the choice value with the number `value`. The enum need not have a variant for this number.
    #[must_use]
    pub const fn new(value: i32) -> Self {
        Self { value, set: PhantomData }
    }

    /// Returns the number of the option in Dataverse.
    #[must_use]
    pub const fn value(self) -> i32 {
        self.value
    }
}

impl<E: ChoiceSet> ChoiceValue<E> {
    /// Returns the option as a variant of the enum; `None` if the enum has no variant for its number.
    #[must_use]
    pub fn known(self) -> Option<E> {
        E::from_value(self.value)
    }

    /// Returns the option as a variant of the enum or, if the enum has no variant for it, its number. A
    /// `match` on the result needs no wildcard.
    #[must_use]
    pub fn get(self) -> ResolvedChoice<E> {
        match self.known() {
            Some(option) => ResolvedChoice::Known(option),
            None => ResolvedChoice::Unknown(UnknownOption(self.value)),
        }
    }

    /// Returns the label in the language `language` (an LCID; 1033 is English). Returns `None` if the schema
    /// did not contain the option, or a label in this language, when the code was generated.
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
    /// Returns the set of the options with these numbers. The enum need not have variants for them. Numbers
    /// that occur twice are kept once.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = i32>) -> Self {
        let mut values: Vec<i32> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Self { values, set: PhantomData }
    }

    /// Returns the numbers of the options, in ascending order and without duplicates.
    #[must_use]
    pub fn values(&self) -> &[i32] {
        &self.values
    }

    /// Returns an iterator over the options, sorted by number.
    pub fn iter(&self) -> impl Iterator<Item = ChoiceValue<E>> + '_ {
        self.values.iter().map(|value| ChoiceValue::new(*value))
    }

    /// Returns whether `option` is in the set.
    #[must_use]
    pub fn contains(&self, option: impl Into<ChoiceValue<E>>) -> bool {
        self.values.binary_search(&option.into().value).is_ok()
    }

    /// Adds `option` to the set. Returns `false` if the set already contained it.
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

    /// Removes `option` from the set. Returns `false` if the set did not contain it.
    pub fn remove(&mut self, option: impl Into<ChoiceValue<E>>) -> bool {
        let found = self.values.binary_search(&option.into().value);
        found.map(|at| self.values.remove(at)).is_ok()
    }

    /// Returns the number of options in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether the set is empty.
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
