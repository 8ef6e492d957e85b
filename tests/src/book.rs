//! Finds the pages that users read, README.md and docs/book, and parses the code blocks in them. Tests run
//! these code blocks.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::workspace;

/// Returns the folder with the pages of the book.
#[must_use]
pub fn book_dir() -> PathBuf {
    workspace().join("docs/book/src")
}

/// Returns the paths of README.md and of every page of the book, sorted.
///
/// # Panics
/// Panics if the folder of the book cannot be read.
#[must_use]
pub fn pages() -> Vec<PathBuf> {
    let mut pages = vec![workspace().join("README.md")];
    let mut folders = vec![book_dir()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry of the book's folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// Returns the path of a page relative to the workspace, for messages.
#[must_use]
pub fn page_name(page: &Path) -> String {
    page.strip_prefix(workspace()).unwrap_or(page).display().to_string()
}

/// A fenced code block of a page, or a hidden command that a test runs before the blocks after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A code block between lines of three or more backticks.
    Fence(Fence),
    /// A comment `<!-- setup: COMMAND -->`, which readers do not see. The shell command prepares the folder
    /// in which the page's blocks run.
    Setup(String),
}

/// A fenced code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The first word after the opening backticks, up to a comma: `console`.
    pub language: String,
    /// The other words after the opening backticks: `exit=1`.
    pub attributes: Vec<String>,
    /// The lines between the fences.
    pub body: String,
    /// The byte range of `body` in the page.
    pub range: Range<usize>,
    /// The line of the opening fence, counted from 1.
    pub line: usize,
}

impl Fence {
    /// Returns `value` of the attribute `name=value`; `None` if the block has no such attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|a| a.strip_prefix(name)?.strip_prefix('='))
    }

    /// Returns whether the block has the attribute `name`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|a| a == name)
    }
}

/// Returns the code blocks and hidden commands of a page, in order.
///
/// # Panics
/// Panics if a fence is not closed, or is indented.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Fence)> = None;
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_end();
        let backticks = content.len() - content.trim_start_matches('`').len();
        match &mut open {
            None if backticks >= 3 => {
                let mut words = content[backticks..].split([',', ' ']).filter(|word| !word.is_empty());
                let language = words.next().unwrap_or_default().to_owned();
                let start = offset + line.len();
                let fence = Fence {
                    language,
                    attributes: words.map(str::to_owned).collect(),
                    body: String::new(),
                    range: start..start,
                    line: index + 1,
                };
                open = Some((backticks, fence));
            }
            None => {
                let hidden = content.strip_prefix("<!-- setup:").and_then(|rest| rest.strip_suffix("-->"));
                blocks.extend(hidden.map(|command| Block::Setup(command.trim().to_owned())));
                assert!(!content.trim_start().starts_with("```"), "line {}: an indented fence", index + 1);
            }
            Some((long, fence)) if backticks >= *long && backticks == content.len() => {
                fence.body = text[fence.range.start..offset].to_owned();
                fence.range.end = offset;
                blocks.extend(open.take().map(|(_, fence)| Block::Fence(fence)));
            }
            Some(_) => {}
        }
        offset += line.len();
    }
    if let Some((_, fence)) = open {
        panic!("line {}: the code block is not closed", fence.line);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_and_hidden_steps_come_in_the_order_of_the_page() {
        let page = "# T\n\n<!-- setup: touch a -->\n```console exit=1 background\n$ x\n```\ntext\n````rust,no_run\n```\n````\n";
        let blocks = blocks(page);
        assert_eq!(blocks[0], Block::Setup("touch a".to_owned()));
        let Block::Fence(console) = &blocks[1] else { panic!("{blocks:?}") };
        assert_eq!(
            (console.language.as_str(), console.attribute("exit"), console.line),
            ("console", Some("1"), 4)
        );
        assert!(console.has("background") && !console.has("exit"));
        assert_eq!(&page[console.range.clone()], "$ x\n");
        let Block::Fence(rust) = &blocks[2] else { panic!("{blocks:?}") };
        assert_eq!((rust.language.as_str(), rust.body.as_str()), ("rust", "```\n"));
        assert!(rust.has("no_run"));
    }
}
