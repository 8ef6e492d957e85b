//! Computes the fixes of a document: every query that has certain fixes is replaced by its fixed text. The
//! command `check --fix` calls [`Workspace::fix`], and then writes the file.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::Error;
use crate::document::{Document, NOT_READ_BACK, QueryItem};
use crate::workspace::{CheckOutcome, Workspace};

/// An edit of a document, which replaces one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentEdit {
    /// The byte range to replace in the document's text. A byte order mark does not count.
    pub range: Range<usize>,
    /// The text that takes the place of this range.
    pub text: String,
}

/// The certain fixes of the queries in a document.
#[derive(Debug, Default)]
pub struct DocumentFix {
    /// The document with all fixes; `None` if no query has a certain fix, or if none of the fixes can be
    /// written.
    pub document: Option<Document>,
    /// The edits that make this document, one for each changed query, in the order of the document.
    pub edits: Vec<DocumentEdit>,
    /// The certain fixes that cannot be written, with the reasons.
    pub refused: Vec<RefusedFix>,
}

/// A certain fix that cannot be written to the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedFix {
    /// The number of the query's first line, counted from 1; `None` if the reason concerns the whole
    /// document.
    pub line: Option<usize>,
    /// A sentence with the reason.
    pub why: &'static str,
}

impl Workspace {
    /// Computes the certain fixes of a document's queries. The file of the document is not changed.
    ///
    /// # Errors
    /// Returns an error if a snapshot cannot be read.
    pub fn fix(&self, document: &Document) -> Result<DocumentFix, Error> {
        let rewritten = |item: &QueryItem<'_>| -> Result<Option<String>, Error> {
            let Ok(entry) = &item.entry else { return Ok(None) };
            let CheckOutcome::Checked(checked) = self.check_entry(entry)? else { return Ok(None) };
            Ok(checked.rewritten)
        };
        DocumentFix::new(document, document.items().map(|item| Ok((rewritten(&item)?, item))))
    }
}

impl DocumentFix {
    /// Computes the changes of a document from its queries, in order, each with the text that it is to have;
    /// `None` if it is not to be changed.
    pub(crate) fn new<'d>(
        document: &'d Document,
        queries: impl Iterator<Item = Result<(Option<String>, QueryItem<'d>), Error>>,
    ) -> Result<Self, Error> {
        let mut fix = Self::default();
        let mut changes = BTreeMap::new();
        for (n, query) in queries.enumerate() {
            let (rewritten, item) = query?;
            let Ok(entry) = &item.entry else { continue };
            let Some(right) = rewritten.filter(|right| right != entry.text().as_str()) else { continue };
            // The form of the query in the document stays (plain or JSON).
            let text = item.replaced(entry, &right);
            match item.doubt.or_else(|| (!document.fits(n, &text)).then_some(NOT_READ_BACK)) {
                Some(why) => fix.refused.push(RefusedFix { line: Some(item.line), why }),
                None => {
                    let range = item.start + item.range.start..item.start + item.range.end;
                    fix.edits.push(DocumentEdit { range, text: text.clone() });
                    changes.insert(n, text);
                }
            }
        }
        if changes.is_empty() {
            return Ok(fix);
        }
        match document.rewritten(&changes) {
            Ok(fixed) => fix.document = Some(fixed),
            Err(why) => {
                fix.edits.clear();
                fix.refused.push(RefusedFix { line: None, why });
            }
        }
        Ok(fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Schemas, Settings, sample};

    #[test]
    fn the_edits_make_the_fixed_document() {
        let text = "# é\ncontacts?$select=fullnme\n{\"table\":\"contact\",\"filter\":\"fullname eq \\\"x\\\"\"}\ncontacts\n";
        let document = Document::new("a.jsonl".into(), text.as_bytes().to_vec()).unwrap();
        let workspace = Workspace::new(Schemas::of(sample::open().unwrap()), Settings::default());
        let fix = workspace.fix(&document).unwrap();
        assert_eq!((fix.edits.len(), fix.refused.len()), (2, 0));
        let mut edited = document.text();
        for edit in fix.edits.iter().rev() {
            edited.replace_range(edit.range.clone(), &edit.text);
        }
        assert_eq!(fix.document.unwrap().text(), edited);
        assert!(edited.contains("$select=fullname") && edited.contains("fullname eq 'x'"), "{edited}");
    }
}
