//! Builds the `Prefer` header of a request from single preferences. The client and every request can have
//! preferences.
use std::collections::BTreeMap;
use std::fmt;

/// The preferences of a request. They take precedence over those of the client, which are sent too.
///
/// ```
/// use dvkit_client::Prefer;
///
/// let prefer = Prefer::new().annotations("*").max_page_size(500).return_representation();
/// assert_eq!(prefer.to_string(), r#"odata.include-annotations="*",odata.maxpagesize=500,return=representation"#);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefer(BTreeMap<String, Option<String>>);

impl Prefer {
    /// Creates an empty set of preferences.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for annotations with the data. `which` is `*`, or a list of names separated by commas, such as
    /// `OData.Community.Display.V1.FormattedValue`. Quotation marks in `which` are dropped.
    #[must_use]
    pub fn annotations(self, which: &str) -> Self {
        let which: String = which.chars().filter(|c| *c != '"' && !c.is_control()).collect();
        self.set("odata.include-annotations", Some(format!("\"{which}\"")))
    }

    /// Sets the maximum number of rows per page to `rows`. The service allows at most 5,000 (500 for elastic
    /// tables).
    #[must_use]
    pub fn max_page_size(self, rows: u32) -> Self {
        self.set("odata.maxpagesize", Some(rows.to_string()))
    }

    /// Asks the service to return the written row in its new state.
    #[must_use]
    pub fn return_representation(self) -> Self {
        self.set("return", Some("representation".to_owned()))
    }

    /// Asks the service not to return the written row, but only its address.
    #[must_use]
    pub fn return_minimal(self) -> Self {
        self.set("return", Some("minimal".to_owned()))
    }

    /// Makes `$batch` run the remaining operations after one has failed.
    #[must_use]
    pub fn continue_on_error(self) -> Self {
        self.set("odata.continue-on-error", None)
    }

    /// Asks for a delta link: a later request to this link returns the changes since this request. The table
    /// has to have change tracking.
    #[must_use]
    pub fn track_changes(self) -> Self {
        self.set("odata.track-changes", None)
    }

    /// Sets the preference `name` to `value`; `None` sets it without a value. A name or value that a header
    /// cannot contain is reported when the request is sent.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: Option<String>) -> Self {
        self.0.insert(name.into(), value);
        self
    }

    /// Returns whether no preference is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all preferences of `self`, and those of `others` that `self` does not set.
    #[must_use]
    pub(crate) fn merged_over(&self, others: &Prefer) -> Prefer {
        let mut all = others.0.clone();
        all.extend(self.0.clone());
        Prefer(all)
    }
}

impl fmt::Display for Prefer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match value {
                Some(value) => write!(f, "{name}={value}")?,
                None => f.write_str(name)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_of_the_request_takes_precedence() {
        let client = Prefer::new().annotations("*").max_page_size(5000);
        let request = Prefer::new().max_page_size(10).track_changes();
        assert_eq!(
            request.merged_over(&client).to_string(),
            "odata.include-annotations=\"*\",odata.maxpagesize=10,odata.track-changes"
        );
    }
}
