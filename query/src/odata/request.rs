//! Prints a query of the [`hir`](crate::hir) as a whole OData request: a path and options. The translation to
//! OData returns this text.
//!
//! If the text is parsed and resolved again, the result is the same HIR. Only characters that would end a
//! part of the URL are percent-encoded, because the text is meant for people and for clients that encode it.

use std::borrow::Cow;
use std::fmt::Write;

use odata_parser::url;

use super::condition as odata;
use crate::hir::{
    Aggregate, Columns, ContinuationToken, Expansion, Grouping, Key, OpaqueQuery, Order, OrderBy, Predicate,
    Query, QueryHint, ResultShape, UnreadKind, UnreadPart, Value,
};

/// Returns a query as the text of a request: its path and its options. Only characters that would end a part
/// of the URL are percent-encoded.
///
/// ```
/// use dvkit_query::hir::{Predicate, Query, Value};
/// let mut query = Query::rows("account", Predicate::Constant(true));
/// query.source.entity_set = "accounts".into();
/// query.page.top = Some(Value::Integer(3));
/// assert_eq!(dvkit_query::odata::request(&query), "accounts?$top=3");
/// ```
#[must_use]
pub fn request(query: &Query) -> String {
    let mut out = String::new();
    path(&mut out, query);
    let mut options = OptionWriter { out, separator: '?' };
    let filter = !is_all(&query.predicate);
    columns(&mut options, &query.columns);
    if !query.expand.is_empty() {
        options.add("$expand", &expansions(&query.expand));
    }
    if let Some(grouping) = &query.grouping {
        let condition = filter.then(|| odata::predicate(&query.predicate, &[], odata::Precedence::Loose));
        options.add("$apply", &apply(condition, grouping));
    } else if filter {
        options.add("$filter", &odata::predicate(&query.predicate, &[], odata::Precedence::Loose));
    }
    order(&mut options, &query.order);
    if let Some(top) = &query.page.top {
        options.add("$top", &odata::value(top));
    }
    if query.page.total {
        options.add("$count", "true");
    }
    match &query.page.token {
        Some(ContinuationToken::Page(token)) => options.add("$skiptoken", token),
        Some(ContinuationToken::Changes(token)) => options.add("$deltatoken", token),
        None => {}
    }
    match &query.opaque {
        Some(OpaqueQuery::View(id)) => options.add("savedQuery", &odata::value(id)),
        Some(OpaqueQuery::UserView(id)) => options.add("userQuery", &odata::value(id)),
        Some(OpaqueQuery::FetchXml(text)) => options.add("fetchXml", text),
        Some(OpaqueQuery::Sql(text)) => options.add("sql", text),
        None => {}
    }
    // Options without a meaning in the HIR are printed unchanged.
    for piece in left(query, UnreadKind::Option) {
        let name = url::escape_delimiters(&piece.name).replace('=', "%3D");
        options.add(&name, &piece.value);
    }
    options.out
}

/// Returns the parts of the given kind that the resolver did not use, from the hints of the query.
fn left(query: &Query, kind: UnreadKind) -> impl Iterator<Item = &UnreadPart> {
    query.hints.iter().filter_map(move |extra| match extra {
        QueryHint::Unread(piece) if piece.kind == kind => Some(piece),
        _ => None,
    })
}

/// Writes the options of a request, or the nested options of an expansion, with the separators between them.
struct OptionWriter {
    out: String,
    separator: char,
}

impl OptionWriter {
    fn add(&mut self, name: &str, value: &str) {
        // The first option within parentheses has no separator.
        if self.separator != '\0' {
            self.out.push(self.separator);
        }
        let nested = matches!(self.separator, '\0' | ';');
        let value = if nested { Cow::Borrowed(value) } else { url::escape_delimiters(value) };
        let _ = write!(self.out, "{name}={value}");
        self.separator = match self.separator {
            '\0' | ';' => ';',
            _ => '&',
        };
    }
}

fn is_all(predicate: &Predicate) -> bool {
    matches!(predicate, Predicate::Constant(true))
}

