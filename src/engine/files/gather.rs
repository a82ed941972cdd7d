//! stub
/// x
#[derive(Debug)]
pub struct Gathered;
/// x
#[derive(Debug)]
pub struct Wanted;
/// x
pub fn make_plan() {}
/// x
pub fn sources() {}
