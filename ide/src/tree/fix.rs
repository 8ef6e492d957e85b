//! Computes the fixed content of a file, and writes it.

use super::check::{Content, TreeCheck};
use crate::embedded::{HostEdit, SourceFile};
use crate::fix::DocumentFix;
use crate::{Error, RefusedFix};

/// The reason for not writing into a zip archive.
const IN_ARCHIVE: &str = "files in an archive are only read; unpack it";

/// The certain fixes of a file.
#[derive(Debug)]
pub struct FileFix {
    /// The number of texts that the fixes change.
    pub count: usize,
    /// The certain fixes that cannot be written, with the reasons.
    pub refused: Vec<RefusedFix>,
    old: Content,
    new: Option<Content>,
}

impl FileFix {
    /// Computes the certain fixes of the file with the content `old`.
    pub(super) fn new(check: &TreeCheck, old: Content) -> Result<Self, Error> {
        let mut suppressions = old.suppressions();
        let (count, refused, new) = match &old {
            Content::Queries(document) => {
                let mut refused = Vec::new();
                let texts = check.queries(document, &mut suppressions)?.map(|text| {
                    let (item, text) = text?;
                    refused.extend(text.refused_fix.map(|why| RefusedFix { line: Some(text.line), why }));
                    Ok((text.fixed().map(str::to_owned), item))
                });
                let mut fix = DocumentFix::new(document, texts)?;
                fix.refused.append(&mut refused);
                let count = if fix.document.is_some() { fix.edits.len() } else { 0 };
                (count, fix.refused, fix.document.map(Content::Queries))
            }
            Content::Source(file) => {
                let mut refused = Vec::new();
                let mut fixes = Vec::new();
                for (n, text) in check.sources(file, &mut suppressions).enumerate() {
                    let text = text?;
                    let line = text.position.line;
                    if file.is_in_archive() && text.fixed().is_some() {
                        refused.push(RefusedFix { line: Some(line), why: IN_ARCHIVE });
                        continue;
                    }
                    refused.extend(text.refused_fix.map(|why| RefusedFix { line: Some(line), why }));
                    if let Some(fixed) = text.fixed().filter(|_| !text.edits.is_empty()) {
                        fixes.push(SourceFix {
                            line,
                            expected: (n, fixed.to_owned()),
                            edits: text.edits.clone(),
                        });
                    }
                }
                let new = fixed(file, fixes, &mut refused);
                (new.count, refused, new.file.map(Content::Source))
            }
        };
        Ok(Self { count, refused, old, new })
    }

    /// Returns the content of the file with its fixes.
    pub(super) fn shown(&self) -> &Content {
        self.new.as_ref().unwrap_or(&self.old)
    }

    /// Returns the text of the file before and after the fixes; `None` if they change nothing.
    #[must_use]
    pub fn texts(&self) -> Option<(String, String)> {
        let new = self.new.as_ref()?;
        Some((self.old.text().into_owned(), new.text().into_owned()))
    }

    /// Writes the file with its fixes, if they change something.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written, or has changed since it was read. The file is then
    /// unchanged.
    pub fn write(&self) -> Result<(), Error> {
        match (&self.old, &self.new) {
            (Content::Queries(old), Some(Content::Queries(new))) => new.write(old),
            (Content::Source(old), Some(Content::Source(new))) => new.write(old),
            _ => Ok(()),
        }
    }
}

/// The fix of one text of a source file.
pub(crate) struct SourceFix {
    /// The number of the line where the text begins.
    pub(crate) line: usize,
    /// The index of the text, and its fixed text.
    pub(crate) expected: (usize, String),
    pub(crate) edits: Vec<HostEdit>,
}

/// A source file with fixes.
#[derive(Default)]
pub(crate) struct FixedSource {
    /// The number of fixes that were applied.
    pub(crate) count: usize,
    /// The edits of these fixes.
    pub(crate) edits: Vec<HostEdit>,
    /// The fixed file; `None` if no fix was applied.
    pub(crate) file: Option<SourceFile>,
}

/// Applies fixes to a file. If not all fixes fit together, as many are applied as fit in their order, and the
/// others are refused.
pub(crate) fn fixed(file: &SourceFile, fixes: Vec<SourceFix>, refused: &mut Vec<RefusedFix>) -> FixedSource {
    let all_edits: Vec<HostEdit> = fixes.iter().flat_map(|fix| fix.edits.clone()).collect();
    let all_expected: Vec<_> = fixes.iter().map(|fix| fix.expected.clone()).collect();
    if fixes.is_empty() {
        return FixedSource::default();
    }
    if let Ok(new) = file.edited(&all_edits, &all_expected) {
        return FixedSource { count: fixes.len(), edits: all_edits, file: Some(new) };
    }
    let (mut edits, mut expected, mut new) = (Vec::new(), Vec::new(), None);
    for fix in fixes {
        let (edits_before, count_before) = (edits.len(), expected.len());
        edits.extend(fix.edits);
        expected.push(fix.expected);
        match file.edited(&edits, &expected) {
            Ok(file) => new = Some(file),
            Err(why) => {
                edits.truncate(edits_before);
                expected.truncate(count_before);
                refused.push(RefusedFix { line: Some(fix.line), why });
            }
        }
    }
    FixedSource { count: expected.len(), edits, file: new }
}
