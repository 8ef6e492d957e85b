//! Finds the table, the id, the values and the references of each row of the seeds.

use std::collections::HashMap;

use dvkit_diagnostic::suggest::closest;
use dvkit_schema::{Choice, ChoiceRef, Column, ColumnType, Edm, Side, Table};
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::cells;
use super::super::session::Session;
use super::references::{self, Index, Reference};
use super::{SeedError, SeedRow};

/// A row to write.
#[derive(Debug)]
pub(super) struct PlannedRow<'a> {
    pub(super) table: &'a Table,
    pub(super) id: Uuid,
    /// The values of columns that are not references, in JSON and as they are stored. A value that the table
    /// does not store itself, such as an image, has no stored form.
    pub(super) values: Vec<(&'a Column, Json, Option<Stored>)>,
    /// The references of the row, after they were resolved.
    pub(super) links: Vec<Link<'a>>,
    /// The rows to associate with the row through N:N relationships: navigation property, table and id.
    pub(super) associated: Vec<(String, &'a Table, Uuid)>,
}

/// A reference from a column of a row to a row.
#[derive(Debug)]
pub(super) struct Link<'a> {
    pub(super) column: &'a Column,
    pub(super) table: &'a Table,
    pub(super) id: Uuid,
    /// The index of the row in the plan; `None` for a row that exists already.
    pub(super) target: Option<usize>,
}

/// A reference before it is resolved.
struct Unresolved<'a> {
    /// The row, and the name of the member.
    row: usize,
    member: &'a str,
    role: Role<'a>,
    /// The tables of the rows that the reference may lead to.
    tables: Vec<&'a Table>,
    reference: Reference<'a>,
}

enum Role<'a> {
    Column(&'a Column),
    Associate(&'a str),
}

/// Plans the rows of the seeds: the result has one planned row for each of `rows`, in the same order.
///
/// # Errors
/// Returns an error if a table, a column or the row that a reference names does not exist, or if a value does
/// not fit its column.
pub(super) fn plan<'a>(session: &Session<'a>, rows: &'a [SeedRow]) -> Result<Vec<PlannedRow<'a>>, SeedError> {
    let mut planned = Vec::with_capacity(rows.len());
    let mut unresolved = Vec::new();
    let mut without_id: HashMap<&str, usize> = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        let table = table(session, row)?;
        let mut one = PlannedRow {
            table,
            id: Uuid::nil(),
            values: Vec::new(),
            links: Vec::new(),
            associated: Vec::new(),
        };
        let mut id = None;
        for (name, value) in &row.members {
            member(session, row, index, name, value, &mut one, &mut id, &mut unresolved)?;
        }
        one.id = match id {
            Some(id) => id,
            None => match existing(session, &one).map_err(|e| row.error(None, e.message))? {
                Some(id) => id,
                None => {
                    let count = without_id.entry(table.logical_name.as_str()).or_default();
                    *count += 1;
                    session.shared.identity.row_id(&table.logical_name, *count)
                }
            },
        };
        planned.push(one);
    }
    let index = Index::of(&planned);
    for Unresolved { row, member, role, tables, reference } in unresolved {
        let found = references::resolve(session, &index, &planned, &tables, &reference);
        let at = rows.get(row);
        let (table, id, target) = found.map_err(|why| {
            at.map_or_else(|| SeedError::new(why.clone()), |at| at.error(Some(member), why.clone()))
        })?;
        let Some(one) = planned.get_mut(row) else { continue };
        match role {
            Role::Column(column) => one.links.push(Link { column, table, id, target }),
            Role::Associate(navigation) => one.associated.push((navigation.to_owned(), table, id)),
        }
    }
    Ok(planned)
}

