//! What a checkpoint is, told from its keys and shapes.

use bandpass::zoo::arch::recognise;

use super::checkpoint;
use crate::fixture::Fixture;

/// What the towers in a fixture's file are taken for.
fn towers(fixture: &str) -> Option<Vec<(&'static str, String)>> {
    let checkpoint = checkpoint(&Fixture::open(fixture)?);
    let all = recognise(&checkpoint).into_iter();
    let towers =
        all.filter(|r| r.architecture.contains("clip-") || r.architecture.starts_with("siglip-"));
    Some(towers.map(|r| (r.architecture, r.description)).collect())
}

#[test]
fn towers_are_told_apart() {
    let expected: [(&str, &[(&str, &str)]); 4] = [
        (
            "clip_toy_hf",
            &[
                (
                    "clip-vision",
                    "CLIP image tower of width 64, patch 14, 56 px, 32 values",
                ),
                ("clip-text", "CLIP text tower, 77 tokens, 32 values"),
            ],
        ),
        (
            "clip_toy_openai",
            &[
                (
                    "clip-vision",
                    "CLIP image tower of width 128, patch 14, 56 px, 32 values",
                ),
                ("clip-text", "CLIP text tower, 77 tokens, 32 values"),
            ],
        ),
        (
            "siglip_toy_v25",
            &[(
                "siglip-vision",
                "SigLIP image tower of width 64, patch 14, 42 px, 64 values",
            )],
        ),
        (
            "siglip2_toy_regression",
            &[(
                "siglip-classifier",
                "SigLIP classifier of width 64, patch 16, 48 px, one score",
            )],
        ),
    ];
    for (fixture, towers_of_it) in expected {
        let Some(found) = towers(fixture) else {
            return;
        };
        let found: Vec<_> = found
            .iter()
            .map(|(name, about)| (*name, about.as_str()))
            .collect();
        assert_eq!(found, towers_of_it, "{fixture}");
    }
}

#[test]
fn networks_of_quality_are_told_by_their_backbone() {
    for (fixture, architecture, description) in [
        (
            "hyperiqa_res50",
            "hyperiqa",
            "hyperIQA on a ResNet-50, crops of 224 px",
        ),
        (
            "hyperiqa_res152",
            "hyperiqa",
            "hyperIQA on a ResNet-152, crops of 224 px",
        ),
        ("dpt_hybrid", "dpt-hybrid", "DPT-hybrid, depths of 384 px"),
    ] {
        let Some(fixture) = Fixture::open(fixture) else {
            return;
        };
        let found = recognise(&checkpoint(&fixture));
        let found: Vec<_> = found
            .iter()
            .map(|r| (r.architecture, r.description.as_str()))
            .collect();
        assert_eq!(found, [(architecture, description)]);
    }
}
