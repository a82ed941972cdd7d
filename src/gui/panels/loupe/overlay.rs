//! What a scorer found at each place of the image, drawn over it: a map in colours, a skeleton.
//!
//! Must not know: zoom, pyramids, the engine.

use egui::{
    Color32, ColorImage, ComboBox, Painter, Pos2, Rect, Role, Slider, Stroke, TextureHandle,
    TextureOptions, Ui, Vec2, WidgetInfo,
};

use crate::domain::catalog::Row;
use crate::domain::detail::{Detail, KeyPoint, Map, bones, heat};
use crate::gui::ctx::Ctx;
use crate::gui::{text_panels as text, theme};

/// A point or bone below this score is not drawn, as the counting of bones has it.
const SURE: f32 = 0.3;
/// Radius of a key point, in points.
const POINT: f32 = 3.5;
/// Width of a bone, in points.
const BONE: f32 = 2.0;

/// Which overlay is on, and how strong.
pub(super) struct Overlay {
    /// Key of the scorer whose overlay is on.
    chosen: Option<String>,
    /// The one that was on last.
    last: Option<String>,
    /// 0–1.
    strength: f32,
    /// The map on the graphics card, with what it is of.
    texture: Option<(Row, String, TextureHandle)>,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            chosen: None,
            last: None,
            strength: 0.6,
            texture: None,
        }
    }
}

impl Overlay {
    /// Nothing, then each overlay of the image in turn, then nothing again.
    pub(super) fn next(&mut self, ctx: &Ctx<'_>) {
        let keys: Vec<&str> = drawable(ctx).map(|(key, _)| key).collect();
        let at = keys.iter().position(|key| Some(*key) == self.chosen());
        let next = match (at, self.last.as_deref()) {
            (Some(at), _) => keys.get(at + 1).copied(),
            (None, Some(last)) if self.chosen.is_none() && keys.contains(&last) => Some(last),
            (None, _) => keys.first().copied(),
        };
        self.choose(next.map(str::to_owned));
    }

    fn chosen(&self) -> Option<&str> {
        self.chosen.as_deref()
    }

    fn choose(&mut self, key: Option<String>) {
        // Stepping through all of them ends at nothing; the next round begins with the first.
        self.last = if key.is_none() { None } else { key.clone() };
        self.chosen = key;
    }

    /// Forgets the map on the graphics card.
    pub(super) fn clear(&mut self) {
        self.texture = None;
    }

