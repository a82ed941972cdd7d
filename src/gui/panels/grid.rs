//! The grid of thumbnails: only what is on screen is laid out.
//!
//! Must not know: the engine; it asks `Textures` for pictures and pushes [`Action`]s.

use std::ops::Range;

use egui::{Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::base::format;
use crate::domain::catalog::Row;
use crate::domain::marks::Flag;
use crate::domain::query::SortBy;
use crate::gui::command::UiCommand;
use crate::gui::ctx::{Action, Ctx};
use crate::gui::scroll::{Scroll, Window};
use crate::gui::textures::{Shown, Textures};
use crate::gui::widgets::thumb::{Badge, Face, Tile};
use crate::gui::{panels, text, theme};

/// Entries of a tile's context menu.
const MENU: [UiCommand; 9] = [
    UiCommand::Loupe,
    UiCommand::Pick,
    UiCommand::Reject,
    UiCommand::Unflag,
    UiCommand::Tags,
    UiCommand::Move,
    UiCommand::Copy,
    UiCommand::Export,
    UiCommand::Trash,
];

/// The grid and where it stands.
#[derive(Default)]
pub(in crate::gui) struct Grid {
    scroll: Scroll,
    columns: usize,
    page_rows: usize,
    reveal: Option<usize>,
    wanted: Vec<Row>,
    n_visible: usize,
}

impl Grid {
    /// Columns on screen, at least 1.
    pub(in crate::gui) fn columns(&self) -> usize {
        self.columns.max(1)
    }

    /// Whole rows on screen, at least 1.
    pub(in crate::gui) fn page_rows(&self) -> usize {
        self.page_rows.max(1)
    }

    /// Scrolls to a position of the view in the next frame.
    pub(in crate::gui) fn reveal(&mut self, position: usize) {
        self.reveal = Some(position);
    }

    /// Back to the top: another folder or order.
    pub(in crate::gui) fn reset(&mut self) {
        self.scroll.reset();
    }

    /// Rows whose pictures are wanted: those on screen, then a page below and above.
    pub(in crate::gui) fn wanted(&self) -> &[Row] {
        &self.wanted
    }

    /// Whether an image is at least partly on screen.
    pub(in crate::gui) fn is_on_screen(&self, row: Row) -> bool {
        let visible = self.wanted.iter().take(self.n_visible);
        visible.into_iter().any(|&other| other == row)
    }

    /// Draws the grid.
    pub(in crate::gui) fn ui(
        &mut self,
        ui: &mut Ui,
        ctx: &Ctx<'_>,
        textures: &mut Textures,
        out: &mut Vec<Action>,
    ) {
        let edge = ctx.settings.thumb_size;
        let area = ui.available_rect_before_wrap();
        let width = area.width() - theme::SCROLL_BAR;
        let cell_width = edge + 2.0 * theme::TILE_MARGIN;
        let cell_height = Tile::height(edge);
        let columns = ((width / cell_width) as usize).max(1);
        if columns != self.columns && self.columns > 0 && self.reveal.is_none() {
            self.reveal = self.anchor(ctx);
        }
        self.columns = columns;
        self.page_rows = (area.height() / cell_height) as usize;
        if let Some(position) = self.reveal.take() {
            let row = position / columns;
            self.scroll.reveal(row, cell_height, area.height());
        }
        let n_rows = ctx.view.rows.len().div_ceil(columns);
        let window = self.scroll.show(ui, n_rows, cell_height);
        let cells = Cells {
            columns,
            size: Vec2::new(width / columns as f32, cell_height),
            window: &window,
        };
        let tiles = cells.tiles(ui, ctx, textures, out);
        paint(ui, &tiles, window.rect);
        self.want(ctx, &window);
    }

    /// What should stay on screen when the number of columns changes.
    fn anchor(&self, ctx: &Ctx<'_>) -> Option<usize> {
        let focus = ctx
            .selection
            .focus()
            .filter(|&row| self.is_on_screen(row))?;
        ctx.view.rows.iter().position(|&row| row == focus)
    }

    fn want(&mut self, ctx: &Ctx<'_>, window: &Window) {
        let n = ctx.view.rows.len();
        let Range { start, end } = window.rows;
        let page = (end - start).max(1);
        let rows = |from: usize, to: usize| {
            let range = (from * self.columns).min(n)..(to * self.columns).min(n);
            ctx.view.rows.get(range).unwrap_or_default().iter().copied()
        };
        let visible = rows(start, end);
        let below = rows(end, end + page);
        let above = rows(start.saturating_sub(page), start);
        let n_visible = visible.len();
        self.wanted = visible.chain(below).chain(above).collect();
        self.n_visible = n_visible;
    }
}

/// The cells on screen.
struct Cells<'a> {
    columns: usize,
    size: Vec2,
    window: &'a Window,
}

