//! The model hub: addresses, and the cache that other programs share.
//!
//! Environment variables and layout of the cache are those of the hub's own client library:
//! HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE, HF_HUB_CACHE, HF_HOME.
//!
//! Must not know: HTTP, manifests.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the hub is and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub {
    /// Address without a slash at its end.
    pub endpoint: String,
    /// Says who the user is; sent to the endpoint alone.
    pub token: Option<String>,
    /// Nothing is asked of it; its cache is still used.
    pub offline: bool,
    /// Folder of the cache that programs share.
    pub cache: Option<PathBuf>,
}

/// A file on the hub.
#[derive(Debug, Clone, Copy)]
pub(super) struct HubFile<'a> {
    /// `owner/name`.
    pub repo: &'a str,
    /// Path within the repository.
    pub path: &'a str,
    /// Branch, tag or commit.
    pub revision: &'a str,
}

impl Hub {
    /// As the environment says.
    pub fn from_env() -> Self {
        Self::from_vars(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name: &str| Some(var(name)?.to_string_lossy().trim().to_owned());
        let user_cache = || {
            let home = || std::env::home_dir().map(|home| home.join(".cache"));
            var("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)
        };
        let root = var("HF_HOME").map(PathBuf::from);
        let root = root.or_else(|| Some(user_cache()?.join("huggingface")));
        let cache = var("HF_HUB_CACHE").map(PathBuf::from);
        let token_file = var("HF_TOKEN_PATH").map(PathBuf::from);
        let token_file = token_file.or_else(|| Some(root.as_ref()?.join("token")));
        let read = |file: PathBuf| std::fs::read_to_string(file).ok();
        let token = text("HF_TOKEN").or_else(|| token_file.and_then(read));
        let offline = text("HF_HUB_OFFLINE").unwrap_or_default().to_lowercase();
        let endpoint = text("HF_ENDPOINT");
        let endpoint = endpoint.unwrap_or_else(|| "https://huggingface.co".to_owned());
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: token.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()),
            offline: ["1", "on", "yes", "true"].contains(&offline.as_str()),
            cache: cache.or_else(|| Some(root?.join("hub"))),
        }
    }

    /// Address of a file.
    pub(super) fn url(&self, file: HubFile<'_>) -> String {
        let HubFile {
            repo,
            path,
            revision,
        } = file;
        // A slash within a revision is no step of the path.
        let (revision, path) = (encode(revision).replace('/', "%2F"), encode(path));
        format!("{}/{repo}/resolve/{revision}/{path}", self.endpoint)
    }

    /// The file in the shared cache, if it is there.
    pub(super) fn cached(&self, file: HubFile<'_>) -> Option<PathBuf> {
        let name = format!("models--{}", file.repo.replace('/', "--"));
        let repo = self.cache.as_ref()?.join(name);
        let commit = std::fs::read_to_string(repo.join("refs").join(file.revision));
        let commit = commit.unwrap_or_else(|_| file.revision.to_owned());
        let commit = commit.trim();
        let plain = !commit.is_empty() && commit.bytes().all(|c| c.is_ascii_alphanumeric());
        let path = repo.join("snapshots").join(commit).join(file.path);
        (plain && path.is_file()).then_some(path)
    }
}

/// SHA-256 that the name of a file in the cache states: large files bear it.
pub(super) fn hash_in_cache(path: &Path) -> Option<String> {
    let blob = path.canonicalize().ok()?;
    is_sha256(blob.file_name()?.to_str()?)
}

/// The text, if it is 64 hexadecimal digits.
pub(super) fn is_sha256(text: &str) -> Option<String> {
    let digits = text.len() == 64 && text.bytes().all(|c| c.is_ascii_hexdigit());
    digits.then(|| text.to_lowercase())
}

/// Percent-encodes what may not stand in a path; slashes stay.
fn encode(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut url, byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        if plain {
            url.push(byte.into());
        } else {
            write!(url, "%{byte:02X}").ok();
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(vars: &[(&str, &str)]) -> Hub {
        Hub::from_vars(|name| {
            let found = vars.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_environment_is_followed() {
        let plain = hub(&[("HF_HOME", "/h")]);
        assert_eq!(plain.endpoint, "https://huggingface.co");
        assert_eq!(plain.cache, Some("/h/hub".into()));
        assert!(!plain.offline);
        assert_eq!(plain.token, None);
        let set = hub(&[
            ("HF_ENDPOINT", "https://mirror.example/"),
            ("HF_HUB_OFFLINE", "True"),
            ("HF_TOKEN", "t"),
            ("HF_HUB_CACHE", "/c"),
        ]);
        assert_eq!(set.endpoint, "https://mirror.example");
        assert!(set.offline);
        assert_eq!(set.token.as_deref(), Some("t"));
        assert_eq!(set.cache, Some("/c".into()));
    }

    #[test]
    fn addresses_are_encoded() {
        let file = HubFile {
            repo: "a/b",
            path: "x y/c+d.pth",
            revision: "main",
        };
        let url = hub(&[("HF_HOME", "/h")]).url(file);
        assert_eq!(
            url,
            "https://huggingface.co/a/b/resolve/main/x%20y/c%2Bd.pth"
        );
    }

    #[test]
    fn the_shared_cache_is_found_by_branch_and_by_commit() {
        let folder = tempfile::tempdir().unwrap();
        let repo = folder.path().join("models--a--b");
        std::fs::create_dir_all(repo.join("refs")).unwrap();
        std::fs::create_dir_all(repo.join("snapshots/0abc/sub")).unwrap();
        std::fs::write(repo.join("refs/main"), "0abc").unwrap();
        std::fs::write(repo.join("snapshots/0abc/sub/f"), "x").unwrap();
        let hub = hub(&[("HF_HUB_CACHE", folder.path().to_str().unwrap())]);
        let find = |path, revision| {
            let repo = "a/b";
            hub.cached(HubFile {
                repo,
                path,
                revision,
            })
        };
        assert!(find("sub/f", "main").is_some());
        assert!(find("sub/f", "0abc").is_some());
        assert!(find("sub/g", "main").is_none());
        assert!(find("sub/f", "other").is_none());
    }
}
