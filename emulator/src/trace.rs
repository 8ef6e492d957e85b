//! The record of the latest requests, for tests. It is limited in number and size.

use std::collections::VecDeque;

/// A request that the emulator has responded to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// The path and query as sent. A very long one is truncated and ends in `…`.
    pub url: String,
    /// The status of the response; 0 if the connection was reset without a response.
    pub status: u16,
}

/// The most requests that the record contains.
const MAX_REQUESTS: usize = 20_000;

/// The most requests that are recorded; the earliest are discarded.
const MAX_BYTES: usize = 8 << 20;

/// The longest URL that is recorded completely, in bytes; longer ones are truncated.
const MAX_URL_BYTES: usize = 2_048;

/// The longest method that is recorded completely, in bytes; a client may send a method with any name.
const MAX_METHOD_BYTES: usize = 32;

/// The record of the latest requests.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    requests: VecDeque<RecordedRequest>,
    bytes: usize,
}

impl Trace {
    /// Records a request, and discards the earliest ones if the record is full.
    pub(crate) fn record(&mut self, method: &str, url: &str, status: u16) {
        let request =
            RecordedRequest { method: cut(method, MAX_METHOD_BYTES), url: cut(url, MAX_URL_BYTES), status };
        self.bytes += size(&request);
        self.requests.push_back(request);
        while self.requests.len() > MAX_REQUESTS || self.bytes > MAX_BYTES {
            let Some(first) = self.requests.pop_front() else { break };
            self.bytes -= size(&first);
        }
    }

    /// Returns the recorded requests, the earliest first.
    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }
}

fn size(request: &RecordedRequest) -> usize {
    size_of::<RecordedRequest>() + request.method.len() + request.url.len()
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
    fn the_latest_requests_are_kept_within_bounds() {
        let mut trace = Trace::default();
        for i in 0..10_000 {
            trace.record("GET", &format!("/{i}/{}", "ä".repeat(40_000)), 200);
        }
        let all = trace.requests();
        assert!(
            all.iter().all(|request| request.url.len() <= MAX_URL_BYTES + 3 && request.url.ends_with('…'))
        );
        let bytes: usize = all.iter().map(size).sum();
        assert!(bytes == trace.bytes && bytes <= MAX_BYTES && all.len() > 1_000, "{bytes} {}", all.len());
        assert!(all[all.len() - 1].url.starts_with("/9999/"));
        for _ in 0..=MAX_REQUESTS {
            trace.record(&"X".repeat(1_000), "/", 200);
        }
        let all = trace.requests();
        assert!(
            all.len() == MAX_REQUESTS && all[0].url == "/" && all[0].method.len() <= MAX_METHOD_BYTES + 3
        );
    }
}
