//! Generates random filters of FetchXML, with every operator, columns as values, conditions on linked rows,
//! and links as conditions.

use dvkit_query::functions;
use dvkit_query::hir::Value;
use dvkit_query::odata;
use dvkit_schema::{Column, ColumnType, Edm, Table};
use fetchxml::ast::{Arity, Keyword as _, LinkType, Operator, ValueKind};

use super::condition::says_something;
use super::fetch::{Linked, attribute, ends, escaped, link_start};
use super::value::{guid, text};
use super::{Dice, value};

/// Returns a random `filter` element for rows of `table`. Its conditions can also name the linked rows
/// `linked`. `depth` limits the nesting.
pub(super) fn filter(dice: &mut Dice<'_>, table: &'static Table, linked: &[Linked], depth: usize) -> String {
    let mut out = String::from("<filter");
    if dice.roll(2) == 0 {
        attribute(&mut out, "type", "or");
    }
    out.push('>');
    for _ in 0..1 + dice.roll(3) {
        match dice.roll(8) {
            0 if depth > 0 => out += &filter(dice, table, linked, depth - 1),
            1 | 2 if depth > 0 => out += &filter_link(dice, table, depth - 1).unwrap_or_default(),
            3 if !linked.is_empty() => out += &filter_of_link(dice, table, linked),
            _ => out += &condition(dice, table, linked, false),
        }
    }
    // An empty filter has a warning of its own.
    if out.ends_with("<filter>") || out.ends_with("\"or\">") {
        out += &condition(dice, table, linked, false);
    }
    out + "</filter>"
}

/// Returns a random `filter` element with conditions on one of the linked rows only.
fn filter_of_link(dice: &mut Dice<'_>, table: &'static Table, linked: &[Linked]) -> String {
    let one = dice.roll(linked.len());
    let mut out = String::from("<filter");
    if dice.roll(3) > 0 {
        attribute(&mut out, "type", "or");
    }
    out.push('>');
    for _ in 0..2 + dice.roll(2) {
        out += &condition(dice, table, &linked[one..=one], true);
    }
    out + "</filter>"
}

/// Returns a random `link-entity` element that is a condition, such as `any` or `not all`; `None` if `table`
/// has no relationship for it. `depth` limits the nesting.
fn filter_link(dice: &mut Dice<'_>, table: &'static Table, depth: usize) -> Option<String> {
    let kinds = [LinkType::Any, LinkType::NotAny, LinkType::All, LinkType::NotAll];
    let kind = kinds[dice.roll(kinds.len())];
    let plain = dice.roll(4) > 0;
    let to = ends(dice, table, plain)?;
    let mut out = link_start(&to, kind) + ">";
    if let Some((there, from, column)) = &to.beyond {
        let columns = Some((from.clone(), column.clone()));
        let behind = super::fetch::Ends { table: there, columns, beyond: None };
        out += &(link_start(&behind, LinkType::Inner) + ">");
        if dice.roll(4) > 0 {
            out += &filter(dice, there, &[], depth);
        }
        out += "</link-entity>";
    } else if dice.roll(6) > 0 {
        out += &filter(dice, to.table, &[], depth);
    }
    Some(out + "</link-entity>")
}

