//! Scorers: what they are and, for the computed ones, how they compute.
