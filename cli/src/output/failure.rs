//! Prints the error message of a command that could not run: the error, followed by its causes.

use super::stream::{Color, Stream};

use dvkit_diagnostic::printable;

/// Prints the error and its causes on standard error.
pub(crate) fn failure(error: &anyhow::Error) {
    let mut stream = Stream::err(Color::Never);
    // A write error is ignored: standard error is gone.
    let _ = stream.lines(format_args!("error: {}", message(error))).and_then(|()| stream.literal("\n"));
}

/// Returns the error and its causes as one message. A cause that the message before it already contains is
/// omitted.
fn message(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(told)
        .reduce(|text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") })
        .unwrap_or_default()
}

/// Returns the message of one cause. Line breaks in the message are escaped, except in lists of mistakes and
/// in quoted parts of files.
fn told(cause: &(dyn std::error::Error + 'static)) -> String {
    let text = cause.to_string();
    let listed = cause.is::<dvkit_codegen::Error>();
    let cited = cause.downcast_ref::<toml::de::Error>().is_some_and(|e| e.span().is_some());
    if listed || cited { printable::block(&text).to_string() } else { printable::line(&text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn causes_are_told_once_and_on_one_line() {
        let error = anyhow!("the file `a\n::error::b`").context("cannot read `\u{1b}[2J`");
        assert_eq!(message(&error), "cannot read `\\u{1b}[2J`: the file `a\\n::error::b`");
        let error = anyhow!("b").context("a b");
        assert_eq!(message(&error), "a b");
        let toml = "a = ".parse::<toml::Table>().unwrap_err();
        assert!(message(&toml.into()).contains("\n1 | a ="));
        let listed = dvkit_codegen::Error::Configuration(vec!["a\nb".to_owned(), "c".to_owned()]);
        assert_eq!(message(&listed.into()), "2 mistakes in the configuration\n  a\\nb\n  c");
    }
}
