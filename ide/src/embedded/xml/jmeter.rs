//! Reads the requests in test plans of JMeter, whose path and options are in elements of their own.

use std::collections::BTreeSet;

use super::super::{FoundText, HostTextBuilder, recognize};
use super::parse::Xml;
use super::with_variables;

/// The maximum number of nodes of one request.
const MAX_NODES: usize = 4_000;

/// The requests of a test plan.
#[derive(Default)]
pub(super) struct Requests {
    read: BTreeSet<usize>,
}

impl Requests {
    /// Returns whether the text at `index` belongs to a request.
    pub(super) fn has_read(&self, index: usize) -> bool {
        self.read.contains(&index)
    }

    /// Reads the element at `index` if it is a request with options.
    pub(super) fn element(&mut self, xml: &Xml<'_>, index: usize, found: &mut Vec<FoundText>) {
        if !xml.is(index, "HTTPSamplerProxy") {
            return;
        }
        let (mut path, mut name) = (None, None);
        let mut options = Vec::new();
        for inner in xml.inside(index).take(MAX_NODES) {
            let Some(property) = xml.value(inner, "name") else { continue };
            match property {
                "HTTPSampler.path" => path = Some(inner + 1),
                "Argument.name" => name = Some(inner + 1),
                "Argument.value" => options.push((name.take(), inner + 1)),
                // A property of the value may come before that of the name.
                _ => {}
            }
        }
        // In the files, the value is written before the name as often as behind it.
        if let (Some(last), Some((None, _))) = (name, options.first()) {
            let mut later = last;
            for option in options.iter_mut().rev() {
                let before = option.0.take();
                option.0 = Some(later);
                let Some(before) = before else { break };
                later = before;
            }
        }
        let Some(path) = path.filter(|path| xml.parent(*path).is_some()) else { return };
        let is_option = |name: usize| xml.text(name).0.text().starts_with(['$', 'f']);
        if !options.iter().any(|(name, _)| name.is_some_and(is_option)) {
            return;
        }
        let mut builder = HostTextBuilder::default();
        builder.append(&xml.text(path).0);
        let mut separator = if xml.text(path).0.text().contains('?') { "&" } else { "?" };
        let mut nodes = vec![path];
        for (name, value) in options {
            let Some(name) = name else { continue };
            builder.synthetic(separator);
            separator = "&";
            builder.append(&xml.text(name).0);
            builder.synthetic("=");
            builder.append(&xml.text(value).0);
            nodes.extend([name, value]);
        }
        let whole = with_variables(&builder.finish());
        if let Some(request) = recognize(&whole).into_iter().next() {
            found.push(FoundText::query("request of a test plan", request.text));
            self.read.extend(nodes);
        }
    }
}
