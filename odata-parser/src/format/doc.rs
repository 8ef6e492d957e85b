//! Breaks a text into lines. A group of parts is printed on one line if it fits, and otherwise broken at all
//! of its line breaks.

/// The longest line that is not broken, in characters.
const WIDTH: usize = 100;

/// A text with the positions where it may be broken.
pub(super) enum Doc {
    /// A text without line breaks.
    Text(String),
    /// A line break, or the given text if the enclosing group is printed on one line.
    Line(&'static str),
    /// A line break that is always printed.
    Hard,
    /// Indents the lines after the first by the given number of spaces, relative to the surrounding lines.
    Indent(usize, Box<Doc>),
    /// Indents the lines after the first to the column where the first begins.
    Align(Box<Doc>),
    /// A part that is either on one line or broken at every [`Doc::Line`].
    Group(Box<Doc>),
    /// Parts, one after another.
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

    /// Returns items with a separator and a line break between them.
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

    /// Returns a list in brackets. If it does not fit on one line, its items are indented by two spaces.
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

/// Returns whether `doc`, with the parts `behind` it up to the next line break, fits into `width` columns.
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
