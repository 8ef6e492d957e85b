//! Adds the parts of OData paths: resource paths, and the paths of columns and navigation properties.

use dvkit_diagnostic::Span;
use dvkit_query::functions;
use dvkit_schema::{Column, Table};
use odata_parser::ast::{Argument, Call, Lambda, Path, Segment, SegmentKind};

use super::builder::Builder;
use super::part::{LocalKind, Meaning};
use super::values::Compared;
use crate::Error;
use crate::editor::class::TokenClass;

/// The rows that names in an expression are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'a> {
    /// The table whose columns a name without a path means; `None` if it is unknown.
    pub(super) table: Option<&'a Table>,
    /// The table of `$it`.
    pub(super) root: Option<&'a Table>,
    /// The range variables, the innermost last: the name, its table, and the index of the local name.
    pub(super) variables: Vec<(String, Option<&'a Table>, usize)>,
}

impl<'a> Scope<'a> {
    /// Returns the scope of a whole query on `table`.
    pub(super) fn of(table: Option<&'a Table>) -> Self {
        Self { table, root: table, variables: Vec::new() }
    }

    /// Returns this scope, but with names about the rows of `table`.
    pub(super) fn with_table(&self, table: Option<&'a Table>) -> Self {
        Self { table, ..self.clone() }
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PathEnd<'a> {
    /// The column at the end of the path.
    pub(super) column: Compared<'a>,
    /// The table whose rows the path leads to.
    pub(super) table: Option<&'a Table>,
}

impl<'a> Builder<'a> {
    /// Adds a path in an expression, in `$select` or in `$expand`.
    pub(super) fn path(&mut self, path: &Path<'_>, scope: &Scope<'a>) -> Result<PathEnd<'a>, Error> {
        self.segments(path, scope, false)
    }

    /// Adds the resource path of a request.
    pub(super) fn resource_path(&mut self, path: &Path<'_>) -> Result<PathEnd<'a>, Error> {
        self.segments(path, &Scope::default(), true)
    }

    fn segments(&mut self, path: &Path<'_>, scope: &Scope<'a>, resource: bool) -> Result<PathEnd<'a>, Error> {
        let mut end = PathEnd { table: scope.table, column: None };
        let mut expects_set = resource;
        for (n, segment) in path.segments.iter().enumerate() {
            match &segment.kind {
                SegmentKind::Name(name) if expects_set => {
                    expects_set = false;
                    end = PathEnd { table: self.entity_set(name, segment.span)?, ..PathEnd::default() };
                }
                SegmentKind::Name(name) => {
                    end = match self.local_name(name, segment.span, scope).filter(|_| n == 0 && !resource) {
                        Some(table) => PathEnd { table, ..PathEnd::default() },
                        None => self.member(name, segment.span, end.table)?,
                    };
                }
                SegmentKind::Root => {
                    self.push(segment.span, TokenClass::Keyword, Meaning::None);
                    expects_set = true;
                }
                // A row by an alternate key: `accounts(accountnumber='1')`.
                SegmentKind::Call(call)
                    if expects_set && self.store.table_by_entity_set(call.name).is_some() =>
                {
                    expects_set = false;
                    let table = self.entity_set(call.name, call.name_span)?;
                    self.open(segment.span, false, None);
                    self.key(&call.args, scope, table)?;
                    self.close();
                    end = PathEnd { table, ..PathEnd::default() };
                }
                _ => {
                    end = self.segment(segment, scope, end, resource)?;
                    expects_set = false;
                }
            }
        }
        Ok(end)
    }

