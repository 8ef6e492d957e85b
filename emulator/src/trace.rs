//! The requests that were answered, for tests to look at: the latest, bounded in number and in size.

use std::collections::VecDeque;

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// `GET`
    pub method: String,
    /// Path and query as sent; of very long ones the beginning, with `…` behind it.
    pub url: String,
    /// The status of the answer; 0 where the connection was reset instead.
    pub status: u16,
}

/// How many requests are remembered.
const MAX_REQUESTS: usize = 20_000;

/// How many bytes they take together.
const MAX_BYTES: usize = 8 << 20;

/// How much of a URL is kept.
const MAX_URL_BYTES: usize = 2_048;

/// How much of a method is kept; anything may call itself one.
const MAX_METHOD_BYTES: usize = 32;

/// The latest requests.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    seen: VecDeque<RecordedRequest>,
    bytes: usize,
}

impl Trace {
    /// Remembers a request, and forgets the earliest ones where there are too many.
    pub(crate) fn remember(&mut self, method: &str, url: &str, status: u16) {
        let seen =
            RecordedRequest { method: cut(method, MAX_METHOD_BYTES), url: cut(url, MAX_URL_BYTES), status };
        self.bytes += size(&seen);
        self.seen.push_back(seen);
        while self.seen.len() > MAX_REQUESTS || self.bytes > MAX_BYTES {
            let Some(first) = self.seen.pop_front() else { break };
            self.bytes -= size(&first);
        }
    }

    /// The requests, the earliest first.
    pub(crate) fn all(&self) -> Vec<RecordedRequest> {
        self.seen.iter().cloned().collect()
    }
}

fn size(seen: &RecordedRequest) -> usize {
    size_of::<RecordedRequest>() + seen.method.len() + seen.url.len()
}

fn cut(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let end = (0..=longest).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_within_bounds() {
        let mut trace = Trace::default();
        for i in 0..10_000 {
            trace.remember("GET", &format!("/{i}/{}", "ä".repeat(40_000)), 200);
        }
        let all = trace.all();
        assert!(all.iter().all(|seen| seen.url.len() <= MAX_URL_BYTES + 3 && seen.url.ends_with('…')));
        let bytes: usize = all.iter().map(size).sum();
        assert!(bytes == trace.bytes && bytes <= MAX_BYTES && all.len() > 1_000, "{bytes} {}", all.len());
        assert!(all[all.len() - 1].url.starts_with("/9999/"));
        for _ in 0..=MAX_REQUESTS {
            trace.remember(&"X".repeat(1_000), "/", 200);
        }
        let all = trace.all();
        assert!(
            all.len() == MAX_REQUESTS && all[0].url == "/" && all[0].method.len() <= MAX_METHOD_BYTES + 3
        );
    }
}
