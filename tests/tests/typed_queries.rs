//! Queries of the typed builder: the checker finds no mistake in any query that compiles.

#![allow(unreachable_pub, reason = "generated modules are public")]

#[path = "../../dvkit/tests/by_hand/mod.rs"]
mod by_hand;

use by_hand::choices::NewRegion;
use by_hand::contact::{ContactGenderCode, ContactState};
use by_hand::{Account, Contact, NewProject, SystemUser};
use dvkit::prelude::*;
use dvkit::{Decimal, Filter, Guid, jiff};
use dvkit_diagnostic::Severity;
use dvkit_query::{CheckOptions, check_filter, check_request, functions};
use dvkit_tests::sample::store;
use proptest::prelude::*;

/// Returns texts with everything that is difficult in quotes, wildcards, JSON and URLs.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 ]{0,12}",
        "['\"%_\\[\\]&+#?/:;=@$,\\\\(){}<> -]{0,8}",
        any::<String>().prop_map(|text| text.chars().filter(|c| !c.is_control()).take(12).collect()),
    ]
}

fn day() -> impl Strategy<Value = jiff::civil::Date> {
    (1900_i16..2100, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| jiff::civil::date(y, m, d))
}

fn time() -> impl Strategy<Value = jiff::Timestamp> {
    (0_i64..4_000_000_000).prop_map(|seconds| jiff::Timestamp::from_second(seconds).expect("in range"))
}

fn guid() -> impl Strategy<Value = Guid> {
    any::<u128>().prop_map(Guid::from_u128)
}

fn money() -> impl Strategy<Value = Decimal> {
    (0_i64..10_000_000).prop_map(|amount| Decimal::new(amount, 2))
}

/// Returns a condition on one column of contacts, or one function.
fn contact_leaf() -> impl Strategy<Value = Filter<Contact>> {
    prop_oneof![
        text().prop_map(|v| Contact::FULLNAME.eq(v)),
        text().prop_map(|v| Contact::FULLNAME.ne(v)),
        text().prop_map(|v| Contact::LASTNAME.ge(v)),
        "[a-z%_\\[']{1,9}".prop_map(|v| Contact::LASTNAME.contains(v)),
        "[a-z%_\\[']{1,9}".prop_map(|v| Contact::LASTNAME.starts_with(v)),
        "[a-z%_\\[']{1,9}".prop_map(|v| Contact::LASTNAME.ends_with(v)),
        proptest::collection::vec(text(), 1..4).prop_map(|v| Contact::FIRSTNAME.is_in(v)),
        proptest::collection::vec(text(), 1..4).prop_map(|v| Contact::FIRSTNAME.not_in(v)),
        guid().prop_map(|v| Contact::PARENTCUSTOMERID.eq(v)),
        guid().prop_map(|v| Contact::CONTACTID.ne(v)),
        guid().prop_map(|v| Contact::OWNERID.is_in([v])),
        guid().prop_map(|v| Contact::CREATEDBY.eq(SystemUser::id(v))),
        any::<bool>().prop_map(|v| Contact::CREDITONHOLD.eq(v)),
        money().prop_map(|v| Contact::ANNUALINCOME.gt(v)),
        (money(), money()).prop_map(|(a, b)| Contact::ANNUALINCOME.between(a.min(b), a.max(b))),
        day().prop_map(|v| Contact::BIRTHDATE.lt(v)),
        day().prop_map(|v| Contact::BIRTHDATE.on(v).into()),
        time().prop_map(|v| Contact::CREATEDON.le(v)),
        (1_u32..100).prop_map(|v| Contact::CREATEDON.last_x_hours(v).into()),
        Just(Contact::GENDERCODE.is_null()),
        Just(Contact::GENDERCODE.eq(ContactGenderCode::Female)),
        Just(Contact::STATECODE.eq(ContactState::Active)),
        Just(Contact::OWNERID.is_current_user()),
        Just(Contact::OWNERID.is_current_user_or_teams().into()),
        Just(Contact::PARENTCUSTOMERID_ACCOUNT.is_set()),
        Just(Contact::FIRSTNAME.eq_column(Contact::LASTNAME)),
        text().prop_map(|v| Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::NAME).eq(v)),
        (1_u32..9)
            .prop_map(|v| Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::CREATEDON).next_x_days(v).into()),
        text().prop_map(|v| {
            Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::PRIMARYCONTACTID).then(Contact::FULLNAME).eq(v)
        }),
    ]
}

