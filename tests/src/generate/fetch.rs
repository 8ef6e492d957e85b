//! Generates random FetchXML, with every kind of link, column aliases, aggregates, orders and pages.

use std::fmt::Write;

use dvkit_schema::{Column, ColumnType, Edm, Relationship, Side, Table};
use fetchxml::ast::{DateGrouping, Keyword as _, LinkType};

use super::condition::in_store;
use super::fetch_condition::filter;
use super::{Dice, table};
use crate::sample::store;

/// The row of a link that conditions and orders elsewhere in the query can name.
pub(super) struct Linked {
    pub(super) alias: String,
    pub(super) table: &'static Table,
}

/// The table that a link leads to, and the columns by which it is joined.
pub(super) struct Ends {
    pub(super) table: &'static Table,
    /// The values of `from` and `to`; `None` for a link along the N:N relationship of the two tables.
    pub(super) columns: Option<(String, String)>,
    /// If the link leads to an intersect table: the table on the other side of it, and the values of `from`
    /// and `to` of the link to that table. Otherwise `None`.
    pub(super) beyond: Option<(&'static Table, String, String)>,
}

struct Link {
    kind: LinkType,
    ends: Ends,
    alias: String,
    links: Vec<Link>,
}

/// Returns a random query on the sample organisation. It is valid according to the documentation.
pub fn fetch(dice: &mut Dice<'_>) -> String {
    let roots = ["account", "contact", "new_project", "task", "incident", "systemuser", "team"];
    let root = table(roots[dice.roll(roots.len())]);
    let aggregate = dice.roll(5) == 1;
    // Half of the queries use nothing that only FetchXML has, so that enough of them can be translated to
    // OData.
    let plain = dice.roll(2) == 0;
    let mut number = 0;
    let links = links(dice, root, 2, plain, &mut number);
    let mut linked = Vec::new();
    names(&links, &mut linked);
    let mut content = Content { aggregate, plain, aliases: Vec::new(), named: 0 };
    let mut inside = content.columns(dice, root, true);
    if dice.roll(3) > 0 {
        inside += &filter(dice, root, &linked, 2);
    }
    for link in &links {
        inside += &content.link(dice, link);
    }
    inside += &content.orders(dice, root, &linked);
    let mut fetch = String::from("<fetch");
    match dice.roll(8) {
        0 | 1 => attribute(&mut fetch, "top", &(1 + dice.roll(6)).to_string()),
        2 if !aggregate => {
            attribute(&mut fetch, "count", &(1 + dice.roll(4)).to_string());
            attribute(&mut fetch, "page", &(1 + dice.roll(2)).to_string());
        }
        3 if !aggregate => attribute(&mut fetch, "returntotalrecordcount", "true"),
        _ => {}
    }
    if aggregate {
        attribute(&mut fetch, "aggregate", "true");
    } else if dice.roll(5) == 1 {
        attribute(&mut fetch, "distinct", "true");
    }
    if dice.roll(3) == 0 {
        attribute(&mut fetch, "useraworderby", "true");
    }
    let name = &root.logical_name;
    format!("{fetch}><entity name=\"{name}\">{inside}</entity></fetch>")
}

/// Appends ` name="value"` to `out`.
pub(super) fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"");
    out.push_str(&escaped(value));
    out.push('"');
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns the start tag of a link without its closing `>`.
pub(super) fn link_start(ends: &Ends, kind: LinkType) -> String {
    let mut out = String::from("<link-entity");
    attribute(&mut out, "name", &ends.table.logical_name);
    if let Some((from, to)) = &ends.columns {
        attribute(&mut out, "from", from);
        attribute(&mut out, "to", to);
    }
    if kind != LinkType::Inner {
        attribute(&mut out, "link-type", kind.as_str());
    }
    if ends.beyond.is_some() {
        attribute(&mut out, "intersect", "true");
    }
    out
}

fn links(
    dice: &mut Dice<'_>,
    parent: &'static Table,
    depth: usize,
    plain: bool,
    number: &mut usize,
) -> Vec<Link> {
    let mut all = Vec::new();
    let several = if depth == 2 { 3 } else { 2 };
    for _ in 0..dice.roll(several).min(depth) {
        let kinds = [LinkType::Inner, LinkType::Outer, LinkType::Exists, LinkType::In, LinkType::MatchFirst];
        // The first two kinds are the most common ones.
        let kind = kinds[[0, 0, 1, 1, 2, 3, 4][dice.roll(7)]];
        let Some(ends) = ends(dice, parent, plain) else { continue };
        let mut alias = || {
            *number += 1;
            format!("l{number}")
        };
        let (own, behind) = (alias(), alias());
        let mut inner = links(dice, ends.table, depth - 1, plain, number);
        if let Some((table, from, to)) = &ends.beyond {
            let beyond = Ends { table, columns: Some((from.clone(), to.clone())), beyond: None };
            let links = links(dice, table, depth - 1, plain, number);
            inner = vec![Link { kind: LinkType::Inner, ends: beyond, alias: behind, links }];
        }
        all.push(Link { kind, ends, alias: own, links: inner });
    }
    all
}

