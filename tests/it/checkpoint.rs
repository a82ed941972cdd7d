//! Weights as they are published read to the values that torch, safetensors and numpy give, and
//! hostile files end in an error without growing.

use std::path::Path;
use std::sync::Arc;

use bandpass::zoo::checkpoint::{Checkpoint, CheckpointError, Dtype, Kind, Scalar, Tensor};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::shared::shared;

/// What a hostile file may make the reader hold at once, beside five times its own size. The
/// fixtures allow 16 MB.
const MOST_BYTES: u64 = 12 << 20;

/// Reads `file`, and fails if that takes more memory than it may.
fn read(file: Vec<u8>) -> Result<Checkpoint, CheckpointError> {
    let len = file.len() as u64;
    let file = Arc::new(file);
    let mut read = None;
    let memory = allocation_counter::measure(|| read = Some(Checkpoint::read(file)));
    assert!(
        memory.bytes_max <= MOST_BYTES + 5 * len,
        "{} bytes held at once for a file of {len}",
        memory.bytes_max
    );
    read.unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// SHA-256 of the values as the fixtures take it: floats as f32, the rest as i64.
fn values_sha256(tensor: &Tensor) -> String {
    let bytes: Vec<u8> = if let Some(values) = tensor.to_i64() {
        values.iter().flat_map(|v| v.to_le_bytes()).collect()
    } else {
        let values = tensor.to_f32();
        values.iter().flat_map(|v| v.to_le_bytes()).collect()
    };
    base16(&Sha256::digest(bytes))
}

fn base16(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap();
    let digits = bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    digits.collect()
}

fn dotted(path: &Value) -> String {
    let part = |part: &Value| {
        part.as_str()
            .map_or_else(|| part.to_string(), str::to_owned)
    };
    let parts: Vec<String> = path.as_array().unwrap().iter().map(part).collect();
    parts.join(".")
}

#[test]
fn every_published_layout_reads_to_its_values() {
    let Some(folder) = shared("fixtures/files") else {
        return;
    };
    let expected = json(&folder.join("expected.json"));
    let mut tensors = 0;
    for (file, expected) in expected.as_object().unwrap() {
        let checkpoint = read(std::fs::read(folder.join(file)).unwrap()).unwrap();
        let expected = expected["tensors"].as_array().unwrap();
        // Of a Lightning file, the fixture names the model's tensors only.
        let names: Vec<&str> = checkpoint
            .names()
            .filter(|name| file != "lightning.ckpt" || name.starts_with("state_dict."))
            .collect();
        let expected_names: Vec<String> = expected.iter().map(|t| dotted(&t["path"])).collect();
        if file == "torchscript_own.pt" || file == "mixed.safetensors" {
            // Their order is no order of state_dict.
            assert_eq!(sorted(&names), sorted(&expected_names), "{file}");
        } else {
            assert_eq!(names, expected_names, "{file}");
        }
        for expected in expected {
            let name = dotted(&expected["path"]);
            let tensor = checkpoint.get(&name).unwrap();
            let what = format!("{file}: {name}");
            assert_eq!(tensor.dtype().to_string(), expected["dtype"], "{what}");
            assert_eq!(Value::from(tensor.shape()), expected["shape"], "{what}");
            let hash = if tensor.dtype().is_float() {
                &expected["sha256_f32le"]
            } else {
                &expected["sha256_i64le"]
            };
            assert_eq!(&values_sha256(tensor), hash, "{what}");
            tensors += 1;
        }
    }
    assert_eq!(tensors, 125);
}

fn sorted<T: AsRef<str>>(names: &[T]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.sort_unstable();
    names
}

/// Hostile files that may be read, because what is odd about them harms nobody: their number of
/// tensors. Zip checksums aren't checked (z10); big endian is turned round (z20).
const READ: [(&str, usize); 14] = [
    ("n00_benign_control.npz", 1),
    ("n08_zip_slip.npz", 2),
    ("p12_evil_after_stop.pth", 1),
    ("q07_memo_huge_index.pth", 0),
    ("q20_self_reference.pth", 0),
    ("s00_benign_control.safetensors", 1),
    ("s27_many_keys.safetensors", 500),
    ("t18_too_many_tensors.pth", 5001),
    ("z00_benign_control.pth", 1),
    ("z10_crc_lie.pth", 1),
    ("z12_zip_slip.pth", 1),
    ("z18_many_entries.pth", 1),
    ("z19_long_name.pth", 1),
    ("z20_big_endian.pth", 1),
];

/// What the message about a hostile file must name.
const NAMED: [(&str, &str); 24] = [
    ("n05_bad_dtype.npz", "`w` can't be read: its type <M8[ns]"),
    ("p01_os_system.pth", "`os.system`"),
    ("p02_posix_system.pth", "`posix.system`"),
    ("p03_builtins_eval.pth", "`builtins.eval`"),
    ("p04_getattr_chain.pth", "`builtins.getattr`"),
    ("p05_subprocess.pth", "`subprocess.Popen`"),
    ("p06_stack_global_proto4.pth", "`os.system`"),
    ("p07_inst_opcode.pth", "`os.system`"),
    ("p08_obj_opcode.pth", "`os.system`"),
    ("p09_newobj_ex.pth", "`subprocess.Popen`"),
    ("p10_build_setstate.pth", "`os.system`"),
    ("p11_good_tensor_then_evil.pth", "`os.system`"),
    ("p13_legacy_os_system.pth", "`os.system`"),
    ("p14_raw_pickle.pth", "`os.system`"),
    (
        "p17_torch_attr_chain.pth",
        "`torch._utils._rebuild_tensor_v2",
    ),
    ("p18_torch_load.pth", "`torch.load`"),
    ("p19_codecs_ok_eval.pth", "`builtins.exec`"),
    ("p20_numpy_object.npz", "`os.system`"),
    ("s13_unknown_dtype.safetensors", "F99"),
    ("t07_expand_bomb.pth", "beyond reason"),
    (
        "t12_storage_key_traversal.pth",
        "no storage ../../../../etc/hostname",
    ),
    (
        "t13_storage_type_unknown.pth",
        "`w` can't be read: ComplexDoubleStorage",
    ),
    (
        "z11_inflate_bomb.pth",
        "4 elements of F32 but has 25165824 bytes",
    ),
    ("z15_encrypted_flag.pth", "encrypted"),
];

#[test]
fn hostile_files_end_in_an_error() {
    let Some(folder) = shared("fixtures/files/hostile") else {
        return;
    };
    let cases = json(&folder.join("cases.json"));
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 122);
    for case in cases {
        let file = case["file"].as_str().unwrap();
        let result = read(std::fs::read(folder.join(file)).unwrap());
        let may_be_read = READ.iter().find(|row| row.0 == file);
        match (result, may_be_read) {
            (Ok(checkpoint), Some((_, tensors))) => {
                assert_eq!(checkpoint.len(), *tensors, "{file}");
                if let Some(w) = checkpoint.get("w").filter(|w| !w.is_empty()) {
                    assert_eq!(w.to_f32(), [1.0, 2.0, 3.0, 4.0], "{file}");
                }
            }
            (Err(error), None) => {
                let message = error.to_string();
                assert!((20..600).contains(&message.len()), "{file}: {message}");
                let named = NAMED.iter().find(|row| row.0 == file);
                let named = named.map_or("", |row| row.1);
                assert!(message.contains(named), "{file}: {message}");
            }
            (Ok(checkpoint), None) => panic!("{file} was read: {checkpoint:?}"),
            (Err(error), Some(_)) => panic!("{file} wasn't read: {error}"),
        }
    }
}

