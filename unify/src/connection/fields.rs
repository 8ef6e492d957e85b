//! Describes the fields that an organisation has: those of the model, the custom ones, and the columns that are not
//! mapped.

use dvkit_schema::{ChoiceRef, Column};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Connection;
use super::list::cells;
use crate::error::{Error, Result};
use crate::mapping::{CompiledField, FieldSource, RecordSource};
use crate::model;

/// A field of a resource, as an organisation has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldDescription {
    /// The name: `first_name`, `custom_fields.loyalty_tier`. `None` for a column that is not mapped.
    pub name: Option<String>,
    /// The logical names of the columns that hold the value.
    pub columns: Vec<String>,
    /// The label of the column in the base language of the organisation; `None` if it has none, or if the field has
    /// several columns.
    pub label: Option<String>,
    /// The type: `text`, `money`, `enum`, `reference`, … of a field; the kind of the column where it is not mapped.
    #[serde(rename = "type")]
    pub ty: String,
    /// The members of an enum, or the options of a choice with their labels.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub options: Vec<FieldOption>,
    /// The resources that a reference points to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub resources: Vec<String>,
    /// Whether the field is one that only this organisation has.
    pub custom: bool,
    /// Whether reads return the field.
    pub readable: bool,
    /// Whether a new record can have a value of its own in the field.
    pub creatable: bool,
    /// Whether the field of an existing record can be changed.
    pub updatable: bool,
    /// Why writes cannot set the field; `None` if they can.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_only_reason: Option<String>,
    /// Whether lists can be filtered by the field.
    pub filterable: bool,
    /// Whether the organisation demands a value.
    pub required: bool,
}

/// A member of an enum or an option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldOption {
    /// The member, or the number of the option as a text.
    pub value: String,
    /// The label in the base language of the organisation; `None` if it has none.
    pub label: Option<String>,
}

impl Connection {
    /// Returns the fields of a resource, in the order of the model; then the custom ones; then the columns that are
    /// not mapped, by name.
    ///
    /// # Errors
    /// Returns an error if the resource is unknown, or if the snapshot cannot be read.
    pub fn fields(&self, resource: &str) -> Result<Vec<FieldDescription>> {
        let compiled = self.resource(resource)?;
        let RecordSource::Tables(tables) = &compiled.records else {
            return Ok(fixed(resource));
        };
        let mut fields: Vec<FieldDescription> = Vec::new();
        let mut mapped: Vec<(String, String)> = Vec::new();
        for table in tables {
            let schema = self.organisation().table(&table.table)?;
            let schema = schema.schema().map_err(Error::from)?;
            for (field, custom) in
                table.fields.iter().map(|f| (f, false)).chain(table.custom.iter().map(|f| (f, true)))
            {
                let columns: Vec<String> =
                    cells(&field.source).iter().map(|cell| cell.column.clone()).collect();
                mapped.extend(columns.iter().map(|column| (table.table.clone(), column.clone())));
                let name = if custom { format!("custom_fields.{}", field.name) } else { field.name.clone() };
                if fields.iter().any(|known| known.name.as_deref() == Some(&name)) {
                    continue;
                }
                let column = match columns.as_slice() {
                    [only] => schema.column(only),
                    _ => None,
                };
                fields.push(self.describe(name, field, columns.clone(), column, custom));
            }
        }
        let order = |field: &FieldDescription| {
            let name = field.name.as_deref().unwrap_or_default();
            let info = model::resource(resource);
            let at = info.and_then(|info| info.fields.iter().position(|field| field.name == name));
            (field.custom, at.unwrap_or(usize::MAX))
        };
        fields.sort_by_key(order);
        for table in tables {
            let schema = self.organisation().table(&table.table)?;
            let schema = schema.schema().map_err(Error::from)?;
            for column in &schema.columns {
                let known =
                    mapped.iter().any(|(of, name)| *of == table.table && *name == column.logical_name);
                if column.is_property() && !known {
                    fields.push(self.unmapped(column));
                }
            }
        }
        Ok(fields)
    }

