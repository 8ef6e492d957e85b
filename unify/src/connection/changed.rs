//! Makes records of the rows of a page of changes: which of them are new, and those that have to be read again.

use std::collections::{BTreeMap, BTreeSet};

use dvkit::by_name::{column, filter_text};
use dvkit_client::{Prefer, RowText};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use uuid::Uuid;

use super::Connection;
use super::changes::ChangesPage;
use super::list::{tells_amounts, unreadable};
use super::row::Row;
use crate::error::Result;
use crate::mapping::{CompiledTable, FieldSource};

/// The number of ids of a request: a URL has at most 32,768 characters, and an id takes about 50.
const MAX_IDS: usize = 300;

/// What the rows of a page of changes are compared with.
pub(super) struct Before {
    /// Whether the table is read for the first time: then all rows are new.
    pub(super) first_time: bool,
    /// The latest time of creation that was seen until then; `None` if there were no rows.
    pub(super) latest: Option<Timestamp>,
    /// Whether the rows were selected with another mapping, so that columns may be missing.
    pub(super) other_mapping: bool,
}

/// What a row says about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct RowFacts {
    id: Option<Uuid>,
    created: Option<Timestamp>,
    modified: Option<Timestamp>,
}

impl RowFacts {
    /// Reads what rows say about themselves. A row that is no JSON object says nothing.
    fn of(rows: &[RowText], table: &CompiledTable) -> Vec<Self> {
        let mut row = Row::default();
        let id = row.position(table.primary_id.as_str());
        let [created, modified] = [&table.created_on, &table.modified_on]
            .map(|column| column.as_deref().map(|column| row.position(column)));
        let mut read = |text| {
            row.fill(text).ok()?;
            let time = |at: Option<usize>| row.at(at?).text()?.parse().ok();
            Some(Self {
                id: row.at(id).text().and_then(|id| Uuid::try_parse(&id).ok()),
                created: time(created),
                modified: time(modified),
            })
        };
        rows.iter().map(|row| read(row.get()).unwrap_or_default()).collect()
    }

    /// Returns whether the row was created after what was seen before. Times have seconds: a row of the very second counts
    /// as new until it is changed.
    fn is_new(&self, before: &Before) -> bool {
        match (self.created, before.latest) {
            _ if before.first_time => true,
            (Some(created), Some(latest)) => {
                created > latest || (created == latest && self.modified == Some(created))
            }
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

/// Returns whether the rows of changes lack something, so that they are read once more: what is in other rows, and
/// whether they meet the filter of the resource. Change tracking takes neither.
pub(super) fn incomplete(table: &CompiledTable, first_time: bool) -> bool {
    let paths =
        || table.fields.iter().chain(&table.custom).any(|f| matches!(f.source, FieldSource::Path { .. }));
    match table.change_tracking {
        true => table.filter.is_some() || paths(),
        // The first time the filter is part of the request; later it would hide the rows that do not meet it any more.
        false => table.filter.is_some() && !first_time,
    }
}

impl Connection {
    /// Makes records of changed rows, and returns the latest time of creation among them.
    pub(super) async fn read_changed(
        &self,
        resource: &str,
        table: &CompiledTable,
        several: bool,
        rows: Vec<RowText>,
        before: &Before,
        result: &mut ChangesPage,
    ) -> Result<Option<Timestamp>> {
        let facts = RowFacts::of(&rows, table);
        let latest = facts.iter().filter_map(|facts| facts.created).max();
        let record_id = |id: Uuid| if several { format!("{}-{id}", table.table) } else { id.to_string() };
        let again = !rows.is_empty() && (before.other_mapping || incomplete(table, before.first_time));
        let rows = match again {
            true => {
                let asked: Vec<Uuid> = facts.iter().filter_map(|facts| facts.id).collect();
                let rows = self.read_again(table, &asked).await?;
                if !before.first_time {
                    // A row that does not come back does not meet the filter of the resource, or was deleted meanwhile.
                    let found = RowFacts::of(&rows, table);
                    let found: BTreeSet<Uuid> = found.iter().filter_map(|facts| facts.id).collect();
                    let gone = asked.into_iter().filter(|id| !found.contains(id));
                    result.deleted.extend(gone.map(record_id));
                }
                rows
            }
            false => rows,
        };
        let codes: BTreeMap<Uuid, String> = match &table.currency {
            Some(currency) if table.change_tracking && !again && !rows.is_empty() && tells_amounts(table) => {
                self.currencies(currency).await?.codes.clone()
            }
            _ => BTreeMap::new(),
        };
        let new: BTreeSet<Uuid> =
            facts.iter().filter(|facts| facts.is_new(before)).filter_map(|facts| facts.id).collect();
        let reader = self.reader(resource, table, several, true, &codes);
        let read = RowFacts::of(&rows, table);
        let records = reader.records(&rows, &mut result.issues).map_err(|error| unreadable(&error))?;
        for (facts, record) in read.iter().zip(records) {
            if facts.id.is_some_and(|id| new.contains(&id)) {
                result.created.push(record.id().to_owned());
            }
            result.changed.push(record);
        }
        Ok(latest)
    }

    /// Reads rows again by their ids, with what is in other rows, and only those that meet the filter.
    async fn read_again(&self, table: &CompiledTable, ids: &[Uuid]) -> Result<Vec<RowText>> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MAX_IDS) {
            let mut query = self.row_query(table)?.filter(column(&table.primary_id).is_in(ids.to_vec()));
            if let Some(filter) = &table.filter {
                query = query.filter(filter_text(filter.clone(), []));
            }
            let request = query.request()?.prefer(Prefer::new().annotations("*"));
            let mut pages = self.client().text_pages(request);
            while let Some(page) = pages.try_next().await? {
                found.extend(page.into_rows()?);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_new_if_it_was_created_after_all_that_were_seen() {
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let facts = |created: Option<i64>, modified: i64| RowFacts {
            id: None,
            created: created.map(at),
            modified: Some(at(modified)),
        };
        let before = |first_time, latest: Option<i64>| Before {
            first_time,
            latest: latest.map(at),
            other_mapping: false,
        };
        for (what, facts, before, new) in [
            ("created later", facts(Some(11), 11), before(false, Some(10)), true),
            ("created later and changed", facts(Some(11), 15), before(false, Some(10)), true),
            ("created in the second, unchanged", facts(Some(10), 10), before(false, Some(10)), true),
            ("created in the second, changed", facts(Some(10), 11), before(false, Some(10)), false),
            ("created earlier", facts(Some(9), 15), before(false, Some(10)), false),
            ("created earlier, unchanged", facts(Some(9), 9), before(false, Some(10)), false),
            ("there were no rows", facts(Some(1), 5), before(false, None), true),
            ("without a time", facts(None, 15), before(false, Some(10)), false),
            ("without a time or rows", facts(None, 15), before(false, None), false),
            ("the beginning of a copy", facts(Some(9), 15), before(true, Some(10)), true),
            ("the beginning of a copy, without a time", facts(None, 15), before(true, None), true),
        ] {
            assert_eq!(facts.is_new(&before), new, "{what}");
        }
    }
}
