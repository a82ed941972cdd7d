#![expect(clippy::float_cmp, reason = "filters compare exactly")]

mod guard;

use std::cmp::Ordering;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::curation::testing::*;
use crate::domain::query::{Cmp, Expr, Quantity, Rule, SortBy, SortKey, State, TextField};

/// The rank of a row's value among the library's, the slow way.
fn percentile(catalog: &Catalog, key: &str, row: Row) -> f64 {
    let column = catalog.column_index(key).unwrap();
    let value = catalog.value(column, row);
    let values: Vec<f32> = rows(catalog)
        .into_iter()
        .map(|row| catalog.value(column, row))
        .filter(|v| !v.is_nan())
        .collect();
    if value.is_nan() {
        return f64::NAN;
    }
    if values.len() == 1 {
        return 100.0;
    }
    let less = values.iter().filter(|&&v| v < value).count() as f64;
    let equal = values.iter().filter(|&&v| v == value).count() as f64;
    let rank = less + (equal - 1.0) / 2.0;
    f64::from((100.0 * rank / (values.len() - 1) as f64) as f32)
}

fn number(catalog: &Catalog, quantity: &Quantity, row: Row) -> f64 {
    let i = row.idx();
    let (w, h) = (catalog.dims[i].width, catalog.dims[i].height);
    let side = |n: u32| if n == 0 { f64::NAN } else { f64::from(n) };
    match quantity {
        Quantity::Column(key) => f64::from(catalog.value(catalog.column_index(key).unwrap(), row)),
        Quantity::Percentile(key) => percentile(catalog, key, row),
        Quantity::Stars => f64::from(catalog.stars[i]),
        Quantity::Size => catalog.size[i] as f64,
        Quantity::Width => side(w),
        Quantity::Height => side(h),
        Quantity::Aspect => f64::from((side(w) / side(h)) as f32),
    }
}

fn contains(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    if !pattern.contains(['*', '?']) {
        return text.contains(&pattern);
    }
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    slow_glob(&pattern, &text)
}

fn slow_glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some(('*', rest)), _) => (0..=text.len()).any(|n| slow_glob(rest, &text[n..])),
        (Some((p, rest)), Some((c, after))) => (*p == '?' || p == c) && slow_glob(rest, after),
        (Some(_), None) => false,
    }
}

fn holds(catalog: &Catalog, expr: &Expr, row: Row) -> bool {
    match expr {
        Expr::And(a, b) => holds(catalog, a, row) && holds(catalog, b, row),
        Expr::Or(a, b) => holds(catalog, a, row) || holds(catalog, b, row),
        Expr::Not(a) => !holds(catalog, a, row),
        Expr::Compare(quantity, cmp, x) => {
            let value = number(catalog, quantity, row);
            let is_score = matches!(
                quantity,
                Quantity::Column(_) | Quantity::Percentile(_) | Quantity::Aspect
            );
            let x = if is_score { f64::from(*x as f32) } else { *x };
            match cmp {
                _ if value.is_nan() => false,
                Cmp::Lt => value < x,
                Cmp::Le => value <= x,
                Cmp::Gt => value > x,
                Cmp::Ge => value >= x,
                Cmp::Eq => value == x,
                Cmp::Ne => value != x,
            }
        }
        Expr::Text(TextField::Name, text) => contains(&catalog.name(row), text),
        Expr::Text(TextField::Path, text) => {
            contains(&catalog.path(row).display().to_string(), text)
        }
        Expr::Text(TextField::Folder, text) => {
            contains(&catalog.folder_of(row).display().to_string(), text)
        }
        Expr::Tag(tag) => catalog.tags_of(row).iter().any(|known| {
            let known: Vec<char> = known.to_lowercase().chars().collect();
            slow_glob(&tag.to_lowercase().chars().collect::<Vec<_>>(), &known)
        }),
        Expr::Flag(flag) => catalog.flags[row.idx()] == *flag,
        Expr::Is(State::Scored) => scored(catalog, row),
        Expr::Is(State::Unscored) => !scored(catalog, row),
        Expr::Is(State::Failed) => catalog.status[row.idx()].failed,
        Expr::Is(State::FailedAt(stage)) => catalog
            .failures
            .get(&row)
            .is_some_and(|f| f.stage == *stage),
        Expr::Is(State::Offline) => catalog.status[row.idx()].offline,
        Expr::Has(key) => !catalog
            .value(catalog.column_index(key).unwrap(), row)
            .is_nan(),
    }
}

