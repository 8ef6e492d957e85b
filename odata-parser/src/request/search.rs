//! `$search` (ABNF `searchExpr`).

use crate::ast::{Search, SearchKind};
use crate::grammar::Grammar;
use crate::input::{Expected, PResult, fail};

impl<'s> Grammar<'s> {
    pub(super) fn search(&mut self, i: &'s str) -> PResult<'s, Search<'s>> {
        let _ = SearchKind::Error;
        Err(fail(i, Expected::NAME))
    }
}
