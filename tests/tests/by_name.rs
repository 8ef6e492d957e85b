//! Queries and writes by name against the emulator: organisations that are known when the program runs.
#![allow(clippy::print_stdout)] // a run tells what it covered
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::cell::Cell;

use dvkit::by_name::{
    Condition, Error, Expand, Organisation, RowKey, RowRef, Table, Value, column, filter_text, related,
};
use dvkit::{Decimal, Guid};
use dvkit_client::auth::StaticToken;
use dvkit_client::bulk::BulkOptions;
use dvkit_client::futures_util::{StreamExt as _, TryStreamExt as _, stream};
use dvkit_client::{Batch, ChangeSet, Client, ErrorKind, Request};
use dvkit_emulator::{Emulator, RunningEmulator};
use dvkit_schema::Store;
use dvkit_tests::workspace;
use jiff::{Timestamp, civil};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

struct Service {
    running: RunningEmulator,
    client: Client,
    organisation: Organisation,
}

async fn service() -> Service {
    let running = Emulator::sample().start().await.unwrap();
    let token = StaticToken::new(running.token("ann"));
    let client = Client::builder(running.url()).token_source(token).build().unwrap();
    let store = Store::open(workspace().join("fixtures/schema")).unwrap();
    Service { running, client, organisation: Organisation::new(store) }
}

impl Service {
    fn table(&self, name: &str) -> Table {
        self.organisation.table(name).unwrap_or_else(|error| panic!("{error}"))
    }

    async fn account(&self, name: &str) -> RowRef {
        let write = self.table("account").create().set("name", name).set("accountnumber", name);
        write.send(&self.client).await.unwrap_or_else(|error| panic!("{error}")).row.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_written_and_read_by_name() {
    let service = service().await;
    let client = &service.client;
    let account = service.account("O'Neil & Co").await;
    let contacts = service.table("contact");
    for name in ["Ann", "Bob", "Cem"] {
        let write = contacts
            .create()
            .set("firstname", name)
            .set("lastname", "100%")
            .set("birthdate", civil::date(2000, 2, 29))
            .bind("parentcustomerid", &account);
        assert!(write.send(client).await.unwrap().created);
    }

    let query = contacts
        .query()
        .select(["fullname", "parentcustomerid", "statecode", "birthdate"])
        .filter(
            column("parentcustomerid_account/name").eq("O'Neil & Co").and(column("lastname").ends_with("0%")),
        )
        .expand(Expand::new("parentcustomerid_account").select(["name", "revenue"]))
        .order_by_descending("fullname")
        .count();
    let rows: Vec<_> = query.rows(client).try_collect().await.unwrap();
    let names: Vec<_> = rows.iter().map(|row| row.text("fullname").unwrap().unwrap()).collect();
    assert_eq!(names, ["Cem 100%", "Bob 100%", "Ann 100%"]);
    let row = &rows[0];
    assert_eq!(row.date("birthdate").unwrap(), Some(civil::date(2000, 2, 29)));
    let state = row.choice("statecode").unwrap().unwrap();
    assert_eq!((state.value, state.label.as_deref()), (0, Some("Active")));
    let customer = row.lookup("parentcustomerid").unwrap().unwrap();
    assert_eq!((Some(customer.id), customer.table.as_deref()), (account.id(), Some("account")));
    assert_eq!(customer.label.as_deref(), Some("O'Neil & Co"));
    let company = row.related_row("parentcustomerid_account").unwrap().unwrap();
    assert_eq!(company.text("name").unwrap().as_deref(), Some("O'Neil & Co"));
    assert_eq!(company.decimal("revenue").unwrap(), None);
    // The lookup that was read filters again.
    let same = contacts.query().filter(column("parentcustomerid").eq(&customer)).page_size(2);
    let pages: Vec<_> = same.pages(client).try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.rows.len()).collect::<Vec<_>>(), [2, 1]);
    assert!(pages[0].rows[0].as_ref().unwrap().id().is_ok());
    assert_eq!(query.pages(client).next().await.unwrap().unwrap().count, Some(3));

