//! Starts PostgreSQL on loopback for the tests of this process, if its programs are there; otherwise says that the
//! tests are skipped.
#![allow(clippy::print_stdout)] // a test that is skipped says so
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A cluster of PostgreSQL in a folder of its own. It is stopped with the process that reads its standard input.
struct Cluster {
    port: u16,
    bin: PathBuf,
    socket: PathBuf,
}

/// The environment variable that makes a missing PostgreSQL a failure.
const REQUIRED: &str = "DVKIT_POSTGRES_REQUIRED";

/// Returns the URL of a new, empty database; `None` if PostgreSQL is not there.
pub(crate) fn new_database() -> Option<String> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = CLUSTER.get_or_init(|| {
        let cluster = start();
        if cluster.is_none() {
            assert!(std::env::var_os(REQUIRED).is_none(), "PostgreSQL is required, and cannot be started");
            println!("skipped: no PostgreSQL");
        }
        cluster
    });
    let cluster = cluster.as_ref()?;
    let name = format!("gateway{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let created = Command::new(cluster.bin.join("psql"))
        .args(["-q", "-U", "postgres", "-d", "postgres", "-h"])
        .arg(&cluster.socket)
        .args(["-p", &cluster.port.to_string(), "-c", &format!("CREATE DATABASE {name}")])
        .output()
        .unwrap();
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    Some(format!("postgres://postgres@127.0.0.1:{}/{name}", cluster.port))
}

/// Returns the folder with the programs of PostgreSQL.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    installed.sort();
    installed.reverse();
    let all = installed.into_iter().chain(std::env::split_paths(&path));
    all.into_iter()
        .find(|folder| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file()))
}

/// Returns a command that runs as a user other than root, which PostgreSQL refuses.
fn unprivileged(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
    command
}

fn start() -> Option<Cluster> {
    let bin = programs()?;
    let folder = tempfile::Builder::new().prefix("dvkit-postgres").tempdir().ok()?;
    // The folder stays until the server has ended, which outlives this function.
    let folder = folder.keep();
    let data = folder.join("data");
    open_to_all(&folder);
    let made = unprivileged(&bin.join("initdb"))
        .arg("-D")
        .arg(&data)
        .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"])
        .output()
        .ok()?;
    if !made.status.success() {
        println!("initdb: {}", String::from_utf8_lossy(&made.stderr));
        return None;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    // The shell ends the server and removes its files when its standard input ends, which is when this process ends,
    // however it does.
    let script = format!(
        "'{}' -D '{}' -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c fsync=off \
         -c max_connections=200 >'{}' 2>&1 & server=$!; read -r _; kill -INT $server; wait $server; rm -rf '{}'/*",
        bin.join("postgres").display(),
        data.display(),
        folder.display(),
        folder.join("log").display(),
        folder.display(),
    );
    let mut shell = unprivileged(Path::new("/bin/sh"));
    let mut child = shell.args(["-c", &script]).stdin(Stdio::piped()).spawn().ok()?;
    // The pipe stays open as long as this process lives.
    std::mem::forget(child.stdin.take());
    for _ in 0..300 {
        let ready = Command::new(bin.join("psql"))
            .args(["-q", "-U", "postgres", "-d", "postgres", "-h"])
            .arg(&folder)
            .args(["-p", &port.to_string(), "-c", "SELECT 1"])
            .output()
            .ok()?;
        if ready.status.success() {
            return Some(Cluster { port, bin, socket: folder });
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    println!("PostgreSQL did not start: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
    None
}

#[cfg(unix)]
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
}

#[cfg(not(unix))]
fn open_to_all(_: &Path) {}
