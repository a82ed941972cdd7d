//! Network scorers as data.
