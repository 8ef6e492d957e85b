//! Reads YAML: pipelines, definitions of interfaces, and the settings of portals. The texts are block scalars,
//! whose scripts are read by the reader of their language, and values on one line.

use std::ops::Range;
use std::sync::Arc;

use super::layers::{bracketed, layered, may_have_query, pieces, push_recognized, with_placeholders};
use super::{
    EscapeWith, Escaping, FoundText, Host, HostText, HostTextBuilder, SourceFile, json_string, markdown,
    nested,
};

/// The keys of scripts, and those beside a script that say its language.
const SHELLS: [&str; 5] = ["shell", "pwsh", "targetType", "task", "scriptType"];

/// The number of lines before and behind a script among which its language is searched.
const MAX_NEAR: usize = 24;

/// A line of a file.
struct Line {
    /// The byte range without the line break.
    range: Range<usize>,
    /// The offset of the first key or value.
    content: usize,
}

/// Returns the texts of a YAML file.
pub(super) fn read(file: &SourceFile) -> Vec<FoundText> {
    let source = file.text();
    let lines = lines(source);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let entry = Entry::read(source, line);
        let value = source.get(entry.value.clone()).unwrap_or_default();
        if let Some(is_folded) = block_header(value) {
            let end = block_end(source, &lines, at + 1, entry.indent);
            let block = lines.get(at + 1..end).unwrap_or_default();
            let raw = block
                .first()
                .zip(block.last())
                .and_then(|(first, last)| source.get(first.range.start..last.range.end));
            if raw.is_some_and(may_have_query) {
                let text = block_text(source, block, is_folded);
                let key = source.get(entry.key.clone()).unwrap_or_default();
                block_texts(&text, key, || language_near(source, &lines, at, end, entry.indent), &mut found);
            }
            at = end;
            continue;
        }
        if may_have_query(value) {
            scalar(source, entry.value, &mut found);
        }
        at += 1;
    }
    found
}

fn lines(source: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        let content = start + text.len() - text.trim_start_matches(' ').len();
        lines.push(Line { range: start..start + text.len(), content });
        start += line.len();
    }
    lines
}

/// A key with its value, or the value of a list.
struct Entry {
    /// The number of spaces before the key, or before the dash of a list.
    indent: usize,
    key: Range<usize>,
    value: Range<usize>,
}

impl Entry {
    fn read(source: &str, line: &Line) -> Self {
        let mut at = line.content;
        let mut indent = at - line.range.start;
        let rest = |at: usize| source.get(at..line.range.end).unwrap_or_default();
        // Dashes of lists within one another.
        while rest(at).starts_with("- ") {
            indent = at - line.range.start;
            at += rest(at).len() - rest(at).get(1..).unwrap_or_default().trim_start().len();
        }
        let text = rest(at);
        let mut entry = Self { indent, key: at..at, value: at..line.range.end };
        if text.starts_with('#') {
            entry.value = line.range.end..line.range.end;
            return entry;
        }
        if let Some(end) = key_end(text) {
            entry.indent = at - line.range.start;
            entry.key = at..at + end;
            let value = text.get(end + 1..).unwrap_or_default();
            entry.value = at + end + 1 + value.len() - value.trim_start().len()..line.range.end;
        }
        entry
    }
}

/// Returns the length of the key at the beginning of a line.
fn key_end(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let from = match quote {
        Some(quote) => text.get(1..)?.find(quote)? + 2,
        None => 0,
    };
    let rest = text.get(from..)?;
    let colon = rest.match_indices(':').find(|(at, _)| {
        rest.get(at + 1..).is_some_and(|behind| behind.is_empty() || behind.starts_with([' ', '\t']))
    })?;
    let key = rest.get(..colon.0)?;
    (quote.is_none_or(|_| key.trim().is_empty()) && !key.contains(['{', '[', '#'])).then_some(from + colon.0)
}

