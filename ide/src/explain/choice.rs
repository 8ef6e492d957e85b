//! Explains a choice: its options with their labels.

use dvkit_schema::{Choice, Store, StoreError};

use super::description::{self, counted};
use super::page::Page;

/// Returns the global choice with the name `name`, in any letter case; `None` if there is none. Returns an error
/// if the file of the choice cannot be read.
pub(super) fn find<'a>(store: &'a Store, name: &str) -> Result<Option<&'a Choice>, StoreError> {
    let name = name.trim();
    match store.choices().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => store.choice(known),
        None => Ok(None),
    }
}

/// Returns the explanation of a choice.
pub(super) fn page(store: &Store, choice: &Choice) -> Page {
    let kind = if choice.global { "global choice" } else { "choice" };
    let summary = format!("{kind}, {}", counted(choice.options.len(), "option"));
    let mut page = Page::new(&choice.name, description::text(store, &choice.display_name), summary);
    let option = |o: &dvkit_schema::ChoiceOption| {
        let state = o.state.map_or_else(String::new, |s| format!("   (statecode {s})"));
        (o.value.to_string(), format!("{}{state}", description::text(store, &o.label)))
    };
    page.noted("options", choice.options.iter().map(option));
    page
}
