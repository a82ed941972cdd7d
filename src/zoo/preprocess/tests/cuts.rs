//! Tiles: where they lie, and that they are cut before they are fitted.

use super::*;

pub(super) fn five(side: u32, above: u32, before: Option<BeforeTiles>) -> Preprocess {
    Preprocess {
        tiles: Some(Tiles::FiveCrop {
            side,
            above,
            before,
        }),
        ..plain([side, side], Fit::ShortestSide, Resampler::Bicubic)
    }
}

#[test]
fn five_crops_are_the_corners_and_the_centre() {
    let spec = five(2, 2, None);
    assert_eq!(spec.n_views(2, 9), 1);
    let picture = picture(4, 5);
    assert_eq!(spec.n_views(4, 5), 5);
    let whole = as_floats(&picture);
    let out = apply(&spec, &picture);
    let corners = [(0, 0), (2, 0), (0, 3), (2, 3), (1, 2)];
    for (view, (x, y)) in out.chunks(spec.n_values()).zip(corners) {
        let row = |y: usize| &whole[(y * 4 + x) * 3..(y * 4 + x + 2) * 3];
        assert_eq!(view, [row(y), row(y + 1)].concat());
    }
}

/// Cutting and resizing commute: a tile of the resized picture is the same either way.
#[test]
fn tiles_of_a_resized_picture_are_parts_of_it() {
    let before = BeforeTiles {
        shortest: 12,
        above: 0,
        rounding: Rounding::Nearest,
        resampler: Resampler::Lanczos,
    };
    let spec = five(8, 0, Some(before));
    let picture = picture(30, 41);
    let resized = apply(&plain([12, 16], Fit::Squash, Resampler::Lanczos), &picture);
    let out = apply(&spec, &picture);
    let (x, y) = (4, 8);
    let view = &out[3 * spec.n_values()..4 * spec.n_values()];
    for (i, row) in view.chunks(24).enumerate() {
        let at = ((y + i) * 12 + x) * 3;
        assert_eq!(row, &resized[at..at + 24]);
    }
}

/// `side` × `side` views of a picture at this size.
fn tiled(tiles: Tiles, side: u32) -> Preprocess {
    Preprocess {
        tiles: Some(tiles),
        ..plain([side; 2], Fit::Squash, Resampler::TorchBilinear)
    }
}

fn squares(n: u32, side: u32, squash: Option<[u32; 2]>) -> Tiles {
    Tiles::Grid { n, side, squash }
}

fn by_chance(n: u32, side: u32, seed: u64) -> Tiles {
    Tiles::Random {
        n,
        side,
        seed,
        squash: None,
    }
}

/// Left and top of each view of a picture of this size.
fn corners(spec: &Preprocess, [width, height]: [u32; 2]) -> Vec<[u32; 2]> {
    let cuts = spec.cuts(width, height).into_iter();
    cuts.map(|cut| match cut {
        Cut::Region(corner, _) => corner,
        other => panic!("{other:?}"),
    })
    .collect()
}

/// As the fixture `hyperiqa_res50` lists them for 320 × 256 pixels.
#[test]
fn a_grid_reaches_every_edge_row_by_row() {
    let grid = tiled(squares(5, 224, None), 224);
    let found = corners(&grid, [320, 256]);
    assert_eq!(
        found[..6],
        [[0, 0], [24, 0], [48, 0], [72, 0], [96, 0], [0, 8]]
    );
    assert_eq!(found.len(), 25);
    // 101 · i / 4, rounded down.
    let row = [0, 25, 50, 75, 101].map(|x| [x, 0]);
    assert_eq!(corners(&grid, [325, 224])[..5], row);
    assert_eq!(grid.n_views(1000, 223), 1);
}

