//! Errors of macros on their way to the compiler.

use dvkit_diagnostic::printable::block;
use proc_macro2::TokenStream;

/// The error as the tokens that make the compiler tell it. It may name what a snapshot holds, which does nothing to the
/// terminal that shows it.
pub(crate) fn compile_error(error: syn::Error) -> TokenStream {
    let told = |error: syn::Error| {
        let message = error.to_string();
        let shown = block(&message).to_string();
        // One that stays as it is keeps both ends of its place.
        if shown == message { error } else { syn::Error::new(error.span(), shown) }.into_compile_error()
    };
    error.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_themselves() {
        let error = syn::Error::new(proc_macro2::Span::call_site(), "no `a\u{1b}[2J`\nhelp: b");
        let tokens = compile_error(error).to_string();
        assert!(tokens.contains("no `a\\\\u{1b}[2J`\\nhelp: b"), "{tokens}");
    }
}
