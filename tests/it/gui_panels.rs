//! Flows through the panels and dialogs around the grid; widgets are found by their labels.

mod dialogs;
mod filters;
mod fixture;
mod pictures;
mod scores;
mod window;
