//! The focused image large, with zoom and pan.
//!
//! Pictures are drawn from a pyramid of halved sizes cut into tiles, so that no picture is too large
//! for the graphics card and no frame uploads more than a few tiles.
//!
//! Must not know: the engine, decoding.

mod overlay;

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use egui::{
    Align2, Color32, ColorImage, Context, Painter, Pos2, Rect, Role, Sense, TextureHandle,
    TextureOptions, Ui, Vec2, WidgetInfo,
};

use crate::domain::catalog::Row;
use crate::domain::image::Failure;
use crate::domain::picture::Rgb;
use crate::engine::Command;
use crate::gui::command::UiCommand;
use crate::gui::ctx::{Action, Ctx};
use crate::gui::pyramid::Pyramid;
use crate::gui::textures::{Shown, Textures};
use crate::gui::widgets::thumb;
use crate::gui::{panels, text, theme};

use overlay::Overlay;

/// Edge of a tile, pixels.
const TILE: u32 = 1024;
/// Tiles uploaded a frame.
const UPLOADS: usize = 4;
/// Pictures up to so many pixels are prepared at once, larger ones on a thread.
const SMALL: usize = 1 << 18;
/// Largest zoom, screen pixels per pixel.
const MAX_SCALE: f32 = 32.0;

/// How large the picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Zoom {
    /// All of it, never enlarged beyond 1:1.
    Fit,
    /// So many screen pixels per pixel, with this point of the picture (0–1) in the middle.
    Free(f32, Vec2),
}

/// A picture that is ready to be drawn.
struct Ready {
    row: Row,
    result: Result<Pyramid, String>,
}

/// Level, column and row of a tile.
type TileKey = (usize, u32, u32);

/// The loupe.
pub(in crate::gui) struct Loupe {
    asked: Option<Row>,
    ready: Option<Ready>,
    tiles: HashMap<TileKey, TextureHandle>,
    zoom: Zoom,
    viewport: Vec2,
    overlay: Overlay,
    made: (Sender<Ready>, Receiver<Ready>),
}

impl Default for Loupe {
    fn default() -> Self {
        Self {
            asked: None,
            ready: None,
            tiles: HashMap::new(),
            zoom: Zoom::Fit,
            viewport: Vec2::ZERO,
            overlay: Overlay::default(),
            made: crossbeam_channel::bounded(2),
        }
    }
}

impl Loupe {
    /// Takes a decoded picture over; large ones are prepared on a thread.
    pub(in crate::gui) fn receive(
        &mut self,
        ctx: &Context,
        row: Row,
        result: Result<Arc<Rgb>, Failure>,
    ) {
        if self.asked != Some(row) {
            return;
        }
        let rgb = match result {
            Ok(rgb) => rgb,
            Err(failure) => {
                let result = Err(failure.reason);
                return self.show(Ready { row, result });
            }
        };
        if rgb.data.len() / 3 <= SMALL {
            let result = Ok(Pyramid::new(rgb));
            return self.show(Ready { row, result });
        }
        let (made, ctx) = (self.made.0.clone(), ctx.clone());
        let spawned = std::thread::Builder::new()
            .name("loupe".to_owned())
            .spawn(move || {
                let result = Ok(Pyramid::new(rgb));
                if made.send(Ready { row, result }).is_ok() {
                    ctx.request_repaint();
                }
            });
        if let Err(error) = spawned {
            let result = Err(error.to_string());
            self.show(Ready { row, result });
        }
    }

    /// Forgets the picture, so that it is asked for again when the loupe opens.
    pub(in crate::gui) fn close(&mut self) {
        self.asked = None;
        self.ready = None;
        self.tiles.clear();
        self.overlay.clear();
        self.zoom = Zoom::Fit;
    }

    /// The next overlay of the image, or none.
    pub(in crate::gui) fn next_overlay(&mut self, ctx: &Ctx<'_>) {
        self.overlay.next(ctx);
    }

    /// Forgets the overlay on the graphics card, for there is news of it.
    pub(in crate::gui) fn forget_overlay(&mut self) {
        self.overlay.clear();
    }

