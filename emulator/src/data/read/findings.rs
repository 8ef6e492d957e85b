//! Says in the service's words why a query is refused. The finding of the check stays in the inner error.

use dvkit_diagnostic::limits::{MAX_CONDITIONS, MAX_JOINS};
use dvkit_diagnostic::{Code, CodeFamily, Diagnostic, code};
use dvkit_schema::Store;
use http::StatusCode;
use odata_parser::url::{decode, decode_keeping_plus};

use super::super::service_error::{INVALID_REQUEST, ServiceError};

/// The service's code of a column that a table does not have, in FetchXML ("Web service error codes").
const NO_ATTRIBUTE: &str = "0x80041103";
/// The service's code of a table that does not exist, in FetchXML.
const NO_ENTITY: &str = "0x80041102";
/// The service's code of FetchXML that is not valid.
const INVALID_FETCH: &str = "0x80041130";

/// Returns the error for a finding about the request `text`, which is percent-encoded. `table` is the logical
/// name of the table whose rows the request selects, if it is known.
pub(super) fn of_request(
    store: &Store,
    text: &str,
    table: Option<&str>,
    finding: Diagnostic,
) -> ServiceError {
    let name = decode(finding.span.of(text)).text.trim().to_owned();
    let (code, message) = match finding.code {
        code::UNKNOWN_TABLE | code::ENTITY_SET if is_in_path(text, &finding) => {
            let segment = segment(text, &finding);
            return ServiceError { finding: Some(Box::new(finding)), ..ServiceError::no_segment(&segment) };
        }
        code::UNKNOWN_COLUMN | code::NAME_CASE if is_in_path(text, &finding) => {
            return ServiceError { finding: Some(Box::new(finding)), ..ServiceError::no_segment(&name) };
        }
        code::UNKNOWN_COLUMN
        | code::NAME_CASE
        | code::LOOKUP_AS_COLUMN
        | code::NOT_A_PROPERTY
        | code::FORMATTED_NAME
        | code::SELECT_NAVIGATION
        | code::EXPAND_COLUMN
        | code::EXPAND_TARGETS
        | code::AMBIGUOUS_TARGET
        | code::POLYMORPHIC_PATH
        | code::OWNER_PATH
        | code::LAMBDA_VARIABLE => {
            let table = named_table(store, &finding.message).or(table).unwrap_or("crmbaseentity");
            let name = name.rsplit('/').next().unwrap_or_default();
            (INVALID_REQUEST, no_property(name, table))
        }
        code::UNKNOWN_FUNCTION | code::FUNCTION_NAME => {
            let name = name.split('(').next().unwrap_or_default();
            let message = format!(
                "An unknown function with name '{name}' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed."
            );
            (INVALID_REQUEST, message)
        }
        code::UNTERMINATED_STRING => {
            let (at, value) = position(text, &finding);
            (
                INVALID_REQUEST,
                format!("There is an unterminated string literal at position {at} in '{value}'."),
            )
        }
        code::TYPE_MISMATCH
        | code::NOT_A_GUID
        | code::BOOLEAN_VALUE
        | code::CHOICE_LABEL
        | code::UNKNOWN_LABEL
        | code::AMBIGUOUS_LABEL
        | code::COLUMNS_DIFFER
        | code::DATE_TIME_FOR_DATE
        | code::MULTI_SELECT => {
            (INVALID_REQUEST, "A binary operator with incompatible types was detected.".to_owned())
        }
        code::UNSUPPORTED_OPTION if name.starts_with("$skip") => {
            (INVALID_REQUEST, "Skip Clause is not supported in CRM".to_owned())
        }
        code::UNSUPPORTED_OPTION => {
            let option = name.split('=').next().unwrap_or_default();
            (INVALID_REQUEST, format!("The query parameter {option} is not supported"))
        }
        other => match fixed(other) {
            Some((code, message)) => (code, message.to_owned()),
            None if other.family() == CodeFamily::Syntax => {
                let (at, value) = position(text, &finding);
                (INVALID_REQUEST, format!("Syntax error at position {at} in '{value}'."))
            }
            None => (INVALID_REQUEST, finding.message.clone()),
        },
    };
    refused(code, message, finding)
}

