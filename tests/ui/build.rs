//! Generates Rust code for the sample organisation.

fn main() -> Result<(), dvkit_codegen::Error> {
    dvkit_codegen::schema("crm")
        .from_dir("../../fixtures/schema")
        .tables(["account", "contact"])
        .operations(["WhoAmI", "AddMembersTeam", "new_*"])
        .register()
}
