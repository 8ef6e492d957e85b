//! Random records are created through the model, and read back equal: every field that can be written, of every
//! resource, in both sample organisations. `DVKIT_CASES` sets the number of records of each.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Random, connect};
use dvkit_client::Request;
use dvkit_unify::connection::FieldDescription;
use dvkit_unify::mapping::{CompiledField, CompiledTable, FieldSource, RecordSource};
use dvkit_unify::model::{FieldType, RESOURCES};
use dvkit_unify::{Connection, Error, ListRequest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};

/// The number of records that are on their way at once.
const CONCURRENT: usize = 8;

fn cases() -> usize {
    std::env::var("DVKIT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(20)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_were_created_are_read_back_equal() {
    let (mut records, mut values) = (0, 0);
    for name in ["contoso", "fabrikam"] {
        let (_running, connection) = connect(name).await;
        let mut random = Random::new(20_261_130);
        for resource in RESOURCES {
            let Some(compiled) = connection.mapping().resource(resource.name) else { continue };
            let RecordSource::Tables(tables) = &compiled.records else { continue };
            // Users are created by the administration of the tenant, and stages by customisers.
            if ["users", "stages"].contains(&resource.name) {
                continue;
            }
            let fields = connection.fields(resource.name).unwrap();
            let references = References::read(&connection).await;
            let records_of = (0..cases()).map(|case| {
                let table = random.choose(tables);
                (case, record(table, &fields, &references, &mut random))
            });
            let trips = stream::iter(records_of)
                .map(|(case, record)| round_trip(&connection, resource.name, case, record))
                .buffer_unordered(CONCURRENT);
            let written = trips.fold(0, |sum, values| async move { sum + values }).await;
            assert!(written >= cases(), "{name} {}: only {written} values", resource.name);
            println!("{name} {}: {} records, {written} values", resource.name, cases());
            records += cases();
            values += written;
        }
    }
    println!("{records} records and {values} values were read back equal");
}

/// Creates a record, reads it, and compares them; one in sixteen is deleted again. Returns the number of values.
async fn round_trip(
    connection: &Connection,
    resource: &str,
    case: usize,
    record: Map<String, Value>,
) -> usize {
    let of = || format!("{} {resource} {case}: {}", connection.account(), Value::Object(record.clone()));
    let id = connection.create(resource, &record).await.unwrap_or_else(|error| panic!("{error}: {}", of()));
    let read = connection.get(resource, &id).await.unwrap();
    for (field, value) in &record {
        let same = equal(value, read.get(field));
        assert!(same, "{field}: {value} became {}: {}", read.get(field), of());
    }
    if case.is_multiple_of(16) {
        connection.delete(resource, &id).await.unwrap();
        let gone = connection.get(resource, &id).await;
        assert!(matches!(gone, Err(Error::NotFound { .. })), "{}", of());
    }
    record.len()
}

/// What records can refer to.
struct References {
    /// Ids of records, with their resources.
    records: Vec<(String, String)>,
    /// The codes of the currencies, with the number of decimal places of their amounts.
    currencies: Vec<(String, usize)>,
}

impl References {
    async fn read(connection: &Connection) -> Self {
        let mut all = Vec::new();
        for resource in ["accounts", "contacts", "leads", "opportunities", "users", "stages"] {
            if let Ok(page) = connection.list(resource, &ListRequest::new().limit(20)).await {
                all.extend(page.result.iter().map(|record| (resource.to_owned(), record.id().to_owned())));
            }
        }
        let request =
            Request::get("transactioncurrencies").query("$select", "isocurrencycode,currencyprecision");
        let mut rows = connection.client().rows::<Value>(request);
        let mut currencies = Vec::new();
        while let Some(row) = rows.try_next().await.unwrap() {
            let places = usize::try_from(row["currencyprecision"].as_u64().unwrap()).unwrap();
            currencies.push((row["isocurrencycode"].as_str().unwrap().to_owned(), places));
        }
        assert!(!currencies.is_empty());
        Self { records: all, currencies }
    }

    fn choose(&self, resources: &[String], random: &mut Random) -> Option<Value> {
        let fitting: Vec<_> =
            self.records.iter().filter(|(resource, _)| resources.contains(resource)).collect();
        let (resource, id) = fitting.get(random.below(fitting.len().max(1)))?;
        Some(json!({ "id": id, "resource": resource }))
    }
}

/// Returns a random record of a table.
fn record(
    table: &CompiledTable,
    fields: &[FieldDescription],
    references: &References,
    random: &mut Random,
) -> Map<String, Value> {
    let mut record = Map::new();
    // A record has one currency, and without one that of the organisation or the user.
    let currency = references.currencies.get(random.below(references.currencies.len() + 1));
    let mut lookups: Vec<&str> = Vec::new();
    for field in &table.fields {
        if let FieldSource::Constant(constant) = &field.source
            && constant.is_string()
        {
            record.insert(field.name.clone(), constant.clone());
        }
        let description = fields.iter().find(|known| known.name.as_deref() == Some(&field.name)).unwrap();
        if !description.creatable || (!description.required && random.below(3) == 0) {
            continue;
        }
        if let FieldSource::Lookup { cell, .. } = &field.source {
            // Fields that share a column exclude each other.
            if lookups.contains(&cell.column.as_str()) {
                continue;
            }
        }
        let Some(mut value) = value(field, description, references, random) else { continue };
        if field.ty == FieldType::Money {
            value["currency"] = json!(currency.map(|(code, _)| code));
            if let (Some((_, 0)), Some(amount)) = (currency, value["amount"].as_str()) {
                value["amount"] = json!(amount.split('.').next());
            }
        }
        if let FieldSource::Lookup { cell, .. } = &field.source {
            lookups.push(&cell.column);
        }
        record.insert(field.name.clone(), value);
    }
    record
}

fn value(
    field: &CompiledField,
    description: &FieldDescription,
    references: &References,
    random: &mut Random,
) -> Option<Value> {
    Some(match (&field.ty, &field.source) {
        (FieldType::Text, FieldSource::Cell(_)) if !description.options.is_empty() => {
            let labels: Vec<&String> = description.options.iter().filter_map(|o| o.label.as_ref()).collect();
            let label = labels.get(random.below(labels.len()))?;
            // A label that two options share means neither.
            if labels.iter().filter(|other| other == &label).count() > 1 {
                return None;
            }
            json!(label)
        }
        // Keys have to be unique.
        (FieldType::Text, _) if ["account_number", "external_id"].contains(&field.name.as_str()) => {
            json!(format!("{:08x}{:08x}", random.below(1 << 31), random.below(1 << 31)))
        }
        (FieldType::Text, _) => json!(random.text(12)),
        (FieldType::Integer, _) => json!(random.below(100)),
        (FieldType::Money, _) => {
            let amount = format!("{}.{:02}", random.below(1_000_000), random.below(100));
            json!({ "amount": amount, "currency": null })
        }
        (FieldType::Boolean, _) => json!(random.below(2) == 1),
        (FieldType::Date, _) => json!(random.date()),
        (FieldType::Time, _) => {
            let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
            json!(format!("{}T{hour:02}:{minute:02}:{second:02}Z", random.date()))
        }
        (FieldType::Enum(_), FieldSource::Enum { cell, members }) => {
            let possible: Vec<_> = members
                .iter()
                .filter(|member| match cell.creatable {
                    true => !member.options.is_empty(),
                    false => member.options.contains(&cell.default.unwrap_or(0)),
                })
                .collect();
            json!(possible.get(random.below(possible.len().max(1)))?.name)
        }
        (FieldType::Reference(_), FieldSource::Lookup { targets, .. }) => {
            let resources: Vec<String> =
                targets.iter().filter_map(|target| target.resource.clone()).collect();
            references.choose(&resources, random)?
        }
        (FieldType::Reference(_), FieldSource::ChoiceReference { options, .. }) => {
            json!({ "id": options.get(random.below(options.len()))?.to_string() })
        }
        (ty, FieldSource::List(items)) => {
            let mut list = Vec::new();
            for item in items {
                if random.below(3) == 0 {
                    continue;
                }
                let mut object = Map::new();
                for (member, cell) in &item.cells {
                    let text = match ty {
                        FieldType::EmailAddresses => format!("{}@example.com", random.letters(8)),
                        _ if cell.kind == dvkit_unify::mapping::CellKind::Text => random.text(8),
                        _ => continue,
                    };
                    object.insert(member.clone(), json!(text));
                }
                if object.is_empty() {
                    continue;
                }
                for (member, constant) in &item.constants {
                    object.insert(member.clone(), json!(constant));
                }
                list.push(Value::Object(object));
            }
            Value::Array(list)
        }
        _ => return None,
    })
}

/// Returns whether a value that was read is the one that was written. Names are read only, and so are members that
/// were not given.
fn equal(written: &Value, read: &Value) -> bool {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => {
            written.iter().all(|(name, value)| match name.as_str() {
                "currency" if value.is_null() => true,
                "amount" => {
                    let exact =
                        |value: &Value| value.as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap();
                    exact(value) == exact(&read["amount"])
                }
                name => read.get(name).is_some_and(|read| equal(value, read)),
            })
        }
        (Value::Array(written), Value::Array(read)) => {
            written.len() == read.len() && written.iter().zip(read).all(|(a, b)| equal(a, b))
        }
        (written, read) => written == read,
    }
}
