//! Measures FetchXML of 1 KiB (parse, print, check, translate, and parse from within a URL), and how the time
//! grows with the size of the text.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dvkit_benches::FETCH;
use fetchxml::{FetchText, ParseOptions, PrintStyle, parse, parse_text, print};

/// Returns FetchXML with `conditions` conditions, each on its own line.
fn long(conditions: usize) -> String {
    let condition = "<condition attribute=\"lastname\" operator=\"eq\" value=\"Smith\" />\n";
    format!(
        "<fetch><entity name=\"contact\"><filter>{}</filter></entity></fetch>",
        condition.repeat(conditions)
    )
}

fn sample() -> dvkit_schema::Store {
    let org = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
    let files = ["metadata.json", "csdl.xml", "globalchoices.json"].map(|f| org.join(f));
    dvkit_schema::Store::from_schema(
        dvkit_schema_fetch::import(&files, &mut ()).expect("the sample imports").schema,
    )
}

fn benches(c: &mut Criterion) {
    let options = ParseOptions::default();
    let fetch = parse(FETCH, &options).expect("it is FetchXML");
    let encoded: String = FETCH.bytes().map(|b| format!("%{b:02X}")).collect();
    let mut group = c.benchmark_group("fetchxml");
    group.throughput(Throughput::Bytes(FETCH.len() as u64));
    group.bench_function("parse", |b| b.iter(|| parse(black_box(FETCH), &options)));
    group.bench_function("print", |b| b.iter(|| print(black_box(&fetch), &PrintStyle::default())));
    group.bench_function("parse encoded", |b| {
        b.iter(|| parse_text(&FetchText::new(black_box(&encoded)), &options).is_ok());
    });
    let store = sample();
    let checking = dvkit_query::CheckOptions::default();
    let checked = dvkit_query::check_fetchxml(&store, FETCH, &checking).expect("in memory");
    assert!(checked.is_ok(), "{:?}", checked.diagnostics);
    group.bench_function("check", |b| {
        b.iter(|| dvkit_query::check_fetchxml(&store, black_box(FETCH), &checking).is_ok());
    });
    let request = "contacts?$select=fullname&$filter=parentcustomerid_account/name eq 'Contoso' and statecode eq 0&$top=5";
    group.bench_function("a request to FetchXML and back", |b| {
        b.iter(|| {
            let there = dvkit_query::check_request(&store, None, black_box(request), &checking).ok()?.query?;
            let fetch = dvkit_translate::to_fetchxml(&there, &store).ok()?;
            let back = dvkit_query::check_fetchxml(&store, &fetch.text, &checking).ok()?.query?;
            dvkit_translate::to_odata(&back, &store).ok()
        });
    });
    for conditions in [10, 100, 1000] {
        let text = long(conditions);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("conditions", conditions), &text, |b, text| {
            b.iter(|| parse(black_box(text), &options));
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
