//! Writes mutants into the text of a source file, and the module that switches them on.

use crate::candidates::ON;
use crate::sample::Mutant;

/// Environment variable with the number of the mutant that is on.
pub(crate) const ACTIVE: &str = "DVKIT_MUTANT";

/// Environment variable with the file to which processes append the numbers of the mutants that they reach.
pub(crate) const REACHED: &str = "DVKIT_MUTANTS_REACHED";

/// Returns a source text with mutants in it. No line moves.
pub(crate) fn instrument(text: &str, mutants: &[&Mutant]) -> String {
    // Mutants are in different functions: their pieces do not overlap, and the order of their insertions is that of the text.
    let mut insertions: Vec<(usize, u32, &str)> = Vec::new();
    for mutant in mutants {
        insertions.extend(mutant.insertions.iter().map(|(at, inserted)| (*at, mutant.id, inserted.as_str())));
    }
    insertions.sort_by_key(|(at, ..)| *at);
    let mut out = String::with_capacity(text.len() + 200 * insertions.len());
    let mut done = 0;
    for (at, id, inserted) in insertions {
        out.push_str(&text[done..at]);
        out.push_str(&inserted.replace(ON, &format!("crate::__mutant::on({id})")));
        done = at;
    }
    out.push_str(&text[done..]);
    out
}

/// Returns the module that the root file of each crate gets. `highest` is the highest number of a mutant.
///
/// It reads the environment once in a process. While no mutant is on and the numbers are asked for, it appends each number when
/// it is reached for the first time: one write of one line, so that processes of one test can share the file.
pub(crate) fn module(highest: u32) -> String {
    let size = highest + 1;
    format!(
        r#"
mod __mutant {{
    use std::sync::OnceLock;
    use std::sync::atomic::{{AtomicBool, Ordering}};
    static ACTIVE: OnceLock<u32> = OnceLock::new();
    static FILE: OnceLock<Option<std::ffi::OsString>> = OnceLock::new();
    static SEEN: [AtomicBool; {size}] = [const {{ AtomicBool::new(false) }}; {size}];
    #[inline]
    pub(crate) fn on(id: u32) -> bool {{
        let active = *ACTIVE.get_or_init(|| {{
            std::env::var("{ACTIVE}").ok().and_then(|id| id.parse().ok()).unwrap_or(0)
        }});
        if active == 0 {{
            reached(id);
        }}
        active == id
    }}
    fn reached(id: u32) {{
        let Some(file) = FILE.get_or_init(|| std::env::var_os("{REACHED}")) else {{ return }};
        if SEEN[id as usize].swap(true, Ordering::Relaxed) {{
            return;
        }}
        if let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(file) {{
            let _ = std::io::Write::write_all(&mut file, format!("{{id}}\n").as_bytes());
        }}
    }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::scan;

    fn mutant(id: u32, insertions: Vec<(usize, String)>) -> Mutant {
        Mutant {
            id,
            package: String::new(),
            file: String::new(),
            line: 1,
            last_line: 1,
            function_lines: (1, 2),
            function: String::new(),
            kind: String::new(),
            change: String::new(),
            insertions,
        }
    }

    #[test]
    fn a_mutant_keeps_the_original_beside_it() {
        let text = "fn f(a: i32) -> i32 { a + 1 }";
        let scan = scan(text).unwrap();
        let sum = scan.candidates.iter().find(|c| c.kind == "arithmetic").unwrap();
        let written = instrument(text, &[&mutant(17, sum.insertions.clone())]);
        assert_eq!(written, "fn f(a: i32) -> i32 { (if crate::__mutant::on(17) { a - 1 } else { a + 1 }) }");
    }

    #[test]
    fn every_candidate_of_this_tool_parses_and_keeps_its_lines() {
        let text = include_str!("candidates/attributes.rs");
        let scan = scan(text).unwrap();
        assert!(scan.candidates.len() > 30, "{}", scan.candidates.len());
        for candidate in scan.candidates {
            let written = instrument(text, &[&mutant(1, candidate.insertions.clone())]);
            if let Err(error) = syn::parse_file(&written) {
                panic!("{}: {error}", candidate.change);
            }
            assert_eq!(written.lines().count(), text.lines().count(), "{}", candidate.change);
            assert!(written.contains("crate::__mutant::on(1)"), "{}", candidate.change);
        }
    }

    #[test]
    fn the_module_that_switches_parses() {
        assert!(syn::parse_file(&module(3)).is_ok());
    }
}
