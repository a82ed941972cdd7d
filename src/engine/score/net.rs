//! A loaded network with what its manifest says about going in and coming out.
//!
//! Must not know: pictures, files, databases, threads.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::Problem;
use crate::engine::infer::{InferError, Port, Session, Tensor, TensorData};
use crate::zoo::manifest::Manifest;
use crate::zoo::reading::{Answer, Reading};

/// Rows in, rows out: a session that is always run on the same number of rows, so that a value
/// never depends on what else is in its batch.
pub(crate) struct Net {
    /// For messages.
    key: String,
    session: Box<dyn Session>,
    inputs: Vec<String>,
    outputs: Vec<String>,
    /// Shape of one row of each input.
    shapes: Vec<Vec<usize>>,
    /// Rows run together.
    batch: usize,
    /// Shape of one row of each output.
    answers: Vec<Vec<usize>>,
    /// Whether the batch may shrink when memory runs out.
    elastic: bool,
    placement: Arc<str>,
    /// What its answers mean, with the tables that it takes; none while it is bound.
    reader: Option<Box<Manifest>>,
    /// Pictures done and the time that their rows took, after the first batch.
    worked: (usize, Duration),
}

/// What one output gave for one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Given {
    /// Without the dimension of the batch.
    pub shape: Vec<usize>,
    /// As many as the shape says.
    pub values: Vec<f32>,
}

/// What all outputs gave for one row, at least one.
pub(crate) type Answers = Vec<Given>;

impl Given {
    /// As a way of reading takes it.
    pub(crate) fn answer(&self) -> Answer<'_> {
        Answer {
            shape: &self.shape,
            values: &self.values,
        }
    }
}

/// The numbers of the first output.
pub(crate) fn first(answers: &[Given]) -> &[f32] {
    answers.first().map_or(&[], |given| &given.values)
}

/// Names of the ports of a graph; none where it has one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    /// Its input.
    pub input: Option<&'a str>,
    /// Its outputs that are read, in the order of the answers.
    pub outputs: &'a [&'a str],
}

/// Why rows were not run.
#[derive(Debug)]
pub(crate) enum NetError {
    /// These rows can't be run; others may.
    Rows(String),
    /// Nothing more can be run.
    Over(Problem),
}

impl Net {
    /// Binds a session to rows of these shapes, and runs it once on zeros to learn what comes out.
    ///
    /// `names` are the ports of a graph that has several; a graph with as many inputs as `shapes`
    /// takes them in order.
    pub(crate) fn bind(
        key: &str,
        session: Box<dyn Session>,
        names: Names<'_>,
        shapes: Vec<Vec<usize>>,
        batch: usize,
    ) -> Result<Self, Problem> {
        let failed = |why: String| Problem::usage(format!("can't run '{key}'"), why);
        let inputs = pick_inputs(session.inputs(), names.input, shapes.len()).map_err(failed)?;
        let mut fixed = None;
        for (port, shape) in inputs.iter().zip(&shapes) {
            fixed = fixed.or(check_port(port, shape).map_err(failed)?);
        }
        let outputs = pick_outputs(session.outputs(), names.outputs).map_err(failed)?;
        let inputs: Vec<String> = inputs.iter().map(|port| port.name.clone()).collect();
        let coupled = session.couples_batch();
        let batch = fixed.unwrap_or(if coupled { 1 } else { batch.max(1) });
        let placement = session.placement().to_string().into();
        let mut net = Self {
            key: key.to_owned(),
            inputs,
            outputs,
            shapes,
            batch,
            answers: Vec::new(),
            elastic: fixed.is_none(),
            placement,
            reader: None,
            worked: (0, Duration::ZERO),
            session,
        };
        let zeros: Vec<Vec<f32>> = net.row_lengths().map(|n| vec![0.0; n]).collect();
        let zeros: Vec<&[f32]> = zeros.iter().map(Vec::as_slice).collect();
        let mut out = net.run(std::slice::from_ref(&zeros));
        if let (Err(NetError::Rows(_)), true) = (&out, net.elastic && net.batch > 1) {
            // A graph whose answer is not one row a picture is run picture by picture.
            (net.batch, net.elastic) = (1, false);
            out = net.run(&[zeros]);
        }
        let out = out.map_err(|error| match error {
            NetError::Rows(why) => failed(why),
            NetError::Over(problem) => problem,
        })?;
        let shapes = |answers: &Answers| answers.iter().map(|given| given.shape.clone()).collect();
        net.answers = out.first().map(shapes).unwrap_or_default();
        net.worked = (0, Duration::ZERO);
        Ok(net)
    }

