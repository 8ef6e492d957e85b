//! The `Prefer` header, put together from parts so that nobody writes it by hand.
use std::collections::BTreeMap;
use std::fmt;

/// Preferences of one request. Preferences of the client and of the request are joined; the request's win.
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
    /// No preference yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which annotations come with the data: `*`, or names separated by commas, like
    /// `OData.Community.Display.V1.FormattedValue`. A quotation mark has no place in it and is left out.
    #[must_use]
    pub fn annotations(self, which: &str) -> Self {
        let which: String = which.chars().filter(|c| *c != '"' && !c.is_control()).collect();
        self.set("odata.include-annotations", Some(format!("\"{which}\"")))
    }

    /// The rows of one page at most; the service caps it at 5,000 (500 for elastic tables).
    #[must_use]
    pub fn max_page_size(self, rows: u32) -> Self {
        self.set("odata.maxpagesize", Some(rows.to_string()))
    }

    /// The written row comes back.
    #[must_use]
    pub fn return_representation(self) -> Self {
        self.set("return", Some("representation".to_owned()))
    }

    /// Nothing comes back but the row's address.
    #[must_use]
    pub fn return_minimal(self) -> Self {
        self.set("return", Some("minimal".to_owned()))
    }

    /// `$batch` runs the remaining operations after one has failed.
    #[must_use]
    pub fn continue_on_error(self) -> Self {
        self.set("odata.continue-on-error", None)
    }

    /// Asks for the changes since, by a delta link (tables with change tracking).
    #[must_use]
    pub fn track_changes(self) -> Self {
        self.set("odata.track-changes", None)
    }

    /// Another preference by name. Names and values that cannot stand in a header are refused when the request is sent.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: Option<String>) -> Self {
        self.0.insert(name.into(), value);
        self
    }

    /// Whether there is no preference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These preferences over others.
    #[must_use]
    pub(crate) fn over(&self, others: &Prefer) -> Prefer {
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
    fn the_requests_preference_wins() {
        let client = Prefer::new().annotations("*").max_page_size(5000);
        let request = Prefer::new().max_page_size(10).track_changes();
        assert_eq!(
            request.over(&client).to_string(),
            "odata.include-annotations=\"*\",odata.maxpagesize=10,odata.track-changes"
        );
    }
}
