//! Returns the tokens of a query with their classes, for colours that depend on the snapshot.

use dvkit_diagnostic::Span;

use super::QueryContext;
use super::class::TokenClass;
use crate::Error;

/// A token of a query: a stretch of its text with one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The position in the text of the query.
    pub span: Span,
    /// The class of the token.
    pub class: TokenClass,
}

impl QueryContext<'_> {
    /// Returns the tokens of the query, in the order of its text. They do not overlap, and none is empty.
    /// Punctuation is in no token.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn tokens(&self) -> Result<Vec<Token>, Error> {
        let text = self.query.as_str();
        let mut tokens = Vec::new();
        for part in self.parts()?.parts {
            let (start, end) = (part.span.range().start, part.span.range().end);
            let mut at = start;
            // A placeholder within a text or a name is a token of its own.
            if part.class != TokenClass::Placeholder && part.class != TokenClass::Comment {
                for found in odata_parser::placeholders(part.span.of(text)) {
                    let span = Span::new(start + found.start, start + found.end);
                    push(&mut tokens, Span::new(at, span.range().start), part.class);
                    push(&mut tokens, span, TokenClass::Placeholder);
                    at = span.range().end;
                }
            }
            push(&mut tokens, Span::new(at, end), part.class);
        }
        Ok(tokens)
    }
}

fn push(tokens: &mut Vec<Token>, span: Span, class: TokenClass) {
    if !span.is_empty() {
        tokens.push(Token { span, class });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};
    use super::*;

    /// Returns the tokens of a query with their texts.
    fn tokens(query: &str, table: Option<&str>) -> Vec<(String, TokenClass)> {
        let store = sample();
        let tokens = context(&store, query, table).tokens().unwrap();
        tokens.into_iter().map(|t| (t.span.of(query).to_owned(), t.class)).collect()
    }

    #[test]
    fn a_request_has_tokens() {
        use TokenClass::*;
        let query = "contacts?$select=fullname&$expand=parentcustomerid_account($select=name)&$filter=statecode eq 0 and contains(fullname,'x{y}') and createdon gt {when}";
        let expected = [
            ("contacts", Table),
            ("$select", Keyword),
            ("fullname", Property),
            ("$expand", Keyword),
            ("parentcustomerid_account", Navigation),
            ("$select", Keyword),
            ("name", Property),
            ("$filter", Keyword),
            ("statecode", Property),
            ("eq", Operator),
            ("0", Number),
            ("and", Operator),
            ("contains", Function),
            ("fullname", Property),
            ("'x", String),
            ("{y}", Placeholder),
            ("'", String),
            ("and", Operator),
            ("createdon", Property),
            ("gt", Operator),
            ("{when}", Placeholder),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(text, class)| (text.to_owned(), class)).collect();
        assert_eq!(tokens(query, None), expected);
    }

    #[test]
    fn every_operator_of_a_chain_has_a_token() {
        for (filter, operators) in [
            ("statecode eq 0", &["eq"][..]),
            ("statecode eq 0 and statuscode ne 1", &["eq", "and", "ne"]),
            ("statecode eq 0 or statecode eq 1 or statecode eq 2", &["eq", "or", "eq", "or", "eq"]),
            ("numberofchildren add 1 sub 2 mul 3 gt 4", &["add", "sub", "mul", "gt"]),
            ("statecode in (0,1) and not (fullname eq 'and')", &["in", "and", "not", "eq"]),
            // Operators of other languages are understood, and have a fix.
            ("statecode == 0 && statuscode != 1", &["==", "&&", "!="]),
            ("statecode eq 0 && statecode eq 1 && statecode eq 2", &["eq", "&&", "eq", "&&", "eq"]),
            (
                "statecode eq 0 || statecode eq 1 && statecode eq 2 || statecode eq 3",
                &["eq", "||", "eq", "&&", "eq", "||", "eq"],
            ),
            ("numberofchildren + 1 - 2 * 3 > 4", &["+", "-", "*", ">"]),
        ] {
            let found = tokens(filter, Some("contact"));
            let found: Vec<&str> = found
                .iter()
                .filter(|(_, class)| *class == TokenClass::Operator)
                .map(|(text, _)| text.as_str())
                .collect();
            assert_eq!(found, operators, "{filter}");
        }
    }

    #[test]
    fn fetchxml_has_tokens() {
        use TokenClass::*;
        let query = "<fetch top='3'><!-- c --><entity name='contact'><filter><condition attribute='statecode' operator='eq' value='0'/></filter></entity></fetch>";
        let found = tokens(query, None);
        for expected in [
            ("fetch", Element),
            ("top", Attribute),
            ("3", Number),
            ("<!-- c -->", Comment),
            ("contact", Table),
            ("statecode", Property),
            ("eq", Operator),
            ("0", Number),
        ] {
            assert!(found.contains(&(expected.0.to_owned(), expected.1)), "{expected:?} in {found:?}");
        }
        // The names of end tags have the class of elements too.
        assert_eq!(found.iter().filter(|(text, class)| text == "entity" && *class == Element).count(), 2);
    }

    #[test]
    fn a_broken_text_has_tokens_too() {
        use TokenClass::*;
        let found = tokens("statecode eq 0 or or fullname e", Some("contact"));
        assert!(found.contains(&("fullname".to_owned(), Property)), "{found:?}");
        assert!(found.contains(&("statecode".to_owned(), Property)), "{found:?}");
    }

    #[test]
    fn positions_are_those_of_the_encoded_text() {
        let query = "contacts?$filter=fullname%20eq%20%27a%27";
        let found = tokens(query, None);
        assert!(found.contains(&("%27a%27".to_owned(), TokenClass::String)), "{found:?}");
        assert!(found.contains(&("fullname".to_owned(), TokenClass::Property)), "{found:?}");
    }
}
