//! Selects the visible parts of a line that is too long to be printed: the underlined parts and some text
//! around them. The other parts are replaced by `…`. The drawing of source lines uses it.

use std::ops::Range;

use super::columns::Line;

/// The maximum width of a printed line in columns. Of a longer line only parts are shown.
pub(super) const MAX_LINE_WIDTH: usize = 100;
/// The maximum width in columns of all underlined parts that are shown together. The first part is always
/// shown, whatever its width.
const MAX_MARKED_WIDTH: usize = 72;
/// The maximum width in columns of an underlined part that is shown completely. Of a wider part only both
/// ends are shown.
const MAX_PART_WIDTH: usize = 48;
/// The width in columns of each end of an underlined part that is not shown completely.
const PART_END_WIDTH: usize = 22;
/// The minimum width in columns of a text that is replaced by `…`.
const MIN_OMITTED_WIDTH: usize = 3;
/// The maximum number of columns by which a cut is moved to reach a space.
const MAX_CUT_SHIFT: usize = 16;

/// The visible form of a line, with the data to map columns of the line to printed columns.
#[derive(Debug)]
pub(super) struct View {
    /// The text to print for the line.
    pub(super) text: String,
    pieces: Vec<VisiblePart>,
    width: usize,
    full: usize,
}

#[derive(Debug)]
struct VisiblePart {
    from: Range<usize>,
    to: usize,
}

impl View {
    /// Returns the visible form of `line`. `marks` are the ranges of columns that must be visible as far as
    /// they fit, the most important one first.
    pub(super) fn new(line: Line<'_>, marks: &[Range<usize>]) -> Self {
        let full = line.width();
        let kept =
            if full <= MAX_LINE_WIDTH { std::iter::once(0..full).collect() } else { choose(line, marks) };
        let mut view = Self { text: String::new(), pieces: Vec::new(), width: 0, full };
        let mut done = 0;
        for range in kept {
            let (text, from) = line.slice(range);
            if from.start > done {
                view.ellipsis();
            }
            view.text.push_str(text);
            done = from.end;
            let to = view.width;
            view.width += from.len();
            view.pieces.push(VisiblePart { from, to });
        }
        if done < full {
            view.ellipsis();
        }
        view
    }

    fn ellipsis(&mut self) {
        self.text.push('…');
        self.width += 1;
    }

    /// Returns the printed columns for the columns `columns` of the line; `None` if the first of them is not
    /// visible.
    pub(super) fn place(&self, columns: &Range<usize>) -> Option<Range<usize>> {
        if !self.shows(columns.start) {
            return None;
        }
        let start = self.column(columns.start);
        let end = self.column(columns.end.saturating_sub(1).max(columns.start)) + 1;
        Some(start..end.max(start + 1))
    }

    fn shows(&self, column: usize) -> bool {
        self.pieces.iter().any(|p| p.from.contains(&column))
            || (column >= self.full && self.pieces.last().is_none_or(|p| p.from.end == self.full))
    }

    /// Returns the printed column for a column of the line. For a column that is not visible, this is the
    /// column of the `…` in its place.
    fn column(&self, column: usize) -> usize {
        for piece in &self.pieces {
            if column < piece.from.start {
                return piece.to.saturating_sub(1);
            }
            if column < piece.from.end {
                return piece.to + (column - piece.from.start);
            }
        }
        match self.pieces.last() {
            Some(last) => last.to + last.from.len(),
            None => 0,
        }
    }
}

/// Returns the ranges of columns to show of a line that is too wide, from left to right. `marks` are the
/// ranges that must be visible as far as they fit, the most important one first.
fn choose(line: Line<'_>, marks: &[Range<usize>]) -> Vec<Range<usize>> {
    let width = line.width();
    // Whole cells are shown, and an escape such as `\u{feff}` is wide, so widths are counted in whole cells.
    let whole = |columns: Range<usize>| line.slice(columns).1;
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        let more: Vec<_> = ends(mark, width).into_iter().map(whole).collect();
        let with: Vec<_> = pieces.iter().chain(&more).cloned().collect();
        if pieces.is_empty() || cost(&merge(with.clone()), width) <= MAX_MARKED_WIDTH {
            pieces = with;
        }
    }
    if pieces.is_empty() {
        pieces.push(0..0);
    }
    let mut kept = merge(pieces.clone());
    for context in 1..=MAX_LINE_WIDTH {
        let grow = |r: &Range<usize>| whole(r.start.saturating_sub(context)..(r.end + context).min(width));
        let wider = merge(pieces.iter().map(grow).collect());
        if cost(&wider, width) > MAX_LINE_WIDTH {
            break;
        }
        kept = wider;
    }
    for range in &mut kept {
        let inside = |p: &&Range<usize>| p.start >= range.start && p.end <= range.end;
        let first = pieces.iter().filter(inside).map(|p| p.start).min().unwrap_or(range.start);
        let last = pieces.iter().filter(inside).map(|p| p.end).max().unwrap_or(range.end);
        if range.start > 0
            && let Some(cut) = line.spaces(range.start..first.min(range.start + MAX_CUT_SHIFT)).next()
        {
            range.start = cut;
        }
        if range.end < width
            && let Some(cut) =
                line.spaces(last.max(range.end.saturating_sub(MAX_CUT_SHIFT))..range.end).next_back()
        {
            range.end = cut + 1;
        }
    }
    kept
}

