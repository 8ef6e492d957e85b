//! Reads requests whose query options are given as a dictionary, which a library puts into the URL:
//! `requests.get(url, params={"$select": "name"})`, `new URLSearchParams({ $select: "name" })`,
//! `QueryHelpers.AddQueryString(url, options)`, `Invoke-RestMethod -Uri $url -Body @{ '$select' = 'name' }`.
//!
//! The parts become one query: the path of the URL, if that is known, and the options. Their values are encoded
//! by the library, so that the query has them percent-encoded.

use std::sync::Arc;

use tree_sitter::Node;

use crate::embedded::layers::percent_encoded;
use crate::embedded::{EscapeWith, FoundText, HostText, HostTextBuilder, recognize, verbatim};

use super::grammar::{Argument, Call, Entry, Event, Expression, text_of};
use super::reader::Reader;

/// The options of which a dictionary has at least one, with a text as its value.
const OPTIONS: [&str; 5] = ["$select", "$filter", "$expand", "$orderby", "$apply"];

/// The functions and classes that make the query of a URL out of a dictionary.
const ENCODERS: [&str; 4] = ["URLSearchParams", "urlencode", "stringify", "FormUrlEncodedContent"];

/// The members of an argument that contain the dictionary.
const MEMBERS: [&str; 6] = ["params", "query", "searchparams", "qs", "parameters", "queryparams"];

/// The named arguments that contain the URL, in lower case.
const URLS: [&str; 5] = ["url", "uri", "requesturi", "endpoint", "path"];

/// The maximum number of entries of a dictionary that are read.
const MAX_ENTRIES: usize = 64;

