//! The JSON schema of `dvkit.toml`, for editors.

use dvkit_diagnostic::{Kind, code};
use serde_json::{Map, Value, json};

use crate::levels;

/// Returns the JSON schema (draft 2020-12) of `dvkit.toml`, by which editors complete keys and mark mistakes.
///
/// What the reader refuses and the schema cannot say: an `org` that is not one of `orgs`.
#[must_use]
pub fn json_schema() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let texts = |description: &str| json!({ "type": "array", "items": { "type": "string" }, "description": description });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dvkit.toml",
        "description": "Settings of dvkit: where the schema of an organisation is, and how queries are checked against it",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "schema": text("Folder of the snapshot, relative to this file"),
            "org": text("The organisation below `orgs` that counts where none is named"),
            "orgs": {
                "type": "object",
                "description": "Several organisations side by side, by name: `--org NAME` chooses one",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["schema"],
                    "properties": {
                        "schema": text("Folder of the organisation's snapshot, relative to this file"),
                        "url": text("Address of the organisation, for `dvkit schema fetch --org`"),
                    },
                },
            },
            "targets": {
                "type": "object",
                "description": "The table that a lookup to several tables is followed to, by column, or by `table.column`",
                "additionalProperties": {
                    "anyOf": [
                        { "type": "string" },
                        { "type": "object", "additionalProperties": { "type": "string" } },
                    ],
                },
                "examples": [{ "contact.parentcustomerid": "account" }],
            },
            "lints": {
                "type": "object",
                "description": "The level of findings, by code or by family of codes; a code counts for more than its family",
                "additionalProperties": false,
                "properties": lints(),
                "patternProperties": { other_spellings(): { "enum": level_names() } },
            },
            "fetch": {
                "type": "object",
                "description": "What `dvkit schema fetch` asks for where the command line does not say",
                "additionalProperties": false,
                "properties": {
                    "url": text("Address of the organisation: https://contoso.crm4.dynamics.com"),
                    "tables": texts("Tables by logical name, `*` and `?` allowed; `!` before one leaves it out"),
                    "solutions": texts("Solutions whose tables are fetched, by unique name"),
                    "publishers": texts("Publishers whose tables are fetched, by unique name"),
                    "languages": {
                        "type": "array",
                        "items": { "type": "integer", "minimum": 0, "maximum": u32::MAX },
                        "description": "Labels in these languages only, by LCID",
                    },
                    "tenant": text("The tenant that signs in, by id or domain"),
                    "client_id": text("The application that signs in, by id"),
                },
            },
        },
        "not": { "required": ["schema", "org"] },
    })
}

/// What `lints` may set: the families of codes, and each code with its title. Those of syntax stay errors.
fn lints() -> Map<String, Value> {
    let level = |description: String| json!({ "enum": level_names(), "description": description });
    let families = levels::families()
        .map(|(name, kind)| (name.to_owned(), kind, format!("All codes of this family: {}", kind.as_str())));
    let codes = code::all().map(|info| (info.code.to_string(), info.code.kind(), info.title.to_owned()));
    families
        .chain(codes)
        .filter(|(_, kind, _)| *kind != Kind::Syntax)
        .map(|(name, _, description)| (name, level(description)))
        .collect()
}

fn level_names() -> Vec<&'static str> {
    levels::names().collect()
}

/// The other spellings of codes that the reader takes, as a regular expression: `203`, `dv0203`.
fn other_spellings() -> String {
    let codes = code::all().filter(|info| info.code.kind() != Kind::Syntax);
    let numbers: Vec<String> = codes.map(|info| info.code.number().to_string()).collect();
    format!("^(DV|dv)?\\+?0*({})$", numbers.join("|"))
}
