//! Stands for the readers of programs in a build without the feature `programs`: what is not read is told.

use super::super::{FoundText, HostText, SourceFile};

/// Returns one text for the whole file, which says that the build does not read its language.
pub(in crate::embedded) fn read(file: &SourceFile) -> Vec<FoundText> {
    let why = format!("this build does not read {} (feature `programs`)", file.host().name());
    vec![FoundText::query("program", HostText::unescaped("", 0)).skipped(why)]
}