fn table<'a>(session: &Session<'a>, row: &SeedRow) -> Result<&'a Table, SeedError> {
    let name: &str = &row.table;
    let logical = match session.store.table_by_entity_set(name) {
        Some(entry) => Some(entry.logical_name.as_str()),
        None => session.store.entry(name).map(|entry| entry.logical_name.as_str()),
    };
    let table = logical.and_then(|name| session.store.table(name).ok().flatten());
    table.filter(|table| table.primary_id.is_some()).ok_or_else(|| {
        let names =
            session.store.tables().flat_map(|t| [Some(t.logical_name.as_str()), t.entity_set.as_deref()]);
        let hint = closest(name, names.flatten())
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        row.error(None, format!("the organisation has no table or entity set `{name}`{hint}"))
    })
}

/// Returns the id of the row in the database with an alternate key that a planned row gives completely.
fn existing(
    session: &Session<'_>,
    row: &PlannedRow<'_>,
) -> Result<Option<Uuid>, super::super::service_error::ServiceError> {
    for key in &row.table.keys {
        let values = key.columns.iter().map(|name| {
            let found = row.values.iter().find(|(column, _, _)| column.logical_name == *name)?;
            Some((name.as_str(), found.2.clone().filter(|value| *value != Stored::Null)?))
        });
        if let Some(values) = values.collect::<Option<Vec<_>>>()
            && !values.is_empty()
            && let Some(id) = session.find(row.table, &values, 1)?.first()
        {
            return Ok(Some(*id));
        }
    }
    Ok(None)
}