    /// Adds a segment that is not a name. `before` is what the path before it leads to.
    fn segment(
        &mut self,
        segment: &Segment<'_>,
        scope: &Scope<'a>,
        before: PathEnd<'a>,
        resource: bool,
    ) -> Result<PathEnd<'a>, Error> {
        let span = segment.span;
        let rows = PathEnd { column: None, ..before };
        match &segment.kind {
            SegmentKind::It => {
                self.push(span, TokenClass::Keyword, Meaning::None);
                return Ok(PathEnd { table: scope.root, ..PathEnd::default() });
            }
            SegmentKind::This => self.push(span, TokenClass::Keyword, Meaning::None),
            SegmentKind::Qualified(name) => {
                let plain = name.strip_prefix(functions::NAMESPACE).unwrap_or(name);
                if let Some(entry) = self.store.entry(plain) {
                    self.push(span, TokenClass::Table, Meaning::Table(entry));
                    return Ok(PathEnd { table: self.store.table(plain)?, ..PathEnd::default() });
                }
                let meaning = if resource { Meaning::Operation(plain.to_owned()) } else { Meaning::None };
                self.push(span, TokenClass::Function, meaning);
                return Ok(PathEnd::default());
            }
            SegmentKind::Key(arguments) => {
                self.open(span, false, None);
                self.key(arguments, scope, before.table)?;
                self.close();
            }
            SegmentKind::Call(call) => {
                self.open(span, false, None);
                self.call(call, &scope.with_table(before.table), resource)?;
                self.close();
                return Ok(PathEnd::default());
            }
            SegmentKind::Any(Some(lambda)) => self.lambda(lambda, span, scope, before.table)?,
            SegmentKind::All(lambda) => self.lambda(lambda, span, scope, before.table)?,
            SegmentKind::Count(Some(nested)) => {
                self.open(span, false, None);
                self.options(&nested.options, &scope.with_table(before.table))?;
                self.close();
            }
            SegmentKind::Filter(condition) => {
                self.open(span, false, None);
                self.expr(condition, &scope.with_table(before.table), None)?;
                self.close();
            }
            SegmentKind::Aggregate(items) => {
                self.open(span, false, None);
                self.aggregations(items, &scope.with_table(before.table))?;
                self.close();
            }
            SegmentKind::Star | SegmentKind::AllOperations(_) => {
                self.push(span, TokenClass::Operator, Meaning::None);
            }
            SegmentKind::System(_) | SegmentKind::Annotation(_) => {
                self.push(span, TokenClass::Keyword, Meaning::None);
            }
            SegmentKind::KeySegment(_) => self.push(span, TokenClass::Number, Meaning::None),
            SegmentKind::Placeholder(_) => {
                self.push(span, TokenClass::Placeholder, Meaning::None);
                // The name alone is unknown. What follows it may be anything.
                return Ok(PathEnd::default());
            }
            // The lexer of the gaps adds `any`, `$count` and the like.
            SegmentKind::Any(None) | SegmentKind::Count(None) | SegmentKind::Name(_) | SegmentKind::Root => {}
        }
        Ok(rows)
    }

    /// Adds the name of an entity set, or of an operation of the service.
    fn entity_set(&mut self, name: &str, span: Span) -> Result<Option<&'a Table>, Error> {
        let store = self.store;
        if let Some(entry) = store.table_by_entity_set(name) {
            self.push(span, TokenClass::Table, Meaning::Table(entry));
            return Ok(store.table(&entry.logical_name)?);
        }
        if store.operations()?.iter().any(|operation| operation.name == name) {
            self.push(span, TokenClass::Function, Meaning::Operation(name.to_owned()));
            return Ok(None);
        }
        // A logical name is a common mistake, and it is clear what is meant.
        match dvkit_query::find_table(store, name) {
            Ok(entry) => {
                self.push(span, TokenClass::Table, Meaning::Table(entry));
                Ok(store.table(&entry.logical_name)?)
            }
            Err(_) => {
                self.push(span, TokenClass::Table, Meaning::None);
                Ok(None)
            }
        }
    }

    /// Adds the first name of a path if it is a range variable or a computed value. Returns the table of the
    /// variable; `None` if the name is neither.
    fn local_name(&mut self, name: &str, span: Span, scope: &Scope<'a>) -> Option<Option<&'a Table>> {
        if let Some((_, table, id)) = scope.variables.iter().rev().find(|(variable, ..)| variable == name) {
            self.push(span, TokenClass::Variable, Meaning::Local(*id));
            return Some(*table);
        }
        let id = self.computed(name, span)?;
        self.push(span, TokenClass::Variable, Meaning::Local(id));
        Some(None)
    }

    /// Returns the index of the computed value `name`, if it is known at `span`.
    pub(super) fn computed(&self, name: &str, span: Span) -> Option<usize> {
        let found = self.local_id(LocalKind::Computed, name)?;
        let defined = self.locals.get(found)?.definition?;
        (!self.sequential || defined.end <= span.start).then_some(found)
    }

    /// Adds the name of a column or of a navigation property of `table`.
    fn member(&mut self, name: &str, span: Span, table: Option<&'a Table>) -> Result<PathEnd<'a>, Error> {
        let Some(table) = table else {
            self.push(span, TokenClass::Property, Meaning::None);
            return Ok(PathEnd::default());
        };
        if let Some(column) = table.property(name).or_else(|| find_column(table, name))
            && table.navigation(name).is_none_or(|_| table.property(name).is_some())
        {
            self.push(span, TokenClass::Property, Meaning::Column(table, column));
            return Ok(PathEnd { column: Some((table, column)), ..PathEnd::default() });
        }
        let any_case = || {
            let same = |n: &String| n.eq_ignore_ascii_case(name);
            table.relationships.iter().find(|r| r.navigation.as_ref().is_some_and(same))
        };
        let Some(relationship) = table.navigation(name).or_else(any_case) else {
            self.push(span, TokenClass::Property, Meaning::None);
            return Ok(PathEnd::default());
        };
        self.push(span, TokenClass::Navigation, Meaning::Navigation(table, relationship));
        let to = self.store.table(&relationship.table)?;
        Ok(PathEnd { column: None, table: to })
    }

    /// Adds the values of a key in parentheses, which identifies a row of `table`.
    fn key(
        &mut self,
        arguments: &[Argument<'_>],
        scope: &Scope<'a>,
        table: Option<&'a Table>,
    ) -> Result<(), Error> {
        for argument in arguments {
            let mut of = None;
            match argument.name {
                Some((name, span)) => of = self.member(name, span, table)?.column,
                None => {
                    if let Some(table) = table {
                        of =
                            table.primary_id.as_deref().and_then(|key| table.column(key)).map(|c| (table, c));
                    }
                }
            }
            self.expr(&argument.value, scope, of)?;
        }
        Ok(())
    }

    fn lambda(
        &mut self,
        lambda: &Lambda<'_>,
        span: Span,
        scope: &Scope<'a>,
        table: Option<&'a Table>,
    ) -> Result<(), Error> {
        let id = self.local(lambda.variable, LocalKind::RangeVariable, Some(lambda.variable_span));
        if let Some(local) = self.locals.get_mut(id) {
            local.table = table.map(|t| t.logical_name.clone());
        }
        self.push(lambda.variable_span, TokenClass::Variable, Meaning::Local(id));
        self.open(span, false, None);
        let mut inner = scope.clone();
        inner.variables.push((lambda.variable.to_owned(), table, id));
        self.expr(&lambda.body, &inner, None)?;
        self.close();
        Ok(())
    }

    /// Adds a function call. `operation` says whether it calls an operation of the service, as in a resource
    /// path.
    pub(super) fn call(&mut self, call: &Call<'_>, scope: &Scope<'a>, operation: bool) -> Result<(), Error> {
        let plain = call.name.strip_prefix(functions::NAMESPACE).unwrap_or(call.name);
        let function = functions::find(plain).filter(|_| !operation);
        let meaning = match function {
            Some(function) => Meaning::Function(function),
            None if operation => Meaning::Operation(plain.to_owned()),
            None => Meaning::StandardFunction(plain.to_owned()),
        };
        self.push(call.name_span, TokenClass::Function, meaning);
        let mut of = None;
        for argument in &call.args {
            if let Some((name, span)) = argument.name {
                self.push(span, TokenClass::Keyword, Meaning::None);
                if function.is_some() && name.eq_ignore_ascii_case("PropertyName") {
                    of = self.property_name(argument, scope);
                    if of.is_some() {
                        continue;
                    }
                }
            }
            self.expr(&argument.value, scope, of.filter(|_| function.is_some()))?;
        }
        Ok(())
    }

    /// Adds the column that a query function gets in its parameter `PropertyName`, which is a string. Returns
    /// `None` without adding a part if the argument is not the name of a column.
    fn property_name(&mut self, argument: &Argument<'_>, scope: &Scope<'a>) -> Compared<'a> {
        let odata_parser::ast::ExprKind::Literal(literal) = &argument.value.kind else { return None };
        let name = literal.text.strip_prefix('\'')?.strip_suffix('\'')?;
        let table = scope.table?;
        let column = table.property(name).or_else(|| find_column(table, name))?;
        let range = argument.value.span.range();
        let inner = Span::new(range.start + 1, range.end.saturating_sub(1));
        self.push(inner, TokenClass::Property, Meaning::Column(table, column));
        Some((table, column))
    }
}

/// Returns the column with this logical name, in any letter case.
pub(super) fn find_column<'a>(table: &'a Table, name: &str) -> Option<&'a Column> {
    let any_case = || {
        table.columns.iter().find(|c| {
            c.logical_name.eq_ignore_ascii_case(name) || c.property_name().eq_ignore_ascii_case(name)
        })
    };
    table.column(name).or_else(any_case)
}
