//! Typed requests against the rows of the emulator: each job as a user would write it, and what the organisation
//! contains after it.
#![allow(unreachable_pub, reason = "generated modules are public")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use dvkit::prelude::*;
use dvkit::query::Aggregate;
use dvkit::{Decimal, Entity, Guid, Party, Ref};
use dvkit_client::auth::StaticToken;
use dvkit_client::{Batch, ChangeSet, Client, ErrorKind, Prefer, Request};
use dvkit_emulator::{Emulator, RunningEmulator};
use futures_util::TryStreamExt as _;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

#[dvkit::schema("crm")]
mod crm {}

use crm::account::{AccountIndustryCode, AccountState};
use crm::contact::ContactState;
use crm::{Account, Contact, Email, NewProject, Opportunity, SystemUser, Task};

/// A running emulator of the sample organisation and a client of it.
struct Organisation {
    client: Client,
    running: RunningEmulator,
}

impl Organisation {
    /// Starts an organisation with the sample rows.
    async fn with_rows() -> Self {
        Self::of(Emulator::sample().seed_sample().start().await.unwrap())
    }

    /// Starts an organisation without rows.
    async fn empty() -> Self {
        Self::of(Emulator::sample().start().await.unwrap())
    }

    fn of(running: RunningEmulator) -> Self {
        let token = StaticToken::new(running.token("ann"));
        let client = Client::builder(running.url()).token_source(token).build().unwrap();
        Self { client, running }
    }

    /// Returns a client that prefers the written row in every response.
    fn client_that_prefers_rows(&self) -> Client {
        let token = StaticToken::new(self.running.token("ann"));
        let builder = Client::builder(self.running.url()).token_source(token);
        builder.prefer(Prefer::new().return_representation()).build().unwrap()
    }

    async fn json(&self, target: &str) -> Value {
        self.client.get_json(target).await.unwrap()
    }

    async fn account(&self, name: &str) -> Ref<Account> {
        Account::create().set(Account::NAME, name).send(&self.client).await.unwrap()
    }

    async fn contact(&self, name: &str) -> Ref<Contact> {
        Contact::create().set(Contact::LASTNAME, name).send(&self.client).await.unwrap()
    }
}

/// A contact with its company.
#[derive(Debug, Entity)]
#[dvkit(table = "contact")]
struct Card {
    lastname: Option<String>,
    #[dvkit(formatted = "statecode")]
    state: Option<String>,
    #[dvkit(expand = "parentcustomerid_account")]
    company: Option<Company>,
}

#[derive(Debug, Entity)]
#[dvkit(table = "account")]
struct Company {
    name: Option<String>,
    revenue: Option<Decimal>,
}

#[derive(Debug, Entity)]
#[dvkit(table = "contact")]
struct Person {
    fullname: Option<String>,
}

#[tokio::test]
async fn a_row_is_read_changed_and_deleted_by_its_id() {
    let crm = Organisation::empty().await;
    let client = &crm.client;
    let company = crm.account("Contoso").await;
    let ann = Contact::create()
        .set(Contact::LASTNAME, "O'Brien")
        .bind(Contact::PARENTCUSTOMERID_ACCOUNT, company)
        .send(client)
        .await
        .unwrap();
    let card = ann.get_as::<Card>(client).await.unwrap();
    assert_eq!((card.lastname.as_deref(), card.state.as_deref()), (Some("O'Brien"), Some("Active")));
    assert_eq!(card.company.unwrap().name.as_deref(), Some("Contoso"));

    let before = ann.get(client).await.unwrap();
    let etag = before.extra.etag().unwrap();
    ann.update(client, &Contact::update().set(Contact::FIRSTNAME, "Ann")).await.unwrap();
    let row = ann.get(client).await.unwrap();
    assert_eq!(row.fullname.as_deref(), Some("Ann O'Brien"));
    let stale = Contact::update().set(Contact::FIRSTNAME, "Anne");
    let error = ann.update_if_match(client, &stale, etag).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(412));
    let error = ann.delete_if_match(client, etag).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(412));
    ann.update_if_match(client, &stale, row.extra.etag().unwrap()).await.unwrap();

    let person = ann
        .update_returning::<Person>(client, &Contact::update().set(Contact::FIRSTNAME, "Anna"))
        .await
        .unwrap();
    assert_eq!(person.fullname.as_deref(), Some("Anna O'Brien"));
    ann.delete(client).await.unwrap();
    assert_eq!(ann.get(client).await.unwrap_err().status().map(|s| s.as_u16()), Some(404));
    // A change does not create a missing row.
    let error = ann.update(client, &stale).await.unwrap_err();
    assert_eq!(error.status().map(|s| s.as_u16()), Some(404));
}

