use proptest::prelude::*;

use super::*;
use crate::curation::testing::{Made, any_made, catalog, specs};
use crate::domain::score::Better;

fn composite(key: &str, formula: &str) -> Composite {
    Composite {
        key: key.to_owned(),
        formula: formula.to_owned(),
        better: Better::Higher,
        ..Composite::default()
    }
}

fn composites(all: &[(&str, &str)]) -> (Composites, Vec<String>) {
    let all: Vec<_> = all
        .iter()
        .map(|(key, formula)| composite(key, formula))
        .collect();
    Composites::new(&all, &specs())
}

fn made(focus: f32, bright: f32) -> Made {
    Made {
        name: "a.png".to_owned(),
        folder: 0,
        scores: [focus, bright, 0.0],
        stars: 0,
        size: 1,
        dims: (1, 1),
        status: crate::domain::catalog::Status::default(),
        tag: None,
        pick: false,
    }
}

fn values(catalog: &Catalog, key: &str) -> Vec<f32> {
    catalog.column(key).unwrap().values.to_vec()
}

#[test]
fn columns_build_on_each_other_in_any_order_of_definition() {
    let (made_of, notices) = composites(&[("twice", "2 * sum"), ("sum", "focus + bright")]);
    assert_eq!(notices, Vec::<String>::new());
    let mut catalog = catalog(&[made(1.0, 2.0), made(f32::NAN, 2.0)]);
    made_of.append(&mut catalog);
    assert_eq!(catalog.n_extra, 2);
    assert_eq!(values(&catalog, "sum")[0], 3.0);
    assert_eq!(values(&catalog, "twice")[0], 6.0);
    assert!(values(&catalog, "twice")[1].is_nan());
}

#[test]
fn circles_strangers_and_taken_keys_are_told_and_left_out() {
    let (made_of, notices) = composites(&[
        ("x", "y + 1"),
        ("y", "x + 1"),
        ("z", "focsu"),
        ("focus", "bright"),
        ("fine", "focus"),
        ("self", "self"),
    ]);
    let keys: Vec<&str> = made_of.specs().map(|spec| spec.key.as_str()).collect();
    assert_eq!(keys, ["fine"]);
    for (key, why) in [
        ("'x'", "builds on itself"),
        ("'y'", "builds on itself"),
        ("'self'", "builds on itself"),
        ("'z'", "(character 1); did you mean focus?"),
        ("'focus'", "another column has this key"),
    ] {
        let told = notices.iter().any(|n| n.contains(key) && n.contains(why));
        assert!(told, "{key}: {notices:?}");
    }
}

#[test]
fn percentiles_share_ties_and_leave_out_what_is_gone() {
    let (made_of, _) = composites(&[("p", "pct(focus)")]);
    let mut rows = [5.0, 1.0, 3.0, 3.0, 9.0]
        .map(|focus| made(focus, 0.0))
        .to_vec();
    rows.push(made(100.0, 0.0));
    rows[5].status.gone = true;
    let mut catalog = catalog(&rows);
    made_of.append(&mut catalog);
    let got = values(&catalog, "p");
    assert_eq!(got[..5], [0.75, 0.0, 0.375, 0.375, 1.0]);
    assert!(got[5].is_nan());
}

#[test]
fn only_what_reads_a_changed_column_is_computed_again() {
    let (made_of, _) = composites(&[("f", "focus"), ("b", "bright"), ("g", "f + 1")]);
    let mut catalog = catalog(&[made(1.0, 2.0)]);
    made_of.append(&mut catalog);
    let mut composer = Composer::new(Arc::new(made_of));
    assert!(composer.update(&mut catalog));
    assert!(!composer.update(&mut catalog), "nothing changed");
    let before = Arc::clone(&catalog.column("b").unwrap().values);
    Arc::make_mut(&mut catalog.columns[0].values)[0] = 7.0;
    assert!(composer.update(&mut catalog));
    assert_eq!(
        (values(&catalog, "f")[0], values(&catalog, "g")[0]),
        (7.0, 8.0)
    );
    assert!(Arc::ptr_eq(&before, &catalog.column("b").unwrap().values));
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_nothing(
        rows in prop::collection::vec(any_made(), 1..40),
        seed in any::<u64>(),
    ) {
        let (made_of, _) = composites(&[
            ("mix", "mean(pct(focus), 1 - pct(bright)) * if(focus > bright, 2, coalesce(bright, 3))"),
        ]);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&i| (i as u64 + 1).wrapping_mul(seed | 1));
        let mut straight = catalog(&rows);
        let shuffled: Vec<Made> = order.iter().map(|&i| rows[i].clone()).collect();
        let mut shuffled = catalog(&shuffled);
        made_of.append(&mut straight);
        made_of.append(&mut shuffled);
        let (straight, shuffled) = (values(&straight, "mix"), values(&shuffled, "mix"));
        for (at, &i) in order.iter().enumerate() {
            prop_assert_eq!(shuffled[at].to_bits(), straight[i].to_bits());
        }
    }
}