    /// Fit, or 1:1 around the middle.
    pub(in crate::gui) fn toggle_zoom(&mut self) {
        self.zoom = match self.zoom {
            Zoom::Fit => Zoom::Free(1.0, Vec2::splat(0.5)),
            Zoom::Free(..) => Zoom::Fit,
        };
    }

    /// All of the picture.
    pub(in crate::gui) fn zoom_fit(&mut self) {
        self.zoom = Zoom::Fit;
    }

    /// One pixel per screen pixel.
    pub(in crate::gui) fn zoom_full(&mut self) {
        let centre = self.centre();
        self.zoom = Zoom::Free(1.0, centre);
    }

    /// Draws the focused image.
    pub(in crate::gui) fn ui(
        &mut self,
        ui: &mut Ui,
        ctx: &Ctx<'_>,
        textures: &mut Textures,
        out: &mut Vec<Action>,
    ) {
        let Some(row) = ctx.selection.focus() else {
            return out.push(Action::Run(UiCommand::Grid));
        };
        self.ask(row, out);
        while let Ok(ready) = self.made.1.try_recv() {
            self.show(ready);
        }
        egui::Panel::bottom("loupe-line").show(ui, |ui| self.line(ui, ctx, row, out));
        let (rect, response) =
            ui.allocate_exact_size(ui.available_size(), Sense::CLICK | Sense::DRAG);
        let name = text::picture(&ctx.catalog.name(row), self.current().is_none());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        self.viewport = rect.size() * ui.pixels_per_point();
        if let Some(size) = self.picture_size(ctx, row) {
            self.steer(ui, &response, rect, size);
        }
        let painter = ui.painter_at(rect);
        self.paint(&painter, rect, ctx, textures);
    }

    fn ask(&mut self, row: Row, out: &mut Vec<Action>) {
        if self.asked != Some(row) {
            self.asked = Some(row);
            out.push(Action::Send(Command::Picture(row)));
        }
    }

    fn show(&mut self, ready: Ready) {
        if self.asked == Some(ready.row) {
            self.tiles.clear();
            self.ready = Some(ready);
        }
    }

    fn current(&self) -> Option<&Ready> {
        self.ready
            .as_ref()
            .filter(|ready| self.asked == Some(ready.row))
    }

    /// Size in pixels: of the picture, or as far as the catalog knows while it loads.
    fn picture_size(&self, ctx: &Ctx<'_>, row: Row) -> Option<Vec2> {
        if let Some(Ready {
            result: Ok(pyramid),
            ..
        }) = self.current()
        {
            let (w, h) = pyramid.size();
            return Some(Vec2::new(w as f32, h as f32));
        }
        let dims = ctx.catalog.dims.get(row.idx())?;
        let size = Vec2::new(dims.width as f32, dims.height as f32);
        (size.min_elem() > 0.0).then_some(size)
    }

    fn centre(&self) -> Vec2 {
        match self.zoom {
            Zoom::Fit => Vec2::splat(0.5),
            Zoom::Free(_, centre) => centre,
        }
    }

    /// Screen pixels per pixel.
    fn scale(&self, size: Vec2) -> f32 {
        match self.zoom {
            Zoom::Fit => (self.viewport / size).min_elem().min(1.0),
            Zoom::Free(scale, _) => scale,
        }
    }