    fn describe(
        &self,
        name: String,
        field: &CompiledField,
        columns: Vec<String>,
        column: Option<&Column>,
        custom: bool,
    ) -> FieldDescription {
        let mut description = FieldDescription {
            ty: type_name(field),
            label: column.and_then(|column| self.label(column)),
            options: Vec::new(),
            resources: Vec::new(),
            custom,
            readable: field.readable,
            creatable: field.read_only.is_none() && cells(&field.source).iter().all(|cell| cell.creatable),
            updatable: field.read_only.is_none() && cells(&field.source).iter().all(|cell| cell.updatable),
            read_only_reason: field.read_only.clone(),
            filterable: !matches!(
                field.source,
                FieldSource::Split { .. } | FieldSource::Template(_) | FieldSource::Hook(_)
            ) && cells(&field.source).iter().all(|cell| cell.filterable),
            required: column.is_some_and(is_required),
            name: Some(name),
            columns,
        };
        match &field.source {
            FieldSource::Enum { members, .. } => {
                description.options = members
                    .iter()
                    .map(|member| {
                        let labels: Vec<String> = member
                            .options
                            .iter()
                            .filter_map(|option| self.option_label(column?, *option))
                            .collect();
                        let label = (!labels.is_empty()).then(|| labels.join(", "));
                        FieldOption { value: member.name.clone(), label }
                    })
                    .collect();
            }
            FieldSource::Lookup { targets, .. } => {
                description.resources = targets.iter().filter_map(|target| target.resource.clone()).collect();
            }
            FieldSource::ChoiceReference { resource, .. } => description.resources = vec![resource.clone()],
            _ => description.options = column.map(|column| self.options(column)).unwrap_or_default(),
        }
        description
    }

    fn unmapped(&self, column: &Column) -> FieldDescription {
        let cell = crate::mapping::cell(column);
        let kind = serde_json::to_value(cell.kind).ok();
        FieldDescription {
            name: None,
            columns: vec![column.logical_name.clone()],
            label: self.label(column),
            ty: kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default(),
            options: self.options(column),
            resources: Vec::new(),
            custom: column.custom == Some(true),
            readable: false,
            creatable: false,
            updatable: false,
            read_only_reason: None,
            filterable: false,
            required: is_required(column),
        }
    }

    fn label(&self, column: &Column) -> Option<String> {
        self.organisation().store().text(&column.display_name).map(str::to_owned)
    }

    fn options(&self, column: &Column) -> Vec<FieldOption> {
        let store = self.organisation().store();
        let choice = match column.ty.choice() {
            Some(ChoiceRef::Local(choice)) => Some(choice),
            Some(ChoiceRef::Global(name)) => store.choice(name).ok().flatten(),
            None => None,
        };
        let options = choice.map_or(&[][..], |choice| choice.options.as_slice());
        options
            .iter()
            .map(|option| FieldOption {
                value: option.value.to_string(),
                label: store.text(&option.label).map(str::to_owned),
            })
            .collect()
    }

    fn option_label(&self, column: &Column, option: i64) -> Option<String> {
        let value = option.to_string();
        self.options(column).into_iter().find(|known| known.value == value)?.label
    }
}

/// Returns the fields of a resource whose records come from the settings.
fn fixed(resource: &str) -> Vec<FieldDescription> {
    let fields = model::resource(resource).map_or(&[][..], |info| info.fields);
    fields
        .iter()
        .map(|field| FieldDescription {
            name: Some(field.name.to_owned()),
            columns: Vec::new(),
            label: None,
            ty: (field.ty)().name().to_owned(),
            options: Vec::new(),
            resources: Vec::new(),
            custom: false,
            readable: true,
            creatable: false,
            updatable: false,
            read_only_reason: Some("the records come from the settings of the organisation".to_owned()),
            filterable: true,
            required: false,
        })
        .collect()
}

/// Returns the name of a field's type; for a custom field that of its column.
fn type_name(field: &CompiledField) -> String {
    match (&field.ty, cells(&field.source).as_slice()) {
        (model::FieldType::Any, [cell]) => {
            let kind = serde_json::to_value(cell.kind).ok();
            kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()
        }
        (ty, _) => ty.name().to_owned(),
    }
}

fn is_required(column: &Column) -> bool {
    use dvkit_schema::RequiredLevel;

    matches!(column.required, Some(RequiredLevel::Application | RequiredLevel::System))
        && column.valid_for_create != Some(false)
}
