//! A process under measurement: started, asked for its CPU time and memory, stopped.

use std::{path::Path, process::Stdio, time::Duration};

use nix::{
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::Error;

pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    child: Child,
    _home: Option<TempDir>,
}

impl Subject {
    /// This very program in another role; it prints its address.
    pub(crate) async fn role(name: &'static str, arguments: &[&str]) -> Result<Self, Error> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments);
        Self::start(name, command, None, |line| Some(line.to_owned())).await
    }

    /// The real server with its log on, in front of `upstream` under two names: as it is, and slowly.
    pub(crate) async fn patchbay(binary: &Path, upstream: &str) -> Result<Self, Error> {
        let home = tempfile::tempdir()?;
        let config = home.path().join("config.toml");
        std::fs::write(
            &config,
            format!(
                r#"version = 1
[listen]
address = "127.0.0.1:0"
[[providers]]
id = "mock"
protocol = "openai_chat"
base_url = "http://{upstream}/v1"
[[providers]]
id = "paced"
protocol = "openai_chat"
base_url = "http://{upstream}/paced/v1"
"#
            ),
        )?;
        let mut command = Command::new(binary);
        command
            .args(["serve", "--no-keychain", "--config"])
            .arg(&config)
            .env("HOME", home.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_STATE_HOME")
            .stderr(Stdio::null());
        Self::start("patchbay", command, Some(home), |line| {
            line.strip_prefix("ready http://").map(str::to_owned)
        })
        .await
    }

    async fn start(
        name: &'static str,
        mut command: Command,
        home: Option<TempDir>,
        address: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{name} does not start: {error}"))?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = timeout(Duration::from_secs(20), async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = address(&line) {
                    return Ok::<_, Error>(address);
                }
            }
            Err(format!("{name} ended before it said its address").into())
        })
        .await??;
        // Whatever it still prints must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            name,
            address,
            child,
            _home: home,
        })
    }

    /// User and system time so far, of all its threads, to the nanosecond: what /proc tells is in hundredths of a
    /// second.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Error> {
        let id = self.child.id().ok_or("the process has ended")?;
        let clock = clock_getcpuclockid(Pid::from_raw(id.cast_signed()))?;
        Ok(clock_gettime(clock)?.into())
    }

    pub(crate) fn resident_bytes(&self) -> Result<u64, Error> {
        let status = self.proc("status")?;
        let kilobytes: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB"))
            .ok_or("no VmRSS")?
            .trim()
            .parse()?;
        Ok(kilobytes * 1024)
    }

    fn proc(&self, file: &str) -> Result<String, Error> {
        let id = self.child.id().ok_or("the process has ended")?;
        Ok(std::fs::read_to_string(format!("/proc/{id}/{file}"))?)
    }

    pub(crate) async fn stop(mut self) -> Result<(), Error> {
        Ok(self.child.kill().await?)
    }
}