/// Returns a random end for a link from `parent`: along a relationship from either side, over an intersect
/// table, or by two columns of one type. Returns `None` if the random choice fits no other table. If `plain`
/// is true, OData can express the link.
pub(super) fn ends(dice: &mut Dice<'_>, parent: &'static Table, plain: bool) -> Option<Ends> {
    let of = |side: Side| -> Vec<&'static Relationship> {
        let real = |r: &&Relationship| r.side == side && in_store(r) && r.table != "principal";
        parent.relationships.iter().filter(real).collect()
    };
    let key = |t: &Table| t.primary_id.clone();
    let shape = dice.roll(if plain { 7 } else { 8 });
    if shape < 3 {
        let r = *dice.pick(&of(Side::ManyToOne))?;
        let to = table(&r.table);
        let columns = Some((r.referenced.clone().or(key(to))?, r.column.clone()?));
        return Some(Ends { table: to, columns, beyond: None });
    }
    if shape < 6 || (plain && of(Side::ManyToMany).is_empty()) {
        let r = *dice.pick(&of(Side::OneToMany))?;
        let columns = Some((r.column.clone()?, r.referenced.clone().or(key(parent))?));
        return Some(Ends { table: table(&r.table), columns, beyond: None });
    }
    let many = of(Side::ManyToMany);
    if shape == 6 && !many.is_empty() {
        let r = *dice.pick(&many)?;
        let there = table(&r.table);
        if dice.roll(2) == 0 {
            return Some(Ends { table: there, columns: None, beyond: None });
        }
        let columns = Some((r.column.clone()?, key(parent)?));
        let beyond = Some((there, key(there)?, r.referenced.clone()?));
        return Some(Ends { table: table(r.intersect.as_deref()?), columns, beyond });
    }
    let tables: Vec<&'static Table> =
        store().tables().filter(|e| e.logical_name != "principal").map(|e| table(&e.logical_name)).collect();
    let there = *dice.pick(&tables)?;
    let joins = |c: &&Column| {
        matches!(c.ty, ColumnType::String { .. } | ColumnType::Integer { .. } | ColumnType::Lookup { .. })
            && c.is_property()
    };
    let ours: Vec<&Column> = parent.columns.iter().filter(joins).collect();
    let to = *dice.pick(&ours)?;
    let alike = |c: &&Column| std::mem::discriminant(&c.ty) == std::mem::discriminant(&to.ty);
    let theirs: Vec<&Column> = there.columns.iter().filter(joins).filter(alike).collect();
    let from = *dice.pick(&theirs)?;
    let columns = Some((from.logical_name.clone(), to.logical_name.clone()));
    Some(Ends { table: there, columns, beyond: None })
}

/// Adds to `linked` the rows of those links that have columns. `exists` links, and the links inside them,
/// have none.
fn names(links: &[Link], linked: &mut Vec<Linked>) {
    for link in links.iter().filter(|l| l.kind.has_columns()) {
        linked.push(Linked { alias: link.alias.clone(), table: link.ends.table });
        names(&link.links, linked);
    }
}

/// The state of writing the contents of an entity or a link.
struct Content {
    aggregate: bool,
    /// Whether columns and orders are limited to those that OData can express.
    plain: bool,
    /// The aliases of columns, which orders can name.
    aliases: Vec<String>,
    /// The number of aliases given so far.
    named: usize,
}

impl Content {
    fn alias(&mut self) -> String {
        let alias = format!("c{}", self.named);
        self.named += 1;
        self.aliases.push(alias.clone());
        alias
    }

    fn columns(&mut self, dice: &mut Dice<'_>, table: &'static Table, root: bool) -> String {
        let mut out = String::new();
        if self.aggregate {
            self.computed(dice, table, root, &mut out);
            return out;
        }
        if dice.roll(8) == 1 {
            out.push_str("<all-attributes/>");
        }
        let all = shown(dice, table, self.plain);
        let mut listed: Vec<&str> = Vec::new();
        for _ in 0..dice.roll(4) {
            let Some(column) = dice.pick(&all).filter(|c| !listed.contains(&&*c.logical_name)) else {
                continue;
            };
            listed.push(&column.logical_name);
            out.push_str("<attribute");
            attribute(&mut out, "name", &column.logical_name);
            if !self.plain && dice.roll(4) == 0 {
                attribute(&mut out, "alias", &self.alias());
            }
            out.push_str("/>");
        }
        if out.is_empty() && dice.roll(6) == 1 {
            out.push_str("<no-attrs/>");
        }
        out
    }

