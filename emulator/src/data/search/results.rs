//! Runs a search, and reads the rows that it finds.

use std::cmp::Ordering;

use dvkit_execute::sqlite::TableLayout;
use serde_json::{Map, Value as Json};

use super::super::cells::write_json;
use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::quoted;
use super::request::{Search, SearchTable};
use super::{MARKERS, index};

/// A row that a search has found.
pub(super) struct Hit {
    pub(super) table: String,
    pub(super) id: String,
    pub(super) code: Option<i32>,
    /// How well the row fits; a higher number is better.
    pub(super) score: f64,
    /// The values of its columns by logical name.
    pub(super) values: Map<String, Json>,
    /// The texts in which it was found, with markers, by logical name.
    pub(super) highlights: Map<String, Json>,
    /// The values of the columns that order the results.
    order: Vec<Json>,
}

#[cfg(test)]
impl Hit {
    /// Returns a hit with these highlights.
    pub(super) fn sample(highlights: Map<String, Json>) -> Self {
        let values = Map::from_iter([("name".to_owned(), Json::from("N"))]);
        let (table, id) = ("account".to_owned(), "1".to_owned());
        Self { table, id, code: Some(7), score: 0.5, values, highlights, order: Vec::new() }
    }
}

/// Returns the rows that a search finds, in their order, and the number of all rows that it would find.
///
/// # Errors
/// Returns an error if the rows cannot be read.
pub(super) fn found(session: &Session<'_>, search: &Search<'_>) -> Result<(Vec<Hit>, u64), ServiceError> {
    let mut hits = Vec::new();
    let mut count = 0;
    for table in &search.tables {
        count += of_table(session, search, table, &mut hits)?;
    }
    let compare = |a: &Hit, b: &Hit| {
        for (n, (name, descending)) in search.order.iter().enumerate() {
            let ordering = match name.as_str() {
                "@search.score" => a.score.total_cmp(&b.score),
                _ => compare(a.order.get(n), b.order.get(n)),
            };
            if ordering != Ordering::Equal {
                return if *descending { ordering.reverse() } else { ordering };
            }
        }
        b.score.total_cmp(&a.score).then_with(|| (&a.table, &a.id).cmp(&(&b.table, &b.id)))
    };
    hits.sort_by(compare);
    let skip = usize::try_from(search.skip).unwrap_or(usize::MAX);
    let top = usize::try_from(search.top).unwrap_or(usize::MAX);
    Ok((hits.into_iter().skip(skip).take(top).collect(), count))
}

/// Compares two values of the same column. Null is the least.
fn compare(a: Option<&Json>, b: Option<&Json>) -> Ordering {
    match (a, b) {
        (Some(Json::Number(a)), Some(Json::Number(b))) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (Some(Json::String(a)), Some(Json::String(b))) => a.to_lowercase().cmp(&b.to_lowercase()),
        (Some(Json::Bool(a)), Some(Json::Bool(b))) => a.cmp(b),
        (a, b) => a.is_some_and(|a| !a.is_null()).cmp(&b.is_some_and(|b| !b.is_null())),
    }
}

