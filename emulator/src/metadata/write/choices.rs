//! Creates, changes and deletes global choices.

use dvkit_schema::Choice;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::ids;
use super::super::path::Key;
use super::wire::{FIRST_OPTION, give_values, import, set};
use super::{Change, ServiceError, logical_name, needed, not_there, text};
use crate::response::HttpResponse;

/// Returns the error for a choice that exists already.
pub(super) fn duplicate(name: &str) -> ServiceError {
    let message = format!("An OptionSet with the name {name} already exists. Please specify a unique name.");
    ServiceError::new(StatusCode::BAD_REQUEST, "0x80048403", message)
}

/// Returns the segment that names a choice.
fn segment(choice: &str) -> String {
    format!("GlobalOptionSetDefinitions({})", ids::generate("option-set", choice))
}

/// Returns the choice with the name or id in `key`.
///
/// # Errors
/// Returns an error with the status 404 if there is none.
pub(super) fn find<'c>(change: &'c Change<'_, '_>, key: &Key<'_>) -> Result<&'c Choice, ServiceError> {
    let is = |choice: &&Choice| match key {
        Key::Named("Name", name) => choice.name == **name,
        Key::Named("MetadataId", id) | Key::Id(id) => {
            ids::generate("option-set", &choice.name).eq_ignore_ascii_case(id)
        }
        Key::Named(..) => false,
    };
    change.schema().choices.values().find(is).ok_or_else(|| not_there(key))
}

/// Creates the choice in the body: `POST GlobalOptionSetDefinitions`.
///
/// # Errors
/// Returns an error if the definition is refused.
pub(super) fn create(change: &Change<'_, '_>) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    let name = text(&body, "Name")?.to_owned();
    logical_name(&name)?;
    if change.schema().choices.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
        return Err(duplicate(&name));
    }
    let class = text(&body, "@odata.type").unwrap_or_default();
    let two_options = class.ends_with("BooleanOptionSetMetadata");
    set(&mut body, "OptionSetType", json!(if two_options { "Boolean" } else { "Picklist" }));
    body.insert("IsGlobal".into(), json!(true));
    if !two_options {
        set(&mut body, "Options", json!([]));
    }
    give_values(&mut body, FIRST_OPTION);
    let part = import(vec![Value::Object(body)])?;
    change.apply(|all| {
        all.merge(part);
    });
    Ok(change.changed(&segment(&name)))
}

/// Replaces the labels of a choice: `PUT GlobalOptionSetDefinitions(…)`. Options are changed by
/// `InsertOptionValue` and its neighbours only.
///
/// # Errors
/// Returns an error if the definition is refused.
pub(super) fn update(change: &Change<'_, '_>, choice: &Choice) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    for member in ["Options", "TrueOption", "FalseOption"] {
        body.remove(member);
    }
    let name = choice.name.clone();
    body.extend([
        ("Name".to_owned(), json!(name)),
        ("IsGlobal".to_owned(), json!(true)),
        ("Options".to_owned(), json!([])),
    ]);
    let mut part = import(vec![Value::Object(body)])?;
    let Some(new) = part.choices.remove(&name) else { return Err(super::missing("Name")) };
    let keep = change.merges_labels();
    change.apply(|all| {
        if let Some(own) = all.choices.get_mut(&name) {
            for (new, own) in
                [(new.display_name, &mut own.display_name), (new.description, &mut own.description)]
            {
                super::options::label(own, new, keep);
            }
        }
    });
    Ok(change.changed(&segment(&choice.name)))
}

/// Deletes a choice.
///
/// # Errors
/// Returns an error if a column uses it.
pub(super) fn delete(change: &Change<'_, '_>, choice: &Choice) -> Result<HttpResponse, ServiceError> {
    let users = super::columns::users_of_choice(change.schema(), &choice.name);
    if !users.is_empty() {
        return Err(needed("OptionSet", &choice.name, &users));
    }
    let name = choice.name.clone();
    change.apply(|all| {
        all.choices.remove(&name);
    });
    Ok(HttpResponse::odata_empty())
}
