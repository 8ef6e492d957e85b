//! OData expressions: text ⇄ syntax tree.
//!
//! Knows the whole standard expression grammar of OData 4.01 and no schema. See [`ast`] for the tree.
#![forbid(unsafe_code)]

pub mod ast;
