//! Vectors of prompts: kept, and computed where they are new.
//!
//! Must not know: pictures, threads.

use crate::base::Problem;
use crate::engine::infer::{Element, Tensor, TensorData};
use crate::zoo::tokenizer::{self, Tokenizer};

use super::load::Loader;
use super::source;

/// One vector a text, from the text tower of the encoder's weights, in order.
///
/// Fails where the weights in use have no text tower.
pub(super) fn vectors(
    loader: &Loader<'_>,
    encoder: &str,
    texts: &[String],
) -> Result<Vec<Vec<f32>>, Problem> {
    let name = format!("{encoder} {} text", loader.models.version(encoder));
    let id = (loader.embeddings)()?.encoder(&name)?;
    let mut tower = None;
    let mut vectors = Vec::with_capacity(texts.len());
    for text in texts {
        if let Some(known) = (loader.embeddings)()?.text(id, text)? {
            vectors.push(known);
            continue;
        }
        if tower.is_none() {
            tower = Some(Tower::open(loader, encoder)?);
        }
        if let Some(tower) = &mut tower {
            let vector = tower.vector(text)?;
            (loader.embeddings)()?.put_text(id, text, &vector)?;
            vectors.push(vector);
        }
    }
    Ok(vectors)
}

struct Tower {
    key: String,
    session: Box<dyn crate::engine::infer::Session>,
    output: String,
    tokenizer: Tokenizer,
}

impl Tower {
    fn open(loader: &Loader<'_>, encoder: &str) -> Result<Self, Problem> {
        let installed = loader.models.installed(encoder)?;
        let failed = |why: &str| Problem::usage(format!("'{encoder}' can't read prompts"), why);
        let tower = installed.text().map(|(tower, _)| tower);
        let (Some(text), Some(source)) = (tower, source::text(&installed)) else {
            let hint =
                format!("use weights that have a text tower: bandpass models show {encoder}");
            return Err(failed("the weights in use have no text tower").hint(hint));
        };
        let source = source?;
        let session = (loader.backend)().load_on_cpu(&source)?;
        let output = text.output.clone().or_else(|| {
            let [only] = session.outputs() else {
                return None;
            };
            Some(only.name.clone())
        });
        let output = output.ok_or_else(|| failed("its text tower has several outputs"))?;
        Ok(Self {
            key: encoder.to_owned(),
            session,
            output,
            tokenizer: Tokenizer::clip(),
        })
    }

    fn vector(&mut self, text: &str) -> Result<Vec<f32>, Problem> {
        let ids = tokenizer::pad(&self.tokenizer.encode(text));
        let shape = vec![1, ids.len()];
        let mask = ids.map(|_| 1i64);
        let mut inputs = Vec::new();
        for port in self.session.inputs() {
            let values: &[i64] = match port.name.as_str() {
                "attention_mask" => &mask,
                _ => &ids.map(i64::from),
            };
            let data = match port.element {
                Element::I32 => TensorData::I32(values.iter().map(|&v| v as i32).collect()),
                _ => TensorData::I64(values.to_vec()),
            };
            let shape = shape.clone();
            inputs.push((port.name.clone(), Tensor { shape, data }));
        }
        let named: Vec<(&str, &Tensor)> = inputs.iter().map(|(n, t)| (n.as_str(), t)).collect();
        let what = || format!("the text tower of '{}' failed", self.key);
        let found = self.session.run(&named, &[&self.output]);
        let found = found.map_err(|error| Problem::environment(what(), error))?;
        match found.into_iter().next().map(|tensor| tensor.data) {
            Some(TensorData::F32(vector)) if vector.iter().all(|v| v.is_finite()) => Ok(vector),
            _ => Err(Problem::environment(what(), "it gave no numbers")),
        }
    }
}
