//! The code of a schema in which every kind of table, column, choice, relationship and operation occurs, under every
//! setting of a configuration.

mod sample;

use expect_test::{expect, expect_file};

use super::*;
use sample::everything;

#[test]
fn the_code_of_everything_is_the_golden() {
    let config =
        schema("crm").tables(["new_thing", "new_other", "string", "choices", "new_bare"]).operations(["*"]);
    let generated = generate(config, &Store::from_schema(everything()));
    let mut text = String::new();
    for (path, file) in generated.files() {
        text += &format!("# {}\n{file}", path.display());
    }
    text += &format!("{:#?}\n{:#?}\n{:#?}\n", generated.types(), generated.enums(), generated.operations());
    expect_file!["everything.txt"].assert_eq(&text);
    // The same in one file: each module has the items of its own file.
    let file = generated.file();
    for (path, module) in generated.files() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let items =
            module.rsplit("//!").next().and_then(|rest| rest.split_once("\n\n")).map(|(_, items)| items);
        if name != "mod" {
            assert!(file.contains(items.unwrap()), "{name}");
        }
    }
}

#[test]
fn the_code_of_the_sample_is_that_of_the_goldens() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/goldens");
    let generated = sample().tables(["account", "contact", "new_project", "cr1f2_type"]);
    let operations = sample()
        .tables(["account", "new_project"])
        .columns("account", ["name", "accountnumber", "revenue"])
        .columns("new_project", ["new_name", "new_condition", "new_budget"])
        .operations(["WhoAmI", "RetrieveVersion", "AddMembersTeam", "Calculate*", "new_*"]);
    for (folder, config) in [("generated", generated), ("operations", operations)] {
        for (path, text) in config.generate().unwrap().files() {
            let golden = std::fs::read_to_string(goldens.join(folder).join(&path)).unwrap();
            assert!(golden.replace("\r\n", "\n") == text, "{folder}/{}", path.display());
        }
    }
}

/// Returns the lines in which the code of everything differs under the settings, the new ones with `+`.
fn changed_by(settings: impl FnOnce(Config) -> Config) -> String {
    let config = || schema("crm").tables(["new_thing", "new_other"]);
    let store = Store::from_schema(everything());
    let lines = |config: Config| -> Vec<String> {
        generate(config, &store).file().lines().map(|line| line.trim().to_owned()).collect()
    };
    let (before, after) = (lines(config()), lines(settings(config())));
    let known = |all: &[String], line: &String| all.contains(line);
    let gone = before.iter().filter(|line| !known(&after, line)).map(|line| format!("-{line}"));
    let new = after.iter().filter(|line| !known(&before, line)).map(|line| format!("+{line}"));
    let mut all: Vec<String> = gone.chain(new).collect();
    all.dedup();
    all.join("\n")
}

#[test]
fn each_setting_changes_the_code_in_its_place() {
    let mut text = String::new();
    let mut tell = |name: &str, settings: &dyn Fn(Config) -> Config| {
        text += &format!("# {name}\n{}\n", changed_by(settings));
    };
    tell("rename a table", &|c| c.rename("new_other", "Other"));
    tell("rename a column", &|c| c.rename("new_other.more", "less"));
    tell("rename a navigation property", &|c| c.rename("new_thing.new_pairs", "couples"));
    tell("rename a choice", &|c| {
        c.rename_choice("new_size", "Size").rename_choice("new_thing.new_own", "Own")
    });
    tell("rename an option", &|c| {
        c.rename_option("new_size", 1, "Tiny").rename_option("new_thing.new_own", 2, "Two")
    });
    tell("type of a field", &|c| {
        c.type_for("*.more", "crate::More").type_for("new_other.mo*", "crate::Most")
    });
    tell("attributes", &|c| {
        c.attribute("new_o*", "#[a]").attribute("*", "#[b]").attribute("new_other.m?re", "#[c]")
    });
    expect_file!["settings.txt"].assert_eq(&text);
}

