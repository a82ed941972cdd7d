//! Runs a decoder so that its panic becomes an error of that one file.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::DecodeError;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Runs `work`; a panic in it is an error and leaves nothing on stderr. Panics of other threads,
/// and of this one outside `work`, are reported as before.
pub(super) fn guarded<T>(
    format: &'static str,
    work: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    caught(work).unwrap_or_else(|why| Err(DecodeError::gave_up(format, &why)))
}

/// Runs `work`; the words of a panic in it, which leaves nothing on stderr.
pub(in crate::engine) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(quieten);
    let before = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    result.map_err(|payload| message(payload.as_ref()).to_owned())
}

fn quieten() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !QUIET.get() {
            report(info);
        }
    }));
}

/// The words of a panic. mozjpeg throws a `String`, `panic!` a `&str` or a `String`.
pub(super) fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        return text;
    }
    payload
        .downcast_ref::<String>()
        .map_or("no reason given", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_words() {
        let wrong: Result<(), _> = guarded("PNG", || panic!("row {} is odd", 3));
        assert_eq!(wrong, Err(DecodeError::gave_up("PNG", "row 3 is odd")));
        assert_eq!(guarded("PNG", || Ok(7)), Ok(7));
        assert!(!QUIET.get());
    }

    #[test]
    fn an_unknown_payload_still_says_something() {
        assert_eq!(message(&5_u8), "no reason given");
    }
}
