//! Decides whether each argument of a command is the text of a query or names files, and finds the files. All
//! commands that take queries use it.
//!
//! # A text or a file
//! The form of an argument alone decides, whatever files exist; no valid query has the form of a file name:
//!
//! - `-` is standard input.
//! - An argument with a line break is the text of a query.
//! - An argument that begins with `./`, `../`, `\\` or a drive (`C:\`) names files.
//! - An argument that has one of `'`, `"`, `<`, `$` and `=`, or is a URL, is the text of a query.
//! - An argument names files if it ends in `.odata`, `.fetchxml`, `.xml`, `.json`, `.jsonl`, `.ndjson` or
//!   `.txt`, or in the extension of a host language ([`Host`]) or `.zip`, or ends in `/` or `\`, or has a `*` and a
//!   separator.
//! - Everything else is the text of a query. `check` reads a folder of that name instead, if there is one, the word
//!   is not an entity set, and no option names the table that a filter of one word would need.

mod glob;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::document::holds_fetchxml;
use crate::embedded::{Host, is_archive};

/// The maximum number of files that the folders and patterns of one command may contain.
const MAX_FILES: usize = 10_000;

/// The file extensions by which an argument is recognised as the name of a file.
const ENDINGS: [&str; 7] = ["odata", "fetchxml", "xml", "json", "jsonl", "ndjson", "txt"];
/// The extensions of the files that are read from a folder. An XML file is read only if it contains FetchXML.
const IN_FOLDERS: [&str; 5] = ["odata", "fetchxml", "xml", "jsonl", "ndjson"];

/// A source from which a command reads queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// An argument that is the text of a query. The number is its position among several arguments, counted
    /// from 1; `None` if there is only one.
    Text(String, Option<usize>),
    /// Standard input.
    Stdin,
    /// A file, which contains one or more queries.
    File(PathBuf),
    /// A folder or a file that the caller looks into itself, as `check` does.
    Tree(PathBuf),
}

/// All sources from which a command reads queries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// The sources, in the order of the command line.
    pub all: Vec<Input>,
    /// The number of XML files in folders that were skipped because they contain no FetchXML.
    pub left_out: usize,
    /// The arguments that were taken for query texts, although files with these names exist.
    pub also_files: Vec<String>,
}

/// Resolves the sources of a command. `named` are paths of files, folders or patterns; `arguments` are texts
/// of queries or such paths. If both are empty, the source is standard input.
///
/// # Errors
/// Returns an error if a pattern or a folder contains no files, too many files, or cannot be read.
pub fn inputs(named: &[PathBuf], arguments: &[String]) -> Result<Inputs, Error> {
    resolved(named, arguments, Sources::Queries)
}

/// Resolves the sources of a command that reads trees: folders and source files among `arguments` become
/// [`Input::Tree`]. If `only_paths` is `true`, every argument is a path, whatever its form is. If not, the name of
/// a folder that exists is that folder, unless `is_query` returns `true` for it. Otherwise like [`inputs`].
///
/// # Errors
/// Returns an error if a pattern contains no files, too many files, or cannot be read.
pub fn tree_inputs(
    named: &[PathBuf],
    arguments: &[String],
    only_paths: bool,
    is_query: &dyn Fn(&str) -> bool,
) -> Result<Inputs, Error> {
    resolved(named, arguments, if only_paths { Sources::Paths } else { Sources::Trees(is_query) })
}

/// What the arguments of a command may be.
#[derive(Clone, Copy)]
enum Sources<'f> {
    /// Texts of queries, and files and folders of queries.
    Queries,
    /// Texts of queries, and files and folders of any kind. The function returns whether a word is a query, and
    /// not the name of a folder.
    Trees(&'f dyn Fn(&str) -> bool),
    /// Paths only.
    Paths,
}

