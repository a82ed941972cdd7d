//! From the scorers asked for to a plan with loaded networks.
//!
//! A network is loaded only if an image of the run needs it: heads of a scored set need none.
//!
//! Must not know: threads.

use std::sync::Arc;

use crate::base::Problem;
use crate::engine::backend::{Backend, Use};
use crate::engine::infer::{self, Session};
use crate::engine::models::{Installed, Models};
use crate::store::EmbeddingStore;
use crate::zoo::manifest::{HeadInput, Kind, Manifest, Output};
use crate::zoo::preprocess::Preprocess;
use crate::zoo::{Computed, Scorer, Work};

use super::heads::{BATCH, Body, Feed, Head};
use super::net::{Names, Net};
use super::plan::{How, NetPlan, Part, Plan, Running, Vectors, encoders_of};
use super::route::Gate;
use super::stage::Device;
use super::{computed, needs, source, text};

/// Where plans and networks come from.
pub(crate) struct Loader<'a> {
    /// Which weights are there.
    pub models: &'a Models,
    /// What runs networks.
    pub backend: &'a dyn Fn() -> &'a Backend,
    /// Opens the vectors that are there already.
    pub embeddings: &'a dyn Fn() -> Result<&'a EmbeddingStore, Problem>,
    /// The user's wishes.
    pub wishes: Use,
}

/// What a run needs beside its plan.
pub(crate) struct Loaded {
    /// One a device; none for runs without networks.
    pub devices: Vec<Device>,
    /// The heads, each after what it builds on.
    pub heads: Vec<Head>,
}

/// A scorer or encoder that can't run here.
pub(crate) struct Unusable {
    /// Its key; empty where it is no single one's fault.
    pub key: String,
    /// Why.
    pub problem: Problem,
}

fn unusable(key: &str) -> impl Fn(Problem) -> Box<Unusable> + '_ {
    move |problem| {
        let key = key.to_owned();
        Box::new(Unusable { key, problem })
    }
}

impl Loaded {
    /// What the networks run on, a line each.
    pub(crate) fn placements(&self) -> Vec<String> {
        let nets = self.devices.iter().flat_map(|device| &device.nets);
        nets.flatten()
            .map(|net| format!("{}: {}", net.key(), net.placement()))
            .collect()
    }
}

impl Loader<'_> {
    /// The plan for these scorers, which come after those they build on. Loads no network.
    pub(crate) fn plan(&self, chosen: &[Running]) -> Result<Plan, Problem> {
        let mut plan = Plan::default();
        let scorers: Vec<Arc<Scorer>> = chosen.iter().map(|r| Arc::clone(&r.scorer)).collect();
        for key in encoders_of(&scorers) {
            let manifest = self.models.manifest(&key)?;
            let name = format!("{key} {}", self.models.version(&key));
            let embeddings = (self.embeddings)()?;
            let id = embeddings.encoder(&name)?;
            let known = embeddings.known(id, dims_of(manifest)?)?;
            let tensor = plan.tensor(input_of(manifest)?);
            plan.nets.push(NetPlan {
                manifest: Arc::clone(manifest),
                tensor,
                part: None,
                vectors: Some(Vectors { id, known }),
            });
        }
        for running in chosen {
            let part = plan.parts.len();
            let how = self.how(running, part, &mut plan)?;
            let gate = Gate::of(running, &plan.parts);
            plan.parts.push(Part {
                running: running.clone(),
                how,
                gate,
            });
        }
        Ok(plan)
    }

    fn how(&self, running: &Running, part: usize, plan: &mut Plan) -> Result<How, Problem> {
        let manifest = match &running.scorer.work {
            Work::Computed(computed) => return Ok(How::Computed(Arc::clone(computed))),
            Work::Manifest(manifest) => manifest,
        };
        let missing = |key: &str| Problem::internal("an encoder is missing from the plan", key);
        match manifest.kind {
            Kind::Computed => Ok(How::Computed(self.computed(manifest)?)),
            Kind::Encoder => {
                let net = plan
                    .net(&manifest.key)
                    .ok_or_else(|| missing(&manifest.key))?;
                plan.nets[net].part = Some(part);
                Ok(How::Encoder(net))
            }
            Kind::Network => {
                let tensor = plan.tensor(input_of(manifest)?);
                plan.nets.push(NetPlan {
                    manifest: Arc::clone(manifest),
                    tensor,
                    part: Some(part),
                    vectors: None,
                });
                Ok(How::Network(plan.nets.len() - 1))
            }
            Kind::Head | Kind::Prompts => {
                let net = |key: &&str| plan.net(key).ok_or_else(|| missing(key));
                let nets = manifest.encoders();
                Ok(How::Head(nets.iter().map(net).collect::<Result<_, _>>()?))
            }
        }
    }

    fn computed(&self, manifest: &Manifest) -> Result<Arc<dyn Computed>, Problem> {
        let installed = self.models.installed(&manifest.key)?;
        computed::open(manifest, &installed)
    }

    /// Loads the networks of the plan for which `needed` holds, and the heads that `wanted` names.
    pub(crate) fn load(
        &self,
        plan: &Plan,
        needed: &[bool],
        wanted: &[bool],
    ) -> Result<Loaded, Box<Unusable>> {
        let mut devices = Vec::new();
        if needed.contains(&true) {
            let chosen = (self.backend)().devices(&self.wishes);
            for device in chosen.map_err(unusable(""))? {
                let net = |(net, needed): (&NetPlan, &bool)| {
                    let load = || self.net(net, plan, device);
                    let loaded = needed.then(load).transpose();
                    loaded.map_err(unusable(&net.manifest.key))
                };
                let nets = plan.nets.iter().zip(needed).map(net);
                devices.push(Device {
                    nets: nets.collect::<Result<_, _>>()?,
                    failures: 0,
                });
            }
        }
        let mut heads = Vec::new();
        for (part, running) in plan.parts.iter().enumerate() {
            if let (How::Head(_), Work::Manifest(manifest), true) =
                (&running.how, &running.running.scorer.work, wanted[part])
            {
                let head = self.head(part, manifest, plan);
                heads.push(head.map_err(unusable(&manifest.key))?);
            }
        }
        Ok(Loaded { devices, heads })
    }

    fn net(&self, net: &NetPlan, plan: &Plan, device: infer::Device) -> Result<Net, Problem> {
        let manifest = &net.manifest;
        let installed = self.models.installed(&manifest.key)?;
        let backend = (self.backend)();
        needs::demand(manifest, device, backend.copies(), &infer::Device::memory)?;
        let source = source::network_on(&installed, device, backend, &self.wishes)?;
        let session = backend.load(&source, device, &self.wishes)?;
        let input = &plan.tensors[net.tensor];
        let (of_manifest, views) = (manifest.batch as usize, input.usual_views());
        let batch = self.wishes.batch_for(device, of_manifest, views);
        let shapes = vec![input.shape().to_vec()];
        bound(manifest, &installed, session, shapes, batch)
    }

    fn head(&self, part: usize, manifest: &Arc<Manifest>, plan: &Plan) -> Result<Head, Problem> {
        if let Some(prompts) = &manifest.prompts {
            let input = HeadInput::embedding(&prompts.encoder);
            let texts: Vec<String> = plan.parts[part]
                .running
                .scorer
                .spec
                .columns
                .iter()
                .map(|column| column.label.clone())
                .collect();
            return Ok(Head {
                part,
                manifest: Arc::clone(manifest),
                body: Body::Prompts {
                    texts: text::vectors(self, &prompts.encoder, &texts)?,
                    scale: prompts.scale,
                },
                feeds: vec![feed(&input, plan)?],
            });
        }
        let feeds: Vec<Feed> = manifest
            .inputs
            .iter()
            .map(|input| feed(input, plan))
            .collect::<Result<_, _>>()?;
        let shapes = feeds.iter().map(|feed| match feed {
            Feed::Vector { dims, .. } => vec![*dims],
            Feed::Column { .. } => vec![1],
        });
        let installed = self.models.installed(&manifest.key)?;
        let source = source::network(&installed)?;
        let session = (self.backend)().load_on_cpu(&source)?;
        let net = bound(manifest, &installed, session, shapes.collect(), BATCH)?;
        Ok(Head {
            part,
            manifest: Arc::clone(manifest),
            body: Body::Net(Box::new(net)),
            feeds,
        })
    }
}

