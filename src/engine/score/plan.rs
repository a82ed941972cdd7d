//! What a run computes: the scorers asked for, what they build on, and what each image lacks.
//!
//! Must not know: threads, databases.

use std::sync::Arc;

use crate::base::Problem;
use crate::curation::condition::columns_of;
use crate::domain::image::ContentHash;
use crate::domain::query::Expr;
use crate::engine::routes::Routes;
use crate::store::{EncoderId, ScorerId};
use crate::zoo::manifest::{Kind, Manifest};
use crate::zoo::preprocess::{Look, Preprocess};
use crate::zoo::{Computed, Registry, Scorer, Work};

use super::route::Gate;

/// A scorer with its place in the database and in the catalog.
#[derive(Clone)]
pub(crate) struct Running {
    /// Its id in the database.
    pub id: ScorerId,
    /// The scorer.
    pub scorer: Arc<Scorer>,
    /// The keys of its columns, in order.
    pub columns: Arc<[Arc<str>]>,
    /// Whether the catalog has its columns; one that nobody has asked for yet has none there.
    pub shown: bool,
    /// Where it runs; none for every image.
    pub only: Option<Expr>,
}

impl Running {
    /// Its key.
    pub(crate) fn key(&self) -> &str {
        &self.scorer.spec.key
    }
}

impl Running {
    /// Whether it feeds on that encoder, or on one of these columns, or its rule reads one.
    pub(crate) fn builds_on(&self, key: &str, columns: &[Arc<str>]) -> bool {
        let Work::Manifest(manifest) = &self.scorer.work else {
            return false;
        };
        let read = self.only.as_ref().map_or_else(Vec::new, columns_of);
        let mut needed = manifest.needed_columns().chain(read);
        manifest.encoders().contains(&key)
            || needed.any(|column| columns.iter().any(|c| **c == *column))
    }
}

/// A scorer of a run.
pub(crate) struct Part {
    /// The scorer.
    pub running: Running,
    /// How it gets its values.
    pub how: How,
    /// Its rule; none where it runs on every image.
    pub gate: Option<Gate>,
}

/// How a scorer gets its values in a run; numbers are places in [`Plan::nets`].
pub(crate) enum How {
    /// Our own code on pixels.
    Computed(Arc<dyn Computed>),
    /// A network on pixels that fills columns.
    Network(usize),
    /// A network on pixels whose vectors are kept.
    Encoder(usize),
    /// From the vectors of these encoders, and from columns.
    Head(Vec<usize>),
}

/// A network on pixels.
pub(crate) struct NetPlan {
    /// What it is.
    pub manifest: Arc<Manifest>,
    /// Which of [`Plan::tensors`] it sees.
    pub tensor: usize,
    /// The scorer that it fills; none for encoders that only feed heads.
    pub part: Option<usize>,
    /// Where its vectors are kept, for encoders.
    pub vectors: Option<Vectors>,
}

/// The vectors of an encoder that are there already.
pub(crate) struct Vectors {
    /// Its id in the file of vectors.
    pub id: EncoderId,
    /// The pictures that have one, ascending.
    pub known: Vec<ContentHash>,
}

impl Vectors {
    /// Whether the picture's vector is there.
    pub(crate) fn has(&self, hash: &ContentHash) -> bool {
        self.known.binary_search(hash).is_ok()
    }
}

/// Everything a run computes.
#[derive(Default)]
pub(crate) struct Plan {
    /// The scorers, each after those it builds on.
    pub parts: Vec<Part>,
    /// The networks on pixels.
    pub nets: Vec<NetPlan>,
    /// The different tensors that they see.
    pub tensors: Vec<Preprocess>,
}

/// What an image needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Whether its pixels are needed at all.
    pub pixels: bool,
    /// Which of [`Plan::nets`] must run.
    pub nets: Vec<bool>,
}

impl Plan {
    /// What an image needs that lacks these scorers, by place among [`Plan::parts`].
    ///
    /// `hash` tells whose vectors are there already; none for an image that was never read.
    pub(crate) fn needs(&self, missing: &[bool], hash: Option<&ContentHash>) -> Needs {
        let mut needs = Needs {
            pixels: false,
            nets: vec![false; self.nets.len()],
        };
        for (part, _) in self
            .parts
            .iter()
            .zip(missing)
            .filter(|(_, missing)| **missing)
        {
            match &part.how {
                How::Computed(_) => needs.pixels = true,
                How::Network(net) | How::Encoder(net) => needs.nets[*net] = true,
                How::Head(encoders) => encoders.iter().for_each(|net| needs.nets[*net] = true),
            }
        }
        for (wanted, net) in needs.nets.iter_mut().zip(&self.nets) {
            let known = net.vectors.as_ref().zip(hash);
            *wanted &= !known.is_some_and(|(vectors, hash)| vectors.has(hash));
        }
        needs.pixels |= needs.nets.contains(&true);
        needs
    }

