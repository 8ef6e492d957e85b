//! What whole calls of the macros expand to, and which errors they give, with a snapshot alone.

use expect_test::{Expect, expect};
use proc_macro2::{Span, TokenStream, TokenTree};

use crate::registry::MacroEnv;

pub(super) const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures");

/// Returns the environment of a crate without a build script, beside the snapshot of the sample organisation.
pub(super) fn plain() -> MacroEnv {
    MacroEnv { manifest_dir: Some(FIXTURES.into()), ..MacroEnv::default() }
}

/// Returns the expansion of a call, `filter!(…)`.
pub(super) fn expand(call: &str, env: &MacroEnv) -> TokenStream {
    let (name, arguments) = call.split_once("!(").unwrap();
    let arguments = arguments.strip_suffix(')').unwrap().parse().unwrap();
    match name {
        "filter" => super::super::filter(arguments, env),
        "odata" => super::super::odata(arguments, env),
        _ => super::super::fetchxml(arguments, env),
    }
}

/// Adds the tokens in `tokens`, those in groups included.
fn flat(tokens: TokenStream, all: &mut Vec<TokenTree>) {
    for tree in tokens {
        if let TokenTree::Group(group) = &tree {
            let stream = group.stream();
            all.push(tree);
            flat(stream, all);
        } else {
            all.push(tree);
        }
    }
}

/// Returns the messages in `tokens` behind the word `word`, each with its span.
fn messages(tokens: TokenStream, word: &str) -> Vec<(Span, String)> {
    let mut all = Vec::new();
    flat(tokens, &mut all);
    let is_word = |tree: &TokenTree| matches!(tree, TokenTree::Ident(ident) if ident == word);
    let mut found = Vec::new();
    for (at, tree) in all.iter().enumerate().filter(|(_, tree)| is_word(tree)) {
        let text = all[at..].iter().find_map(|tree| match tree {
            TokenTree::Literal(literal) => syn::parse_str::<syn::LitStr>(&literal.to_string()).ok(),
            _ => None,
        });
        found.push((tree.span(), text.unwrap().value()));
    }
    found
}

/// Returns the expression of an expansion, without what makes the compiler run again; or the errors.
pub(super) fn shown(call: &str, env: &MacroEnv) -> String {
    let tokens = expand(call, env);
    let errors = messages(tokens.clone(), "compile_error");
    let whole =
        tokens.to_string().replace(" :: ", "::").replace(":: ", "::").replace(" ;", ";").replace(" ,", ",");
    if !errors.is_empty() {
        let mut lines: Vec<_> = errors.into_iter().map(|(_, message)| message).collect();
        if let Some(at) = whole.rfind("PhantomData") {
            lines.push(whole[at..].trim_end_matches(['}', ' ']).to_owned());
        }
        return lines.join("\n");
    }
    let mut lines: Vec<_> =
        messages(tokens, "deprecated").into_iter().map(|(_, message)| format!("warning {message}")).collect();
    let start = whole.find("const _ : () =").or_else(|| whole.find("let mut text")).unwrap();
    let body = whole[start..].trim_end_matches('}').trim_end();
    let step = |step: &str| match step.strip_prefix("const _ : () =::core::assert ! (") {
        Some(proof) => format!("proof {}", proof.split(',').next().unwrap()),
        None => step.trim().replace("text . ", "").replace("let mut text =", ""),
    };
    lines.push(body.split("; ").map(step).collect::<Vec<_>>().join("; "));
    lines.join("\n").replace("::dvkit::query_values::", "q::").replace("::dvkit::kind::", "k::")
}

pub(super) fn all(env: &MacroEnv, calls: &[&str], expected: Expect) {
    let lines: Vec<_> = calls.iter().map(|call| format!("# {call}\n{}\n", shown(call, env))).collect();
    expected.assert_eq(&lines.join(""));
}

