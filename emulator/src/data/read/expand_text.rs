//! The text of `$expand`, split into its expansions and their options.

use odata_parser::url::encode;

/// One expansion as written: the navigation property and its options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ExpandText {
    pub(super) navigation: String,
    /// The options in their order, such as `$select` and `name`.
    options: Vec<(String, String)>,
    /// The expansions in the option `$expand`.
    pub(super) nested: Vec<ExpandText>,
}

impl ExpandText {
    /// Splits the value of `$expand`. The text has been checked, so its parentheses and quotes are balanced.
    pub(super) fn parse(text: &str) -> Vec<Self> {
        split(text, ',').into_iter().map(Self::of_item).collect()
    }

    fn of_item(item: &str) -> Self {
        let (navigation, options) = match item.split_once('(') {
            Some((navigation, options)) => {
                (navigation, options.trim_end().strip_suffix(')').unwrap_or(options))
            }
            None => (item, ""),
        };
        let navigation = navigation.trim();
        let mut expansion = Self {
            navigation: navigation.strip_suffix("/$ref").unwrap_or(navigation).to_owned(),
            ..Self::default()
        };
        for option in split(options, ';') {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let (name, value) = (name.trim(), value.trim());
            if name.is_empty() {
                continue;
            }
            if name == "$expand" {
                expansion.nested = Self::parse(value);
            }
            expansion.options.push((name.to_owned(), value.to_owned()));
        }
        expansion
    }

    /// Returns the options as the query of a URL, with `?` in front; empty if there are none.
    pub(super) fn encoded_options(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.options {
            text.push(if text.is_empty() { '?' } else { '&' });
            text.push_str(&format!("{}={}", encode(name), encode(value)));
        }
        text
    }

    /// Returns the expansion as a context URL shows it: `primarycontactid(fullname)`.
    pub(super) fn in_context(&self) -> String {
        let select = self.options.iter().find(|(name, _)| name == "$select").map(|(_, value)| value.as_str());
        let own = select.into_iter().flat_map(|list| list.split(',')).map(|name| name.trim().to_owned());
        let nested = self.nested.iter().map(Self::in_context);
        format!("{}({})", self.navigation, own.chain(nested).collect::<Vec<_>>().join(","))
    }
}

/// Splits a text at `delimiter` outside of parentheses and quotes.
fn split(text: &str, delimiter: char) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0_usize, false, 0);
    let mut items = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if c == delimiter && depth == 0 => {
                items.extend(text.get(start..at));
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    items.extend(text.get(start..));
    items.retain(|item| !item.trim().is_empty());
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_nested_expansions_are_split() {
        let text = "primarycontactid($select=fullname, emailaddress1),\
                    Account_Tasks($select=subject;$filter=contains(subject,'a;b,(');$expand=ownerid($select=ownerid))";
        let parsed = ExpandText::parse(text);
        let names: Vec<&str> = parsed.iter().map(|e| e.navigation.as_str()).collect();
        assert_eq!(names, ["primarycontactid", "Account_Tasks"]);
        assert_eq!(parsed[0].in_context(), "primarycontactid(fullname,emailaddress1)");
        assert_eq!(parsed[1].in_context(), "Account_Tasks(subject,ownerid(ownerid))");
        assert_eq!(
            parsed[1].encoded_options(),
            "?$select=subject&$filter=contains(subject,'a;b,(')&$expand=ownerid($select=ownerid)"
        );
        assert_eq!(ExpandText::parse("primarycontactid/$ref")[0].navigation, "primarycontactid");
    }
}
