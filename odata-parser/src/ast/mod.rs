//! The syntax tree of a text. It keeps the parentheses and the spelling of the text.
//!
//! Types and fields are named as in the OData 4.01 ABNF and URL Conventions. A [`Span`] is a range of bytes
//! of the parsed text, and names and values are borrowed from that text. Names are not resolved:
//! `contact/fullname` is a path of two names, even if there is no such column.

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
    /// The position of the expression. For [`ExprKind::Paren`] it includes the parentheses.
    pub span: Span,
    /// The kind of expression, with its operands.
    pub kind: ExprKind<'s>,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind<'s> {
    /// A primitive literal: `'Ann'`, `42`, `2025-01-31`, `null`.
    Literal(Literal<'s>),
    /// A path that begins with a name, `$it`, `$root`, `$this` or an annotation: `primarycontactid/fullname`.
    Path(Path<'s>),
    /// A function call that is not part of a path: `contains(name,'a')`,
    /// `Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['b'])`. A call within a path is
    /// [`SegmentKind::Call`].
    Call(Call<'s>),
    /// A parameter alias, `@p1`. The field contains the name without the `@`.
    Alias(&'s str),
    /// `not x` or `-x`.
    Unary(Box<Unary<'s>>),
    /// `a eq b`, `a and b`, `a add b`, `a has b`, `a in b`.
    Binary(Box<Binary<'s>>),
    /// An expression in parentheses, `(x)`. The parentheses are in the tree so that printing restores the
    /// text.
    Paren(Box<Expr<'s>>),
    /// The list in parentheses after `in`: `(1,2,3)`. It may be empty.
    List(Vec<Expr<'s>>),
    /// A JSON array, `[1,"a",name]`.
    Array(Vec<Expr<'s>>),
    /// A JSON object, `{"a":1}`.
    Object(Vec<Member<'s>>),
    /// A string in double quotes within a JSON array or object, as written, with its quotes and escapes. In
    /// other positions, a string in double quotes is reported and becomes an [`ExprKind::Literal`].
    JsonString(&'s str),
    /// The name of a type as an argument of `cast` or `isof`, unless the name can also be a path:
    /// `Edm.String`.
    Type(&'s str),
    /// A placeholder of a template, if [`ParseOptions::placeholders`](crate::ParseOptions::placeholders) is
    /// set.
    Placeholder(Placeholder<'s>),
    /// A part that could not be parsed. A diagnostic always reports it.
    Error,
}

/// A prefix operator and its operand.
#[derive(Clone, Debug, PartialEq)]
pub struct Unary<'s> {
    /// The operator.
    pub op: UnaryOp,
    /// The position of the operator.
    pub op_span: Span,
    /// The operand.
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
    /// The operator. `AND` and `Eq` (valid in 4.01) differ from `and` and `eq` only in the text under `op_span`.
    pub op: BinaryOp,
    /// The position of the operator.
    pub op_span: Span,
    /// The left operand.
    pub left: Expr<'s>,
    /// The right operand; for [`BinaryOp::In`] a [`ExprKind::List`], an array, a path, an alias or a placeholder.
    pub right: Expr<'s>,
}

/// Infix operators. Their precedence is that of URL Conventions 5.1.1.16.
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
    /// Returns the operator in the spelling of OData 4.0.
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

    /// Returns whether the operator is one of `eq`, `ne`, `gt`, `ge`, `lt`, `le`.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    /// Returns whether the operator is one of `add`, `sub`, `mul`, `div`, `divby`, `mod`.
    #[must_use]
    pub fn is_arithmetic(self) -> bool {
        matches!(self, Self::Add | Self::Sub | Self::Mul | Self::Div | Self::DivBy | Self::Mod)
    }
}

/// A primitive literal (ABNF `primitiveLiteral`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Literal<'s> {
    /// The kind of literal, which depends only on the form of the text.
    pub kind: LiteralKind,
    /// The literal as written, with its quotes and its prefix. If it was written in the form of another
    /// language (`guid'…'`, `{…}`, `"…"`), the text is only the value within the quotes or braces.
    pub text: &'s str,
}

/// The kinds of literal, by their form.
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
    /// A number with an exponent (`1e3`), `INF`, `-INF` or `NaN`.
    Double,
    /// `'text'`. Apostrophes within the text are doubled: `'O''Brien'`.
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
    /// `geography'SRID=0;Point(1 2)'`, `geometry'…'`; the content is not interpreted.
    Geo,
}

impl<'s> Literal<'s> {
    /// Returns the value of a string literal: without its quotes, and with single apostrophes for doubled ones. For
    /// other kinds of literal, returns the text.
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
    /// The segments. There is at least one, except in the resource path of a request that has only options.
    pub segments: Vec<Segment<'s>>,
}

impl<'s> Path<'s> {
    /// Returns the name if the path is a single plain name, and `None` for any other path.
    #[must_use]
    pub fn as_name(&self) -> Option<&'s str> {
        match self.segments.as_slice() {
            [Segment { kind: SegmentKind::Name(name), .. }] => Some(name),
            _ => None,
        }
    }
}

/// One segment of a path. Its span does not include the slashes around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment<'s> {
    /// The position of the segment.
    pub span: Span,
    /// The kind of segment.
    pub kind: SegmentKind<'s>,
}

/// The kinds of path segment.
#[derive(Clone, Debug, PartialEq)]
pub enum SegmentKind<'s> {
    /// A plain name: a property, a navigation property, a lambda variable, or an entity set after `$root`.
    /// Also `$these`.
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
    /// A function call. Its name may be qualified, and its arguments may be named or positional.
    Call(Call<'s>),
    /// `any(…)`, or `None` for `any()` without a condition.
    Any(Option<Box<Lambda<'s>>>),
    /// `all(…)`
    All(Box<Lambda<'s>>),
    /// `$count`, with its options in parentheses, as in `$count($filter=Price gt 5)`; `None` if there are
    /// none.
    Count(Option<NestedOptions<'s>>),
    /// `$filter(…)`, with its condition.
    Filter(Box<Expr<'s>>),
    /// `@Measures.Currency`, `@Currency#Reporting`: the text after the `@`.
    Annotation(&'s str),
    /// `aggregate(…)` on a collection: `$these/aggregate(Amount with sum)`; the results need no names.
    Aggregate(Vec<Aggregation<'s>>),
    /// `*`, in `$select` and `$expand`.
    Star,
    /// `Ns.*` in `$select`: all operations of a namespace. The text includes the star.
    AllOperations(&'s str),
    /// `$ref`, `$value`, `$metadata`, `$batch`, `$entity`, `$all`, `$each` or `$query` in a resource path;
    /// some of them also in `$select` and `$expand`. The text includes the `$`.
    System(&'s str),
    /// A key after a slash instead of in parentheses (OData 4.01 key-as-segment), as written: the `1` of
    /// `Customers/1`.
    KeySegment(&'s str),
    /// A placeholder in the position of a name, if
    /// [`ParseOptions::placeholders`](crate::ParseOptions::placeholders) is set.
    Placeholder(Placeholder<'s>),
}

/// The lambda of `any` or `all`, which is a variable and a condition: `c:c/firstname eq 'Ann'`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lambda<'s> {
    /// The name of the variable.
    pub variable: &'s str,
    /// The position of the variable's declaration.
    pub variable_span: Span,
    /// The condition.
    pub body: Expr<'s>,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'s> {
    /// The name as written, qualified or not: `contains`, `geo.distance`, `Microsoft.Dynamics.CRM.On`.
    pub name: &'s str,
    /// The position of the name.
    pub name_span: Span,
    /// The arguments in order. In a call of `case`, each condition is followed by its value.
    pub args: Vec<Argument<'s>>,
}

/// An argument of a call or a key predicate: positional, or `name=value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument<'s> {
    /// The parameter name and its position; `None` for a positional argument.
    pub name: Option<(&'s str, Span)>,
    /// The value.
    pub value: Expr<'s>,
}

/// A member of a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'s> {
    /// The name with its quotes, as written.
    pub name: &'s str,
    /// The position of the name.
    pub name_span: Span,
    /// The value.
    pub value: Expr<'s>,
}

/// A placeholder such as `{id}` or `@{…}`, which a template engine will replace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placeholder<'s> {
    /// The text as written, with its braces. For a placeholder within a string, the whole content of the
    /// string: `%${x}%`.
    pub text: &'s str,
    /// Whether the placeholder is within a string, `'{name}'`.
    pub quoted: bool,
}
