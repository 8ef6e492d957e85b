//! Offers the elements of FetchXML that are allowed at a position, and whole `<link-entity>` elements for the
//! relationships of a table.

use dvkit_schema::StoreError;
use fetchxml::ast::ELEMENTS;

use super::super::rank::Candidate;
use super::super::{Completer, CompletionKind};
use super::Tags;

/// Returns what an element is for, and its weight among its siblings.
fn description(element: &str) -> (&'static str, i32) {
    match element {
        "fetch" => ("the query", 100),
        "entity" => ("the table of the query", 100),
        "attribute" => ("a column to return", 90),
        "filter" => ("conditions", 80),
        "condition" => ("a condition on a column", 90),
        "order" => ("a column to order by", 70),
        "link-entity" => ("a joined table", 75),
        "all-attributes" => ("every column", 40),
        "no-attrs" => ("no columns", 10),
        "value" => ("one of several values", 50),
        _ => ("", 0),
    }
}

impl<'a> Completer<'a> {
    /// Offers the elements that `parent` may contain. `open` is written before each name.
    pub(super) fn elements(
        &mut self,
        tags: &Tags<'a>,
        parent: Option<usize>,
        open: &str,
    ) -> Result<(), StoreError> {
        let parent_name = parent.and_then(|at| tags.tags.get(at)).map(|tag| tag.name);
        let quote = self.attribute_quote();
        // Attributes or an end that follow belong to the tag that is being renamed.
        let behind = self.behind().trim_start();
        let is_new = !open.is_empty() || behind.is_empty() || behind.starts_with('<');
        for name in ELEMENTS {
            let allowed = match parent_name {
                None => name == "fetch",
                Some(parent) => fetchxml::may_contain(parent, name),
            };
            if !allowed {
                continue;
            }
            let (detail, weight) = description(name);
            let candidate = Candidate::new(name, CompletionKind::Element).detail(detail).weight(weight);
            let rest = match name {
                "fetch" => ">\0</fetch>".to_owned(),
                "filter" => ">\0</filter>".to_owned(),
                "value" => ">\0</value>".to_owned(),
                "entity" => format!(" name={quote}\0{quote}></entity>"),
                "link-entity" => format!(" name={quote}\0{quote}></link-entity>"),
                "attribute" => format!(" name={quote}\0{quote}/>"),
                "order" | "condition" => format!(" attribute={quote}\0{quote}/>"),
                _ => "/>".to_owned(),
            };
            self.push(if is_new { candidate.insert(format!("{open}{name}{rest}")) } else { candidate });
        }
        if is_new && parent_name.is_some_and(|parent| fetchxml::may_contain(parent, "link-entity")) {
            self.link_snippets(tags, parent, open)?;
        }
        Ok(())
    }

    /// Offers the end tag of the element `name`.
    pub(super) fn end_tag(&mut self, name: &'a str, closed: bool) {
        let candidate = Candidate::new(name, CompletionKind::Element).detail("the end of the element");
        self.push(if closed { candidate } else { candidate.insert(format!("{name}>")) });
    }

    /// Offers a whole `<link-entity>` for each relationship of the table of `parent`.
    fn link_snippets(
        &mut self,
        tags: &Tags<'a>,
        parent: Option<usize>,
        open: &str,
    ) -> Result<(), StoreError> {
        let Some(table) = self.scope(tags, parent)? else { return Ok(()) };
        let quote = self.attribute_quote();
        for link in self.links_from(table) {
            let (name, from, to) = (link.table, link.from, link.to);
            let label = format!("link-entity {name} ({})", link.lookup);
            let intersect =
                if link.intersect { format!(" intersect={quote}true{quote}") } else { String::new() };
            let text = format!(
                "{open}link-entity name={quote}{name}{quote} from={quote}{from}{quote} to={quote}{to}{quote}\
                 {intersect}>\0</link-entity>"
            );
            self.push(
                Candidate::new(label, CompletionKind::Snippet)
                    .insert(text)
                    .alias(name)
                    .detail(format!("{from} = {}.{to}", table.logical_name))
                    .weight(link.weight - 60),
            );
        }
        Ok(())
    }
}