#[test]
fn crops_by_chance_are_the_same_everywhere_and_lie_inside() {
    let random = |seed| {
        let (n, side) = (25, 224);
        tiled(by_chance(n, side, seed), 224)
    };
    let found = corners(&random(0), [1000, 700]);
    assert_eq!(found.len(), 25);
    // Pinned: another generator would score every picture anew.
    assert_eq!(found[..3], [[136, 34], [314, 125], [454, 389]]);
    assert!(found.iter().all(|[x, y]| *x <= 776 && *y <= 476));
    assert_eq!(found, corners(&random(0), [1000, 700]));
    assert_ne!(found, corners(&random(1), [1000, 700]));
    assert_ne!(found, corners(&random(0), [700, 1000]));
    assert_eq!(corners(&random(0), [224, 224]), [[0, 0]; 25]);
    assert_eq!(random(0).n_views(1000, 223), 1);
}

#[test]
fn a_large_picture_has_the_most_views() {
    let all = [
        (five(8, 8, None), [5, 1]),
        (tiled(squares(5, 8, None), 8), [25, 25]),
        (tiled(by_chance(7, 8, 0), 8), [7, 7]),
        (plain([8, 8], Fit::Squash, Resampler::Box), [1, 1]),
    ];
    for (spec, views) in all {
        assert_eq!([spec.max_views(), spec.usual_views()], views);
        assert_eq!(spec.n_views(640, 480), views[0]);
    }
}

#[test]
fn tiles_of_their_size_are_cut_out_as_they_are() {
    let picture = picture(9, 6);
    let whole = as_floats(&picture);
    let spec = tiled(squares(2, 4, None), 4);
    let out = apply(&spec, &picture);
    for (view, (x, y)) in out.chunks(48).zip([(0, 0), (5, 0), (0, 2), (5, 2)]) {
        let row = |i: usize| &whole[((y + i) * 9 + x) * 3..((y + i) * 9 + x + 4) * 3];
        assert_eq!(view, [row(0), row(1), row(2), row(3)].concat());
    }
}

#[test]
fn squashed_pictures_are_cut_like_others_of_that_size() {
    let spec = tiled(squares(2, 4, Some([9, 6])), 4);
    let picture = picture(23, 3);
    assert_eq!(spec.n_views(23, 3), 4);
    let squashed = apply(&plain([9, 6], Fit::Squash, Resampler::Bilinear), &picture);
    let squashed = Rgb {
        width: 9,
        height: 6,
        data: squashed.iter().map(|v| *v as u8).collect(),
    };
    let cut = tiled(squares(2, 4, None), 4);
    assert_eq!(apply(&spec, &picture), apply(&cut, &squashed));
}

#[test]
fn slips_of_tiles_name_their_field() {
    let slip = |tiles| tiled(tiles, 8).check().unwrap_err().0;
    let of = |spec: Preprocess| slip(spec.tiles.unwrap());
    assert_eq!(of(five(8, 6, None)), "tiles.above");
    assert_eq!(of(five(0, 6, None)), "tiles.side");
    let before = |shortest, resampler| BeforeTiles {
        shortest,
        above: 0,
        rounding: Rounding::Down,
        resampler,
    };
    let with = |before| of(five(8, 0, Some(before)));
    assert_eq!(with(before(7, Resampler::Box)), "tiles.before.shortest");
    assert_eq!(
        with(before(8, Resampler::TorchBilinear)),
        "tiles.before.resampler"
    );
    assert_eq!(slip(squares(1, 8, None)), "tiles.n");
    assert_eq!(slip(squares(5, 0, None)), "tiles.side");
    assert_eq!(slip(squares(5, 8, Some([8, 7]))), "tiles.squash");
    let (side, seed) = (8, 0);
    assert_eq!(slip(by_chance(257, side, seed)), "tiles.n");
    let sized = |side| tiled(by_chance(256, 8, 0), side).check();
    assert_eq!(sized(591), Ok(()));
    assert_eq!(sized(592).unwrap_err().0, "tiles.n");
}
