//! Implements `dvkit generate`, which writes a snapshot as Rust files, or checks that such files are up to
//! date. Files that dvkit did not generate are never overwritten.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use dvkit_codegen::{Config as Codegen, GeneratedCode, output::write_if_changed};
use dvkit_files::{self as files, EntryKind, LinkPolicy};
use dvkit_schema::store::TableEntry;

use crate::output::{Outcome, Screen, counted};
use crate::schema_args::{OpenedSchema, OrgArgs, SAMPLE_NOTICE};

/// Generate Rust code from the schema, or check that generated code is up to date
///
/// The code is that of `dvkit_codegen::schema(…)` in a build script, as files to commit: a folder with
/// `mod.rs` and one file per table, or a single file if the name ends in `.rs`. Include it with `mod crm;`;
/// it needs the crate `dvkit`. Files that would not change, and files that were not generated, are not
/// touched.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The tables, by logical name, with `*` and `?` as wildcards; by default all tables
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,
    /// The folder for the code, or a single file `….rs`
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    /// The folder of the snapshot
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
    /// Operations, by name, with `*` and `?` as wildcards: `WhoAmI,new_*`; by default none
    ///
    /// The code of an operation is a struct in the module `operations`, whose method `send` calls the operation.
    #[arg(long, value_name = "OPERATION", value_delimiter = ',')]
    operations: Vec<String>,
    /// Only some columns of a table: `contact=fullname,emailaddress*`
    #[arg(long, value_name = "TABLE=COLUMNS", value_parser = columns)]
    columns: Vec<(String, String)>,
    /// Another name for a table, a column or a navigation property: `new_project=Project`,
    /// `contact.new_size=shoe_size`
    #[arg(long, value_name = "PATH=NAME", value_parser = rename)]
    rename: Vec<(String, String)>,
    /// Another name for the type of a choice: `new_region=Region`, `contact.gendercode=Gender`
    ///
    /// CHOICE is the name of a global choice, or the path of a column that has a choice of its own.
    #[arg(long, value_name = "CHOICE=NAME", value_parser = rename_choice)]
    rename_choice: Vec<(String, String)>,
    /// Another name for an option, by its value: `new_region.100000001=North`, `contact.gendercode.1=Man`
    #[arg(long, value_name = "CHOICE.VALUE=NAME", value_parser = rename_option)]
    rename_option: Vec<((String, i32), String)>,
    /// Another type for fields: `*.new_payload=crate::Payload`
    ///
    /// The path of the type has to be absolute, because the generated module uses it. The type has to
    /// implement `dvkit::row::Field` of the column's kind, `Default`, `Clone`, `Debug` and `PartialEq`.
    #[arg(long, value_name = "PATTERN=TYPE", value_parser = type_for)]
    type_for: Vec<(String, String)>,
    /// An attribute on structs or, by `table.column`, on fields: `*=#[allow(dead_code)]`
    ///
    /// Several attributes are added in the order of the options.
    #[arg(long, value_name = "PATTERN=ATTRIBUTE", value_parser = attribute)]
    attribute: Vec<(String, String)>,
    /// The language (LCID) of documentation and of the names of options [default: the organisation's base
    /// language, otherwise 1033]
    #[arg(long, value_name = "LCID")]
    language: Option<u32>,
    /// Write nothing; list the files that are not up to date, and fail if there are any
    #[arg(long)]
    check: bool,
}

type Pair = (String, String);

/// Parses `name=value`, in which the value may contain `=`. `form` describes the expected form, for the error
/// message.
fn pair(text: &str, form: &str) -> Result<Pair, String> {
    match text.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err(format!("write {form}")),
    }
}

fn columns(text: &str) -> Result<Pair, String> {
    pair(text, "`table=columns`, for example `contact=fullname,emailaddress*`")
}

fn rename(text: &str) -> Result<Pair, String> {
    pair(text, "`path=name`, for example `new_project=Project` or `contact.new_size=shoe_size`")
}

fn rename_choice(text: &str) -> Result<Pair, String> {
    pair(text, "`choice=name`, for example `new_region=Region` or `contact.gendercode=Gender`")
}

