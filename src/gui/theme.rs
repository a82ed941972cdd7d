//! Every colour and size of the window.
//!
//! Must not know: what is drawn with them.

use egui::{Color32, Context, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Ui, Visuals};

use crate::domain::settings::Theme;

/// Gap between neighbours, points.
pub const GAP: f32 = 6.0;
/// Gap between groups, points.
pub const GAP_BIG: f32 = 14.0;
/// Margin inside panels, points.
pub const MARGIN: i8 = 10;
/// Width of the left panel at first, points.
pub const LEFT_WIDTH: f32 = 290.0;
/// Width of the right panel at first, points.
pub const RIGHT_WIDTH: f32 = 280.0;
/// Corner radius of small things, points.
pub const RADIUS: CornerRadius = CornerRadius::same(4);
/// Smallest and largest edge of a grid cell, points.
pub const THUMB_SIZE: std::ops::RangeInclusive<f32> = 64.0..=512.0;
/// Height of a histogram, points.
pub const HISTOGRAM_HEIGHT: f32 = 44.0;
/// Thickness of a bar that shows a value in its range, points.
pub const BAR_HEIGHT: f32 = 6.0;
/// Width of a toast, points.
pub const TOAST_WIDTH: f32 = 380.0;
/// Width of the list of models, points.
pub const MODEL_LIST_WIDTH: f32 = 430.0;
/// Height of a model in that list, points.
pub const MODEL_ROW: f32 = 46.0;
/// Widest line of running text, points.
pub const TEXT_WIDTH: f32 = 720.0;
/// Width of a modal window, points.
pub const DIALOG_WIDTH: f32 = 520.0;
/// Least height of its handle, points.
pub const SCROLL_HANDLE: f32 = 28.0;
/// Room for a "Browse…" button beside a path, points.
pub const BROWSE_WIDTH: f32 = 84.0;
/// Width of the grid's scroll bar, points.
pub const SCROLL_BAR: f32 = 12.0;

/// Space around the picture of a grid cell, points.
pub const TILE_MARGIN: f32 = 6.0;
/// Height of the texts under it, points.
pub const TILE_CAPTION: f32 = 36.0;
/// Diameter of the marks over it, points.
pub const BADGE: f32 = 18.0;
/// Width of a star under a picture, points.
pub const STAR: f32 = 12.0;
/// Tint of rejected pictures.
pub const DIMMED: Color32 = Color32::from_gray(90);
/// Width of a progress bar, points.
pub const PROGRESS_WIDTH: f32 = 150.0;
/// Width of the path box, points.
pub const PATH_WIDTH: f32 = 300.0;
/// Width of the sort menu, points.
pub const SORT_WIDTH: f32 = 170.0;
/// Height of the list in palette and help, points.
pub const LIST_HEIGHT: f32 = 380.0;

/// Body text.
pub const BODY: f32 = 13.5;
/// Captions under pictures and secondary text.
pub const SMALL: f32 = 11.5;
/// Headings of sections and dialogs.
pub const HEADING: f32 = 17.0;

/// The colours of a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind pictures; neutral grey, so that it does not tint what one judges.
    pub canvas: Color32,
    /// Panels.
    pub panel: Color32,
    /// Buttons and raised things.
    pub raised: Color32,
    /// The same, under the pointer.
    pub hovered: Color32,
    /// Text boxes.
    pub field: Color32,
    /// Hairlines.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text; at least 4.5:1 on [`Palette::panel`].
    pub weak: Color32,
    /// Selection, focus, links, the kept part of a histogram.
    pub accent: Color32,
    /// Behind selected things.
    pub accent_dim: Color32,
    /// Text on [`Palette::accent`].
    pub on_accent: Color32,
    /// Picked.
    pub pick: Color32,
    /// Rejected, failed.
    pub reject: Color32,
    /// Stars.
    pub star: Color32,
    /// Warnings.
    pub warn: Color32,
    /// Bars of a histogram over the whole library.
    pub bar_all: Color32,
    /// Bars of a histogram outside the band.
    pub bar_out: Color32,
    /// Cell of the grid while its picture loads.
    pub placeholder: Color32,
    /// Badges over pictures: ground.
    pub badge: Color32,
    /// Badges over pictures: text.
    pub on_badge: Color32,
}

/// The dark palette.
pub const DARK: Palette = Palette {
    canvas: Color32::from_rgb(24, 24, 24),
    panel: Color32::from_rgb(33, 33, 33),
    raised: Color32::from_rgb(52, 52, 52),
    hovered: Color32::from_rgb(66, 66, 66),
    field: Color32::from_rgb(20, 20, 20),
    line: Color32::from_rgb(58, 58, 58),
    text: Color32::from_rgb(222, 222, 222),
    weak: Color32::from_rgb(160, 160, 160),
    accent: Color32::from_rgb(90, 160, 235),
    accent_dim: Color32::from_rgb(38, 62, 88),
    on_accent: Color32::from_rgb(12, 18, 26),
    pick: Color32::from_rgb(104, 196, 120),
    reject: Color32::from_rgb(236, 106, 94),
    star: Color32::from_rgb(240, 196, 84),
    warn: Color32::from_rgb(235, 172, 70),
    bar_all: Color32::from_rgb(92, 92, 92),
    bar_out: Color32::from_rgb(62, 62, 62),
    placeholder: Color32::from_rgb(38, 38, 38),
    badge: Color32::from_rgba_premultiplied(0, 0, 0, 190),
    on_badge: Color32::from_rgb(236, 236, 236),
};

