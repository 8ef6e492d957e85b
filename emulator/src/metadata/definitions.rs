//! Serves `EntityDefinitions` and the paths below it, `RelationshipDefinitions`, and
//! `GlobalOptionSetDefinitions`.

use std::collections::BTreeSet;

use dvkit_schema::wire::write::{Dialect, MetadataWriter, Object};
use dvkit_schema::{Schema, Side, Table};
use http::StatusCode;
use odata_parser::ast::Request;
use serde_json::{Value, json};

use super::path::{Key, PathStep, steps};
use super::query_options::{Level, QueryOptions};
use super::types::{
    ATTRIBUTE, BOOLEAN_OPTION_SET, ENTITY, KEY, MANY_TO_MANY, MetadataType, ONE_TO_MANY, OPTION_SET,
    OPTION_SET_BASE, RELATIONSHIP, attribute_class, class_of,
};
use super::{Refusal, ids, unknown_property};
use crate::response::HttpResponse;

/// The namespace that a cast in a path begins with.
const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";

/// The schema and the request from which the response to one request for definitions is built.
pub(super) struct Definitions<'a> {
    writer: MetadataWriter<'a>,
    schema: &'a Schema,
    /// The URL of `$metadata`.
    metadata: String,
    request: &'a Request<'a>,
}

impl<'a> Definitions<'a> {
    pub(super) fn new(schema: &'a Schema, web_api: &str, request: &'a Request<'a>) -> Self {
        let writer = MetadataWriter::new(schema, Dialect::Definitions);
        Self { writer, schema, metadata: format!("{web_api}$metadata"), request }
    }

    /// Returns the response to the request, or its refusal.
    pub(super) fn respond(&self) -> Result<HttpResponse, Refusal> {
        let steps = steps(&self.request.path)?;
        let (first, rest) = steps.split_first().ok_or_else(|| Refusal::bad("The path is empty."))?;
        match first.name {
            "EntityDefinitions" => self.entities(first, rest),
            "RelationshipDefinitions" => self.relationships(first, rest),
            "GlobalOptionSetDefinitions" => self.choices(first, rest),
            other => Err(Refusal::no_segment(other)),
        }
    }

    fn options(&self, ty: &'static MetadataType, level: Level) -> Result<QueryOptions, Refusal> {
        QueryOptions::of(&self.request.options, ty, level)
    }

    fn collection(
        &self,
        context: &str,
        options: &QueryOptions,
        objects: impl Iterator<Item = Object>,
    ) -> HttpResponse {
        let objects: Vec<_> = objects.map(Value::Object).collect();
        let context = format!("{}#{context}{}", self.metadata, options.context());
        HttpResponse::odata(json!({ "@odata.context": context, "value": objects }).to_string())
    }

    fn single(&self, context: &str, options: &QueryOptions, mut object: Object) -> HttpResponse {
        let context = format!("{}#{context}{}/$entity", self.metadata, options.context());
        object.insert("@odata.context".into(), context.into());
        HttpResponse::odata(Value::Object(object).to_string())
    }

