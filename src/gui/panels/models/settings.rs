//! What the user may choose about a scorer; a change holds at once, and scores follow in the next
//! run.
//!
//! Must not know: manifests.

use egui::{ComboBox, DragValue, Label, RichText, Role, Ui, WidgetInfo};

use crate::engine::{Command, ModelInfo, SettingInfo};
use crate::gui::ctx::Action;
use crate::gui::{text_models as text, theme};

/// What the user wants a setting to be.
enum Wish {
    /// Name of a choice, or a number.
    Value(String),
    /// As it was at first.
    Default,
}

/// Draws the settings of a model, if it has any.
pub(super) fn ui(ui: &mut Ui, model: &ModelInfo, out: &mut Vec<Action>) {
    if model.settings.is_empty() {
        return;
    }
    ui.add_space(theme::GAP_BIG);
    ui.strong(text::SETTINGS);
    for setting in &model.settings {
        ui.add_space(theme::GAP);
        let wanted: Option<Wish> = ui
            .horizontal_wrapped(|ui| {
                ui.label(&setting.label);
                let wanted = match setting.range {
                    Some(range) => number(ui, &model.key, setting, range),
                    None => choice(ui, setting),
                };
                wanted.map(Wish::Value).or(back(ui, setting))
            })
            .inner;
        let about = RichText::new(&setting.about).size(theme::SMALL).weak();
        ui.add(Label::new(about).wrap());
        if let Some(wish) = wanted {
            out.push(Action::Send(Command::SetScorerSetting {
                key: model.key.clone(),
                name: setting.name.clone(),
                value: match wish {
                    Wish::Value(value) => Some(value),
                    Wish::Default => None,
                },
            }));
        }
    }
}

/// A menu; the name of another choice that was made.
fn choice(ui: &mut Ui, setting: &SettingInfo) -> Option<String> {
    let mut wanted = setting.value.as_str();
    let shown = |name: &str| {
        let mut choices = setting.choices.iter();
        let found = choices.find(|(choice, _)| choice == name);
        found.map_or(name, |(_, label)| label.as_str()).to_owned()
    };
    let menu = ComboBox::from_id_salt(&setting.name).selected_text(shown(wanted));
    let menu = menu.show_ui(ui, |ui| {
        for (name, label) in &setting.choices {
            ui.selectable_value(&mut wanted, name.as_str(), label);
        }
    });
    let name = text::setting(&setting.label, &shown(&setting.value));
    let info = || WidgetInfo::labeled(Role::ComboBox, true, &name);
    menu.response.widget_info(info);
    (wanted != setting.value).then(|| wanted.to_owned())
}

/// A number; the new one once the user lets go of it.
fn number(ui: &mut Ui, key: &str, setting: &SettingInfo, [low, high]: [f64; 2]) -> Option<String> {
    let id = egui::Id::unique((key, &setting.name));
    let kept: f64 = setting.value.parse().unwrap_or(low);
    let mut value = ui.data(|data| data.get_temp(id)).unwrap_or(kept);
    let field = ui.add(DragValue::new(&mut value).range(low..=high));
    field.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, &setting.label));
    if field.drag_stopped() || field.lost_focus() {
        ui.data_mut(|data| data.remove_temp::<f64>(id));
        return (value - kept).abs().gt(&0.0).then(|| value.to_string());
    }
    if field.changed() {
        ui.data_mut(|data| data.insert_temp(id, value));
    }
    None
}

/// The way back to the default, where another value holds.
fn back(ui: &mut Ui, setting: &SettingInfo) -> Option<Wish> {
    if setting.value == setting.default {
        return None;
    }
    let link = ui.link(text::DEFAULT);
    let link = link.accessible_name(text::back_to_default(&setting.label));
    link.clicked().then_some(Wish::Default)
}
