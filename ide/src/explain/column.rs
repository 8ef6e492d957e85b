//! Explains a column that is not a lookup: how queries compare it, and how it is read
//! and written.

use dvkit_schema::{
    Choice, Column, ColumnType, DateTimeBehavior, Edm, Relationship, Side, Store, StoreError,
};

use super::page::Page;
use super::{TableContext, attribute, description};

/// The maximum number of options that are listed; a choice may have a thousand.
const LISTED: usize = 30;

/// Examples for columns of one type: how a value is compared, written and read.
struct Shape {
    /// Examples of `$filter` expressions, each with a note.
    filter: Vec<(String, String)>,
    /// An example of a value in the JSON body of a request.
    json: String,
    /// An example of a FetchXML condition: the attributes that follow the column's name.
    condition: String,
    /// An example of a value in the JSON of a response.
    read: String,
}

pub(super) fn page(here: TableContext<'_>, column: &Column) -> Result<Page, StoreError> {
    let mut summary = vec![description::column_type(column)];
    summary.extend(description::facts(column).into_iter().map(str::to_owned));
    summary.extend(bounds(column));
    let name = here.named(&column.logical_name);
    let mut page = Page::new(name, description::text(here.store, &column.display_name), summary.join(", "));
    if !column.is_property() {
        no_property(&mut page, here, column);
        return Ok(page);
    }
    let property = column.property_name();
    let choice = description::choice(here.store, column)?;
    match &column.ty {
        ColumnType::Image { .. } => image(&mut page, here, column),
        ColumnType::File { .. } => file(&mut page, here, column),
        ColumnType::ManagedProperty => {
            page.one("in $filter", format!("{property}/Value eq true"));
            page.one("in $select", property.as_ref());
            page.one("read back as", "an object: Value, CanBeChanged, ManagedPropertyLogicalName");
        }
        _ => plain(&mut page, here, column, choice),
    }
    Ok(page)
}

fn plain(page: &mut Page, here: TableContext<'_>, column: &Column, choice: Option<&Choice>) {
    let property = column.property_name();
    let name = column.logical_name.as_str();
    let is_key = here.table.primary_id.as_deref() == Some(name);
    let Some(shape) = shape(here.store, column, choice) else {
        page.one("in $filter", format!("{property} eq …"));
        page.one("in $select", property.as_ref());
        page.one("in FetchXML", attribute(name));
        return;
    };
    if is_key {
        page.one("in a URL", format!("{}(<guid>)", here.set()));
    }
    page.noted("in $filter", shape.filter);
    if !is_key {
        page.many("empty or not", [format!("{property} eq null"), format!("{property} ne null")]);
    }
    let sorts_as_number = column.ty.is_choice();
    let order = if sorts_as_number { "sorted by the number, not by the label" } else { "" };
    page.noted("in $select, $orderby", [(property.to_string(), order)]);
    if description::can_create(column) || description::can_update(column) {
        page.one("to write", format!("\"{property}\": {}", shape.json));
    } else {
        page.one("to write", "cannot be written: read-only");
    }
    page.one("in FetchXML", format!("{} {}", attribute(name), shape.condition));
    let mut read = vec![(property.to_string(), shape.read)];
    let formatted = match &column.ty {
        ColumnType::Choice { .. }
        | ColumnType::State { .. }
        | ColumnType::Status { .. }
        | ColumnType::Boolean { .. } => Some("the label"),
        ColumnType::Choices { .. } => Some("the labels, separated by `;`"),
        ColumnType::DateTime { .. } | ColumnType::Money { .. } => Some("as the user's settings write it"),
        _ => None,
    };
    if let Some(what) = formatted {
        read.push((format!("{property}@OData.Community.Display.V1.FormattedValue"), what.to_owned()));
    }
    page.noted("read back as", read);
    if matches!(column.ty, ColumnType::Money { calculation_of: None, .. }) {
        let base =
            |c: &&Column| matches!(&c.ty, ColumnType::Money { calculation_of: Some(of), .. } if of == name);
        let base =
            here.table.columns.iter().find(base).or_else(|| here.table.column(&format!("{name}_base")));
        page.noted("in base currency", base.map(|c| (c.property_name().into_owned(), "read-only")));
    }
}

