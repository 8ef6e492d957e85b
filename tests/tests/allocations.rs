//! How many times a check allocates on a warm schema: counted, so that it does not grow unnoticed.
//!
//! A figure here may be lowered by whoever makes a check leaner, and is raised only with a reason in the commit.

use dvkit_query::{CheckOptions, check_filter, check_request};
use dvkit_tests::sample::store;

fn allocations(body: impl Fn()) -> u64 {
    // Tables are read at the first use.
    body();
    allocation_counter::measure(body).count_total
}

#[test]
fn of_a_filter() {
    for (filter, most) in [
        ("statecode eq 0", 8),
        ("_parentcustomerid_value eq 78914942-34cb-ed11-b596-0022481d68cd and statecode eq 0", 13),
        ("contains(fullname,'sample') or startswith(lastname,'A')", 15),
        ("account_primary_contact/any(a:a/name eq 'Contoso' and a/statecode eq 0)", 24),
    ] {
        let count = allocations(|| {
            let checked =
                check_filter(store(), "contact", filter, &CheckOptions::default()).expect("in memory");
            assert!(checked.diagnostics.is_empty());
        });
        assert!(count <= most, "{filter}: {count} allocations, at most {most}");
    }
}

#[test]
fn of_a_request() {
    let request = "contacts?$select=fullname,emailaddress1,_parentcustomerid_value,createdon\
        &$expand=parentcustomerid_account($select=name,revenue),Contact_Tasks($select=subject;$filter=statecode eq 0)\
        &$filter=statecode eq 0 and contains(lastname,'son') and createdon ge 2025-01-31T10:00:00Z\
        &$orderby=lastname desc,createdon&$top=50";
    let most = 84;
    let count = allocations(|| {
        let checked = check_request(store(), None, request, &CheckOptions::default()).expect("in memory");
        assert!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    });
    assert!(count <= most, "{count} allocations, at most {most}");
}