/// Returns the error for a finding about FetchXML.
pub(super) fn of_fetch(store: &Store, text: &str, finding: Diagnostic) -> ServiceError {
    let name = finding.span.of(text).trim_matches(['"', '\'', ' ']).to_owned();
    let (code, message) = match finding.code {
        code::UNKNOWN_COLUMN | code::NAME_CASE | code::WEB_API_NAME_IN_FETCHXML => {
            let table = named_table(store, &finding.message).unwrap_or_default();
            let table =
                store.table(table).ok().flatten().and_then(|t| t.schema_name.as_deref()).unwrap_or(table);
            let message = format!(
                "'{table}' entity doesn't contain attribute with Name = '{name}' and NameMapping = 'Logical'."
            );
            (NO_ATTRIBUTE, message)
        }
        code::UNKNOWN_TABLE => (
            NO_ENTITY,
            format!(
                "The entity with a name = '{name}' with namemapping = 'Logical' was not found in the MetadataCache."
            ),
        ),
        other => match fixed(other) {
            Some((code, message)) => (code, message.to_owned()),
            None => (INVALID_FETCH, finding.message.clone()),
        },
    };
    refused(code, message, finding)
}

fn refused(code: &'static str, message: String, finding: Diagnostic) -> ServiceError {
    ServiceError {
        finding: Some(Box::new(finding)),
        ..ServiceError::new(StatusCode::BAD_REQUEST, code, message)
    }
}

/// Returns the service's message for a property that a table does not have.
pub(super) fn no_property(name: &str, table: &str) -> String {
    format!("Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'.")
}

/// Returns the service's code and message for findings that always have the same. The messages are those that
/// `dvkit explain` quotes for the codes.
fn fixed(finding: Code) -> Option<(&'static str, &'static str)> {
    const { assert!(MAX_CONDITIONS == 500 && MAX_JOINS == 15) };
    Some(match finding {
        code::EXPAND_OPTION => (
            INVALID_REQUEST,
            "Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested one-to-many relationship.",
        ),
        code::EXPAND_MANY_TO_MANY => {
            (INVALID_REQUEST, "Only many-to-one relationships are supported for nested expansion.")
        }
        code::REF_ON_COLLECTION => {
            (INVALID_REQUEST, "Expand with $ref is only supported on lookup type navigation property.")
        }
        code::ORDER_ON_AGGREGATE => {
            (INVALID_REQUEST, "The query node SingleValueOpenPropertyAccess is not supported")
        }
        code::COUNT_SEGMENT => (
            INVALID_REQUEST,
            "Count Segment is not supported when SavedQuery or UserQuery or FetchXml option is provided",
        ),
        code::FULL_TEXT => (INVALID_REQUEST, "Unknown Condition Operator: Contains"),
        code::TOO_MANY_CONDITIONS => ("0x8004430c", "Number of conditions in query exceeded maximum limit."),
        code::TOO_MANY_EXPANDS | code::TOO_MANY_LINKS => {
            ("0x8004430d", "Number of link entities in query exceeded maximum limit.")
        }
        code::NOT_QUERY_FUNCTION => {
            (INVALID_REQUEST, "Not operator along with the Custom Named Condition operators is not allowed")
        }
        code::DUPLICATE_OPTION => {
            (INVALID_REQUEST, "Query options of the same name can only be given once in a request.")
        }
        code::UNKNOWN_KEY => {
            (INVALID_REQUEST, "The specified key properties do not match an alternate key of the table.")
        }
        _ => return None,
    })
}

/// Returns the first table that `message` names in backticks.
fn named_table<'m>(store: &Store, message: &'m str) -> Option<&'m str> {
    message.split('`').skip(1).step_by(2).find(|name| store.entry(name).is_some())
}

