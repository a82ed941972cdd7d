//! Columns from tables and formulas, in the window.

use std::sync::Arc;

use bandpass::domain::import::{Ambiguity, Import, ImportPlan, KeyKind, Keys, Table};
use bandpass::domain::score::Better;

use super::*;

/// What a table of three rows would do: one fits, one fits two images, one fits none.
fn plan() -> ImportPlan {
    ImportPlan {
        import: Import {
            name: "cluster".to_owned(),
            file: "/tables/cluster.csv".into(),
            at: 0,
            columns: Vec::new(),
        },
        replaces: false,
        n_rows: 3,
        matched: Arc::new(vec![(bandpass::domain::image::ContentId(1), 0)]),
        n_repeated: 0,
        conflicting: Vec::new(),
        ambiguous: vec![Ambiguity {
            key: "night.png".to_owned(),
            images: Vec::new(),
            n_images: 2,
        }],
        unmatched: vec!["gone.png".to_owned()],
        n_unread: 0,
        mounts: Vec::new(),
        table: Arc::new(Table {
            kind: KeyKind::Name,
            key_column: "filename".to_owned(),
            keys: Keys::default(),
            columns: Vec::new(),
            notices: Vec::new(),
            n_broken: 0,
        }),
    }
}

fn open(entry: &str) -> Window {
    let mut window = Window::showing(6);
    window.key(CTRL, Key::P);
    window.settle();
    window.type_into("Find a command", entry);
    window.press(Key::Enter);
    window.settle();
    window
}

#[test]
fn a_table_is_imported_after_a_look_at_the_plan() {
    let mut window = open("Import columns");
    assert_named(&window, "import dialog");
    let file = std::path::absolute("cluster.csv").unwrap();
    window.type_into("Table", &file.display().to_string());
    window.type_into("Name", "cluster");
    window.click_button("Show the plan");
    let Command::PlanImport {
        file: sent,
        options,
    } = window.last()
    else {
        panic!("{:?}", window.last());
    };
    assert_eq!((sent, options.name.as_deref()), (&file, Some("cluster")));
    assert_eq!(options.key, None);
    window
        .engine
        .send(Event::ImportPlanned(Ok(Box::new(plan()))));
    window.settle();
    assert!(window.has("1 row fit several images and are left out: night.png"));
    assert!(window.has("1 row fit no image: gone.png"));
    window.click_button("Import");
    assert!(matches!(window.last(), Command::Import(sent) if **sent == plan()));
}

#[test]
fn a_formula_is_checked_while_it_is_typed() {
    let mut window = open("Composite column");
    assert_named(&window, "composite dialog");
    window.type_into("Key", "best");
    window.type_into("Formula", "mean(sharpness, nois)");
    assert!(window.has("nois"), "the fault is shown");
    let node = window
        .harness
        .get_by_role_and_label(Role::Button, "Keep column");
    assert!(node.accesskit_node().is_disabled());
    window.type_into("Formula", " + noise");
    let wrong = window
        .harness
        .get_by_role_and_label(Role::TextInput, "Formula");
    wrong.focus();
    window.key(CTRL, Key::A);
    window.type_into("Formula", "mean(sharpness, noise)");
    window.click_button("Keep column");
    let Command::SetComposite(kept) = window.last() else {
        panic!("{:?}", window.last());
    };
    assert_eq!((kept.key.as_str(), kept.better), ("best", Better::Higher));
    assert!(kept.formula.contains("mean(sharpness, noise)"));
}
