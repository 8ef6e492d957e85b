//! Choices: options known at build time are variants of an enum, later ones keep their value.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

/// The options of a choice as a fieldless enum, with what the organisation says about each in a static text.
///
/// Generated code implements it, together with [`choice!`](crate::choice!). Conversions are shared code over the table.
#[diagnostic::on_unimplemented(message = "`{Self}` is no choice of this organisation")]
pub trait ChoiceSet: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// What the organisation says about the choice and its variants.
    ///
    /// It is one text and no structure, since five hundred tables have thousands of options, and each would cost the
    /// compiler something. The first line is the name of the choice; each variant has one more: value, name, colour,
    /// state, and language and label in turns, with tabs between.
    const TEXT: &'static str;

    /// The variants, sorted by value.
    #[must_use]
    fn variants() -> &'static [Self];

    /// The number that stands for it in the database.
    fn value(self) -> i32;

    /// The name of the choice in the metadata: `contact_statecode`.
    #[must_use]
    fn name() -> &'static str {
        Self::TEXT.lines().next().unwrap_or_default()
    }

    /// What the organisation says about each option, sorted by value.
    #[must_use]
    fn options() -> ChoiceOptions {
        options(Self::TEXT)
    }

    /// The option of a number; `None` where the schema did not know it at build time.
    #[must_use]
    fn from_value(value: i32) -> Option<Self> {
        let variants = Self::variants();
        let at = variants.binary_search_by(|variant| variant.value().cmp(&value)).ok()?;
        Some(variants[at])
    }

    /// What the organisation says about it.
    #[must_use]
    fn option(self) -> ChoiceOption {
        let option = find(Self::TEXT, self.value());
        option.expect("every variant stands in the text that was generated with it")
    }

    /// Its label in a language (`1033` is English), if it has one there.
    #[must_use]
    fn label(self, language: u32) -> Option<&'static str> {
        self.option().label(language)
    }
}

/// The options of a choice, as [`ChoiceSet::options`] gives them.
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

/// One option of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    /// The number in the database.
    pub value: i32,
    /// The name of the variant.
    pub name: &'static str,
    /// The colour, as `#RRGGBB`.
    pub color: Option<&'static str>,
    /// For the option of a status: the state it belongs to.
    pub state: Option<i32>,
    labels: &'static str,
}

impl ChoiceOption {
    /// A line of the text that was generated.
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.splitn(5, '\t');
        let value = fields.next()?.parse().ok()?;
        let name = fields.next()?;
        let color = fields.next().filter(|color| !color.is_empty());
        let state = fields.next().and_then(|state| state.parse().ok());
        Some(Self { value, name, color, state, labels: fields.next().unwrap_or_default() })
    }

    /// Its labels with their languages, sorted by language.
    pub fn labels(&self) -> impl Iterator<Item = (u32, &'static str)> + use<> {
        let mut fields = self.labels.split('\t');
        core::iter::from_fn(move || Some((fields.next()?.parse().ok()?, fields.next()?)))
    }

    /// Its label in a language (`1033` is English), if it has one there.
    #[must_use]
    pub fn label(&self, language: u32) -> Option<&'static str> {
        self.labels().find(|(of, _)| *of == language).map(|(_, label)| label)
    }
}

/// `Debug` of a value: the name of its variant, or the number that has none; one for all choices.
fn show(text: &'static str, value: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match find(text, value) {
        Some(option) => f.write_str(option.name),
        None => write!(f, "Unknown({value})"),
    }
}

/// `Debug` of an option: the name of its variant; for [`choice!`](crate::choice!).
///
/// # Errors
/// Those of the formatter.
pub fn debug_choice<E: ChoiceSet>(option: E, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    show(E::TEXT, option.value(), f)
}

/// The small traits of a generated choice enum: `Clone`, `Copy`, `PartialEq`, `Eq`, `Debug`.
///
/// `Hash` is not among them: each trait of thousands of enums costs the compiler a twentieth of all generated code. The key
/// of a map is a [`ChoiceValue`], which is what rows hold.
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

/// The value of a choice column: an option of `E`, or a number that came later than the code.
///
/// It is what rows hold, and what to count and to look up by: unlike `E` it has `Hash`.
///
/// There is one way to write each value: `ChoiceValue::new(0)` is the option 0 where `E` has one. [`known`](Self::known) and
/// [`get`](Self::get) give an enum to match.
pub struct ChoiceValue<E> {
    value: i32,
    set: PhantomData<fn() -> E>,
}

/// [`ChoiceValue::get`]: what to match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolvedChoice<E> {
    /// An option that the code knows.
    Known(E),
    /// One that was added later.
    Unknown(UnknownOption),
}

/// A number that is no option known at build time; only [`ChoiceValue::get`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownOption(i32);

impl UnknownOption {
    /// The number.
    #[must_use]
    pub fn value(self) -> i32 {
        self.0
    }
}

impl<E> ChoiceValue<E> {
    /// The choice of this number, known or not.
    #[must_use]
    pub const fn new(value: i32) -> Self {
        Self { value, set: PhantomData }
    }

    /// The number in the database.
    #[must_use]
    pub const fn value(self) -> i32 {
        self.value
    }
}

impl<E: ChoiceSet> ChoiceValue<E> {
    /// The option, where it was known at build time.
    #[must_use]
    pub fn known(self) -> Option<E> {
        E::from_value(self.value)
    }

    /// The option, or the number that came later: to match without a wildcard.
    #[must_use]
    pub fn get(self) -> ResolvedChoice<E> {
        match self.known() {
            Some(option) => ResolvedChoice::Known(option),
            None => ResolvedChoice::Unknown(UnknownOption(self.value)),
        }
    }

    /// Its label in a language, where option and language were known at build time.
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
        show(E::TEXT, self.value, f)
    }
}

impl<E: ChoiceSet> From<E> for ChoiceValue<E> {
    fn from(option: E) -> Self {
        Self::new(option.value())
    }
}

/// The value of a multi-select choice column: a set of options, kept sorted by number.
pub struct ChoiceValues<E> {
    values: Vec<i32>,
    set: PhantomData<fn() -> E>,
}

impl<E> ChoiceValues<E> {
    /// The set of these numbers, known or not.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = i32>) -> Self {
        let mut values: Vec<i32> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Self { values, set: PhantomData }
    }

    /// The numbers, sorted.
    #[must_use]
    pub fn values(&self) -> &[i32] {
        &self.values
    }

    /// The options, sorted by number.
    pub fn iter(&self) -> impl Iterator<Item = ChoiceValue<E>> + '_ {
        self.values.iter().map(|value| ChoiceValue::new(*value))
    }

    /// Is this option in the set?
    #[must_use]
    pub fn contains(&self, option: impl Into<ChoiceValue<E>>) -> bool {
        self.values.binary_search(&option.into().value).is_ok()
    }

    /// Adds an option; `false` where it was in the set.
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

    /// Takes an option away; `false` where it was not in the set.
    pub fn remove(&mut self, option: impl Into<ChoiceValue<E>>) -> bool {
        let found = self.values.binary_search(&option.into().value);
        found.map(|at| self.values.remove(at)).is_ok()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Is the set empty?
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