/// Returns whether a value begins a block scalar that is folded (`>`) or not (`|`); `None` if it begins none.
fn block_header(value: &str) -> Option<bool> {
    let header = value.split(" #").next().unwrap_or(value).trim_end();
    let is_folded = header.starts_with('>');
    let rest = header.strip_prefix(['|', '>'])?;
    rest.chars().all(|c| matches!(c, '+' | '-') || c.is_ascii_digit()).then_some(is_folded)
}

/// Returns the number of the first line that is not in the block at `from`, whose key has `indent` spaces before it.
fn block_end(source: &str, lines: &[Line], from: usize, indent: usize) -> usize {
    let is_within = |line: &Line| {
        line.content - line.range.start > indent
            || source.get(line.range.clone()).is_some_and(|text| text.trim().is_empty())
    };
    let within = lines.get(from..).unwrap_or_default().iter().take_while(|line| is_within(line)).count();
    let mut end = from + within;
    // Empty lines at the end are not a part of any text that is looked for.
    while end > from && lines.get(end - 1).is_some_and(|line| line.content == line.range.end) {
        end -= 1;
    }
    end
}

/// Writes the lines of a block with its indentation.
#[derive(Debug)]
struct InBlock {
    indent: usize,
    is_folded: bool,
    line_break: &'static str,
}

impl Escaping for InBlock {
    fn escape(&self, text: &str) -> Option<String> {
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        if text.contains(is_odd) || text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']) {
            return None;
        }
        if self.is_folded {
            // A line break would become a space.
            return (!text.contains('\n')).then(|| text.to_owned());
        }
        Some(text.replace('\n', &format!("{}{}", self.line_break, " ".repeat(self.indent))))
    }
}

/// Returns the text of a block scalar.
fn block_text(source: &str, block: &[Line], is_folded: bool) -> HostText {
    let filled = |line: &&Line| line.content < line.range.end;
    let indent = block.iter().find(filled).map_or(0, |line| line.content - line.range.start);
    let has_carriage =
        block.first().is_some_and(|line| source.get(line.range.end..).is_some_and(|s| s.starts_with('\r')));
    let line_break = if has_carriage { "\r\n" } else { "\n" };
    let escaping: Arc<dyn Escaping> = Arc::new(InBlock { indent, is_folded, line_break });
    let mut builder = HostTextBuilder::default();
    let mut last: Option<(usize, bool)> = None;
    for line in block {
        let start = line.content.min(line.range.start + indent);
        let is_plain = line.content == start && start < line.range.end;
        match last {
            None => builder.begin(start, escaping.clone()),
            Some((end, was_plain)) => {
                // Lines of a folded scalar are joined, except indented and empty ones.
                let meaning = if is_folded && is_plain && was_plain { " " } else { "\n" };
                builder.escape(end..start, meaning);
            }
        }
        builder.plain(start..line.range.end, source.get(start..line.range.end).unwrap_or_default());
        last = Some((line.range.end, is_plain));
    }
    builder.finish()
}

/// Adds the texts of a block scalar with the key `key`. `language` returns what the keys near it say.
fn block_texts(text: &HostText, key: &str, language: impl Fn() -> Option<Host>, found: &mut Vec<FoundText>) {
    let source = text.text();
    let start = source.trim_start();
    let is_script =
        matches!(key, "run" | "script" | "inline" | "inlineScript" | "Inline" | "azurePowerShellScript");
    let host = match key {
        "powershell" | "pwsh" => Host::of_extension("ps1"),
        "python" => Host::of_extension("py"),
        _ if is_script => {
            language().or_else(|| looks_like_powershell(source).then(|| Host::of_extension("ps1")).flatten())
        }
        _ if start.starts_with(['{', '[']) && !start.starts_with("{{") && !start.starts_with("{%") => {
            Some(Host::Json)
        }
        _ if source.contains("{%") || start.starts_with("<!") || start.starts_with("<html") => {
            Some(Host::Html)
        }
        _ => None,
    };
    match host {
        Some(host) => {
            // Expressions of the pipeline are put in before the script runs.
            let text = if source.contains("${{") {
                with_placeholders(text, &bracketed(source, "${{", "}}", None))
            } else {
                text.clone()
            };
            found.extend(nested::read(host, &text));
        }
        None if is_script || matches!(key, "bash" | "sh") => shell(text, found),
        None => markdown::lines(&with_variables(text), found),
    }
}

