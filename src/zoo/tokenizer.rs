//! CLIP's tokenizer: a prompt becomes the numbers that a text tower takes.
//!
//! Byte-pair encoding (Sennrich et al. 2016) over the vocabulary of `openai/CLIP`, which the crate
//! `instant-clip-tokenizer` carries and merges by. What comes before the merging is done here, as
//! `transformers`' `CLIPTokenizerFast` does it: Unicode composition (NFC), lower case letter by
//! letter, the two markers taken out, words split. OpenAI's own code would also undo HTML escapes
//! and repair mis-decoded text, which changes few prompts and is left out here, as there.
//!
//! Must not know: prompts' purpose, networks, files.

use std::fmt;

use instant_clip_tokenizer as bpe;
use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

/// Tokens that a text tower takes: `max_position_embeddings` of every CLIP.
pub const CONTEXT: usize = 77;

/// `<|startoftext|>`.
pub const START: u32 = 49406;

/// `<|endoftext|>`, which also fills up a row; the tower pools at its first place.
pub const END: u32 = 49407;

/// Characters of a prompt that are read. 75 tokens can't reach so far, and a pasted book costs no
/// more than this.
const LONGEST: usize = 8192;

/// Contractions, runs of letters, single digits, runs of other signs (`openai/CLIP`
/// `simple_tokenizer.py`).
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+";

/// The markers, where a prompt spells them out.
const MARKERS: &str = r"<\|(?:start|end)oftext\|>";

/// Turns prompts into token ids.
pub struct Tokenizer {
    bpe: bpe::Tokenizer,
    words: Regex,
    markers: Regex,
}

impl Tokenizer {
    /// The tokenizer of every OpenAI CLIP, and of the open ones that keep its vocabulary.
    ///
    /// It reads 49 thousand merges; keep it rather than make it again.
    #[expect(clippy::expect_used, reason = "both patterns are constants")]
    pub fn clip() -> Self {
        Self {
            bpe: bpe::Tokenizer::new(),
            words: Regex::new(WORDS).expect("a valid pattern"),
            markers: Regex::new(MARKERS).expect("a valid pattern"),
        }
    }

    /// The ids of `text`: [`START`], at most 75 tokens, [`END`].
    ///
    /// What doesn't fit is left out; the end stays.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let text: String = text
            .chars()
            .take(LONGEST)
            .nfc()
            .flat_map(char::to_lowercase)
            .collect();
        let mut ids = vec![START];
        let mut from = 0;
        for marker in self.markers.find_iter(&text) {
            self.push_words(&text[from..marker.start()], &mut ids);
            let is_start = marker.as_str().starts_with("<|s");
            ids.push(if is_start { START } else { END });
            from = marker.end();
        }
        self.push_words(&text[from..], &mut ids);
        ids.truncate(CONTEXT - 1);
        ids.push(END);
        ids
    }

    /// Appends the tokens of text without markers, until the context is full.
    ///
    /// Words go to the crate one by one: it would take `<start_of_text>` for a marker.
    fn push_words(&self, text: &str, ids: &mut Vec<u32>) {
        let mut tokens = Vec::new();
        for word in self.words.find_iter(text) {
            if ids.len() >= CONTEXT {
                return;
            }
            self.bpe.encode(word.as_str(), &mut tokens);
            ids.extend(tokens.drain(..).map(|t| u32::from(t.to_u16())));
        }
    }
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokenizer").finish_non_exhaustive()
    }
}

/// One row of a text tower's input: `ids`, filled up with [`END`], as `transformers` pads.
///
/// Attention is causal and pooling takes the first end, so that what fills the row has no effect.
/// More than [`CONTEXT`] ids are cut; [`Tokenizer::encode`] gives no more.
pub fn pad(ids: &[u32]) -> [i32; CONTEXT] {
    let mut row = [END as i32; CONTEXT];
    for (slot, &id) in row.iter_mut().zip(ids) {
        *slot = id as i32;
    }
    row
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the fixture's `a photo of a cat`.
    const CAT: [u32; 7] = [START, 320, 1125, 539, 320, 2368, END];

    #[test]
    fn case_and_white_space_make_no_difference() {
        let tokenizer = Tokenizer::clip();
        assert_eq!(tokenizer.encode("a photo of a cat"), CAT);
        assert_eq!(tokenizer.encode("  A\tPhoto\nof A  CAT "), CAT);
        assert_eq!(tokenizer.encode(""), [START, END]);
    }

    #[test]
    fn only_clips_own_markers_are_markers() {
        let tokenizer = Tokenizer::clip();
        assert_eq!(tokenizer.encode("!<|endoftext|>"), [START, 256, END, END]);
        let other = tokenizer.encode("<start_of_text>");
        assert_eq!(other.iter().filter(|&&id| id == START).count(), 1);
    }

    #[test]
    fn a_row_is_filled_with_ends() {
        let row = pad(&CAT);
        assert_eq!(row[..7], CAT.map(|id| id as i32));
        assert!(row[7..].iter().all(|&id| id == END as i32));
        assert_eq!(pad(&[1; 100]), [1; CONTEXT]);
    }

    #[test]
    fn a_book_is_cut_to_the_context() {
        let tokenizer = Tokenizer::clip();
        for book in ["x".repeat(3_000_000), "no end ".repeat(500_000)] {
            let ids = tokenizer.encode(&book);
            assert_eq!((ids.len(), ids.last()), (CONTEXT, Some(&END)));
        }
    }

    #[test]
    fn any_text_fits_the_context() {
        let tokenizer = Tokenizer::clip();
        proptest!(|(text in any::<String>())| {
            let ids = tokenizer.encode(&text);
            prop_assert!((2..=CONTEXT).contains(&ids.len()));
            prop_assert_eq!((ids[0], ids[ids.len() - 1]), (START, END));
            prop_assert!(ids.iter().all(|&id| id <= END));
        });
    }
}
