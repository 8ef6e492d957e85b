//! Reads the `attribute` elements of a solution into columns. Solutions name the types of columns after
//! database types: `nvarchar`, `bit`, `ntext`.

use dvkit_schema::{ChoiceRef, Column, ColumnType, DateTimeBehavior, RequiredLevel, SourceType};
use roxmltree::Node;

use super::{flag, list, number, options, text};
use crate::xml::elements;

/// The type codes, published by Microsoft, of tables that every organisation has, each with the table's
/// logical name. Type codes of custom tables differ between organisations and cannot be used.
const TYPE_CODES: [(u32, &str); 8] = [
    (1, "account"),
    (2, "contact"),
    (3, "opportunity"),
    (4, "lead"),
    (8, "systemuser"),
    (9, "team"),
    (10, "businessunit"),
    (112, "incident"),
];

/// Returns the logical name of a column; `None` if the element has none. Old exports give the name only in
/// the attribute `Name`, spelled like the schema name.
pub(super) fn name(attribute: Node<'_, '_>) -> Option<String> {
    text(attribute, "Type")?;
    let name = text(attribute, "LogicalName").or_else(|| text(attribute, "Name"));
    name.or_else(|| attribute.attribute("PhysicalName")).filter(|n| !n.is_empty()).map(str::to_lowercase)
}

/// Returns whether the column's `DisplayMask` contains `word`.
pub(super) fn has_mask(attribute: Node<'_, '_>, word: &str) -> bool {
    text(attribute, "DisplayMask").is_some_and(|mask| mask.split('|').any(|m| m.trim() == word))
}

/// Reads a column of the table `table`; `None` if its name or its type is missing.
pub(super) fn column(table: &str, attribute: Node<'_, '_>) -> Option<Column> {
    let name = name(attribute)?;
    let ty = column_type(table, &name, attribute)?;
    Some(Column {
        schema_name: attribute.attribute("PhysicalName").filter(|n| !n.is_empty()).map(str::to_owned),
        display_name: options::label(attribute, "displaynames"),
        description: options::label(attribute, "Descriptions"),
        required: match text(attribute, "RequiredLevel") {
            Some("none") => Some(RequiredLevel::None),
            Some("recommended") => Some(RequiredLevel::Recommended),
            Some("required") => Some(RequiredLevel::Application),
            Some("systemrequired") => Some(RequiredLevel::System),
            _ => None,
        },
        valid_for_read: flag(attribute, "ValidForReadApi"),
        valid_for_create: flag(attribute, "ValidForCreateApi"),
        valid_for_update: flag(attribute, "ValidForUpdateApi"),
        secured: flag(attribute, "IsSecured"),
        custom: flag(attribute, "IsCustomField"),
        logical: flag(attribute, "IsLogical"),
        source: match text(attribute, "SourceType") {
            Some("0") => Some(SourceType::Simple),
            Some("1") => Some(SourceType::Calculated),
            Some("2") => Some(SourceType::Rollup),
            Some("3") => Some(SourceType::Formula),
            _ => None,
        },
        auto_number: text(attribute, "AutoNumberFormat").map(str::to_owned),
        ..Column::new(name, ty)
    })
}

