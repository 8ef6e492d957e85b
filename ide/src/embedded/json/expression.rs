//! Reads the expressions of flows, Data Factory and ARM templates within strings: which parts of a string are
//! text, and which are known only when the program runs; and which columns an expression reads.

use std::ops::Range;

use super::super::layers::{bracketed, doubled_quotes, layered, pieces, with_placeholders, without};
use super::super::{HostText, HostTextBuilder};

/// Returns the text of a string, in which expressions are placeholders. `@concat(…)` is put together.
pub(super) fn evaluated(text: &HostText) -> HostText {
    let source = text.text();
    if source.starts_with("@@") {
        return without(text, std::slice::from_ref(&(0..1)));
    }
    let whole = source.strip_prefix('@').filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
    if let Some(expression) = whole {
        return call(text, 1, expression);
    }
    // In ARM templates, `[` begins an expression, and `[[` a text with one bracket.
    let template = source.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(expression) = template.filter(|rest| is_call(rest)) {
        return call(text, 1, expression);
    }
    if source.contains("@{") {
        return interpolated(text);
    }
    text.clone()
}

/// Returns whether an expression is the call of a function of templates.
fn is_call(expression: &str) -> bool {
    let name = expression.split('(').next().unwrap_or_default();
    expression.len() > name.len() && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Returns the text of a string with `@{…}`.
fn interpolated(text: &HostText) -> HostText {
    let source = text.text();
    let is_escaped = |at: usize| source.get(..at).is_some_and(|before| before.ends_with('@'));
    let found: Vec<_> = bracketed(source, "@{", "}", Some('\''))
        .into_iter()
        .filter(|(range, _)| !is_escaped(range.start))
        .map(|(range, expression)| (range, name_of(&expression)))
        .collect();
    with_placeholders(text, &found)
}

/// Returns a name for an expression, which is made of its last words: the column that it reads, if it does.
fn name_of(expression: &str) -> String {
    let last = expression.rsplit('\'').nth(1).filter(|_| expression.contains('\''));
    match last.map(|path| path.rsplit('/').next().unwrap_or(path)) {
        Some(name) if name.contains(|c: char| c.is_ascii_alphanumeric()) => name.to_owned(),
        _ => expression.to_owned(),
    }
}

/// Returns the text of an expression, which begins at `start` of `text`: the parts of `concat`, otherwise one
/// placeholder.
fn call(text: &HostText, start: usize, expression: &str) -> HostText {
    let whole = || std::iter::once(0..expression.len()).collect();
    let arguments = split_call(expression, "concat").unwrap_or_else(whole);
    let mut builder = HostTextBuilder::default();
    for range in arguments {
        let source = expression.get(range.clone()).unwrap_or_default();
        let trimmed = source.trim_start();
        let from = start + range.start + (source.len() - trimmed.len());
        let trimmed = trimmed.trim_end();
        let place = from..from + trimmed.len();
        match string_literal(trimmed) {
            Some(content) => {
                let content = text.slice(from + content.start..from + content.end);
                let decode = |stretch: &str| {
                    pieces(stretch, |rest| rest.starts_with("''").then(|| (2, "'".to_owned())))
                };
                builder.append(&content.decoded(decode, |outer| layered(doubled_quotes(), outer)));
            }
            None => builder.placeholder(text.host_span(place).unwrap_or_default(), &name_of(trimmed)),
        }
    }
    builder.finish()
}

/// Returns the byte range of the content of `'…'`; `None` if the expression is not exactly one text.
fn string_literal(expression: &str) -> Option<Range<usize>> {
    let inner = expression.strip_prefix('\'')?.strip_suffix('\'')?;
    let is_one = inner.replace("''", "").find('\'').is_none();
    is_one.then(|| 1..1 + inner.len())
}

/// Returns the byte ranges of the arguments if `expression` is exactly one call of `function`.
fn split_call(expression: &str, function: &str) -> Option<Vec<Range<usize>>> {
    let name = expression.get(..function.len())?;
    let rest = expression.get(function.len()..)?.trim_start();
    if !name.eq_ignore_ascii_case(function) || !rest.starts_with('(') {
        return None;
    }
    let mut start = expression.len() - rest.len() + 1;
    let mut arguments = Vec::new();
    let (mut quoted, mut depth) = (false, 0_usize);
    let first = start;
    for (at, c) in expression.char_indices().skip_while(|(at, _)| *at < first) {
        match c {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                arguments.push(start..at);
                return expression.get(at + 1..)?.trim().is_empty().then_some(arguments);
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                arguments.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// What an expression reads a column of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A row that the action returns: `outputs('Get')?['body/…']`, `body('Get')?['…']`.
    Action(String),
    /// The row of the trigger: `triggerOutputs()?['body/…']`.
    Trigger,
    /// A row in a loop: `items('Each')?['…']`.
    Loop(String),
}

/// A column that an expression reads.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) origin: Origin,
    /// The byte range of the column's name in the text.
    pub(super) range: Range<usize>,
    /// Whether the name leads to a row, of which a column is read.
    pub(super) is_navigation: bool,
}

/// The maximum length in bytes of a name in brackets.
const MAX_NAME: usize = 512;

/// Returns the offset of `word` in the first bytes of `text`.
fn find_near(text: &str, word: &str) -> Option<usize> {
    let near = text.as_bytes().get(..MAX_NAME.min(text.len()))?;
    memchr::memmem::find(near, word.as_bytes())
}

/// Returns the columns that the expressions in a text read.
pub(super) fn references(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("(")).map(|at| at + from) {
        from = at + 1;
        let before = text.get(..at).unwrap_or_default();
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |before| before + 1);
        let name = before.get(start..).unwrap_or_default();
        let Some((argument, behind)) = argument(text, at + 1) else { continue };
        let path = Path::read(text, behind);
        let (origin, names) = match (name, argument) {
            ("outputs" | "actionOutputs", Some(action)) => (Origin::Action(key(action)), path.below_body()),
            ("body" | "actionBody", Some(action)) => (Origin::Action(key(action)), path.names()),
            ("triggerOutputs", None) => (Origin::Trigger, path.below_body()),
            ("triggerBody", None) => (Origin::Trigger, path.names()),
            ("items", Some(each)) => (Origin::Loop(key(each)), path.names()),
            _ => continue,
        };
        // The rows of a list are in `value`, of which `first(…)` or a number takes one.
        let is_list = names.first().and_then(|range| text.get(range.clone())) == Some("value");
        let column = if is_list {
            match names.get(1) {
                Some(name) => Some(name.clone()),
                None => first_of(text, start, path.end)
                    .and_then(|at| Path::read(text, at).names().first().cloned()),
            }
        } else {
            names.first().cloned()
        };
        if let Some(range) = column.filter(|range| is_column(text.get(range.clone()).unwrap_or_default())) {
            let is_last = names.last().is_none_or(|last| last.start <= range.start);
            found.push(Reference { origin, range, is_navigation: !is_last });
        }
    }
    found
}