#[tokio::test]
async fn a_new_row_is_returned_with_its_related_rows() {
    let crm = Organisation::empty().await;
    let company = crm.account("Contoso").await;
    let new = Contact::create().set(Contact::LASTNAME, "Lo").bind(Contact::PARENTCUSTOMERID_ACCOUNT, company);
    let card = new.clone().returning::<Card>().send(&crm.client).await.unwrap();
    assert_eq!((card.lastname.as_deref(), card.state.as_deref()), (Some("Lo"), Some("Active")));
    assert_eq!(card.company.unwrap().name.as_deref(), Some("Contoso"));
    // A preference of the whole client does not hide which row was created.
    let row = new.send(&crm.client_that_prefers_rows()).await.unwrap();
    assert_eq!(row.get(&crm.client).await.unwrap().lastname.as_deref(), Some("Lo"));
}

#[tokio::test]
async fn an_upsert_says_which_row_it_wrote_and_whether_it_is_new() {
    let crm = Organisation::empty().await;
    let client = &crm.client;
    let key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A'1 (b)=c,ü",));
    let values = Account::update().set(Account::NAME, "Contoso");
    let first = key.upsert(client, &values).await.unwrap();
    assert!(first.created);
    let second = key.upsert(client, &values).await.unwrap();
    assert_eq!((second.row, second.created), (first.row, false));
    let row = key.get(client).await.unwrap();
    assert_eq!((row.accountnumber.as_deref(), row.accountid), (Some("A'1 (b)=c,ü"), Some(first.row.id())));

    let id = Guid::from_u128(0x1111_1111_0000_4000_8000_0000_0000_0001);
    let by_id = Account::id(id).upsert(client, &values).await.unwrap();
    assert_eq!((by_id.row.id(), by_id.created), (id, true));

    // Only new, and only existing rows.
    let error = key.create(client, &Account::create().set(Account::NAME, "Twice")).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(412));
    let other = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-2",));
    assert!(other.update(client, &values).await.is_err());
    other.create(client, &Account::create().set(Account::NAME, "Fabrikam")).await.unwrap();
    assert_eq!(other.get_as::<Company>(client).await.unwrap().name.as_deref(), Some("Fabrikam"));

    // In a batch, the response is read by the same type.
    let mut batch = Batch::new();
    let (old, new) = (
        batch.add(other.upsert_request(&values)),
        batch.add(Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-3",)).upsert_request(&values)),
    );
    let responses = client.batch(batch).await.unwrap();
    let upserted =
        |handle| dvkit::client::Upserted::<Account>::of(responses.get(handle).unwrap()).unwrap().created;
    assert_eq!((upserted(old), upserted(new)), (false, true));
}

#[tokio::test]
async fn a_value_of_the_key_in_the_url_is_refused_before_it_is_sent() {
    let crm = Organisation::empty().await;
    let key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    let values = Account::update().set(Account::ACCOUNTNUMBER, "A-2");
    for error in [
        key.upsert(&crm.client, &values).await.unwrap_err(),
        key.update(&crm.client, &values).await.unwrap_err(),
        key.create(&crm.client, &Account::create().set(Account::ACCOUNTNUMBER, "A-1")).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("`accountnumber` identifies the row in the URL"), "{error}");
    }
    assert_eq!(crm.json("accounts?$select=name").await["value"], json!([]));
}

#[tokio::test]
async fn a_lookup_is_bound_by_an_alternate_key() {
    let crm = Organisation::empty().await;
    let key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A'1 (b)=c,ü",));
    let company = key.upsert(&crm.client, &Account::update().set(Account::NAME, "Contoso")).await.unwrap();
    for new in [
        Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, &key),
        Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, key.clone()),
    ] {
        let row = new.send(&crm.client).await.unwrap().get(&crm.client).await.unwrap();
        assert_eq!(row.parentcustomerid.unwrap().to::<Account>(), Some(company.row));
    }
}