    /// The place of that tensor among [`Plan::tensors`], added if new.
    pub(crate) fn tensor(&mut self, input: &Preprocess) -> usize {
        let same = |known: &Preprocess| known == input;
        self.tensors.iter().position(same).unwrap_or_else(|| {
            self.tensors.push(input.clone());
            self.tensors.len() - 1
        })
    }

    /// Looks that its preprocessings want beside the picture as it is stored.
    pub(crate) fn n_looks(&self) -> usize {
        let mut looks: Vec<Look> = Vec::new();
        for look in self.tensors.iter().map(Preprocess::look) {
            if look != Look::default() && !looks.contains(&look) {
                looks.push(look);
            }
        }
        looks.len()
    }

    /// Whether a network that must run sees that tensor.
    pub(crate) fn wants_tensor(&self, needs: &Needs, tensor: usize) -> bool {
        let mut nets = self.nets.iter().zip(&needs.nets);
        nets.any(|(net, wanted)| *wanted && net.tensor == tensor)
    }

    /// Memory of the tensors of a picture with these sides in pixels, in bytes; a picture that is
    /// turned may need less.
    pub(crate) fn tensor_bytes(&self, needs: &Needs, (width, height): (u32, u32)) -> u64 {
        let bytes = |(i, input): (usize, &Preprocess)| {
            let views = || {
                input
                    .n_views(width, height)
                    .max(input.n_views(height, width))
            };
            let values = self
                .wants_tensor(needs, i)
                .then(|| views() * input.n_values());
            values.unwrap_or(0) as u64 * size_of::<f32>() as u64
        };
        self.tensors.iter().enumerate().map(bytes).sum()
    }

    /// The place of that network among [`Plan::nets`].
    pub(crate) fn net(&self, key: &str) -> Option<usize> {
        self.nets.iter().position(|net| net.manifest.key == key)
    }
}

/// The scorers asked for with those whose columns they or their rules need, each after what it
/// builds on.
///
/// Fails where a column that is needed is filled by nobody, or where scorers need each other.
pub(crate) fn with_needed(
    registry: &Registry,
    routes: &Routes,
    chosen: &[Arc<Scorer>],
) -> Result<Vec<Arc<Scorer>>, Problem> {
    let mut ordered: Vec<Arc<Scorer>> = Vec::new();
    for scorer in chosen {
        visit((registry, routes), scorer, &mut Vec::new(), &mut ordered)?;
    }
    Ok(ordered)
}

fn visit(
    (registry, routes): (&Registry, &Routes),
    scorer: &Arc<Scorer>,
    above: &mut Vec<String>,
    ordered: &mut Vec<Arc<Scorer>>,
) -> Result<(), Problem> {
    let key = &scorer.spec.key;
    if ordered.iter().any(|known| known.spec.key == *key) {
        return Ok(());
    }
    if above.contains(key) {
        let why = format!("'{key}' needs its own column");
        return Err(Problem::usage("these scorers need each other", why));
    }
    above.push(key.clone());
    if let Work::Manifest(manifest) = &scorer.work {
        for column in routes.needed_columns(manifest) {
            let Some(source) = registry.of_column(column) else {
                let why = format!("it needs the column '{column}', which no scorer fills");
                return Err(Problem::usage(format!("can't run '{key}'"), why));
            };
            visit((registry, routes), &Arc::clone(source), above, ordered)?;
        }
    }
    above.pop();
    ordered.push(Arc::clone(scorer));
    Ok(())
}

/// Keys of the encoders that these scorers run or feed on, each once.
pub(crate) fn encoders_of(scorers: &[Arc<Scorer>]) -> Vec<String> {
    let mut keys = Vec::new();
    for scorer in scorers {
        let Work::Manifest(manifest) = &scorer.work else {
            continue;
        };
        if manifest.kind == Kind::Encoder {
            keys.push(manifest.key.clone());
        }
        keys.extend(manifest.encoders().iter().map(|key| (*key).to_owned()));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}
