//! Defines [`Hook`], a function of the program that reads and writes a field that no mapping can describe.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::row::Row;

/// A function of the program that reads and writes a field. A mapping names it: `{ hook = "full_address" }`.
pub trait Hook: Send + Sync {
    /// Returns the logical names of the columns that the hook reads. They are selected with the row.
    fn columns(&self) -> Vec<String>;

    /// Returns the value of the field.
    ///
    /// # Errors
    /// Returns a sentence if the row has values that the hook cannot read. The field is null then.
    fn read(&self, row: &HookRow<'_>) -> Result<Value, String>;

    /// Returns the columns that a write of the field sets, with their values.
    ///
    /// # Errors
    /// Returns a sentence if the value cannot be written; by default every value.
    fn write(&self, value: &Value) -> Result<Vec<(String, dvkit::by_name::Value)>, String> {
        let _ = value;
        Err("the hook only reads".to_owned())
    }
}

/// The row that a hook reads.
#[derive(Clone, Copy, Debug)]
pub struct HookRow<'r>(&'r Row<'r>);

impl<'r> HookRow<'r> {
    pub(super) fn new(row: &'r Row<'r>) -> Self {
        Self(row)
    }

    /// Returns a member of the row, such as `fullname`, `_ownerid_value` or an annotation; null if the row does not
    /// have it.
    #[must_use]
    pub fn get(&self, name: &str) -> Value {
        self.0.any(name).and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
    }
}

/// The hooks of a program, by name.
#[derive(Clone, Default)]
pub struct Hooks(BTreeMap<String, Arc<dyn Hook>>);

impl Hooks {
    /// Returns the hooks with one more, in place of one with the same name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, hook: impl Hook + 'static) -> Self {
        self.0.insert(name.into(), Arc::new(hook));
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<&dyn Hook> {
        self.0.get(name).map(AsRef::as_ref)
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
