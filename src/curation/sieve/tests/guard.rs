//! Sorts, top lists and percentiles under the domain guard.

use proptest::prelude::*;

use super::*;
use crate::curation::Composites;
use crate::curation::condition::condition;
use crate::curation::scope::{Outside, outside};
use crate::curation::testing::*;
use crate::domain::composite::Composite;
use crate::domain::query::{Cmp, Expr, Quantity, Rule, SortKey};
use crate::domain::scope::Scope;
use crate::domain::score::Field;

/// The catalog with column "focus" made for anime and "bright" run only below 0.2 of "focus".
fn scoped(made: &[Made], fields: &[Option<Field>]) -> Arc<Catalog> {
    let mut catalog = catalog(made);
    for (slot, field) in Arc::make_mut(&mut catalog.fields).iter_mut().zip(fields) {
        *slot = *field;
    }
    let field = Field::Anime;
    catalog.columns[0].scope = Arc::new(Scope {
        field,
        ..Scope::default()
    });
    let only = Some(condition("focus < 0.2", &specs()).unwrap());
    catalog.columns[1].scope = Arc::new(Scope {
        only,
        ..Scope::default()
    });
    Arc::new(catalog)
}

fn by(column: usize, descending: bool) -> ViewSpec {
    let by = SortBy::Column(COLUMNS[column].to_owned());
    ViewSpec {
        sort: vec![SortKey { by, descending }],
        ..ViewSpec::default()
    }
}

fn any_field() -> impl Strategy<Value = Option<Field>> {
    prop::sample::select(vec![None, Some(Field::General), Some(Field::Anime)])
}

proptest! {
    /// Those outside come between the others and those without a value; within each the order is
    /// the one without the guard.
    #[test]
    fn what_is_outside_comes_last(
        made in prop::collection::vec(any_made(), 0..60),
        fields in prop::collection::vec(any_field(), 60),
        (column, descending) in (0_usize..3, any::<bool>()),
        top in prop::option::of(0_usize..20),
    ) {
        let catalog = scoped(&made, &fields);
        let plain = Arc::new(crate::curation::testing::catalog(&made));
        let mut sieve = Sieve::new();
        let open = ViewSpec { guard: false, ..by(column, descending) };
        let all = sieve.update(&catalog, &open);
        prop_assert_eq!(&*all.rows, &*Sieve::new().update(&plain, &open).rows, "guard off");
        let is_outside = |row: &Row| outside(&catalog, column, *row).is_some();
        let has_value = |row: &Row| !catalog.value(column, *row).is_nan();
        let (mut wanted, rest): (Vec<Row>, Vec<Row>) =
            all.rows.iter().partition(|row| has_value(row) && !is_outside(row));
        let (apart, without): (Vec<Row>, Vec<Row>) = rest.into_iter().partition(is_outside);
        prop_assert_eq!(all.outside, apart.len());
        let guarded = sieve.update(&catalog, &ViewSpec { top, ..by(column, descending) });
        prop_assert_eq!(guarded.outside, apart.len());
        wanted.extend(if top.is_some() { Vec::new() } else { apart });
        wanted.extend(without);
        wanted.truncate(top.unwrap_or(usize::MAX));
        prop_assert_eq!(&*guarded.rows, &wanted);
    }
}

fn row(focus: f32, bright: f32) -> Made {
    Made {
        name: "a.png".into(),
        folder: 0,
        scores: [focus, bright, f32::NAN],
        stars: 0,
        size: 1,
        dims: (0, 0),
        status: crate::domain::catalog::Status::default(),
        tag: None,
        pick: false,
    }
}

#[test]
fn field_and_rule_are_told_apart_and_the_unknown_is_not_outside() {
    let nan = f32::NAN;
    let made = [row(0.1, 1.0), row(0.3, 1.0), row(nan, 1.0), row(0.3, nan)];
    let fields = [Some(Field::General), Some(Field::Anime), None, None];
    let catalog = scoped(&made, &fields);
    let told = |column| [0, 1, 2, 3].map(|at| outside(&catalog, column, Row(at)));
    assert_eq!(told(0), [Some(Outside::Field), None, None, None]);
    assert_eq!(told(1), [None, Some(Outside::Rule), None, None]);
    let columns = crate::curation::scope::outside_columns(&catalog, Row(1));
    assert_eq!(columns, ["bright"]);
}

#[test]
fn percentiles_rank_what_is_inside_and_follow_the_switch() {
    let made: Vec<Made> = (0..10).map(|i| row(i as f32, 0.0)).collect();
    let mut fields = vec![None; 10];
    fields[9] = Some(Field::General);
    let catalog = scoped(&made, &fields);
    let best = Expr::Compare(Quantity::Percentile("focus".into()), Cmp::Ge, 100.0);
    let rule = Rule {
        label: String::new(),
        keep: Keep::Where(best),
    };
    let mut sieve = Sieve::new();
    let mut shown = |guard| {
        let rules = vec![rule.clone()];
        let spec = ViewSpec {
            rules,
            guard,
            ..ViewSpec::default()
        };
        sieve.update(&catalog, &spec).rows.to_vec()
    };
    assert_eq!(shown(true), [Row(8)]);
    assert_eq!(shown(false), [Row(9)]);
    assert_eq!(shown(true), [Row(8)]);
}

#[test]
fn an_image_that_is_recognised_later_moves() {
    let made = [row(0.9, 0.0), row(0.5, 0.0)];
    let mut catalog = scoped(&made, &[None, None]);
    let mut sieve = Sieve::new();
    assert_eq!(*sieve.update(&catalog, &by(0, true)).rows, [Row(0), Row(1)]);
    let edited = Arc::make_mut(&mut catalog);
    Arc::make_mut(&mut edited.fields)[0] = Some(Field::General);
    assert_eq!(*sieve.update(&catalog, &by(0, true)).rows, [Row(1), Row(0)]);
}

#[test]
fn a_composite_is_outside_where_an_input_is() {
    let nan = f32::NAN;
    let made = [row(0.9, 0.0), row(0.5, 0.0), row(nan, 0.9)];
    let mut catalog = scoped(&made, &[Some(Field::General), None, Some(Field::General)]);
    let made_of = |key: &str, formula: &str| Composite {
        key: key.to_owned(),
        formula: formula.to_owned(),
        ..Composite::default()
    };
    let all = [
        made_of("twice", "mix * 2"),
        made_of("mix", "coalesce(pct(focus), 0.1)"),
    ];
    let (composites, notices) = Composites::new(&all, &specs());
    assert_eq!(notices, Vec::<String>::new());
    composites.append(Arc::make_mut(&mut catalog));
    for key in ["mix", "twice"] {
        let column = catalog.column_index(key).unwrap();
        let told = [0, 1, 2].map(|at| outside(&catalog, column, Row(at)));
        assert_eq!(told, [Some(Outside::Input), None, None], "{key}");
        let by = SortBy::Column(key.to_owned());
        let spec = ViewSpec {
            sort: vec![SortKey {
                by,
                descending: true,
            }],
            ..ViewSpec::default()
        };
        let shown = Sieve::new().update(&catalog, &spec);
        assert_eq!((shown.rows[2], shown.outside), (Row(0), 1), "{key}");
    }
}
