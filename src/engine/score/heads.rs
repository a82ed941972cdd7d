//! Small networks on vectors and columns, run where the outcomes are collected: no picture is
//! opened for them.
//!
//! Must not know: files, threads, databases.

use std::sync::Arc;

use crate::base::Problem;
use crate::domain::score::Scores;
use crate::zoo::manifest::{HeadInput, Manifest, Norm};
use crate::zoo::prompts;

use super::net::{Net, NetError, first};
use super::stage::NOT_FINITE;

/// Rows run together; always this many, so that a value never depends on its neighbours.
pub(crate) const BATCH: usize = 32;

/// Why an image has no value where its encoder gave none.
const NO_VECTOR: &str = "there is no vector of its encoder";

/// A head with what it feeds on.
pub(crate) struct Head {
    /// Its place among the run's parts.
    pub part: usize,
    /// What it is.
    pub manifest: Arc<Manifest>,
    /// How it computes.
    pub body: Body,
    /// Its inputs, in order.
    pub feeds: Vec<Feed>,
}

/// How a head computes.
pub(crate) enum Body {
    /// A network.
    Net(Box<Net>),
    /// Similarity with these vectors of texts, times the factor.
    Prompts {
        /// One vector a text.
        texts: Vec<Vec<f32>>,
        /// Factor on the cosine.
        scale: f64,
    },
}

/// One input of a head.
pub(crate) enum Feed {
    /// The vector of a network of the run, by its place.
    Vector {
        /// Place among the run's networks.
        net: usize,
        /// Length of one view's vector.
        dims: usize,
        /// What is done to it first.
        norm: Norm,
    },
    /// A column of a scorer of the run.
    Column {
        /// Place among the run's parts.
        part: usize,
        /// Place among its columns.
        column: usize,
        /// What is done to the value first.
        how: HeadInput,
    },
}

/// Where a head finds what it feeds on, for one image.
pub(crate) trait Larder {
    /// The vectors of all views of an encoder, end to end; none where it has none.
    fn vector(&self, net: usize) -> Option<&[f32]>;
    /// The value of a column; NaN where it has none.
    fn column(&self, part: usize, column: usize) -> f64;
}

/// What a head has to say about one image.
pub(crate) enum Verdict {
    /// Its values.
    Scores(Scores),
    /// A column it feeds on has no value for this image, and so has the head.
    Hungry,
    /// It failed.
    Failed(String),
}

impl Head {
    /// The networks whose vectors it feeds on, with the length of one view's vector.
    pub(crate) fn vectors(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.feeds.iter().filter_map(|feed| match feed {
            Feed::Vector { net, dims, .. } => Some((*net, *dims)),
            Feed::Column { .. } => None,
        })
    }

    /// The parts whose columns it feeds on.
    pub(crate) fn column_parts(&self) -> impl Iterator<Item = usize> + '_ {
        self.feeds.iter().filter_map(|feed| match feed {
            Feed::Vector { .. } => None,
            Feed::Column { part, .. } => Some(*part),
        })
    }

    /// What it runs on, for people; none for our own code.
    pub(crate) fn placement(&self) -> Option<&str> {
        match &self.body {
            Body::Net(net) => Some(net.placement()),
            Body::Prompts { .. } => None,
        }
    }

    /// The head's values for each image, in order. Fails where nothing more can be run.
    pub(crate) fn score(&mut self, images: &[&dyn Larder]) -> Result<Vec<Verdict>, Problem> {
        let meals: Vec<Option<Vec<Vec<Vec<f32>>>>> =
            images.iter().map(|image| self.meal(*image)).collect();
        let rows: Vec<Vec<&[f32]>> = meals
            .iter()
            .flatten()
            .flatten()
            .map(|row| row.iter().map(Vec::as_slice).collect())
            .collect();
        let found: Vec<Vec<f32>> = match &mut self.body {
            Body::Net(net) => match net.run(&rows) {
                Ok(found) => found.iter().map(|row| first(row).to_vec()).collect(),
                Err(NetError::Over(problem)) => return Err(problem),
                Err(NetError::Rows(why)) => {
                    let told = |meal: Option<_>| {
                        meal.map_or(Verdict::Hungry, |_| Verdict::Failed(why.clone()))
                    };
                    return Ok(meals.into_iter().map(told).collect());
                }
            },
            Body::Prompts { texts, scale } => rows
                .iter()
                .map(|row| similarities(row, texts, *scale))
                .collect(),
        };
        let mut found = found.into_iter();
        let verdict = |(meal, image): (&Option<Vec<_>>, &&dyn Larder)| match meal {
            None if self.lacks_a_vector(*image) => Verdict::Failed(NO_VECTOR.to_owned()),
            None => Verdict::Hungry,
            Some(views) => self.verdict(&found.by_ref().take(views.len()).collect::<Vec<_>>()),
        };
        Ok(meals.iter().zip(images).map(verdict).collect())
    }

    fn lacks_a_vector(&self, image: &dyn Larder) -> bool {
        self.vectors().any(|(net, _)| image.vector(net).is_none())
    }

    fn verdict(&self, rows: &[Vec<f32>]) -> Verdict {
        if rows.iter().flatten().any(|value| !value.is_finite()) {
            return Verdict::Failed(NOT_FINITE.to_owned());
        }
        let values = match &self.body {
            Body::Net(_) => self.manifest.columns_of(rows),
            Body::Prompts { .. } => mean_of(rows),
        };
        Verdict::Scores(Scores {
            values,
            signature: None,
        })
    }

    /// What the head takes in for one image: one row a view, in it one slice an input.
    fn meal(&self, image: &dyn Larder) -> Option<Vec<Vec<Vec<f32>>>> {
        let mut n_views = 1;
        for feed in &self.feeds {
            if let Feed::Vector { net, dims, .. } = feed {
                n_views = n_views.max(image.vector(*net)?.len() / dims);
            }
        }
        let row = |view: usize| -> Option<Vec<Vec<f32>>> {
            self.feeds
                .iter()
                .map(|feed| feed.take(image, view))
                .collect()
        };
        (0..n_views).map(row).collect()
    }
}

