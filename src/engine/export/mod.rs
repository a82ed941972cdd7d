//! Lists
