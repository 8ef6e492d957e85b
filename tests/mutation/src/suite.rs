//! The tests: which there are, and how one of them is run.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::instrument::{ACTIVE, REACHED};
use crate::workspace::{Package, Workspace, cargo};

/// One executable of tests.
#[derive(Clone, Debug)]
pub(crate) struct Executable {
    /// The program.
    pub(crate) path: PathBuf,
    /// Manifest of its package, in the copy.
    pub(crate) manifest: PathBuf,
    /// Name of the target.
    pub(crate) target: String,
    /// Variables that cargo would set for this executable.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

/// One test.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    /// `package::target test`, as results name it.
    pub(crate) name: String,
    /// Name within the executable.
    pub(crate) function: String,
    /// Name of its package.
    pub(crate) package: String,
    /// Index of the executable.
    pub(crate) executable: usize,
}

/// How a run of a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The test passed.
    Passed,
    /// The test failed, or its process ended otherwise.
    Failed,
    /// The test was stopped at the time limit.
    Stopped,
}

/// The executables and what they need to run.
pub(crate) struct Suite {
    executables: Vec<Executable>,
    /// Tests in order of their names.
    pub(crate) tests: Vec<Test>,
    packages: Vec<Package>,
    environment: Vec<(OsString, OsString)>,
    /// Folder for what tests print.
    logs: PathBuf,
}

impl Suite {
    /// Lists the tests of the executables, which are of a copy of the original workspace. `packages` limits them to some packages.
    ///
    /// # Errors
    /// Returns an error if an executable cannot list its tests.
    pub(crate) fn list(
        copy: &Workspace,
        original: &Workspace,
        executables: Vec<Executable>,
        target: &Path,
        logs: &Path,
        packages: Option<&std::collections::BTreeSet<String>>,
    ) -> anyhow::Result<Suite> {
        fs::create_dir_all(logs)?;
        let environment = environment(original, target)?;
        let mut suite = Suite {
            executables,
            tests: Vec::new(),
            packages: copy.packages.clone(),
            environment,
            logs: logs.to_owned(),
        };
        for n in 0..suite.executables.len() {
            let package = suite.package(n)?.name.clone();
            // The tests of this tool reach no mutant, and make runs of their own.
            let is_tool = package == env!("CARGO_PKG_NAME");
            if is_tool || packages.is_some_and(|chosen| !chosen.contains(&package)) {
                continue;
            }
            let ignored = suite.names(n, &["--ignored"])?;
            for function in suite.names(n, &[])? {
                if !ignored.contains(&function) {
                    let name = format!("{package}::{} {function}", suite.executables[n].target);
                    suite.tests.push(Test { name, function, package: package.clone(), executable: n });
                }
            }
        }
        suite.tests.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(suite)
    }

    /// Returns the package of an executable.
    fn package(&self, executable: usize) -> anyhow::Result<&Package> {
        let folder = self.executables[executable].manifest.parent().context("a manifest is in a folder")?;
        let longest = self.packages.iter().filter(|package| folder.ends_with(&package.folder));
        longest.max_by_key(|package| package.folder.as_os_str().len()).context("a test belongs to a member")
    }

    /// Returns the names of the tests in an executable.
    fn names(&self, executable: usize, arguments: &[&str]) -> anyhow::Result<Vec<String>> {
        let mut command = self.command(executable)?;
        let run = command.args(["--list", "--format", "terse"]).args(arguments).output()?;
        if !run.status.success() {
            let path = self.executables[executable].path.display();
            bail!("{path} does not list its tests:\n{}", String::from_utf8_lossy(&run.stderr));
        }
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
    }

