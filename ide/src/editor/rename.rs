//! Renames what a query defines: aliases of FetchXML, range variables, parameter aliases and computed values.

use dvkit_diagnostic::{Edit, Span};

use super::QueryContext;
use super::parts::{Local, LocalKind, Meaning, Part, QueryParts};
use super::references::Reference;
use crate::Error;

/// The maximum length of a new name in bytes.
const MAX_NAME_LENGTH: usize = 100;

/// Words of OData that a name must not be, because the text would mean something else.
const RESERVED: [&str; 26] = [
    "and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "has", "in", "add", "sub", "mul", "div", "divby",
    "mod", "null", "true", "false", "asc", "desc", "any", "all", "as", "with",
];

/// Whether the name at a position can be renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenameTarget {
    /// The name can be renamed. The fields are its position and its text.
    Name(Span, String),
    /// The name cannot be renamed. The field is a sentence with the reason, without a full stop.
    Refused(String),
}

/// The result of renaming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenameOutcome {
    /// The edits of the query's text, which do not overlap, in the order of the text.
    Edits(Vec<Edit>),
    /// The name is not changed. The field is a sentence with the reason, without a full stop.
    Refused(String),
}

/// An alias of FetchXML, as the names of returned columns contain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alias {
    name: String,
    /// Whether it is that of a link, which precedes the names of its columns: `alias.column`.
    is_link: bool,
}

impl Alias {
    fn of(local: &Local) -> Option<Self> {
        let is_link = match local.kind {
            LocalKind::LinkAlias => true,
            LocalKind::ColumnAlias => false,
            _ => return None,
        };
        Some(Self { name: local.name.clone(), is_link })
    }

    /// Returns the byte range of the alias in `name`, the name of a column that the query returns; `None` if it does
    /// not contain the alias.
    pub(super) fn within(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let found = match name.split_once('.') {
            Some((link, _)) if self.is_link => link,
            None if !self.is_link => name,
            _ => return None,
        };
        (found == self.name).then_some(0..found.len())
    }
}