    /// Appends columns that are grouped by or aggregated to `out`. `root` says whether they are columns of
    /// the query's own table.
    fn computed(&mut self, dice: &mut Dice<'_>, table: &'static Table, root: bool, out: &mut String) {
        let all = shown(dice, table, self.plain);
        let numbers: Vec<&Column> = all.iter().copied().filter(|c| is_number(c)).collect();
        let mut seen: Vec<&str> = Vec::new();
        for _ in 0..dice.roll(3) {
            let fits = |c: &&&Column| {
                !matches!(c.ty, ColumnType::Choices { .. }) && !seen.contains(&&*c.logical_name)
            };
            let Some(column) = dice.pick(&all).filter(fits) else { continue };
            seen.push(&column.logical_name);
            out.push_str("<attribute");
            attribute(out, "name", &column.logical_name);
            attribute(out, "alias", &self.alias());
            attribute(out, "groupby", "true");
            if matches!(column.ty.edm(), Some(Edm::Date | Edm::DateTimeOffset)) {
                let parts = DateGrouping::ALL;
                attribute(out, "dategrouping", parts[dice.roll(parts.len())].as_str());
                if dice.roll(3) == 0 {
                    attribute(out, "usertimezone", "false");
                }
            }
            out.push_str("/>");
        }
        for _ in 0..dice.roll(3).max(usize::from(root)) {
            let functions = ["count", "countcolumn", "min", "max", "sum", "avg"];
            let mut function = functions[dice.roll(functions.len())];
            let of = if matches!(function, "sum" | "avg" | "min" | "max") { &numbers } else { &all };
            let column = dice.pick(of).copied().unwrap_or_else(|| {
                function = "count";
                all[0]
            });
            out.push_str("<attribute");
            attribute(out, "name", &column.logical_name);
            attribute(out, "alias", &self.alias());
            attribute(out, "aggregate", function);
            if function == "countcolumn" && dice.roll(2) == 0 {
                attribute(out, "distinct", "true");
            }
            out.push_str("/>");
        }
    }

    fn link(&mut self, dice: &mut Dice<'_>, link: &Link) -> String {
        let mut out = link_start(&link.ends, link.kind);
        attribute(&mut out, "alias", &link.alias);
        out.push('>');
        let table = link.ends.table;
        // Rows of an intersect table are pairs, so a link to it usually continues to the other table.
        if link.kind.has_columns() && link.ends.beyond.is_none() {
            out += &self.columns(dice, table, false);
            if !self.aggregate && !self.plain && dice.roll(4) == 0 {
                out += &order(dice, table, None, self.plain);
            }
        }
        if link.ends.beyond.is_none() && dice.roll(2) == 0 {
            out += &filter(dice, table, &[], 1);
        }
        let known = self.aliases.len();
        for inner in &link.links {
            out += &self.link(dice, inner);
        }
        if !link.kind.has_columns() {
            // Rows that are only tested have no columns to order by.
            self.aliases.truncate(known);
        }
        out + "</link-entity>"
    }

    fn orders(&mut self, dice: &mut Dice<'_>, root: &'static Table, linked: &[Linked]) -> String {
        let mut out = String::new();
        let mut aliases = std::mem::take(&mut self.aliases);
        for _ in 0..dice.roll(3) {
            if self.aggregate {
                if aliases.is_empty() {
                    break;
                }
                out.push_str("<order");
                attribute(&mut out, "alias", &aliases.remove(dice.roll(aliases.len())));
                descending(dice, &mut out);
                continue;
            }
            match dice.pick(linked).filter(|_| !self.plain && dice.roll(3) == 0) {
                Some(link) => out += &order(dice, link.table, Some(&link.alias), self.plain),
                None => out += &order(dice, root, None, self.plain),
            }
        }
        out
    }
}

fn order(dice: &mut Dice<'_>, table: &'static Table, entityname: Option<&str>, plain: bool) -> String {
    let mut all = shown(dice, table, plain);
    all.retain(|c| !matches!(c.ty, ColumnType::Choices { .. }));
    let mut out = String::from("<order");
    attribute(&mut out, "attribute", &all[dice.roll(all.len())].logical_name);
    if let Some(alias) = entityname {
        attribute(&mut out, "entityname", alias);
    }
    descending(dice, &mut out);
    out
}

fn descending(dice: &mut Dice<'_>, out: &mut String) {
    if dice.roll(2) == 0 {
        attribute(out, "descending", "true");
    }
    out.push_str("/>");
}

/// Returns the columns of `table` that can be selected. Unless `plain` is true, the result sometimes includes
/// columns that the Web API does not have.
fn shown(dice: &mut Dice<'_>, table: &'static Table, plain: bool) -> Vec<&'static Column> {
    let every = !plain && dice.roll(8) == 0;
    let known = |c: &&Column| !matches!(c.ty.edm(), None | Some(Edm::Binary));
    table.columns.iter().filter(known).filter(|c| every || c.is_property()).collect()
}

fn is_number(column: &Column) -> bool {
    matches!(
        column.ty,
        ColumnType::Money { .. }
            | ColumnType::Integer { .. }
            | ColumnType::Decimal { .. }
            | ColumnType::Double { .. }
            | ColumnType::BigInt
    )
}
