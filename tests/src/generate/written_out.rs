//! Lists written out as comparisons.

use dvkit_query::hir::{Arguments, Comparison, Expansion, Predicate, Query, Test};

/// The meaning with every `In` and `NotIn` written out: what a long list of comparisons is before and after it was
/// mended.
#[must_use]
pub fn written_out(mut query: Query) -> Query {
    query.predicate = lists_written_out(query.predicate);
    expansions_written_out(&mut query.expand);
    query
}

fn expansions_written_out(expand: &mut [Expansion]) {
    for expansion in expand {
        let predicate = std::mem::replace(&mut expansion.predicate, Predicate::Constant(true));
        expansion.predicate = lists_written_out(predicate);
        expansions_written_out(&mut expansion.expand);
    }
}

fn lists_written_out(predicate: Predicate) -> Predicate {
    let each = |parts: Vec<Predicate>| parts.into_iter().map(lists_written_out).collect();
    match predicate {
        Predicate::And(parts) => Predicate::and(each(parts)),
        Predicate::Or(parts) => Predicate::or(each(parts)),
        Predicate::Not(inner) => lists_written_out(*inner).negate(),
        Predicate::Any(collection, condition) => {
            Predicate::Any(collection, condition.map(|c| Box::new(lists_written_out(*c))))
        }
        Predicate::All(collection, condition) => {
            Predicate::All(collection, Box::new(lists_written_out(*condition)))
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
