//! Implements `LabelQuery`, which restricts the languages of labels.

use dvkit_schema::wire::write::Object;
use serde_json::Value;

/// Removes the texts in other languages (LCID) from every label in an object. If `languages` is empty, all
/// texts are kept.
pub(super) fn retain_languages(object: &mut Object, languages: &[u32]) {
    if languages.is_empty() {
        return;
    }
    object.values_mut().for_each(|value| retain_in(value, languages));
}

fn retain_in(value: &mut Value, languages: &[u32]) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(|e| retain_in(e, languages)),
        Value::Object(object) => {
            let wanted = |text: &Value| {
                let code = text.get("LanguageCode").and_then(Value::as_u64);
                code.and_then(|c| u32::try_from(c).ok()).is_some_and(|c| languages.contains(&c))
            };
            if let Some(Value::Array(texts)) = object.get_mut("LocalizedLabels") {
                texts.retain(wanted);
                let user = texts.first().cloned();
                if let Some(label) = object.get_mut("UserLocalizedLabel")
                    && !wanted(label)
                {
                    *label = user.unwrap_or(Value::Null);
                }
            } else {
                retain_languages(object, languages);
            }
        }
        _ => {}
    }
}
