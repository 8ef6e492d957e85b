//! Decodes rows from JSON into records. All record types share this code, so that it is compiled once and not
//! once for each table.

use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::wire::lookup_or_new;
use super::{FieldMut, Mismatch, Record, RowLayout, layout};

/// Decodes a record from one JSON object.
///
/// If serde_json reads the object from JSON text, decimal numbers and amounts of money keep all digits; see
/// [`Row`].
///
/// # Errors
/// Returns an error if a value does not fit its column. The message names the table, the column and the
/// value.
pub fn deserialize<'de, R: Record, D: Deserializer<'de>>(deserializer: D) -> Result<R, D::Error> {
    let mut record = R::default();
    RowSeed {
        layout: layout::<R>(),
        fields: &mut record.fields_mut(),
        order: &mut ColumnOrderCache::default(),
    }
    .deserialize(deserializer)?;
    Ok(record)
}

/// A wrapper that implements serde's `Deserialize` for every record type `R`.
///
/// If the row is read from JSON text, by `serde_json::from_str`, `from_slice`, `from_reader` or the client,
/// decimal numbers and amounts of money keep every digit that the service sent. Dataverse sends up to 22
/// digits: decimals go up to ±100,000,000,000 with ten places, money up to ±922,337,203,685,477.5807.
///
/// Only 15 significant digits are exact if serde passes a number on as a float. It does so if the row is read
/// from a [`serde_json::Value`], through serde's `flatten` or from an untagged enum, and for fields of type
/// `f64` or of a [`FromScalar`](super::FromScalar) type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row<R>(pub R);

impl<'de, R: Record> serde::Deserialize<'de> for Row<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Row)
    }
}

/// The records of one JSON array. It implements serde's `Deserialize` for every record type `R`.
///
/// All rows of a response have their columns in one order. The decoder learns this order from the first row,
/// so that `Rows<R>` is faster than `Vec<Row<R>>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows<R>(pub Vec<R>);

impl<'de, R: Record> serde::Deserialize<'de> for Rows<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut rows: Vec<R> = Vec::new();
        let seed = RowsSeed { record: PhantomData::<R>, rows: &mut rows };
        deserializer.deserialize_seq(seed)?;
        Ok(Rows(rows))
    }
}

struct RowsSeed<'a, R> {
    record: PhantomData<R>,
    rows: &'a mut Vec<R>,
}

impl<'de, R: Record> Visitor<'de> for RowsSeed<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of rows of `{}`", R::TABLE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let mut order = ColumnOrderCache::default();
        loop {
            let mut row = R::default();
            let mut fields = row.fields_mut();
            let seed = RowSeed { layout: layout::<R>(), fields: &mut fields, order: &mut order };
            if rows.next_element_seed(seed)?.is_none() {
                return Ok(());
            }
            drop(fields);
            self.rows.push(row);
        }
    }
}

/// The order of the columns in the previous row of a response.
///
/// All rows of a response have their columns in one order, so that a single comparison finds the column of
/// nearly every name. Other names are found by binary search.
#[derive(Default)]
struct ColumnOrderCache {
    /// The index in `Record::COLUMNS` of the column at each position of the previous row.
    indices: Vec<u16>,
    /// The position of the next name in the current row, from 0.
    position: usize,
}

impl ColumnOrderCache {
    fn find(&mut self, columns: &[&str], name: &str) -> Option<usize> {
        let hint = match self.indices.get(self.position) {
            Some(index) => usize::from(*index),
            // In the first row: the service often sends the names sorted.
            None => self.indices.last().map_or(0, |last| usize::from(*last) + 1),
        };
        let found = if columns.get(hint).is_some_and(|column| *column == name) {
            hint
        } else {
            columns.binary_search(&name).ok()?
        };
        let index = u16::try_from(found).expect("no table has so many columns");
        match self.indices.get_mut(self.position) {
            Some(known) => *known = index,
            None => self.indices.push(index),
        }
        self.position += 1;
        Some(found)
    }
}

