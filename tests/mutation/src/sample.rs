//! Draws mutants from the candidates: at random, repeatable by a seed, spread over crates, files and functions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::candidates::Candidate;
use crate::workspace::Source;

/// A mutant that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mutant {
    /// Number in this run, from 1.
    pub(crate) id: u32,
    /// Name of the package.
    pub(crate) package: String,
    /// Source file, relative to the workspace.
    pub(crate) file: String,
    /// First line of the change, from 1.
    pub(crate) line: usize,
    /// Last line of the change.
    pub(crate) last_line: usize,
    /// First line of the function, and the line after its last.
    pub(crate) function_lines: (usize, usize),
    /// Outermost function, with its type.
    pub(crate) function: String,
    /// Kind of the change.
    pub(crate) kind: String,
    /// The change in words.
    pub(crate) change: String,
    /// Byte offsets and texts that are inserted into the source.
    pub(crate) insertions: Vec<(usize, String)>,
}

/// Pseudo-random numbers by splitmix64: few lines, and the same on every machine and in every version of the workspace.
pub(crate) struct Random(u64);

impl Random {
    /// Makes a sequence from a seed and a name. Each package has a sequence of its own, so that its sample does not depend on
    /// which other packages are chosen.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash)
    }

    /// Returns the next number.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Shuffles a list.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for n in (1..list.len()).rev() {
            let other = self.next() % (n as u64 + 1);
            list.swap(n, usize::try_from(other).expect("it is at most an index"));
        }
    }
}

/// The candidates of one package in the order in which they are drawn, with those that are in use.
pub(crate) struct Urn {
    package: String,
    /// The next candidate is the last.
    rest: Vec<(String, Candidate)>,
    functions: BTreeSet<(String, usize)>,
    files: BTreeMap<String, usize>,
    per_file: usize,
}

impl Urn {
    /// Mixes the candidates of a package.
    pub(crate) fn new(seed: u64, package: &str, sources: Vec<Source>, per_file: usize) -> Self {
        let mut rest: Vec<(String, Candidate)> = Vec::new();
        for source in sources {
            rest.extend(source.candidates.into_iter().map(|candidate| (source.file.clone(), candidate)));
        }
        Random::new(seed, package).shuffle(&mut rest);
        Urn {
            package: package.to_owned(),
            rest,
            functions: BTreeSet::new(),
            files: BTreeMap::new(),
            per_file,
        }
    }

    /// Draws the next mutant: of a function that has none, in a file that has few.
    pub(crate) fn draw(&mut self) -> Option<Mutant> {
        while let Some((file, candidate)) = self.rest.pop() {
            let count = self.files.entry(file.clone()).or_default();
            if *count >= self.per_file || !self.functions.insert((file.clone(), candidate.function_number)) {
                continue;
            }
            *count += 1;
            return Some(Mutant {
                id: 0,
                package: self.package.clone(),
                file,
                line: candidate.line,
                last_line: candidate.last_line,
                function_lines: (candidate.lines.start, candidate.lines.end),
                function: candidate.function,
                kind: candidate.kind.to_owned(),
                change: candidate.change,
                insertions: candidate.insertions,
            });
        }
        None
    }

    /// Takes a mutant back that did not compile: its file may have another one. Its function is not tried again.
    pub(crate) fn give_back(&mut self, mutant: &Mutant) {
        if let Some(count) = self.files.get_mut(&mutant.file) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Draws a number of mutants, one from each urn in turn until they are together or the urns are empty. So a small package
/// gives what it has, and the others the same number each.
pub(crate) fn draw(urns: &mut [Urn], count: usize) -> Vec<Mutant> {
    let mut drawn = Vec::new();
    let mut is_empty = vec![false; urns.len()];
    while drawn.len() < count && is_empty.contains(&false) {
        for (urn, is_empty) in urns.iter_mut().zip(&mut is_empty) {
            if *is_empty || drawn.len() == count {
                continue;
            }
            match urn.draw() {
                Some(mutant) => drawn.push(mutant),
                None => *is_empty = true,
            }
        }
    }
    drawn.sort_by(|a: &Mutant, b: &Mutant| (&a.package, &a.file, a.line).cmp(&(&b.package, &b.file, b.line)));
    for (n, mutant) in drawn.iter_mut().enumerate() {
        mutant.id = u32::try_from(n + 1).expect("a sample is small");
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urns(seed: u64) -> Vec<Urn> {
        let code =
            "fn a(x: i32) -> bool { x < 1 } fn b(x: i32) -> bool { x < 2 } fn c(x: i32) -> bool { x < 3 }";
        let source = |file: &str| Source {
            file: file.to_owned(),
            candidates: crate::candidates::scan(code).unwrap().candidates,
        };
        let large = (0..9).map(|n| source(&format!("large/src/{n}.rs"))).collect();
        vec![Urn::new(seed, "large", large, 2), Urn::new(seed, "small", vec![source("small/src/lib.rs")], 2)]
    }

    #[test]
    fn a_seed_gives_the_same_sample_again() {
        assert_eq!(draw(&mut urns(7), 12), draw(&mut urns(7), 12));
        assert_ne!(draw(&mut urns(7), 12), draw(&mut urns(8), 12));
    }

    #[test]
    fn a_sample_has_one_mutant_of_a_function_and_few_of_a_file() {
        let drawn = draw(&mut urns(1), 1000);
        assert_eq!(drawn.len(), 20, "two of each of ten files");
        let functions: BTreeSet<_> = drawn.iter().map(|m| (&m.file, &m.function)).collect();
        assert_eq!(functions.len(), 20);
        assert_eq!(drawn.iter().map(|m| m.id).collect::<Vec<_>>(), (1..=20).collect::<Vec<u32>>());
    }

    #[test]
    fn a_small_package_gives_what_it_has_and_the_large_one_the_rest() {
        let drawn = draw(&mut urns(1), 10);
        assert_eq!(drawn.iter().filter(|m| m.package == "small").count(), 2);
        assert_eq!(drawn.len(), 10);
    }

    #[test]
    fn a_sample_of_a_package_does_not_depend_on_the_others() {
        let alone = draw(&mut urns(3)[1..], 2);
        let together = draw(&mut urns(3), 20);
        let changes = |all: &[Mutant]| -> Vec<String> {
            all.iter().filter(|m| m.package == "small").map(|m| m.change.clone()).collect()
        };
        assert_eq!(changes(&alone), changes(&together));
    }

    #[test]
    fn a_mutant_that_was_given_back_makes_room_in_its_file() {
        let mut urn = urns(1).remove(1);
        let first = urn.draw().unwrap();
        assert!(urn.draw().is_some() && urn.draw().is_none(), "two of the file");
        let mut urn = urns(1).remove(1);
        assert_eq!(urn.draw().unwrap(), first);
        urn.give_back(&first);
        let more: Vec<Mutant> = std::iter::from_fn(|| urn.draw()).collect();
        assert_eq!(more.len(), 2);
        assert!(more.iter().all(|m| m.function != first.function));
    }
}