    fn steer(&mut self, ui: &Ui, response: &egui::Response, rect: Rect, size: Vec2) {
        let ppp = ui.pixels_per_point();
        let scale = self.scale(size);
        if response.double_clicked() {
            let at = response.interact_pointer_pos().unwrap_or(rect.center());
            let point = self.centre() + (at - rect.center()) * ppp / (size * scale);
            self.zoom = match self.zoom {
                Zoom::Fit => Zoom::Free(1.0, point),
                Zoom::Free(..) => Zoom::Fit,
            };
            return;
        }
        if response.dragged() {
            let moved = response.drag_delta() * ppp / (size * scale);
            self.zoom = Zoom::Free(scale, clamped(self.centre() - moved));
        }
        let Some(pointer) = response.hover_pos() else {
            return;
        };
        let (wheel, pinch) = ui.input_mut(|input| {
            let wheel = std::mem::take(&mut input.smooth_scroll_delta.y);
            (wheel, input.zoom_delta())
        });
        let factor = (wheel / 240.0).exp2() * pinch;
        if (factor - 1.0).abs() > 1e-4 {
            let fit = (self.viewport / size).min_elem().min(1.0);
            let new = (scale * factor).clamp(fit.min(0.05), MAX_SCALE);
            let from_centre = (pointer - rect.center()) * ppp / size;
            let centre = self.centre() + from_centre / scale - from_centre / new;
            self.zoom = if new <= fit {
                Zoom::Fit
            } else {
                Zoom::Free(new, clamped(centre))
            };
        }
    }

    fn paint(&mut self, painter: &Painter, rect: Rect, ctx: &Ctx<'_>, textures: &mut Textures) {
        let Some(row) = self.asked else { return };
        let size = self.picture_size(ctx, row);
        let palette = theme::palette_of(painter.ctx());
        let thumb = match textures.get(row) {
            Shown::Ready(texture) => Some((texture.id(), texture.size_vec2())),
            _ => None,
        };
        let ppp = painter.pixels_per_point();
        if let Some(size) = size.or(thumb.map(|(_, size)| size)) {
            let frame = self.frame(rect, size, ppp);
            if let Some((id, _)) = thumb {
                painter.image(id, frame, full_uv(), Color32::WHITE);
            }
            self.paint_tiles(painter, frame, size);
            self.overlay.paint(painter, ctx, frame, size);
        }
        let message = match self.current() {
            Some(Ready { result: Ok(_), .. }) => match self.overlay.absence(ctx) {
                Some(why) => why.to_owned(),
                None => return,
            },
            Some(Ready {
                result: Err(reason),
                ..
            }) => text::failed_because(reason),
            None => text::LOADING.to_owned(),
        };
        let at = rect.center_bottom() - Vec2::new(0.0, theme::GAP_BIG);
        let galley = painter.layout_no_wrap(message, theme::body(), palette.on_badge);
        let place = Align2::CENTER_BOTTOM.anchor_size(at, galley.size());
        painter.rect_filled(place.expand(theme::GAP), theme::RADIUS, palette.badge);
        painter.galley(place.min, galley, palette.on_badge);
    }

    /// Where the whole picture lies, points; at 1:1 on whole screen pixels.
    fn frame(&self, rect: Rect, size: Vec2, ppp: f32) -> Rect {
        let drawn = size * self.scale(size) / ppp;
        let shift = (Vec2::splat(0.5) - self.centre()) * drawn;
        let min = rect.center() + shift - drawn / 2.0;
        let snapped = (min.to_vec2() * ppp).round() / ppp;
        Rect::from_min_size(snapped.to_pos2(), drawn)
    }

    fn paint_tiles(&mut self, painter: &Painter, frame: Rect, size: Vec2) {
        let scale = self.scale(size);
        let Some(Ready {
            row,
            result: Ok(pyramid),
        }) = &self.ready
        else {
            return;
        };
        if self.asked != Some(*row) {
            return;
        }
        let level = pyramid.level_for(scale);
        let Some(rgb) = pyramid.level(level) else {
            return;
        };
        self.tiles.retain(|(of, ..), _| *of == level);
        let unit = frame.size() / Vec2::new(rgb.width as f32, rgb.height as f32);
        let mut uploads = 0;
        for (x, y) in tiles_of(rgb) {
            let (w, h) = (TILE.min(rgb.width - x), TILE.min(rgb.height - y));
            let min = frame.min + Vec2::new(x as f32, y as f32) * unit;
            let place = Rect::from_min_size(min, Vec2::new(w as f32, h as f32) * unit);
            if !place.intersects(painter.clip_rect()) {
                continue;
            }
            let key = (level, x, y);
            if let Some(tile) = self.tiles.get(&key) {
                painter.image(tile.id(), place, full_uv(), Color32::WHITE);
            } else if uploads < UPLOADS {
                uploads += 1;
                let tile = upload(painter.ctx(), rgb, (x, y), (w, h));
                painter.image(tile.id(), place, full_uv(), Color32::WHITE);
                self.tiles.insert(key, tile);
            } else {
                painter.ctx().request_repaint();
            }
        }
    }

