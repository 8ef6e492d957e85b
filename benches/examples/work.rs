//! Repeats one kind of work a given number of times, for a tool that counts instructions.
//!
//! ```text
//! cargo run -p dvkit-benches --example work -- check 100
//! ```
//!
//! `benches/instructions` runs it under callgrind and prints the cost of one repetition.
#![allow(clippy::print_stderr)] // a tool for the terminal

use std::hint::black_box;
use std::process::ExitCode;

use dvkit_benches::{FETCH, REQUEST, RIGHT, WRONG};
use dvkit_query::{CheckOptions, check_fetchxml, check_filter, check_request};
use dvkit_schema::Store;
use fetchxml::{FetchText, parse_text};

/// Returns the metadata files of the sample organisation.
fn sources() -> [std::path::PathBuf; 3] {
    let org = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
    ["metadata.json", "csdl.xml", "globalchoices.json"].map(|file| org.join(file))
}

fn import() -> Store {
    Store::from_schema(dvkit_schema_fetch::import(&sources(), &mut ()).expect("the sample imports").schema)
}

fn escaped() -> String {
    FETCH.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Returns a FetchXML text, escaped as the value of an XML attribute.
fn escaped_for_xml() -> String {
    FETCH.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(work), Some(Ok(rounds))) = (arguments.next(), arguments.next().map(|n| n.parse::<usize>()))
    else {
        eprintln!("usage: work NAME ROUNDS");
        return ExitCode::from(2);
    };
    let store = import();
    let options = CheckOptions::default();
    let encoded = escaped();
    let in_xml = escaped_for_xml();
    let filters = |texts: &[&str]| {
        for text in texts {
            black_box(check_filter(&store, "contact", black_box(text), &options).is_ok());
        }
    };
    let round: Box<dyn Fn()> = match work.as_str() {
        "parse" => Box::new(|| {
            for text in RIGHT {
                black_box(odata_parser::parse_filter(black_box(text)).is_ok());
            }
        }),
        "check" => Box::new(|| filters(RIGHT)),
        "check-wrong" => Box::new(|| filters(WRONG)),
        "request" => Box::new(|| {
            black_box(check_request(&store, None, black_box(REQUEST), &options).is_ok());
        }),
        "fetchxml-parse" => Box::new(|| {
            black_box(
                parse_text(&FetchText::new(black_box(FETCH)), &fetchxml::ParseOptions::default()).is_ok(),
            );
        }),
        "fetchxml-parse-escaped" => Box::new(|| {
            black_box(
                parse_text(&FetchText::new(black_box(&encoded)), &fetchxml::ParseOptions::default()).is_ok(),
            );
        }),
        "fetchxml-parse-in-xml" => Box::new(|| {
            black_box(
                parse_text(&FetchText::new(black_box(&in_xml)), &fetchxml::ParseOptions::default()).is_ok(),
            );
        }),
        "fetchxml-check" => Box::new(|| {
            black_box(check_fetchxml(&store, black_box(FETCH), &options).is_ok());
        }),
        "import" => Box::new(|| {
            black_box(import());
        }),
        other => {
            eprintln!("no work is called `{other}`");
            return ExitCode::from(2);
        }
    };
    for _ in 0..rounds {
        round();
    }
    ExitCode::SUCCESS
}
