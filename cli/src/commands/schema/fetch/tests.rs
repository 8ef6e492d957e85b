//! Tests of what a fetch tells while it runs, and of its report.

use super::*;
use dvkit_schema::{Column, ColumnType, Table};

#[test]
fn a_long_pause_is_told_once() {
    let bars = FetchBars::new("signing in");
    let pauses = [3, 40, 39, 38, 60, 59].map(|seconds| bars.long_pause(Duration::from_secs(seconds)));
    let told: Vec<String> = pauses.into_iter().flatten().collect();
    assert_eq!(told, ["the service asks to wait 40 s", "the service asks to wait 60 s"]);
}

/// Returns the position, the length and the message of a bar.
fn shown(bar: &output::ProgressBar) -> (u64, Option<u64>, String) {
    (bar.position(), bar.length(), bar.message())
}

#[test]
fn the_bars_tell_how_far_a_fetch_is() {
    let bars = FetchBars::new("ann@contoso");
    let tables = || shown(&bars.tables);
    assert_eq!(tables(), (0, None, String::new()));
    bars.planned(10);
    bars.resumed(3);
    assert_eq!(tables(), (3, Some(10), String::new()));
    bars.tables(&["account".to_owned(), "contact".to_owned()]);
    assert_eq!((tables(), shown(&bars.last).2.as_str()), ((5, Some(10), String::new()), "account, contact"));
    bars.choices(6);
    assert_eq!(shown(&bars.choices), (1, Some(1), "6".to_owned()));
    bars.metadata(1_230_000);
    assert_eq!(shown(&bars.metadata), (1, Some(1), "1.2 MB".to_owned()));
    bars.full(FullFetchReason::NoStamp);
    assert_eq!(tables(), (0, Some(10), String::new()), "everything is read again");
    bars.tables(&["lead".to_owned()]);
    bars.full(FullFetchReason::NoSnapshot);
    assert_eq!(tables(), (0, Some(10), String::new()));
    let all = [&bars.tables, &bars.choices, &bars.metadata, &bars.last];
    assert!(all.iter().all(|bar| !bar.is_cleared()));
    bars.clear();
    assert!(all.iter().all(|bar| bar.is_cleared()));
}

#[test]
fn the_bar_of_tables_tells_what_the_fetch_waits_for() {
    let bars = FetchBars::new("ann@contoso");
    let seconds = |n| Some(Duration::from_secs(n));
    for (paused_for, paced_for, in_flight, retried, told) in [
        (seconds(4), None, 0, 0, "the service asks to wait 4 s"),
        (seconds(0), seconds(9), 3, 0, "the service asks to wait 1 s"),
        (seconds(30), None, 0, 0, "the service asks to wait 30 s"),
        (None, seconds(7), 0, 0, "waiting 7 s to stay within the service's limits"),
        (None, seconds(0), 0, 0, "waiting 1 s to stay within the service's limits"),
        (None, seconds(7), 2, 0, "2 at a time, 5 throttled, 0.0 MB/s"),
        (None, None, 0, 3, "0 at a time, 5 throttled, 0.0 MB/s, 3 repeated"),
    ] {
        let mut status = ClientStatus::default();
        (status.paused_for, status.paced_for) = (paused_for, paced_for);
        (status.in_flight, status.retried, status.throttled) = (in_flight, retried, 5);
        bars.status(&status);
        assert_eq!(shown(&bars.tables).2, told);
    }
}

#[test]
fn speed_is_per_second() {
    assert_eq!(speed(8_300_000, Duration::from_secs(2)), "4.2 MB/s");
    assert_eq!(speed(0, Duration::ZERO), "0.0 MB/s");
}

#[test]
fn changes_are_told_in_one_line() {
    let table = |columns: &[&str]| Table {
        logical_name: "new_project".into(),
        columns: columns.iter().map(|c| Column::new(*c, ColumnType::BigInt)).collect(),
        ..Table::default()
    };
    let schema = |tables: &[Table]| Schema {
        tables: tables.iter().map(|t| (t.logical_name.clone(), t.clone())).collect(),
        ..Schema::default()
    };
    let of = |a: &Schema, b: &Schema| changes(&Diff::between(a, b));
    let (old, new) = (schema(&[table(&["a"])]), schema(&[table(&["a", "new_budget"])]));
    assert_eq!(of(&old, &new), "1 table changed, 1 column added (new_project.new_budget)");
    assert_eq!(of(&old, &schema(&[])), "1 table removed (new_project)");
    assert_eq!(of(&old, &old), "nothing changed");
    let many = schema(&[table(&["a", "b", "c", "d", "e"])]);
    assert!(of(&old, &many).ends_with("4 columns added (new_project.b, new_project.c, new_project.d, …)"));
}

/// Returns a change with these facts.
fn change(table: Option<&str>, object: ChangedObject, kind: ChangeKind) -> Change {
    let gained = Table { logical_name: "t".into(), ..Table::default() };
    let with_table = Schema { tables: [("t".into(), gained)].into(), ..Schema::default() };
    let mut change = Diff::between(&Schema::default(), &with_table).changes.remove(0);
    (change.table, change.object, change.kind) = (table.map(str::to_owned), object, kind);
    change
}

