//! Defines the syntax tree of an OData text. It keeps the parentheses and the spelling of the text. Parsers
//! create it; the resolver, the printers and the formatter read it.
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

/// The kinds of expression, with their operands.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind<'s> {
    /// A literal: `'Ann'`, `42`, `2025-01-31`, `null`.
    Literal(Literal<'s>),
    /// A path that begins with a name, `$it`, `$root`, `$this` or an annotation: `primarycontactid/fullname`.
    Path(Path<'s>),
    /// A function call that is not part of a path: `contains(name,'a')`,
    /// `Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['b'])`. A call within a path is
    /// [`SegmentKind::Call`].
    Call(Call<'s>),
    /// A parameter alias such as `@p1`. The field is its name without the `@`.
    Alias(&'s str),
    /// A prefix operator with its operand: `not x` or `-x`.
    Unary(Box<Unary<'s>>),
    /// An infix operator with its operands: `a eq b`, `a and b`, `a add b`, `a has b`, `a in b`.
    Binary(Box<Binary<'s>>),
    /// An expression in parentheses, `(x)`. The tree contains the parentheses so that printing it restores
    /// the text.
    Paren(Box<Expr<'s>>),
    /// The list in parentheses after `in`: `(1,2,3)`. It may be empty.
    List(Vec<Expr<'s>>),
    /// A JSON array, such as `[1,"a",name]`.
    Array(Vec<Expr<'s>>),
    /// A JSON object, such as `{"a":1}`.
    Object(Vec<Member<'s>>),
    /// A string in double quotes within a JSON array or object, with its quotes and escapes as in the text.
    /// In other positions, a string in double quotes is reported and becomes an [`ExprKind::Literal`].
    JsonString(&'s str),
    /// The name of a type as an argument of `cast` or `isof`, such as `Edm.String`. A name that can also be a
    /// path is a path.
    Type(&'s str),
    /// A placeholder of a template, which is accepted only if
    /// [`ParseOptions::placeholders`](crate::ParseOptions::placeholders) is set.
    Placeholder(Placeholder<'s>),
    /// A part that could not be parsed, for which there is always a diagnostic.
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

/// A prefix operator, which precedes its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// The logical negation, `not`.
    Not,
    /// The arithmetic negation, `-`.
    Neg,
}

/// An infix operator and its operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary<'s> {
    /// The operator. OData 4.01 also allows `AND` and `Eq`, which differ from `and` and `eq` only in the text
    /// at `op_span`.
    pub op: BinaryOp,
    /// The position of the operator.
    pub op_span: Span,
    /// The left operand.
    pub left: Expr<'s>,
    /// The right operand. For [`BinaryOp::In`] it is a [`ExprKind::List`], an array, a path, an alias or a
    /// placeholder.
    pub right: Expr<'s>,
}

/// An operator between two operands. Its precedence is that of URL Conventions 5.1.1.16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BinaryOp {
    /// Logical or, `or`.
    Or,
    /// Logical and, `and`.
    And,
    /// Equal, `eq`.
    Eq,
    /// Not equal, `ne`.
    Ne,
    /// Greater than, `gt`.
    Gt,
    /// Greater than or equal, `ge`.
    Ge,
    /// Less than, `lt`.
    Lt,
    /// Less than or equal, `le`.
    Le,
    /// Contains the flag or option, `has`.
    Has,
    /// Is a member of a list or collection, `in`.
    In,
    /// Addition, `add`.
    Add,
    /// Subtraction, `sub`.
    Sub,
    /// Multiplication, `mul`.
    Mul,
    /// Division, `div`. The quotient of two integers is an integer.
    Div,
    /// Division with a fraction, `divby`.
    DivBy,
    /// Remainder of a division, `mod`.
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

/// A literal, which is a value of a primitive type (ABNF `primitiveLiteral`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Literal<'s> {
    /// The kind of literal, which depends only on the form of its text.
    pub kind: LiteralKind,
    /// The literal as in the text, with its quotes and its prefix. A literal in the form of another language
    /// (`guid'…'`, `{…}`, `"…"`) has only the value within the quotes or braces here.
    pub text: &'s str,
}

/// The kinds of literal, which are recognised by their form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiteralKind {
    /// The null value, `null`.
    Null,
    /// A truth value, `true` or `false`.
    Boolean,
    /// An integer with any number of digits: `42`, `-1`.
    Integer,
    /// A number with a fraction and without an exponent: `1.5`.
    Decimal,
    /// A number with an exponent (`1e3`), `INF`, `-INF` or `NaN`.
    Double,
    /// A string: `'text'`. Apostrophes within it are doubled: `'O''Brien'`.
    String,
    /// A guid: `78914942-34cb-ed11-b596-0022481d68cd`.
    Guid,
    /// A date without a time: `2025-01-31`.
    Date,
    /// A point in time: `2025-01-31T10:00:00Z`.
    DateTimeOffset,
    /// A time of day without a date: `10:00:00.5`.
    TimeOfDay,
    /// A duration: `duration'P1DT2H'`.
    Duration,
    /// Binary data: `binary'AQI='`.
    Binary,
    /// A value of an enum type: `Namespace.Type'Member'`.
    Enum,
    /// A geographic or geometric shape: `geography'SRID=0;Point(1 2)'`, `geometry'…'`. Its content is only
    /// checked for its form.
    Geo,
}

impl<'s> Literal<'s> {
    /// Returns the value of a string literal, without its quotes and with single apostrophes in place of
    /// doubled ones. For any other literal, returns its text.
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

/// A path, which consists of segments joined by `/`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path<'s> {
    /// The segments, first to last. There is at least one, except in the resource path of a request that has
    /// only options.
    pub segments: Vec<Segment<'s>>,
}

impl<'s> Path<'s> {
    /// Returns the name if the path is a single name without a key; `None` for any other path.
    #[must_use]
    pub fn as_name(&self) -> Option<&'s str> {
        match self.segments.as_slice() {
            [Segment { kind: SegmentKind::Name(name), .. }] => Some(name),
            _ => None,
        }
    }
}

/// One segment of a path, such as a name. Its span does not include the slashes around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment<'s> {
    /// The position of the segment.
    pub span: Span,
    /// The kind of segment, with its arguments.
    pub kind: SegmentKind<'s>,
}

/// The kinds of path segment, with their arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum SegmentKind<'s> {
    /// A name without dots: a property, a navigation property, a lambda variable, or an entity set after
    /// `$root`. The segment `$these` is a name too.
    Name(&'s str),
    /// A name with dots, which is a type cast: `Microsoft.Dynamics.CRM.team`.
    Qualified(&'s str),
    /// The row that the expression is about, `$it`.
    It,
    /// The current member of a collection in `$filter(…)` and similar segments, `$this`.
    This,
    /// The root of the service, `$root`.
    Root,
    /// A key in parentheses that directly follows a name: `(1)`, `(ID='Sugar',Rev=2)`.
    Key(Vec<Argument<'s>>),
    /// A function call. The name may have a namespace, and the arguments may have parameter names.
    Call(Call<'s>),
    /// The lambda operator `any(…)`. The field is `None` for `any()` without a condition.
    Any(Option<Box<Lambda<'s>>>),
    /// The lambda operator `all(…)`.
    All(Box<Lambda<'s>>),
    /// The number of rows, `$count`. The field has its options in parentheses, as in
    /// `$count($filter=Price gt 5)`; `None` if it has none.
    Count(Option<NestedOptions<'s>>),
    /// The rows of a collection that meet a condition, `$filter(…)`. The field is the condition.
    Filter(Box<Expr<'s>>),
    /// An annotation, such as `@Measures.Currency` and `@Currency#Reporting`. The field is the text after the
    /// `@`.
    Annotation(&'s str),
    /// An aggregation of a collection, such as `$these/aggregate(Amount with sum)`. Unlike in `$apply`, the
    /// computed values need no names.
    Aggregate(Vec<Aggregation<'s>>),
    /// All properties, `*`, in `$select` and `$expand`.
    Star,
    /// All operations of a namespace, `Ns.*`, in `$select`. The text includes the star.
    AllOperations(&'s str),
    /// Another segment that begins with `$`: `$ref`, `$value`, `$metadata`, `$batch`, `$entity`, `$all`,
    /// `$each` or `$query` in a resource path; some of them are also allowed in `$select` and `$expand`. The
    /// text includes the `$`.
    System(&'s str),
    /// A key after a slash instead of in parentheses, such as the `1` of `Customers/1` (OData 4.01
    /// key-as-segment), as in the text.
    KeySegment(&'s str),
    /// A placeholder of a template in place of a name, which is accepted only if
    /// [`ParseOptions::placeholders`](crate::ParseOptions::placeholders) is set.
    Placeholder(Placeholder<'s>),
}

/// The lambda of `any` or `all`, which is a variable and a condition: `c:c/firstname eq 'Ann'`.
#[derive(Clone, Debug, PartialEq)]
pub struct Lambda<'s> {
    /// The name of the variable, such as `c`.
    pub variable: &'s str,
    /// The position of the variable before the colon.
    pub variable_span: Span,
    /// The condition, in which the variable names a row of the collection.
    pub body: Expr<'s>,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'s> {
    /// The name of the function as in the text, with its namespace if it has one: `contains`, `geo.distance`,
    /// `Microsoft.Dynamics.CRM.On`.
    pub name: &'s str,
    /// The position of the function's name.
    pub name_span: Span,
    /// The arguments, in the order of the text. In a call of `case`, each condition is followed by its value.
    pub args: Vec<Argument<'s>>,
}

/// One argument of a call or of a key, with or without a parameter name (`name=value`).
#[derive(Clone, Debug, PartialEq)]
pub struct Argument<'s> {
    /// The parameter name and its position; `None` if no name is written.
    pub name: Option<(&'s str, Span)>,
    /// The value of the argument.
    pub value: Expr<'s>,
}

/// A member of a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'s> {
    /// The name of the member as in the text, with its quotes.
    pub name: &'s str,
    /// The position of the member's name.
    pub name_span: Span,
    /// The value of the member.
    pub value: Expr<'s>,
}

/// A placeholder such as `{id}` or `@{…}`, which a template engine replaces by a text before the request is
/// sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placeholder<'s> {
    /// The text of the placeholder, with its braces. For a placeholder within a string, it is the whole
    /// content of the string: `%${x}%`.
    pub text: &'s str,
    /// Whether the placeholder is within a string, as in `'{name}'`.
    pub quoted: bool,
}