fn path(out: &mut String, query: &Query) {
    let Query { source: start, result: answer, .. } = query;
    out.push_str(&start.entity_set);
    key(out, start.key.as_ref());
    for step in &start.steps {
        let _ = write!(out, "/{}", step.navigation);
        key(out, step.key.as_ref());
    }
    for piece in left(query, UnreadKind::Segment) {
        let _ = write!(out, "/{}", piece.name);
    }
    match answer {
        ResultShape::Rows => {}
        ResultShape::Count => out.push_str("/$count"),
        ResultShape::References => out.push_str("/$ref"),
        ResultShape::Column(column, raw) => {
            let _ = write!(out, "/{}{}", odata::column(column, &[]), if *raw { "/$value" } else { "" });
        }
    }
}

fn key(out: &mut String, key: Option<&Key>) {
    match key {
        None => {}
        Some(Key::Id(value)) => {
            let _ = write!(out, "({})", key_value(value));
        }
        Some(Key::Columns(columns)) => {
            let all: Vec<String> = columns.iter().map(|(c, v)| format!("{c}={}", key_value(v))).collect();
            let _ = write!(out, "({})", all.join(","));
        }
    }
}

/// Returns the text of the value of a key. `/` and `?` in the value are percent-encoded, because they would
/// end a segment or the path.
fn key_value(value: &Value) -> String {
    url::encode(&odata::value(value)).replace('/', "%2F").replace('?', "%3F")
}

fn columns(options: &mut OptionWriter, columns: &Columns) {
    if let Columns::Listed(columns) = columns {
        let all: Vec<String> = columns.iter().map(|c| odata::column(c, &[])).collect();
        options.add("$select", &all.join(","));
    }
}

fn order(options: &mut OptionWriter, order: &[Order]) {
    if order.is_empty() {
        return;
    }
    let one = |o: &Order| format!("{}{}", by(&o.by), if o.descending { " desc" } else { "" });
    let all: Vec<String> = order.iter().map(one).collect();
    options.add("$orderby", &all.join(","));
}

/// Returns the OData text of the value that an `$orderby` orders by. For an order by a choice's label this is
/// the choice column, because OData cannot order by labels.
fn by(by: &OrderBy) -> String {
    match by {
        OrderBy::Column(column) | OrderBy::Label(column) => odata::column(column, &[]),
        OrderBy::Result(name) => name.clone(),
    }
}

fn expansions(all: &[Expansion]) -> String {
    let one = |e: &Expansion| {
        let mut options = OptionWriter { out: String::new(), separator: '\0' };
        columns(&mut options, &e.columns);
        if !e.expand.is_empty() {
            options.add("$expand", &expansions(&e.expand));
        }
        if !is_all(&e.predicate) {
            options.add("$filter", &odata::predicate(&e.predicate, &[], odata::Precedence::Loose));
        }
        order(&mut options, &e.order);
        if let Some(top) = &e.top {
            options.add("$top", &odata::value(top));
        }
        let reference = if e.reference { "/$ref" } else { "" };
        let nested = if options.out.is_empty() { String::new() } else { format!("({})", options.out) };
        format!("{}{reference}{nested}", e.to.navigation())
    };
    all.iter().map(one).collect::<Vec<_>>().join(",")
}

fn apply(condition: Option<String>, grouping: &Grouping) -> String {
    let one = |a: &Aggregate| match &a.column {
        Some(column) => {
            format!("{} with {} as {}", odata::column(column, &[]), a.function.as_str(), a.alias)
        }
        None => format!("{} as {}", a.function.as_str(), a.alias),
    };
    let aggregates: Vec<String> = grouping.aggregates.iter().map(one).collect();
    let aggregate = (!aggregates.is_empty()).then(|| format!("aggregate({})", aggregates.join(",")));
    let keys: Vec<String> = grouping.keys.iter().map(|k| odata::column(&k.column, &[])).collect();
    let last = match (keys.is_empty(), aggregate) {
        (true, aggregate) => aggregate.unwrap_or_default(),
        (false, None) => format!("groupby(({}))", keys.join(",")),
        (false, Some(aggregate)) => format!("groupby(({}),{aggregate})", keys.join(",")),
    };
    match condition {
        Some(condition) => format!("filter({condition})/{last}"),
        None => last,
    }
}
