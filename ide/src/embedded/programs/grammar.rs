//! Defines what a programming language tells about the nodes of its syntax tree.

use std::borrow::Cow;

use tree_sitter::Node;

use super::literals::Literal;

/// A programming language: its grammar, and the meaning of its nodes.
pub(super) trait Grammar: Sync {
    /// Returns the grammar.
    fn language(&self) -> tree_sitter::Language;

    /// Returns the source as the grammar can read it, with the same positions.
    fn readable<'s>(&self, source: &'s str) -> Cow<'s, str> {
        Cow::Borrowed(source)
    }

    /// Returns what an expression says about a string.
    fn expression<'t>(&self, node: Node<'t>, source: &str) -> Expression<'t>;

    /// Returns what a node does with variables and strings. `above` are the nodes that contain it, the nearest
    /// one last.
    fn event<'t>(&self, node: Node<'t>, above: &[Node<'t>], source: &'t str) -> Event<'t>;

    /// Returns the elements of a list or array expression; `None` if the node is none.
    fn list<'t>(&self, node: Node<'t>) -> Option<Vec<Node<'t>>>;

    /// Returns the entries of an object, dictionary or hash table; `None` if the node is none.
    fn object<'t>(&self, node: Node<'t>, source: &'t str) -> Option<Vec<Entry<'t>>>;
}

/// What is between the texts of a list.
#[derive(Clone, Copy)]
pub(super) enum Separator<'t> {
    /// Nothing.
    Nothing,
    /// A comma, which a language writes if none is given.
    Comma,
    /// The text of a node.
    Of(Node<'t>),
}

/// What an expression says about a string.
pub(super) enum Expression<'t> {
    /// A literal.
    Literal(Literal<'t>),
    /// The texts of the nodes, one after another.
    Concatenation(Vec<Node<'t>>),
    /// The texts of a list with a separator between them.
    Joined { separator: Separator<'t>, list: Vec<Node<'t>> },
    /// A template with arguments.
    Format { template: Node<'t>, arguments: Vec<Argument<'t>>, style: FormatStyle },
    /// The same text as another node.
    Same(Node<'t>),
    /// Something whose text is not known.
    Other,
}

/// How a template writes its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormatStyle {
    /// `{0}`, `{name}`, `{}`; brackets are doubled.
    Braces,
    /// `%s`, `%1$s`, `%(name)s`; percent signs are doubled.
    Percent,
    /// `$name`, `${name}`; dollar signs are doubled (`string.Template` of Python).
    Dollar,
}

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument<'t> {
    pub(super) name: Option<&'t str>,
    pub(super) value: Node<'t>,
}

/// An entry of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'t> {
    pub(super) key: Node<'t>,
    /// The value; `None` for a shorthand such as `{ name }`.
    pub(super) value: Option<Node<'t>>,
}

/// What a node does with variables and strings.
pub(super) enum Event<'t> {
    /// Nothing of interest.
    None,
    /// A function, a class or another construct with variables of its own.
    Scope,
    /// A branch that does not run together with others of the same number.
    Branch { of: usize },
    /// A variable gets a value.
    Assign { target: Node<'t>, value: Option<Node<'t>>, is_constant: bool },
    /// A value is added at the end of a string.
    Append { target: Node<'t>, values: Vec<Node<'t>>, has_line_break: bool },
    /// A call, or the creation of an object of the class `name`.
    Call(Call<'t>),
    /// An element that is selected by a key, such as `entity["name"]`.
    Element { receiver: Node<'t>, key: Node<'t> },
}

/// A call of a function or constructor.
pub(super) struct Call<'t> {
    /// The last part of the name, such as `retrieveRecord`.
    pub(super) name: &'t str,
    /// What the function is called on, such as `Xrm.WebApi`.
    pub(super) receiver: Option<Node<'t>>,
    pub(super) arguments: Vec<Argument<'t>>,
    pub(super) is_constructor: bool,
    /// The initialiser of a created object.
    pub(super) initializer: Option<Node<'t>>,
}

/// Returns the named children of a node.
pub(super) fn named_children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

/// Returns all children of a node.
pub(super) fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

/// Returns the text of a node.
pub(super) fn text_of<'s>(node: Node<'_>, source: &'s str) -> &'s str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// Returns the only named child of a node; `None` if it has none or several.
pub(super) fn only_child<'t>(node: Node<'t>) -> Option<Node<'t>> {
    (node.named_child_count() == 1).then(|| node.named_child(0)).flatten()
}

/// Returns the branch of a block or statement; `None` as an event if the node above is not of the kind
/// `statement`.
pub(super) fn branch_of<'t>(above: &[Node<'t>], statement: &str) -> Event<'t> {
    let of = above.iter().rev().take(2).find(|node| node.kind() == statement);
    of.map_or(Event::None, |node| Event::Branch { of: node.id() })
}
