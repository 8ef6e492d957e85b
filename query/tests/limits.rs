//! The limits of the service, each tested at the limit and one beyond it.

use dvkit_diagnostic::{Code, Severity, code, limits};
use dvkit_fixtures::contoso;
use dvkit_query::{CheckOptions, check_fetchxml, check_request};

/// Returns the severity of the finding with this code; `None` if there is none.
fn found(request: &str, code: Code) -> Option<Severity> {
    let mut options = CheckOptions::default();
    options.limits.request_length = 1 << 20;
    options.limits.length = 1 << 20;
    let checked = check_request(contoso(), None, request, &options).expect("in memory");
    checked.diagnostics.iter().find(|d| d.code == code).map(|d| d.severity)
}

#[test]
fn a_url_is_as_long_as_it_is_when_it_is_sent() {
    let code = code::URL_TOO_LONG;
    // What a URL cannot contain is sent as three characters.
    for (sign, sent) in [("a", 1), (" ", 3), ("%20", 3), ("<", 3), ("\"", 3), ("ä", 6)] {
        let request = |length: u32| {
            let start = format!("accounts?$select=name&$filter=name%20eq%20'{sign}");
            let rest = length as usize - (start.len() - sign.len() + sent + 1);
            format!("{start}{}'", "x".repeat(rest))
        };
        let rows = [
            (limits::MAX_URL_LENGTH, None),
            (limits::MAX_URL_LENGTH + 1, Some(Severity::Warning)),
            (limits::MAX_URL_LENGTH_IN_BATCH, Some(Severity::Warning)),
            (limits::MAX_URL_LENGTH_IN_BATCH + 1, Some(Severity::Error)),
        ];
        for (length, severity) in rows {
            assert_eq!(found(&request(length), code), severity, "{length} with {sign:?}");
        }
    }
}

#[test]
fn a_segment_of_a_path_has_a_greatest_length() {
    let request = |length: usize| {
        let key = "x".repeat(length - "accounts(accountnumber='')".len());
        format!("accounts(accountnumber='{key}')?$select=name")
    };
    let most = limits::MAX_PATH_SEGMENT_LENGTH as usize;
    assert_eq!(found(&request(most), code::SEGMENT_TOO_LONG), None);
    assert_eq!(found(&request(most + 1), code::SEGMENT_TOO_LONG), Some(Severity::Error));
}

#[test]
fn a_request_has_a_greatest_number_of_expansions() {
    let account = contoso().table("account").expect("in memory").expect("a table");
    let has_time = |table: &str| {
        contoso().table(table).expect("in memory").is_some_and(|t| t.column("createdon").is_some())
    };
    let with_time = account.relationships.iter().filter(|r| has_time(&r.table) && r.intersect.is_none());
    let plain = |n: &&str| n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let all: Vec<&str> = with_time.filter_map(|r| r.navigation.as_deref()).filter(plain).collect();
    let request = |number: usize| {
        let items: Vec<String> =
            all.iter().cycle().take(number).map(|n| format!("{n}($select=createdon)")).collect();
        format!("accounts?$select=name&$top=5&$expand={}", items.join(","))
    };
    let most = limits::MAX_EXPANSIONS as usize;
    assert_eq!(found(&request(most), code::TOO_MANY_EXPANDS), None);
    assert_eq!(found(&request(most + 1), code::TOO_MANY_EXPANDS), Some(Severity::Error));
    assert!(all.len() > most, "they are different ones");
    assert_eq!(found(&request(most), code::DUPLICATE_NAME), None);
    // The one that stands twice is found among as many as a request may have.
    let twice = |number: usize| request(number - 1) + &format!(",{}($select=name)", all[0]);
    assert_eq!(found(&twice(most), code::DUPLICATE_NAME), Some(Severity::Warning));
    assert_eq!(found(&twice(2), code::DUPLICATE_NAME), Some(Severity::Warning));
}

#[test]
fn a_query_has_a_greatest_number_of_conditions() {
    let most = limits::MAX_CONDITIONS as usize;
    let request = |number: usize| {
        let all: Vec<String> = (0..number).map(|n| format!("name ne '{n}'")).collect();
        format!("accounts?$select=name&$filter={}", all.join(" and "))
    };
    assert_eq!(found(&request(most), code::TOO_MANY_CONDITIONS), None);
    assert_eq!(found(&request(most + 1), code::TOO_MANY_CONDITIONS), Some(Severity::Error));
    let fetch = |number: usize| {
        let condition = |n| format!("<condition attribute='name' operator='ne' value='{n}'/>");
        let all: String = (0..number).map(condition).collect();
        let text = format!(
            "<fetch top='5'><entity name='account'><attribute name='name'/><filter>{all}</filter></entity></fetch>"
        );
        let checked = check_fetchxml(contoso(), &text, &CheckOptions::default()).expect("in memory");
        checked.diagnostics.iter().any(|d| d.code == code::TOO_MANY_CONDITIONS)
    };
    assert_eq!((fetch(most), fetch(most + 1)), (false, true));
}

#[test]
fn parameter_aliases_are_followed_as_far_as_they_lead() {
    let chain = |number: usize| {
        let links: String = (1..number).map(|n| format!("&@a{n}=@a{}", n + 1)).collect();
        format!("accounts?$select=name&$filter=name eq @a1{links}&@a{number}='x'")
    };
    for number in [1, 2, 7, 8, 9] {
        let checked =
            check_request(contoso(), None, &chain(number), &CheckOptions::default()).expect("in memory");
        assert_eq!(checked.is_ok(), number < 9, "{number}: {:?}", checked.diagnostics);
    }
}