fn rename_option(text: &str) -> Result<((String, i32), String), String> {
    let form = "`choice.value=name`, for example `new_region.100000001=North` or `contact.gendercode.1=Man`";
    let (option, name) = pair(text, form)?;
    let (choice, value) =
        option.rsplit_once('.').filter(|(c, _)| !c.is_empty()).ok_or_else(|| format!("write {form}"))?;
    // Build scripts may write a number as `100_000_001`.
    let number = value.replace('_', "").parse();
    let number =
        number.map_err(|_| format!("`{value}` is no value of an option, which is a number; write {form}"))?;
    Ok(((choice.to_owned(), number), name))
}

fn type_for(text: &str) -> Result<Pair, String> {
    let form = "`table.column=type`, for example `*.new_payload=crate::Payload`";
    let (pattern, ty) = pair(text, form)?;
    if pattern.contains('.') {
        Ok((pattern, ty))
    } else {
        Err(format!("`{pattern}` names no column; write {form}"))
    }
}

fn attribute(text: &str) -> Result<Pair, String> {
    let form =
        "`pattern=#[attribute]`, for example `*=#[allow(dead_code)]` or `contact.fullname=#[doc(hidden)]`";
    let (pattern, attribute) = pair(text, form)?;
    if pattern.starts_with('#') {
        // The split was at the `=` of `#[doc = "…"]`.
        Err(format!("write {form}"))
    } else if attribute.starts_with('#') {
        Ok((pattern, attribute))
    } else {
        Err(format!(
            "`{attribute}` is no attribute without `#[…]` around it; write `{pattern}=#[{attribute}]`"
        ))
    }
}

