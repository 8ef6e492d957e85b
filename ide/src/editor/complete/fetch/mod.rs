//! Completes FetchXML: decides whether an element, an attribute or a value is expected at the cursor.

mod attributes;
mod condition;
mod elements;
mod links;
mod scan;

use dvkit_schema::{StoreError, Table};

use super::Completer;
use super::lexer::is_name_char;
use super::rows::named_table;
use scan::is_xml_name_char;
use scan::{TagKind, Tags};

impl<'a> Completer<'a> {
    /// Completes a FetchXML query.
    pub(super) fn fetch(&mut self) -> Result<(), StoreError> {
        let tags = Tags::new(self.text);
        let Some(index) = tags.at(self.cursor) else {
            let parent = tags.parent_at(self.cursor);
            self.word = self.word_around(self.cursor, is_xml_name_char);
            if let Some(parent) = parent
                && tags.tags.get(parent).is_some_and(|tag| tag.name == "value")
            {
                self.word = self.word_around(self.cursor, |c| !matches!(c, '<' | '>') && !c.is_whitespace());
                let condition = tags.tags.get(parent).and_then(|tag| tag.parent);
                return self.condition_value(&tags, condition);
            }
            return self.elements(&tags, parent, "<");
        };
        let Some(tag) = tags.tags.get(index) else { return Ok(()) };
        match tag.kind {
            TagKind::Other => return Ok(()),
            TagKind::End if self.cursor < tag.name_range.start || self.cursor > tag.name_range.end => {
                return Ok(());
            }
            TagKind::End => {
                self.word = tag.name_range.clone();
                // What is open is closed: the element around the cursor.
                let own = tag.parent.and_then(|at| tags.tags.get(at));
                return {
                    self.end_tag(own.map_or("fetch", |tag| tag.name), tag.closed);
                    Ok(())
                };
            }
            TagKind::Start | TagKind::Empty => {}
        }
        if self.cursor <= tag.name_range.end {
            self.word = tag.name_range.clone();
            return self.elements(&tags, tag.parent, "");
        }
        let within = tag.attributes.iter().find(|attribute| {
            attribute.value.as_ref().is_some_and(|v| v.start <= self.cursor && self.cursor <= v.end)
        });
        match within {
            Some(attribute) => self.attribute_value(&tags, index, attribute),
            None => {
                self.word = self.word_around(self.cursor, is_xml_name_char);
                self.attribute_names(&tags, index);
                Ok(())
            }
        }
    }

    /// Returns the table whose columns the element `index` names: that of the nearest `<entity>` or
    /// `<link-entity>` around it.
    fn scope(&self, tags: &Tags<'a>, index: Option<usize>) -> Result<Option<&'a Table>, StoreError> {
        let name = tags.ancestors(index).find_map(|at| {
            let tag = tags.tags.get(at)?;
            matches!(tag.name, "entity" | "link-entity").then(|| tags.attribute(at, "name"))
        });
        match name.flatten() {
            Some(name) => named_table(self.store, name),
            None => Ok(None),
        }
    }

    /// Returns the table whose columns an element with the index `index` names: that of the link which its
    /// attribute `entityname` names, or that of the element around it.
    fn column_scope(&self, tags: &Tags<'a>, index: usize) -> Result<Option<&'a Table>, StoreError> {
        let alias = tags.attribute(index, "entityname").filter(|alias| !alias.is_empty());
        let Some(alias) = alias else {
            return self.scope(tags, tags.tags.get(index).and_then(|tag| tag.parent));
        };
        let link = tags.tags.iter().find(|tag| {
            tag.name == "link-entity"
                && (tag.value(self.text, "alias") == Some(alias)
                    || tag.value(self.text, "name") == Some(alias))
        });
        match link.and_then(|link| link.value(self.text, "name")) {
            Some(name) => named_table(self.store, name),
            None => Ok(None),
        }
    }

    /// Sets the word to the part of a value around the cursor that is replaced: all of it, if its end is known.
    fn take_value(&mut self, value: &std::ops::Range<usize>, closed: bool, extra: &[char]) {
        let text = self.text.get(value.clone()).unwrap_or_default();
        let is_part = |c: char| is_name_char(c) || extra.contains(&c);
        self.word = if closed && text.chars().all(|c| is_part(c) || c == ' ') {
            value.clone()
        } else {
            let run = self.word_around(self.cursor, is_part);
            run.start.max(value.start)..run.end.min(value.end).max(self.cursor)
        };
    }

    /// Returns the quote that the query uses for attributes.
    fn attribute_quote(&self) -> char {
        match (self.text.find("=\""), self.text.find("='")) {
            (Some(double), Some(single)) if single < double => '\'',
            (None, Some(_)) => '\'',
            _ => '"',
        }
    }
}
