//! From what a network gave to the values of the columns, and to what lies beside them.
//!
//! Must not know: engines, pictures beyond their size.

use super::{Column, Manifest, Output};
use crate::domain::detail::{Detail, Pose};
use crate::zoo::reading::simcc::{self, Frame, SimCc};
use crate::zoo::reading::tables::Tables;
use crate::zoo::reading::tags::{TagTable, Thresholds};
use crate::zoo::reading::{Answer, Reading, depth, map};

/// What one view says: the numbers that columns pick from, and what was found beside them.
type View = (Vec<f64>, Option<Detail>);

impl Manifest {
    /// The same with the tables that its reading looks things up in.
    #[must_use]
    pub fn with_tables(&self, tables: Tables) -> Self {
        Self {
            tables,
            ..self.clone()
        }
    }

    /// What the answers for a picture mean: one list a view, in it one answer an output.
    ///
    /// `size` is that of the picture as the preprocessing took it, in pixels; the detail is of that
    /// picture, and there is none of several views. Values are NaN where the network gave too few
    /// numbers.
    pub fn read(&self, views: &[Vec<Answer<'_>>], size: (u32, u32)) -> Reading {
        let (numbers, mut details): (Vec<_>, Vec<_>) =
            views.iter().map(|view| self.view(view, size)).unzip();
        Reading {
            values: self.combined(&numbers),
            detail: details.pop().flatten().filter(|_| details.is_empty()),
        }
    }

    /// One arm for each way of reading that takes more than the numbers of the first output.
    fn view(&self, answers: &[Answer<'_>], size: (u32, u32)) -> View {
        let row = answers.first().map_or(&[][..], |answer| answer.values);
        match &self.output {
            Output::Embedding { .. }
            | Output::Raw { .. }
            | Output::Sigmoid {}
            | Output::Softmax {}
            | Output::Label { .. } => (self.output.values(row), self.map_in(answers)),
            Output::Expected { .. } => {
                let mut values = self.output.values(row);
                let table = self.tables.percentiles.as_ref();
                values.extend(table.and_then(|table| Some(table.of(*values.first()?))));
                (values, self.map_in(answers))
            }
            Output::Tags {
                general,
                character,
                floor,
                ..
            } => {
                let thresholds = Thresholds {
                    general: *general,
                    character: *character,
                };
                let Some(table) = &self.tables.tags else {
                    return (Vec::new(), None);
                };
                let tags = Detail::Tags(table.tags(row, *floor));
                (table.values(row, thresholds), Some(tags))
            }
            Output::SimCc(by) => {
                let pose = self.pose_in(answers, by, size);
                let numbers = pose.as_ref().map(|pose| simcc::numbers(pose, by).to_vec());
                (numbers.unwrap_or_default(), pose.map(Detail::Pose))
            }
            Output::DepthSpread(by) => {
                let spread = answers.first().and_then(|answer| depth::spread(answer, by));
                (vec![spread.unwrap_or(f64::NAN)], self.map_in(answers))
            }
        }
    }

    fn pose_in(&self, answers: &[Answer<'_>], by: &SimCc, picture: (u32, u32)) -> Option<Pose> {
        let (input, [across, down]) = (self.input.as_ref()?, answers) else {
            return None;
        };
        let frame = Frame {
            size: input.size,
            picture,
            sides: input.placing.sides(picture, input.size),
        };
        simcc::pose([across, down], by, &frame)
    }

    fn map_in(&self, answers: &[Answer<'_>]) -> Option<Detail> {
        let wanted = self.map.as_ref()?;
        let answer = answers.get(wanted.output as usize)?;
        map::map(answer, wanted.range).map(Detail::Map)
    }

    /// The values of a head's columns, from the row that its network gave for each view of a
    /// picture.
    ///
    /// NaN where the network gave too few numbers.
    pub fn columns_of(&self, views: &[Vec<f32>]) -> Vec<f64> {
        let numbers: Vec<Vec<f64>> = views.iter().map(|row| self.output.values(row)).collect();
        self.combined(&numbers)
    }

    fn combined(&self, views: &[Vec<f64>]) -> Vec<f64> {
        let value = |(i, column): (usize, &Column)| {
            let index = column.index.map_or(i, |index| index as usize);
            let pick = |view: &Vec<f64>| view.get(index).copied().unwrap_or(f64::NAN);
            let mut picked: Vec<f64> = views.iter().map(pick).collect();
            column.combine.of(&mut picked) * column.scale + column.offset
        };
        self.columns.iter().enumerate().map(value).collect()
    }

    /// Whether answers of these shapes can be read, the batch left out; the error says why not.
    pub fn check_answers(&self, shapes: &[Vec<usize>]) -> Result<(), String> {
        let width = shapes.first().map_or(0, |shape| shape.iter().product());
        let (needed, exact) = self.needed_width();
        if width != needed && (exact || width < needed) {
            return Err(format!(
                "its network gives {width} numbers a picture, and its manifest asks for {needed}"
            ));
        }
        if width == 1 && self.output.has_softmax() {
            return Err("a softmax over one number is always 1; its `read` is `raw`".to_owned());
        }
        self.check_ratings()?;
        if matches!(self.output, Output::SimCc(_)) && !are_points(shapes) {
            return Err(format!(
                "its key points need two outputs, columns and rows, and its network gives {shapes:?}"
            ));
        }
        let depths = matches!(self.output, Output::DepthSpread(_));
        if depths && shapes.first().and_then(|shape| map::sides(shape)).is_none() {
            return Err("its depths must be a grid, and its network gives none".to_owned());
        }
        let Some(wanted) = &self.map else {
            return Ok(());
        };
        let place = wanted.output as usize;
        match shapes.get(place).map(|shape| (shape, map::sides(shape))) {
            Some((_, Some(_))) => Ok(()),
            Some((shape, None)) => Err(format!(
                "its map is output {place}, which is no grid but {shape:?}"
            )),
            None => Err(format!(
                "its map is output {place}, and its network gives {}",
                shapes.len()
            )),
        }
    }

    /// Whether a table of tags has a rating for each column behind the first.
    fn check_ratings(&self) -> Result<(), String> {
        let Some(table) = &self.tables.tags else {
            return Ok(());
        };
        let (found, needed) = (table.n_ratings(), self.picked().saturating_sub(1));
        if needed <= found {
            return Ok(());
        }
        Err(format!(
            "its table of tags has {found} ratings, and its manifest asks for {needed}"
        ))
    }

    /// Numbers that the columns pick from: up to the largest index.
    fn picked(&self) -> usize {
        let index = |(i, c): (usize, &Column)| c.index.map_or(i, |index| index as usize) + 1;
        self.columns
            .iter()
            .enumerate()
            .map(index)
            .max()
            .unwrap_or(0)
    }

    /// Numbers that the first output must have a picture, and whether more are wrong.
    fn needed_width(&self) -> (usize, bool) {
        match &self.output {
            Output::Embedding { dims } => (*dims as usize, true),
            Output::Expected { weights, .. } => (weights.len(), true),
            Output::Label { names, .. } => (names.len(), true),
            Output::Tags { .. } => (self.tables.tags.as_ref().map_or(0, TagTable::len), true),
            Output::SimCc(_) | Output::DepthSpread(_) => (1, false),
            Output::Raw { .. } | Output::Sigmoid {} | Output::Softmax {} => (self.picked(), false),
        }
    }
}

/// Whether these are shares over columns and rows for as many key points.
fn are_points(shapes: &[Vec<usize>]) -> bool {
    matches!(shapes, [across, down] if simcc::points([across, down]).is_some())
}
