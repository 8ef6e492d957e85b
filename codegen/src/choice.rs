//! Generates the enum of each choice, with one variant per option. It also generates a text with the labels
//! and colours of all options, which `dvkit` parses at run time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use dvkit_schema::{Choice, ChoiceKind, ChoiceOption};

use crate::docs::{self, Comment, INDENT};
use crate::names::{NameRequest, pascal, with_fixed_names, with_suffix};

/// The generated enum of one choice. `Display` writes its code.
#[derive(Debug)]
pub(crate) struct ChoiceItem<'s> {
    /// The name of the enum.
    pub(crate) ty: String,
    /// The name of the choice in Dataverse's metadata.
    name: &'s str,
    docs: Vec<String>,
    variants: Vec<Variant<'s>>,
}

#[derive(Debug)]
struct Variant<'s> {
    name: String,
    option: &'s ChoiceOption,
    docs: Vec<String>,
}

/// Returns the options that become variants, sorted by value. Of several options with one value only the
/// first is returned.
fn options(choice: &Choice) -> Vec<&ChoiceOption> {
    let mut options: Vec<_> = choice.options.iter().collect();
    // Ordering by label as well makes the result independent of the order of the input where a value occurs twice.
    options.sort_by(|a, b| (a.value, &a.label.0).cmp(&(b.value, &b.label.0)));
    options.dedup_by_key(|o| o.value);
    options
}

/// Returns whether an enum is generated for a choice. None is generated for a choice without options.
pub(crate) fn is_enum(choice: &Choice) -> bool {
    !choice.options.is_empty()
}

impl<'s> ChoiceItem<'s> {
    /// Returns the enum for `choice`; `ty` is its Rust name.
    ///
    /// `of` is a sentence for the documentation that names the owner of the choice (`` Column `statecode` of
    /// `contact`. ``). `language` is the LCID of the language for the documentation and the names of
    /// variants. `renamed` has the names that the configuration gives to variants, by the value of the
    /// option.
    pub(crate) fn new(
        ty: String,
        choice: &'s Choice,
        of: String,
        language: u32,
        renamed: &BTreeMap<i32, String>,
    ) -> Self {
        let options = options(choice);
        let names = variant_names(choice.kind, &options, language, renamed);
        let variants = names
            .into_iter()
            .zip(options)
            .map(|(name, option)| Variant { name, option, docs: variant_docs(option, language) })
            .collect();
        let title = docs::text(&choice.display_name, language);
        let description = docs::text(&choice.description, language);
        let docs = docs::paragraphs([title.unwrap_or_default(), of], description);
        Self { ty, name: &choice.name, docs, variants }
    }

    /// Returns a name that two variants have; `None` if all names are different. Equal names come only from
    /// the configuration.
    pub(crate) fn duplicate_variant(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        self.variants.iter().map(|v| v.name.as_str()).find(|name| !seen.insert(*name))
    }
}

/// Returns the names of the variants for a choice of the kind `kind`, in the order of `options`. `renamed`
/// has the names that the configuration gives, by the value of the option.
///
/// The variants of a state choice have fixed names, in every language. All other variants are named after
/// their labels in `language` (an LCID). If a label cannot be used, the variant is named after the value; if
/// several options have one label, after the label and the value.
fn variant_names(
    kind: Option<ChoiceKind>,
    options: &[&ChoiceOption],
    language: u32,
    renamed: &BTreeMap<i32, String>,
) -> Vec<String> {
    let wishes: Vec<NameRequest> = options
        .iter()
        .map(|option| {
            let invariant = option.invariant_name.as_deref().filter(|_| kind == Some(ChoiceKind::State));
            let label = invariant.or_else(|| option.label.best(language));
            let by_label = label.and_then(pascal);
            let by_value = match option.value {
                value if value < 0 => format!("VMinus{}", value.unsigned_abs()),
                value => format!("V{value}"),
            };
            let both = by_label.as_ref().map(|label| with_suffix(label, &by_value));
            NameRequest::new(option.value.to_string(), [by_label, both, Some(by_value)], "V")
        })
        .collect();
    let renamed = renamed.iter().map(|(value, name)| (value.to_string(), name.clone())).collect();
    with_fixed_names(&wishes, &renamed, &BTreeSet::new())
}

fn variant_docs(option: &ChoiceOption, language: u32) -> Vec<String> {
    let label = docs::text(&option.label, language).unwrap_or_else(|| "No label.".to_owned());
    let value = format!("Value {}.", option.value);
    docs::paragraphs([label, value], docs::text(&option.description, language))
}

impl fmt::Display for ChoiceItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ty, name, docs, variants } = self;
        write!(f, "\n{}#[repr(i32)]\npub enum {ty} {{\n", Comment(docs, ""))?;
        // A discriminant that is one more than the last is omitted: the compiler evaluates each as a constant.
        let mut next = Some(0);
        for Variant { name, option, docs } in variants {
            write!(f, "{}    {name}", Comment(docs, INDENT))?;
            if next != Some(option.value) {
                write!(f, " = {}", option.value)?;
            }
            f.write_str(",\n")?;
            next = option.value.checked_add(1);
        }
        write!(
            f,
            "}}\n\nimpl ::dvkit::ChoiceSet for {ty} {{\n    const TEXT: &'static str = \"\\\n        "
        )?;
        field(name, f)?;
        f.write_str("\\n")?;
        variants.iter().try_for_each(|variant| variant.line(f))?;
        f.write_str("\";\n\n    #[inline]\n    fn variants() -> &'static [Self] {\n        &[")?;
        for (at, variant) in variants.iter().enumerate() {
            write!(f, "{}Self::{}", if at == 0 { "" } else { ", " }, variant.name)?;
        }
        f.write_str(
            "]\n    }\n\n    #[inline]\n    fn value(self) -> i32 {\n        self as i32\n    }\n}\n\n",
        )?;
        writeln!(f, "::dvkit::choice!({ty});")
    }
}

impl Variant<'_> {
    /// Writes the option as a line of `dvkit::ChoiceSet::TEXT`, escaped for a string literal.
    fn line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, option, .. } = self;
        write!(f, "\\\n        {}\\t{name}\\t", option.value)?;
        field(option.color.as_deref().unwrap_or_default(), f)?;
        f.write_str("\\t")?;
        option.state.map_or(Ok(()), |state| write!(f, "{state}"))?;
        for (language, text) in option.label.0.iter().filter(|(_, text)| !text.is_empty()) {
            write!(f, "\\t{language}\\t")?;
            field(text, f)?;
        }
        f.write_str("\\n")
    }
}

/// Writes one field of a line of `dvkit::ChoiceSet::TEXT`. Tabs and line breaks are written as spaces,
/// because they would end the field.
fn field(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = text.replace(['\t', '\n', '\r'], " ");
    write!(f, "{}", text.escape_debug())
}
