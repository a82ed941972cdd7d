//! Right: what is known of the focused image, and its marks.
//!
//! Marks set here apply to the focused image alone; keys and the tag dialog apply to the selection.
//!
//! Must not know: how scores are computed, how marks are kept.

mod mark;
mod scores;
mod seen;

use egui::{Grid, RichText, ScrollArea, TextEdit, Ui};

use crate::base::format;
use crate::domain::catalog::{Catalog, Dims, Row};
use crate::domain::marks::{Flag, MarkEdit};
use crate::engine::{Command, ScoreRequest};
use crate::gui::ctx::{Action, Ctx, Panel};
use crate::gui::widgets::{chip, star};
use crate::gui::{text_panels as text, theme};

use scores::Scores;

/// Width of the scroll bar, in points.
const SCROLL_BAR: f32 = 10.0;

/// The inspector.
#[derive(Debug, Default)]
pub struct Inspector {
    tag: String,
    scores: Scores,
}

impl Panel for Inspector {
    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        let focus = ctx.selection.focus();
        let Some(row) = focus.filter(|&row| ctx.catalog.exists(row)) else {
            ui.weak(text::NO_FOCUS);
            // Else the panel would be as narrow as this line.
            ui.take_available_space();
            return;
        };
        // The bar has a strip of its own, or it would lie over the last digit of every value.
        ui.spacing_mut().scroll.floating_allocated_width = SCROLL_BAR;
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| {
                file(ui, ctx.catalog, row);
                failure(ui, ctx, row, out);
                marks(ui, ctx.catalog, row, out);
                self.tags(ui, ctx.catalog, row, out);
                seen::ui(ui, ctx, row, out);
                ui.add_space(theme::GAP_BIG);
                if !ctx.catalog.columns.is_empty() {
                    ui.strong(text::SCORES);
                    self.scores.ui(ui, ctx, row);
                }
            });
    }
}

fn file(ui: &mut Ui, catalog: &Catalog, row: Row) {
    ui.add(egui::Label::new(RichText::new(catalog.name(row)).strong()).wrap());
    let folder = catalog.folder_of(row).display().to_string();
    ui.add(egui::Label::new(RichText::new(folder).size(theme::SMALL).weak()).wrap());
    if ui.small_button(text::COPY_PATH).clicked() {
        ui.copy_text(catalog.path(row).display().to_string());
    }
    ui.add_space(theme::GAP);
    Grid::new("facts").num_columns(2).show(ui, |ui| {
        for (name, value) in facts(catalog, row) {
            ui.weak(name);
            ui.label(value);
            ui.end_row();
        }
    });
    ui.add_space(theme::GAP);
}

fn facts(catalog: &Catalog, row: Row) -> Vec<(&'static str, String)> {
    let at = row.idx();
    let mut facts = Vec::new();
    let dims = catalog.dims.get(at).copied().unwrap_or_default();
    if dims != Dims::default() {
        facts.push((text::PIXELS, format!("{} × {}", dims.width, dims.height)));
    }
    let size = catalog.size.get(at).copied().unwrap_or_default();
    facts.push((text::SIZE, format::bytes(size)));
    let name = catalog.name(row);
    if let Some((_, ending)) = name.rsplit_once('.') {
        facts.push((text::FORMAT, ending.to_ascii_uppercase()));
    }
    let mtime = catalog.mtime_ns.get(at).copied().unwrap_or_default();
    // A file without a time says 1970.
    if mtime != 0 {
        facts.push((text::DATE, date(mtime)));
    }
    facts
}

/// `2026-11-20 07:38` in the local time zone.
fn date(ns: i64) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(ns));
    time.map_or_else(
        |_| String::new(),
        |time| {
            let local = time.to_zoned(jiff::tz::TimeZone::system());
            local.strftime("%Y-%m-%d %H:%M").to_string()
        },
    )
}

fn failure(ui: &mut Ui, ctx: &Ctx<'_>, row: Row, out: &mut Vec<Action>) {
    let catalog = ctx.catalog;
    let palette = theme::palette(ui);
    let status = catalog.status.get(row.idx()).copied().unwrap_or_default();
    if status.offline {
        ui.colored_label(palette.warn, text::OFFLINE);
    }
    let Some(failure) = catalog.failures.get(&row) else {
        return;
    };
    ui.colored_label(palette.reject, text::failed_at(failure.stage.name()));
    ui.add(egui::Label::new(&failure.reason).wrap());
    if ui.button(text::TRY_AGAIN).clicked() {
        out.push(Action::Send(Command::Score(ScoreRequest {
            scorers: Vec::new(),
            rows: Some(vec![row]),
            retry_failed: true,
            wishes: ctx.wishes(),
        })));
    }
    ui.add_space(theme::GAP);
}

fn mark(row: Row, edit: MarkEdit) -> Action {
    Action::Send(Command::Mark {
        rows: vec![row],
        edit,
    })
}

fn marks(ui: &mut Ui, catalog: &Catalog, row: Row, out: &mut Vec<Action>) {
    let stars = catalog.stars.get(row.idx()).copied().unwrap_or_default();
    let flag = catalog.flags.get(row.idx()).copied().unwrap_or_default();
    ui.horizontal_wrapped(|ui| {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for n in 1..=5 {
                if star::button(ui, n <= stars, &text::set_stars(n)) {
                    let next = if n == stars { 0 } else { n };
                    out.push(mark(row, MarkEdit::Stars(next)));
                }
            }
        });
        for (which, name) in [(Flag::Pick, text::PICK), (Flag::Reject, text::REJECT)] {
            let on = flag == which;
            if chip::choice(ui, on, name).clicked() {
                let next = if on { Flag::None } else { which };
                out.push(mark(row, MarkEdit::Flag(next)));
            }
        }
    });
}

impl Inspector {
    fn tags(&mut self, ui: &mut Ui, catalog: &Catalog, row: Row, out: &mut Vec<Action>) {
        ui.add_space(theme::GAP);
        let tags = catalog.tags_of(row);
        ui.horizontal_wrapped(|ui| {
            for tag in tags {
                if chip::removable(ui, tag.to_string(), &text::remove_tag(tag)) {
                    let edit = MarkEdit::Tags {
                        add: Vec::new(),
                        remove: vec![tag.to_string()],
                    };
                    out.push(mark(row, edit));
                }
            }
        });
        let field = TextEdit::singleline(&mut self.tag)
            .id_salt("add-tag")
            .hint_text(text::ADD_TAG)
            .desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name(text::ADD_TAG);
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if !entered {
            return;
        }
        let add = crate::gui::dialogs::tags::split(&self.tag).0;
        self.tag.clear();
        response.request_focus();
        if !add.is_empty() {
            let remove = Vec::new();
            out.push(mark(row, MarkEdit::Tags { add, remove }));
        }
    }
}