/// Returns conditions joined by `and`, `or`, `not` and lambdas on the collections of both tables.
fn contacts() -> impl Strategy<Value = Filter<Contact>> {
    contact_leaf().prop_recursive(3, 12, 3, |inner| {
        let accounts = prop_oneof![
            text().prop_map(|v| Account::NAME.eq(v)),
            inner.clone().prop_map(|f| Account::CONTACT_CUSTOMER_ACCOUNTS.any(f)),
            inner.clone().prop_map(|f| Account::CONTACT_CUSTOMER_ACCOUNTS.all(f)),
            Just(Account::CONTACT_CUSTOMER_ACCOUNTS.exists()),
        ];
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.and(b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.or(b)),
            // `not` directly before a function that cannot be negated is a `FunctionCondition`, which has no `not`.
            (inner.clone(), text()).prop_map(|(a, v)| a.and(Contact::FULLNAME.eq(v)).not()),
            accounts.prop_map(|f| Contact::ACCOUNT_PRIMARY_CONTACT.any(f)),
        ]
    })
}

fn projects() -> impl Strategy<Value = Filter<NewProject>> {
    prop_oneof![
        Just(NewProject::NEW_REGIONS.contain_values([NewRegion::North, NewRegion::Overseas])),
        Just(NewProject::NEW_REGIONS.contain_none_of([NewRegion::West])),
        Just(NewProject::NEW_REGIONS.contain_values([NewRegion::North]).not()),
        guid().prop_map(|v| NewProject::NEW_PROJECTID.under(v)),
        guid().prop_map(|v| NewProject::NEW_PARENTPROJECT.under_or_equal(NewProject::id(v)).into()),
        (0_i64..1 << 40).prop_map(|v| NewProject::NEW_EXTERNALNUMBER.gt(v)),
        (0.0_f64..90.0).prop_map(|v| NewProject::NEW_LATITUDE.lt(v)),
        (0_i32..90).prop_map(|v| NewProject::NEW_HEADCOUNT.is_in([v, v + 1])),
        day().prop_map(|v| NewProject::NEW_SHIFTSTART.ge(v.at(8, 30, 0, 0))),
        any::<bool>().prop_map(|v| NewProject::NEW_APPROVED.ne(v)),
        Just(NewProject::NEW_MANAGER.is_current_user()),
        Just(NewProject::NEW_PROJECT_SYSTEMUSER.any(SystemUser::SYSTEMUSERID.is_current_user())),
        text().prop_map(|v| NewProject::NEW_SPONSOR_CONTACT.then(Contact::FULLNAME).eq(v)),
    ]
}

/// Checks that the request has no finding but those of performance.
fn assert_clean(request: &str) {
    let checked = check_request(store(), None, request, &CheckOptions::default()).expect("in memory");
    let wrong: Vec<String> = checked
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error || !d.code.to_string().starts_with("DV05"))
        .map(|d| format!("{} {}", d.code, d.message))
        .collect();
    assert!(wrong.is_empty(), "{request}\n{wrong:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn typed_queries_of_contacts_check_clean(
        filter in contacts(),
        top in 1_u32..5000,
    ) {
        let query = Contact::query()
            .select((Contact::FULLNAME, Contact::PARENTCUSTOMERID, Contact::CREATEDBY, Contact::STATECODE))
            .filter(filter)
            .order_by((Contact::LASTNAME, Contact::CREATEDON.desc()))
            .top(top);
        assert_clean(&query.url());
    }

    #[test]
    fn typed_queries_of_projects_check_clean(
        first in projects(),
        second in projects(),
    ) {
        let query = NewProject::query().select(NewProject::NEW_NAME).filter(first).filter(second.clone().or(second));
        assert_clean(&query.url());
    }

    #[test]
    fn texts_are_unchanged_after_quoting_and_url_encoding(value in text()) {
        let query = Contact::query().select(Contact::FULLNAME).filter(Contact::FULLNAME.eq(value.clone()));
        let decoded = percent_decoded(&query.url());
        prop_assert_eq!(&decoded, &query.odata());
        let quoted = format!("'{}'", value.replace('\'', "''"));
        let condition = format!("$filter=fullname eq {quoted}");
        prop_assert!(decoded.ends_with(&condition), "{}", decoded);
        let listed = Contact::FULLNAME.is_in([value.clone()]).odata();
        let (_, list) = listed.split_once("PropertyValues=").expect("it has a list");
        let list: Vec<String> = serde_json::from_str(list.strip_suffix(')').expect("it ends")).expect("it is JSON");
        prop_assert_eq!(list, vec![value]);
    }
}

