//! Measures whole requests (parse, and check with resolve and lint) on the sample organisation, and how the
//! time grows with the size of the request.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dvkit_query::{CheckOptions, check_request};
use dvkit_schema::Store;
use odata_parser::{RequestText, parse_request};

/// A request of 300 bytes with the most common options.
const REQUEST: &str = "contacts?$select=fullname,emailaddress1,_parentcustomerid_value,createdon\
    &$expand=parentcustomerid_account($select=name,revenue),Contact_Tasks($select=subject;$filter=statecode eq 0)\
    &$filter=statecode eq 0 and contains(lastname,'son') and createdon ge 2025-01-31T10:00:00Z\
    &$orderby=lastname desc,createdon&$top=50";

/// Returns [`REQUEST`], percent-encoded.
fn encoded() -> String {
    let (path, options) = REQUEST.split_once('?').expect("it has options");
    let options: Vec<String> = options
        .split('&')
        .map(|o| {
            let (name, value) = o.split_once('=').expect("it has a value");
            format!("{name}={}", odata_parser::url::encode(value))
        })
        .collect();
    format!("{path}?{}", options.join("&"))
}

/// Returns a request of about `bytes` bytes with conditions on different columns.
fn long(bytes: usize) -> String {
    let mut text = String::from("contacts?$select=fullname&$top=5&$filter=statecode eq 0");
    let mut n = 0;
    while text.len() < bytes {
        // The service limits the number of conditions, so the texts are long, not many.
        n += 1;
        text.push_str(&format!(
            " and (fullname ne '{}' or createdon ge 2025-01-{:02}T10:00:00Z)",
            "x".repeat(60),
            n % 28 + 1
        ));
    }
    text
}

fn store() -> Store {
    let org = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
    let files = ["metadata.json", "csdl.xml", "globalchoices.json"].map(|f| org.join(f));
    Store::from_schema(dvkit_schema_fetch::import(&files, &mut ()).expect("the sample imports").schema)
}

fn benches(c: &mut Criterion) {
    let store = store();
    let options = CheckOptions::default();
    let encoded = encoded();
    for text in [REQUEST, &encoded] {
        let checked = check_request(&store, None, text, &options).expect("in memory");
        assert!(checked.diagnostics.is_empty(), "{text}: {:?}", checked.diagnostics);
    }
    let mut group = c.benchmark_group("request");
    group.throughput(Throughput::Bytes(REQUEST.len() as u64));
    group.bench_function("parse", |b| {
        b.iter(|| {
            let text = RequestText::new(black_box(REQUEST));
            black_box(parse_request(&text, &odata_parser::ParseOptions::default()).is_ok())
        });
    });
    group.bench_function("check", |b| {
        b.iter(|| black_box(check_request(&store, None, black_box(REQUEST), &options).is_ok()));
    });
    group.bench_function("check, encoded", |b| {
        b.iter(|| black_box(check_request(&store, None, black_box(&encoded), &options).is_ok()));
    });
    group.finish();

    // Time per byte should stay constant.
    let mut group = c.benchmark_group("growth");
    for kib in [1, 4, 16, 32] {
        let text = long(kib * 1024);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("check", format!("{kib} KiB")), &text, |b, text| {
            b.iter(|| black_box(check_request(&store, None, text, &options).is_ok()));
        });
    }
    group.finish();
}

criterion_group!(request_benches, benches);
criterion_main!(request_benches);
