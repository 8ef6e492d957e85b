//! Proposes overrides for an organisation: columns that probably hold what a mapping misses, by their names, labels
//! and types.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dvkit::by_name::Organisation;
use dvkit_schema::{Column, ColumnType, Table};

use super::cell::cell;
use super::compiled::{CellKind, CompiledMapping, Missing};
use crate::connection::source_cells;
use crate::mapping::RecordSource;
use crate::model::{self, FieldType};

/// A column that an organisation probably uses for a field that a mapping misses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedField {
    /// The resource.
    pub resource: String,
    /// The field; for an item of a list with its position: `phone_numbers[1]`.
    pub field: String,
    /// The table.
    pub table: String,
    /// The column that the mapping names, which the organisation does not have.
    pub missing: String,
    /// The columns that may be used instead, the most probable one first: at most three.
    pub columns: Vec<String>,
    /// The label of the first column; `None` if it has none.
    pub label: Option<String>,
}

/// What people call the same thing. A word of one group in the name or label of a column speaks for a field with
/// another word of the group.
const SYNONYMS: &[&[&str]] = &[
    &["web", "website", "websiteurl", "url", "homepage", "webseite", "internet"],
    &["mobile", "mobilephone", "mobil", "handy", "cell", "cellphone", "natel"],
    &["phone", "telephone", "telefon", "tel"],
    &["industry", "industrycode", "branche", "sector", "sektor"],
    &["salutation", "prefix", "anrede", "titel"],
    &["country", "land", "laendercode", "staat"],
    &["external", "externalid", "extern", "erp", "erpid", "foreignid"],
    &["source", "leadsource", "leadsourcecode", "herkunft", "quelle", "origin"],
    &["stage", "salesstage", "phase", "stufe", "step", "stepname"],
    &["number", "nummer", "no", "nr", "accountnumber", "kundennummer"],
    &["department", "abteilung"],
    &["title", "jobtitle", "funktion", "position"],
    &["employees", "numberofemployees", "mitarbeiter", "headcount"],
    &["revenue", "umsatz", "turnover"],
    &["email", "mail", "emailaddress"],
    &["city", "ort", "town", "stadt"],
    &["postalcode", "zip", "plz", "postcode"],
    &["street", "line1", "strasse"],
    &["stateorprovince", "province", "kanton", "bundesland"],
    &["birthday", "birthdate", "geburtstag", "geburtsdatum"],
    &["gender", "gendercode", "geschlecht", "sex"],
    &["rating", "bewertung", "quality"],
];

/// Words that many columns share, and that tell nothing about what they hold.
const COMMON: &[&str] =
    &["address", "address1", "address2", "name", "code", "id", "line", "adresse", "other"];

/// The score from which a column is proposed.
const MIN_SCORE: u32 = 4;

/// Returns the columns that probably hold what a compiled mapping misses in an organisation. Columns that the mapping
/// uses are not proposed.
#[must_use]
pub fn propose(mapping: &CompiledMapping, organisation: &Organisation) -> Vec<ProposedField> {
    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    for resource in &mapping.resources {
        let RecordSource::Tables(tables) = &resource.records else { continue };
        for table in tables {
            for field in table.fields.iter().chain(&table.custom) {
                used.extend(
                    source_cells(&field.source)
                        .into_iter()
                        .map(|cell| (table.table.as_str(), cell.column.as_str())),
                );
            }
        }
    }
    let store = organisation.store();
    let mut proposed = Vec::new();
    for missing in &mapping.missing {
        let (Some(field), Some((table, column))) = (&missing.field, &missing.column) else { continue };
        let Ok(Some(schema)) = store.table(table) else { continue };
        let ranked = ranked(schema, missing, field, column, &used);
        let Some(first) = ranked.first() else { continue };
        proposed.push(ProposedField {
            resource: missing.resource.clone(),
            field: field.clone(),
            table: table.clone(),
            missing: column.clone(),
            label: store.text(&first.display_name).map(str::to_owned),
            columns: ranked.iter().map(|column| column.logical_name.clone()).collect(),
        });
    }
    proposed
}

/// Returns the columns that fit, the most probable one first.
fn ranked<'t>(
    table: &'t Table,
    missing: &Missing,
    field: &str,
    wanted: &str,
    used: &BTreeSet<(&str, &str)>,
) -> Vec<&'t Column> {
    const MAX_PROPOSED: usize = 3;

    let name = field.split('[').next().unwrap_or(field);
    let ty = model::resource(&missing.resource).and_then(|info| info.field(name)).map(|field| (field.ty)());
    let mut words: BTreeSet<String> = words_of(wanted).into_iter().collect();
    // The name of a list says nothing about one of its items.
    if name == field {
        words.extend(words_of(name));
    }
    words.retain(|word| !COMMON.contains(&word.as_str()));
    let mut scored: Vec<(u32, &Column)> = table
        .columns
        .iter()
        .filter(|column| {
            column.is_property()
                && !used.contains(&(table.logical_name.as_str(), column.logical_name.as_str()))
        })
        .filter(|column| column.valid_for_create != Some(false) || column.valid_for_update != Some(false))
        .filter(|column| ty.as_ref().is_none_or(|ty| fits(column, ty)))
        .map(|column| (score(column, &words, wanted), column))
        .filter(|(score, _)| *score >= MIN_SCORE)
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.logical_name.cmp(&b.1.logical_name)));
    scored.into_iter().take(MAX_PROPOSED).map(|(_, column)| column).collect()
}

