//! Translates sample queries to FetchXML, in the form that the goldens contain, and checks that every
//! translation is valid.

use dvkit_query::{CheckOptions, check_fetchxml, check_filter, check_request};
use dvkit_translate::{Translation, Untranslatable};

use crate::sample::store;

/// Translates a request, or a filter on accounts, to FetchXML. Returns the FetchXML with its notes, or the
/// reasons why it cannot be translated.
///
/// # Panics
/// Panics if the result is not valid FetchXML on the sample organisation.
#[must_use]
pub fn to_fetchxml(query: &str) -> String {
    let options = CheckOptions::default();
    let checked = if odata_parser::is_request(query) {
        check_request(store(), None, query, &options)
    } else {
        check_filter(store(), "account", query, &options)
    };
    let query = checked.expect("the sample is whole").query.unwrap_or_else(|| panic!("{query} is right"));
    told(dvkit_translate::to_fetchxml(&query, store()))
}

/// Checks that the translation `text` is valid on the sample organisation.
fn right(text: &str) {
    let back = check_fetchxml(store(), text, &CheckOptions::default()).expect("the sample is whole");
    assert!(back.is_ok(), "{text}: {:?}", back.diagnostics);
}

fn told(translated: Result<Translation, Untranslatable>) -> String {
    if let Ok(emitted) = &translated {
        right(&emitted.text);
    }
    match translated {
        Ok(emitted) if emitted.is_exact() => format!("{}\nexact\n", emitted.text),
        Ok(emitted) => {
            let notes: String = emitted.differences.iter().map(|note| format!("{note}\n")).collect();
            format!("{}\n{notes}", emitted.text)
        }
        Err(refused) => {
            let reasons: String = refused.reasons.iter().map(|reason| format!("{reason}\n")).collect();
            let nearest = refused.nearest.map(|text| format!("nearest:\n{text}\n")).unwrap_or_default();
            reasons + &nearest
        }
    }
}