    /// Returns a command for an executable, in the folder and environment that cargo gives it.
    fn command(&self, executable: usize) -> anyhow::Result<Command> {
        let package = self.package(executable)?;
        let about = &self.executables[executable];
        let mut command = limited(&about.path);
        command
            .current_dir(about.manifest.parent().context("a manifest is in a folder")?)
            .env("CARGO_MANIFEST_DIR", about.manifest.parent().unwrap_or(&about.manifest))
            .env("CARGO_MANIFEST_PATH", &about.manifest)
            .env("CARGO_PKG_NAME", &package.name)
            .env("CARGO_PKG_VERSION", &package.version)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(about.environment.iter().map(|(name, value)| (name, value)))
            // Tests must judge, not write down what comes out.
            .env_remove("UPDATE_EXPECT")
            .env_remove("TRYCMD")
            .env_remove("TRYBUILD")
            .env_remove(ACTIVE)
            .env_remove(REACHED)
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Runs one test with a mutant (0 is none) and a time limit, and returns how it ended and how long it took. `slot` is the
    /// number of the job, which has its own file for what the test prints. `reached` is the file for the mutants it reaches.
    ///
    /// # Errors
    /// Returns an error if the executable cannot be started.
    pub(crate) fn run(
        &self,
        test: &Test,
        mutant: u32,
        limit: Duration,
        slot: usize,
        reached: Option<&Path>,
    ) -> anyhow::Result<(Outcome, Duration)> {
        let log = File::create(self.log(slot))?;
        let mut command = self.command(test.executable)?;
        command.args([test.function.as_str(), "--exact", "--nocapture"]);
        command.stdout(log.try_clone()?).stderr(log);
        if mutant > 0 {
            command.env(ACTIVE, mutant.to_string());
        }
        if let Some(file) = reached {
            command.env(REACHED, file);
        }
        // A test's own processes are in its group, and end with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let begin = Instant::now();
        let mut child =
            command.spawn().with_context(|| self.executables[test.executable].path.display().to_string())?;
        let status = wait(&mut child, limit)?;
        let took = begin.elapsed();
        let outcome = match status {
            Some(status) if status.success() => Outcome::Passed,
            Some(_) => Outcome::Failed,
            None => Outcome::Stopped,
        };
        if outcome != Outcome::Passed {
            end_group(&mut child);
        }
        Ok((outcome, took))
    }

    /// Returns the file with what the last test of a job printed.
    pub(crate) fn log(&self, slot: usize) -> PathBuf {
        self.logs.join(format!("job-{slot}.log"))
    }

    /// Makes programs new that the package's tests compile. Their macros run only if they are compiled again.
    ///
    /// # Errors
    /// Returns an error if the time of a file cannot be set.
    pub(crate) fn touch_programs(&self, test: &Test) -> anyhow::Result<()> {
        let folder =
            self.executables[test.executable].manifest.parent().context("a manifest is in a folder")?;
        for part in ["fail", "pass"] {
            let Ok(entries) = fs::read_dir(folder.join(part)) else { continue };
            for entry in entries.flatten() {
                if entry.path().extension().is_some_and(|ending| ending == "rs") {
                    File::options()
                        .write(true)
                        .open(entry.path())?
                        .set_modified(std::time::SystemTime::now())?;
                }
            }
        }
        Ok(())
    }
}

/// Most memory of a process of a test, in KiB. An endless loop may fill a list, and the machine with it.
const MAX_MEMORY: u32 = 6_000_000;

/// Largest file that a process of a test writes, in blocks of the shell (512 or 1024 bytes). An endless loop may print.
const MAX_FILE: u32 = 2_000_000;

/// Returns a command for a program with limits on what an endless loop could use up.
fn limited(program: &Path) -> Command {
    if cfg!(unix) {
        let mut command = Command::new("sh");
        // Where a limit does not exist there is none.
        let line = format!(
            "ulimit -d {MAX_MEMORY} 2>/dev/null; ulimit -f {MAX_FILE} 2>/dev/null; exec \"$0\" \"$@\""
        );
        command.arg("-c").arg(line).arg(program);
        return command;
    }
    Command::new(program)
}

/// Waits for a process until a time limit.
fn wait(child: &mut Child, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let begin = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begin.elapsed() > limit {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Ends a process and those that it started.
fn end_group(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Returns the variables for all tests: those of cargo, and the places that tests look for beside the workspace.
fn environment(workspace: &Workspace, target: &Path) -> anyhow::Result<Vec<(OsString, OsString)>> {
    let mut all: Vec<(OsString, OsString)> =
        vec![("CARGO".into(), cargo()), ("CARGO_TARGET_DIR".into(), target.into())];
    // Tests of macros are linked with the compiler's libraries.
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries =
        Command::new(rustc).args(["--print", "target-libdir"]).output().context("rustc cannot be run")?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&libraries.stdout).trim());
    let name = if cfg!(windows) {
        "PATH"
    } else if cfg!(target_os = "macos") {
        "DYLD_FALLBACK_LIBRARY_PATH"
    } else {
        "LD_LIBRARY_PATH"
    };
    let mut folders = vec![target.join("debug/deps"), libraries];
    folders.extend(std::env::var_os(name).iter().flat_map(std::env::split_paths));
    all.push((name.into(), std::env::join_paths(folders)?));
    for (name, path) in [
        ("DVKIT_CORPUS", workspace.root.join("../shared/corpus")),
        ("DVKIT_CLIENTS", workspace.target.join("clients")),
    ] {
        if std::env::var_os(name).is_none() && path.is_dir() {
            all.push((name.into(), path.canonicalize()?.into()));
        }
    }
    Ok(all)
}
