//! `$metadata`: the CSDL document of the Web API.
//!
//! A CSDL has what a query can name, with exact spelling: entity sets, properties with their wire types, navigation
//! properties, keys, and operations. It has no lengths, options, labels or requirement levels, and of a number it does not tell whether it
//! is a choice; those come from the metadata JSON, and [`Schema::merge`](dvkit_schema::Schema::merge) joins the two.
//!
//! What a type inherits is repeated in it, so that a table is complete on its own. The types that describe metadata
//! itself (`EntityMetadata`, …) are in the same document and are left out.

mod document;
mod operations;
mod tables;

use std::fmt;

use dvkit_schema::wire::ImportedSchema;

/// The greatest document that is read: 200 MiB.
pub const MAX_TEXT: usize = crate::xml::MAX_TEXT;

/// Why a text is not a CSDL document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsdlError {
    /// Line, from 1; 0 where the text as a whole is meant.
    pub line: usize,
    /// Column, from 1; 0 where the line as a whole is meant.
    pub column: usize,
    /// What is wrong, and what was expected.
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

/// Reads a CSDL document.
///
/// Document type definitions are refused, and with them every entity that could grow.
///
/// # Errors
/// Where the text is not well-formed, too deep or too great, or is XML of something else.
pub fn read(xml: &str) -> Result<ImportedSchema, CsdlError> {
    let document = document::parse(xml)?;
    let model = document::Model::of(&document)?;
    Ok(tables::all(&model))
}

#[cfg(test)]
mod tests;
