//! Implements the attribute `#[dvkit::schema("crm")] pub mod crm {}`, which fills a module with the code that
//! the build script generated. The code is found through the registration.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitStr, Token, Visibility};

use crate::compile_error::compile_error;
use crate::registry::{self, MacroEnv};

/// The module with the attribute `#[dvkit::schema("…")]`. It has to be empty.
struct Module {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    ident: Ident,
}

impl Parse for Module {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        if !input.peek(Token![mod]) {
            return Err(
                input.error("this belongs to an empty module: `#[dvkit::schema(\"crm\")] pub mod crm {}`")
            );
        }
        input.parse::<Token![mod]>()?;
        let ident = input.parse()?;
        if input.parse::<Option<Token![;]>>()?.is_none() {
            let content;
            syn::braced!(content in input);
            if !content.is_empty() {
                let message = "the module is filled with the generated code; put your own items beside it";
                return Err(content.error(message));
            }
        }
        Ok(Self { attributes, visibility, ident })
    }
}

/// Expands `#[dvkit::schema("crm")] pub mod crm {}` to the module with an `include!` of the code that the
/// build script generated, or to an error. `attribute` is the text in the parentheses, `item` the module, and
/// `at` the environment in which the registration is found.
#[must_use]
pub fn schema(attribute: TokenStream, item: TokenStream, at: &MacroEnv) -> TokenStream {
    module(attribute, item, at).unwrap_or_else(compile_error)
}

fn module(attribute: TokenStream, item: TokenStream, at: &MacroEnv) -> syn::Result<TokenStream> {
    let name: Option<LitStr> = if attribute.is_empty() { None } else { Some(syn::parse2(attribute)?) };
    let Module { attributes, visibility, ident } = syn::parse2(item)?;
    let span = name.as_ref().map_or_else(Span::call_site, LitStr::span);
    let wrong = |message: String| syn::Error::new(span, message);
    let found =
        registry::find(name.as_ref().map(LitStr::value).as_deref(), at).map_err(|e| wrong(e.to_string()))?;
    let Some(registration) = &found.registration else {
        let schema = name.as_ref().map_or_else(|| "crm".to_owned(), LitStr::value);
        return Err(wrong(format!(
            "no build.rs has generated this schema; write one:\nfn main() -> Result<(), dvkit_codegen::Error> {{\n    \
             dvkit_codegen::schema(\"{schema}\").from_dir(\"schema\").register()\n}}"
        )));
    };
    let Some(code) = registration.code.to_str() else {
        return Err(wrong(format!(
            "the path of the generated code is not valid Unicode: {}",
            registration.code.display()
        )));
    };
    Ok(quote! {
        #(#attributes)*
        #[allow(missing_docs, unused, clippy::all, clippy::pedantic)]
        #visibility mod #ident {
            ::core::include!(#code);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_a_build_script_is_told_how_to_write_one() {
        let manifest_dir = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures").into());
        let at = MacroEnv { manifest_dir, ..MacroEnv::default() };
        let error = module(
            quote!("crm"),
            quote!(
                pub mod crm {}
            ),
            &at,
        )
        .unwrap_err()
        .to_string();
        assert!(error.starts_with("no build.rs has generated this schema; write one:\nfn main()"), "{error}");
    }

    #[test]
    fn the_attribute_accepts_only_an_empty_module() {
        for item in [
            quote!(
                struct Crm;
            ),
            quote!(
                mod crm {
                    struct Mine;
                }
            ),
        ] {
            assert!(module(quote!("crm"), item, &MacroEnv::default()).is_err());
        }
    }

    fn registered(dir: &tempfile::TempDir, names: &[&str]) -> MacroEnv {
        for name in names {
            let types = std::collections::BTreeMap::new();
            let registration =
                registry::Registration::new(*name, "/org", format!("/out/{name}.rs"), 1033, types);
            registration.write(dir.path()).unwrap();
        }
        MacroEnv { out_dir: Some(dir.path().to_owned()), ..MacroEnv::default() }
    }

    #[test]
    fn a_module_includes_the_code_of_its_schema() {
        let dir = tempfile::tempdir().unwrap();
        let at = registered(&dir, &["crm"]);
        for (attribute, item, expected) in [
            ("\"crm\"", "pub mod org {}", "pub mod org"),
            ("", "mod org;", "mod org"),
            ("", "#[doc = \"a\"] pub(crate) mod org {}", "pub (crate) mod org"),
        ] {
            let tokens = schema(attribute.parse().unwrap(), item.parse().unwrap(), &at).to_string();
            let end = format!("{expected} {{ :: core :: include ! (\"/out/crm.rs\") ; }}");
            assert!(tokens.ends_with(&end), "{item}: {tokens}");
            assert_eq!(tokens.starts_with("# [doc = \"a\"] # [allow ("), item.starts_with('#'), "{tokens}");
        }
    }

    #[test]
    fn each_mistake_in_the_attribute_says_what_to_write() {
        let dir = tempfile::tempdir().unwrap();
        let at = registered(&dir, &["crm", "erp"]);
        for (attribute, item, message) in [
            ("", "mod org {}", "build.rs registers several schemas: say which one, `crm`, `erp`"),
            ("\"crn\"", "mod org {}", "build.rs registers no schema `crn`; did you mean `crm`?"),
            ("crm", "mod org {}", "expected string literal"),
            (
                "\"crm\"",
                "struct Org;",
                "this belongs to an empty module: `#[dvkit::schema(\"crm\")] pub mod crm {}`",
            ),
            (
                "\"crm\"",
                "mod org { struct A; }",
                "the module is filled with the generated code; put your own items beside it",
            ),
        ] {
            let error = module(attribute.parse().unwrap(), item.parse().unwrap(), &at).unwrap_err();
            assert_eq!(error.to_string(), message, "{attribute} {item}");
        }
    }
}
