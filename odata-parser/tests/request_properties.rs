//! Laws of whole requests: printing is undone by parsing, plain and percent-encoded; any text is survived, and what is
//! said about it fits the text that was given.

use dvkit_diagnostic::apply;
use odata_parser::ast::{Expr, Literal, OptionKind, Path, Request, Search};
use odata_parser::visit::Visit;
use odata_parser::{ParseOptions, RequestText, parse_request, parse_request_recovering, url};
use proptest::prelude::*;
use proptest::strategy::Union;

/// A request as a template makes it: the path, and the options with their values, as they are printed.
#[derive(Clone, Debug)]
struct Made {
    path: String,
    options: Vec<(String, String)>,
}

impl Made {
    /// The text with every value as `encode` writes it.
    fn text(&self, encode: impl Fn(&str) -> String) -> String {
        let options: Vec<String> =
            self.options.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let query = if options.is_empty() { "" } else { "?" };
        format!("{}{query}{}", self.path, options.join("&"))
    }
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(texts).prop_map(str::to_owned)
}

/// Texts made of a template: `{}` in it stands for what the strategies give, in order.
fn filled(template: &'static str, parts: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    parts
        .prop_map(move |parts| {
            let mut pieces = template.split("{}");
            let first = pieces.next().unwrap_or("").to_owned();
            pieces.zip(parts).fold(first, |text, (piece, part)| text + &part + piece)
        })
        .boxed()
}

fn joined(
    item: BoxedStrategy<String>,
    separator: &'static str,
    count: std::ops::Range<usize>,
) -> BoxedStrategy<String> {
    prop::collection::vec(item, count).prop_map(move |items| items.join(separator)).boxed()
}

fn names() -> BoxedStrategy<String> {
    one_of(&["name", "_x_value", "größe", "as", "with", "from", "desc", "top", "filter", "identity"]).boxed()
}

fn paths() -> BoxedStrategy<String> {
    one_of(&["name", "a/b", "Ns.Type/a", "a/Ns.Type/b", "_x_value"]).boxed()
}

fn expressions() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        names(),
        one_of(&[
            "1",
            "-1.5",
            "'a;b'",
            "'R&D #1 100%25 +'",
            "'O''Brien'",
            "null",
            "2025-01-31",
            "@p",
            "')'",
            "'/'"
        ]),
        one_of(&[
            "a/b/$count",
            "a/Ns.Type/b",
            "$it/a",
            "$these/aggregate(a with sum)",
            "a/$count($filter=b eq 1)"
        ]),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            filled("({} eq {})", vec![inner.clone(), inner.clone()]),
            filled("({} and {} or {})", vec![inner.clone(), inner.clone(), inner.clone()]),
            filled("contains({},{})", vec![inner.clone(), inner.clone()]),
            filled("a/any(x:{})", vec![inner.clone()]),
            filled("Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[{}])", vec![inner.clone()]),
            filled("(not {})", vec![inner]),
        ]
    })
    .boxed()
}

fn searches() -> BoxedStrategy<String> {
    let leaf = one_of(&["blue", "AND", "OR", "NOT", "\"dark blue\"", "9,81", "$a", "R&D"]).boxed();
    let tree = leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            filled("{} AND {}", vec![inner.clone(), inner.clone()]),
            filled("{} OR {}", vec![inner.clone(), inner.clone()]),
            filled("{} {}", vec![inner.clone(), inner.clone()]),
            filled("NOT {}", vec![inner.clone()]),
            filled("({})", vec![inner]),
        ]
    });
    prop_oneof![9 => tree, 1 => one_of(&["'a (b'", "'\"'"])].boxed()
}

fn orders() -> BoxedStrategy<String> {
    let item = filled("{}{}", vec![expressions(), one_of(&["", " asc", " desc"]).boxed()]);
    joined(item, ",", 1..3)
}

fn computes() -> BoxedStrategy<String> {
    joined(filled("{} as {}", vec![expressions(), names()]), ",", 1..3)
}