fn scored(catalog: &Catalog, row: Row) -> bool {
    (0..catalog.columns.len()).all(|column| !catalog.value(column, row).is_nan())
}

fn keeps(catalog: &Catalog, keep: &Keep, row: Row) -> bool {
    match keep {
        Keep::Band {
            column,
            low,
            high,
            missing,
        } => {
            let value = catalog
                .column_index(column)
                .map_or(f32::NAN, |at| catalog.value(at, row));
            if value.is_nan() {
                *missing
            } else {
                value >= *low as f32 && value <= *high as f32
            }
        }
        Keep::Where(expr) => holds(catalog, expr, row),
        Keep::Below(folder) => catalog.folder_of(row).starts_with(folder),
    }
}

fn compare(catalog: &Catalog, sort: &[SortKey], a: Row, b: Row) -> Ordering {
    let keys = sort.iter().map(|key| {
        let natural = |a: &str, b: &str| natord::compare(&a.to_lowercase(), &b.to_lowercase());
        let folder = |row| catalog.folder_of(row).display().to_string();
        let path = |row| catalog.path(row).display().to_string();
        let order = match &key.by {
            SortBy::Name => natural(&catalog.name(a), &catalog.name(b))
                .then_with(|| natural(&folder(a), &folder(b))),
            SortBy::Path => natural(&path(a), &path(b)),
            SortBy::Date => catalog.mtime_ns[a.idx()].cmp(&catalog.mtime_ns[b.idx()]),
            SortBy::Size => catalog.size[a.idx()].cmp(&catalog.size[b.idx()]),
            SortBy::Stars => catalog.stars[a.idx()].cmp(&catalog.stars[b.idx()]),
            SortBy::Column(column) => {
                let at = catalog.column_index(column).unwrap();
                let (x, y) = (catalog.value(at, a), catalog.value(at, b));
                match (x.is_nan(), y.is_nan()) {
                    (false, false) => x.partial_cmp(&y).unwrap(),
                    (x, y) => return x.cmp(&y),
                }
            }
        };
        if key.descending {
            order.reverse()
        } else {
            order
        }
    });
    keys.fold(Ordering::Equal, Ordering::then).then(a.cmp(&b))
}

fn any_keep() -> impl Strategy<Value = Keep> {
    let bound = || {
        prop_oneof![
            (-5_i8..6).prop_map(|n| f64::from(n) * 0.1),
            Just(f64::INFINITY)
        ]
    };
    let column = prop::sample::select(vec!["focus", "bright", "nowhere"]);
    let band = (column, bound(), bound(), any::<bool>());
    prop_oneof![
        3 => band.prop_map(|(column, low, high, missing)| Keep::Band {
            column: column.to_owned(),
            low: -low,
            high,
            missing,
        }),
        3 => any_expr().prop_map(Keep::Where),
        1 => prop::sample::select(FOLDERS.to_vec()).prop_map(|f| Keep::Below(PathBuf::from(f))),
    ]
}

fn any_spec() -> impl Strategy<Value = ViewSpec> {
    let by = prop_oneof![
        prop::sample::select(vec![
            SortBy::Name,
            SortBy::Path,
            SortBy::Date,
            SortBy::Size,
            SortBy::Stars
        ]),
        prop::sample::select(COLUMNS.to_vec()).prop_map(|c| SortBy::Column(c.to_owned())),
    ];
    let key = (by, any::<bool>()).prop_map(|(by, descending)| SortKey { by, descending });
    let rule = any_keep().prop_map(|keep| Rule {
        label: String::new(),
        keep,
    });
    let rules = prop::collection::vec(rule, 0..4);
    let sort = prop::collection::vec(key, 0..4);
    let top = prop::option::of(0_usize..20);
    (rules, sort, top, any::<bool>()).prop_map(|(rules, sort, top, guard)| ViewSpec {
        rules,
        sort,
        top,
        guard,
        histograms: Vec::new(),
    })
}

