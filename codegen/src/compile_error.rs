//! Converts an error of a macro into tokens that make the compiler report the error. Macros return these
//! tokens instead of their normal expansion.

use dvkit_diagnostic::printable::block;
use proc_macro2::TokenStream;

/// Returns tokens that make the compiler report `error`. Control characters in the message are escaped,
/// because names from a snapshot may contain them.
pub(crate) fn compile_error(error: syn::Error) -> TokenStream {
    let told = |error: syn::Error| {
        let message = error.to_string();
        let shown = block(&message).to_string();
        // An unchanged error keeps its whole span; a new one has only its start on stable Rust.
        if shown == message { error } else { syn::Error::new(error.span(), shown) }.into_compile_error()
    };
    error.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_in_messages_are_escaped() {
        let error = syn::Error::new(proc_macro2::Span::call_site(), "no `a\u{1b}[2J`\nhelp: b");
        let tokens = compile_error(error).to_string();
        assert!(tokens.contains("no `a\\\\u{1b}[2J`\\nhelp: b"), "{tokens}");
    }
}
