//! Tests of URLs, bodies and results, on operations and tables that are written as dvkit generates them.

use jiff::{SignedDuration, Timestamp, civil};
use pretty_assertions::assert_eq;
use rust_decimal::Decimal;

use super::{
    AnyRow, AnyValue, Argument, BoundRow, Call, Collection, ComplexType, ComplexValue, DynamicRow, EdmBinary,
    EdmBoolean, EdmDate, EdmDateTimeOffset, EdmDecimal, EdmDouble, EdmDuration, EdmGuid, EdmInt32, EdmInt64,
    EdmString, EdmTimeOfDay, EnumMember, Expando, FetchXmlText, FilterText, Nothing, Nullable, Operation,
    ParameterValue, ReturnType, RowParameter, TableRow, Unchecked,
};
use crate::row::{FieldMut, FieldRef};
use crate::{Column, EntitySet, FetchXml, Guid, Key, Record, kind};

macro_rules! table {
    ($name:ident, $table:literal, $set:literal, [$($column:literal),*], $key:literal) => {
        #[derive(Debug, Default, PartialEq)]
        struct $name(Option<String>, Option<Guid>);

        impl Record for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$($column),*];

            fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
                vec![FieldMut::Text(&mut self.0), FieldMut::Id(&mut self.1)]
            }

            fn fields(&self) -> Vec<FieldRef<'_>> {
                Vec::new()
            }
        }

        impl EntitySet for $name {
            const ENTITY_SET: &'static str = $set;
            const KEY: u16 = $key;
        }
    };
}

table!(Moon, "new_moon", "new_moons", ["new_code", "new_moonid"], 1);
table!(Ship, "new_ship", "new_ships", ["name", "shipid"], 1);

const CODE: Column<Moon, kind::Text> = crate::column(0);
const BY_CODE: Key<Moon, (kind::Text,)> = crate::key(&[0]);

const ID: Guid = Guid::from_u128(7);
const ID_TEXT: &str = "00000000-0000-0000-0000-000000000007";

/// An operation as dvkit generates it, with parameters of the types of the test.
macro_rules! operation {
    ($name:ident, $kind:ident $wire:literal ($($parameter:literal: $ty:literal $omittable:literal),*) -> $returns:ty) => {
        struct $name(Call);
        crate::operation!($name, $kind $wire ($($parameter: $ty $omittable),*) -> $returns);
    };
}

operation!(Find, Function "new_Find" ("Name": "Edm.String" false, "Top": "Edm.Int32" true, "Near": "new_moon" false) -> Collection<TableRow<Moon>>);
operation!(Land, Action "new_Land" ("Where": "new_moon" false, "Why": "Edm.String" true) -> Nothing);
operation!(Rest, Action "new_Rest" () -> Nothing);

fn json<K>(value: impl ParameterValue<K>) -> String {
    let mut out = String::new();
    value.argument().json(super::OperationKind::Action, &mut out).unwrap();
    out
}

fn url<K>(ty: &str, value: impl ParameterValue<K>) -> String {
    let mut out = String::new();
    value.argument().url(ty, &mut out).unwrap();
    out
}

#[test]
fn a_function_has_its_parameters_in_aliases() {
    let find =
        Find(Call::unbound().with::<EdmString>(0, "O'Neil & Co").with::<TableRow<Moon>>(2, Moon::id(ID)));
    assert_eq!(
        find.url(),
        format!(
            "new_Find(Name=@Name,Near=@Near)?@Name='O''Neil%20%26%20Co'&@Near=%7B%22%40odata.id%22:%22new_moons({ID_TEXT})%22%7D"
        )
    );
    assert_eq!(find.body(), Ok(None));
    // A parameter that may not be omitted is null if it is not set.
    let find = Find(Call::unbound().with::<EdmString>(0, "").with::<EdmInt32>(1, 5));
    assert_eq!(find.url(), "new_Find(Name=@Name,Top=@Top,Near=@Near)?@Name=''&@Top=5&@Near=null");
}

#[test]
fn query_options_precede_the_aliases() {
    let query = Moon::query().select(CODE).top(3);
    let find = Find(Call::on_row::<AnyRow>(Ship::id(ID)).with::<EdmString>(0, "x").query(&query));
    assert_eq!(
        find.url(),
        format!(
            "new_ships({ID_TEXT})/Microsoft.Dynamics.CRM.new_Find(Name=@Name,Near=@Near)\
             ?$select=new_code&$top=3&@Name='x'&@Near=null"
        )
    );
}