/// Returns the language that a key beside a script names. The script is in the lines from `key`, which has `indent`
/// spaces before it, up to `end`.
fn language_near(source: &str, lines: &[Line], key: usize, end: usize, indent: usize) -> Option<Host> {
    let dash = |line: &Line| {
        let column = line.content - line.range.start;
        source.get(line.content..line.range.end).is_some_and(|text| text.starts_with("- ")).then_some(column)
    };
    // The step of the pipeline, which is an element of a list.
    let before = lines.get(..=key)?.iter().enumerate().rev().take(MAX_NEAR);
    let (start, column) = before.filter_map(|(n, line)| Some((n, dash(line)?))).find(|(_, c)| *c < indent)?;
    let is_within = |line: &&Line| line.content == line.range.end || line.content - line.range.start > column;
    let behind = lines.get(end..).unwrap_or_default().iter().take(MAX_NEAR).take_while(is_within);
    lines.get(start..key)?.iter().chain(behind).find_map(|line| {
        let entry = Entry::read(source, line);
        let key = source.get(entry.key)?;
        let value = source.get(entry.value)?.trim().trim_matches(['"', '\'']);
        if !SHELLS.contains(&key) {
            return None;
        }
        let is_powershell = (key == "pwsh" && value == "true")
            || value.starts_with("pwsh")
            || value.starts_with("powershell")
            || value.to_ascii_lowercase().contains("powershell@")
            || value == "pscore"
            || value == "ps";
        match value {
            _ if is_powershell => Host::of_extension("ps1"),
            "python" => Host::of_extension("py"),
            _ => None,
        }
    })
}

/// Returns whether a script is one of PowerShell: a line gives a variable a value.
fn looks_like_powershell(script: &str) -> bool {
    script.lines().any(|line| {
        let Some(rest) = line.trim_start().strip_prefix('$') else { return false };
        let name = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | ':')).unwrap_or(rest.len());
        name > 0 && rest.get(name..).is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

/// Adds the queries in the words of a script of a shell.
fn shell(text: &HostText, found: &mut Vec<FoundText>) {
    let source = text.text();
    if source.contains("<fetch") {
        push_recognized("script", &with_variables(text), found);
        return;
    }
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        let (content, end) = match first {
            '#' => (at..at, at + rest.find('\n').unwrap_or(rest.len())),
            '\'' | '"' => {
                let length = word_length(rest.get(1..).unwrap_or_default(), |c| c == first, first == '"');
                (at + 1..at + 1 + length, at + 2 + length)
            }
            c if c.is_whitespace() || matches!(c, '(' | ')' | ';' | '|' | '>' | '<') => {
                (at..at, at + c.len_utf8())
            }
            _ => {
                let length =
                    word_length(rest, |c| c.is_whitespace() || matches!(c, '\'' | '"' | ';' | '|'), true);
                (at..at + length, at + length.max(first.len_utf8()))
            }
        };
        if source.get(content.clone()).is_some_and(may_have_query) {
            let word = text.slice(content);
            let word = if first == '\'' { word } else { expanded(&word) };
            push_recognized("word of a script", &word, found);
        }
        at = end.min(source.len());
        while !source.is_char_boundary(at) {
            at += 1;
        }
    }
}

/// Returns the length of a word up to a character that ends it, which a backslash takes this meaning from.
fn word_length(rest: &str, is_end: impl Fn(char) -> bool, has_backslashes: bool) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices() {
        if !is_escaped && is_end(c) {
            return at;
        }
        is_escaped = has_backslashes && c == '\\' && !is_escaped;
    }
    rest.len()
}

