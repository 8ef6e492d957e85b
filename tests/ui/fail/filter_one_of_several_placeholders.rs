use dvkit_ui::crm;

struct Wanted {
    since: &'static str,
}

fn main() {
    let (name, least, wanted) = ("Ann", "1000", Wanted { since: "2025-01-31" });
    let ids = [7];
    let _ = dvkit::filter!(
        crm::Account,
        "name eq {name} and revenue gt {least} and createdon ge {wanted.since} and accountid in ({ids})"
    );
}
