//! Defines the kinds of damage, and does each of them at a random position of a text.

use super::{Language, Numbers};

/// A kind of damage to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// A bracket is missing.
    LostBracket,
    /// A bracket is doubled.
    DoubledBracket,
    /// A quotation mark is missing.
    LostQuote,
    /// A quotation mark is doubled.
    DoubledQuote,
    /// An operator is missing.
    LostOperator,
    /// An operator is doubled.
    DoubledOperator,
    /// A comma or another separator is missing.
    LostComma,
    /// A comma or another separator is doubled.
    DoubledComma,
    /// A space is missing.
    LostSpace,
    /// A space is doubled.
    DoubledSpace,
    /// A letter of a word is missing, doubled, wrong, or swapped with the next one.
    Misspelt,
    /// A word is written with other capitals.
    Case,
    /// A word or sign is replaced by its counterpart in another query language.
    Foreign,
    /// The end of a word is missing.
    CutWord,
    /// The end of the text is missing.
    CutText,
    /// A placeholder replaces a value.
    Placeholder,
    /// Quotation marks or other signs are escaped as in XML.
    Escaped,
}

impl Damage {
    /// All kinds of damage.
    pub const ALL: [Self; 17] = [
        Self::LostBracket,
        Self::DoubledBracket,
        Self::LostQuote,
        Self::DoubledQuote,
        Self::LostOperator,
        Self::DoubledOperator,
        Self::LostComma,
        Self::DoubledComma,
        Self::LostSpace,
        Self::DoubledSpace,
        Self::Misspelt,
        Self::Case,
        Self::Foreign,
        Self::CutWord,
        Self::CutText,
        Self::Placeholder,
        Self::Escaped,
    ];

    /// Returns `text` with this kind of damage at a random position; `None` if the text contains nothing that
    /// could be damaged in this way.
    #[must_use]
    pub fn apply(self, text: &str, language: &Language, numbers: &mut Numbers) -> Option<String> {
        let xml = *language == Language::Fetch;
        let outside = outside_texts(text, xml);
        let at = |wanted: &str| -> Vec<usize> {
            text.char_indices().filter(|(i, c)| wanted.contains(*c) && outside[*i]).map(|(i, _)| i).collect()
        };
        let brackets = if xml { "<>/" } else { "()" };
        let commas = if xml { "=" } else { ",&;/=?$:" };
        let damaged = match self {
            Self::LostBracket => lose(text, *numbers.pick(&at(brackets))?),
            Self::DoubledBracket => double(text, *numbers.pick(&at(brackets))?),
            Self::LostQuote => lose(text, *numbers.pick(&quotes(text, &outside, xml))?),
            Self::DoubledQuote => double(text, *numbers.pick(&quotes(text, &outside, xml))?),
            Self::LostComma => lose(text, *numbers.pick(&at(commas))?),
            Self::DoubledComma => double(text, *numbers.pick(&at(commas))?),
            Self::LostSpace => lose(text, *numbers.pick(&at(" "))?),
            Self::DoubledSpace => double(text, *numbers.pick(&at(" "))?),
            Self::LostOperator | Self::DoubledOperator => {
                let all: Vec<(usize, usize)> =
                    if xml { operators_of_fetch(text) } else { operators(text, &outside) };
                let (from, to) = *numbers.pick(&all)?;
                let word = &text[from..to];
                let new = match (self, xml) {
                    (Self::LostOperator, _) => String::new(),
                    (_, true) => format!("{word}{word}"),
                    _ => format!("{word} {word}"),
                };
                replaced(text, from, to, &new)
            }
            Self::Misspelt => {
                let (from, to) = *numbers.pick(&words(text, &outside, 3))?;
                replaced(text, from, to, &misspelt(&text[from..to], numbers))
            }
            Self::Case => {
                let (from, to) = *numbers.pick(&words(text, &outside, 2))?;
                let word = &text[from..to];
                let mut letters = word.chars();
                let new = match numbers.roll(2) {
                    0 => word.to_uppercase(),
                    _ => letters.next()?.to_uppercase().chain(letters).collect(),
                };
                replaced(text, from, to, &new)
            }
            Self::CutWord => {
                let (from, to) = *numbers.pick(&words(text, &outside, 3))?;
                let keep = 1 + numbers.roll(to - from - 1);
                replaced(text, from + keep, to, "")
            }
            Self::CutText => {
                let ends: Vec<usize> = text.char_indices().skip(1).map(|(i, _)| i).collect();
                text[..*numbers.pick(&ends)?].to_owned()
            }
            Self::Foreign => foreign(text, &outside, xml, numbers)?,
            Self::Placeholder => placeholder(text, xml, numbers)?,
            Self::Escaped => escaped(text, &outside, xml, numbers)?,
        };
        (damaged != text).then_some(damaged)
    }
}