/// Returns a word of a shell, in which `\$` is a dollar sign, and `$NAME` a placeholder.
fn expanded(word: &HostText) -> HostText {
    let special = |c: char| matches!(c, '$' | '"' | '\\' | '`');
    let decode = |stretch: &str| {
        pieces(stretch, |rest| {
            let c =
                rest.strip_prefix('\\')?.chars().next().filter(|c| special(*c) || matches!(c, '&' | '?'))?;
            Some((2, c.to_string()))
        })
    };
    let escaping: Arc<dyn Escaping> = Arc::new(EscapeWith(|text| {
        let mut out = String::new();
        for c in text.chars() {
            if matches!(c, '$' | '"' | '\\' | '`') {
                out.push('\\');
            }
            out.push(c);
        }
        (!text.contains(['\n', '\r'])).then_some(out)
    }));
    let mut places = Vec::new();
    let source = word.text();
    let mut is_escaped = false;
    for (at, c) in source.char_indices() {
        let rest = source.get(at + 1..).filter(|_| c == '$' && !is_escaped).unwrap_or_default();
        is_escaped = c == '\\' && !is_escaped;
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest.get(..length).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
        // `$select=` is meant as it is, though the shell takes it for a variable.
        let is_option = rest.get(length..).is_some_and(|rest| rest.starts_with('='));
        if let Some(name) = name.filter(|_| !is_option) {
            places.push((at..at + 1 + length, name.to_owned()));
        }
    }
    let text = with_variables(&with_placeholders(word, &places));
    text.decoded(decode, |outer| layered(escaping.clone(), outer))
}

/// Returns `text` with `${{ name }}`, `${name}`, `$(name)` and `{{ name }}` as placeholders.
fn with_variables(text: &HostText) -> HostText {
    let mut text = text.clone();
    for (open, close) in [("${{", "}}"), ("{{", "}}"), ("${", "}"), ("$(", ")")] {
        if text.text().contains(open) {
            text = with_placeholders(&text, &bracketed(text.text(), open, close, None));
        }
    }
    text
}

/// Adds the texts of a value on one line.
fn scalar(source: &str, range: Range<usize>, found: &mut Vec<FoundText>) {
    let text = source.get(range.clone()).unwrap_or_default();
    let text = match text.chars().next() {
        Some('"') => double_quoted(text, range.start),
        Some('\'') => single_quoted(text, range.start),
        _ => {
            let end = text.find(" #").unwrap_or(text.len());
            let plain = text.get(..end).unwrap_or_default().trim_end();
            let mut builder = HostTextBuilder::default();
            builder.begin(range.start, Arc::new(EscapeWith(plain_scalar)));
            builder.plain(range.start..range.start + plain.len(), plain);
            Some(builder.finish())
        }
    };
    let Some(text) = text else { return };
    let start = text.text().trim_start();
    if start.starts_with(['{', '[']) && !start.starts_with("{{") {
        // A mapping or a list on one line, or JSON as an example.
        found.extend(nested::read(Host::Json, &text));
    } else {
        push_recognized("value in YAML", &with_variables(&text), found);
    }
}

/// Returns a text as it is written in the middle of a value without quotes; `None` if that cannot contain it.
fn plain_scalar(text: &str) -> Option<String> {
    let is_odd = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    let fits = !text.contains(is_odd)
        && !text.contains('#')
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !text.starts_with(' ');
    fits.then(|| text.to_owned())
}

/// Returns the text of a value in single quotes.
fn single_quoted(text: &str, start: usize) -> Option<HostText> {
    let inner = text.get(1..)?;
    let mut end = 0;
    loop {
        end += inner.get(end..)?.find('\'')?;
        if !inner.get(end + 1..)?.starts_with('\'') {
            break;
        }
        end += 2;
    }
    let mut builder = HostTextBuilder::default();
    let in_quotes: fn(&str) -> Option<String> =
        |text| (!text.contains(|c: char| c.is_control())).then(|| text.replace('\'', "''"));
    builder.begin(start + 1, Arc::new(EscapeWith(in_quotes)));
    quoted(&mut builder, inner.get(..end)?, start + 1, |rest| {
        rest.starts_with("''").then(|| (2, "'".to_owned()))
    });
    Some(builder.finish())
}