fn percent_decoded(url: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = url.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().expect("a digit"), bytes.next().expect("a digit")];
            out.push(
                u8::from_str_radix(std::str::from_utf8(&digits).expect("ASCII"), 16).expect("hexadecimal"),
            );
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).expect("UTF-8")
}

/// One call of each query function; a function that is missing here is missing in the builder.
#[test]
fn the_builder_has_every_query_function() {
    let id = Guid::from_u128(7);
    let day = jiff::civil::date(2025, 1, 31);
    let when = Contact::CREATEDON;
    let owner = NewProject::OWNERID;
    let contacts: Vec<Filter<Contact>> = vec![
        Contact::CREATEDON.between(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH),
        Contact::ANNUALINCOME.not_between(1, 2),
        Contact::FULLNAME.is_in(["a"]),
        Contact::FULLNAME.not_in(["a"]),
        when.in_fiscal_period(1).into(),
        when.in_fiscal_period_and_year(1, 2025).into(),
        when.in_fiscal_year(2025).into(),
        when.in_or_after_fiscal_period_and_year(1, 2025).into(),
        when.in_or_before_fiscal_period_and_year(1, 2025).into(),
        when.last_7_days().into(),
        when.last_fiscal_period().into(),
        when.last_fiscal_year().into(),
        when.last_month().into(),
        when.last_week().into(),
        when.last_x_days(1).into(),
        when.last_x_fiscal_periods(1).into(),
        when.last_x_fiscal_years(1).into(),
        when.last_x_hours(1).into(),
        when.last_x_months(1).into(),
        when.last_x_weeks(1).into(),
        when.last_x_years(1).into(),
        when.last_year().into(),
        when.next_7_days().into(),
        when.next_fiscal_period().into(),
        when.next_fiscal_year().into(),
        when.next_month().into(),
        when.next_week().into(),
        when.next_x_days(1).into(),
        when.next_x_fiscal_periods(1).into(),
        when.next_x_fiscal_years(1).into(),
        when.next_x_hours(1).into(),
        when.next_x_months(1).into(),
        when.next_x_weeks(1).into(),
        when.next_x_years(1).into(),
        when.next_year().into(),
        when.older_than_x_days(1).into(),
        when.older_than_x_hours(1).into(),
        when.older_than_x_minutes(1).into(),
        when.older_than_x_months(1).into(),
        when.older_than_x_weeks(1).into(),
        when.older_than_x_years(1).into(),
        when.on(day).into(),
        when.on_or_after(day).into(),
        when.on_or_before(day).into(),
        when.this_fiscal_period().into(),
        when.this_fiscal_year().into(),
        when.this_month().into(),
        when.this_week().into(),
        when.this_year().into(),
        when.today().into(),
        when.tomorrow().into(),
        when.yesterday().into(),
    ];
    let projects: Vec<Filter<NewProject>> = vec![
        NewProject::NEW_PROJECTID.above(id).into(),
        NewProject::NEW_PROJECTID.above_or_equal(id).into(),
        NewProject::NEW_PROJECTID.under(id),
        NewProject::NEW_PROJECTID.not_under(id),
        NewProject::NEW_PROJECTID.under_or_equal(id).into(),
        NewProject::NEW_REGIONS.contain_values([NewRegion::North]),
        NewProject::NEW_REGIONS.contain_none_of([NewRegion::North]),
        owner.is_current_user(),
        owner.is_not_current_user(),
        owner.is_current_user_or_below().into(),
        owner.is_current_user_or_below_or_teams().into(),
        owner.is_current_user_or_teams().into(),
        owner.is_current_users_team().into(),
        NewProject::NEW_HEADCOUNT.is_current_language().into(),
    ];
    // The handwritten tables have no column of a business unit and no full-text index, so the sample's are
    // used for these functions.
    let others = [
        SystemUser::SYSTEMUSERID.is_current_business_unit().odata(),
        SystemUser::SYSTEMUSERID.is_not_current_business_unit().odata(),
        Contact::FULLNAME.full_text("a").odata(),
    ];
    let mut used: Vec<String> = Vec::new();
    let mut note = |filter: &str| {
        let (_, call) = filter.split_once(functions::NAMESPACE).expect("it is a function");
        used.push(call.split('(').next().expect("it has a name").to_owned());
    };
    for (table, filter) in contacts
        .iter()
        .map(|f| ("contact", f.odata()))
        .chain(projects.iter().map(|f| ("new_project", f.odata())))
    {
        note(&filter);
        let checked = check_filter(store(), table, &filter, &CheckOptions::default()).expect("in memory");
        assert!(checked.diagnostics.is_empty(), "{filter}: {:#?}", checked.diagnostics);
    }
    others.iter().for_each(|filter| note(filter));
    used.sort();
    let all: Vec<&str> = functions::FUNCTIONS.iter().map(|f| f.name).collect();
    assert_eq!(used, all);
}

