//! Declares the parameters of tools and reads their arguments. The input schema that a tool publishes and the check
//! of its arguments come from the same declaration.

use dvkit_diagnostic::suggest;
use serde_json::{Map, Value, json};

use crate::budget::{DEFAULT_BUDGET, MAX_BUDGET, MIN_BUDGET};

/// The maximum length of a query, in bytes.
const MAX_QUERY: usize = 256 << 10;

/// The maximum length of a name, in bytes.
const MAX_NAME: usize = 1_000;

/// The type of a parameter, with the bounds of its values.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ParameterType {
    /// A text of at most so many bytes.
    Text { max: usize },
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number within these bounds.
    Integer { min: usize, max: usize, default: Option<usize> },
    /// A truth value, which is false by default.
    Flag,
    /// A list of at most so many texts, or one text.
    Texts { max: usize },
}

/// A parameter of a tool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) ty: ParameterType,
    pub(crate) is_required: bool,
    pub(crate) description: &'static str,
}

impl Parameter {
    pub(crate) const fn new(name: &'static str, ty: ParameterType, description: &'static str) -> Self {
        Self { name, ty, is_required: false, description }
    }

    pub(crate) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Returns the JSON schema of the parameter.
    fn schema(&self) -> Value {
        let mut schema = match self.ty {
            ParameterType::Text { .. } => json!({"type": "string"}),
            ParameterType::OneOf(values) => json!({"type": "string", "enum": values}),
            ParameterType::Integer { min, max, default } => {
                let mut schema = json!({"type": "integer", "minimum": min, "maximum": max});
                if let Some(default) = default {
                    schema["default"] = default.into();
                }
                schema
            }
            ParameterType::Flag => json!({"type": "boolean", "default": false}),
            ParameterType::Texts { max } => {
                json!({"type": "array", "items": {"type": "string"}, "maxItems": max})
            }
        };
        schema["description"] = self.description.into();
        schema
    }
}

pub(crate) const QUERY: Parameter = Parameter::new(
    "query",
    ParameterType::Text { max: MAX_QUERY },
    "The query in any form: a request `contacts?$select=…` or URL, FetchXML, or a filter (with `table`)",
);
pub(crate) const FILTER: Parameter = Parameter::new(
    "filter",
    ParameterType::Text { max: MAX_QUERY },
    "Instead of `query`: a $filter expression alone; needs `table`",
);
pub(crate) const FETCHXML: Parameter =
    Parameter::new("fetchxml", ParameterType::Text { max: MAX_QUERY }, "Instead of `query`: FetchXML");
pub(crate) const SOURCE: Parameter = Parameter::new(
    "source",
    ParameterType::Text { max: MAX_QUERY },
    "Instead of `query`: the text of a source file, or a part of one, whose queries are checked; needs `file`",
);
pub(crate) const FILE: Parameter = Parameter::new(
    "file",
    ParameterType::Text { max: MAX_NAME },
    "Name of the file with the text `source`, which says its language: `Accounts.cs`, `flow.json`",
);
pub(crate) const TABLE: Parameter = Parameter::new(
    "table",
    ParameterType::Text { max: MAX_NAME },
    "Logical name (`contact`) or entity set (`contacts`) of the table, where the query names none",
);
pub(crate) const ORG: Parameter = Parameter::new(
    "org",
    ParameterType::Text { max: MAX_NAME },
    "Organisation, as `orgs` lists it; by default the default one",
);
pub(crate) const PLACEHOLDERS: Parameter = Parameter::new(
    "placeholders",
    ParameterType::Flag,
    "Accept placeholders such as `{id}` in place of values",
);
pub(crate) const BUDGET: Parameter = budget(DEFAULT_BUDGET);

/// Returns the parameter `budget` with this default, in tokens.
pub(crate) const fn budget(default: usize) -> Parameter {
    Parameter::new(
        "budget",
        ParameterType::Integer { min: MIN_BUDGET, max: MAX_BUDGET, default: Some(default) },
        "The most tokens that the answer may have, text and JSON together; 4 bytes of UTF-8 count as a token",
    )
}

