//! What the tests share: connections to the two sample organisations, and random values.
#![allow(clippy::unwrap_used, dead_code, reason = "each test program uses a part")]

use std::time::Duration;

use dvkit::by_name::Organisation;
use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, RetryPolicy};
use dvkit_emulator::{Clock, Emulator, Limits, RunningEmulator};
use dvkit_schema::Store;
use dvkit_unify::{CompileTarget, CompiledMapping, Connection, CursorKey, Mapping};
use serde_json::{Map, Value};

/// The mapping of the tests.
pub(crate) const CRM: &str = include_str!("../crm.toml");

/// Starts a sample organisation with its rows, and connects to it with the mapping of the tests.
pub(crate) async fn connect(name: &str) -> (RunningEmulator, Connection) {
    connect_with(name, CRM, Clock::system()).await
}

/// Starts a sample organisation with its rows and a clock, and connects to it with a mapping.
pub(crate) async fn connect_with(name: &str, mapping: &str, clock: Clock) -> (RunningEmulator, Connection) {
    let builder = match name {
        "contoso" => Emulator::sample(),
        _ => Emulator::fabrikam(),
    };
    // A user may send 6,000 requests in five minutes, which the long form of the random tests exceeds.
    let limits = Limits { requests: u32::MAX, execution: Duration::from_secs(1 << 30), ..Limits::default() };
    let running = builder.seed_sample().clock(clock).limits(limits).start().await.unwrap();
    let connection = connect_to(&running, name, mapping);
    (running, connection)
}

/// Connects to a sample organisation that runs, with a mapping.
pub(crate) fn connect_to(running: &RunningEmulator, name: &str, mapping: &str) -> Connection {
    connect_organisation(running, organisation(name), name, mapping)
}

/// Connects to an organisation that runs, with its snapshot and a mapping.
pub(crate) fn connect_organisation(
    running: &RunningEmulator,
    organisation: Organisation,
    name: &str,
    mapping: &str,
) -> Connection {
    let compiled = compile(&organisation, name, mapping);
    let quick = RetryPolicy::default().waits_between(Duration::from_millis(1), Duration::from_millis(5));
    let token = StaticToken::new(running.token("ann"));
    let client = Client::builder(running.url()).token_source(token).retry(quick).build().unwrap();
    let key = CursorKey::new(b"the key of the tests, 32 bytes long");
    Connection::new(name, organisation, compiled, client, key)
}

/// Returns the snapshot of a sample organisation.
pub(crate) fn organisation(name: &str) -> Organisation {
    let folder = if name == "contoso" { "schema" } else { "fabrikam" };
    let folder = format!("{}/../fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
    Organisation::new(Store::open(folder).unwrap())
}

/// Compiles a mapping, which has to be without findings.
pub(crate) fn compile(organisation: &Organisation, name: &str, text: &str) -> CompiledMapping {
    let mapping = Mapping::parse(text).unwrap();
    let report = mapping.compile(CompileTarget { organisation, name: Some(name), environment: None });
    let findings: Vec<String> =
        report.findings.iter().map(|f| f.display(text).origin("crm.toml").to_string()).collect();
    assert!(findings.is_empty(), "{name}: {}", findings.join("\n"));
    report.mapping
}

/// Returns a JSON object as the fields of a record.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is not an object"),
    }
}

/// Random values that are the same in every run (a linear congruential generator, Knuth's constants).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Returns a number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next()).unwrap() % end
    }

    pub(crate) fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub(crate) fn letters(&mut self, most: usize) -> String {
        let length = 1 + self.below(most);
        (0..length).map(|_| char::from(b'a' + u8::try_from(self.below(26)).unwrap())).collect()
    }

    /// Returns a text of one to `most` characters with those that need escaping somewhere.
    pub(crate) fn text(&mut self, most: usize) -> String {
        let characters: Vec<char> = "abcXYZ019'\"&<>%+#/\\äßç日本😀;,.-_()[]{}$@ ".chars().collect();
        let length = 1 + self.below(most);
        let text: String = (0..length).map(|_| *self.choose(&characters)).collect();
        // The service trims texts.
        format!("x{}x", text.trim())
    }

    pub(crate) fn date(&mut self) -> String {
        format!("{:04}-{:02}-{:02}", 1950 + self.below(120), 1 + self.below(12), 1 + self.below(28))
    }
}
