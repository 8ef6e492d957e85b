//! Answers what an editor asks about a position in a source file: finds the query there, asks
//! [`QueryContext`], and converts the positions and the edits of the results to those of the file.
//!
//! The results are the structs of the features, except that their spans and edits are those of the file. A
//! result that has no position in the file, because it is in a synthetic part of a query, is left out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use dvkit_diagnostic::{Diagnostic, Edit, Span};
use dvkit_query::CheckOptions;

use super::actions::{fix_all, fixes};
use super::rename::Alias;
use super::{
    Action, Completion, Definition, Hover, InlayHint, QueryContext, Reference, RenameOutcome, RenameTarget,
    Signature, SourceDiagnosis, Symbol, Token,
};
use crate::config::overlay;
use crate::document::Document;
use crate::embedded::{FoundText, Host, HostEdit, HostText, SourceFile};
use crate::format::{FormatOptions, FormatResult, format_document};
use crate::{Error, QueryForm, Workspace};

/// A completion in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCompletion {
    /// The completion. Its edit is that of the query's text.
    pub completion: Completion,
    /// The edit of the file at the position of the cursor. Its range contains the cursor.
    pub edit: HostEdit,
    /// The edits of the other places of the file that contain the same query.
    pub copies: Vec<HostEdit>,
}

/// The query at a position of a source file.
struct Located<'f> {
    found: &'f FoundText,
    /// The text at the position: that of the query, one of its copies, or the text with the spaces that are
    /// between its end and the position.
    text: Cow<'f, HostText>,
    /// The byte offset of the position in the text.
    offset: usize,
}

impl SourceFile {
    /// Returns the query at the byte offset `offset` of the file. Spaces behind a query belong to it, because
    /// the next word is typed there.
    fn located(&self, offset: usize) -> Option<Located<'_>> {
        for found in self.found() {
            for text in std::iter::once(&found.text).chain(&found.copies) {
                if let Some(offset) = text.text_offset(offset) {
                    return Some(Located { found, text: Cow::Borrowed(text), offset });
                }
            }
        }
        let before = |found: &&FoundText| found.text.host_range().is_some_and(|range| range.end < offset);
        let found = self.found().iter().filter(before).max_by_key(|f| f.text.host_range().map(|r| r.end))?;
        let end = found.text.host_range()?.end;
        let spaces = self.text().get(end..offset)?;
        let is_typed = spaces.chars().all(char::is_whitespace)
            && match spaces.matches('\n').count() {
                0 => true,
                1 => !spaces.ends_with('\n'),
                _ => false,
            };
        let text = found.text.extended(end, spaces).filter(|_| is_typed)?;
        let offset = text.text().len();
        Some(Located { found, text: Cow::Owned(text), offset })
    }

    /// Returns an empty query at the byte offset `offset`, if the file has queries without a host and the
    /// line is empty.
    fn empty_query(&self, offset: usize) -> Option<FoundText> {
        if self.host() != Host::Queries {
            return None;
        }
        let (_, line) = self.lines(&(offset..offset));
        let is_empty = self.text().get(line).is_some_and(|line| line.trim().is_empty());
        is_empty.then(|| FoundText {
            placeholders: None,
            is_alone: true,
            ..FoundText::query("query", HostText::unescaped("", offset))
        })
    }
}

