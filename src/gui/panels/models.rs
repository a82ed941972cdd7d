//! Page: scorers with weights, a list and the chosen one in full.
//!
//! Must not know: where weights lie, how they are got.

mod detail;
mod list;
mod rule;
mod settings;

use egui::{Panel as Edge, TextEdit, Ui};

use crate::base::JobId;
use crate::domain::score::Field;
use crate::engine::{Command, ModelInfo, ModelState};
use crate::gui::command::UiCommand;
use crate::gui::ctx::{Action, Ask, Ctx, Panel};
use crate::gui::widgets::chip;
use crate::gui::{text_models as text, theme};

/// Which models the list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Show {
    #[default]
    All,
    Ready,
    ToDownload,
    Anime,
    General,
}

const SHOWS: [(Show, &str); 5] = [
    (Show::All, text::ALL),
    (Show::Ready, text::READY),
    (Show::ToDownload, text::TO_DOWNLOAD),
    (Show::Anime, text::ANIME),
    (Show::General, text::GENERAL),
];

impl Show {
    fn keeps(self, model: &ModelInfo) -> bool {
        match self {
            Self::All => true,
            Self::Ready => matches!(model.state, ModelState::Ready { .. }),
            Self::ToDownload => can_download(model),
            Self::Anime => model.field == Field::Anime,
            Self::General => model.field == Field::General,
        }
    }
}

/// Whether a download would bring the model nearer to being ready.
fn can_download(model: &ModelInfo) -> bool {
    match model.state {
        ModelState::Ready { .. } => false,
        ModelState::Waiting { .. } => true,
        ModelState::Missing | ModelState::Partial { .. } | ModelState::Broken { .. } => {
            text::obtainable(model).is_some()
        }
    }
}

/// The page; asks for the models when it is first drawn, and whenever a job ends.
#[derive(Debug, Default)]
pub struct Models {
    find: String,
    show: Show,
    chosen: Option<String>,
    asked: bool,
    ended: Option<JobId>,
    rule: rule::RuleBox,
}

impl Panel for Models {
    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        self.ask(ctx, out);
        tabs(ui, UiCommand::Models, out);
        ui.add_space(theme::GAP);
        self.bar(ui, out);
        ui.add_space(theme::GAP);
        if ctx.models.is_empty() {
            ui.weak(text::LOOKING);
            return;
        }
        let found = self.found(ctx.models);
        let frame = egui::Frame::new().inner_margin(egui::Margin {
            right: theme::MARGIN,
            ..egui::Margin::ZERO
        });
        let side = Edge::left("model-list").frame(frame);
        side.default_size(theme::MODEL_LIST_WIDTH).show(ui, |ui| {
            if let Some(key) = list::ui(ui, &found, self.chosen.as_deref()) {
                self.chosen = Some(key);
            }
        });
        let chosen = self.chosen.as_deref().and_then(|key| ctx.model(key));
        // At first the one that stands on top.
        let Some(model) = chosen.or_else(|| found.first().copied()) else {
            ui.weak(text::CHOOSE);
            return;
        };
        let margin = egui::Margin {
            left: theme::MARGIN,
            ..egui::Margin::ZERO
        };
        let detail = egui::Frame::new().inner_margin(margin);
        let other = detail.show(ui, |ui| detail::ui(ui, model, ctx, &mut self.rule, out));
        let other = other.inner;
        if other.is_some() {
            self.chosen = other;
        }
    }
}

impl Models {
    fn ask(&mut self, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        let ended = ctx.jobs.iter().filter(|job| job.state.is_over());
        let ended = ended.map(|job| job.id).max();
        if !self.asked || self.ended != ended {
            self.asked = true;
            self.ended = ended;
            out.push(Action::Send(Command::Models));
        }
    }

    fn bar(&mut self, ui: &mut Ui, out: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.find)
                .hint_text(text::FIND)
                .desired_width(theme::SORT_WIDTH);
            ui.add(field).accessible_name(text::FIND);
            for (show, name) in SHOWS {
                if chip::choice(ui, self.show == show, name).clicked() {
                    self.show = show;
                }
            }
            let right = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(right, |ui| {
                if ui.button(text::ADD_ANY).clicked() {
                    out.push(Action::Ask(Ask::AddModel(None)));
                }
            });
        });
    }

    fn found<'a>(&self, models: &'a [ModelInfo]) -> Vec<&'a ModelInfo> {
        let find = self.find.trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&find);
        let fits = |model: &&ModelInfo| {
            let said = || has(&model.key) || has(&model.label) || has(&model.about);
            self.show.keeps(model) && (find.is_empty() || said())
        };
        models.iter().filter(fits).collect()
    }
}

/// The heads of both pages, and the way back to the images.
pub(super) fn tabs(ui: &mut Ui, here: UiCommand, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let pages = [
            (UiCommand::Models, text::MODELS),
            (UiCommand::Devices, text::DEVICES),
        ];
        for (page, name) in pages {
            let title = egui::RichText::new(name).size(theme::HEADING);
            let tab = ui.selectable_label(page == here, title);
            if tab.clicked() && page != here {
                out.push(Action::Run(page));
            }
        }
        let right = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(right, |ui| {
            if ui.button(text::BACK).clicked() {
                out.push(Action::Run(UiCommand::Grid));
            }
        });
    });
}