fn check(sieve: &mut Sieve, catalog: &Arc<Catalog>, spec: &ViewSpec) {
    let got = sieve.update(catalog, spec);
    let all = rows(catalog);
    let mut want: Vec<Row> = all.clone();
    want.retain(|&row| {
        spec.rules
            .iter()
            .all(|rule| keeps(catalog, &rule.keep, row))
    });
    want.sort_by(|&a, &b| compare(catalog, &spec.sort, a, b));
    want.truncate(spec.top.unwrap_or(usize::MAX));
    assert_eq!(*got.rows, want);
    assert_eq!(got.total, all.len());
    for (rule, &hidden) in spec.rules.iter().zip(&got.hidden) {
        let want = all.iter().filter(|&&row| !keeps(catalog, &rule.keep, row));
        assert_eq!(hidden, want.count(), "{rule:?}");
    }
    let failed = |row: &&Row| catalog.status[row.idx()].failed;
    assert_eq!(got.failed, all.iter().filter(failed).count());
    let unscored = all
        .iter()
        .filter(|row| !failed(row) && !scored(catalog, **row));
    assert_eq!(got.unscored, unscored.count());
    let keys = COLUMNS.map(str::to_owned);
    for (column, histogram) in sieve.histograms(&keys).iter().enumerate() {
        let valued = |row: &&Row| !catalog.value(column, **row).is_nan();
        let others = |row: &&Row| {
            spec.rules.iter().all(|rule| {
                matches!(&rule.keep, Keep::Band { column: c, .. } if *c == keys[column])
                    || keeps(catalog, &rule.keep, **row)
            })
        };
        let n = |counts: &[u32]| counts.iter().sum::<u32>() as usize;
        assert_eq!(n(&histogram.all), all.iter().filter(valued).count());
        assert_eq!(
            n(&histogram.kept),
            all.iter().filter(valued).filter(others).count()
        );
        assert_eq!(histogram.missing as usize, all.len() - n(&histogram.all));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any series of views and edits gets the same answers as the slow way without memory.
    #[test]
    fn answers_like_the_slow_way(
        made in prop::collection::vec(any_made(), 0..90),
        specs in prop::collection::vec(any_spec(), 1..4),
        more in any_made(),
        edits in prop::collection::vec((0_usize..90, any_value(), 0_u8..5), 1..6),
    ) {
        let mut sieve = Sieve::new();
        let mut catalog = catalog(&made);
        for spec in &specs {
            check(&mut sieve, &Arc::new(catalog.clone()), spec);
        }
        for &(at, value, kind) in &edits {
            let Some(at) = at.checked_rem(catalog.len()) else {
                continue;
            };
            match kind {
                0 => Arc::make_mut(&mut catalog.columns[0].values)[at] = value,
                1 => Arc::make_mut(&mut catalog.status)[at].gone = true,
                2 => Arc::make_mut(&mut catalog.stars)[at] = 5,
                3 => append(&mut catalog, &more),
                _ => {
                    let folder = catalog.folder_index(std::path::Path::new("/data/夕"));
                    catalog.relocate(Row(at as u32), folder, b"A7.png");
                }
            }
            check(&mut sieve, &Arc::new(catalog.clone()), &specs[0]);
        }
    }
}

#[test]
fn a_score_kept_as_f32_meets_the_bound_it_was_written_with() {
    let made = Made {
        name: "a.png".into(),
        folder: 0,
        scores: [0.1, 0.7, f32::NAN],
        stars: 0,
        size: 1,
        dims: (0, 0),
        status: crate::domain::catalog::Status::default(),
        tag: None,
        pick: false,
    };
    let catalog = Arc::new(catalog(&[made]));
    let column = |key: &str| Quantity::Column(key.to_owned());
    for (quantity, cmp, x, want) in [
        (column("focus"), Cmp::Le, 0.1, 1),
        (column("focus"), Cmp::Eq, 0.1, 1),
        (column("bright"), Cmp::Ge, 0.7, 1),
        (column("odd key"), Cmp::Ne, 3.0, 0),
        (column("odd key"), Cmp::Eq, 3.0, 0),
        (Quantity::Aspect, Cmp::Gt, 0.0, 0),
    ] {
        let expr = Expr::Compare(quantity, cmp, x);
        let rule = Rule {
            label: String::new(),
            keep: Keep::Where(expr.clone()),
        };
        let spec = ViewSpec {
            rules: vec![rule],
            ..ViewSpec::default()
        };
        let got = Sieve::new().update(&catalog, &spec);
        assert_eq!(got.rows.len(), want, "{expr:?}");
    }
}
