//! What must be said of a network that no manifest knows, before it is a scorer.
//!
//! What the file tells is filled in; what it doesn't is guessed and marked.
//!
//! Must not know: how files are looked at, how manifests are written.

use egui::{ComboBox, DragValue, Grid, Label, RichText, ScrollArea, TextEdit, Ui, WidgetText};

use crate::domain::score::Field;
use crate::engine::Command;
use crate::engine::models::{
    Channels, Fit, ModelDraft, Question, Read, Resampler, Values, clean_labels,
};
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_models as text, text_own as own, text_panels, theme};

/// Largest side of an input, in pixels.
const MAX_SIDE: u32 = 4096;

/// Height of the answers, in points.
const ANSWERS: f32 = 470.0;

/// The dialog.
#[derive(Debug)]
pub struct OwnModel {
    draft: Box<ModelDraft>,
    /// The labels as they are typed, one a line.
    labels: String,
    /// Why the answers make no scorer yet.
    problem: Option<String>,
}

impl OwnModel {
    /// Asks what the draft leaves open, and lets the rest be changed.
    pub fn new(draft: Box<ModelDraft>) -> Self {
        Self {
            labels: draft.own.answers.labels.join("\n"),
            draft,
            problem: None,
        }
    }

    fn about(&mut self, ui: &mut Ui) {
        let answers = &mut self.draft.own.answers;
        line(ui, own::KEY, &mut answers.key);
        line(ui, own::LABEL, &mut answers.label);
        line(ui, own::ABOUT, &mut answers.about);
        line(ui, own::LICENCE, &mut answers.licence);
        let fields = [
            (Field::General, own::FIELD_GENERAL),
            (Field::Anime, text::ANIME),
        ];
        choice(ui, (own::FIELD, false), &mut answers.field, &fields);
    }

    fn input(&mut self, ui: &mut Ui) {
        let open = |question| self.draft.open.contains(&question);
        let guessed = [
            Question::Size,
            Question::Fit,
            Question::Resampler,
            Question::Values,
            Question::Channels,
        ]
        .map(open);
        let input = &mut self.draft.own.answers.input;
        name(ui, own::SIZE, guessed[0]);
        ui.horizontal(|ui| {
            for (side, label) in input.size.iter_mut().zip([own::WIDTH, own::HEIGHT]) {
                let value = DragValue::new(side).range(1..=MAX_SIDE).suffix(" px");
                let value = ui.add_enabled(guessed[0], value);
                value
                    .widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, label));
            }
        });
        ui.end_row();
        choice(ui, (own::FIT, guessed[1]), &mut input.fit, &FITS);
        let sampler = (own::RESAMPLER, guessed[2]);
        choice(ui, sampler, &mut input.resampler, &RESAMPLERS);
        let values = Values::ALL.map(|values| (Some(values), own::values(values.name())));
        let mut wanted = Values::of(input);
        choice(ui, (own::VALUES, guessed[3]), &mut wanted, &values);
        let colours = (own::CHANNELS, guessed[4]);
        choice(ui, colours, &mut input.channels, &CHANNELS);
        if let Some(values) = wanted {
            input.values = Some(values);
            input.spell_out();
        }
    }

    fn output(&mut self, ui: &mut Ui) {
        let open = |question| self.draft.open.contains(&question);
        let guessed = [Question::Output, Question::Read, Question::Width].map(open);
        if self.draft.outputs.len() > 1 {
            let names: Vec<(String, String)> = self
                .draft
                .outputs
                .iter()
                .map(|output| (output.name.clone(), output.name.clone()))
                .collect();
            let was = self.draft.own.answers.port_out.clone().unwrap_or_default();
            let mut wanted = was.clone();
            choice(ui, (own::OUTPUT, guessed[0]), &mut wanted, &names);
            if wanted != was {
                // A name of the list is always there.
                self.problem = self
                    .draft
                    .choose_output(&wanted)
                    .err()
                    .map(|e| e.to_string());
            }
        }
        let answers = &mut self.draft.own.answers;
        let reads = Read::ALL.map(|read| (read, own::read_as(read.name())));
        choice(ui, (own::READ, guessed[1]), &mut answers.read, &reads);
        if guessed[2] {
            name(ui, own::NUMBERS, true);
            let value = ui.add(DragValue::new(&mut answers.width).range(1..=65_536));
            let role = egui::Role::SpinButton;
            value.widget_info(|| egui::WidgetInfo::labeled(role, true, own::NUMBERS));
            ui.end_row();
        }
    }

    /// One label a number of the answer; a vector has none.
    fn labels(&mut self, ui: &mut Ui) {
        let answers = &self.draft.own.answers;
        if answers.read == Read::Embedding || answers.width < 2 {
            return;
        }
        let label = ui.label(own::labels(answers.width));
        let field = TextEdit::multiline(&mut self.labels)
            .desired_rows(3)
            .desired_width(f32::INFINITY);
        ui.add(field).labelled_by(label.id);
    }

    /// The answers as a scorer, or why they make none.
    fn finish(&mut self) -> Option<Command> {
        let lines = self.labels.lines().map(str::trim).filter(|l| !l.is_empty());
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        let model = &mut self.draft.own;
        let has_labels = model.answers.width > 1 && model.answers.read != Read::Embedding;
        model.answers.labels = if has_labels {
            clean_labels(&lines)
        } else {
            Vec::new()
        };
        match model.manifest() {
            Ok(_) => Some(Command::AddOwnModel(Box::new(model.clone()))),
            Err(problem) => {
                self.problem = Some(problem.to_string());
                None
            }
        }
    }
}