#[test]
fn typed_expansions_follow_the_rules_of_the_service() {
    let ordered = Account::query().select(Account::NAME).expand(
        Account::CONTACT_CUSTOMER_ACCOUNTS
            .select((Contact::FULLNAME, Contact::EMAILADDRESS1))
            .filter(Contact::STATECODE.eq(ContactState::Active))
            .filter(Contact::FULLNAME.eq("a;b)").or(Contact::FULLNAME.is_null()))
            .order_by(Contact::FULLNAME.desc())
            .top(3),
    );
    assert_eq!(
        ordered.odata(),
        "accounts?$select=name&$expand=contact_customer_accounts($select=fullname,emailaddress1;\
         $filter=statecode eq 0 and (fullname eq 'a;b)' or fullname eq null);$orderby=fullname desc;$top=3)"
    );
    let deep = Contact::query().select(Contact::FULLNAME).expand(
        Contact::PARENTCUSTOMERID_ACCOUNT
            .select(Account::NAME)
            .expand(Account::PRIMARYCONTACTID.select(Contact::FULLNAME))
            .expand(
                Account::CONTACT_CUSTOMER_ACCOUNTS
                    .select(Contact::FULLNAME)
                    .filter(Contact::FULLNAME.eq("a")),
            ),
    );
    assert_eq!(
        deep.odata(),
        "contacts?$select=fullname&$expand=parentcustomerid_account($select=name;\
         $expand=primarycontactid($select=fullname),contact_customer_accounts($select=fullname;$filter=fullname eq 'a'))"
    );
    let many = NewProject::query().select(NewProject::NEW_NAME).expand(
        NewProject::NEW_PROJECT_SYSTEMUSER.select(SystemUser::FULLNAME).order_by(SystemUser::FULLNAME).top(2),
    );
    for url in [ordered.url(), deep.url(), many.url()] {
        assert_clean(&url);
    }
}

#[test]
fn typed_requests_for_one_row_check_clean() {
    let id = Guid::from_u128(0x7891_4942_34cb_ed11_b596_0022_481d_68cd);
    let one = Contact::id(id)
        .query()
        .select(Contact::FULLNAME)
        .expand(Contact::PARENTCUSTOMERID_ACCOUNT.select(Account::NAME));
    assert_eq!(
        one.odata(),
        "contacts(78914942-34cb-ed11-b596-0022481d68cd)?$select=fullname&$expand=parentcustomerid_account($select=name)"
    );
    assert_clean(&one.url());
    let key = Account::NEW_ACCOUNTNUMBERKEY.row(("A-1 and 'B'",));
    assert_eq!(key.path(), "accounts(accountnumber='A-1%20and%20%27%27B%27%27')");
    assert_clean(&key.query().select(Account::NAME).url());
}

#[test]
#[should_panic(expected = "fullnme")]
fn the_check_for_clean_requests_finds_a_wrong_one() {
    assert_clean("contacts?$select=fullname&$filter=fullnme%20eq%20'a'");
}
