//! How much memory a device has, asked without loading its driver.
//!
//! Must not know: ONNX Runtime, networks.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Device;

/// How long a program may take to answer: a driver that hangs must not hang the run.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether it has.
const GLANCE: Duration = Duration::from_millis(10);

/// Memory of a device in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// What there is.
    pub total: u64,
    /// What could be had now; of a computer's memory, what it holds only as a copy of files counts.
    pub free: u64,
}

impl Device {
    /// Its memory; none where nobody says.
    ///
    /// NVIDIA is asked through `nvidia-smi`, AMD through the kernel's files; the processor, and what
    /// shares its memory, through the system's.
    pub fn memory(self) -> Option<Memory> {
        match self {
            Self::Cuda(n) | Self::TensorRt(n) => nvidia(n),
            Self::MiGraphX(n) | Self::Rocm(n) => amd(Path::new("/sys/class/drm"), n),
            Self::Cpu | Self::CoreMl | Self::OpenVino => system(),
            Self::DirectMl(_) | Self::WebGpu(_) => None,
        }
    }
}

/// The card that CUDA counts as number `n`: `CUDA_VISIBLE_DEVICES` may hide others.
fn nvidia(n: u32) -> Option<Memory> {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let card = card(
        n,
        &variable("CUDA_VISIBLE_DEVICES"),
        &variable("CUDA_DEVICE_ORDER"),
    );
    let mut ask = Command::new("nvidia-smi");
    ask.args(["--query-gpu=memory.total,memory.free"])
        .arg("--format=csv,noheader,nounits");
    if let Some(card) = &card {
        ask.args(["-i", card]);
    }
    nvidia_memory(&said(&mut ask)?)
}

/// The name of CUDA's card number `n` for `nvidia-smi`; none where the two may count otherwise.
///
/// `nvidia-smi` counts by place on the bus, CUDA the fastest first unless it is told otherwise.
fn card(n: u32, visible: &str, order: &str) -> Option<String> {
    let named = visible.split(',').nth(n as usize).map(str::trim);
    let named = named.filter(|card| !card.is_empty());
    let is_unique = named.is_some_and(|card| card.parse::<u32>().is_err());
    let card = named.map_or_else(|| n.to_string(), str::to_owned);
    (is_unique || order == "PCI_BUS_ID").then_some(card)
}

/// The memory of the only card in the answer; none of several, for which one is it?
fn nvidia_memory(said: &str) -> Option<Memory> {
    let mut cards = said.lines();
    let (total, free) = cards.next()?.split_once(',')?;
    if cards.next().is_some() {
        return None;
    }
    let mebibytes = |text: &str| text.trim().parse::<u64>().ok()?.checked_mul(1 << 20);
    Some(Memory {
        total: mebibytes(total)?,
        free: mebibytes(free)?,
    })
}

/// The card number `n` of those whose driver tells.
fn amd(drm: &Path, n: u32) -> Option<Memory> {
    let entries = std::fs::read_dir(drm).ok()?.flatten();
    let number = |path: &Path, name: &str| -> Option<u64> {
        let text = std::fs::read_to_string(path.join("device").join(name)).ok()?;
        text.trim().parse().ok()
    };
    // `card0-DP-1` and the like are its outputs.
    let cards = entries.filter(|e| !e.file_name().to_string_lossy().contains('-'));
    let mut cards: Vec<_> = cards.map(|entry| entry.path()).collect();
    cards.retain(|card| {
        card.file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with("card"))
    });
    cards.sort();
    let mut memories = cards.iter().filter_map(|card| {
        let total = number(card, "mem_info_vram_total")?;
        let used = number(card, "mem_info_vram_used")?;
        Some(Memory {
            total,
            free: total.saturating_sub(used),
        })
    });
    memories.nth(n as usize)
}

