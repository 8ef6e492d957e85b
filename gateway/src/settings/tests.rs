//! Tests of the settings.
use super::*;

#[test]
fn a_configuration_file_has_only_known_settings() {
    let settings: Settings = toml::from_str(
        "listen = '127.0.0.1:0'\npublic_url = 'https://gw.contoso.com'\n[applications.default]\nclient_id = '1'\n[limits]\nseconds = 5\n",
    )
    .unwrap();
    settings.check().unwrap();
    assert_eq!(settings.limits.deadline(None), Duration::from_secs(5));
    assert_eq!(settings.limits.deadline(Some(9_999)), Duration::from_secs(300));
    assert_eq!(settings.limits.deadline(Some(0)), Duration::from_secs(1));
    assert!(toml::from_str::<Settings>("listne = '127.0.0.1:0'").is_err());
}

#[test]
fn an_error_of_a_configuration_file_has_its_place_and_tells_where_the_setting_belongs() {
    for (text, expected) in [
        (
            "[limits]\nseconds = 5\npublic_url = 'x'\n",
            Err(
                "line 3, column 1: unknown field `public_url`, expected one of `concurrent`, `waiting`, `concurrent_total`, `request_bytes`, `response_bytes`, `seconds`, `max_seconds`; `public_url` is no setting of this section, and stands above the first one",
            ),
        ),
        ("ä = 1", Err("line 1, column 1: invalid unquoted key, expected letters, numbers, `-`, `_`")),
        ("[changes]\nconcurrent = 'x'", Err("line 2, column 14: invalid type: string \"x\", expected u32")),
        (
            "[changes]\npoll = 1",
            Err("line 2, column 1: unknown field `poll`, expected `poll_seconds` or `concurrent`"),
        ),
        ("", Ok(())),
    ] {
        let told = Settings::parse(text).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(told, expected.map_err(str::to_owned), "{text}");
    }
    // Every name is one of the settings above the sections, and the other way round.
    let error = toml::from_str::<Settings>("_ = 0").unwrap_err();
    let known = error
        .message()
        .split('`')
        .skip(3)
        .step_by(2)
        .filter(|name| !["applications", "limits", "webhooks", "schema", "changes"].contains(name));
    assert_eq!(known.collect::<Vec<_>>(), TOP);
}

/// The page has each setting that has a default, with its default.
#[test]
fn the_page_about_running_the_gateway_has_the_default_settings() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/book/src/gateway/run.md");
    let page = dvkit_files::read_text(page.as_ref(), dvkit_files::LinkPolicy::Refuse, 1 << 20).unwrap();
    let (_, text) = page.split_once("with the defaults:\n\n```toml\n").unwrap();
    let (text, _) = text.split_once("```").unwrap();
    let mut settings = Settings::parse(text).unwrap();
    let application = settings.applications.remove("default").unwrap();
    assert_eq!(application, Application::new("00000000-0000-0000-0000-000000000000"));
    assert_eq!(settings, Settings::default());
    let table: toml::Table = text.parse().unwrap();
    let keys = |section: &toml::Table| section.keys().cloned().collect::<Vec<_>>().join(" ");
    let of = |section: &str| keys(table[section].as_table().unwrap());
    for (section, names) in [
        ("limits", "concurrent concurrent_total max_seconds request_bytes response_bytes seconds waiting"),
        ("webhooks", "allow_loopback attempts concurrent kept_days seconds"),
        ("schema", "refresh_seconds tables"),
        ("changes", "concurrent poll_seconds"),
    ] {
        assert_eq!(
            of(section).split(' ').collect::<std::collections::BTreeSet<_>>(),
            names.split(' ').collect(),
            "{section}"
        );
    }
    for name in [
        "listen",
        "database",
        "database_connections",
        "keys_file",
        "hosts",
        "return_urls",
        "organisation_domains",
        "allow_loopback_organisations",
    ] {
        assert!(table.contains_key(name), "{name}");
    }
}

#[test]
fn accounts_connect_to_organisations_only() {
    let mut settings = Settings::default();
    for (url, is_allowed) in [
        ("https://contoso.crm4.dynamics.com", true),
        ("https://CONTOSO.crm.dynamics.cn.", true),
        ("https://contoso.crm4.dynamics.com:444", false),
        ("http://contoso.crm4.dynamics.com", false),
        ("https://dynamics.com", false),
        ("https://evildynamics.com", false),
        ("https://contoso.crm4.dynamics.com.evil.example", false),
        ("https://10.0.0.1", false),
        ("http://127.0.0.1:8080", false),
        ("http://localhost:8080", false),
        ("https://[::1]", false),
    ] {
        assert_eq!(settings.allows_organisation(&url.parse().unwrap()), is_allowed, "{url}");
    }
    settings.allow_loopback_organisations = true;
    assert!(settings.allows_organisation(&"http://127.0.0.1:8080".parse().unwrap()));
}

