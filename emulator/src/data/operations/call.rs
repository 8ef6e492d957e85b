//! Parses the call of an operation: its name, the rows that it is bound to, and its parameters.

use dvkit_schema::{Operation, Parameter, ValueType};
use http::{Method, StatusCode};
use jiff::Timestamp;
use odata_parser::url::encode;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::super::session::Session;
use super::super::url::RowUrl;
use super::super::write::target::reference;
use super::hooks::BoundRows;
use crate::request::ApiRequest;

/// The namespace of bound operations in a path.
const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";

/// The call of an operation.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) bound: Option<BoundRows>,
    pub(super) parameters: Map<String, Json>,
}

/// Splits the path of a request into the rows that an operation is bound to, its name, and the text in its brackets.
fn split(path: &str) -> Option<(Option<&str>, &str, Option<&str>)> {
    let (bound, rest) = match path.find(&format!("/{NAMESPACE}")) {
        Some(at) => (path.get(..at), path.get(at + 1 + NAMESPACE.len()..)?),
        None => (None, path.strip_prefix(NAMESPACE).unwrap_or(path)),
    };
    let (name, arguments) = match rest.split_once('(') {
        Some((name, arguments)) => (name, Some(arguments.strip_suffix(')')?)),
        None => (rest, None),
    };
    let valid = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    valid.then_some((bound, name, arguments))
}

/// Returns the name of the operation that a request calls, if its path has the form of a call; `None` for the path
/// of an entity set.
pub(super) fn name(session: &Session<'_>, call: &ApiRequest) -> Option<String> {
    let url = RowUrl::parse(&call.url);
    let (bound, name, _) = split(&url.path)?;
    (bound.is_some() || session.store.table_by_entity_set(name).is_none()).then(|| name.to_owned())
}

/// Returns the path segment, without its brackets, of a function that a request calls; `None` if the path does not end
/// in brackets with arguments of a function.
pub(super) fn segment_of_function(call: &ApiRequest) -> Option<String> {
    let url = RowUrl::parse(&call.url);
    let (bound, name, arguments) = split(&url.path)?;
    arguments?;
    Some(if bound.is_some() { format!("{NAMESPACE}{name}") } else { name.to_owned() })
}

/// Parses the call of the operation `name`.
///
/// # Errors
/// Returns an error if the rows that it is bound to do not exist, or if a parameter is not valid.
pub(super) fn parse(session: &Session<'_>, call: &ApiRequest, name: &str) -> Result<Call, ServiceError> {
    let url = RowUrl::parse(&call.url);
    let (bound, _, arguments) = split(&url.path).ok_or_else(|| ServiceError::no_segment(name))?;
    let bound = bound.map(|path| bound_rows(session, path)).transpose()?;
    let mut parameters = Map::new();
    if call.method == Method::POST {
        let body = call.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&call.body);
        // An action without parameters has no body, or `{}`.
        if !body.iter().all(u8::is_ascii_whitespace) {
            parameters = serde_json::from_slice(body).map_err(|error| {
                ServiceError::bad(format!(
                    "An error occurred while validating input parameters: the body is not a JSON object: {error}"
                ))
            })?;
        }
    }
    for argument in split_arguments(arguments.unwrap_or_default()) {
        let invalid = || {
            ServiceError::bad(format!("The parameter '{argument}' of the function '{name}' is not valid."))
        };
        let (parameter, value) = argument.split_once('=').ok_or_else(invalid)?;
        let text = match value.trim() {
            alias if alias.starts_with('@') => url.option(alias).unwrap_or("null"),
            text => text,
        };
        let value = literal(text.trim()).ok_or_else(invalid)?;
        if parameters.insert(parameter.trim().to_owned(), value).is_some() {
            return Err(invalid());
        }
    }
    Ok(Call { name: name.to_owned(), bound, parameters })
}

fn bound_rows(session: &Session<'_>, path: &str) -> Result<BoundRows, ServiceError> {
    if path.ends_with(')') {
        let (table, id) = reference(session, &encode(path))?;
        return Ok(BoundRows { table: table.logical_name.clone(), id: Some(id) });
    }
    Ok(BoundRows { table: session.table_of_set(path)?.logical_name.clone(), id: None })
}

/// Splits the arguments of a function at commas outside texts, brackets and braces.
fn split_arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut single, mut double, mut start) = (0_u32, false, false, 0);
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            _ if single || double => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..));
    found.retain(|argument| !argument.trim().is_empty());
    found
}