fn input_of(manifest: &Manifest) -> Result<&Preprocess, Problem> {
    let missing = || Problem::usage(format!("can't run '{}'", manifest.key), "it has no input");
    manifest.input.as_ref().ok_or_else(missing)
}

/// Numbers of one view's vector.
fn dims_of(encoder: &Manifest) -> Result<u32, Problem> {
    let Output::Embedding { dims } = encoder.output else {
        let what = format!("'{}' is no encoder", encoder.key);
        return Err(Problem::usage(what, "it has no vectors"));
    };
    Ok(dims)
}

fn feed(input: &HeadInput, plan: &Plan) -> Result<Feed, Problem> {
    let missing = |name: &str| Problem::internal("an input is missing from the plan", name);
    if let Some(key) = &input.embedding {
        let net = plan.net(key).ok_or_else(|| missing(key))?;
        return Ok(Feed::Vector {
            net,
            dims: dims_of(&plan.nets[net].manifest)? as usize,
            norm: input.norm,
        });
    }
    let key = input.column.as_deref().unwrap_or_default();
    let places = plan.parts.iter().enumerate();
    let mut places = places.filter_map(|(part, p)| {
        let columns = &p.running.scorer.spec.columns;
        Some((part, columns.iter().position(|column| column.key == key)?))
    });
    let (part, column) = places.next().ok_or_else(|| missing(key))?;
    Ok(Feed::Column {
        part,
        column,
        how: input.clone(),
    })
}

/// The network with what the manifest says of it, if its answers are what the manifest reads.
pub(crate) fn bound(
    manifest: &Manifest,
    installed: &Installed,
    session: Box<dyn Session>,
    shapes: Vec<Vec<usize>>,
    batch: usize,
) -> Result<Net, Problem> {
    let variant = installed.variant();
    let names = Names {
        input: variant.input.as_deref(),
        outputs: &variant.output_names(),
    };
    let net = Net::bind(&manifest.key, session, names, shapes, batch)?;
    let reader = manifest.with_tables(source::tables(manifest, installed)?);
    reader.check_answers(net.answers()).map_err(|why| {
        Problem::usage(format!("can't run '{}'", manifest.key), why)
            .hint("the weights are of another scorer, or the manifest is wrong")
    })?;
    Ok(net.read_by(reader))
}
