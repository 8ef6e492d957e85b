//! Compiles single fields: compares the type of the field with the types of the columns that it is mapped to.

use dvkit_diagnostic::{code, suggest};
use dvkit_schema::{Column, Relationship, Table};

use super::cell::{cell, described, misfit, read_only};
use super::choice::enum_members;
use super::compile::{About, Compiler, Problem, constant};
use super::compiled::{CellKind, CompiledField, FieldSource, Item, Part, Target, TemplatePart};
use super::spec::{Access, FieldSpec, ItemMember, ItemSpec, OptionSpec, SourceSpec, SplitPart};
use super::tree::Name;
use crate::model::FieldType;

/// Compiles a field; `None` if it does not fit, which is reported.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    table: &Table,
    spec: &FieldSpec,
    ty: FieldType,
) -> Option<CompiledField> {
    let name = spec.name.text.clone();
    let about = About { field: Some(&name), optional: spec.optional, origin: spec.origin };
    let ty = if ty == FieldType::Any { declared_type(&spec.source) } else { ty };
    let (source, read_only) = match &spec.source {
        SourceSpec::Column { column, options } => {
            let found = compiler.find_column(table, column, about)?;
            column_source(compiler, table, found, column, options.as_deref(), &ty, about)?
        }
        SourceSpec::Split { column, separator, part } => {
            let found = compiler.find_column(table, column, about)?;
            let cell = cell(found);
            if !matches!(ty, FieldType::Text | FieldType::Any) || cell.kind != CellKind::Text {
                let message = format!("`split` takes a text apart, and `{name}` is {}", ty.described());
                compiler.report(about, Problem::new(code::MAPPED_TYPE, column.span, message));
                return None;
            }
            let part = match part {
                SplitPart::First => Part::First,
                SplitPart::Last => Part::Last,
                SplitPart::Rest => Part::Rest,
                SplitPart::At(at) => Part::At(*at),
            };
            let reason = format!("`{name}` is a part of `{}`", cell.column);
            (FieldSource::Split { cell, separator: separator.clone(), part }, Some(reason))
        }
        SourceSpec::Path { lookup, target, column } => {
            path_source(compiler, table, lookup, target.as_ref(), column, &ty, about)?
        }
        SourceSpec::Lookup { lookup, targets } => {
            let found = compiler.find_column(table, lookup, about)?;
            lookup_source(compiler, found, lookup, targets, &ty, about)?
        }
        SourceSpec::Template(text) => {
            if !matches!(ty, FieldType::Text | FieldType::Any) {
                let message = format!("a template gives a text, and `{name}` is {}", ty.described());
                compiler.report(about, Problem::new(code::MAPPED_TYPE, text.span, message));
                return None;
            }
            let reason = format!("`{name}` is put together from several columns");
            (FieldSource::Template(template(compiler, table, text, about)?), Some(reason))
        }
        SourceSpec::Value(value) => {
            let value = constant(Some(&ty), value);
            if let FieldType::Enum(members) = &ty
                && !value.as_str().is_some_and(|text| members.iter().any(|member| member == text))
            {
                let message = format!("`{name}` is {}", ty.described());
                compiler.report(about, Problem::new(code::MAPPED_OPTION, spec.span, message));
                return None;
            }
            (FieldSource::Constant(value), Some(format!("the mapping gives `{name}` a constant")))
        }
        SourceSpec::List(items) => {
            if ty.item_members().is_empty() {
                let message = format!("`{name}` is {}, and not a list", ty.described());
                let mut problem = Problem::new(code::MAPPED_TYPE, spec.span, message);
                if ty == FieldType::Any {
                    problem = problem.help(
                        "name the members of the items: `{ email = \"…\" }`, `{ number = \"…\" }`, `{ url = \"…\" }`, or \
                         those of an address, such as `{ city = \"…\" }`",
                    );
                }
                compiler.report(about, problem);
                return None;
            }
            let items = list(compiler, table, &name, items, &ty, spec.optional);
            if items.is_empty() {
                return None;
            }
            (FieldSource::List(items), None)
        }
        SourceSpec::Hook(hook) => (FieldSource::Hook(hook.text.clone()), None),
    };
    let read_only = match spec.access {
        Access::ReadOnly => Some(format!("the mapping says that `{name}` is read-only")),
        Access::Both => read_only,
        Access::WriteOnly => {
            if let Some(reason) = read_only {
                let message = format!("`{name}` is write-only, and cannot be written: {reason}");
                compiler.report(about, Problem::new(code::READ_ONLY_COLUMN, spec.span, message));
                return None;
            }
            None
        }
    };
    Some(CompiledField { name, ty, source, readable: spec.access != Access::WriteOnly, read_only })
}