fn transformations() -> BoxedStrategy<String> {
    let method = one_of(&["sum", "average", "min", "max", "countdistinct", "Ns.own"]).boxed();
    let from = filled(" from {} with {}", vec![joined(paths(), ",", 1..3), method.clone()]);
    let from = joined(from, "", 0..2);
    let aggregate = prop_oneof![
        filled("{} with {}{} as {}", vec![expressions(), method, from.clone(), names()]),
        filled("$count{} as {}", vec![from, names()]),
        one_of(&["Forecast", "a/Forecast as b", "a from b as c", "Ns.Type with Ns.own as a"]),
    ];
    let key =
        prop_oneof![paths(), one_of(&["rollup(a,b/c)", "rollup(H)", "rolluprecursive($root/N,Q,a/b)"]),]
            .boxed();
    let hierarchy = one_of(&["$root/N,Q,a", "$root/N('x')/M,Q,a/Ns.T/b"]).boxed();
    let leaf = prop_oneof![
        filled("aggregate({})", vec![joined(aggregate.boxed(), ",", 1..4)]),
        filled("filter({})", vec![expressions()]),
        filled("compute({})", vec![computes()]),
        filled("orderby({})", vec![orders()]),
        filled("search({})", vec![searches()]),
        filled("topcount({},{})", vec![expressions(), expressions()]),
        filled("traverse({},preorder,filter({}),{})", vec![hierarchy.clone(), expressions(), names()]),
        one_of(&["identity", "top(3)", "skip(10)", "Ns.F()", "Ns.F(a=1,b='x')"]),
    ]
    .boxed();
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let row = joined(inner, "/", 1..3);
        prop_oneof![
            filled("groupby(({}))", vec![joined(key.clone(), ",", 1..3)]),
            filled("groupby(({}),{})", vec![joined(key.clone(), ",", 1..3), row.clone()]),
            filled("concat({})", vec![joined(row.clone(), ",", 2..4)]),
            filled("nest({} as {})", vec![row.clone(), names()]),
            filled("addnested({},{} as a,{} as b)", vec![paths(), row.clone(), row.clone()]),
            filled("join({} as {})", vec![paths(), names()]),
            filled("outerjoin({} as {},{})", vec![paths(), names(), row.clone()]),
            filled("ancestors({},filter({})/Ns.F(),2,keep start)", vec![hierarchy.clone(), expressions()]),
            row,
        ]
    })
    .boxed()
}

fn option(name: &'static str, value: BoxedStrategy<String>) -> BoxedStrategy<(String, String)> {
    value.prop_map(move |value| (name.to_owned(), value)).boxed()
}

/// ParseOptions that stand at the top and within parentheses; `items` are those of `$expand`.
fn options(items: BoxedStrategy<String>) -> Vec<BoxedStrategy<(String, String)>> {
    let select =
        one_of(&["name", "*", "Ns.*", "Ns.F(a,b)", "address($select=city;$top=1)", "a/b", "@Ns.Term"])
            .boxed();
    vec![
        option("$select", joined(select, ",", 1..4)),
        option("$expand", joined(items, ",", 1..3)),
        option("$filter", expressions()),
        option("$orderby", orders()),
        option("$compute", computes()),
        option("$search", searches()),
        option("$apply", joined(transformations(), "/", 1..3)),
        option("$top", one_of(&["0", "50"]).boxed()),
        option("$skip", one_of(&["7"]).boxed()),
        option("$count", one_of(&["true", "false"]).boxed()),
        option("@p", expressions()),
    ]
}

fn expands() -> BoxedStrategy<String> {
    let leaf = one_of(&["primarycontactid", "a/Ns.T/b", "a/$ref", "a/$count($filter=b eq 1)", "*", "*/$ref"])
        .boxed();
    leaf.prop_recursive(3, 8, 2, |inner| {
        let mut all = options(inner);
        all.push(option("$levels", one_of(&["2", "max"]).boxed()));
        let option = Union::new(all).prop_map(|(name, value)| format!("{name}={value}")).boxed();
        filled("{}({})", vec![one_of(&["tasks", "a/Ns.T/b"]).boxed(), joined(option, ";", 1..3)])
    })
    .boxed()
}