/// Decodes one row into the fields of a record.
struct RowSeed<'a, 's> {
    layout: RowLayout,
    fields: &'a mut [FieldMut<'s>],
    order: &'a mut ColumnOrderCache,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a row of `{}`", self.layout.table)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.order.position = 0;
        let columns = self.layout.columns;
        let (fields, rest) = self.fields.split_at_mut(columns.len());
        let keep = !rest.is_empty();
        // An annotation may come before the value of its lookup, or without one.
        let mut annotated_lookup = false;
        while let Some(name) = map.next_key_seed(NameSeed { columns, order: self.order, keep })? {
            match name {
                Name::Column(at) => {
                    let seed =
                        FieldSeed { table: self.layout.table, column: columns[at], field: &mut fields[at] };
                    map.next_value_seed(seed)?;
                }
                Name::Formatted(at) => {
                    let text: Option<String> = map.next_value()?;
                    match (&mut fields[at], rest.first_mut(), text) {
                        (FieldMut::Lookup(field, tables), _, Some(text)) => {
                            lookup_or_new(field, tables).label = Some(text.into());
                            annotated_lookup = true;
                        }
                        (_, Some(FieldMut::Extras(extra)), Some(text)) => {
                            extra.set_formatted(
                                u16::try_from(at).expect("no table has so many columns"),
                                text,
                            );
                        }
                        (_, Some(FieldMut::Other(other)), text) => {
                            other.insert(format!("{}{FORMATTED}", columns[at]), text.into());
                        }
                        _ => {}
                    }
                }
                Name::Target(at) => {
                    let table: Option<String> = map.next_value()?;
                    if let (FieldMut::Lookup(field, tables), Some(table)) = (&mut fields[at], table) {
                        let known = tables.split(' ').find(|known| *known == table);
                        lookup_or_new(field, tables).table =
                            Some(known.map_or_else(|| table.into(), Into::into));
                        annotated_lookup = true;
                    }
                }
                Name::Etag => {
                    let etag: String = map.next_value()?;
                    match rest.first_mut() {
                        Some(FieldMut::Extras(extra)) => extra.set_etag(etag),
                        Some(FieldMut::Other(other)) => _ = other.insert(ETAG.to_owned(), etag.into()),
                        _ => {}
                    }
                }
                Name::Other(name) => {
                    let value: Value = map.next_value()?;
                    match rest.first_mut() {
                        Some(FieldMut::Extras(extra)) => extra.set_other(name, value),
                        Some(FieldMut::Other(other)) => _ = other.insert(name, value),
                        _ => {}
                    }
                }
                Name::Ignored => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if annotated_lookup {
            clear_lookups_without_id(fields);
        }
        Ok(())
    }
}

/// Empties the lookups that have no id. For these the row contained only annotations, so they point to no
/// row.
fn clear_lookups_without_id(fields: &mut [FieldMut<'_>]) {
    for field in fields {
        if let FieldMut::Lookup(field, _) = field
            && field.as_ref().is_some_and(|lookup| lookup.id.is_nil())
        {
            **field = None;
        }
    }
}

pub(super) const FORMATTED: &str = "@OData.Community.Display.V1.FormattedValue";
pub(super) const TARGET: &str = "@Microsoft.Dynamics.CRM.lookuplogicalname";
const ETAG: &str = "@odata.etag";

/// A name in the JSON object of a row. A `usize` is the index of a column in `Record::COLUMNS`.
enum Name {
    Column(usize),
    /// The annotation that contains the formatted value of a column.
    Formatted(usize),
    /// The annotation that contains the table that a lookup points to.
    Target(usize),
    Etag,
    /// Any other name. It is kept only if the record has a field for names that are not columns.
    Other(String),
    Ignored,
}

struct NameSeed<'a> {
    columns: &'static [&'static str],
    order: &'a mut ColumnOrderCache,
    keep: bool,
}

impl<'de> DeserializeSeed<'de> for NameSeed<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed<'_> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
        Ok(self.find(name))
    }
}

impl NameSeed<'_> {
    fn find(self, name: &str) -> Name {
        if let Some(at) = self.order.find(self.columns, name) {
            return Name::Column(at);
        }
        if let Some((column, annotation)) = name.split_once('@') {
            if name == ETAG {
                return Name::Etag;
            }
            if let Ok(at) = self.columns.binary_search(&column) {
                match &name[column.len()..] {
                    FORMATTED => return Name::Formatted(at),
                    TARGET => return Name::Target(at),
                    _ => {}
                }
            }
            // The navigation property of a lookup follows from its table; the context is the address of the metadata.
            if annotation == "Microsoft.Dynamics.CRM.associatednavigationproperty"
                || annotation == "odata.context"
            {
                return Name::Ignored;
            }
        }
        if self.keep { Name::Other(name.to_owned()) } else { Name::Ignored }
    }
}

/// Decodes one value into its field.
pub(super) struct FieldSeed<'a, 's> {
    /// The logical name of the table, for messages.
    pub(super) table: &'static str,
    /// The name of the value, for messages.
    pub(super) column: &'a str,
    pub(super) field: &'a mut FieldMut<'s>,
}

impl FieldSeed<'_, '_> {
    #[cold]
    fn error<E: Error>(&self, expected: &str, found: &str) -> E {
        E::custom(format_args!("{}.{}: expected {expected}, found {found}", self.table, self.column))
    }

