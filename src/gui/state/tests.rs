use super::*;
use crate::domain::catalog::NewRow;
use crate::domain::image::FileId;

fn state(n: u32) -> State {
    let mut catalog = Catalog::new([]);
    let folder = catalog.folder_index(std::path::Path::new("/a"));
    for i in 0..n {
        catalog.push(&NewRow {
            file: FileId(i64::from(i)),
            folder,
            name: b"x.png",
            size: 1,
            mtime_ns: 0,
            content: None,
        });
    }
    let mut state = State::default();
    state.set_catalog(Arc::new(catalog));
    show(&mut state, &(0..n).collect::<Vec<_>>(), false);
    state
}

fn show(state: &mut State, rows: &[u32], same_spec: bool) {
    let view = ViewResult {
        rows: Arc::new(rows.iter().copied().map(Row).collect()),
        ..ViewResult::default()
    };
    state.set_view(view, same_spec);
}

#[test]
fn steps_stay_within_the_grid() {
    let mut state = state(10);
    // 0 1 2 3 / 4 5 6 7 / 8 9, two rows a page
    let cases = [
        (0, Step::Left, 0),
        (0, Step::Up, 0),
        (3, Step::Right, 4),
        (3, Step::Down, 7),
        (7, Step::Down, 9),
        (9, Step::Down, 9),
        (9, Step::Right, 9),
        (9, Step::PageUp, 1),
        (5, Step::PageUp, 1),
        (1, Step::PageDown, 9),
        (2, Step::PageDown, 9),
        (5, Step::Home, 0),
        (5, Step::End, 9),
    ];
    for (from, step, to) in cases {
        state.go_to(from);
        assert_eq!(
            state.target_of(step, 4, 2),
            Some(to),
            "{step:?} from {from}"
        );
    }
}

#[test]
fn an_empty_view_has_no_steps_and_no_focus_starts_at_the_first() {
    assert_eq!(State::default().target_of(Step::Right, 4, 2), None);
    let state = state(3);
    assert_eq!(state.target_of(Step::Right, 4, 2), Some(0));
    assert_eq!(state.target_of(Step::End, 4, 2), Some(2));
}

#[test]
fn a_mark_that_hides_the_focus_hands_it_to_the_next() {
    let mut state = state(5);
    state.go_to(2);
    show(&mut state, &[0, 1, 3, 4], true);
    assert_eq!(state.selection.focus(), Some(Row(3)));
    assert_eq!(state.selection.targets(), [Row(3)]);
    state.go_to(3);
    show(&mut state, &[0, 1, 3], true);
    assert_eq!(
        state.selection.focus(),
        Some(Row(3)),
        "the last hands it back"
    );
}

#[test]
fn a_filter_that_hides_the_focus_leaves_it_and_counts_it() {
    let mut state = state(5);
    state.go_to(1);
    state.extend_to(3);
    show(&mut state, &[4, 0, 1], false);
    assert_eq!(state.selection.focus(), Some(Row(3)));
    assert_eq!(state.place.n_hidden, 2);
    assert!(!state.place.is_in_view);
    show(&mut state, &[4, 3, 2, 1, 0], false);
    assert_eq!(state.place.n_hidden, 0);
    assert_eq!(state.place.position, 1);
}

#[test]
fn file_operations_leave_hidden_images_out() {
    let mut state = state(5);
    state.selection.select_all(&[Row(0), Row(1), Row(2)]);
    show(&mut state, &[2, 4, 1], false);
    assert_eq!(state.ctx().file_targets(), [Row(2), Row(1)]);
    state.selection.clear();
    state.selection.focus_on(Row(4));
    assert_eq!(state.ctx().file_targets(), [Row(4)]);
}
