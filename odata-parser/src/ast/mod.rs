//! The syntax tree: what was written, parentheses and spelling included.
//!
//! Words are OASIS's (OData 4.01 ABNF and URL Conventions). Every node has a [`Span`] of bytes into the parsed
//! text; leaves borrow from it. A tree says nothing about what the names mean: `contact/fullname` is a path of two
//! names whether or not such a column exists.

mod apply;
mod request;

use std::borrow::Cow;

use dvkit_diagnostic::Span;

pub use apply::{
    Aggregation, ApplyArgument, From, GroupKey, Join, NestItem, Search, SearchKind, Transformation,
    TransformationKind,
};
pub use request::{ComputeItem, Item, NestedOptions, OptionKind, OrderItem, QueryOption, Request};

/// An expression (ABNF `commonExpr`, `boolCommonExpr`).
#[derive(Clone, Debug, PartialEq)]
pub struct Expr<'s> {
    /// Where it stands; for [`ExprKind::Paren`] the parentheses are included.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind<'s>,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind<'s> {
    /// A primitive literal: `'Ann'`, `42`, `2025-01-31`, `null`.
    Literal(Literal<'s>),
    /// A path that begins with a name, `$it`, `$root`, `$this` or an annotation: `primarycontactid/fullname`.
    Path(Path<'s>),
    /// A function call that nothing precedes or follows: `contains(name,'a')`,
    /// `Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['b'])`. A call within a path is
    /// [`SegmentKind::Call`].
    Call(Call<'s>),
    /// A parameter alias, `@p1`; the name without the `@` is in the field.
    Alias(&'s str),
    /// `not x` or `-x`.
    Unary(Box<Unary<'s>>),
    /// `a eq b`, `a and b`, `a add b`, `a has b`, `a in b`.
    Binary(Box<Binary<'s>>),
    /// `(x)`: kept, so that printing gives the text back.
    Paren(Box<Expr<'s>>),
    /// The parenthesised list on the right of `in`: `(1,2,3)`, possibly empty.
    List(Vec<Expr<'s>>),
    /// A JSON array, `[1,"a",name]`.
    Array(Vec<Expr<'s>>),
    /// A JSON object, `{"a":1}`.
    Object(Vec<Member<'s>>),
    /// A string in double quotes, as written, quotes and escapes included; inside arrays and objects only. Elsewhere
    /// it comes with a diagnostic and is read as the text literal that was meant.
    JsonString(&'s str),
    /// A qualified or unqualified type name as an argument of `cast` and `isof`, where it is not also a plain path.
    Type(&'s str),
    /// A placeholder of a template, when they were asked for.
    Placeholder(Placeholder<'s>),
    /// What could not be parsed; always accompanied by a diagnostic.
    Error,
}

/// A prefix operator and its operand.
#[derive(Clone, Debug, PartialEq)]
pub struct Unary<'s> {
    /// Which.
    pub op: UnaryOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// What it applies to.
    pub operand: Expr<'s>,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
}

/// An infix operator and its operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary<'s> {
    /// Which; `AND` and `Eq` (legal in 4.01) are recognised by the text under `op_span`.
    pub op: BinaryOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// The left operand.
    pub left: Expr<'s>,
    /// The right operand; for [`BinaryOp::In`] a [`ExprKind::List`], an array, a path, an alias or a hole.
    pub right: Expr<'s>,
}

/// Infix operators, loosest first (URL Conventions 5.1.1.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `lt`
    Lt,
    /// `le`
    Le,
    /// `has`
    Has,
    /// `in`
    In,
    /// `add`
    Add,
    /// `sub`
    Sub,
    /// `mul`
    Mul,
    /// `div`
    Div,
    /// `divby`
    DivBy,
    /// `mod`
    Mod,
}

impl BinaryOp {
    /// The operator as OData 4.0 spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Has => "has",
            Self::In => "in",
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::Div => "div",
            Self::DivBy => "divby",
            Self::Mod => "mod",
        }
    }

    /// `eq ne gt ge lt le`.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    /// `add sub mul div divby mod`.
    #[must_use]
    pub fn is_arithmetic(self) -> bool {
        matches!(self, Self::Add | Self::Sub | Self::Mul | Self::Div | Self::DivBy | Self::Mod)
    }
}

/// A primitive literal (ABNF `primitiveLiteral`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Literal<'s> {
    /// What sort, by its shape alone.
    pub kind: LiteralKind,
    /// The text as written, quotes and prefixes included. Where something else was written that means the same
    /// (`guid'…'`, `{…}`, `"…"`), the piece of it that is the bare value.
    pub text: &'s str,
}

/// The shapes of literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiteralKind {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean,
    /// An integer of any size: `42`, `-1`.
    Integer,
    /// A number with a fraction: `1.5`.
    Decimal,
    /// A number with an exponent, `INF`, `-INF`, `NaN`.
    Double,
    /// `'text'`, apostrophes doubled.
    String,
    /// `78914942-34cb-ed11-b596-0022481d68cd`
    Guid,
    /// `2025-01-31`
    Date,
    /// `2025-01-31T10:00:00Z`
    DateTimeOffset,
    /// `10:00:00.5`
    TimeOfDay,
    /// `duration'P1DT2H'`
    Duration,
    /// `binary'AQI='`
    Binary,
    /// `Namespace.Type'Member'`
    Enum,
    /// `geography'SRID=0;Point(1 2)'`, `geometry'…'`: opaque.
    Geo,
}

impl<'s> Literal<'s> {
    /// The value of a string literal: without quotes, doubled apostrophes made one. For other kinds the text.
    #[must_use]
    pub fn string_value(&self) -> Cow<'s, str> {
        if self.kind != LiteralKind::String {
            return Cow::Borrowed(self.text);
        }
        let inner = self.text.strip_prefix('\'').unwrap_or(self.text);
        let inner = inner.strip_suffix('\'').unwrap_or(inner);
        if inner.contains("''") { Cow::Owned(inner.replace("''", "'")) } else { Cow::Borrowed(inner) }
    }
}

/// A path: segments joined by `/`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path<'s> {
    /// At least one; none only for the resource path of a request that has none.
    pub segments: Vec<Segment<'s>>,
}

impl<'s> Path<'s> {
    /// The name, where the path is a single plain name.
    #[must_use]
    pub fn as_name(&self) -> Option<&'s str> {
        match self.segments.as_slice() {
            [Segment { kind: SegmentKind::Name(name), .. }] => Some(name),
            _ => None,
        }
    }
}

/// One step of a path; the span covers the segment alone, without slashes.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment<'s> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: SegmentKind<'s>,
}

/// The kinds of path segment.
#[derive(Clone, Debug, PartialEq)]
pub enum SegmentKind<'s> {
    /// A property, a navigation property, a lambda variable, an entity set after `$root`; also `$these`.
    Name(&'s str),
    /// A qualified name: a type cast, `Microsoft.Dynamics.CRM.team`.
    Qualified(&'s str),
    /// `$it`
    It,
    /// `$this`
    This,
    /// `$root`
    Root,
    /// A key predicate that follows a name without a slash: `(1)`, `(ID='Sugar',Rev=2)`.
    Key(Vec<Argument<'s>>),
    /// A function, qualified or not, with its arguments; also functions with positional arguments.
    Call(Call<'s>),
    /// `any(…)`
    Any(Option<Box<Lambda<'s>>>),
    /// `all(…)`
    All(Box<Lambda<'s>>),
    /// `$count`, with its options in parentheses where there are any: `$count($filter=Price gt 5)`.
    Count(Option<NestedOptions<'s>>),
    /// `$filter(…)`: the condition.
    Filter(Box<Expr<'s>>),
    /// `@Measures.Currency`, `@Currency#Reporting`: the text after the `@`.
    Annotation(&'s str),
    /// `aggregate(…)` on a collection: `$these/aggregate(Amount with sum)`; the results need no names.
    Aggregate(Vec<Aggregation<'s>>),
    /// `*`, in `$select` and `$expand`.
    Star,
    /// `Ns.*`, all operations of a namespace, in `$select`; the text with the star.
    AllOperations(&'s str),
    /// `$ref`, `$value`, `$metadata`, `$batch`, `$entity`, `$all`, `$each`, `$query`, with the `$`: in resource paths
    /// and, some, in `$select` and `$expand`.
    System(&'s str),
    /// A key that is a segment of its own, `Customers/1` (OData 4.01 key-as-segment), as written.
    KeySegment(&'s str),
    /// A placeholder that stands for a name, when they were asked for.
    Placeholder(Placeholder<'s>),
}

/// A lambda: `c:c/firstname eq 'Ann'`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lambda<'s> {
    /// The variable.
    pub variable: &'s str,
    /// Where the variable is declared.
    pub variable_span: Span,
    /// The condition.
    pub body: Expr<'s>,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'s> {
    /// The name as written, qualified or not: `contains`, `geo.distance`, `Microsoft.Dynamics.CRM.On`.
    pub name: &'s str,
    /// Where the name stands.
    pub name_span: Span,
    /// The arguments in order; those of `case` in pairs of condition and value.
    pub args: Vec<Argument<'s>>,
}

/// An argument of a call or a key predicate: positional, or `name=value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument<'s> {
    /// The parameter name and where it stands, where it is given.
    pub name: Option<(&'s str, Span)>,
    /// The value.
    pub value: Expr<'s>,
}

/// A member of a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'s> {
    /// The name with its quotes, as written.
    pub name: &'s str,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: Expr<'s>,
}

/// A placeholder of a template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placeholder<'s> {
    /// The text as written, braces included; for a hole in quotes all of the text between them: `%${x}%`.
    pub text: &'s str,
    /// The quoting around it: `'{name}'` is a hole within a string.
    pub quoted: bool,
}
