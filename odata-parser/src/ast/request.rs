//! A whole request: where it goes and what it asks (ABNF `odataUri`, `odataRelativeUri`, `queryOptions`).

use dvkit_diagnostic::Span;

use super::{Expr, Path, Search, Transformation};

/// A request: `https://contoso.crm4.dynamics.com/api/data/v9.2/accounts?$select=name&$top=3`, or the end of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request<'s> {
    /// What stands before the resource path, with its last slash: `https://host/api/data/v9.2/`.
    pub service: Option<(&'s str, Span)>,
    /// The resource path: `accounts`, `accounts(…)/contact_customer_accounts/$count`. Without segments where the text
    /// has only options.
    pub path: Path<'s>,
    /// What stands behind a `#`, for `$metadata#…`.
    pub fragment: Option<(&'s str, Span)>,
    /// The options behind the `?`, in order.
    pub options: Vec<QueryOption<'s>>,
}

impl<'s> Request<'s> {
    /// The first option that `pick` knows what to do with.
    pub fn option<'r, T>(&'r self, pick: impl Fn(&'r OptionKind<'s>) -> Option<T>) -> Option<T> {
        self.options.iter().find_map(|o| pick(&o.kind))
    }

    /// The value of the parameter alias `name` (without the `@`).
    #[must_use]
    pub fn alias(&self, name: &str) -> Option<&Expr<'s>> {
        self.options.iter().find_map(|o| match &o.kind {
            OptionKind::Alias(value) if o.name.strip_prefix('@') == Some(name) => Some(value),
            _ => None,
        })
    }
}

/// One query option: `$top=3`.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryOption<'s> {
    /// All of it: name, `=`, value.
    pub span: Span,
    /// The name as written: `$select`, `$Select`, `select`, `@p1`, `fetchXml`.
    pub name: &'s str,
    /// Where the name stands.
    pub name_span: Span,
    /// Where the value stands; empty where there is none.
    pub value_span: Span,
    /// What it is. OData 4.01 knows the system options in any case and with or without `$`, so it is read from that;
    /// whether a service does too is not this crate's business.
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
    /// `$skip=3`, the same.
    Skip(Expr<'s>),
    /// `$index=-3`, the same; it may be negative.
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
    /// `@p1=5`: a parameter alias and its value.
    Alias(Expr<'s>),
    /// A system option whose value has no inner grammar here: `$format`, `$skiptoken`, `$deltatoken`, `$id`,
    /// `$schemaversion`, and the temporal `$at`, `$from`, `$to`, `$toInclusive`.
    Text(&'s str),
    /// An option that is not OData's (`fetchXml`, `savedQuery`, `tag`), or an unknown one with a `$`, which comes with
    /// a diagnostic.
    Custom(&'s str),
}

/// One thing of `$select` or `$expand` (ABNF `selectItem`, `expandItem`).
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'s> {
    /// All of it, options included.
    pub span: Span,
    /// What is selected or expanded; the last segments may be [`SegmentKind::Star`](super::SegmentKind::Star),
    /// [`SegmentKind::AllOperations`](super::SegmentKind::AllOperations),
    /// [`SegmentKind::System`](super::SegmentKind::System) for `$ref` and `$value`, and
    /// [`SegmentKind::Count`](super::SegmentKind::Count) without options of its own.
    pub path: Path<'s>,
    /// What stands in parentheses behind it.
    pub nested: Option<NestedOptions<'s>>,
}

/// ParseOptions in parentheses, separated by `;`.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedOptions<'s> {
    /// With the parentheses.
    pub span: Span,
    /// The options; without any (`nav()`) it comes with a diagnostic.
    pub options: Vec<QueryOption<'s>>,
}

/// One thing of `$orderby`: `name desc`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem<'s> {
    /// With the direction.
    pub span: Span,
    /// What is ordered by.
    pub expr: Expr<'s>,
    /// Where a direction is written: is it `desc`, and where it stands.
    pub direction: Option<(bool, Span)>,
}

/// One thing of `$compute`: `a mul b as c`.
#[derive(Clone, Debug, PartialEq)]
pub struct ComputeItem<'s> {
    /// All of it.
    pub span: Span,
    /// What is computed.
    pub expr: Expr<'s>,
    /// The name of the result and where it stands.
    pub alias: (&'s str, Span),
}
