//! Reads mappings, lays the overrides of an environment and an organisation over them, and compiles them against
//! a snapshot.
//!
//! ```toml
//! [contacts]                                   # a resource of the model
//! table = "contact"
//! first_name = "firstname"                     # a field and its column
//! account = { lookup = "parentcustomerid", target = "account" }
//! email_addresses = [{ email = "emailaddress1", type = "primary" }]
//! status = { column = "statecode", options = { active = 0, inactive = 1 } }
//! [contacts.custom]
//! loyalty_tier = "new_loyaltytier"             # a field that the model does not have
//!
//! [orgs.fabrikam.contacts.custom]              # what one organisation does differently
//! loyalty_tier = "cr5e2_tier"
//! ```

mod cell;
mod choice;
mod compile;
mod compiled;
mod field;
mod schema;
mod spec;
mod suggest;
mod tree;

use std::collections::BTreeSet;

use dvkit::by_name::Organisation;
use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};

pub(crate) use cell::cell;
pub use compile::CompileReport;
pub use compiled::{
    COMPILED_VERSION, Cell, CellKind, CompiledField, CompiledMapping, CompiledResource, CompiledTable,
    Currency, DecimalPlaces, FieldSource, Item, Member, Missing, Part, RecordSource, Target, TemplatePart,
};

pub use suggest::{ProposedField, override_text, propose};
pub use tree::MAX_MAPPING;

use crate::model;
use spec::Findings;
use tree::{Name, Node, NodeValue, Origin};

/// The built-in mapping of the standard tables.
const STANDARD: &str = include_str!("standard.toml");

/// The entries of a mapping that are not resources.
const TOP_KEYS: &[&str] = &["standard", "environments", "orgs"];

/// A mapping: what the resources of the model are in the tables of organisations.
#[derive(Clone, Debug)]
pub struct Mapping {
    text: String,
    tree: Node,
}

/// The organisation that a mapping is compiled against.
#[derive(Clone, Copy, Debug)]
pub struct CompileTarget<'a> {
    /// The snapshot.
    pub organisation: &'a Organisation,
    /// The name of the organisation, whose overrides in `orgs` apply; `None` for no overrides.
    pub name: Option<&'a str>,
    /// The name of the environment, whose overrides in `environments` apply; `None` for the one that the mapping
    /// names for the organisation, if it names one.
    pub environment: Option<&'a str>,
}