#[test]
fn bound_operations_have_the_namespace_before_their_name() {
    let on = |call: Call| Rest(call).url();
    assert_eq!(on(Call::unbound()), "new_Rest");
    assert_eq!(on(Call::on_table::<Moon>()), "new_moons/Microsoft.Dynamics.CRM.new_Rest");
    let row = Call::on_row::<TableRow<Moon>>(Moon::id(ID));
    assert_eq!(on(row), format!("new_moons({ID_TEXT})/Microsoft.Dynamics.CRM.new_Rest"));
    let by_key = BY_CODE.row(("a/b",));
    assert_eq!(
        on(Call::on_row::<AnyRow>(&by_key)),
        "new_moons(new_code='a%2Fb')/Microsoft.Dynamics.CRM.new_Rest"
    );
    fn is_bound<K>(_: &impl BoundRow<K>) {}
    is_bound::<AnyRow>(&Ship::id(ID));
}

#[test]
fn the_body_of_an_action_has_the_parameters_that_are_set() {
    let land = Land(Call::unbound().with::<TableRow<Moon>>(0, Moon::id(ID)).with::<EdmString>(1, "\"\n"));
    assert_eq!(
        land.body().unwrap().unwrap(),
        format!(
            r#"{{"Where":{{"@odata.type":"Microsoft.Dynamics.CRM.new_moon","new_moonid":"{ID_TEXT}"}},"Why":"\"\n"}}"#
        )
    );
    // "Use Web API actions": an action without parameters has no body.
    assert_eq!(Rest(Call::unbound()).body(), Ok(None));
    assert_eq!(Land(Call::unbound()).body().unwrap().unwrap(), r#"{"Where":null}"#);
    let shown = format!("{land:?}");
    assert!(shown.contains("Why") && !shown.contains(ID_TEXT), "{shown}");
}

#[test]
fn rows_are_given_by_reference_or_with_their_values() {
    let ty = r#""@odata.type":"Microsoft.Dynamics.CRM.new_moon""#;
    assert_eq!(json::<AnyRow>(Moon::id(ID)), format!(r#"{{{ty},"new_moonid":"{ID_TEXT}"}}"#));
    let by_key = BY_CODE.row(("O'Neil",));
    let address = r#""@odata.id":"new_moons(new_code='O%27%27Neil')""#;
    assert_eq!(json::<TableRow<Moon>>(&by_key), format!("{{{ty},{address}}}"));
    assert_eq!(url::<TableRow<Moon>>("new_moon", by_key.clone()), format!("{{{address}}}"));
    let new = Moon::create().set(CODE, "a");
    assert_eq!(json::<TableRow<Moon>>(&new), format!(r#"{{{ty},"new_code":"a"}}"#));
    assert_eq!(json::<AnyRow>(Moon::create()), format!("{{{ty}}}"));
    let change = || Moon::update().set(CODE, "b");
    let changed = (Moon::id(ID), change());
    assert_eq!(json::<AnyRow>(changed), format!(r#"{{{ty},"new_moonid":"{ID_TEXT}","new_code":"b"}}"#));
    assert_eq!(json::<TableRow<Moon>>((by_key, change())), format!(r#"{{{ty},{address},"new_code":"b"}}"#));
    fn is_row<K>(_: impl RowParameter<K>) {}
    is_row::<AnyRow>(Expando::new());
}

#[test]
fn lists_may_mix_tables_and_ways_to_name_a_row() {
    let rows: Vec<AnyValue<AnyRow>> = vec![AnyValue::new(Moon::id(ID)), AnyValue::new(Ship::create())];
    assert_eq!(
        json::<Collection<AnyRow>>(rows),
        format!(
            r#"[{{"@odata.type":"Microsoft.Dynamics.CRM.new_moon","new_moonid":"{ID_TEXT}"}},{{"@odata.type":"Microsoft.Dynamics.CRM.new_ship"}}]"#
        )
    );
    assert_eq!(url::<Collection<EdmString>>("Edm.String", ["a\"", "b"]), r#"["a\"","b"]"#);
    assert_eq!(
        url::<Collection<TableRow<Moon>>>("x", [Moon::id(ID)]),
        format!(r#"[{{"@odata.id":"new_moons({ID_TEXT})"}}]"#)
    );
    assert_eq!(json::<Collection<EdmInt32>>(Vec::<i32>::new()), "[]");
}

#[test]
fn primitive_values_are_written_as_json_and_as_literals() {
    let time: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let money: Decimal = "922337203685477.5807".parse().unwrap();
    let hour = SignedDuration::from_hours(1);
    let both = |json: String, url: String| (json, url);
    let cases = [
        (both(json::<EdmBoolean>(true), url::<EdmBoolean>("", true)), "true", "true"),
        (
            both(json::<EdmDecimal>(money), url::<EdmDecimal>("", money)),
            "922337203685477.5807",
            "922337203685477.5807",
        ),
        (both(json::<EdmDouble>(2), url::<EdmDouble>("", 0.5)), "2.0", "0.5"),
        (both(json::<EdmInt64>(1_i64 << 40), url::<EdmInt64>("", 7)), "1099511627776", "7"),
        (both(json::<EdmGuid>(ID), url::<EdmGuid>("", Moon::id(ID))), &format!("\"{ID_TEXT}\""), ID_TEXT),
        (
            both(json::<EdmDateTimeOffset>(time), url::<EdmDateTimeOffset>("", time)),
            "\"2026-01-02T03:04:05Z\"",
            "2026-01-02T03:04:05Z",
        ),
        (
            both(json::<EdmDate>(civil::date(2026, 1, 2)), url::<EdmDate>("", civil::date(2026, 1, 2))),
            "\"2026-01-02\"",
            "2026-01-02",
        ),
        (
            both(
                json::<EdmTimeOfDay>(civil::time(8, 30, 0, 0)),
                url::<EdmTimeOfDay>("", civil::time(8, 30, 0, 0)),
            ),
            "\"08:30:00\"",
            "08:30:00",
        ),
        (both(json::<EdmDuration>(hour), url::<EdmDuration>("", hour)), "\"PT1H\"", "duration'PT1H'"),
        (
            both(json::<EdmBinary>(vec![251, 255]), url::<EdmBinary>("", &[251_u8, 255][..])),
            "\"+/8=\"",
            "binary'-_8='",
        ),
        (
            both(json::<ComplexType>(EnumMember("A")), url::<ComplexType>("Kinds", EnumMember("A"))),
            "\"A\"",
            "Microsoft.Dynamics.CRM.Kinds'A'",
        ),
    ];
    for ((json, url), wanted_json, wanted_url) in cases {
        assert_eq!((json.as_str(), url.as_str()), (wanted_json, wanted_url));
    }
}

#[test]
fn checked_texts_are_sent_as_texts() {
    let query: FetchXml = FetchXml::checked("<fetch/>".into(), "accounts");
    assert_eq!(json::<FetchXmlText>(&query), "\"<fetch/>\"");
    assert_eq!(json::<FetchXmlText>(Unchecked(String::from("<f/>"))), "\"<f/>\"");
    assert_eq!(url::<FilterText>("", CODE.eq("a'b")), "'new_code eq ''a''''b'''");
}

#[test]
fn a_number_that_is_not_finite_is_an_error_and_is_not_sent() {
    let land = Land(Call::unbound().with::<AnyRow>(0, Expando::new().with("depth", f64::NAN)));
    let error = land.body().unwrap_err().to_string();
    assert!(
        error.starts_with("the parameter `Where` of `new_Land` cannot be sent: `depth`: it is set to NaN"),
        "{error}"
    );
    let invalid = Argument::Invalid("why".to_owned());
    assert_eq!(invalid.url("", &mut String::new()), Err("why".to_owned()));
}

#[test]
fn open_types_name_the_type_of_every_value() {
    let inner = Expando::new().with("at", "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap());
    let value = Expando::new()
        .with("n", 1)
        .with("n", 1_i64)
        .with("ids", vec![ID])
        .with("inner", inner)
        .with("all", vec![Expando::new()]);
    assert_eq!(
        json::<AnyRow>(value.clone()),
        format!(
            r#"{{"@odata.type":"Microsoft.Dynamics.CRM.expando","n@odata.type":"Int64","n":1,"ids@odata.type":"Collection(Guid)","ids":["{ID_TEXT}"],"inner":{{"@odata.type":"Microsoft.Dynamics.CRM.expando","at@odata.type":"DateTimeOffset","at":"2026-01-02T03:04:05Z"}},"all@odata.type":"Collection(Microsoft.Dynamics.CRM.expando)","all":[{{"@odata.type":"Microsoft.Dynamics.CRM.expando"}}]}}"#
        )
    );
    assert_eq!(value.to_json(), json::<ComplexType>(value));
}

#[test]
fn members_are_converted_to_the_type_that_is_asked_for() {
    let text = format!(
        r##"{{"@odata.type":"#Microsoft.Dynamics.CRM.X","Id":"{ID_TEXT}","Sum":922337203685477.5807,"None":null,"Bytes":"+/8=","At":"08:30:00","Rows":[{{"new_code":"a","new_moonid":"{ID_TEXT}"}}],"In":{{"N":[1,2]}}}}"##
    );
    let value: ComplexValue = serde_json::from_str(&text).unwrap();
    assert_eq!(value.type_name().as_deref(), Some("X"));
    assert_eq!(value.get::<Guid>("Id"), Ok(ID));
    assert_eq!(value.get::<Decimal>("Sum").unwrap().to_string(), "922337203685477.5807");
    assert_eq!(value.get::<Option<i32>>("None"), Ok(None));
    assert_eq!(value.get::<Vec<u8>>("Bytes"), Ok(vec![251, 255]));
    assert_eq!(value.get::<civil::Time>("At"), Ok(civil::time(8, 30, 0, 0)));
    assert_eq!(
        value.get::<Vec<crate::Row<Moon>>>("Rows").unwrap()[0].0,
        Moon(Some("a".to_owned()), Some(ID))
    );
    assert_eq!(value.get::<ComplexValue>("In").unwrap().get::<Vec<i32>>("N"), Ok(vec![1, 2]));
    let error = |wrong: Result<i32, super::MemberError>| wrong.unwrap_err().to_string();
    assert_eq!(
        error(value.get("Id")),
        format!("the member `Id`: expected a whole number, found \"{ID_TEXT}\"")
    );
    assert_eq!(error(value.get("None")), "the member `None`: expected a value, found null");
    assert_eq!(
        error(value.get("id")),
        "the value has no member `id`, only `At`, `Bytes`, `Id`, `In`, `None`, `Rows`, `Sum`"
    );
    let empty: ComplexValue = serde_json::from_str("{}").unwrap();
    assert_eq!(error(empty.get("id")), "the value has no member `id`, only no members");
    let copy: ComplexValue = serde_json::from_str(&value.to_json()).unwrap();
    assert_eq!(copy, value);
}

#[test]
fn results_are_decoded_from_the_response_or_from_its_value() {
    assert_eq!(<EdmDecimal as ReturnType>::output(Some(r#"{"value":1.10}"#)).unwrap().to_string(), "1.1");
    assert_eq!(Nullable::<EdmInt32>::output(Some(r#"{"value":null}"#)), Ok(None));
    assert_eq!(Nullable::<TableRow<Moon>>::output(None), Ok(None));
    assert_eq!(Nullable::<TableRow<Moon>>::output(Some(r#"{"@odata.context":"x","value":null}"#)), Ok(None));
    let row = |code: &str| Moon(Some(code.to_owned()), None);
    // No object is `null` alone or the annotation for it; anything else is an object.
    for (body, is_none) in [
        (r#"{"@odata.null":true}"#, true),
        (r#"{"@odata.null":false,"new_code":"a"}"#, false),
        (r#"{"value":null}"#, true),
        (r#"{"value":null,"new_code":"a"}"#, false),
        (r#"{"value":1,"new_code":"a"}"#, false),
        (r#"{"new_code":"a"}"#, false),
    ] {
        let found = Nullable::<TableRow<Moon>>::output(Some(body));
        assert_eq!(found, Ok((!is_none).then(|| row("a"))), "{body}");
    }
    assert_eq!(Nullable::<EdmInt32>::output(None), Ok(None));
    assert_eq!(Nullable::<EdmInt32>::output(Some(r#"{"value": 7}"#)), Ok(Some(7)));
    assert_eq!(
        Nullable::<EdmInt32>::output(Some("{}")),
        Err("the response has no member `value`".to_owned())
    );
    assert_eq!(
        EdmInt32::output(None),
        Err("the response is empty, although the operation returns a value".to_owned())
    );
    let mut list = vec![1];
    <Collection<EdmInt32> as ReturnType>::extend(&mut list, vec![2, 3]);
    assert_eq!(list, [1, 2, 3]);
    assert_eq!(TableRow::<Moon>::output(Some(r#"{"@odata.etag":"1","new_code":"a"}"#)), Ok(row("a")));
    let list = r#"{"value":[{"new_code":"a"},{"new_code":"b"}]}"#;
    assert_eq!(Collection::<TableRow<Moon>>::output(Some(list)), Ok(vec![row("a"), row("b")]));
    let members = Collection::<ComplexType>::output(Some(r#"{"value":["A",{"x":1}]}"#)).unwrap();
    assert_eq!(members[0].get::<String>("value").as_deref(), Ok("A"));
    assert_eq!(Nothing::output(None), Ok(()));
    assert!(EdmGuid::output(None).unwrap_err().contains("empty"));
    assert!(EdmGuid::output(Some("{}")).unwrap_err().contains("no member `value`"));
    assert_eq!(
        EdmInt32::output(Some(r#"{"value":"x"}"#)).unwrap_err(),
        "expected a whole number, found \"x\""
    );
}

#[test]
fn a_row_of_any_table_becomes_one_of_its_table() {
    let text = r##"{"@odata.type":"#Microsoft.Dynamics.CRM.new_moon","new_code":"a"}"##;
    let row: DynamicRow = serde_json::from_str(text).unwrap();
    assert_eq!(row.table().as_deref(), Some("new_moon"));
    assert_eq!(row.to::<Moon>().unwrap(), Some(Moon(Some("a".to_owned()), None)));
    assert_eq!(row.to::<Ship>().unwrap(), None);
    assert_eq!(row.get::<String>("new_code").as_deref(), Ok("a"));
}