/// Returns, for each byte of the text, whether it is outside of quoted texts. Quotation marks are outside. If
/// `xml` is true, only attribute values count as quoted texts.
fn outside_texts(text: &str, xml: bool) -> Vec<bool> {
    let mut outside = vec![true; text.len()];
    if xml {
        let mut from = 0;
        while let Some(at) = text[from..].find(" value=") {
            let quote = from + at + " value=".len();
            let Some(q) = text[quote..].chars().next() else { break };
            let end = text[quote + 1..].find(q).map_or(text.len(), |n| quote + 1 + n);
            outside[quote + 1..end].fill(false);
            from = end;
        }
        return outside;
    }
    let mut open = false;
    for (i, b) in text.bytes().enumerate() {
        if b == b'\'' {
            open = !open;
        } else {
            outside[i] = !open;
        }
    }
    outside
}

fn lose(text: &str, at: usize) -> String {
    replaced(text, at, at + 1, "")
}

fn double(text: &str, at: usize) -> String {
    replaced(text, at, at, &text[at..=at])
}

fn replaced(text: &str, from: usize, to: usize, new: &str) -> String {
    format!("{}{new}{}", &text[..from], &text[to..])
}

/// Returns the byte offsets of the quotation marks that begin or end a quoted text. `outside` is the result
/// of [`outside_texts`], and `xml` says whether the text is FetchXML.
fn quotes(text: &str, outside: &[bool], xml: bool) -> Vec<usize> {
    let wanted = if xml { "\"'" } else { "'\"" };
    text.char_indices().filter(|(i, c)| wanted.contains(*c) && outside[*i]).map(|(i, _)| i).collect()
}

/// Returns the byte ranges of the words outside of quoted texts that have at least `least` letters, in order.
/// `outside` is the result of [`outside_texts`].
fn words(text: &str, outside: &[bool], least: usize) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut from = None;
    for (i, b) in text.bytes().chain([b' ']).enumerate() {
        let inside = i < text.len() && outside[i] && (b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        match (from, inside) {
            (None, true) if b.is_ascii_alphabetic() || b == b'_' => from = Some(i),
            (Some(start), false) => {
                // A number or a guid is not a word.
                let before = text[..start].bytes().next_back();
                if i - start >= least && !before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'-') {
                    all.push((start, i));
                }
                from = None;
            }
            _ => {}
        }
    }
    all
}

const OPERATORS: [&str; 10] = ["eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "in"];

fn operators(text: &str, outside: &[bool]) -> Vec<(usize, usize)> {
    words(text, outside, 2).into_iter().filter(|(from, to)| OPERATORS.contains(&&text[*from..*to])).collect()
}

/// Returns, in order, the byte ranges of the attributes with the operator of a condition or the type of a
/// filter.
fn operators_of_fetch(text: &str) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for name in [" operator=", " type=", " link-type=", " aggregate="] {
        for (at, _) in text.match_indices(name) {
            let quote = at + name.len();
            let Some(q) = text[quote..].chars().next() else { continue };
            if let Some(n) = text[quote + 1..].find(q) {
                all.push((at, quote + 1 + n + 1));
            }
        }
    }
    all
}

fn misspelt(word: &str, numbers: &mut Numbers) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = numbers.roll(letters.len());
    match numbers.roll(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters[at] = char::from(b'a' + u8::try_from(numbers.roll(26)).unwrap_or(0)),
        _ => letters.swap(at.min(word.len() - 2), (at + 1).min(word.len() - 1)),
    }
    letters.into_iter().collect()
}