#[test]
fn what_a_stranger_wrote_does_not_flood_the_message() {
    let header = format!("{{\"w\":{{\"{}\":1}}}}", "x".repeat(5000));
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let message = read(file).unwrap_err().to_string();
    assert!(message.contains("unknown field `xxx"), "{message}");
    assert!(message.len() < 600, "{message}");
}

#[test]
fn wrappers_of_a_lightning_file_are_seen_through() {
    let Some(file) = shared("fixtures/files/lightning.ckpt") else {
        return;
    };
    let checkpoint = read(std::fs::read(file).unwrap()).unwrap();
    assert_eq!(checkpoint.kind(), Kind::TorchZip);
    let trained = checkpoint.view("head.weight", false).unwrap();
    let averaged = checkpoint.view("head.weight", true).unwrap();
    assert_eq!(trained.prefix(), "state_dict.net.");
    assert_eq!(averaged.prefix(), "state_dict.ema.");
    assert_eq!(sorted(&trained.names().collect::<Vec<_>>()).len(), 4);
    let values =
        |view: &bandpass::zoo::checkpoint::View<'_>| view.get("conv.bias").unwrap().to_f32();
    assert_ne!(values(&trained), values(&averaged));
    let epoch = checkpoint.metadata().find(|(name, _)| *name == "epoch");
    assert!(matches!(epoch, Some((_, Scalar::Int(_)))));
}

#[test]
fn real_weights_are_read() {
    let Some(folder) = shared("weights") else {
        return;
    };
    let open = |below: &str| read(std::fs::read(folder.join(below)).unwrap()).unwrap();
    let linear = open("laion-v1/sa_0_4_vit_l_14_linear.pth");
    assert_eq!(linear.get("weight").unwrap().shape(), [1, 768]);
    let mlp = open("laion-v2/sac+logos+ava1-l14-linearMSE.pth");
    assert_eq!(mlp.get("layers.0.weight").unwrap().shape(), [1024, 768]);
    assert!(mlp.get("layers.0.weight").unwrap().in_place().is_some());
    let simulacra = open("simulacra/sac_public_2022_06_29_vit_b_16_linear.pth");
    assert_eq!(simulacra.get("linear.weight").unwrap().shape(), [1, 512]);
    let half = open("aesthetic-v2.5/aesthetic_predictor_v2_5.pth");
    let weight = half
        .iter()
        .find(|(_, t)| t.shape() == [1024, 1152])
        .unwrap();
    assert_eq!(weight.1.dtype(), Dtype::Bf16);
    let mean = open("laion-v1/vit_l_14_embeddings/rating5.npy");
    assert_eq!((mean.kind(), mean.len()), (Kind::Npy, 1));
    let mean = mean.get("").unwrap();
    assert_eq!(mean.len(), 768);
    assert!(mean.to_f32().iter().all(|v| v.is_finite()));
}