impl QueryContext<'_> {
    /// Returns whether the name at the offset `offset` can be renamed.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn rename_target(&self, offset: usize) -> Result<RenameTarget, Error> {
        let parts = self.parts()?;
        Ok(match self.renamable(&parts, offset) {
            Ok((part, _)) => RenameTarget::Name(part.span, part.span.of(self.query.as_str()).to_owned()),
            Err(why) => RenameTarget::Refused(why),
        })
    }

    /// Renames the alias or the variable at the offset `offset` to `new_name`, everywhere in the query. A
    /// parameter alias may be given with or without its `@`.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read. A name that cannot be renamed, or a new name that is not
    /// valid, is [`RenameOutcome::Refused`].
    pub fn rename(&self, offset: usize, new_name: &str) -> Result<RenameOutcome, Error> {
        let parts = self.parts()?;
        let (part, local) = match self.renamable(&parts, offset) {
            Ok(found) => found,
            Err(why) => return Ok(RenameOutcome::Refused(why)),
        };
        let new_name = new_name.trim();
        let plain = match local.kind {
            LocalKind::ParameterAlias => new_name.strip_prefix('@').unwrap_or(new_name),
            _ => new_name,
        };
        if let Some(why) = invalid(plain).or_else(|| self.taken(&parts, part, local, plain)) {
            return Ok(RenameOutcome::Refused(why));
        }
        let text = self.query.as_str();
        let edit = |reference: Reference| {
            // The `@` stays as it is written, which may be `%40`.
            let written = reference.span.of(text);
            let mark = match local.kind {
                LocalKind::ParameterAlias if written.starts_with('@') => 1,
                LocalKind::ParameterAlias if written.starts_with("%40") => 3,
                _ => 0,
            };
            let span = Span::new(reference.span.range().start + mark, reference.span.range().end);
            Edit { span, replacement: plain.to_owned() }
        };
        Ok(RenameOutcome::Edits(parts.references(part).into_iter().map(edit).collect()))
    }

    /// Returns the alias at the offset `offset` as other parts of a file refer to it; `None` if there is no alias of
    /// FetchXML.
    pub(super) fn alias_at(&self, offset: usize) -> Result<Option<Alias>, Error> {
        let parts = self.parts()?;
        let local = parts.at(self.clamp(offset)).and_then(|part| parts.local(part));
        Ok(local.and_then(Alias::of))
    }

    /// Returns the alias that `name`, the name of a column that the query returns, refers to, with the offset at
    /// which the query defines it; `None` if the name refers to no alias.
    pub(super) fn alias_of(&self, name: &str) -> Result<Option<(Alias, usize)>, Error> {
        let parts = self.parts()?;
        let mut aliases =
            parts.locals.iter().filter_map(|local| Some((Alias::of(local)?, local.definition?)));
        Ok(aliases
            .find(|(alias, _)| alias.within(name).is_some())
            .map(|(alias, definition)| (alias, definition.start as usize)))
    }

    /// Returns the part at the offset with the name that it means. Returns a sentence as an error if it cannot be
    /// renamed.
    fn renamable<'p, 'a>(
        &self,
        parts: &'p QueryParts<'a>,
        offset: usize,
    ) -> Result<(&'p Part<'a>, &'p Local), String> {
        let nothing = || "there is no alias and no variable at this place".to_owned();
        let part = parts.at(self.clamp(offset)).ok_or_else(nothing)?;
        let of_organisation = |what: &str, name: &str| {
            Err(format!(
                "the {what} `{name}` belongs to the organisation; only aliases and variables of the query can be renamed"
            ))
        };
        match &part.meaning {
            Meaning::Table(entry) => return of_organisation("table", &entry.logical_name),
            Meaning::Column(_, column) => return of_organisation("column", &column.logical_name),
            Meaning::Navigation(_, relationship) => {
                let name = relationship.navigation.as_deref().unwrap_or_default();
                return of_organisation("navigation property", name);
            }
            _ => {}
        }
        let local = parts.local(part).ok_or_else(nothing)?;
        if odata_parser::has_placeholder(&local.name) {
            return Err(format!("`{}` contains a placeholder, whose value is not known here", local.name));
        }
        if local.kind == LocalKind::UnnamedLink {
            return Err(format!("the link to `{}` has no alias: give it one with `alias`", local.name));
        }
        Ok((part, local))
    }

    /// Returns a sentence if the query gives the name `new_name` another meaning.
    fn taken(
        &self,
        parts: &QueryParts<'_>,
        part: &Part<'_>,
        local: &Local,
        new_name: &str,
    ) -> Option<String> {
        if new_name == local.name {
            return None;
        }
        let is_fetch = matches!(local.kind, LocalKind::LinkAlias | LocalKind::ColumnAlias);
        let same = |name: &str| if is_fetch { name.eq_ignore_ascii_case(new_name) } else { name == new_name };
        let region = hull(&parts.references(part));
        for (id, other) in parts.locals.iter().enumerate() {
            let clash = match (local.kind, other.kind) {
                (LocalKind::LinkAlias, LocalKind::LinkAlias | LocalKind::UnnamedLink) => true,
                // Two lambdas beside each other may have the same variable.
                (LocalKind::RangeVariable, LocalKind::RangeVariable) => parts
                    .parts
                    .iter()
                    .find(|p| matches!(p.meaning, Meaning::Local(n) if n == id))
                    .is_some_and(|other| hull(&parts.references(other)).overlaps(region)),
                (a, b) => a == b,
            };
            if clash && !std::ptr::eq(other, local) && same(&other.name) {
                return Some(format!("`{new_name}` is the name of another {}", other.kind.words()));
            }
        }
        let root = parts.table;
        if local.kind == LocalKind::LinkAlias && root.is_some_and(|root| same(&root.logical_name)) {
            return Some(format!("`{new_name}` is the name of the table of the query"));
        }
        let text = self.query.as_str();
        let used = |part: &&Part<'_>| {
            matches!(part.meaning, Meaning::Column(..) | Meaning::Navigation(..))
                && part.span.of(text) == new_name
        };
        let of_root = || {
            root.is_some_and(|root| root.property(new_name).is_some() || root.navigation(new_name).is_some())
        };
        let shadows = match local.kind {
            LocalKind::RangeVariable => parts.parts.iter().any(|part| used(&part)) || of_root(),
            LocalKind::Computed => of_root(),
            _ => false,
        };
        shadows.then(|| format!("`{new_name}` is the name of a column or of a navigation property"))
    }
}

/// Returns a sentence if `name` cannot be the name of an alias or of a variable.
fn invalid(name: &str) -> Option<String> {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Some(format!(
            "`{name}` is not a valid name: write letters without accents, digits and `_`, and no digit first"
        ));
    }
    if name.len() > MAX_NAME_LENGTH {
        return Some(format!("the name has {} characters, the limit is {MAX_NAME_LENGTH}", name.len()));
    }
    RESERVED.contains(&name).then(|| format!("`{name}` is a word of OData"))
}