/// Returns a random `condition` element. If `of_link` is true, it is about one of the linked rows, otherwise
/// about the row of `table` or a linked row.
fn condition(dice: &mut Dice<'_>, table: &'static Table, linked: &[Linked], of_link: bool) -> String {
    let mut out = String::from("<condition");
    let of = dice.pick(linked).filter(|_| of_link || dice.roll(3) == 0);
    if let Some(link) = of {
        attribute(&mut out, "entityname", &link.alias);
    }
    let owner = of.map_or(table, |link| link.table);
    let every = dice.roll(12) == 1;
    let columns: Vec<&Column> =
        owner.columns.iter().filter(|c| compared(c) && (every || c.is_property())).collect();
    let column = columns[dice.roll(columns.len())];
    attribute(&mut out, "attribute", &column.logical_name);
    if dice.roll(12) == 1 {
        let other = dice.pick(linked).filter(|_| of_link || dice.roll(2) == 0);
        let alike = |c: &&Column| {
            compared(c)
                && c.is_property()
                && std::mem::discriminant(&c.ty) == std::mem::discriminant(&column.ty)
                && c.ty.edm() == column.ty.edm()
        };
        let alikes: Vec<&Column> = other.map_or(table, |o| o.table).columns.iter().filter(alike).collect();
        if let Some(right) = dice.pick(&alikes) {
            let operators =
                [Operator::Eq, Operator::Ne, Operator::Gt, Operator::Ge, Operator::Lt, Operator::Le];
            let operator = operators[dice.roll(if is_ordered(column) { 6 } else { 2 })];
            attribute(&mut out, "operator", operator.as_str());
            let name = &right.logical_name;
            let valueof = other.map_or_else(|| name.clone(), |link| format!("{}.{name}", link.alias));
            attribute(&mut out, "valueof", &valueof);
            return out + "/>";
        }
    }
    let operators: Vec<Operator> =
        Operator::ALL.iter().copied().filter(|o| applies(*o, owner, column)).collect();
    let operator = operators[dice.roll(operators.len())];
    attribute(&mut out, "operator", operator.as_str());
    let number = match operator.arity() {
        Arity::None => return out + "/>",
        Arity::One => {
            attribute(&mut out, "value", &operand(dice, operator, column, 0));
            return out + "/>";
        }
        Arity::List => 1 + dice.roll(3),
        Arity::Two => 2,
    };
    out.push('>');
    for n in 0..number {
        out += &format!("<value>{}</value>", escaped(&operand(dice, operator, column, n)));
    }
    out + "</condition>"
}

fn compared(column: &Column) -> bool {
    !matches!(column.ty.edm(), None | Some(Edm::Binary))
}

fn is_ordered(column: &Column) -> bool {
    !column.ty.is_lookup()
        && !matches!(
            column.ty,
            ColumnType::Boolean { .. } | ColumnType::Uniqueidentifier | ColumnType::Choices { .. }
        )
}

fn applies(operator: Operator, table: &Table, column: &Column) -> bool {
    if let Some(function) = operator.function().and_then(functions::find) {
        return says_something(function, table, column);
    }
    match operator {
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => is_ordered(column),
        Operator::Eq | Operator::Ne | Operator::Neq | Operator::Null | Operator::NotNull => true,
        // Conditions on a lookup's name column compare the names of the rows that it points to.
        _ => {
            matches!(column.ty, ColumnType::String { .. } | ColumnType::Memo { .. }) || column.ty.is_lookup()
        }
    }
}

/// Returns a random value for a condition with this operator and column. `n` is the index of the value in the
/// condition.
fn operand(dice: &mut Dice<'_>, operator: Operator, column: &Column, n: usize) -> String {
    match operator.value_kind() {
        ValueKind::Nothing => String::new(),
        ValueKind::Pattern => {
            let text = text(dice);
            let patterns = [format!("%{text}%"), format!("{text}%"), format!("%{text}"), text.clone()];
            let inside = ["a%b", "_nn", "%[a-c]%b", "A_n", "%"];
            patterns.get(dice.roll(6)).cloned().unwrap_or_else(|| inside[dice.roll(5)].to_owned())
        }
        ValueKind::Choice => (1 + dice.roll(4)).to_string(),
        ValueKind::Count => (1 + dice.roll(9)).to_string(),
        ValueKind::FiscalYear => (2023 + dice.roll(4)).to_string(),
        ValueKind::FiscalPeriod => (1 + dice.roll(5)).to_string(),
        ValueKind::FiscalPeriodAndYear if n == 0 => (1 + dice.roll(5)).to_string(),
        ValueKind::FiscalPeriodAndYear => (2023 + dice.roll(4)).to_string(),
        ValueKind::Record => guid(i64::try_from(dice.roll(4)).unwrap_or(0)).to_string(),
        ValueKind::Text => text(dice),
        ValueKind::Column | ValueKind::Date | ValueKind::NumberOrDate => {
            if matches!(column.ty, ColumnType::Choices { .. }) {
                return ["1", "1,2", "2,3"][dice.roll(3)].to_owned();
            }
            match value(dice, column) {
                Value::Text(text) => text,
                Value::Boolean(b) => u8::from(b).to_string(),
                Value::Guid(id) if dice.roll(4) == 0 => format!("{{{}}}", id.to_string().to_uppercase()),
                other => odata::value(&other),
            }
        }
    }
}
