//! Tests the rows of bulk loads that typed writes make, and the results of upserts.

use dvkit_client::ErrorKind;
use dvkit_client::bulk::{BulkOptions, BulkRow};
use futures_util::stream;
use pretty_assertions::assert_eq;

use super::*;
use crate::client::{TypedChanges as _, Upserted};
use crate::{Column, Key, Nav, NavMany, kind};

const NAME: Column<Planet, kind::Text> = crate::column(0);
const NEAR: Nav<Planet, Planet> = crate::nav("near", 0);
const MOONS: NavMany<Planet, Planet> = crate::nav_many("moons");
const BY_BOTH: Key<Planet, (kind::Text, kind::Id)> = crate::key(&[0, 1]);
const ID: Guid = Guid::from_u128(7);
const ID_COLUMN: Column<Planet, kind::Id> = crate::column(1);

/// Loads one row, and returns what is wrong with it, or the requests.
async fn load(row: BulkRow) -> Result<Vec<String>, String> {
    let (client, lines) = serve(&[(204, "")]).await;
    let results: Vec<_> = client.bulk(stream::iter([row]), BulkOptions::default()).collect().await;
    match &results[0].outcome {
        Ok(_) => {
            let line = |line: &String| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
            Ok(lines.lock().unwrap().iter().map(line).collect())
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
            assert!(lines.lock().unwrap().is_empty());
            Err(error.message().to_owned())
        }
    }
}

#[tokio::test]
async fn a_typed_write_is_a_row_of_a_bulk_load() {
    let key = || BY_BOTH.row(("a", ID));
    let update = || Planet::update().set(NAME, "b");
    for (row, message) in [
        (Planet::create().set(NAME, "a").bulk(), "CreateMultiple"),
        (Planet::create().bind(NEAR, ID).bulk(), "CreateMultiple"),
        (Planet::id(ID).bulk_create(&Planet::create().set(NAME, "a")), "CreateMultiple"),
        (Planet::id(ID).bulk_update(&update()), "UpdateMultiple"),
        (Planet::id(ID).bulk_upsert(&update()), "UpsertMultiple"),
        (key().bulk_upsert(&Planet::update()), "UpsertMultiple"),
        (Planet::id(ID).bulk_delete(), "DeleteMultiple"),
    ] {
        let lines = load(row).await.unwrap();
        assert_eq!(lines, [format!("POST planets/Microsoft.Dynamics.CRM.{message}")]);
    }
    let mut set = ChangeSet::new();
    let new = set.create(&Planet::create());
    for (row, mistake) in [
        (Planet::create().bind(NEAR, new).bulk(), "the values refer to a row that a change set creates"),
        (Planet::create().children(MOONS, [Planet::create()]).bulk(), "`moons` has related rows"),
        (Planet::create().parent(NEAR, Planet::create()).bulk(), "`near` has related rows"),
        (Planet::create().bind_all(MOONS, [ID]).bulk(), "`moons@odata.bind` has related rows"),
        (
            Planet::id(ID).bulk_upsert(&Planet::update().bind(NEAR, new)),
            "the values refer to a row that a change set creates",
        ),
        (key().bulk_upsert(&update()), "`name` identifies the row by its key"),
        (key().bulk_upsert(&Planet::update().set(ID_COLUMN, ID)), "`planetid` identifies the row by its key"),
        (key().bulk_upsert(&update().set(ID_COLUMN, ID)), "`name` identifies the row by its key"),
    ] {
        let found = load(row).await.unwrap_err();
        assert!(found.starts_with(mistake), "{found}\n{mistake}");
    }
}

#[test]
fn the_result_of_an_upsert_is_its_row_and_whether_it_is_new() {
    let of = |id: u128, created| Upserted { row: Planet::id(Guid::from_u128(id)), created };
    let one = of(7, true);
    assert_eq!(one, one.clone());
    assert_ne!(one, of(7, false));
    assert_ne!(one, of(8, true));
    assert_eq!(format!("{one:?}"), format!("Upserted {{ row: planet({ID}), created: true }}"));
}

#[test]
fn a_write_is_shown_with_its_table_and_its_values() {
    let write = Planet::update().set(NAME, "a");
    assert_eq!(format!("{write:?}"), r#"planet: {"name":"a"}"#);
    assert!(Planet::update().is_empty() && !write.is_empty());
    assert_eq!(write.clone().into_json(), json!({"name": "a"}));
}
