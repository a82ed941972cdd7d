//! The original program in its own process, which stays up between pictures.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A Python script that answers each line with a line of JSON.
pub(crate) struct Original {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Original {
    /// Starts a script of this folder with one thread.
    ///
    /// None, with the reason printed, where `BANDPASS_BENCH_PYTHON` names no interpreter.
    pub(crate) fn start(script: &str, args: &[PathBuf]) -> Result<Option<Self>, Box<dyn Error>> {
        let Some(python) = std::env::var_os("BANDPASS_BENCH_PYTHON") else {
            println!("original skipped: BANDPASS_BENCH_PYTHON is not set");
            return Ok(None);
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
        let mut process = Command::new(python)
            .arg(folder.join(script))
            .args(args)
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = process.stdin.take().ok_or("no stdin")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no stdout")?);
        Ok(Some(Self {
            process,
            questions,
            answers,
        }))
    }

    /// One run: what the script answers, with the nanoseconds as `ns`.
    pub(crate) fn time(
        &mut self,
        question: impl std::fmt::Display,
    ) -> Result<serde_json::Value, Box<dyn Error>> {
        writeln!(self.questions, "{question}")?;
        self.questions.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The middle one.
pub(crate) fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
