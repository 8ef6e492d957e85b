//! Resolves the resource path of a request, such as `accounts(<id>)/primarycontactid`: an entity set, keys,
//! and navigation properties. The resolver of requests calls it first, because the table of the options
//! depends on the path.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, limits, suggest};
use dvkit_schema::{Relationship, Table};
use odata_parser::ast::{Call, Path, Segment, SegmentKind};

use super::ResourceTarget;
use crate::hir::{NavigationStep, QueryHint, ResultShape, RowSource, UnreadKind, UnreadPart};
use crate::resolve::path::Expect;
use crate::resolve::{PathTarget, Resolver, Row, Scope, plain_name};

/// The names of the entity sets of the metadata, such as `EntityDefinitions`. No snapshot contains them.
const METADATA_SETS: &[&str] = &[
    "EntityDefinitions",
    "RelationshipDefinitions",
    "GlobalOptionSetDefinitions",
    "ManagedPropertyDefinitions",
    "EntityKeyDefinitions",
];

impl<'a> ResourceTarget<'a> {
    fn new(table: Option<&'a Table>) -> Self {
        Self {
            table,
            start: RowSource::default(),
            single: false,
            answer: ResultShape::Rows,
            metadata: false,
            complete: true,
        }
    }

    /// Returns a target without a table, for a path that could not be understood.
    fn unknown() -> Self {
        Self { complete: false, ..Self::new(None) }
    }
}

impl<'a> Resolver<'a> {
    /// Resolves a resource path. `table` is the target if the path is empty.
    pub(super) fn place(&mut self, path: &'a Path<'a>, table: Option<&'a Table>) -> ResourceTarget<'a> {
        let mut segments = path.segments.as_slice();
        self.segment_lengths(segments);
        // A placeholder before the path stands for the address of the service.
        while let [Segment { kind: SegmentKind::Placeholder(_), .. }, rest @ ..] = segments {
            if rest.is_empty() || matches!(rest, [Segment { kind: SegmentKind::Key(_), .. }, ..]) {
                return ResourceTarget::unknown();
            }
            segments = rest;
        }
        let Some((first, rest)) = segments.split_first() else {
            let mut place = ResourceTarget::new(table);
            place.complete = table.is_some();
            return place;
        };
        // `/$count` and `(…)/x` without an entity set continue from the given table.
        let (mut place, rest) = match (&first.kind, table) {
            (SegmentKind::Count(_) | SegmentKind::System("$ref"), Some(_)) => {
                (ResourceTarget::new(table), segments)
            }
            _ => (self.first_segment(first), rest),
        };
        for segment in rest {
            let Some(table) = place.table else { return place };
            place = self.next_segment(place, table, segment);
        }
        place
    }

    /// Resolves the first segment of a path: an entity set, with or without a key, or a call of an operation.
    fn first_segment(&mut self, segment: &'a Segment<'a>) -> ResourceTarget<'a> {
        let (name, span, call) = match &segment.kind {
            SegmentKind::Name(name) => (*name, segment.span, None),
            SegmentKind::Call(call) => (call.name, call.name_span, Some(call)),
            SegmentKind::System("$metadata" | "$batch") => return ResourceTarget::unknown(),
            SegmentKind::System(word) => {
                let message = format!("Dataverse does not document `{word}`: what follows was not checked");
                self.push(Diagnostic::warning(code::UNSUPPORTED_PATH, segment.span, message));
                return ResourceTarget::unknown();
            }
            _ => {
                let message = "a path begins with an entity set".to_owned();
                self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, "such as `accounts`");
                return ResourceTarget::unknown();
            }
        };
        if METADATA_SETS.iter().any(|s| s.eq_ignore_ascii_case(name)) {
            return ResourceTarget { metadata: true, ..ResourceTarget::unknown() };
        }
        let exact = self.store.table_by_entity_set(name);
        let entry = exact.or_else(|| self.entity_set_meant(name, span, call));
        let Some(entry) = entry else { return ResourceTarget::unknown() };
        let Some(table) = self.table(&entry.logical_name) else { return ResourceTarget::unknown() };
        let mut place = ResourceTarget::new(Some(table));
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

