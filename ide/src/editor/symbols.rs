//! Returns the outline of a query: its table, with the links, expansions and filters within it.

use dvkit_diagnostic::Span;

use super::QueryContext;
use super::class::SymbolClass;
use super::parts::Clause;
use crate::Error;

/// An entry in the outline of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The name as in the text, such as the name of a table; `filter` for a filter.
    pub name: String,
    /// A detail that distinguishes the entry: a label, an alias, the beginning of a condition.
    pub detail: String,
    /// The class of the entry.
    pub class: SymbolClass,
    /// The position of the whole clause.
    pub span: Span,
    /// The position of the name within the clause.
    pub selection: Span,
    /// The entries within this one, in the order of the text.
    pub children: Vec<Symbol>,
}

impl QueryContext<'_> {
    /// Returns the outline of the query. It is empty if the text has no table and no filter.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn symbols(&self) -> Result<Vec<Symbol>, Error> {
        Ok(symbols(self.parts()?.clauses))
    }
}

/// Returns the entries of clauses. A clause without an entry is replaced by the entries within it.
fn symbols(clauses: Vec<Clause>) -> Vec<Symbol> {
    let mut found = Vec::new();
    for clause in clauses {
        let children = symbols(clause.children);
        match clause.symbol {
            None => found.extend(children),
            Some(symbol) => found.push(Symbol {
                name: symbol.name,
                detail: symbol.detail,
                class: symbol.class,
                span: clause.span,
                selection: symbol.selection,
                children,
            }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};
    use super::*;

    fn outline(symbols: &[Symbol], depth: usize, out: &mut String) {
        for symbol in symbols {
            out.push_str(&format!("{:depth$}{} ({})\n", "", symbol.name, symbol.detail));
            outline(&symbol.children, depth + 1, out);
        }
    }

    fn outlined(query: &str) -> String {
        let store = sample();
        let mut out = String::new();
        outline(&context(&store, query, Some("contact")).symbols().unwrap(), 0, &mut out);
        out
    }

    #[test]
    fn a_request_lists_its_expansions_and_filters() {
        assert_eq!(
            outlined(
                "contacts?$select=fullname&$expand=parentcustomerid_account($filter=name eq 'a')&$filter=statecode eq 0"
            ),
            "contacts (Contact)\n parentcustomerid_account (→ account)\n  $filter (name eq 'a')\n $filter (statecode eq 0)\n"
        );
        assert_eq!(outlined("statecode eq 0"), "contact (statecode eq 0)\n");
    }

    #[test]
    fn fetchxml_lists_its_links_and_filters() {
        assert_eq!(
            outlined(
                "<fetch><entity name='contact'><filter type='or'/><link-entity name='account' from='accountid' to='parentcustomerid' alias='a' link-type='outer'><filter/></link-entity></entity></fetch>"
            ),
            "contact (Contact)\n filter (or)\n account (as a, outer)\n  filter (and)\n"
        );
    }
}