/// Returns the parts of the range `mark` that must be visible: all of it, or both its ends if it is too wide.
/// `width` is the width of the line in columns.
fn ends(mark: &Range<usize>, width: usize) -> Vec<Range<usize>> {
    let mark = mark.start.min(width)..mark.end.min(width);
    if mark.len() <= MAX_PART_WIDTH {
        return vec![mark];
    }
    vec![mark.start..mark.start + PART_END_WIDTH, mark.end - PART_END_WIDTH..mark.end]
}

/// Returns the ranges from left to right, joined if there are at most [`MIN_OMITTED_WIDTH`] columns between
/// them.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| (r.start, r.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end + MIN_OMITTED_WIDTH => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// Returns the printed width of the ranges in columns, with a `…` in place of each part of the line that is
/// left out. `width` is the width of the line in columns.
fn cost(ranges: &[Range<usize>], width: usize) -> usize {
    let before = usize::from(ranges.first().is_some_and(|r| r.start > 0));
    let after = usize::from(ranges.last().is_some_and(|r| r.end < width));
    ranges.iter().map(ExactSizeIterator::len).sum::<usize>() + ranges.len().saturating_sub(1) + before + after
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)] // lists of ranges
mod tests {
    use super::*;
    use crate::text::columns::Measured;
    use expect_test::expect;

    #[test]
    fn a_column_is_placed_where_its_part_of_the_line_is_printed() {
        // The parts that must be visible, and for columns of the line the printed ones.
        let first: &[Range<usize>] = &[0..48, 252..300];
        let last: &[Range<usize>] = &[252..300, 100..140];
        let two: &[Range<usize>] = &[100..120, 160..170];
        for (width, marks, columns, printed) in [
            // A short line is printed as a whole; the column after its end belongs to it.
            (0, first, 0..1, Some(0..1)),
            (10, first, 3..5, Some(3..5)),
            (10, first, 9..10, Some(9..10)),
            (10, first, 10..11, Some(10..11)),
            // The columns 0 to 98 and `…`; the second part does not fit.
            (300, first, 252..300, None),
            (300, first, 0..48, Some(0..48)),
            (300, first, 98..99, Some(98..99)),
            (300, first, 90..120, Some(90..100)),
            (300, first, 99..100, None),
            (300, first, 299..300, None),
            (300, first, 300..301, None),
            // `…` and the columns 201 to 299; the second part does not fit.
            (300, last, 252..300, Some(52..100)),
            (300, last, 201..202, Some(1..2)),
            (300, last, 300..301, Some(100..101)),
            (300, last, 200..201, None),
            (300, last, 100..140, None),
            (300, last, 0..1, None),
            // `…`, the columns 84 to 135, `…`, the columns 144 to 185, `…`.
            (300, two, 100..120, Some(17..37)),
            (300, two, 160..170, Some(70..80)),
            (300, two, 130..150, Some(47..60)),
            (300, two, 130..141, Some(47..54)),
            (300, two, 180..300, Some(90..97)),
            (300, two, 83..84, None),
            (300, two, 136..137, None),
            (300, two, 143..150, None),
            (300, two, 186..187, None),
            (300, two, 300..301, None),
        ] {
            let text = "x".repeat(width);
            let measured = Measured::new(&text);
            let view = View::new(Line::new(&text, &measured), marks);
            assert_eq!(view.place(&columns), printed, "{columns:?} of {width} in {}", view.text);
        }
    }

    #[test]
    fn a_line_without_marks_shows_its_beginning() {
        for (text, shown) in [
            ("x".repeat(100), "x".repeat(100)),
            ("x".repeat(101), "x".repeat(99) + "…"),
            ("abc ".repeat(30), "abc ".repeat(24) + "…"),
            ("\u{1}".repeat(40), "\\u{1}".repeat(19) + "…"),
        ] {
            let measured = Measured::new(&text);
            assert_eq!(View::new(Line::new(&text, &measured), &[]).text, shown, "{text:?}");
        }
    }

