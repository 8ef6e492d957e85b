//! Measures checking (parse, resolve and rewrite) on the sample organisation, and parsing alone for
//! comparison.
//!
//! A valid filter is read once, an invalid one again after each round of fixes.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dvkit_benches::{RIGHT, WRONG};
use dvkit_query::{CheckOptions, check_filter};
use dvkit_schema::Store;

fn store() -> Store {
    let org = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
    let files = ["metadata.json", "csdl.xml", "globalchoices.json"].map(|f| org.join(f));
    Store::from_schema(dvkit_schema_fetch::import(&files, &mut ()).expect("the sample imports").schema)
}

fn benches(c: &mut Criterion) {
    let store = store();
    let options = CheckOptions::default();
    for text in RIGHT {
        let checked = check_filter(&store, "contact", text, &options).expect("in memory");
        assert!(checked.diagnostics.is_empty(), "{text}: {:?}", checked.diagnostics);
    }
    for text in WRONG {
        let checked = check_filter(&store, "contact", text, &options).expect("in memory");
        assert!(!checked.is_ok() && checked.rewritten.is_some(), "{text}: {:?}", checked.diagnostics);
    }
    for (name, filters) in [("right", RIGHT), ("wrong", WRONG)] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(filters.iter().map(|t| t.len() as u64).sum()));
        group.bench_function("parse", |b| {
            b.iter(|| {
                for text in filters {
                    black_box(odata_parser::parse_filter(black_box(text)).is_ok());
                }
            });
        });
        group.bench_function("check", |b| {
            b.iter(|| {
                for text in filters {
                    black_box(check_filter(&store, "contact", black_box(text), &options).is_ok());
                }
            });
        });
        group.finish();
    }
}

criterion_group!(check_benches, benches);
criterion_main!(check_benches);