fn resolved(named: &[PathBuf], arguments: &[String], sources: Sources<'_>) -> Result<Inputs, Error> {
    let mut inputs = Inputs::default();
    let mut seen = BTreeSet::new();
    for name in named {
        if name == Path::new("-") {
            inputs.all.push(Input::Stdin);
        } else {
            inputs.name(name, &mut seen)?;
        }
    }
    let is_trees = matches!(sources, Sources::Trees(_));
    for (n, argument) in arguments.iter().enumerate() {
        let path = Path::new(argument);
        let is_folder = || {
            let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '\\');
            matches!(sources, Sources::Trees(is_query) if
                argument.chars().all(is_path)
                && !argument.starts_with('/')
                && dvkit_files::is_folder(path)
                && !is_query(argument))
        };
        if matches!(sources, Sources::Paths) {
            if seen.insert(path.to_owned()) {
                inputs.all.push(Input::Tree(path.to_owned()));
            }
        } else if argument == "-" {
            inputs.all.push(Input::Stdin);
        } else if is_name(argument) || is_folder() {
            let is_tree = is_trees && (dvkit_files::is_folder(path) || dvkit_files::is_file(path));
            if is_tree && seen.insert(path.to_owned()) {
                inputs.all.push(Input::Tree(path.to_owned()));
            } else if !is_tree {
                let before = inputs.all.len();
                inputs.name(path, &mut seen)?;
                for input in inputs.all.iter_mut().skip(before).filter(|_| is_trees) {
                    if let Input::File(path) = input {
                        *input = Input::Tree(std::mem::take(path));
                    }
                }
            }
        } else {
            let exists = || {
                let is_new = is_trees && dvkit_files::is_folder(path);
                (argument.contains('.') && dvkit_files::is_file(path)) || is_new
            };
            if !argument.contains(['\n', '\'']) && exists() {
                inputs.also_files.push(argument.clone());
            }
            let number = (arguments.len() > 1).then_some(n + 1);
            inputs.all.push(Input::Text(argument.clone(), number));
        }
    }
    if named.is_empty() && arguments.is_empty() {
        inputs.all.push(Input::Stdin);
    }
    Ok(inputs)
}

impl Inputs {
    /// Returns whether all sources are files.
    #[must_use]
    pub fn only_files(&self) -> bool {
        self.all.iter().all(|input| matches!(input, Input::File(_) | Input::Tree(_)))
    }

    /// Adds the files that `name` stands for: a file, a folder or a pattern. A path that exists is never
    /// taken for a pattern. `seen` has the files that were added before, which are not added again. Returns
    /// an error if the folder contains no queries, if no file matches the pattern, or if there are too many
    /// files. A file that does not exist is no error here.
    fn name(&mut self, name: &Path, seen: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
        let text = name.to_str();
        let found = if dvkit_files::is_folder(name) {
            let mut found = glob::below(name, &|path| has_ending(path, &IN_FOLDERS))?;
            let before = found.len();
            found.retain(|path| !has_ending(path, &["xml"]) || holds_fetchxml(path));
            self.left_out += before - found.len();
            if found.is_empty() {
                return Err(Error::Inputs(format!(
                    "there are no queries in the folder `{}`: no .{}",
                    name.display(),
                    IN_FOLDERS.join(", no .")
                )));
            }
            found
        } else if let Some(pattern) = text
            .filter(|text| glob::is_pattern(text) && !matches!(dvkit_files::entry_kind(name), Ok(Some(_))))
        {
            let found = glob::files(pattern)?;
            if found.is_empty() {
                return Err(Error::Inputs(format!("no file matches `{pattern}`")));
            }
            found
        } else {
            // A missing file is reported when it is read.
            if seen.insert(name.to_owned()) {
                self.all.push(Input::File(name.to_owned()));
            }
            return Ok(());
        };
        for path in found {
            if seen.insert(path.clone()) {
                self.all.push(Input::File(path));
            }
        }
        if seen.len() > MAX_FILES {
            return Err(Error::Inputs(format!(
                "`{}` has more than {MAX_FILES} files; name a smaller folder",
                name.display()
            )));
        }
        Ok(())
    }
}

