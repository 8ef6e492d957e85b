//! Real clients of the Web API use the emulator: each suite of `tests/clients` runs against an emulator of its own.
//!
//! The clients come from their registries: `tests/clients/run --install`, into `target/clients` or `$DVKIT_CLIENTS`.
//! Without them the tests are skipped, unless `DVKIT_CLIENTS_REQUIRED=1`.
#![allow(clippy::print_stdout)] // a run tells what it covered
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use dvkit_emulator::{Emulator, Limits};
use dvkit_schema::Store;
use dvkit_tests::{clients, workspace};

/// Returns the folder with the clients of the Web API.
fn installed() -> Option<PathBuf> {
    clients::installed(&["dynamics-web-api", "typescript", "@types/node"])
}

/// Runs a suite against the emulator with this address and token.
fn run(suite: &Path, clients: &Path, url: &str, token: &str) -> Output {
    let mut command = match suite.extension().and_then(|extension| extension.to_str()) {
        Some("py") => Command::new(clients.join("python/bin/python")),
        _ => Command::new("node"),
    };
    command
        .arg(suite)
        .env("NODE_PATH", clients.join("node_modules"))
        .env("DVKIT_EMULATOR_URL", url)
        .env("DVKIT_EMULATOR_TOKEN", token)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Runs the suite in the file `name`. Fails with the capabilities that failed.
fn suite(name: &str) {
    let Some(clients) = installed() else { return };
    let path = workspace().join("tests/clients").join(name);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let store = Store::open(workspace().join("fixtures/schema")).unwrap();
    let limits = Limits {
        requests: 1_000_000,
        execution: Duration::from_secs(100_000),
        concurrent: 200,
        ..Limits::default()
    };
    let answers = std::fs::read_to_string(path.with_file_name("operations.json")).unwrap();
    let builder = Emulator::from_store(&store).unwrap().generated_ids().limits(limits);
    let running = runtime.block_on(builder.operation_answers(&answers).unwrap().start()).unwrap();
    let output = run(&path, &clients, running.url(), &running.token("suite"));
    runtime.block_on(running.stop());
    clients::assert_passed(name, &output, 20);
}

#[test]
fn the_sdk_for_python_has_all_its_capabilities() {
    suite("sdk.py");
}

#[test]
fn the_asynchronous_sdk_for_python_has_all_its_capabilities() {
    suite("sdk_async.py");
}

#[test]
fn dataverse_api_has_all_its_capabilities() {
    suite("dataverse_api_suite.py");
}

#[test]
fn python_odata_has_all_its_capabilities() {
    suite("python_odata_suite.py");
}

#[test]
fn dynamics_web_api_has_all_its_capabilities() {
    suite("dynamics_web_api.mjs");
}

/// What the examples of clients print: the active accounts in Berlin of the sample rows, and their own.
const ACCOUNTS: &str = "Contoso Deutschland, 210, Consulting\nFabrikam, 350, Wholesale\n\
                        Trey Research, 12, Consulting\nWide World Importers, 130, Accounting\n";

/// Runs an example against the sample rows. Returns what it prints.
fn example(mut command: Command) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let running = runtime.block_on(Emulator::sample().seed_sample().start()).unwrap();
    command.env("DVKIT_URL", running.url()).env("DVKIT_TOKEN", running.token("ann"));
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    runtime.block_on(running.stop());
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{problems}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_example_in_python_runs() {
    let Some(clients) = installed() else { return };
    let mut command = Command::new(clients.join("python/bin/python"));
    command.arg(workspace().join("examples/clients/accounts.py"));
    assert_eq!(example(command), ACCOUNTS);
}

#[test]
fn the_example_in_typescript_is_compiled_and_runs() {
    let Some(clients) = installed() else { return };
    // The compiler and node look for modules in the folders above the file.
    let folder = tempfile::Builder::new().prefix("example").tempdir_in(&clients).unwrap();
    let file = folder.path().join("accounts.mts");
    std::fs::copy(workspace().join("examples/clients/accounts.ts"), &file).unwrap();
    let modules = clients.join("node_modules");
    let compiled = Command::new("node")
        .arg(modules.join("typescript/bin/tsc"))
        .args(["--module", "nodenext", "--target", "es2022", "--strict", "--skipLibCheck"])
        .arg("--typeRoots")
        .arg(modules.join("@types"))
        .arg(&file)
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stdout));
    let mut command = Command::new("node");
    command.arg(folder.path().join("accounts.mjs"));
    assert_eq!(example(command), ACCOUNTS);
}
