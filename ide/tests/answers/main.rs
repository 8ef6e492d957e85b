//! What the crate answers, word for word: the texts that are found in files of every host language, what editors and
//! explanations say about the sample organisation, and the results of files, trees, batches and settings.
#![allow(clippy::unwrap_used, unreachable_pub)] // the lint's exception for tests does not reach their helpers

mod editor;
mod explain;
mod files;
mod golden;
mod hosts;
mod limits;
mod offsets;
