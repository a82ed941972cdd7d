//! The engine behind its channels, as the window uses it, on real files.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bandpass::base::Generation;
use bandpass::domain::catalog::{Catalog, Row};
use bandpass::domain::marks::{Flag, MarkEdit};
use bandpass::domain::op::{Destination, Intent, Plan};
use bandpass::domain::query::{Keep, Rule, ViewResult, ViewSpec};
use bandpass::engine::{
    Command, Core, Engine, Event, JobKind, JobState, Level, Places, ScoreRequest,
};

use super::dataset::Dataset;

/// A front end without a window: keeps what came last.
struct Front {
    engine: Engine,
    catalog: Arc<Catalog>,
    view: ViewResult,
    plan: Option<Plan>,
    notices: Vec<(Level, String)>,
    over: Vec<(JobKind, JobState)>,
    thumbs: usize,
}

impl Front {
    fn new(set: &Dataset) -> Self {
        let core = Core::open(Places::find(Some(set.data.path())).unwrap()).unwrap();
        let engine = Engine::start(Arc::new(core), Arc::new(|| {})).unwrap();
        Self {
            engine,
            catalog: Arc::default(),
            view: ViewResult::default(),
            plan: None,
            notices: Vec::new(),
            over: Vec::new(),
            thumbs: 0,
        }
    }

    fn send(&self, command: Command) {
        self.engine.commands().send(command).unwrap();
    }

    /// Takes events in until `done`, for a minute at most.
    #[track_caller]
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(
                began.elapsed() < Duration::from_mins(1),
                "{what}: {:?}",
                self.notices
            );
            let events = self.engine.events();
            let Ok(event) = events.recv_timeout(Duration::from_millis(100)) else {
                continue;
            };
            match event {
                Event::Catalog(catalog) => self.catalog = catalog,
                Event::View(view) => self.view = view,
                Event::Planned(plan) => self.plan = Some(*plan.unwrap()),
                Event::Notice(notice) => self.notices.push((notice.level, notice.text)),
                Event::Job(job) if job.state.is_over() => self.over.push((job.kind, job.state)),
                Event::Thumbs(thumbs) => self.thumbs += thumbs.len(),
                _ => {}
            }
        }
    }

    fn open(&mut self, set: &Dataset) {
        self.send(Command::Open(vec![set.root.path().to_path_buf()]));
        self.until("open", |front| {
            front.over.contains(&(JobKind::Identify, JobState::Done))
                && !front.catalog.is_empty()
                && front.catalog.content.iter().all(Option::is_some)
        });
    }

    fn row(&self, name: &str) -> Row {
        let mut rows = self.catalog.rows();
        rows.find(|&row| self.catalog.name(row) == name)
            .unwrap_or_else(|| panic!("no {name}"))
    }
}

#[test]
fn open_score_filter_mark_move_undo() {
    let set = Dataset::new(4);
    let mut front = Front::new(&set);
    front.open(&set);
    assert_eq!(front.catalog.n_files(), 8);
    front.send(Command::Score(ScoreRequest::default()));
    let focus = front.catalog.column_index("focus_measure").unwrap();
    front.until("score", |front| {
        front
            .catalog
            .rows()
            .all(|row| !front.catalog.value(focus, row).is_nan())
    });
    let keep = Keep::Band {
        column: "focus_measure".into(),
        low: 1000.0,
        high: f64::INFINITY,
        missing: false,
    };
    let rule = Rule {
        label: "sharp".into(),
        keep,
    };
    let spec = ViewSpec {
        rules: vec![rule],
        ..ViewSpec::default()
    };
    front.send(Command::View {
        generation: Generation(7),
        spec,
    });
    front.until("view", |front| front.view.generation == Generation(7));
    assert_eq!(
        (
            front.view.rows.len(),
            front.view.hidden[0],
            front.view.total
        ),
        (4, 4, 8)
    );

    let row = front.row("2.png");
    front.send(Command::Mark {
        rows: vec![row],
        edit: MarkEdit::Flag(Flag::Pick),
    });
    front.until("mark", |front| front.catalog.flags[row.idx()] == Flag::Pick);
    let before = set.tree();
    let to = Destination {
        folder: set.path("best"),
        keep_tree: false,
    };
    let rows = front.view.rows.to_vec();
    front.send(Command::Plan {
        rows,
        intent: Intent::Move(to),
    });
    front.until("plan", |front| front.plan.is_some());
    let plan = front.plan.take().unwrap();
    assert_eq!((plan.n_images, plan.n_sidecars), (4, 4));
    assert_eq!(set.tree(), before, "a plan touches nothing");
    front.send(Command::Apply(plan.confirm()));
    front.until("move", |front| {
        front.catalog.path(row).starts_with(set.path("best"))
    });
    assert!(set.path("best/2.txt").exists());
    front.send(Command::Undo(None));
    front.until("undo", |front| {
        front.catalog.path(row).starts_with(set.path("sharp"))
    });
    front.until("undone", |front| {
        front
            .notices
            .iter()
            .any(|(_, text)| text.contains("undone"))
    });
    assert_eq!(set.tree(), before);
    front.send(Command::Undo(None));
    front.until("marks undone", |front| {
        front.catalog.flags[row.idx()] == Flag::None
    });
}

