//! The contacts of all customers in one shape: `KEY=… cargo run -p saas --bin contacts -- GATEWAY NAME=URL…`.
//!
//! `GATEWAY` is the address of a `dvkit gateway`, and each `NAME=URL` is a customer with the address of its organisation, such as those
//! of `dvkit emulator --sample contoso --sample fabrikam`.

use std::error::Error;
use std::io::{self, Write as _};

use saas::unified::Gateway;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("name the address of the gateway")?;
    let key = std::env::var("KEY").map_err(|_| "the environment variable KEY has no API key")?;
    let gateway = Gateway::new(&url, &key);
    let mut names = Vec::new();
    for argument in arguments {
        let (name, org_url) = argument.split_once('=').ok_or("a customer is NAME=URL")?;
        gateway.connect(name, org_url).await?;
        names.push(name.to_owned());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut out = io::stdout().lock();
    for of_customer in gateway.all_contacts(&names).await? {
        let contact = of_customer.contact;
        let email = contact.email_addresses.iter().flatten().next().and_then(|address| address.email.clone());
        let company = contact.account.and_then(|account| account.name);
        writeln!(
            out,
            "{}: {}, {}, {}",
            of_customer.customer,
            contact.name.unwrap_or_default(),
            email.unwrap_or_default(),
            company.unwrap_or_default()
        )?;
    }
    Ok(())
}