impl Mapping {
    /// Parses the text of a mapping.
    ///
    /// # Errors
    /// Returns the findings if the text is not TOML, is larger than [`MAX_MAPPING`], or has entries of the wrong
    /// type at the top.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let tree = tree::parse(text, Origin::User).map_err(|finding| vec![*finding])?;
        let mut findings = Findings::default();
        for (name, node) in tree.entries() {
            let wrong = match name.text.as_str() {
                "standard" => node.as_bool().is_none().then_some("`true` or `false`"),
                "environments" | "orgs" => {
                    let tables = node.is_table() && node.entries().iter().all(|(_, node)| node.is_table());
                    (!tables).then_some("a table with a table for each name")
                }
                _ => None,
            };
            if let Some(wanted) = wrong {
                let message = format!("`{}` has to be {wanted}", name.text);
                findings.error(code::INVALID_MAPPING, node.span, message);
            }
        }
        match findings.0.is_empty() {
            true => Ok(Self { text: text.to_owned(), tree }),
            false => Err(findings.0),
        }
    }

    /// Returns the built-in mapping of the standard tables alone.
    #[must_use]
    pub fn standard() -> Self {
        let tree = Node { span: Span::new(0, 0), origin: Origin::User, value: NodeValue::Table(Vec::new()) };
        Self { text: String::new(), tree }
    }

    /// Returns the text of the built-in mapping, as an example of all that a mapping can say.
    #[must_use]
    pub fn standard_text() -> &'static str {
        STANDARD
    }

    /// Returns the text that the spans of findings refer to.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the names of the organisations that have overrides, in the order of the text.
    pub fn organisations(&self) -> impl Iterator<Item = &str> {
        self.names("orgs")
    }

    /// Returns a warning for each organisation that has overrides and is none of `known`, the names of all organisations:
    /// what the mapping says for it never applies.
    #[must_use]
    pub fn unknown_organisations(&self, known: &[&str]) -> Vec<Diagnostic> {
        let names = self.tree.get("orgs").map_or(&[][..], Node::entries).iter().map(|(name, _)| name);
        let unknown = names.filter(|name| !known.contains(&name.text.as_str()));
        unknown
            .map(|name| {
                let message =
                    format!("no organisation is called `{}`, so that its overrides never apply", name.text);
                let mut finding = Diagnostic::warning(code::INVALID_MAPPING, name.span, message);
                match dvkit_diagnostic::suggest::closest(&name.text, known.iter().copied()) {
                    Some(closest) => finding.suggestions.push(Suggestion::maybe(
                        format!("did you mean `{closest}`?"),
                        name.span,
                        closest,
                    )),
                    None => finding.help = Some(format!("the organisations are {}", known.join(", "))),
                }
                finding
            })
            .collect()
    }

    /// Returns the names of the environments that have overrides, in the order of the text.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.names("environments")
    }

    /// Returns the names of the resources that the mapping declares and the model does not have, in alphabetic order:
    /// those for all organisations, and those of environments and organisations.
    #[must_use]
    pub fn own_resources(&self) -> BTreeSet<&str> {
        let overrides = ["environments", "orgs"].into_iter().filter_map(|key| self.tree.get(key));
        let overrides = overrides.flat_map(Node::entries).map(|(_, node)| node);
        let declared = std::iter::once(&self.tree).chain(overrides).flat_map(Node::entries);
        declared
            .filter(|(name, node)| node.is_table() && !TOP_KEYS.contains(&name.text.as_str()))
            .map(|(name, _)| name.text.as_str())
            .filter(|name| model::resource(name).is_none())
            .collect()
    }

    fn names(&self, key: &str) -> impl Iterator<Item = &str> {
        self.tree.get(key).map_or(&[][..], Node::entries).iter().map(|(name, _)| name.text.as_str())
    }

    /// Compiles the mapping against the snapshot of an organisation.
    #[must_use]
    pub fn compile(&self, target: CompileTarget<'_>) -> CompileReport {
        let mut findings = Findings::default();
        let mut tree = match self.tree.get("standard").and_then(Node::as_bool) {
            Some(false) => {
                Node { span: Span::new(0, 0), origin: Origin::User, value: NodeValue::Table(Vec::new()) }
            }
            _ => match tree::parse(STANDARD, Origin::Standard) {
                Ok(tree) => tree,
                Err(finding) => {
                    findings.push(*finding);
                    self.tree.clone()
                }
            },
        };
        tree.overlay(&without(&self.tree, TOP_KEYS));
        let own = target.name.and_then(|name| self.tree.get("orgs")?.get(name));
        let named = own.and_then(|own| own.get("environment")).and_then(Node::as_text);
        let environment =
            target.environment.map(str::to_owned).or(named.as_ref().map(|name| name.text.clone()));
        if let Some(environment) = environment {
            match self.tree.get("environments").and_then(|all| all.get(&environment)) {
                Some(over) => tree.overlay(over),
                None => {
                    let span = named.map_or(Span::new(0, 0), |name| name.span);
                    let message = format!("the mapping has no environment `{environment}`");
                    let closest = dvkit_diagnostic::suggest::closest(&environment, self.environments());
                    let finding = findings.error(code::INVALID_MAPPING, span, message);
                    if let (Some(closest), false) = (closest, span.is_empty()) {
                        let message = format!("did you mean `{closest}`?");
                        finding.suggestions.push(Suggestion::maybe(message, span, closest));
                    }
                }
            }
        }
        if let Some(own) = own {
            tree.overlay(&without(own, &["environment"]));
        }
        compile::compile(&tree, target.organisation, target.name, findings)
    }
}

/// Returns a table without the entries of these names.
fn without(node: &Node, names: &[&str]) -> Node {
    let kept = |(name, _): &&(Name, Node)| !names.contains(&name.text.as_str());
    Node {
        span: node.span,
        origin: node.origin,
        value: NodeValue::Table(node.entries().iter().filter(kept).cloned().collect()),
    }
}

#[cfg(test)]
mod tests;
