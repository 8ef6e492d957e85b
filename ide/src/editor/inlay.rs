//! Returns hints that an editor shows between the characters of a query: the label of an option beside its
//! number.

use super::QueryContext;
use super::parts::Meaning;
use crate::Error;
use crate::explain::description;

/// The maximum length in characters of a hint.
const MAX_LENGTH: usize = 40;

/// A hint that an editor shows in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlayHint {
    /// The offset in the text of the query at which the hint is shown.
    pub offset: usize,
    /// The text of the hint, such as the label of an option.
    pub label: String,
}

impl QueryContext<'_> {
    /// Returns the labels of the options whose numbers are in the query, in the order of the text.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn inlay_hints(&self) -> Result<Vec<InlayHint>, Error> {
        let text = self.query.as_str();
        let mut hints = Vec::new();
        for part in self.parts()?.parts {
            let Meaning::Option(_, column, value) = part.meaning else { continue };
            let Some(choice) = description::choice(self.store, column)? else { continue };
            let label =
                choice.option(value).map_or("", |option| description::text(self.store, &option.label));
            // `true` says no less than `Yes`.
            if label.is_empty() || matches!(part.span.of(text), "true" | "false") {
                continue;
            }
            let mut shown: String = dvkit_diagnostic::printable::line(label).to_string();
            if let Some((at, _)) = shown.char_indices().nth(MAX_LENGTH) {
                shown.truncate(at);
                shown.push('…');
            }
            hints.push(InlayHint { offset: part.span.range().end, label: shown });
        }
        Ok(hints)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};

    fn hints(query: &str, table: Option<&str>) -> Vec<(String, String)> {
        let store = sample();
        let hints = context(&store, query, table).inlay_hints().unwrap();
        let before =
            |at: usize| query[..at].chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
        hints.into_iter().map(|h| (before(h.offset), h.label)).collect()
    }

    #[test]
    fn the_number_of_an_option_has_its_label() {
        let of = |before: &str, label: &str| (before.to_owned(), label.to_owned());
        assert_eq!(
            hints("statecode eq 0 and 1 ne statecode", Some("contact")),
            [of(" 0", "Active"), of(" 1", "Inactive")]
        );
        assert_eq!(
            hints(
                "Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=['1',\"9\"])",
                Some("new_project")
            ),
            [of("'1", "North"), of("\"9", "Overseas")]
        );
        assert_eq!(
            hints(
                "<fetch><entity name='contact'><filter><condition attribute='statecode' operator='in'><value>1</value></condition></filter></entity></fetch>",
                None
            ),
            [of(">1", "Inactive")]
        );
        assert!(hints("statecode eq 77 and numberofchildren eq 1", Some("contact")).is_empty());
    }
}