    let accounts = service.table("account");
    let with_bob = related("contact_customer_accounts").any(column("firstname").eq("Bob"));
    let found = accounts
        .query()
        .select(["name"])
        .filter(with_bob)
        .expand(Expand::new("contact_customer_accounts").select(["firstname"]).order_by("firstname"))
        .first(client)
        .await
        .unwrap()
        .unwrap();
    let people = found.related_rows("contact_customer_accounts").unwrap();
    let people: Vec<_> = people.iter().map(|row| row.text("firstname").unwrap().unwrap()).collect();
    assert_eq!(people, ["Ann", "Bob", "Cem"]);

    let by_key = accounts.query().select(["name"]);
    let key = RowKey::columns([("accountnumber", "O'Neil & Co")]);
    assert_eq!(by_key.get(client, &key).await.unwrap().text("name").unwrap().as_deref(), Some("O'Neil & Co"));
    let missing = by_key.get(client, Guid::from_u128(1)).await.unwrap_err();
    assert_eq!(missing.client().map(dvkit_client::Error::kind), Some(ErrorKind::NotFound));
    assert!(by_key.clone().top(1).get(client, &key).await.unwrap_err().findings().is_some());
    service.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_changed_upserted_and_deleted_by_name() {
    let service = service().await;
    let client = &service.client;
    let accounts = service.table("account");
    let key = RowKey::columns([("accountnumber", "A1 &'")]);
    let upsert =
        |name: &str| accounts.upsert(key.clone()).set("name", name).set("revenue", Decimal::new(12345, 2));
    let first = upsert("one").send(client).await.unwrap();
    let second = upsert("two").send(client).await.unwrap();
    assert_eq!((first.created, second.created), (true, false));
    assert_eq!(first.row, second.row);
    let row = first.row.unwrap();
    let query = accounts.query().select(["name", "revenue", "accountnumber", "primarycontactid"]);
    let read = query.get(client, row.key()).await.unwrap();
    assert_eq!(read.text("name").unwrap().as_deref(), Some("two"));
    assert_eq!(read.decimal("revenue").unwrap(), Some(Decimal::new(12345, 2)));
    assert_eq!(read.text("accountnumber").unwrap().as_deref(), Some("A1 &'"));

    let ann =
        service.table("contact").create().set("lastname", "Ann").send(client).await.unwrap().row.unwrap();
    accounts.update(row.key()).bind("primarycontactid", &ann).clear("revenue").send(client).await.unwrap();
    let changed = query.get(client, row.key()).await.unwrap();
    assert_eq!(changed.lookup("primarycontactid").unwrap().map(|lookup| lookup.id), ann.id());
    assert_eq!(changed.decimal("revenue").unwrap(), None);
    let stale = accounts.update(row.key()).set("name", "three").if_match(read.etag().unwrap());
    let error = stale.send(client).await.unwrap_err();
    assert_eq!(error.client().map(dvkit_client::Error::kind), Some(ErrorKind::PreconditionFailed));
    accounts.update(row.key()).clear("primarycontactid").send(client).await.unwrap();
    assert_eq!(query.get(client, row.key()).await.unwrap().lookup("primarycontactid").unwrap(), None);
    let missing = accounts.update(Guid::from_u128(1)).set("name", "x").send(client).await.unwrap_err();
    assert_eq!(missing.client().map(dvkit_client::Error::kind), Some(ErrorKind::NotFound));
    accounts.delete(row.key()).send(client).await.unwrap();
    assert!(accounts.query().first(client).await.unwrap().is_none());
    service.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_by_name_go_into_batches_and_bulk_loads() {
    let service = service().await;
    let client = &service.client;
    let (accounts, contacts) = (service.table("account"), service.table("contact"));
    let mut changes = ChangeSet::new();
    let new = changes.add(accounts.create().set("name", "Contoso").request().unwrap());
    let target = dvkit::by_name::BindTarget::new_row(&accounts, new);
    let person = contacts.create().set("lastname", "Ann").bind("parentcustomerid", target);
    assert!(person.bulk_row().is_err(), "a bulk load has no change sets");
    changes.add(person.request().unwrap());
    let mut batch = Batch::new();
    batch.change_set(changes);
    batch.add(contacts.query().select(["lastname"]).request().unwrap());
    client.batch(batch).await.unwrap().all_succeeded().unwrap();
    let ann =
        contacts.query().filter(column("parentcustomerid_account/name").eq("Contoso")).first(client).await;
    assert_eq!(ann.unwrap().unwrap().text("lastname").unwrap().as_deref(), Some("Ann"));

    let rows: Vec<_> = (0..250)
        .map(|n| {
            let key = RowKey::columns([("accountnumber", format!("B-{n}"))]);
            accounts.upsert(key).set("name", format!("bulk '{n}'")).bulk_row().unwrap()
        })
        .collect();
    let results: Vec<_> = client.bulk(stream::iter(rows), BulkOptions::default()).collect().await;
    assert!(results.iter().all(|result| result.outcome.is_ok()), "{results:?}");
    let found = accounts.query().select(["name"]).filter(column("name").starts_with("bulk '24"));
    let found: Vec<_> = found.rows(client).try_collect().await.unwrap();
    assert_eq!(found.len(), 11);
    service.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetchxml_groups_and_raw_requests_are_checked_and_sent() {
    let service = service().await;
    let client = &service.client;
    let account = service.account("Contoso").await;
    let contacts = service.table("contact");
    for name in ["Ann", "Bob"] {
        contacts
            .create()
            .set("lastname", name)
            .bind("parentcustomerid", &account)
            .send(client)
            .await
            .unwrap();
    }
    let fetch = service.organisation.fetch(
        "<fetch><entity name='contact'><attribute name='lastname' /><attribute name='firstname' />\
         <attribute name='parentcustomerid' /><order attribute='lastname' />\
         <link-entity name='account' from='accountid' to='parentcustomerid' alias='a'><attribute name='name' /></link-entity>\
         </entity></fetch>",
    );
    let rows: Vec<_> = fetch.unwrap().rows(client).try_collect().await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].text("lastname").unwrap().as_deref(), Some("Ann"));
    // FetchXML omits columns without a value.
    assert_eq!(rows[0].text("firstname").unwrap(), None);
    assert_eq!(rows[0].text("a.name").unwrap().as_deref(), Some("Contoso"));
    let customer = rows[0].lookup("parentcustomerid").unwrap().unwrap();
    assert_eq!((Some(customer.id), customer.table.as_deref()), (account.id(), Some("account")));
    assert!(rows[0].text("lastnme").unwrap_err().to_string().contains("did you mean `lastname`"));

    let groups = contacts.query().apply("groupby((statecode),aggregate($count as total))");
    let group = groups.first(client).await;
    let group = match group {
        Ok(group) => group.unwrap(),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(group.integer("total").unwrap(), Some(2));
    assert_eq!(group.choice("statecode").unwrap().unwrap().value, 0);

    let request = service.organisation.checked("contacts?$select=lastname&$filter=lastname in ('Ann','Cem')");
    let found: Vec<serde_json::Value> = client.rows(request.unwrap()).try_collect().await.unwrap();
    assert_eq!(found.len(), 1);
    let before = service.running.requests().len();
    for wrong in ["contacts?$select=lastnme", "contcts", "<fetch><entity name='contct' /></fetch>"] {
        assert!(matches!(service.organisation.checked(wrong), Err(Error::Findings(_))), "{wrong}");
    }
    let wrong = contacts.query().filter(column("birthdate").gt("x"));
    assert!(wrong.rows(client).try_next().await.is_err() && wrong.pages(client).try_next().await.is_err());
    assert!(wrong.first(client).await.is_err());
    assert_eq!(service.running.requests().len(), before, "nothing is sent that the check refuses");
    // The same row, with a text whose placeholders are typed.
    let typed = filter_text(
        "parentcustomerid_account/name eq {name} and lastname eq {last}",
        [("name", "Contoso".into()), ("last", "Bob".into())],
    );
    assert!(contacts.query().filter(typed).first(client).await.unwrap().is_some());
    let _: serde_json::Value = client.json(Request::get("WhoAmI()")).await.unwrap();
    service.running.stop().await;
}

/// The values of one project: a value of every type of column.
#[derive(Clone, Debug)]
struct Project {
    name: String,
    notes: String,
    headcount: i32,
    number: i64,
    completion: Decimal,
    budget: Decimal,
    latitude: f64,
    approved: bool,
    due: civil::Date,
    kickoff: Timestamp,
    shift: civil::DateTime,
    condition: usize,
    regions: Vec<usize>,
    sponsor: usize,
}

/// Returns texts with characters that have a meaning in OData, URLs, JSON, XML, SQL and templates.
fn hostile(max: usize) -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "'", "''", "\"", "&", "%", "%27", "%2F", "+", "#", "?", ";", ",", "=", "/", "\\", "<", ">", "(", ")",
        "[", "]", "{", "}", "{dv0}", "{name}", "${x}", "@{x}", "_", "*", " ", " and ", " eq null", "ä", "ß",
        "Ω", "日本", "😀", "\u{301}", "\u{200b}", "$filter", "@p1", "--", "null", "'--", "x", "O", "7", "\t",
        "\n",
    ]);
    prop::collection::vec(pieces, 1..max).prop_map(|pieces| format!("a{}z", pieces.concat()))
}

