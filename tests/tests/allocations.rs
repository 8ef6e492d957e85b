//! Counts the allocations of a check on a warm schema, so that they do not grow unnoticed.
//!
//! Lower a figure when a check gets leaner; raise one only with a reason in the commit.

use dvkit_query::{CheckOptions, check_filter, check_request};
use dvkit_tests::sample::store;

fn allocations(body: impl Fn()) -> u64 {
    // The first run reads the tables.
    body();
    allocation_counter::measure(body).count_total
}

#[test]
fn checking_a_filter_allocates_as_often_as_recorded() {
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
fn checking_a_request_allocates_as_often_as_recorded() {
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
