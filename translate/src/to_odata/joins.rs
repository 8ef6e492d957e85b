//! Translates the joins of FetchXML to paths, lambdas and expansions of OData, because OData has no joins.
//! The module `to_odata` calls it before it translates the conditions of the query.
//!
//! | FetchXML | OData |
//! |---|---|
//! | an outer link to the row of a lookup | an `$expand` of the lookup, and paths (`primarycontactid/fullname`) in conditions and orders |
//! | an inner link to rows that refer to this one | `any(…)` in the filter, and an `$expand` of the collection |
//! | a link within a filter | `any(…)` or `not any(…)` |

use dvkit_diagnostic::code;
use dvkit_schema::Side;

use super::translator::{RowPath, RowPosition, Rows, Translator, present};
use crate::fidelity::DifferenceKind;
use crate::subject::Subject;
use dvkit_query::hir::{
    CollectionRef, ColumnRef, Columns, Comparison, Expansion, Join, JoinKind, Link, Order, OrderBy,
    Predicate, RelatedRows, Test,
};

/// The parts of an OData query that express the joins of one row.
#[derive(Default)]
pub(super) struct Joined {
    /// The conditions that the row must meet because of its joins.
    pub(super) conditions: Vec<Predicate>,
    pub(super) expand: Vec<Expansion>,
    /// Whether FetchXML returns the row several times, once for each joined row.
    pub(super) many: bool,
}

/// Conditions of the query's filter on joined rows of a collection, each with the alias of the join.
pub(super) type ConditionsByAlias = Vec<(String, Predicate)>;

/// Splits the conditions that `and` joins at the top of `predicate`. Returns first the conditions on the row
/// of the query, and then those on the joined rows of a collection, with the aliases of their joins. In
/// FetchXML all conditions with one alias are about the same joined row, so they must be in one lambda.
pub(super) fn split(predicate: Predicate, joins: &[Join]) -> (Predicate, ConditionsByAlias) {
    let parts = match predicate {
        Predicate::And(parts) => parts,
        other => vec![other],
    };
    let (mut own, mut of_joins) = (Vec::new(), Vec::new());
    for part in parts {
        let alias = only_row(&part).filter(|alias| joins.iter().any(|join| is_collection(join, alias)));
        match alias.map(str::to_owned) {
            Some(alias) => of_joins.push((alias, part)),
            None => own.push(part),
        }
    }
    (Predicate::and(own), of_joins)
}

/// Returns whether `alias` names the joined rows of `join`, or of the join nested in it if `join` leads
/// through an intersect table, and whether these rows are a collection.
fn is_collection(join: &Join, alias: &str) -> bool {
    let many = !join.single && join.navigation.is_some() && join.alias == alias;
    let behind = join.navigation.is_none() && !join.single;
    many || (behind && matches!(join.joins.as_slice(), [inner] if inner.single && inner.alias == alias))
}

/// Returns the alias of the joined row that the condition is about; `None` if the condition is about the row
/// of the query or about several rows.
fn only_row(predicate: &Predicate) -> Option<&str> {
    fn of(column: &ColumnRef) -> Option<&str> {
        column.join.as_deref().filter(|_| column.path.is_empty())
    }
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => {
            let mut rows = parts.iter().map(only_row);
            let first = rows.next().flatten()?;
            rows.all(|row| row == Some(first)).then_some(first)
        }
        Predicate::Not(inner) => only_row(inner),
        Predicate::Test(column, _) => of(column),
        Predicate::Columns(left, _, right) => of(left).filter(|row| of(right) == Some(row)),
        Predicate::Constant(_) | Predicate::Any(..) | Predicate::All(..) | Predicate::Parameter(_) => None,
    }
}

/// Returns the condition without the alias in its columns, so that it is a condition on the joined row
/// itself.
fn of_the_row(predicate: Predicate) -> Predicate {
    let own = |column: ColumnRef| ColumnRef { join: None, ..column };
    match predicate {
        Predicate::And(parts) => Predicate::and(parts.into_iter().map(of_the_row).collect()),
        Predicate::Or(parts) => Predicate::or(parts.into_iter().map(of_the_row).collect()),
        Predicate::Not(inner) => of_the_row(*inner).negate(),
        Predicate::Test(column, test) => Predicate::Test(own(column), test),
        Predicate::Columns(left, op, right) => Predicate::Columns(own(left), op, own(right)),
        other => other,
    }
}