#[test]
fn each_mistake_in_the_arguments_of_a_macro_says_what_to_write() {
    all(
        &plain(),
        &[
            "filter!()",
            "odata!()",
            "fetchxml!()",
            "filter!(\"fullname eq 'a'\")",
            "odata!(crm::Contact)",
            "filter!(1, \"fullname eq 'a'\")",
            "filter!(Contact \"fullname eq 'a'\")",
            "filter!(Contact as contact, \"fullname eq 'a'\")",
            "filter!(Contact in crm, \"fullname eq 'a'\")",
            "filter!(Contact, text)",
            "odata!(Contact, text)",
            "odata!(\"contacts\" \"x\")",
            "odata!(\"contacts\", name)",
            "odata!(\"contacts\", 1 = 2)",
            "odata!(\"contacts\", name = )",
            "odata!(\"contacts\", name = , other = 1)",
            "odata!(\"contacts\", name = 1, other = 2, name = 3)",
        ],
        expect![[r##"
            # filter!()
            there is no query: `filter!(crm::Contact, "fullname eq {name}")`
            # odata!()
            there is no query: `odata!("contacts?$select=fullname")`
            # fetchxml!()
            there is no query: `fetchxml!("<fetch><entity name='contact'>…</entity></fetch>")`
            # filter!("fullname eq 'a'")
            the type of the rows comes first: `filter!(crm::Contact, "fullname eq {name}")`
            # odata!(crm::Contact)
            unexpected end of input, the query is missing: `odata!("contacts?$select=fullname")`
            # filter!(1, "fullname eq 'a'")
            expected the type of the rows or a text in quotes: `filter!(crm::Contact, "fullname eq {name}")`
            # filter!(Contact "fullname eq 'a'")
            expected `,`
            # filter!(Contact as contact, "fullname eq 'a'")
            expected the type of the rows or a text in quotes: `filter!(crm::Contact, "fullname eq {name}")`
            # filter!(Contact in crm, "fullname eq 'a'")
            expected the type of the rows or a text in quotes: `filter!(crm::Contact, "fullname eq {name}")`
            # filter!(Contact, text)
            `filter!` checks a text that is written here, in quotes; one that is known only when the program runs is checked by `dvkit_query::check`, and put together by the typed builder
            # odata!(Contact, text)
            `odata!` checks a text that is written here, in quotes; one that is known only when the program runs is checked by `dvkit_query::check`, and put together by the typed builder
            # odata!("contacts" "x")
            expected `,`
            # odata!("contacts", name)
            values after the text have names: `name = expression`, which `{name}` puts in
            # odata!("contacts", 1 = 2)
            values after the text have names: `name = expression`, which `{name}` puts in
            # odata!("contacts", name = )
            unexpected end of input, `name` has no value
            # odata!("contacts", name = , other = 1)
            `name` has no value
            # odata!("contacts", name = 1, other = 2, name = 3)
            `name` is given twice
        "##]],
    );
}

#[test]
fn values_are_written_in_the_form_of_their_place() {
    all(
        &plain(),
        &[
            "filter!(Contact, \"fullname eq {name}\")",
            "filter!(crm::Contact, \"fullname eq {name} and statecode eq {a.b()}\",)",
            "filter!(Contact, \"contains(fullname,{x}) and endswith(fullname,'{y} z')\", x = a + 1, y = f(1, [2]))",
            "filter!(Contact, \"fullname eq 'a {x}'\")",
            "filter!(Contact, \"contactid in ({ids})\")",
            "filter!(Contact, \"contactid in ({ids}) or fullname eq {name}\")",
            "filter!(Contact, \"contactid in ({ids}) or fullname eq {name}\", name = 1)",
            "filter!(Contact, \"contactid in ({a},{b})\")",
            "filter!(Contact, \"Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue={n})\")",
            "filter!(Contact, \"{condition} and statecode eq 0\")",
            "filter!(Contact, \"fullname eq {self} or fullname eq {&x[0]} or fullname eq { _a_b_ }\")",
            "filter!(Contact, \"contact_customer_contacts/any(c:c/fullname eq 'a') and contact_customer_contacts/any(a:a/fullname eq 'a') and contact_customer_contacts/any(long:long/fullname eq 'a' and long/contact_customer_contacts/any(z:z/fullname eq 'b'))\")",
        ],
        expect![[r##"
            # filter!(Contact, "fullname eq {name}")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq "); value::<k::Text, _ > (& (name),q::ValueFormat::Value); filter::< Contact > ()
            # filter!(crm::Contact, "fullname eq {name} and statecode eq {a.b()}",)
            proof q::is_row_of::< crm::Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq "); { enum name { } value_in::< name,k::Text, _ > (& (name),q::ValueFormat::Value); } text (" and "); row (); text ("statecode eq "); { enum a_b { } value_in::< a_b,q::AnyOption, _ > (& (a . b ()),q::ValueFormat::Value); } filter::< crm::Contact > ()
            # filter!(Contact, "contains(fullname,{x}) and endswith(fullname,'{y} z')", x = a + 1, y = f(1, [2]))
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); text ("contains("); row (); text ("fullname,"); value::<k::Text, _ > (& (a + 1),q::ValueFormat::Pattern); text (") and endswith("); row (); text ("fullname,'"); value::<k::Text, _ > (& (f (1, [2])),q::ValueFormat::InnerPattern); text (" z')"); filter::< Contact > ()
            # filter!(Contact, "fullname eq 'a {x}'")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq 'a "); value::<k::Text, _ > (& (x),q::ValueFormat::Inner); text ("'"); filter::< Contact > ()
            # filter!(Contact, "contactid in ({ids})")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues="); list::<k::Id, _ > (& (ids)); text (")"); filter::< Contact > ()
            # filter!(Contact, "contactid in ({ids}) or fullname eq {name}")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues="); { enum ids { } list_in::< ids,k::Id, _ > (& (ids)); } text (") or "); row (); text ("fullname eq "); { enum name { } value_in::< name,k::Text, _ > (& (name),q::ValueFormat::Value); } filter::< Contact > ()
            # filter!(Contact, "contactid in ({ids}) or fullname eq {name}", name = 1)
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues="); list::<k::Id, _ > (& (ids)); text (") or "); row (); text ("fullname eq "); value::<k::Text, _ > (& (1),q::ValueFormat::Value); filter::< Contact > ()
            # filter!(Contact, "contactid in ({a},{b})")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=["); { enum a { } value_in::< a,k::Id, _ > (& (a),q::ValueFormat::Argument); } text (","); { enum b { } value_in::< b,k::Id, _ > (& (b),q::ValueFormat::Argument); } text ("])"); filter::< Contact > ()
            # filter!(Contact, "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue={n})")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue="); number (n); text (")"); filter::< Contact > ()
            # filter!(Contact, "{condition} and statecode eq 0")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); condition::< Contact > (& (condition)); text (" and "); row (); text ("statecode eq 0"); filter::< Contact > ()
            # filter!(Contact, "fullname eq {self} or fullname eq {&x[0]} or fullname eq { _a_b_ }")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq "); { enum hole_self { } value_in::< hole_self,k::Text, _ > (& (self),q::ValueFormat::Value); } text (" or "); row (); text ("fullname eq "); { enum x_0 { } value_in::< x_0,k::Text, _ > (& (& x [0]),q::ValueFormat::Value); } text (" or "); row (); text ("fullname eq "); { enum a_b { } value_in::< a_b,k::Text, _ > (& (_a_b_),q::ValueFormat::Value); } filter::< Contact > ()
            # filter!(Contact, "contact_customer_contacts/any(c:c/fullname eq 'a') and contact_customer_contacts/any(a:a/fullname eq 'a') and contact_customer_contacts/any(long:long/fullname eq 'a' and long/contact_customer_contacts/any(z:z/fullname eq 'b'))")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (33554437u32); row (); text ("contact_customer_contacts/any(c:c/fullname eq 'a') and "); row (); text ("contact_customer_contacts/any(a:a/fullname eq 'a') and "); row (); text ("contact_customer_contacts/any(long:long/fullname eq 'a' and long/contact_customer_contacts/any(z:z/fullname eq 'b'))"); filter::< Contact > ()
        "##]],
    );
}

#[test]
fn each_kind_of_column_has_its_type() {
    let columns = [
        ("contact", "fullname"),
        ("contact", "numberofchildren"),
        ("contact", "versionnumber"),
        ("contact", "exchangerate"),
        ("contact", "annualincome"),
        ("account", "address1_latitude"),
        ("contact", "donotemail"),
        ("contact", "contactid"),
        ("contact", "_parentcustomerid_value"),
        ("contact", "birthdate"),
        ("contact", "createdon"),
        ("new_project", "new_shiftstart"),
        ("contact", "statecode"),
        ("new_project", "new_regions"),
    ];
    let lines: Vec<_> = columns
        .iter()
        .map(|(table, column)| {
            let call = format!("filter!(Row as \"{table}\", \"{column} eq {{x}}\")");
            let shown = shown(&call, &plain());
            let value = shown.split("; ").find(|step| step.contains("value::<")).unwrap_or(&shown);
            format!("{column} {value}")
        })
        .collect();
    expect![[r#"
        fullname value::<k::Text, _ > (& (x),q::ValueFormat::Value)
        numberofchildren value::<k::Int, _ > (& (x),q::ValueFormat::Value)
        versionnumber value::<k::Long, _ > (& (x),q::ValueFormat::Value)
        exchangerate value::<k::Decimal, _ > (& (x),q::ValueFormat::Value)
        annualincome value::<k::Money, _ > (& (x),q::ValueFormat::Value)
        address1_latitude value::<k::Float, _ > (& (x),q::ValueFormat::Value)
        donotemail value::<q::AnyFlag, _ > (& (x),q::ValueFormat::Value)
        contactid value::<k::Id, _ > (& (x),q::ValueFormat::Value)
        _parentcustomerid_value value::<k::Lookup, _ > (& (x),q::ValueFormat::Value)
        birthdate value::<k::Date, _ > (& (x),q::ValueFormat::Value)
        createdon value::<k::DateTime, _ > (& (x),q::ValueFormat::Value)
        new_shiftstart value::<k::LocalDateTime, _ > (& (x),q::ValueFormat::Value)
        statecode value::<q::AnyOption, _ > (& (x),q::ValueFormat::Value)
        new_regions value::<q::AnyOptions, _ > (& (x),q::ValueFormat::Value)"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn requests_say_what_their_response_contains() {
    all(
        &plain(),
        &[
            "odata!(\"contacts?$select=fullname&$top={n}\")",
            "odata!(Contact, \"contacts?$select=fullname&$top=1\")",
            "odata!(Contact, \"$select=fullname&$top=1\")",
            "odata!(Contact, \"contacts({id})?$select=fullname\")",
            "odata!(Contact, \"contacts/$count\")",
            "odata!(Contact, \"contacts?$apply=groupby((statecode))\")",
            "odata!(Contact, \"contacts({id})/fullname\")",
            "odata!(Account, \"contacts?$select=fullname&$top=1\")",
            "odata!(\"contacts?$select=fullname&$filter={f}&$top=1\")",
            "odata!(Contact, \"contacts?$select=fullname&$filter={f}&$top=1\")",
            "odata!(Contact, \"contacts?$select=fullname&$expand=parentcustomerid_account($filter={f})&$top=1\")",
        ],
        expect![[r##"
            # odata!("contacts?$select=fullname&$top={n}")
            q::QueryTextBuilder::request (0u32); text ("contacts"); text ("?$select="); text ("fullname"); text ("&$top="); number (n); odata::< (),::dvkit::ManyRows > ()
            # odata!(Contact, "contacts?$select=fullname&$top=1")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::request (0u32); text ("contacts"); text ("?$select="); text ("fullname"); text ("&$top="); text ("1"); odata::< Contact,::dvkit::ManyRows > ()
            # odata!(Contact, "$select=fullname&$top=1")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::request (0u32); text ("contacts"); text ("?$select="); text ("fullname"); text ("&$top="); text ("1"); odata::< Contact,::dvkit::ManyRows > ()
            # odata!(Contact, "contacts({id})?$select=fullname")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::request (0u32); text ("contacts("); value::<k::Id, _ > (& (id),q::ValueFormat::Value); text (")"); text ("?$select="); text ("fullname"); odata::< Contact,::dvkit::OneRow > ()
            # odata!(Contact, "contacts/$count")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::request (0u32); text ("contacts/$count"); odata::< Contact,::dvkit::NumberOfRows > ()
            # odata!(Contact, "contacts?$apply=groupby((statecode))")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::request (0u32); text ("contacts"); text ("?$apply="); text ("groupby((statecode))"); odata::< Contact,::dvkit::Groups > ()
            # odata!(Contact, "contacts({id})/fullname")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::request (0u32); text ("contacts("); value::<k::Id, _ > (& (id),q::ValueFormat::Value); text (")/fullname"); odata::< Contact,::dvkit::OtherResult > ()
            # odata!(Account, "contacts?$select=fullname&$top=1")
            this query returns rows of `contact`, and the named type is a row of `account`
            # odata!("contacts?$select=fullname&$filter={f}&$top=1")
            a placeholder for a condition needs the type of the rows: `odata!(crm::Contact, "…")`
            # odata!(Contact, "contacts?$select=fullname&$filter={f}&$top=1")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::request (0u32); text ("contacts"); text ("?$select="); text ("fullname"); text ("&$filter="); condition::< Contact > (& (f)); text ("&$top="); text ("1"); odata::< Contact,::dvkit::ManyRows > ()
            # odata!(Contact, "contacts?$select=fullname&$expand=parentcustomerid_account($filter={f})&$top=1")
            a condition on rows of `account` needs a type generated for that table
        "##]],
    );
}

#[test]
fn fetchxml_names_the_set_of_its_table() {
    let fetch = |table: &str| {
        format!("\"<fetch top='1'><entity name='{table}'><attribute name='createdon'/></entity></fetch>\"")
    };
    let of = |rows: &str, table: &str| format!("fetchxml!({rows}{})", fetch(table));
    let calls = [
        of("", "contact"),
        of("Contact, ", "contact"),
        of("Account, ", "contact"),
        of("", "activityparty"),
        of("", "principal"),
        "fetchxml!(\"<fetch><entity name='principal'><attribute name='ownerid'/></entity></fetch>\")".to_owned(),
        "fetchxml!(\"<fetch top='{n}'><entity name='contact'><attribute name='fullname'/><filter><condition attribute='fullname' operator='like' value='{x}%'/></filter></entity></fetch>\")".to_owned(),
    ];
    let calls: Vec<_> = calls.iter().map(String::as_str).collect();
    all(
        &plain(),
        &calls,
        expect![[r##"
        # fetchxml!("<fetch top='1'><entity name='contact'><attribute name='createdon'/></entity></fetch>")
        q::QueryTextBuilder::fetch (0u32); text ("<fetch top='1'><entity name='contact'><attribute name='createdon'/></entity></fetch>"); { # [allow (non_camel_case_types)] enum contact { } impl::dvkit::QueryTable for contact { const TABLE : & 'static str = "contact"; } fetchxml::< contact > ("contacts") }
        # fetchxml!(Contact, "<fetch top='1'><entity name='contact'><attribute name='createdon'/></entity></fetch>")
        proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::fetch (0u32); text ("<fetch top='1'><entity name='contact'><attribute name='createdon'/></entity></fetch>"); fetchxml::< Contact > ("contacts")
        # fetchxml!(Account, "<fetch top='1'><entity name='contact'><attribute name='createdon'/></entity></fetch>")
        this query returns rows of `contact`, and the named type is a row of `account`
        # fetchxml!("<fetch top='1'><entity name='activityparty'><attribute name='createdon'/></entity></fetch>")
        DV0203: `activityparty` has no column `createdon`
          |
        1 | <fetch top='1'><entity name='activityparty'><attribute name='createdon'/></entity></fetch>
          |                                                              ^^^^^^^^^
        # fetchxml!("<fetch top='1'><entity name='principal'><attribute name='createdon'/></entity></fetch>")
        DV0252: `principal` is an abstract type of the Web API, and no table
          |
        1 | <fetch top='1'><entity name='principal'><attribute name='createdon'/></entity></fetch>
          |                              ^^^^^^^^^
        help: its rows are those of `systemuser` and `team`
        # fetchxml!("<fetch><entity name='principal'><attribute name='ownerid'/></entity></fetch>")
        DV0252: `principal` is an abstract type of the Web API, and no table
          |
        1 | <fetch><entity name='principal'><attribute name='ownerid'/></entity></fetch>
          |                      ^^^^^^^^^
        help: its rows are those of `systemuser` and `team`
        # fetchxml!("<fetch top='{n}'><entity name='contact'><attribute name='fullname'/><filter><condition attribute='fullname' operator='like' value='{x}%'/></filter></entity></fetch>")
        q::QueryTextBuilder::fetch (0u32); text ("<fetch top='"); number (n); text ("'><entity name='contact'><attribute name='fullname'/><filter><condition attribute='fullname' operator='like' value='"); { enum x { } value_in::< x,k::Text, _ > (& (x),q::ValueFormat::InnerPattern); } text ("%'/></filter></entity></fetch>"); { # [allow (non_camel_case_types)] enum contact { } impl::dvkit::QueryTable for contact { const TABLE : & 'static str = "contact"; } fetchxml::< contact > ("contacts") }
    "##]],
    );
}

#[test]
fn each_mistake_in_a_placeholder_says_what_to_write() {
    all(
        &plain(),
        &[
            "filter!(Contact, \"fullname eq {}\")",
            "filter!(Contact, \"fullname eq { }\")",
            "filter!(Contact, \"fullname eq {0}\")",
            "filter!(Contact, \"fullname eq {a b}\")",
            "filter!(Contact, \"fullname eq {a)}\")",
            "filter!(Contact, \"fullname eq {0} or fullname eq {12} or fullname eq {}\")",
            "filter!(Contact, \"fullname eq {x}\", x = 1, y = 2)",
            "filter!(Contact, \"fullname eq 'a'\", y = 2)",
            "filter!(Contact, \"fullname eq {x0}\")",
            "filter!(Contact, \"fullname eq '{condition}' and '{condition}'\")",
            "filter!(Contact, \"fullnme eq {x}\")",
            "filter!(Contact, \"fullnme eq {x} and lastnme eq {y}\")",
            "filter!(Contact, \"fullnme eq {x} and qqqqqq eq {y}\")",
            "odata!(\"contacts?$select=fullnme,lastnme&$top=1\")",
            "odata!(\"contacts?$select=fullname&$top=1&tag=a{x}\")",
            "odata!(\"contacts?$select={column}&$top=1\")",
        ],
        expect![[r##"
            # filter!(Contact, "fullname eq {}")
            an empty placeholder: name the value that goes there, `{name}`
            # filter!(Contact, "fullname eq { }")
            an empty placeholder: name the value that goes there, `{name}`
            # filter!(Contact, "fullname eq {0}")
            `{0}`: placeholders are not numbered; name the value that goes there, `{name}`
            # filter!(Contact, "fullname eq {a b}")
            `{a b}` is not a Rust expression that a placeholder takes: unexpected token
            bind it to a name first: `let value = …;` and `{value}`
            # filter!(Contact, "fullname eq {a)}")
            `{a)}` is not a Rust expression
            # filter!(Contact, "fullname eq {0} or fullname eq {12} or fullname eq {}")
            `{0}`: placeholders are not numbered; name the value that goes there, `{name}`
            `{12}`: placeholders are not numbered; name the value that goes there, `{name}`
            an empty placeholder: name the value that goes there, `{name}`
            # filter!(Contact, "fullname eq {x}", x = 1, y = 2)
            `y` is given, and no placeholder `{y}` takes it
            # filter!(Contact, "fullname eq 'a'", y = 2)
            `y` is given, and no placeholder `{y}` takes it
            # filter!(Contact, "fullname eq {x0}")
            proof q::is_row_of::< Contact > ("contact"); q::QueryTextBuilder::filter_with (0u32); row (); text ("fullname eq "); value::<k::Text, _ > (& (x0),q::ValueFormat::Value); filter::< Contact > ()
            # filter!(Contact, "fullname eq '{condition}' and '{condition}'")
            DV0012: `'{condition}'` is a text, and a condition is expected
              |
            1 | fullname eq '{condition}' and '{condition}'
              |                               ^^^^^^^^^^^^^
            help: without quotes the placeholder takes a `Filter`
            PhantomData::< Contact >
            # filter!(Contact, "fullnme eq {x}")
            DV0203: `contact` has no column `fullnme`
              |
            1 | fullnme eq {x}
              | ^^^^^^^
            help: did you mean `fullname`? (Full Name, text)
            PhantomData::< Contact >
            # filter!(Contact, "fullnme eq {x} and lastnme eq {y}")
            DV0203: `contact` has no column `fullnme`
              |
            1 | fullnme eq {x} and lastnme eq {y}
              | ^^^^^^^
            help: did you mean `fullname`? (Full Name, text)
            DV0203: `contact` has no column `lastnme`
              |
            1 | fullnme eq {x} and lastnme eq {y}
              |                    ^^^^^^^
            help: did you mean `lastname`? (Last Name, text)
            fixed: fullname eq {x} and lastname eq {y}
            PhantomData::< Contact >
            # filter!(Contact, "fullnme eq {x} and qqqqqq eq {y}")
            DV0203: `contact` has no column `fullnme`
              |
            1 | fullnme eq {x} and qqqqqq eq {y}
              | ^^^^^^^
            help: did you mean `fullname`? (Full Name, text)
            DV0203: `contact` has no column `qqqqqq`
              |
            1 | fullnme eq {x} and qqqqqq eq {y}
              |                    ^^^^^^
            PhantomData::< Contact >
            # odata!("contacts?$select=fullnme,lastnme&$top=1")
            DV0203: `contact` has no column `fullnme`
              |
            1 | contacts?$select=fullnme,lastnme&$top=1
              |                  ^^^^^^^
            help: did you mean `fullname`? (Full Name, text)
            DV0203: `contact` has no column `lastnme`
              |
            1 | contacts?$select=fullnme,lastnme&$top=1
              |                          ^^^^^^^
            help: did you mean `lastname`? (Last Name, text)
            fixed: contacts?$select=fullname,lastname&$top=1
            # odata!("contacts?$select=fullname&$top=1&tag=a{x}")
            DV0012: nothing can be put into the middle of this option
              |
            1 | contacts?$select=fullname&$top=1&tag=a{x}
              |                                      ^^^^
            help: a query whose names are known only when it runs is built with the typed builder, or checked with `dvkit_query::check`
            # odata!("contacts?$select={column}&$top=1")
            DV0012: `{column}` stands where a name does, and only values can be put in
              |
            1 | contacts?$select={column}&$top=1
              |                  ^^^^^^^^
            help: a query whose names are known only when it runs is built with the typed builder, or checked with `dvkit_query::check`
        "##]],
    );
}

#[test]
fn a_query_that_runs_badly_gives_warnings_and_an_expression() {
    all(
        &plain(),
        &["odata!(\"contacts?$filter=contains(fullname,'%a')\")"],
        expect![[r##"
        # odata!("contacts?$filter=contains(fullname,'%a')")
        warning DV0502: without `$select` all 55 columns of `contact` come back
          |
        1 | contacts?$filter=contains(fullname,'%a')
          | ^^^^^^^^
        help: name the columns that are needed: `$select=fullname,…`
        q::QueryTextBuilder::request (0u32); text ("contacts"); text ("?$filter="); text ("contains(fullname,'%25a')"); odata::< (),::dvkit::ManyRows > ()
    "##]],
    );
}

#[test]
fn errors_point_at_the_wrong_piece_of_the_text() {
    for (call, pieces) in [
        ("filter!(Contact, \"fullnme eq 'a'\")", vec!["fullnme"]),
        ("filter!(Contact, \"fullnme eq 'a' and lastnme eq 'b'\")", vec!["fullnme", "lastnme"]),
        ("filter!(Contact, r#\"fullname eq \"a\"\"#)", vec!["\"a\""]),
        // The prefix of a text is not a part of it.
        ("filter!(Contact, r\"r\")", vec!["r"]),
        ("filter!(Contact, r#\"#\"#)", vec!["#"]),
        // What is escaped is not where it is in the value.
        (
            "filter!(Contact, \"fullname eq '\\\"' and lastnme eq 'b'\")",
            vec!["\"fullname eq '\\\"' and lastnme eq 'b'\""],
        ),
        ("filter!(Contact, \"fullname eq\")", vec![""]),
        ("filter!(Contact, \"\")", vec!["\"\""]),
        ("filter!(Contact, \"fullname eq {0}\")", vec!["\"fullname eq {0}\""]),
        ("filter!(Contact, \"fullname eq {x}\", x = 1, y = 2)", vec!["y"]),
        ("filter!(a::Contat, \"fullname eq 'a'\")", vec!["Contat"]),
        ("filter!(Row as \"contcat\", \"fullname eq 'a'\")", vec!["\"contcat\""]),
        ("odata!(Account, \"contacts?$select=fullname\")", vec!["\"contacts?$select=fullname\""]),
        ("odata!(\"contacts\", name = 1, name = 2)", vec!["name"]),
    ] {
        let found: Vec<_> = messages(expand(call, &plain()), "compile_error");
        let found: Vec<_> = found.iter().map(|(span, _)| span.source_text().unwrap_or_default()).collect();
        assert_eq!(found, pieces, "{call}");
    }
}

#[test]
fn warnings_and_values_point_at_their_piece_of_the_call() {
    let call = "odata!(\"contacts?$filter=contains(fullname,'%a') and lastname eq {x}\", x = other.name)";
    let tokens = expand(call, &plain());
    let warned: Vec<_> = messages(tokens.clone(), "deprecated");
    let warned: Vec<_> = warned.iter().map(|(span, _)| span.source_text().unwrap_or_default()).collect();
    assert_eq!(warned, ["contacts"]);
    let mut all = Vec::new();
    flat(tokens, &mut all);
    let value = all.iter().find(|tree| tree.to_string() == "value").unwrap();
    assert_eq!(value.span().source_text().as_deref(), Some("other"), "where the value is written");
}