impl Feed {
    fn take(&self, image: &dyn Larder, view: usize) -> Option<Vec<f32>> {
        match self {
            Self::Vector { net, dims, norm } => {
                let views = image.vector(*net)?;
                // An encoder without tiles has one view, which goes with all of another's.
                let view = view.min(views.len() / dims - 1);
                let vector = views.get(view * dims..(view + 1) * dims)?;
                normed(vector, *norm)
            }
            Self::Column { part, column, how } => {
                let value = image.column(*part, *column);
                let value = how
                    .clamp
                    .map_or(value, |[low, high]| value.clamp(low, high));
                let value = value * how.scale + how.offset;
                value.is_finite().then(|| vec![value as f32])
            }
        }
    }
}

/// None for a vector without direction where one is asked for.
fn normed(vector: &[f32], norm: Norm) -> Option<Vec<f32>> {
    let squares: f64 = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
    let factor = match norm {
        Norm::None => return Some(vector.to_vec()),
        Norm::Unit => 1.0 / squares.sqrt(),
        Norm::UnitSqrtDim => (vector.len() as f64).sqrt() / squares.sqrt(),
    };
    let scaled = || {
        vector
            .iter()
            .map(|&v| (f64::from(v) * factor) as f32)
            .collect()
    };
    factor.is_finite().then(scaled)
}

fn similarities(row: &[&[f32]], texts: &[Vec<f32>], scale: f64) -> Vec<f32> {
    let picture = row.first().copied().unwrap_or_default();
    let of = |text: &Vec<f32>| prompts::similarity(picture, text, scale) as f32;
    texts.iter().map(of).collect()
}

fn mean_of(rows: &[Vec<f32>]) -> Vec<f64> {
    let width = rows.first().map_or(0, Vec::len);
    let mean = |i: usize| {
        let sum: f64 = rows.iter().map(|row| f64::from(row[i])).sum();
        sum / rows.len() as f64
    };
    (0..width).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Image(Vec<f32>, f64);

    impl Larder for Image {
        fn vector(&self, _net: usize) -> Option<&[f32]> {
            (!self.0.is_empty()).then_some(&self.0)
        }
        fn column(&self, _part: usize, _column: usize) -> f64 {
            self.1
        }
    }

    fn how(text: &str) -> HeadInput {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn vectors_are_normalised_as_the_head_asks() {
        assert_eq!(normed(&[3.0, 4.0], Norm::None).unwrap(), [3.0, 4.0]);
        assert_eq!(normed(&[3.0, 4.0], Norm::Unit).unwrap(), [0.6, 0.8]);
        let scaled = normed(&[3.0, 4.0], Norm::UnitSqrtDim).unwrap();
        assert!((scaled[0] - 0.6 * 2f32.sqrt()).abs() < 1e-6);
        assert_eq!(normed(&[0.0, 0.0], Norm::Unit), None);
    }

    #[test]
    fn columns_are_clamped_then_scaled() {
        let feed = |text: &str| Feed::Column {
            part: 0,
            column: 0,
            how: how(text),
        };
        let take = |value: f64, text: &str| feed(text).take(&Image(vec![], value), 0);
        let ninth = "column = \"a\"\nclamp = [1, 10]\nscale = 0.5\noffset = -0.5";
        assert_eq!(take(11.0, ninth), Some(vec![4.5]));
        assert_eq!(take(-3.0, ninth), Some(vec![0.0]));
        assert_eq!(take(f64::NAN, ninth), None);
    }

    #[test]
    fn views_are_taken_one_by_one() {
        let feed = Feed::Vector {
            net: 0,
            dims: 2,
            norm: Norm::None,
        };
        let image = Image(vec![1.0, 2.0, 3.0, 4.0], 0.0);
        assert_eq!(feed.take(&image, 1), Some(vec![3.0, 4.0]));
        assert_eq!(feed.take(&image, 7), Some(vec![3.0, 4.0]));
        assert_eq!(feed.take(&Image(vec![], 0.0), 0), None);
    }
}