/// Returns the list of rows that an expression such as `@outputs('List')?['body/value']` is; `None` if it is
/// something else.
pub(super) fn list_of(expression: &str) -> Option<Origin> {
    let rest = expression.trim().strip_prefix('@')?;
    let rest = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(rest);
    let open = rest.find('(')?;
    let (argument, behind) = argument(rest, open + 1)?;
    let path = Path::read(rest, behind);
    if path.end != rest.len() {
        return None;
    }
    let names = match rest.get(..open)? {
        "outputs" | "actionOutputs" => path.below_body(),
        "body" | "actionBody" => path.names(),
        _ => return None,
    };
    let is_value = names.len() == 1 && rest.get(names.first()?.clone()) == Some("value");
    is_value.then(|| Origin::Action(key(argument.unwrap_or_default())))
}

/// Returns the name of an action as expressions write it: spaces are underscores.
pub(super) fn key(name: &str) -> String {
    name.replace(' ', "_")
}

/// Returns the argument of a call whose content begins at `from`, and the offset behind the call; `None` if it
/// is not a call with one text or none.
fn argument(text: &str, from: usize) -> Option<(Option<&str>, usize)> {
    let rest = text.get(from..)?;
    if rest.starts_with(')') {
        return Some((None, from + 1));
    }
    let content = rest.strip_prefix('\'')?;
    let end = find_near(content, "'")?;
    content.get(end + 1..)?.starts_with(')').then_some(())?;
    Some((content.get(..end), from + end + 3))
}

/// Returns the offset behind `first(` … `)`, if the expression from `start` to `end` is its argument.
fn first_of(text: &str, start: usize, end: usize) -> Option<usize> {
    let before = text.get(..start)?;
    (before.ends_with("first(") || before.ends_with("last(")).then_some(())?;
    text.get(end..)?.starts_with(')').then_some(end + 1)
}

/// The names behind a call: `?['body/value'][0]?['name']`.
struct Path {
    /// The byte ranges of the names between slashes, with the number of the bracket that they are in.
    names: Vec<Range<usize>>,
    first_is_body: bool,
    end: usize,
}

