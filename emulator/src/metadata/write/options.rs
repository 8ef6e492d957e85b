//! Changes the options of choices: `InsertOptionValue`, `UpdateOptionValue`, `DeleteOptionValue`, `OrderOption`,
//! `InsertStatusValue` and `UpdateStateValue`.

use dvkit_schema::{Choice, ChoiceOption, ChoiceRef, ColumnType, LocalizedText, Schema};
use http::StatusCode;
use serde_json::{Value, json};

use super::wire::{FIRST_OPTION, import};
use super::{Change, Members, ServiceError, columns, missing};
use crate::response::HttpResponse;

/// The choice that an action changes.
enum Target {
    /// A global choice, by name.
    Global(String),
    /// The choice of one column, by the logical names of table and column.
    Local(String, String),
}

impl Target {
    /// Finds the choice that the parameters of an action name: `OptionSetName`, or `EntityLogicalName` with
    /// `AttributeLogicalName`.
    fn of(change: &Change<'_, '_>, body: &Members) -> Result<Self, ServiceError> {
        let text = |member: &str| body.get(member).and_then(Value::as_str).filter(|t| !t.is_empty());
        if let Some(name) = text("OptionSetName") {
            return match change.schema().choices.contains_key(name) {
                true => Ok(Self::Global(name.to_owned())),
                false => Err(ServiceError::new(
                    StatusCode::NOT_FOUND,
                    super::NO_DEFINITION,
                    format!("The OptionSet '{name}' does not exist."),
                )),
            };
        }
        let (Some(table), Some(column)) = (text("EntityLogicalName"), text("AttributeLogicalName")) else {
            return Err(missing("OptionSetName"));
        };
        let found = change.table_named(table)?.columns.iter().find(|c| c.logical_name == column);
        let found = found.ok_or_else(|| columns::unknown(table, column))?;
        match found.ty.choice() {
            Some(ChoiceRef::Global(name)) => Ok(Self::Global(name.clone())),
            Some(ChoiceRef::Local(_)) => Ok(Self::Local(table.to_owned(), column.to_owned())),
            None => Err(ServiceError::bad(format!("The column '{table}.{column}' has no options."))),
        }
    }

    fn get<'s>(&self, schema: &'s Schema) -> Option<&'s Choice> {
        match self {
            Self::Global(name) => schema.choices.get(name),
            Self::Local(table, column) => {
                let column = schema.tables.get(table)?.columns.iter().find(|c| c.logical_name == *column)?;
                match column.ty.choice()? {
                    ChoiceRef::Local(choice) => Some(choice),
                    ChoiceRef::Global(_) => None,
                }
            }
        }
    }

    fn get_mut<'s>(&self, schema: &'s mut Schema) -> Option<&'s mut Choice> {
        match self {
            Self::Global(name) => schema.choices.get_mut(name),
            Self::Local(table, column) => {
                let columns = &mut schema.tables.get_mut(table)?.columns;
                let column = columns.iter_mut().find(|c| c.logical_name == *column)?;
                match &mut column.ty {
                    ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), .. }
                    | ColumnType::Choices { choice: Some(ChoiceRef::Local(choice)), .. }
                    | ColumnType::State { choice: Some(ChoiceRef::Local(choice)), .. }
                    | ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), .. }
                    | ColumnType::Boolean { choice: Some(ChoiceRef::Local(choice)), .. } => Some(choice),
                    _ => None,
                }
            }
        }
    }
}

/// Reads the option that the parameters `Value`, `Label`, `Description`, `Color` and `ExternalValue` describe.
fn option(body: &Members, value: i64, state: Option<i64>) -> Result<ChoiceOption, ServiceError> {
    let mut option = json!({ "Value": value });
    for member in ["Label", "Description", "Color", "ExternalValue"] {
        if let (Some(given), Some(option)) = (body.get(member), option.as_object_mut()) {
            option.insert(member.to_owned(), given.clone());
        }
    }
    if let (Some(state), Some(option)) = (state, option.as_object_mut()) {
        option.insert("State".to_owned(), state.into());
    }
    let part = import(vec![
        json!({ "Name": "option", "IsGlobal": true, "OptionSetType": "Picklist", "Options": [option] }),
    ])?;
    let option = part.choices.into_values().next().and_then(|c| c.options.into_iter().next());
    option.ok_or_else(|| missing("Value"))
}

/// Merges a new label into an existing one: texts of further languages stay if `keep` is true.
pub(super) fn label(own: &mut LocalizedText, new: LocalizedText, keep: bool) {
    if new.is_empty() {
        return;
    }
    if !keep {
        own.0.clear();
    }
    own.0.extend(new.0);
}

fn refused(message: String) -> ServiceError {
    ServiceError::new(StatusCode::BAD_REQUEST, "0x80040203", message)
}

