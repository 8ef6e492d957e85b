//! `dvkit generate`: a snapshot to files of Rust, and whether those that are there are up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use dvkit_codegen::{Config as Codegen, Generated, output::write_if_changed};

use crate::config::Config;
use crate::output::{Outcome, Screen, counted};
use crate::sample;

/// Write the schema as Rust, or check that what was written is up to date
///
/// The same code as a build script's `dvkit_codegen::schema(…)` makes, as files to commit: a folder with `mod.rs` and one
/// file a table, or one file where the name ends in `.rs`. Include it with `mod crm;`; the crate `dvkit` has what it needs.
/// Files that are the same already are not touched, and files that were not generated never are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Tables by logical name, `*` and `?` allowed; all where none is named
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,
    /// Where the code goes: a folder, or one file `….rs`
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// Folder of the snapshot
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    /// Of these tables only some columns: `contact=fullname,emailaddress*`
    #[arg(long, value_name = "TABLE=COLUMNS", value_parser = pair)]
    columns: Vec<(String, String)>,
    /// Another name: `new_project=Project`, `contact.new_size=shoe_size`
    #[arg(long, value_name = "PATH=NAME", value_parser = pair)]
    rename: Vec<(String, String)>,
    /// Language of documentation and of the names of options (LCID)
    #[arg(long, value_name = "LCID", default_value_t = 1033)]
    language: u32,
    /// Write nothing; name the files that are not up to date, and fail where there are some
    #[arg(long)]
    check: bool,
}

/// Reads `name=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("write `name=value`".to_owned()),
    }
}

impl Args {
    fn codegen(&self) -> Codegen {
        let mut codegen = dvkit_codegen::schema("crm").language(self.language);
        if !self.tables.is_empty() {
            codegen = codegen.tables(self.tables.iter().map(String::as_str));
        }
        for (table, columns) in &self.columns {
            codegen = codegen.columns(table, columns.split(',').map(str::trim));
        }
        for (path, name) in &self.rename {
            codegen = codegen.rename(path, name);
        }
        codegen
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let opened = Config::find()?.open(args.schema.as_deref())?;
    let generated = args.codegen().generate_from(&opened.store).map_err(|e| anyhow!("{e}"))?;
    let files = files(&generated, &args.output);
    let state = State::of(&files, &args.output)?;
    let mut screen = Screen::plain();
    if opened.is_sample {
        screen.aside(sample::NOTICE)?;
    }
    let outcome = if args.check {
        check(&state, &mut screen)?
    } else {
        for (path, text) in &files {
            write_if_changed(path, text.as_bytes())
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        for path in &state.surplus {
            fs::remove_file(path).with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
        let out = screen.out();
        write!(out, "{}: {}", args.output.display(), counted(generated.types().len(), "table"))?;
        write!(out, ", {} written, {} the same", counted(state.stale.len(), "file"), state.same)?;
        let gone = state.surplus.len();
        writeln!(out, "{}", if gone > 0 { format!(", {gone} removed") } else { String::new() })?;
        Outcome::Clean
    };
    screen.flush()?;
    Ok(outcome)
}

fn check(state: &State, screen: &mut Screen) -> Result<Outcome> {
    for (path, is_there) in &state.stale {
        let what = if *is_there { "not up to date" } else { "missing" };
        writeln!(screen.out(), "{}: {what}", path.display())?;
    }
    for path in &state.surplus {
        writeln!(screen.out(), "{}: no longer generated", path.display())?;
    }
    let wrong = state.stale.len() + state.surplus.len();
    if wrong == 0 {
        writeln!(screen.out(), "{} up to date", counted(state.same, "file"))?;
        return Ok(Outcome::Clean);
    }
    let sum = format!("{}; the same command without `--check` writes them", counted(wrong, "stale file"));
    writeln!(screen.out(), "{sum}")?;
    Ok(Outcome::Findings)
}

/// The files by their paths.
fn files(generated: &Generated, output: &Path) -> BTreeMap<PathBuf, String> {
    if is_file(output) {
        return BTreeMap::from([(output.to_owned(), generated.file())]);
    }
    generated.files().into_iter().map(|(path, text)| (output.join(path), text)).collect()
}

fn is_file(output: &Path) -> bool {
    output.extension().is_some_and(|e| e == "rs")
}

/// What is there, held against what should be.
#[derive(Debug, Default)]
struct State {
    /// Files that are not what they should be, and whether they are there.
    stale: Vec<(PathBuf, bool)>,
    same: usize,
    /// Generated files in the folder that are none any more.
    surplus: Vec<PathBuf>,
}

impl State {
    fn of(files: &BTreeMap<PathBuf, String>, output: &Path) -> Result<Self> {
        let mut state = Self::default();
        for (path, text) in files {
            match read(path)? {
                Some(old) if old == text.as_bytes() => state.same += 1,
                Some(old) if !Generated::is_generated(&old) => {
                    bail!(
                        "`{}` was not generated by dvkit, so it is left as it is; name another place",
                        path.display()
                    )
                }
                old => state.stale.push((path.clone(), old.is_some())),
            }
        }
        if is_file(output) || !output.is_dir() {
            return Ok(state);
        }
        let cannot = || format!("cannot read `{}`", output.display());
        let mut there = BTreeSet::new();
        for entry in fs::read_dir(output).with_context(cannot)? {
            there.insert(entry.with_context(cannot)?.path());
        }
        for path in there.into_iter().filter(|p| is_file(p) && !files.contains_key(p)) {
            if read(&path)?.is_some_and(|old| Generated::is_generated(&old)) {
                state.surplus.push(path);
            }
        }
        Ok(state)
    }
}

/// The contents of a file; `None` where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read `{}`", path.display())),
    }
}