/// Returns the type of a field that the model does not have, as far as its entry says it: `options` make an enum of their
/// members, and the members of the items say what a list has.
fn declared_type(source: &SourceSpec) -> FieldType {
    match source {
        SourceSpec::Column { options: Some(options), .. } => {
            let members: Vec<String> = options.iter().map(|option| option.member.text.clone()).collect();
            match members.iter().all(|member| member == "true" || member == "false") {
                true => FieldType::Boolean,
                false => FieldType::Enum(members),
            }
        }
        SourceSpec::List(items) => {
            let names = || items.iter().flat_map(|item| &item.members).map(|(name, _)| name.text.as_str());
            // All items may have a type, so that it alone says nothing.
            if !names().any(|name| name != "type") {
                return FieldType::Any;
            }
            let lists = [
                FieldType::EmailAddresses,
                FieldType::PhoneNumbers,
                FieldType::Addresses,
                FieldType::WebLinks,
            ];
            let fitting = lists.into_iter().find(|list| names().all(|n| list.item_members().contains(&n)));
            fitting.unwrap_or(FieldType::Any)
        }
        _ => FieldType::Any,
    }
}

/// A source, and the reason why writes cannot set it.
type Source = (FieldSource, Option<String>);

fn column_source(
    compiler: &mut Compiler<'_>,
    table: &Table,
    column: &Column,
    name: &Name,
    options: Option<&[OptionSpec]>,
    ty: &FieldType,
    about: About<'_>,
) -> Option<Source> {
    let cell = cell(column);
    let read_only = read_only(column);
    match ty {
        FieldType::Enum(members) => {
            let members = enum_members(compiler, column, name, options, members, about)?;
            return Some((FieldSource::Enum { cell, members }, read_only));
        }
        FieldType::Boolean if options.is_some() => {
            let names = ["true".to_owned(), "false".to_owned()];
            let members = enum_members(compiler, column, name, options, &names, about)?;
            return Some((FieldSource::Enum { cell, members }, read_only));
        }
        FieldType::Reference(resources) if column.ty.is_choice() => {
            let path = format!("{}.{}", table.logical_name, column.logical_name);
            let resource = compiler.choice_resources.get(&path).filter(|r| resources.contains(r)).cloned();
            let Some(resource) = resource else {
                let message =
                    format!("`{path}` is a choice, and its options are not the records of a resource");
                let resource = resources.first().map_or("stages", String::as_str);
                let help = format!("declare them: `[{resource}]` with `choice = \"{path}\"`");
                compiler.report(about, Problem::new(code::MAPPED_TYPE, name.span, message).help(help));
                return None;
            };
            let options = compiler.choice(column).map_or_else(Vec::new, |choice| {
                choice.options.iter().map(|option| i64::from(option.value)).collect()
            });
            return Some((FieldSource::ChoiceReference { cell, resource, options }, read_only));
        }
        FieldType::Reference(_) => return lookup_source(compiler, column, name, &[], ty, about),
        FieldType::Any if cell.kind == CellKind::Lookup => {
            return lookup_source(compiler, column, name, &[], ty, about);
        }
        _ => {}
    }
    if let Some(options) = options.and_then(<[_]>::first) {
        let message = format!("`options` are for enums, and the field is {}", ty.described());
        compiler.report(about, Problem::new(code::MAPPED_OPTION, options.member.span, message));
        return None;
    }
    if let Some(problem) = misfit(column, &cell, name.span, ty) {
        compiler.report(about, problem);
        return None;
    }
    if (ty, cell.kind) == (&FieldType::Text, CellKind::Lookup) {
        return Some(name_of(column));
    }
    Some((FieldSource::Cell(cell), read_only))
}

/// Returns the source of a text that is the name of a lookup's row. Which row a name means cannot be found out, so
/// that it is not written.
fn name_of(column: &Column) -> Source {
    let reason = format!("`{}` is a lookup, of which the field has the name", column.logical_name);
    (FieldSource::Cell(cell(column)), Some(reason))
}

