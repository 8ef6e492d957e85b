//! Defines the syntax tree of a whole request (ABNF `odataUri`, `odataRelativeUri`, `queryOptions`): its
//! path, its query options and their items. The parser of requests creates it.

use dvkit_diagnostic::Span;

use super::{Expr, Path, Search, Transformation};

/// A request such as `https://contoso.crm4.dynamics.com/api/data/v9.2/accounts?$select=name&$top=3`. The root
/// of the service may be missing, and also the path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request<'s> {
    /// The root of the service, which is the text before the resource path with its last slash
    /// (`https://host/api/data/v9.2/`), and its position. `None` if the text does not contain it.
    pub service: Option<(&'s str, Span)>,
    /// The resource path: `accounts`, `accounts(…)/contact_customer_accounts/$count`. It has no segments if
    /// the text contains only options.
    pub path: Path<'s>,
    /// The text after a `#`, as in `$metadata#…`, and its position; `None` if there is no `#`.
    pub fragment: Option<(&'s str, Span)>,
    /// The query options, in the order of the text.
    pub options: Vec<QueryOption<'s>>,
}

impl<'s> Request<'s> {
    /// Calls `pick` with the kind of each option, in the order of the text, and returns the first result that
    /// is not `None`.
    pub fn option<'r, T>(&'r self, pick: impl Fn(&'r OptionKind<'s>) -> Option<T>) -> Option<T> {
        self.options.iter().find_map(|o| pick(&o.kind))
    }

    /// Returns the value that the request assigns to the parameter alias `name` (without the `@`); `None` if
    /// it assigns none.
    #[must_use]
    pub fn alias(&self, name: &str) -> Option<&Expr<'s>> {
        self.options.iter().find_map(|o| match &o.kind {
            OptionKind::Alias(value) if o.name.strip_prefix('@') == Some(name) => Some(value),
            _ => None,
        })
    }
}

/// One query option, such as `$top=3`.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryOption<'s> {
    /// The position of the whole option, from its name to the end of its value.
    pub span: Span,
    /// The name of the option as in the text: `$select`, `$Select`, `select`, `@p1`, `fetchXml`.
    pub name: &'s str,
    /// The position of the option's name.
    pub name_span: Span,
    /// The position of the option's value; an empty span if there is no value.
    pub value_span: Span,
    /// The kind of option, with its value. The names of system options are recognised in any letter case and
    /// with or without `$`, as OData 4.01 requires. The parser does not check whether a service accepts the
    /// spelling.
    pub kind: OptionKind<'s>,
}

/// The kinds of query option, with their values.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionKind<'s> {
    /// The properties to return: `$select=name,Ns.*,address($select=city)`.
    Select(Vec<Item<'s>>),
    /// The related rows to return: `$expand=primarycontactid($select=fullname),Account_Tasks/$count`.
    Expand(Vec<Item<'s>>),
    /// The condition that returned rows must meet: `$filter=…`.
    Filter(Expr<'s>),
    /// The order of the rows: `$orderby=name desc,revenue`.
    OrderBy(Vec<OrderItem<'s>>),
    /// The maximum number of rows: `$top=3`. The value is an integer literal or a placeholder.
    Top(Expr<'s>),
    /// The number of rows to skip: `$skip=3`. The value is an integer literal or a placeholder.
    Skip(Expr<'s>),
    /// The position at which a row is inserted: `$index=-3`. The value is an integer literal, which may be
    /// negative, or a placeholder.
    Index(Expr<'s>),
    /// Whether the response states the number of rows: `$count=true`. The value is a boolean literal or a
    /// placeholder.
    Count(Expr<'s>),
    /// The depth of a recursive `$expand`: `$levels=2` or `$levels=max`. The value is an integer literal, a
    /// placeholder, or a path that consists of the name `max`.
    Levels(Expr<'s>),
    /// A search expression: `$search=blue OR green`.
    Search(Search<'s>),
    /// A chain of transformations, in the order of the text:
    /// `$apply=filter(…)/groupby((a),aggregate(b with sum as c))`.
    Apply(Vec<Transformation<'s>>),
    /// Computed properties: `$compute=a mul b as c`.
    Compute(Vec<ComputeItem<'s>>),
    /// The value of a parameter alias: `@p1=5`.
    Alias(Expr<'s>),
    /// A system option whose value is not parsed further: `$format`, `$skiptoken`, `$deltatoken`, `$id`,
    /// `$schemaversion`, and the temporal `$at`, `$from`, `$to`, `$toInclusive`. The field is the text of the
    /// value.
    Text(&'s str),
    /// An option that OData does not define, such as `fetchXml`, `savedQuery` and `tag`. The field is the
    /// text of the value. If the name of the option begins with `$`, there is a diagnostic about it.
    Custom(&'s str),
}

/// One item of `$select` or `$expand` (ABNF `selectItem`, `expandItem`).
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'s> {
    /// The position of the item, including its options in parentheses.
    pub span: Span,
    /// The path that is selected or expanded. Its last segments may be
    /// [`SegmentKind::Star`](super::SegmentKind::Star),
    /// [`SegmentKind::AllOperations`](super::SegmentKind::AllOperations),
    /// [`SegmentKind::System`](super::SegmentKind::System) for `$ref` and `$value`, and
    /// [`SegmentKind::Count`](super::SegmentKind::Count) without options of its own.
    pub path: Path<'s>,
    /// The options in parentheses after the path; `None` if there are no parentheses.
    pub nested: Option<NestedOptions<'s>>,
}

/// The query options of an item, in parentheses and separated by `;`.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedOptions<'s> {
    /// The position of the options, including the parentheses.
    pub span: Span,
    /// The options, in the order of the text. If there are none, as in `nav()`, there is a diagnostic about
    /// that.
    pub options: Vec<QueryOption<'s>>,
}

/// One item of `$orderby`, such as `name desc`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem<'s> {
    /// The position of the item, including its direction.
    pub span: Span,
    /// The expression by whose value the rows are ordered.
    pub expr: Expr<'s>,
    /// The direction (`true` for `desc`, `false` for `asc`), and its position; `None` if none is written.
    pub direction: Option<(bool, Span)>,
}

/// One item of `$compute`, such as `a mul b as c`.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputeItem<'s> {
    /// The position of the item, including the name after `as`.
    pub span: Span,
    /// The expression that is computed for each row.
    pub expr: Expr<'s>,
    /// The name of the computed property after `as`, and its position.
    pub alias: (&'s str, Span),
}
