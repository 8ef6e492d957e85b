//! What would change in a file, line by line: as many lines as before, so that nothing has to be looked for.

use std::fmt::Write as _;

/// So many lines that stay are shown around those that change.
const CONTEXT: usize = 3;

/// The unified diff of two texts of equally many lines, each the other's in its place; empty where nothing changes.
pub(super) fn unified(name: &str, old: &str, new: &str) -> String {
    let lines: Vec<(&str, &str)> = old.split_inclusive('\n').zip(new.split_inclusive('\n')).collect();
    let changed: Vec<usize> =
        lines.iter().enumerate().filter(|(_, (old, new))| old != new).map(|(i, _)| i).collect();
    let mut out = String::new();
    // Changes with few lines between them stand together.
    for near in changed.chunk_by(|a, b| b - a <= 2 * CONTEXT + 1) {
        let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
        let (from, to) = (first.saturating_sub(CONTEXT), (last + 1 + CONTEXT).min(lines.len()));
        if out.is_empty() {
            let _ = write!(out, "--- {name}\n+++ {name}\n");
        }
        let place =
            if to - from == 1 { (from + 1).to_string() } else { format!("{},{}", from + 1, to - from) };
        let _ = writeln!(out, "@@ -{place} +{place} @@");
        let shown = lines.get(from..to).unwrap_or_default();
        for run in shown.chunk_by(|a, b| (a.0 == a.1) == (b.0 == b.1)) {
            if run.iter().all(|(old, new)| old == new) {
                run.iter().for_each(|(old, _)| line(&mut out, ' ', old));
            } else {
                run.iter().for_each(|(old, _)| line(&mut out, '-', old));
                run.iter().for_each(|(_, new)| line(&mut out, '+', new));
            }
        }
    }
    out
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

    /// Lines with those replaced whose numbers are in `changed`.
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
    fn a_file_of_changes_alone_takes_no_search() {
        // Looking for what the texts have in common would take 10^10 steps.
        let changed: Vec<usize> = (0..100_000).collect();
        let (old, _) = texts(100_000, &[], "\n");
        let new = old.replace("old", "new");
        let diff = unified("a", &old, &new);
        assert_eq!(diff.lines().count(), 3 + 2 * changed.len());
    }
}