    /// The choice of an overlay, where the image has any.
    pub(super) fn choice(&mut self, ui: &mut Ui, ctx: &Ctx<'_>) {
        let mut found = drawable(ctx).peekable();
        if found.peek().is_none() && self.chosen.is_none() {
            return;
        }
        let mut wanted = self.chosen.clone();
        let chosen = self.chosen.as_deref();
        let shown = chosen.map_or(text::NO_OVERLAY, |key| label(ctx, key));
        let menu = ComboBox::from_id_salt("overlay").selected_text(shown);
        let menu = menu.show_ui(ui, |ui| {
            ui.selectable_value(&mut wanted, None, text::NO_OVERLAY);
            for (key, _) in found {
                ui.selectable_value(&mut wanted, Some(key.to_owned()), label(ctx, key));
            }
        });
        let name = text::overlay(shown);
        menu.response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &name));
        if wanted != self.chosen {
            self.choose(wanted);
        }
        if matches!(self.detail(ctx), Some(Detail::Map(_))) {
            let slider = Slider::new(&mut self.strength, 0.1..=1.0).show_value(false);
            let slider = ui.add(slider).on_hover_text(text::OVERLAY_STRENGTH);
            slider.widget_info(|| WidgetInfo::slider(true, 0.0, text::OVERLAY_STRENGTH));
        }
    }

    fn detail<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Detail> {
        let wanted = self.chosen()?;
        drawable(ctx)
            .find(|(key, _)| *key == wanted)
            .map(|(_, detail)| detail)
    }

    /// Why nothing is drawn although an overlay is wanted; none while it is drawn or not known yet.
    pub(super) fn absence<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a str> {
        self.chosen()?;
        match details(ctx)? {
            Err(why) => Some(why),
            Ok(_) if self.detail(ctx).is_none() => Some(text::OVERLAY_ABSENT),
            Ok(_) => None,
        }
    }

    /// Draws it over the picture of `size` pixels, which lies at `frame`.
    pub(super) fn paint(&mut self, painter: &Painter, ctx: &Ctx<'_>, frame: Rect, size: Vec2) {
        match (self.detail(ctx), ctx.selection.focus()) {
            (Some(Detail::Map(map)), Some(row)) => self.paint_map(painter, row, map, frame),
            (Some(Detail::Pose(pose)), _) => {
                let unit = frame.size() / size;
                let place = |point: &KeyPoint| frame.min + Vec2::new(point.x, point.y) * unit;
                paint_pose(painter, &pose.points, place);
            }
            _ => {}
        }
    }

    fn paint_map(&mut self, painter: &Painter, row: Row, map: &Map, frame: Rect) {
        let Some(key) = self.chosen.clone() else {
            return;
        };
        let same = |(of, scorer, _): &&(Row, String, TextureHandle)| *of == row && *scorer == key;
        let id = if let Some((.., texture)) = self.texture.as_ref().filter(same) {
            texture.id()
        } else {
            let texture = upload(painter, map);
            let id = texture.id();
            self.texture = Some((row, key, texture));
            id
        };
        let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
        let tint = Color32::WHITE.gamma_multiply(self.strength);
        painter.image(id, frame, whole, tint);
    }
}

fn upload(painter: &Painter, map: &Map) -> TextureHandle {
    let colours = map.levels.iter().map(|&level| {
        let [r, g, b] = heat(level);
        Color32::from_rgb(r, g, b)
    });
    let size = [map.width as usize, map.height as usize];
    let image = ColorImage::new(size, colours.collect());
    let context = painter.ctx();
    context.load_texture("overlay", image, TextureOptions::LINEAR)
}

fn paint_pose(painter: &Painter, points: &[KeyPoint], place: impl Fn(&KeyPoint) -> Pos2) {
    let palette = theme::palette_of(painter.ctx());
    let sure = |at: u16| {
        points
            .get(usize::from(at))
            .filter(|point| point.score > SURE)
    };
    for (from, to) in bones(points.len()) {
        if let (Some(from), Some(to)) = (sure(from), sure(to)) {
            let line = [place(from), place(to)];
            painter.line_segment(line, Stroke::new(BONE * 2.0, palette.badge));
            painter.line_segment(line, Stroke::new(BONE, palette.star));
        }
    }
    for point in points.iter().filter(|point| point.score > SURE) {
        painter.circle(
            place(point),
            POINT,
            palette.star,
            Stroke::new(1.0, palette.badge),
        );
    }
}

/// What was told of the focused image.
fn details<'a>(ctx: &Ctx<'a>) -> Option<&'a Result<Vec<(String, Detail)>, String>> {
    let (row, details) = ctx.details?;
    (ctx.selection.focus() == Some(*row)).then_some(details)
}

/// What can be drawn over the focused image, by key of the scorer.
fn drawable<'a>(ctx: &Ctx<'a>) -> impl Iterator<Item = (&'a str, &'a Detail)> + use<'a> {
    let all = details(ctx).and_then(|details| details.as_ref().ok());
    all.into_iter()
        .flatten()
        .filter(|(_, detail)| matches!(detail, Detail::Map(_) | Detail::Pose(_)))
        .map(|(key, detail)| (key.as_str(), detail))
}

fn label<'a>(ctx: &Ctx<'a>, key: &'a str) -> &'a str {
    let scorer = ctx.scorers.iter().find(|scorer| scorer.key == key);
    scorer.map_or(key, |scorer| &scorer.label)
}
