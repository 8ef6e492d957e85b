//! Reads `$metadata`, the CSDL document of the Web API.
//!
//! A CSDL document contains everything that a query can refer to, in its exact spelling: entity sets,
//! properties with their wire types, navigation properties, keys, and operations. It contains no lengths,
//! options, labels or requirement levels, and does not say whether a number is a choice. These facts come
//! from the metadata JSON; [`Schema::merge`](dvkit_schema::Schema::merge) combines both.
//!
//! Inherited properties are repeated in the derived tables, so that each table is complete on its own. The
//! types that describe metadata itself (`EntityMetadata`, …) are in the same document and are left out.

mod document;
mod operations;
mod tables;

use std::fmt;

use dvkit_schema::wire::ImportedSchema;

/// The maximum length of a document in bytes: 200 MiB.
pub const MAX_TEXT: usize = crate::xml::MAX_TEXT;

/// The reason why a text could not be read as a CSDL document, with the position.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsdlError {
    /// The line, counted from 1; 0 if the error is about the text as a whole.
    pub line: usize,
    /// The column, counted from 1; 0 if the error is about the whole line or the whole text.
    pub column: usize,
    /// The message: what is wrong, and what was expected.
    pub message: String,
}

impl fmt::Display for CsdlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.line, self.column)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for CsdlError {}

/// Reads a CSDL document. The result has its tables and operations, and the numbers of elements that were
/// left out.
///
/// A document type definition is refused, because its entities could expand without limit.
///
/// # Errors
/// Returns an error if the text is not well-formed, is nested too deeply, is too long, or is XML but not a
/// CSDL document.
pub fn read(xml: &str) -> Result<ImportedSchema, CsdlError> {
    let document = document::parse(xml)?;
    let model = document::Model::of(&document)?;
    Ok(tables::all(&model))
}

#[cfg(test)]
mod tests;
