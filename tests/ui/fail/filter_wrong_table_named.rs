use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Contact as "account", "name eq 'Contoso'");
    let _ = dvkit::filter!(crm::Contact as "acount", "name eq 'Contoso'");
}