/// The light palette.
pub const LIGHT: Palette = Palette {
    canvas: Color32::from_rgb(226, 226, 226),
    panel: Color32::from_rgb(243, 243, 243),
    raised: Color32::from_rgb(224, 224, 224),
    hovered: Color32::from_rgb(208, 208, 208),
    field: Color32::from_rgb(255, 255, 255),
    line: Color32::from_rgb(200, 200, 200),
    text: Color32::from_rgb(32, 32, 32),
    weak: Color32::from_rgb(96, 96, 96),
    accent: Color32::from_rgb(24, 100, 190),
    accent_dim: Color32::from_rgb(198, 218, 242),
    on_accent: Color32::from_rgb(255, 255, 255),
    pick: Color32::from_rgb(24, 120, 52),
    reject: Color32::from_rgb(184, 40, 32),
    star: Color32::from_rgb(176, 120, 0),
    warn: Color32::from_rgb(150, 92, 0),
    bar_all: Color32::from_rgb(176, 176, 176),
    bar_out: Color32::from_rgb(208, 208, 208),
    placeholder: Color32::from_rgb(212, 212, 212),
    badge: Color32::from_rgba_premultiplied(0, 0, 0, 190),
    on_badge: Color32::from_rgb(236, 236, 236),
};

/// The palette of the theme in force.
pub fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode {
        &DARK
    } else {
        &LIGHT
    }
}

/// The palette of the theme in force.
pub fn palette_of(ctx: &Context) -> &'static Palette {
    match ctx.theme() {
        egui::Theme::Dark => &DARK,
        egui::Theme::Light => &LIGHT,
    }
}

/// The font of captions and badges.
pub fn small() -> FontId {
    FontId::new(SMALL, FontFamily::Proportional)
}

/// The font of body text.
pub fn body() -> FontId {
    FontId::new(BODY, FontFamily::Proportional)
}

/// Puts a theme into force.
pub fn install(ctx: &Context, theme: Theme) {
    for (of, palette) in [(egui::Theme::Dark, &DARK), (egui::Theme::Light, &LIGHT)] {
        ctx.set_visuals_of(of, visuals(of, palette));
    }
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, SMALL, FontFamily::Proportional),
            (TextStyle::Body, BODY, FontFamily::Proportional),
            (TextStyle::Button, BODY, FontFamily::Proportional),
            (TextStyle::Heading, HEADING, FontFamily::Proportional),
            (TextStyle::Monospace, BODY, FontFamily::Monospace),
        ]
        .into_iter()
        .map(|(style, size, family)| (style, FontId::new(size, family)))
        .collect();
        style.spacing.item_spacing = egui::vec2(GAP, GAP);
        style.spacing.button_padding = egui::vec2(8.0, 4.0);
        style.spacing.interact_size.y = 24.0;
    });
    ctx.set_theme(match theme {
        Theme::Dark => egui::Theme::Dark,
        Theme::Light => egui::Theme::Light,
    });
}

fn visuals(theme: egui::Theme, p: &Palette) -> Visuals {
    let mut v = match theme {
        egui::Theme::Dark => Visuals::dark(),
        egui::Theme::Light => Visuals::light(),
    };
    v.panel_fill = p.panel;
    v.window_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.extreme_bg_color = p.field;
    v.text_edit_bg_color = Some(p.field);
    v.faint_bg_color = p.raised;
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.warn;
    v.error_fg_color = p.reject;
    v.weak_text_color = Some(p.weak);
    v.selection.bg_fill = p.accent_dim;
    v.selection.stroke = Stroke::new(1.0, p.accent);
    let w = &mut v.widgets;
    w.noninteractive.bg_fill = p.panel;
    w.noninteractive.weak_bg_fill = p.panel;
    w.noninteractive.bg_stroke = Stroke::new(1.0, p.line);
    for (widget, fill) in [
        (&mut w.inactive, p.raised),
        (&mut w.hovered, p.hovered),
        (&mut w.active, p.hovered),
        (&mut w.open, p.raised),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.expansion = 0.0;
    }
    for widget in [
        &mut w.noninteractive,
        &mut w.inactive,
        &mut w.hovered,
        &mut w.active,
        &mut w.open,
    ] {
        widget.fg_stroke = Stroke::new(1.0, p.text);
        widget.corner_radius = RADIUS;
    }
    v
}
