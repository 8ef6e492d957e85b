//! Serves a snapshot with its rows until the process is ended, for tests in other languages and processes.
//!
//! `cargo run -p dvkit-emulator --all-features --example serve -- SNAPSHOT [FILE]` prints the URL of the
//! organisation and an access token, one a line. With `FILE` the rows are kept in that file.

use std::error::Error;
use std::io::Write as _;

use dvkit_emulator::{Emulator, Limits};
use dvkit_schema::Store;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let snapshot = arguments
        .next()
        .ok_or("name the folder of a snapshot, and a file for the rows if they are to stay")?;
    let limits = Limits { requests: u32::MAX, concurrent: u32::MAX, ..Limits::default() };
    let mut builder = Emulator::from_store(&Store::open(snapshot)?)?.limits(limits);
    if let Some(file) = arguments.next() {
        builder = builder.data(file);
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let running = builder.start().await?;
        let mut out = std::io::stdout();
        writeln!(out, "{}\n{}", running.url(), running.token("ann"))?;
        out.flush()?;
        std::future::pending::<()>().await;
        Ok(())
    })
}
