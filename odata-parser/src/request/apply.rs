//! `$apply` (ABNF `applyExpr`).

use crate::ast::Transformation;
use crate::grammar::Grammar;
use crate::input::{Expected, PResult, fail};

impl<'s> Grammar<'s> {
    pub(super) fn transformations(&mut self, i: &'s str) -> PResult<'s, Vec<Transformation<'s>>> {
        Err(fail(i, Expected::NAME))
    }
}