    fn entities(&self, first: &PathStep<'_>, rest: &[PathStep<'_>]) -> Result<HttpResponse, Refusal> {
        let Some(key) = &first.key else {
            if let Some(next) = rest.first() {
                return Err(Refusal::no_segment(next.name));
            }
            let options = self.options(&ENTITY, Level::Collection)?;
            let tables = self.schema.tables.values();
            let found = tables.filter_map(|table| {
                let facts = self.writer.table_facts(table);
                options.matches(&facts).then(|| self.entity(table, facts, &options))
            });
            return Ok(self.collection("EntityDefinitions", &options, found));
        };
        let table = self.table(key)?;
        let Some((next, rest)) = rest.split_first() else {
            let options = self.options(&ENTITY, Level::Single)?;
            let object = self.entity(table, self.writer.table_facts(table), &options);
            return Ok(self.single("EntityDefinitions", &options, object));
        };
        let below = format!("EntityDefinitions('{}')/{}", table.logical_name, next.name);
        match next.name {
            "Attributes" => self.attributes(table, next, rest, &below),
            "Keys" => {
                self.members(self.writer.keys(table).into_iter().map(ids::key), &KEY, next, rest, &below)
            }
            "OneToManyRelationships" | "ManyToOneRelationships" | "ManyToManyRelationships" => {
                let (side, ty) = side_of(next.name);
                let all = self.writer.relationships(table, side).into_iter().map(ids::relationship);
                self.members(all, ty, next, rest, &below)
            }
            name => self.property(self.writer.table_facts(table), &ENTITY, name, rest, &below),
        }
    }

    /// Returns the response to a request for a single property of `object`, such as
    /// `EntityDefinitions(..)/EntitySetName`. Refuses a property that does not exist, more steps of the path,
    /// and any query option.
    fn property(
        &self,
        object: Object,
        ty: &MetadataType,
        name: &str,
        rest: &[PathStep<'_>],
        context: &str,
    ) -> Result<HttpResponse, Refusal> {
        if ty.property(name).is_none() || !rest.is_empty() {
            return Err(Refusal::no_segment(name));
        }
        if !self.request.options.is_empty() {
            return Err(Refusal::bad("Query options on a property are not supported."));
        }
        let value = object.get(name).cloned().unwrap_or(Value::Null);
        let context = format!("{}#{context}", self.metadata);
        Ok(HttpResponse::odata(json!({ "@odata.context": context, "value": value }).to_string()))
    }

    /// Returns the table with the name or id in `key`, or a refusal if there is none.
    fn table(&self, key: &Key<'_>) -> Result<&'a Table, Refusal> {
        let tables = self.schema.tables.values();
        let (found, name) = match key {
            Key::Named("LogicalName", name) => (self.schema.tables.get(&**name), name),
            Key::Named("MetadataId", id) | Key::Id(id) => {
                let same = |t: &&Table| t.metadata_id.as_ref().is_some_and(|m| m.eq_ignore_ascii_case(id));
                ({ tables }.find(same), id)
            }
            Key::Named(other, _) => return Err(unknown_key(other, &ENTITY)),
        };
        found.ok_or_else(|| Refusal {
            status: StatusCode::NOT_FOUND,
            code: "0x80041102",
            message: format!("The entity with a name = '{name}' was not found in the MetadataCache."),
        })
    }

    /// Returns the object of a table with the selected properties of `facts` and with the expanded
    /// collections.
    fn entity(&self, table: &Table, facts: Object, options: &QueryOptions) -> Object {
        let mut object = options.project(facts, &ENTITY);
        let mut list = |name: &str, ty: &'static MetadataType, all: Vec<Object>| {
            let Some(options) = options.expanded(name) else { return };
            let told = all.into_iter().filter(|o| options.matches(o));
            // Columns are of many classes; the base class does not have their navigation properties.
            let told = told.map(|o| {
                let class = if std::ptr::eq(ty, &raw const ATTRIBUTE) {
                    class_of(o.get("@odata.type").and_then(Value::as_str))
                } else {
                    ty
                };
                Value::Object(options.project(o, class))
            });
            object.insert(name.to_owned(), told.collect());
        };
        if options.expanded("Attributes").is_some() {
            list(
                "Attributes",
                &ATTRIBUTE,
                table.columns.iter().map(|c| self.writer.column(table, c)).collect(),
            );
        }
        list("Keys", &KEY, self.writer.keys(table).into_iter().map(ids::key).collect());
        for name in ["OneToManyRelationships", "ManyToOneRelationships", "ManyToManyRelationships"] {
            let (side, ty) = side_of(name);
            if options.expanded(name).is_some() {
                let all = self.writer.relationships(table, side);
                list(name, ty, all.into_iter().map(ids::relationship).collect());
            }
        }
        object
    }

    fn attributes(
        &self,
        table: &Table,
        step: &PathStep<'_>,
        rest: &[PathStep<'_>],
        below: &str,
    ) -> Result<HttpResponse, Refusal> {
        let (cast, rest) = match rest.split_first() {
            Some((next, rest)) if next.is_cast => (Some(cast_class(next.name)?), rest),
            _ => (None, rest),
        };
        let class_name = |object: &Object| class_of(object.get("@odata.type").and_then(Value::as_str)).name;
        let all = table.columns.iter().map(|c| self.writer.column(table, c));
        let ty = cast.unwrap_or(&ATTRIBUTE);
        // The elements of a cast collection all have the type of the cast, and so have no type annotation.
        let mut of_type = all
            .filter(|o| cast.is_none_or(|c| c.name == "AttributeMetadata" || class_name(o) == c.name))
            .map(|mut object| {
                if cast.is_some() {
                    object.remove("@odata.type");
                }
                object
            });
        let below = match cast {
            Some(cast) => format!("{below}/{NAMESPACE}{}", cast.name),
            None => below.to_owned(),
        };
        let Some(key) = &step.key else {
            if let Some(next) = rest.first() {
                return Err(Refusal::no_segment(next.name));
            }
            let options = self.options(ty, Level::Collection)?;
            let told = of_type.filter(|o| options.matches(o)).map(|object| {
                let class = match cast {
                    Some(cast) => cast,
                    None => class_of(object.get("@odata.type").and_then(Value::as_str)),
                };
                options.project(object, class)
            });
            return Ok(self.collection(&below, &options, told));
        };
        let object = of_type.find(|o| matches_key(o, key, "LogicalName")).ok_or_else(|| Refusal {
            status: StatusCode::NOT_FOUND,
            code: "0x80041103",
            message: format!(
                "'{}' entity doesn't contain attribute with Name = '{}' and NameMapping = 'Logical'.",
                table.logical_name,
                key.value()
            ),
        })?;
        match rest {
            [] => {
                let options = self.options(ty, Level::Single)?;
                let class = match cast {
                    Some(cast) => cast,
                    None => class_of(object.get("@odata.type").and_then(Value::as_str)),
                };
                Ok(self.single(&below, &options, options.project(object, class)))
            }
            [set] if ty.navigation(set.name).is_some() => {
                let (name, inner, _) =
                    ty.navigation(set.name).ok_or_else(|| unknown_property(set.name, ty))?;
                let options = self.options(inner, Level::Single)?;
                match object.get(name) {
                    Some(Value::Object(found)) => {
                        let object = options.project(ids::option_set(found.clone()), inner);
                        Ok(self.single(&format!("{below}/{name}"), &options, object))
                    }
                    _ => Ok(HttpResponse::empty()),
                }
            }
            [name, rest @ ..] => self.property(object, ty, name.name, rest, &below),
        }
    }

    /// Returns the response to a request for a collection of a table or, if `step` has a key, for one element
    /// of it. `all` are the elements. Refuses an element that does not exist, more steps of the path, and
    /// options that are not supported.
    fn members(
        &self,
        all: impl Iterator<Item = Object>,
        ty: &'static MetadataType,
        step: &PathStep<'_>,
        rest: &[PathStep<'_>],
        below: &str,
    ) -> Result<HttpResponse, Refusal> {
        if let Some(next) = rest.first() {
            return Err(Refusal::no_segment(next.name));
        }
        let Some(key) = &step.key else {
            let options = self.options(ty, Level::Collection)?;
            let told = all.filter(|o| options.matches(o)).map(|o| options.project(o, ty));
            return Ok(self.collection(below, &options, told));
        };
        let name = if std::ptr::eq(ty, &raw const KEY) { "LogicalName" } else { "SchemaName" };
        let mut all = all;
        let found = all.find(|o| matches_key(o, key, name)).ok_or_else(|| not_there(key))?;
        let options = self.options(ty, Level::Single)?;
        Ok(self.single(below, &options, options.project(found, ty)))
    }

    fn relationships(&self, first: &PathStep<'_>, rest: &[PathStep<'_>]) -> Result<HttpResponse, Refusal> {
        let (cast, rest) = match rest.split_first() {
            Some((next, rest)) if next.is_cast => {
                let name = next.name.strip_prefix(NAMESPACE).unwrap_or(next.name);
                let ty = [&ONE_TO_MANY, &MANY_TO_MANY].into_iter().find(|ty| ty.name == name);
                (Some(ty.ok_or_else(|| no_cast(next.name))?), rest)
            }
            _ => (None, rest),
        };
        if let Some(next) = rest.first() {
            return Err(Refusal::no_segment(next.name));
        }
        let ty: &'static MetadataType = cast.unwrap_or(&RELATIONSHIP);
        let context = match cast {
            Some(cast) => format!("RelationshipDefinitions/{NAMESPACE}{}", cast.name),
            None => "RelationshipDefinitions".to_owned(),
        };
        // A relationship belongs to two tables but is listed once.
        let mut seen = BTreeSet::new();
        let sides: &[Side] = match cast.map(|c| c.name) {
            Some("OneToManyRelationshipMetadata") => &[Side::ManyToOne, Side::OneToMany],
            Some(_) => &[Side::ManyToMany],
            None => &[Side::ManyToOne, Side::OneToMany, Side::ManyToMany],
        };
        let mut found = Vec::new();
        for table in self.schema.tables.values() {
            for side in sides {
                for mut object in self.writer.relationships(table, *side) {
                    if seen.insert(Value::Object(object.clone()).to_string()) {
                        let class = if *side == Side::ManyToMany { &MANY_TO_MANY } else { &ONE_TO_MANY };
                        if cast.is_none() {
                            object.insert("@odata.type".into(), json!(format!("#{NAMESPACE}{}", class.name)));
                        }
                        found.push((ids::relationship(object), class));
                    }
                }
            }
        }
        if let Some(key) = &first.key {
            let object = found.into_iter().find(|(o, _)| matches_key(o, key, "SchemaName"));
            let (object, class) = object.ok_or_else(|| not_there(key))?;
            let options = self.options(ty, Level::Single)?;
            return Ok(self.single(&context, &options, options.project(object, class)));
        }
        let options = self.options(ty, Level::Collection)?;
        let told =
            found.into_iter().filter(|(o, _)| options.matches(o)).map(|(o, class)| options.project(o, class));
        Ok(self.collection(&context, &options, told))
    }

    fn choices(&self, first: &PathStep<'_>, rest: &[PathStep<'_>]) -> Result<HttpResponse, Refusal> {
        let (cast, rest) = match rest.split_first() {
            Some((next, rest)) if next.is_cast => {
                let name = next.name.strip_prefix(NAMESPACE).unwrap_or(next.name);
                let ty = [&OPTION_SET, &BOOLEAN_OPTION_SET].into_iter().find(|ty| ty.name == name);
                (Some(ty.ok_or_else(|| no_cast(next.name))?), rest)
            }
            _ => (None, rest),
        };
        if let Some(next) = rest.first() {
            return Err(Refusal::no_segment(next.name));
        }
        let ty: &'static MetadataType = cast.unwrap_or(&OPTION_SET_BASE);
        let context = match cast {
            Some(cast) => format!("GlobalOptionSetDefinitions/{NAMESPACE}{}", cast.name),
            None => "GlobalOptionSetDefinitions".to_owned(),
        };
        let class = |object: &Object| {
            let name = object.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
            if name.ends_with("BooleanOptionSetMetadata") { &BOOLEAN_OPTION_SET } else { &OPTION_SET }
        };
        let all = self.schema.choices.values().map(|c| ids::option_set(self.writer.choice(c)));
        let mut all = all.filter(|o| cast.is_none_or(|c| c.name == class(o).name)).map(|mut object| {
            let class = class(&object);
            if cast.is_some() {
                object.remove("@odata.type");
            }
            (object, class)
        });
        if let Some(key) = &first.key {
            let (object, class) =
                all.find(|(o, _)| matches_key(o, key, "Name")).ok_or_else(|| not_there(key))?;
            let options = self.options(ty, Level::Single)?;
            return Ok(self.single(&context, &options, options.project(object, class)));
        }
        let options = self.options(ty, Level::Choices)?;
        Ok(self.collection(&context, &options, all.map(|(o, class)| options.project(o, class))))
    }
}