impl Args {
    fn codegen(&self) -> Codegen {
        let mut codegen = dvkit_codegen::schema("crm");
        if let Some(language) = self.language {
            codegen = codegen.language(language);
        }
        if !self.tables.is_empty() {
            codegen = codegen.tables(self.tables.iter().map(String::as_str));
        }
        codegen = codegen.operations(self.operations.iter().map(String::as_str));
        for (table, columns) in &self.columns {
            codegen = codegen.columns(table, columns.split(',').map(str::trim));
        }
        for (path, name) in &self.rename {
            codegen = codegen.rename(path, name);
        }
        for (choice, name) in &self.rename_choice {
            codegen = codegen.rename_choice(choice, name);
        }
        for ((choice, value), name) in &self.rename_option {
            codegen = codegen.rename_option(choice, *value, name);
        }
        for (pattern, ty) in &self.type_for {
            codegen = codegen.type_for(pattern, ty);
        }
        for (pattern, attribute) in &self.attribute {
            codegen = codegen.attribute(pattern, attribute);
        }
        codegen
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let opened = OpenedSchema::open(args.schema.as_deref(), &args.org)?;
    let store = opened.store()?;
    let generated = args.codegen().generate_from(store)?;
    let files = outputs(&generated, &args.output);
    let state = State::of(&files, &args.output)?;
    let mut screen = Screen::plain();
    if opened.is_sample() {
        screen.notice(format_args!("{SAMPLE_NOTICE}"))?;
    }
    if let Some(told) = left_out(store.tables().filter(|_| args.tables.is_empty())) {
        screen.notice(format_args!("{told}"))?;
    }
    let outcome = if args.check {
        check(&state, &mut screen)?
    } else {
        for (path, text) in &files {
            write_if_changed(path, text.as_bytes())
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        for path in &state.surplus {
            files::remove_file(path).with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
        let gone = match state.surplus.len() {
            0 => String::new(),
            n => format!(", {n} removed"),
        };
        screen.line(format_args!(
            "{}: {}, {} written, {} the same{gone}",
            args.output.display(),
            counted(generated.types().len(), "table"),
            counted(state.stale.len(), "file"),
            state.same,
        ))?;
        Outcome::Clean
    };
    screen.flush()?;
    Ok(outcome)
}

/// Returns a message about the tables for which no code is generated; `None` if there are none. Snapshots
/// from solutions have such tables, which are known only as the other end of a relationship.
fn left_out<'t>(tables: impl Iterator<Item = &'t TableEntry>) -> Option<String> {
    const SHOWN: usize = 5;
    let bare = tables.filter(|t| t.partial && t.entity_set.is_none() && t.primary_id.is_none());
    let names: Vec<String> = bare.map(|t| format!("`{}`", t.logical_name)).collect();
    if names.is_empty() {
        return None;
    }
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    Some(format!(
        "left out: {shown}{more}: this snapshot knows neither their entity set nor their key; import metadata that has them"
    ))
}

fn check(state: &State, screen: &mut Screen) -> Result<Outcome> {
    for (path, is_there) in &state.stale {
        let what = if *is_there { "not up to date" } else { "missing" };
        screen.line(format_args!("{}: {what}", path.display()))?;
    }
    for path in &state.surplus {
        screen.line(format_args!("{}: no longer generated", path.display()))?;
    }
    let wrong = state.stale.len() + state.surplus.len();
    if wrong == 0 {
        screen.line(format_args!("{} up to date", counted(state.same, "file")))?;
        return Ok(Outcome::Clean);
    }
    let stale = counted(wrong, "stale file");
    screen.line(format_args!("{stale}; the same command without `--check` writes them"))?;
    Ok(Outcome::Findings)
}

/// Returns the contents of the generated files, by path. `output` is a folder, or the path of a single file.
fn outputs(generated: &GeneratedCode, output: &Path) -> BTreeMap<PathBuf, String> {
    if is_file(output) {
        return BTreeMap::from([(output.to_owned(), generated.file())]);
    }
    generated.files().into_iter().map(|(path, text)| (output.join(path), text)).collect()
}

fn is_file(output: &Path) -> bool {
    output.extension().is_some_and(|e| e == "rs")
}

/// The maximum size of a generated file in bytes. A larger file was not written by dvkit.
const MAX_FILE: u64 = 256 << 20;

/// The differences between the files on disk and the generated code.
#[derive(Debug, Default)]
struct State {
    /// The files that are outdated or missing; `true` if the file exists.
    stale: Vec<(PathBuf, bool)>,
    same: usize,
    /// The files in the folder that were generated earlier and are no longer needed.
    surplus: Vec<PathBuf>,
}

impl State {
    fn of(wanted: &BTreeMap<PathBuf, String>, output: &Path) -> Result<Self> {
        let mut state = Self::default();
        for (path, text) in wanted {
            // A link in the repository must not redirect the output.
            files::output_path(path).with_context(|| format!("cannot write `{}`", path.display()))?;
            match read(path)? {
                Some(old) if old == text.as_bytes() => state.same += 1,
                Some(old) if !GeneratedCode::is_generated(&old) => {
                    bail!(
                        "`{}` was not generated by dvkit, so it is left as it is; name another place",
                        path.display()
                    )
                }
                old => state.stale.push((path.clone(), old.is_some())),
            }
        }
        let cannot = || format!("cannot read `{}`", output.display());
        if is_file(output) || files::entry_kind(output).with_context(cannot)? != Some(EntryKind::Folder) {
            return Ok(state);
        }
        let mut there = BTreeSet::new();
        for entry in files::entries(output).with_context(cannot)? {
            there.insert(entry.with_context(cannot)?.path);
        }
        for path in there.into_iter().filter(|p| is_file(p) && files::is_file(p) && !wanted.contains_key(p)) {
            if read(&path)?.is_some_and(|old| GeneratedCode::is_generated(&old)) {
                state.surplus.push(path);
            }
        }
        Ok(state)
    }
}

/// Returns the content of a file; `None` if the file does not exist. Returns an error if the file is a link
/// or too large, or cannot be read.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match files::read(path, LinkPolicy::Refuse, MAX_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn args(flags: &[&str]) -> Result<Args, String> {
        let all = ["generate", "-o", "crm.rs", "contact"].iter().chain(flags);
        Command::try_parse_from(all).map(|c| c.args).map_err(|e| e.to_string())
    }

