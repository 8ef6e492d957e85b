//! Returns the clauses of a query that an editor may fold.

use dvkit_diagnostic::Span;

use super::QueryContext;
use super::class::TokenClass;
use super::parts::Clause;
use crate::Error;

impl QueryContext<'_> {
    /// Returns the positions of the clauses and comments that extend over several lines, in the order of the
    /// text.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn folding_ranges(&self) -> Result<Vec<Span>, Error> {
        let text = self.query.as_str();
        let parts = self.parts()?;
        let mut spans = Vec::new();
        parts.clauses.iter().for_each(|clause| collect(clause, text, &mut spans));
        let comments = parts.parts.iter().filter(|p| p.class == TokenClass::Comment);
        spans.extend(comments.map(|part| part.span).filter(|span| is_multi_line(*span, text)));
        spans.sort();
        spans.dedup();
        Ok(spans)
    }
}

fn collect(clause: &Clause, text: &str, spans: &mut Vec<Span>) {
    // The clauses within a clause on one line are on that line too.
    if !is_multi_line(clause.span, text) {
        return;
    }
    if clause.foldable {
        spans.push(clause.span);
    }
    clause.children.iter().for_each(|child| collect(child, text, spans));
}

fn is_multi_line(span: Span, text: &str) -> bool {
    span.of(text).trim_end().contains('\n')
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};

    #[test]
    fn only_clauses_of_several_lines_fold() {
        let store = sample();
        let query = "<fetch>\n <entity name='contact'>\n  <filter>\n   <condition attribute='a' operator='null'/>\n  </filter>\n  <attribute name='b'/>\n </entity>\n</fetch>";
        let spans = context(&store, query, None).folding_ranges().unwrap();
        let starts: Vec<&str> = spans.iter().map(|s| &s.of(query)[..5]).collect();
        assert_eq!(starts, ["<fetc", "<enti", "<filt"]);
        assert!(context(&store, "contacts?$select=fullname", None).folding_ranges().unwrap().is_empty());
        let query = "contacts\n?$select=fullname\n&$filter=statecode eq 0\n and fullname eq 'a'";
        let spans = context(&store, query, None).folding_ranges().unwrap();
        assert_eq!(spans.len(), 2, "{spans:?}");
    }

    #[test]
    fn comments_of_several_lines_fold_and_others_do_not() {
        let store = sample();
        let query = "<fetch>\n <!-- one -->\n <!-- two\n lines --> <entity name='contact'/>\n</fetch>";
        let spans = context(&store, query, None).folding_ranges().unwrap();
        let texts: Vec<&str> = spans.iter().map(|span| span.of(query)).collect();
        assert_eq!(texts, [query, "<!-- two\n lines -->"]);
        let whole = "<fetch><entity name='contact'/></fetch>\n";
        assert_eq!(
            context(&store, whole, None).folding_ranges().unwrap(),
            [],
            "the end of the line is no line"
        );
    }
}
