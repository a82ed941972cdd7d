//! Catalogs and expressions for the tests of this folder.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use crate::domain::catalog::{Catalog, Dims, NewRow, Row, Status};
use crate::domain::image::{Failure, FileId, Stage};
use crate::domain::marks::Flag;
use crate::domain::query::{Cmp, Expr, Quantity, State, TextField};
use crate::domain::score::{Better, ColumnSpec};

pub(super) const COLUMNS: [&str; 3] = ["focus", "bright", "odd key"];

pub(super) fn specs() -> Vec<Arc<ColumnSpec>> {
    let spec = |key: &str| {
        Arc::new(ColumnSpec {
            key: key.to_owned(),
            label: key.to_owned(),
            range: (0.0, 10.0),
            better: Better::Higher,
            unit: String::new(),
            readable: None,
            about: String::new(),
            bands: Vec::new(),
        })
    };
    COLUMNS.map(spec).to_vec()
}

/// What a test row is made of.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) folder: usize,
    pub(super) scores: [f32; 3],
    pub(super) stars: u8,
    pub(super) size: u64,
    pub(super) dims: (u32, u32),
    pub(super) status: Status,
    pub(super) tag: Option<&'static str>,
    pub(super) pick: bool,
}

pub(super) const FOLDERS: [&str; 3] = ["/data/a", "/data/a/b", "/data/夕"];

pub(super) fn catalog(made: &[Made]) -> Catalog {
    let mut catalog = Catalog::new(specs());
    for row in made {
        append(&mut catalog, row);
    }
    catalog
}

pub(super) fn append(catalog: &mut Catalog, made: &Made) {
    let new = NewRow {
        file: FileId(catalog.len() as i64),
        folder: catalog.folder_index(Path::new(FOLDERS[made.folder])),
        name: made.name.as_bytes(),
        size: made.size,
        mtime_ns: 5 - made.size as i64,
        content: None,
    };
    let at = catalog.push(&new);
    let i = at.idx();
    for (column, score) in catalog.columns.iter_mut().zip(made.scores) {
        Arc::make_mut(&mut column.values)[i] = score;
    }
    let (width, height) = made.dims;
    Arc::make_mut(&mut catalog.stars)[i] = made.stars;
    Arc::make_mut(&mut catalog.dims)[i] = Dims { width, height };
    Arc::make_mut(&mut catalog.status)[i] = made.status;
    if made.pick {
        Arc::make_mut(&mut catalog.flags)[i] = Flag::Pick;
    }
    if let Some(tag) = made.tag {
        Arc::make_mut(&mut catalog.tags).insert(at, Arc::new([tag.into()]));
    }
    if made.status.failed {
        let reason = String::new();
        let failure = Failure {
            stage: Stage::Decode,
            reason,
        };
        Arc::make_mut(&mut catalog.failures).insert(at, failure);
    }
}

pub(super) fn any_value() -> impl Strategy<Value = f32> {
    prop_oneof![
        1 => Just(f32::NAN),
        1 => prop_oneof![Just(-0.0_f32), Just(f32::INFINITY), Just(f32::NEG_INFINITY)],
        6 => (-4_i8..5).prop_map(|n| f32::from(n) * 0.1),
    ]
}

pub(super) fn any_made() -> impl Strategy<Value = Made> {
    let name = "(a|B|夕焼け|img)([1-9][0-9]{0,2})?(\\.png|\\.jpg)";
    let status = prop_oneof![
        3 => Just((false, false, false)),
        1 => any::<(bool, bool, bool)>(),
    ];
    let status = status.prop_map(|(failed, offline, gone)| Status {
        failed,
        offline,
        gone,
    });
    let tag = prop::sample::select(vec![None, None, Some("best"), Some("夜 景")]);
    let numbers = (prop::array::uniform3(any_value()), 0_u8..6, 0_u64..10);
    let rest = ((0_u32..4, 0_u32..4), status, tag, any::<bool>());
    (name, 0_usize..3, numbers, rest).prop_map(|(name, folder, numbers, rest)| Made {
        name,
        folder,
        scores: numbers.0,
        stars: numbers.1,
        size: numbers.2,
        dims: rest.0,
        status: rest.1,
        tag: rest.2,
        pick: rest.3,
    })
}

fn any_quantity() -> impl Strategy<Value = Quantity> {
    let key = || prop::sample::select(COLUMNS.to_vec()).prop_map(str::to_owned);
    prop_oneof![
        4 => key().prop_map(Quantity::Column),
        1 => key().prop_map(Quantity::Percentile),
        3 => prop::sample::select(vec![
            Quantity::Stars,
            Quantity::Size,
            Quantity::Width,
            Quantity::Height,
            Quantity::Aspect,
        ]),
    ]
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-5_i8..6).prop_map(|n| f64::from(n) * 0.1),
        (0_u8..101).prop_map(f64::from),
        any::<f64>().prop_filter("a number", |n| !n.is_nan()),
    ]
}

fn any_cmp() -> impl Strategy<Value = Cmp> {
    prop::sample::select(vec![Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge, Cmp::Eq, Cmp::Ne])
}

fn any_leaf() -> impl Strategy<Value = Expr> {
    let field = prop::sample::select(vec![TextField::Name, TextField::Path, TextField::Folder]);
    let text = "[aB1夕()\"\\\\ *?:<.]{1,5}|and|img|png";
    let states = vec![
        State::Unscored,
        State::Scored,
        State::Failed,
        State::Offline,
        State::FailedAt(Stage::Decode),
        State::FailedAt(Stage::Read),
    ];
    prop_oneof![
        4 => (any_quantity(), any_cmp(), any_number())
            .prop_map(|(quantity, cmp, x)| Expr::Compare(quantity, cmp, x)),
        2 => (field, text).prop_map(|(field, text)| Expr::Text(field, text)),
        1 => "best|夜 景|b*|[ab ]{1,4}".prop_map(Expr::Tag),
        1 => prop::sample::select(vec![Flag::None, Flag::Pick, Flag::Reject]).prop_map(Expr::Flag),
        1 => prop::sample::select(states).prop_map(Expr::Is),
        1 => prop::sample::select(COLUMNS.to_vec()).prop_map(|key| Expr::Has(key.to_owned())),
    ]
}

pub(super) fn any_expr() -> impl Strategy<Value = Expr> {
    any_leaf().prop_recursive(4, 12, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone()
                .prop_map(|(a, b)| Expr::And(Box::new(a), Box::new(b))),
            pair.prop_map(|(a, b)| Expr::Or(Box::new(a), Box::new(b))),
            inner.prop_map(|a| Expr::Not(Box::new(a))),
        ]
    })
}

/// The rows of a catalog one by one: the slow way to answer, for comparison.
pub(super) fn rows(catalog: &Catalog) -> Vec<Row> {
    catalog.rows().collect()
}
