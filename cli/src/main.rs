//! dvkit.
fn main() {}
