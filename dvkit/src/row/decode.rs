//! The decoder: one for all records.

use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::slot::{Shape, Slot};
use super::wire::lookup;
use super::{Record, shape};

/// A value that does not fit its column.
#[derive(Debug)]
pub struct Mismatch {
    expected: &'static str,
}

impl Mismatch {
    /// What was expected: `a whole number`.
    #[must_use]
    pub const fn expected(expected: &'static str) -> Self {
        Self { expected }
    }
}

/// A record from one JSON object.
///
/// Decimal numbers and money keep all their digits where serde_json reads text, as [`Row`] tells.
///
/// # Errors
/// A value does not fit its column: the message names table, column and value.
pub fn deserialize<'de, R: Record, D: Deserializer<'de>>(deserializer: D) -> Result<R, D::Error> {
    let mut record = R::default();
    RowSeed { shape: shape::<R>(), slots: &mut record.slots(), order: &mut Order::default() }
        .deserialize(deserializer)?;
    Ok(record)
}

/// A record, with serde's `Deserialize` whether or not it has its own.
///
/// Read from JSON text (`serde_json::from_str`, `from_slice`, `from_reader`; the client does), decimal numbers and money have
/// every digit that the service sent: they have up to 22 (decimals up to ±100,000,000,000 with ten places, money up to
/// ±922,337,203,685,477.5807). What has already been a [`serde_json::Value`], or comes through serde's `flatten` or an untagged
/// enum, has been a float there, and is exact up to 15 significant digits only; so are fields of type `f64`, and what
/// [`FromScalar`](super::FromScalar) is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row<R>(pub R);

impl<'de, R: Record> serde::Deserialize<'de> for Row<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Row)
    }
}

/// Many records from one JSON array. Rows of an answer have one order of names, which is learnt from the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows<R>(pub Vec<R>);

impl<'de, R: Record> serde::Deserialize<'de> for Rows<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut rows: Vec<R> = Vec::new();
        let seed = RowsSeed { rows: PhantomData::<R>, into: &mut rows };
        deserializer.deserialize_seq(seed)?;
        Ok(Rows(rows))
    }
}

struct RowsSeed<'a, R> {
    rows: PhantomData<R>,
    into: &'a mut Vec<R>,
}

impl<'de, R: Record> Visitor<'de> for RowsSeed<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of rows of `{}`", R::TABLE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let mut order = Order::default();
        loop {
            let mut row = R::default();
            let mut slots = row.slots();
            let seed = RowSeed { shape: shape::<R>(), slots: &mut slots, order: &mut order };
            if rows.next_element_seed(seed)?.is_none() {
                return Ok(());
            }
            drop(slots);
            self.into.push(row);
        }
    }
}

/// The columns in the order of the last row, by their place in the table of names.
///
/// All rows of an answer have one order, so that nearly every name is found by one comparison; what is not where it was
/// is searched.
#[derive(Default)]
struct Order {
    places: Vec<u16>,
    at: usize,
}

impl Order {
    fn find(&mut self, columns: &[&str], name: &str) -> Option<usize> {
        let hint = match self.places.get(self.at) {
            Some(place) => usize::from(*place),
            // The first row: the service often gives them sorted.
            None => self.places.last().map_or(0, |last| usize::from(*last) + 1),
        };
        let found = if columns.get(hint).is_some_and(|column| *column == name) {
            hint
        } else {
            columns.binary_search(&name).ok()?
        };
        let place = u16::try_from(found).expect("no table has so many columns");
        match self.places.get_mut(self.at) {
            Some(known) => *known = place,
            None => self.places.push(place),
        }
        self.at += 1;
        Some(found)
    }
}