/// Returns the examples for a column's type; `None` if the type is not known. `choice` is the column's
/// choice, if it has one.
fn shape(store: &Store, column: &Column, choice: Option<&Choice>) -> Option<Shape> {
    let p = column.property_name();
    let name = &column.logical_name;
    let numbers = |sample: &str, more: &str, read: &str| Shape {
        filter: vec![
            (format!("{p} eq {sample}"), String::new()),
            (format!("{p} ge {sample} and {p} lt {more}"), "a range".to_owned()),
            (
                function("In", name, &format!("PropertyValues=['{sample}','{more}']")),
                "one of several".to_owned(),
            ),
        ],
        json: sample.to_owned(),
        condition: format!("operator='eq' value='{sample}'"),
        read: read.to_owned(),
    };
    Some(match &column.ty {
        ColumnType::String { .. } | ColumnType::Memo { .. } | ColumnType::Edm { edm: Edm::String } => {
            text(&p, name)
        }
        ColumnType::EntityName => Shape {
            filter: vec![(format!("{p} eq 'account'"), "a table's logical name".to_owned())],
            json: "\"account\"".to_owned(),
            condition: "operator='eq' value='account'".to_owned(),
            read: "a logical name".to_owned(),
        },
        ColumnType::Integer { .. }
        | ColumnType::BigInt
        | ColumnType::Edm { edm: Edm::Int32 | Edm::Int64 } => numbers("10", "20", "a number"),
        ColumnType::Decimal { .. }
        | ColumnType::Double { .. }
        | ColumnType::Edm { edm: Edm::Decimal | Edm::Double } => numbers("12.5", "20", "a number"),
        ColumnType::Money { .. } => numbers("1000", "2000.50", "a number, in the row's currency"),
        ColumnType::Boolean { .. } => yes_no(store, &p, choice),
        ColumnType::Edm { edm: Edm::Boolean } => yes_no(store, &p, None),
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. }
        | ColumnType::Edm { edm: Edm::Date } => day(&p, name),
        ColumnType::DateTime { behavior, .. } => moment(&p, name, *behavior),
        ColumnType::Edm { edm: Edm::DateTimeOffset } => moment(&p, name, None),
        ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. } => {
            options(store, &p, choice)
        }
        ColumnType::Choices { .. } => several(store, &p, name, choice),
        ColumnType::Uniqueidentifier | ColumnType::Edm { edm: Edm::Guid } => Shape {
            filter: vec![(format!("{p} eq <guid>"), "without quotes and braces".to_owned())],
            json: "\"<guid>\"".to_owned(),
            condition: "operator='eq' value='<guid>'".to_owned(),
            read: "a guid".to_owned(),
        },
        _ => return None,
    })
}

fn function(function: &str, column: &str, rest: &str) -> String {
    let rest = if rest.is_empty() { String::new() } else { format!(",{rest}") };
    format!("Microsoft.Dynamics.CRM.{function}(PropertyName='{column}'{rest})")
}

fn text(p: &str, name: &str) -> Shape {
    Shape {
        filter: vec![
            (format!("{p} eq 'O''Brian'"), "case does not count; a quote is doubled".to_owned()),
            (format!("contains({p},'text')"), "also startswith, endswith".to_owned()),
            (function("In", name, "PropertyValues=['a','b']"), "one of several".to_owned()),
        ],
        json: "\"text\"".to_owned(),
        condition: "operator='eq' value='text'".to_owned(),
        read: "a text".to_owned(),
    }
}

fn yes_no(store: &Store, p: &str, choice: Option<&Choice>) -> Shape {
    // A label may contradict its value, so each value is shown with its label.
    let label = |value| {
        choice
            .and_then(|c| c.option(value))
            .map_or_else(String::new, |o| description::text(store, &o.label).to_owned())
    };
    Shape {
        filter: vec![(format!("{p} eq true"), label(1)), (format!("{p} eq false"), label(0))],
        json: "true".to_owned(),
        condition: "operator='eq' value='1'   (0 is false)".to_owned(),
        read: "true or false".to_owned(),
    }
}