    /// Converts a mismatch into an error that names the table, the column and the value. `found` returns a
    /// description of the value.
    fn in_context<E: Error>(
        &self,
        result: Result<(), Mismatch>,
        found: impl FnOnce() -> String,
    ) -> Result<(), E> {
        result.map_err(|mismatch| self.error(mismatch.expected, &found()))
    }
}

/// Returns the first 80 characters of a text in quotes, for a message.
fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    match text.char_indices().nth(MAX_CHARS) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}

impl<'de> DeserializeSeed<'de> for FieldSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.field {
            // A float cannot hold all digits of an amount of money.
            FieldMut::Decimal(_) => deserializer.deserialize_newtype_struct(RAW, self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

/// The name of a newtype by which serde_json is asked for a value as JSON text. serde_json passes the text on
/// in a map whose only key is this name. Its own type `RawValue` uses the name too, but copies the text.
///
/// Other formats, and versions of serde_json with another name, treat the newtype like any other and pass on
/// the value itself.
const RAW: &str = "$serde_json::private::RawValue";

impl<'de> Visitor<'de> for FieldSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.expected())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let result = self.field.text(text);
        self.in_context(result, || quoted(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<(), E> {
        if let FieldMut::Text(_) = self.field {
            return self.field.owned(text).map_err(|_| E::custom("text fits text"));
        }
        self.visit_str(&text)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        let result = self.field.whole(number);
        self.in_context(result, || number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            #[expect(clippy::cast_precision_loss, reason = "beyond 64 bits a JSON number is a float")]
            Err(_) => self.visit_f64(number as f64),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        let result = self.field.float(number);
        self.in_context(result, || number.to_string())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        let result = self.field.flag(flag);
        self.in_context(result, || flag.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        let result = self.field.null();
        self.in_context(result, || "null".to_owned())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    /// Decodes the value itself. It is called by formats that give the name [`RAW`] no meaning.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        match self.field {
            FieldMut::Rows(rows) if rows.many() => {
                rows.clear();
                let layout = rows.layout();
                let mut order = ColumnOrderCache::default();
                loop {
                    let mut read = Ok(None);
                    // The end of the list is known only after the row was added, which is then removed.
                    rows.push(&mut |fields| {
                        read = list.next_element_seed(RowSeed { layout, fields, order: &mut order })
                    });
                    if read?.is_none() {
                        rows.pop();
                        return Ok(());
                    }
                }
            }
            FieldMut::Json(field) => {
                **field =
                    serde::Deserialize::deserialize(serde::de::value::SeqAccessDeserializer::new(list))?;
                Ok(())
            }
            _ => Err(self.error(self.field.expected(), "a list")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        match self.field {
            FieldMut::Rows(rows) if !rows.many() => {
                rows.clear();
                let layout = rows.layout();
                let mut map = Some(map);
                let mut read = Ok(());
                rows.push(&mut |fields| {
                    if let Some(map) = map.take() {
                        read = RowSeed { layout, fields, order: &mut ColumnOrderCache::default() }
                            .visit_map(map);
                    }
                });
                read
            }
            FieldMut::ManagedProperty(field) => {
                let mut managed = crate::ManagedProperty::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "Value" => managed.value = map.next_value()?,
                        "CanBeChanged" => managed.can_be_changed = map.next_value()?,
                        _ => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                **field = Some(managed);
                Ok(())
            }
            FieldMut::Json(field) => {
                **field = serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(())
            }
            FieldMut::Decimal(_) if map.next_key_seed(IsRaw)? == Some(true) => {
                map.next_value_seed(RawSeed(self))
            }
            _ => Err(self.error(self.field.expected(), "an object")),
        }
    }
}

/// Decodes the key of a map, and returns whether the key is [`RAW`].
struct IsRaw;

impl<'de> DeserializeSeed<'de> for IsRaw {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for IsRaw {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<bool, E> {
        Ok(name == RAW)
    }
}

/// Decodes the field from a value that is passed on as JSON text.
struct RawSeed<'a, 's>(FieldSeed<'a, 's>);

impl<'de> DeserializeSeed<'de> for RawSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for RawSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.field.expected())
    }

    fn visit_str<E: Error>(self, json: &str) -> Result<(), E> {
        let seed = self.0;
        if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            let result = seed.field.digits(json);
            return seed.in_context(result, || json.to_owned());
        }
        match serde_json::from_str(json).map_err(E::custom)? {
            Value::Null => seed.visit_unit(),
            Value::Bool(flag) => seed.visit_bool(flag),
            Value::String(text) => seed.visit_string(text),
            Value::Array(_) => Err(seed.error(seed.field.expected(), "a list")),
            Value::Object(_) => Err(seed.error(seed.field.expected(), "an object")),
            Value::Number(_) => Err(E::custom("a number begins with a digit")),
        }
    }
}
