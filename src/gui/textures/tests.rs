use super::*;
use crate::domain::catalog::NewRow;
use crate::domain::image::{Failure, FileId, Stage};

fn catalog(n: u32) -> Catalog {
    let mut catalog = Catalog::new([]);
    let folder = catalog.folder_index(std::path::Path::new("/a"));
    for i in 0..n {
        catalog.push(&NewRow {
            file: FileId(i64::from(i)),
            folder,
            name: format!("{i}.png").as_bytes(),
            size: 1,
            mtime_ns: 7,
            content: None,
        });
    }
    catalog
}

fn thumb(row: u32, edge: u32) -> Thumb {
    let rgb = Rgb {
        width: edge,
        height: edge,
        data: vec![90; (edge * edge * 3) as usize],
    };
    Thumb {
        row: Row(row),
        result: Ok(Arc::new(rgb)),
    }
}

fn asked(
    textures: &mut Textures,
    catalog: &Catalog,
    rows: std::ops::Range<u32>,
) -> Option<Vec<Row>> {
    match textures.request(catalog, rows.map(Row), 256)? {
        Command::Thumbs { rows, edge: 256 } => Some(rows),
        other => panic!("unexpected {other:?}"),
    }
}

#[test]
fn asks_again_only_for_another_list() {
    let (ctx, catalog) = (Context::default(), catalog(9));
    let mut textures = Textures::default();
    assert_eq!(
        asked(&mut textures, &catalog, 0..3),
        Some(vec![Row(0), Row(1), Row(2)])
    );
    assert_eq!(asked(&mut textures, &catalog, 0..3), None);
    textures.receive(vec![thumb(0, 256)]);
    assert!(!textures.begin(&ctx, &catalog));
    assert_eq!(
        asked(&mut textures, &catalog, 0..3),
        None,
        "the rest is under way"
    );
    assert_eq!(
        asked(&mut textures, &catalog, 0..4),
        Some(vec![Row(1), Row(2), Row(3)])
    );
}

#[test]
fn a_changed_file_is_asked_for_again() {
    let (ctx, mut catalog) = (Context::default(), catalog(1));
    let mut textures = Textures::default();
    textures.receive(vec![thumb(0, 256)]);
    textures.begin(&ctx, &catalog);
    assert_eq!(asked(&mut textures, &catalog, 0..1), None);
    Arc::make_mut(&mut catalog.mtime_ns)[0] = 8;
    assert_eq!(asked(&mut textures, &catalog, 0..1), Some(vec![Row(0)]));
}

#[test]
fn failures_are_told_and_not_asked_for_again() {
    let (ctx, catalog) = (Context::default(), catalog(1));
    let mut textures = Textures::default();
    let failure = Failure {
        stage: Stage::Decode,
        reason: "not an image".to_owned(),
    };
    textures.receive(vec![Thumb {
        row: Row(0),
        result: Err(failure),
    }]);
    textures.begin(&ctx, &catalog);
    assert!(matches!(textures.get(Row(0)), Shown::Failed));
    assert_eq!(textures.reason(Row(0)), Some("not an image"));
    assert_eq!(asked(&mut textures, &catalog, 0..1), None);
}

#[test]
fn uploads_are_few_a_frame_and_memory_stays_in_its_budget() {
    let (ctx, catalog) = (Context::default(), catalog(400));
    let mut textures = Textures::default();
    textures.receive((0..400).map(|row| thumb(row, 512)).collect());
    assert!(textures.begin(&ctx, &catalog));
    assert_eq!(textures.entries.len(), UPLOADS);
    while textures.begin(&ctx, &catalog) {}
    assert!(textures.bytes <= BUDGET);
    assert_eq!(textures.bytes, textures.entries.len() * 512 * 512 * 4);
    assert!(matches!(textures.get(Row(399)), Shown::Ready(_)));
    assert!(matches!(textures.get(Row(0)), Shown::Loading));
}
