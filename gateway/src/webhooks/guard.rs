//! Keeps events from being sent to inside addresses: the names of receivers are resolved, and every address is checked
//! before a connection is opened to one of those that were checked.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::settings::is_loopback_host;

/// The last labels of names that are never names of the public internet.
const INSIDE_NAMES: &[&str] =
    &["localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion"];

/// Returns whether an address is one of the public internet.
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = matches!(
        (a, b, c),
        // This network, loopback, link-local, private, shared (carrier-grade NAT), protocol assignments, 6to4 relays,
        // benchmarks, multicast and reserved (RFC 6890).
        (0 | 10 | 127 | 224..=255, _, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (100, 64..=127, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    match segments {
        // Documentation, and addresses that stand for others: Teredo and further protocol assignments.
        [0x2001, 0x0db8, ..] | [0x2001, 0..=0x01ff, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // 6to4 addresses contain one of IPv4.
        [0x2002, high, low, ..] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Global unicast. All others are loopback, mapped, translated, local, multicast or unassigned.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Checks the address of a webhook. `allow_loopback` allows addresses on loopback, and plain `http` to them.
pub(super) fn check_url(text: &str, allow_loopback: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("the address of a webhook is a URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address of a webhook has no user and no password".to_owned());
    }
    if url.fragment().is_some() {
        return Err("the address of a webhook has no fragment (`#…`)".to_owned());
    }
    let local = url.host_str().is_some_and(is_loopback_host);
    match url.scheme() {
        "https" => {}
        "http" if local && allow_loopback => {}
        _ => return Err("the address of a webhook begins with `https://`".to_owned()),
    }
    if local && allow_loopback {
        return Ok(url);
    }
    let inside = || Err("the address of a webhook is one of the public internet".to_owned());
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let last = name.rsplit('.').next().unwrap_or_default();
            if !name.contains('.') || INSIDE_NAMES.contains(&last) { inside() } else { Ok(url) }
        }
        Some(Host::Ipv4(ip)) if is_public(ip.into()) => Ok(url),
        Some(Host::Ipv6(ip)) if is_public(ip.into()) => Ok(url),
        _ => inside(),
    }
}

/// Returns the addresses if all may be connected to.
fn checked(
    addresses: Vec<SocketAddr>,
    allow_loopback: bool,
) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    let allowed =
        |address: &SocketAddr| is_public(address.ip()) || allow_loopback && address.ip().is_loopback();
    if addresses.is_empty() || !addresses.iter().all(allowed) {
        return Err(
            "the name of the receiver leads to an address that is not one of the public internet".into()
        );
    }
    Ok(Box::new(addresses.into_iter()))
}

/// A resolver that gives addresses of the public internet only.
pub(super) struct GuardedResolver {
    pub(super) allow_loopback: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_loopback = self.allow_loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            checked(found.collect(), allow_loopback)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_addresses_are_not_public() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "100::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "2606:4700::1",
            "2a00:1450::1",
            "2002:808:808::1",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn the_address_of_a_webhook_is_public() {
        for url in [
            "http://hooks.contoso.com/x",
            "https://localhost/x",
            "https://localhost./x",
            "https://x.localhost/",
            "https://intranet/",
            "https://db.internal/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://user@hooks.contoso.com/",
            "https://user:password@hooks.contoso.com/",
            "https://hooks.contoso.com/#x",
            "ftp://hooks.contoso.com/",
            "file:///etc/passwd",
            "gopher://hooks.contoso.com/",
            "hooks.contoso.com",
            "",
        ] {
            assert!(check_url(url, false).is_err(), "{url}");
        }
        assert!(check_url("https://hooks.contoso.com:8443/x?y=1", false).is_ok());
        assert!(check_url("https://8.8.8.8/x", false).is_ok());
        assert!(check_url("http://127.0.0.1:9/x", true).is_ok());
        assert!(check_url("https://10.0.0.1/x", true).is_err());
        assert!(check_url("http://hooks.contoso.com/x", true).is_err());
    }

    #[test]
    fn a_name_with_one_inside_address_is_refused() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        assert!(checked(addresses(&["8.8.8.8:0", "8.8.4.4:0"]), false).is_ok());
        assert!(checked(addresses(&["8.8.8.8:0", "10.0.0.1:0"]), false).is_err());
        assert!(checked(addresses(&["127.0.0.1:0"]), false).is_err());
        assert!(checked(addresses(&["127.0.0.1:0"]), true).is_ok());
        assert!(checked(addresses(&["10.0.0.1:0"]), true).is_err());
        assert!(checked(Vec::new(), true).is_err());
    }

    /// The ranges of addresses that are not of the public internet: the first and the last of each. What precedes and
    /// what follows a range is public, unless it is in another one.
    const RANGES: &[(&str, &str)] = &[
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "255.255.255.255"),
    ];

    #[test]
    fn the_ranges_of_inside_addresses_end_where_they_end() {
        let number = |text: &str| u32::from(text.parse::<Ipv4Addr>().unwrap());
        let is_inside = |number: u32| {
            let of = |text: &str| u32::from(text.parse::<Ipv4Addr>().unwrap());
            RANGES.iter().any(|(first, last)| (of(first)..=of(last)).contains(&number))
        };
        let mut seen = 0;
        for (first, last) in RANGES {
            let (first, last) = (number(first), number(last));
            let middle = first + (last - first) / 2;
            let around = [first.checked_sub(1), last.checked_add(1)].into_iter().flatten();
            for number in around.chain([first, middle, last]) {
                let ip = Ipv4Addr::from(number);
                assert_eq!(is_public(ip.into()), !is_inside(number), "{ip}");
                // An address of IPv6 that contains one of IPv4 leads to it, or nowhere.
                let [a, b, c, d] = ip.octets().map(u16::from);
                let (high, low) = (a << 8 | b, c << 8 | d);
                let six_to_four = Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1);
                assert_eq!(is_public(six_to_four.into()), is_public(ip.into()), "{six_to_four}");
                for other in [
                    ip.to_ipv6_mapped(),
                    Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 0),
                ] {
                    assert!(!is_public(other.into()), "{other}");
                }
                seen += 1;
            }
        }
        assert_eq!(seen, 5 * RANGES.len() - 2);
    }

    #[test]
    fn the_ranges_of_ipv6_end_where_they_end() {
        for (ip, expected) in [
            ("1fff:ffff::", false),
            ("2000::", true),
            ("2000:ffff::", true),
            ("2001::", false),
            ("2001:1ff:ffff::", false),
            ("2001:200::", true),
            ("2001:db7:ffff::", true),
            ("2001:db8::", false),
            ("2001:db8:ffff::", false),
            ("2001:db9::", true),
            ("2003::", true),
            ("3ffe:ffff::", true),
            ("3fff::", false),
            ("3fff:fff:ffff::", false),
            ("3fff:1000::", true),
            ("3fff:ffff::", true),
            ("4000::", false),
            ("64:ff9b:1::1", false),
            ("100::", false),
            ("5f00::1", false),
            ("fbff::", false),
            ("fc00::", false),
            ("fdff::", false),
            ("fe80::", false),
            ("febf::", false),
            ("fec0::", false),
            ("ff00::", false),
            ("ffff::", false),
        ] {
            assert_eq!(is_public(ip.parse().unwrap()), expected, "{ip}");
        }
    }

    #[test]
    fn each_reason_to_refuse_an_address_is_said() {
        for (url, loopback, part) in [
            ("no url", false, "is a URL"),
            ("https://user@hooks.contoso.com/", false, "no user"),
            ("https://:password@hooks.contoso.com/", false, "no user"),
            ("https://hooks.contoso.com/#", false, "no fragment"),
            ("http://hooks.contoso.com/", false, "begins with `https://`"),
            ("http://127.0.0.1/", false, "begins with `https://`"),
            ("http://hooks.contoso.com/", true, "begins with `https://`"),
            ("ftp://127.0.0.1/", true, "begins with `https://`"),
            ("https://127.0.0.1/", false, "public internet"),
            ("https://hooks/", false, "public internet"),
            ("https://10.0.0.1/", true, "public internet"),
            ("https://[fd00::1]/", true, "public internet"),
        ] {
            let refused = check_url(url, loopback).unwrap_err();
            assert!(refused.contains(part), "{url}: {refused}");
        }
        for name in INSIDE_NAMES {
            for url in [
                format!("https://a.{name}/"),
                format!("https://a.b.{name}./"),
                format!("https://A.{}/", name.to_uppercase()),
            ] {
                assert!(check_url(&url, false).is_err(), "{url}");
            }
            let longer = format!("https://{name}.contoso.com/");
            assert!(check_url(&longer, false).is_ok(), "{longer}");
        }
        for (url, loopback) in [
            ("https://hooks.contoso.com/", false),
            ("https://[2606:4700::1]/", false),
            ("https://localhost/", true),
            ("http://localhost:1/", true),
            ("http://[::1]:1/", true),
        ] {
            assert_eq!(check_url(url, loopback).unwrap().as_str(), url);
        }
    }
}
