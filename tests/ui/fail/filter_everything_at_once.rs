use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(
        crm::Contact,
        "ParentCustomerId/name eq 'Contoso' and statecode eq 'Activ' and createdon eq 2025-01-31"
    );
}
