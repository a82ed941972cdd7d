//! Pickles as Python writes them, and as no Python would.

use super::{Item, Pickle, Value, read, walk};
use crate::zoo::checkpoint::CheckpointError;
use crate::zoo::checkpoint::budget::Budget;

fn run(source: &[u8]) -> Result<Pickle<'_>, CheckpointError> {
    read(source, &mut Budget::new(source.len()))
}

/// The plain values that have a key, as text.
fn plain(source: &[u8]) -> Vec<String> {
    let pickle = run(source).unwrap();
    let mut found = Vec::new();
    let mut budget = Budget::new(source.len());
    walk(&pickle, &mut budget, |name, item, _| {
        if let Item::Plain(value) = item {
            let value = match value {
                Value::Text(text) => pickle.text(text).to_owned(),
                other => format!("{other:?}"),
            };
            found.push(format!("{name} = {value}"));
        }
        Ok(())
    })
    .unwrap();
    found
}

#[test]
fn every_protocol_says_the_same() {
    let expected = [
        "a = Int(1)",
        "b.c = x",
        "b.d = Float(0.5)",
        "b.e = Bool(true)",
    ];
    // pickle.dumps({'a': 1, 'b': {'c': 'x', 'd': 0.5, 'e': True}}, protocol)
    let zero = b"(dp0\nVa\np1\nI1\nsVb\np2\n(dp3\nVc\np4\nVx\np5\nsVd\np6\nF0.5\nsVe\np7\nI01\nss.";
    let two = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01K\x01X\x01\x00\x00\x00bq\x02}q\x03(X\x01\x00\x00\x00cq\x04X\x01\x00\x00\x00xq\x05X\x01\x00\x00\x00dq\x06G?\xe0\x00\x00\x00\x00\x00\x00X\x01\x00\x00\x00eq\x07\x88uu.";
    let four = b"\x80\x04\x95\x24\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94}\x94(\x8c\x01c\x94\x8c\x01x\x94\x8c\x01d\x94G?\xe0\x00\x00\x00\x00\x00\x00\x8c\x01e\x94\x88uu.";
    assert_eq!(plain(zero), expected);
    assert_eq!(plain(two), expected);
    assert_eq!(plain(four), expected);
}

#[test]
fn containers_by_call_are_dictionaries() {
    // OrderedDict([['k', 1]]) as Python 2 wrote it, and Counter({'k': 1}).
    let pairs = b"\x80\x02ccollections\nOrderedDict\n](](U\x01kK\x01ee\x85R.";
    let counter = b"\x80\x02ccollections\nCounter\n}U\x01kK\x01s\x85R.";
    assert_eq!(plain(pairs), ["k = Int(1)"]);
    assert_eq!(plain(counter), ["k = Int(1)"]);
}

#[test]
fn attributes_of_modules_have_no_name_of_their_own() {
    // Linear with the attributes {'_buffers': {'w': 7}, '_modules': {'a': Linear with {'in': 3}}}.
    let module = b"\x80\x02ctorch.nn.modules.linear\nLinear\n)\x81}(U\x08_buffers}U\x01wK\x07s\
        U\x08_modules}U\x01actorch.nn.modules.linear\nLinear\n)\x81}U\x02inK\x03sbsub.";
    assert_eq!(plain(module), ["w = Int(7)", "a.in = Int(3)"]);
}

#[test]
fn what_holds_itself_is_entered_once() {
    // d = {'k': 1}; d['self'] = d
    let cycle = b"\x80\x02}q\x00(U\x01kK\x01U\x04selfh\x00u.";
    assert_eq!(plain(cycle), ["k = Int(1)"]);
}

#[test]
fn marks_guard_what_lies_below_them() {
    // POP takes a mark, and leaves the 1 below it.
    assert_eq!(run(b"K\x01(0.").unwrap().root, Value::Int(1));
    for broken in [
        &b"K\x01(."[..],
        b"K\x01(a.",
        b"](K\x01K\x02s.",
        b"}(K\x01u.",
        b"K\x01K\x02a.",
        b"t.",
        b"(\x85.",
        b"1.",
        b"2.",
        b"",
        b".",
    ] {
        assert!(run(broken).is_err(), "{}", broken.escape_ascii());
    }
}

#[test]
fn calls_that_wrap_themselves_are_refused() {
    let refused = run(b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\n)R.").unwrap_err();
    assert!(refused.to_string().contains("too few arguments"));
    let nested = b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\nq\x00(h\x00N(h\x00N)NtNtR.";
    let refused = run(nested).unwrap_err();
    assert!(refused.to_string().contains("can't be"));
}
