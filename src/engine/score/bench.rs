//! How fast a network is on tensors alone.
//!
//! Must not know: pictures, databases.

use std::time::Instant;

use crate::base::Problem;
use crate::engine::backend::{Backend, Use};
use crate::engine::depot::Speed;
use crate::engine::infer::Device;
use crate::engine::job::Job;
use crate::engine::models::Models;

use super::load::bound;
use super::net::NetError;
use super::{needs, source};

/// Pictures a second of the scorer's network on each device, for at least `seconds` each; where
/// they are cut into tiles, those that are large enough.
pub(crate) fn bench(
    models: &Models,
    backend: &Backend,
    key: &str,
    wishes: &Use,
    seconds: f64,
    job: &Job,
) -> Result<Vec<Speed>, Problem> {
    let manifest = models.manifest(key)?.clone();
    let Some(input) = &manifest.input else {
        let why = "it is no network on pixels; heads take no time worth measuring";
        return Err(Problem::usage(format!("can't measure '{key}'"), why));
    };
    let installed = models.installed(key)?;
    let mut speeds = Vec::new();
    for device in backend.devices(wishes)? {
        needs::demand(&manifest, device, backend.copies(), &Device::memory)?;
        let network = source::network_on(&installed, device, backend, wishes)?;
        let session = backend.load(&network, device, wishes)?;
        let (of_manifest, views) = (manifest.batch as usize, input.usual_views());
        let batch = wishes.batch_for(device, of_manifest, views);
        let shapes = vec![input.shape().to_vec()];
        let mut net = bound(&manifest, &installed, session, shapes, batch)?;
        let picture = vec![0.25f32; input.n_values()];
        let rows: Vec<Vec<&[f32]>> = (0..net.batch()).map(|_| vec![picture.as_slice()]).collect();
        let began = Instant::now();
        let mut n_rows = 0usize;
        while n_rows == 0 || began.elapsed().as_secs_f64() < seconds {
            job.token.checkpoint()?;
            net.run(&rows).map_err(|error| match error {
                NetError::Rows(why) => Problem::environment(format!("'{key}' failed"), why),
                NetError::Over(problem) => problem,
            })?;
            n_rows += rows.len();
        }
        let pictures = n_rows as f64 / input.max_views() as f64;
        speeds.push(Speed {
            placement: net.placement().to_string(),
            per_second: pictures / began.elapsed().as_secs_f64(),
        });
    }
    Ok(speeds)
}
