//! Makes the file names of a snapshot from the names of tables and choices. Writers use it; two names never
//! get the same file name, on any file system.

use std::fmt::Write as _;

/// The maximum length of a file name without extension, in bytes. Common file systems allow 255 bytes with
/// the extension.
const MAX_STEM: usize = 200;

/// File names that Windows reserves for devices, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.')
}

fn is_device(stem: &str) -> bool {
    let base = stem.split('.').next().unwrap_or(stem);
    let numbered =
        |prefix: &str| base.strip_prefix(prefix).is_some_and(|n| matches!(n.as_bytes(), [b'0'..=b'9']));
    DEVICES.contains(&base) || numbered("com") || numbered("lpt")
}

/// Returns the file name, without extension, for the name of a table or a choice.
///
/// Lower-case letters, digits and `_ - .` are kept. Every other byte becomes `=` and two hexadecimal digits,
/// so that two names never share a file, even on file systems that ignore letter case. A leading dot and the
/// names of Windows devices are escaped too. A name that is too long is cut, and a hash is appended to make
/// it unique.
pub(super) fn stem(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let escape_first = name.starts_with('.') || is_device(name);
    for (i, byte) in name.bytes().enumerate() {
        if is_plain(byte) && !(i == 0 && escape_first) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "={byte:02x}");
        }
    }
    if out.is_empty() {
        out.push('=');
    }
    if out.len() > MAX_STEM {
        out.truncate(MAX_STEM - 19);
        let _ = write!(out, "=-{:016x}", fnv1a(name.bytes()));
    }
    out
}

/// Returns the file name for `name` if it differs from `name`; the index then has to record the file name.
/// Otherwise returns `None`.
pub(super) fn recorded(name: &str) -> Option<String> {
    let stem = stem(name);
    (stem != name).then_some(stem)
}

/// Returns whether a file name from an index is safe to open. An index may come from anyone, so a name must
/// not lead out of the snapshot's directory.
pub(super) fn is_safe(stem: &str) -> bool {
    !stem.is_empty()
        && !stem.starts_with('.')
        && stem.len() < 250
        && stem.bytes().all(|b| is_plain(b) || b == b'=')
}

/// Returns a hash of the bytes. The hash is the same in every version of dvkit, and is not cryptographic.
pub(super) fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    bytes.into_iter().fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_is_its_own_file_name() {
        assert_eq!(stem("account"), "account");
        assert_eq!(stem("msdyn_a-b.c"), "msdyn_a-b.c");
        assert_eq!(recorded("account"), None);
        assert_eq!(recorded("Account").as_deref(), Some("=41ccount"));
    }

    #[test]
    fn names_never_collide_without_case_and_never_leave_the_directory() {
        let names = [
            "new_a", "new_A", "NEW_A", "new=41", "../x", "..", "", "a/b", "a\\b", "con", "com1.x", "ö", "Ö",
            " ",
        ];
        let mut seen = std::collections::HashSet::new();
        for name in names {
            let stem = stem(name);
            assert!(is_safe(&stem), "{name:?} -> {stem:?}");
            assert!(!is_device(&stem), "{name:?} -> {stem:?}");
            assert!(seen.insert(stem.to_lowercase()), "{name:?} -> {stem:?} twice");
        }
        assert!(!is_safe("../x") && !is_safe("a/b") && !is_safe(".x") && !is_safe(""));
    }

    #[test]
    fn long_names_stay_different() {
        let (a, b) = (format!("{}a", "x".repeat(300)), format!("{}b", "x".repeat(300)));
        assert_ne!(stem(&a), stem(&b));
        assert!(stem(&a).len() <= MAX_STEM);
    }

    #[test]
    fn a_name_is_cut_only_if_it_is_too_long_and_then_always_in_the_same_way() {
        let at_limit = "x".repeat(200);
        assert_eq!(stem(&at_limit), at_limit);
        let above = stem(&"x".repeat(201));
        assert_eq!(above, format!("{}=-3631500d06f3bba7", "x".repeat(181)));
        assert_eq!(above.len(), 199);
        // Letters that are escaped count three bytes each.
        assert_eq!(stem(&"X".repeat(66)).len(), 198);
        assert_eq!(stem(&"X".repeat(67)).len(), 199);
    }

    #[test]
    fn the_names_of_devices_are_escaped_whatever_their_extension() {
        for name in ["con", "prn", "aux", "nul", "com1", "lpt9", "con.txt", "com0.a.b"] {
            assert!(stem(name).starts_with('='), "{name}");
        }
        for name in ["cons", "com", "com10", "coma", "lpt", "lpta", "xcon", "a.con", "1com"] {
            assert_eq!(stem(name), name);
        }
        assert_eq!(
            (stem("con"), stem(".a"), stem("a.b"), stem("")),
            ("=63on".into(), "=2ea".into(), "a.b".into(), "=".into())
        );
    }

    #[test]
    fn a_file_name_is_safe_up_to_249_bytes() {
        for (length, safe) in [(249, true), (250, false), (251, false)] {
            assert_eq!(is_safe(&"x".repeat(length)), safe, "{length}");
        }
        assert!(is_safe("a=41-_.") && is_safe("0"));
        for name in ["a b", "A", "a/b", "ö", ".a", ""] {
            assert!(!is_safe(name), "{name}");
        }
        assert_eq!(fnv1a(*b"a"), 0xaf63_dc4c_8601_ec8c, "the published value");
    }

    #[test]
    fn the_names_of_devices_are_escaped_and_similar_names_are_not() {
        for name in ["con", "prn", "aux", "nul", "com0", "com9", "lpt1", "con.x", "com1.x.y", "lpt5."] {
            assert_eq!(stem(name), format!("={:02x}{}", name.as_bytes()[0], &name[1..]));
        }
        for name in
            ["cons", "co", "com", "com10", "coma", "lpt", "lpt12", "lptx", "x.con", "com_1", "nul_", "a.com1"]
        {
            assert_eq!((stem(name).as_str(), recorded(name)), (name, None));
        }
        assert_eq!([stem(".a"), stem(""), stem("a=b"), stem("é")], ["=2ea", "=", "a=3db", "=c3=a9"]);
    }

    #[test]
    fn a_long_name_is_cut_and_gets_a_hash() {
        let of_length = |length: usize| stem(&"x".repeat(length));
        assert_eq!(of_length(MAX_STEM), "x".repeat(MAX_STEM));
        assert_eq!(of_length(MAX_STEM + 1), format!("{}=-{:016x}", "x".repeat(181), fnv1a([b'x'; 201])));
        assert_eq!(of_length(MAX_STEM + 1).len(), MAX_STEM - 1);
        assert_eq!([fnv1a([]), fnv1a([b'a'])], [0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c]);
    }

    #[test]
    fn a_file_name_of_an_index_is_safe_if_it_stays_in_its_folder() {
        for (name, safe) in [
            ("account".to_owned(), true),
            ("=2ea_-.9".to_owned(), true),
            (String::new(), false),
            (".a".to_owned(), false),
            ("A".to_owned(), false),
            ("a/b".to_owned(), false),
            ("a b".to_owned(), false),
            ("x".repeat(249), true),
            ("x".repeat(250), false),
        ] {
            assert_eq!(is_safe(&name), safe, "{name}");
        }
    }
}