impl Workspace {
    /// Calls `ask` with the context of a query whose text is `text`. Returns `None` if the text is not a query,
    /// or if there is no snapshot for it.
    fn in_query<R>(
        &self,
        found: &FoundText,
        text: &HostText,
        ask: impl FnOnce(&QueryContext<'_>) -> Result<R, Error>,
    ) -> Result<Option<R>, Error> {
        // A broken object of JSON is not a query.
        if found.skipped.is_some() && text.text().trim_start().starts_with(['{', '[']) {
            return Ok(None);
        }
        let store = match self.store(found.org.as_deref()) {
            Ok(store) => store,
            Err(Error::Org(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let name = found.table.as_ref().map(|table| &table.name).or(self.settings.table.as_ref());
        let table = name.and_then(|name| name.find(store).ok()).map(|entry| entry.logical_name.as_str());
        let form = match QueryForm::untrimmed(text.text()) {
            QueryForm::Filter(text) if text.trim_start().starts_with('<') => QueryForm::Fetch(text),
            // The name of the first option is typed.
            QueryForm::Filter(text) if text.starts_with(['$', '?', '&']) => QueryForm::Request(text),
            QueryForm::Filter(text) if table.is_none() && is_path(text) => QueryForm::Request(text),
            form => form,
        };
        ask(&QueryContext::new(store, form, table)).map(Some)
    }

    /// Calls `ask` with the context of the query at the byte offset `offset` of `file`, the text and the offset
    /// in it. Returns the default value if there is no query.
    fn at_offset<R: Default>(
        &self,
        file: &SourceFile,
        offset: usize,
        ask: impl FnOnce(&QueryContext<'_>, &Located<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let Some(located) = file.located(offset) else { return Ok(R::default()) };
        let asked = self.in_query(located.found, &located.text, |context| ask(context, &located))?;
        Ok(asked.unwrap_or_default())
    }

    /// Calls `ask` with the context of each query of `file`, and returns all results in order.
    fn in_each<R>(
        &self,
        file: &SourceFile,
        mut ask: impl FnMut(&QueryContext<'_>, &FoundText) -> Result<Vec<R>, Error>,
    ) -> Result<Vec<R>, Error> {
        let mut all = Vec::new();
        for found in file.found() {
            all.extend(self.in_query(found, &found.text, |context| ask(context, found))?.unwrap_or_default());
        }
        Ok(all)
    }

    /// Returns what can be inserted at the byte offset `offset` of a source file, the best first.
    ///
    /// ```
    /// use dvkit_ide::embedded::SourceFile;
    /// use dvkit_ide::{Schemas, Settings, Workspace};
    /// let workspace = Workspace::new(Schemas::of(dvkit_ide::sample::open()?), Settings::default());
    /// let text = "# active ones\ncontacts?$filter=statecode eq ";
    /// let file = SourceFile::new("a.odata".into(), text.into())?.expect("the language is known");
    /// let found = workspace.complete_at(&file, text.len())?;
    /// assert_eq!((found[0].completion.label.as_str(), found[0].edit.replacement.as_str()), ("0 Active", "0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn complete_at(&self, file: &SourceFile, offset: usize) -> Result<Vec<SourceCompletion>, Error> {
        // Other features answer nothing about what is not a query yet.
        let begun = match file.located(offset) {
            None => match file.empty_query(offset) {
                None => self.half_typed(file, offset)?,
                empty => empty,
            },
            Some(_) => None,
        };
        let located = match &begun {
            Some(found) => found.text.text_offset(offset).map(|offset| Located {
                found,
                text: Cow::Borrowed(&found.text),
                offset,
            }),
            None => file.located(offset),
        };
        let Some(located) = located else { return Ok(Vec::new()) };
        let found =
            self.in_query(located.found, &located.text, |context| context.complete(located.offset))?;
        let others: Vec<&HostText> = std::iter::once(&located.found.text)
            .chain(&located.found.copies)
            .filter(|text| text.host_range() != located.text.host_range())
            .filter(|text| text.text() == located.text.text())
            .collect();
        let completed = |completion: Completion| {
            let edit = whole_edit(file.text(), &located.text, &completion.edit)?;
            let copies: Option<Vec<HostEdit>> =
                others.iter().map(|text| whole_edit(file.text(), text, &completion.edit)).collect();
            let edit = (edit.start <= offset && offset <= edit.end).then_some(edit)?;
            Some(SourceCompletion { completion, edit, copies: copies? })
        };
        Ok(found.unwrap_or_default().into_iter().filter_map(completed).collect())
    }

    /// Returns the query at the byte offset `offset` of `file` that is not recognised as one yet. What does not
    /// say itself that it is a query needs a table that exists.
    fn half_typed(&self, file: &SourceFile, offset: usize) -> Result<Option<FoundText>, Error> {
        let Some(half) = file.half_typed(offset) else { return Ok(None) };
        if half.is_certain || half.found.table.is_some() {
            return Ok(Some(half.found));
        }
        let store = match self.store(half.found.org.as_deref()) {
            Ok(store) => store,
            Err(Error::Org(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let set = half.found.text.text().split(['?', '(', '/']).next().unwrap_or_default();
        Ok(store.table_by_entity_set(set).is_some().then_some(half.found))
    }

    /// Returns the signature of the call around the byte offset `offset` of a source file; `None` if there is
    /// none.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn signature_at(&self, file: &SourceFile, offset: usize) -> Result<Option<Signature>, Error> {
        self.at_offset(file, offset, |context, at| context.signature(at.offset))
    }

    /// Returns the explanation of what is at the byte offset `offset` of a source file; `None` if there is
    /// none.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn hover_at(&self, file: &SourceFile, offset: usize) -> Result<Option<Hover>, Error> {
        self.at_offset(file, offset, |context, at| {
            let Some(hover) = context.hover(at.offset)? else { return Ok(None) };
            Ok(host_span(&at.text, hover.span).map(|span| Hover { span, ..hover }))
        })
    }

    /// Returns the tokens of all queries of a source file, in the order of the file. They do not overlap. A
    /// token that is written in several literals is several tokens.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn tokens_of(&self, file: &SourceFile) -> Result<Vec<Token>, Error> {
        let mut tokens = self.in_each(file, |context, found| {
            let mut tokens = Vec::new();
            for token in context.tokens()? {
                for text in std::iter::once(&found.text).chain(&found.copies) {
                    let spans = stretches(text, token.span);
                    tokens.extend(spans.into_iter().map(|span| Token { span, class: token.class }));
                }
            }
            Ok(tokens)
        })?;
        tokens.sort_by_key(|token| (token.span.start, token.span.end));
        let mut end = 0;
        tokens.retain(|token| {
            let follows = token.span.start >= end && !token.span.is_empty();
            end = if follows { token.span.end } else { end };
            follows
        });
        Ok(tokens)
    }

    /// Returns the outline of a source file: the entries of its queries.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn symbols_of(&self, file: &SourceFile) -> Result<Vec<Symbol>, Error> {
        self.in_each(file, |context, found| {
            Ok(context.symbols()?.into_iter().filter_map(|symbol| host_symbol(&found.text, symbol)).collect())
        })
    }

    /// Returns the labels of options whose numbers are in the queries of a source file.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn inlay_hints_of(&self, file: &SourceFile) -> Result<Vec<InlayHint>, Error> {
        self.in_each(file, |context, found| {
            let located =
                |hint: InlayHint| Some(InlayHint { offset: found.text.host_offset(hint.offset)?, ..hint });
            Ok(context.inlay_hints()?.into_iter().filter_map(located).collect())
        })
    }

    /// Returns the positions of the clauses of queries, in the order of the file. Those that extend over
    /// several lines can be folded.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn folding_ranges_of(&self, file: &SourceFile) -> Result<Vec<Span>, Error> {
        self.in_each(file, |context, found| {
            let spans = context.folding_ranges()?;
            Ok(spans.into_iter().filter_map(|span| host_span(&found.text, span)).collect())
        })
    }

    /// Returns the ranges that contain the byte offset `offset` of a source file, from the smallest one to the
    /// whole query. It is empty if there is no query at the offset.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn selection_ranges_at(&self, file: &SourceFile, offset: usize) -> Result<Vec<Span>, Error> {
        self.at_offset(file, offset, |context, at| {
            let mut spans: Vec<Span> = Vec::new();
            for span in context.selection_ranges(at.offset)? {
                let Some(span) = host_span(&at.text, span) else { continue };
                let contains = |inner: &Span| {
                    span.start <= inner.start && inner.end <= span.end && span.len() > inner.len()
                };
                if spans.last().is_none_or(contains) {
                    spans.push(span);
                }
            }
            Ok(spans)
        })
    }

    /// Returns the places of the query at the byte offset `offset` of a source file that have the same meaning
    /// as the place there, and those beside the query that refer to its alias, such as cells of a layout.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn references_at(&self, file: &SourceFile, offset: usize) -> Result<Vec<Reference>, Error> {
        self.at_alias(file, offset, |context, at, _| {
            let located = |reference: Reference| {
                Some(Reference { span: host_span(&at.text, reference.span)?, ..reference })
            };
            let mut all: Vec<Reference> =
                context.references(at.offset)?.into_iter().filter_map(located).collect();
            if let Some(alias) = context.alias_at(at.offset)? {
                let beside = uses(at.found, &alias).filter_map(|(name, range)| name.host_span(range));
                all.extend(beside.map(|range| Reference {
                    span: Span::new(range.start, range.end),
                    is_definition: false,
                }));
            }
            Ok(all)
        })
    }