/// Returns the text of a value in double quotes.
fn double_quoted(text: &str, start: usize) -> Option<HostText> {
    let inner = text.get(1..)?;
    let mut end = 0;
    for c in inner.chars().scan(false, |escaped, c| {
        let is_end = c == '"' && !*escaped;
        *escaped = c == '\\' && !*escaped;
        (!is_end).then_some(c)
    }) {
        end += c.len_utf8();
    }
    if !inner.get(end..)?.starts_with('"') {
        return None;
    }
    let mut builder = HostTextBuilder::default();
    builder.begin(start + 1, json_string());
    quoted(&mut builder, inner.get(..end)?, start + 1, backslash);
    Some(builder.finish())
}

/// Returns the length and the meaning of the escape sequence at the beginning of `rest`.
fn backslash(rest: &str) -> Option<(usize, String)> {
    let c = rest.strip_prefix('\\')?.chars().next()?;
    let digits = match c {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let number = rest.get(2..2 + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok())?;
        return Some((2 + digits, char::from_u32(number).unwrap_or('\u{fffd}').to_string()));
    }
    let meaning = match c {
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        'r' => "\r".to_owned(),
        '0' => "\0".to_owned(),
        'b' => "\u{8}".to_owned(),
        'f' => "\u{c}".to_owned(),
        other => other.to_string(),
    };
    Some((1 + c.len_utf8(), meaning))
}

/// Adds the content of quotes, which begins at `start`.
fn quoted(
    builder: &mut HostTextBuilder,
    content: &str,
    start: usize,
    sequence: impl Fn(&str) -> Option<(usize, String)>,
) {
    for (range, meaning) in pieces(content, sequence) {
        let host = start + range.start..start + range.end;
        if content.get(range) == Some(meaning.as_str()) {
            builder.plain(host, &meaning);
        } else {
            builder.escape(host, &meaning);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let file = SourceFile::new("a.yml".into(), source.as_bytes().to_vec()).unwrap().unwrap();
        file.found().iter().map(|found| found.text.text().to_owned()).collect()
    }

    #[test]
    fn values_and_blocks_are_read() {
        for (source, texts) in [
            (
                "url: https://x.crm.dynamics.com/api/data/v9.2/accounts?$select=name # all",
                vec!["accounts?$select=name"],
            ),
            (
                "a:\n  - accounts?$select=name\n  - 'contacts?$filter=a eq ''x'''",
                vec!["accounts?$select=name", "contacts?$filter=a eq 'x'"],
            ),
            ("\"k\": \"accounts?$filter=a eq \\\"\\u0041\\x42\\\"\"", vec!["accounts?$filter=a eq \"AB\""]),
            ("q: accounts?$filter=name eq ${{ env.NAME }}", vec!["accounts?$filter=name eq {env_NAME}"]),
            (
                "q: |\n  <fetch>\n    <entity name='account'/>\n  </fetch>\nb: 1",
                vec!["<fetch>\n  <entity name='account'/>\n</fetch>"],
            ),
            ("q: >-\n  accounts?$select=name&\n  $top=1\n", vec!["accounts?$select=name& $top=1"]),
            ("# accounts?$select=name\na: 1", vec![]),
            (
                "- run: |\n    curl \"$URL/api/data/v9.2/accounts?\\$select=name&\\$top=$N\"\n  shell: bash\n",
                vec!["accounts?$select=name&$top={N}"],
            ),
        ] {
            assert_eq!(found(source), texts, "{source}");
        }
    }

    #[cfg(feature = "programs")]
    #[test]
    fn scripts_are_read_in_their_language() {
        let script = "$r = Invoke-RestMethod \"$url/api/data/v9.2/accounts?`$select=name&`$top=$n\"";
        for source in [
            format!("steps:\n- pwsh: |\n    {script}\n"),
            format!(
                "steps:\n- task: PowerShell@2\n  inputs:\n    targetType: inline\n    script: |\n      {script}\n"
            ),
            format!("    - run: |\n        {script}\n      shell: pwsh\n"),
        ] {
            assert_eq!(found(&source), ["accounts?$select=name&$top={n}"], "{source}");
        }
    }
}