/// Converts the value of a function's parameter to JSON. A member of an enumeration is the text of its name.
fn literal(text: &str) -> Option<Json> {
    if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some(inner.replace("''", "'").into());
    }
    if text.starts_with(['{', '[', '"']) {
        return serde_json::from_str(text).ok();
    }
    if let Some(member) = text.strip_prefix(NAMESPACE) {
        let (_, member) = member.split_once('\'')?;
        return Some(member.strip_suffix('\'')?.into());
    }
    match text {
        "" => None,
        "null" => Some(Json::Null),
        "true" => Some(true.into()),
        "false" => Some(false.into()),
        number => Some(
            serde_json::from_str::<serde_json::Number>(number).map_or_else(|_| text.into(), Json::Number),
        ),
    }
}

impl Call {
    /// Returns a parameter, or the error for a missing one.
    pub(super) fn required(&self, parameter: &str) -> Result<&Json, ServiceError> {
        let value = self.parameters.get(parameter).filter(|value| !value.is_null());
        value.ok_or_else(|| self.missing(parameter))
    }

    fn missing(&self, parameter: &str) -> ServiceError {
        ServiceError::new(
            StatusCode::BAD_REQUEST,
            INVALID_ARGUMENT,
            format!("Required field '{parameter}' is missing for the request '{}'.", self.name),
        )
    }

    /// Checks that the parameters are those that the operation declares, with values of their types.
    ///
    /// # Errors
    /// Returns an error for an unknown, missing or wrong parameter.
    pub(super) fn check(&self, operation: &Operation) -> Result<(), ServiceError> {
        let declared: Vec<&Parameter> = operation.arguments().collect();
        for (name, value) in self.parameters.iter().filter(|(name, _)| !name.contains('@')) {
            let parameter = declared.iter().find(|p| p.name == *name).ok_or_else(|| {
                ServiceError::bad(format!(
                    "The parameter '{name}' in the request payload is not a valid parameter for the operation '{}'.",
                    operation.name
                ))
            })?;
            let null = value.is_null() && (parameter.value.nullable || parameter.optional);
            if !null && !fits(value, &parameter.value) {
                let shown: String = value.to_string().chars().take(100).collect();
                return Err(ServiceError::bad(format!(
                    "Cannot convert the literal '{shown}' of the parameter '{name}' to the expected type '{}'.",
                    parameter.value
                )));
            }
        }
        let missing =
            |p: &&&Parameter| !p.may_be_omitted(operation.kind) && !self.parameters.contains_key(&p.name);
        match declared.iter().find(missing) {
            Some(parameter) => Err(self.missing(&parameter.name)),
            None => Ok(()),
        }
    }
}

