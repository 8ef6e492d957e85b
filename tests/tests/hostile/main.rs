//! Work grows linearly: four times the text takes at most 4.4 times the work and the memory to read, check,
//! report, write or import, whatever the text.
//!
//! Work is counted: allocations, their bytes, the maximum in use at a time, and the bytes that are written.
//! For whole processes and instructions there is `cargo run -p dvkit-tests --example hostile`.

use std::io::{self, Cursor, Write};
use std::path::Path;

use dvkit_diagnostic::{Diagnostic, LineIndex, sarif};
use dvkit_query::{CheckOptions, CheckReport, check_fetchxml, check_filter, check_request};
use dvkit_tests::growing_texts::{GROWING_TEXTS, GrowingText, Language};
use dvkit_tests::sample::store;
use dvkit_translate::{to_fetchxml, to_odata};
use fetchxml::FetchText;
use odata_parser::{RequestText, format, parse_filter_recovering, parse_request_recovering};

mod bounds;

/// The maximum growth of the work for four times the text.
const MAX_GROWTH: f64 = 4.4;
/// Costs below these are ignored: bytes, and allocations.
const IGNORED_BELOW: (f64, f64) = (64.0 * 1024.0, 256.0);

/// The cost of a run.
#[derive(Clone, Copy, Debug)]
struct Cost {
    allocations: f64,
    bytes: f64,
    peak: f64,
    written: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test are far below 2^52")]
fn cost(act: impl Fn() -> usize) -> Cost {
    let mut written = 0;
    let info = allocation_counter::measure(|| written = act());
    Cost {
        allocations: info.count_total as f64,
        bytes: info.bytes_total as f64,
        peak: info.bytes_max as f64,
        written: written as f64,
    }
}

impl Cost {
    /// Returns a description of how far this cost exceeds the allowed growth from `small`; `None` if it does
    /// not.
    fn excess(self, small: Self) -> Option<String> {
        let parts = [
            ("allocations", self.allocations, small.allocations, IGNORED_BELOW.1),
            ("bytes allocated", self.bytes, small.bytes, IGNORED_BELOW.0),
            ("bytes at a time", self.peak, small.peak, IGNORED_BELOW.0),
            ("bytes written", self.written, small.written, IGNORED_BELOW.0),
        ];
        let too_much = parts.iter().filter(|(_, large, small, free)| *large > free + MAX_GROWTH * small);
        let words: Vec<String> = too_much
            .map(|(what, large, small, _)| format!("{what} {small} → {large} ({:.1}×)", large / small))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// A use of a text; returns the number of bytes of its result.
type Act = fn(Language, &str) -> usize;

/// Everything that is done with a query.
const ACTS: &[(&str, Act)] = &[
    ("parse", parse),
    ("check", |language, text| found(language, text).diagnostics.len()),
    ("check, told as text", |language, text| {
        let checked = found(language, text);
        let source = LineIndex::new(text);
        checked.diagnostics.iter().map(|d| d.display_in(&source).to_string().len()).sum::<usize>()
            + checked.rewritten.map_or(0, |r| r.len())
    }),
    ("check, told as JSON", |language, text| {
        let checked = found(language, text);
        serde_json::to_vec(&checked.diagnostics).expect("it serialises").len()
    }),
    ("check, told as SARIF", |language, text| {
        let checked = found(language, text);
        let mut log = sarif::Log::new("1", "https://example.org");
        let place = sarif::Location::File { uri: "a", line: 1, offset: 0 };
        log.add(&place, text, &checked.diagnostics).expect("in memory");
        let mut document = Vec::new();
        log.finish(&mut document).expect("in memory");
        document.len()
    }),
    ("format", |language, text| match language {
        Language::Filter => {
            let parsed = parse_filter_recovering(text, &Default::default());
            format::pretty_filter(&parsed.expr).len() + format::minify_filter(&parsed.expr).len()
        }
        Language::Request => {
            let text = RequestText::new(text);
            let parsed = parse_request_recovering(&text, &Default::default());
            format::pretty(&parsed.request).len() + format::minify(&parsed.request).len()
        }
        _ => {
            let text = FetchText::new(text);
            let parsed = fetchxml::parse_text(&text, &Default::default());
            let of = |style| fetchxml::print(&parsed.fetch, &style).len();
            of(fetchxml::PrintStyle::default()) + of(fetchxml::PrintStyle::minified())
        }
    }),
    ("translate", |language, text| {
        let checked = found(language, text);
        // As in the command line, invalid queries are not translated.
        let Some(query) = checked.query.as_ref().filter(|_| checked.is_ok()) else { return 0 };
        let translated = match language {
            Language::Fetch => to_odata(query, store()),
            _ => to_fetchxml(query, store()),
        };
        match translated {
            Ok(emitted) => {
                emitted.text.len() + emitted.differences.iter().map(|n| n.text.len()).sum::<usize>()
            }
            Err(refused) => {
                let placed = match language {
                    Language::Filter => refused.in_filter(text, false),
                    Language::Request => refused.in_request(text, false),
                    _ => refused.in_fetchxml(text, false),
                };
                told(text, &placed.reasons)
            }
        }
    }),
];

fn parse(language: Language, text: &str) -> usize {
    match language {
        Language::Filter => told(text, &parse_filter_recovering(text, &Default::default()).diagnostics),
        Language::Request => {
            let source = RequestText::new(text);
            told(text, &parse_request_recovering(&source, &Default::default()).diagnostics)
        }
        _ => {
            let source = FetchText::new(text);
            told(text, &fetchxml::parse_text(&source, &Default::default()).diagnostics)
        }
    }
}

fn told(text: &str, diagnostics: &[Diagnostic]) -> usize {
    let source = LineIndex::new(text);
    diagnostics.iter().map(|d| d.display_in(&source).to_string().len()).sum()
}

fn found(language: Language, text: &str) -> CheckReport {
    let options = CheckOptions::default();
    match language {
        Language::Filter => check_filter(store(), "contact", text, &options),
        Language::Request => check_request(store(), None, text, &options),
        _ => check_fetchxml(store(), text, &options),
    }
    .expect("the store is in memory")
}

/// Imports a text twice, the second time into the result of the first.
fn import(text: &str) -> usize {
    let read = || dvkit_schema_fetch::import_text(Path::new("a"), text.as_bytes());
    let Ok((_, imported)) = read() else { return 0 };
    let mut schema = imported.schema;
    if let Ok((_, again)) = read() {
        schema.merge(again.schema);
    }
    schema.tables.len()
}

/// Returns a description of the excess if two different pairs of sizes show it: with a single pair a buffer
/// may just have been doubled once more.
fn excess(shape: &GrowingText, bytes: usize, act: impl Fn(&str) -> usize) -> Option<String> {
    [bytes, bytes * 4 / 3]
        .into_iter()
        .map(|bytes| {
            let n = shape.pieces(bytes);
            let (small, large) = (shape.text(n), shape.text(4 * n));
            // The first run reads what is read only once.
            act(&small);
            cost(|| act(&large)).excess(cost(|| act(&small)))
        })
        .collect::<Option<Vec<_>>>()
        .and_then(|found| found.into_iter().next())
}

/// Returns the size in bytes above which lost signs are not searched for: below it, the bounded search costs
/// more than everything else.
fn beyond_search(language: Language) -> usize {
    if language == Language::Fetch { 4_100 } else { 2_100 }
}

#[test]
fn work_on_queries_grows_linearly_with_their_length() {
    let shapes: Vec<&GrowingText> = GROWING_TEXTS.iter().filter(|s| s.language.is_query()).collect();
    assert!(shapes.len() >= 40);
    let mut wrong = Vec::new();
    for shape in shapes {
        for (name, act) in ACTS {
            if let Some(much) = excess(shape, beyond_search(shape.language), |text| act(shape.language, text))
            {
                wrong.push(format!("{name}: {}: {much}", shape.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} grow too fast:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn work_on_metadata_grows_linearly_with_its_length() {
    let mut wrong = Vec::new();
    for shape in GROWING_TEXTS.iter().filter(|s| !s.language.is_query()) {
        if let Some(much) = excess(shape, 30_000, import) {
            wrong.push(format!("{}: {much}", shape.name()));
        }
    }
    assert!(wrong.is_empty(), "{} grow too fast:\n{}", wrong.len(), wrong.join("\n"));
}

/// A file in memory that does not count as memory of the log.
#[derive(Default)]
struct Elsewhere(Cursor<Vec<u8>>);

impl Write for Elsewhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        allocation_counter::opt_out(|| self.0.get_mut().extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Read for Elsewhere {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl io::Seek for Elsewhere {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn the_memory_of_a_sarif_log_does_not_grow_with_the_queries() {
    let d = [Diagnostic::error(dvkit_diagnostic::code::EMPTY, Default::default(), "wrong")];
    let of = |queries: usize| {
        cost(|| {
            let mut log =
                sarif::Log::with_storage("1", "https://example.org", [(); 3].map(|()| Elsewhere::default()));
            for n in 0..queries {
                let name = format!("query {n}");
                // A repeated query has the fingerprint of the first, so that the memory stays constant.
                log.add(&sarif::Location::Named { name: &name }, "x eq 1", &d).expect("in memory");
                log.add_failure(&sarif::Location::Named { name: &name }, "not UTF-8").expect("in memory");
            }
            let mut out = Elsewhere::default();
            log.finish(&mut out).expect("in memory");
            out.0.get_ref().len()
        })
    };
    let (few, many) = (of(100), of(10_000));
    assert!(many.written > few.written * 90.0, "{few:?} {many:?}");
    assert!(many.peak < few.peak * 1.1 + 1000.0, "{few:?} {many:?}");
}