/// Adds the rows that a search finds in one table. Returns their number.
fn of_table(
    session: &Session<'_>,
    search: &Search<'_>,
    table: &SearchTable<'_>,
    hits: &mut Vec<Hit>,
) -> Result<u64, ServiceError> {
    if table.search.is_empty() {
        session.choice("searched columns")?;
    }
    let columns = index::columns(session, table.table)?;
    if columns.is_empty() {
        return Ok(0);
    }
    let name = &table.table.logical_name;
    let index = index::ensure(session, name, &columns)?;
    let layout = session.layout(name)?;
    let key = key_of(&layout)?;
    let condition = match table.search.iter().filter(|c| columns.contains(c)).collect::<Vec<_>>().as_slice() {
        [] if table.search.is_empty() => search.condition.clone(),
        [] => return Ok(0),
        some => {
            let list: Vec<String> = some.iter().map(|c| format!("\"{c}\"")).collect();
            format!("{{{}}} : ({})", list.join(" "), search.condition)
        }
    };
    let from =
        format!("FROM {index} JOIN {} r ON r._rowid_ = {index}.rowid WHERE {index} MATCH ?1", quoted(name));
    // Without a filter the array of ids is null, and every row fits.
    let fits = format!("(?2 IS NULL OR r.{} IN (SELECT value FROM json_each(?2)))", quoted(&key));
    let sql = format!("SELECT count(*) {from} AND {fits}");
    let count: i64 = session
        .rows
        .connection
        .prepare_cached(&sql)?
        .query_row((&condition, &table.ids), |row| row.get(0))?;
    let mut shown: Vec<String> = match table.select.is_empty() {
        false => table.select.clone(),
        true => table.table.primary_name.iter().cloned().chain(columns.iter().cloned()).collect(),
    };
    shown.retain(|c| layout.kind(c).is_some());
    shown.dedup();
    let ordered = |name: &str| match layout.kind(name) {
        Some(_) => format!("r.{}", quoted(name)),
        None => "NULL".to_owned(),
    };
    let mut list = vec![format!("r.{}", quoted(&key)), format!("bm25({index})")];
    list.extend((0..columns.len()).map(|n| format!("highlight({index}, {n}, ?3, ?4)")));
    list.extend(shown.iter().map(|c| format!("r.{}", quoted(c))));
    list.extend(search.order.iter().map(|(name, _)| ordered(name)));
    // Every order needs the first rows of each table only.
    let mut by: Vec<String> = Vec::new();
    for (name, descending) in &search.order {
        let direction = if *descending { "DESC" } else { "ASC" };
        match name.as_str() {
            // A better score is a lower number of FTS5.
            "@search.score" => by.push(format!("bm25({index}) {}", if *descending { "ASC" } else { "DESC" })),
            name => by.push(format!("{} {direction}", ordered(name))),
        }
    }
    by.push(format!("bm25({index})"));
    by.push(format!("r.{}", quoted(&key)));
    let sql = format!(
        "SELECT {} {from} AND {fits} ORDER BY {} LIMIT {}",
        list.join(", "),
        by.join(", "),
        search.skip + search.top,
    );
    let mut statement = session.rows.connection.prepare_cached(&sql)?;
    let mut rows = statement.query((&condition, &table.ids, MARKERS[0], MARKERS[1]))?;
    while let Some(row) = rows.next()? {
        let mut highlights = Map::new();
        for (n, column) in columns.iter().enumerate() {
            let text: Option<String> = row.get(n + 2)?;
            if let Some(text) = text.filter(|text| text.contains(MARKERS[0])) {
                highlights.insert(column.clone(), vec![text].into());
            }
        }
        let from = 2 + columns.len();
        let mut values = Map::new();
        for (n, column) in shown.iter().enumerate() {
            let selected = !table.select.is_empty()
                || table.table.primary_name.as_ref() == Some(column)
                || highlights.contains_key(column);
            if selected {
                values.insert(column.clone(), json(&layout, column, row.get_ref(from + n)?));
            }
        }
        let from = from + shown.len();
        let order = search.order.iter().enumerate();
        let order = order.map(|(n, (name, _))| Ok(json(&layout, name, row.get_ref(from + n)?)));
        hits.push(Hit {
            table: name.clone(),
            id: row.get(0)?,
            code: table.table.object_type_code,
            score: -row.get::<_, f64>(1)?,
            values,
            highlights,
            order: order.collect::<Result<_, rusqlite::Error>>()?,
        });
    }
    Ok(count.unsigned_abs())
}

/// Returns a stored value as JSON.
fn json(layout: &TableLayout, column: &str, value: rusqlite::types::ValueRef<'_>) -> Json {
    let Some(kind) = layout.kind(column) else { return Json::Null };
    let mut text = Vec::new();
    write_json(&mut text, kind, value);
    serde_json::from_slice(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_compared_by_value_without_regard_to_case_and_null_is_the_least() {
        // Each row is in ascending order; what stands in brackets is equal.
        for ascending in [
            vec![
                vec![None, Some(json!(null))],
                vec![Some(json!(-2))],
                vec![Some(json!(1)), Some(json!(1.0))],
                vec![Some(json!(10))],
            ],
            vec![
                vec![None],
                vec![Some(json!("a")), Some(json!("A"))],
                vec![Some(json!("B"))],
                vec![Some(json!("ba"))],
            ],
            vec![vec![Some(json!(null))], vec![Some(json!(false))], vec![Some(json!(true))]],
        ] {
            for (n, equal) in ascending.iter().enumerate() {
                for (m, other) in ascending.iter().enumerate() {
                    for (a, b) in equal.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
                        assert_eq!(compare(a.as_ref(), b.as_ref()), n.cmp(&m), "{a:?} and {b:?}");
                    }
                }
            }
        }
    }
}
