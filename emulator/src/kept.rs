//! Answers that were made already: metadata is the same until it changes, however often it is asked for. Those who ask for the same
//! share one answer, in memory too.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::answer::Answer;

/// How many bytes of answers are kept, those that were asked for last.
const MOST_BYTES: usize = 64 << 20;

/// Answers by what was asked.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    answers: HashMap<String, One>,
    bytes: usize,
    /// Counts the questions.
    asked: u64,
    /// Counts the answers that had to be made.
    made: u64,
}

#[derive(Debug)]
struct One {
    answer: Answer,
    /// The number of the last question for it.
    last: u64,
}

impl Kept {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a question, where it is there.
    pub(crate) fn get(&self, question: &str) -> Option<Answer> {
        let mut inner = self.inner();
        inner.asked += 1;
        let asked = inner.asked;
        let one = inner.answers.get_mut(question)?;
        one.last = asked;
        Some(one.answer.clone())
    }

    /// Keeps an answer that had to be made, as far as there is room.
    pub(crate) fn put(&self, question: &str, answer: &Answer) {
        let mut inner = self.inner();
        inner.made += 1;
        let size = size(question, answer);
        if size > MOST_BYTES / 2 {
            return;
        }
        let last = inner.asked;
        let old = inner.answers.insert(question.to_owned(), One { answer: answer.clone(), last });
        inner.bytes += size;
        inner.bytes -= old.map_or(0, |old| self::size(question, &old.answer));
        while inner.bytes > MOST_BYTES {
            let oldest = inner.answers.iter().min_by_key(|(_, one)| one.last).map(|(name, _)| name.clone());
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

    /// How many answers had to be made.
    pub(crate) fn made(&self) -> u64 {
        self.inner().made
    }
}

/// What an answer takes, packed as well.
fn size(question: &str, answer: &Answer) -> usize {
    2 * question.len() + 2 * answer.content.len() + 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept_within_bounds() {
        let kept = Kept::default();
        let answer = |byte: u8| Answer::odata(vec![byte; 1 << 20]);
        for i in 0..100 {
            let question = format!("q{i}");
            assert!(kept.get(&question).is_none());
            kept.put(&question, &answer(i));
            assert!(kept.get("q0").is_some(), "it is asked for again and again");
        }
        let inner = kept.inner();
        assert!(inner.bytes <= MOST_BYTES && inner.answers.len() > 20, "{}", inner.answers.len());
        let bytes: usize = inner.answers.iter().map(|(q, one)| size(q, &one.answer)).sum();
        assert_eq!((bytes, inner.made), (inner.bytes, 100));
        drop(inner);
        kept.put("huge", &Answer::odata(vec![0; MOST_BYTES]));
        assert!(kept.get("huge").is_none());
    }
}
