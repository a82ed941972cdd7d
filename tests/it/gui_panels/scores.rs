//! The scores of the image panel, few and many.

use std::sync::Arc;

use bandpass::domain::catalog::{Catalog, NewRow, Row};
use bandpass::domain::image::FileId;
use bandpass::domain::scope::Scope;
use bandpass::domain::score::{Band, Better, Field, ScorerKind, ScorerSpec};
use bandpass::gui::panels::inspector::Inspector;
use bandpass::gui::state::State;
use bandpass::gui::theme;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::fixture::{Fixture, column, panel, scorer};

/// Scorers of three columns each, of which the last one has no value; every second is for anime.
pub(super) fn many(n: usize) -> State {
    let spec = |i: usize| {
        let key = |part: &str| format!("s{i}_{part}");
        let mut columns: Vec<_> = ["a", "b", "empty"]
            .iter()
            .map(|part| column(&key(part), &key(part), Better::Higher))
            .collect();
        for column in &mut columns {
            column.range = (0.0, 10.0);
            column.bands = vec![Band {
                low: 2.0,
                high: 4.0,
                meaning: format!("band of {}", column.key),
            }];
        }
        ScorerSpec {
            key: format!("s{i}"),
            label: format!("Scorer {i}"),
            kind: ScorerKind::Head,
            field: if i % 2 == 1 {
                Field::Anime
            } else {
                Field::General
            },
            columns,
            ..scorer()
        }
    };
    let scorers: Vec<ScorerSpec> = (0..n).map(spec).collect();
    let columns = scorers.iter().flat_map(|s| s.columns.iter().cloned());
    let mut catalog = Catalog::new(columns.map(Arc::new));
    let folder = catalog.folder_index(std::path::Path::new("/set"));
    for i in 0..2 {
        catalog.push(&NewRow {
            file: FileId(i),
            folder,
            name: format!("img{i}.png").as_bytes(),
            size: 1000,
            mtime_ns: 0,
            content: None,
        });
    }
    for column in &mut catalog.columns {
        let empty = column.spec.key.ends_with("empty");
        let value = if empty { f32::NAN } else { 3.0 };
        column.values = Arc::new(vec![value, f32::NAN]);
    }
    let mut state = State {
        scorers,
        catalog: Arc::new(catalog),
        ..State::default()
    };
    state.selection.select_only(Row(0));
    state
}

fn inspector(state: State) -> Harness<'static, Fixture<Inspector>> {
    let mut harness = panel(Inspector::default(), state, (theme::RIGHT_WIDTH, 900.0));
    harness.run_steps(30);
    harness
}

fn meters(harness: &Harness<'_, Fixture<Inspector>>) -> usize {
    harness.query_all_by_role(Role::Meter).count()
}

#[test]
fn columns_stand_under_their_scorer_with_their_band() {
    let harness = inspector(many(2));
    harness.get_by_label("Scorer 0");
    harness.get_by_label_contains("Anime");
    harness.get_by_label("s0_a 3.00");
    harness.get_by_label("band of s0_a");
    assert_eq!(meters(&harness), 4);
    assert!(harness.query_by_label("band of s0_empty").is_none());
}

#[test]
fn a_score_outside_its_field_says_so() {
    let marks = |image: Option<Field>| {
        let mut state = many(2);
        let catalog = Arc::make_mut(&mut state.catalog);
        catalog.fields = Arc::new(vec![image, None]);
        let columns = catalog.columns.iter_mut();
        for column in columns.filter(|column| column.spec.key.starts_with("s1")) {
            column.scope = Arc::new(Scope {
                field: Field::Anime,
                ..Scope::default()
            });
        }
        let harness = inspector(state);
        let marked = harness.query_all_by_label("made for anime; this is a photo");
        marked.count()
    };
    assert_eq!(marks(None), 0, "nothing is known of the image");
    assert_eq!(marks(Some(Field::Anime)), 0);
    assert_eq!(
        marks(Some(Field::General)),
        2,
        "the column without a value has no mark"
    );
}

#[test]
fn columns_without_a_value_are_put_away() {
    let mut harness = inspector(many(2));
    assert!(harness.query_by_label("s1_empty").is_none());
    harness.get_by_label("2 without a value").click();
    harness.run_steps(4);
    harness.get_by_label("s1_empty");
}

#[test]
fn a_group_folds() {
    let mut harness = inspector(many(2));
    harness.get_by_label("Scorer 0").click();
    harness.run_steps(4);
    assert_eq!(meters(&harness), 2);
}

#[test]
fn of_sixty_columns_only_those_on_screen_are_made() {
    let harness = inspector(many(20));
    let n = meters(&harness);
    assert!((6..30).contains(&n), "{n} of 40 bars are drawn");
}

#[test]
fn an_image_without_scores_says_so_in_a_line() {
    let mut state = many(20);
    state.selection.select_only(Row(1));
    let harness = inspector(state);
    harness.get_by_label("No scores yet");
    harness.get_by_label("60 without a value");
    assert_eq!(meters(&harness), 0);
}

#[test]
fn where_values_came_from_is_told() {
    let mut harness = inspector(many(2));
    let placement = "ONNX Runtime 1.31.1 on cpu";
    let told = vec![("s1".to_owned(), placement.to_owned())];
    harness.state_mut().state.placements = Some((Row(0), told.clone()));
    harness.run_steps(30);
    harness.get_by_label(placement);
    harness.state_mut().state.placements = Some((Row(1), told));
    harness.run_steps(2);
    assert!(
        harness.query_by_label(placement).is_none(),
        "that is another image's"
    );
}
