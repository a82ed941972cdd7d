//! Values that parse but can't be meant.
//!
//! Must not know: TOML, manifests.

use super::{BeforeTiles, Fit, Placing, Preprocess, Resampler, Tiles};

/// Largest side of a network's input, in pixels; larger ones are slips.
const MAX_SIDE: u32 = 4096;

/// Most numbers of all views of a picture, 1 GiB of them.
const MAX_VALUES: usize = 1 << 28;

/// The field at fault, below `[input]`, and what is wrong with it.
type Slip = (String, String);

impl Preprocess {
    /// Whether every value can be meant; else the first field that can't, and what it must be.
    pub fn check(&self) -> Result<(), (String, String)> {
        let sides = self.size.iter().all(|&side| is_side(side));
        demand(sides, "size", "must be two sides of 1 to 4096 pixels")?;
        self.check_resize()?;
        self.check_warp()?;
        if let Some(tiles) = &self.tiles {
            check_tiles(tiles)?;
            let values = self.max_views().saturating_mul(self.n_values());
            let why = "makes so many views of `size` that they exceed 2^28 numbers a picture";
            demand(values <= MAX_VALUES, "tiles.n", why)?;
        }
        let scale = (self.scale as f32).is_normal() && self.scale > 0.0;
        demand(scale, "scale", "must be a number above 0")?;
        let mean = self.mean.iter().all(|m| (*m as f32).is_finite());
        demand(mean, "mean", "must be finite numbers")?;
        let std = |s: &f64| (*s as f32).is_normal() && *s > 0.0;
        demand(self.std.iter().all(std), "std", "must be numbers above 0")?;
        let reach = self.reach();
        demand(reach, "std", "is so small that values become infinite")
    }

    fn check_resize(&self) -> Result<(), Slip> {
        let Some(side) = self.resize else {
            return Ok(());
        };
        let crops = matches!(self.fit, Fit::Squash | Fit::ShortestSide);
        demand(crops, "resize", "is only for `squash` and `shortest-side`")?;
        let long_enough = is_side(side) && self.size.iter().all(|&s| s <= side);
        demand(
            long_enough,
            "resize",
            "must be at least both sides of `size`, at most 4096 pixels",
        )
    }

    fn check_warp(&self) -> Result<(), Slip> {
        let warps = self.fit == Fit::Warp;
        let whole = self.placing == Placing::WholeImage;
        demand(warps || whole, "placing", "is only for `warp`")?;
        let bilinear = !warps || self.resampler == Resampler::Cv2Bilinear;
        demand(bilinear, "resampler", "must be `cv2-bilinear` for `warp`")
    }

    /// Whether the largest level stays finite.
    fn reach(&self) -> bool {
        let top = 255.0 * self.scale;
        let finite = |(m, s): (&f64, &f64)| (((top + m.abs()) / s) as f32).is_finite();
        self.mean.iter().zip(&self.std).all(finite)
    }
}

fn check_tiles(tiles: &Tiles) -> Result<(), Slip> {
    let (Tiles::FiveCrop { side, .. } | Tiles::Grid { side, .. } | Tiles::Random { side, .. }) =
        tiles;
    demand(
        is_side(*side),
        "tiles.side",
        "must be a side of 1 to 4096 pixels",
    )?;
    match tiles {
        Tiles::FiveCrop {
            side,
            above,
            before,
        } => check_five(*side, *above, before.as_ref()),
        Tiles::Grid { n, side, squash } => {
            demand((2..=16).contains(n), "tiles.n", "must be 2 to 16")?;
            check_squash(*side, *squash)
        }
        Tiles::Random {
            n, side, squash, ..
        } => {
            demand((1..=256).contains(n), "tiles.n", "must be 1 to 256")?;
            check_squash(*side, *squash)
        }
    }
}

fn check_squash(side: u32, squash: Option<[u32; 2]>) -> Result<(), Slip> {
    let fits = |length: &u32| is_side(*length) && *length >= side;
    let fit = squash.is_none_or(|size| size.iter().all(fits));
    let why = "must be two sides of `tiles.side` to 4096 pixels";
    demand(fit, "tiles.squash", why)
}

fn check_five(side: u32, above: u32, before: Option<&BeforeTiles>) -> Result<(), Slip> {
    let mut resized_always = false;
    if let Some(before) = before {
        let shortest = is_side(before.shortest) && before.shortest >= side;
        demand(
            shortest,
            "tiles.before.shortest",
            "must be at least `tiles.side`, at most 4096 pixels",
        )?;
        let pillow = before.resampler.is_pillow();
        demand(
            pillow,
            "tiles.before.resampler",
            "must be one of Pillow's: nearest, box, bilinear, hamming, bicubic, lanczos",
        )?;
        resized_always = before.above == 0;
    }
    demand(
        resized_always || u64::from(above) + 1 >= u64::from(side),
        "tiles.above",
        "must keep pictures from the cut that are smaller than `tiles.side`",
    )
}

fn is_side(side: u32) -> bool {
    (1..=MAX_SIDE).contains(&side)
}

fn demand(holds: bool, field: &str, why: &str) -> Result<(), Slip> {
    if holds {
        return Ok(());
    }
    Err((field.to_owned(), why.to_owned()))
}
