//! Candidates of small texts.

use super::*;

/// Returns the changes of a text, each with its function.
fn changes(text: &str) -> Vec<String> {
    let scan = scan(text).unwrap_or_else(|e| panic!("{e:?}"));
    scan.candidates.into_iter().map(|c| format!("{}: {}", c.function, c.change)).collect()
}

#[test]
fn a_body_is_replaced_by_values_of_its_return_type() {
    let of = |output: &str| {
        let text = format!("fn f(){output} {{ g() }}");
        changes(&text).into_iter().map(|c| c.replace("f: body → ", "")).collect::<Vec<_>>().join(", ")
    };
    for (output, values) in [
        ("", "nothing"),
        (" -> bool", "`true`, `false`"),
        (" -> Option<Row>", "`None`"),
        (" -> io::Result<()>", "`Ok(())`"),
        (" -> fmt::Result", "`Ok(())`"),
        (" -> Result<bool, Error>", "`Ok(true)`, `Ok(false)`"),
        (" -> Result<Option<u8>, Error>", "`Ok(None)`"),
        (" -> Result<Row, Error>", ""),
        (" -> Vec<Row>", "`Default::default()`"),
        (" -> (usize, String)", "`(0, String::new(),)`"),
        (" -> &'static str", "`\"\"`"),
        (" -> &[Row]", "`&[]`"),
        (" -> Row", ""),
        (" -> u64", "`0`, `1`"),
    ] {
        assert_eq!(of(output), values, "{output}");
    }
    assert!(changes("fn f() -> Option<u8> { None } fn g() {} fn h() -> Vec<u8> { Vec::new() }").is_empty());
}

#[test]
fn conditions_and_operators_are_changed_one_at_a_time() {
    let all =
        changes("fn f(a: &[u8], n: usize) -> Row { if n < 2 && !a.is_empty() { g(n - 1) } else { h() } }");
    let expected = [
        "if `n < 2 && !a.is_empty()` → `true`",
        "if `n < 2 && !a.is_empty()` → `false`",
        "`n < 2 && !a.is_empty()` → `||`",
        "`n < 2` → `<=`",
        "`n < 2` → `>=`",
        "`2` → `3`",
        "`!a.is_empty()` without `!`",
        "negated `a.is_empty()`",
        "`n - 1` → `+`",
        "`1` → `2`",
    ];
    assert_eq!(all, expected.map(|change| format!("f: {change}")));
}

#[test]
fn operands_of_a_chain_with_let_are_changed_but_not_the_chain() {
    let all =
        changes("fn f(a: Option<u8>, b: bool) -> Row { if let Some(a) = a && b { g(a) } else { h() } }");
    assert_eq!(all, ["f: operand `b` → `true`", "f: operand `b` → `false`"]);
}

#[test]
fn an_arm_is_deleted_only_before_one_that_takes_everything() {
    let all = changes(
        "fn f(a: E) -> Row { match a { E::A => x(), E::B(n) if n.ok() => y(), E::C => z(), _ => z() } }",
    );
    // The arm `E::C` does what the last one does.
    assert_eq!(all, ["f: deleted arm `E::A`", "f: guard `n.ok()` → `true`", "f: guard `n.ok()` → `false`"]);
    assert!(changes("fn f(a: E) -> Row { match a { E::A => x(), E::B => y() } }").is_empty());
}

#[test]
fn methods_and_closures_that_decide_are_changed() {
    let all =
        changes("fn f(a: &[u8]) -> Row { g(a.iter().filter(|x| x.ok()).take(n).any(|x| h(x)), a.first()) }");
    let has = |change: &str| all.iter().any(|c| c.contains(change));
    for change in [
        "`any` → `all` in",
        "closure of `any` `h(x)` → `true`",
        "closure of `filter` `x.ok()` → `false`",
        "`take(n)` → all",
        "`first` → `last` in `a.first()`",
    ] {
        assert!(has(change), "{change}: {all:#?}");
    }
}

#[test]
fn statements_are_deleted() {
    let all = changes(
        "fn f(a: &mut Vec<u8>) -> Row { let b = g(); a.push(b); h(b)?; a.reserve(n); loop { break; } }",
    );
    assert_eq!(all, ["f: deleted `a.push(b);`", "f: deleted `h(b)?;`"]);
    // Without the last `continue` the `let` would not compile.
    let all = changes(
        "fn f(a: Option<R>) -> R { loop { if b { continue; } let Some(a) = a else { g(); continue; }; } }",
    );
    let deleted: Vec<_> = all.iter().filter(|change| change.contains("deleted")).collect();
    assert_eq!(deleted, ["f: deleted `continue;`", "f: deleted `g();`"]);
}

#[test]
fn constants_tests_macros_patterns_and_other_systems_are_left_out() {
    let text = r#"
        const A: usize = 1 + 1;
        static B: usize = 1 + 1;
        const fn c() -> usize { 1 + 1 }
        enum D { E = 1 + 1 }
        #[test] fn e() { g(); }
        #[tokio::test] async fn f() { g(); }
        #[cfg(test)] mod tests { fn g() { h(); } }
        #[cfg(not(unix))] fn h() { g(); }
        #[cfg(all(test, unix))] fn i() { g(); }
        macro_rules! j { () => { 1 + 1 } }
        fn k(a: [u8; 1 + 1]) -> Row { match a { [1, ..] => x(), [..] => y::<{ 1 + 1 }>([0; 1 + 1]) } }
        fn l() -> Row { m!(1 + 1) }
        fn n() -> Row { #[cfg(windows)] g(1 + 1); g(1) }
    "#;
    let all = changes(text);
    assert_eq!(all, ["k: `0` → `1`", "n: `1` → `2`"], "on unix");
}

#[test]
fn a_function_is_named_with_its_type_and_counted_with_what_is_in_it() {
    let text = "impl Show for Row<u8> { fn show(&self) -> bool { fn inner() -> bool { x() } inner() } } mod m { fn f() { g(); } }";
    let scan = scan(text).unwrap();
    let names: Vec<_> = scan.candidates.iter().map(|c| (c.function.as_str(), c.function_number)).collect();
    assert!(names.contains(&("<Row as Show>::show", 1)) && names.contains(&("m::f", 2)), "{names:?}");
    assert!(names.iter().all(|(name, number)| (*number == 1) == name.ends_with("show")));
}

#[test]
fn the_same_change_twice_in_a_function_has_two_names() {
    assert_eq!(changes("fn f() -> Row { g(1, 1) }"), ["f: `1` → `2`", "f: `1` → `2` (no. 2)"]);
}

#[test]
fn submodules_are_found_without_those_of_tests() {
    let scan = scan("mod a; mod b { mod c; } #[cfg(test)] mod tests; #[path = \"x.rs\"] mod d;").unwrap();
    let paths: Vec<_> = scan.submodules.iter().map(|m| (m.path.join("::"), m.file.clone())).collect();
    let expected =
        [("a".to_owned(), None), ("b::c".to_owned(), None), ("d".to_owned(), Some("x.rs".to_owned()))];
    assert_eq!(paths, expected);
}
