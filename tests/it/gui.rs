//! Flows through the window, found by label as a screen reader finds them.

use bandpass::domain::catalog::Row;
use bandpass::domain::marks::{Flag, MarkEdit};
use bandpass::domain::op::Intent;
use bandpass::domain::query::{SortBy, SortKey, ViewSpec};
use bandpass::engine::{Command, Event, JobState, Level, Notice};
use bandpass::gui::App;
use bandpass::gui::state::Mode;
use egui::accesskit::{Action, Role};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

mod columns;
mod devices;
pub(crate) mod fake;
mod models;
mod overlay;
mod own_model;
mod rules;
mod seen_tags;
mod settings;
pub(crate) mod zoo;

use fake::{Fake, fake};

/// The window with the engine behind it.
struct Window {
    harness: Harness<'static, App>,
    engine: Fake,
}

impl Window {
    /// The empty window.
    fn empty(n: u32) -> Self {
        let (link, engine) = fake(n);
        let mut builder = Harness::builder()
            .with_size([1280.0, 800.0])
            .with_step_dt(1.0 / 60.0);
        if n > fake::LATIN {
            builder = builder.allow_missing_glyphs();
        }
        let harness = builder.build_eframe(move |cc| App::new(&cc.egui_ctx, link, &[]));
        let mut window = Self { harness, engine };
        window.settle();
        window
    }

    /// A window that shows `n` images.
    fn showing(n: u32) -> Self {
        let mut window = Self::empty(n);
        window.engine.open();
        window.settle();
        window
    }

    fn settle(&mut self) {
        for _ in 0..3 {
            self.harness.step();
            self.engine.answer();
        }
        self.harness.run_steps(2);
    }

    /// Waits for the picture in the loupe; large ones are prepared on a thread.
    fn load(&mut self) {
        for _ in 0..100 {
            std::thread::sleep(std::time::Duration::from_millis(20));
            self.settle();
            if !self.has("loading") {
                break;
            }
        }
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.settle();
    }

    fn click_button(&mut self, label: &str) {
        self.harness
            .get_by_role_and_label(Role::Button, label)
            .click();
        self.settle();
    }

    fn tile(&self, name: &str) -> egui_kittest::Node<'_> {
        let label = name.to_owned();
        self.harness.get_by(move |node| {
            node.role() == Role::ListBoxOption
                && node.label().is_some_and(|l| l.starts_with(&label))
        })
    }

    fn click_tile(&mut self, name: &str, modifiers: Modifiers) {
        self.tile(name).click_modifiers(modifiers);
        self.settle();
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    fn press(&mut self, key: Key) {
        self.key(Modifiers::NONE, key);
    }

    fn targets(&self) -> Vec<u32> {
        let rows = self.harness.state().state().selection.targets();
        rows.into_iter().map(|row| row.0).collect()
    }

    fn has(&self, label: &str) -> bool {
        self.harness
            .query_all_by_label_contains(label)
            .next()
            .is_some()
    }

    /// The newest command that asks for more than news.
    fn last(&self) -> &Command {
        let newest = self.engine.seen.iter().rev();
        let not_asking = |command: &&Command| {
            !matches!(
                command,
                Command::Models
                    | Command::Runtime
                    | Command::Placements(_)
                    | Command::Details(_)
                    | Command::SaveSettings(_)
            )
        };
        newest
            .into_iter()
            .find(not_asking)
            .unwrap_or_else(|| panic!("nothing was asked"))
    }

    fn last_view(&self) -> &ViewSpec {
        let views = self.engine.seen.iter().rev();
        let found = views.filter_map(|command| match command {
            Command::View { spec, .. } => Some(spec),
            _ => None,
        });
        let newest = found.into_iter().next();
        newest.unwrap_or_else(|| panic!("no view was asked for"))
    }

    fn last_mark(&self) -> Option<(Vec<u32>, MarkEdit)> {
        self.engine
            .seen
            .iter()
            .rev()
            .find_map(|command| match command {
                Command::Mark { rows, edit } => {
                    Some((rows.iter().map(|row| row.0).collect(), edit.clone()))
                }
                _ => None,
            })
    }
}

const CTRL: Modifiers = Modifiers {
    ctrl: true,
    command: true,
    ..Modifiers::NONE
};