/// Returns the column of a table that looks most like a column of another organisation; `None` if none does.
pub(super) fn closest_column<'t>(table: &'t Table, wanted: &str) -> Option<&'t Column> {
    let mut words: BTreeSet<String> = words_of(wanted).into_iter().collect();
    words.retain(|word| !COMMON.contains(&word.as_str()));
    let scored =
        table.columns.iter().filter(|column| column.is_property()).map(|c| (score(c, &words, wanted), c));
    let best = scored.max_by_key(|(score, _)| *score)?;
    (best.0 > MIN_SCORE).then_some(best.1)
}

/// Returns whether a field of this type could have the column. An enum can have any choice, with other options.
fn fits(column: &Column, ty: &FieldType) -> bool {
    let kind = cell(column).kind;
    match ty {
        FieldType::Text => matches!(kind, CellKind::Text | CellKind::Choice | CellKind::Integer),
        FieldType::EmailAddresses | FieldType::PhoneNumbers | FieldType::WebLinks | FieldType::Addresses => {
            matches!(kind, CellKind::Text | CellKind::Choice)
        }
        FieldType::Integer => kind == CellKind::Integer,
        FieldType::Money => kind == CellKind::Money,
        FieldType::Boolean => kind == CellKind::Boolean,
        FieldType::Date => matches!(kind, CellKind::Date | CellKind::LocalTime),
        FieldType::Time => kind == CellKind::Time,
        FieldType::Enum(_) => matches!(kind, CellKind::Choice | CellKind::Boolean),
        FieldType::Reference(_) => kind == CellKind::Lookup || column.ty.is_choice(),
        FieldType::Any => true,
    }
}

/// Returns how strongly a column looks like the wanted one.
fn score(column: &Column, words: &BTreeSet<String>, wanted: &str) -> u32 {
    let stem = column.logical_name.split_once('_').map_or(column.logical_name.as_str(), |(_, stem)| stem);
    let mut own: BTreeSet<String> = words_of(stem).into_iter().collect();
    for label in column.display_name.texts() {
        own.extend(words_of(label));
    }
    own.retain(|word| !COMMON.contains(&word.as_str()));
    let mut score = 0;
    if stem == wanted {
        score += 10;
    }
    for word in words {
        if own.contains(word) {
            score += 4;
        } else if own.iter().any(|own| same_group(own, word)) {
            score += 5;
        } else if word.len() >= 4
            && own.iter().any(|own| own.len() >= 4 && (own.contains(word) || word.contains(own.as_str())))
        {
            score += 2;
        }
    }
    let format = match &column.ty {
        ColumnType::String { format: Some(format), .. } => format.to_lowercase(),
        _ => String::new(),
    };
    if !format.is_empty() && words.iter().any(|word| same_group(word, &format) || *word == format) {
        score += 3;
    }
    // What a customiser added is more probable than a standard column that stands for something else.
    if score > 0 && (column.custom == Some(true) || column.logical_name.contains('_')) {
        score += 1;
    }
    score
}

fn same_group(a: &str, b: &str) -> bool {
    SYNONYMS.iter().any(|group| group.contains(&a) && group.contains(&b))
}

/// Returns the words of a name or a label, in lower case and without accents that German spells out.
fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        lower = c.is_lowercase();
        match c {
            'ä' | 'Ä' => word.push_str("ae"),
            'ö' | 'Ö' => word.push_str("oe"),
            'ü' | 'Ü' => word.push_str("ue"),
            'ß' => word.push_str("ss"),
            c if c.is_alphanumeric() => word.extend(c.to_lowercase()),
            _ => {}
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    // `address1_country` and `telephone1` are a country and a telephone.
    let trimmed: Vec<String> =
        words.iter().map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()).collect();
    words.extend(trimmed.into_iter().filter(|word| word.len() > 2));
    words.sort_unstable();
    words.dedup();
    words
}

