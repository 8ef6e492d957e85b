//! Recognises calls that send a request with a method other than GET: the URL in them is not a query of rows, so
//! that advice on reading, such as naming columns in `$select`, does not apply.

use tree_sitter::Node;

use super::grammar::{Call, text_of};
use super::reader::{Hint, Reader};

/// The methods of HTTP that write.
const WRITES: [&str; 4] = ["post", "patch", "put", "delete"];

/// The maximum number of bytes of an expression that names a method, such as `new HttpMethod("PATCH")`.
const MAX_METHOD: usize = 48;

/// The maximum number of entries of an object that are looked at.
const MAX_ENTRIES: usize = 32;

impl<'t> Reader<'t> {
    /// Keeps of the URLs in a call that they are those of a request that writes, if the call says so.
    pub(super) fn written_urls(&mut self, call: &Call<'t>) {
        let mut writes = !call.is_constructor && is_writing_function(call.name);
        let mut urls = Vec::new();
        for argument in &call.arguments {
            let is_method = match argument.name.map(str::to_ascii_lowercase).as_deref() {
                Some("method") => true,
                Some("uri" | "url" | "requesturi") | None => false,
                Some(_) => continue,
            };
            if is_method || argument.name.is_none() && self.is_method(argument.value) {
                writes |= is_write(text_of(argument.value, self.source));
                continue;
            }
            let node = self.unwrapped(argument.value);
            match self.grammar.object(node, self.source) {
                Some(entries) => {
                    for entry in entries.into_iter().take(MAX_ENTRIES) {
                        let Some(value) = entry.value else { continue };
                        let key = text_of(entry.key, self.source).trim_matches(['"', '\'']);
                        match key.to_ascii_lowercase().as_str() {
                            "method" | "type" => writes |= is_write(text_of(value, self.source)),
                            "url" | "uri" => urls.push(value),
                            _ => {}
                        }
                    }
                }
                None => urls.push(argument.value),
            }
        }
        if writes {
            for url in urls {
                self.query_argument(url, Hint::Written);
            }
        }
    }

    /// Returns whether an argument is the method of a request: `"POST"`, `HttpMethod.Post`.
    fn is_method(&self, node: Node<'t>) -> bool {
        let text = text_of(node, self.source);
        if text.len() > MAX_METHOD {
            return false;
        }
        let quoted = text.trim_matches(['"', '\'']);
        let is_literal = quoted.len() + 2 == text.len() && quoted.chars().all(|c| c.is_ascii_uppercase());
        is_literal || text.contains("HttpMethod") || text.contains("Method::")
    }
}

/// Returns whether an expression names a method that writes.
fn is_write(text: &str) -> bool {
    if text.len() > MAX_METHOD {
        return false;
    }
    let word = text.rsplit(['.', ':', '(']).next().unwrap_or(text);
    let word = word.trim_matches(|c: char| !c.is_ascii_alphabetic());
    WRITES.iter().any(|method| word.eq_ignore_ascii_case(method))
}

/// Returns whether a function with this name sends a request that writes, such as `post`, `PatchAsync` and
/// `postForObject`.
fn is_writing_function(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    WRITES.iter().any(|method| {
        lower.strip_prefix(method).is_some_and(|rest| {
            matches!(rest, "" | "async" | "json" | "jsonasync" | "asjsonasync" | "asasync" | "fromjsonasync")
                || rest.starts_with("for")
        })
    })
}
