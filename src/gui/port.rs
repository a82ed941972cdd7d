//! The two channels to the engine, seen from the window: sending never waits.
//!
//! Must not know: egui, what commands mean beyond which of them replace each other.

use std::collections::VecDeque;
use std::mem::discriminant;

use crossbeam_channel::{Receiver, Sender, TrySendError};

use crate::base::Generation;
use crate::domain::query::ViewSpec;
use crate::engine::{Command, Event};

/// Commands out, events in.
pub(super) struct Port {
    commands: Sender<Command>,
    events: Receiver<Event>,
    waiting: VecDeque<Command>,
    generation: Generation,
}

impl Port {
    /// Over these channels.
    pub(super) fn new(commands: Sender<Command>, events: Receiver<Event>) -> Self {
        Self {
            commands,
            events,
            waiting: VecDeque::new(),
            generation: Generation::default(),
        }
    }

    /// Sends, or keeps it until there is room. A newer list, view or picture replaces an older one
    /// that still waits.
    pub(super) fn send(&mut self, command: Command) {
        if is_latest_wins(&command) {
            let kind = discriminant(&command);
            self.waiting.retain(|waiting| discriminant(waiting) != kind);
        }
        self.waiting.push_back(command);
        self.flush();
    }

    /// Asks for a view under a new generation.
    pub(super) fn view(&mut self, spec: ViewSpec) {
        self.generation = self.generation.next();
        let generation = self.generation;
        self.send(Command::View { generation, spec });
    }

    /// Sends what waits; whether something still does.
    pub(super) fn flush(&mut self) -> bool {
        while let Some(command) = self.waiting.pop_front() {
            match self.commands.try_send(command) {
                Ok(()) => {}
                Err(TrySendError::Full(command)) => {
                    self.waiting.push_front(command);
                    return true;
                }
                Err(TrySendError::Disconnected(_)) => self.waiting.clear(),
            }
        }
        false
    }

    /// The next event, if there is one.
    pub(super) fn event(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

fn is_latest_wins(command: &Command) -> bool {
    matches!(
        command,
        Command::View { .. }
            | Command::Thumbs { .. }
            | Command::Picture(_)
            | Command::SaveSettings(_)
            | Command::History
            | Command::Models
            | Command::Runtime
            | Command::Placements(_)
            | Command::Details(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::Row;

    #[test]
    fn a_full_channel_keeps_the_newest_wish() {
        let (commands, received) = crossbeam_channel::bounded(1);
        let (_events, events) = crossbeam_channel::bounded(1);
        let mut port = Port::new(commands, events);
        port.send(Command::Rescan);
        for row in 0..3 {
            port.send(Command::Picture(Row(row)));
        }
        assert!(matches!(received.try_recv(), Ok(Command::Rescan)));
        assert!(!port.flush());
        assert!(matches!(received.try_recv(), Ok(Command::Picture(Row(2)))));
        assert!(received.is_empty());
    }
}
