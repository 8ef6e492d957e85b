//! Tests how values are written into checked texts, and what a search says about checked and typed filters.

use pretty_assertions::assert_eq;

use super::*;
use crate::kind;
use crate::row::{FieldMut, FieldRef, Record};

#[derive(Debug, Default)]
struct Star;

impl Record for Star {
    const TABLE: &'static str = "star";
    const COLUMNS: &'static [&'static str] = &["name", "size"];

    fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
        Vec::new()
    }

    fn fields(&self) -> Vec<FieldRef<'_>> {
        Vec::new()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Colour {
    No,
    Red,
}

impl ChoiceSet for Colour {
    const TEXT: &'static str = "colour\n0\tNo\n1\tRed";

    fn variants() -> &'static [Self] {
        &[Self::No, Self::Red]
    }

    fn value(self) -> i32 {
        i32::from(self == Self::Red)
    }
}

type Build = fn(&mut QueryTextBuilder);

fn odata(build: Build) -> String {
    let mut builder = QueryTextBuilder::request(0);
    build(&mut builder);
    builder.odata::<(), crate::text::ManyRows>().into()
}

fn fetchxml(build: Build) -> String {
    let mut builder = QueryTextBuilder::fetch(0);
    build(&mut builder);
    builder.fetchxml::<()>("stars").into()
}

fn filter(build: Build) -> Filter<Star> {
    let mut builder = QueryTextBuilder::filter_with(0);
    build(&mut builder);
    builder.filter()
}

