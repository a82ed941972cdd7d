//! A picture's pixels as preprocessings want them, each look made once.
//!
//! Must not know: tensors, threads.

use std::borrow::Cow;

use crate::domain::picture::{Picture, Rgb};
use crate::zoo::preprocess::Look;

/// A picture and the looks of it that were asked for.
pub(super) struct Looks<'p> {
    picture: &'p Picture,
    made: Vec<(Look, Cow<'p, Rgb>)>,
}

impl<'p> Looks<'p> {
    /// Nothing asked for yet.
    pub(super) fn new(picture: &'p Picture) -> Self {
        let made = Vec::new();
        Self { picture, made }
    }

    /// The pixels in that look.
    pub(super) fn pixels(&mut self, look: Look) -> &Rgb {
        let look = look.of(self.picture);
        let known = self.made.iter().position(|(known, _)| *known == look);
        let at = known.unwrap_or_else(|| {
            self.made.push((look, look.pixels(self.picture)));
            self.made.len() - 1
        });
        &self.made[at].1
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
        let mut looks = Looks::new(&picture);
        for (alpha, orientation, level) in [
            (Alpha::Drop, Exif::Ignore, 0),
            (Alpha::White, Exif::Ignore, 255),
            (Alpha::White, Exif::Apply, 255),
            (Alpha::Drop, Exif::Apply, 0),
        ] {
            assert_eq!(looks.pixels(Look { alpha, orientation }).data, [level; 3]);
        }
        assert_eq!(looks.made.len(), 2);
    }
}
