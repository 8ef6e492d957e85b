//! Returns every place of a query with the same meaning as the one at a position.

use dvkit_diagnostic::Span;

use super::QueryContext;
use super::parts::{LocalKind, Meaning, Part, QueryParts};
use crate::Error;

/// A place in a query that names a column, a table, an alias or something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The position in the text of the query.
    pub span: Span,
    /// Whether the query defines the name at this place.
    pub is_definition: bool,
}

impl QueryContext<'_> {
    /// Returns the places that name the same column, table, navigation property, function, option, alias or
    /// variable as the place at the offset `offset`, in the order of the text. The result is empty if there is no
    /// such name at the offset.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn references(&self, offset: usize) -> Result<Vec<Reference>, Error> {
        let parts = self.parts()?;
        Ok(match parts.at(self.clamp(offset)) {
            Some(part) => parts.references(part),
            None => Vec::new(),
        })
    }
}

impl QueryParts<'_> {
    /// Returns the places with the meaning of `part`.
    pub(super) fn references(&self, part: &Part<'_>) -> Vec<Reference> {
        let definition = self.local(part).and_then(|local| local.definition);
        let same = self.parts.iter().filter(|other| self.is_same(part, other));
        same.map(|other| Reference { span: other.span, is_definition: Some(other.span) == definition })
            .collect()
    }

    fn is_same(&self, part: &Part<'_>, other: &Part<'_>) -> bool {
        // A link without an alias is named by its table.
        let table = |part: &Part<'_>| match (self.local(part), &part.meaning) {
            (Some(local), _) if local.kind == LocalKind::UnnamedLink => local.table.clone(),
            (_, Meaning::Table(entry)) => Some(entry.logical_name.clone()),
            _ => None,
        };
        part.meaning.is_same(&other.meaning) || table(part).is_some_and(|t| table(other) == Some(t))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};

    fn references(query: &str, name: &str) -> Vec<String> {
        let store = sample();
        let at = query.find(name).unwrap() + 1;
        let found = context(&store, query, Some("contact")).references(at).unwrap();
        let marked =
            |r: super::Reference| format!("{}{}", r.span.of(query), if r.is_definition { "!" } else { "" });
        found.into_iter().map(marked).collect()
    }

    #[test]
    fn a_column_is_found_in_every_clause() {
        let query = "contacts?$select=fullname,_parentcustomerid_value&$filter=fullname eq 'fullname' and Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=['a'])&$orderby=fullname desc&$expand=parentcustomerid_account($select=name)";
        assert_eq!(references(query, "fullname"), ["fullname"; 4]);
        assert_eq!(references(query, "name)"), ["name"]);
    }

    #[test]
    fn aliases_and_variables_are_found_with_their_definition() {
        let query =
            "accounts?$filter=contact_customer_accounts/any(c:c/fullname eq @n and c/lastname eq @n)&@n='a'";
        assert_eq!(references(query, "c:"), ["c!", "c", "c"]);
        assert_eq!(references(query, "@n and"), ["@n", "@n", "@n!"]);
        let query =
            "accounts?$apply=groupby((statecode),aggregate(revenue with sum as total))&$orderby=total desc";
        assert_eq!(references(query, "total"), ["total!", "total"]);
        let query = "<fetch><entity name='contact'><link-entity name='account' from='accountid' to='parentcustomerid' alias='acc'><attribute name='name'/></link-entity><filter><condition entityname='acc' attribute='name' operator='not-null'/><condition attribute='fullname' operator='eq' valueof='acc.name'/></filter></entity></fetch>";
        assert_eq!(references(query, "acc'"), ["acc!", "acc", "acc"]);
        assert_eq!(references(query, "name'/></link"), ["name", "name", "name"]);
    }

    #[test]
    fn columns_of_two_tables_with_one_name_differ() {
        let query = "contacts?$select=createdon&$expand=parentcustomerid_account($select=createdon)";
        assert_eq!(references(query, "createdon"), ["createdon"]);
    }
}