/// One row into its slots.
struct RowSeed<'a, 's> {
    shape: Shape,
    slots: &'a mut [Slot<'s>],
    order: &'a mut Order,
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
        write!(f, "a row of `{}`", self.shape.table)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.order.at = 0;
        let columns = self.shape.columns;
        let (slots, rest) = self.slots.split_at_mut(columns.len());
        let keep = !rest.is_empty();
        let mut waiting = false;
        while let Some(name) = map.next_key_seed(NameSeed { columns, order: self.order, keep })? {
            match name {
                Name::Column(at) => {
                    let seed =
                        SlotSeed { table: self.shape.table, column: columns[at], slot: &mut slots[at] };
                    map.next_value_seed(seed)?;
                }
                Name::Formatted(at) => {
                    let text: Option<String> = map.next_value()?;
                    match (&mut slots[at], rest.first_mut(), text) {
                        (Slot::Lookup(slot, tables), _, Some(text)) => {
                            lookup(slot, tables).label = Some(text.into());
                            waiting = true;
                        }
                        (_, Some(Slot::Extra(extra)), Some(text)) => {
                            extra.set_formatted(
                                u16::try_from(at).expect("no table has so many columns"),
                                text,
                            );
                        }
                        (_, Some(Slot::Other(other)), text) => {
                            other.insert(format!("{}{FORMATTED}", columns[at]), text.into());
                        }
                        _ => {}
                    }
                }
                Name::Target(at) => {
                    let table: Option<String> = map.next_value()?;
                    if let (Slot::Lookup(slot, tables), Some(table)) = (&mut slots[at], table) {
                        let known = tables.split(' ').find(|known| *known == table);
                        lookup(slot, tables).table = Some(known.map_or_else(|| table.into(), Into::into));
                        waiting = true;
                    }
                }
                Name::Etag => {
                    let etag: String = map.next_value()?;
                    match rest.first_mut() {
                        Some(Slot::Extra(extra)) => extra.set_etag(etag),
                        Some(Slot::Other(other)) => _ = other.insert(ETAG.to_owned(), etag.into()),
                        _ => {}
                    }
                }
                Name::Other(name) => {
                    let value: Value = map.next_value()?;
                    match rest.first_mut() {
                        Some(Slot::Extra(extra)) => extra.set_other(name, value),
                        Some(Slot::Other(other)) => _ = other.insert(name, value),
                        _ => {}
                    }
                }
                Name::Ignored => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if waiting {
            forget_unanswered(slots);
        }
        Ok(())
    }
}

/// Lookups of which only annotations came: there is no row behind them.
fn forget_unanswered(slots: &mut [Slot<'_>]) {
    for slot in slots {
        if let Slot::Lookup(slot, _) = slot
            && slot.as_ref().is_some_and(|lookup| lookup.id.is_nil())
        {
            **slot = None;
        }
    }
}

const FORMATTED: &str = "@OData.Community.Display.V1.FormattedValue";
const TARGET: &str = "@Microsoft.Dynamics.CRM.lookuplogicalname";
const ETAG: &str = "@odata.etag";

/// What a name of the answer stands for.
enum Name {
    Column(usize),
    /// How the service shows a column.
    Formatted(usize),
    /// The table of a lookup.
    Target(usize),
    Etag,
    /// Kept by its name.
    Other(String),
    Ignored,
}

struct NameSeed<'a> {
    columns: &'static [&'static str],
    order: &'a mut Order,
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
            // Of a lookup: the navigation that its table already says; of the answer: where its metadata is.
            if annotation == "Microsoft.Dynamics.CRM.associatednavigationproperty"
                || annotation == "odata.context"
            {
                return Name::Ignored;
            }
        }
        if self.keep { Name::Other(name.to_owned()) } else { Name::Ignored }
    }
}

/// One value into its slot.
struct SlotSeed<'a, 's> {
    table: &'static str,
    column: &'static str,
    slot: &'a mut Slot<'s>,
}

impl SlotSeed<'_, '_> {
    #[cold]
    fn error<E: Error>(&self, expected: &str, found: &str) -> E {
        E::custom(format_args!("{}.{}: expected {expected}, found {found}", self.table, self.column))
    }

    fn fit<E: Error>(&self, done: Result<(), Mismatch>, found: impl FnOnce() -> String) -> Result<(), E> {
        done.map_err(|mismatch| self.error(mismatch.expected, &found()))
    }
}

