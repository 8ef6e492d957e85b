//! Formats lists of names for messages, such as a list of possible tables. Several modules of the resolver
//! and the rewrites call it.

/// Returns names for a message, in backticks, such as `` `account`, `contact` and `lead` ``. At most six
/// names are listed.
pub(crate) fn names<'n>(tables: impl Iterator<Item = &'n str>) -> String {
    let mut tables: Vec<&str> = tables.collect();
    tables.sort_unstable();
    tables.dedup();
    let more = tables.len().saturating_sub(6);
    tables.truncate(6);
    let mut quoted: Vec<String> = tables.iter().map(|t| format!("`{t}`")).collect();
    if more > 0 {
        quoted.push(format!("{more} more"));
    }
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn up_to_six_names_are_listed() {
        for (tables, expected) in [
            (&[][..], ""),
            (&["b"], "`b`"),
            (&["b", "a"], "`a` and `b`"),
            (&["b", "a", "b"], "`a` and `b`"),
            (&["c", "a", "b"], "`a`, `b` and `c`"),
            (&["a", "b", "c", "d", "e"], "`a`, `b`, `c`, `d` and `e`"),
            (&["a", "b", "c", "d", "e", "f"], "`a`, `b`, `c`, `d`, `e` and `f`"),
            (&["a", "b", "c", "d", "e", "f", "g"], "`a`, `b`, `c`, `d`, `e`, `f` and 1 more"),
            (&["h", "a", "b", "c", "d", "e", "f", "g", "g"], "`a`, `b`, `c`, `d`, `e`, `f` and 2 more"),
        ] {
            assert_eq!(names(tables.iter().copied()), expected, "{tables:?}");
        }
    }
}