#[test]
fn columns_are_limited_by_each_pattern_that_matches_their_table() {
    let fields = |settings: &dyn Fn(Config) -> Config| {
        let config = settings(schema("crm").tables(["new_other", "account"]));
        let generated = generate(config, &Store::from_schema(everything()));
        ["new_other", "account"].map(|table| {
            let code = module(&generated, table);
            let fields = ["more", "name", "new_otherid", "accountid"].into_iter();
            fields.filter(|field| code.contains(&format!("    pub {field}: "))).collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(fields(&|c| c), ["more name new_otherid", "name accountid"]);
    assert_eq!(fields(&|c| c.columns("new_other", ["more"])), ["more new_otherid", "name accountid"]);
    assert_eq!(fields(&|c| c.columns("*", ["name"])), ["name new_otherid", "name accountid"]);
    assert_eq!(
        fields(&|c| c.columns("*", ["name"]).columns("new_*", ["m*"])),
        ["more name new_otherid", "name accountid"]
    );
    assert_eq!(fields(&|c| c.columns("account", ["accountid"])), ["more name new_otherid", "accountid"]);
}

#[test]
fn a_pattern_selects_no_table_that_is_only_referred_to() {
    let part = |name: &str, entity_set: bool, primary_id: bool, partial: bool| Table {
        logical_name: name.into(),
        entity_set: entity_set.then(|| format!("{name}s")),
        primary_id: primary_id.then(|| "id".to_owned()),
        partial,
        ..Table::default()
    };
    let store = store([
        part("a_set", true, false, true),
        part("b_id", false, true, true),
        part("c_whole", false, false, false),
        part("d_bare", false, false, true),
    ]);
    let selected =
        |config: Config| generate(config, &store).types().values().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(selected(schema("x")), "a_set b_id c_whole");
    assert_eq!(selected(schema("x").tables(["*"])), "a_set b_id c_whole");
    assert_eq!(selected(schema("x").tables(["d_bare"])), "d_bare");
    // A pattern that adds nothing to others is not an error; one that matches nothing is.
    assert_eq!(selected(schema("x").tables(["a_set", "a_*", "a_set"])), "a_set");
    let error =
        schema("x").tables(["d_*", "e*", "a_sett", "a_sets", "zzzz"]).generate_from(&store).unwrap_err();
    expect![[r#"
        5 mistakes in the configuration
          `tables`: no table of the snapshot has a name like `d_*`
          `tables`: no table of the snapshot has a name like `e*`
          `tables`: the snapshot has no table `a_sett`; did you mean `a_set`?
          `tables`: the snapshot has no table `a_sets`; did you mean `a_set`?
          `tables`: the snapshot has no table `zzzz`; `dvkit explain zzzz` looks for it by its display name"#]]
    .assert_eq(&error.to_string());
}

#[test]
fn each_mistake_of_a_configuration_is_named() {
    let store = Store::from_schema(everything());
    let mut text = String::new();
    let mut tell = |settings: &dyn Fn(Config) -> Config| {
        let config = settings(schema("crm").tables(["new_thing", "new_other"]));
        text += &match config.generate_from(&store) {
            Ok(_) => "ok\n".to_owned(),
            Err(error) => format!("{error}\n"),
        };
    };
    tell(&|c| {
        c.columns(
            "new_thing",
            ["new_party", "new_virtual", "new_calendar", "new_other", "new_hidden", "new_flags13"],
        )
    });
    tell(&|c| c.columns("new_thing", ["no_*", "Named", "new_strin", "xyz"]));
    tell(&|c| c.columns("new_*", ["no_*", "xyz", "more"]));
    tell(&|c| {
        c.columns("account", ["name"])
            .columns("contact*", ["name"])
            .columns("new_activity", ["name"])
            .columns("zzz", ["name"])
            .columns("z*", ["name"])
    });
    tell(&|c| c.rename("new_thing.*", "x").rename("new_?", "X"));
    tell(&|c| c.rename("new_thing.new_Lookup", "y").rename("account.name", "z").rename("account", "A"));
    tell(&|c| c.rename("account.more", "z").rename("new_thing.nope", "z").rename("new_activity", "Z"));
    tell(&|c| {
        c.rename("new_thing", "_thing").rename("new_other", "_Other").rename("new_other.more", "extra")
    });
    tell(&|c| c.rename("new_thing", "Same").rename("new_other", "Same"));
    tell(&|c| c.rename("new_thing", "self").rename("new_other", "1a").rename("new_other.more", "a\u{202e}"));
    tell(&|c| c.rename("new_thing.type", "x").rename("new_other.more", "x"));
    tell(&|c| c.rename_choice("new_size", "A").rename_choice("new_unused", "A"));
    tell(&|c| c.rename_choice("new_thing.new_own", "A").rename_choice("new_thing.statecode", "A"));
    tell(&|c| {
        c.rename_choice("new_thing.new_choice", "A")
            .rename_choice("new_thing.new_strng", "A")
            .rename_choice("new_activity.x", "A")
    });
    tell(&|c| {
        c.rename_choice("new_siz", "A").rename_choice("zzz", "a").rename_choice("new_thing.new_unknown", "A")
    });
    tell(&|c| {
        c.rename_option("new_size", 3, "A").rename_option("new_size", 1, "b").rename_option(
            "new_thing.new_own",
            3,
            "A",
        )
    });
    tell(&|c| c.rename_option("new_size", 1, "A").rename_option("new_size", 2, "A"));
    tell(&|c| c.rename_option("new_thing.new_own", 1, "A").rename_option("new_thing.new_own", 2, "A"));
    tell(&|c| {
        c.attribute("new_other", "x")
            .attribute("new_activity", "#[a]")
            .attribute("new_other.nope", "#[a]")
            .attribute("zzz.more", "#[a]")
    });
    tell(&|c| {
        c.type_for("new_other", "T")
            .type_for("new_other.nope", "T")
            .type_for("new_other.more", "a b")
            .type_for("account.name", "T")
    });
    tell(&|c| {
        c.operations([
            "new_act",
            "Act",
            "nope",
            "no*",
            "new_In",
            "new_Lost",
            "new_NoRow",
            "new-Odd",
            "new_Los*",
            "new_OnBases",
        ])
    });
    tell(&|c| c.operations(["new_*"]));
    expect_file!["mistakes.txt"].assert_eq(&text);
}

#[test]
fn a_generated_file_is_recognised_by_its_first_line() {
    let files = sample().tables(["account"]).columns("account", ["name"]).generate().unwrap().files();
    for (path, text) in &files {
        let crlf = text.replace('\n', "\r\n");
        for text in [text.as_str(), &crlf, "// @generated by dvkit from the organisation's metadata"] {
            assert!(GeneratedCode::is_generated(text.as_bytes()), "{}", path.display());
        }
        for text in [
            &text[1..],
            "",
            "// @generated by dvkit",
            "\n// @generated by dvkit from the organisation's metadata\n",
        ] {
            assert!(!GeneratedCode::is_generated(text.as_bytes()), "{}", path.display());
        }
    }
}

#[test]
fn errors_say_what_to_do_and_escape_what_they_quote() {
    let io = Error::io("read", "a\u{1b}b")(std::io::Error::other("broken"));
    assert_eq!(io.to_string(), "cannot read `a\\u{1b}b`: broken");
    let source = |error: &Error| std::error::Error::source(error).is_some();
    assert!(source(&io));
    let variable = Error::NoBuildScript { variable: "OUT_DIR" };
    assert!(variable.to_string().starts_with("`OUT_DIR` is not set: `register()` is for build.rs"));
    let one = Error::Configuration(vec!["a\nb".to_owned()]);
    assert_eq!(one.to_string(), "a\\nb");
    let two = Error::Configuration(vec!["a".to_owned(), "b\u{7}".to_owned()]);
    assert_eq!(format!("{two:?}"), "2 mistakes in the configuration\n  a\n  b\\u{7}");
    assert!(!source(&variable) && !source(&one));
    let missing = schema("crm").from_dir("/nowhere").generate().unwrap_err();
    assert!(source(&missing));
}