#[tokio::test]
async fn changes_of_a_change_set_refer_to_the_rows_that_it_creates() {
    let crm = Organisation::empty().await;
    let client = &crm.client;
    let mut changes = ChangeSet::new();
    let company = changes.create(&Account::create().set(Account::NAME, "Contoso"));
    let ann = changes.create(
        &Contact::create().set(Contact::LASTNAME, "Ann").bind(Contact::PARENTCUSTOMERID_ACCOUNT, company),
    );
    let ben = changes.create(&Contact::create().set(Contact::LASTNAME, "Ben"));
    changes.add(company.update_request(&Account::update().set(Account::TELEPHONE1, "1")));
    changes.add(company.set_reference_request(client, Account::PRIMARYCONTACTID, ann));
    changes.add(company.associate_request(client, Account::CONTACT_CUSTOMER_ACCOUNTS, ben));
    let mut batch = Batch::new();
    let handles = batch.change_set(changes);
    let responses = client.batch(batch).await.unwrap();
    responses.all_succeeded().unwrap();
    let address = responses.get(handles[0]).unwrap().entity_id().unwrap();
    let id: Guid = address.rsplit_once('(').unwrap().1.trim_end_matches(')').parse().unwrap();
    let row = Account::id(id).get(client).await.unwrap();
    assert_eq!(row.telephone1.as_deref(), Some("1"));
    assert_eq!(row.primarycontactid.unwrap().label.as_deref(), Some("Ann"));
    let count = Account::id(id).count_related(client, Account::CONTACT_CUSTOMER_ACCOUNTS).await.unwrap();
    assert_eq!((count.rows, count.limit_exceeded), (2, false));
}

#[tokio::test]
async fn a_row_of_another_change_set_is_refused_before_it_is_sent() {
    let crm = Organisation::empty().await;
    let mut first = ChangeSet::new();
    let company = first.create(&Account::create().set(Account::NAME, "Contoso"));
    let contact = Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, company);
    let within = Contact::create().children(Contact::CONTACT_CUSTOMER_CONTACTS, [contact.clone()]);
    let mut requests = vec![
        contact.request(),
        within.request(),
        contact.returning::<Card>().request(),
        company.update_request(&Account::update().set(Account::NAME, "x")),
        company.delete_request(),
        company.set_reference_request(&crm.client, Account::PRIMARYCONTACTID, Guid::nil()),
        company.clear_reference_request(Account::PRIMARYCONTACTID),
        Contact::id(Guid::nil()).set_reference_request(
            &crm.client,
            Contact::PARENTCUSTOMERID_ACCOUNT,
            company,
        ),
    ];
    requests.push(Email::create().parties([Party::to(company)]).request());
    for request in requests {
        let mut second = ChangeSet::new();
        let name = format!("{request:?}");
        second.add(request);
        let mut batch = Batch::new();
        batch.change_set(first.clone());
        batch.change_set(second);
        let error = crm.client.batch(batch).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{name} {error}");
    }
    assert_eq!(Account::query().total(&crm.client).await.unwrap().rows, 0);
}