impl Path {
    fn read(text: &str, from: usize) -> Self {
        let mut path = Self { names: Vec::new(), first_is_body: false, end: from };
        while let Some(rest) = text.get(path.end..) {
            let mark = usize::from(rest.starts_with('?'));
            let rest = rest.get(mark..).unwrap_or_default();
            let start = path.end + mark;
            if let Some(content) = rest.strip_prefix("['") {
                let Some(end) = find_near(content, "']") else { break };
                let mut at = start + 2;
                for name in content.get(..end).unwrap_or_default().split('/') {
                    path.names.push(at..at + name.len());
                    at += name.len() + 1;
                }
                path.end = start + 2 + end + 2;
            } else if rest.starts_with('[') {
                let Some(close) = find_near(rest, "]") else { break };
                let is_number = rest.get(1..close).is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
                if !is_number {
                    break;
                }
                path.end = start + close + 1;
            } else if let Some(name) = rest.strip_prefix('.') {
                let length =
                    name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
                if length == 0 {
                    break;
                }
                path.names.push(start + 1..start + 1 + length);
                path.end = start + 1 + length;
            } else {
                break;
            }
        }
        path.first_is_body = path.names.first().and_then(|range| text.get(range.clone())) == Some("body");
        path
    }

    fn names(&self) -> Vec<Range<usize>> {
        self.names.clone()
    }

    /// Returns the names below `body`, if that is the first one.
    fn below_body(&self) -> Vec<Range<usize>> {
        self.names.get(1..).filter(|_| self.first_is_body).unwrap_or_default().to_vec()
    }
}

/// Names that the connector adds to rows.
const OF_CONNECTOR: [&str; 6] =
    ["ItemInternalId", "SdkMessage", "RunAsSystemUserId", "RowVersion", "value", "@odata.id"];

