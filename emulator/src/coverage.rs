//! What the emulator supports: the table that follows from its tests.

/// One option of an operation, and whether the emulator supports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The operation, such as `read collection`.
    pub operation: &'static str,
    /// The option, such as `$filter with lambda`.
    pub option: &'static str,
    /// Whether it is emulated. What is not is answered with the status 501.
    pub emulated: bool,
    /// The name of the test that holds it.
    pub test: &'static str,
}

/// The table, with one line for each option: operation, option, `emulated` or `501`, and the name of the test,
/// separated by tabs. A test compares it with the tests.
const TABLE: &str = include_str!("../coverage.tsv");

/// Returns the options of all operations that a test holds, sorted by operation and option.
///
/// ```
/// let rows = dvkit_emulator::coverage();
/// assert!(rows.iter().any(|row| row.operation == "batch" && row.emulated));
/// ```
#[must_use]
pub fn coverage() -> Vec<Coverage> {
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        Some(Coverage {
            operation: cells.next()?,
            option: cells.next()?,
            emulated: cells.next()? == "emulated",
            test: cells.next()?,
        })
    };
    TABLE.lines().filter_map(row).collect()
}
