//! Generates Rust code for the sample organisation.

fn main() -> Result<(), dvkit_codegen::Error> {
    dvkit_codegen::schema("crm")
        .from_dir("../../fixtures/schema")
        .tables(["account", "contact", "new_project", "systemuser", "team", "principal"])
        .operations(["WhoAmI", "AddMembersTeam", "new_Archive"])
        .rename("systemuser", "SystemUser")
        .type_for("account.websiteurl", "crate::Website")
        .register()
}