#[tokio::test]
async fn rows_are_associated_through_every_kind_of_relationship() {
    let crm = Organisation::empty().await;
    let client = &crm.client;
    let key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    let account = key.upsert(client, &Account::update().set(Account::NAME, "Contoso")).await.unwrap().row;
    let ann = crm.contact("Ann").await;

    // One to many, by id and by key, from both sides.
    let count =
        || async { account.count_related(client, Account::CONTACT_CUSTOMER_ACCOUNTS).await.unwrap().rows };
    account.associate(client, Account::CONTACT_CUSTOMER_ACCOUNTS, ann).await.unwrap();
    assert_eq!(count().await, 1);
    account.disassociate(client, Account::CONTACT_CUSTOMER_ACCOUNTS, ann).await.unwrap();
    assert_eq!(count().await, 0);
    key.associate(client, Account::CONTACT_CUSTOMER_ACCOUNTS, ann.id()).await.unwrap();
    assert_eq!(count().await, 1);
    key.disassociate(client, Account::CONTACT_CUSTOMER_ACCOUNTS, ann.id()).await.unwrap();
    assert_eq!(count().await, 0);
    let child = crm.account("Child").await;
    child.associate(client, Account::ACCOUNT_PARENT_ACCOUNT, &key).await.unwrap();
    let parent = account.get(client).await.unwrap().parentaccountid.unwrap();
    assert_eq!(parent.to::<Account>(), Some(child));
    child.disassociate(client, Account::ACCOUNT_PARENT_ACCOUNT, &key).await.unwrap();
    assert_eq!(account.get(client).await.unwrap().parentaccountid, None);

    // A lookup.
    account.set_reference(client, Account::PRIMARYCONTACTID, ann).await.unwrap();
    let lookup = account.get(client).await.unwrap().primarycontactid.unwrap();
    assert_eq!(lookup.to::<Contact>(), Some(ann));
    account.clear_reference(client, Account::PRIMARYCONTACTID).await.unwrap();
    assert_eq!(account.get(client).await.unwrap().primarycontactid, None);
    ann.set_reference(client, Contact::PARENTCUSTOMERID_ACCOUNT, &key).await.unwrap();
    assert_eq!(count().await, 1);

    // Many to many, from both sides, and in a batch.
    let project = NewProject::create().set(NewProject::NEW_NAME, "p").send(client).await.unwrap();
    let me: Guid = crm.json("WhoAmI()").await["UserId"].as_str().unwrap().parse().unwrap();
    let me = SystemUser::id(me);
    project.associate(client, NewProject::NEW_PROJECT_SYSTEMUSER, me).await.unwrap();
    let count = || async { me.count_related(client, SystemUser::NEW_PROJECT_SYSTEMUSER).await.unwrap().rows };
    assert_eq!(count().await, 1);
    let again = project.associate(client, NewProject::NEW_PROJECT_SYSTEMUSER, me).await.unwrap_err();
    assert_eq!(again.status().map(|status| status.as_u16()), Some(412));
    me.disassociate(client, SystemUser::NEW_PROJECT_SYSTEMUSER, project).await.unwrap();
    assert_eq!(count().await, 0);
    let mut batch = Batch::new();
    batch.add(me.associate_request(client, SystemUser::NEW_PROJECT_SYSTEMUSER, project));
    batch.add(account.clear_reference_request(Account::PRIMARYCONTACTID));
    client.batch(batch).await.unwrap().all_succeeded().unwrap();
    assert_eq!(count().await, 1);
}

#[tokio::test]
async fn related_rows_are_created_together_and_all_or_none() {
    let crm = Organisation::empty().await;
    let client = &crm.client;
    let existing = crm.contact("Existing").await;
    let opportunity = Opportunity::create()
        .set(Opportunity::NAME, "Deal")
        .children(Opportunity::OPPORTUNITY_TASKS, [Task::create().set(Task::SUBJECT, "Call")]);
    let new = Account::create()
        .set(Account::NAME, "Contoso")
        .set(Account::REVENUE, "922337203685.1234".parse::<Decimal>().unwrap())
        .parent(Account::PRIMARYCONTACTID, Contact::create().set(Contact::LASTNAME, "Boss"))
        .children(
            Account::CONTACT_CUSTOMER_ACCOUNTS,
            ["Ann", "Ben"].map(|name| Contact::create().set(Contact::LASTNAME, name)),
        )
        .children(Account::OPPORTUNITY_CUSTOMER_ACCOUNTS, [opportunity])
        .bind_all(Account::CONTACT_CUSTOMER_ACCOUNTS, [existing]);
    let row = new.send(client).await.unwrap();
    let account = row.get(client).await.unwrap();
    assert_eq!(account.primarycontactid.unwrap().label.as_deref(), Some("Boss"));
    let people: Vec<Contact> = Contact::query()
        .select(Contact::LASTNAME)
        .filter(Contact::PARENTCUSTOMERID_ACCOUNT.eq(row))
        .order_by(Contact::LASTNAME)
        .rows(client)
        .try_collect()
        .await
        .unwrap();
    let names: Vec<_> = people.iter().filter_map(|row| row.lastname.as_deref()).collect();
    assert_eq!(names, ["Ann", "Ben", "Existing"]);
    let tasks = crm.json("tasks?$select=subject").await;
    assert_eq!(tasks["value"][0]["subject"], "Call");

    // A row that the service refuses undoes all of them.
    let wrong = Account::create().set(Account::NAME, "Undone").children(
        Account::CONTACT_CUSTOMER_ACCOUNTS,
        [Contact::create().set(Contact::LASTNAME, "x".repeat(300))],
    );
    assert!(wrong.send(client).await.is_err());
    let undone = Account::query().filter(Account::NAME.eq("Undone")).total(client).await.unwrap();
    assert_eq!(undone.rows, 0);

    // A row with a key in its URL takes no rows within it.
    let error = Account::id(Guid::from_u128(5)).create(client, &new).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("has rows to create"), "{error}");
}

