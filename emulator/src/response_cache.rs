//! A cache of responses about metadata, which are valid until the metadata changes. The cached response and
//! the returned clones share their content.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::response::HttpResponse;

/// The most bytes of responses that are kept. The least recently used responses are removed first.
const MAX_BYTES: usize = 64 << 20;

/// The cached responses, by the URL of the request.
#[derive(Debug, Default)]
pub(crate) struct ResponseCache(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    responses: HashMap<String, CachedResponse>,
    bytes: usize,
    /// The number of lookups so far; it serves as a clock for `last_used`.
    lookups: u64,
    /// The number of responses that were not in the cache and had to be rendered.
    rendered: u64,
}

#[derive(Debug)]
struct CachedResponse {
    response: HttpResponse,
    /// The number of the last lookup that returned this response.
    last_used: u64,
}

impl ResponseCache {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the cached response to the request with this URL, or `None` if there is none.
    pub(crate) fn get(&self, request: &str) -> Option<HttpResponse> {
        let mut inner = self.inner();
        inner.lookups += 1;
        let lookups = inner.lookups;
        let one = inner.responses.get_mut(request)?;
        one.last_used = lookups;
        Some(one.response.clone())
    }

    /// Adds a rendered response to the request with this URL. Removes the least recently used responses if
    /// the cache would become too large.
    pub(crate) fn put(&self, request: &str, response: &HttpResponse) {
        let mut inner = self.inner();
        inner.rendered += 1;
        let size = size(request, response);
        if size > MAX_BYTES / 2 {
            return;
        }
        let last_used = inner.lookups;
        let old = inner
            .responses
            .insert(request.to_owned(), CachedResponse { response: response.clone(), last_used });
        inner.bytes += size;
        inner.bytes -= old.map_or(0, |old| self::size(request, &old.response));
        while inner.bytes > MAX_BYTES {
            let oldest =
                inner.responses.iter().min_by_key(|(_, one)| one.last_used).map(|(name, _)| name.clone());
            let Some((name, one)) = oldest.and_then(|name| inner.responses.remove_entry(&name)) else {
                break;
            };
            inner.bytes -= self::size(&name, &one.response);
        }
    }

    /// Removes all responses from the cache.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        inner.responses.clear();
        inner.bytes = 0;
    }

    /// Returns the number of responses that were not in the cache and had to be rendered.
    pub(crate) fn rendered(&self) -> u64 {
        self.inner().rendered
    }
}

/// Returns the memory in bytes that a cached response takes, including its compressed form.
fn size(request: &str, response: &HttpResponse) -> usize {
    2 * request.len() + 2 * response.content.len() + 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_recently_used_responses_are_kept() {
        let kept = ResponseCache::default();
        let response = |byte: u8| HttpResponse::odata(vec![byte; 1 << 20]);
        for i in 0..100 {
            let request = format!("q{i}");
            assert!(kept.get(&request).is_none());
            kept.put(&request, &response(i));
            assert!(kept.get("q0").is_some(), "it is requested again and again");
        }
        let inner = kept.inner();
        assert!(inner.bytes <= MAX_BYTES && inner.responses.len() > 20, "{}", inner.responses.len());
        let bytes: usize = inner.responses.iter().map(|(q, one)| size(q, &one.response)).sum();
        assert_eq!((bytes, inner.rendered), (inner.bytes, 100));
        drop(inner);
        kept.put("huge", &HttpResponse::odata(vec![0; MAX_BYTES]));
        assert!(kept.get("huge").is_none());
    }

    #[test]
    fn the_least_recently_used_response_is_removed_first_and_none_of_half_the_size_is_kept() {
        let cache = ResponseCache::default();
        // With its compressed form, each takes about an eighth of the cache.
        let response = HttpResponse::odata(vec![0; MAX_BYTES / 16 - 1_024]);
        for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            cache.put(name, &response);
            assert!(cache.get(name).is_some(), "{name}");
        }
        assert!(cache.get("a").is_some());
        cache.put("i", &response);
        for (name, kept) in [("a", true), ("b", false), ("c", true), ("i", true)] {
            assert_eq!(cache.get(name).is_some(), kept, "{name}");
        }
        // The same request again takes no more room.
        cache.put("i", &response);
        assert!(cache.get("c").is_some());
        assert_eq!(cache.rendered(), 10);
        let half = MAX_BYTES / 4 - 512;
        for (length, kept) in [(half - 1, true), (half, false)] {
            cache.clear();
            cache.put("z", &HttpResponse::odata(vec![0; length]));
            assert_eq!(cache.get("z").is_some(), kept, "{length}");
        }
    }
}