    #[test]
    fn what_a_build_script_says_can_be_said_here() {
        let args = args(&[
            "--columns=contact=fullname,gendercode,parentcustomerid",
            "--columns=systemuser=fullname",
            "systemuser",
            "--operations=WhoAmI,new_Arch*",
            "--operations=RetrieveVersion",
            "--rename=contact.fullname=called",
            "--rename-choice=contact.gendercode=Gender",
            "--rename-option=contact.gendercode.1=Man",
            "--rename-option= contact.gendercode.0_0_2 = Woman",
            "--type-for=contact.fullname=::std::string::String",
            "--attribute=contact=#[doc = \"One.\"]",
            "--attribute=contact=#[doc = \"Two.\"]",
            "--attribute=*.fullname=#[doc(alias = \"a=b\")]",
        ]);
        let by_hand = dvkit_codegen::schema("crm")
            .tables(["contact", "systemuser"])
            .columns("contact", ["fullname", "gendercode", "parentcustomerid"])
            .columns("systemuser", ["fullname"])
            .operations(["WhoAmI", "new_Arch*", "RetrieveVersion"])
            .rename("contact.fullname", "called")
            .rename_choice("contact.gendercode", "Gender")
            .rename_option("contact.gendercode", 1, "Man")
            .rename_option("contact.gendercode", 2, "Woman")
            .type_for("contact.fullname", "::std::string::String")
            .attribute("contact", "#[doc = \"One.\"]")
            .attribute("contact", "#[doc = \"Two.\"]")
            .attribute("*.fullname", "#[doc(alias = \"a=b\")]");
        let store = dvkit_ide::sample::open().unwrap();
        let made = args.unwrap().codegen().generate_from(&store).unwrap().file();
        assert_eq!(made, by_hand.generate_from(&store).unwrap().file());
        assert!(made.contains("#[doc = \"One.\"]\n#[doc = \"Two.\"]\npub struct Contact"), "{made}");
        assert!(made.contains("Man = 1,") && made.contains("Woman,"), "{made}");
    }

    #[test]
    fn values_of_options_are_numbers() {
        assert_eq!(rename_option("a.-1=B"), Ok((("a".to_owned(), -1), "B".to_owned())));
        for text in ["a.=B", "a.x=B", "a.99999999999=B"] {
            assert!(rename_option(text).unwrap_err().contains("is no value of an option"), "{text}");
        }
        for text in [".1=B", "1=B", "a.1=", "a.1"] {
            assert!(rename_option(text).unwrap_err().starts_with("write `choice.value=name`"), "{text}");
        }
    }

    #[test]
    fn a_pair_has_two_sides_and_white_space_around_them_is_dropped() {
        let two = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        for (text, found) in [
            ("a=b", two("a", "b")),
            (" a = b ", two("a", "b")),
            ("a=b=c", two("a", "b=c")),
            ("a", None),
            ("a=", None),
            ("a= ", None),
            ("=b", None),
            (" =b", None),
            ("", None),
        ] {
            for (parse, form) in [
                (columns as fn(&str) -> Result<Pair, String>, "write `table=columns`"),
                (rename, "write `path=name`"),
                (rename_choice, "write `choice=name`"),
            ] {
                match (parse(text), &found) {
                    (Ok(pair), Some(found)) => assert_eq!(pair, *found, "{text}"),
                    (Err(why), None) => assert!(why.starts_with(form), "{text}: {why}"),
                    (parsed, _) => panic!("{text}: {parsed:?}"),
                }
            }
        }
    }

