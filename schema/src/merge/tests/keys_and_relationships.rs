//! How a merge finds the key or the relationship of one source in another.

use crate::*;

fn with(keys: Vec<Key>, relationships: Vec<Relationship>) -> Schema {
    let table = Table { logical_name: "t".into(), keys, relationships, ..Table::default() };
    Schema { tables: [("t".into(), table)].into(), ..Schema::default() }
}

fn key(name: &str, columns: &[&str]) -> Key {
    Key { name: name.into(), columns: columns.iter().map(|c| (*c).to_owned()).collect(), ..Key::default() }
}

/// Merges two lists of keys. Returns each key as `name(columns)`, and the number of contradictions.
fn merged_keys(mine: &[(&str, &[&str])], theirs: &[(&str, &[&str])]) -> (Vec<String>, usize) {
    let keys = |keys: &[(&str, &[&str])]| keys.iter().map(|(name, columns)| key(name, columns)).collect();
    let mut schema = with(keys(mine), Vec::new());
    let report = schema.merge(with(keys(theirs), Vec::new()));
    let shown = |key: &Key| format!("{}({})", key.name, key.columns.join(","));
    (schema.tables["t"].keys.iter().map(shown).collect(), report.contradictions.len())
}

#[test]
fn keys_are_the_same_if_their_names_or_their_columns_are() {
    type Keys<'a> = &'a [(&'a str, &'a [&'a str])];
    let rows: [(Keys<'_>, Keys<'_>, &[&str], usize); 11] = [
        (&[("k", &["a"])], &[], &["k(a)"], 0),
        (&[], &[("k", &["a"])], &["k(a)"], 0),
        (&[("k", &["a"])], &[("l", &["b"])], &["k(a)", "l(b)"], 0),
        // A made name gives way to a given one, whichever comes first; of two given ones the first is kept.
        (&[("a_b", &["a", "b"])], &[("k", &["b", "a"])], &["k(b,a)"], 0),
        (&[("k", &["b", "a"])], &[("a_b", &["a", "b"])], &["k(b,a)"], 0),
        (&[("k", &["a"])], &[("l", &["a"])], &["k(a)"], 0),
        // The order of the columns states nothing: the smaller one is taken.
        (&[("k", &["b", "a"])], &[("k", &["a", "b"])], &["k(a,b)"], 0),
        (&[("k", &["a", "b"])], &[("k", &["b", "a"])], &["k(a,b)"], 0),
        // A name with other columns is a contradiction, even if another key has those columns.
        (&[("k", &["a"]), ("l", &["b"])], &[("k", &["b"])], &["k(a)", "l(b)"], 1),
        // A key that was added is found by the following ones, by its name and by its columns.
        (&[("m", &["z"])], &[("k", &["a"]), ("l", &["a"])], &["k(a)", "m(z)"], 0),
        (&[("a", &["a"])], &[("k", &["a"]), ("k", &["c"])], &["k(a)"], 1),
    ];
    for (mine, theirs, all, contradictions) in rows {
        let all: Vec<String> = all.iter().map(|k| (*k).to_owned()).collect();
        assert_eq!(merged_keys(mine, theirs), (all, contradictions), "{mine:?} and {theirs:?}");
    }
}

/// A relationship by its navigation property, schema name, column, other table and side. `-` stands for an unknown
/// name.
fn relationship(text: &str) -> Relationship {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let name = |i: usize| Some(parts[i].to_owned()).filter(|name| name != "-");
    Relationship {
        navigation: name(0),
        side: match parts[4] {
            "n1" => Side::ManyToOne,
            "1n" => Side::OneToMany,
            _ => Side::ManyToMany,
        },
        table: parts[3].into(),
        column: name(2),
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: name(1),
        hierarchical: None,
        cascade: None,
    }
}

fn shown(relationship: &Relationship) -> String {
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
    let side = match relationship.side {
        Side::ManyToOne => "n1",
        Side::OneToMany => "1n",
        Side::ManyToMany => "nn",
    };
    let [navigation, schema_name, column] =
        [&relationship.navigation, &relationship.schema_name, &relationship.column].map(name);
    format!("{navigation} {schema_name} {column} {} {side}", relationship.table)
}

#[test]
fn relationships_are_the_same_if_the_names_that_both_sources_know_agree() {
    type List<'a> = &'a [&'a str];
    let rows: [(List<'_>, List<'_>, List<'_>, &str); 24] = [
        // By schema name and side.
        (&["a S c x n1"], &["- S - x n1"], &["a S c x n1"], ""),
        (&["a S c x n1"], &["- S - x 1n"], &["- S - x 1n", "a S c x n1"], ""),
        (&["a S c x n1"], &["b S c x n1"], &["a S c x n1"], "navigation property"),
        (&["a S c x n1"], &["a S d x n1"], &["a S c x n1"], "column"),
        (&["a S c x n1"], &["a S c y n1"], &["a S c x n1"], "other table"),
        // By navigation property; the side may then be another one, which is a contradiction.
        (&["a - c x n1"], &["a S c x n1"], &["a S c x n1"], ""),
        (&["a S c x n1"], &["a T c x n1"], &["a S c x n1", "a T c x n1"], ""),
        (&["a S c x n1"], &["a - c x 1n"], &["a S c x n1"], "side"),
        // By side, other table and column.
        (&["- S c x n1"], &["a - c x n1"], &["a S c x n1"], ""),
        (&["- S c x n1"], &["a - c x 1n"], &["- S c x n1", "a - c x 1n"], ""),
        (&["- S c x n1"], &["a - c y n1"], &["- S c x n1", "a - c y n1"], ""),
        (&["- S c x n1"], &["a - d x n1"], &["- S c x n1", "a - d x n1"], ""),
        (&["b S c x n1"], &["a - c x n1"], &["a - c x n1", "b S c x n1"], ""),
        (&["- S - x n1"], &["a - - x n1"], &["- S - x n1", "a - - x n1"], ""),
        // Users and teams have two names for their base.
        (&["- S c owner n1"], &["a - c principal n1"], &["a S c principal n1"], ""),
        (&["- S c principal n1"], &["a - c owner n1"], &["a S c principal n1"], ""),
        (&["- S c owner n1"], &["a - c owner n1"], &["a S c owner n1"], ""),
        (&["- S c principal n1"], &["a - c principal n1"], &["a S c principal n1"], ""),
        (&["a S c owner n1"], &["- S - principal n1"], &["a S c principal n1"], ""),
        (&["a S c owner n1"], &["- S - x n1"], &["a S c owner n1"], "other table"),
        (&["a S c x n1"], &["- S - principal n1"], &["a S c x n1"], "other table"),
        (&["- S c owner n1"], &["a - c x n1"], &["- S c owner n1", "a - c x n1"], ""),
        // The two ends of an N:N relationship of a table with itself have one schema name.
        (&["a S c t nn"], &["b S d t nn"], &["a S c t nn", "b S d t nn"], ""),
        // Nothing but the table is known: the same only if all is the same.
        (&["- - - x n1"], &["- - - x n1", "- - - y n1"], &["- - - x n1", "- - - y n1"], ""),
    ];
    for (mine, theirs, all, contradictions) in rows {
        let list = |texts: &[&str]| texts.iter().map(|text| relationship(text)).collect::<Vec<_>>();
        let mut schema = with(Vec::new(), list(mine));
        let report = schema.merge(with(Vec::new(), list(theirs)));
        let found: Vec<String> = schema.tables["t"].relationships.iter().map(shown).collect();
        assert_eq!(found, all, "{mine:?} and {theirs:?}");
        let facts: Vec<&str> = report.contradictions.iter().map(|c| c.fact.as_str()).collect();
        assert_eq!(facts.join(","), contradictions, "{mine:?} and {theirs:?}");
        assert_eq!(report.relationships_added, all.len() - mine.len(), "{mine:?} and {theirs:?}");
    }
}

#[test]
fn an_n_to_n_relationship_with_itself_keeps_its_two_ends() {
    let ends = || vec![relationship("a S c t nn"), relationship("b S d t nn")];
    let mut schema = with(Vec::new(), ends());
    for part in [ends(), vec![relationship("b S d t nn")], vec![relationship("a - c t nn")]] {
        let report = schema.merge(with(Vec::new(), part.clone()));
        assert_eq!(report, MergeReport::default(), "{part:?}");
    }
    assert_eq!(schema.tables["t"].relationships, ends());
    // With one schema name, one navigation property or one column of the two differing alone, the end is another one.
    for other in ["a S d t nn", "b S c t nn"] {
        let mut schema = with(Vec::new(), vec![relationship("a S c t nn")]);
        schema.merge(with(Vec::new(), vec![relationship(other)]));
        assert_eq!(schema.tables["t"].relationships.len(), 2, "{other}");
    }
}

#[test]
fn a_name_that_a_merge_added_identifies_the_relationship_for_the_rest_of_the_source() {
    let rows: [(&str, &[&str], &[&str]); 2] = [
        ("- - d x n1", &["- S d x n1", "a S - x n1"], &["a S d x n1"]),
        ("- S - x n1", &["- - z q n1", "- S d x n1", "a - d x n1"], &["- - z q n1", "a S d x n1"]),
    ];
    for (mine, theirs, all) in rows {
        let mut schema = with(Vec::new(), vec![relationship(mine)]);
        schema.merge(with(Vec::new(), theirs.iter().map(|text| relationship(text)).collect()));
        let found: Vec<String> = schema.tables["t"].relationships.iter().map(shown).collect();
        assert_eq!(found, all, "{mine}");
    }
}

#[test]
fn at_most_256_relationships_of_one_name_are_compared() {
    for (before, found) in [(254, true), (255, true), (256, false)] {
        let other = |i: usize| Relationship { table: format!("x{i:03}"), ..relationship("- - c x n1") };
        let mut mine: Vec<Relationship> = (0..before).map(other).collect();
        mine.push(relationship("- - c z n1"));
        let mut schema = with(Vec::new(), mine);
        let theirs = relationship("n - c z n1");
        let report = schema.merge(with(Vec::new(), vec![theirs]));
        assert_eq!(report.relationships_added == 0, found, "{before}");
    }
}

#[test]
fn a_contradiction_names_the_object_that_it_is_about() {
    let table = |name: &str| Some(name.to_owned());
    let object = |object: fn(String) -> SchemaObject| Some(object("o".to_owned()));
    for (table, object, text) in [
        (None, None, "organisation: "),
        (table("t"), None, "table `t`: "),
        (table("t"), object(SchemaObject::Column), "column `o` of table `t`: "),
        (table("t"), object(SchemaObject::Relationship), "relationship `o` of table `t`: "),
        (table("t"), object(SchemaObject::Key), "key `o` of table `t`: "),
        (None, object(SchemaObject::Choice), "choice `o`: "),
        (None, object(SchemaObject::Operation), "operation `o`: "),
    ] {
        let contradiction = Contradiction {
            table,
            object,
            fact: "url".to_owned(),
            kept: "1".to_owned(),
            dropped: "2".to_owned(),
        };
        assert_eq!(contradiction.to_string(), format!("{text}url is 1 and also 2; the first is kept"));
    }
}