fn is_in_path(text: &str, finding: &Diagnostic) -> bool {
    let path = text.find('?').unwrap_or(text.len());
    usize::try_from(finding.span.start).is_ok_and(|start| start < path)
}

/// Returns the path segment that a finding is about, without its key.
fn segment(text: &str, finding: &Diagnostic) -> String {
    let name = decode_keeping_plus(finding.span.of(text)).text;
    name.split(['(', '/']).next().unwrap_or_default().to_owned()
}

/// Returns the position of a finding within the value of the option that contains it, counted in characters,
/// and that value.
fn position(text: &str, finding: &Diagnostic) -> (usize, String) {
    let at = usize::try_from(finding.span.start).unwrap_or(text.len()).min(text.len());
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let start = before.rfind(['?', '&']).map_or(0, |delimiter| delimiter + 1);
    let start =
        before.get(start..).and_then(|option| option.find('=')).map_or(start, |equals| start + equals + 1);
    let end = at + after.find('&').unwrap_or(after.len());
    let value = |end: usize| decode(text.get(start..end).unwrap_or_default()).text;
    (value(at).chars().count(), value(end))
}

#[cfg(test)]
mod tests {
    use dvkit_diagnostic::Span;

    use super::*;

    fn at(start: u32, end: u32) -> Diagnostic {
        Diagnostic::error(code::UNEXPECTED, Span { start, end }, "m")
    }

    #[test]
    fn a_finding_is_in_the_path_or_in_an_option_at_a_number_of_characters() {
        // The first question mark ends the path.
        assert!(!is_in_path("a?b=c?d", &at(2, 3)) && !is_in_path("a?b=c?d", &at(4, 5)));
        assert!(is_in_path("a", &at(0, 1)) && !is_in_path("a", &at(1, 1)));
        assert!(is_in_path("ab?", &at(1, 2)) && !is_in_path("ab?", &at(2, 3)));
        for (text, start, expected) in [
            ("a?$filter=b eq 1&$top=2", 10, (0, "b eq 1")),
            ("a?$filter=b eq 1&$top=2", 15, (5, "b eq 1")),
            ("a?$filter=b eq 1&$top=2", 22, (0, "2")),
            ("a?$filter=b%20eq%201&$top=2", 19, (5, "b eq 1")),
            ("a?$filter=é eq 1", 14, (3, "é eq 1")),
            ("a?$filter=b=c", 12, (2, "b=c")),
            ("a?$top=1&$filter=b", 18, (1, "b")),
            ("a?$top", 3, (1, "$top")),
            ("a", 9, (1, "a")),
        ] {
            assert_eq!(
                position(text, &at(start, start)),
                (expected.0, expected.1.to_owned()),
                "{text} {start}"
            );
        }
    }

    #[test]
    fn the_segment_of_a_finding_is_named_without_its_key() {
        for (text, start, end, expected) in [
            ("accounts", 0, 8, "accounts"),
            ("accounts(1)", 0, 11, "accounts"),
            ("a/b(1)", 2, 6, "b"),
            ("a%20b", 0, 5, "a b"),
            ("a+b", 0, 3, "a+b"),
            ("a/b", 0, 3, "a"),
        ] {
            assert_eq!(segment(text, &at(start, end)), expected, "{text}");
        }
    }

    #[test]
    fn the_first_table_in_backticks_is_the_one_that_a_message_is_about() {
        let table = |name: &str| {
            let table = dvkit_schema::Table { logical_name: name.to_owned(), ..Default::default() };
            (name.to_owned(), table)
        };
        let schema = dvkit_schema::Schema { tables: [table("a"), table("b")].into(), ..Default::default() };
        let store = Store::from_shared(std::sync::Arc::new(schema), Vec::new());
        for (message, expected) in [
            ("`a` and `b`", Some("a")),
            ("`x` of `b` or `a`", Some("b")),
            ("a `x` b", None),
            ("`x`a`y`", None),
            ("b", None),
        ] {
            assert_eq!(named_table(&store, message), expected, "{message}");
        }
    }
}
