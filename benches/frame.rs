//! CPU time of a frame over a million images while scrolling: layout and tessellation, no GPU.
//!
//! `cargo bench --bench frame`; the target is a p99 below 8 ms.
#![expect(clippy::print_stdout, reason = "a benchmark reports on its terminal")]

use std::time::{Duration, Instant};

use bandpass::gui::App;
use egui::{Context, Event, Modifiers, MouseWheelUnit, RawInput, Rect, TouchPhase, Vec2};

#[path = "../tests/it/gui/fake.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod fake;
#[path = "../tests/it/gui/zoo.rs"]
mod zoo;

const FRAMES: usize = 1000;

fn main() {
    for (n, size) in [(1_000, 160.0), (1_000_000, 160.0), (1_000_000, 96.0)] {
        let mut times = measure(n, size);
        times.sort();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        println!(
            "{n:>9} images, {size} pt: p50 {:.2?}  p99 {:.2?}  max {:.2?}",
            at(50),
            at(99),
            at(100)
        );
    }
}

fn measure(n: u32, size: f32) -> Vec<Duration> {
    let (mut link, mut engine) = fake::fake(n);
    link.settings.thumb_size = size;
    fake::decorate(&mut engine.catalog);
    let ctx = Context::default();
    let mut app = App::new(&ctx, link, &[]);
    engine.open();
    engine.answer();
    (0..FRAMES + 50)
        .map(|i| {
            let took = frame(&ctx, &mut app, i);
            engine.answer();
            took
        })
        .skip(50)
        .collect()
}

fn frame(ctx: &Context, app: &mut App, i: usize) -> Duration {
    let at = egui::pos2(900.0, 500.0);
    let wheel = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: Vec2::new(0.0, -60.0),
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    };
    let input = RawInput {
        screen_rect: Some(Rect::from_min_size(
            egui::Pos2::ZERO,
            Vec2::new(1920.0, 1080.0),
        )),
        time: Some(i as f64 / 60.0),
        events: vec![Event::PointerMoved(at), wheel],
        ..RawInput::default()
    };
    let start = Instant::now();
    let mut output = ctx.run_ui(input, |ui| {
        app.logic(ui.ctx());
        app.show(ui);
    });
    let primitives = ctx.tessellate(output.shapes, output.pixels_per_point);
    let took = start.elapsed();
    output.textures_delta.clear();
    assert!(!primitives.is_empty());
    took
}