fn day(p: &str, name: &str) -> Shape {
    Shape {
        filter: vec![
            (format!("{p} eq 2025-01-31"), "a day, without time and without quotes".to_owned()),
            (format!("{p} ge 2025-01-01 and {p} lt 2025-02-01"), "a month".to_owned()),
            (function("LastXDays", name, "PropertyValue=7"), "the last seven days".to_owned()),
        ],
        json: "\"2025-01-31\"".to_owned(),
        condition: "operator='on' value='2025-01-31'".to_owned(),
        read: "a day: 2025-01-31".to_owned(),
    }
}

fn moment(p: &str, name: &str, behavior: Option<DateTimeBehavior>) -> Shape {
    let independent = behavior == Some(DateTimeBehavior::TimeZoneIndependent);
    let (one_day, read) = if independent {
        (
            "a day; the `Z` is written, but it is not UTC: no time zone is applied",
            "a clock reading, with a `Z` that is not UTC",
        )
    } else {
        ("a day in UTC", "a moment in UTC: 2025-01-31T08:00:00Z")
    };
    Shape {
        filter: vec![
            (format!("{p} ge 2025-01-31T00:00:00Z and {p} lt 2025-02-01T00:00:00Z"), one_day.to_owned()),
            (function("On", name, "PropertyValue='2025-01-31'"), "that day".to_owned()),
            (function("LastXDays", name, "PropertyValue=7"), "the last seven days".to_owned()),
        ],
        json: "\"2025-01-31T08:00:00Z\"".to_owned(),
        condition: "operator='on' value='2025-01-31'".to_owned(),
        read: read.to_owned(),
    }
}

fn options(store: &Store, p: &str, choice: Option<&Choice>) -> Shape {
    let all = choice.map(|c| c.options.as_slice()).unwrap_or_default();
    let mut filter: Vec<(String, String)> = all
        .iter()
        .take(LISTED)
        .map(|o| {
            let state = o.state.map_or_else(String::new, |s| format!("   (statecode {s})"));
            (format!("{p} eq {}", o.value), format!("{}{state}", description::text(store, &o.label)))
        })
        .collect();
    if all.is_empty() {
        filter.push((format!("{p} eq 1"), "the number; its options are not in this snapshot".to_owned()));
    }
    if all.len() > LISTED {
        filter.push((format!("… {} more", all.len() - LISTED), String::new()));
    }
    let value = all.first().map_or(1, |o| o.value);
    Shape {
        filter,
        json: value.to_string(),
        condition: format!("operator='eq' value='{value}'"),
        read: "the number".to_owned(),
    }
}

fn several(store: &Store, p: &str, name: &str, choice: Option<&Choice>) -> Shape {
    let all = choice.map(|c| c.options.as_slice()).unwrap_or_default();
    let (a, b) = (all.first().map_or(1, |o| o.value), all.get(1).map_or(2, |o| o.value));
    let values = format!("PropertyValues=['{a}','{b}']");
    let mut filter = vec![
        (function("ContainValues", name, &values), "has at least one of them".to_owned()),
        (function("DoesNotContainValues", name, &values), "has none of them".to_owned()),
    ];
    filter.extend(
        all.iter().take(LISTED).map(|o| (o.value.to_string(), description::text(store, &o.label).to_owned())),
    );
    if all.len() > LISTED {
        filter.push((format!("… {} more", all.len() - LISTED), String::new()));
    }
    Shape {
        filter,
        json: format!("\"{a},{b}\""),
        condition: format!("operator='contain-values'   with <value>{a}</value><value>{b}</value>"),
        read: format!("a text of numbers: \"{a},{b}\" (`{p} eq` compares that text)"),
    }
}

fn image(page: &mut Page, here: TableContext<'_>, column: &Column) {
    let p = column.property_name();
    if let Some(id) = here.table.column(&format!("{p}id")) {
        page.noted(
            "has one or not",
            [
                (format!("{} ne null", id.property_name()), "the picture itself cannot be compared"),
                (format!("{} eq null", id.property_name()), ""),
            ],
        );
    }
    page.noted("in $select", [(p.to_string(), "base64 of the thumbnail; only where it is selected by name")]);
    page.one("the whole picture", format!("GET {}(<guid>)/{p}/$value?size=full", here.set()));
    page.one("to write", format!("\"{p}\": \"<base64>\""));
    siblings(page, here, &p, &["_url", "_timestamp"]);
}

