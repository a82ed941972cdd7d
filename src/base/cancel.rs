//! A token that stops or pauses a job at its next item.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The job was cancelled; what it finished so far stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl std::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cancelled")
    }
}

impl std::error::Error for Cancelled {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Running,
    Paused,
    Cancelled,
}

/// Shared by a job's owner and its workers; workers call [`CancelToken::checkpoint`] per item.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    inner: Arc<(Mutex<State>, Condvar)>,
}

impl CancelToken {
    /// A running token.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the workers to stop; paused workers wake and stop.
    pub fn cancel(&self) {
        self.set(State::Cancelled);
    }

    /// Makes workers wait at their next checkpoint.
    pub fn pause(&self) {
        self.set(State::Paused);
    }

    /// Lets paused workers go on.
    pub fn resume(&self) {
        self.set(State::Running);
    }

    /// Whether [`CancelToken::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.get() == State::Cancelled
    }

    /// Whether workers wait now.
    pub fn is_paused(&self) -> bool {
        self.get() == State::Paused
    }

    /// Waits while paused; an error once cancelled.
    pub fn checkpoint(&self) -> Result<(), Cancelled> {
        let (lock, wake) = &*self.inner;
        let state = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let state = wake
            .wait_while(state, |state| *state == State::Paused)
            .unwrap_or_else(PoisonError::into_inner);
        if *state == State::Cancelled {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    fn get(&self) -> State {
        *self.inner.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, next: State) {
        let mut state = self.inner.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *state != State::Cancelled {
            *state = next;
        }
        drop(state);
        self.inner.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancel_is_final_and_wakes_a_paused_worker() {
        let token = CancelToken::new();
        assert_eq!(token.checkpoint(), Ok(()));
        token.pause();
        assert!(token.is_paused());
        let worker = {
            let token = token.clone();
            std::thread::Builder::new()
                .spawn(move || token.checkpoint())
                .unwrap()
        };
        token.cancel();
        assert_eq!(worker.join().unwrap(), Err(Cancelled));
        token.resume();
        assert!(token.is_cancelled());
    }
}