/// Words and signs of OData, each with its counterparts in other languages.
const FOREIGN: &[(&str, &[&str])] = &[
    ("eq", &["=", "==", "===", "equals", "equal", "is", "-eq"]),
    ("ne", &["!=", "<>", "neq", "noteq", "not equal", "-ne", "!=="]),
    ("gt", &[">", "&gt;", "greaterthan", "-gt"]),
    ("ge", &[">=", "gte", "=>", "&gt;="]),
    ("lt", &["<", "&lt;", "lessthan"]),
    ("le", &["<=", "lte", "=<", "less"]),
    ("and", &["&&", "AND", "&", "&amp;&amp;", "andalso"]),
    ("or", &["||", "OR", "|", "orelse"]),
    ("not", &["!", "NOT"]),
    ("null", &["NULL", "None", "nil", "undefined", "nul", "''", "empty"]),
    ("true", &["True", "TRUE", "yes", "1", "$true"]),
    ("false", &["False", "FALSE", "no", "0", "$false"]),
    ("contains", &["Contains", "includes", "substringof", "like", "ncontains"]),
    ("startswith", &["StartsWith", "startsWith", "beginswith", "begins-with", "starts_with"]),
    ("endswith", &["EndsWith", "endsWith", "ends-with"]),
    ("desc", &["DESC", "descending", "DESCENDING"]),
    ("asc", &["ASC", "ascending"]),
    ("any", &["Any", "some", "exists"]),
    ("all", &["All", "every"]),
    ("in", &["IN", "within", "="]),
    ("$select", &["$fields", "select", "$columns", "Select"]),
    ("$filter", &["$where", "filter", "$query"]),
    ("$orderby", &["$order", "$sort", "orderby", "$sortby"]),
    ("$top", &["$limit", "$take", "top", "$first"]),
    ("$expand", &["$include", "expand", "$join"]),
];

/// Values of FetchXML's attributes, each with its counterparts in other languages.
const FOREIGN_FETCH: &[(&str, &[&str])] = &[
    ("eq", &["=", "==", "equals", "equal", "is"]),
    ("ne", &["!=", "&lt;&gt;", "not-equal", "noteq", "neq "]),
    ("neq", &["!=", "not-equals"]),
    ("gt", &["&gt;", "greater-than", "greater"]),
    ("ge", &["&gt;=", "gte", "greater-or-equal"]),
    ("lt", &["&lt;", "less-than", "less"]),
    ("le", &["&lt;=", "lte", "less-or-equal"]),
    ("in", &["IN", "any-of", "one-of"]),
    ("not-in", &["nin", "notin", "not in", "NOT IN"]),
    ("null", &["isnull", "is-null", "is null", "nul"]),
    ("not-null", &["nnull", "notnull", "is not null", "isnotnull", "nonnull"]),
    ("like", &["contains", "LIKE", "ilike", "matches"]),
    ("not-like", &["nlike", "notlike", "unlike", "not like", "doesnotcontain"]),
    ("begins-with", &["startswith", "starts-with", "beginswith"]),
    ("not-begin-with", &["notstartswith", "nbegins-with", "doesnotstartwith"]),
    ("ends-with", &["endswith", "end-with"]),
    ("between", &["range", "BETWEEN"]),
    ("not-between", &["nbetween", "notbetween", "outside"]),
    ("on-or-after", &["onorafter", "after", "since"]),
    ("on-or-before", &["onorbefore", "before", "until"]),
    ("eq-userid", &["equaluserid", "me", "current-user"]),
    ("outer", &["left", "leftouter", "left outer", "LEFT", "full"]),
    ("inner", &["join", "INNER", "natural"]),
    ("exists", &["EXISTS", "has"]),
    ("any", &["some", "ANY"]),
    ("not any", &["nany", "none", "notany", "nexists", "not exists"]),
    ("all", &["every", "ALL"]),
    ("not all", &["nall", "notall"]),
    ("avg", &["average", "mean", "AVG"]),
    ("sum", &["total", "SUM", "add"]),
    ("min", &["minimum", "lowest", "least"]),
    ("max", &["maximum", "highest"]),
    ("count", &["COUNT", "number", "counts"]),
    ("countcolumn", &["count-column", "countdistinct"]),
    ("or", &["||", "OR", "any"]),
    ("and", &["&amp;&amp;", "AND", "all"]),
    ("true", &["True", "yes", "1", "TRUE"]),
    ("false", &["False", "no", "0"]),
    ("month", &["MONTH", "months", "monthly"]),
];