    /// The same with what says what its answers mean.
    pub(crate) fn read_by(mut self, reader: Manifest) -> Self {
        self.reader = Some(Box::new(reader));
        self
    }

    /// What the answers for a picture of that size mean.
    pub(crate) fn reading(&self, views: &[Vec<Answer<'_>>], size: (u32, u32)) -> Option<Reading> {
        Some(self.reader.as_ref()?.read(views, size))
    }

    /// The scorer or encoder it is of.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What it runs on, for people.
    pub(crate) fn placement(&self) -> &Arc<str> {
        &self.placement
    }

    /// Pictures a second so far; none before the first.
    pub(crate) fn per_second(&self) -> Option<f64> {
        let (pictures, time) = self.worked;
        (pictures > 0 && !time.is_zero()).then(|| pictures as f64 / time.as_secs_f64())
    }

    /// Counts pictures whose rows, one a view, have been run.
    pub(crate) fn add_pictures(&mut self, n: usize) {
        self.worked.0 += n;
    }

    /// Rows run together.
    pub(crate) fn batch(&self) -> usize {
        self.batch
    }

    /// Shape of one row of each output, as it came out at first.
    pub(crate) fn answers(&self) -> &[Vec<usize>] {
        &self.answers
    }

    fn row_lengths(&self) -> impl Iterator<Item = usize> + '_ {
        self.shapes.iter().map(|shape| shape.iter().product())
    }

    /// Runs rows, each with one slice an input; the answers for each come out.
    ///
    /// Where memory runs out the batch is halved, down to one row.
    pub(crate) fn run(&mut self, rows: &[Vec<&[f32]>]) -> Result<Vec<Answers>, NetError> {
        let mut out = Vec::with_capacity(rows.len());
        while out.len() < rows.len() {
            let end = (out.len() + self.batch).min(rows.len());
            let began = Instant::now();
            match self.run_batch(&rows[out.len()..end]) {
                Ok(more) => {
                    self.worked.1 += began.elapsed();
                    out.extend(more);
                }
                Err(InferError::OutOfMemory { .. }) if self.elastic && self.batch > 1 => {
                    self.batch /= 2;
                }
                Err(error) => return Err(self.explain(error)),
            }
        }
        Ok(out)
    }

    fn explain(&self, error: InferError) -> NetError {
        match error {
            InferError::OutOfMemory { .. } | InferError::DeviceLost { .. } => {
                let hint = format!("{}; what was scored is kept", error.hint());
                let problem =
                    Problem::environment(format!("'{}' stopped", self.key), error).hint(hint);
                NetError::Over(problem)
            }
            other => NetError::Rows(other.to_string()),
        }
    }

    fn run_batch(&mut self, rows: &[Vec<&[f32]>]) -> Result<Vec<Answers>, InferError> {
        let tensors: Vec<Tensor> = (0..self.shapes.len())
            .map(|i| self.filled(i, rows))
            .collect();
        let named = self.inputs.iter().map(String::as_str).zip(&tensors);
        let named: Vec<(&str, &Tensor)> = named.collect();
        let outputs: Vec<&str> = self.outputs.iter().map(String::as_str).collect();
        let found = self.session.run(&named, &outputs)?;
        let mut answers = vec![Answers::new(); rows.len()];
        for (tensor, name) in found.iter().zip(outputs) {
            let given = self.given(tensor, name)?;
            answers
                .iter_mut()
                .zip(given)
                .for_each(|(all, one)| all.push(one));
        }
        Ok(answers)
    }

