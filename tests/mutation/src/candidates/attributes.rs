//! Decides from attributes whether an item is compiled into the program on this machine.

use syn::{Attribute, Meta, Token, punctuated::Punctuated};

/// Returns whether something with these attributes is compiled into the program: not a test, and not for another system.
///
/// All features are on, because the workspace is built with `--all-features`. A mutant in code that is not compiled would
/// count as one that no test notices.
pub(crate) fn is_compiled(attributes: &[Attribute]) -> bool {
    attributes.iter().all(|attribute| {
        let path = attribute.path();
        if path.is_ident("cfg") {
            return attribute.parse_args::<Meta>().is_ok_and(|condition| holds(&condition) == Some(true));
        }
        // `#[test]` and `#[tokio::test]`
        path.segments.last().is_none_or(|last| last.ident != "test")
    })
}

/// Returns whether a condition of `cfg` holds, or `None` if that is not known.
fn holds(condition: &Meta) -> Option<bool> {
    let name = condition.path().get_ident()?.to_string();
    match condition {
        Meta::Path(_) => match name.as_str() {
            "test" => Some(false),
            "unix" => Some(cfg!(unix)),
            "windows" => Some(cfg!(windows)),
            "debug_assertions" => Some(true),
            _ => None,
        },
        Meta::NameValue(pair) => {
            let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(value), .. }) = &pair.value else {
                return None;
            };
            match name.as_str() {
                "feature" => Some(true),
                "target_os" => Some(value.value() == std::env::consts::OS),
                "target_family" => Some(value.value() == std::env::consts::FAMILY),
                "target_arch" => Some(value.value() == std::env::consts::ARCH),
                _ => None,
            }
        }
        Meta::List(list) => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
            let mut parts = parts.iter().map(holds);
            match name.as_str() {
                "not" => parts.next()?.map(|part| !part),
                "all" => parts.try_fold(true, |so_far, part| Some(so_far & part?)),
                "any" => parts.try_fold(false, |so_far, part| Some(so_far | part?)),
                _ => None,
            }
        }
    }
}
