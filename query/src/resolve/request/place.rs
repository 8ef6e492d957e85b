//! Where a resource path leads.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::{Relationship, Table};
use odata_parser::ast::{Call, Path, Segment, SegmentKind};

use super::Place;
use crate::hir::{Extra, ResultShape, Start, Step, Unread, UnreadKind};
use crate::resolve::path::Want;
use crate::resolve::{End, Resolver, Row, Scope, plain_name};

/// The sets of the metadata itself, which no snapshot holds.
const METADATA_SETS: &[&str] = &[
    "EntityDefinitions",
    "RelationshipDefinitions",
    "GlobalOptionSetDefinitions",
    "ManagedPropertyDefinitions",
    "EntityKeyDefinitions",
];

/// The longest segment of a path that the service takes, in characters.
const LONGEST_SEGMENT: usize = 260;

impl<'a> Place<'a> {
    fn new(table: Option<&'a Table>) -> Self {
        Self {
            table,
            start: Start::default(),
            single: false,
            answer: ResultShape::Rows,
            metadata: false,
            complete: true,
        }
    }

    /// Nothing more is known from here on.
    fn lost() -> Self {
        Self { complete: false, ..Self::new(None) }
    }
}

impl<'a> Resolver<'a> {
    /// Follows a resource path; one without segments stays at `table`.
    pub(super) fn place(&mut self, path: &'a Path<'a>, table: Option<&'a Table>) -> Place<'a> {
        let mut segments = path.segments.as_slice();
        self.segment_lengths(segments);
        // A placeholder in front stands for the address of the service.
        while let [Segment { kind: SegmentKind::Placeholder(_), .. }, rest @ ..] = segments {
            if rest.is_empty() || matches!(rest, [Segment { kind: SegmentKind::Key(_), .. }, ..]) {
                return Place::lost();
            }
            segments = rest;
        }
        let Some((first, rest)) = segments.split_first() else {
            let mut place = Place::new(table);
            place.complete = table.is_some();
            return place;
        };
        // `/$count` and `(…)/x` alone go on from the table that was given.
        let (mut place, rest) = match (&first.kind, table) {
            (SegmentKind::Count(_) | SegmentKind::System("$ref"), Some(_)) => (Place::new(table), segments),
            _ => (self.first_segment(first), rest),
        };
        for segment in rest {
            let Some(table) = place.table else { return place };
            place = self.next_segment(place, table, segment);
        }
        place
    }

    /// The entity set, perhaps with an alternate key.
    fn first_segment(&mut self, segment: &'a Segment<'a>) -> Place<'a> {
        let (name, span, call) = match &segment.kind {
            SegmentKind::Name(name) => (*name, segment.span, None),
            SegmentKind::Call(call) => (call.name, call.name_span, Some(call)),
            SegmentKind::System("$metadata" | "$batch") => return Place::lost(),
            SegmentKind::System(word) => {
                let message = format!("Dataverse does not document `{word}`: what follows was not checked");
                self.push(Diagnostic::warning(code::UNSUPPORTED_PATH, segment.span, message));
                return Place::lost();
            }
            _ => {
                let message = "a path begins with an entity set".to_owned();
                self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, "such as `accounts`");
                return Place::lost();
            }
        };
        if METADATA_SETS.iter().any(|s| s.eq_ignore_ascii_case(name)) {
            return Place { metadata: true, ..Place::lost() };
        }
        let exact = self.store.table_by_entity_set(name);
        let entry = exact.or_else(|| self.entity_set_meant(name, span, call));
        let Some(entry) = entry else { return Place::lost() };
        let Some(table) = self.table(&entry.logical_name) else { return Place::lost() };
        let mut place = Place::new(Some(table));
        place.start.entity_set = entry.entity_set.clone().unwrap_or_default();
        if let Some(call) = call {
            match self.key(table, &call.args, Span { start: call.name_span.end, end: segment.span.end }) {
                Some(key) => place.start.key = Some(key),
                None => place.complete = false,
            }
            place.single = true;
        }
        place
    }

    /// A name that is no entity set as it stands: reported, and the table that was meant.
    fn entity_set_meant(
        &mut self,
        name: &str,
        span: Span,
        call: Option<&'a Call<'a>>,
    ) -> Option<&'a dvkit_schema::store::TableEntry> {
        let any_case = self
            .store
            .tables()
            .find(|t| t.entity_set.as_deref().is_some_and(|set| set.eq_ignore_ascii_case(name)));
        if let Some(entry) = any_case {
            let set = entry.entity_set.as_deref().unwrap_or_default();
            let message = format!("names are case-sensitive: `{name}` is spelled `{set}`");
            let d = Diagnostic::error(code::NAME_CASE, span, message);
            self.push(d.suggest(Suggestion::fix(format!("write `{set}`"), span, set)));
            return Some(entry);
        }
        if let Some(entry) = self.store.tables().find(|t| t.logical_name.eq_ignore_ascii_case(name)) {
            let message = format!("`{name}` is the logical name of a table; a URL names its entity set");
            let d = Diagnostic::error(code::ENTITY_SET, span, message);
            let Some(set) = &entry.entity_set else {
                self.push(d.help(match entry.partial {
                    true => "this snapshot knows the table in part, and not its entity set",
                    false => "this table has no entity set: the Web API does not offer its rows",
                }));
                return None;
            };
            self.push(d.suggest(Suggestion::fix(format!("write `{set}`"), span, set.clone())));
            return Some(entry);
        }
        let sets = || {
            self.store
                .tables()
                .filter_map(|t| Some((t.entity_set.as_deref()?, self.store.text(&t.display_name))))
        };
        if self.operation(name, span, call) {
            return None;
        }
        let in_part = self.store.is_partial();
        let slip = if in_part { None } else { suggest::unambiguous_typo(name, sets()) };
        if slip.is_none() && call.is_some() {
            let message = format!("`{name}` is no entity set; what a function gives was not checked");
            self.push(Diagnostic::note(code::NOT_CHECKED, span, message));
            return None;
        }
        let message = format!("there is no entity set `{name}` in this snapshot");
        let mut d = match in_part {
            true => Diagnostic::warning(code::TABLE_NOT_IN_SNAPSHOT, span, message)
                .help("it holds solutions, and those a part of the tables: this was not checked"),
            false => Diagnostic::error(code::UNKNOWN_TABLE, span, message),
        };
        match slip {
            Some(slip) => d = d.suggest(Suggestion::fix(format!("did you mean `{slip}`?"), span, slip)),
            None => {
                for near in suggest::ranked_by(name, sets(), 3) {
                    d = d.suggest(Suggestion::maybe("did you mean", span, near));
                }
            }
        }
        self.push(d);
        self.store.table_by_entity_set(slip?)
    }

    /// One step behind the entity set.
    fn next_segment(
        &mut self,
        mut place: Place<'a>,
        table: &'a Table,
        segment: &'a Segment<'a>,
    ) -> Place<'a> {
        if let (ResultShape::Column(..), false) =
            (&place.answer, matches!(segment.kind, SegmentKind::System("$value")))
        {
            let message = "nothing but `/$value` follows a column".to_owned();
            self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, "");
            return Place { complete: false, ..place };
        }
        match &segment.kind {
            SegmentKind::Key(args) => {
                if place.single {
                    let message = "this is one row already: it takes no key".to_owned();
                    self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, "");
                }
                let key = self.key(table, args, segment.span);
                place.complete &= key.is_some();
                place.single = true;
                match place.start.steps.last_mut() {
                    Some(step) => step.key = key,
                    None => place.start.key = key,
                }
                place
            }
            SegmentKind::Call(call) if !call.name.contains('.') && table.navigation(call.name).is_some() => {
                let name = Segment { span: call.name_span, kind: SegmentKind::Name(call.name) };
                let mut place = self.step_to(place, table, &name, call.name);
                if let Some(table) = place.table {
                    let span = Span { start: call.name_span.end, end: segment.span.end };
                    let key = self.key(table, &call.args, span);
                    place.complete &= key.is_some();
                    place.single = true;
                    if let Some(step) = place.start.steps.last_mut() {
                        step.key = key;
                    }
                }
                place
            }
            SegmentKind::Name(name) => self.step_to(place, table, segment, name),
            SegmentKind::Count(_) => {
                if place.single {
                    let message = "one row is not counted: `/$count` follows a collection".to_owned();
                    self.refuse::<()>(code::COUNT_SEGMENT, segment.span, message, "");
                }
                place.answer = ResultShape::Count;
                place
            }
            SegmentKind::System("$ref") => {
                place.answer = ResultShape::References;
                place
            }
            SegmentKind::System("$value") => {
                if let ResultShape::Column(_, raw) = &mut place.answer {
                    *raw = true;
                    return place;
                }
                let message = "`/$value` follows a column of one row".to_owned();
                self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, "");
                Place { complete: false, ..place }
            }
            SegmentKind::Qualified(name) | SegmentKind::Call(Call { name, .. }) => {
                self.bound(place, name, segment.span)
            }
            SegmentKind::KeySegment(key) => {
                let message = "Dataverse takes the key in parentheses, not as a segment of its own";
                let slash = Span { start: segment.span.start.saturating_sub(1), end: segment.span.end };
                let d = Diagnostic::error(code::UNSUPPORTED_PATH, segment.span, message);
                self.push(d.suggest(Suggestion::fix("put it in parentheses", slash, format!("({key})"))));
                place.single = true;
                place.complete = false;
                place
            }
            SegmentKind::Placeholder(_) => Place::lost(),
            _ => {
                let text = segment.span.of(self.source);
                let message = format!("Dataverse has no `{text}` in a path");
                self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, "");
                Place { complete: false, ..place }
            }
        }
    }

    /// A type cast, or a function or action bound to what the path leads to.
    fn bound(&mut self, mut place: Place<'a>, name: &str, span: Span) -> Place<'a> {
        let bare = name.rsplit('.').next().unwrap_or(name);
        let left = |known: bool| {
            let (kind, element) = (UnreadKind::Segment, String::new());
            Extra::Unread(Unread { kind, element, name: name.to_owned(), value: String::new(), known })
        };
        if let Some(table) = self.store.entry(bare).and_then(|e| self.table(&e.logical_name)) {
            place.table = Some(table);
            self.facts.add(left(true));
            return place;
        }
        // These give rows of the same table.
        if matches!(bare, "RetrieveUnpublished" | "RetrieveUnpublishedMultiple") {
            self.facts.add(left(false));
            return place;
        }
        let message = format!("what the function or action `{bare}` gives was not checked");
        self.push(Diagnostic::note(code::NOT_CHECKED, span, message));
        Place::lost()
    }

    /// A navigation property, or a column of one row.
    fn step_to(
        &mut self,
        mut place: Place<'a>,
        table: &'a Table,
        segment: &Segment<'a>,
        name: &'a str,
    ) -> Place<'a> {
        let relationship = match table.navigation(name) {
            Some(relationship) => relationship,
            None if place.single && table.property(name).is_some() => {
                let row = Row { scope: 0, path: Vec::new(), table };
                if let Some(column) = table.property(name) {
                    place.answer = ResultShape::Column(row.column_ref(column, false), false);
                }
                return place;
            }
            None => match self.navigation_meant(table, segment, name) {
                Some(relationship) => relationship,
                None => return Place::lost(),
            },
        };
        if !place.single {
            let message = format!("`{name}` is followed from one row, and this is a whole table");
            let help = format!("name the row by its key: `…(<guid>)/{name}`");
            self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, &help);
            place.complete = false;
        }
        place.start.steps.push(Step {
            navigation: relationship.navigation.clone().unwrap_or_default(),
            table: relationship.table.clone(),
            key: None,
        });
        place.single = relationship.is_single();
        place.table = self.table(&relationship.table);
        if place.table.is_none() {
            let message = format!(
                "`{name}` leads to the table `{}`, which this snapshot does not hold: what follows was not checked",
                relationship.table
            );
            self.push(Diagnostic::warning(code::TABLE_NOT_IN_SNAPSHOT, segment.span, message));
            place.complete = false;
        }
        place
    }

    /// A name that is no navigation property as it stands: reported, and the one that was meant.
    fn navigation_meant(
        &mut self,
        table: &'a Table,
        segment: &Segment<'a>,
        name: &'a str,
    ) -> Option<&'a Relationship> {
        let lower = name.to_lowercase();
        if let Some(column) = table.column(plain_name(&lower)).filter(|c| c.ty.is_lookup()) {
            return self.lookup_as_path(table, column, name, segment.span, &[]).map(|(r, _)| r);
        }
        // The resolver of paths knows wrong case, slips and the closest names.
        self.scopes.push(Scope { variable: "", table });
        let row = Row { scope: self.scopes.len() - 1, path: Vec::new(), table };
        let end = self.last_name(row, name, segment.span, Want::Navigation);
        self.scopes.pop();
        match end? {
            End::One(_, relationship, _) | End::Many(_, relationship, _) => Some(relationship),
            _ => None,
        }
    }

    fn segment_lengths(&mut self, segments: &[Segment<'_>]) {
        for segment in segments {
            let length = odata_parser::url::encode(segment.span.of(self.source)).len();
            if length > LONGEST_SEGMENT {
                let message =
                    format!("this segment has {length} characters, and Dataverse takes {LONGEST_SEGMENT}");
                let help = "parameter aliases move long values behind the `?`";
                self.refuse::<()>(code::SEGMENT_TOO_LONG, segment.span, message, help);
            }
        }
    }
}
