//! Solutions: what customisers move between organisations, as it is exported or unpacked.
//!
//! The same XML comes in three ways: `customizations.xml` alone, within the solution's zip ([`archive`]), and taken
//! apart into a folder by the solution packager or `pac solution unpack` ([`folder`]): `Entities/*/Entity.xml`,
//! `OptionSets/*.xml`, `Other/Relationships/*.xml`.
//!
//! # What is believed
//! A solution holds what somebody put into it: of a table that it extends the new columns alone, and even of its own
//! tables not all (`versionnumber` was in none of fourteen real ones). So every table is marked
//! [`partial`](dvkit_schema::Table::partial), and what is not in it may exist. Navigation properties are given for
//! relationships that customisers made; those that the service made (`lk_…_createdby`, `business_unit_…`) have none,
//! and theirs stay open. A solution does not say either which columns are properties of the Web API, what type codes
//! tables have, and whether an alternate key is active.
//!
//! Tables that are only the other end of a relationship are in the model too, marked by
//! [`is_reference_only`](dvkit_schema::Table::is_reference_only): another source may know them, else they are dropped.

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

/// The deepest nesting that is read. Forms stand in the same files as columns and are nested twenty levels deep.
const MAX_DEPTH: usize = 256;

const EXPECTED: &str = "expected a part of a solution: `customizations.xml`, `Entity.xml`, an option set or \
                        relationships";

/// Takes the documents of one solution, in any order.
#[derive(Default)]
pub(crate) struct Reader {
    imported: ImportedSchema,
    /// They wait for their tables.
    relations: relations::Relations,
}

impl Reader {
    /// Reads one document.
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

    /// Reads the manifest, of which only the base language is wanted: one that cannot be read says nothing.
    pub(crate) fn manifest(&mut self, text: &str) {
        if let Ok(document) = xml::parse(text, MAX_DEPTH, EXPECTED) {
            self.note_base_language(document.root_element());
        }
    }

    /// The base language of the organisation that the solution was exported from.
    fn note_base_language(&mut self, root: Node<'_, '_>) {
        let base = root.attribute("languagecode").and_then(|code| code.trim().parse().ok());
        let org = &mut self.imported.schema.org;
        org.base_language = org.base_language.or(base.filter(|code| *code != 0));
    }

    /// What all of them say.
    pub(crate) fn finish(mut self) -> ImportedSchema {
        self.relations.finish(&mut self.imported);
        self.imported.schema.collect_languages();
        self.imported.schema.sort();
        self.imported
    }
}

/// What one document says; for files that are named alone.
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

/// The text of a node's child: `<Type>nvarchar</Type>`. Empty ones are as good as absent.
fn text<'a>(node: Node<'a, '_>, child: &str) -> Option<&'a str> {
    let text = elements(node).find(|n| n.tag_name().name() == child)?.text()?.trim();
    (!text.is_empty()).then_some(text)
}

/// A child that is `1` or `0`.
fn flag(node: Node<'_, '_>, child: &str) -> Option<bool> {
    match text(node, child)? {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// A child that is a number.
fn number<T: std::str::FromStr>(node: Node<'_, '_>, child: &str) -> Option<T> {
    text(node, child)?.parse().ok()
}

/// The children of a node's child: the `attribute`s of its `attributes`.
fn list<'a, 'i>(node: Node<'a, 'i>, child: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(node).filter(move |n| n.tag_name().name() == child).flat_map(elements)
}

/// Keeps what was not there yet, by a key; gives how many were.
fn once<T>(all: &mut Vec<T>, key: impl Fn(&T) -> &str) -> usize {
    let total = all.len();
    let mut seen = BTreeSet::new();
    all.retain(|one| seen.insert(key(one).to_owned()));
    total - all.len()
}
