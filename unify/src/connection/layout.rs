//! Defines [`Layout`]: the fields of a table's records, and where their columns are in rows.

use super::field_value::write_string;
use super::read::RecordReader;
use super::row::Row;
use crate::mapping::{
    Cell, CompiledField, CompiledTable, Currency, FieldSource, Item, Member, Part, Target, TemplatePart,
};

/// The fields of a table's records in their order, which are the same for all rows of a page. Columns have their position in
/// a [`Row`], so that nothing is looked up by name for each of thousands of rows.
#[derive(Debug)]
pub(super) struct Layout<'r> {
    /// The position of the primary key.
    pub(super) id: usize,
    /// The fields after the id.
    pub(super) fields: Vec<LayoutField<'r>>,
    /// The fields of `custom_fields`; `None` if records do not have it.
    pub(super) custom: Option<Vec<LayoutField<'r>>>,
    pub(super) currency: Option<PlacedCurrency<'r>>,
}

/// A field of records.
#[derive(Debug)]
pub(super) struct LayoutField<'r> {
    pub(super) name: &'r str,
    /// The name as it is in JSON, with the colon.
    pub(super) key: Vec<u8>,
    /// Where the value comes from; `None` if it is always null.
    pub(super) source: Option<(&'r CompiledField, PlacedSource<'r>)>,
}

/// A column at its position in rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedCell<'r> {
    pub(super) cell: &'r Cell,
    pub(super) at: usize,
}

/// The currency of rows with its positions.
#[derive(Debug)]
pub(super) struct PlacedCurrency<'r> {
    pub(super) currency: &'r Currency,
    /// The position of the row that is expanded.
    pub(super) navigation: usize,
    /// The position of the lookup's value.
    pub(super) value: usize,
    /// The name of the lookup's value.
    pub(super) value_name: String,
}