impl Dialog for OwnModel {
    fn title(&self) -> String {
        own::TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, _ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        let file = self.draft.own.file.display().to_string();
        ui.add(Label::new(RichText::new(file).size(theme::SMALL).weak()).wrap());
        ui.add(Label::new(&self.draft.what).wrap());
        for port in &self.draft.ports {
            ui.add(Label::new(RichText::new(port).size(theme::SMALL).weak()).truncate());
        }
        ui.add_space(theme::GAP);
        ScrollArea::vertical().max_height(ANSWERS).show(ui, |ui| {
            Grid::new("own-model").num_columns(2).show(ui, |ui| {
                self.about(ui);
                self.input(ui);
                self.output(ui);
            });
            self.labels(ui);
        });
        if !self.draft.open.is_empty() {
            ui.add(Label::new(RichText::new(own::GUESSED).weak()).wrap());
        }
        if let Some(problem) = &self.problem {
            ui.colored_label(theme::palette(ui).reject, problem);
        }
        ui.add_space(theme::GAP_BIG);
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            if ui.button(text::ADD).clicked()
                && let Some(command) = self.finish()
            {
                out.push(Action::Send(command));
                stay = Stay::Closed;
            }
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}

const FITS: [(Fit, &str); 4] = [
    (Fit::Squash, "Both sides to the size"),
    (Fit::ShortestSide, "The shortest side, then the centre"),
    (Fit::Letterbox, "All of it, with a border"),
    (Fit::PadSquare, "A square with a border, then resized"),
];

const RESAMPLERS: [(Resampler, &str); 6] = [
    (Resampler::Bilinear, "Bilinear (Pillow)"),
    (Resampler::Bicubic, "Bicubic (Pillow)"),
    (Resampler::Lanczos, "Lanczos (Pillow)"),
    (Resampler::Nearest, "Nearest (Pillow)"),
    (Resampler::TorchBilinear, "Bilinear (PyTorch)"),
    (Resampler::Cv2Bilinear, "Bilinear (OpenCV)"),
];

const CHANNELS: [(Channels, &str); 2] = [
    (Channels::Rgb, "Red, green, blue"),
    (Channels::Bgr, "Blue, green, red"),
];

/// The name of an answer, with a mark where it is guessed.
fn name(ui: &mut Ui, label: &str, guessed: bool) -> egui::Response {
    if guessed {
        let marked = RichText::new(own::guessed(label)).color(theme::palette(ui).warn);
        return ui.label(marked);
    }
    ui.label(label)
}

fn line(ui: &mut Ui, label: &str, value: &mut String) {
    let label = name(ui, label, false);
    let field = TextEdit::singleline(value).desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id);
    ui.end_row();
}

/// A row of the grid with a menu.
fn choice<T: PartialEq + Clone, S: AsRef<str>>(
    ui: &mut Ui,
    (label, guessed): (&str, bool),
    value: &mut T,
    choices: &[(T, S)],
) {
    name(ui, label, guessed);
    let now = choices.iter().find(|(choice, _)| choice == value);
    let shown = now.map_or(own::OTHER, |(_, text)| text.as_ref());
    let full = format!("{label}: {shown}");
    let menu = ComboBox::from_id_salt(label).selected_text(WidgetText::from(shown));
    let menu = menu.show_ui(ui, |ui| {
        for (choice, text) in choices {
            ui.selectable_value(value, choice.clone(), text.as_ref());
        }
    });
    let role = egui::Role::ComboBox;
    let info = || egui::WidgetInfo::labeled(role, true, &full);
    menu.response.widget_info(info);
    ui.end_row();
}