/// Returns the smallest span that contains all references.
fn hull(references: &[Reference]) -> Span {
    let spans = references.iter().map(|reference| reference.span);
    spans.reduce(Span::to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};
    use super::*;

    fn rename(query: &str, name: &str, new_name: &str) -> Result<String, String> {
        let store = sample();
        let at = query.find(name).unwrap();
        match context(&store, query, None).rename(at, new_name).unwrap() {
            RenameOutcome::Edits(edits) => Ok(dvkit_diagnostic::apply(query, &edits).unwrap()),
            RenameOutcome::Refused(why) => Err(why),
        }
    }

    const FETCH: &str = "<fetch aggregate='true'><entity name='contact'><attribute name='fullname' alias='names' aggregate='count'/><order alias='names'/><link-entity name='account' from='accountid' to='parentcustomerid' alias='acc'/><link-entity name='systemuser' from='systemuserid' to='ownerid' alias='u'/><filter><condition entityname='acc' attribute='name' operator='null'/></filter></entity></fetch>";

    #[test]
    fn aliases_of_fetchxml_are_renamed_everywhere() {
        assert_eq!(rename(FETCH, "acc' attr", "company").unwrap(), FETCH.replace("'acc'", "'company'"));
        assert_eq!(rename(FETCH, "names'/>", "n1").unwrap(), FETCH.replace("'names'", "'n1'"));
    }

    #[test]
    fn names_of_odata_are_renamed_everywhere() {
        let query = "accounts?$filter=contact_customer_accounts/any(c:c/fullname eq @n)&$orderby=name&@n='c'";
        assert_eq!(rename(query, "c:", "row").unwrap(), query.replace("any(c:c/", "any(row:row/"));
        assert_eq!(rename(query, "@n=", "@who").unwrap(), query.replace("@n", "@who"));
        assert_eq!(rename(query, "@n)", "who").unwrap(), query.replace("@n", "@who"));
        let encoded = "accounts?$filter=name%20eq%20%40n&%40n='c'";
        assert_eq!(rename(encoded, "%40n&", "who").unwrap(), encoded.replace("%40n", "%40who"));
        let query =
            "accounts?$apply=groupby((statecode),aggregate(revenue with sum as total))&$orderby=total desc";
        assert_eq!(rename(query, "total)", "sum_1").unwrap(), query.replace("total", "sum_1"));
    }

    #[test]
    fn sibling_lambdas_may_have_the_same_variable() {
        let query = "accounts?$filter=contact_customer_accounts/any(a:a/fullname eq 'x') and contact_customer_accounts/any(b:b/fullname eq 'y')";
        assert_eq!(rename(query, "a:a", "b").unwrap(), query.replace("any(a:a/", "any(b:b/"));
        let nested = "accounts?$filter=contact_customer_accounts/any(a:a/contact_customer_contacts/any(b:b/fullname eq a/fullname))";
        assert!(rename(nested, "a:a", "b").unwrap_err().contains("another range variable"));
        // Names of OData differ by their case.
        let renamed = nested.replace("any(a:a/", "any(B:B/").replace("eq a/", "eq B/");
        assert_eq!(rename(nested, "a:a", "B").unwrap(), renamed);
    }

    #[test]
    fn what_cannot_be_renamed_is_refused_with_a_reason() {
        for (query, name, new_name, why) in [
            (FETCH, "fullname", "x", "the column `fullname` belongs to the organisation"),
            (FETCH, "contact", "x", "the table `contact` belongs"),
            (FETCH, "acc'", "u", "`u` is the name of another alias of a link"),
            (FETCH, "acc'", "U", "`U` is the name of another alias of a link"),
            (FETCH, "acc'", "contact", "the name of the table"),
            (FETCH, "acc'", "1a", "not a valid name"),
            (FETCH, "acc'", "", "not a valid name"),
            (FETCH, "acc'", "a'b", "not a valid name"),
            (FETCH, "operator", "x", "no alias and no variable"),
            ("accounts?$apply=aggregate(revenue with sum as total)", "total", "name", "the name of a column"),
            ("accounts?$filter=name eq @n&@n='a'&@m='b'", "@n", "m", "another parameter alias"),
            ("accounts?$filter=contact_customer_accounts/any(c:c/x eq 1)", "c:", "eq", "a word of OData"),
        ] {
            let refused = rename(query, name, new_name).unwrap_err();
            assert!(refused.contains(why), "{name} → {new_name}: {refused}");
        }
    }
}