fn requests() -> BoxedStrategy<Made> {
    let path = one_of(&[
        "",
        "accounts",
        "accounts(11111111-2222-3333-4444-555555555555)/tasks",
        "accounts(name='a')/$count",
        "https://o.crm.dynamics.com/api/data/v9.2/accounts",
        "accounts/Microsoft.Dynamics.CRM.F(a=@p,b='x')",
        "$crossjoin(A,B)",
        "A/1/Ns.T/b/$value",
    ]);
    let mut all = options(expands());
    all.extend([
        option("$format", one_of(&["json", "application/json;odata.metadata=full"]).boxed()),
        option("$skiptoken", one_of(&["a=b", "<cookie pagenumber=\"2\" />"]).boxed()),
        option("fetchXml", one_of(&["<fetch><entity name='a&b'/></fetch>"]).boxed()),
        // Elsewhere only the grammar could tell that an apostrophe is a letter, and a `&` behind it would be taken for a
        // part of a text.
        option(
            "$search",
            filled(
                "Daniel's {}",
                vec![searches().prop_map(|s| if s.starts_with('\'') { "x".to_owned() } else { s }).boxed()],
            ),
        ),
        option("tag", one_of(&["", "x=y", "100%25"]).boxed()),
    ]);
    let options = prop::collection::vec(Union::new(all), 0..5);
    (path, options).prop_map(|(path, options)| Made { path, options }).boxed()
}

/// What is in a request, without spans: the debug text of the parts would carry them.
#[derive(Default)]
struct Counts(usize);

impl<'s> Visit<'s> for Counts {
    fn visit_expr(&mut self, expr: &Expr<'s>) {
        self.0 += 1;
        odata_parser::visit::walk_expr(self, expr);
    }
    fn visit_literal(&mut self, _: &Literal<'s>) {
        self.0 += 1;
    }
    fn visit_path(&mut self, path: &Path<'s>) {
        self.0 += 1;
        odata_parser::visit::walk_path(self, path);
    }
    fn visit_search(&mut self, search: &Search<'s>) {
        self.0 += 1;
        odata_parser::visit::walk_search(self, search);
    }
}

fn count(request: &Request<'_>) -> usize {
    let mut counts = Counts::default();
    counts.visit_request(request);
    counts.0
}

/// Parses `text` strictly, expects it to print as `expected`, and gives the number of its parts.
fn prints(text: &str, expected: &str) -> Result<usize, TestCaseError> {
    let source = RequestText::new(text);
    let options = ParseOptions::default();
    let request = match parse_request(&source, &options) {
        Ok(request) => request,
        Err(d) => return Err(TestCaseError::fail(d.display(text).to_string())),
    };
    prop_assert_eq!(request.to_string(), expected);
    prop_assert_eq!(&parse_request_recovering(&source, &options).request, &request);
    for option in &request.options {
        prop_assert_eq!(option.name_span.of(source.decoded()), option.name);
        let piece = source.to_original(option.span);
        prop_assert!(text.get(piece.range()).is_some(), "{:?}", option);
    }
    Ok(count(&request))
}

const SEEDS: &[&str] = &[
    "accounts?$select=name,revenue&$expand=primarycontactid($select=fullname;$expand=createdby($top=1)),tasks/$ref&$top=3",
    "accounts?$apply=filter(a eq 'x')/groupby((b,c/d),aggregate(e with sum as f,$count as g))/orderby(f desc)",
    "a?$apply=concat(topcount(2,b)/identity,addnested(c,compute(d mul 2 as e) as f))&$search=a OR (b \"c d\") NOT e",
    "/api/data/v9.2/accounts(name='a',b=1)/c/$count?$filter=d/any(x:x/e in ('1','2'))&$orderby=f desc,g&@p=[1,2]",
    "a?$apply=ancestors($root/N,Q,ID,filter(contains(b,'c')),2,keep start)/join(d as e,top(1))&$count=true",
    "a?%24filter=name%20eq%20'R%26D'&$compute=a%20add%20b%20as%20c&$search=%22a%20b%22&tag=x+y#z",
];