/// A text of the answer for a message: its beginning.
fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}

impl<'de> DeserializeSeed<'de> for SlotSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.slot {
            // A float has no room for the digits of money.
            Slot::Decimal(_) => deserializer.deserialize_newtype_struct(RAW, self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

/// By this name serde_json gives a value as the text that it is, in a map of this one name: what its `RawValue` does, without
/// a copy. All other formats, and serde_json if it ever changed the name, pass on the value itself as any newtype's.
const RAW: &str = "$serde_json::private::RawValue";

impl<'de> Visitor<'de> for SlotSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slot.expected())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let done = self.slot.text(text);
        self.fit(done, || quoted(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<(), E> {
        if let Slot::Text(_) = self.slot {
            return self.slot.owned(text).map_err(|_| E::custom("text fits text"));
        }
        self.visit_str(&text)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        let done = self.slot.whole(number);
        self.fit(done, || number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            #[expect(clippy::cast_precision_loss, reason = "beyond 64 bits a JSON number is a float")]
            Err(_) => self.visit_f64(number as f64),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        let done = self.slot.float(number);
        self.fit(done, || number.to_string())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        let done = self.slot.flag(flag);
        self.fit(done, || flag.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        let done = self.slot.null();
        self.fit(done, || "null".to_owned())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    /// Of a format that has no text for a value: see [`RAW`].
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        match self.slot {
            Slot::Rows(rows) if rows.many() => {
                rows.clear();
                let shape = rows.shape();
                let mut order = Order::default();
                loop {
                    let mut read = Ok(None);
                    // The end of the list is known only after the row was made, and takes it back.
                    rows.push(&mut |slots| {
                        read = list.next_element_seed(RowSeed { shape, slots, order: &mut order })
                    });
                    if read?.is_none() {
                        rows.pop();
                        return Ok(());
                    }
                }
            }
            Slot::Json(slot) => {
                **slot = serde::Deserialize::deserialize(serde::de::value::SeqAccessDeserializer::new(list))?;
                Ok(())
            }
            _ => Err(self.error(self.slot.expected(), "a list")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        match self.slot {
            Slot::Rows(rows) if !rows.many() => {
                rows.clear();
                let shape = rows.shape();
                let mut map = Some(map);
                let mut read = Ok(());
                rows.push(&mut |slots| {
                    if let Some(map) = map.take() {
                        read = RowSeed { shape, slots, order: &mut Order::default() }.visit_map(map);
                    }
                });
                read
            }
            Slot::ManagedFlag(slot) => {
                let mut managed = crate::Managed::default();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "Value" => managed.value = map.next_value()?,
                        "CanBeChanged" => managed.can_be_changed = map.next_value()?,
                        _ => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                **slot = Some(managed);
                Ok(())
            }
            Slot::Json(slot) => {
                **slot = serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(())
            }
            Slot::Decimal(_) if map.next_key_seed(IsRaw)? == Some(true) => map.next_value_seed(RawSeed(self)),
            _ => Err(self.error(self.slot.expected(), "an object")),
        }
    }
}

/// Is the name of a map's only entry [`RAW`]?
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

/// A value that is given as its JSON text.
struct RawSeed<'a, 's>(SlotSeed<'a, 's>);

impl<'de> DeserializeSeed<'de> for RawSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for RawSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.slot.expected())
    }

    fn visit_str<E: Error>(self, json: &str) -> Result<(), E> {
        let seed = self.0;
        if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            let done = seed.slot.digits(json);
            return seed.fit(done, || json.to_owned());
        }
        match serde_json::from_str(json).map_err(E::custom)? {
            Value::Null => seed.visit_unit(),
            Value::Bool(flag) => seed.visit_bool(flag),
            Value::String(text) => seed.visit_string(text),
            Value::Array(_) => Err(seed.error(seed.slot.expected(), "a list")),
            Value::Object(_) => Err(seed.error(seed.slot.expected(), "an object")),
            Value::Number(_) => Err(E::custom("a number begins with a digit")),
        }
    }
}