    /// Input `i` of these rows, filled up with zeros.
    fn filled(&self, i: usize, rows: &[Vec<&[f32]>]) -> Tensor {
        let shape = &self.shapes[i];
        let length = shape.iter().product::<usize>() * self.batch;
        let mut data = Vec::with_capacity(length);
        for row in rows {
            data.extend_from_slice(row[i]);
        }
        data.resize(length, 0.0);
        Tensor::f32(&[&[self.batch], shape.as_slice()].concat(), data)
    }

    /// What an output gave for each row of a batch.
    fn given(&self, tensor: &Tensor, name: &str) -> Result<Vec<Given>, InferError> {
        let values = floats(tensor);
        let by_row = tensor.shape.first() == Some(&self.batch);
        if values.is_empty() || !(by_row || self.batch == 1) {
            return Err(InferError::Run {
                engine: self.placement.to_string(),
                why: format!(
                    "`{name}` holds {} numbers, which are not one row a picture for {}",
                    values.len(),
                    crate::base::format::count(self.batch as u64, "picture")
                ),
            });
        }
        let shape = &tensor.shape[usize::from(by_row)..];
        let rows = values.chunks_exact(values.len() / self.batch);
        Ok(rows
            .map(|row| Given {
                shape: shape.to_vec(),
                values: row.to_vec(),
            })
            .collect())
    }
}

fn floats(tensor: &Tensor) -> Vec<f32> {
    match &tensor.data {
        TensorData::F32(data) => data.clone(),
        TensorData::F64(data) => data.iter().map(|&v| v as f32).collect(),
        TensorData::I32(data) => data.iter().map(|&v| v as f32).collect(),
        TensorData::I64(data) => data.iter().map(|&v| v as f32).collect(),
        TensorData::I8(data) => data.iter().map(|&v| f32::from(v)).collect(),
        TensorData::U8(data) => data.iter().map(|&v| f32::from(v)).collect(),
    }
}

fn pick_inputs<'a>(
    ports: &'a [Port],
    name: Option<&str>,
    wanted: usize,
) -> Result<Vec<&'a Port>, String> {
    if wanted == 1 {
        return Ok(vec![pick(ports, name, "input")?]);
    }
    if ports.len() == wanted {
        return Ok(ports.iter().collect());
    }
    Err(format!(
        "its graph has {} inputs, and the manifest gives {wanted}",
        ports.len()
    ))
}

/// The names of the outputs to read: those given, or the only one.
fn pick_outputs(ports: &[Port], names: &[&str]) -> Result<Vec<String>, String> {
    if names.is_empty() {
        return Ok(vec![pick(ports, None, "output")?.name.clone()]);
    }
    let named = |name: &&str| Ok(pick(ports, Some(name), "output")?.name.clone());
    names.iter().map(named).collect()
}

fn pick<'a>(ports: &'a [Port], name: Option<&str>, what: &str) -> Result<&'a Port, String> {
    let has = || {
        let names: Vec<String> = ports.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    match (name, ports) {
        (Some(name), _) => ports
            .iter()
            .find(|port| port.name == name)
            .ok_or_else(|| format!("its graph has no {what} `{name}`, but {}", has())),
        (None, [only]) => Ok(only),
        (None, []) => Err(format!("its graph has no {what}")),
        (None, _) => Err(format!(
            "its graph has several {what}s; name one in the manifest: {}",
            has()
        )),
    }
}

/// Whether rows of that shape fit the port; gives the number of rows if the graph fixes it.
fn check_port(port: &Port, row: &[usize]) -> Result<Option<usize>, String> {
    let fits = |(size, wanted): (&Option<usize>, &usize)| size.is_none_or(|size| size == *wanted);
    let matches = port.shape.len() == row.len() + 1 && port.shape[1..].iter().zip(row).all(fits);
    if !port.shape.is_empty() && !matches {
        return Err(format!(
            "its graph takes {port}, and the manifest gives rows of {row:?}"
        ));
    }
    Ok(port.shape.first().copied().flatten())
}