fn projects() -> impl Strategy<Value = Project> {
    let numbers =
        (0..=500_i32, any::<i64>(), 0..=10_000_i64, 0..=1_000_000_000_000_i64, -9_000_000..=9_000_000_i32);
    let days = (2000..2100_i16, 1..=12_i8, 1..=28_i8);
    let times = (946_684_800..4_000_000_000_i64, 0..24_i8, 0..60_i8, 0..60_i8);
    let picks = (0..100_usize, prop::collection::vec(0..100_usize, 1..4), 0..3_usize, any::<bool>());
    (hostile(12), hostile(30), numbers, days, times, picks).prop_map(
        |(name, notes, numbers, days, times, picks)| {
            let day = civil::date(days.0, days.1, days.2);
            Project {
                name,
                notes,
                headcount: numbers.0,
                number: numbers.1,
                completion: Decimal::new(numbers.2, 2),
                budget: Decimal::new(numbers.3, 2),
                latitude: f64::from(numbers.4) / 100_000.0,
                approved: picks.3,
                due: day,
                kickoff: Timestamp::from_second(times.0).unwrap(),
                shift: day.at(times.1, times.2, times.3, 0),
                condition: picks.0,
                regions: picks.1,
                sponsor: picks.2,
            }
        },
    )
}

#[test]
fn values_of_every_type_are_written_and_found_by_name() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let service = runtime.block_on(service());
    let client = &service.client;
    let project = service.table("new_project");
    let options = |name: &str| -> Vec<(i32, String)> {
        let store = service.organisation.store();
        let choice = match project.column(name).unwrap().ty.choice().unwrap() {
            dvkit_schema::ChoiceRef::Local(choice) => choice,
            dvkit_schema::ChoiceRef::Global(name) => store.choice(name).unwrap().unwrap(),
        };
        let label =
            |option: &dvkit_schema::ChoiceOption| store.text(&option.label).unwrap_or_default().to_owned();
        choice.options.iter().map(|option| (option.value, label(option))).collect()
    };
    let (conditions, regions) = (options("new_condition"), options("new_regions"));
    let sponsors = runtime.block_on(async {
        let person = service.table("contact").create().set("lastname", "x").send(client).await.unwrap();
        let user: serde_json::Value = client.get_json("WhoAmI()").await.unwrap();
        let user: Guid = user["UserId"].as_str().unwrap().parse().unwrap();
        [service.account("x").await, person.row.unwrap(), service.table("systemuser").row(user)]
    });
    let serial = Cell::new(0_u32);
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&projects(), |p| {
        serial.set(serial.get() + 1);
        let code = format!("c'{}&%", serial.get());
        let (condition, label) = &conditions[p.condition % conditions.len()];
        // An option by its number or by its label, if only one option has it.
        let unique = conditions.iter().filter(|(_, other)| other.eq_ignore_ascii_case(label)).count() == 1;
        let option = if p.condition % 2 == 0 && unique && !label.is_empty() {
            Value::from(label)
        } else {
            Value::from(*condition)
        };
        let mut chosen: Vec<i32> = p.regions.iter().map(|n| regions[n % regions.len()].0).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let sponsor = &sponsors[p.sponsor];
        let values: Vec<(&str, Value)> = vec![
            ("new_code", code.as_str().into()),
            ("new_name", p.name.as_str().into()),
            ("new_notes", p.notes.as_str().into()),
            ("new_headcount", p.headcount.into()),
            ("new_externalnumber", p.number.into()),
            ("new_completion", p.completion.into()),
            ("new_budget", p.budget.into()),
            ("new_latitude", p.latitude.into()),
            ("new_approved", p.approved.into()),
            ("new_duedate", p.due.into()),
            ("new_kickoff", p.kickoff.into()),
            ("new_shiftstart", p.shift.into()),
            ("new_condition", option),
            ("new_regions", chosen.clone().into()),
            ("new_sponsor", sponsor.into()),
        ];
        let write =
            values.iter().fold(project.create(), |write, (name, value)| write.set(*name, value.clone()));
        runtime.block_on(async {
            let failed = |error: Error| TestCaseError::fail(error.to_string());
            let id = write.send(client).await.map_err(failed)?.row.and_then(|row| row.id()).unwrap();
            let row = project.query().get(client, id).await.map_err(failed)?;
            prop_assert_eq!(row.text("new_name").map_err(failed)?, Some(p.name.clone()));
            prop_assert_eq!(row.text("new_notes").map_err(failed)?, Some(p.notes.clone()));
            prop_assert_eq!(row.integer("new_headcount").map_err(failed)?, Some(p.headcount.into()));
            prop_assert_eq!(row.integer("new_externalnumber").map_err(failed)?, Some(p.number));
            prop_assert_eq!(row.decimal("new_completion").map_err(failed)?, Some(p.completion));
            prop_assert_eq!(row.decimal("new_budget").map_err(failed)?, Some(p.budget));
            prop_assert_eq!(row.float("new_latitude").map_err(failed)?, Some(p.latitude));
            prop_assert_eq!(row.boolean("new_approved").map_err(failed)?, Some(p.approved));
            prop_assert_eq!(row.date("new_duedate").map_err(failed)?, Some(p.due));
            prop_assert_eq!(row.time("new_kickoff").map_err(failed)?, Some(p.kickoff));
            prop_assert_eq!(row.local_time("new_shiftstart").map_err(failed)?, Some(p.shift));
            let read = row.choice("new_condition").map_err(failed)?;
            prop_assert_eq!(read.map(|choice| choice.value), Some(*condition));
            let read = row.choices("new_regions").map_err(failed)?;
            prop_assert_eq!(read.iter().map(|choice| choice.value).collect::<Vec<_>>(), chosen.clone());
            let read = row.lookup("new_sponsor").map_err(failed)?;
            prop_assert_eq!(read.map(|lookup| lookup.id), sponsor.id());

            let by_builder = values.iter().map(|(name, value)| column(*name).eq(value.clone()));
            let by_builder = Condition::all_of(by_builder).unwrap();
            let text: Vec<String> = values
                .iter()
                .map(|(name, _)| match *name {
                    "new_sponsor" => "_new_sponsor_value eq {new_sponsor}".to_owned(),
                    name => format!("{name} eq {{{name}}}"),
                })
                .collect();
            let by_text = filter_text(text.join(" and "), values.clone());
            let code = column("new_code").eq(code.as_str());
            let inside: String = p.name.chars().skip(1).collect();
            let searched = code.clone().and(column("new_name").contains(inside.as_str()));
            let listed = column("new_code")
                .is_in([values[0].1.clone()])
                .and(column("new_name").is_in([p.name.as_str()]));
            for condition in [by_builder, by_text, searched, listed] {
                let query = project.query().select(["new_projectid"]).filter(condition);
                let rows: Vec<_> = query.rows(client).try_collect().await.map_err(failed)?;
                let ids: Vec<_> = rows.iter().map(|row| row.id().unwrap()).collect();
                prop_assert_eq!(ids, vec![id], "{}", query.check().unwrap().text());
            }
            // No column has another value than the one that was written.
            let others = values.iter().map(|(name, value)| column(*name).ne(value.clone()));
            let query = project.query().filter(code.and(Condition::any_of(others).unwrap()));
            prop_assert!(query.first(client).await.map_err(failed)?.is_none());
            Ok(())
        })
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    println!("{} rows of {} columns were found by their values", serial.get(), 15);
    runtime.block_on(service.running.stop());
}
