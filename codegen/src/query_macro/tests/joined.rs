//! Placeholders in conditions of joined tables, and where a text has placeholders.

use super::*;

#[test]
fn a_condition_of_a_joined_table_has_the_type_of_the_table_with_its_alias() {
    let nested = "<link-entity name='account' alias='a' from='accountid' to='parentcustomerid'>\
                  <link-entity name='systemuser' from='systemuserid' to='createdby' alias='u'>\
                  <link-entity name='new_project' from='ownerid' to='systemuserid'/></link-entity></link-entity>";
    let one = |condition: &str| {
        let before = "<fetch top='1'><entity name='contact'><attribute name='fullname'/>";
        let text = format!("{before}<filter>{condition}</filter>{nested}</entity></fetch>");
        let outcome = outcome(QueryText::FetchXml(&text));
        let shown = outcome.split_once("<filter>").and_then(|(_, rest)| rest.split_once("</filter>"));
        shown.map_or(outcome.clone(), |(filter, _)| filter.to_owned())
    };
    let mut text = String::new();
    for condition in [
        "<condition attribute='createdon' operator='eq' value='{x}'/>",
        "<condition entityname='a' attribute='revenue' operator='gt' value='{x}'/>",
        "<condition entityname='u' attribute='isdisabled' operator='eq' value='{x}'/>",
        "<condition entityname='new_project' attribute='new_budget' operator='gt' value='{x}'/>",
        "<condition entityname='new_project' attribute='new_regions' operator='contain-values'><value>{x}</value></condition>",
        "<condition entityname='new_project' attribute='new_phase' operator='in'><value> {x} </value></condition>",
        "<condition entityname='new_project' attribute='new_phase' operator='in'><value>{x}</value><value>{y}</value></condition>",
        "<condition entityname='u' attribute='fullname' operator='in'><value>a{x}</value></condition>",
        "<condition entityname='u' attribute='fullname' operator='like' value='{x}%'/>",
        "<condition entityname='a' attribute='createdon' operator='last-x-days' value='{n}'/>",
        "<condition entityname='a' attribute='revenue' operator='between'><value>{x}</value><value>{y}</value></condition>",
        "<condition entityname='a' attribute='revenue' operator='eq' value='{x}0'/>",
        "<condition entityname='a' attribute='name' operator='eq' value='${x}'/>",
    ] {
        text.push_str(&format!("{condition}\n  {}\n", one(condition)));
    }
    expect![[r#"
        <condition attribute='createdon' operator='eq' value='{x}'/>
          <condition attribute='createdon' operator='eq' value='<x: contact.createdon DateTime Compare Value>'/>
        <condition entityname='a' attribute='revenue' operator='gt' value='{x}'/>
          <condition entityname='a' attribute='revenue' operator='gt' value='<x: account.revenue Money Compare Value>'/>
        <condition entityname='u' attribute='isdisabled' operator='eq' value='{x}'/>
          <condition entityname='u' attribute='isdisabled' operator='eq' value='<x: systemuser.isdisabled Boolean Compare Value>'/>
        <condition entityname='new_project' attribute='new_budget' operator='gt' value='{x}'/>
          <condition entityname='new_project' attribute='new_budget' operator='gt' value='<x: new_project.new_budget Money Compare Value>'/>
        <condition entityname='new_project' attribute='new_regions' operator='contain-values'><value>{x}</value></condition>
          <condition entityname='new_project' attribute='new_regions' operator='contain-values'><x: new_project.new_regions Choice List List></condition>
        <condition entityname='new_project' attribute='new_phase' operator='in'><value> {x} </value></condition>
          <condition entityname='new_project' attribute='new_phase' operator='in'><x: new_project.new_phase Choice List List></condition>
        <condition entityname='new_project' attribute='new_phase' operator='in'><value>{x}</value><value>{y}</value></condition>
          <condition entityname='new_project' attribute='new_phase' operator='in'><value><x: new_project.new_phase Choice Compare Value></value><value><y: new_project.new_phase Choice Compare Value></value></condition>
        <condition entityname='u' attribute='fullname' operator='in'><value>a{x}</value></condition>
          <condition entityname='u' attribute='fullname' operator='in'><value>a<x: systemuser.fullname Text Compare Inner></value></condition>
        <condition entityname='u' attribute='fullname' operator='like' value='{x}%'/>
          <condition entityname='u' attribute='fullname' operator='like' value='<x: systemuser.fullname Text Pattern Inner>%'/>
        <condition entityname='a' attribute='createdon' operator='last-x-days' value='{n}'/>
          <condition entityname='a' attribute='createdon' operator='last-x-days' value='<n: account.createdon Integer Number Value>'/>
        <condition entityname='a' attribute='revenue' operator='between'><value>{x}</value><value>{y}</value></condition>
          <condition entityname='a' attribute='revenue' operator='between'><value><x: account.revenue Money Compare Value></value><value><y: account.revenue Money Compare Value></value></condition>
        <condition entityname='a' attribute='revenue' operator='eq' value='{x}0'/>
          error[DV0012]: `{x}0` is put together from pieces; a placeholder is a whole value
          |
        1 | … attribute='revenue' operator='eq' value='{x}0'/></filter><link-entity name='account' …
          |                                            ^^^^
        help: put the value together in Rust, and give it in one placeholder
        <condition entityname='a' attribute='name' operator='eq' value='${x}'/>
          error[DV0012]: `${x}` is a placeholder of another language; here it is written `{x}`
          |
        1 | … attribute='name' operator='eq' value='${x}'/></filter><link-entity name='account' …
          |                                         ^^^^
    "#]].assert_eq(&text);
}

#[test]
fn the_braces_of_a_text_enclose_its_placeholders() {
    use crate::query_macro::holes::holes_in;
    for (text, expected) in [
        ("", Ok(vec![])),
        ("abc", Ok(vec![])),
        ("{a}", Ok(vec![(0..3, "a")])),
        ("{}", Ok(vec![(0..2, "")])),
        ("x{a}y{b}", Ok(vec![(1..4, "a"), (5..8, "b")])),
        ("{a}{b}", Ok(vec![(0..3, "a"), (3..6, "b")])),
        ("{a{b}c}d", Ok(vec![(0..7, "a{b}c")])),
        ("é{ä}ö", Ok(vec![(2..6, "ä")])),
        ("{a", Ok(vec![])),
        ("{a}{b", Ok(vec![(0..3, "a")])),
        ("a}{b}", Ok(vec![(2..5, "b")])),
        ("${a}", Err("`${a}` is a placeholder of another language; here it is written `{a}`")),
        ("{a}@{b}", Err("`@{b}` is a placeholder of another language; here it is written `{b}`")),
        ("$ {a}", Ok(vec![(2..5, "a")])),
    ] {
        let found = holes_in(text).map(|all| all.into_iter().map(|part| (part.range, part.source)).collect());
        assert_eq!(found, expected.map_err(str::to_owned), "{text}");
    }
}
