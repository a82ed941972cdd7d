//! The engine as the window holds it: commands in, events out.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, never};

use crate::base::Problem;

use super::command::Command;
use super::core::Core;
use super::dispatch::Dispatch;
use super::event::{Event, Level, Notice};

/// Called after every event, so that a sleeping window looks at its channel.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A running engine. Dropping it stops the jobs and waits for the batch in flight.
#[derive(Debug)]
pub struct Engine {
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the threads.
    pub fn start(core: Arc<Core>, wake: Wake) -> Result<Self, Problem> {
        let (commands, command_queue) = bounded(1024);
        let (event_sender, events) = bounded(1024);
        let out = Out {
            events: event_sender,
            wake,
        };
        let dispatch = Dispatch::new(core, out)?;
        let thread = spawn("engine", move || dispatch.run(&command_queue))?;
        Ok(Self {
            commands: Some(commands),
            events,
            thread: Some(thread),
        })
    }

    /// Where commands go.
    pub fn commands(&self) -> Sender<Command> {
        self.commands.clone().unwrap_or_else(|| bounded(0).0)
    }

    /// Where events come from.
    pub fn events(&self) -> Receiver<Event> {
        self.events.clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.commands = None;
        // Nobody looks at events any more; they must not hold up the end.
        let events = std::mem::replace(&mut self.events, never());
        let drain = spawn("engine-drain", move || events.iter().for_each(drop));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        if let Ok(drain) = drain {
            drain.join().ok();
        }
    }
}

/// Sends events and wakes the window.
#[derive(Clone)]
pub(crate) struct Out {
    events: Sender<Event>,
    wake: Wake,
}

impl Out {
    /// Sends one event; once the window is gone it goes nowhere.
    pub(crate) fn send(&self, event: Event) {
        self.events.send(event).ok();
        (self.wake)();
    }

    /// Tells the user something.
    pub(crate) fn notice(&self, level: Level, text: impl Into<String>) {
        self.send(Event::Notice(Notice {
            level,
            text: text.into(),
        }));
    }

    /// Tells the user what failed.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.notice(Level::Error, problem.to_string());
    }
}

/// A named thread.
pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, Problem> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Problem::environment("can't start a thread", error))
}