#[expect(clippy::too_many_arguments, reason = "the place of the member, and what it adds to")]
fn member<'a>(
    session: &Session<'a>,
    row: &'a SeedRow,
    index: usize,
    name: &'a str,
    value: &'a Json,
    planned: &mut PlannedRow<'a>,
    id: &mut Option<Uuid>,
    unresolved: &mut Vec<Unresolved<'a>>,
) -> Result<(), SeedError> {
    let table = planned.table;
    let error = |why: String| row.error(Some(name), why);
    if let Some((of, annotation)) = name.split_once('@') {
        if annotation == "odata.bind" {
            return bind(session, row, index, name, of, value, table, unresolved);
        }
        return Ok(());
    }
    let column = table.property(name).or_else(|| table.column(name));
    let Some(column) = column else {
        let Some(relationship) = table.navigation(name) else {
            let names = table.columns.iter().filter(|c| c.is_property()).map(|c| c.logical_name.as_str());
            let hint =
                closest(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(error(format!("the table `{}` has no column `{name}`{hint}", table.logical_name)));
        };
        return match relationship.side {
            Side::ManyToOne => {
                let column = relationship.column.as_deref().and_then(|c| table.column(c));
                let column = column.ok_or_else(|| error("the column of this lookup is unknown".into()))?;
                let tables = references::tables(session, std::iter::once(relationship.table.as_str()));
                if !value.is_null() {
                    let reference = Reference::parse(value).map_err(error)?;
                    unresolved.push(Unresolved {
                        row: index,
                        member: name,
                        role: Role::Column(column),
                        tables,
                        reference,
                    });
                }
                Ok(())
            }
            Side::ManyToMany => associate(session, row, index, name, value, &relationship.table, unresolved),
            Side::OneToMany => Err(error(format!(
                "rows of `{}` are given in an array of their own, with a lookup to this row",
                relationship.table
            ))),
        };
    };
    if Some(&column.logical_name) == table.primary_id.as_ref() {
        if value.is_null() {
            return Ok(());
        }
        let text = value.as_str().unwrap_or_default();
        *id = Some(Uuid::parse_str(text).map_err(|_| error(format!("`{value}` is not a guid")))?);
        return Ok(());
    }
    // The version of a row is given by the emulator.
    if column.logical_name == "versionnumber" || value.is_null() {
        return Ok(());
    }
    if table.lookup_named_by(column).is_some() {
        return Err(error(
            "the name of a lookup is read from the row that the lookup refers to; give the lookup".into(),
        ));
    }
    let tables = reference_tables(session, row, table, column, value);
    if !tables.is_empty() {
        let reference = Reference::parse(value).map_err(error)?;
        unresolved.push(Unresolved {
            row: index,
            member: name,
            role: Role::Column(column),
            tables,
            reference,
        });
        return Ok(());
    }
    let json = converted(session, column, value).map_err(error)?;
    let stored = match dvkit_execute::sqlite::StorageClass::of(&column.ty) {
        Some(_) => Some(cells::parse(table, column, &json).map_err(|e| error(shortened(&e.message)))?),
        None => None,
    };
    planned.values.push((column, json, stored));
    Ok(())
}

/// Returns the part of the service's message that is about the value.
fn shortened(message: &str) -> String {
    let (_, end) = message.rsplit_once("ODataException: ").unwrap_or(("", message));
    end.to_owned()
}

#[expect(clippy::too_many_arguments, reason = "the place of the member, and what it adds to")]
fn bind<'a>(
    session: &Session<'a>,
    row: &'a SeedRow,
    index: usize,
    member: &'a str,
    navigation: &str,
    value: &'a Json,
    table: &'a Table,
    unresolved: &mut Vec<Unresolved<'a>>,
) -> Result<(), SeedError> {
    let Some(relationship) = table.navigation(navigation) else {
        let names = table.relationships.iter().filter_map(|r| r.navigation.as_deref());
        let hint =
            closest(navigation, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message =
            format!("the table `{}` has no navigation property `{navigation}`{hint}", table.logical_name);
        return Err(row.error(Some(member), message));
    };
    match (relationship.side, relationship.column.as_deref().and_then(|c| table.column(c))) {
        (Side::ManyToOne, Some(column)) => {
            if !value.is_null() {
                let tables = references::tables(session, std::iter::once(relationship.table.as_str()));
                let reference = Reference::parse(value).map_err(|why| row.error(Some(member), why))?;
                unresolved.push(Unresolved {
                    row: index,
                    member,
                    role: Role::Column(column),
                    tables,
                    reference,
                });
            }
            Ok(())
        }
        (Side::ManyToMany, _) => {
            let navigation = relationship.navigation.as_deref().unwrap_or_default();
            let of = associate(session, row, index, member, value, &relationship.table, unresolved);
            for added in unresolved.iter_mut().filter(|u| u.row == index && u.member == member) {
                added.role = Role::Associate(navigation);
            }
            of
        }
        _ => Err(row.error(Some(member), "only a lookup or an N:N relationship can be bound")),
    }
}

fn associate<'a>(
    session: &Session<'a>,
    row: &'a SeedRow,
    index: usize,
    member: &'a str,
    value: &'a Json,
    table: &str,
    unresolved: &mut Vec<Unresolved<'a>>,
) -> Result<(), SeedError> {
    let Json::Array(items) = value else {
        return Err(row.error(Some(member), "the rows of an N:N relationship are an array of references"));
    };
    for item in items {
        let reference = Reference::parse(item).map_err(|why| row.error(Some(member), why))?;
        let tables = references::tables(session, std::iter::once(table));
        unresolved.push(Unresolved { row: index, member, role: Role::Associate(member), tables, reference });
    }
    Ok(())
}