impl Cells<'_> {
    fn tiles(
        &self,
        ui: &Ui,
        ctx: &Ctx<'_>,
        textures: &mut Textures,
        out: &mut Vec<Action>,
    ) -> Vec<Tile> {
        let column = sort_column(ctx);
        let positions = self.window.rows.start * self.columns..self.window.rows.end * self.columns;
        positions
            .filter_map(|position| Some((position, *ctx.view.rows.get(position)?)))
            .map(|(position, row)| {
                let rect = self.rect(position);
                let clipped = rect.intersect(self.window.rect);
                let id = ui.unique_id().with(("tile", row.0));
                let response = ui.interact(clipped, id, Sense::CLICK);
                let tile = tile(ctx, textures, row, rect, column);
                respond(&response, &tile, row, out);
                explain(&response, ctx, textures, (row, &tile));
                Tile {
                    is_hovered: response.hovered(),
                    ..tile
                }
            })
            .collect()
    }

    fn rect(&self, position: usize) -> Rect {
        let x = (position % self.columns) as f32 * self.size.x;
        let min = egui::pos2(
            self.window.rect.left() + x,
            self.window.top_of(position / self.columns),
        );
        Rect::from_min_size(min, self.size)
    }
}

fn tile(
    ctx: &Ctx<'_>,
    textures: &mut Textures,
    row: Row,
    rect: Rect,
    column: Option<usize>,
) -> Tile {
    let catalog = ctx.catalog;
    let failure = catalog.failures.contains_key(&row);
    let face = match textures.get(row) {
        Shown::Ready(texture) => Face::Picture(texture.id(), texture.size_vec2()),
        Shown::Failed => Face::Broken,
        Shown::Loading => Face::Loading,
    };
    let value = column.map(|column| f64::from(catalog.value(column, row)));
    Tile {
        rect,
        name: catalog.name(row),
        face,
        stars: catalog.stars.get(row.idx()).copied().unwrap_or(0),
        badge: badge(catalog.flags.get(row.idx()).copied().unwrap_or_default()),
        value: value.map(format::score).unwrap_or_default(),
        reason: textures.reason(row).unwrap_or_default().to_owned(),
        is_failed: failure || face == Face::Broken,
        is_selected: ctx.selection.contains(row),
        is_focused: ctx.selection.focus() == Some(row),
        is_hovered: false,
    }
}

/// How a flag is drawn.
pub(in crate::gui) fn badge(flag: Flag) -> Badge {
    match flag {
        Flag::None => Badge::None,
        Flag::Pick => Badge::Pick,
        Flag::Reject => Badge::Reject,
    }
}

/// The first score column that the view is sorted by.
fn sort_column(ctx: &Ctx<'_>) -> Option<usize> {
    ctx.spec.sort.iter().find_map(|key| match &key.by {
        SortBy::Column(column) => ctx.catalog.column_index(column),
        _ => None,
    })
}

fn respond(response: &Response, tile: &Tile, row: Row, out: &mut Vec<Action>) {
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListBoxOption, true, tile.is_selected, label(tile))
    });
    let modifiers = response.ctx.input(|input| input.modifiers);
    if response.double_clicked() {
        out.push(Action::Run(UiCommand::Loupe));
    } else if response.clicked() {
        // Arrow keys should move through the grid again, not through the last used slider.
        response.ctx.memory_mut(egui::Memory::stop_text_input);
        out.push(match (modifiers.shift, modifiers.command) {
            (true, _) => Action::Extend(row),
            (false, true) => Action::Toggle(row),
            (false, false) => Action::Select(row),
        });
    } else if response.secondary_clicked() && !tile.is_selected {
        out.push(Action::Select(row));
    }
    response.context_menu(|ui| {
        for command in MENU {
            panels::top::command_button(ui, command, out);
        }
    });
}

/// Says on hover why an image failed.
fn explain(response: &Response, ctx: &Ctx<'_>, textures: &Textures, (row, tile): (Row, &Tile)) {
    if !tile.is_failed || !response.hovered() {
        return;
    }
    let known = ctx.catalog.failures.get(&row);
    let reason = known.map(|failure| failure.reason.as_str());
    let reason = reason.or_else(|| textures.reason(row));
    response.show_tooltip_text(text::failed_because(reason.unwrap_or(text::NO_THUMB)));
}

/// What a screen reader says of a tile, and tests find it by.
fn label(tile: &Tile) -> String {
    let mut label = tile.name.clone();
    if tile.stars > 0 {
        label += ", ";
        label += &text::stars(tile.stars);
    }
    label += match tile.badge {
        Badge::None => "",
        Badge::Pick => ", pick",
        Badge::Reject => ", reject",
    };
    if tile.is_failed {
        label += ", failed";
    }
    if !tile.value.is_empty() {
        label += ", ";
        label += &tile.value;
    }
    label
}

fn paint(ui: &Ui, tiles: &[Tile], clip: Rect) {
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    for tile in tiles {
        tile.paint_ground(&painter, palette);
    }
    for tile in tiles {
        tile.paint_picture(&painter);
    }
    for tile in tiles {
        tile.paint_marks(&painter, palette);
    }
}
