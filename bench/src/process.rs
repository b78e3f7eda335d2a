//! A function's process: started as Lambda starts it, watched, and ended by its own id.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::Failure;
use crate::runtime_api::{Answer, Poll, RuntimeApi};

/// How much of what a process printed is kept, to say why it failed.
const TAIL_BYTES: usize = 4_000;

/// A running function and its Runtime API.
pub(crate) struct Process {
    child: Child,
    api: RuntimeApi,
    printed: Arc<Mutex<Vec<u8>>>,
    pub(crate) started_at: Instant,
}

/// What one request took.
pub(crate) struct Served {
    /// From the hand-over of the event to the whole of the response.
    pub(crate) took: Duration,
    pub(crate) answer: Answer,
}

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// The most that was ever resident.
    pub(crate) peak: u64,
    /// Resident now.
    pub(crate) resident: u64,
}

impl Process {
    /// Starts a binary with these variables and no others.
    pub(crate) async fn start(
        binary: &Path,
        variables: &[(String, String)],
    ) -> Result<Self, Failure> {
        let api = RuntimeApi::start().await?;
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .stdin(Stdio::null())
            // Lambda reads what functions print through pipes too.
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started_at = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let printed = Arc::default();
        keep_tail(child.stdout.take(), &printed);
        keep_tail(child.stderr.take(), &printed);
        Ok(Self {
            child,
            api,
            printed,
            started_at,
        })
    }

    /// Waits until the function is idle: it has started, or has finished with the request before.
    pub(crate) async fn idle(&mut self) -> Result<Poll, Failure> {
        let polled = self.api.next_poll().await;
        polled.map_err(|error| self.explain(&error))
    }

    /// Serves one request.
    pub(crate) async fn serve(&mut self, poll: Poll, event: Bytes) -> Result<Served, Failure> {
        let handed_out_at = Instant::now();
        let served = self.api.hand_out(poll, event).await;
        let served = served.and_then(|answer| answer.response().map(drop).map(|()| answer));
        let answer = served.map_err(|error| self.explain(&error))?;
        Ok(Served {
            took: answer.at - handed_out_at,
            answer,
        })
    }

    fn explain(&self, error: &Failure) -> Failure {
        let printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{error}; it printed: {}", String::from_utf8_lossy(&printed)).into()
    }

    /// Keeps the process on one core, with all threads that it starts from now on.
    #[cfg(target_os = "linux")]
    pub(crate) fn keep_on(&self, core: usize) -> Result<(), Failure> {
        let mut only = nix::sched::CpuSet::new();
        only.set(core)?;
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id())?);
        Ok(nix::sched::sched_setaffinity(pid, &only)?)
    }

    /// Cores are told apart on Linux only.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn keep_on(&self, core: usize) -> Result<(), Failure> {
        let id = self.child.id();
        Err(format!("process {id} can be kept on core {core} on Linux only").into())
    }

    /// CPU time that the process has used, user and system, of all its threads.
    #[cfg(target_os = "linux")]
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id())?);
        Ok(nix::time::clock_getcpuclockid(pid)?.now()?.into())
    }

    /// CPU time of another process is only to be had on Linux.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        Err(format!("process {} can be measured on Linux only", self.child.id()).into())
    }

    /// Memory that the process has and had.
    pub(crate) fn memory(&self) -> Result<Memory, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes =
                line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            kilobytes
                .map(|kilobytes| kilobytes * 1_024)
                .ok_or_else(|| format!("no {name} in {status}"))
        };
        Ok(Memory {
            peak: bytes("VmHWM:")?,
            resident: bytes("VmRSS:")?,
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what a process prints, so that it never waits for a reader, and keeps the end of it.
fn keep_tail(source: Option<impl Read + Send + 'static>, printed: &Arc<Mutex<Vec<u8>>>) {
    let Some(mut source) = source else { return };
    let printed = Arc::clone(printed);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1_024];
        while let Ok(length @ 1..) = source.read(&mut buffer) {
            let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            printed.extend_from_slice(&buffer[..length]);
            let excess = printed.len().saturating_sub(TAIL_BYTES);
            printed.drain(..excess);
        }
    });
}
