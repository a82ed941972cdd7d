//! CLIP's tokenizer against the ids that `transformers` gives.

use bandpass::zoo::tokenizer::Tokenizer;
use serde::Deserialize;

use crate::shared::shared;

#[derive(Deserialize)]
struct Golden {
    texts: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    /// What OpenAI's code gives; `transformers` too, where it is not said to differ.
    ids: Vec<u32>,
    ids_truncated_77: Option<Vec<u32>>,
    transformers_fast_differs: Option<Vec<u32>>,
}

#[test]
fn every_text_has_the_recorded_ids() {
    let Some(path) = shared("fixtures/clip_tokenizer/golden.json") else {
        return;
    };
    let golden: Golden = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(!golden.texts.is_empty());
    let tokenizer = Tokenizer::clip();
    for case in golden.texts {
        let wanted = case
            .transformers_fast_differs
            .or(case.ids_truncated_77)
            .unwrap_or(case.ids);
        assert_eq!(tokenizer.encode(&case.text), wanted, "{:?}", case.text);
    }
}
