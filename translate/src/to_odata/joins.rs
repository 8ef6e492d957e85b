//! Joins as paths, lambdas and expansions.

use dvkit_diagnostic::code;
use dvkit_schema::Side;

use super::predicate::{Place, Rows};
use super::{Found, Translator, joined_order};
use crate::fidelity::DifferenceKind;
use crate::provenance::Subject;
use dvkit_query::hir::{
    Collection, ColumnRef, Columns, Comparison, Expansion, Join, JoinKind, Link, Predicate, Property,
    Related, Test,
};

/// What joins come to.
#[derive(Default)]
pub(super) struct Joined {
    /// Conditions on the row that they are joined to.
    pub(super) conditions: Vec<Predicate>,
    pub(super) expand: Vec<Expansion>,
    /// Did they multiply rows?
    pub(super) many: bool,
}

/// Conditions of the query on rows of a collection, by the alias of the join.
pub(super) type OfJoins = Vec<(String, Predicate)>;

/// Takes the conditions on the rows of one joined collection out of a conjunction: in FetchXML they are about the pair, so all
/// of them belong into one lambda.
pub(super) fn split(predicate: Predicate, joins: &[Join]) -> (Predicate, OfJoins) {
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

/// Are the rows called by `alias` the many of this join, directly or behind its intersect table?
fn is_collection(join: &Join, alias: &str) -> bool {
    let many = !join.single && join.navigation.is_some() && join.alias == alias;
    let behind = join.navigation.is_none() && !join.single;
    many || (behind && matches!(join.joins.as_slice(), [inner] if inner.single && inner.alias == alias))
}

/// The alias of the one joined row that a condition is subject.
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

/// The same condition, said of the joined row itself.
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

/// A column without anything special.
pub(super) fn plain(column: String, scope: usize, path: Vec<Link>) -> ColumnRef {
    ColumnRef { scope, join: None, path, column, property: Property::Plain }
}

/// There is a row at this place: its key has a value.
pub(super) fn present(key: &str, place: &Place) -> Predicate {
    Predicate::Test(plain(key.to_owned(), place.scope, place.path.clone()), Test::NotNull)
}

impl Translator<'_> {
    /// Joins to the row at `place`.
    pub(super) fn joins(
        &mut self,
        joins: &[Join],
        place: &Place,
        of_joins: &OfJoins,
        distinct: bool,
    ) -> Joined {
        let mut all = Joined::default();
        for join in joins {
            if let Some(column) = joined_order(&join.order) {
                let message =
                    format!("rows are ordered by columns of `{}`, and OData orders by their own", join.alias);
                let subject = Subject::Order(Some(join.alias.clone()), column.column.clone());
                self.report.cannot_translate_part(code::ORDER_BY_JOINED, subject, message);
            }
            if !join.names.is_empty() {
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
                    let message = format!("`{}` is joined by columns that are no relationship", join.alias);
                    let subject = Subject::JoinColumns(join.alias.clone());
                    self.report.cannot_translate(code::JOIN_WITHOUT_RELATIONSHIP, subject, message);
                    self.aliases.push((join.alias.clone(), Found::Many));
                    continue;
                };
                if join.single {
                    self.one(join, navigation, place, of_joins, distinct)
                } else {
                    let collection = Collection {
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

    /// The row that a lookup points to.
    fn one(
        &mut self,
        join: &Join,
        navigation: &str,
        place: &Place,
        of_joins: &OfJoins,
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
            return self.one_on_condition(join, link, of_joins, distinct);
        }
        let there = place.behind(link.clone());
        self.aliases.push((join.alias.clone(), Found::At(there.clone())));
        let on = self.predicate(join.predicate.clone(), &mut Rows::at(there.clone()));
        let mut joined = self.joins(&join.joins, &there, of_joins, distinct);
        let nested = std::mem::take(&mut joined.expand);
        if join.kind != JoinKind::Outer {
            joined.conditions.insert(0, present(&join.from, &there));
            joined.conditions.push(on);
        }
        joined.expand = self.expansion(join, Related::One(link), Predicate::Constant(true), nested);
        joined
    }

    /// The row that a lookup points to, where it meets a condition: whoever does not ask for its columns asks nothing.
    fn one_on_condition(&mut self, join: &Join, link: Link, of_joins: &OfJoins, distinct: bool) -> Joined {
        let behind = self.aliases.len();
        let row = Place { scope: 0, path: Vec::new(), table: join.table.clone() };
        self.aliases.push((join.alias.clone(), Found::At(row.clone())));
        let on = self.predicate(join.predicate.clone(), &mut Rows::at(row.clone()));
        let nested = self.joins(&join.joins, &row, of_joins, distinct);
        self.aliases.iter_mut().skip(behind).for_each(|(_, found)| *found = Found::OnCondition);
        let predicate = Predicate::and([vec![on], nested.conditions].concat());
        let navigation = link.navigation.clone();
        let expand = self.expansion(join, Related::One(link), predicate, nested.expand);
        if !expand.is_empty() {
            let text =
                format!("`$filter` on the one row of `{navigation}` is documented for collections only");
            self.report.differs(DifferenceKind::Undocumented, text);
        }
        Joined { conditions: Vec::new(), expand, many: nested.many }
    }

    /// Rows of a collection.
    fn many(
        &mut self,
        join: &Join,
        collection: Collection,
        place: &Place,
        of_joins: &OfJoins,
        distinct: bool,
    ) -> Joined {
        let navigation = collection.navigation.clone();
        self.aliases.push((join.alias.clone(), Found::Many));
        if join.kind == JoinKind::First {
            let message = format!("an expansion of `{navigation}` gives all rows, not one of them");
            self.report.cannot_translate(code::FIRST_MATCH, Subject::JoinKind(join.alias.clone()), message);
        }
        if !place.path.is_empty() {
            let message = format!("`{navigation}` is a collection of a joined row");
            self.report.cannot_translate(code::JOINED_CONDITION, Subject::Join(join.alias.clone()), message);
            return Joined::default();
        }
        // `entityname` conditions: that there is no row, or what the row of the pair has to be.
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
                    "the condition on `{}.{name}` also keeps rows that have no `{navigation}`",
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
        // The same condition twice: for the lambda, and for an expansion, whose rows begin anew.
        let mut of_rows = |scope: usize| {
            let row = Place { scope, path: Vec::new(), table: join.table.clone() };
            let own = self.predicate(condition.clone(), &mut Rows::at(row.clone()));
            let nested = self.joins(&join.joins, &row, of_joins, distinct);
            let all = [vec![own], nested.conditions].concat();
            (Predicate::and(all), nested.expand)
        };
        let (inside, _) = of_rows(place.scope + 1);
        let (of_expansion, nested) = of_rows(0);
        // From outside nothing of a collection can be named.
        self.aliases.iter_mut().skip(behind).for_each(|(_, found)| *found = Found::Many);
        let lambda = match inside {
            Predicate::Constant(true) => None,
            inside => Some(Box::new(inside)),
        };
        let any = Predicate::Any(collection.clone(), lambda);
        let mut joined = Joined { many: true, ..Joined::default() };
        if none {
            // No row, and yet one that is asked something.
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
        joined.expand = self.expansion(join, Related::Many(collection), of_expansion, nested);
        if !distinct || !joined.expand.is_empty() {
            let text = format!("a row comes once, not once for each of its `{navigation}`");
            self.report.differs(DifferenceKind::Rows, text);
        }
        joined
    }

    /// What comes along of joined rows; nothing where no column of them is asked for.
    fn expansion(
        &mut self,
        join: &Join,
        to: Related,
        predicate: Predicate,
        expand: Vec<Expansion>,
    ) -> Vec<Expansion> {
        let mut columns = join.columns.clone();
        if matches!(&columns, Columns::Listed(listed) if listed.is_empty()) && expand.is_empty() {
            return Vec::new();
        }
        self.columns(&mut columns, &join.table);
        let text = format!("what is `{}.<column>` comes as an object in `{}`", join.alias, to.navigation());
        self.report.differs(DifferenceKind::Shape, text);
        vec![Expansion { to, columns, predicate, order: Vec::new(), top: None, expand, reference: false }]
    }

    /// An intersect table with the rows behind it: the collection that it stands for, joined as the two links together do.
    fn many_to_many(&self, join: &Join, place: &Place) -> Option<(Collection, Join)> {
        let [inner] = join.joins.as_slice() else { return None };
        let bare = join.predicate == Predicate::Constant(true)
            && matches!(&join.columns, Columns::Listed(listed) if listed.is_empty());
        // An outer link behind another kind asks for a pair and not for the row behind it, which no collection does.
        let asks = inner.predicate != Predicate::Constant(true) || !inner.joins.is_empty();
        if !bare || (asks && inner.kind == JoinKind::Outer && join.kind != JoinKind::Outer) {
            return None;
        }
        let collection =
            self.behind_intersect(place, (&join.table, &join.from), Some((&inner.table, &inner.to)))?;
        Some((collection, Join { kind: join.kind, ..inner.clone() }))
    }

    /// The many-to-many collection of the row at `place` whose intersect table this is, with the column for that row; `other` is
    /// the table on the other side with its column, where it is asked for anything.
    pub(super) fn behind_intersect(
        &self,
        place: &Place,
        (intersect, column): (&str, &str),
        other: Option<(&str, &str)>,
    ) -> Option<Collection> {
        let table = self.store.table(&place.table).ok().flatten()?;
        let mut found = table.relationships.iter().filter(|r| {
            r.side == Side::ManyToMany
                && r.navigation.is_some()
                && r.intersect.as_deref() == Some(intersect)
                && r.column.as_deref() == Some(column)
                && other.is_none_or(|(table, to)| r.table == table && r.referenced.as_deref() == Some(to))
        });
        let relationship = found.next()?;
        Some(Collection {
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

/// Can the condition hold where the row, and so every value of it, is missing?
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
        // Whatever is not known to be false there.
        _ => true,
    }
}

/// The first column that a condition names.
fn first_column(predicate: &Predicate) -> &str {
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => parts.first().map_or("", first_column),
        Predicate::Not(inner) => first_column(inner),
        Predicate::Test(column, _) | Predicate::Columns(column, ..) => &column.column,
        _ => "",
    }
}
