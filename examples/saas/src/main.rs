//! The same question to two customers, and what each is told: `cargo run -p saas`.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

use saas::{Customers, Names};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    let tier = |column: &str| Names::from([("loyalty_tier".to_owned(), column.to_owned())]);
    let names = BTreeMap::from([
        ("contoso".to_owned(), tier("new_loyaltytier")),
        ("fabrikam".to_owned(), tier("cr5e2_tier")),
    ]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("organisations");
    let customers = Customers::open(&folder, &names)?;

    for (customer, filter) in [
        ("contoso", "new_loyaltytier eq 'Gold' and statecode eq 0"),
        ("fabrikam", "cr5e2_tier eq 'Gold' and statecode eq 0"),
        ("fabrikam", "new_loyaltytier eq 'Gold'"),
    ] {
        let customer = customers.get(customer).expect("it was opened above");
        writeln!(out, "{}: {filter}", customer.name())?;
        match customer.segment(filter) {
            Ok(segment) => writeln!(out, "  GET {}", segment.request().target())?,
            Err(rejected) => {
                for message in rejected.messages() {
                    writeln!(out, "  {message}")?;
                }
            }
        }
    }
    Ok(())
}
