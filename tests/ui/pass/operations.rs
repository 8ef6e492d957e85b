//! Operations that compile: every kind of parameter, and the requests that they make.

use dvkit::Guid;
use dvkit::operation::{AnyValue, EnumMember, Expando, Unchecked};
use dvkit::prelude::*;
use dvkit_ui::crm::account::AccountState;
use dvkit_ui::crm::operations::{
    AddMembersTeam, NewArchiveAccount, NewCloseProject, NewFindRows, NewImportProjects, NewInspect, NewRate,
    WhoAmI,
};
use dvkit_ui::crm::{Account, Contact, NewProject, Systemuser, Team};

const ID: Guid = Guid::from_u128(7);

#[test]
fn checked_queries_and_filters_become_parameters() {
    let name = "O'Neil & Co";
    let query = dvkit::fetchxml!(
        r#"<fetch><entity name="account"><attribute name="name"/><filter>
        <condition attribute="name" operator="eq" value="{name}"/></filter></entity></fetch>"#
    );
    let find = NewFindRows::new(&query).filter(dvkit::filter!(Account, "name eq {name}"));
    let url = find.url();
    assert!(
        url.starts_with(
            "new_FindRows(FetchXml=@FetchXml,Filter=@Filter,Near=@Near,Paging=@Paging)?@FetchXml='%3Cfetch"
        ),
        "{url}"
    );
    assert!(url.contains("&@Filter='name%20eq%20''O''''Neil%20%26%20Co'''&@Near=null&@Paging=null"), "{url}");
    let _ = NewFindRows::new(Unchecked(String::from("<fetch/>")))
        .filter(Account::NAME.eq("x"))
        .near(Account::id(ID));
}

#[test]
fn rows_are_references_new_rows_or_changed_rows() {
    let by_key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    let _ = NewArchiveAccount::on(by_key.clone(), String::from("old"));
    let _ = NewCloseProject::on(NewProject::id(ID), by_key, 100_000_001_i32);
    let new = Account::create().set(Account::NAME, "New");
    let _ = NewCloseProject::on(NewProject::id(ID), new, AccountState::Active);
    let changed = (Account::id(ID), Account::update().set(Account::NAME, "Other"));
    let close = NewCloseProject::on(NewProject::id(ID), changed, 1)
        .details(Expando::new().with("a", vec![1, 2]))
        .informed([Contact::id(ID)])
        .informed([
            AnyValue::new(Contact::id(ID)),
            AnyValue::new(Account::id(ID)),
            AnyValue::new(Expando::new()),
        ]);
    let body = close.body().unwrap().unwrap();
    let account = r#"{"Account":{"@odata.type":"Microsoft.Dynamics.CRM.account","accountid":"00000000-0000-0000-0000-000000000007","name":"Other"},"#;
    let informed = r#""Condition":1,"Informed":[{"@odata.type":"Microsoft.Dynamics.CRM.contact","#;
    assert!(body.starts_with(&format!("{account}{informed}")), "{body}");
    let _ = NewInspect::new(Contact::id(ID));
    let _ = AddMembersTeam::on(Team::id(ID), vec![Systemuser::id(ID)]);
    let _ = NewImportProjects::new([NewProject::create()]);
}

#[test]
fn optional_parameters_are_methods() {
    let rate = NewRate::new(dvkit::Decimal::ONE, 0.5, dvkit::jiff::civil::date(2026, 1, 31), ["EUR"]);
    assert_eq!(
        rate.ownership(EnumMember("UserOwned")).url(),
        "new_Rate(Amount=@Amount,Weight=@Weight,Day=@Day,Currencies=@Currencies,Ownership=@Ownership)\
         ?@Amount=1&@Weight=0.5&@Day=2026-01-31&@Currencies=%5B%22EUR%22%5D\
         &@Ownership=Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'"
    );
    assert_eq!(WhoAmI::new().url(), "WhoAmI()");
}