#[test]
fn a_typed_folder_opens() {
    let mut window = Window::empty(30);
    assert!(window.has("Sieve your images"));
    window.harness.get_by_label("Folder path").focus();
    window.settle();
    window
        .harness
        .get_by_label("Folder path")
        .type_text("/pictures");
    window.settle();
    window.click("Open");
    let opened = window.engine.seen.iter().any(|command| {
        matches!(command, Command::Open(roots) if roots == &[std::path::PathBuf::from("/pictures")])
    });
    assert!(opened, "{:?}", window.engine.seen);
    window.tile("img_0000.jpg");
    assert!(window.has("30 of 30"));
}

#[test]
fn sorting_by_a_score_begins_with_the_best() {
    let mut window = Window::showing(30);
    window.click("Sort by");
    window.click_button("sharpness");
    let by = |descending| {
        let by = SortBy::Column("sharpness".to_owned());
        vec![SortKey { by, descending }]
    };
    assert_eq!(window.last_view().sort, by(true));
    window.click("Largest first");
    assert_eq!(window.last_view().sort, by(false));
    window.tile("img_0000.jpg, 0");
    window.click("Sort by");
    window.click_button("noise");
    assert!(
        !window.last_view().sort[0].descending,
        "less noise is better"
    );
}

#[test]
fn clicks_select_as_everywhere() {
    let mut window = Window::showing(30);
    window.click_tile("img_0002", Modifiers::NONE);
    assert_eq!(window.targets(), [2]);
    window.click_tile("img_0004", CTRL);
    assert_eq!(window.targets(), [2, 4]);
    window.click_tile("img_0002", CTRL);
    assert_eq!(window.targets(), [4]);
    window.click_tile("img_0007", Modifiers::SHIFT);
    assert_eq!(
        window.targets(),
        [2, 3, 4, 5, 6, 7],
        "from the last clicked one"
    );
    assert!(window.has("6 selected"));
    window.key(CTRL, Key::A);
    assert_eq!(window.targets().len(), 30);
    window.key(CTRL, Key::D);
    assert_eq!(window.targets(), [7], "the focus remains");
}