/// Returns whether a name of a row is that of a column or a navigation property: not an annotation, a column
/// of a link (`alias.column`), or what the connector adds.
fn is_column(name: &str) -> bool {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_type_of_lookup = name.starts_with('_') && name.ends_with("_type");
    is_name && !is_type_of_lookup && !OF_CONNECTOR.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(source: &str) -> String {
        evaluated(&HostText::unescaped(source, 0)).text().to_owned()
    }

    #[test]
    fn expressions_are_placeholders() {
        for (source, text) in [
            ("name eq '@{outputs('A')?['body/name']}'", "name eq '{name}'"),
            ("@concat('a eq ''', triggerBody()['x'], ''' and b eq 1')", "a eq '{x}' and b eq 1"),
            ("@variables('filter')", "{filter}"),
            ("@{variables('a}b')} eq 1", "{a_b} eq 1"),
            ("@@name", "@name"),
            ("[concat('$select=a&', parameters('x'))]", "$select=a&{x}"),
            ("a @{ b", "a @{ b"),
            ("@concat('a", "{concat}"),
        ] {
            assert_eq!(evaluate(source), text, "{source}");
        }
    }

    #[test]
    fn columns_of_rows_are_found() {
        for (source, columns) in [
            ("@outputs('Get')?['body/name']", vec!["name"]),
            (
                "@{outputs('Get')?['body']?['name']} @{triggerOutputs()?['body/_x_value']}",
                vec!["name", "_x_value"],
            ),
            ("@first(outputs('List')?['body/value'])?['name']", vec!["name"]),
            ("@body('List')?['value'][0]?['name']", vec!["name"]),
            ("@outputs('List')?['body/value']", vec![]),
            ("@length(outputs('List')?['body/value'])", vec![]),
            ("@items('Each')?['a@OData.Community.Display.V1.FormattedValue']", vec![]),
            ("@items('Each')?['a.b'] items('Each')['c'", vec![]),
            ("@body('Get').name", vec!["name"]),
            ("@outputs('Get')?['headers/x']", vec![]),
        ] {
            let found: Vec<_> = references(source).into_iter().map(|r| &source[r.range]).collect();
            assert_eq!(found, columns, "{source}");
        }
        assert_eq!(list_of("@outputs('A_b')?['body/value']"), Some(Origin::Action("A_b".to_owned())));
        assert_eq!(list_of("@outputs('A')?['body/name']"), None);
    }

    #[test]
    fn each_kind_of_expression_is_told_from_text() {
        for (source, text) in [
            ("name eq 1", "name eq 1"),
            ("@@{a}", "@{a}"),
            ("@1 eq a", "@1 eq a"),
            ("@", "@"),
            ("[f('a')]", "{a}"),
            ("[f('a')", "[f('a')"),
            ("[[f('a')]", "[[f('a')]"),
            ("[('a')]", "[('a')]"),
            ("['a','b']", "['a','b']"),
            ("[a]", "[a]"),
            ("[a b('c')]", "[a b('c')]"),
            ("a@@{b} @{c}", "a@@{b} {c}"),
            ("@{a('b/c')}", "{c}"),
            ("@{a('b/-')}", "{a_b}"),
            ("@{a('')}", "{a}"),
            ("@CONCAT ( 'a' , x('y') , 'b''c', 'd' )", "a{y}b'cd"),
            ("@concat('a', f(1, [2, {3, 4}]), 'b')", "a{f_1_2_3_4}b"),
            ("@concat('a,)b', 'c')", "a,)bc"),
            ("@concat('a') b", "{a}"),
            ("@concat('a', 'b' 'c')", "a{c}"),
            ("@concats('a')", "{a}"),
            ("@concat", "{concat}"),
            ("@concat('')", ""),
        ] {
            assert_eq!(evaluate(source), text, "{source}");
        }
    }

    #[test]
    fn a_part_of_an_expression_is_written_back_with_doubled_quotes() {
        let text = evaluated(&HostText::unescaped("@concat('a eq ', f(), ' and b''')", 0));
        let at = text.text().find(" and").unwrap();
        let edits = text.edits(at + 5..at + 6, "x'").unwrap();
        let shown: Vec<_> = edits.iter().map(|e| (e.start, e.end, e.replacement.as_str())).collect();
        assert_eq!(shown, [(28, 29, "x''")]);
        assert_eq!(text.host_span(2..4), Some(11..13));
        let hole = text.placeholders().next().unwrap();
        assert_eq!(text.host_span(hole), Some(17..20), "the expression itself");
    }

    #[test]
    fn each_reference_has_its_origin_and_its_column() {
        let action = |name: &str| Origin::Action(name.to_owned());
        let each = Origin::Loop("Each_row".to_owned());
        for (source, origin, column, is_navigation) in [
            ("outputs('Get a row')?['body/name']", action("Get_a_row"), "name", false),
            ("actionOutputs('A')['body']['name']", action("A"), "name", false),
            ("body('A')?['name']", action("A"), "name", false),
            ("actionBody('A').name", action("A"), "name", false),
            ("x+triggerBody()?['_a_value']", Origin::Trigger, "_a_value", false),
            ("triggerOutputs()['body']?['a1']", Origin::Trigger, "a1", false),
            ("items('Each row')?['a']", each.clone(), "a", false),
            ("items('Each row')?['a/b']", each.clone(), "a", true),
            ("items('Each row')?['a']?['b']", each.clone(), "a", true),
            ("items('Each row').a.b", each.clone(), "a", true),
            ("items('Each row').a_1-b", each, "a_1", false),
            ("body('A')?['value']?[0]?['a']", action("A"), "a", false),
            ("body('A')?['value'][12].a/b", action("A"), "a", false),
            ("last(body('A')?['value'])?['a']?['b']", action("A"), "a", false),
            ("first(outputs('A')?['body/value'])['a']", action("A"), "a", false),
        ] {
            let found = references(source);
            let shown: Vec<_> =
                found.iter().map(|r| (r.origin.clone(), &source[r.range.clone()], r.is_navigation)).collect();
            assert_eq!(shown, [(origin, column, is_navigation)], "{source}");
        }
        for none in [
            "outputs()?['body/name']",
            "triggerBody('A')?['name']",
            "outputs('A')?['name']",
            "outputs('A')?['body']",
            "variables('A')?['name']",
            "xbody('A')?['name']",
            "body('A')",
            "body('A'",
            "body('A)['a']",
            "body(A)['a']",
            "body('A')['a'",
            "body('A')['']",
            "body('A')[a]['b']",
            "body('A').",
            "body('A')?['value']",
            "length(body('A')?['value'])?['a']",
            "first(body('A')?['value']?['a'",
            "body('A')?['_a_type']",
            "body('A')?['ItemInternalId']",
            "body('A')?['@odata.id']",
            "body('A')?['a.b']",
        ] {
            assert!(references(none).is_empty(), "{none}: {:?}", references(none));
        }
        let named = |length: usize| format!("body('{}')?['name']", "a".repeat(length));
        assert_eq!(references(&named(MAX_NAME - 1)).len(), 1, "the longest name");
        assert!(references(&named(MAX_NAME)).is_empty(), "a name that is too long");
    }

    #[test]
    fn a_list_is_that_of_the_action_that_returns_it() {
        for (expression, name) in [
            ("@outputs('A b')?['body/value']", Some("A_b")),
            (" @{actionOutputs('A')?['body']?['value']} ", Some("A")),
            ("@body('A')?['value']", Some("A")),
            ("@actionBody('A')['value']", Some("A")),
            ("@body('A')?['value']?['x']", None),
            ("@body('A')?['values']", None),
            ("@body('A')?['value'] ", Some("A")),
            ("@body('A')?['value']x", None),
            ("@items('A')?['value']", None),
            ("@{body('A')?['value']", None),
            ("body('A')?['value']", None),
            ("@body", None),
        ] {
            let expected = name.map(|name| Origin::Action(name.to_owned()));
            assert_eq!(list_of(expression), expected, "{expression}");
        }
    }
}
