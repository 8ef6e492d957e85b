//! `dvkit gateway`: the files that it writes, the keys that it makes, and what it serves.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
#![cfg(feature = "gateway")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

fn dvkit(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.current_dir(dir).arg("gateway").args(args).stdin(Stdio::null()).env_remove("CLICOLOR_FORCE");
    for name in ["DVKIT_GATEWAY_DATABASE", "DVKIT_GATEWAY_KEYS"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command, and returns its status, its output and its messages.
fn run(dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = dvkit(dir, args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Runs a command that has to succeed, and returns its output.
fn done(dir: &Path, args: &[&str]) -> String {
    let (code, out, err) = run(dir, args);
    assert_eq!(code, Some(0), "{args:?}: {err}");
    out
}

fn initialised() -> TempDir {
    let dir = TempDir::new().unwrap();
    done(dir.path(), &["init"]);
    dir
}

#[test]
fn init_writes_two_files_and_never_over_others() {
    let dir = TempDir::new().unwrap();
    let out = done(dir.path(), &["init"]);
    assert!(out.starts_with("wrote gateway.toml and gateway.keys\nnext: "), "{out}");
    let keys = fs::read_to_string(dir.path().join("gateway.keys")).unwrap();
    assert!(keys.starts_with("k1:") && keys.ends_with('\n'), "{keys}");
    let (code, out, err) = run(dir.path(), &["init"]);
    assert_eq!((code, &*out, &*err), (Some(2), "", "error: `gateway.toml` is there already\n"));
    // A configuration elsewhere has its keys beside it.
    fs::create_dir(dir.path().join("a")).unwrap();
    assert!(
        done(dir.path(), &["--config", "a/g.toml", "init"])
            .starts_with("wrote a/g.toml and a/gateway.keys\n")
    );
    fs::remove_file(dir.path().join("gateway.toml")).unwrap();
    let (code, _, err) = run(dir.path(), &["init"]);
    assert_eq!((code, &*err), (Some(2), "error: `gateway.keys` is there already\n"));
    assert_eq!(fs::read_to_string(dir.path().join("gateway.keys")).unwrap(), keys);
}

#[test]
fn a_key_is_listed_with_its_state_and_revoked_once() {
    let dir = initialised();
    let create = |args: &[&str]| run(dir.path(), &[&["key", "create", "--tenant"], args].concat());
    let (code, key, told) =
        create(&["contoso", "--name=first", "--scope=proxy.read", "--account=a", "--account=b"]);
    assert_eq!(code, Some(0), "{told}");
    let id = key.strip_prefix("dvk_").unwrap().split('_').next().unwrap().to_owned();
    assert_eq!(told, format!("made the key {id} of contoso; it is not shown again\n"));
    assert_eq!(create(&[" fabrikam ", "--days=1"]).0, Some(0));
    assert_eq!(create(&["fabrikam", "--name=old", "--days=0"]).0, Some(0));
    let mut listed: Vec<String> = done(dir.path(), &["key", "list"])
        .lines()
        .map(|line| line.split_once("  ").unwrap().1.to_owned())
        .map(|line| line.replace(ALL_SCOPES, "ALL"))
        .collect();
    listed.sort();
    let all = [
        "expired  fabrikam  ALL  all accounts  old",
        "valid  contoso  proxy.read  a,b  first",
        "valid  fabrikam  ALL  all accounts  ",
    ];
    assert_eq!(listed, all);
    let of = |tenant: &str| done(dir.path(), &["key", "list", "--tenant", tenant]).lines().count();
    assert_eq!((of("contoso"), of("fabrikam"), of("nobody")), (1, 2, 0));
    assert_eq!(done(dir.path(), &["key", "revoke", &id]), format!("revoked {id}\n"));
    assert_eq!(
        done(dir.path(), &["key", "list", "--tenant=contoso"]),
        format!("{id}  revoked  contoso  proxy.read  a,b  first\n")
    );
    for id in [&*id, "nothing"] {
        let (code, _, err) = run(dir.path(), &["key", "revoke", id]);
        assert_eq!((code, err), (Some(2), format!("error: there is no key `{id}` that could be revoked\n")));
    }
}

const ALL_SCOPES: &str = "unified.read,unified.write,proxy.read,proxy.write,accounts.read,accounts.write,schema.read,webhooks.read,webhooks.write";

#[test]
fn what_a_command_of_the_gateway_lacks_is_told() {
    let dir = initialised();
    fs::write(dir.path().join("wrong.toml"), "listen = 5\n").unwrap();
    fs::write(dir.path().join("keyless.toml"), "keys_file = \"nothing.keys\"\n").unwrap();
    fs::write(dir.path().join("mapped.toml"), "mapping = \"nothing.toml\"\n").unwrap();
    fs::write(dir.path().join("badly.toml"), "mapping = \"bad.toml\"\n").unwrap();
    fs::write(dir.path().join("bad.toml"), "[accounts\n").unwrap();
    for (args, told) in [
        (
            &["--config=nothing.toml", "rotate"][..],
            "cannot read `nothing.toml`; `dvkit gateway init` writes one",
        ),
        (&["--config=wrong.toml", "rotate"], "`wrong.toml`: "),
        (
            &["--config=keyless.toml", "rotate"],
            "cannot read the keys in `nothing.keys`; DVKIT_GATEWAY_KEYS can hold them",
        ),
        (&["--config=mapped.toml", "serve"], "the mapping nothing.toml cannot be read"),
        (&["--config=badly.toml", "serve"], "the mapping bad.toml: not TOML"),
        (&["key", "create", "--tenant", " "], "the name of a tenant is not empty"),
        (&["key", "create", "--tenant", "a\nb"], "the name of a tenant is not empty"),
        (&["key", "create", "--tenant=a", "--days=4294967295"], "`--days` is too large"),
        (&["key", "create", "--tenant=a", "--scope=nope"], "`nope` is not a scope"),
        (&["serve", "--listen=nowhere"], "invalid value 'nowhere'"),
    ] {
        let (code, out, err) = run(dir.path(), args);
        assert_eq!((code, &*out), (Some(2), ""), "{args:?}: {err}");
        assert!(err.contains("error: ") && err.contains(told), "{args:?}: {err}");
    }
}

#[test]
fn rotation_says_how_many_values_it_encrypted() {
    let dir = initialised();
    assert_eq!(done(dir.path(), &["rotate"]), "0 values are encrypted with the current key now\n");
}

#[test]
fn keys_and_database_may_be_in_the_environment() {
    let dir = initialised();
    let keys = fs::read_to_string(dir.path().join("gateway.keys")).unwrap();
    fs::remove_file(dir.path().join("gateway.keys")).unwrap();
    for database in ["other.db", "sqlite:third.db"] {
        let mut command = dvkit(dir.path(), &["rotate"]);
        command.env("DVKIT_GATEWAY_KEYS", keys.trim()).env("DVKIT_GATEWAY_DATABASE", database);
        assert!(command.output().unwrap().status.success(), "{database}");
        assert!(dir.path().join(database.trim_start_matches("sqlite:")).is_file(), "{database}");
    }
    assert!(!dir.path().join("gateway.db").exists());
}

/// A process that is killed at the end.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn the_gateway_serves_at_the_address_that_it_prints() {
    let dir = initialised();
    let mut command = dvkit(dir.path(), &["serve", "--listen=127.0.0.1:0", "--log=off"]);
    let mut running = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "serves the API; Ctrl-C stops it");
    let host = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("GET /openapi.json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert!(running.0.try_wait().unwrap().is_none(), "it serves until a signal ends it");
}

/// Serves one request with this log, and returns the lines of standard error.
fn log_of_a_request(log: &[&str]) -> Vec<serde_json::Value> {
    let dir = initialised();
    let mut command = dvkit(dir.path(), &[&["serve", "--listen=127.0.0.1:0"], log].concat());
    let mut running = Running(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    let host = url.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    let request =
        format!("GET /healthz?secret=planted HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    let mut err = running.0.stderr.take().unwrap();
    drop(running);
    let mut text = String::new();
    err.read_to_string(&mut text).unwrap();
    assert!(!text.contains("planted"), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect()
}

#[test]
fn the_log_has_a_line_for_each_request_from_the_level_info_on() {
    for (log, has_requests) in [
        (&["--log=off"][..], false),
        (&["--log=warn"], false),
        (&["--log=info"], true),
        (&["--log=debug"], true),
    ] {
        let lines = log_of_a_request(log);
        let answered: Vec<_> = lines.iter().filter(|line| line["message"] == "answered").collect();
        assert_eq!(answered.len(), usize::from(has_requests), "{log:?}: {lines:?}");
        for line in answered {
            assert_eq!((&line["level"], &line["status"]), (&"INFO".into(), &200.into()), "{log:?}: {line}");
            assert_eq!(line["span"]["route"], "/healthz", "{log:?}: {line}");
        }
        if !has_requests {
            assert!(lines.is_empty(), "{log:?}: {lines:?}");
        }
    }
}