#[test]
fn arrows_walk_and_extend() {
    let mut window = Window::showing(300);
    window.press(Key::ArrowRight);
    assert_eq!(
        window.targets(),
        [0],
        "the first press takes the first image"
    );
    window.press(Key::ArrowRight);
    window.press(Key::ArrowRight);
    assert_eq!(window.targets(), [2]);
    window.key(Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(window.targets(), [2, 3]);
    window.press(Key::End);
    assert_eq!(window.targets(), [299]);
    window.tile(&fake::name(299));
    window.press(Key::ArrowDown);
    assert_eq!(window.targets(), [299]);
    window.press(Key::Home);
    window.tile(&fake::name(0));
}

#[test]
fn marks_go_to_the_selection_and_the_same_key_clears() {
    let mut window = Window::showing(30);
    window.click_tile("img_0002", Modifiers::NONE);
    window.press(Key::Num4);
    assert_eq!(window.last_mark(), Some((vec![2], MarkEdit::Stars(4))));
    window.tile("img_0002.jpg, 4 stars");
    window.press(Key::Num4);
    assert_eq!(window.last_mark(), Some((vec![2], MarkEdit::Stars(0))));
    window.click_tile("img_0003", CTRL);
    window.tile("img_0009").hover();
    window.press(Key::P);
    assert_eq!(
        window.last_mark(),
        Some((vec![2, 3], MarkEdit::Flag(Flag::Pick)))
    );
    window.tile("img_0003.jpg, pick");
    window.press(Key::X);
    assert_eq!(
        window.last_mark(),
        Some((vec![2, 3], MarkEdit::Flag(Flag::Reject)))
    );
    window.press(Key::U);
    assert_eq!(
        window.last_mark(),
        Some((vec![2, 3], MarkEdit::Flag(Flag::None)))
    );
}

#[test]
fn letters_are_text_in_a_text_box() {
    let mut window = Window::showing(30);
    window.click_tile("img_0002", Modifiers::NONE);
    window.harness.get_by_label("Folder path").focus();
    window.settle();
    window.press(Key::P);
    window.press(Key::Num3);
    assert_eq!(window.last_mark(), None);
    window.click_tile("img_0003", Modifiers::NONE);
    window.press(Key::P);
    assert_eq!(
        window.last_mark(),
        Some((vec![3], MarkEdit::Flag(Flag::Pick)))
    );
}

#[test]
fn auto_advance_moves_on_after_a_mark() {
    let mut window = Window::showing(30);
    window.click("Mark");
    window.click("Auto-advance");
    window.press(Key::Escape);
    window.click_tile("img_0002", Modifiers::NONE);
    window.press(Key::P);
    window.press(Key::X);
    assert_eq!(
        window.last_mark(),
        Some((vec![3], MarkEdit::Flag(Flag::Reject)))
    );
    assert_eq!(window.targets(), [4]);
}

#[test]
fn the_loupe_opens_walks_and_closes() {
    let mut window = Window::showing(30);
    window.click_tile("img_0001", Modifiers::NONE);
    window.press(Key::Enter);
    assert!(window.has("Picture img_0001.jpg"));
    window.press(Key::ArrowRight);
    assert!(window.has("Picture img_0002.jpg"));
    let asked = |row| move |command: &Command| matches!(command, Command::Picture(r) if *r == row);
    assert!(window.engine.seen.iter().any(asked(Row(1))));
    assert!(window.engine.seen.iter().any(asked(Row(2))));
    window.press(Key::Z);
    assert!(window.has("100 %"));
    window.press(Key::Escape);
    assert_eq!(window.harness.state().state().mode, Mode::Grid);
    window.tile("img_0002.jpg");
}

#[test]
fn help_and_palette_list_and_run_commands() {
    let mut window = Window::showing(30);
    window.press(Key::Questionmark);
    assert!(window.has("Keyboard shortcuts") && window.has("Ctrl+Shift+C"));
    window.press(Key::P);
    assert_eq!(window.last_mark(), None, "no commands under a dialog");
    window.press(Key::Escape);
    assert!(!window.has("Ctrl+Shift+C"));
    window.key(CTRL, Key::P);
    window
        .harness
        .get_by_label("Find a command")
        .type_text("resc");
    window.settle();
    window.press(Key::Enter);
    assert!(matches!(window.engine.seen.last(), Some(Command::Rescan)));
    assert!(!window.has("Find a command"));
}

#[test]
fn jobs_are_shown_held_and_stopped() {
    let mut window = Window::showing(30);
    window.engine.send(fake::job(7, JobState::Running));
    window.settle();
    assert!(window.has("Scoring with cv2_metrics") && window.has("12,204 of 38,517"));
    assert!(window.has("241.3 images/s") && window.has("1 min 49 s left"));
    window.click("Pause");
    assert!(matches!(window.engine.seen.last(), Some(Command::Pause(id)) if id.0 == 7));
    window.engine.send(fake::job(7, JobState::Paused));
    window.settle();
    window.click("Resume");
    assert!(matches!(window.engine.seen.last(), Some(Command::Resume(id)) if id.0 == 7));
    window.click("Cancel");
    assert!(matches!(window.engine.seen.last(), Some(Command::Cancel(id)) if id.0 == 7));
    window.engine.send(fake::job(7, JobState::Cancelled));
    window.settle();
    assert!(!window.has("Scoring with"));
}

#[test]
fn failed_images_are_one_click_away() {
    let mut window = Window::showing(30);
    window.tile("img_0005.jpg, failed");
    window.click("1 failed");
    assert_eq!(window.last_view().rules.len(), 1);
    assert!(window.has("1 of 30"));
}

#[test]
fn errors_stay_until_closed() {
    let mut window = Window::showing(3);
    window.engine.send(Event::Notice(Notice {
        level: Level::Error,
        text: "can't read the folder: permission denied".to_owned(),
    }));
    window.settle();
    window.harness.run_steps(1000);
    assert!(window.has("permission denied"));
    window.click("Dismiss");
    assert!(!window.has("permission denied"));
}

#[test]
fn the_trash_is_planned_for_what_the_filter_shows() {
    let mut window = Window::showing(30);
    window.click_tile("img_0001", Modifiers::NONE);
    window.click_tile("img_0003", CTRL);
    window.press(Key::Delete);
    let Command::Plan { rows, intent } = window.last() else {
        panic!("no plan was asked for: {:?}", window.last());
    };
    assert_eq!(
        (rows.as_slice(), intent),
        ([Row(1), Row(3)].as_slice(), &Intent::Trash)
    );
}

#[test]
fn settings_are_saved_once_they_rest() {
    let mut window = Window::showing(30);
    let saves = |window: &Window| {
        let seen = window.engine.seen.iter();
        seen.filter(|command| matches!(command, Command::SaveSettings(_)))
            .count()
    };
    window.harness.run_steps(60);
    window.settle();
    let before = saves(&window);
    for _ in 0..3 {
        window.press(Key::Plus);
    }
    window.harness.run_steps(60);
    window.settle();
    assert_eq!(saves(&window), before + 1);
    let Some(Command::SaveSettings(settings)) = window.engine.seen.last() else {
        panic!("the last command is the saving");
    };
    assert!((settings.thumb_size - (160.0 + 3.0 * 32.0)).abs() < 1e-3);
}

#[test]
fn eguis_own_fonts_have_every_letter_of_the_window() {
    let mut window = Window::showing(fake::LATIN);
    window.engine.send(fake::job(1, JobState::Paused));
    window.click_tile("img_0001", Modifiers::NONE);
    for key in [
        Key::Num3,
        Key::Questionmark,
        Key::Escape,
        Key::Enter,
        Key::T,
    ] {
        window.press(key);
        window.harness.run_ok();
    }
    window.press(Key::Escape);
    window.key(CTRL, Key::P);
    window.harness.run_ok();
}

#[test]
fn everything_that_can_be_clicked_has_a_name() {
    let mut window = Window::showing(60);
    window.engine.send(fake::job(1, JobState::Running));
    window.engine.send(Event::Notice(Notice {
        level: Level::Error,
        text: "a notice".to_owned(),
    }));
    window.click_tile("img_0001", Modifiers::NONE);
    assert_named(&window, "grid");
    window.press(Key::Enter);
    assert_named(&window, "loupe");
    window.press(Key::Questionmark);
    assert_named(&window, "help");
    window.press(Key::Escape);
    window.key(CTRL, Key::P);
    assert_named(&window, "palette");
}

fn assert_named(window: &Window, place: &str) {
    let nameless: Vec<String> = window
        .harness
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .filter(|node| node.data().supports_action(Action::Click))
        .filter(|node| {
            let name = node.label().or_else(|| node.value());
            name.is_none_or(|name| name.trim().is_empty())
        })
        // egui's own scroll bars have no name; boxes around a dialog swallow clicks.
        .filter(|node| node.role() != Role::ScrollBar && node.role() != Role::GenericContainer)
        .filter(|node| node.role() != Role::Unknown)
        .map(|node| format!("{:?} {:?}", node.role(), node.raw_bounds()))
        .collect();
    assert_eq!(nameless, Vec::<String>::new(), "in the {place}");
    assert_eq!(
        window.harness.unnamed_widgets(),
        Vec::<String>::new(),
        "in the {place}"
    );
}

/// Compares the window with its reference picture; says so where nothing can draw.
#[expect(clippy::print_stdout, reason = "tells why a picture is skipped")]
fn snapshot(name: &str, prepare: impl FnOnce(&mut Window)) {
    let can_draw = std::panic::catch_unwind(egui_kittest::wgpu::WgpuTestRenderer::new);
    if can_draw.is_err() {
        println!("skipped: there is no graphics adapter for {name}");
        return;
    }
    let mut window = Window::empty(fake::LATIN);
    fake::decorate(&mut window.engine.catalog);
    prepare(&mut window);
    window.harness.remove_cursor();
    window.settle();
    window.harness.snapshot(name);
}

#[test]
fn picture_of_the_empty_window() {
    snapshot("welcome", |_| {});
}

#[test]
fn picture_of_the_grid() {
    snapshot("grid", |window| {
        window.engine.open();
        window.engine.send(fake::job(1, JobState::Running));
        window.settle();
        window.click_tile("img_0003", Modifiers::NONE);
        window.click_tile("img_0004", CTRL);
    });
}

#[test]
fn picture_of_the_loupe() {
    snapshot("loupe", |window| {
        window.engine.open();
        window.settle();
        window.click_tile("img_0002", Modifiers::NONE);
        window.press(Key::Enter);
        window.load();
    });
}
