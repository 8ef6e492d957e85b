//! Writes unified diffs of texts in linear time, for `check --diff`.
//!
//! A fix leaves most lines in their place. Texts with equally many lines are compared line by line.
//! Otherwise, the common lines at the beginning and the end are unchanged, and everything between them is the
//! change. A search for the shortest diff would take quadratic time on texts without common lines.

use std::fmt::Write as _;

/// The number of unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// A line of the old text, and the line of the new text that replaces it; `None` if there is none.
type Row<'a> = (Option<&'a str>, Option<&'a str>);

/// Returns the unified diff of two texts; empty if they are equal. `name` is the file name in the header.
pub(super) fn unified(name: &str, old: &str, new: &str) -> String {
    let rows = rows(old, new);
    let changed: Vec<usize> =
        rows.iter().enumerate().filter(|(_, (old, new))| old != new).map(|(i, _)| i).collect();
    let mut out = String::new();
    // The number of lines of each text before row `counted`.
    let (mut before, mut counted) = ((0, 0), 0);
    // Changes with few unchanged lines between them share a hunk.
    for near in changed.chunk_by(|a, b| b - a <= 2 * CONTEXT + 1) {
        let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
        let (from, to) = (first.saturating_sub(CONTEXT), (last + 1 + CONTEXT).min(rows.len()));
        if out.is_empty() {
            let _ = write!(out, "--- {name}\n+++ {name}\n");
        }
        let skipped = count(rows.get(counted..from).unwrap_or_default());
        before = (before.0 + skipped.0, before.1 + skipped.1);
        let shown = rows.get(from..to).unwrap_or_default();
        let lines = count(shown);
        let _ = writeln!(out, "@@ -{} +{} @@", range(before.0, lines.0), range(before.1, lines.1));
        (before, counted) = ((before.0 + lines.0, before.1 + lines.1), to);
        for run in shown.chunk_by(|a, b| (a.0 == a.1) == (b.0 == b.1)) {
            let olds = run.iter().filter_map(|(old, _)| *old);
            if run.iter().all(|(old, new)| old == new) {
                olds.for_each(|old| line(&mut out, ' ', old));
            } else {
                olds.for_each(|old| line(&mut out, '-', old));
                run.iter().filter_map(|(_, new)| *new).for_each(|new| line(&mut out, '+', new));
            }
        }
    }
    out
}

fn rows<'a>(old: &'a str, new: &'a str) -> Vec<Row<'a>> {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let (first, last) = if old.len() == new.len() {
        (0, 0)
    } else {
        let first = old.iter().zip(&new).take_while(same).count();
        let left = old.len().min(new.len()) - first;
        (first, old.iter().rev().zip(new.iter().rev()).take(left).take_while(same).count())
    };
    let middle = |all: &[&'a str]| all.get(first..all.len() - last).unwrap_or_default().to_vec();
    let (removed, added) = (middle(&old), middle(&new));
    let stays = |text: &&'a str| (Some(*text), Some(*text));
    let begin = old.get(..first).unwrap_or_default().iter().map(stays);
    let end = old.get(old.len() - last..).unwrap_or_default().iter().map(stays);
    let between =
        (0..removed.len().max(added.len())).map(|i| (removed.get(i).copied(), added.get(i).copied()));
    begin.chain(between).chain(end).collect()
}

/// Returns the number of old lines and the number of new lines in the rows.
fn count(rows: &[Row<'_>]) -> (usize, usize) {
    let old = rows.iter().filter(|(old, _)| old.is_some()).count();
    (old, rows.iter().filter(|(_, new)| new.is_some()).count())
}

/// Formats the line range of a hunk as first line and number of lines: `3,5`. `before` is the number of lines
/// before the hunk, and `lines` the number of lines in it. For an empty hunk, the first line is the line
/// before it.
fn range(before: usize, lines: usize) -> String {
    match lines {
        0 => format!("{before},0"),
        1 => (before + 1).to_string(),
        n => format!("{},{n}", before + 1),
    }
}

fn line(out: &mut String, sign: char, text: &str) {
    out.push(sign);
    out.push_str(text);
    if !text.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use similar::TextDiff;

    /// Returns two texts of `lines` lines each, with `end` at the end. In the second text, the lines with the
    /// indices `changed` are different.
    fn texts(lines: usize, changed: &[usize], end: &str) -> (String, String) {
        let of = |is: &dyn Fn(usize) -> bool| {
            let all: Vec<String> =
                (0..lines).map(|n| format!("{}{n}", if is(n) { "new" } else { "old" })).collect();
            all.join("\n") + end
        };
        (of(&|_| false), of(&|n| changed.contains(&n)))
    }

    #[test]
    fn it_is_the_diff_that_others_print() {
        for changed in [
            &[][..],
            &[0],
            &[19],
            &[0, 1, 2],
            &[5, 6, 9],
            &[0, 7],
            &[0, 8],
            &[3, 10, 18],
            &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
        ] {
            for (lines, end) in [(20, "\n"), (20, ""), (1, "\n"), (1, "")] {
                let (old, new) = texts(lines, changed, end);
                let others = TextDiff::from_lines(&old, &new).unified_diff().header("a", "a").to_string();
                assert_eq!(unified("a", &old, &new), others, "{changed:?} of {lines}");
            }
        }
    }

    #[test]
    fn lines_that_come_and_go_are_the_only_change() {
        for (old, new) in [
            ("a\nb\nc\n", "a\nc\n"),
            ("a\nc\n", "a\nb\nc\n"),
            ("", "a\n"),
            ("a\n", ""),
            ("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\nx\ny\n6\n7\n8\n9"),
            ("a\na\n", "a\na\na\n"),
        ] {
            let others = TextDiff::from_lines(old, new).unified_diff().header("a", "a").to_string();
            assert_eq!(unified("a", old, new), others, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_file_of_changes_alone_takes_no_search() {
        // A search for common lines would take 10^10 steps.
        let changed: Vec<usize> = (0..100_000).collect();
        let (old, _) = texts(100_000, &[], "\n");
        let new = old.replace("old", "new");
        let diff = unified("a", &old, &new);
        assert_eq!(diff.lines().count(), 3 + 2 * changed.len());
    }
}
