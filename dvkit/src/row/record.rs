//! Defines [`Record`], the trait of every struct into which a row is decoded. The decoder works on this trait
//! alone.

use super::field::{FieldMut, FieldRef, RowLayout, RowsFieldMut};

/// A struct into which a row of the Web API is decoded. Generated tables and structs with `#[derive(Entity)]`
/// implement the trait.
///
/// [`fields_mut`](Self::fields_mut) and [`fields`](Self::fields) return one element for each name in
/// [`COLUMNS`](Self::COLUMNS), in the same order. A further element at the end, a [`FieldMut::Extras`] or
/// [`FieldMut::Other`], stores everything in the row that is not a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    note = "tables that dvkit generates can, and structs with `#[derive(dvkit::Entity)]`"
)]
pub trait Record: Default + 'static {
    /// The logical name of the table, for messages.
    const TABLE: &'static str;
    /// The names of the columns in the Web API, sorted by their bytes: `_parentcustomerid_value`,
    /// `contactid`, …
    const COLUMNS: &'static [&'static str];

    /// Returns the references by which the decoder sets the fields, in the order of
    /// [`COLUMNS`](Self::COLUMNS).
    fn fields_mut(&mut self) -> Vec<FieldMut<'_>>;

    /// Returns the references by which `Clone`, `Debug` and `PartialEq` read the fields, in the order of
    /// [`COLUMNS`](Self::COLUMNS).
    fn fields(&self) -> Vec<FieldRef<'_>>;
}

/// Makes a boxed record a record, so that a struct can contain rows of its own type.
impl<R: Record> Record for Box<R> {
    const TABLE: &'static str = R::TABLE;
    const COLUMNS: &'static [&'static str] = R::COLUMNS;

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        (**self).fields_mut()
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        (**self).fields()
    }
}

/// Returns the table and the column names of a [`Record`] type.
#[must_use]
pub const fn layout<R: Record>() -> RowLayout {
    RowLayout { table: R::TABLE, columns: R::COLUMNS }
}

impl<R: Record> RowsFieldMut for Option<R> {
    fn layout(&self) -> RowLayout {
        layout::<R>()
    }

    fn many(&self) -> bool {
        false
    }

    fn push(&mut self, fill: &mut dyn FnMut(&mut [FieldMut<'_>])) {
        fill(&mut self.insert(R::default()).fields_mut());
    }

    fn pop(&mut self) {
        *self = None;
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl<R: Record> RowsFieldMut for Vec<R> {
    fn layout(&self) -> RowLayout {
        layout::<R>()
    }

    fn many(&self) -> bool {
        true
    }

    fn push(&mut self, fill: &mut dyn FnMut(&mut [FieldMut<'_>])) {
        let mut row = R::default();
        fill(&mut row.fields_mut());
        self.push(row);
    }

    fn pop(&mut self) {
        Vec::pop(self);
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }
}
