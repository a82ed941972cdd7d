//! A picture's pixels as preprocessings want them, each look made once.
//!
//! Must not know: tensors, threads.

use std::borrow::Cow;

use crate::domain::picture::{Picture, Rgb};
use crate::zoo::preprocess::Look;

/// A picture and the looks of it that were asked for.
pub(super) struct Seen<'p> {
    picture: &'p Picture,
    looks: Vec<(Look, Cow<'p, Rgb>)>,
}

impl<'p> Seen<'p> {
    /// Nothing asked for yet.
    pub(super) fn new(picture: &'p Picture) -> Self {
        let looks = Vec::new();
        Self { picture, looks }
    }

    /// The pixels in that look.
    pub(super) fn pixels(&mut self, look: Look) -> &Rgb {
        let look = look.of(self.picture);
        let known = self.looks.iter().position(|(known, _)| *known == look);
        let at = known.unwrap_or_else(|| {
            self.looks.push((look, look.pixels(self.picture)));
            self.looks.len() - 1
        });
        &self.looks[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::picture::Orientation;
    use crate::zoo::preprocess::{Alpha, Exif};

    #[test]
    fn equal_looks_share_their_pixels() {
        let picture = Picture {
            rgb: Rgb {
                width: 1,
                height: 1,
                data: vec![0; 3],
            },
            alpha: Some(vec![0]),
            orientation: Orientation::Upright,
            format: "png",
            file_size: 0,
        };
        let mut seen = Seen::new(&picture);
        for (alpha, orientation, level) in [
            (Alpha::Drop, Exif::Ignore, 0),
            (Alpha::White, Exif::Ignore, 255),
            (Alpha::White, Exif::Apply, 255),
            (Alpha::Drop, Exif::Apply, 0),
        ] {
            assert_eq!(seen.pixels(Look { alpha, orientation }).data, [level; 3]);
        }
        assert_eq!(seen.looks.len(), 2);
    }
}