    /// Returns whether the name at the byte offset `offset` of a source file can be renamed; `None` if there is
    /// no query at the offset, and no name of a column that a query returns.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn rename_target_at(&self, file: &SourceFile, offset: usize) -> Result<Option<RenameTarget>, Error> {
        self.at_alias(file, offset, |context, at, beside| {
            Ok(Some(match context.rename_target(at.offset)? {
                RenameTarget::Name(span, name) => match beside.or_else(|| host_span(&at.text, span)) {
                    Some(span) => RenameTarget::Name(span, name),
                    None => RenameTarget::Refused(NOT_WRITTEN.to_owned()),
                },
                refused @ RenameTarget::Refused(_) => refused,
            }))
        })
    }

    /// Renames the alias or the variable at the byte offset `offset` of a source file to `new_name`, everywhere
    /// in the query and in its copies, and in the names beside the query that refer to it, such as cells of a layout;
    /// `None` if there is no query at the offset, and no name of a column that a query returns.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn rename_at(
        &self,
        file: &SourceFile,
        offset: usize,
        new_name: &str,
    ) -> Result<Option<RenameOutcome>, Error> {
        self.at_alias(file, offset, |context, at, _| {
            let edits = match context.rename(at.offset, new_name)? {
                RenameOutcome::Edits(edits) => edits,
                refused @ RenameOutcome::Refused(_) => return Ok(Some(refused)),
            };
            let mut all = at.found.host_edits(&edits);
            if let Some(alias) = context.alias_at(at.offset)? {
                for (name, range) in uses(at.found, &alias) {
                    let edits = name.edits(range, new_name.trim());
                    all = all.zip(edits).map(|(mut all, edits)| {
                        all.extend(edits.into_iter().map(|edit| Edit {
                            span: Span::new(edit.start, edit.end),
                            replacement: edit.replacement,
                        }));
                        all
                    });
                }
            }
            Ok(Some(match all {
                Some(edits) => RenameOutcome::Edits(edits),
                None => RenameOutcome::Refused(NOT_WRITTEN.to_owned()),
            }))
        })
    }

    /// Does the same as [`at_offset`](Self::at_offset), also for the name of a column that a query returns, which is
    /// written beside the query: the offset is then that of the alias in the query, and `ask` gets the position of
    /// the alias in the file.
    fn at_alias<R: Default>(
        &self,
        file: &SourceFile,
        offset: usize,
        ask: impl Fn(&QueryContext<'_>, &Located<'_>, Option<Span>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        for found in file.found() {
            let names = || found.returned_names.iter();
            let Some(name) = names().find(|name| name.text_offset(offset).is_some()) else { continue };
            let asked = self.in_query(found, &found.text, |context| {
                let Some((alias, defined)) = context.alias_of(name.text())? else { return Ok(None) };
                let place = alias.within(name.text()).and_then(|range| name.host_span(range));
                // The name of the column behind the alias is that of the organisation.
                let Some(place) = place.filter(|place| offset <= place.end) else { return Ok(None) };
                let located = Located { found, text: Cow::Borrowed(&found.text), offset: defined };
                ask(context, &located, Some(Span::new(place.start, place.end))).map(Some)
            })?;
            if let Some(result) = asked.flatten() {
                return Ok(result);
            }
        }
        self.at_offset(file, offset, |context, at| ask(context, at, None))
    }

    /// Returns where the name at the byte offset `offset` of a source file is defined; `None` if there is no
    /// such name, or if no file defines it.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn definition_at(&self, file: &SourceFile, offset: usize) -> Result<Option<Definition>, Error> {
        self.at_offset(file, offset, |context, at| {
            Ok(match context.definition(at.offset)? {
                Some(Definition::Query(span)) => host_span(&at.text, span).map(Definition::Query),
                other => other,
            })
        })
    }

    /// Returns the actions for the byte range `range` of a source file: the corrections of the findings that
    /// touch it, all certain corrections of these queries, and their translations. `diagnosis` has the findings
    /// of the file. An action that cannot be written into the file is left out.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn actions_at(
        &self,
        file: &SourceFile,
        range: Range<usize>,
        diagnosis: &SourceDiagnosis,
    ) -> Result<Vec<Action>, Error> {
        let touches = |d: &&Diagnostic| {
            let span = d.span.range();
            span.start <= range.end && range.start <= span.end
        };
        let comments = diagnosis.comments.iter().filter(touches);
        let mut all: Vec<Action> = comments.flat_map(|d| fixes(d, file.text())).collect();
        for (found, checked) in file.found().iter().zip(&diagnosis.texts) {
            let own = text_span(&found.text, &range);
            let copy = || found.copies.iter().find_map(|text| text_span(text, &range));
            let in_copy = if own.is_some() { None } else { copy() };
            // A finding about a copy is located in the text that is checked.
            for (located, finding) in checked.diagnostics.iter().zip(&checked.in_text) {
                let is_near = |span: Span| finding.span.start <= span.end && span.start <= finding.span.end;
                if touches(&located) || in_copy.is_some_and(is_near) {
                    all.extend(fixes(located, file.text()));
                }
            }
            if own.is_none() && in_copy.is_none() {
                continue;
            }
            if !checked.fix.is_empty() {
                let certain = checked.diagnostics.iter().filter(|d| d.fix().is_some()).count();
                all.push(fix_all(certain, checked.fix.iter().cloned().map(Edit::from).collect()));
            }
            let mut targets = self.settings.targets.clone();
            overlay(&mut targets, &found.targets);
            let severities = self.settings.levels.clone();
            let options = CheckOptions { targets, severities, placeholders: true, ..CheckOptions::default() };
            let translation = self.in_query(found, &found.text, |context| context.translation(&options))?;
            all.extend(translation.flatten().and_then(|action| {
                let edits = found.host_edits(&action.edits)?;
                Some(Action { edits, ..action })
            }));
        }
        Ok(all)
    }

    /// Returns the edits that format the queries of a file of queries. It is empty for source files of
    /// programs. A query that is not valid, or that must not be replaced, is left as it is.
    #[must_use]
    pub fn format_source(&self, file: &SourceFile, options: &FormatOptions) -> Vec<HostEdit> {
        if file.host() != Host::Queries {
            return Vec::new();
        }
        let Ok(document) = Document::new(file.path.clone(), file.text().as_bytes().to_vec()) else {
            return Vec::new();
        };
        let mut edits = BTreeMap::new();
        for (n, formatted) in format_document(&document, options).enumerate() {
            let FormatResult::Changed(replacement) = formatted.result else { continue };
            if document.fits(n, &replacement) {
                let item = &formatted.item;
                let (start, end) = (item.start + item.range.start, item.start + item.range.end);
                edits.insert(n, HostEdit { start, end, replacement });
            }
        }
        let changes = edits.iter().map(|(n, edit)| (*n, edit.replacement.clone())).collect();
        // All of them together have to be read back too.
        if document.rewritten(&changes).is_ok() { edits.into_values().collect() } else { Vec::new() }
    }
}

