//! Which of a picture's pixels a network's own program hands to its preprocessing.
//!
//! Must not know: sizes, tensors.

use std::borrow::Cow;

use super::{Alpha, Exif, Preprocess};
use crate::domain::picture::{Orientation, Picture, Rgb};

/// What is done about transparency and EXIF orientation before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// What becomes of transparent pixels.
    pub alpha: Alpha,
    /// Whether the picture is turned upright.
    pub orientation: Exif,
}

impl Preprocess {
    /// The look that it wants.
    pub fn look(&self) -> Look {
        Look {
            alpha: self.alpha,
            orientation: self.orientation,
        }
    }
}

impl Look {
    /// The plainest look that gives the same pixels of this picture.
    #[must_use]
    pub fn of(mut self, picture: &Picture) -> Self {
        if picture.alpha.is_none() {
            self.alpha = Alpha::Drop;
        }
        if picture.orientation == Orientation::Upright {
            self.orientation = Exif::Ignore;
        }
        self
    }

    /// The pixels; borrowed where they are those of the file.
    pub fn pixels(self, picture: &Picture) -> Cow<'_, Rgb> {
        let look = self.of(picture);
        let mut pixels = Cow::Borrowed(&picture.rgb);
        if let (Alpha::White, Some(alpha)) = (look.alpha, &picture.alpha) {
            pixels = Cow::Owned(pixels.over_white(alpha));
        }
        if look.orientation == Exif::Apply {
            pixels = Cow::Owned(pixels.turned(picture.orientation));
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Look = Look {
        alpha: Alpha::White,
        orientation: Exif::Ignore,
    };
    const UPRIGHT: Look = Look {
        alpha: Alpha::Drop,
        orientation: Exif::Apply,
    };

    fn picture(alpha: Option<Vec<u8>>, orientation: Orientation) -> Picture {
        Picture {
            rgb: Rgb {
                width: 2,
                height: 1,
                data: vec![10, 20, 30, 200, 0, 255],
            },
            alpha,
            orientation,
            format: "png",
            file_size: 0,
        }
    }

    #[test]
    fn each_wish_changes_its_own_part() {
        let seen = picture(Some(vec![255, 100]), Orientation::Rotate90);
        assert_eq!(Look::default().pixels(&seen), Cow::Borrowed(&seen.rgb));
        assert_eq!(WHITE.pixels(&seen).data, [10, 20, 30, 233, 155, 255]);
        let turned = UPRIGHT.pixels(&seen).into_owned();
        assert_eq!((turned.width, turned.height), (1, 2));
        assert_eq!(turned.data, seen.rgb.data);
        let both = Look {
            orientation: Exif::Apply,
            ..WHITE
        };
        assert_eq!(both.pixels(&seen).data, [10, 20, 30, 233, 155, 255]);
        assert_eq!(both.pixels(&seen).width, 1);
    }

    #[test]
    fn a_wish_without_an_effect_is_none() {
        let plain = picture(None, Orientation::Upright);
        for look in [WHITE, UPRIGHT] {
            assert_eq!(look.of(&plain), Look::default());
            assert!(matches!(look.pixels(&plain), Cow::Borrowed(_)));
        }
        let through = picture(Some(vec![0, 255]), Orientation::Upright);
        assert_eq!(WHITE.of(&through), WHITE);
        assert_eq!(UPRIGHT.of(&through), Look::default());
    }
}