fn foreign(text: &str, outside: &[bool], xml: bool, numbers: &mut Numbers) -> Option<String> {
    let mut all: Vec<(usize, usize, &[&str])> = Vec::new();
    if xml {
        for (from, word) in text.match_indices('"').chain(text.match_indices('\'')) {
            let inner = &text[from + 1..];
            let Some(n) = inner.find(word) else { continue };
            let found = FOREIGN_FETCH.iter().filter(|(w, _)| *w == &inner[..n]);
            all.extend(found.map(|(w, others)| (from + 1, from + 1 + w.len(), *others)));
        }
    } else {
        for (from, to) in words(text, outside, 2) {
            let from = if from > 0 && text[..from].ends_with('$') { from - 1 } else { from };
            let found = FOREIGN.iter().filter(|(w, _)| *w == &text[from..to]);
            all.extend(found.map(|(_, others)| (from, to, *others)));
        }
        // A text with the quotation marks of other languages, or an apostrophe escaped as in those.
        let texts: Vec<(usize, usize)> = texts(text);
        if let Some((from, to)) = numbers.pick(&texts).filter(|_| numbers.0.is_multiple_of(4)) {
            let inner = &text[from + 1..to - 1];
            let new = if inner.contains("''") {
                format!("'{}'", inner.replace("''", "\\'"))
            } else {
                format!("\"{inner}\"")
            };
            return Some(replaced(text, *from, *to, &new));
        }
        // A name in the quotation marks or brackets of SQL.
        if numbers.roll(6) == 0 {
            let (from, to) = *numbers.pick(&words(text, outside, 4))?;
            let (a, b) = *numbers.pick(&[("\"", "\""), ("[", "]"), ("`", "`")])?;
            return Some(replaced(text, from, to, &format!("{a}{}{b}", &text[from..to])));
        }
    }
    let (from, to, others) = *numbers.pick(&all)?;
    Some(replaced(text, from, to, numbers.pick(others)?))
}

/// Returns the byte ranges of the quoted texts of a filter, in order, with their quotation marks.
fn texts(text: &str) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find('\'').map(|n| from + n) {
        let mut end = at + 1;
        loop {
            let Some(n) = text[end..].find('\'') else { return all };
            end += n + 1;
            if !text[end..].starts_with('\'') {
                break;
            }
            end += 1;
        }
        all.push((at, end));
        from = end;
    }
    all
}

fn placeholder(text: &str, xml: bool, numbers: &mut Numbers) -> Option<String> {
    let shapes = [
        "{0}",
        "{name}",
        "${id}",
        "@{variables('x')}",
        "@{outputs('Get_row')?['body/name']}",
        "<name>",
        "%name%",
        "$name",
        "{{name}}",
        "[name]",
    ];
    let shape = *numbers.pick(&shapes)?;
    if xml {
        let values: Vec<(usize, usize)> = operand_values(text);
        let (from, to) = *numbers.pick(&values)?;
        return Some(replaced(text, from, to, shape));
    }
    let texts = texts(text);
    if let Some((from, to)) = numbers.pick(&texts).filter(|_| !numbers.0.is_multiple_of(3)) {
        return Some(match numbers.0 % 2 {
            0 => replaced(text, from + 1, to - 1, shape),
            _ => replaced(text, *from, *to, shape),
        });
    }
    let operands: Vec<(usize, usize)> = text
        .match_indices(' ')
        .filter_map(|(at, _)| {
            let before = text[..at].rsplit([' ', '(']).next()?;
            let rest = &text[at + 1..];
            let n = rest.find([' ', ')', '&']).unwrap_or(rest.len());
            (OPERATORS[..6].contains(&before) && !rest.starts_with('\'')).then_some((at + 1, at + 1 + n))
        })
        .collect();
    let (from, to) = *numbers.pick(&operands)?;
    Some(replaced(text, from, to, shape))
}

/// Returns the byte ranges of the values of conditions, in order, without their quotation marks.
fn operand_values(text: &str) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for (at, found) in text.match_indices(" value=") {
        let quote = at + found.len();
        let Some(q) = text[quote..].chars().next() else { continue };
        if let Some(n) = text[quote + 1..].find(q) {
            all.push((quote + 1, quote + 1 + n));
        }
    }
    all
}

/// Returns the text with all quotation marks, or all other signs, escaped as in XML. If `xml` is true, the
/// text is FetchXML, in which they are then escaped once more than needed.
fn escaped(text: &str, outside: &[bool], xml: bool, numbers: &mut Numbers) -> Option<String> {
    if xml {
        let quote = if text.contains('"') { '"' } else { '\'' };
        return match numbers.roll(4) {
            0 => Some(text.replace('<', "&lt;").replace('>', "&gt;")),
            1 => Some(text.replace(quote, "&quot;")),
            2 => Some(text.replace(quote, "\\\"")),
            _ => Some(
                text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
            ),
        };
    }
    let entity = *numbers.pick(&["&apos;", "&#39;", "&#x27;", "%27", "&quot;", "\\'", "’"])?;
    let mut new = String::new();
    for (i, c) in text.char_indices() {
        if c == '\'' && outside[i] { new.push_str(entity) } else { new.push(c) }
    }
    Some(new)
}