#[cfg(target_os = "linux")]
fn system() -> Option<Memory> {
    meminfo(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

/// macOS gives memory back as it is asked for; what programs hold is not told in one number.
#[cfg(target_os = "macos")]
fn system() -> Option<Memory> {
    let total = said(Command::new("sysctl").args(["-n", "hw.memsize"]))?;
    let total = total.trim().parse().ok()?;
    Some(Memory { total, free: total })
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn system() -> Option<Memory> {
    let total = said(Command::new("powershell").args([
        "-NoProfile",
        "-Command",
        "$s = Get-CimInstance Win32_OperatingSystem; \
         \"$($s.TotalVisibleMemorySize),$($s.FreePhysicalMemory)\"",
    ]))?;
    let (total, free) = total.trim().split_once(',')?;
    let kibibytes = |text: &str| text.trim().parse::<u64>().ok()?.checked_mul(1024);
    Some(Memory {
        total: kibibytes(total)?,
        free: kibibytes(free)?,
    })
}

/// Lines like `MemAvailable:   22999999 kB`.
#[cfg(target_os = "linux")]
fn meminfo(text: &str) -> Option<Memory> {
    let value = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let number = line.trim().strip_suffix("kB")?.trim();
        number.parse::<u64>().ok()?.checked_mul(1024)
    };
    Some(Memory {
        total: value("MemTotal:")?,
        free: value("MemAvailable:")?,
    })
}

/// What a program says in a few words, if there is one and it ends well and soon.
fn said(command: &mut Command) -> Option<String> {
    let command = command.stdin(Stdio::null()).stderr(Stdio::null());
    let mut program = command.stdout(Stdio::piped()).spawn().ok()?;
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match program.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(GLANCE),
            // It may hang in its driver, where nothing ends it: it is not waited for.
            _ => {
                program.kill().ok();
                return None;
            }
        }
    };
    let mut text = Vec::new();
    program.stdout?.read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    status.success().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_nvidia_cards_only_a_certain_one_tells() {
        let uuid = "GPU-8932f937";
        assert_eq!(card(0, "", ""), None);
        assert_eq!(card(1, "3, 2", ""), None);
        assert_eq!(card(1, "3, 2", "PCI_BUS_ID").as_deref(), Some("2"));
        assert_eq!(card(2, "", "PCI_BUS_ID").as_deref(), Some("2"));
        assert_eq!(card(0, uuid, "").as_deref(), Some(uuid));
        let memory = nvidia_memory("143771, 143000\n").unwrap();
        assert_eq!((memory.total, memory.free), (143_771 << 20, 143_000 << 20));
        assert_eq!(nvidia_memory("8192, 8000\n4096, 4000\n"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_not_waited_for() {
        let began = Instant::now();
        assert_eq!(said(Command::new("sleep").arg("60")), None);
        assert!(began.elapsed() < PATIENCE * 4);
        let told = said(Command::new("echo").arg("8"));
        assert_eq!(told.as_deref(), Some("8\n"));
    }

    #[test]
    fn an_amd_card_tells_through_its_files() {
        let drm = tempfile::tempdir().unwrap();
        for (name, total, used) in [
            ("card1", "8000", "3000\n"),
            ("card1-DP-1", "1", "1"),
            ("renderD128", "9", "9"),
            ("card0", "x", "0"),
        ] {
            let device = drm.path().join(name).join("device");
            std::fs::create_dir_all(&device).unwrap();
            std::fs::write(device.join("mem_info_vram_total"), total).unwrap();
            std::fs::write(device.join("mem_info_vram_used"), used).unwrap();
        }
        let memory = Memory {
            total: 8000,
            free: 5000,
        };
        assert_eq!(amd(drm.path(), 0), Some(memory));
        assert_eq!(amd(drm.path(), 1), None);
        assert_eq!(amd(&drm.path().join("none"), 0), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_systems_memory_is_what_the_kernel_says() {
        let text = "MemTotal:  24000 kB\nMemFree:  10 kB\nMemAvailable:   2000 kB\n";
        let memory = Memory {
            total: 24_576_000,
            free: 2_048_000,
        };
        assert_eq!(meminfo(text), Some(memory));
        assert_eq!(meminfo("MemTotal: 1 kB\n"), None);
        let here = Device::Cpu.memory().unwrap();
        assert!(here.free > 0 && here.free <= here.total, "{here:?}");
    }
}