/// Returns whether an argument names files. This depends only on the form of the argument, so that it has the
/// same meaning in every folder. No valid query has the form of a file name.
fn is_name(argument: &str) -> bool {
    let drive = |text: &str| {
        let mut chars = text.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic())
            && chars.next() == Some(':')
            && matches!(chars.next(), Some('/' | '\\'))
    };
    // A here-document, or a query of several lines.
    if argument.contains(['\n', '\r']) {
        return false;
    }
    let begins = ["./", "../", ".\\", "..\\", "\\\\"].iter().any(|start| argument.starts_with(start));
    if begins || drive(argument) || matches!(argument, "." | "..") {
        return true;
    }
    let lower = argument.to_ascii_lowercase();
    if argument.contains(['\'', '"', '<', '$', '='])
        || lower.starts_with("http://")
        || lower.starts_with("https://")
    {
        return false;
    }
    // `/accounts/` is a request.
    let folder = argument.ends_with(['/', '\\']) && !argument.starts_with('/');
    let pattern = argument.contains('*') && argument.contains(['/', '\\']) && !argument.contains([' ', '(']);
    let path = Path::new(argument);
    folder || pattern || has_ending(path, &ENDINGS) || Host::of_path(path).is_some() || is_archive(path)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|found| endings.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn names_are_told_from_texts_by_their_form() {
        for name in [
            "report.xml",
            "My Reports/report (1).XML",
            "query.odata",
            "a.jsonl",
            "queries/",
            "queries\\",
            "./queries",
            "../a=b.xml",
            ".",
            "C:\\queries",
            "c:/queries/a",
            "queries/*.odata",
            "*.xml",
            "queries/**",
            "/home/me/report.xml",
        ] {
            assert!(is_name(name), "{name}");
        }
        for text in [
            "accounts",
            "/accounts/",
            "statecode eq 0",
            "name eq 'report.xml'",
            "accounts?$select=*",
            "accounts?x=a.xml",
            "https://org.crm.dynamics.com/api/data/v9.2/",
            "https://example.org/a.xml",
            "<fetch/>",
            "a eq 1\nor b eq 2.xml",
            "primarycontactid/fullname eq null",
            "a * b/c gt 1",
            "count(*)/x",
            "%3Cfetch%3E",
        ] {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn no_query_of_the_samples_is_a_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/queries");
        let mut seen = 0;
        for file in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            for line in text.lines() {
                let sample: serde_json::Value = serde_json::from_str(line).unwrap();
                for member in ["query", "filter", "odata", "fetchxml", "rewritten", "expect"] {
                    let Some(query) = sample[member].as_str() else { continue };
                    assert!(!is_name(query), "{query}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 500, "{seen}");
    }

    #[test]
    fn the_name_of_a_folder_is_that_folder_unless_it_is_a_query() {
        // Tests run in the folder of the crate, which has `src`.
        assert!(matches!(
            &tree_inputs(&[], &["src".to_owned()], false, &|_| false).unwrap().all[..],
            [Input::Tree(path)] if path == Path::new("src")
        ));
        assert!(matches!(
            &tree_inputs(&[], &["src".to_owned()], false, &|word| word == "src").unwrap().all[..],
            [Input::Text(..)]
        ));
        assert!(matches!(
            &tree_inputs(&[], &["accounts".to_owned()], false, &|_| false).unwrap().all[..],
            [Input::Text(..)]
        ));
    }

    #[test]
    fn names_are_expanded_once_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("q")).unwrap();
        for (name, text) in [
            ("q/b.odata", "a eq 1"),
            ("q/a.xml", "\u{feff}<?xml version='1.0'?>\n<!-- x -->\n<Fetch/>"),
            ("q/pom.xml", "<project/>"),
            ("q/notes.md", ""),
            ("q/[1]*.txt", ""),
        ] {
            fs::write(path(name), text).unwrap();
        }
        let of = |names: &[&str]| {
            let named: Vec<PathBuf> = names.iter().map(|n| path(n)).collect();
            inputs(&named, &[]).map(|i| {
                let names = i.all.iter().map(|input| match input {
                    Input::File(path) => path.file_name().unwrap().to_str().unwrap().to_owned(),
                    other => format!("{other:?}"),
                });
                (names.collect::<Vec<_>>(), i.left_out)
            })
        };
        assert_eq!(of(&["q"]).unwrap(), (vec!["a.xml".to_owned(), "b.odata".to_owned()], 1));
        assert_eq!(of(&["q/b.odata", "q/*.odata", "q/b.odata"]).unwrap().0, ["b.odata"]);
        assert_eq!(of(&["q/missing.xml"]).unwrap().0, ["missing.xml"]);
        if cfg!(unix) {
            assert_eq!(of(&["q/[1]*.txt"]).unwrap().0, ["[1]*.txt"], "what exists is no pattern");
        }
        assert!(of(&["q/*.none"]).unwrap_err().to_string().contains("no file matches"));
        fs::create_dir(path("empty")).unwrap();
        assert!(of(&["empty"]).unwrap_err().to_string().contains("no queries in the folder"));
        assert_eq!(inputs(&[], &[]).unwrap().all, [Input::Stdin]);
        let texts = inputs(&[], &["-".to_owned(), "a eq 1".to_owned()]).unwrap();
        assert_eq!(texts.all, [Input::Stdin, Input::Text("a eq 1".into(), Some(2))]);
    }

    /// Returns inputs as words: `text 1: a`, `file a`, `tree a`, `stdin`.
    fn words(inputs: &Inputs) -> Vec<String> {
        let word = |input: &Input| match input {
            Input::Text(text, None) => format!("text: {text}"),
            Input::Text(text, Some(number)) => format!("text {number}: {text}"),
            Input::Stdin => "stdin".to_owned(),
            Input::File(path) => format!("file {}", path.display()),
            Input::Tree(path) => format!("tree {}", path.display()),
        };
        inputs.all.iter().map(word).collect()
    }

    #[test]
    fn arguments_are_texts_files_or_trees_in_their_order() {
        // Tests run in the folder of the crate.
        let of = |texts: &[&str]| -> Vec<String> { texts.iter().map(|text| (*text).to_owned()).collect() };
        for (arguments, expected, also) in [
            (&[][..], &["stdin"][..], &[][..]),
            (&["-"], &["stdin"], &[]),
            (&["a eq 1"], &["text: a eq 1"], &[]),
            (&["a eq 1", "b eq 2"], &["text 1: a eq 1", "text 2: b eq 2"], &[]),
            (&["-", "a eq 1", "-"], &["stdin", "text 2: a eq 1", "stdin"], &[]),
            (&["Cargo.toml"], &["text: Cargo.toml"], &["Cargo.toml"]),
            (&["'Cargo.toml'"], &["text: 'Cargo.toml'"], &[]),
            (&["src"], &["text: src"], &[]),
            (&["missing.toml"], &["text: missing.toml"], &[]),
            (
                &["./missing.odata", "missing.xml", "./missing.odata"],
                &["file ./missing.odata", "file missing.xml"],
                &[],
            ),
            (&["src/lib.rs"], &["file src/lib.rs"], &[]),
            (&["src/li?.rs"], &["file src/lib.rs"], &[]),
            (&["src/li*.rs", "src/lib.rs"], &["file src/lib.rs", "file src/line_reader.rs"], &[]),
        ] {
            let found = inputs(&[], &of(arguments)).unwrap();
            assert_eq!((words(&found), &found.also_files), (of(expected), &of(also)), "{arguments:?}");
            assert_eq!(
                found.only_files(),
                expected.iter().all(|input| input.starts_with("file")),
                "{arguments:?}"
            );
        }
        for (arguments, only_paths, expected, also) in [
            (&["src"][..], false, &["tree src"][..], &[][..]),
            (&["src", "src", "./src"], false, &["tree src", "tree ./src"], &[]),
            (&["query"], false, &["text: query"], &[]),
            (&["tests", "query"], false, &["tree tests", "text 2: query"], &[]),
            (&["src/lib.rs", "src/lib.rs"], false, &["tree src/lib.rs"], &[]),
            (&["./missing.rs"], false, &["tree ./missing.rs"], &[]),
            (&["src/li*.rs"], false, &["tree src/lib.rs", "tree src/line_reader.rs"], &[]),
            (&["/"], false, &["text: /"], &["/"]),
            (&["Cargo.toml"], false, &["text: Cargo.toml"], &["Cargo.toml"]),
            (&["a eq 1"], false, &["text: a eq 1"], &[]),
            (&["-"], false, &["stdin"], &[]),
            (&[], false, &["stdin"], &[]),
            (&["a eq 1", "-", "a eq 1", "src"], true, &["tree a eq 1", "tree -", "tree src"], &[]),
            (&[], true, &["stdin"], &[]),
        ] {
            let found = tree_inputs(&[], &of(arguments), only_paths, &|word| word == "query").unwrap();
            assert_eq!(
                (words(&found), &found.also_files),
                (of(expected), &of(also)),
                "{arguments:?} only paths: {only_paths}"
            );
        }
        let named = [PathBuf::from("-"), PathBuf::from("./a.odata"), PathBuf::from("./a.odata")];
        let found = tree_inputs(&named, &of(&["b eq 1"]), false, &|_| false).unwrap();
        assert_eq!(words(&found), ["stdin", "file ./a.odata", "text: b eq 1"]);
        assert!(!found.only_files(), "a text is among them");
    }

    #[test]
    fn a_drive_or_the_sign_of_a_folder_makes_a_name() {
        for (text, expected) in [
            ("c:\\", true),
            ("Z:/", true),
            ("c:", false),
            ("c:x", false),
            ("1:\\x", false),
            ("cc:/", true),
            ("..", true),
            (".", true),
            ("...", false),
            ("./", true),
            (".\\x", true),
            ("..\\x", true),
            ("\\\\server", true),
            ("\\x", false),
            ("./a\nb", false),
            ("./a\rb", false),
            ("a/", true),
            ("a\\", true),
            ("/a/", false),
            ("a/*", true),
            ("*/a", true),
            ("*", false),
            ("a */b", false),
            ("a(*)/b", false),
            ("a.ODATA", true),
            ("a.txt", true),
            ("a.zip", true),
            ("a.ZIP", true),
            ("a.cs", true),
            ("a.exe", false),
            ("HTTP://x/a.xml", false),
            ("a=b.xml", false),
            ("a\"b.xml", false),
        ] {
            assert_eq!(is_name(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_folder_without_queries_and_a_pattern_without_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("empty")).unwrap();
        fs::write(dir.path().join("empty/pom.xml"), "<project/>").unwrap();
        let empty = dir.path().join("empty");
        let pattern = dir.path().join("*.none");
        for (name, expected) in [
            (
                &empty,
                format!(
                    "there are no queries in the folder `{}`: no .odata, no .fetchxml, no .xml, no .jsonl, no .ndjson",
                    empty.display()
                ),
            ),
            (&pattern, format!("no file matches `{}`", pattern.display())),
        ] {
            assert_eq!(inputs(std::slice::from_ref(name), &[]).unwrap_err().to_string(), expected);
        }
    }
}