/// Adds an option: `InsertOptionValue`, or `InsertStatusValue` if `status` is true. Without `Value` it gets the
/// next value after the highest one.
///
/// # Errors
/// Returns an error if the choice does not exist, or if it has the value already.
pub(super) fn insert(change: &Change<'_, '_>, status: bool) -> Result<HttpResponse, ServiceError> {
    let body = change.body()?;
    let target = Target::of(change, &body)?;
    let choice = target.get(change.schema()).ok_or_else(|| missing("OptionSetName"))?;
    if !matches!(body.get("Label"), Some(Value::Object(_))) {
        return Err(missing("Label"));
    }
    let state = match (status, body.get("StateCode").and_then(Value::as_i64)) {
        (true, None) => return Err(missing("StateCode")),
        (true, state) => state,
        (false, _) => None,
    };
    let highest = choice.options.iter().map(|o| i64::from(o.value)).max();
    let value = match body.get("Value") {
        None | Some(Value::Null) => highest.map_or(FIRST_OPTION, |most| (most + 1).max(FIRST_OPTION)),
        Some(value) => value.as_i64().ok_or_else(|| missing("Value"))?,
    };
    let option = option(&body, value, state)?;
    if choice.option(option.value).is_some() {
        return Err(refused(format!(
            "The option value {value} exists already in the choice '{}'.",
            choice.name
        )));
    }
    change.apply(|all| {
        if let Some(choice) = target.get_mut(all) {
            choice.options.push(option);
        }
    });
    let name = if status { "InsertStatusValueResponse" } else { "InsertOptionValueResponse" };
    let context = format!("{}$metadata#Microsoft.Dynamics.CRM.{name}", change.session.web_api());
    Ok(HttpResponse::odata(json!({ "@odata.context": context, "NewOptionValue": value }).to_string()))
}

/// Changes the labels of an option: `UpdateOptionValue` and `UpdateStateValue`.
///
/// # Errors
/// Returns an error if the option does not exist.
pub(super) fn update(change: &Change<'_, '_>) -> Result<HttpResponse, ServiceError> {
    let body = change.body()?;
    let target = Target::of(change, &body)?;
    let value = existing(change, &target, &body)?;
    let new = option(&body, value.into(), None)?;
    let keep = body.get("MergeLabels").and_then(Value::as_bool).ok_or_else(|| missing("MergeLabels"))?;
    let default = body.get("DefaultStatusCode").and_then(Value::as_i64).and_then(|v| i32::try_from(v).ok());
    change.apply(|all| {
        let options = target.get_mut(all).map(|c| &mut c.options).into_iter().flatten();
        for own in options.filter(|o| o.value == value) {
            label(&mut own.label, new.label.clone(), keep);
            label(&mut own.description, new.description.clone(), keep);
            if new.color.is_some() {
                own.color.clone_from(&new.color);
            }
            if new.external_value.is_some() {
                own.external_value.clone_from(&new.external_value);
            }
            if default.is_some() {
                own.default_status = default;
            }
        }
    });
    Ok(HttpResponse::odata_empty())
}

/// Returns the value of the option that the parameter `Value` names.
fn existing(change: &Change<'_, '_>, target: &Target, body: &Members) -> Result<i32, ServiceError> {
    let value = body.get("Value").and_then(Value::as_i64).ok_or_else(|| missing("Value"))?;
    let choice = target.get(change.schema()).ok_or_else(|| missing("OptionSetName"))?;
    let known = i32::try_from(value).ok().filter(|value| choice.option(*value).is_some());
    known
        .ok_or_else(|| refused(format!("The choice '{}' has no option with the value {value}.", choice.name)))
}

/// Removes an option: `DeleteOptionValue`. Rows keep the value.
///
/// # Errors
/// Returns an error if the option does not exist.
pub(super) fn delete(change: &Change<'_, '_>) -> Result<HttpResponse, ServiceError> {
    let body = change.body()?;
    let target = Target::of(change, &body)?;
    let value = existing(change, &target, &body)?;
    change.apply(|all| {
        if let Some(choice) = target.get_mut(all) {
            choice.options.retain(|o| o.value != value);
        }
    });
    Ok(HttpResponse::odata_empty())
}

/// Orders options: `OrderOption`. The schema has options in the order of their values, so another order is
/// not emulated.
///
/// # Errors
/// Returns an error if `Values` are not the values of the choice, or are not in ascending order.
pub(super) fn order(change: &Change<'_, '_>) -> Result<HttpResponse, ServiceError> {
    let body = change.body()?;
    let target = Target::of(change, &body)?;
    let choice = target.get(change.schema()).ok_or_else(|| missing("OptionSetName"))?;
    let Some(Value::Array(values)) = body.get("Values") else { return Err(missing("Values")) };
    let values: Vec<i64> = values.iter().filter_map(Value::as_i64).collect();
    let own: Vec<i64> = choice.options.iter().map(|o| i64::from(o.value)).collect();
    let mut sorted = values.clone();
    sorted.sort_unstable();
    if sorted != own {
        return Err(refused(format!(
            "Values has to contain each value of the choice '{}' once.",
            choice.name
        )));
    }
    match values == own {
        true => Ok(HttpResponse::odata_empty()),
        false => Err(ServiceError::not_emulated("OrderOption with an order other than that of the values")),
    }
}