#[test]
fn a_browser_returns_to_known_pages_only() {
    let settings =
        Settings { return_urls: vec!["https://app.contoso.com/crm/".to_owned()], ..Settings::default() };
    for (url, is_allowed) in [
        ("https://app.contoso.com/crm/done?x=1", true),
        ("https://app.contoso.com/crm", false),
        ("https://app.contoso.com/crm/../x", false),
        ("https://app.contoso.com.evil.example/crm/", false),
        ("https://app.contoso.com@evil.example/crm/", false),
        ("http://app.contoso.com/crm/", false),
        ("javascript:alert(1)", false),
    ] {
        assert_eq!(settings.allows_return_to(&url.parse().unwrap()), is_allowed, "{url}");
    }
}

#[test]
fn a_public_url_is_one_of_a_server() {
    for (listen, url, is_right) in [
        ("127.0.0.1:1", None, true),
        ("0.0.0.0:1", None, false),
        ("0.0.0.0:1", Some("https://gw.contoso.com"), true),
        ("0.0.0.0:1", Some("http://gw.contoso.com"), false),
        ("127.0.0.1:1", Some("http://localhost:8080"), true),
        ("127.0.0.1:1", Some("https://gw.contoso.com/x"), false),
        ("127.0.0.1:1", Some("https://u@gw.contoso.com"), false),
        ("127.0.0.1:1", Some("https://gw.contoso.com/?x"), false),
        ("127.0.0.1:1", Some("ftp://gw.contoso.com/"), false),
    ] {
        let settings = Settings {
            listen: listen.parse().unwrap(),
            public_url: url.map(|url| url.parse().unwrap()),
            ..Settings::default()
        };
        assert_eq!(settings.check().is_ok(), is_right, "{listen} {url:?}");
    }
}

#[test]
fn a_limit_of_zero_that_refuses_everything_is_refused() {
    for (limit, is_right) in [
        ("concurrent", false),
        ("concurrent_total", false),
        ("seconds", false),
        ("waiting", true),
        ("request_bytes", true),
    ] {
        let parsed = Settings::parse(&format!("[limits]\n{limit} = 0\n"));
        assert_eq!(parsed.is_ok(), is_right, "{limit}: {parsed:?}");
        assert!(Settings::parse(&format!("[limits]\n{limit} = 1\n")).is_ok(), "{limit}");
    }
}

#[test]
fn a_deadline_is_within_its_limits() {
    let limits = Limits { seconds: 60, max_seconds: 300, ..Limits::default() };
    for (asked, seconds) in
        [(None, 60), (Some(0), 1), (Some(1), 1), (Some(299), 299), (Some(300), 300), (Some(301), 300)]
    {
        assert_eq!(limits.deadline(asked), Duration::from_secs(seconds), "{asked:?}");
    }
    let none = Limits { seconds: 60, max_seconds: 0, ..Limits::default() };
    assert_eq!(none.deadline(None), Duration::from_secs(1));
}

#[test]
fn a_database_is_one_of_postgresql_by_its_scheme() {
    for (database, is_postgres) in [
        ("postgres://db/gateway", true),
        ("postgresql://db/gateway", true),
        ("postgres.db", false),
        ("sqlite:postgres://", false),
        ("gateway.db", false),
    ] {
        assert_eq!(Settings::is_postgres(database), is_postgres, "{database}");
    }
}

#[test]
fn a_host_is_this_machine_by_name_or_address() {
    for (host, is_local) in [
        ("localhost", true),
        ("LocalHost", true),
        ("127.0.0.1", true),
        ("127.9.9.9", true),
        ("[::1]", true),
        ("::1", true),
        ("128.0.0.1", false),
        ("localhost.contoso.com", false),
        ("", false),
        ("::2", false),
    ] {
        assert_eq!(is_loopback_host(host), is_local, "{host}");
    }
}

