//! Measures the parsing of filters with this project's parser, a hand-written one of the same grammar, and
//! the other OData parsers in Rust.
//!
//! All parsers accept the common filters. The hand-written one is also measured on Dataverse's additions
//! (lambdas, query functions), which the other projects' parsers refuse.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[path = "../src/handwritten.rs"]
#[allow(unreachable_pub)]
mod handwritten;

/// Filters as Dataverse users write them.
const FILTERS: &[&str] = &[
    "statecode eq 0",
    "name eq 'Contoso'",
    "revenue gt 100000",
    "statecode eq 0 and revenue gt 100000",
    "name eq 'O''Brien' or name eq 'Smith'",
    "(statecode eq 0 or statecode eq 1) and revenue gt 100000.50",
    "contains(fullname,'(sample)')",
    "startswith(name,'A') and endswith(name,'z')",
    "not contains(name,'test')",
    "telephone1 ne null and donotemail eq false",
    "_parentcustomerid_value eq 78914942-34cb-ed11-b596-0022481d68cd",
    "_ownerid_value eq a8914942-34cb-ed11-b596-0022481d68cd and statecode eq 0",
    "createdon ge 2025-01-31T10:00:00Z",
    "createdon ge 2025-01-31T10:00:00Z and createdon lt 2025-02-28T23:59:59Z and statecode eq 0",
    "birthdate lt 2000-01-01",
    "statuscode eq 1 or statuscode eq 2 or statuscode eq 3 or statuscode eq 4 or statuscode eq 5",
    "(a eq 1 and (b eq 2 or (c eq 3 and d eq 4)))",
    "primarycontactid/fullname eq 'Ann'",
    "primarycontactid/createdby/fullname eq 'System Administrator' and name ne null",
    "Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['0','1'])",
    "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7) and statecode eq 0",
    "contact_customer_accounts/any(c:c/firstname eq 'Ann' and c/statecode eq 0)",
    "not (primarycontactid/x eq 1) and Account_Tasks/all(t:t/statecode eq 1 or t/subject ne null)",
];

fn ours(text: &str) -> bool {
    odata_parser::parse_filter(text).is_ok()
}

fn by_hand(text: &str) -> bool {
    handwritten::parse(text).is_some()
}

fn params(text: &str) -> bool {
    odata_params::filters::parse_str(text).is_ok()
}

fn v4(text: &str) -> bool {
    odatav4_parser::parse(&format!("$filter={text}")).is_ok()
}

fn parse(c: &mut Criterion) {
    let accepted = |f: fn(&str) -> bool| FILTERS.iter().copied().filter(|t| f(t)).collect::<Vec<_>>();
    for text in FILTERS {
        let tree = odata_parser::parse_filter(text);
        assert_eq!(tree.ok(), handwritten::parse(text), "{text}");
    }
    let all = FILTERS.to_vec();
    let with_params = accepted(params);
    let with_v4 = accepted(v4);
    let common: Vec<&str> = with_params.iter().copied().filter(|t| v4(t)).collect();
    for (name, set, parsers) in [
        ("dataverse", &all, &[("odata-parser", ours as fn(&str) -> bool), ("by hand", by_hand)][..]),
        ("odata-params accepts", &with_params, &[("odata-parser", ours), ("odata-params", params)]),
        ("odatav4-parser accepts", &with_v4, &[("odata-parser", ours), ("odatav4-parser", v4)]),
        (
            "all accept",
            &common,
            &[("odata-parser", ours), ("by hand", by_hand), ("odata-params", params), ("odatav4-parser", v4)],
        ),
    ] {
        let mut group = c.benchmark_group(format!("parse/{name} ({})", set.len()));
        group.throughput(Throughput::Bytes(set.iter().map(|t| t.len() as u64).sum()));
        for (parser, f) in parsers {
            group.bench_function(*parser, |b| b.iter(|| set.iter().all(|t| f(black_box(t)))));
        }
        group.finish();
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
