//! Calls tools on the sample organisation and prints their answers, without a client:
//! `cargo run -p dvkit-mcp --example call_tool -- describe '{"table": "contact", "budget": 500}'`. Without arguments, each
//! line of standard input is the name of a tool and its arguments.
#![allow(clippy::print_stdout)] // it is a program

use std::error::Error;
use std::io::BufRead as _;

use dvkit_ide::{Schemas, Settings, Workspace};
use dvkit_mcp::Toolbox;

fn main() -> Result<(), Box<dyn Error>> {
    let schemas = Schemas::find("".as_ref(), &dvkit_ide::config::Config::default(), &Default::default())?;
    let tools = Toolbox::new(Workspace::new(schemas, Settings::default()));
    let call = |tool: &str, arguments: &str| -> Result<(), Box<dyn Error>> {
        let answer = tools.call(tool, serde_json::from_str(arguments)?).ok_or("there is no such tool")?;
        println!("{}\n{} tokens\n", answer.text, answer.tokens());
        if let Some(structured) = &answer.structured {
            println!("{structured:#}\n");
        }
        Ok(())
    };
    let mut arguments = std::env::args().skip(1);
    if let (Some(tool), Some(given)) = (arguments.next(), arguments.next()) {
        return call(&tool, &given);
    }
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (tool, given) = line.split_once(' ').ok_or("write the name of a tool and its arguments")?;
        println!("=== {line}");
        call(tool, given)?;
    }
    Ok(())
}
