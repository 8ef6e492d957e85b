//! Parses paths of metadata resources into steps with names, keys and casts.

use odata_parser::ast::{Argument, ExprKind, LiteralKind, Path, SegmentKind};

use super::Refusal;

/// One step of a path: a name or a cast, and the key after it.
#[derive(Debug)]
pub(super) struct PathStep<'s> {
    pub(super) name: &'s str,
    pub(super) key: Option<Key<'s>>,
    pub(super) is_cast: bool,
}

/// The key that identifies a definition: a name or an id.
#[derive(Debug)]
pub(super) enum Key<'s> {
    /// A key with a name: `(LogicalName='account')`. The fields are the name of the key property and the
    /// value.
    Named(&'s str, String),
    /// A key without a name, which is an id: `(70816501-edb9-4740-a16c-6a5efbc05d84)`.
    Id(String),
}

impl Key<'_> {
    /// Returns the value of the key, for messages.
    pub(super) fn value(&self) -> &str {
        match self {
            Self::Named(_, value) | Self::Id(value) => value,
        }
    }
}

/// Splits a path into its steps, or refuses a path that metadata does not support.
pub(super) fn steps<'s>(path: &Path<'s>) -> Result<Vec<PathStep<'s>>, Refusal> {
    let mut steps: Vec<PathStep<'s>> = Vec::new();
    for segment in &path.segments {
        match &segment.kind {
            SegmentKind::Name(name) => steps.push(PathStep { name, key: None, is_cast: false }),
            SegmentKind::Qualified(name) => steps.push(PathStep { name, key: None, is_cast: true }),
            SegmentKind::Call(call) => {
                steps.push(PathStep { name: call.name, key: Some(key(&call.args)?), is_cast: false });
            }
            SegmentKind::Key(arguments) => match steps.last_mut() {
                Some(step) if step.key.is_none() => step.key = Some(key(arguments)?),
                _ => return Err(Refusal::bad("The path has a key where none belongs.")),
            },
            _ => {
                return Err(Refusal::bad(format!(
                    "The path '{path}' isn't supported for Metadata Entities."
                )));
            }
        }
    }
    Ok(steps)
}

fn key<'s>(arguments: &[Argument<'s>]) -> Result<Key<'s>, Refusal> {
    let [argument] = arguments else {
        return Err(Refusal::bad("A definition is named by one key: (LogicalName='account') or (guid)."));
    };
    let value = literal(&argument.value.kind)
        .ok_or_else(|| Refusal::bad("The value of a key is a text or a guid: (LogicalName='account')."))?;
    Ok(match argument.name {
        Some((name, _)) => Key::Named(name, value),
        None => Key::Id(value),
    })
}

/// Returns the value of a literal as text, or `None` for null and for any other expression.
pub(super) fn literal(expr: &ExprKind<'_>) -> Option<String> {
    match expr {
        ExprKind::Literal(literal) if literal.kind != LiteralKind::Null => {
            Some(literal.string_value().into_owned())
        }
        _ => None,
    }
}
