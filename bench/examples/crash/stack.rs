//! The local stack as a process that can be killed.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bench::Failure;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long a start may take.
const START_WITHIN: Duration = Duration::from_secs(60);

/// A folder for the stack's data, which outlives the process.
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    pub(crate) fn make() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("crash-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// What the stack logged, over all its starts.
    fn log(&self) -> Result<File, Failure> {
        Ok(OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.0.join("stack.log"))?)
    }

    pub(crate) fn remove(self) -> Result<(), Failure> {
        Ok(std::fs::remove_dir_all(self.0)?)
    }
}

/// A running stack. Dropped, it is killed.
pub(crate) struct Stack {
    binary: PathBuf,
    data_dir: PathBuf,
    child: Child,
    port: u16,
    /// Held, so that what the stack prints never has nobody to read it.
    _printed: Lines<BufReader<ChildStdout>>,
}

impl Stack {
    /// Starts the stack and waits until it serves. Port 0 picks a free one.
    pub(crate) async fn start(
        binary: &Path,
        data_dir: &DataDir,
        port: u16,
    ) -> Result<Self, Failure> {
        let mut child = Command::new(binary)
            .env("PORT", port.to_string())
            .env("DATA_DIR", data_dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(data_dir.log()?)
            .kill_on_drop(true)
            .spawn()?;
        let printed = child.stdout.take().ok_or("the stack has no output")?;
        let mut printed = BufReader::new(printed).lines();
        let ready = tokio::time::timeout(START_WITHIN, ready_port(&mut printed)).await;
        let port = ready.map_err(|_| "the stack does not get ready")??;
        let (binary, data_dir) = (binary.to_owned(), data_dir.path().to_owned());
        Ok(Self {
            binary,
            data_dir,
            child,
            port,
            _printed: printed,
        })
    }

    /// Where the stack serves; the same after each start.
    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills the process with SIGKILL and waits for its end.
    pub(crate) async fn kill(&mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    /// Starts it again, on the same data and the same port.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        *self = Self::start(&self.binary, &DataDir(self.data_dir.clone()), self.port).await?;
        Ok(())
    }
}

/// Reads the one line that a stack prints when it serves.
async fn ready_port(printed: &mut Lines<BufReader<ChildStdout>>) -> Result<u16, Failure> {
    while let Some(line) = printed.next_line().await? {
        if let Some(address) = line.strip_prefix("ready http://127.0.0.1:") {
            return Ok(address.trim().parse()?);
        }
    }
    Err("the stack ended before it was ready".into())
}
