//! The window over a made-up library: `cargo run --example gui_demo [IMAGES]`.

use bandpass::gui::{Renderer, WindowOptions, run};

#[path = "../tests/it/gui/fake.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod fake;
#[path = "../tests/it/gui/zoo.rs"]
mod zoo;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n = std::env::args().nth(1).map_or(Ok(500), |n| n.parse())?;
    let (link, mut engine) = fake::fake(n);
    fake::decorate(&mut engine.catalog);
    let waker = link.waker.clone();
    std::thread::Builder::new().spawn(move || {
        engine.open();
        while engine.send(fake::job(1, bandpass::engine::JobState::Running)) {
            if engine.answer() {
                waker.wake();
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    })?;
    let renderer = std::env::var("BANDPASS_RENDERER").ok();
    let renderer = renderer.as_deref().and_then(Renderer::parse);
    run(
        link,
        WindowOptions {
            renderer,
            roots: Vec::new(),
        },
    )?;
    Ok(())
}
