//! Reads files of queries (`.odata`, `.fetchxml`, `.jsonl`) as source files. Their format is that of
//! [`Document`](crate::document::Document).

use crate::document::{Document, QueryItem};

use super::{FoundTable, FoundText, HostText, SourceFile};

/// Returns the queries of a file of queries.
pub(super) fn read(file: &SourceFile) -> Vec<FoundText> {
    let Ok(document) = Document::new(file.path.clone(), file.text().as_bytes().to_vec()) else {
        return Vec::new();
    };
    document.items().map(|item| found(&item)).collect()
}

fn found(item: &QueryItem<'_>) -> FoundText {
    let entry = match &item.entry {
        Ok(entry) => entry,
        Err(why) => {
            let text = HostText::unescaped(item.written(), item.start + item.range.start);
            return FoundText {
                placeholders: None,
                is_alone: true,
                ..FoundText::query("query", text).skipped(why.clone())
            };
        }
    };
    let table = entry.table_name().map(|name| FoundTable {
        name,
        place: entry.table.as_ref().map(|table| {
            let start = item.start + table.line_offset(0);
            start..item.start + table.line_offset(table.text().len())
        }),
    });
    let text = entry.query.host_text(item.lines, item.start);
    let mut found =
        FoundText { placeholders: None, is_alone: true, ..FoundText::query("query", text).with_table(table) };
    if let Some(request) = &entry.request {
        found.org.clone_from(&request.org);
        found.targets.clone_from(&request.targets);
        found.placeholders = request.placeholders;
    }
    found
}