    /// Returns what is printed of a line for each of several lists of marks.
    fn shown(text: &str, marks: &[&[Range<usize>]]) -> String {
        let measured = Measured::new(text);
        let line = Line::new(text, &measured);
        let one = |marks: &&[Range<usize>]| {
            let view = View::new(line, marks);
            let places: Vec<_> = marks.iter().map(|mark| view.place(mark)).collect();
            format!("{marks:?}\n{}\n{places:?}\n", view.text)
        };
        marks.iter().map(one).collect()
    }

    #[test]
    fn a_long_line_is_cut_at_spaces_near_the_marks() {
        let words: String = (100..175).map(|n| format!("{n} ")).collect();
        expect![[r#"
            [0..3]
            100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 …
            [Some(0..3)]
            [4..7]
            100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 …
            [Some(4..7)]
            [40..43]
            100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 …
            [Some(40..43)]
            [60..63]
            … 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 …
            [Some(46..49)]
            [148..151]
            … 126 127 128 129 130 131 132 133 134 135 136 137 138 139 140 141 142 143 144 145 146 147 148 …
            [Some(46..49)]
            [150..150]
            … 126 127 128 129 130 131 132 133 134 135 136 137 138 139 140 141 142 143 144 145 146 147 148 …
            [Some(48..49)]
            [250..253]
            … 151 152 153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 
            [Some(48..51)]
            [292..295]
            … 151 152 153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 
            [Some(90..93)]
            [296..299]
            … 151 152 153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 
            [Some(94..97)]
            [299..300]
            … 151 152 153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 
            [Some(97..98)]
            [300..301]
            … 151 152 153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 
            [Some(98..99)]
            [300..300]
            … 151 152 153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 
            [Some(98..99)]
            [0..300]
            100 101 102 103 104 105 106 107 108 109 110 111 … 163 164 165 166 167 168 169 170 171 172 173 174 
            [Some(0..98)]
            [299..400]
            … 151 152 153 154 155 156 157 158 159 160 161 162 163 164 165 166 167 168 169 170 171 172 173 174 
            [Some(97..99)]
        "#]]
        .assert_eq(&shown(
            &words,
            &[
                &[0..3],
                &[4..7],
                &[40..43],
                &[60..63],
                &[148..151],
                &[150..150],
                &[250..253],
                &[292..295],
                &[296..299],
                &[299..300],
                &[300..301],
                &[300..300],
                &[0..300],
                &[299..400],
            ],
        ));
    }

    #[test]
    fn wide_and_distant_marks_are_shown_as_far_as_they_fit() {
        let text: String = (0..100).map(|n| format!("{n:03}")).collect();
        expect![[r#"
            [100..148]
            …02502602702802903003103203303403503603703803904004104204304404504604704804905005105205305405505605…
            [Some(26..74)]
            [100..149]
            …2502602702802903003103203303403503603703803904004104204304404504604704804905005105205305405505605…
            [Some(25..74)]
            [100..147, 200..210]
            …0300310320330340350360370380390400410420430440450460470480490500510…630640650660670680690700710720…
            [Some(11..58), Some(79..89)]
            [100..120, 170..217]
            …0310320330340350360370380390400410…5405505605705805906006106206306406506606706806907007107207307…
            [Some(8..28), Some(43..90)]
            [100..120, 170..218]
            …0310320330340350360370380390400410…54055056057058059060061062063064065066067068069070071072073074…
            [Some(8..28), Some(43..91)]
            [0..20, 170..218]
            000001002003004005006007008009…53054055056057058059060061062063064065066067068069070071072073074075…
            [Some(0..20), Some(41..89)]
            [0..20, 170..219]
            00000100200300400500600700800…3054055056057058059060061062063064065066067068069070071072073074075…
            [Some(0..20), Some(39..88)]
            [0..20, 252..300]
            00000100200300400500600700800901001…079080081082083084085086087088089090091092093094095096097098099
            [Some(0..20), Some(51..99)]
            [0..20, 251..300]
            00000100200300400500600700800901001…8079080081082083084085086087088089090091092093094095096097098099
            [Some(0..20), Some(51..100)]
            [100..140, 200..240, 20..30]
            …00300400500600700800901001101201…90300310320330340350360370380390400410420430440450460470480490…
            [Some(45..85), None, Some(12..22)]
            [100..140, 20..30, 200..240]
            …00300400500600700800901001101201…90300310320330340350360370380390400410420430440450460470480490…
            [Some(45..85), Some(12..22), None]
            [100..130, 189..215]
            …03003103203303403503603703803904004104204304404504…9060061062063064065066067068069070071072073074…
            [Some(11..41), Some(62..88)]
            [100..130, 190..216]
            …03003103203303403503603703803904004104204304404504…0600610620630640650660670680690700710720730740…
            [Some(11..41), Some(62..88)]
            [100..110, 130..140, 160..170]
            …80290300310320330340350360370380390400410420430440450460470480490500510520530540550560570580590600…
            [Some(15..25), Some(45..55), Some(75..85)]
            [160..170, 130..140, 100..110]
            …80290300310320330340350360370380390400410420430440450460470480490500510520530540550560570580590600…
            [Some(75..85), Some(45..55), Some(15..25)]
            [100..140, 110..120]
            …30240250260270280290300310320330340350360370380390400410420430440450460470480490500510520530540550…
            [Some(30..70), Some(40..50)]
            [110..120, 100..140]
            …30240250260270280290300310320330340350360370380390400410420430440450460470480490500510520530540550…
            [Some(40..50), Some(30..70)]
        "#]].assert_eq(&shown(
            &text,
            &[
                // A mark of 48 columns is shown as a whole, a wider one by its ends.
                &[100..148],
                &[100..149],
                &[100..147, 200..210],
                // Marks of 72 columns together are shown, the `…` between and beside them included.
                &[100..120, 170..217],
                &[100..120, 170..218],
                &[0..20, 170..218],
                &[0..20, 170..219],
                &[0..20, 252..300],
                &[0..20, 251..300],
                // Those that come later are left out first, and a later one that fits is shown.
                &[100..140, 200..240, 20..30],
                &[100..140, 20..30, 200..240],
                // Marks that are near to each other are shown with what is between them, in any order.
                &[100..130, 189..215],
                &[100..130, 190..216],
                &[100..110, 130..140, 160..170],
                &[160..170, 130..140, 100..110],
                &[100..140, 110..120],
                &[110..120, 100..140],
            ],
        ));
    }

    #[test]
    fn a_line_of_wide_cells_is_cut_between_them() {
        let text = "東京 都\u{7}".repeat(40);
        expect![[r#"
            [0..2]
            東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 …
            [Some(0..2)]
            [101..102]
            … 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 …
            [Some(38..39)]
            [100..108]
            … 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 …
            [Some(37..45)]
            [300..312]
            … 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 …
            [Some(33..45)]
            [439..440]
            … 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}
            [Some(52..53)]
            [480..481]
            … 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}東京 都\u{7}
            [Some(93..94)]
        "#]]
        .assert_eq(&shown(
            &text,
            &[&[0..2], &[101..102], &[100..108], &[300..312], &[439..440], &[480..481]],
        ));
    }

    #[test]
    fn ranges_are_joined_over_three_columns() {
        for (ranges, joined) in [
            (vec![], vec![]),
            (vec![1..2], vec![1..2]),
            (vec![5..6, 1..2], vec![1..6]),
            (vec![1..2, 5..6], vec![1..6]),
            (vec![1..2, 6..7], vec![1..2, 6..7]),
            (vec![1..9, 3..4], vec![1..9]),
            (vec![1..4, 3..9], vec![1..9]),
            (vec![1..2, 10..12, 20..22, 24..25], vec![1..2, 10..12, 20..25]),
        ] {
            assert_eq!(merge(ranges.clone()), joined, "{ranges:?}");
        }
        for (ranges, width, expected) in [
            (&[][..], 9, 0),
            (&[0..9], 9, 9),
            (&[1..9], 9, 9),
            (&[2..9], 9, 8),
            (&[0..8], 9, 9),
            (&[0..7], 9, 8),
            (&[1..3], 9, 4),
            (&[0..1, 5..9], 9, 6),
            (&[1..2, 4..5, 7..8], 9, 7),
            (&[0..2, 7..9], 9, 5),
        ] {
            assert_eq!(cost(ranges, width), expected, "{ranges:?} of {width}");
        }
        for (mark, expected) in [
            (10..57, vec![10..57]),
            (10..58, vec![10..58]),
            (10..59, vec![10..32, 37..59]),
            (90..200, vec![90..100]),
            (40..200, vec![40..62, 78..100]),
            (100..101, vec![100..100]),
            (150..151, vec![100..100]),
        ] {
            assert_eq!(ends(&mark, 100), expected, "{mark:?}");
        }
    }
}
