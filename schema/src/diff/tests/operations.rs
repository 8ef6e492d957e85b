//! Changed operations.

use super::*;

fn value(name: &str, nullable: bool) -> ValueType {
    ValueType { name: name.into(), collection: false, nullable }
}

fn parameter(name: &str, ty: &str, nullable: bool) -> Parameter {
    Parameter { name: name.into(), value: value(ty, nullable), optional: false }
}

/// Returns an action that is bound to ships, and an unbound function.
fn operations() -> Vec<Operation> {
    let sail = Operation {
        name: "new_Sail".into(),
        kind: OperationKind::Action,
        bound: true,
        composable: false,
        filter_only: false,
        parameters: vec![
            parameter("entity", "new_ship", false),
            parameter("To", "new_port", false),
            parameter("Why", "Edm.String", true),
        ],
        returns: None,
    };
    let count = Operation {
        name: "new_Count".into(),
        kind: OperationKind::Function,
        bound: false,
        composable: true,
        parameters: vec![parameter("Of", "Edm.String", true)],
        returns: Some(value("Edm.Int32", false)),
        ..sail.clone()
    };
    vec![count, sail]
}

fn check_operations(change: impl FnOnce(&mut Vec<Operation>), expected: &Expect) {
    let of = |operations| {
        let mut schema = Schema { operations, ..Schema::default() };
        schema.sort();
        schema
    };
    let before = of(operations());
    let mut after = operations();
    change(&mut after);
    let after = of(after);
    let (there, back) = (Diff::between(&before, &after), Diff::between(&after, &before));
    assert_eq!((there.is_empty(), back.is_empty()), (before == after, before == after));
    expected.assert_eq(&there.to_string());
}

#[test]
fn changed_operations_are_assessed_for_their_callers() {
    check_operations(
        |o| o.retain(|o| o.kind == OperationKind::Function),
        &expect![[r#"
            table new_ship
              breaking  operation `new_Sail` is gone (for writers: it can no longer be called so)
            1 breaking change
        "#]],
    );
    check_operations(
        |o| o[1].parameters.remove(2).name.clear(),
        &expect![[r#"
        table new_ship
          breaking  operation `new_Sail`: parameter Why Edm.String, may be left out → none (for writers: calls that give it are refused)
        1 breaking change
    "#]],
    );
    check_operations(
        |o| o[1].parameters.push(parameter("Fast", "Edm.Boolean", true)),
        &expect![[r#"
        table new_ship
          harmless  operation `new_Sail`: parameter Fast none → Edm.Boolean, may be left out
        1 harmless change
    "#]],
    );
    check_operations(
        |o| o[1].parameters.push(parameter("Fast", "Edm.Boolean", false)),
        &expect![[r#"
        table new_ship
          breaking  operation `new_Sail`: parameter Fast none → Edm.Boolean (for writers: calls without it are refused)
        1 breaking change
    "#]],
    );
    // Actions may omit parameters that can be null; functions may not.
    check_operations(
        |o| o[0].parameters.push(parameter("Since", "Edm.Date", true)),
        &expect![[r#"
        organisation, global choices, operations
          breaking  operation `new_Count`: parameter Since none → Edm.Date, may be null (for readers: calls without it are refused)
        1 breaking change
    "#]],
    );
    check_operations(
        |o| o[0].parameters[0].value.nullable = false,
        &expect![[r#"
        organisation, global choices, operations
          breaking  operation `new_Count`: parameter Of Edm.String, may be null → Edm.String (for readers: null is refused)
        1 breaking change
    "#]],
    );
    check_operations(
        |o| o[0].parameters[0].optional = true,
        &expect![[r#"
        organisation, global choices, operations
          harmless  operation `new_Count`: parameter Of Edm.String, may be null → Edm.String, may be left out
        1 harmless change
    "#]],
    );
    check_operations(
        |o| o[1].parameters[1].value.collection = true,
        &expect![[r#"
        table new_ship
          breaking  operation `new_Sail`: parameter To new_port → Collection(new_port) (for writers: it takes another type)
        1 breaking change
    "#]],
    );
    check_operations(
        |o| o[1].parameters.swap(1, 2),
        &expect![[r#"
        table new_ship
          harmless  operation `new_Sail`: parameters entity, To, Why → entity, Why, To
        1 harmless change
    "#]],
    );
    check_operations(
        |o| {
            o[0].composable = false;
            o[0].returns = Some(value("Edm.Int32", true));
            o[1].returns = Some(value("new_ship", false));
        },
        &expect![[r#"
            organisation, global choices, operations
              breaking  operation `new_Count`: composable true → false (for readers: what it gives cannot be queried further)
              risky     operation `new_Count`: returns Edm.Int32 → Edm.Int32, may be null (for readers: it may give nothing)
            table new_ship
              harmless  operation `new_Sail`: returns none → new_ship
            1 breaking, 1 risky and 1 harmless changes
        "#]],
    );
    check_operations(
        |o| o[0].returns = Some(value("Edm.Int64", false)),
        &expect![[r#"
            organisation, global choices, operations
              breaking  operation `new_Count`: returns Edm.Int32 → Edm.Int64 (for readers: it gives another type)
            1 breaking change
        "#]],
    );
    check_operations(
        |o| o[0].kind = OperationKind::Action,
        &expect![[r#"
        organisation, global choices, operations
          breaking  operation `new_Count`: kind function → action (it is called by another method)
        1 breaking change
    "#]],
    );
    // Another operation with the same name, on another table and on the same table.
    check_operations(
        |o| {
            let mut other = o[1].clone();
            other.parameters[0].value.name = "new_boat".into();
            o.push(other);
            let mut other = o[0].clone();
            other.parameters.clear();
            o.push(other);
        },
        &expect![[r#"
            organisation, global choices, operations
              harmless  operation `new_Count` is new
            table new_boat
              harmless  operation `new_Sail` is new
            2 harmless changes
        "#]],
    );
    // A snapshot from a source that lists no operations.
    check_operations(
        Vec::clear,
        &expect![[r#"
        organisation, global choices, operations
          harmless  the organisation: operations 2 → unknown
        1 harmless change
    "#]],
    );
}
