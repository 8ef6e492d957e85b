//! Values that a function's body is replaced by, from its return type.

use quote::ToTokens as _;
use syn::{Block, GenericArgument, PathArguments, ReturnType, Type};

/// Returns the values that the function could return instead, as code; the empty text for a function without a value.
///
/// A type that is not known has none: `Default::default()` would compile for few of the types of the workspace, and a
/// mutant that does not compile costs a build.
pub(super) fn values(output: &ReturnType, body: &Block) -> Vec<String> {
    let written = squeeze(
        &body.stmts.iter().map(|statement| statement.to_token_stream().to_string()).collect::<String>(),
    );
    let all = match output {
        ReturnType::Default if body.stmts.is_empty() => Vec::new(),
        ReturnType::Default => vec![String::new()],
        ReturnType::Type(_, output) => of_type(output),
    };
    all.into_iter().filter(|value| value.is_empty() || !is_same(&written, value)).collect()
}

/// Returns whether a body without white space returns the value already.
fn is_same(written: &str, value: &str) -> bool {
    let value = squeeze(&short(value));
    let empties = [
        "vec![]",
        "Vec::new()",
        "String::new()",
        "Self::default()",
        "Self::new()",
        "HashMap::new()",
        "BTreeMap::new()",
    ];
    written == value || (value.contains("Default::default()") && empties.contains(&written))
}

/// Returns a value as people write it: without the paths that make it work in every module.
pub(super) fn short(value: &str) -> String {
    ["::std::option::Option::", "::std::result::Result::", "::std::string::", "::std::default::"]
        .iter()
        .fold(value.to_owned(), |text, path| text.replace(path, ""))
}

/// Returns a text without white space.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Returns values of a type, as code.
fn of_type(output: &Type) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match output {
        Type::Paren(inner) => of_type(&inner.elem),
        Type::Tuple(tuple) => {
            let firsts: Option<Vec<String>> =
                tuple.elems.iter().map(|e| of_type(e).into_iter().next()).collect();
            firsts.map_or_else(Vec::new, |values| match values.as_slice() {
                [] => one("()"),
                values => vec![format!("({},)", values.join(", "))],
            })
        }
        Type::Reference(reference) if reference.mutability.is_none() => match &*reference.elem {
            Type::Slice(_) => one("&[]"),
            Type::Path(path) if path.path.is_ident("str") => one("\"\""),
            _ => Vec::new(),
        },
        Type::Path(path) if path.qself.is_none() => {
            let Some(last) = path.path.segments.last() else { return Vec::new() };
            let name = last.ident.to_string();
            let argument = match &last.arguments {
                PathArguments::AngleBracketed(all) => all.args.iter().find_map(|argument| match argument {
                    GenericArgument::Type(inner) => Some(inner),
                    _ => None,
                }),
                _ => None,
            };
            match name.as_str() {
                "bool" => vec!["true".to_owned(), "false".to_owned()],
                "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
                | "isize" => {
                    vec!["0".to_owned(), "1".to_owned()]
                }
                "f32" | "f64" => one("0.0"),
                "String" => one("::std::string::String::new()"),
                "Option" => one("::std::option::Option::None"),
                "Result" => match argument {
                    Some(inner) => of_type(inner)
                        .iter()
                        .map(|value| format!("::std::result::Result::Ok({value})"))
                        .collect(),
                    None if path.path.segments.len() > 1
                        && path.path.segments[path.path.segments.len() - 2].ident == "fmt" =>
                    {
                        one("::std::result::Result::Ok(())")
                    }
                    None => Vec::new(),
                },
                "Vec" | "VecDeque" | "BTreeMap" | "BTreeSet" | "HashMap" | "HashSet" | "Duration" | "Cow" => {
                    one("::std::default::Default::default()")
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}
