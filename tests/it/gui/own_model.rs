//! A network that no manifest knows is asked about, and becomes a scorer.

use bandpass::engine::models::{
    Answers, ModelDraft, OutputDraft, OwnModel, Question, Read, Values,
};

use super::*;

/// A classifier of three classes with two outputs, about which little is known.
fn draft(file: &std::path::Path) -> ModelDraft {
    let input = "size = [224, 224]\nvalues = \"0..1\"";
    let mut input: bandpass::engine::models::Preprocess = toml::from_str(input).unwrap();
    input.spell_out();
    let output = |name: &str, width: usize| OutputDraft {
        name: name.to_owned(),
        width: Some(width),
        shares: false,
        several: false,
    };
    let answers = Answers {
        key: "blur".to_owned(),
        label: "Blur".to_owned(),
        about: String::new(),
        licence: String::new(),
        field: bandpass::domain::score::Field::General,
        file: "blur.onnx".to_owned(),
        architecture: None,
        parameters: toml::Table::new(),
        port_in: None,
        port_out: Some("logits".to_owned()),
        input,
        read: Read::Softmax,
        adds_up: false,
        width: 3,
        labels: Vec::new(),
    };
    ModelDraft {
        what: "an ONNX graph".to_owned(),
        ports: vec!["input: float32 [N, 3, 224, 224]".to_owned()],
        outputs: vec![output("logits", 3), output("vector", 512)],
        open: vec![Question::Values, Question::Labels],
        own: OwnModel {
            file: file.to_owned(),
            answers,
        },
    }
}

/// The window with the questions about a file.
fn asked() -> Window {
    let file = std::path::absolute("blur.onnx").unwrap();
    let mut window = Window::showing(6);
    window.press(Key::F6);
    window.click("Add a model file…");
    window.type_into("Model file", &file.display().to_string());
    window.click("A network of my own, or a Hugging Face folder: ask me about it");
    window.click_button("Add");
    let Command::LookAtModel(sent) = window.last() else {
        panic!("{:?}", window.last());
    };
    assert_eq!(*sent, file);
    let draft = Box::new(draft(&file));
    window.engine.send(Event::ModelDraft(Ok(draft)));
    window.settle();
    window
}

fn type_labels(window: &mut Window, labels: &str) {
    let field = "Labels, one a line; the network gives 3 numbers";
    for text in [None, Some(labels)] {
        let node = window
            .harness
            .get_by_role_and_label(Role::MultilineTextInput, field);
        match text {
            None => node.focus(),
            Some(text) => node.type_text(text),
        }
        window.settle();
    }
}

fn sent(window: &Window) -> &Answers {
    let Command::AddOwnModel(own) = window.last() else {
        panic!("{:?}", window.last());
    };
    &own.answers
}

#[test]
fn what_the_file_does_not_tell_is_asked_and_goes_into_the_scorer() {
    let mut window = asked();
    assert!(window.has("Values (guessed)") && window.has("Fit") && !window.has("Fit (guessed)"));
    assert_named(&window, "dialog about a network of one's own");
    window.click("Values: 0..1");
    window.click("ImageNet mean and deviation");
    type_labels(&mut window, "sharp\nsoft\nblurred");
    window.click_button("Add");
    let answers = sent(&window);
    assert_eq!(Values::of(&answers.input), Some(Values::ImageNet));
    assert_eq!(answers.labels, ["sharp", "soft", "blurred"]);
}

#[test]
fn answers_that_make_no_scorer_stay_on_screen_with_the_reason() {
    let mut window = asked();
    type_labels(&mut window, "sharp");
    window.click_button("Add");
    assert!(window.has("there are 1 labels, and the network gives 3 numbers"));
    let is_sent = |c: &Command| matches!(c, Command::AddOwnModel(_));
    assert!(!window.engine.seen.iter().any(is_sent));
}

#[test]
fn another_output_is_read_in_its_own_way() {
    let mut window = asked();
    window.click("Output: logits");
    window.click("vector");
    window.click("Read as: softmax: one label holds");
    window.click("a vector for heads");
    window.click_button("Add");
    let answers = sent(&window);
    assert_eq!((answers.width, answers.read), (512, Read::Embedding));
    assert_eq!(answers.port_out.as_deref(), Some("vector"));
}

#[test]
fn picture_of_the_questions() {
    snapshot("own_model", |window| {
        window.engine.open();
        window.settle();
        let draft = Box::new(draft(std::path::Path::new("/models/blur.onnx")));
        window.engine.send(Event::ModelDraft(Ok(draft)));
        window.settle();
    });
}
