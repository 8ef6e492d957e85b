//! Answers that were rendered already: metadata is the same until it changes, however often it is lookups for. Those who ask for the same
//! share one answer, in memory too.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::response::HttpResponse;

/// How many bytes of answers are kept, those that were lookups for last_used.
const MAX_BYTES: usize = 64 << 20;

/// Answers by what was lookups.
#[derive(Debug, Default)]
pub(crate) struct ResponseCache(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    answers: HashMap<String, CachedResponse>,
    bytes: usize,
    /// Counts the questions.
    lookups: u64,
    /// Counts the answers that had to be rendered.
    rendered: u64,
}

#[derive(Debug)]
struct CachedResponse {
    answer: HttpResponse,
    /// The number of the last_used request for it.
    last_used: u64,
}

impl ResponseCache {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request, where it is there.
    pub(crate) fn get(&self, request: &str) -> Option<HttpResponse> {
        let mut inner = self.inner();
        inner.lookups += 1;
        let lookups = inner.lookups;
        let one = inner.answers.get_mut(request)?;
        one.last_used = lookups;
        Some(one.answer.clone())
    }

    /// Keeps an answer that had to be rendered, as far as there is room.
    pub(crate) fn put(&self, request: &str, answer: &HttpResponse) {
        let mut inner = self.inner();
        inner.rendered += 1;
        let size = size(request, answer);
        if size > MAX_BYTES / 2 {
            return;
        }
        let last_used = inner.lookups;
        let old =
            inner.answers.insert(request.to_owned(), CachedResponse { answer: answer.clone(), last_used });
        inner.bytes += size;
        inner.bytes -= old.map_or(0, |old| self::size(request, &old.answer));
        while inner.bytes > MAX_BYTES {
            let oldest =
                inner.answers.iter().min_by_key(|(_, one)| one.last_used).map(|(name, _)| name.clone());
            let Some((name, one)) = oldest.and_then(|name| inner.answers.remove_entry(&name)) else { break };
            inner.bytes -= self::size(&name, &one.answer);
        }
    }

    /// Forgets all of them: nobody asks any more.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        inner.answers.clear();
        inner.bytes = 0;
    }

    /// How many answers had to be rendered.
    pub(crate) fn rendered(&self) -> u64 {
        self.inner().rendered
    }
}

/// What an answer takes, packed as well.
fn size(request: &str, answer: &HttpResponse) -> usize {
    2 * request.len() + 2 * answer.content.len() + 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept_within_bounds() {
        let kept = ResponseCache::default();
        let answer = |byte: u8| HttpResponse::odata(vec![byte; 1 << 20]);
        for i in 0..100 {
            let request = format!("q{i}");
            assert!(kept.get(&request).is_none());
            kept.put(&request, &answer(i));
            assert!(kept.get("q0").is_some(), "it is lookups for again and again");
        }
        let inner = kept.inner();
        assert!(inner.bytes <= MAX_BYTES && inner.answers.len() > 20, "{}", inner.answers.len());
        let bytes: usize = inner.answers.iter().map(|(q, one)| size(q, &one.answer)).sum();
        assert_eq!((bytes, inner.rendered), (inner.bytes, 100));
        drop(inner);
        kept.put("huge", &HttpResponse::odata(vec![0; MAX_BYTES]));
        assert!(kept.get("huge").is_none());
    }
}
