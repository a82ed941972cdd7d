//! How many NVIDIA cards there are, asked without loading CUDA.
//!
//! Must not know: ONNX Runtime.

use std::process::{Command, Stdio};

/// Cards that the driver lists: its folder on Linux, else `nvidia-smi -L`. 0 without a driver.
pub fn count() -> u32 {
    if let Ok(cards) = std::fs::read_dir("/proc/driver/nvidia/gpus") {
        return cards.count() as u32;
    }
    let asked = Command::new("nvidia-smi")
        .arg("-L")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    asked.map_or(0, |answer| {
        cards_listed(&String::from_utf8_lossy(&answer.stdout))
    })
}

/// Lines like `GPU 0: NVIDIA H200 (UUID: …)`.
fn cards_listed(text: &str) -> u32 {
    text.lines().filter(|line| line.starts_with("GPU ")).count() as u32
}

#[cfg(test)]
mod tests {
    use super::cards_listed;

    #[test]
    fn cards_are_counted_by_line() {
        let two = "GPU 0: NVIDIA A (UUID: GPU-1)\nGPU 1: NVIDIA A (UUID: GPU-2)\n";
        assert_eq!(cards_listed(two), 2);
        assert_eq!(cards_listed("No devices were found\n"), 0);
    }
}
