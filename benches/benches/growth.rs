//! Measures how time grows with size, on texts that are made to be slow: the time per byte at 32 KiB compared
//! with that at 2 KiB.
//!
//! Prints one line for each text. A ratio far above 1 means quadratic time.

use std::hint::black_box;
use std::time::{Duration, Instant};

use dvkit_query::{CheckOptions, check_request};
use dvkit_schema::Store;

/// The texts to measure; each is given by its beginning, the part that is repeated, and its end.
const SHAPES: &[(&str, &str, &str)] = &[
    (
        "contacts?$select=fullname&$filter=statecode eq 0",
        " and (fullname ne 'xxxxxxxx' or createdon ge 2025-01-01T10:00:00Z)",
        "",
    ),
    ("contacts?$filter=statecode eq 0", " and fullnme eq 'x'", ""),
    ("contacts?$filter=statecode eq 0", " or statecode eq 1", ""),
    ("contacts?$filter=statecode eq 0", " and ParentCustomerId/name eq 'x'", ""),
    ("contacts?$select=fullname", ",fullname", ""),
    ("contacts?$select=fullname", ",fullnme", ""),
    ("contacts?$select=fullname", ",,", ""),
    ("contacts?$select=fullname", ",parentcustomerid/name", ""),
    ("contacts?$select=fullname", " x", ""),
    ("contacts?$orderby=fullname", ",fullname", ""),
    ("contacts?$orderby=fullname", ",createdon DESC", ""),
    ("contacts?$expand=Contact_Tasks", ",Contact_Tasks", ""),
    ("contacts?$expand=Contact_Tasks", ",Contact_Tasks($select=subject;$top=1)", ""),
    ("contacts?$expand=Contact_Tasks", ",parentcustomerid($select=name)", ""),
    ("contacts?$expand=a", "($expand=a", ""),
    ("contacts?$expand=(", "&$a=", ""),
    ("contacts?$top=1", "&a", ""),
    ("contacts?$top=1", "&$top=1", ""),
    ("contacts?$top=1", "&@a=1", ""),
    ("contacts?$filter=@a eq 1", " and @a eq 1", "&@a=statecode"),
    ("contacts?$filter=name eq '", "&", ""),
    ("contacts?$filter=name eq '", "a & b", "'"),
    ("contacts?$filter=name eq '", "#+", "'"),
    ("contacts?$filter=", "(", ""),
    ("contacts?$filter=", "'", ""),
    ("contacts?$filter=", "%27%2B", ""),
    ("contacts?$filter=a", " eq", ""),
    ("contacts?$filter=a", " x", ""),
    ("contacts", "/a", ""),
    ("contacts", "(1)", ""),
    ("", "/", ""),
    ("", "{", ""),
    ("", "${", ""),
    ("accounts?$apply=groupby((statecode", ",statecode", "))"),
    ("accounts?$apply=aggregate(revenue with sum as a", ",revenue with sum as a", ")"),
    ("accounts?$apply=filter(statecode eq 0)", "/filter(statecode eq 0)", "/aggregate($count as n)"),
    ("accounts?$apply=concat(identity", ",identity", ")"),
    ("accounts?$search=a", " OR a", ""),
    ("accounts?$search=", "(NOT ", ""),
    ("accounts?$compute=revenue mul 2 as a", ",revenue mul 2 as a", ""),
    ("contacts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['a'", ",'a'", "])"),
    ("contacts?fetchXml=", "<a/>", ""),
];

fn store() -> Store {
    let org = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
    let files = ["metadata.json", "csdl.xml", "globalchoices.json"].map(|f| org.join(f));
    Store::from_schema(dvkit_schema_fetch::import(&files, &mut ()).expect("the sample imports").schema)
}

/// Returns the shortest time of several checks of `text`.
fn time(store: &Store, text: &str) -> Duration {
    let options = CheckOptions::default();
    (0..5)
        .map(|_| {
            let start = Instant::now();
            black_box(check_request(store, None, black_box(text), &options).is_ok());
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "a measurement that people read")]
fn main() {
    let store = store();
    let of = |(head, piece, tail): &(&str, &str, &str), bytes: usize| {
        let times = (bytes.saturating_sub(head.len() + tail.len())) / piece.len();
        format!("{head}{}{tail}", piece.repeat(times.max(1)))
    };
    println!("{:>10} {:>10} {:>6}  repeated", "2 KiB", "32 KiB", "ratio");
    for shape in SHAPES {
        let (small, large) = (of(shape, 2 << 10), of(shape, 32 << 10));
        let per_byte = |text: &str| {
            let nanos = u32::try_from(time(&store, text).as_nanos()).unwrap_or(u32::MAX);
            f64::from(nanos) / f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX))
        };
        let (a, b) = (per_byte(&small), per_byte(&large));
        println!("{a:>7.1} ns {b:>7.1} ns {:>6.1}  {}…{}", b / a, shape.0, shape.1);
    }
}