fn file(page: &mut Page, here: TableContext<'_>, column: &Column) {
    let p = column.property_name();
    page.many("has one or not", [format!("{p} ne null"), format!("{p} eq null")]);
    page.noted("in $select", [(p.to_string(), "the id of the file, not its contents")]);
    page.one("its contents", format!("GET {}(<guid>)/{p}/$value", here.set()));
    page.noted("to write", [(format!("PATCH {}(<guid>)/{p}", here.set()), "never in the body of a row")]);
    siblings(page, here, &p, &["_name"]);
}

fn siblings(page: &mut Page, here: TableContext<'_>, property: &str, endings: &[&str]) {
    let names = endings.iter().filter_map(|ending| here.table.column(&format!("{property}{ending}")));
    page.many("beside it", names.map(|c| c.property_name().into_owned()));
}

/// Adds the ways to get the value of a column that OData cannot name.
fn no_property(page: &mut Page, here: TableContext<'_>, column: &Column) {
    let name = column.logical_name.as_str();
    page.one("in OData", "not a property of the Web API: it can be neither filtered, selected nor written");
    if matches!(column.ty, ColumnType::PartyList { .. }) {
        party_list(page, here, name);
        return;
    }
    let Some(of) = column.attribute_of.as_deref().and_then(|of| here.table.column(of)) else {
        page.one("in FetchXML", attribute(name));
        return;
    };
    let property = of.property_name();
    page.one("instead, in $filter", format!("{property} eq …"));
    page.one("explained at", format!("dvkit explain {}", here.named(&of.logical_name)));
    if of.ty.is_lookup() && matches!(column.ty, ColumnType::EntityName) {
        page.one("read it as", format!("{property}@Microsoft.Dynamics.CRM.lookuplogicalname"));
    } else {
        page.one("read it as", format!("{property}@OData.Community.Display.V1.FormattedValue"));
    }
    if matches!(column.ty, ColumnType::String { .. }) {
        page.one("in FetchXML", format!("{} operator='eq' value='text'", attribute(name)));
    }
}

/// Explains a party list. The parties of an activity are rows of the table `activityparty`; a number, the
/// mask, distinguishes senders, recipients and others.
fn party_list(page: &mut Page, here: TableContext<'_>, name: &str) {
    let mask = match name {
        "from" => "1",
        "to" => "2",
        "cc" => "3",
        "bcc" => "4",
        "requiredattendees" => "5",
        "optionalattendees" => "6",
        "organizer" => "7",
        "resources" => "10",
        "customers" => "11",
        _ => "<mask>",
    };
    let parties =
        here.table.relationships.iter().filter(|r| r.side == Side::OneToMany && r.table == "activityparty");
    // An activity inherits the collection of `activitypointer` and has its own, which is more specific.
    let own = |r: &&Relationship| {
        r.navigation.as_deref().is_some_and(|n| n.starts_with(here.table.logical_name.as_str()))
    };
    let parties = parties.clone().find(own).or_else(|| parties.clone().find(|r| r.navigation.is_some()));
    let Some(navigation) = parties.and_then(|r| r.navigation.as_deref()) else {
        page.one(
            "instead",
            "the rows of `activityparty`; this snapshot names no navigation property to them",
        );
        return;
    };
    let test = format!("p/participationtypemask eq {mask}");
    page.one("instead, in $filter", format!("{navigation}/any(p:p/_partyid_value eq <guid> and {test})"));
    page.one("instead, in $expand", format!("{navigation}($filter=participationtypemask eq {mask})"));
    let write = format!(
        "\"{navigation}\": [{{\"partyid_contact@odata.bind\": \"/contacts(<guid>)\", \"participationtypemask\": {mask}}}]"
    );
    page.one("to write", write);
    let key = here.table.primary_id.as_deref().unwrap_or("activityid");
    page.one("in FetchXML", super::link_entity("activityparty", "activityid", key));
}

/// Returns the minimum and maximum of a numeric column as text; `None` if neither is known.
fn bounds(column: &Column) -> Option<String> {
    match &column.ty {
        ColumnType::Integer { min: Some(min), max: Some(max), .. } => Some(format!("{min} to {max}")),
        ColumnType::Decimal { min: Some(min), max: Some(max), .. }
        | ColumnType::Double { min: Some(min), max: Some(max), .. }
        | ColumnType::Money { min: Some(min), max: Some(max), .. } => Some(format!("{min} to {max}")),
        _ => None,
    }
}
