//! Opens the window and runs it until it is closed.
//!
//! Must not know: what is drawn in it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crossbeam_channel::{Receiver, Sender};
use eframe::NativeOptions;
use egui::{Context, ViewportBuilder};

use crate::base::Problem;
use crate::domain::score::ScorerSpec;
use crate::domain::settings::Settings;
use crate::engine::{Command, Event};

use super::app::App;
use super::{fonts, text};

/// The engine as the window sees it.
pub struct Link {
    /// To the engine; bounded.
    pub commands: Sender<Command>,
    /// From the engine; bounded.
    pub events: Receiver<Event>,
    /// The scorers at the start; [`Event::Scorers`] tells of others.
    pub scorers: Vec<ScorerSpec>,
    /// Settings as they were saved.
    pub settings: Settings,
    /// Wakes the window when events are sent; the engine holds a clone.
    pub waker: Waker,
}

/// Wakes the window from any thread; does nothing until the window is there.
#[derive(Clone, Default)]
pub struct Waker {
    ctx: Arc<OnceLock<Context>>,
}

impl Waker {
    /// Has the window draw a frame soon.
    pub fn wake(&self) {
        if let Some(ctx) = self.ctx.get() {
            ctx.request_repaint();
        }
    }

    /// From now on wakes this window.
    pub(super) fn attach(&self, ctx: &Context) {
        self.ctx.set(ctx.clone()).ok();
    }
}

/// What draws the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renderer {
    /// Vulkan, Metal, Direct3D 12.
    Wgpu,
    /// OpenGL: for old or missing graphics cards.
    Glow,
}

impl Renderer {
    /// `wgpu` or `glow`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "wgpu" => Some(Self::Wgpu),
            "glow" => Some(Self::Glow),
            _ => None,
        }
    }
}

/// How the window opens.
#[derive(Debug, Clone, Default)]
pub struct WindowOptions {
    /// What draws it; none: `BANDPASS_RENDERER`, else wgpu, and glow where that fails.
    pub renderer: Option<Renderer>,
    /// Folders and files to open at once; none: the empty window.
    pub roots: Vec<PathBuf>,
}

/// Opens the window and returns when it is closed.
///
/// Fails where there is no display, or none of the renderers works.
pub fn run(link: Link, options: WindowOptions) -> Result<(), Problem> {
    let WindowOptions { renderer, roots } = options;
    let from_env = std::env::var("BANDPASS_RENDERER").ok();
    let wanted = renderer.or_else(|| from_env.as_deref().and_then(Renderer::parse));
    let mut link = Some(link);
    let mut opened = open(wanted.unwrap_or(Renderer::Wgpu), &mut link, &roots);
    // The link is still here when no window came to be.
    if wanted.is_none() && opened.is_err() && link.is_some() {
        opened = open(Renderer::Glow, &mut link, &roots);
    }
    opened.map_err(|error| {
        Problem::environment("can't open the window", reason(&error.to_string()))
            .hint("try --renderer glow, or the commands without a window: bandpass --help")
    })
}

/// Without the place in winit's source, which tells the user nothing.
fn reason(told: &str) -> &str {
    let after_place = told
        .rsplit_once(".rs:")
        .and_then(|(_, rest)| rest.split_once(": "));
    after_place.map_or(told, |(_line, reason)| reason)
}

fn open(renderer: Renderer, link: &mut Option<Link>, roots: &[PathBuf]) -> eframe::Result {
    let native = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title(text::APP)
            .with_app_id("bandpass")
            .with_inner_size([1400.0, 900.0])
            .with_min_inner_size([640.0, 420.0])
            .with_drag_and_drop(true),
        renderer: match renderer {
            Renderer::Glow => eframe::Renderer::Glow,
            Renderer::Wgpu => eframe::Renderer::Wgpu,
        },
        ..NativeOptions::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(|cc| {
        let link = link.take().ok_or("the window was opened twice")?;
        fonts::load_in_background(&cc.egui_ctx);
        Ok(Box::new(App::new(&cc.egui_ctx, link, roots)))
    });
    eframe::run_native(text::APP, native, create)
}
