//! Breaks a text into lines for the formatter of queries. A group of parts is printed on one line if it fits;
//! otherwise all of its line breaks are printed.

/// The maximum length of a line in characters. A longer line is broken where that is possible.
const WIDTH: usize = 100;

/// A text that is still to be broken into lines, with the positions where it may be broken.
pub(super) enum Doc {
    /// A text without line breaks.
    Text(String),
    /// A line break; the given text instead if the enclosing group is printed on one line.
    Line(&'static str),
    /// A line break that is printed in any case.
    Hard,
    /// A part whose lines, except for the first, are indented by the given number of spaces relative to the
    /// lines around it.
    Indent(usize, Box<Doc>),
    /// A part whose lines, except for the first, are indented to the column in which the part begins.
    Align(Box<Doc>),
    /// A part that is printed either on one line, or with a line break at every [`Doc::Line`] in it.
    Group(Box<Doc>),
    /// Several parts, which are printed one after another.
    All(Vec<Doc>),
}

impl Doc {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn group(self) -> Self {
        Self::Group(Box::new(self))
    }

    pub(super) fn align(self) -> Self {
        Self::Align(Box::new(self))
    }

    pub(super) fn indent(self, by: usize) -> Self {
        Self::Indent(by, Box::new(self))
    }

    /// Returns the items with `separator` and a possible line break between them.
    pub(super) fn list(items: impl IntoIterator<Item = Self>, separator: &str) -> Self {
        let mut all = Vec::new();
        for item in items {
            if !all.is_empty() {
                all.extend([Self::text(separator), Self::Line("")]);
            }
            all.push(item);
        }
        Self::All(all)
    }

    /// Returns a list of items between the brackets `open` and `close`, with `separator` between them. If the
    /// list does not fit on one line, each item is on a line of its own, indented by two spaces.
    pub(super) fn bracketed(
        open: &str,
        items: impl IntoIterator<Item = Self>,
        separator: &str,
        close: &str,
    ) -> Self {
        let list = Self::list(items, separator);
        let inner = match &list {
            Self::All(items) if items.is_empty() => list,
            _ => Self::All(vec![Self::Line(""), list]).indent(2),
        };
        Self::All(vec![Self::text(open), inner, Self::text(close)]).group()
    }

    pub(super) fn render(&self) -> String {
        let (mut out, mut column) = (String::new(), 0);
        // The parts to write, the next one last: indentation, whether the group is broken, and the part.
        let mut rest = vec![(0, true, self)];
        while let Some((indent, broken, doc)) = rest.pop() {
            match doc {
                Self::Text(text) => {
                    out.push_str(text);
                    column = match text.rsplit_once('\n') {
                        Some((_, last)) => last.chars().count(),
                        None => column + text.chars().count(),
                    };
                }
                Self::Line(flat) if !broken => {
                    out.push_str(flat);
                    column += flat.len();
                }
                Self::Line(_) | Self::Hard => {
                    out.push('\n');
                    out.extend(std::iter::repeat_n(' ', indent));
                    column = indent;
                }
                Self::Indent(by, inner) => rest.push((indent + by, broken, inner)),
                Self::Align(inner) => rest.push((column, broken, inner)),
                Self::Group(inner) => {
                    let fits = broken && !fits(inner, &rest, WIDTH.saturating_sub(column));
                    rest.push((indent, fits, inner));
                }
                Self::All(all) => rest.extend(all.iter().rev().map(|d| (indent, broken, d))),
            }
        }
        out
    }
}

/// Returns whether `doc`, printed on one line, fits into `width` columns together with the parts that follow
/// it up to the next line break. `behind` are these parts, the last one first, each with its indentation and
/// whether its group is broken.
fn fits(doc: &Doc, behind: &[(usize, bool, &Doc)], width: usize) -> bool {
    let mut behind = behind.iter().rev();
    let mut rest = vec![(false, doc)];
    let mut used = 0;
    loop {
        let (broken, doc) = match rest.pop() {
            Some(next) => next,
            None => match behind.next() {
                Some((_, broken, doc)) => (*broken, *doc),
                None => return true,
            },
        };
        match doc {
            Doc::Text(text) => used += text.chars().count(),
            Doc::Line(_) if broken => return true,
            Doc::Line(flat) => used += flat.len(),
            Doc::Hard => return true,
            Doc::Indent(_, inner) | Doc::Align(inner) | Doc::Group(inner) => rest.push((broken, inner)),
            Doc::All(all) => rest.extend(all.iter().rev().map(|d| (broken, d))),
        }
        if used > width {
            return false;
        }
    }
}
