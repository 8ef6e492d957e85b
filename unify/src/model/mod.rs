//! Defines the model: the resources of a CRM and their fields, in one shape for all organisations.
//!
//! The fields are the union of what unified CRM interfaces have, as far as Dataverse can fill them; the book says
//! why each was decided as it is. A resource is a Rust struct ([`Contact`]), and a [`ResourceInfo`] that the
//! compiler of mappings reads. A [`Record`] is a record of any resource, as JSON.

mod fields;
mod macros;
mod record;
mod resources;
mod values;

pub use fields::{FieldInfo, FieldType, ResourceInfo};
pub use record::Record;
pub use resources::{
    Account, ActiveStatus, ActivityStatus, Contact, Direction, Engagement, EngagementType, Lead, LeadStatus,
    Note, Opportunity, OpportunityStatus, Pipeline, Priority, Stage, Task, User,
};
pub use values::{Address, ChoiceValue, EmailAddress, Money, PhoneNumber, Reference, WebLink};

/// A resource of the model: a Rust type whose fields are known to the compiler of mappings.
pub trait Resource {
    /// The description of the resource.
    const INFO: ResourceInfo;
}

/// The resources of the model, in the order of the book.
pub const RESOURCES: &[ResourceInfo] = &[
    Account::INFO,
    Contact::INFO,
    Lead::INFO,
    Opportunity::INFO,
    Pipeline::INFO,
    Stage::INFO,
    Task::INFO,
    Note::INFO,
    Engagement::INFO,
    User::INFO,
];

/// Returns the resource of the model with the name `name`; `None` if the model has no such resource.
#[must_use]
pub fn resource(name: &str) -> Option<&'static ResourceInfo> {
    RESOURCES.iter().find(|resource| resource.name == name)
}

/// Returns the JSON Schema of every resource of the model, by the name of the resource.
#[must_use]
pub fn json_schemas() -> Vec<(&'static str, schemars::Schema)> {
    vec![
        (Account::INFO.name, schemars::schema_for!(Account)),
        (Contact::INFO.name, schemars::schema_for!(Contact)),
        (Lead::INFO.name, schemars::schema_for!(Lead)),
        (Opportunity::INFO.name, schemars::schema_for!(Opportunity)),
        (Pipeline::INFO.name, schemars::schema_for!(Pipeline)),
        (Stage::INFO.name, schemars::schema_for!(Stage)),
        (Task::INFO.name, schemars::schema_for!(Task)),
        (Note::INFO.name, schemars::schema_for!(Note)),
        (Engagement::INFO.name, schemars::schema_for!(Engagement)),
        (User::INFO.name, schemars::schema_for!(User)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_have_the_resources_and_fields_of_the_descriptions() {
        let schemas = json_schemas();
        assert_eq!(schemas.len(), RESOURCES.len());
        for (resource, (name, schema)) in RESOURCES.iter().zip(schemas) {
            assert_eq!(resource.name, name);
            let properties = schema.get("properties").and_then(|p| p.as_object()).expect("properties");
            let described: Vec<&str> = resource.fields.iter().map(|field| field.name).collect();
            let common = ["id", "custom_fields", "remote_data"];
            let own: Vec<&str> =
                properties.keys().map(String::as_str).filter(|name| !common.contains(name)).collect();
            let mut described = described;
            described.sort_unstable();
            let mut own = own;
            own.sort_unstable();
            assert_eq!(own, described, "{name}");
        }
    }
}