/// Returns the tables whose rows a column can refer to; empty if the column is not a reference. The annotation
/// `Microsoft.Dynamics.CRM.lookuplogicalname` of a response narrows them down.
fn reference_tables<'a>(
    session: &Session<'a>,
    row: &SeedRow,
    table: &'a Table,
    column: &'a Column,
    value: &Json,
) -> Vec<&'a Table> {
    if column.ty.is_lookup() {
        let annotation = format!("{}@Microsoft.Dynamics.CRM.lookuplogicalname", column.property_name());
        if let Some((_, Json::String(name))) = row.members.iter().find(|(member, _)| *member == annotation) {
            return references::tables(session, std::iter::once(name.as_str()));
        }
        let named = column.ty.targets().iter().map(String::as_str);
        let related = table.lookups_of(&column.logical_name).map(|r| r.table.as_str());
        return references::tables(session, named.chain(related));
    }
    // The columns of an intersect table contain ids without being lookups.
    let is_id = value.as_str().is_none_or(|text| Uuid::parse_str(text).is_ok());
    if column.ty == ColumnType::Uniqueidentifier && !is_id {
        let name = Some(&table.logical_name);
        let sides =
            session.schema().tables.values().flat_map(|t| t.relationships.iter().map(move |r| (t, r)));
        let sides = sides.filter(|(_, r)| {
            r.side == Side::ManyToMany
                && r.intersect.as_ref() == name
                && r.column.as_ref() == Some(&column.logical_name)
        });
        let names: Vec<&str> = sides.map(|(t, _)| t.logical_name.as_str()).take(1).collect();
        return references::tables(session, names.into_iter());
    }
    Vec::new()
}

/// Converts the value of a column as the seeds give it to the value of a request: labels to the numbers of
/// options, and texts to numbers and booleans.
fn converted(session: &Session<'_>, column: &Column, value: &Json) -> Result<Json, String> {
    let choice = match column.ty.choice() {
        Some(ChoiceRef::Global(name)) => session.schema().choices.get(name),
        Some(ChoiceRef::Local(choice)) => Some(choice),
        None => None,
    };
    match (&column.ty, value) {
        (ColumnType::Choices { .. }, Json::Array(items)) => {
            let numbers = items.iter().map(|item| option(choice, item)).collect::<Result<Vec<_>, _>>()?;
            Ok(Json::String(numbers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")))
        }
        (ColumnType::Choices { .. }, Json::String(text)) => {
            let items = text.split([',', ';']).map(|item| option(choice, &Json::String(item.trim().into())));
            let numbers = items.collect::<Result<Vec<_>, _>>()?;
            Ok(Json::String(numbers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")))
        }
        (ColumnType::Choices { .. }, Json::Number(_)) => Ok(Json::String(value.to_string())),
        (ty, Json::String(_)) if ty.is_choice() => option(choice, value).map(Json::from),
        (ColumnType::Boolean { .. }, Json::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Json::Bool(true)),
            "false" | "0" => Ok(Json::Bool(false)),
            _ => option(choice, value).map(|n| Json::Bool(n != 0)),
        },
        (ColumnType::ManagedProperty, Json::Bool(value)) => {
            Ok(Json::Object(Map::from_iter([("Value".to_owned(), Json::Bool(*value))])))
        }
        (_, Json::String(text))
            if matches!(column.ty.edm(), Some(Edm::Int32 | Edm::Int64 | Edm::Double | Edm::Decimal)) =>
        {
            let number = text.trim().parse::<serde_json::Number>();
            number.map(Json::Number).map_err(|_| format!("`{text}` is not a number"))
        }
        _ => Ok(value.clone()),
    }
}

/// Returns the number of an option, which is given by its number or by its label in any language.
fn option(choice: Option<&Choice>, value: &Json) -> Result<i32, String> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Ok(number) = text.trim().parse() {
        return Ok(number);
    }
    let Some(choice) = choice else {
        return Err(format!("the options of this column are unknown; give a number in place of `{text}`"));
    };
    let mut found = choice.by_label(&text);
    match (found.next(), found.next()) {
        (Some(option), None) => Ok(option.value),
        (Some(one), Some(other)) => {
            Err(format!("the label `{text}` belongs to {} and {}; give the number", one.value, other.value))
        }
        (None, _) => {
            let labels: Vec<String> = choice
                .options
                .iter()
                .take(20)
                .map(|o| format!("{} ({})", o.value, o.label.texts().next().unwrap_or_default()))
                .collect();
            Err(format!("no option has the label `{text}`; the options are {}", labels.join(", ")))
        }
    }
}
