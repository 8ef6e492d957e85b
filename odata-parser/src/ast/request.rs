//! The syntax tree of a whole request (ABNF `odataUri`, `odataRelativeUri`, `queryOptions`).

use dvkit_diagnostic::Span;

use super::{Expr, Path, Search, Transformation};

/// A request such as `https://contoso.crm4.dynamics.com/api/data/v9.2/accounts?$select=name&$top=3`. The
/// service root and the path may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request<'s> {
    /// The service root before the resource path, with its last slash, and its position:
    /// `https://host/api/data/v9.2/`. `None` if the text does not contain it.
    pub service: Option<(&'s str, Span)>,
    /// The resource path: `accounts`, `accounts(…)/contact_customer_accounts/$count`. It has no segments if
    /// the text has only options.
    pub path: Path<'s>,
    /// The text after a `#`, as in `$metadata#…`, and its position; `None` if there is no `#`.
    pub fragment: Option<(&'s str, Span)>,
    /// The query options, in order.
    pub options: Vec<QueryOption<'s>>,
}

impl<'s> Request<'s> {
    /// Calls `pick` with the kind of each option, in order, and returns its first result that is not `None`.
    pub fn option<'r, T>(&'r self, pick: impl Fn(&'r OptionKind<'s>) -> Option<T>) -> Option<T> {
        self.options.iter().find_map(|o| pick(&o.kind))
    }

    /// Returns the value of the parameter alias `name` (without the `@`), or `None` if the request does not
    /// define it.
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
    /// The position of the value. The span is empty if there is no value.
    pub value_span: Span,
    /// The kind of option, with its value. As OData 4.01 defines it, the names of system options are
    /// recognized in any letter case and with or without `$`. The parser does not check whether a service
    /// accepts the spelling.
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
    /// `$levels=2` or `$levels=max` within `$expand`: an integer literal, a placeholder, or a path of the one
    /// name `max`.
    Levels(Expr<'s>),
    /// `$search=blue OR green`
    Search(Search<'s>),
    /// `$apply=filter(…)/groupby((a),aggregate(b with sum as c))`: the transformations in order.
    Apply(Vec<Transformation<'s>>),
    /// `$compute=a mul b as c`
    Compute(Vec<ComputeItem<'s>>),
    /// `@p1=5`: the value of a parameter alias.
    Alias(Expr<'s>),
    /// The text of the value of a system option that is not parsed further: `$format`, `$skiptoken`,
    /// `$deltatoken`, `$id`, `$schemaversion`, and the temporal `$at`, `$from`, `$to`, `$toInclusive`.
    Text(&'s str),
    /// The text of the value of an option that OData does not define (`fetchXml`, `savedQuery`, `tag`). If
    /// the name of the option begins with `$`, a diagnostic reports it.
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
    /// The options in parentheses after the path; `None` if there are none.
    pub nested: Option<NestedOptions<'s>>,
}

/// Query options in parentheses, separated by `;`.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedOptions<'s> {
    /// The position, with the parentheses.
    pub span: Span,
    /// The options in order. If there are none (`nav()`), a diagnostic reports it.
    pub options: Vec<QueryOption<'s>>,
}

/// An item of `$orderby`: `name desc`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem<'s> {
    /// The position of the item, with its direction.
    pub span: Span,
    /// The expression to order by.
    pub expr: Expr<'s>,
    /// The direction (`true` for `desc`, `false` for `asc`) and its position; `None` if none is written.
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