/// Returns the text of an override with the proposals, to be added to a mapping after a look at it.
#[must_use]
pub fn override_text(name: &str, proposed: &[ProposedField]) -> String {
    let mut text = String::new();
    let mut resource = "";
    for field in proposed {
        if field.resource != resource {
            resource = &field.resource;
            let _ = writeln!(text, "{}[orgs.{name}.{resource}]", if text.is_empty() { "" } else { "\n" });
        }
        let column = field.columns.first().map_or("", String::as_str);
        let label = field
            .label
            .as_deref()
            .map_or_else(String::new, |label| format!(" \"{}\"", label.replace(['\n', '\r'], " ")));
        let others = match field.columns.get(1..) {
            Some(others) if !others.is_empty() => format!(", or {}", others.join(", ")),
            _ => String::new(),
        };
        // An item of a list cannot be overridden alone, so it is a remark.
        match field.field.split_once('[') {
            Some((list, _)) => {
                let _ = writeln!(text, "# {list}: `{column}`{label} in place of `{}`{others}", field.missing);
            }
            None => {
                let _ = writeln!(
                    text,
                    "{} = \"{column}\" #{label} in place of `{}`{others}",
                    field.field, field.missing
                );
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_name_are_without_case_accents_and_digits() {
        for (text, expected) in [
            ("websiteUrl", vec!["url", "website"]),
            ("address1_country", vec!["address", "address1", "country"]),
            ("Geschäftliche Telefonnummer", vec!["geschaeftliche", "telefonnummer"]),
            ("Straße", vec!["strasse"]),
            ("Übersicht Öl", vec!["oel", "uebersicht"]),
            ("telephone1", vec!["telephone", "telephone1"]),
            ("no1", vec!["no1"]),
            ("ABC", vec!["abc"]),
            ("", vec![]),
            ("--", vec![]),
        ] {
            assert_eq!(words_of(text), expected, "{text}");
        }
    }

    fn column(name: &str, ty: ColumnType) -> Column {
        Column::new(name, ty)
    }

    fn text(format: Option<&str>) -> ColumnType {
        ColumnType::String { max_length: None, format: format.map(str::to_owned) }
    }

    #[test]
    fn a_column_scores_by_its_name_its_synonyms_and_its_format() {
        let words = |text: &str| words_of(text).into_iter().collect::<BTreeSet<String>>();
        let scored =
            |name: &str, ty: ColumnType, wanted: &str| score(&column(name, ty), &words(wanted), wanted);
        let ranked = [
            // The name without the prefix, an equal word, a word of the same meaning, a part of a word, nothing.
            scored("fab_department", text(None), "department"),
            scored("fab_departmentname", text(None), "department"),
            scored("fab_colour", text(None), "department"),
        ];
        assert!(ranked.is_sorted_by(|a, b| a > b), "{ranked:?}");
        assert_eq!(ranked[2], 0, "the prefix alone says nothing");
        assert!(scored("fab_handy", text(None), "mobilephone") >= MIN_SCORE, "a synonym is enough");
        assert_eq!(
            scored("fab_handy", text(Some("Phone")), "mobilephone"),
            scored("fab_handy", text(None), "mobilephone"),
            "a format of another meaning says nothing"
        );
        assert_eq!(scored("fab_x", text(Some("Url")), "websiteurl"), 3 + 1);
        assert_eq!(
            scored("department", text(None), "department") + 1,
            scored("fab_department", text(None), "department"),
            "what a customiser added is more probable"
        );
        assert!(same_group("handy", "mobile") && same_group("mobile", "handy"));
        assert!(!same_group("handy", "telefon") && !same_group("handy", "nothing"));
    }

    #[test]
    fn a_field_is_proposed_columns_of_its_type() {
        let text_like = [FieldType::Text, FieldType::EmailAddresses, FieldType::WebLinks, FieldType::Any];
        let choice = ColumnType::Choice { choice: None, default: None };
        for (ty, kind, fits_it) in [
            (&FieldType::Integer, ColumnType::BigInt, true),
            (&FieldType::Integer, text(None), false),
            (&FieldType::Boolean, text(None), false),
            (&FieldType::Money, ColumnType::BigInt, false),
            (&FieldType::Date, text(None), false),
            (&FieldType::Time, text(None), false),
            (&FieldType::Text, ColumnType::BigInt, true),
            (&FieldType::Addresses, ColumnType::BigInt, false),
            (&FieldType::PhoneNumbers, choice.clone(), true),
            (&FieldType::Enum(Vec::new()), choice.clone(), true),
            (&FieldType::Enum(Vec::new()), text(None), false),
            (&FieldType::Reference(Vec::new()), choice, true),
            (&FieldType::Reference(Vec::new()), text(None), false),
        ] {
            assert_eq!(fits(&column("c", kind.clone()), ty), fits_it, "{ty:?} {kind:?}");
        }
        assert!(text_like.iter().all(|ty| fits(&column("c", text(None)), ty)));
    }

    #[test]
    fn the_text_of_an_override_groups_fields_by_resource() {
        let proposed = |resource: &str, field: &str, columns: &[&str], label: Option<&str>| ProposedField {
            resource: resource.into(),
            field: field.into(),
            table: "t".into(),
            missing: "old".into(),
            columns: columns.iter().map(|&c| c.to_owned()).collect(),
            label: label.map(str::to_owned),
        };
        let all = [
            proposed("contacts", "title", &["a"], Some("A\nB")),
            proposed("contacts", "urls[0]", &["b", "c"], None),
            proposed("leads", "topic", &["d", "e", "f"], None),
        ];
        assert_eq!(
            override_text("org", &all),
            "[orgs.org.contacts]\ntitle = \"a\" # \"A B\" in place of `old`\n# urls: `b` in place of `old`, or c\n\n\
             [orgs.org.leads]\ntopic = \"d\" # in place of `old`, or e, f\n"
        );
        assert_eq!(override_text("org", &[]), "");
    }
}