fn column_type(table: &str, name: &str, node: Node<'_, '_>) -> Option<ColumnType> {
    let token = text(node, "Type")?;
    let format = || text(node, "Format").map(format_name);
    // `Length`, which some columns have as well, counts bytes.
    let max_length = || number(node, "MaxLength");
    let (min, max) = (number(node, "MinValue"), number(node, "MaxValue"));
    let (whole_min, whole_max) = (number(node, "MinValue"), number(node, "MaxValue"));
    let precision = number(node, "Accuracy");
    let targets = targets(node);
    let choice = || choice(table, name, node);
    let default = || number::<i32>(node, "AppDefaultValue");
    // -1 means "none".
    let option_default = || default().filter(|d| *d != -1);
    Some(match token.to_ascii_lowercase().as_str() {
        "nvarchar" => ColumnType::String { max_length: max_length(), format: format() },
        "ntext" => ColumnType::Memo { max_length: max_length(), format: format() },
        "int" => ColumnType::Integer { min: whole_min, max: whole_max, format: format() },
        "bigint" => ColumnType::BigInt,
        "decimal" => ColumnType::Decimal { min, max, precision },
        "float" => ColumnType::Double { min, max, precision },
        "money" => ColumnType::Money {
            min,
            max,
            precision,
            precision_source: number(node, "AccuracySource"),
            calculation_of: text(node, "CalculationOf").map(str::to_lowercase),
        },
        "bit" => ColumnType::Boolean {
            choice: choice(),
            default: default().and_then(|d| match d {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            }),
        },
        "datetime" => ColumnType::DateTime {
            // Measured: 2 occurs with the format `date` alone, 3 with `datetime`, and 1 with both.
            behavior: match text(node, "Behavior") {
                Some("1") => Some(DateTimeBehavior::UserLocal),
                Some("2") => Some(DateTimeBehavior::DateOnly),
                Some("3") => Some(DateTimeBehavior::TimeZoneIndependent),
                _ => None,
            },
            date_format: match text(node, "Format") {
                Some("date") => Some(true),
                Some("datetime") => Some(false),
                _ => None,
            },
        },
        "lookup" => ColumnType::Lookup { targets },
        "customer" => ColumnType::Customer { targets },
        "owner" => ColumnType::Owner { targets },
        "partylist" => ColumnType::PartyList { targets },
        "picklist" => ColumnType::Choice { choice: choice(), default: option_default() },
        "multiselectpicklist" => ColumnType::Choices { choice: choice() },
        "state" => ColumnType::State { choice: choice(), default: option_default() },
        "status" => ColumnType::Status { choice: choice(), default: option_default() },
        "primarykey" | "uniqueidentifier" => ColumnType::Uniqueidentifier,
        "managedproperty" => ColumnType::ManagedProperty,
        "entityname" => ColumnType::EntityName,
        "image" => {
            let primary = text(node, "DisplayMask").map(|_| has_mask(node, "PrimaryImage"));
            ColumnType::Image { primary, max_size_kb: None }
        }
        "file" => ColumnType::File { max_size_kb: number(node, "MaxValue") },
        "virtual" => ColumnType::Virtual,
        _ => ColumnType::Other { name: token.to_owned() },
    })
}

/// Returns the format `format`, which solutions write in lower case, in the spelling of the Web API.
fn format_name(format: &str) -> String {
    match format {
        "text" => "Text",
        "textarea" => "TextArea",
        "email" => "Email",
        "url" => "Url",
        "phone" => "Phone",
        "richtext" => "RichText",
        "json" => "Json",
        "tickersymbol" => "TickerSymbol",
        "phoneticguide" => "PhoneticGuide",
        "versionnumber" => "VersionNumber",
        "none" => "None",
        "duration" => "Duration",
        "timezone" => "TimeZone",
        "language" => "Language",
        "locale" => "Locale",
        other => other,
    }
    .to_owned()
}

/// Reads the choice of a column from its element: a local choice from `optionset`, or the name of a global
/// choice. Returns `None` if the element has neither. The solution may lack the global choice.
fn choice(table: &str, column: &str, node: Node<'_, '_>) -> Option<ChoiceRef> {
    if let Some(name) = text(node, "OptionSetName") {
        return Some(ChoiceRef::Global(name.to_owned()));
    }
    let set = elements(node).find(|n| n.tag_name().name() == "optionset")?;
    let choice = options::choice(set, format!("{table}_{column}"));
    Some(ChoiceRef::Local(choice))
}

/// Returns the logical names of the tables that a lookup can point to, as far as its element gives their type
/// codes and these are known. Other targets are found through the relationships.
fn targets(node: Node<'_, '_>) -> Vec<String> {
    let code = |n: Node<'_, '_>| n.text()?.trim().parse::<u32>().ok();
    let table = |code: u32| TYPE_CODES.iter().find(|(c, _)| *c == code).map(|(_, table)| (*table).to_owned());
    list(node, "LookupTypes").filter_map(code).filter_map(table).collect()
}
