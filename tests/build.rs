//! Generates Rust code for the sample organisation, for the tests of typed requests.

fn main() -> Result<(), dvkit_codegen::Error> {
    dvkit_codegen::schema("crm")
        .from_dir("../fixtures/schema")
        .tables([
            "account",
            "contact",
            "new_project",
            "systemuser",
            "opportunity",
            "email",
            "task",
            "activityparty",
        ])
        .rename("systemuser", "SystemUser")
        .operations(["new_*"])
        .register()
}