impl<'t> Reader<'t> {
    /// Handles a call with the options of a query in a dictionary.
    pub(super) fn parameters(&mut self, call: &Call<'t>) {
        if ENCODERS.contains(&call.name) {
            // Its result is a part of a URL elsewhere.
            return;
        }
        let arguments = call.arguments.get(..call.arguments.len().min(8)).unwrap_or_default();
        let Some((index, options)) =
            arguments.iter().enumerate().find_map(|(n, a)| Some((n, self.given_options(a.value)?)))
        else {
            return;
        };
        let named = |a: &&Argument<'t>| {
            a.name.is_some_and(|name| {
                URLS.iter().any(|url| name.trim_start_matches('-').eq_ignore_ascii_case(url))
            })
        };
        let first = || {
            let positional = arguments.iter().take(index).filter(|a| a.name.is_none());
            // `request("GET", url, …)`
            positional.into_iter().find(|a| !is_method(text_of(a.value, self.source)))
        };
        let url = arguments.iter().find(named).or_else(first).map(|argument| argument.value);
        let mut builder = HostTextBuilder::default();
        let mut separator = "?";
        if let Some(url) = url {
            match self.url(url) {
                Some(text) => {
                    if text.text().contains('?') {
                        separator = "&";
                    }
                    builder.append(&text);
                }
                None => builder.placeholder(url.byte_range(), text_of(url, self.source)),
            }
            builder.end();
        }
        builder.synthetic(separator);
        builder.append(&options);
        for query in recognize(&builder.finish()) {
            self.found.push(FoundText::query("query parameters", query.text));
        }
    }

    /// Returns the options in an argument: a dictionary, the result of an encoder, or a member of an object that is
    /// one of these.
    fn given_options(&mut self, node: Node<'t>) -> Option<HostText> {
        if let Some(text) = self.dictionary(node).or_else(|| self.encoded_options(node)) {
            return Some(text);
        }
        let object = self.resolved_object(node)?;
        let entries = self.grammar.object(object, self.source)?;
        entries.into_iter().take(MAX_ENTRIES).find_map(|entry| {
            let name = text_of(entry.key, self.source)
                .trim_matches(['"', '\''])
                .replace('_', "")
                .to_ascii_lowercase();
            let value = entry.value.unwrap_or(entry.key);
            if !MEMBERS.contains(&name.as_str()) {
                return None;
            }
            self.dictionary(value).or_else(|| self.encoded_options(value))
        })
    }

    /// Returns the text of an expression that makes the query of a URL, such as `new URLSearchParams({…})` and its
    /// conversion to a string; `None` if it is something else.
    pub(super) fn encoded_options(&mut self, node: Node<'t>) -> Option<HostText> {
        let node = self.unwrapped(node);
        let Event::Call(call) = self.grammar.event(node, &[], self.source) else { return None };
        if matches!(call.name, "toString" | "ToString") {
            let receiver = call.receiver?;
            return match self.variable_name(receiver) {
                Some(name) => self.part_of_variable(&name),
                None => self.encoded_options(receiver),
            };
        }
        let first = call.arguments.first().filter(|_| ENCODERS.contains(&call.name))?;
        self.dictionary(first.value)
    }

    /// Returns the options in a dictionary as they are in a URL, without the `?`; `None` if it has none.
    fn dictionary(&mut self, node: Node<'t>) -> Option<HostText> {
        let object = match self.resolved_object(node) {
            Some(object) => object,
            None => initializer(self.unwrapped(node), self.source)?,
        };
        let entries = self.grammar.object(object, self.source)?;
        let entries: Vec<Entry<'t>> = entries.into_iter().take(MAX_ENTRIES).collect();
        if !entries.iter().any(|entry| self.is_option(entry)) {
            return None;
        }
        let mut builder = HostTextBuilder::default();
        let mut separator = "";
        for entry in entries {
            let (Some(key), Some(value)) = (self.option_name(entry.key), entry.value) else { continue };
            builder.synthetic(separator);
            separator = "&";
            builder.append(&key);
            builder.end();
            builder.synthetic("=");
            self.option_value(value, &mut builder);
            builder.end();
        }
        Some(builder.finish())
    }

    /// Returns whether an entry of a dictionary is an option with a text.
    fn is_option(&mut self, entry: &Entry<'t>) -> bool {
        let name = text_of(entry.key, self.source).trim_matches(['"', '\'']);
        let name = name.strip_prefix('`').unwrap_or(name);
        let Some(value) = entry.value.filter(|_| OPTIONS.iter().any(|o| name.eq_ignore_ascii_case(o))) else {
            return false;
        };
        let value = self.unwrapped(value);
        !matches!(self.grammar.expression(value, self.source), Expression::Other)
            || self.grammar.list(value).is_none() && self.grammar.object(value, self.source).is_none()
    }

    /// Returns the name of an option; `None` if a key is something else.
    fn option_name(&mut self, key: Node<'t>) -> Option<HostText> {
        let text = match self.text(key) {
            Some(text) => text,
            // `{ $select: "name" }`
            None if key.kind() == "property_identifier" => {
                let mut builder = HostTextBuilder::default();
                builder.begin(key.start_byte(), Arc::new(EscapeWith(bare_option)));
                builder.plain(key.byte_range(), text_of(key, self.source));
                builder.finish()
            }
            None => return None,
        };
        text.text().starts_with(['$', '@']).then_some(text)
    }

    /// Adds the value of an option.
    fn option_value(&mut self, value: Node<'t>, builder: &mut HostTextBuilder) {
        let inner = self.unwrapped(value);
        let text = match self.text(value) {
            Some(text) => Some(text),
            None => self.variable_name(inner).and_then(|name| self.part_of_variable(&name)),
        };
        if let Some(text) = text {
            return builder.append(&percent_encoded(&text));
        }
        let written = text_of(inner, self.source);
        if !written.is_empty() && written.bytes().all(|b| b.is_ascii_digit()) {
            builder.begin(inner.start_byte(), verbatim());
            builder.plain(inner.byte_range(), written);
        } else if matches!(written.trim_start_matches('$').to_ascii_lowercase().as_str(), "true" | "false") {
            builder.synthetic(&written.trim_start_matches('$').to_ascii_lowercase());
        } else {
            builder.placeholder(value.byte_range(), text_of(value, self.source));
        }
    }

    /// Returns the text of a URL. That of a variable is reported as a part of this query, and not by itself.
    fn url(&mut self, node: Node<'t>) -> Option<HostText> {
        let inner = self.unwrapped(node);
        match self.variable_name(inner) {
            Some(name) => {
                let text = self.text_of_variable(&name)?;
                self.is_used(&name);
                Some(text)
            }
            None => self.text(node),
        }
    }
}

/// Returns the entries of `new Dictionary<string, string> { … }`.
pub(super) fn initializer<'t>(node: Node<'t>, source: &str) -> Option<Node<'t>> {
    let initializer = node.child_by_field_name("initializer")?;
    let class = node.child_by_field_name("type").map(|class| text_of(class, source));
    class.is_none_or(|class| class.contains("Dictionary")).then_some(initializer)
}

/// Returns whether the source of an expression is that of a method of HTTP.
fn is_method(source: &str) -> bool {
    let name = source.trim_matches(['"', '\'', '`']).rsplit('.').next().unwrap_or_default();
    ["get", "post", "patch", "put", "delete", "head"].iter().any(|method| name.eq_ignore_ascii_case(method))
}

/// Returns `text` as the name of a member without quotes; `None` if it cannot be one.
fn bare_option(text: &str) -> Option<String> {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '$').then(|| text.to_owned())
}
