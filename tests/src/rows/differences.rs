//! Checks that a translation changes only those parts of a result that its notes name.

use dvkit_execute::Context;
use dvkit_execute::interpreter::{Database, QueryResult, ResultRow, evaluate};
use dvkit_query::hir::{Query, Value};
use dvkit_translate::{DifferenceKind, Translation};

use super::same_rows;
use crate::generate::table;
use crate::sample::store;

/// Checks that a query and its translation give the same result, except for the differences that the notes of
/// the translation name. `meant` is the HIR of the translation. Returns the number of rows; `None` if neither
/// query can be evaluated.
///
/// # Errors
/// Returns a description of a difference for which there is no note.
pub fn same_rows_except_noted_differences(
    query: &Query,
    emitted: &Translation,
    meant: &Query,
    database: &Database,
    world: &Context,
) -> Result<Option<usize>, String> {
    let noted = |kind: DifferenceKind| emitted.differences.iter().any(|note| note.kind == kind);
    // The interpreter compares two columns without a value alike in both languages. Parts without meaning do
    // not change the rows, and what is not documented is taken to be the same.
    let same = |kind: DifferenceKind| {
        matches!(
            kind,
            DifferenceKind::Nulls
                | DifferenceKind::Unread
                | DifferenceKind::Undocumented
                | DifferenceKind::Performance
        )
    };
    if emitted.differences.iter().all(|note| same(note.kind)) {
        return same_rows(query, meant, database, world);
    }
    let mut query = query.clone();
    if noted(DifferenceKind::Paging) {
        // The page size goes into a header, which is not part of the HIR.
        query.page.size = meant.page.size;
        query.page.number = meant.page.number;
    }
    let answers = (evaluate(&query, database, store(), world), evaluate(meant, database, store(), world));
    let (Ok(QueryResult::Rows(of_query, _)), Ok(QueryResult::Rows(of_meant, _))) = answers else {
        return Ok(None);
    };
    let number = Ok(Some(of_query.len()));
    let pairs = noted(DifferenceKind::Rows);
    let limited = query.page.top.is_some() || query.page.size.is_some();
    if (pairs && limited) || query.distinct != meant.distinct {
        return number;
    }
    let key = table(&query.table).primary_id.as_deref().unwrap_or_default();
    let keys = |rows: &[ResultRow]| -> Vec<Option<Value>> {
        rows.iter().map(|row| row.columns.get(key).cloned()).collect()
    };
    if query.grouping.is_some() || meant.grouping.is_some() {
        let same = pairs || of_query.len() == of_meant.len();
        return if same { number } else { Err(format!("{of_query:#?}\nare not as many as\n{of_meant:#?}")) };
    }
    let (mut a, mut b) = (keys(&of_query), keys(&of_meant));
    if pairs || query.order.is_empty() {
        for keys in [&mut a, &mut b] {
            keys.sort_by_cached_key(|key| format!("{key:?}"));
        }
    }
    if pairs {
        a.dedup();
        b.dedup();
    }
    if a == b { number } else { Err(format!("{a:?}\nis not\n{b:?}\nfor all of {:?}", emitted.differences)) }
}
