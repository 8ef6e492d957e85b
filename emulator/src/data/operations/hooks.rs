//! The answers to operations that the program which runs the emulator gives: closures, or a document of answers.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use dvkit_diagnostic::suggest;
use dvkit_schema::Schema;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::built_in;

/// The rows that a bound operation is called on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundRows {
    /// The logical name of their table.
    pub table: String,
    /// The id of the row; `None` if the operation is bound to the collection of all rows.
    pub id: Option<Uuid>,
}

/// The call of an operation, for a hook. Its parameters have been checked against the declaration in the schema.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OperationCall {
    /// The name of the operation, without namespace.
    pub name: String,
    /// The rows that the operation is called on; `None` for an unbound operation.
    pub bound: Option<BoundRows>,
    /// The parameters by name, without the binding parameter.
    pub parameters: Map<String, Json>,
    /// The id of the user who calls the operation.
    pub caller: Uuid,
}

/// The reason why a hook does not return a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OperationError {
    /// The operation fails: the response is an error of the service.
    Refused {
        /// The status of the response; 400 if it is not a valid status.
        status: u16,
        /// The code, such as `0x80040265`.
        code: String,
        /// The message.
        message: String,
    },
    /// The hook does not know what to answer: the response has the status 501.
    NotAnswered,
}

impl OperationError {
    /// Creates the error that a plug-in throws: the status 400 with the code `0x80040265`.
    ///
    /// ```
    /// let error = dvkit_emulator::OperationError::refused("The project is closed.");
    /// assert!(matches!(error, dvkit_emulator::OperationError::Refused { status: 400, .. }));
    /// ```
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused { status: 400, code: "0x80040265".to_owned(), message: message.into() }
    }
}

/// A function that answers an operation.
type Hook = Arc<dyn Fn(&OperationCall) -> Result<Json, OperationError> + Send + Sync>;

/// The hooks by the names of their operations.
#[derive(Clone, Default)]
pub(crate) struct Hooks(HashMap<String, Hook>);

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&String> = self.0.keys().collect();
        names.sort_unstable();
        f.debug_tuple("Hooks").field(&names).finish()
    }
}

/// One answer in a document of answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// The parameters that the call has to have with these values; further ones do not matter.
    #[serde(default)]
    when: Map<String, Json>,
    /// The value that the operation returns, which may be `null`.
    #[serde(default, deserialize_with = "given")]
    answer: Option<Json>,
    /// The error that the operation responds with instead.
    #[serde(default)]
    error: Option<AnswerError>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerError {
    #[serde(default = "bad_request")]
    status: u16,
    #[serde(default = "plug_in_failed")]
    code: String,
    message: String,
}

/// Reads a member that is there, so that `null` differs from a member that is absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

fn bad_request() -> u16 {
    400
}

fn plug_in_failed() -> String {
    "0x80040265".to_owned()
}

/// The reason why a document is not one of answers to operations.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationAnswersError {
    /// The document is not JSON of the expected form.
    #[error(
        "the answers to operations are not valid: {0}; expected {{\"new_Name\": [{{\"when\": {{…}}, \"answer\": …}}, {{\"error\": {{\"message\": \"…\"}}}}]}}"
    )]
    Json(#[from] serde_json::Error),
    /// The schema has no operation with this name.
    #[error("the schema has no operation `{name}`{near}")]
    Unknown {
        /// The name in the document.
        name: String,
        /// A question with the nearest name, or nothing.
        near: String,
    },
    /// An operation has no answer, or an answer that is both a value and an error, or neither.
    #[error("the operation `{0}` needs answers that each have either `answer` or `error`")]
    NoAnswer(String),
}

impl Hooks {
    /// Returns the hook of the operation `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Hook> {
        self.0.get(name)
    }

    /// Adds a hook. It replaces an earlier one for the operation.
    pub(crate) fn add(
        &mut self,
        name: String,
        hook: impl Fn(&OperationCall) -> Result<Json, OperationError> + Send + Sync + 'static,
    ) {
        self.0.insert(name, Arc::new(hook));
    }

    /// Adds the hooks of a document: an object with an array of answers for each operation. The first answer whose
    /// `when` the call fits is given.
    ///
    /// # Errors
    /// Returns an error if the document has another form, or names an operation that `schema` does not have. A
    /// schema without operations is one whose source did not list them, and any name is accepted.
    pub(crate) fn add_answers(&mut self, json: &str, schema: &Schema) -> Result<(), OperationAnswersError> {
        let document: BTreeMap<String, Vec<Answer>> = serde_json::from_str(json)?;
        let names = || schema.operations.iter().map(|operation| operation.name.as_str());
        for (name, answers) in document {
            let is_known = names().any(|known| known == name) || built_in::is_known(&name);
            if !is_known && names().next().is_some() {
                let near = suggest::closest(&name, names()).map(|near| format!("; did you mean `{near}`?"));
                return Err(OperationAnswersError::Unknown { name, near: near.unwrap_or_default() });
            }
            if answers.is_empty() || answers.iter().any(|a| a.answer.is_some() == a.error.is_some()) {
                return Err(OperationAnswersError::NoAnswer(name));
            }
            self.add(name, move |call| {
                let fits =
                    |a: &&Answer| a.when.iter().all(|(name, value)| call.parameters.get(name) == Some(value));
                match answers.iter().find(fits) {
                    None => Err(OperationError::NotAnswered),
                    Some(Answer { error: Some(e), .. }) => Err(OperationError::Refused {
                        status: e.status,
                        code: e.code.clone(),
                        message: e.message.clone(),
                    }),
                    Some(answer) => Ok(answer.answer.clone().unwrap_or_default()),
                }
            });
        }
        Ok(())
    }
}