    #[test]
    fn a_type_is_for_columns_and_an_attribute_has_its_brackets() {
        for (text, why) in [
            ("*.new_payload=crate::Payload", ""),
            ("new_payload=crate::Payload", "`new_payload` names no column; write `table.column=type`"),
            ("*.new_payload=", "write `table.column=type`"),
        ] {
            let parsed = type_for(text);
            assert_eq!(parsed.is_ok(), why.is_empty(), "{text}");
            assert!(parsed.err().unwrap_or_default().starts_with(why), "{text}");
        }
        for (text, why) in [
            ("*=#[allow(dead_code)]", ""),
            ("contact.fullname=#[doc = \"a\"]", ""),
            ("#[doc = \"a\"]", "write `pattern=#[attribute]`"),
            (
                "*=allow(dead_code)",
                "`allow(dead_code)` is no attribute without `#[…]` around it; write `*=#[allow(dead_code)]`",
            ),
            ("*", "write `pattern=#[attribute]`"),
        ] {
            let parsed = attribute(text);
            assert_eq!(parsed.is_ok(), why.is_empty(), "{text}");
            assert!(parsed.err().unwrap_or_default().starts_with(why), "{text}");
        }
    }

    #[test]
    fn tables_without_set_and_key_are_named_up_to_five() {
        let bare = |number: usize| {
            let mut entry = TableEntry::default();
            (entry.logical_name, entry.partial) = (format!("t{number}"), true);
            entry
        };
        let but = |change: fn(&mut TableEntry)| {
            let mut entry = bare(0);
            change(&mut entry);
            vec![entry]
        };
        let told = |entries: &[TableEntry]| {
            left_out(entries.iter()).map(|told| told.split(": this snapshot").next().unwrap().to_owned())
        };
        let some = |count: usize| (0..count).map(bare).collect::<Vec<_>>();
        for (entries, shown) in [
            (some(0), None),
            (some(1), Some("left out: `t0`")),
            (some(5), Some("left out: `t0`, `t1`, `t2`, `t3`, `t4`")),
            (some(6), Some("left out: `t0`, `t1`, `t2`, `t3`, `t4` and 1 more")),
            (some(7), Some("left out: `t0`, `t1`, `t2`, `t3`, `t4` and 2 more")),
            (but(|entry| entry.partial = false), None),
            (but(|entry| entry.entity_set = Some("t0s".into())), None),
            (but(|entry| entry.primary_id = Some("t0id".into())), None),
        ] {
            assert_eq!(told(&entries).as_deref(), shown, "{}", entries.len());
        }
    }

    #[test]
    fn files_are_stale_the_same_or_surplus_and_those_of_others_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let store = dvkit_ide::sample::open().unwrap();
        let generated = dvkit_codegen::schema("crm").tables(["contact"]).generate_from(&store).unwrap();
        let files = outputs(&generated, folder.path());
        let one = files.keys().find(|path| path.ends_with("contact.rs")).unwrap().clone();
        let state = State::of(&files, folder.path()).unwrap();
        assert_eq!((state.stale.len(), state.same, state.surplus.len()), (files.len(), 0, 0));
        assert!(state.stale.iter().all(|(_, is_there)| !is_there));
        for (path, text) in &files {
            std::fs::write(path, text).unwrap();
        }
        std::fs::write(at("old.rs"), &files[&one]).unwrap();
        std::fs::write(at("own.rs"), "fn own() {}\n").unwrap();
        std::fs::write(at("old.txt"), &files[&one]).unwrap();
        std::fs::create_dir(at("folder.rs")).unwrap();
        std::fs::write(&one, format!("{}\n// old\n", files[&one])).unwrap();
        let state = State::of(&files, folder.path()).unwrap();
        assert_eq!(state.stale, [(one.clone(), true)]);
        assert_eq!((state.same, &*state.surplus), (files.len() - 1, &[at("old.rs")][..]));
        // A single file leaves its neighbours alone.
        let file = at("single.rs");
        let single = outputs(&generated, &file);
        assert_eq!((single.len(), single[&file] == generated.file()), (1, true));
        let state = State::of(&single, &file).unwrap();
        assert_eq!((&*state.stale, state.same, state.surplus.len()), (&[(file, false)][..], 0, 0));
        std::fs::write(&one, "fn own() {}\n").unwrap();
        let refused = State::of(&files, folder.path()).unwrap_err().to_string();
        assert!(
            refused.ends_with("was not generated by dvkit, so it is left as it is; name another place"),
            "{refused}"
        );
    }
}