#[test]
fn a_value_is_escaped_for_its_place_in_each_language() {
    use ValueFormat::{Argument, Inner, InnerPattern, Pattern, Value};
    let cases: [(Build, &str, &str, &str); 14] = [
        (
            |b| b.value::<kind::Text, _>(&"O'N & <%", Value),
            "'O''N & <%'",
            "'O''N%20%26%20%3C%25'",
            "O&apos;N &amp; &lt;%",
        ),
        (|b| b.value::<kind::Text, _>(&"O'N_", Pattern), "'O''N[_]'", "'O''N%5B_%5D'", "O&apos;N[_]"),
        (|b| b.value::<kind::Text, _>(&"O'N_", Inner), "O''N_", "O''N_", "O&apos;N_"),
        (|b| b.value::<kind::Text, _>(&"O'N_", InnerPattern), "O''N[_]", "O''N%5B_%5D", "O&apos;N[_]"),
        (|b| b.value::<kind::Int, _>(&5, Value), "5", "5", "5"),
        (|b| b.value::<kind::Int, _>(&5, Argument), "'5'", "'5'", "5"),
        (|b| b.value::<AnyFlag, _>(&true, Value), "true", "true", "1"),
        (|b| b.value::<AnyFlag, _>(&Colour::No, Value), "false", "false", "0"),
        (|b| b.value::<FlagOf<Colour>, _>(&Colour::Red, Value), "true", "true", "1"),
        (|b| b.value::<OptionOf<Colour>, _>(&Colour::Red, Value), "1", "1", "1"),
        (|b| b.value::<AnyOption, _>(&ChoiceValue::<Colour>::new(7), Value), "7", "7", "7"),
        (|b| b.value::<AnyOptions, _>(&ChoiceValues::<Colour>::new([2, 1]), Value), "'1,2'", "'1,2'", "1,2"),
        (|b| b.number(12), "12", "12", "12"),
        (
            |b| b.list::<kind::Text, _>(&["a", "b'\""]),
            r#"["a","b'\""]"#,
            "%5B%22a%22,%22b'%5C%22%22%5D",
            "<value>a</value><value>b&apos;&quot;</value>",
        ),
    ];
    for (at, (build, in_filter, in_request, in_fetchxml)) in cases.into_iter().enumerate() {
        assert_eq!(filter(build).odata(), in_filter, "{at}");
        assert_eq!(odata(build), in_request, "{at}");
        assert_eq!(fetchxml(build), in_fetchxml, "{at}");
    }
    let lists: [(Build, &str); 4] = [
        (|b| b.list::<kind::Int, _>(&vec![1, 2]), r#"["1","2"]"#),
        (|b| b.list::<kind::Int, _>(&[3]), r#"["3"]"#),
        (|b| b.list::<kind::Int, _>(&&[4, 5][..]), r#"["4","5"]"#),
        (|b| b.list::<kind::Int, _>(&Vec::<i32>::new()), "[]"),
    ];
    for (build, told) in lists {
        assert_eq!(filter(build).odata(), told);
    }
}

#[test]
fn the_pieces_of_a_text_stay_in_order() {
    let build: Build = |b| {
        b.text("a eq ");
        b.number(1);
        b.text(" and ");
        b.text("b eq ");
        b.number(2);
    };
    assert_eq!(filter(build).odata(), "a eq 1 and b eq 2");
    assert_eq!(odata(build), "a eq 1 and b eq 2");
    // A condition is a part of its own in a filter, and text in parentheses in a request.
    let build: Build = |b| {
        b.text("a eq 1 and ");
        b.condition(&filter(|b| b.text("c eq 'x y'")));
        b.text(" and d");
    };
    assert_eq!(odata(build), "a eq 1 and (c%20eq%20'x%20y') and d");
    assert_eq!(filter(build).odata(), "a eq 1 and (c eq 'x y') and d");
    let build: Build = |b| {
        b.row();
        b.text("a eq 1 and ");
        b.row();
        b.text("c");
    };
    assert_eq!(filter(build).odata(), "a eq 1 and c");
    assert!(is_row_of::<Star>("star") && !is_row_of::<Star>("stars") && !is_row_of::<Star>("stat"));
}

const NAME: crate::Column<Star, kind::Text> = crate::column(0);
const SIZE: crate::Column<Star, kind::Text> = crate::column(1);
const NEAR: crate::Nav<Star, Star> = crate::nav("near", 0);
const MOONS: crate::NavMany<Star, Star> = crate::nav_many("moons");

#[test]
fn a_filter_is_shown_and_compared_by_its_text() {
    let one = NAME.eq("a");
    assert_eq!(format!("{one} {one:?}"), "name eq 'a' star: name eq 'a'");
    assert!(one == NAME.eq("a") && one == one.clone());
    assert!(one != NAME.eq("b") && one != SIZE.eq("a") && one != NAME.ne("a") && one != NAME.eq("a").not());
}

/// The memory for a text is reserved by its length, which is short here.
#[test]
fn the_shortest_names_and_values_are_written() {
    #[derive(Default)]
    struct Dot;
    impl Record for Dot {
        const TABLE: &'static str = "d";
        const COLUMNS: &'static [&'static str] = &["a"];

        fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
            Vec::new()
        }

        fn fields(&self) -> Vec<FieldRef<'_>> {
            Vec::new()
        }
    }
    const A: crate::Column<Dot, kind::Text> = crate::column(0);
    const N: crate::Column<Dot, kind::Int> = crate::column(0);
    const TO: crate::Nav<Dot, Dot> = crate::nav("b", 0);
    const ALL: crate::NavMany<Dot, Dot> = crate::nav_many("c");
    for (filter, text) in [
        (A.eq(""), "a eq ''"),
        (N.eq(1), "a eq 1"),
        (A.is_null(), "a eq null"),
        (A.eq_column(A), "a eq a"),
        (A.contains(""), "contains(a,'')"),
        (A.is_in([""]), r#"Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[""])"#),
        (ALL.exists(), "c/any()"),
        (ALL.any(N.eq(1)), "c/any(a:a/a eq 1)"),
        (ALL.all(N.eq(1)), "c/all(a:a/a eq 1)"),
        (TO.then(N).eq(1), "b/a eq 1"),
        (N.eq(1).not(), "not (a eq 1)"),
        (N.eq(1).and(N.eq(2)), "a eq 1 and a eq 2"),
        (N.eq(1).or(N.eq(2)), "a eq 1 or a eq 2"),
    ] {
        assert_eq!(filter.odata(), text);
    }
}

#[test]
fn a_search_says_what_its_filter_cannot_have() {
    let related = |path: &str| {
        Some(format!(
            "the filter of a search has only columns of the searched table, and `{path}` is a column of related rows"
        ))
    };
    let function = |name: &str| {
        Some(format!(
            "the filter of a search compares columns with values (`eq`, `ne`, `gt`, `ge`, `lt`, `le`), and `{name}` is a function"
        ))
    };
    let two = || {
        Some(
            "the filter of a search compares columns with values, and not two columns with each other"
                .to_owned(),
        )
    };
    let raw: fn(&[&'static str]) -> Filter<Star> = |parts| {
        let mut builder = QueryTextBuilder::filter_with(0);
        for part in parts {
            if *part == "name" || *part == "size" {
                builder.row();
            }
            builder.text(part);
        }
        builder.filter()
    };
    for (filter, told) in [
        (NAME.eq("a"), None),
        (NAME.eq("near/name contains("), None),
        (NAME.eq("a").and(SIZE.ne("b")).or(NAME.gt("c").not()), None),
        (NEAR.then(NAME).eq("a"), related("near/name")),
        (NAME.eq("a").and(NEAR.then(SIZE).ne("b")), related("near/size")),
        (NAME.eq("a").or(NEAR.then(SIZE).ne("b")), related("near/size")),
        (NEAR.then(NAME).eq("a").not(), related("near/name")),
        (NAME.eq_column(SIZE), two()),
        (NAME.contains("a"), function("contains")),
        (NAME.is_in(["a"]), function("In")),
        (MOONS.any(NAME.eq("a")), related("moons/any")),
        (MOONS.exists(), related("moons/any")),
        (raw(&["name", " eq 'a'"]), None),
        (raw(&["name", " eq 'it''s near/x( and size eq name'"]), None),
        (raw(&["(", "name", " eq 'a') and not(", "size", " gt 5)"]), None),
        (raw(&["name", " eq 'a' or(", "size", " eq null)"]), None),
        (raw(&["name", " eq ", "size", ""]), two()),
        (raw(&["name", " ge ", "size", " and 1 eq 1"]), two()),
        (raw(&["name", " eq 1 and ", "size", " eq 2"]), None),
        (raw(&["near/name eq 'a'"]), related("near/name")),
        (raw(&["1 eq 1 and near/name eq 'a'"]), related("near/name")),
        (raw(&["contains(", "name", ",'a')"]), function("contains")),
        (raw(&["Microsoft.Dynamics.CRM.Today(PropertyName='x')"]), function("Today")),
        (raw(&["moons/any(a:a/x eq 1)"]), related("moons/any")),
    ] {
        let found = filter.not_for_search();
        match (&found, &told) {
            (None, None) => {}
            (Some(found), Some(told)) => {
                assert!(found.starts_with(told.as_str()), "{filter}: {found}\n{told}")
            }
            _ => panic!("{filter}: {found:?}, {told:?}"),
        }
    }
    let nested = {
        let mut builder = QueryTextBuilder::filter_with(0);
        builder.text("1 eq 1 and ");
        builder.condition(&NAME.contains("a"));
        builder.filter::<Star>()
    };
    assert!(nested.not_for_search().is_some_and(|said| said.contains("`contains` is a function")));
}

/// A column of the type that the macros choose if they do not know the enum.
#[test]
fn fields_of_unknown_choices_are_read_as_what_they_are() {
    let mut value: Option<ChoiceValue<Colour>> = None;
    if let FieldMut::Choice(field) = Field::<AnyOption>::field_mut(&mut value) {
        field.set(Some(&[1]));
    }
    assert_eq!(value, Some(Colour::Red.into()));
    let mut values: Option<ChoiceValues<Colour>> = None;
    if let FieldMut::Choices(field) = Field::<AnyOptions>::field_mut(&mut values) {
        field.set(Some(&[1, 0]));
    }
    assert_eq!(values, Some(ChoiceValues::new([0, 1])));
    let (mut number, mut flag) = (Some(1), Some(true));
    assert!(matches!(Field::<AnyOption>::field_mut(&mut number), FieldMut::Int(Some(1))));
    assert!(matches!(Field::<AnyFlag>::field_mut(&mut flag), FieldMut::Bool(Some(true))));
}

#[test]
fn a_condition_that_cannot_be_negated_is_joined_and_shown() {
    const AT: crate::Column<Star, kind::DateTime> = crate::column(1);
    let today = "Microsoft.Dynamics.CRM.Today(PropertyName='size')";
    assert_eq!(AT.today().odata(), today);
    assert_eq!(AT.today().clone().and(NAME.eq("a")).odata(), format!("{today} and name eq 'a'"));
    assert_eq!(AT.today().or(NAME.eq("a")).odata(), format!("{today} or name eq 'a'"));
    assert_eq!(format!("{:?}", AT.today()), format!("star: {today}"));
    assert_eq!(Filter::from(AT.today()).odata(), today);
}

#[test]
fn expansions_are_shown_as_their_text() {
    assert_eq!(format!("{:?}", NEAR.select(NAME)), "near($select=name)");
    assert_eq!(
        format!("{:?}", NEAR.select(NAME).expand(NEAR.select(SIZE))),
        "near($select=name;$expand=near($select=size))"
    );
    let many = MOONS.select((NAME, SIZE)).filter(NAME.eq("a")).order_by(NAME.desc()).top(2);
    assert_eq!(format!("{many:?}"), "moons($select=name,size;$filter=name eq 'a';$orderby=name desc;$top=2)");
}

/// Memory for the text of a filter is reserved once, so that the guess is not below the length.
#[test]
fn a_long_filter_fits_into_the_memory_that_is_reserved_for_it() {
    const AT: crate::Column<Star, kind::DateTime> = crate::column(1);
    const ID: crate::Column<Star, kind::Id> = crate::column(1);
    const FAR: crate::Nav<Star, Star> = crate::nav("a_navigation_property_with_a_long_name", 0);
    let long = "x".repeat(200);
    let ids = || (0..20).map(crate::Guid::from_u128);
    let filters = [
        NAME.eq(long.as_str()),
        NAME.contains(long.as_str()),
        NAME.is_in([long.as_str(), long.as_str(), long.as_str()]),
        NAME.full_text(long.as_str()).into(),
        ID.is_in(ids()),
        ID.eq(crate::Guid::from_u128(7)),
        AT.ge("2025-01-31T10:00:00.123456789Z".parse::<crate::jiff::Timestamp>().expect("a time")),
        AT.in_fiscal_period_and_year(4_000_000_000, 4_000_000_000).into(),
        AT.last_x_days(4_000_000_000).into(),
        FAR.then(NAME).eq(long.as_str()),
        MOONS.any(NAME.eq_column(SIZE)),
        MOONS.any(NAME.eq(long.as_str()).and(SIZE.eq(long.as_str()))),
        NAME.eq(long.as_str()).not(),
        NAME.eq(long.as_str()).and(SIZE.eq(long.as_str())).or(NAME.ne(long.as_str())),
    ];
    for filter in filters {
        let (text, hint) = (filter.odata(), filter.size_hint());
        assert!(hint >= text.len(), "{hint} for {}: {text}", text.len());
        assert!(hint <= 2 * text.len() + 100, "{hint} for {}: {text}", text.len());
    }
}
