//! The builds of ONNX Runtime that can be installed: package, version, SHA-256 per platform.
//!
//! Must not know: how they are fetched.

use std::fmt;
use std::str::FromStr;

/// Which devices a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// The CPU (on macOS with CoreML).
    Cpu,
    /// NVIDIA cards: CUDA and TensorRT.
    Cuda,
    /// Any graphics card on Windows.
    DirectMl,
    /// Any graphics card with Vulkan, Metal or Direct3D 12.
    WebGpu,
    /// Intel.
    OpenVino,
}

/// A text that names no flavour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no build of ONNX Runtime; use cpu, cuda, directml, webgpu or openvino")]
pub struct UnknownFlavour(String);

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::DirectMl => "directml",
            Self::WebGpu => "webgpu",
            Self::OpenVino => "openvino",
        })
    }
}

impl FromStr for Flavour {
    type Err = UnknownFlavour;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        let found = Self::ALL
            .into_iter()
            .find(|flavour| flavour.to_string() == lower);
        found.ok_or_else(|| UnknownFlavour(text.to_owned()))
    }
}

/// One build for one platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Build {
    /// Its version.
    pub(super) version: &'static str,
    /// The Python package that holds it.
    pub(super) package: &'static str,
    /// The platform's tag in pip; empty where pip's own choice is right.
    pub(super) platform: &'static str,
    /// SHA-256 of the wheel for CPython 3.12.
    pub(super) sha256: &'static str,
    /// The release archive's name between `onnxruntime-` and the version; none if there is none.
    pub(super) release: Option<(&'static str, &'static str)>,
}

/// The platforms as pip calls them.
const PLATFORM: &str = if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
    "manylinux_2_28_x86_64"
} else if cfg!(all(target_os = "linux", target_arch = "aarch64")) {
    "manylinux_2_28_aarch64"
} else if cfg!(all(target_os = "macos", target_arch = "aarch64")) {
    "macosx_14_0_arm64"
} else if cfg!(all(windows, target_arch = "x86_64")) {
    "win_amd64"
} else if cfg!(all(windows, target_arch = "aarch64")) {
    "win_arm64"
} else {
    ""
};

/// Package, version, platform, SHA-256 of the wheel, and name and extension of the release archive.
type Row = (
    Flavour,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

#[rustfmt::skip]
const BUILDS: [Row; 13] = [
    (Flavour::Cpu, "onnxruntime", "1.31.1", "manylinux_2_28_x86_64", "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536", Some(("linux-x64", "tgz"))),
    (Flavour::Cpu, "onnxruntime", "1.31.1", "manylinux_2_28_aarch64", "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc", Some(("linux-aarch64", "tgz"))),
    (Flavour::Cpu, "onnxruntime", "1.31.1", "macosx_14_0_arm64", "96dd2564b10ea7153ad9c207e7cd8e5917cb3ba521e0e0a62ac03486fdc8d56c", Some(("osx-arm64", "tgz"))),
    (Flavour::Cpu, "onnxruntime", "1.31.1", "win_amd64", "ae8a9a351efda685cc59a66226cdefaa37a126c1d66872ca23a2de9425326130", Some(("win-x64", "zip"))),
    (Flavour::Cpu, "onnxruntime", "1.31.1", "win_arm64", "fe8b9ac1ae8e894e12c47ee82e4f6dfc1835768133687257866469fda80d0bf1", Some(("win-arm64", "zip"))),
    (Flavour::Cuda, "onnxruntime-gpu", "1.31.1", "manylinux_2_28_x86_64", "05d548956197b9d01f59b625de740e0d6be3593f874e241a12dc0362650ecdf7", None),
    (Flavour::Cuda, "onnxruntime-gpu", "1.31.1", "win_amd64", "2bb1e9373baba88f6415257f5b6a589d23e23c16004f7d89adf4344eada5749e", None),
    (Flavour::DirectMl, "onnxruntime-directml", "1.24.4", "win_amd64", "f2ecb68b7b7b259d2ef3112ae760149f9b5a1e7c0fbb73d539da6250a648a614", None),
    (Flavour::WebGpu, "onnxruntime-webgpu", "1.27.0", "manylinux_2_28_x86_64", "fe5e49e00ad71bc667316d57670bfbf525438783d4a3468e0d337314ec985cbe", None),
    (Flavour::WebGpu, "onnxruntime-webgpu", "1.27.0", "win_amd64", "7ef99275b13e8cb9584bd0db7a6f00ebf76095601eeccf7d34749b89ee991c19", None),
    (Flavour::WebGpu, "onnxruntime-webgpu", "1.27.0", "macosx_14_0_arm64", "8e6c43281318283a31977ebe752e7b0454db9b2dc42c768ac88641952357196a", None),
    (Flavour::OpenVino, "onnxruntime-openvino", "1.24.1", "manylinux_2_28_x86_64", "d617fac2f59a6ab5ea59a788c3e1592240a129642519aaeaa774761dfe35150e", None),
    (Flavour::OpenVino, "onnxruntime-openvino", "1.24.1", "win_amd64", "f186335a9c9b255633275290da7521d3d4d14c7773fee3127bfa040234d3fa5a", None),
];

impl Flavour {
    const ALL: [Self; 5] = [
        Self::Cpu,
        Self::Cuda,
        Self::DirectMl,
        Self::WebGpu,
        Self::OpenVino,
    ];

    /// Those with a build for this platform.
    pub fn here() -> impl Iterator<Item = Self> {
        let all = Self::ALL.into_iter();
        all.filter(|flavour| flavour.build().is_some())
    }

    /// Its build for this platform, if there is one.
    pub(super) fn build(self) -> Option<Build> {
        let mut rows = BUILDS.iter();
        let &(_, package, version, platform, sha256, release) =
            rows.find(|row| row.0 == self && row.3 == PLATFORM)?;
        Some(Build {
            version,
            package,
            platform,
            sha256,
            release,
        })
    }

    /// What else is needed to use it.
    pub fn note(self) -> &'static str {
        match self {
            Self::Cuda => {
                "needs CUDA 13 and cuDNN 9: from NVIDIA, or 1.3 GB through `pip install \
                 nvidia-cublas nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 \
                 nvidia-cufft nvidia-curand`, which Bandpass then finds"
            }
            Self::WebGpu if cfg!(target_os = "linux") => "needs the Vulkan loader (libvulkan.so.1)",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_build_is_pinned_once() {
        for (i, row) in BUILDS.iter().enumerate() {
            assert_eq!(row.4.len(), 64);
            assert!(row.4.bytes().all(|b| b.is_ascii_hexdigit()));
            assert!(BUILDS[..i].iter().all(|other| other.4 != row.4));
        }
        assert_eq!("CUDA".parse(), Ok(Flavour::Cuda));
        assert!("gpu".parse::<Flavour>().is_err());
    }
}