    /// Reports the name `name`, which should be an entity set and is not. Returns the table that the name
    /// certainly means; `None` if that is not certain, or if the name is an operation. `call` has the
    /// arguments if parentheses follow the name.
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
        // People make the plural as they would in English.
        let plural = |t: &&dvkit_schema::store::TableEntry| {
            let rest =
                name.get(..t.logical_name.len()).filter(|start| start.eq_ignore_ascii_case(&t.logical_name));
            rest.is_some() && matches!(&name[t.logical_name.len()..], "s" | "es")
        };
        if call.is_none()
            && let Some((entry, set)) =
                self.store.tables().find(plural).and_then(|t| Some((t, t.entity_set.as_deref()?)))
        {
            let message =
                format!("`{name}` is not an entity set; that of `{}` is `{set}`", entry.logical_name);
            let d = Diagnostic::error(code::UNKNOWN_TABLE, span, message);
            self.push(d.suggest(Suggestion::fix(format!("write `{set}`"), span, set)));
            return Some(entry);
        }
        let in_part = self.store.is_partial();
        let slip = if in_part { None } else { suggest::unambiguous_typo(name, sets()) };
        if slip.is_none() && call.is_some() {
            let message = format!("`{name}` is not an entity set; the result of a function was not checked");
            self.push(Diagnostic::note(code::NOT_CHECKED, span, message));
            return None;
        }
        let message = format!("there is no entity set `{name}` in this snapshot");
        let mut d = match in_part {
            true => Diagnostic::warning(code::TABLE_NOT_IN_SNAPSHOT, span, message)
                .help("it holds a part of the tables, so this was not checked; import the organisation's `$metadata` too"),
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

    /// Resolves a segment after the entity set. `place` is the target of the path before this segment, and
    /// `table` is the table of `place`. Returns the target of the path up to and including the segment.
    fn next_segment(
        &mut self,
        mut place: ResourceTarget<'a>,
        table: &'a Table,
        segment: &'a Segment<'a>,
    ) -> ResourceTarget<'a> {
        if let (ResultShape::Column(..), false) =
            (&place.answer, matches!(segment.kind, SegmentKind::System("$value")))
        {
            let message = "nothing but `/$value` follows a column".to_owned();
            self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, "");
            return ResourceTarget { complete: false, ..place };
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
                ResourceTarget { complete: false, ..place }
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
            SegmentKind::Placeholder(_) => ResourceTarget::unknown(),
            _ => {
                let text = segment.span.of(self.source);
                let message = format!("Dataverse has no `{text}` in a path");
                self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, "");
                ResourceTarget { complete: false, ..place }
            }
        }
    }

    /// Resolves a segment with the name `name`, which contains a namespace: a type cast, or a function or
    /// action bound to `place`, the target of the path before the segment. Returns the target of the path up
    /// to and including the segment.
    fn bound(&mut self, mut place: ResourceTarget<'a>, name: &str, span: Span) -> ResourceTarget<'a> {
        let bare = name.rsplit('.').next().unwrap_or(name);
        let left = |known: bool| {
            let (kind, element) = (UnreadKind::Segment, String::new());
            QueryHint::Unread(UnreadPart {
                kind,
                element,
                name: name.to_owned(),
                value: String::new(),
                known,
            })
        };
        if let Some(table) = self.store.entry(bare).and_then(|e| self.table(&e.logical_name)) {
            place.table = Some(table);
            self.facts.add_hint(left(true));
            return place;
        }
        // These functions return rows of the same table.
        if matches!(bare, "RetrieveUnpublished" | "RetrieveUnpublishedMultiple") {
            self.facts.add_hint(left(false));
            return place;
        }
        let message = format!("what the function or action `{bare}` gives was not checked");
        self.push(Diagnostic::note(code::NOT_CHECKED, span, message));
        ResourceTarget::unknown()
    }

    /// Resolves a segment that is a navigation property or a column. `place` is the target of the path before
    /// the segment, and `name` is the name in the segment, without a key. Returns the target of the path up
    /// to and including the segment.
    fn step_to(
        &mut self,
        mut place: ResourceTarget<'a>,
        table: &'a Table,
        segment: &Segment<'a>,
        name: &'a str,
    ) -> ResourceTarget<'a> {
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
                None => return ResourceTarget::unknown(),
            },
        };
        if !place.single {
            let message = format!("`{name}` is followed from one row, and this is a whole table");
            let help = format!("name the row by its key: `…(<guid>)/{name}`");
            self.refuse::<()>(code::UNSUPPORTED_PATH, segment.span, message, &help);
            place.complete = false;
        }
        place.start.steps.push(NavigationStep {
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

    /// Reports the name `name` in a path, which is not a navigation property of `table`. Returns the
    /// navigation property that the name certainly means; `None` if that is not certain.
    fn navigation_meant(
        &mut self,
        table: &'a Table,
        segment: &Segment<'a>,
        name: &'a str,
    ) -> Option<&'a Relationship> {
        let lower = name.to_lowercase();
        if let Some(column) = table.column(plain_name(&lower)).filter(|c| c.ty.is_lookup()) {
            return self.rewrite_lookup_as_path(table, column, name, segment.span, &[]).map(|(r, _)| r);
        }
        // Path resolution handles wrong letter case, typos and similar names.
        self.scopes.push(Scope { variable: "", table });
        let row = Row { scope: self.scopes.len() - 1, path: Vec::new(), table };
        let end = self.resolve_last_segment(row, name, segment.span, Expect::Navigation);
        self.scopes.pop();
        match end? {
            PathTarget::One(_, relationship, _) | PathTarget::Many(_, relationship, _) => Some(relationship),
            _ => None,
        }
    }

    fn segment_lengths(&mut self, segments: &[Segment<'_>]) {
        for segment in segments {
            let length = odata_parser::url::encode(segment.span.of(self.source)).len();
            if length > limits::MAX_PATH_SEGMENT_LENGTH as usize {
                let message = format!(
                    "this segment has {length} characters, and Dataverse takes {}",
                    limits::MAX_PATH_SEGMENT_LENGTH
                );
                let help = "parameter aliases move long values behind the `?`";
                self.refuse::<()>(code::SEGMENT_TOO_LONG, segment.span, message, help);
            }
        }
    }
}