impl Translator<'_> {
    /// Translates the joins of the row at `place`. `of_joins` are the conditions that [`split`] returned, and
    /// `distinct` says whether the query removes repeated rows.
    pub(super) fn joins(
        &mut self,
        joins: &[Join],
        place: &RowPath,
        of_joins: &ConditionsByAlias,
        distinct: bool,
    ) -> Joined {
        let mut all = Joined::default();
        for join in joins {
            if let Some(column) = joined_order(&join.order) {
                let message =
                    format!("rows are ordered by columns of `{}`, and OData orders by their own", join.alias);
                let subject = Subject::Order(Some(join.alias.clone()), column.column.clone());
                self.cannot_order(code::ORDER_BY_JOINED, subject, message);
            }
            if !join.aliases.is_empty() {
                let subject = Subject::Alias(Some(join.alias.clone()));
                self.report.cannot_translate_part(
                    code::COLUMN_NAME,
                    subject,
                    "a column of OData has no other name than its own",
                );
            }
            let one = if let Some((collection, inner)) = self.many_to_many(join, place) {
                self.many(&inner, collection, place, of_joins, distinct)
            } else {
                let Some(navigation) = &join.navigation else {
                    let message =
                        format!("`{}` is joined by columns that are not a relationship", join.alias);
                    let subject = Subject::JoinColumns(join.alias.clone());
                    self.report.cannot_translate(code::JOIN_WITHOUT_RELATIONSHIP, subject, message);
                    self.aliases.push((join.alias.clone(), RowPosition::Many));
                    continue;
                };
                if join.single {
                    self.one(join, navigation, place, of_joins, distinct)
                } else {
                    let collection = CollectionRef {
                        scope: place.scope,
                        navigation: navigation.clone(),
                        table: join.table.clone(),
                        column: Some(join.from.clone()),
                        referenced: Some(join.to.clone()),
                        intersect: None,
                        single: false,
                    };
                    self.many(join, collection, place, of_joins, distinct)
                }
            };
            all.conditions.extend(one.conditions);
            for expansion in one.expand {
                let navigation = expansion.to.navigation();
                if all.expand.iter().any(|other| other.to.navigation() == navigation) {
                    let message = format!("`{navigation}` would be expanded twice");
                    self.report.cannot_translate(
                        code::EXPANDED_TWICE,
                        Subject::Join(join.alias.clone()),
                        message,
                    );
                } else {
                    all.expand.push(expansion);
                }
            }
            all.many |= one.many;
        }
        all
    }

    /// Translates a join from the row at `place` to the single row that its lookup points to. `navigation` is
    /// the lookup's navigation property, `of_joins` are the conditions that [`split`] returned, and
    /// `distinct` says whether the query removes repeated rows.
    fn one(
        &mut self,
        join: &Join,
        navigation: &str,
        place: &RowPath,
        of_joins: &ConditionsByAlias,
        distinct: bool,
    ) -> Joined {
        let link = Link {
            navigation: navigation.to_owned(),
            table: join.table.clone(),
            column: Some(join.to.clone()),
            referenced: Some(join.from.clone()),
        };
        let drops = |inner: &Join| inner.kind != JoinKind::Outer;
        if join.kind == JoinKind::Outer
            && (join.predicate != Predicate::Constant(true) || join.joins.iter().any(drops))
        {
            return self.join_one_on_condition(join, link, of_joins, distinct);
        }
        let there = place.behind(link.clone());
        self.aliases.push((join.alias.clone(), RowPosition::At(there.clone())));
        let on = self.predicate(join.predicate.clone(), &mut Rows::at(there.clone()));
        let mut joined = self.joins(&join.joins, &there, of_joins, distinct);
        let nested = std::mem::take(&mut joined.expand);
        if join.kind != JoinKind::Outer {
            joined.conditions.insert(0, present(&join.from, &there));
            joined.conditions.push(on);
        }
        joined.expand = self.expansion(join, RelatedRows::One(link), Predicate::Constant(true), nested);
        joined
    }

    /// Translates an outer join with conditions to the row that the lookup `link` points to. The joined row
    /// becomes an expansion with a filter. `of_joins` are the conditions that [`split`] returned, and
    /// `distinct` says whether the query removes repeated rows.
    fn join_one_on_condition(
        &mut self,
        join: &Join,
        link: Link,
        of_joins: &ConditionsByAlias,
        distinct: bool,
    ) -> Joined {
        let behind = self.aliases.len();
        let row = RowPath { scope: 0, path: Vec::new(), table: join.table.clone() };
        self.aliases.push((join.alias.clone(), RowPosition::At(row.clone())));
        let on = self.predicate(join.predicate.clone(), &mut Rows::at(row.clone()));
        let nested = self.joins(&join.joins, &row, of_joins, distinct);
        self.aliases.iter_mut().skip(behind).for_each(|(_, found)| *found = RowPosition::OnCondition);
        let predicate = Predicate::and([vec![on], nested.conditions].concat());
        let navigation = link.navigation.clone();
        let expand = self.expansion(join, RelatedRows::One(link), predicate, nested.expand);
        if !expand.is_empty() {
            let text =
                format!("`$filter` on the one row of `{navigation}` is documented for collections only");
            self.report.add_difference(DifferenceKind::Undocumented, text);
        }
        Joined { conditions: Vec::new(), expand, many: nested.many }
    }

    /// Translates a join from the row at `place` to the rows of a collection. It becomes a lambda in the
    /// filter and, if columns of the joined rows are returned, an expansion. `of_joins` are the conditions
    /// that [`split`] returned, and `distinct` says whether the query removes repeated rows.
    fn many(
        &mut self,
        join: &Join,
        collection: CollectionRef,
        place: &RowPath,
        of_joins: &ConditionsByAlias,
        distinct: bool,
    ) -> Joined {
        let navigation = collection.navigation.clone();
        self.aliases.push((join.alias.clone(), RowPosition::Many));
        if join.kind == JoinKind::First {
            let message = format!("an expansion of `{navigation}` gives all rows, not one of them");
            self.report.cannot_translate(code::FIRST_MATCH, Subject::JoinKind(join.alias.clone()), message);
        }
        if !place.path.is_empty() {
            let message = format!("`{navigation}` is a collection of a joined row");
            self.report.cannot_translate(code::JOINED_CONDITION, Subject::Join(join.alias.clone()), message);
            return Joined::default();
        }
        // A condition with `entityname` says either that there is no row, or what the joined row must be
        // like.
        let mut none = false;
        let mut asked = Vec::new();
        let key = self.key_of(&join.table);
        for (_, condition) in of_joins.iter().filter(|(alias, _)| *alias == join.alias) {
            let asks_for_none = matches!(
                condition,
                Predicate::Test(column, Test::Null) if column.column == join.from || Some(&column.column) == key.as_ref()
            );
            if join.kind == JoinKind::Outer && asks_for_none {
                none = true;
            } else if join.kind == JoinKind::Outer && keeps_null(condition) {
                let name = first_column(condition);
                let message = format!(
                    "the condition on `{}.{name}` is also true of rows without `{navigation}`, which OData cannot express",
                    join.alias
                );
                let subject = Subject::Condition(Some(join.alias.clone()), name.to_owned());
                self.report.cannot_translate(code::JOINED_CONDITION, subject, message);
            } else {
                asked.push(of_the_row(condition.clone()));
            }
        }
        let needed = join.kind != JoinKind::Outer || !asked.is_empty();
        let condition = Predicate::and([vec![join.predicate.clone()], asked].concat());
        let behind = self.aliases.len();
        // The condition is needed twice: for the lambda, and for an expansion, in which scopes start anew.
        let mut of_rows = |scope: usize| {
            let row = RowPath { scope, path: Vec::new(), table: join.table.clone() };
            let own = self.predicate(condition.clone(), &mut Rows::at(row.clone()));
            let nested = self.joins(&join.joins, &row, of_joins, distinct);
            let all = [vec![own], nested.conditions].concat();
            (Predicate::and(all), nested.expand)
        };
        let (inside, _) = of_rows(place.scope + 1);
        let (of_expansion, nested) = of_rows(0);
        // Outside of the lambda nothing can refer to rows of the collection.
        self.aliases.iter_mut().skip(behind).for_each(|(_, found)| *found = RowPosition::Many);
        let lambda = match inside {
            Predicate::Constant(true) => None,
            inside => Some(Box::new(inside)),
        };
        let any = Predicate::Any(collection.clone(), lambda);
        let mut joined = Joined { many: true, ..Joined::default() };
        if none {
            // A missing row cannot meet a condition.
            joined.conditions.push(if needed { Predicate::Constant(false) } else { any.negate() });
            return joined;
        }
        if needed {
            joined.conditions.push(any);
        }
        if join.kind == JoinKind::Exists {
            joined.many = false;
            return joined;
        }
        joined.expand = self.expansion(join, RelatedRows::Many(collection), of_expansion, nested);
        if !distinct || !joined.expand.is_empty() {
            let text = format!("a row comes once, not once for each of its `{navigation}`");
            self.report.add_difference(DifferenceKind::Rows, text);
        }
        joined
    }

    /// Returns the expansion that returns the columns of a joined row, as a list with one entry; an empty
    /// list if no columns are returned. `to`, `predicate` and `expand` become fields of the expansion.
    fn expansion(
        &mut self,
        join: &Join,
        to: RelatedRows,
        predicate: Predicate,
        expand: Vec<Expansion>,
    ) -> Vec<Expansion> {
        let mut columns = join.columns.clone();
        if matches!(&columns, Columns::Listed(listed) if listed.is_empty()) && expand.is_empty() {
            return Vec::new();
        }
        self.columns(&mut columns, &join.table);
        let text = format!("what is `{}.<column>` comes as an object in `{}`", join.alias, to.navigation());
        self.report.add_difference(DifferenceKind::Shape, text);
        vec![Expansion { to, columns, predicate, order: Vec::new(), top: None, expand, reference: false }]
    }

    /// Returns the many-to-many collection that is equivalent to a join to an intersect table with another
    /// join nested in it, and a join to the rows of that collection. Returns `None` if `join` does not have
    /// this form.
    fn many_to_many(&self, join: &Join, place: &RowPath) -> Option<(CollectionRef, Join)> {
        let [inner] = join.joins.as_slice() else { return None };
        let bare = join.predicate == Predicate::Constant(true)
            && matches!(&join.columns, Columns::Listed(listed) if listed.is_empty());
        // An outer link nested in another type returns pairs without a row, which no collection does.
        let asks = inner.predicate != Predicate::Constant(true) || !inner.joins.is_empty();
        if !bare || (asks && inner.kind == JoinKind::Outer && join.kind != JoinKind::Outer) {
            return None;
        }
        let collection =
            self.collection_of_intersect(place, (&join.table, &join.from), Some((&inner.table, &inner.to)))?;
        Some((collection, Join { kind: join.kind, ..inner.clone() }))
    }

    /// Returns the many-to-many collection of the row at `place` that uses the table `intersect`, in which
    /// `column` refers to that row. `other` is the table on the other side and the intersect table's column
    /// for that side; with `None` every table is accepted. Returns `None` if there is no such collection.
    pub(super) fn collection_of_intersect(
        &self,
        place: &RowPath,
        (intersect, column): (&str, &str),
        other: Option<(&str, &str)>,
    ) -> Option<CollectionRef> {
        let table = self.store.table(&place.table).ok().flatten()?;
        let mut found = table.relationships.iter().filter(|r| {
            r.side == Side::ManyToMany
                && r.navigation.is_some()
                && r.intersect.as_deref() == Some(intersect)
                && r.column.as_deref() == Some(column)
                && other.is_none_or(|(table, to)| r.table == table && r.referenced.as_deref() == Some(to))
        });
        let relationship = found.next()?;
        Some(CollectionRef {
            scope: place.scope,
            navigation: relationship.navigation.clone()?,
            table: relationship.table.clone(),
            column: relationship.column.clone(),
            referenced: relationship.referenced.clone(),
            intersect: relationship.intersect.clone(),
            single: false,
        })
    }
}

/// Returns whether the condition may be true for a joined row that does not exist, all of whose columns are
/// null.
fn keeps_null(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::And(parts) => parts.iter().all(keeps_null),
        Predicate::Or(parts) => parts.iter().any(keeps_null),
        Predicate::Test(_, test) => match test {
            Test::Null | Test::Compare(Comparison::Ne, _) => true,
            Test::Function(function, _) => function.name.contains("Not"),
            _ => false,
        },
        Predicate::Columns(..) => false,
        // Other conditions may be true.
        _ => true,
    }
}

/// Returns the logical name of the first column that a condition names; an empty text if it names none.
fn first_column(predicate: &Predicate) -> &str {
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => parts.first().map_or("", first_column),
        Predicate::Not(inner) => first_column(inner),
        Predicate::Test(column, _) | Predicate::Columns(column, ..) => &column.column,
        _ => "",
    }
}

/// Returns the first column in the orders of a join; `None` if there is no order by a column.
fn joined_order(order: &[Order]) -> Option<&ColumnRef> {
    order.iter().find_map(|order| match &order.by {
        OrderBy::Column(column) | OrderBy::Label(column) => Some(column),
        OrderBy::Result(_) => None,
    })
}