#[test]
fn each_setting_that_is_wrong_is_told() {
    const URL: &str = "`public_url` is an `https` URL, such as `https://gateway.contoso.com`";
    const BARE: &str = "`public_url` has a host and a port only, without a path";
    const LISTEN: &str =
        "a gateway that other machines reach needs `public_url`, by which next links lead back to it";
    const LIMIT: &str = "a limit in `[limits]` is 0, which would refuse every request";
    for (text, expected) in [
        ("", None),
        ("listen = '[::1]:1'", None),
        ("listen = '127.9.9.9:1'", None),
        ("listen = '0.0.0.0:1'", Some(LISTEN)),
        ("listen = '[::]:1'", Some(LISTEN)),
        ("listen = '10.0.0.1:1'", Some(LISTEN)),
        ("listen = '0.0.0.0:1'\npublic_url = 'https://gw.contoso.com:8443'", None),
        ("public_url = 'http://127.0.0.1:1'", None),
        ("public_url = 'http://[::1]:1'", None),
        ("public_url = 'https://localhost'", None),
        ("public_url = 'http://gw.contoso.com'", Some(URL)),
        ("public_url = 'ftp://localhost'", Some(URL)),
        ("public_url = 'mailto:a@b'", Some(URL)),
        ("public_url = 'https://gw.contoso.com/a'", Some(BARE)),
        ("public_url = 'https://gw.contoso.com?a'", Some(BARE)),
        ("public_url = 'https://gw.contoso.com#a'", Some(BARE)),
        ("public_url = 'https://a@gw.contoso.com'", Some(BARE)),
        ("public_url = 'https://:a@gw.contoso.com'", Some(BARE)),
        ("[limits]\nconcurrent = 0", Some(LIMIT)),
        ("[limits]\nconcurrent_total = 0", Some(LIMIT)),
        ("[limits]\nseconds = 0", Some(LIMIT)),
        ("[limits]\nmax_seconds = 0", None),
        ("[limits]\nresponse_bytes = 0", None),
    ] {
        let told = Settings::parse(text).err().map(|error| error.to_string());
        assert_eq!(told.as_deref(), expected, "{text}");
    }
}

#[test]
fn the_domains_of_organisations_are_compared_label_by_label() {
    let with = |domains: &[&str]| Settings {
        organisation_domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        ..Settings::default()
    };
    for (domains, url, is_allowed) in [
        (&["contoso.com"][..], "https://a.contoso.com", true),
        (&[".Contoso.Com"], "https://a.contoso.com", true),
        (&["..contoso.com"], "https://a.b.contoso.com", true),
        (&["x.com", "contoso.com"], "https://a.contoso.com", true),
        (&["contoso.com"], "https://contoso.com", false),
        (&["contoso.com"], "https://acontoso.com", false),
        (&["contoso.com"], "https://a.contoso.com.", true),
        (&["contoso.com"], "https://a.contoso.com:443", true),
        (&["contoso.com"], "https://a.contoso.com:8443", false),
        (&["contoso.com"], "http://a.contoso.com", false),
        (&["contoso.com"], "file:///a.contoso.com", false),
        (&[""], "https://a.contoso.com", false),
        (&["."], "https://a.contoso.com.", false),
        (&[], "https://a.contoso.com", false),
        (&["localhost"], "https://localhost", false),
        (&["localhost"], "https://localhost.", false),
    ] {
        assert_eq!(with(domains).allows_organisation(&url.parse().unwrap()), is_allowed, "{domains:?} {url}");
    }
    let loopback = Settings { allow_loopback_organisations: true, ..with(&[]) };
    for (url, is_allowed) in
        [("https://localhost", true), ("http://[::1]:5", true), ("http://10.0.0.1", false)]
    {
        assert_eq!(loopback.allows_organisation(&url.parse().unwrap()), is_allowed, "{url}");
    }
}

#[test]
fn a_page_to_return_to_is_below_one_of_those_that_are_allowed() {
    let settings = Settings {
        return_urls: ["no url", "https://a.contoso.com", "http://127.0.0.1:1/done"]
            .map(str::to_owned)
            .to_vec(),
        ..Settings::default()
    };
    for (url, is_allowed) in [
        ("https://a.contoso.com/", true),
        ("https://a.contoso.com/any?b#c", true),
        ("https://a.contoso.com:443/", true),
        ("https://a.contoso.com:444/", false),
        ("https://u@a.contoso.com/", false),
        ("https://:p@a.contoso.com/", false),
        ("http://127.0.0.1:1/done", true),
        ("http://127.0.0.1:1/done/2", true),
        ("http://127.0.0.1:1/don", false),
        ("http://127.0.0.1:2/done", false),
        ("https://127.0.0.1:1/done", false),
    ] {
        assert_eq!(settings.allows_return_to(&url.parse().unwrap()), is_allowed, "{url}");
    }
    assert!(!Settings::default().allows_return_to(&"https://a.contoso.com/".parse().unwrap()));
}
