//! Which relationship a changed one replaces.

use super::*;

#[test]
fn a_relationship_replaces_the_one_of_its_name_and_side() {
    let of = |side, name: Option<&str>, navigation: Option<&str>, column: &str, table: &str| Relationship {
        navigation: navigation.map(str::to_owned),
        side,
        table: table.to_owned(),
        column: Some(column.to_owned()),
        referenced: None,
        intersect: None,
        entity1: None,
        partner: None,
        schema_name: name.map(str::to_owned),
        hierarchical: None,
        cascade: None,
    };
    use Side::{ManyToMany as N, ManyToOne as One, OneToMany as Many};
    let cases = [
        (
            "the same name",
            of(One, Some("a"), Some("x"), "c", "t"),
            of(One, Some("a"), Some("y"), "d", "u"),
            true,
        ),
        (
            "another name",
            of(One, Some("a"), Some("x"), "c", "t"),
            of(One, Some("b"), Some("x"), "c", "u"),
            false,
        ),
        (
            "another side",
            of(One, Some("a"), Some("x"), "c", "t"),
            of(Many, Some("a"), Some("x"), "c", "u"),
            false,
        ),
        ("the same end", of(N, Some("a"), Some("x"), "c", "t"), of(N, Some("a"), Some("y"), "c", "u"), true),
        (
            "the other end",
            of(N, Some("a"), Some("x"), "c", "t"),
            of(N, Some("a"), Some("x"), "d", "u"),
            false,
        ),
        (
            "one name is not known",
            of(One, None, Some("x"), "c", "t"),
            of(One, Some("a"), Some("x"), "d", "u"),
            true,
        ),
        (
            "no name, other properties",
            of(One, None, Some("x"), "c", "t"),
            of(One, None, Some("y"), "c", "u"),
            false,
        ),
        ("neither name nor property", of(One, None, None, "c", "t"), of(One, None, None, "c", "u"), false),
        ("only one has a property", of(One, None, None, "c", "t"), of(One, None, Some("x"), "c", "u"), false),
    ];
    for (what, known, new, replaces) in cases {
        let other = of(Many, Some("zz"), Some("zz"), "zz", "zz");
        let mut all = vec![other.clone(), known.clone()];
        put_relationship(&mut all, new.clone());
        let expected = if replaces { vec![other, new] } else { vec![other, known, new] };
        assert_eq!(all, expected, "{what}");
    }
}
