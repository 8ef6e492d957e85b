//! Defines [`Argument`], the value of a parameter, and writes it as JSON for the body of an action and as an
//! OData literal for the URL of a function.

use core::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::OperationKind;
use crate::Guid;
use crate::filter::Literal;

/// The namespace of the service's types and bound operations.
pub(super) const NAMESPACE: &str = "Microsoft.Dynamics.CRM";

/// The value of a parameter, whatever Rust type the program gave it as.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A value of a primitive type.
    Literal(Literal),
    /// A time of a day or a duration, in the notation of OData.
    Time {
        /// The prefix of the literal in a URL: empty, or `duration`.
        prefix: &'static str,
        /// The value: `08:30:00` or `PT1H`.
        text: String,
    },
    /// A reference to a row by its id.
    Row {
        /// The logical name of the row's table.
        table: &'static str,
        /// The name of the table's primary key.
        key: &'static str,
        /// The entity set of the table.
        set: &'static str,
        /// The id of the row.
        id: Guid,
    },
    /// A reference to a row by an alternate key.
    RowByKey {
        /// The logical name of the row's table.
        table: &'static str,
        /// The URL of the row relative to the service's root, percent-encoded.
        address: String,
    },
    /// A value that is already JSON: a row with its values, or a value of a complex type.
    Json(String),
    /// A member of an enumeration type, by its name.
    Member(String),
    /// A value that names rows which the same change set creates, by their content ids.
    #[cfg(feature = "client")]
    Referring(Box<Argument>, Vec<dvkit_client::ContentId>),
    /// A list.
    Array(Vec<Argument>),
    /// A value that cannot be sent. The text is the reason.
    Invalid(String),
}

/// Appends a JSON text with the characters of `text`.
pub(super) fn json_text(text: &str, out: &mut String) {
    // A Display of JSON escapes as JSON requires, and cannot fail for a text.
    let _ = write!(out, "{}", serde_json::Value::from(text));
}

impl Argument {
    /// Appends the value as JSON, for a parameter of an operation of the kind `of`.
    ///
    /// "Use Web API actions": the body of an action names a row by `@odata.type` and its primary key. "Use
    /// Web API functions", "Pass reference to a table row to a function": a function names it by `@odata.id`.
    ///
    /// The error is a message for the user.
    pub(super) fn json(&self, of: OperationKind, out: &mut String) -> Result<(), String> {
        match self {
            Self::Literal(literal) => return json_literal(literal, out),
            Self::Time { text, .. } | Self::Member(text) => json_text(text, out),
            Self::Row { table, key, set, id } => match of {
                // The page of actions shows `ownerid` for users and teams; the service accepts the primary
                // key of their own tables as well.
                OperationKind::Action => {
                    let _ = write!(out, r#"{{"@odata.type":"{NAMESPACE}.{table}","{key}":"{id}"}}"#);
                }
                OperationKind::Function => _ = write!(out, r#"{{"@odata.id":"{set}({id})"}}"#),
            },
            Self::RowByKey { table, address } => {
                out.push('{');
                // As in the targets of `UpsertMultiple` ("Use bulk operation messages").
                if of == OperationKind::Action {
                    let _ = write!(out, r#""@odata.type":"{NAMESPACE}.{table}","#);
                }
                out.push_str("\"@odata.id\":");
                json_text(address, out);
                out.push('}');
            }
            Self::Json(text) => out.push_str(text),
            #[cfg(feature = "client")]
            Self::Referring(argument, _) => return argument.json(of, out),
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.json(of, out)?;
                }
                out.push(']');
            }
            Self::Invalid(reason) => return Err(reason.clone()),
        }
        Ok(())
    }

    /// Appends the value as the literal of a parameter of a function. `ty` is the declared type of the
    /// parameter. The literal is not percent-encoded.
    ///
    /// The error is a message for the user.
    pub(super) fn url(&self, ty: &str, out: &mut String) -> Result<(), String> {
        match self {
            Self::Literal(Literal::Bytes(bytes)) => {
                // OData URL conventions: binary literals have the alphabet for URLs.
                let _ = write!(out, "binary'{}'", URL_SAFE.encode(bytes));
            }
            Self::Literal(literal) => literal.odata(out),
            Self::Time { prefix: "", text } => out.push_str(text),
            Self::Time { prefix, text } => _ = write!(out, "{prefix}'{text}'"),
            Self::Member(member) => {
                let _ = write!(out, "{NAMESPACE}.{ty}'{}'", member.replace('\'', "''"));
            }
            Self::Row { .. } | Self::RowByKey { .. } | Self::Json(_) | Self::Array(_) | Self::Invalid(_) => {
                return self.json(OperationKind::Function, out);
            }
            #[cfg(feature = "client")]
            Self::Referring(argument, _) => return argument.url(ty, out),
        }
        Ok(())
    }
}

#[cfg(feature = "client")]
impl Argument {
    /// Returns the reference to a row of the table `table` that the change with the content id `row` creates.
    ///
    /// "Execute batch operations using the Web API", "Reference URIs in an operation": a change names the row of an
    /// earlier one by `$` and its content id, where the URL of a row can stand.
    pub(super) fn new_row(table: &str, row: dvkit_client::ContentId) -> Self {
        let json = format!(r#"{{"@odata.type":"{NAMESPACE}.{table}","@odata.id":"{}"}}"#, row.reference());
        Self::Referring(Box::new(Self::Json(json)), vec![row])
    }

    /// Returns this value with a note that it names the rows of `content_ids`.
    pub(super) fn referring(self, content_ids: &[dvkit_client::ContentId]) -> Self {
        match content_ids {
            [] => self,
            ids => Self::Referring(Box::new(self), ids.to_vec()),
        }
    }

    /// Adds the content ids of the rows that the value names to `ids`.
    pub(super) fn content_ids(&self, ids: &mut Vec<dvkit_client::ContentId>) {
        match self {
            Self::Referring(argument, own) => {
                ids.extend(own);
                argument.content_ids(ids);
            }
            Self::Array(items) => items.iter().for_each(|item| item.content_ids(ids)),
            _ => {}
        }
    }
}

/// Appends a primitive value as JSON. Decimal numbers keep all digits. The error is a message for the user.
fn json_literal(literal: &Literal, out: &mut String) -> Result<(), String> {
    match literal {
        Literal::Float(number) if !number.is_finite() => {
            return Err(format!(
                "it is set to {number}, which the service does not accept; set a finite number"
            ));
        }
        Literal::Null | Literal::Bool(_) | Literal::Whole(_) => literal.bare(out),
        // A whole float is written with a fraction, so that the service does not take it for a whole number.
        Literal::Float(number) => _ = write!(out, "{number:?}"),
        Literal::Decimal(number) => _ = write!(out, "{}", number.normalize()),
        Literal::Text(text) => json_text(text, out),
        Literal::Bytes(bytes) => _ = write!(out, "\"{}\"", STANDARD.encode(bytes)),
        Literal::Id(_)
        | Literal::DateTime(_)
        | Literal::LocalDateTime(_)
        | Literal::Date(_)
        | Literal::Options(_)
        | Literal::ManagedProperty(_) => {
            out.push('"');
            literal.bare(out);
            out.push('"');
        }
    }
    Ok(())
}