/// The reason for not renaming a name.
const NOT_WRITTEN: &str = "the name is not written in this file as it is";

/// Returns the names beside a query that refer to `alias`, with the byte range of the alias in them.
fn uses<'f>(found: &'f FoundText, alias: &'f Alias) -> impl Iterator<Item = (&'f HostText, Range<usize>)> {
    found.returned_names.iter().filter_map(|name| Some((name, alias.within(name.text())?)))
}

/// Returns whether a text without a table could be the beginning of a request.
fn is_path(text: &str) -> bool {
    !text.trim_end().contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'))
}

/// Returns the position in the file of a span of the query's text; `None` if it is not in the file.
fn host_span(text: &HostText, span: Span) -> Option<Span> {
    let range = text.host_span(span.range())?;
    Some(Span::new(range.start, range.end))
}

/// Returns the span of the query's text that touches the byte range `range` of the file.
fn text_span(text: &HostText, range: &Range<usize>) -> Option<Span> {
    let host = text.host_range()?;
    if range.end < host.start || host.end < range.start {
        return None;
    }
    // A position within a placeholder or between two literals is that of the next literal.
    let offset = |from: usize, back: bool| {
        let from = from.clamp(host.start, host.end);
        let near = if back {
            (host.start..=from).rev().find_map(|at| text.text_offset(at))
        } else {
            (from..=host.end).find_map(|at| text.text_offset(at))
        };
        near.filter(|at| text.text().is_char_boundary(*at))
    };
    let start = offset(range.start, true).unwrap_or(0);
    let end = offset(range.end, false).unwrap_or(text.text().len());
    Some(Span::new(start, end.max(start)))
}

