//! The question, as numbers of Llama-2's vocabulary.
//!
//! The picture stands between the two halves of
//! `USER: How would you rate the SUBJECT of this image?\n<picture>\nASSISTANT: The … is`.
//!
//! Must not know: networks.

use crate::zoo::arch::{ArchError, Parameters};

/// excellent, good, fair, poor, bad.
pub(super) const LEVELS: [usize; 5] = [15129, 1781, 6534, 6460, 4319];

/// What is asked about; words of several tokens have several numbers.
const SUBJECTS: [(&str, &[usize]); 2] = [
    ("quality", &[11029]),
    ("aesthetics", &[263, 342, 9188, 1199]),
];

/// The begin of text, `USER: How would you rate the`.
const ASK: [usize; 9] = [1, 3148, 1001, 29901, 1128, 723, 366, 6554, 278];
/// `of this image?\n`
const OF_THIS_IMAGE: [usize; 5] = [310, 445, 1967, 29973, 13];
/// `\nASSISTANT: The`
const ANSWER: [usize; 7] = [29871, 13, 22933, 9047, 13566, 29901, 450];
const IMAGE: usize = 1967;
const OF_THE: [usize; 2] = [310, 278];
const IS: usize = 338;

/// How the answer begins.
#[derive(Debug, Clone, Copy)]
enum Wording {
    /// `The image of the quality is`: what the published `model.score()` says, words swapped.
    Score,
    /// `The quality of the image is`: what the authors' `QAlignScorer` says.
    Scorer,
}

/// A question without its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    /// Tokens before the picture.
    pub(super) before: Vec<usize>,
    /// Tokens behind it.
    pub(super) after: Vec<usize>,
}

impl Prompt {
    /// `prompt`, which must be stated, and `wording`, which is `score` if not.
    pub(super) fn of(parameters: &Parameters<'_>) -> Result<Self, ArchError> {
        let wordings = [("score", Wording::Score), ("scorer", Wording::Scorer)];
        let wording = parameters.word("wording", &wordings)?;
        let subject = parameters.word("prompt", &SUBJECTS)?;
        let subject = subject.ok_or_else(|| ArchError::Parameter {
            name: "prompt".to_owned(),
            value: "not stated".to_owned(),
            why: "one of quality, aesthetics".to_owned(),
        })?;
        Ok(Self::new(subject, wording.unwrap_or(Wording::Score)))
    }

    fn new(subject: &[usize], wording: Wording) -> Self {
        let (first, last): (&[usize], &[usize]) = match wording {
            Wording::Score => (&[IMAGE], subject),
            Wording::Scorer => (subject, &[IMAGE]),
        };
        Self {
            before: [&ASK, subject, &OF_THIS_IMAGE].concat(),
            after: [&ANSWER, first, &OF_THE, last, &[IS]].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_those_of_the_original_tokenizer() {
        let [(_, quality), (_, aesthetics)] = SUBJECTS;
        let short = Prompt::new(quality, Wording::Scorer);
        assert_eq!((short.before.len(), short.after.len()), (15, 12));
        assert_eq!(
            short.after,
            [
                29871, 13, 22933, 9047, 13566, 29901, 450, 11029, 310, 278, 1967, 338
            ]
        );
        let long = Prompt::new(aesthetics, Wording::Score);
        assert_eq!((long.before.len(), long.after.len()), (18, 15));
        assert_eq!(long.after[7..], [1967, 310, 278, 263, 342, 9188, 1199, 338]);
    }
}