#[test]
fn files_that_come_change_and_go_are_seen() {
    let set = Dataset::new(2);
    let mut front = Front::new(&set);
    front.open(&set);
    let gone = front.row("0.png");
    std::fs::remove_file(set.path("sharp/0.png")).unwrap();
    set.draw("new/n.png", 70, |x, y| image::Rgb([x as u8, y as u8, 7]));
    front.send(Command::Rescan);
    front.until("rescan", |front| {
        !front.catalog.exists(gone) && front.catalog.n_files() == 4
    });
    assert!(front.catalog.name(front.row("n.png")) == "n.png");
    front.send(Command::Thumbs {
        rows: front.catalog.rows().collect(),
        edge: 256,
    });
    front.until("thumbnails", |front| front.thumbs == 4);
}

#[test]
fn copies_into_the_library_join_it() {
    let set = Dataset::new(1);
    let mut front = Front::new(&set);
    front.open(&set);
    let to = Destination {
        folder: set.path("copies"),
        keep_tree: false,
    };
    let rows = vec![front.row("0.png")];
    front.send(Command::Plan {
        rows,
        intent: Intent::Copy(to),
    });
    front.until("plan", |front| front.plan.is_some());
    let plan = front.plan.take().unwrap();
    front.send(Command::Apply(plan.confirm()));
    front.until("copy", |front| front.catalog.n_files() == 3);
    front.send(Command::Undo(None));
    front.until("undo", |front| front.catalog.n_files() == 2);
}

#[test]
fn closing_amid_work_ends_soon_and_keeps_what_was_done() {
    let set = Dataset::new(0);
    for i in 0..120 {
        set.draw(&format!("{i}.png"), 800, |x, y| {
            image::Rgb([(x * y + i) as u8, (x ^ y) as u8, i as u8])
        });
    }
    let mut front = Front::new(&set);
    front.open(&set);
    front.send(Command::Score(ScoreRequest::default()));
    let focus = front.catalog.column_index("focus_measure").unwrap();
    front.until("the first scores", |front| {
        front
            .catalog
            .rows()
            .any(|row| !front.catalog.value(focus, row).is_nan())
    });
    // Ends once the batch in flight is written; a fault would hang here.
    drop(front);
    let run = set
        .run(&["query", "@", "--where", "has:focus_measure"])
        .ok();
    assert!(!run.lines().is_empty());
}

#[test]
fn a_paused_job_holds_nothing_else_up() {
    let set = Dataset::new(0);
    for i in 0..60 {
        set.draw(&format!("{i}.png"), 900, |x, y| {
            image::Rgb([(x * y) as u8, (x ^ (y + i)) as u8, i as u8])
        });
    }
    let mut front = Front::new(&set);
    front.open(&set);
    front.send(Command::Score(ScoreRequest::default()));
    let id = loop {
        if let Ok(Event::Job(job)) = front.engine.events().recv()
            && job.kind == JobKind::Score
        {
            break job.id;
        }
    };
    front.send(Command::Pause(id));
    let row = front.row("7.png");
    for stars in [1, 2, 3, 4, 5] {
        front.send(Command::Mark {
            rows: vec![row],
            edit: MarkEdit::Stars(stars),
        });
    }
    front.until("marks while paused", |front| {
        front.catalog.stars[row.idx()] == 5
    });
    front.send(Command::Resume(id));
    front.until("the end", |front| {
        front.over.contains(&(JobKind::Score, JobState::Done))
    });
}

#[test]
fn a_mark_given_just_before_closing_is_kept() {
    let set = Dataset::new(2);
    let mut front = Front::new(&set);
    front.open(&set);
    let row = front.row("1.png");
    front.send(Command::Mark {
        rows: vec![row],
        edit: MarkEdit::Stars(3),
    });
    drop(front);
    assert_eq!(
        set.run(&["query", "@", "--where", "stars = 3"])
            .ok()
            .lines()
            .len(),
        1
    );
}