/// Names that callers use for a parameter, each with the right names. Only those that the tool has are suggested.
const OTHER_WORDS: &[(&str, &[&str])] = &[
    ("odata", &["query"]),
    ("url", &["query"]),
    ("uri", &["query"]),
    ("fetch", &["fetchxml"]),
    ("code", &["source"]),
    ("content", &["source"]),
    ("path", &["file"]),
    ("filename", &["file"]),
    ("xml", &["fetchxml"]),
    ("entity", &["table", "name"]),
    ("entityname", &["table", "name"]),
    ("entitysetname", &["table", "name"]),
    ("entityset", &["table", "name"]),
    ("logicalname", &["table", "name"]),
    ("organisation", &["org"]),
    ("organization", &["org"]),
    ("environment", &["org"]),
    ("top", &["limit"]),
    ("maxrows", &["limit"]),
    ("skip", &["offset"]),
    ("maxtokens", &["budget"]),
    ("tokens", &["budget"]),
    ("text", &["words", "query"]),
    ("search", &["words"]),
    ("searchtext", &["words"]),
    ("query", &["words", "name"]),
    ("table", &["name", "tables"]),
    ("column", &["name", "columns"]),
    ("language", &["to"]),
    ("target", &["to"]),
];

/// Returns the input schema of a tool with these parameters.
pub(crate) fn input_schema(parameters: &[Parameter]) -> Map<String, Value> {
    let properties: Map<String, Value> = parameters.iter().map(|p| (p.name.to_owned(), p.schema())).collect();
    let required: Vec<&str> = parameters.iter().filter(|p| p.is_required).map(|p| p.name).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

/// The arguments of a call, which were checked against the parameters of the tool.
#[derive(Clone, Debug)]
pub(crate) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Checks the arguments of a call of the tool `tool`. An argument that is null counts as absent.
    ///
    /// # Errors
    /// Returns a sentence as an error that names the wrong argument.
    pub(crate) fn read(
        tool: &str,
        parameters: &[Parameter],
        given: Map<String, Value>,
    ) -> Result<Self, String> {
        let mut read = Map::new();
        for (name, value) in given {
            let Some(parameter) = parameters.iter().find(|p| p.name == name) else {
                return Err(unknown(tool, parameters, &name));
            };
            if !value.is_null() {
                read.insert(name, checked(parameter, value)?);
            }
        }
        match parameters.iter().find(|p| p.is_required && !read.contains_key(p.name)) {
            Some(missing) => {
                Err(format!("`{tool}` needs `{}`: {}", missing.name, lower_first(missing.description)))
            }
            None => Ok(Self(read)),
        }
    }

    /// Returns the budget of a call before its arguments are checked, so that also an error stays within it.
    pub(crate) fn budget_of(parameters: &[Parameter], given: &Map<String, Value>) -> usize {
        let default = parameters.iter().find_map(|p| match p.ty {
            ParameterType::Integer { default, .. } if p.name == "budget" => default,
            _ => None,
        });
        let given = given.get("budget").and_then(integer).map(|n| n.clamp(MIN_BUDGET, MAX_BUDGET));
        given.or(default).unwrap_or(DEFAULT_BUDGET)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Returns an argument that the parameters require, or an empty text.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let values = self.0.get(name).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    pub(crate) fn integer(&self, name: &str) -> Option<usize> {
        self.0.get(name).and_then(integer)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// Returns the value of an argument, in the one form that the rest of the crate expects. Returns a sentence as an
/// error if it is not a value of the parameter.
fn checked(parameter: &Parameter, value: Value) -> Result<Value, String> {
    let name = parameter.name;
    match parameter.ty {
        ParameterType::Text { max } => match value {
            Value::String(text) if text.len() > max => {
                Err(format!("`{name}` has {} bytes; at most {max} are read", text.len()))
            }
            Value::String(text) if text.trim().is_empty() => Err(format!("`{name}` is empty")),
            Value::String(text) => Ok(Value::String(text)),
            other => Err(format!("`{name}` has to be a text, not {}", describe(&other))),
        },
        ParameterType::OneOf(values) => match value.as_str() {
            Some(text) if values.contains(&text) => Ok(value),
            _ => {
                let near = value.as_str().and_then(|text| suggest::closest(text, values.iter().copied()));
                let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Err(format!(
                    "`{name}` has to be one of {}, not {}{near}",
                    values.join(", "),
                    describe(&value)
                ))
            }
        },
        ParameterType::Integer { min, max, .. } => match integer(&value) {
            Some(n) if (min..=max).contains(&n) => Ok(n.into()),
            _ => Err(format!(
                "`{name}` has to be a whole number from {min} to {max}, not {}",
                describe(&value)
            )),
        },
        ParameterType::Flag => match &value {
            Value::Bool(_) => Ok(value),
            Value::String(text) if text == "true" || text == "false" => Ok((text == "true").into()),
            other => Err(format!("`{name}` has to be true or false, not {}", describe(other))),
        },
        ParameterType::Texts { max } => {
            let values = match value {
                Value::Array(values) => values,
                Value::String(text) => text.split(',').map(|part| part.trim().into()).collect(),
                other => return Err(format!("`{name}` has to be a list of texts, not {}", describe(&other))),
            };
            let values: Vec<Value> = values.into_iter().filter(|v| v.as_str() != Some("")).collect();
            if let Some(other) = values.iter().find(|v| !v.is_string()) {
                return Err(format!(
                    "`{name}` has to be a list of texts; one of them is {}",
                    describe(other)
                ));
            }
            if values.len() > max {
                return Err(format!("`{name}` has {} elements; at most {max} are read", values.len()));
            }
            let long = |v: &&Value| v.as_str().is_some_and(|text| text.len() > MAX_NAME);
            match values.iter().find(long) {
                Some(_) => Err(format!("an element of `{name}` has more than {MAX_NAME} bytes")),
                None => Ok(Value::Array(values)),
            }
        }
    }
}

/// Returns a whole number, which some callers write as a text.
fn integer(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0 && *n < 1e15);
            number.as_u64().map(|n| usize::try_from(n).unwrap_or(usize::MAX)).or(whole.map(|n| n as usize))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.len() <= 60 => format!("`{text}`"),
        Value::String(_) => "a long text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn unknown(tool: &str, parameters: &[Parameter], name: &str) -> String {
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let written = plain(name);
    let names = || parameters.iter().map(|p| p.name);
    let same = names().find(|known| plain(known) == written);
    let other = || {
        let (_, known) = OTHER_WORDS.iter().find(|(word, _)| *word == written)?;
        known.iter().copied().find(|known| names().any(|name| name == *known))
    };
    let near = same.or_else(other).or_else(|| suggest::closest(&written, names()));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let name = if name.len() > 60 { "…" } else { name };
    let all: Vec<&str> = names().collect();
    format!("`{tool}` has no parameter `{name}`{near} It takes {}.", all.join(", "))
        .replace("` It takes", "`. It takes")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: &[Parameter] = &[
        QUERY.required(),
        ORG,
        BUDGET,
        PLACEHOLDERS,
        Parameter::new("to", ParameterType::OneOf(&["odata", "fetchxml"]), "The language"),
        Parameter::new("tables", ParameterType::Texts { max: 2 }, "The tables"),
    ];

    fn read(given: Value) -> Result<Arguments, String> {
        let Value::Object(given) = given else { panic!("{given}") };
        Arguments::read("check", PARAMETERS, given)
    }

    /// The sentence that lists the parameters.
    const ALL: &str = "It takes query, org, budget, placeholders, to, tables.";

    fn error(given: Value) -> String {
        read(given.clone()).map_or_else(|why| why, |read| panic!("{given}: {read:?}"))
    }

    #[test]
    fn a_parameter_that_a_tool_does_not_have_is_refused_with_the_one_that_is_meant() {
        let (at, above) = ("z".repeat(60), "z".repeat(61));
        for (name, shown, meant) in [
            ("qurey", "qurey", Some("query")),
            ("Query", "Query", Some("query")),
            ("PLACE_holders", "PLACE_holders", Some("placeholders")),
            ("place-holders", "place-holders", Some("placeholders")),
            ("Organization", "Organization", Some("org")),
            ("max_tokens", "max_tokens", Some("budget")),
            // The first right name of `text` is not one of these parameters.
            ("text", "text", Some("query")),
            ("language", "language", Some("to")),
            // No right name of `limit` is one of these parameters.
            ("top", "top", Some("to")),
            ("searchtext", "searchtext", None),
            ("zzzzzz", "zzzzzz", None),
            (&at, &at, None),
            (&above, "…", None),
        ] {
            let expected = match meant {
                Some(meant) => {
                    format!("`check` has no parameter `{shown}`; did you mean `{meant}`? {ALL}")
                }
                None => format!("`check` has no parameter `{shown}`. {ALL}"),
            };
            assert_eq!(error(json!({ name: "a" })), expected, "{name}");
        }
        // A name in another spelling comes before the word of others, and that before a similar name.
        let name = |name| Parameter::new(name, ParameterType::Flag, "");
        for (written, parameters, meant) in [
            ("Table", [name("name"), name("table")], "table"),
            ("entity", [name("entities"), name("name")], "name"),
            ("entity", [name("name"), name("table")], "table"),
        ] {
            let why = unknown("check", &parameters, written);
            let [one, other] = parameters.map(|p| p.name);
            let expected = format!(
                "`check` has no parameter `{written}`; did you mean `{meant}`? It takes {one}, {other}."
            );
            assert_eq!(why, expected);
        }
    }

    #[test]
    fn a_parameter_that_is_missing_is_named_with_what_it_is() {
        let needed = "`check` needs `query`: the query in any form: a request `contacts?$select=…` or URL, FetchXML, or a filter \
(with `table`)";
        assert_eq!(error(json!({})), needed);
        assert_eq!(error(json!({"query": null})), needed);
        assert_eq!(error(json!({"org": "a"})), needed);
        let given = read(json!({"query": "a", "org": null, "budget": null})).unwrap();
        assert_eq!(given.0, json!({"query": "a"}).as_object().cloned().unwrap(), "null counts as absent");
        for (text, expected) in [("", ""), ("A", "a"), ("Éa B", "éa B"), ("1A", "1A")] {
            assert_eq!(lower_first(text), expected);
        }
    }

    #[test]
    fn a_wrong_value_is_named_with_what_is_accepted() {
        let whole = "`budget` has to be a whole number from 50 to 50000, not";
        let one = "`to` has to be one of odata, fetchxml, not";
        let flag = "`placeholders` has to be true or false, not";
        let list = "`tables` has to be a list of texts";
        let name = |length: usize| "a".repeat(length);
        for (argument, value, expected) in [
            ("query", json!(3), "`query` has to be a text, not 3".to_owned()),
            ("query", json!(true), "`query` has to be a text, not true".to_owned()),
            ("query", json!(["a"]), "`query` has to be a text, not a list".to_owned()),
            ("query", json!({"a": 1}), "`query` has to be a text, not an object".to_owned()),
            ("query", json!(""), "`query` is empty".to_owned()),
            ("query", json!(" \n"), "`query` is empty".to_owned()),
            ("query", json!(name(262_145)), "`query` has 262145 bytes; at most 262144 are read".to_owned()),
            (
                "query",
                json!(" ".repeat(262_145)),
                "`query` has 262145 bytes; at most 262144 are read".to_owned(),
            ),
            ("org", json!(name(1_001)), "`org` has 1001 bytes; at most 1000 are read".to_owned()),
            ("budget", json!(49), format!("{whole} 49")),
            ("budget", json!(50_001), format!("{whole} 50001")),
            ("budget", json!(60.5), format!("{whole} 60.5")),
            ("budget", json!(-60), format!("{whole} -60")),
            ("budget", json!("60.0"), format!("{whole} `60.0`")),
            ("budget", json!("many"), format!("{whole} `many`")),
            ("budget", json!(true), format!("{whole} true")),
            ("budget", json!([60]), format!("{whole} a list")),
            ("to", json!("FetchXML"), format!("{one} `FetchXML`; did you mean `fetchxml`?")),
            ("to", json!("odaat"), format!("{one} `odaat`; did you mean `odata`?")),
            ("to", json!("ODAAT"), format!("{one} `ODAAT`; did you mean `odata`?")),
            ("to", json!("sql"), format!("{one} `sql`")),
            ("to", json!(1), format!("{one} 1")),
            ("to", json!(name(60)), format!("{one} `{}`", name(60))),
            ("to", json!(name(61)), format!("{one} a long text")),
            ("placeholders", json!("yes"), format!("{flag} `yes`")),
            ("placeholders", json!("True"), format!("{flag} `True`")),
            ("placeholders", json!(0), format!("{flag} 0")),
            ("tables", json!({"a": 1}), format!("{list}, not an object")),
            ("tables", json!(false), format!("{list}, not false")),
            ("tables", json!(["a", 1, true]), format!("{list}; one of them is 1")),
            ("tables", json!(["a", "b", null]), format!("{list}; one of them is null")),
            ("tables", json!([["a"]]), format!("{list}; one of them is a list")),
            ("tables", json!(["a", "b", "c"]), "`tables` has 3 elements; at most 2 are read".to_owned()),
            ("tables", json!("a,b,c,d"), "`tables` has 4 elements; at most 2 are read".to_owned()),
            (
                "tables",
                json!(["a", name(1_001)]),
                "an element of `tables` has more than 1000 bytes".to_owned(),
            ),
        ] {
            let mut given = json!({"query": "a"});
            given[argument] = value;
            assert_eq!(error(given), expected);
        }
    }

    #[test]
    fn values_are_read_in_the_forms_that_callers_write() {
        let name = |length: usize| "a".repeat(length);
        for (argument, value, expected) in [
            ("query", json!(" a "), json!(" a ")),
            ("query", json!(name(262_144)), json!(name(262_144))),
            ("org", json!(name(1_000)), json!(name(1_000))),
            ("budget", json!(50), json!(50)),
            ("budget", json!(50_000), json!(50_000)),
            ("budget", json!("60"), json!(60)),
            ("budget", json!(" 60 "), json!(60)),
            ("budget", json!(60.0), json!(60)),
            ("to", json!("odata"), json!("odata")),
            ("to", json!("fetchxml"), json!("fetchxml")),
            ("placeholders", json!(true), json!(true)),
            ("placeholders", json!(false), json!(false)),
            ("placeholders", json!("true"), json!(true)),
            ("placeholders", json!("false"), json!(false)),
            ("tables", json!([]), json!([])),
            ("tables", json!(["a", " b"]), json!(["a", " b"])),
            ("tables", json!(["a", "", "b", ""]), json!(["a", "b"])),
            ("tables", json!("a"), json!(["a"])),
            ("tables", json!(" a , b ,"), json!(["a", "b"])),
            ("tables", json!([name(1_000)]), json!([name(1_000)])),
        ] {
            let mut given = json!({"query": "a"});
            given[argument] = value.clone();
            let read = read(given).unwrap_or_else(|why| panic!("{argument} {value}: {why}"));
            assert_eq!(read.0.get(argument), Some(&expected), "{argument} {value}");
        }
        let given = json!({"query": "a", "budget": "60", "placeholders": "true", "tables": "a, b"});
        let given = read(given).unwrap();
        assert_eq!((given.text("query"), given.required("query")), (Some("a"), "a"));
        assert_eq!((given.text("org"), given.required("org"), given.text("budget")), (None, "", None));
        assert_eq!((given.integer("budget"), given.integer("org")), (Some(60), None));
        assert_eq!((given.flag("placeholders"), given.flag("org")), (true, false));
        assert_eq!((given.texts("tables"), given.texts("org")), (vec!["a", "b"], vec![]));
    }

    #[test]
    fn a_whole_number_is_read_from_any_form_of_a_number() {
        let top = u64::MAX as usize;
        for (value, expected) in [
            (json!(0), Some(0)),
            (json!(0.0), Some(0)),
            (json!(-0.0), Some(0)),
            (json!(7.0), Some(7)),
            (json!(7.25), None),
            (json!(-1), None),
            (json!(-1.0), None),
            (json!(u64::MAX), Some(top)),
            (json!(999_999_999_999_999.0), Some(999_999_999_999_999)),
            (json!(1e15), None),
            (json!("7"), Some(7)),
            (json!("\t7 "), Some(7)),
            (json!("-7"), None),
            (json!(""), None),
            (json!(null), None),
            (json!(true), None),
            (json!([7]), None),
            (json!({"7": 7}), None),
        ] {
            assert_eq!(integer(&value), expected, "{value}");
        }
    }

    #[test]
    fn an_error_stays_within_the_budget_that_was_meant() {
        let of = |parameters: &[Parameter], given: Value| {
            Arguments::budget_of(parameters, given.as_object().unwrap())
        };
        let limit =
            Parameter::new("limit", ParameterType::Integer { min: 1, max: 9, default: Some(5) }, "A limit");
        for (given, expected) in [
            (json!({}), 700),
            (json!({"budget": null}), 700),
            (json!({"budget": "many"}), 700),
            (json!({"budget": 0}), 50),
            (json!({"budget": 49}), 50),
            (json!({"budget": 51}), 51),
            (json!({"budget": "80"}), 80),
            (json!({"budget": 49_999}), 49_999),
            (json!({"budget": 50_001}), 50_000),
        ] {
            assert_eq!(of(&[limit, budget(700)], given.clone()), expected, "{given}");
        }
        assert_eq!(of(&[limit], json!({})), 2_000, "a tool without the parameter");
        assert_eq!(of(&[limit], json!({"budget": 60})), 60);
    }

    #[test]
    fn the_schema_says_what_is_checked() {
        let parameters = [
            ORG,
            Parameter::new("to", ParameterType::OneOf(&["odata", "fetchxml"]), "The language").required(),
            Parameter::new("limit", ParameterType::Integer { min: 1, max: 9, default: Some(5) }, "A limit"),
            Parameter::new("offset", ParameterType::Integer { min: 0, max: 7, default: None }, "A position"),
            Parameter::new("labels", ParameterType::Flag, "Whether labels are returned").required(),
            Parameter::new("tables", ParameterType::Texts { max: 2 }, "The tables"),
        ];
        let expected = json!({
            "type": "object",
            "properties": {
                "org": {"type": "string", "description": "Organisation, as `orgs` lists it; by default the default one"},
                "to": {"type": "string", "enum": ["odata", "fetchxml"], "description": "The language"},
                "limit": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5, "description": "A limit"},
                "offset": {"type": "integer", "minimum": 0, "maximum": 7, "description": "A position"},
                "labels": {"type": "boolean", "default": false, "description": "Whether labels are returned"},
                "tables": {
                    "type": "array", "items": {"type": "string"}, "maxItems": 2, "description": "The tables",
                },
            },
            "required": ["to", "labels"],
            "additionalProperties": false,
        });
        assert_eq!(Value::Object(input_schema(&parameters)), expected);
        let expected = json!({"type": "object", "properties": {}, "additionalProperties": false});
        assert_eq!(Value::Object(input_schema(&[])), expected);
    }
}
