//! The window: egui and nothing below the engine.
