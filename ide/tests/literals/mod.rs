//! Round trips of random queries through the literals of host languages, and mutations of files. The tests of
//! each group of languages give the table of their literals.
#![allow(dead_code)] // each test file uses a part of it

use std::path::PathBuf;

use dvkit_ide::embedded::{FoundKind, HostEdit, SourceFile};

/// A kind of literal of a host language.
pub struct LiteralKind {
    /// The name of the kind, for messages.
    pub name: &'static str,
    /// The extension of files in the language.
    pub extension: &'static str,
    /// What is written before the literal, with its opening quote.
    pub before: &'static str,
    /// What is written behind it, with its closing quote.
    pub after: &'static str,
    /// Returns a text as it is written in the literal; `None` if it cannot contain the text.
    pub escape: fn(&str) -> Option<String>,
    /// Returns a placeholder with the given name: an interpolated expression, or the end of the literal, the
    /// name, and the beginning of the next literal.
    pub placeholder: fn(&str) -> String,
    /// Whether an edit may be refused because of what stands beside it in the literal.
    pub may_refuse: bool,
}

/// The number of cases, which is `DVKIT_ROUND_TRIPS` or `default`.
pub fn cases(default: usize) -> usize {
    std::env::var("DVKIT_ROUND_TRIPS").ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A generator of random numbers (xorshift), so that the cases are the same in each run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Returns a number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % end.max(1) as u64).unwrap_or(0)
    }
}

/// The characters of random texts: those that some language gives a meaning within literals.
const LETTERS: [char; 24] = [
    'a', 'b', ' ', ',', '\'', '"', '`', '\\', '{', '}', '$', '\n', 'é', '😀', '%', '&', '<', '>', '=', '(',
    ')', '\t', '@', '#',
];

fn random_text(random: &mut Random, most: usize) -> String {
    (0..random.below(most + 1)).map(|_| LETTERS[random.below(LETTERS.len())]).collect()
}

/// The results of round trips of one kind of literal.
#[derive(Debug, Default)]
pub struct Counts {
    pub read: usize,
    pub edited: usize,
    pub refused: usize,
}

/// Writes random queries with random placeholders into literals, reads them, edits them, and reads them again.
pub fn round_trips(kinds: &[LiteralKind], cases: usize, seed: u64) -> Vec<Counts> {
    let mut random = Random::new(seed);
    let mut all = Vec::new();
    for kind in kinds {
        let mut counts = Counts::default();
        for case in 0..cases {
            round_trip(kind, &mut random, &mut counts, case);
        }
        // A kind that refuses every text would prove nothing.
        assert!(counts.read * 20 > cases, "{}: {counts:?}", kind.name);
        assert!(counts.edited * 40 > cases, "{}: {counts:?}", kind.name);
        all.push(counts);
    }
    all
}

fn round_trip(kind: &LiteralKind, random: &mut Random, counts: &mut Counts, case: usize) {
    let mut query = String::new();
    let mut written = kind.before.to_owned();
    let mut placeholders = Vec::new();
    let count = random.below(4);
    for part in 0..=count {
        let mut text = if part == 0 { "accounts?$filter=".to_owned() } else { String::new() };
        text.push_str(&random_text(random, 8));
        if part == count {
            text.push('z');
        }
        let Some(escaped) = (kind.escape)(&text) else { return };
        written.push_str(&escaped);
        query.push_str(&text);
        if part < count {
            let name = format!("p{part}");
            written.push_str(&(kind.placeholder)(&name));
            let start = query.len();
            query.push_str(&format!("{{{name}}}"));
            placeholders.push(start..query.len());
        }
    }
    written.push_str(kind.after);
    let context = format!("{} {case}: {written:?}", kind.name);
    let path = PathBuf::from(format!("a.{}", kind.extension));
    let file = SourceFile::new(path, written.clone().into_bytes()).unwrap().unwrap();
    let found: Vec<_> = file.found().iter().filter(|found| found.kind == FoundKind::Query).collect();
    assert_eq!(found.len(), 1, "{context}");
    let text = &found[0].text;
    assert_eq!(text.text(), query, "{context}");
    assert!(placeholders.iter().cloned().eq(text.placeholders()), "{context}");
    counts.read += 1;

    // An edit between two placeholders.
    let at = random.below(placeholders.len() + 1);
    let from = at.checked_sub(1).map_or("accounts?$filter=".len(), |before| placeholders[before].end);
    let to = placeholders.get(at).map_or(query.len() - 1, |next| next.start);
    let bounds: Vec<usize> = (from..=to.max(from)).filter(|n| query.is_char_boundary(*n)).collect();
    let (a, b) = (bounds[random.below(bounds.len())], bounds[random.below(bounds.len())]);
    let span = a.min(b)..a.max(b);
    let new = random_text(random, 5);
    let mut wanted = query.clone();
    wanted.replace_range(span.clone(), &new);
    let Some(edits) = text.edits(span, &new) else {
        counts.refused += 1;
        return;
    };
    let index = file.found().iter().position(|found| found.text.text() == query).unwrap();
    match file.edited(&edits, &[(index, wanted.clone())]) {
        Ok(edited) => {
            assert_eq!(edited.found()[index].text.text(), wanted, "{context}");
            assert_eq!(edited.found()[index].text.placeholders().count(), placeholders.len(), "{context}");
            counts.edited += 1;
        }
        Err(why) => {
            assert!(kind.may_refuse, "{context}: {wanted:?} {why} {:?}", edits_text(&edits));
            counts.refused += 1;
        }
    }
}

fn edits_text(edits: &[HostEdit]) -> Vec<&str> {
    edits.iter().map(|edit| edit.replacement.as_str()).collect()
}

/// Reads mutated files. Nothing panics, positions are within the file, and what is found is bounded by the
/// size of the file.
pub fn mutations(extension: &str, seed_file: &str, cases: usize, seed: u64) {
    let mut random = Random::new(seed);
    for _ in 0..cases {
        let mut bytes = seed_file.as_bytes().to_vec();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len());
            let length = random.below(24).min(bytes.len() - at);
            match random.below(4) {
                0 => drop(bytes.drain(at..at + length)),
                1 => {
                    let copy = bytes[at..at + length].to_vec();
                    let to = random.below(bytes.len());
                    bytes.splice(to..to, copy);
                }
                2 => bytes.insert(at, b"\"'`{}()[]$@\\#<&\n;+"[random.below(18)]),
                _ => bytes.truncate(bytes.len() - length),
            }
            if bytes.is_empty() {
                bytes.push(b'x');
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let path = PathBuf::from(format!("a.{extension}"));
        let file = SourceFile::new(path, text.clone().into_bytes()).unwrap().unwrap();
        let size: usize = file.found().iter().map(|found| found.text.text().len()).sum();
        assert!(size <= 16 * text.len() + 4096, "{size} bytes in {text:?}");
        for found in file.found() {
            if let Some(range) = found.text.host_range() {
                assert!(text.get(range.clone()).is_some(), "{range:?} {text:?}");
            }
        }
    }
}
