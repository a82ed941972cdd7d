//! Arguments to window or command; nothing else.

fn main() {}