#[tokio::test]
async fn an_activity_is_created_with_its_parties() {
    let crm = Organisation::empty().await;
    let client = &crm.client;
    let ann = crm.contact("Ann").await;
    let key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    key.upsert(client, &Account::update().set(Account::NAME, "Contoso")).await.unwrap();
    let parties = [
        Party::from(key.clone()),
        Party::to(ann),
        Party::cc("ben@example.com"),
        Party::bcc(ann).address("ann@example.com"),
    ];
    let email = Email::create().set(Email::SUBJECT, "Hello").parties(parties);
    let email = email.send(client).await.unwrap();
    let target = format!(
        "{}?$expand=email_activity_parties($select=participationtypemask,_partyid_value,addressused;$orderby=participationtypemask)",
        email.path()
    );
    let row = crm.json(&target).await;
    let parties = row["email_activity_parties"].as_array().unwrap();
    let masks: Vec<_> = parties.iter().map(|party| &party["participationtypemask"]).collect();
    assert_eq!(masks, [1, 2, 3, 4]);
    assert_eq!(parties[1]["_partyid_value"], ann.id().to_string());
    assert_eq!(
        (&parties[2]["addressused"], &parties[2]["_partyid_value"]),
        (&json!("ben@example.com"), &Value::Null)
    );
    assert_eq!(parties[3]["addressused"], "ann@example.com");

    // The request that replaces them has the documented form.
    let request = email.replace_parties_request([Party::to(ann)]);
    assert_eq!(
        (request.method().as_str(), request.target()),
        ("PUT", format!("{}/email_activity_parties", email.path()).as_str())
    );

    // A row of a change set can be a party, too.
    let mut changes = ChangeSet::new();
    let new = changes.create(&Contact::create().set(Contact::LASTNAME, "Cem"));
    changes
        .create(&Email::create().set(Email::SUBJECT, "In a set").parties([Party::to(new), Party::from(ann)]));
    let mut batch = Batch::new();
    batch.change_set(changes);
    client.batch(batch).await.unwrap().all_succeeded().unwrap();
    let parties = crm.json("activityparties?$filter=partyid_contact/lastname eq 'Cem'").await;
    assert_eq!(parties["value"][0]["participationtypemask"], 2, "{parties}");
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Totals {
    industrycode: Option<i32>,
    number: i64,
}

#[tokio::test]
async fn rows_are_grouped_and_aggregated() {
    let crm = Organisation::with_rows().await;
    let client = &crm.client;
    let (number, total) = (Aggregate::count_rows("number"), Account::REVENUE.sum("total"));
    let (most, average) =
        (Account::NUMBEROFEMPLOYEES.max("most"), Account::NUMBEROFEMPLOYEES.average("average"));
    let (first, least) = (Account::CREATEDON.min("first"), Account::REVENUE.min("least"));
    let groups = Account::group_by((Account::INDUSTRYCODE, Account::STATECODE))
        .filter(Account::STATECODE.eq(AccountState::Active))
        .aggregate(&number)
        .aggregate(&total)
        .aggregate(&most)
        .aggregate(&average)
        .aggregate(&first)
        .aggregate(&least);
    let rows: Vec<_> = groups.rows(client).try_collect().await.unwrap();
    let accounts: Vec<Account> = Account::query().rows(client).try_collect().await.unwrap();
    assert!(rows.len() > 3 && rows.len() < accounts.len(), "{rows:?}");
    for group in &rows {
        let code = group.get(Account::INDUSTRYCODE).unwrap();
        let of_group: Vec<_> = accounts.iter().filter(|row| row.industrycode == code).collect();
        assert_eq!(group.get(&number).unwrap(), i64::try_from(of_group.len()).ok());
        // The sum of no value is null.
        let sum = of_group.iter().filter_map(|row| row.revenue).reduce(|sum, next| sum + next);
        assert_eq!(group.get(&total).unwrap(), sum.map(|sum| sum.normalize()));
        assert_eq!(group.get(&most).unwrap(), of_group.iter().filter_map(|row| row.numberofemployees).max());
        assert_eq!(group.get(&least).unwrap(), of_group.iter().filter_map(|row| row.revenue).min());
        assert_eq!(group.get(&first).unwrap(), of_group.iter().filter_map(|row| row.createdon).min());
        assert_eq!(group.get(&average).unwrap().is_some(), group.get(&most).unwrap().is_some());
        assert_eq!(group.formatted(Account::STATECODE).as_deref(), Some("Active"));
    }
    assert!(rows.iter().any(
        |group| group.get(Account::INDUSTRYCODE).unwrap() == Some(AccountIndustryCode::Consulting.into())
    ));

    let totals = Account::group_by(Account::INDUSTRYCODE).aggregate(&number);
    let totals: Vec<Totals> = totals.rows_as(client).try_collect().await.unwrap();
    assert_eq!(totals.iter().map(|totals| totals.number).sum::<i64>(), 12);
    // One group of all rows.
    let all: Vec<_> = Account::aggregate(&total).rows(client).try_collect().await.unwrap();
    let sum: Decimal = accounts.iter().filter_map(|row| row.revenue).sum();
    assert_eq!((all.len(), all[0].get(&total).unwrap()), (1, Some(sum.normalize())));
}

#[tokio::test]
async fn rows_are_grouped_by_columns_of_related_rows() {
    let crm = Organisation::with_rows().await;
    let client = &crm.client;
    let number = Aggregate::count_rows("number");
    let by_company = || Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::NAME);
    let groups = Contact::group_by(by_company()).aggregate(&number);
    assert_eq!(
        groups.odata(),
        "contacts?$apply=groupby((parentcustomerid_account/name),aggregate($count as number))"
    );
    let rows: Vec<_> = groups.rows(client).try_collect().await.unwrap();
    let contoso =
        rows.iter().find(|group| group.get(by_company()).unwrap().as_deref() == Some("Contoso")).unwrap();
    let expected = Contact::query().filter(by_company().eq("Contoso")).total(client).await.unwrap();
    assert_eq!(contoso.get(&number).unwrap(), i64::try_from(expected.rows).ok());

    let lookups: Vec<_> =
        Account::group_by(Account::PRIMARYCONTACTID).rows(client).try_collect().await.unwrap();
    let found = lookups.iter().filter_map(|group| group.get(Account::PRIMARYCONTACTID).unwrap()).count();
    assert!(found >= 2, "{lookups:?}");

    // Two values of one name, or a path over several lookups, are refused before they are sent.
    let twice = Account::group_by((
        Account::CREATEDBY.then(SystemUser::FULLNAME),
        Account::MODIFIEDBY.then(SystemUser::FULLNAME),
    ));
    let far = Contact::group_by(
        Contact::PARENTCUSTOMERID_ACCOUNT.then(Account::PRIMARYCONTACTID).then(Contact::LASTNAME),
    );
    let alias = Account::aggregate(&Account::REVENUE.sum("total revenue"));
    for (error, text) in [
        (
            twice.rows(client).try_collect::<Vec<_>>().await.unwrap_err(),
            "would be called `systemuser_fullname`",
        ),
        (far.rows(client).try_collect::<Vec<_>>().await.unwrap_err(), "and not further"),
        (alias.rows(client).try_collect::<Vec<_>>().await.unwrap_err(), "`total revenue` cannot be the name"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[tokio::test]
async fn rows_are_counted() {
    let crm = Organisation::with_rows().await;
    let client = &crm.client;
    let all = Account::query().total(client).await.unwrap();
    assert_eq!((all.rows, all.limit_exceeded), (12, false));
    // A limit of the query is no limit of the count.
    let active = Contact::query().filter(Contact::STATECODE.eq(ContactState::Active)).top(1);
    let rows: Vec<Contact> = Contact::query().rows(client).try_collect().await.unwrap();
    let expected = rows.iter().filter(|row| row.statecode == Some(ContactState::Active.into())).count();
    assert_eq!(active.total(client).await.unwrap().rows, u64::try_from(expected).unwrap());
    assert_eq!(Account::total_record_count(client).await.unwrap(), 12);
    let counts = dvkit::client::total_record_counts(client, &["account", "contact"]).await.unwrap();
    assert_eq!((counts["account"], counts["contact"]), (12, 16));
}

#[tokio::test]
async fn a_checked_request_is_sent_and_its_rows_are_typed() {
    let crm = Organisation::with_rows().await;
    let client = &crm.client;
    let least = Decimal::from(1_000_000);
    let big = dvkit::odata!(crm::Account, "$select=name,revenue&$filter=revenue ge {least}&$orderby=name");
    let rows: Vec<Account> = big.rows(client).try_collect().await.unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.revenue.unwrap() >= least), "{rows:?}");
    let pages: Vec<_> = big.pages(client).try_collect().await.unwrap();
    assert_eq!(pages.len(), 1);
    let contoso = rows.iter().find(|row| row.name.as_deref() == Some("Contoso")).unwrap();

    let id = contoso.accountid.unwrap();
    let one = dvkit::odata!(crm::Account, "accounts({id})?$select=name").get(client).await.unwrap();
    assert_eq!(one.name.as_deref(), Some("Contoso"));
    let people = dvkit::odata!(crm::Contact, "accounts({id})/contact_customer_accounts?$select=fullname");
    let people: Vec<Contact> = people.rows(client).try_collect().await.unwrap();
    assert!(!people.is_empty());
    let boss = dvkit::odata!(crm::Contact, "accounts({id})/primarycontactid?$select=fullname");
    assert!(boss.get(client).await.unwrap().fullname.is_some());
    let number = dvkit::odata!(crm::Account, "accounts/$count").number(client).await.unwrap();
    assert_eq!(number, 12);
    let groups = dvkit::odata!(crm::Account, "$apply=groupby((statecode))");
    let groups: Vec<_> = groups.rows(client).try_collect().await.unwrap();
    assert_eq!(groups[0].get(Account::STATECODE).unwrap(), Some(AccountState::Active.into()));
    // A struct of one's own.
    let cards = dvkit::odata!(Company as "account", "$select=name,revenue&$top=2");
    let cards: Vec<Company> = cards.rows(client).try_collect().await.unwrap();
    assert_eq!(cards.len(), 2);
}

#[derive(Debug, serde::Deserialize)]
struct NumberOfAccounts {
    number: i64,
}

#[tokio::test]
async fn a_checked_fetchxml_query_finds_its_entity_set() {
    let crm = Organisation::with_rows().await;
    let client = &crm.client;
    let city = "Berlin";
    let query = dvkit::fetchxml!(
        r#"<fetch count="3"><entity name="account"><attribute name="name"/><order attribute="name"/>
        <filter><condition attribute="address1_city" operator="ne" value="{city}"/></filter></entity></fetch>"#
    );
    assert_eq!(query.entity_set(), "accounts");
    let rows: Vec<Account> = query.rows(client).try_collect().await.unwrap();
    assert_eq!(rows.len(), 9); // of twelve, one is in Berlin and two in no city
    let pages: Vec<_> = query.pages::<Company>(client).try_collect().await.unwrap();
    assert_eq!(pages.len(), 3);
    assert!(query.request().target().starts_with("accounts?fetchXml=%3Cfetch"));
    let typed = dvkit::fetchxml!(
        crm::Contact,
        r#"<fetch><entity name="contact"><attribute name="fullname"/></entity></fetch>"#
    );
    assert_eq!(typed.rows::<Person>(client).try_collect::<Vec<_>>().await.unwrap().len(), 16);
    let count = dvkit::fetchxml!(
        r#"<fetch aggregate="true"><entity name="account">
        <attribute name="accountid" aggregate="count" alias="number"/></entity></fetch>"#
    );
    let count: Vec<NumberOfAccounts> = count.values(client).try_collect().await.unwrap();
    assert_eq!(count[0].number, 12);
    let untyped: dvkit::FetchXml = query.untyped();
    assert_eq!(client.send(Request::get(untyped.url())).await.unwrap().status().as_u16(), 200);
}
