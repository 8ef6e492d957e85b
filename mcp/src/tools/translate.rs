//! The tool `translate`: writes a query in the other language.

use dvkit_ide::{QueryForm, TranslateOutcome, fetch_url};
use dvkit_translate::Language;
use serde_json::{Value, json};

use super::{Tool, ToolError, Tools, objects, query, text};
use crate::arguments::{
    Arguments, BUDGET, FETCHXML, FILTER, ORG, PLACEHOLDERS, Parameter, ParameterType, QUERY, TABLE,
};
use crate::budget::Answer;

pub(super) const TOOL: Tool = Tool {
    name: "translate",
    title: "Translate a query",
    description: "Translates a query between OData and FetchXML, and says whether the result is exact or how its rows differ. \
A query with mistakes is answered with the findings, the right query and its translation; one that the other language cannot \
express with the reasons, and for FetchXML with the URL that sends it as it is.",
    parameters: &[
        QUERY,
        FILTER,
        FETCHXML,
        TABLE,
        Parameter::new(
            "to",
            ParameterType::OneOf(&["fetchxml", "odata"]),
            "Language of the result; by default the other one",
        ),
        ORG,
        PLACEHOLDERS,
        BUDGET,
    ],
    members,
    call,
};

fn members() -> Value {
    let difference = json!({"kind": text("Kind of the difference"), "text": text("What differs")});
    query::with_members(json!({
        "ok": {"type": "boolean", "description": "Whether the query could be translated as it was given"},
        "to": {"type": "string", "enum": ["fetchxml", "odata"]},
        "exact": {"type": "boolean", "description": "Whether the translation gives the same rows in the same form"},
        "result": text("The translation; of `rewritten` if the query has mistakes"),
        "differences": objects("How the results of the translation differ", difference, &["kind", "text"]),
        "nearest": text("If there is no translation: the translation without the parts that cannot be expressed"),
        "url": text("The relative URL that sends the FetchXML as it is"),
    }))
}

fn call(tools: &Tools, arguments: &Arguments, answer: &mut Answer) -> Result<(), ToolError> {
    let given = query::GivenQuery::read(tools, arguments)?;
    let to = match arguments.text("to") {
        Some("odata") => Language::OData,
        Some(_) => Language::FetchXml,
        None if matches!(given.form, QueryForm::Fetch(_)) => Language::OData,
        None => Language::FetchXml,
    };
    let outcome = translated(tools, &given, to)?;
    let source = given.form.as_str();
    let is_ok = outcome.translation.is_some();
    answer.member("ok", is_ok, if is_ok { "" } else { "refused" });
    answer.member("to", if to == Language::OData { "odata" } else { "fetchxml" }, "");
    let store = tools.workspace().store(given.org)?;
    let mut nearest = outcome.nearest.as_deref();
    let mut result = outcome.translation.as_ref();
    let second;
    if result.is_none() && !outcome.untranslatable {
        // A wrong name in `table` is told like in the other tools.
        let report = given.check(tools)?;
        query::rewritten(answer, given.form, report.rewritten.as_deref());
        if let Some(right) = report.rewritten.as_deref().filter(|right| *right != source) {
            let form = match given.form {
                QueryForm::Filter(_) => QueryForm::Filter(right),
                QueryForm::Request(_) => QueryForm::Request(right),
                QueryForm::Fetch(_) => QueryForm::Fetch(right),
            };
            let given = query::GivenQuery { form, table: given.table.clone(), ..given };
            second = translated(tools, &given, to)?;
            result = second.translation.as_ref();
            nearest = None;
        }
    }
    if let Some(translation) = result {
        let exact = translation.is_exact();
        let form = if to == Language::OData { QueryForm::Request("") } else { QueryForm::Fetch("") };
        let text = query::spelled_out(form, &translation.text);
        answer.member("result", text.as_str(), &text);
        answer.member("exact", exact, if exact { "exact" } else { "not exact:" });
        for difference in &translation.differences {
            let value = json!({"kind": difference.kind.as_str(), "text": difference.text});
            answer.item("differences", value, &format!("{}: {}", difference.kind.as_str(), difference.text));
        }
    } else {
        answer.refuse();
    }
    query::findings(answer, source, &outcome.diagnostics);
    if outcome.untranslatable {
        if let (QueryForm::Fetch(text), Some(query)) = (given.form, &outcome.query)
            && let Some(url) = fetch_url(store, query, text, given.placeholders)
        {
            answer.member("url", url.as_str(), &format!("send it as it is: GET {url}"));
        }
        if let Some(nearest) = nearest {
            answer.member("nearest", nearest, &format!("nearest: {nearest}"));
        }
    }
    Ok(())
}

fn translated(
    tools: &Tools,
    given: &query::GivenQuery<'_>,
    to: Language,
) -> Result<Box<dvkit_translate::TranslationOutcome>, ToolError> {
    match tools.workspace().translate(&given.request(), to)? {
        TranslateOutcome::Translated(outcome) => Ok(outcome),
        TranslateOutcome::NoTable => Err(query::no_table()),
        TranslateOutcome::NoOrg(why) => Err(ToolError::new(why)),
    }
}
