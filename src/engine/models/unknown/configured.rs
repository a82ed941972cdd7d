//! What the configuration beside a checkpoint tells of its network.
//!
//! Must not know: weights.

use std::path::Path;

use super::look::refused;
use super::{ModelDraft, Question};
use crate::base::Problem;
use crate::zoo::draft::{self, Config, Read, clean_key};

/// Bytes of a configuration that are read; those of 65 536 classes are smaller.
const MAX_CONFIG: u64 = 8 << 20;

/// The text of a small file that lies beside another; none where there is none.
pub(super) fn beside(file: &Path, name: &str) -> Result<Option<String>, Problem> {
    use std::io::Read as _;
    let path = published(file).join(name);
    let Ok(opened) = std::fs::File::open(&path) else {
        return Ok(None);
    };
    let mut text = String::new();
    let read = opened.take(MAX_CONFIG + 1).read_to_string(&mut text);
    read.map_err(|error| Problem::environment("can't read the file", error).at(&path))?;
    if text.len() as u64 > MAX_CONFIG {
        return Err(refused("it is too large to be a configuration", &path));
    }
    Ok(Some(text))
}

/// The folder that was published: graphs often lie in one of their own within it.
fn published(file: &Path) -> &Path {
    let folder = file.parent().unwrap_or(file);
    let above = folder.parent().filter(|_| folder.ends_with("onnx"));
    above.unwrap_or(folder)
}

/// What `config.json` tells.
pub(super) fn configure(draft: &mut ModelDraft, config: Config) {
    let answers = &mut draft.own.answers;
    let folder = published(&draft.own.file).file_name();
    let folder = folder.unwrap_or_default().to_string_lossy();
    let key = clean_key(&folder);
    if !key.is_empty() {
        (answers.label, answers.key) = (folder.trim().to_owned(), key);
    }
    draft.what = format!("{} {}", draft.what, config.architecture);
    answers.parameters = config.parameters;
    if let Some(width) = config.width
        && draft.open.contains(&Question::Width)
    {
        answers.width = width;
        draft.open.retain(|question| *question != Question::Width);
    }
    // A softmax over one number is always 1: then the configuration is of another network.
    let meant = |read: &Read| *read != Read::Softmax || answers.width > 1;
    if let Some(read) = config.read.filter(meant)
        && draft.open.contains(&Question::Read)
    {
        answers.read = read;
        draft.open.retain(|question| *question != Question::Read);
    }
    if config.labels.len() == answers.width {
        answers.labels = config.labels;
        draft.open.retain(|question| *question != Question::Labels);
    }
}

/// What `preprocessor_config.json` tells.
pub(super) fn preprocess(draft: &mut ModelDraft, text: &str) {
    let answers = &mut draft.own.answers;
    let Some((input, open)) = draft::input_of(text, &answers.input) else {
        return;
    };
    let fixed = !draft.open.contains(&Question::Size);
    let told = |question: &Question| {
        let size = matches!(question, Question::Size) && !open.contains(&"fit");
        let field = question.field().strip_prefix("input.");
        !size && field.is_none_or(|field| open.contains(&field))
    };
    draft.open.retain(told);
    let size = answers.input.size;
    answers.input = input;
    if fixed && answers.input.size != size {
        // The network's own size stands.
        (answers.input.size, answers.input.resize) = (size, None);
        draft.open.push(Question::Fit);
    }
}
