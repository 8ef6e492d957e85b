//! The text of each operator, function and option of a typed query.

#![allow(unreachable_pub, reason = "generated modules are public")]

#[allow(unused_imports, reason = "a test does not use every table")]
mod by_hand;

use by_hand::choices::NewRegion;
use by_hand::contact::ContactState;
use by_hand::{Account, Contact, NewProject};
use dvkit::jiff::civil;
use dvkit::prelude::*;
use dvkit::{Decimal, Filter, Guid};
use expect_test::expect;

const ID: Guid = Guid::from_u128(7);

fn told<T>(filters: impl IntoIterator<Item = Filter<T>>) -> String {
    filters.into_iter().map(|filter| filter.odata() + "\n").collect()
}

#[test]
fn each_operator_has_its_text() {
    let time: dvkit::jiff::Timestamp = "2025-01-31T10:00:00Z".parse().expect("a time");
    let day = civil::date(2025, 1, 31);
    let text = told([
        Account::NAME.eq("O'Neil"),
        Account::NAME.ne(String::from("a")),
        Account::NAME.lt("a"),
        Account::NAME.le("a"),
        Account::NAME.gt("a"),
        Account::NAME.ge("a"),
        Account::NAME.eq_column(Account::DESCRIPTION),
        Account::NAME.ne_column(Account::DESCRIPTION),
        Account::NAME.lt_column(Account::DESCRIPTION),
        Account::NAME.le_column(Account::DESCRIPTION),
        Account::NAME.gt_column(Account::DESCRIPTION),
        Account::NAME.ge_column(Account::DESCRIPTION),
        Account::NAME.is_null(),
        Account::NAME.is_not_null(),
        Account::NAME.contains("50%_['"),
        Account::NAME.starts_with("a"),
        Account::NAME.ends_with("a"),
        Account::NAME.contains_pattern("a%'"),
        Account::NAME.is_in(["a", "b'"]),
        Account::NAME.not_in(["a"]),
        Account::NUMBEROFEMPLOYEES.between(1, 5),
        Account::NUMBEROFEMPLOYEES.not_between(1, 5),
        Account::REVENUE.gt(Decimal::new(105, 1)),
        Account::REVENUE.eq(5),
        Account::ADDRESS1_LATITUDE.lt(0.5),
        Account::ACCOUNTID.eq(ID),
        Account::ACCOUNTID.is_in([ID]),
        Account::CREATEDON.ge(time),
        Account::VERSIONNUMBER.le(5_i64),
        Account::TRANSACTIONCURRENCYID.eq(ID),
    ]);
    expect![[r#"
        name eq 'O''Neil'
        name ne 'a'
        name lt 'a'
        name le 'a'
        name gt 'a'
        name ge 'a'
        name eq description
        name ne description
        name lt description
        name le description
        name gt description
        name ge description
        name eq null
        name ne null
        contains(name,'50[%][_][[]''')
        startswith(name,'a')
        endswith(name,'a')
        contains(name,'a%''')
        Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=["a","b'"])
        Microsoft.Dynamics.CRM.NotIn(PropertyName='name',PropertyValues=["a"])
        Microsoft.Dynamics.CRM.Between(PropertyName='numberofemployees',PropertyValues=["1","5"])
        Microsoft.Dynamics.CRM.NotBetween(PropertyName='numberofemployees',PropertyValues=["1","5"])
        revenue gt 10.5
        revenue eq 5
        address1_latitude lt 0.5
        accountid eq 00000000-0000-0000-0000-000000000007
        Microsoft.Dynamics.CRM.In(PropertyName='accountid',PropertyValues=["00000000-0000-0000-0000-000000000007"])
        createdon ge 2025-01-31T10:00:00Z
        versionnumber le 5
        _transactioncurrencyid_value eq 00000000-0000-0000-0000-000000000007
    "#]].assert_eq(&text);
    let text = told([
        NewProject::NEW_APPROVED.eq(true),
        NewProject::NEW_SHIFTSTART.eq(day.at(10, 0, 0, 0)),
        NewProject::NEW_STARTDATE.between(day, day),
        NewProject::NEW_REGIONS.contain_values([NewRegion::Overseas]),
        NewProject::NEW_REGIONS.contain_none_of([NewRegion::Overseas]),
        NewProject::NEW_EXTERNALNUMBER.is_in([1_i64, 2]),
        NewProject::NEW_ACCOUNT.then(Account::NAME).eq("a"),
        NewProject::NEW_ACCOUNT.then(Account::NUMBEROFEMPLOYEES).between(1, 2),
    ]);
    expect![[r#"
        new_approved eq true
        new_shiftstart eq 2025-01-31T10:00:00Z
        Microsoft.Dynamics.CRM.Between(PropertyName='new_startdate',PropertyValues=["2025-01-31","2025-01-31"])
        Microsoft.Dynamics.CRM.ContainValues(PropertyName='new_regions',PropertyValues=["9"])
        Microsoft.Dynamics.CRM.DoesNotContainValues(PropertyName='new_regions',PropertyValues=["9"])
        Microsoft.Dynamics.CRM.In(PropertyName='new_externalnumber',PropertyValues=["1","2"])
        new_Account/name eq 'a'
        new_Account/Microsoft.Dynamics.CRM.Between(PropertyName='numberofemployees',PropertyValues=["1","2"])
    "#]].assert_eq(&text);
    assert_eq!(
        Contact::STATECODE.is_in([ContactState::Active]).odata(),
        "Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=[\"0\"])"
    );
}

#[test]
fn each_function_has_its_text() {
    let day = civil::date(2025, 1, 31);
    let on = Account::CREATEDON;
    macro_rules! told {
        ($($condition:expr;)*) => {
            [$($condition.and(Account::NAME.is_null()).odata().replace(" and name eq null", "")),*].join("\n")
        };
    }
    let text = told! {
        Account::ACCOUNTID.above(ID);
        Account::ACCOUNTID.above_or_equal(ID);
        Account::ACCOUNTID.not_under(ID);
        Account::ACCOUNTID.under(ID);
        Account::ACCOUNTID.under_or_equal(ID);
        Account::NAME.full_text("a'b");
        Account::TRANSACTIONCURRENCYID.is_current_business_unit();
        Account::TRANSACTIONCURRENCYID.is_current_user();
        Account::TRANSACTIONCURRENCYID.is_current_user_or_below();
        Account::TRANSACTIONCURRENCYID.is_current_user_or_below_or_teams();
        Account::TRANSACTIONCURRENCYID.is_current_user_or_teams();
        Account::TRANSACTIONCURRENCYID.is_current_users_team();
        Account::TRANSACTIONCURRENCYID.is_not_current_business_unit();
        Account::TRANSACTIONCURRENCYID.is_not_current_user();
        Account::NUMBEROFEMPLOYEES.is_current_language();
        on.in_fiscal_period(3);
        on.in_fiscal_period_and_year(3, 2025);
        on.in_fiscal_year(2025);
        on.in_or_after_fiscal_period_and_year(3, 2025);
        on.in_or_before_fiscal_period_and_year(3, 2025);
        on.last_7_days();
        on.last_x_days(3);
        on.last_x_hours(3);
        on.next_x_fiscal_periods(3);
        on.older_than_x_minutes(3);
        on.on(day);
        on.on_or_after(day);
        on.on_or_before(day);
        on.today();
        Account::PRIMARYCONTACTID.then(Contact::CREATEDON).last_x_weeks(2);
    };
    expect![[r#"
        Microsoft.Dynamics.CRM.Above(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000007')
        Microsoft.Dynamics.CRM.AboveOrEqual(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000007')
        Microsoft.Dynamics.CRM.NotUnder(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000007')
        Microsoft.Dynamics.CRM.Under(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000007')
        Microsoft.Dynamics.CRM.UnderOrEqual(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000007')
        Microsoft.Dynamics.CRM.Contains(PropertyName='name',PropertyValue='a''b')
        Microsoft.Dynamics.CRM.EqualBusinessId(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.EqualUserId(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.EqualUserOrUserHierarchy(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.EqualUserOrUserHierarchyAndTeams(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.EqualUserOrUserTeams(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.EqualUserTeams(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.NotEqualBusinessId(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.NotEqualUserId(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.EqualUserLanguage(PropertyName='numberofemployees')
        Microsoft.Dynamics.CRM.InFiscalPeriod(PropertyName='createdon',PropertyValue=3)
        Microsoft.Dynamics.CRM.InFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1=3,PropertyValue2=2025)
        Microsoft.Dynamics.CRM.InFiscalYear(PropertyName='createdon',PropertyValue=2025)
        Microsoft.Dynamics.CRM.InOrAfterFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1=3,PropertyValue2=2025)
        Microsoft.Dynamics.CRM.InOrBeforeFiscalPeriodAndYear(PropertyName='createdon',PropertyValue1=3,PropertyValue2=2025)
        Microsoft.Dynamics.CRM.Last7Days(PropertyName='createdon')
        Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=3)
        Microsoft.Dynamics.CRM.LastXHours(PropertyName='createdon',PropertyValue=3)
        Microsoft.Dynamics.CRM.NextXFiscalPeriods(PropertyName='createdon',PropertyValue=3)
        Microsoft.Dynamics.CRM.OlderThanXMinutes(PropertyName='createdon',PropertyValue=3)
        Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue='2025-01-31')
        Microsoft.Dynamics.CRM.OnOrAfter(PropertyName='createdon',PropertyValue='2025-01-31')
        Microsoft.Dynamics.CRM.OnOrBefore(PropertyName='createdon',PropertyValue='2025-01-31')
        Microsoft.Dynamics.CRM.Today(PropertyName='createdon')
        primarycontactid/Microsoft.Dynamics.CRM.LastXWeeks(PropertyName='createdon',PropertyValue=2)"#]].assert_eq(&text);
}

#[test]
fn negations_and_parentheses_are_those_that_are_needed() {
    let a = || Account::NAME.eq("a");
    let b = || Account::NAME.eq("b");
    let people = Account::CONTACT_CUSTOMER_ACCOUNTS;
    let text = told([
        a().and(b()).and(a()),
        a().and(b().and(a())),
        a().or(b()).or(a().or(b())),
        a().and(b()).or(a()),
        a().or(b()).and(a()),
        a().not(),
        a().not().not(),
        (a().and(b())).not(),
        Account::NAME.contains("a").not(),
        Account::NAME.is_in(["a"]).not(),
        Account::NAME.not_in(["a"]).not(),
        Account::NUMBEROFEMPLOYEES.between(1, 2).not(),
        Account::NUMBEROFEMPLOYEES.not_between(1, 2).not(),
        Account::ACCOUNTID.under(ID).not(),
        Account::ACCOUNTID.not_under(ID).not(),
        Account::TRANSACTIONCURRENCYID.is_current_user().not(),
        Account::TRANSACTIONCURRENCYID.is_not_current_business_unit().not(),
        people.exists(),
        people.exists().not(),
        people.any(Contact::FULLNAME.eq("a").and(Contact::STATECODE.eq(ContactState::Active))),
        people.all(Contact::FULLNAME.eq_column(Contact::LASTNAME)),
        people.any(Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::NAME).eq("a")),
        Account::NEW_ACCOUNT_NEW_PROJECT_ACCOUNT.any(
            NewProject::NEW_PROJECT_NEW_PROJECT_PARENTPROJECT
                .any(NewProject::NEW_NAME.eq("a").or(NewProject::NEW_NAME.eq("b"))),
        ),
    ]);
    expect![[r#"
        name eq 'a' and name eq 'b' and name eq 'a'
        name eq 'a' and (name eq 'b' and name eq 'a')
        name eq 'a' or name eq 'b' or name eq 'a' or name eq 'b'
        (name eq 'a' and name eq 'b') or name eq 'a'
        (name eq 'a' or name eq 'b') and name eq 'a'
        not (name eq 'a')
        name eq 'a'
        not (name eq 'a' and name eq 'b')
        not contains(name,'a')
        Microsoft.Dynamics.CRM.NotIn(PropertyName='name',PropertyValues=["a"])
        Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=["a"])
        Microsoft.Dynamics.CRM.NotBetween(PropertyName='numberofemployees',PropertyValues=["1","2"])
        Microsoft.Dynamics.CRM.Between(PropertyName='numberofemployees',PropertyValues=["1","2"])
        Microsoft.Dynamics.CRM.NotUnder(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000007')
        Microsoft.Dynamics.CRM.Under(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000007')
        Microsoft.Dynamics.CRM.NotEqualUserId(PropertyName='transactioncurrencyid')
        Microsoft.Dynamics.CRM.EqualBusinessId(PropertyName='transactioncurrencyid')
        contact_customer_accounts/any()
        not contact_customer_accounts/any()
        contact_customer_accounts/any(a:a/fullname eq 'a' and a/statecode eq 0)
        contact_customer_accounts/all(a:a/fullname eq a/lastname)
        contact_customer_accounts/any(a:a/parentcustomerid_account/name eq 'a')
        new_account_new_project_Account/any(a:a/new_project_new_project_ParentProject/any(b:b/new_name eq 'a' or b/new_name eq 'b'))
    "#]].assert_eq(&text);
    assert_eq!(Filter::all([a(), b()]).map(|f| f.odata()).as_deref(), Some("name eq 'a' and name eq 'b'"));
    assert_eq!(Filter::any([a(), b()]).map(|f| f.odata()).as_deref(), Some("name eq 'a' or name eq 'b'"));
    assert!(Filter::<Account>::all([]).is_none() && Filter::<Account>::any([]).is_none());
}

#[test]
fn each_option_of_a_typed_query_is_in_its_text() {
    let text = [
        Account::query().select(Account::NAME).odata(),
        Account::query().select((Account::NAME, Account::OWNERID)).top(5).count().odata(),
        Account::query()
            .select(Account::NAME)
            .filter(Account::NAME.eq("a"))
            .filter(Account::NAME.ne("b"))
            .odata(),
        Account::query()
            .select(Account::NAME)
            .filter(Account::NAME.eq("a").or(Account::NAME.eq("b")))
            .filter(Account::NAME.ne("c"))
            .order_by((Account::NAME.desc(), Account::CREATEDON))
            .odata(),
        Account::query()
            .select(Account::NAME)
            .expand(Account::PRIMARYCONTACTID.select(Contact::FULLNAME))
            .odata(),
        Account::query()
            .select(Account::NAME)
            .expand(
                Account::CONTACT_CUSTOMER_ACCOUNTS
                    .select((Contact::FULLNAME, Contact::LASTNAME))
                    .filter(Contact::FULLNAME.ne("a"))
                    .filter(Contact::LASTNAME.is_not_null())
                    .order_by(Contact::FULLNAME.asc())
                    .top(3),
            )
            .odata(),
        Account::query().select(Account::NAME).filter(Account::NAME.eq("a & b'#?+%")).url(),
        Account::id(ID).query().select(Account::NAME).odata(),
        Account::id(ID)
            .query()
            .select(Account::NAME)
            .expand(Account::PRIMARYCONTACTID.select(Contact::FULLNAME))
            .url(),
        Account::NEW_ACCOUNTNUMBERKEY.row(("A/1 ?'",)).query().select(Account::NAME).url(),
    ];
    expect![[r#"
        accounts?$select=name
        accounts?$select=name,_ownerid_value&$top=5&$count=true
        accounts?$select=name&$filter=name eq 'a' and name ne 'b'
        accounts?$select=name&$filter=(name eq 'a' or name eq 'b') and name ne 'c'&$orderby=name desc,createdon
        accounts?$select=name&$expand=primarycontactid($select=fullname)
        accounts?$select=name&$expand=contact_customer_accounts($select=fullname,lastname;$filter=fullname ne 'a' and lastname ne null;$orderby=fullname;$top=3)
        accounts?$select=name&$filter=name%20eq%20'a%20%26%20b''%23%3F%2B%25'
        accounts(00000000-0000-0000-0000-000000000007)?$select=name
        accounts(00000000-0000-0000-0000-000000000007)?$select=name&$expand=primarycontactid($select=fullname)
        accounts(accountnumber='A%2F1%20%3F%27%27')?$select=name"#]].assert_eq(&text.join("\n"));
}

#[test]
fn typed_queries_are_shown_as_their_text() {
    let query = Account::query()
        .select(Account::NAME)
        .filter(Account::NAME.eq("a b"))
        .expand(Account::PRIMARYCONTACTID.select(Contact::FULLNAME))
        .expand(Account::CONTACT_CUSTOMER_ACCOUNTS.select(Contact::LASTNAME));
    let text = "accounts?$select=name&$expand=primarycontactid($select=fullname),\
        contact_customer_accounts($select=lastname)&$filter=name eq 'a b'";
    assert_eq!(
        (query.odata(), query.to_string(), format!("{query:?}")),
        (text.into(), text.into(), text.into())
    );
    let row = Account::id(ID).query().select(Account::NAME).expand(Account::PRIMARYCONTACTID);
    let text = "accounts(00000000-0000-0000-0000-000000000007)?$select=name&$expand=primarycontactid";
    assert_eq!((row.odata().as_str(), format!("{row:?}").as_str()), (text, text));
    assert_eq!(format!("{:?}", Account::id(ID)), "account(00000000-0000-0000-0000-000000000007)");
    let key = Account::NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    assert_eq!(
        format!("{:?} {:?}", key, key.clone()),
        "accounts(accountnumber='A-1') accounts(accountnumber='A-1')"
    );
    assert!(Account::id(ID) == Account::id(ID) && Account::id(ID) != Account::id(Guid::nil()));
    assert_eq!(dvkit::Lookup::from(Account::id(ID)).to::<Account>(), Some(Account::id(ID)));
    assert_eq!(dvkit::Lookup::from(Account::id(ID)).to::<Contact>().map(|row| row.id()), None);
}

#[test]
fn an_order_is_a_column_a_tuple_or_a_list() {
    let order = |query: dvkit::Query<Account>| query.odata();
    let asc = || Account::NAME.asc();
    let desc = || Account::CREATEDON.desc();
    for (text, told) in [
        (order(Account::query().order_by(Account::NAME)), "name"),
        (order(Account::query().order_by(asc())), "name"),
        (order(Account::query().order_by((desc(), Account::NAME))), "createdon desc,name"),
        (order(Account::query().order_by([asc(), desc()])), "name,createdon desc"),
        (order(Account::query().order_by(vec![desc(), asc()])), "createdon desc,name"),
        (order(Account::query().order_by(asc()).order_by([desc()])), "name,createdon desc"),
    ] {
        assert_eq!(text, format!("accounts?$orderby={told}"));
    }
}

#[test]
fn columns_are_a_column_a_lookup_a_tuple_or_a_list() {
    let select = |query: dvkit::Query<Account>| query.odata();
    for (text, told) in [
        (select(Account::query().select(Account::NAME)), "name"),
        (select(Account::query().select(Account::PRIMARYCONTACTID)), "_primarycontactid_value"),
        (select(Account::query().select((Account::NAME, Account::OWNERID))), "name,_ownerid_value"),
        (select(Account::query().select([Account::PRIMARYCONTACTID])), "_primarycontactid_value"),
        (select(Account::query().select(vec![Account::NAME, Account::NAME])), "name"),
        (select(Account::query().select([Account::NAME]).select(vec![Account::CREATEDON])), "name,createdon"),
        (select(Account::query().select((Account::CREATEDON, [Account::NAME]))), "createdon,name"),
        (select(Account::query().select(Account::CREATEDON).select(Account::CREATEDON)), "createdon"),
    ] {
        assert_eq!(text, format!("accounts?$select={told}"));
    }
}

#[test]
fn an_expansion_is_a_navigation_property_alone_or_with_options() {
    for (text, told) in [
        (Account::query().expand(Account::PRIMARYCONTACTID).odata(), "primarycontactid"),
        (Account::query().expand(Account::CONTACT_CUSTOMER_ACCOUNTS).odata(), "contact_customer_accounts"),
        (
            Account::query()
                .expand(Account::PRIMARYCONTACTID)
                .expand(Account::CONTACT_CUSTOMER_ACCOUNTS)
                .odata(),
            "primarycontactid,contact_customer_accounts",
        ),
        (
            Account::query()
                .expand(
                    Account::CONTACT_CUSTOMER_ACCOUNTS.select([Contact::FULLNAME]).select(Contact::LASTNAME),
                )
                .odata(),
            "contact_customer_accounts($select=fullname,lastname)",
        ),
        (
            Account::query()
                .expand(
                    Account::PRIMARYCONTACTID
                        .select(Contact::FULLNAME)
                        .expand(Contact::PARENTCUSTOMERID_ACCOUNT),
                )
                .odata(),
            "primarycontactid($select=fullname;$expand=parentcustomerid_account)",
        ),
    ] {
        assert_eq!(text, format!("accounts?$expand={told}"));
    }
    let one = Account::PRIMARYCONTACTID.select(Contact::FULLNAME);
    let many = Account::CONTACT_CUSTOMER_ACCOUNTS.select(Contact::FULLNAME).filter(Contact::LASTNAME.eq("a"));
    assert_eq!(
        (format!("{one:?}"), format!("{many:?}")),
        (
            "primarycontactid($select=fullname)".to_owned(),
            "contact_customer_accounts($select=fullname;$filter=lastname eq 'a')".to_owned(),
        )
    );
}
