//! Usual choices of the numbers that levels become.
//!
//! Must not know: pixels, TOML.

use serde::{Deserialize, Serialize};

use super::{Alpha, Channels, Crop, Exif, Fit, Layout, Placing, Position, Preprocess, Resampler};

/// Factor of the levels 0–255 that become 0–1.
const LEVEL: f64 = 1.0 / 255.0;

/// What the levels 0–255 of a channel become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Values {
    /// 0 to 1.
    #[serde(rename = "0..1")]
    Unit,
    /// −1 to 1: mean and deviation 0.5.
    #[serde(rename = "-1..1")]
    Signed,
    /// As they are.
    #[serde(rename = "0..255")]
    Levels,
    /// 0 to 1, then by the mean and deviation of ImageNet, as torchvision's classifiers.
    #[serde(rename = "imagenet")]
    ImageNet,
    /// 0 to 1, then by the mean and deviation of OpenAI's CLIP.
    #[serde(rename = "clip")]
    Clip,
}

impl Values {
    /// Every choice.
    pub const ALL: [Self; 5] = [
        Self::Unit,
        Self::Signed,
        Self::Levels,
        Self::ImageNet,
        Self::Clip,
    ];

    /// Its word in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unit => "0..1",
            Self::Signed => "-1..1",
            Self::Levels => "0..255",
            Self::ImageNet => "imagenet",
            Self::Clip => "clip",
        }
    }

    /// The choice that a preprocessing is, if it is one.
    pub fn of(input: &Preprocess) -> Option<Self> {
        let same = |values: &Self| {
            let mut other = input.clone();
            other.values = Some(*values);
            other.spell_out();
            other == *input
        };
        Self::ALL.into_iter().find(same)
    }

    /// Scale, mean and deviation of red, green and blue.
    pub fn numbers(self) -> (f64, [f64; 3], [f64; 3]) {
        match self {
            Self::Unit => (LEVEL, [0.0; 3], [1.0; 3]),
            Self::Signed => (LEVEL, [0.5; 3], [0.5; 3]),
            Self::Levels => (1.0, [0.0; 3], [1.0; 3]),
            Self::ImageNet => (LEVEL, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            Self::Clip => (
                LEVEL,
                [0.481_454_66, 0.457_827_5, 0.408_210_73],
                [0.268_629_54, 0.261_302_58, 0.275_777_11],
            ),
        }
    }
}

impl Preprocess {
    /// What most classifiers see: the picture squashed to `size` by Pillow's bilinear, by the mean
    /// and deviation of ImageNet.
    pub fn usual(size: [u32; 2]) -> Self {
        let (scale, mean, std) = Values::ImageNet.numbers();
        Self {
            size,
            alpha: Alpha::default(),
            fit: Fit::default(),
            resampler: Resampler::default(),
            resize: None,
            crop: Crop::default(),
            pad: [0; 3],
            position: Position::default(),
            placing: Placing::default(),
            tiles: None,
            channels: Channels::default(),
            layout: Layout::default(),
            values: None,
            scale,
            mean,
            std,
            orientation: Exif::default(),
        }
    }

    /// Its `values` become scale, mean and deviation, in the order of its channels.
    pub fn spell_out(&mut self) {
        let Some(values) = self.values.take() else {
            return;
        };
        (self.scale, self.mean, self.std) = values.numbers();
        if self.channels == Channels::Bgr {
            self.mean.reverse();
            self.std.reverse();
        }
    }
}

pub(super) fn per_level() -> f64 {
    LEVEL
}

pub(super) fn ones() -> [f64; 3] {
    [1.0; 3]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Preprocess {
        let mut input: Preprocess = toml::from_str(text).unwrap();
        input.spell_out();
        input
    }

    #[test]
    fn a_word_stands_for_its_numbers() {
        for values in Values::ALL {
            let (scale, mean, std) = values.numbers();
            let name = values.name();
            let short = read(&format!("size = [2, 2]\nvalues = \"{name}\""));
            let long = read(&format!(
                "size = [2, 2]\nscale = {scale:?}\nmean = {mean:?}\nstd = {std:?}"
            ));
            assert_eq!(short, long, "{name}");
        }
        assert_eq!(
            read("size = [2, 2]"),
            read("size = [2, 2]\nvalues = \"0..1\"")
        );
    }

    #[test]
    fn blue_comes_first_where_the_channels_say_so() {
        let input = read("size = [2, 2]\nvalues = \"imagenet\"\nchannels = \"bgr\"");
        assert_eq!(input.mean, [0.406, 0.456, 0.485]);
        assert_eq!(input.std, [0.225, 0.224, 0.229]);
    }
}
