//! Replaces lists (`In`, `NotIn`) in the HIR of a query by single comparisons.

use dvkit_query::hir::{Arguments, Comparison, Expansion, Predicate, Query, Test};

/// Returns the query with every `In` and `NotIn` replaced by comparisons. A fix turns long chains of
/// comparisons into lists; in this form, tests see that the chain and the list mean the same.
#[must_use]
pub fn lists_as_comparisons(mut query: Query) -> Query {
    query.predicate = replace_lists(query.predicate);
    expansions_with_comparisons(&mut query.expand);
    query
}

fn expansions_with_comparisons(expand: &mut [Expansion]) {
    for expansion in expand {
        let predicate = std::mem::replace(&mut expansion.predicate, Predicate::Constant(true));
        expansion.predicate = replace_lists(predicate);
        expansions_with_comparisons(&mut expansion.expand);
    }
}

fn replace_lists(predicate: Predicate) -> Predicate {
    let each = |parts: Vec<Predicate>| parts.into_iter().map(replace_lists).collect();
    match predicate {
        Predicate::And(parts) => Predicate::and(each(parts)),
        Predicate::Or(parts) => Predicate::or(each(parts)),
        Predicate::Not(inner) => replace_lists(*inner).negate(),
        Predicate::Any(collection, condition) => {
            Predicate::Any(collection, condition.map(|c| Box::new(replace_lists(*c))))
        }
        Predicate::All(collection, condition) => {
            Predicate::All(collection, Box::new(replace_lists(*condition)))
        }
        Predicate::Test(column, Test::Function(function, Arguments::List(values)))
            if matches!(function.name, "In" | "NotIn") =>
        {
            let comparison = if function.name == "In" { Comparison::Eq } else { Comparison::Ne };
            let test = |value| Predicate::Test(column.clone(), Test::Compare(comparison, value));
            let tests = values.into_iter().map(test).collect();
            if function.name == "In" { Predicate::or(tests) } else { Predicate::and(tests) }
        }
        other => other,
    }
}
