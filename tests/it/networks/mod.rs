//! Networks built from checkpoints give what the original code gave (`../shared/fixtures`).

mod run;
mod towers;