fn lookup_source(
    compiler: &mut Compiler<'_>,
    column: &Column,
    name: &Name,
    wanted: &[Name],
    ty: &FieldType,
    about: About<'_>,
) -> Option<Source> {
    let any = Vec::new();
    let resources = match ty {
        FieldType::Reference(resources) => resources,
        FieldType::Any => &any,
        FieldType::Text => {
            return Some(name_of(column));
        }
        _ => {
            let message = format!("the field is {}, and `{}` is a lookup", ty.described(), name.text);
            compiler.report(about, Problem::new(code::MAPPED_TYPE, name.span, message));
            return None;
        }
    };
    if !column.ty.is_lookup() {
        let message = format!(
            "the field is {}, and `{}` is {}",
            ty.described(),
            name.text,
            described(cell(column).kind)
        );
        compiler.report(about, Problem::new(code::MAPPED_TYPE, name.span, message));
        return None;
    }
    let known = column.ty.targets();
    let mut tables: Vec<String> = Vec::new();
    if wanted.is_empty() {
        tables.extend(known.iter().cloned());
    }
    for target in wanted {
        if known.is_empty() || known.contains(&target.text) {
            tables.push(target.text.clone());
            continue;
        }
        let message = format!("`{}` does not point to `{}`", name.text, target.text);
        let mut problem = Problem::new(code::MAPPED_TARGET, target.span, message);
        problem = match suggest::closest(&target.text, known.iter().map(String::as_str)) {
            Some(closest) => problem.did_you_mean(closest),
            None => problem.help(format!("it points to {}", known.join(", "))),
        };
        compiler.report(about, problem);
        return None;
    }
    let targets: Vec<Target> = tables
        .into_iter()
        .map(|table| {
            let of = compiler.resources_of.get(&table);
            // The resource that the model expects comes before others that have rows of the same table.
            let expected = of.and_then(|of| of.iter().find(|resource| resources.contains(resource)));
            let resource = expected.or_else(|| of.and_then(|of| of.first())).cloned();
            Target { table, resource }
        })
        .collect();
    Some((FieldSource::Lookup { cell: cell(column), targets }, read_only(column)))
}

fn path_source(
    compiler: &mut Compiler<'_>,
    table: &Table,
    lookup: &Name,
    target: Option<&Name>,
    column: &Name,
    ty: &FieldType,
    about: About<'_>,
) -> Option<Source> {
    let relationship = navigation(compiler, table, lookup, target, about)?;
    let other = compiler.store().table(&relationship.table).ok().flatten();
    let Some(other) = other else {
        let message = format!("{} has no table `{}` in its snapshot", compiler.called, relationship.table);
        compiler.report(about, Problem::new(code::MAPPED_TABLE, lookup.span, message));
        return None;
    };
    let found = compiler.find_column(other, column, about)?;
    let (source, _) = match ty {
        // References and enums through a path would need their options beside the path.
        FieldType::Reference(_) | FieldType::Enum(_) | FieldType::Money => {
            let message = format!("the field is {}, and a path gives the value of a column", ty.described());
            compiler.report(about, Problem::new(code::MAPPED_TYPE, column.span, message));
            return None;
        }
        _ => column_source(compiler, other, found, column, None, ty, about)?,
    };
    let cell = match source {
        FieldSource::Cell(cell) | FieldSource::Lookup { cell, .. } => cell,
        _ => return None,
    };
    let navigation = relationship.navigation.clone()?;
    let reason = format!("the value is in another row, to which `{}` leads", lookup.text);
    Some((FieldSource::Path { navigation, cell }, Some(reason)))
}

