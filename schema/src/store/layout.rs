//! Writes JSON in the text layout of snapshot files: one line for each table, column, option or other object,
//! so that line diffs show what changed.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// A JSON formatter for snapshot files. Each member of the root object is on a line of its own; if the member
/// is an array, each of its elements is on a line of its own. Everything deeper is on one line.
#[derive(Default)]
struct Lines {
    depth: usize,
}

impl Lines {
    fn separate<W: ?Sized + io::Write>(&self, w: &mut W, first: bool, own_line: usize) -> io::Result<()> {
        let own_line = self.depth == own_line;
        match (first, own_line) {
            (true, false) => return Ok(()),
            (false, false) => return w.write_all(b", "),
            (true, true) => {}
            (false, true) => w.write_all(b",")?,
        }
        w.write_all(if self.depth == 1 { b"\n  " } else { b"\n    " })
    }
}

impl Formatter for Lines {
    fn begin_object<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.depth += 1;
        w.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.separate(w, first, 1)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        w.write_all(b": ")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.depth -= 1;
        w.write_all(if self.depth == 0 { b"\n}" } else { b"}" })
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.depth += 1;
        w.write_all(b"[")
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.separate(w, first, 2)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        self.depth -= 1;
        w.write_all(if self.depth == 1 { b"\n  ]" } else { b"]" })
    }
}

/// Returns the JSON of a value, as a snapshot file contains it.
pub(super) fn to_text(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 << 10);
    value
        .serialize(&mut Serializer::with_formatter(&mut out, Lines::default()))
        .expect("the model has only string keys, and a vector takes every byte");
    out.push(b'\n');
    out
}
