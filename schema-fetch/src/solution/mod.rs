//! Reads solutions, exported or unpacked. A solution is a package that moves customisations between
//! organisations.
//!
//! The same XML comes in three forms: as the file `customizations.xml`; in the zip of an exported solution
//! ([`archive`]); and in the files of a folder ([`folder`]), into which the solution packager or
//! `pac solution unpack` splits it: `Entities/*/Entity.xml`, `OptionSets/*.xml`, `Other/Relationships/*.xml`.
//!
//! # Limits of a solution
//! A solution contains only the items that somebody added to it. Of a table that it extends, it contains only
//! the new columns; even its own tables are not complete (`versionnumber` was in none of fourteen real
//! solutions). Every table is therefore marked [`partial`](dvkit_schema::Table::partial): columns that it
//! does not list may exist. Navigation properties are given only for relationships that customisers made, not
//! for the service's own (`lk_…_createdby`, `business_unit_…`). A solution also does not say which columns
//! are properties of the Web API, which type codes tables have, and whether an alternate key is active.
//!
//! A relationship may lead to a table that the solution does not describe. Such tables are in the schema only
//! as references ([`is_reference_only`](dvkit_schema::Table::is_reference_only)), and are dropped if no other
//! source describes them.

pub(crate) mod archive;
mod columns;
pub(crate) mod folder;
mod layout;
mod options;
mod relations;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use dvkit_schema::wire::ImportedSchema;
use roxmltree::Node;

use crate::xml::{self, XmlError, elements};

/// The maximum depth of nested elements. The files contain not only columns but also forms, which are nested
/// twenty levels deep.
const MAX_DEPTH: usize = 256;

const EXPECTED: &str = "expected a part of a solution: `customizations.xml`, `Entity.xml`, an option set or \
                        relationships";

/// Reads the documents of one solution, in any order, and combines their contents into one schema.
#[derive(Default)]
pub(crate) struct Reader {
    imported: ImportedSchema,
    /// The relationships found so far. They are added to the tables when all tables have been read.
    relations: relations::Relations,
}

impl Reader {
    /// Reads one document of the solution. Returns an error if the text is not XML, or if its root element is
    /// not one of a solution.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), XmlError> {
        let document = xml::parse(text, MAX_DEPTH, EXPECTED)?;
        let root = document.root_element();
        match root.tag_name().name() {
            "ImportExportXml" => {
                self.note_base_language(root);
                elements(root).for_each(|part| match part.tag_name().name() {
                    "Entities" => elements(part).for_each(|e| tables::add(&mut self.imported, e)),
                    "optionsets" => elements(part).for_each(|o| options::add_global(&mut self.imported, o)),
                    "EntityRelationships" => self.relations.add(part),
                    _ => {}
                });
            }
            "Entity" => tables::add(&mut self.imported, root),
            "optionset" => options::add_global(&mut self.imported, root),
            "EntityRelationships" => self.relations.add(root),
            other => {
                let at = document.text_pos_at(root.range().start);
                return Err(XmlError::at(at, format!("the root element is `{other}`; {EXPECTED}")));
            }
        }
        Ok(())
    }

    /// Reads the base language from the text of the manifest. A manifest that cannot be parsed is ignored.
    pub(crate) fn manifest(&mut self, text: &str) {
        if let Ok(document) = xml::parse(text, MAX_DEPTH, EXPECTED) {
            self.note_base_language(document.root_element());
        }
    }

    /// Records the base language of the organisation that exported the solution, if the root element `root`
    /// states this language.
    fn note_base_language(&mut self, root: Node<'_, '_>) {
        let base = root.attribute("languagecode").and_then(|code| code.trim().parse().ok());
        let org = &mut self.imported.schema.org;
        org.base_language = org.base_language.or(base.filter(|code| *code != 0));
    }

    /// Returns the combined contents of all documents.
    pub(crate) fn finish(mut self) -> ImportedSchema {
        self.relations.finish(&mut self.imported);
        self.imported.schema.collect_languages();
        self.imported.schema.sort();
        self.imported
    }
}

/// Reads a single document of a solution, without the other documents of the solution. Returns an error if
/// the text is not XML of a solution, or if it has no tables and no choices.
pub(crate) fn read(text: &str) -> Result<ImportedSchema, XmlError> {
    let mut reader = Reader::default();
    reader.add(text)?;
    let imported = reader.finish();
    if imported.schema.tables.is_empty() && imported.schema.choices.is_empty() {
        return Err(XmlError::whole(
            "this part of a solution has no tables and no choices: where it is unpacked, name the folder in which \
             `Other` and `Entities` are; expected a solution or a part with tables",
        ));
    }
    Ok(imported)
}

/// Returns the text of the child element named `child`: `nvarchar` for `<Type>nvarchar</Type>`. Returns
/// `None` if the child is missing or empty.
fn text<'a>(node: Node<'a, '_>, child: &str) -> Option<&'a str> {
    let text = elements(node).find(|n| n.tag_name().name() == child)?.text()?.trim();
    (!text.is_empty()).then_some(text)
}

/// Returns the flag in the child element named `child`: `true` for `1`, `false` for `0`, and `None` for
/// anything else.
fn flag(node: Node<'_, '_>, child: &str) -> Option<bool> {
    match text(node, child)? {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// Returns the number in the child element named `child`; `None` if the child is missing or is not a number.
fn number<T: std::str::FromStr>(node: Node<'_, '_>, child: &str) -> Option<T> {
    text(node, child)?.parse().ok()
}

/// Returns the elements inside the child element named `child`: for `attributes`, its `attribute` elements.
fn list<'a, 'i>(node: Node<'a, 'i>, child: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(node).filter(move |n| n.tag_name().name() == child).flat_map(elements)
}

/// Removes from `all` each item with a key that an earlier item has too. `key` returns the key of an item.
/// Returns the number of removed items.
fn remove_duplicates<T>(all: &mut Vec<T>, key: impl Fn(&T) -> &str) -> usize {
    let total = all.len();
    let mut seen = BTreeSet::new();
    all.retain(|one| seen.insert(key(one).to_owned()));
    total - all.len()
}