/// Finds the relationship of a path, by the lookup and the table that it leads to, or by the navigation property.
fn navigation(
    compiler: &mut Compiler<'_>,
    table: &Table,
    lookup: &Name,
    target: Option<&Name>,
    about: About<'_>,
) -> Option<Relationship> {
    if let Some(relationship) = table.navigation(&lookup.text).filter(|r| r.is_single()) {
        return Some(relationship.clone());
    }
    let column = compiler.find_column(table, lookup, about)?;
    let all: Vec<&Relationship> =
        table.lookups_of(&column.logical_name).filter(|r| r.navigation.is_some()).collect();
    let fitting: Vec<&Relationship> =
        all.iter().copied().filter(|r| target.is_none_or(|target| target.text == r.table)).collect();
    // Activities have the lookup of all activities, and one of their own to the same table.
    if let Some(first) = fitting.first().filter(|first| fitting.iter().all(|r| r.table == first.table)) {
        let suffix = format!("_{}", table.logical_name);
        let own =
            fitting.iter().find(|r| r.navigation.as_deref().is_some_and(|name| name.ends_with(&suffix)));
        return Some((*own.unwrap_or(first)).clone());
    }
    let tables: Vec<&str> = all.iter().map(|r| r.table.as_str()).collect();
    let problem = match target {
        _ if all.is_empty() => {
            let message = format!("`{}` is no lookup whose target the snapshot knows", lookup.text);
            Problem::new(code::MAPPED_TARGET, lookup.span, message)
        }
        Some(target) => {
            let message = format!("`{}` does not point to `{}`", lookup.text, target.text);
            Problem::new(code::MAPPED_TARGET, target.span, message)
                .help(format!("it points to {}", tables.join(", ")))
        }
        None => {
            let message = format!("`{}` points to several tables", lookup.text);
            let help = format!("add `target`: one of {}", tables.join(", "));
            Problem::new(code::MAPPED_TARGET, lookup.span, message).help(help)
        }
    };
    compiler.report(about, problem);
    None
}

fn template(
    compiler: &mut Compiler<'_>,
    table: &Table,
    text: &Name,
    about: About<'_>,
) -> Option<Vec<TemplatePart>> {
    let mut parts = Vec::new();
    let mut rest = text.text.as_str();
    while !rest.is_empty() {
        let Some(open) = rest.find('{') else {
            parts.push(TemplatePart::Text(rest.to_owned()));
            break;
        };
        if open > 0 {
            parts.push(TemplatePart::Text(rest[..open].to_owned()));
        }
        let Some(close) = rest[open..].find('}').map(|at| open + at) else {
            let message = "a `{` of the template is not closed";
            compiler.report(about, Problem::new(code::INVALID_MAPPING, text.span, message));
            return None;
        };
        let at = text.text.len() - rest.len() + open + 1;
        let column = &rest[open + 1..close];
        let span = text.part(at..at + column.len());
        let name = Name { text: column.trim().to_owned(), span, origin: text.origin };
        parts.push(TemplatePart::Cell(cell(compiler.find_column(table, &name, about)?)));
        rest = &rest[close + 1..];
    }
    Some(parts)
}

fn list(
    compiler: &mut Compiler<'_>,
    table: &Table,
    field: &str,
    specs: &[ItemSpec],
    ty: &FieldType,
    optional: bool,
) -> Vec<Item> {
    let members = ty.item_members();
    let mut items: Vec<Item> = Vec::new();
    for (at, spec) in specs.iter().enumerate() {
        let path = format!("{field}[{at}]");
        let about = About { field: Some(&path), optional: optional || spec.optional, origin: spec.origin };
        let mut item = Item { constants: Vec::new(), cells: Vec::new() };
        for (member, value) in &spec.members {
            // A plain text in the list is the column of the first member.
            let name = if member.text.is_empty() { members[0] } else { member.text.as_str() };
            if !members.contains(&name) {
                let message = format!("an item of `{field}` has no member `{name}`");
                let problem = Problem::new(code::UNKNOWN_FIELD, member.span, message);
                compiler.report(about, problem.help(format!("possible: {}", members.join(", "))));
                continue;
            }
            match value {
                ItemMember::Constant(text) => item.constants.push((name.to_owned(), text.clone())),
                ItemMember::Column(column) => {
                    let Some(found) = compiler.find_column(table, column, about) else { continue };
                    let cell = cell(found);
                    match misfit(found, &cell, column.span, &FieldType::Text) {
                        Some(problem) => compiler.report(about, problem),
                        None => item.cells.push((name.to_owned(), cell)),
                    }
                }
            }
        }
        if item.cells.is_empty() {
            continue;
        }
        if items.iter().any(|other| other.constants == item.constants) {
            let message =
                format!("two items of `{field}` have the same `type`, so writes could not tell them apart");
            compiler.report(about, Problem::new(code::INVALID_MAPPING, spec.span, message));
            continue;
        }
        items.push(item);
    }
    items
}
