//! Compiles single fields: compares the type of the field with the types of the columns that it is mapped to.

use dvkit_diagnostic::{Severity, Span, code, suggest};
use dvkit_schema::{Column, ColumnType, DateTimeBehavior, Edm, Relationship, Table};

use super::compile::{About, Compiler, Problem, constant};
use super::compiled::{Cell, CellKind, CompiledField, FieldSource, Item, Member, Part, Target, TemplatePart};
use super::spec::{Access, FieldSpec, ItemMember, ItemSpec, OptionName, OptionSpec, SourceSpec, SplitPart};
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
    let (source, read_only) = match &spec.source {
        SourceSpec::Column { column, options } => {
            let found = compiler.find_column(table, column, about)?;
            column_source(compiler, table, &found, column, options.as_deref(), &ty, about)?
        }
        SourceSpec::Split { column, separator, part } => {
            let found = compiler.find_column(table, column, about)?;
            let cell = cell(&found);
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
            lookup_source(compiler, &found, lookup, targets, &ty, about)?
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
                let message = format!("`{name}` is {}, and no list", ty.described());
                compiler.report(about, Problem::new(code::MAPPED_TYPE, spec.span, message));
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
    // A text field can show the name of a lookup's row, and cannot find the row that a name means.
    let read_only = match (ty, cell.kind) {
        (FieldType::Text, CellKind::Lookup) => {
            Some(format!("`{}` is a lookup, of which the field has the name", cell.column))
        }
        _ => read_only,
    };
    Some((FieldSource::Cell(cell), read_only))
}

/// Returns the problem of a column whose type does not fit the field; `None` if it fits.
fn misfit(column: &Column, cell: &Cell, span: Span, ty: &FieldType) -> Option<Problem> {
    use CellKind as Kind;

    let fits = match ty {
        FieldType::Any => true,
        FieldType::Text => matches!(
            cell.kind,
            Kind::Text | Kind::Choice | Kind::Choices | Kind::Guid | Kind::Integer | Kind::Lookup
        ),
        FieldType::Integer => cell.kind == Kind::Integer,
        FieldType::Money => cell.kind == Kind::Money,
        FieldType::Boolean => cell.kind == Kind::Boolean,
        FieldType::Date => matches!(cell.kind, Kind::Date | Kind::LocalTime),
        FieldType::Time => cell.kind == Kind::Time,
        _ => false,
    };
    if fits {
        return None;
    }
    let message =
        format!("the field is {}, and `{}` is {}", ty.described(), column.logical_name, described(cell.kind));
    let problem = Problem::new(code::MAPPED_TYPE, span, message);
    Some(match (ty, cell.kind) {
        (FieldType::Date, Kind::Time) => problem.help(
            "the column has times in UTC, whose date depends on the time zone; map it as a custom field, or use a \
             column whose behavior is date only",
        ),
        (FieldType::Money, Kind::Decimal | Kind::Integer | Kind::Float) => {
            problem.help("a number without a currency is no amount of money; map it as a custom field")
        }
        (_, Kind::Choice) => problem.help("map the options: `{ column = \"…\", options = { … } }`"),
        _ => problem,
    })
}

fn described(kind: CellKind) -> &'static str {
    match kind {
        CellKind::Text => "a text",
        CellKind::Integer => "a whole number",
        CellKind::Decimal => "a decimal number",
        CellKind::Float => "a floating-point number",
        CellKind::Money => "an amount of money",
        CellKind::Boolean => "true or false",
        CellKind::Date => "a date",
        CellKind::Time => "a time",
        CellKind::LocalTime => "a time without a time zone",
        CellKind::Guid => "a guid",
        CellKind::Choice => "a choice",
        CellKind::Choices => "a multi-select choice",
        CellKind::Lookup => "a lookup",
    }
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
            return Some((FieldSource::Cell(cell(column)), Some("a name is not written".into())));
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
    let other = compiler.store().table(&relationship.table).ok().flatten().cloned();
    let Some(other) = other else {
        let message = format!("{} has no table `{}` in its snapshot", compiler.called, relationship.table);
        compiler.report(about, Problem::new(code::MAPPED_TABLE, lookup.span, message));
        return None;
    };
    let found = compiler.find_column(&other, column, about)?;
    let (source, _) = match ty {
        // References and enums through a path would need their options beside the path.
        FieldType::Reference(_) | FieldType::Enum(_) | FieldType::Money => {
            let message = format!("the field is {}, and a path gives the value of a column", ty.described());
            compiler.report(about, Problem::new(code::MAPPED_TYPE, column.span, message));
            return None;
        }
        _ => column_source(compiler, &other, &found, column, None, ty, about)?,
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
    if let [only] = fitting.as_slice() {
        return Some((*only).clone());
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
        parts.push(TemplatePart::Cell(cell(&compiler.find_column(table, &name, about)?)));
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
                    let cell = cell(&found);
                    match misfit(&found, &cell, column.span, &FieldType::Text) {
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

/// Compares the members of an enum with the options of a choice.
fn enum_members(
    compiler: &mut Compiler<'_>,
    column: &Column,
    name: &Name,
    specs: Option<&[OptionSpec]>,
    members: &[String],
    about: About<'_>,
) -> Option<Vec<Member>> {
    let language = compiler.store().org().language();
    let choice = compiler.choice(column);
    let is_boolean = matches!(column.ty, ColumnType::Boolean { .. } | ColumnType::Edm { edm: Edm::Boolean });
    let known: Option<Vec<i64>> = match &choice {
        Some(choice) => Some(choice.options.iter().map(|option| i64::from(option.value)).collect()),
        None if is_boolean => Some(vec![0, 1]),
        None => None,
    };
    let is_choice = column.ty.is_choice()
        || is_boolean
        || matches!(column.ty, ColumnType::Edm { edm: Edm::Int32 } | ColumnType::Integer { .. });
    if !is_choice {
        let message = format!(
            "the field is one of {}, and `{}` is {}",
            members.join(", "),
            name.text,
            described(cell(column).kind)
        );
        compiler.report(about, Problem::new(code::MAPPED_TYPE, name.span, message));
        return None;
    }
    let Some(specs) = specs else {
        let message = format!("the options of `{}` are not mapped to {}", name.text, members.join(", "));
        let shown = choice.map_or_else(String::new, |choice| shown(&choice, language));
        let help = format!(
            "write `{{ column = \"{}\", options = {{ {} = … }} }}`{shown}",
            name.text,
            members.first().map_or("", String::as_str)
        );
        compiler.report(about, Problem::new(code::MAPPED_OPTION, name.span, message).help(help));
        return None;
    };
    let mut result: Vec<Member> = Vec::new();
    let mut rest: Option<String> = None;
    let mut failed = false;
    for spec in specs {
        if !members.contains(&spec.member.text) {
            let message = format!("`{}` is none of {}", spec.member.text, members.join(", "));
            let mut problem = Problem::new(code::MAPPED_OPTION, spec.member.span, message);
            if let Some(closest) = suggest::closest(&spec.member.text, members.iter().map(String::as_str)) {
                problem = problem.did_you_mean(closest);
            }
            compiler.report(about, problem);
            failed = true;
            continue;
        }
        let mut options = Vec::new();
        for option in &spec.options {
            let number = match option {
                OptionName::Label(label) if label.text == "*" => {
                    rest = Some(spec.member.text.clone());
                    continue;
                }
                OptionName::Number(number, _) => match &known {
                    Some(known) if !known.contains(number) => None,
                    _ => Some(*number),
                },
                OptionName::Label(label) => {
                    let mut with_label = choice
                        .iter()
                        .flat_map(|choice| choice.by_label(&label.text))
                        .map(|o| i64::from(o.value));
                    match (with_label.next(), with_label.next()) {
                        (Some(only), None) => Some(only),
                        _ => None,
                    }
                }
            };
            let taken = number.and_then(|number| {
                let before = result.iter().find(|member| member.options.contains(&number));
                before.map(|member| member.name.clone())
            });
            match (number, taken) {
                (Some(number), None) => options.push(number),
                (Some(number), Some(other)) => {
                    let message = format!("option {number} of `{}` is already `{other}`", name.text);
                    compiler.report(about, Problem::new(code::MAPPED_OPTION, option.span(), message));
                    failed = true;
                }
                (None, _) => {
                    let written = match option {
                        OptionName::Number(number, _) => number.to_string(),
                        OptionName::Label(label) => format!("`{}`", label.text),
                    };
                    let message = format!("`{}` has no option {written}", name.text);
                    let mut problem = Problem::new(code::MAPPED_OPTION, option.span(), message);
                    if let Some(choice) = &choice {
                        problem =
                            problem.help(shown(choice, language).trim_start_matches(';').trim().to_owned());
                    }
                    compiler.report(about, problem);
                    failed = true;
                }
            }
        }
        result.push(Member { name: spec.member.text.clone(), options });
    }
    let mapped: Vec<i64> = result.iter().flat_map(|member| member.options.iter().copied()).collect();
    let mut left: Vec<i64> = known.unwrap_or_default();
    left.retain(|option| !mapped.contains(option));
    match rest {
        Some(rest) => {
            if let Some(member) = result.iter_mut().find(|member| member.name == rest) {
                member.options.append(&mut left);
            }
        }
        None if !left.is_empty() && !failed => {
            let listed: Vec<String> = left.iter().map(ToString::to_string).collect();
            let message = format!(
                "no member has the option{} {} of `{}`, so rows with {} would have no value",
                if left.len() == 1 { "" } else { "s" },
                listed.join(", "),
                name.text,
                if left.len() == 1 { "it" } else { "them" },
            );
            let mut problem = Problem::new(code::MAPPED_OPTION, name.span, message);
            problem.severity = Severity::Warning;
            let help = "add them to a member, or write `\"*\"` for all the others";
            let shown = choice.map_or_else(String::new, |choice| shown(&choice, language));
            compiler.report(about, problem.help(format!("{help}{shown}")));
        }
        None => {}
    }
    (!failed).then_some(result)
}

/// Returns the options of a choice for a message, after a semicolon: at most twelve.
fn shown(choice: &dvkit_schema::Choice, language: u32) -> String {
    const MAX_SHOWN: usize = 12;

    let options: Vec<String> = choice
        .options
        .iter()
        .take(MAX_SHOWN)
        .map(|option| format!("{} {}", option.value, option.label.best(language).unwrap_or_default()))
        .collect();
    if options.is_empty() {
        return String::new();
    }
    let more = if choice.options.len() > MAX_SHOWN { ", …" } else { "" };
    format!("; the options are {}{more}", options.join(", "))
}

fn read_only(column: &Column) -> Option<String> {
    let never = column.valid_for_create == Some(false) && column.valid_for_update == Some(false);
    never.then(|| format!("the service does not let callers set `{}`", column.logical_name))
}

/// Returns a column with the kind of its values.
pub(crate) fn cell(column: &Column) -> Cell {
    let kind = match &column.ty {
        ColumnType::Integer { .. } | ColumnType::BigInt => CellKind::Integer,
        ColumnType::Decimal { .. } => CellKind::Decimal,
        ColumnType::Double { .. } => CellKind::Float,
        ColumnType::Money { .. } => CellKind::Money,
        ColumnType::Boolean { .. } => CellKind::Boolean,
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::DateOnly), .. } => CellKind::Date,
        ColumnType::DateTime { behavior: Some(DateTimeBehavior::TimeZoneIndependent), .. } => {
            CellKind::LocalTime
        }
        ColumnType::DateTime { .. } => CellKind::Time,
        ty if ty.is_lookup() => CellKind::Lookup,
        ty if ty.is_choice() => CellKind::Choice,
        ColumnType::Choices { .. } => CellKind::Choices,
        ColumnType::Uniqueidentifier => CellKind::Guid,
        ColumnType::Edm { edm } => match edm {
            Edm::Boolean => CellKind::Boolean,
            Edm::Date => CellKind::Date,
            Edm::DateTimeOffset => CellKind::Time,
            Edm::Decimal => CellKind::Decimal,
            Edm::Double => CellKind::Float,
            Edm::Guid => CellKind::Guid,
            Edm::Int32 | Edm::Int64 => CellKind::Integer,
            Edm::String | Edm::Binary => CellKind::Text,
        },
        _ => CellKind::Text,
    };
    let stored = !matches!(column.ty, ColumnType::Image { .. } | ColumnType::File { .. });
    Cell {
        column: column.logical_name.clone(),
        property: column.property_name().into_owned(),
        kind,
        creatable: column.valid_for_create != Some(false),
        updatable: column.valid_for_update != Some(false),
        default: match &column.ty {
            ColumnType::Choice { default, .. }
            | ColumnType::State { default, .. }
            | ColumnType::Status { default, .. } => default.map(i64::from),
            ColumnType::Boolean { default, .. } => default.map(i64::from),
            _ => None,
        },
        filterable: stored && column.source.is_none_or(|source| source != dvkit_schema::SourceType::Formula),
    }
}
