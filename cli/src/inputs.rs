//! Reads the queries of a run from arguments, standard input and files, for every command that takes queries.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Result;
use dvkit_ide::document::{Document, QueryItem, decoded, each_query};
use dvkit_ide::inputs::{self, Input};

use crate::output::{Screen, counted};
use crate::report::QueryOrigin;

/// The help text about queries and file names as arguments. Every command that reads queries shows it.
pub(crate) const HELP: &str = "\
Where queries come from:
  a file     a name that ends in .odata, .fetchxml, .xml, .json, .jsonl, .ndjson or .txt
  a folder   a name that ends in `/` or begins with `./`: its .odata, .fetchxml, .jsonl and .ndjson
             files, and its .xml files with FetchXML, also in subfolders
  a pattern  `queries/*.odata`, `queries/**/*.xml`: expanded even if the shell does not expand it
  -          standard input, as without an argument
  a text     everything else. An argument that contains a quote, `<`, `$` or `=` is a text, unless
             it begins with `./`; `--queries` takes every name as that of a file

In a file, a query that begins with `<` is FetchXML, on one or more lines. Everything else is one
query per line: a filter, a request, or a JSON object with `query`, `filter` or `fetchxml`, and
`table` or `entity_set`. Several lines in the layout of `dvkit fmt` are one query. Empty lines and
lines that begin with `#` or `//` are ignored.";

/// The inputs of a run, in order: query texts, standard input, and files.
pub(crate) struct Inputs(inputs::Inputs);

/// Returns the inputs of a run. `named` are the values of `--queries`, and `arguments` the query arguments,
/// which may also name files.
///
/// # Errors
/// Returns an error if a pattern or a folder has no files or too many, or cannot be read.
pub(crate) fn inputs(named: &[PathBuf], arguments: &[String]) -> Result<Inputs> {
    Ok(Inputs(inputs::inputs(named, arguments)?))
}

/// Returns the inputs of a run that checks trees: folders and source files among `arguments` are kept as they
/// are. If `only_paths` is `true`, every argument is a path. Otherwise like [`inputs`].
///
/// # Errors
/// Returns an error if a pattern has no files or too many, or cannot be read.
pub(crate) fn tree_inputs(
    named: &[PathBuf],
    arguments: &[String],
    only_paths: bool,
    is_query: &dyn Fn(&str) -> bool,
) -> Result<Inputs> {
    Ok(Inputs(inputs::tree_inputs(named, arguments, only_paths, is_query)?))
}

/// Returns a reader of standard input.
///
/// # Errors
/// Returns an error if standard input cannot be read or is not text.
pub(crate) fn stdin() -> Result<Box<dyn Read>> {
    Ok(decoded(io::stdin().lock())?)
}

impl Inputs {
    /// Returns whether all inputs are files.
    pub(crate) fn only_files(&self) -> bool {
        self.0.only_files()
    }

    /// Returns the inputs in order.
    pub(crate) fn all(&self) -> &[Input] {
        &self.0.all
    }

    /// Returns the paths of the files among the inputs, in order.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.all.iter().filter_map(|input| match input {
            Input::File(path) | Input::Tree(path) => Some(path.as_path()),
            _ => None,
        })
    }

    /// Calls `one` with every query and its origin. `run` is the state of the command, and `screen` returns
    /// its screen.
    ///
    /// # Errors
    /// Returns an error if a file or standard input cannot be read, and the errors of `one`.
    pub(crate) fn each<R>(
        &self,
        run: &mut R,
        screen: impl Fn(&mut R) -> &mut Screen,
        one: impl Fn(&mut R, &QueryOrigin, &QueryItem<'_>) -> Result<()>,
    ) -> Result<()> {
        for input in self.all() {
            match input {
                Input::Text(text, number) => {
                    one(run, &QueryOrigin::argument(*number), &QueryItem::given(text))?;
                }
                Input::Stdin => {
                    each_of_stdin(run, &screen, |run, item| one(run, &QueryOrigin::stdin(item), item))?
                }
                Input::File(path) | Input::Tree(path) => {
                    for item in Document::read(path)?.items() {
                        one(run, &QueryOrigin::file(path, &item), &item)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Prints the files that are skipped to standard error.
    ///
    /// # Errors
    /// Returns an error if standard error cannot be written.
    pub(crate) fn tell(&self, screen: &mut Screen) -> Result<()> {
        if self.0.left_out > 0 {
            screen.notice(format_args!(
                "note: {} without FetchXML left out",
                counted(self.0.left_out, "XML file")
            ))?;
        }
        for name in &self.0.also_files {
            let (what, how) = match dvkit_files::is_folder(Path::new(name)) {
                true => ("folder", format!("./{name}/")),
                false => ("file", format!("--queries {name}")),
            };
            screen.notice(format_args!(
                "note: `{name}` is read as the text of a query; the {what} of that name is read with `{how}`"
            ))?;
        }
        Ok(())
    }
}

/// Calls `one` with every query of standard input. The output is flushed before every read that may block.
/// `run` is the state of the command, and `screen` returns its screen.
///
/// # Errors
/// Returns an error if standard input cannot be read, and the errors of `one`.
pub(crate) fn each_of_stdin<R>(
    run: &mut R,
    screen: impl Fn(&mut R) -> &mut Screen,
    one: impl FnMut(&mut R, &QueryItem<'_>) -> Result<()>,
) -> Result<()> {
    each_query(stdin()?, run, |run| screen(run).flush(), one)
}
