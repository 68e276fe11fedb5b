//! The binary as a process: what it prints, how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

fn patchbay(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
    command
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_STATE_HOME");
    command
}

fn run(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    patchbay(home.path()).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Starts a server on a free port; returns it and its address once it is ready.
fn serve(home: &Path, listen: &str) -> (Child, String, BufReader<std::process::ChildStdout>) {
    let mut child = patchbay(home)
        .args(["serve", "--no-keychain", "--listen", listen])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        if let Some(address) = line.trim().strip_prefix("ready http://") {
            return (child, address.to_owned(), lines);
        }
        line.clear();
    }
    (child, String::new(), lines)
}

#[test]
fn version_and_usage() {
    let version = run(&["version"]);
    assert!(version.status.success());
    assert_eq!(
        text(&version.stdout),
        format!("patchbay {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(run(&["no-such-command"]).status.code(), Some(2));
}

#[test]
fn a_config_is_checked_and_its_mistake_has_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "version = 1\n").unwrap();
    let good = run(&["check-config", path]);
    assert!(good.status.success(), "{}", text(&good.stderr));
    assert!(text(&good.stdout).ends_with("is good: 0 providers, 0 accounts, 0 aliases.\n"));
    std::fs::write(&file, "version = 1\n[listen]\naddress = \"0.0.0.0:1\"\n").unwrap();
    for arguments in [vec!["check-config", path], vec!["serve", "--config", path]] {
        let bad = run(&arguments);
        assert_eq!(bad.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&bad.stderr).contains("line 3, column 11"),
            "{}",
            text(&bad.stderr)
        );
    }
    assert_eq!(
        run(&["check-config", "/no/such/file"]).status.code(),
        Some(2)
    );
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_cleanly() {
    let home = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT"] {
        let (mut child, address, mut out) = serve(home.path(), "127.0.0.1:0");
        assert!(std::net::TcpStream::connect(&address).is_ok(), "{address}");
        let id = child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
        assert!(std::net::TcpStream::connect(&address).is_err());
    }
}

#[test]
fn a_taken_port_is_told_with_a_free_one() {
    let home = tempfile::tempdir().unwrap();
    let (mut child, address, _out) = serve(home.path(), "127.0.0.1:0");
    let second = run(&["serve", "--no-keychain", "--listen", &address]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let message = text(&second.stderr);
    assert!(message.contains("in use by another Patchbay"), "{message}");
    assert!(message.contains("pass `--listen 127.0.0.1:"), "{message}");
}
