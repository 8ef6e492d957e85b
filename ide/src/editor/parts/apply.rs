//! Adds the parts of `$apply` and `$compute`.

use odata_parser::ast::{
    Aggregation, ApplyArgument, ComputeItem, GroupKey, Transformation, TransformationKind,
};

use super::builder::Builder;
use super::part::{LocalKind, Meaning};
use super::path::Scope;
use crate::Error;
use crate::editor::class::TokenClass;

impl<'a> Builder<'a> {
    /// Adds a chain of transformations.
    pub(super) fn transformations(
        &mut self,
        steps: &[Transformation<'_>],
        scope: &Scope<'a>,
    ) -> Result<(), Error> {
        for step in steps {
            self.open(step.span, false, None);
            if !matches!(step.kind, TransformationKind::Placeholder(_)) {
                self.push(step.name_span, TokenClass::Function, Meaning::None);
            }
            self.transformation(step, scope)?;
            self.close();
        }
        Ok(())
    }

    fn transformation(&mut self, step: &Transformation<'_>, scope: &Scope<'a>) -> Result<(), Error> {
        match &step.kind {
            TransformationKind::Aggregate(items) => self.aggregations(items, scope)?,
            TransformationKind::GroupBy(keys, steps) => {
                for key in keys {
                    self.group_key(key, scope)?;
                }
                self.transformations(steps, scope)?;
            }
            TransformationKind::Filter(expr)
            | TransformationKind::Top(expr)
            | TransformationKind::Skip(expr) => {
                self.expr(expr, scope, None)?;
            }
            TransformationKind::Search(search) => self.push(search.span, TokenClass::String, Meaning::None),
            TransformationKind::Compute(items) => self.compute(items, scope)?,
            TransformationKind::OrderBy(items) => {
                for item in items {
                    self.expr(&item.expr, scope, None)?;
                    self.direction(item.direction);
                }
            }
            TransformationKind::Identity => {}
            TransformationKind::Concat(chains) => {
                for chain in chains {
                    self.transformations(chain, scope)?;
                }
            }
            TransformationKind::Nest(path, items) => {
                let inner = match path {
                    Some(path) => scope.with_table(self.path(path, scope)?.table),
                    None => scope.clone(),
                };
                for item in items {
                    self.transformations(&item.apply, &inner)?;
                    self.use_local(item.alias.0, LocalKind::Computed, item.alias.1);
                }
            }
            TransformationKind::Join(_, join) => {
                let table = self.path(&join.path, scope)?.table;
                self.use_local(join.alias.0, LocalKind::Computed, join.alias.1);
                self.transformations(&join.apply, &scope.with_table(table))?;
            }
            TransformationKind::Call(_, arguments) => self.arguments(arguments, scope)?,
            TransformationKind::Placeholder(_) => {
                self.push(step.span, TokenClass::Placeholder, Meaning::None);
            }
        }
        Ok(())
    }

    /// Adds the items of `aggregate(…)`.
    pub(super) fn aggregations(&mut self, items: &[Aggregation<'_>], scope: &Scope<'a>) -> Result<(), Error> {
        for item in items {
            self.open(item.span, false, None);
            self.expr(&item.expr, scope, None)?;
            let froms = item.from.iter().map(|from| from.method);
            for (_, span) in froms.chain([item.method]).flatten() {
                self.push(span, TokenClass::Keyword, Meaning::None);
            }
            for path in item.from.iter().flat_map(|from| &from.paths) {
                self.path(path, scope)?;
            }
            if let Some((name, span)) = item.alias {
                self.use_local(name, LocalKind::Computed, span);
            }
            self.close();
        }
        Ok(())
    }

    /// Adds the items of `$compute`.
    pub(super) fn compute(&mut self, items: &[ComputeItem<'_>], scope: &Scope<'a>) -> Result<(), Error> {
        for item in items {
            self.open(item.span, false, None);
            self.expr(&item.expr, scope, None)?;
            self.use_local(item.alias.0, LocalKind::Computed, item.alias.1);
            self.close();
        }
        Ok(())
    }

    fn group_key(&mut self, key: &GroupKey<'_>, scope: &Scope<'a>) -> Result<(), Error> {
        match key {
            GroupKey::Path(path, _) => {
                self.path(path, scope)?;
            }
            GroupKey::Rollup(paths, span) => {
                self.open(*span, false, None);
                for path in paths {
                    self.path(path, scope)?;
                }
                self.close();
            }
            GroupKey::RollupRecursive(arguments, span) => {
                self.open(*span, false, None);
                self.arguments(arguments, scope)?;
                self.close();
            }
        }
        Ok(())
    }

    fn arguments(&mut self, arguments: &[ApplyArgument<'_>], scope: &Scope<'a>) -> Result<(), Error> {
        for argument in arguments {
            match argument {
                ApplyArgument::Expr { name, expr, direction } => {
                    if let Some((_, span)) = name {
                        self.push(*span, TokenClass::Keyword, Meaning::None);
                    }
                    self.expr(expr, scope, None)?;
                    self.direction(*direction);
                }
                ApplyArgument::Apply(steps) => self.transformations(steps, scope)?,
                ApplyArgument::KeepStart(span) => self.push(*span, TokenClass::Keyword, Meaning::None),
            }
        }
        Ok(())
    }
}