/// A [`FieldSource`] whose columns have positions.
#[derive(Debug)]
pub(super) enum PlacedSource<'r> {
    Cell(PlacedCell<'r>),
    Split { column: PlacedCell<'r>, separator: &'r str, part: Part },
    Path { navigation: usize, cell: &'r Cell },
    Lookup { column: PlacedCell<'r>, targets: &'r [Target] },
    Enum { column: PlacedCell<'r>, members: &'r [Member] },
    ChoiceReference { column: PlacedCell<'r>, resource: &'r str },
    Template(Vec<PlacedPart<'r>>),
    Constant(&'r serde_json::Value),
    List(Vec<PlacedItem<'r>>),
    Hook(&'r str),
}

/// A part of a template.
#[derive(Debug)]
pub(super) enum PlacedPart<'r> {
    Text(&'r str),
    Cell(PlacedCell<'r>),
}

/// An item of a list.
#[derive(Debug)]
pub(super) struct PlacedItem<'r> {
    pub(super) columns: Vec<(&'r str, PlacedCell<'r>)>,
    pub(super) constants: &'r [(String, String)],
}

impl<'r> PlacedCell<'r> {
    pub(super) fn new(cell: &'r Cell, row: &mut Row<'r>) -> Self {
        Self { cell, at: row.position(cell.property.as_str()) }
    }
}

impl<'r> PlacedPart<'r> {
    pub(super) fn new(part: &'r TemplatePart, row: &mut Row<'r>) -> Self {
        match part {
            TemplatePart::Text(text) => Self::Text(text),
            TemplatePart::Cell(cell) => Self::Cell(PlacedCell::new(cell, row)),
        }
    }
}

impl<'r> PlacedItem<'r> {
    pub(super) fn new(item: &'r Item, row: &mut Row<'r>) -> Self {
        let columns = item.cells.iter().map(|(member, cell)| (member.as_str(), PlacedCell::new(cell, row)));
        Self { columns: columns.collect(), constants: &item.constants }
    }
}

impl<'r> PlacedSource<'r> {
    fn new(source: &'r FieldSource, row: &mut Row<'r>) -> Self {
        match source {
            FieldSource::Cell(cell) => Self::Cell(PlacedCell::new(cell, row)),
            FieldSource::Split { cell, separator, part } => {
                Self::Split { column: PlacedCell::new(cell, row), separator, part: *part }
            }
            FieldSource::Path { navigation, cell } => {
                Self::Path { navigation: row.position(navigation.as_str()), cell }
            }
            FieldSource::Lookup { cell, targets } => {
                Self::Lookup { column: PlacedCell::new(cell, row), targets }
            }
            FieldSource::Enum { cell, members } => Self::Enum { column: PlacedCell::new(cell, row), members },
            FieldSource::ChoiceReference { cell, resource, .. } => {
                Self::ChoiceReference { column: PlacedCell::new(cell, row), resource }
            }
            FieldSource::Template(parts) => {
                Self::Template(parts.iter().map(|part| PlacedPart::new(part, row)).collect())
            }
            FieldSource::Constant(value) => Self::Constant(value),
            FieldSource::List(items) => {
                Self::List(items.iter().map(|item| PlacedItem::new(item, row)).collect())
            }
            FieldSource::Hook(name) => Self::Hook(name),
        }
    }
}

/// Names in their order, each with the field that it is in this table.
#[derive(Default)]
struct Names<'r>(Vec<(&'r str, Option<&'r CompiledField>)>);

impl<'r> Names<'r> {
    /// Adds a name, or gives one that is there its field.
    fn add(&mut self, name: &'r str, field: Option<&'r CompiledField>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, of)) => *of = field,
            None => self.0.push((name, field)),
        }
    }

    fn add_fields(&mut self, fields: &'r [CompiledField]) {
        for field in fields {
            self.add(&field.name, field.readable.then_some(field));
        }
    }

    fn placed(self, row: &mut Row<'r>) -> serde_json::Result<Vec<LayoutField<'r>>> {
        let mut fields = Vec::with_capacity(self.0.len());
        for (name, field) in self.0 {
            let mut key = Vec::with_capacity(name.len() + 3);
            write_string(name, &mut key)?;
            key.push(b':');
            let source = field.map(|field| (field, PlacedSource::new(&field.source, row)));
            fields.push(LayoutField { name, key, source });
        }
        Ok(fields)
    }
}

impl<'r> Layout<'r> {
    /// Returns the layout of the records of a table: the fields of the model, further ones of the mapping, and custom fields.
    /// What only other tables of the resource have is null.
    pub(super) fn new(reader: &RecordReader<'r>, row: &mut Row<'r>) -> serde_json::Result<Self> {
        let table: &'r CompiledTable = reader.table;
        let (mut fields, mut custom) = (Names::default(), Names::default());
        for field in reader.info.map_or(&[][..], |info| info.fields) {
            fields.add(field.name, None);
        }
        if reader.tables.len() > 1 {
            for table in reader.tables {
                table.fields.iter().for_each(|field| fields.add(&field.name, None));
                table.custom.iter().for_each(|field| custom.add(&field.name, None));
            }
        }
        fields.add_fields(&table.fields);
        custom.add_fields(&table.custom);
        // These two are not what a mapping says.
        let has_custom = reader.info.is_some() || !custom.0.is_empty();
        fields.0.retain(|(name, _)| *name != "id" && !(has_custom && *name == "custom_fields"));
        Ok(Self {
            id: row.position(table.primary_id.as_str()),
            fields: fields.placed(row)?,
            custom: if has_custom { Some(custom.placed(row)?) } else { None },
            currency: table.currency.as_ref().map(|currency| {
                let value_name = format!("_{}_value", currency.column);
                PlacedCurrency {
                    currency,
                    navigation: row.position(currency.navigation.as_str()),
                    value: row.position(value_name.clone()),
                    value_name,
                }
            }),
        })
    }
}