#[test]
fn each_kind_of_change_has_its_words() {
    use ChangeKind::{Added, Changed, Removed};
    use ChangedObject::{Choice, Column, Key, Operation, Organisation, Relationship, Table as Whole};
    let option = |table, object: ChangedObject, kind, fact: Option<&str>| {
        let mut change = change(table, object, kind);
        (change.option, change.fact) = (Some(7), fact.map(str::to_owned));
        change
    };
    let column = || Column("c".into());
    for (change, told) in [
        (change(None, Organisation, Changed), "nothing changed"),
        (change(Some("t"), Whole, Added), "1 table added (t)"),
        (change(Some("t"), Whole, Removed), "1 table removed (t)"),
        (change(Some("t"), Whole, Changed), "1 table changed"),
        (change(Some("t"), column(), Added), "1 table changed, 1 column added (t.c)"),
        (change(Some("t"), column(), Removed), "1 table changed, 1 column removed (t.c)"),
        (change(Some("t"), column(), Changed), "1 table changed"),
        (change(Some("t"), Key("k".into()), Added), "1 table changed"),
        (change(Some("t"), Relationship("r".into()), Added), "1 table changed, 1 relationship added (t.r)"),
        (
            change(Some("t"), Relationship("r".into()), Removed),
            "1 table changed, 1 relationship removed (t.r)",
        ),
        (change(Some("t"), Relationship("r".into()), Changed), "1 table changed"),
        (option(None, Choice("g".into()), Added, None), "1 option added (g 7)"),
        (option(None, Choice("g".into()), Removed, None), "1 option removed (g 7)"),
        (option(None, Choice("g".into()), Changed, Some("label")), "1 option renamed (g 7)"),
        (option(None, Choice("g".into()), Changed, Some("color")), "nothing changed"),
        (option(Some("t"), column(), Changed, Some("label")), "1 table changed, 1 option renamed (t.c 7)"),
        (change(None, Choice("g".into()), Changed), "1 choice changed (g)"),
        (change(None, Choice("g".into()), Added), "1 choice changed (g)"),
        (change(None, Operation("o".into()), Added), "1 operation added (o)"),
        (change(None, Operation("o".into()), Removed), "1 operation removed (o)"),
        (change(None, Operation("o".into()), Changed), "1 operation changed (o)"),
        (change(Some("t"), Operation("o".into()), Changed), "1 operation changed (t.o)"),
    ] {
        let diff = Diff { changes: vec![change] };
        assert_eq!(changes(&diff), told, "{diff:?}");
    }
}

#[test]
fn changes_of_a_kind_are_counted_and_three_of_them_named() {
    let added = |n: usize| change(Some("t"), ChangedObject::Column(format!("c{n}")), ChangeKind::Added);
    for (count, told) in [
        (2, "1 table changed, 2 columns added (t.c0, t.c1)"),
        (3, "1 table changed, 3 columns added (t.c0, t.c1, t.c2)"),
        (4, "1 table changed, 4 columns added (t.c0, t.c1, t.c2, …)"),
    ] {
        assert_eq!(changes(&Diff { changes: (0..count).map(added).collect() }), told);
    }
    let of = |table| change(Some(table), ChangedObject::Key("k".into()), ChangeKind::Changed);
    assert_eq!(changes(&Diff { changes: vec![of("a"), of("a"), of("b")] }), "2 tables changed");
}

#[test]
fn bytes_are_told_in_megabytes() {
    for (bytes, shown) in [(0, "0.0 MB"), (100_000, "0.1 MB"), (8_300_000, "8.3 MB")] {
        assert_eq!(megabytes(bytes), shown);
    }
}

#[test]
fn tables_of_the_command_line_replace_the_whole_selection_of_the_file() {
    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }
    let config = FetchConfig {
        tables: vec!["account".into()],
        solutions: vec!["core".into()],
        publishers: vec!["contoso".into()],
        languages: vec![1031],
        ..FetchConfig::default()
    };
    let shown = |flags: &[&str]| {
        let all = ["fetch"].iter().chain(flags);
        let args = <Command as clap::Parser>::try_parse_from(all).unwrap().args;
        let found = options(&args, &config);
        let names = [found.tables, found.solutions, found.publishers].map(|names| names.join("+"));
        format!("{} {:?} {}", names.join("/"), found.languages, found.full)
    };
    for (flags, found) in [
        (&[][..], "account/core/contoso [1031] false"),
        (&["--full"], "account/core/contoso [1031] true"),
        (&["--tables=a,b"], "a+b// [1031] false"),
        (&["--solution=s"], "/s/ [1031] false"),
        (&["--publisher=p"], "//p [1031] false"),
        (&["--languages=1033,1036"], "account/core/contoso [1033, 1036] false"),
        (&["--tables=a", "--solution=s", "--publisher=p", "--languages=1033"], "a/s/p [1033] false"),
    ] {
        assert_eq!(shown(flags), found, "{flags:?}");
    }
}
