//! Checks the organisation's URL, and resolves the paths and links of requests to URLs. A link to another
//! host is an error, because the token would be sent to it.
use std::net::IpAddr;

use url::{Host, Url};

use crate::{Error, ErrorKind, Result};

/// Parses and checks the organisation's URL. It has to be `https`, or `http` on loopback, with a host and
/// without user or password. Returns the URL without path, query and fragment. The kind of the error is
/// [`ErrorKind::Configuration`].
pub(crate) fn org_url(text: &str) -> Result<Url> {
    let wrong = |what: String| Error::new(ErrorKind::Configuration, what);
    let text = text.trim();
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{}", text.trim_start_matches('/'))
    };
    let mut url = Url::parse(&with_scheme).map_err(|error| {
        wrong(format!("`{text}` is not the URL of an organisation: {error}; it looks like `https://contoso.crm4.dynamics.com`"))
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("the organisation's URL contains a user or a password; remove them".to_owned()));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(wrong(format!(
                "`{text}`: plain http would show the token to everybody on the way; write `https://`"
            )));
        }
        other => {
            return Err(wrong(format!("`{text}`: the Web API does not use `{other}`; write `https://`")));
        }
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong(format!("`{text}` names no host")));
    }
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// Returns whether the host of a URL is this machine, by a loopback name or address.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// Returns the URL of a request. `target` is a link, a path of the organisation's host that begins with `/`,
/// or a path below `base`.
///
/// # Errors
/// Returns an error if the target is not a valid URL, or if it is a link to another host, to which the token
/// must not be sent.
pub(crate) fn resolve(org: &Url, base: &str, target: &str) -> Result<Url> {
    let bad = |error: url::ParseError| {
        Error::new(
            ErrorKind::Configuration,
            format!("`{}` is not a path or a link: {error}", truncate(target)),
        )
    };
    let lower = target.get(..8).unwrap_or(target).to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        let url = Url::parse(target).map_err(bad)?;
        if same_service(org, &url) {
            return Ok(url);
        }
        let host = url.host_str().unwrap_or_default();
        return Err(Error::new(
            ErrorKind::ForeignLink,
            format!(
                "a link leads to `{host}`, which is not this organisation's host; it is not followed, so that the token stays here"
            ),
        ));
    }
    // A `#` in a path has no special meaning here.
    let target = target.replace('#', "%23");
    let text = match target.strip_prefix('/') {
        Some(rooted) => format!("{org}{rooted}"),
        None => format!("{org}{base}{target}"),
    };
    let url = Url::parse(&text).map_err(bad)?;
    if same_service(org, &url) {
        return Ok(url);
    }
    Err(Error::new(ErrorKind::ForeignLink, format!("`{}` leaves the organisation's host", truncate(&target))))
}

/// Returns whether two URLs have the same scheme, host and port. The host names `contoso.api.crm4.…` and
/// `contoso.crm4.…` count as equal.
fn same_service(org: &Url, other: &Url) -> bool {
    let host =
        |url: &Url| url.host_str().unwrap_or_default().to_ascii_lowercase().replacen(".api.crm", ".crm", 1);
    org.scheme() == other.scheme()
        && org.port_or_known_default() == other.port_or_known_default()
        && host(org) == host(other)
        && other.username().is_empty()
        && other.password().is_none()
}

