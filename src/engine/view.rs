//! The thread that answers views: latest request wins, and every new catalog is answered anew.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Select};

use crate::base::Generation;
use crate::curation::Sieve;
use crate::domain::catalog::Catalog;
use crate::domain::query::ViewSpec;

use super::event::Event;

/// Runs until either channel closes.
///
/// The list is sent before the histograms, which take longer and are skipped when something newer
/// is waiting.
pub(crate) fn run(
    catalogs: &Receiver<Arc<Catalog>>,
    requests: &Receiver<(Generation, ViewSpec)>,
    mut send: impl FnMut(Event),
) {
    let mut catalog = Arc::new(Catalog::default());
    let mut request = (Generation::default(), ViewSpec::default());
    let mut sieve = Sieve::new();
    loop {
        let mut select = Select::new();
        select.recv(catalogs);
        select.recv(requests);
        let ready = select.ready();
        let news = match ready {
            0 => latest(catalogs).map(|news| catalog = news),
            _ => latest(requests).map(|news| request = news),
        };
        match news {
            Ok(()) => {}
            Err(true) => return,
            Err(false) => continue,
        }
        let mut result = sieve.update(&catalog, &request.1);
        result.generation = request.0;
        send(Event::View(result));
        if catalogs.is_empty() && requests.is_empty() {
            let histograms = sieve.histograms(&request.1.histograms);
            send(Event::Histograms {
                generation: request.0,
                histograms,
            });
        }
    }
}

/// The newest message; `Err(true)` once the channel is closed, `Err(false)` if there is none.
fn latest<T>(channel: &Receiver<T>) -> Result<T, bool> {
    let mut newest = None;
    loop {
        match channel.try_recv() {
            Ok(message) => newest = Some(message),
            Err(crossbeam_channel::TryRecvError::Empty) => return newest.ok_or(false),
            Err(crossbeam_channel::TryRecvError::Disconnected) => return newest.ok_or(true),
        }
    }
}
