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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_texts_in_the_wanted_languages_stay() {
        let text = |code: u32| json!({ "Label": format!("l{code}"), "LanguageCode": code });
        let label = |codes: &[u32], user: Value| json!({ "LocalizedLabels": codes.iter().map(|c| text(*c)).collect::<Value>(), "UserLocalizedLabel": user });
        for (languages, before, after) in [
            (&[][..], label(&[1033, 1031], text(1033)), label(&[1033, 1031], text(1033))),
            (&[1033], label(&[1033, 1031], text(1033)), label(&[1033], text(1033))),
            // The label of the user is in a language that stays, the first of them.
            (&[1031], label(&[1033, 1031], text(1033)), label(&[1031], text(1031))),
            (&[1031, 1033], label(&[1036, 1033, 1031], text(1031)), label(&[1033, 1031], text(1031))),
            (&[1031, 1033], label(&[1036, 1033, 1031], text(1036)), label(&[1033, 1031], text(1033))),
            (&[1040], label(&[1033], text(1033)), label(&[], Value::Null)),
            (&[1033], label(&[1031], Value::Null), label(&[], Value::Null)),
            (&[1033], json!({ "LocalizedLabels": [text(1031)] }), json!({ "LocalizedLabels": [] })),
            (
                &[1033],
                json!({ "LocalizedLabels": null, "x": [label(&[1031], Value::Null)] }),
                json!({
                    "LocalizedLabels": null, "x": [label(&[], Value::Null)],
                }),
            ),
            (&[1033], json!([1, "a", null]), json!([1, "a", null])),
        ] {
            for nested in [false, true] {
                let around = |value: &Value| {
                    if nested { json!({ "Options": [{ "Label": value }] }) } else { value.clone() }
                };
                let mut object = Object::from_iter([("DisplayName".to_owned(), around(&before))]);
                retain_languages(&mut object, languages);
                assert_eq!(object["DisplayName"], around(&after), "{languages:?} of {before}");
            }
        }
    }
}
