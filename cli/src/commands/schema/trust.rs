//! Confirms an organisation's URL from a configuration file, before a token or a secret is sent to it.
//!
//! A repository brings its own `dvkit.toml`, and with it the URL that a fetch sends requests to. A user who
//! gives the URL on the command line knows the URL. Otherwise the user has to confirm the host.

use std::path::Path;

use anyhow::{Result, bail};

use super::sign_in::{self, host};
use crate::output;

/// Returns without an error if a token may be sent to `url`, which the file `file` names. `trusted` is the
/// flag that confirms the URL without a question.
///
/// # Errors
/// Returns an error if the user does not confirm the URL. The message names the host, the file and the option
/// that confirms.
pub(crate) fn confirm(url: &str, file: &Path, trusted: bool, sign_in: &sign_in::Args) -> Result<()> {
    if trusted || sign_in.asks_a_person() {
        return Ok(());
    }
    let here = std::env::current_dir().unwrap_or_default();
    let (host, file) = (host(url), file.strip_prefix(here).unwrap_or(file).display());
    let question = format_args!("`{file}` names the organisation `{host}`: send it your token? [y/N]");
    match output::ask(question)? {
        Some(answer) if is_yes(&answer) => return Ok(()),
        Some(_) => bail!("nothing was sent to `{host}`"),
        None => {}
    }
    bail!(
        "`{file}` names the organisation `{host}`, and your token would go there: give `--trust-url` where that is right, \
         or the address itself with `--url`"
    )
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("y\n") && is_yes("YES\r\n") && is_yes(" y "));
        for no in ["", "\n", "n", "no", "yellow", "\u{443}"] {
            assert!(!is_yes(no), "{no}");
        }
    }

    #[test]
    fn the_host_is_the_one_that_is_asked() {
        for (url, shown) in [
            ("https://contoso.crm4.dynamics.com", "contoso.crm4.dynamics.com"),
            ("contoso.crm4.dynamics.com/main.aspx", "contoso.crm4.dynamics.com"),
            ("https://contoso.crm4.dynamics.com@evil.example:8443/x", "evil.example:8443"),
            ("https://evil.example?contoso.crm4.dynamics.com", "evil.example"),
            ("https://evil.example\\@contoso.crm4.dynamics.com", "evil.example"),
            ("https:///evil.example/x", "evil.example"),
            ("http://[::1]:80/", "[::1]:80"),
        ] {
            assert_eq!(host(url), shown, "{url}");
        }
    }
}
