//! Prints the queries and writes of the library, and reads a response.

use std::io::{self, Write as _};

use contoso::{Card, Company, crm, customers_of};
use dvkit::prelude::*;
use dvkit::{Decimal, Guid, Rows};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "GET {}", customers_of("Contoso").odata())?;
    writeln!(out, "GET {}", customers_of("Contoso").url())?;
    writeln!(out, "$filter={}", contoso::big_customers(Decimal::new(1_000_000, 0)))?;
    writeln!(out, "GET {}", contoso::created_since(dvkit::jiff::Timestamp::UNIX_EPOCH))?;
    writeln!(out, "GET {}", Card::request())?;
    writeln!(out, "GET {}", Company::request())?;
    writeln!(out, "GET {}", contoso::active_cards().url())?;
    let id = Guid::from_u128(0x7891_4942_34cb_ed11_b596_0022_481d_68cd);
    writeln!(out, "POST contacts {}", contoso::hire("Ann", "O'Neil", id, crm::SystemUser::id(id)).json())?;
    writeln!(out, "PATCH {} {}", crm::NewProject::id(id).path(), contoso::close().json())?;
    let answer = r#"[{"fullname": "Ann", "statecode": 0}]"#;
    let rows: Rows<crm::Contact> = serde_json::from_str(answer)?;
    writeln!(out, "{:?}", rows.0)
}
