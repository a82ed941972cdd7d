//! The settings of scorers as both front ends use them: told and changed.
//!
//! Must not know: what a setting does.

use serde::Serialize;

use crate::base::Problem;
use crate::zoo::manifest::{Chosen, Manifest, Setting};

use super::core::Core;
use super::depot::write;
use super::models::choices;

/// A setting of a scorer, as the models page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettingInfo {
    /// Its name among the scorer's settings.
    pub name: String,
    /// Title for people.
    pub label: String,
    /// What it changes.
    pub about: String,
    /// What holds now: the name of a choice, or a number.
    pub value: String,
    /// What holds unless the user chooses.
    pub default: String,
    /// Names and titles of the choices; none for a number.
    pub choices: Vec<(String, String)>,
    /// Smallest and largest value of a number.
    pub range: Option<[f64; 2]>,
}

/// The settings of a scorer, in the order of its manifest.
pub(super) fn infos(manifest: &Manifest) -> Vec<SettingInfo> {
    let info = |setting: &Setting| {
        let default = setting.default_text();
        let value = manifest.chosen.get(&setting.name);
        let choices = setting.choices.iter();
        SettingInfo {
            name: setting.name.clone(),
            label: setting.label.clone(),
            about: setting.about.clone(),
            value: value.cloned().unwrap_or_else(|| default.clone()),
            default,
            choices: choices.map(|c| (c.name.clone(), c.label.clone())).collect(),
            range: setting.range,
        }
    };
    manifest.settings.iter().map(info).collect()
}

impl Core {
    /// Changes settings of a scorer by their names; none stands for the default, and so does with
    /// `reset` every setting that is not named. Its columns are scored again where that changes its
    /// version; the old values stay until then.
    ///
    /// Lines of the file that can't be used stay in it. Fails where a value can't be meant, or the
    /// file can't be read; nothing is changed then.
    pub fn set_scorer_settings(
        &self,
        key: &str,
        reset: bool,
        changes: &[(String, Option<String>)],
    ) -> Result<(), Problem> {
        let _choosing = self.choosing();
        let shelf = self.shelf();
        let manifest = shelf.models.manifest(key)?;
        let what = || format!("the settings of {key} stay as they are");
        let file = choices::file(&self.places().config, key);
        let mut chosen = if reset {
            Chosen::new()
        } else {
            choices::read(&file).map_err(|why| {
                let hint = "mend the file, or put all back: bandpass models set KEY --reset";
                Problem::usage(what(), why).hint(hint).at(&file)
            })?
        };
        let mut used = choices::usable(manifest, &chosen)
            .0
            .map_or_else(Chosen::new, |usable| usable.chosen);
        change(&mut chosen, changes);
        change(&mut used, changes);
        manifest.adjusted(&used).map_err(|error| {
            let hint = format!("bandpass models show {key} says what can be chosen");
            Problem::usage(what(), error).hint(hint)
        })?;
        write(&file, choices::to_text(&chosen).as_bytes())?;
        self.refresh_scorers()
    }
}

fn change(chosen: &mut Chosen, changes: &[(String, Option<String>)]) {
    for (name, value) in changes {
        match value {
            Some(value) => chosen.insert(name.clone(), value.clone()),
            None => chosen.remove(name),
        };
    }
}
