//! Shows the parameters of the function whose arguments the cursor is in.

use std::ops::Range;

use super::QueryContext;
use super::complete::{
    CursorText, Frame, FrameKind, STANDARD, TokenKind, analyze, function_documentation, lex, query_function,
    split_request,
};
use crate::Error;

/// The parameters of a call around the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The whole signature, such as `contains(text,part)`.
    pub label: String,
    /// The byte range of each parameter in `label`.
    pub parameters: Vec<Range<usize>>,
    /// The index of the parameter that the cursor is in; `None` if there is no such parameter.
    pub active: Option<usize>,
    /// A description of the function; `None` if there is none.
    pub documentation: Option<String>,
}

impl Signature {
    fn new(name: &str, parameters: &[&str], separator: char, active: Option<usize>) -> Self {
        let mut label = format!("{name}(");
        let mut ranges = Vec::with_capacity(parameters.len());
        for (rank, parameter) in parameters.iter().enumerate() {
            if rank > 0 {
                label.push(separator);
            }
            ranges.push(label.len()..label.len() + parameter.len());
            label.push_str(parameter);
        }
        label.push(')');
        let active = active.filter(|active| *active < parameters.len());
        Self { label, parameters: ranges, active, documentation: None }
    }

    fn documented(mut self, text: impl Into<String>) -> Self {
        self.documentation = Some(text.into());
        self
    }
}

/// The nested options of `$expand`.
const NESTED: [&str; 5] = ["$select", "$filter", "$orderby", "$top", "$expand"];

impl QueryContext<'_> {
    /// Returns the signature of the innermost call around the byte offset `offset` of the query's text; `None`
    /// if there is none. FetchXML has no calls.
    ///
    /// ```
    /// use dvkit_ide::{QueryForm, editor::QueryContext};
    /// let store = dvkit_ide::sample::open()?;
    /// let query = "contacts?$filter=contains(fullname,";
    /// let signature = QueryContext::new(&store, QueryForm::read(query), None).signature(query.len())?.expect("a call");
    /// assert_eq!((signature.label.as_str(), signature.active), ("contains(text,part)", Some(1)));
    /// # Ok::<(), dvkit_ide::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if a file of the snapshot cannot be read. Mistakes in the query are no errors.
    pub fn signature(&self, offset: usize) -> Result<Option<Signature>, Error> {
        let (text, cursor) = self.cursor_text(offset);
        let Some(cursor) = cursor else { return Ok(None) };
        let start = match &text {
            CursorText::Fetch(_) => return Ok(None),
            CursorText::Plain(_) | CursorText::Filter(..) => 0,
            CursorText::Request(_) => {
                let parts = split_request(text.text());
                let value = parts.options.into_iter().filter_map(|(_, value)| value);
                match value.rev().find(|value| value.start <= cursor && cursor <= value.end) {
                    Some(value) => value.start,
                    None => return Ok(None),
                }
            }
        };
        let text = text.text();
        let mut tokens = lex(text, start..text.len());
        // The token at the cursor is part of the current argument.
        tokens.retain(|token| {
            token.range.end <= cursor
                && (token.range.end < cursor
                    || !matches!(token.kind, TokenKind::Name | TokenKind::Placeholder))
        });
        let expression = analyze(text, &tokens);
        Ok(expression.frames.iter().rev().find_map(signature))
    }
}

fn signature(frame: &Frame<'_>) -> Option<Signature> {
    match &frame.kind {
        FrameKind::Call { name, .. } => {
            if let Some(function) = query_function(name) {
                let parameters = function.signature.parameters();
                let named = frame.argument_name;
                let active = named.and_then(|name| parameters.iter().position(|p| *p == name));
                let active = if named.is_some() { active } else { Some(frame.argument) };
                let signature = Signature::new(function.name, parameters, ',', active);
                return Some(signature.documented(function_documentation(function)));
            }
            if let Some(function) = STANDARD.iter().find(|f| f.name == *name) {
                let signature = Signature::new(name, function.parameters, ',', Some(frame.argument));
                return Some(signature.documented(function.detail));
            }
            // The options of an expanded navigation property.
            let first = frame.names.first()?;
            let named = frame.argument_name.and_then(|name| NESTED.iter().position(|n| *n == name));
            first.starts_with('$').then(|| Signature::new(name, &NESTED, ';', named))
        }
        FrameKind::Lambda { name, variable, path } => {
            let rows = path.last().copied().unwrap_or_default();
            let mut signature =
                Signature::new(&format!("{rows}/{name}"), &["variable", "condition"], ':', Some(0));
            signature.active = Some(usize::from(variable.is_some()));
            Some(signature.documented(match *name {
                "all" => "whether all related rows meet the condition",
                _ => "whether a related row meets the condition",
            }))
        }
        FrameKind::Group | FrameKind::List | FrameKind::Array => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{QueryForm, sample};

    fn shown(query: &str) -> Option<(String, Option<usize>)> {
        let store = sample::open().unwrap();
        let context = QueryContext::new(&store, QueryForm::read(query), Some("contact"));
        context.signature(query.len()).unwrap().map(|s| (s.label, s.active))
    }

    #[test]
    fn the_innermost_call_and_its_current_argument_are_shown() {
        for (query, label, active) in [
            ("contacts?$filter=contains(", "contains(text,part)", Some(0)),
            ("contacts?$filter=contains(fullname,'x", "contains(text,part)", Some(1)),
            (
                "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['1',",
                "In(PropertyName,PropertyValues)",
                Some(1),
            ),
            (
                "contacts?$expand=parentcustomerid_account($select=name;$filter=",
                "parentcustomerid_account($select;$filter;$orderby;$top;$expand)",
                Some(1),
            ),
            ("contacts?$filter=x/any(o:", "x/any(variable:condition)", Some(1)),
        ] {
            assert_eq!(shown(query), Some((label.to_owned(), active)), "{query}");
        }
        assert_eq!(shown("contacts?$filter=contains(fullname,'x') and "), None);
        assert_eq!(shown("<fetch><entity name='contains("), None);
    }
}