fn mutations() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "'",
        "\"",
        "(",
        ")",
        "[",
        "{",
        "}",
        ",",
        ";",
        "=",
        "/",
        "&",
        "?",
        "$",
        "@",
        "#",
        "%",
        "%27",
        "%2F",
        "+",
        " ",
        "a",
        "1",
        "é",
        "‘",
        "\n",
        "${x}",
        "{0}",
        "$count",
        "$filter=",
        "&$top=",
        " as ",
        " with ",
        " from ",
        "aggregate(",
        "groupby((",
        "filter(",
        "sum(",
        "count(*)",
        " AND ",
        "NOT ",
        "rollup(",
        "identity",
        "$apply=",
        "$search=",
        "*",
    ]);
    let edit = (any::<prop::sample::Index>(), 0..3_u8, piece);
    (prop::sample::select(SEEDS), prop::collection::vec(edit, 1..5)).prop_map(|(seed, edits)| {
        let mut chars: Vec<String> = seed.chars().map(String::from).collect();
        for (at, what, piece) in edits {
            let at = at.index(chars.len().max(1));
            match what {
                0 if at < chars.len() => drop(chars.remove(at)),
                1 if at < chars.len() => piece.clone_into(&mut chars[at]),
                _ => chars.insert(at.min(chars.len()), piece.to_owned()),
            }
        }
        chars.concat()
    })
}

/// Both entries on any text: no panic, agreement, spans and edits that fit what was given.
fn sound(text: &str) -> Result<(), TestCaseError> {
    let source = RequestText::new(text);
    for placeholders in [false, true] {
        let options = ParseOptions { placeholders, ..ParseOptions::default() };
        let parsed = parse_request_recovering(&source, &options);
        let strict = parse_request(&source, &options);
        prop_assert_eq!(strict.is_ok(), parsed.is_ok(), "{:?} {:?}", strict.err(), parsed.diagnostics);
        for d in &parsed.diagnostics {
            prop_assert!(text.get(d.span.range()).is_some(), "{:?}", d);
            for s in &d.suggestions {
                prop_assert!(apply(text, &s.edits).is_ok(), "{:?}", s);
            }
        }
        count(&parsed.request);
        match strict {
            Ok(request) => {
                prop_assert_eq!(&request, &parsed.request);
                again(&request, &options)?;
            }
            Err(e) => prop_assert_eq!(Some(&e), parsed.diagnostics.iter().find(|d| d.is_error())),
        }
    }
    Ok(())
}

/// A path with the slashes of its texts encoded: bare, they would end a segment.
fn slashes_of_texts(path: &str) -> String {
    let mut within = false;
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        within ^= c == '\'';
        match c {
            '/' if within => out.push_str("%2F"),
            _ => out.push(c),
        }
    }
    out
}

/// What is right prints to something right that prints the same. Printing undoes escapes, so they are put back.
fn again(request: &Request<'_>, options: &ParseOptions) -> Result<(), TestCaseError> {
    let path = request.path.to_string();
    if path.contains(['?', '#', '%', '&', '+']) || request.fragment.is_some() {
        return Ok(());
    }
    let values: Vec<String> = request
        .options
        .iter()
        .map(|o| {
            let name = url::encode(o.name).replace('=', "%3D");
            match &o.kind {
                OptionKind::Custom("") => o.to_string().replace(o.name, &name),
                kind => format!("{name}={}", url::encode(&kind.to_string())),
            }
        })
        .collect();
    let path = slashes_of_texts(&path);
    let text = format!("{}{path}?{}", request.service.map_or("", |(s, _)| s), values.join("&"));
    let source = RequestText::new(&text);
    match parse_request(&source, options) {
        Ok(again) => prop_assert_eq!(
            again.options.iter().map(ToString::to_string).collect::<Vec<_>>(),
            request.options.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "{}",
            text
        ),
        Err(e) => prop_assert!(false, "{} {}", text, e),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printing_is_undone_by_parsing_plain_and_encoded(made in requests()) {
        let expected = made.text(str::to_owned);
        let plain = prints(&made.text(|value| url::escape_delimiters(value).into_owned()), &expected)?;
        let encoded = prints(&made.text(|value| url::encode(value).into_owned()), &expected)?;
        prop_assert_eq!(plain, encoded);
    }

    #[test]
    fn changed_requests_are_survived(text in mutations()) {
        sound(&text)?;
    }

    #[test]
    fn texts_with_slashes_are_survived(text in "a\\(b='(%2F|x|'')?%2F'\\)(/c|/d\\(1\\))?") {
        prop_assert!(parse_request(&RequestText::new(&text), &ParseOptions::default()).is_ok());
        sound(&text)?;
    }

    #[test]
    fn any_text_is_survived(text in "(\\PC|[?&=$@'(){},;/#% ]){0,60}") {
        sound(&text)?;
    }
}