/// Reports whether a JSON value is of a declared type. Complex types and rows are objects; names of enumerations are
/// texts, and their values are numbers.
fn fits(value: &Json, ty: &ValueType) -> bool {
    if ty.collection {
        let one = ValueType { collection: false, ..ty.clone() };
        return value.as_array().is_some_and(|all| all.iter().all(|value| fits(value, &one)));
    }
    match ty.name.as_str() {
        "Edm.String" => value.is_string(),
        "Edm.Boolean" => value.is_boolean(),
        "Edm.Int16" | "Edm.Int32" => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        "Edm.Int64" => value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
        "Edm.Decimal" | "Edm.Double" | "Edm.Single" => value.is_number(),
        "Edm.Guid" => value.as_str().is_some_and(|text| Uuid::parse_str(text).is_ok()),
        "Edm.DateTimeOffset" => value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()),
        "Edm.Date" => value.as_str().is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()),
        name if name.starts_with("Edm.") => value.is_string(),
        _ => value.is_object() || value.is_string() || value.is_number(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_split_outside_texts_and_json() {
        assert_eq!(
            split_arguments("A='x,y',B=[1,2],C={\"a\":\"),\"},D=@p"),
            ["A='x,y'", "B=[1,2]", "C={\"a\":\"),\"}", "D=@p"]
        );
        assert_eq!(split_arguments(" "), Vec::<&str>::new());
        assert_eq!(literal("'it''s'"), Some("it's".into()));
        assert_eq!(literal("Microsoft.Dynamics.CRM.EntityFilters'Entity'"), Some("Entity".into()));
        assert_eq!(literal("5"), Some(5.into()));
        assert_eq!(literal("{"), None);
    }

    #[test]
    fn a_path_is_split_at_the_name_of_the_operation() {
        assert_eq!(
            split("accounts(a)/Microsoft.Dynamics.CRM.new_X(A=1)"),
            Some((Some("accounts(a)"), "new_X", Some("A=1")))
        );
        assert_eq!(split("WhoAmI"), Some((None, "WhoAmI", None)));
        assert_eq!(split("accounts(a)/name"), None);
        assert_eq!(split("accounts(a"), None);
    }

    #[test]
    fn a_value_fits_the_types_that_can_have_it() {
        let types = [
            "Edm.String",
            "Edm.Boolean",
            "Edm.Int16",
            "Edm.Int32",
            "Edm.Int64",
            "Edm.Decimal",
            "Edm.Double",
            "Edm.Single",
            "Edm.Guid",
            "Edm.DateTimeOffset",
            "Edm.Date",
            "Edm.Binary",
            "Microsoft.Dynamics.CRM.account",
        ];
        let guid = "00000000-0000-0000-0000-00000000000a";
        // What every text fits: the types of texts, and the names of enumerations.
        let texts = ["Edm.String", "Edm.Binary", "Microsoft.Dynamics.CRM.account"];
        let numbers = ["Edm.Decimal", "Edm.Double", "Edm.Single", "Microsoft.Dynamics.CRM.account"];
        let whole = ["Edm.Int64"];
        let small = ["Edm.Int16", "Edm.Int32"];
        let cases: [(Json, [&[&str]; 2]); 13] = [
            (Json::from("x"), [&texts, &[]]),
            (Json::from("5"), [&texts, &whole]),
            (Json::from(guid), [&texts, &["Edm.Guid"]]),
            (Json::from("2026-11-29T12:00:00Z"), [&texts, &["Edm.DateTimeOffset"]]),
            (Json::from("2026-11-29"), [&texts, &["Edm.Date"]]),
            (Json::from(true), [&["Edm.Boolean"], &[]]),
            (Json::from(i32::MAX), [&numbers, &[whole[0], small[0], small[1]]]),
            (Json::from(i64::from(i32::MAX) + 1), [&numbers, &whole]),
            (Json::from(i64::from(i32::MIN) - 1), [&numbers, &whole]),
            (Json::from(1.5), [&numbers, &[]]),
            (Json::Object(Map::new()), [&["Microsoft.Dynamics.CRM.account"], &[]]),
            (Json::Array(Vec::new()), [&[], &[]]),
            (Json::Null, [&[], &[]]),
        ];
        for (value, expected) in cases {
            let ty =
                |name: &str, collection| ValueType { name: name.to_owned(), collection, nullable: false };
            let mut expected: Vec<_> = expected.concat();
            expected.sort_by_key(|name| types.iter().position(|other| other == name));
            let fitting =
                |one: &dyn Fn(&str) -> bool| types.into_iter().filter(|name| one(name)).collect::<Vec<_>>();
            assert_eq!(fitting(&|name| fits(&value, &ty(name, false))), expected, "{value}");
            // A collection has to have such values only.
            let (own, other) =
                (Json::Array(vec![value.clone()]), Json::Array(vec![value.clone(), Json::Null]));
            assert_eq!(fitting(&|name| fits(&own, &ty(name, true))), expected, "{own}");
            assert_eq!(fitting(&|name| fits(&other, &ty(name, true))), Vec::<&str>::new(), "{other}");
        }
    }

    #[test]
    fn values_of_parameters_are_literals() {
        for (text, expected) in [
            ("'a''b'", Some(Json::from("a'b"))),
            ("\"a\"", Some("a".into())),
            ("\"a", None),
            ("[1]", Some(vec![1].into())),
            ("[1", None),
            ("Microsoft.Dynamics.CRM.X'Y'", Some("Y".into())),
            ("Microsoft.Dynamics.CRM.X'Y", None),
            ("Microsoft.Dynamics.CRM.X", None),
            ("", None),
            ("null", Some(Json::Null)),
            ("true", Some(true.into())),
            ("false", Some(false.into())),
            ("-1.5", Some((-1.5).into())),
            ("2026-11-29", Some("2026-11-29".into())),
        ] {
            assert_eq!(literal(text), expected, "{text}");
        }
        assert_eq!(split_arguments("A=\"'\",B='\"',C=(1,2)),D=1"), ["A=\"'\"", "B='\"'", "C=(1,2))", "D=1"]);
    }
}