    fn line(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, row: Row, out: &mut Vec<Action>) {
        let size = self.picture_size(ctx, row);
        ui.horizontal(|ui| {
            panels::top::command_button(ui, UiCommand::Grid, out);
            let stars = ctx.catalog.stars.get(row.idx()).copied().unwrap_or(0);
            let flag = ctx
                .catalog
                .flags
                .get(row.idx())
                .copied()
                .unwrap_or_default();
            ui.strong(ctx.catalog.name(row));
            if let Some(size) = size {
                ui.weak(text::pixels(size.x as u32, size.y as u32));
            }
            if stars > 0 {
                let size = Vec2::new(f32::from(stars) * theme::STAR, theme::STAR);
                let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text::stars(stars)));
                thumb::paint_stars(
                    ui.painter(),
                    rect.left_center(),
                    stars,
                    theme::palette(ui).star,
                );
            }
            if let Some(flag) = text::flag(flag) {
                ui.weak(flag);
            }
            self.overlay.choice(ui, ctx);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button(text::FULL).clicked() {
                    self.zoom_full();
                }
                if ui.button(text::FIT).clicked() {
                    self.zoom_fit();
                }
                if let Some(size) = size {
                    ui.weak(text::percent(self.scale(size)));
                }
            });
        });
    }
}

fn clamped(centre: Vec2) -> Vec2 {
    centre.clamp(Vec2::ZERO, Vec2::splat(1.0))
}

fn full_uv() -> Rect {
    Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0))
}

fn tiles_of(rgb: &Rgb) -> impl Iterator<Item = (u32, u32)> + use<> {
    let (w, h) = (rgb.width, rgb.height);
    (0..h)
        .step_by(TILE as usize)
        .flat_map(move |y| (0..w).step_by(TILE as usize).map(move |x| (x, y)))
}

fn upload(ctx: &Context, rgb: &Rgb, (x, y): (u32, u32), (w, h): (u32, u32)) -> TextureHandle {
    let stride = rgb.width as usize * 3;
    let (from, length) = (x as usize * 3, w as usize * 3);
    let rows = rgb
        .data
        .chunks_exact(stride)
        .skip(y as usize)
        .take(h as usize);
    let mut data = Vec::with_capacity(length * h as usize);
    for row in rows {
        data.extend_from_slice(row.get(from..from + length).unwrap_or_default());
    }
    let image = ColorImage::from_rgb([w as usize, h as usize], &data);
    let options = TextureOptions {
        magnification: egui::TextureFilter::Nearest,
        ..TextureOptions::LINEAR
    };
    ctx.load_texture("loupe", image, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_picture_once() {
        let rgb = Rgb {
            width: 2049,
            height: 1024,
            data: Vec::new(),
        };
        let tiles: Vec<_> = tiles_of(&rgb).collect();
        assert_eq!(tiles, [(0, 0), (1024, 0), (2048, 0)]);
    }

    #[test]
    fn fit_never_enlarges_and_one_to_one_lies_on_whole_pixels() {
        let mut loupe = Loupe {
            viewport: Vec2::new(801.0, 601.0),
            ..Loupe::default()
        };
        for (size, scale) in [((100.0, 50.0), 1.0), ((1602.0, 601.0), 0.5)] {
            let found = loupe.scale(Vec2::new(size.0, size.1));
            assert!((found - scale).abs() < 1e-6, "{size:?} at {found}");
        }
        loupe.zoom_full();
        let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(801.0, 601.0));
        let frame = loupe.frame(rect, Vec2::new(4000.0, 3000.0), 1.0);
        assert_eq!(frame.min, frame.min.round());
        assert_eq!(frame.size(), Vec2::new(4000.0, 3000.0));
    }
}
