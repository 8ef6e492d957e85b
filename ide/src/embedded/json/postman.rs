//! Reads collections of requests for Postman, whose URLs are written twice: as a whole (`raw`), and in parts.

use std::collections::BTreeSet;

use super::super::layers::{bracketed, with_placeholders};
use super::super::{FoundText, HostText, HostTextBuilder, recognize};
use super::parse::{Json, Node};

/// Returns `text` with `{{name}}` as placeholders.
pub(in super::super) fn with_variables(text: &HostText) -> HostText {
    if !text.text().contains("{{") {
        return text.clone();
    }
    with_placeholders(text, &bracketed(text.text(), "{{", "}}", None))
}

/// Returns the URLs of requests, and adds the strings that they were read from to `read`.
pub(super) fn read(json: &Json<'_>, read: &mut BTreeSet<usize>) -> Vec<FoundText> {
    let mut found = Vec::new();
    let writes: BTreeSet<usize> = json
        .objects()
        .filter(|request| {
            let method = request.get("method").and_then(Node::raw_string).unwrap_or("GET");
            ["POST", "PATCH", "PUT", "DELETE"].iter().any(|write| method.eq_ignore_ascii_case(write))
        })
        .filter_map(|request| Some(request.get("url")?.index()))
        .collect();
    for url in json.objects().filter(|object| object.key() == Some("url")) {
        let before = found.len();
        let is_write = writes.contains(&url.index());
        let raw = url.get("raw").and_then(|raw| Some((raw.index(), with_variables(&raw.text()?))));
        if let Some((index, _)) = &raw {
            read.insert(*index);
        }
        let whole = raw.as_ref().and_then(|(_, text)| recognize(text).into_iter().next());
        let parts = in_parts(url, false, read);
        let parts_text = recognize(&parts).into_iter().next().map(|query| query.text);
        let Some(whole) = whole else {
            found.extend(parts_text.map(|text| FoundText::query("request in parts", text)));
            mark(&mut found, before, is_write);
            continue;
        };
        let same = |text: &HostText| text.text() == whole.text.text();
        // Parameters that are switched off are in `raw` or not, by the version of the program.
        let copy = parts_text.clone().filter(|text| same(text)).or_else(|| {
            let all = in_parts(url, true, read);
            recognize(&all).into_iter().next().map(|query| query.text).filter(|text| same(text))
        });
        let mut request = FoundText::query("URL of a request", whole.text);
        match copy {
            Some(copy) => request.copies.push(copy),
            None => {
                found.extend(parts_text.map(|text| FoundText::query("request in parts", text)));
            }
        }
        found.push(request);
        mark(&mut found, before, is_write);
    }
    found
}

/// Says of the texts behind the first `before` ones whether they are URLs of a request that writes.
fn mark(found: &mut [FoundText], before: usize, is_write: bool) {
    for text in found.iter_mut().skip(before) {
        text.is_write = is_write;
    }
}

/// Returns the URL that the parts of `url` make. `with_disabled` says whether parameters that are switched off
/// are included.
fn in_parts(url: Node<'_>, with_disabled: bool, read: &mut BTreeSet<usize>) -> HostText {
    let mut builder = HostTextBuilder::default();
    let mut list = |name: &str, separator: &str, builder: &mut HostTextBuilder| {
        for (n, part) in url.get(name).into_iter().flat_map(Node::children).enumerate() {
            let Some(text) = part.text() else { continue };
            if n > 0 {
                builder.synthetic(separator);
            }
            builder.append(&text);
            read.insert(part.index());
        }
    };
    list("host", ".", &mut builder);
    if url.get("path").is_some_and(|path| path.children().next().is_some()) {
        builder.synthetic("/");
    }
    list("path", "/", &mut builder);
    let mut separator = "?";
    for parameter in url.get("query").into_iter().flat_map(Node::children) {
        let is_disabled = parameter.get("disabled").is_some_and(|node| node.raw() == "true");
        let (Some(key), value) = (parameter.get("key"), parameter.get("value")) else { continue };
        read.extend([Some(key), value].into_iter().flatten().map(Node::index));
        if is_disabled && !with_disabled {
            continue;
        }
        let Some(name) = key.text() else { continue };
        builder.synthetic(separator);
        separator = "&";
        builder.append(&name);
        if let Some(value) = value.and_then(Node::text) {
            builder.synthetic("=");
            builder.append(&value);
        }
    }
    with_variables(&builder.finish())
}