/// Returns the stretches of the file in which a span of the query's text is written.
fn stretches(text: &HostText, span: Span) -> Vec<Span> {
    let Some(whole) = host_span(text, span) else { return Vec::new() };
    if whole.len() == span.len() {
        return vec![whole];
    }
    let mut found: Vec<Span> = Vec::new();
    let start = span.start as usize;
    for (at, c) in text.text().get(span.range()).unwrap_or_default().char_indices() {
        let Some(part) = host_span(text, Span::new(start + at, start + at + c.len_utf8())) else { continue };
        match found.last_mut() {
            // The characters of a placeholder have its position.
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => found.push(part),
        }
    }
    found
}

fn host_symbol(text: &HostText, symbol: Symbol) -> Option<Symbol> {
    let span = host_span(text, symbol.span)?;
    let selection = host_span(text, symbol.selection)
        .filter(|inner| span.start <= inner.start && inner.end <= span.end)
        .unwrap_or(span);
    let children = symbol.children.into_iter().filter_map(|child| host_symbol(text, child)).collect();
    Some(Symbol { span, selection, children, ..symbol })
}

/// Returns the edit of the file that makes the edit `edit` of a query's text. Its range contains the whole
/// span, also the text at its ends that stays the same, because editors compare the text in the range with
/// what they filter by. Returns `None` if the edit cannot be written into the file.
fn whole_edit(source: &str, text: &HostText, edit: &Edit) -> Option<HostEdit> {
    let mut edits = text.edits(edit.span.range(), &edit.replacement)?;
    edits.sort();
    let mut range = text.host_span(edit.span.range())?;
    if let [first, .., last] | [first @ last] = edits.as_slice() {
        range = range.start.min(first.start)..range.end.max(last.end);
    }
    let mut replacement = String::new();
    let mut at = range.start;
    for edit in &edits {
        replacement.push_str(source.get(at..edit.start)?);
        replacement.push_str(&edit.replacement);
        at = edit.end;
    }
    replacement.push_str(source.get(at..range.end)?);
    Some(HostEdit { start: range.start, end: range.end, replacement })
}

#[cfg(test)]
mod tests;
