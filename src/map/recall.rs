//! What was found out once about a text, for all sheets of a run: books of one kind say the same headings again and again.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

/// Answers that are kept, so that sheets of ever other texts take no more room.
const ANSWERS: usize = 4096;

/// Answers by what they are about. An answer must follow from its question alone.
pub struct Recall<Q, A>(Mutex<FxHashMap<Q, Arc<A>>>);

impl<Q, A> Default for Recall<Q, A> {
    fn default() -> Recall<Q, A> {
        Recall(Mutex::default())
    }
}

impl<Q: Eq + Hash, A> Recall<Q, A> {
    /// The answer that was given before, or else the one that `find` gives.
    pub fn answer<K>(&self, question: &K, find: impl FnOnce() -> A) -> Arc<A>
    where
        Q: Borrow<K>,
        K: ToOwned<Owned = Q> + Eq + Hash + ?Sized,
    {
        let known = |answers: &FxHashMap<Q, Arc<A>>| answers.get(question).cloned();
        if let Some(answer) = known(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return answer;
        }
        // Nothing is locked meanwhile: two threads may find the same, which costs less than waiting.
        let answer = Arc::new(find());
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() < ANSWERS {
            answers.insert(question.to_owned(), answer.clone());
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_once_and_only_so_many_are_kept() {
        let recall: Recall<String, usize> = Recall::default();
        let mut asked = 0;
        for round in 0..2 {
            for number in 0..ANSWERS + 10 {
                let text = number.to_string();
                let answer = recall.answer(text.as_str(), || {
                    asked += 1;
                    text.len()
                });
                assert_eq!(*answer, text.len());
            }
            assert_eq!(asked, ANSWERS + 10 + round * 10);
        }
    }
}