fn truncate(text: &str) -> String {
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn an_organisation_url_is_normalised_or_refused() {
        assert_eq!(
            org_url("contoso.crm4.dynamics.com/main.aspx?x=1").unwrap().as_str(),
            "https://contoso.crm4.dynamics.com/"
        );
        assert_eq!(org_url("http://127.0.0.1:8080").unwrap().as_str(), "http://127.0.0.1:8080/");
        assert_eq!(org_url("http://[::1]:80/").unwrap().as_str(), "http://[::1]/");
        for wrong in [
            "http://contoso.crm4.dynamics.com",
            "ftp://x",
            "https://",
            "https://u:p@contoso.crm.dynamics.com",
            "http://127.0.0.1.evil.example",
        ] {
            assert_eq!(org_url(wrong).unwrap_err().kind(), ErrorKind::Configuration, "{wrong}");
        }
    }

    #[test]
    fn paths_and_links_stay_on_the_host() {
        let org = org_url("https://contoso.crm4.dynamics.com").unwrap();
        let base = "api/data/v9.2/";
        let ask = |target: &str| resolve(&org, base, target).map(|url| url.to_string());
        assert_eq!(ask("WhoAmI()").unwrap(), "https://contoso.crm4.dynamics.com/api/data/v9.2/WhoAmI()");
        assert_eq!(ask("/api/data/v9.1/x").unwrap(), "https://contoso.crm4.dynamics.com/api/data/v9.1/x");
        assert_eq!(
            ask("a?$filter=b eq '#1'").unwrap(),
            "https://contoso.crm4.dynamics.com/api/data/v9.2/a?$filter=b%20eq%20%27%231%27"
        );
        let link = "https://contoso.api.crm4.dynamics.com/api/data/v9.2/accounts?$skiptoken=%3Ccookie%20pagenumber=%222%22%20istracking=%22False%22%20/%3E";
        assert_eq!(ask(link).unwrap(), link);
        for foreign in [
            "https://evil.example/api/data/v9.2/accounts",
            "http://contoso.crm4.dynamics.com/",
            "https://contoso.crm4.dynamics.com:444/",
            "https://contoso.crm4.dynamics.com@evil.example/",
            "HTTPS://evil.example/",
        ] {
            assert_eq!(ask(foreign).unwrap_err().kind(), ErrorKind::ForeignLink, "{foreign}");
        }
        // No path leads away from the host.
        for path in ["//evil.example/x", "\\\\evil.example", "@evil.example", "../../../x"] {
            let url = ask(path).unwrap();
            assert!(url.starts_with("https://contoso.crm4.dynamics.com/"), "{path}: {url}");
        }
    }

    #[test]
    fn only_loopback_names_and_addresses_are_this_machine() {
        for (url, here) in [
            ("http://localhost:1/", true),
            ("http://LOCALHOST./", true),
            ("http://crm.localhost/", true),
            ("http://127.9.9.9/", true),
            ("http://[::1]/", true),
            ("http://localhost.evil.example/", false),
            ("http://evillocalhost/", false),
            ("http://128.0.0.1/", false),
            ("http://[::2]/", false),
            ("data:x", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), here, "{url}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_url_of_an_organisation_is_said() {
        for (url, why) in [
            ("https://user@contoso.crm.dynamics.com", "a user or a password"),
            ("https://:secret@contoso.crm.dynamics.com", "a user or a password"),
            ("http://contoso.crm.dynamics.com", "plain http"),
            ("ftp://contoso.crm.dynamics.com", "does not use `ftp`"),
            ("a b", "is not the URL of an organisation"),
        ] {
            let error = org_url(url).unwrap_err();
            assert!(error.message().contains(why) && !error.message().contains("secret"), "{url}: {error}");
        }
        assert_eq!(
            org_url(" //contoso.crm.dynamics.com/?a#b ").unwrap().as_str(),
            "https://contoso.crm.dynamics.com/"
        );
    }

    /// The host names with and without `.api` are one service; scheme, port, user and password have to be the same.
    #[test]
    fn each_part_of_a_link_has_to_be_the_organisations() {
        let org = "https://contoso.crm4.dynamics.com/";
        for (link, same) in [
            ("https://contoso.crm4.dynamics.com:443/x", true),
            ("https://CONTOSO.API.crm4.dynamics.com/x", true),
            ("https://contoso.api.crm4.dynamics.com:444/x", false),
            ("http://contoso.crm4.dynamics.com/x", false),
            ("https://fabrikam.crm4.dynamics.com/x", false),
            ("https://user@contoso.crm4.dynamics.com/x", false),
            ("https://:p@contoso.crm4.dynamics.com/x", false),
        ] {
            assert_eq!(same_service(&org.parse().unwrap(), &link.parse().unwrap()), same, "{link}");
        }
    }
}
