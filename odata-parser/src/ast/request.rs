//! The syntax tree of a whole request (ABNF `odataUri`, `odataRelativeUri`, `queryOptions`).

use dvkit_diagnostic::Span;

use super::{Expr, Path, Search, Transformation};

/// A request such as `https://contoso.crm4.dynamics.com/api/data/v9.2/accounts?$select=name&$top=3`, or the last part
/// of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request<'s> {
    /// The service root before the resource path, with its last slash, and its position:
    /// `https://host/api/data/v9.2/`.
    pub service: Option<(&'s str, Span)>,
    /// The resource path: `accounts`, `accounts(…)/contact_customer_accounts/$count`. It has no segments where the
    /// text has only options.
    pub path: Path<'s>,
    /// The text after a `#`, for `$metadata#…`, and its position.
    pub fragment: Option<(&'s str, Span)>,
    /// The query options, in order.
    pub options: Vec<QueryOption<'s>>,
}

impl<'s> Request<'s> {
    /// Returns the first result of `pick` for an option of the request.
    pub fn option<'r, T>(&'r self, pick: impl Fn(&'r OptionKind<'s>) -> Option<T>) -> Option<T> {
        self.options.iter().find_map(|o| pick(&o.kind))
    }

    /// Returns the value of the parameter alias `name` (without the `@`).
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
    /// The position of the whole option: name, `=`, value.
    pub span: Span,
    /// The name as written: `$select`, `$Select`, `select`, `@p1`, `fetchXml`.
    pub name: &'s str,
    /// The position of the name.
    pub name_span: Span,
    /// The position of the value; empty where there is none.
    pub value_span: Span,
    /// The meaning of the option. OData 4.01 reads system options in any case and with or without `$`, and so does the
    /// parser. Whether a service does, too, is checked elsewhere.
    pub kind: OptionKind<'s>,
}

/// The kinds of query option.
#[derive(Clone, Debug, PartialEq)]
pub enum OptionKind<'s> {
    /// `$select=name,Ns.*,address($select=city)`
    Select(Vec<Item<'s>>),
    /// `$expand=primarycontactid($select=fullname),Account_Tasks/$count`
    Expand(Vec<Item<'s>>),
    /// `$filter=…`
    Filter(Expr<'s>),
    /// `$orderby=name desc,revenue`
    OrderBy(Vec<OrderItem<'s>>),
    /// `$top=3`: an integer literal or a placeholder.
    Top(Expr<'s>),
    /// `$skip=3`: an integer literal or a placeholder.
    Skip(Expr<'s>),
    /// `$index=-3`: an integer literal, which may be negative, or a placeholder.
    Index(Expr<'s>),
    /// `$count=true`: a boolean literal or a placeholder.
    Count(Expr<'s>),
    /// `$levels=2`, `$levels=max` (a path of one name), within `$expand`.
    Levels(Expr<'s>),
    /// `$search=blue OR green`
    Search(Search<'s>),
    /// `$apply=filter(…)/groupby((a),aggregate(b with sum as c))`: the transformations in order.
    Apply(Vec<Transformation<'s>>),
    /// `$compute=a mul b as c`
    Compute(Vec<ComputeItem<'s>>),
    /// `@p1=5`: the value of a parameter alias.
    Alias(Expr<'s>),
    /// A system option whose value is not parsed: `$format`, `$skiptoken`, `$deltatoken`, `$id`, `$schemaversion`, and
    /// the temporal `$at`, `$from`, `$to`, `$toInclusive`.
    Text(&'s str),
    /// An option that is not OData's (`fetchXml`, `savedQuery`, `tag`), or an unknown one with a `$`, which comes with
    /// a diagnostic.
    Custom(&'s str),
}

/// An item of `$select` or `$expand` (ABNF `selectItem`, `expandItem`).
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'s> {
    /// The position of the item, with its options.
    pub span: Span,
    /// The selected or expanded path. Its last segments may be [`SegmentKind::Star`](super::SegmentKind::Star),
    /// [`SegmentKind::AllOperations`](super::SegmentKind::AllOperations),
    /// [`SegmentKind::System`](super::SegmentKind::System) for `$ref` and `$value`, and
    /// [`SegmentKind::Count`](super::SegmentKind::Count) without options of its own.
    pub path: Path<'s>,
    /// The options in parentheses after the path.
    pub nested: Option<NestedOptions<'s>>,
}

/// Query options in parentheses, separated by `;`.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedOptions<'s> {
    /// The position, with the parentheses.
    pub span: Span,
    /// The options. An empty list (`nav()`) comes with a diagnostic.
    pub options: Vec<QueryOption<'s>>,
}

/// An item of `$orderby`: `name desc`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem<'s> {
    /// The position of the item, with its direction.
    pub span: Span,
    /// The expression to order by.
    pub expr: Expr<'s>,
    /// The direction, where one is written: whether it is `desc`, and its position.
    pub direction: Option<(bool, Span)>,
}

/// An item of `$compute`: `a mul b as c`.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputeItem<'s> {
    /// The position of the item.
    pub span: Span,
    /// The computed expression.
    pub expr: Expr<'s>,
    /// The name of the result, and its position.
    pub alias: (&'s str, Span),
}