/// Returns the column type that a cast names. A cast to the base type of columns with options is refused, as
/// the service refuses it. Any other name that is not a column type is refused too.
fn cast_class(name: &str) -> Result<&'static MetadataType, Refusal> {
    attribute_class(name.strip_prefix(NAMESPACE).unwrap_or(name)).ok_or_else(|| no_cast(name))
}

fn no_cast(name: &str) -> Refusal {
    Refusal::bad(format!("The type cast to '{name}' is not allowed here."))
}

fn unknown_key(name: &str, ty: &MetadataType) -> Refusal {
    Refusal::bad(format!("'{name}' is not a key of the type '{NAMESPACE}{}'.", ty.name))
}

fn not_there(key: &Key<'_>) -> Refusal {
    Refusal {
        status: StatusCode::NOT_FOUND,
        code: "0x80040217",
        message: format!("The definition '{}' does not exist.", key.value()),
    }
}

/// Returns whether `object` has the id or the name in `key`. `alternate` is the property that contains the
/// name.
fn matches_key(object: &Object, key: &Key<'_>, alternate: &str) -> bool {
    let is = |member: &str, wanted: &str| object.get(member).and_then(Value::as_str) == Some(wanted);
    match key {
        Key::Id(id) => {
            object.get("MetadataId").and_then(Value::as_str).is_some_and(|m| m.eq_ignore_ascii_case(id))
        }
        Key::Named(name, value) => (*name == alternate || *name == "MetadataId") && is(name, value),
    }
}

fn side_of(name: &str) -> (Side, &'static MetadataType) {
    match name {
        "OneToManyRelationships" => (Side::OneToMany, &ONE_TO_MANY),
        "ManyToOneRelationships" => (Side::ManyToOne, &ONE_TO_MANY),
        _ => (Side::ManyToMany, &MANY_TO_MANY),
    }
}
