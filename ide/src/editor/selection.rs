//! Returns the nested ranges around a position of a query, for a selection that grows step by step.

use dvkit_diagnostic::Span;

use super::QueryContext;
use super::parts::Clause;
use crate::Error;

impl QueryContext<'_> {
    /// Returns the ranges that contain the offset `offset`, from the smallest one, such as a name, to the whole
    /// text. Each range contains the one before it and is longer.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn selection_ranges(&self, offset: usize) -> Result<Vec<Span>, Error> {
        let text = self.query.as_str();
        let at = self.clamp(offset);
        let parts = self.parts()?;
        let mut spans = vec![Span::new(0, text.len())];
        collect(&parts.clauses, at, &mut spans);
        spans.extend(parts.at(at).map(|part| part.span));
        // From the outside to the inside, each range has to be a true part of the one before.
        let mut nested: Vec<Span> = Vec::new();
        for span in spans {
            let inside =
                |outer: &Span| outer.start <= span.start && span.end <= outer.end && span.len() < outer.len();
            if nested.last().is_none_or(inside) {
                nested.push(span);
            }
        }
        nested.reverse();
        Ok(nested)
    }
}

/// Adds the clauses that contain the offset `at`, from the outside to the inside.
fn collect(clauses: &[Clause], at: usize, spans: &mut Vec<Span>) {
    let mut clauses = clauses;
    // Of two clauses that touch at the offset, the later one is the one behind the cursor.
    while let Some(clause) = clauses.iter().rev().find(|clause| {
        let range = clause.span.range();
        range.start <= at && at <= range.end
    }) {
        spans.push(clause.span);
        clauses = &clause.children;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};

    #[test]
    fn a_selection_grows_from_a_name_to_the_whole_text() {
        let store = sample();
        let query = "contacts?$filter=statecode eq 0 and (fullname eq 'a' or lastname eq 'b')";
        let at = query.find("fullname").unwrap() + 3;
        let spans = context(&store, query, None).selection_ranges(at).unwrap();
        let texts: Vec<&str> = spans.iter().map(|s| s.of(query)).collect();
        assert_eq!(
            texts,
            [
                "fullname",
                "fullname eq 'a'",
                "fullname eq 'a' or lastname eq 'b'",
                "(fullname eq 'a' or lastname eq 'b')",
                "statecode eq 0 and (fullname eq 'a' or lastname eq 'b')",
                "$filter=statecode eq 0 and (fullname eq 'a' or lastname eq 'b')",
                query
            ]
        );
    }

    #[test]
    fn a_selection_grows_from_an_attribute_to_its_element() {
        let store = sample();
        let query = "<fetch><entity name='contact'/></fetch>";
        let spans = context(&store, query, None).selection_ranges(query.find("contact").unwrap()).unwrap();
        let texts: Vec<&str> = spans.iter().map(|s| s.of(query)).collect();
        assert_eq!(texts, ["contact", "name='contact", "<entity name='contact'/>", query]);
    }
}
