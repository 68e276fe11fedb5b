//! The binary as a process: what it prints, how it ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
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

#[cfg(target_os = "linux")]
#[test]
fn a_login_that_could_not_be_kept_is_not_begun() {
    let home = tempfile::tempdir().unwrap();
    let ended = patchbay(home.path())
        .args(["login", "amazon-q", "--no-browser"])
        .args(["--login-url", "http://127.0.0.1:9"])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = text(&ended.stderr);
    assert!(told.contains("no keychain"), "{told}");
    assert!(!home.path().join(".config/patchbay/config.toml").exists());
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
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn the_network_is_not_served() {
    let home = tempfile::tempdir().unwrap();
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7229"] {
        let (mut child, address, _out) = serve(home.path(), listen);
        if !address.is_empty() {
            child.kill().unwrap();
        }
        assert_eq!(child.wait().unwrap().code(), Some(2), "{listen}: {address}");
        let told = text(&run(&["serve", "--listen", listen]).stderr);
        assert!(told.contains("serves this computer only"), "{told}");
    }
}

#[test]
fn what_cannot_be_read_is_told_once_and_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let path = file.to_str().unwrap();
    for (bytes, sentence) in [
        (
            b"version = 1\n# caf\xe9\n".as_slice(),
            "line 2, column 6: This is not UTF-8 text.",
        ),
        (b"version = 2\n", "line 1, column 11: `version` is not one"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        for arguments in [
            vec!["check-config", path],
            vec!["serve", "--no-keychain", "--config", path],
        ] {
            let bad = run(&arguments);
            assert_eq!(bad.status.code(), Some(2), "{arguments:?}");
            let told = text(&bad.stderr);
            assert!(told.contains(sentence), "{arguments:?}: {told}");
            assert_eq!(told.lines().count(), 1, "{arguments:?}: {told}");
        }
    }
    let path = folder.path().to_str().unwrap();
    for arguments in [
        vec!["check-config", path],
        vec!["serve", "--no-keychain", "--config", path],
    ] {
        let bad = run(&arguments);
        assert_eq!(bad.status.code(), Some(2), "{arguments:?}");
        assert_eq!(
            text(&bad.stderr),
            format!("{path}: This is a folder. Name a file in it, such as `config.toml`.\n")
        );
    }
}

#[test]
fn a_misspelt_file_opens_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folder/config.toml");
    let bad = run(&["serve", "--no-keychain", "--config", path.to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(2));
    let told = text(&bad.stderr);
    assert!(told.contains("There is no such file."), "{told}");
    assert!(!path.parent().unwrap().exists(), "a folder was made");
}

/// All that a server prints up to the line that says it is ready.
fn told_until_ready(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut told = String::new();
    while lines.read_line(&mut told).unwrap() > 0 {
        let last = told.lines().last().unwrap();
        if last.starts_with("ready ") {
            break;
        }
    }
    told
}

/// All that a server prints until it is ready, with this config and these variables.
fn greeting(config: &str, variables: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    std::fs::write(&file, config).unwrap();
    let mut child = patchbay(home.path())
        .args(["serve", "--no-keychain", "--listen", "127.0.0.1:0"])
        .arg("--config")
        .arg(&file)
        .env_remove("PBK")
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let told = told_until_ready(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    told
}

#[test]
fn an_access_key_without_its_variable_is_told() {
    let config = "version = 1\n[[access_keys]]\nname = \"ide\"\nkey = { env = \"PBK\" }\n";
    let notice =
        "The access key `ide` comes from the variable PBK, which is not set: no client can use it.";
    let unset = greeting(config, &[]);
    assert!(unset.contains(notice), "{unset}");
    let set = greeting(config, &[("PBK", "a-key")]);
    assert!(!set.contains("which is not set"), "{set}");
    assert!(set.contains("Bearer $PBK\""), "{set}");
    assert!(!set.contains("a-key"), "{set}");
}

/// The log file lies beside the config: what is told must not be a reason to tell it again.
#[test]
fn an_edit_that_does_harm_is_told_once_wherever_the_telling_goes() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    let told = home.path().join("stderr.txt");
    std::fs::write(&file, "version = 1\n").unwrap();
    let mut child = patchbay(home.path())
        .args(["serve", "--no-keychain", "--listen", "127.0.0.1:0"])
        .arg("--config")
        .arg(&file)
        .env_remove("PBK")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&told).unwrap())
        .spawn()
        .unwrap();
    told_until_ready(&mut child);
    let count = |sentence: &str| {
        let told = std::fs::read_to_string(&told).unwrap();
        told.matches(sentence).count()
    };
    let wait_for = |sentence: &str| {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while count(sentence) == 0 && std::time::Instant::now() < until {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    };
    std::fs::write(&file, "version = 2\n").unwrap();
    wait_for("line 1, column 11");
    // Many times the watcher's own quiet.
    for round in 0..10 {
        std::fs::write(home.path().join("noise"), round.to_string()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(60));
    }
    std::fs::write(&file, "\nversion = 2\n").unwrap();
    wait_for("line 2, column 11");
    let key = "version = 1\n[[access_keys]]\nname = \"ide\"\nkey = { env = \"PBK\" }\n";
    std::fs::write(&file, key).unwrap();
    let notice = "the variable PBK, which is not set: no client can use it";
    wait_for(notice);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(count(notice), 1);
    assert_eq!(count("line 1, column 11"), 1);
    assert_eq!(count("line 2, column 11"), 1);
}

/// What the server answers to this head and body.
fn ask(address: &str, head: &str, body: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{head}\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The cookie of a browser that signs in by a new link.
fn sign_in(home: &Path, address: &str) -> String {
    let printed = patchbay(home).arg("sign-in").output().unwrap();
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    let link = text(&printed.stdout);
    let path = link.trim().strip_prefix(&format!("http://{address}"));
    let answer = ask(address, &format!("GET {} HTTP/1.1", path.unwrap()), "");
    let cookie = answer.split("set-cookie: ").nth(1).unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn a_missed_link_is_replaced_while_the_server_runs() {
    let home = tempfile::tempdir().unwrap();
    let (mut child, address, _out) = serve(home.path(), "127.0.0.1:0");
    let cookie = sign_in(home.path(), &address);
    let session = format!("GET /admin/session HTTP/1.1\r\ncookie: {cookie}");
    assert!(ask(&address, &session, "").contains("{\"kind\":\"browser\"}"));
    child.kill().unwrap();
    child.wait().unwrap();
    let refused = patchbay(home.path()).arg("sign-in").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stderr);
    assert!(
        told.starts_with("No Patchbay that keeps its request log in "),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn stop_in_a_page_ends_the_program() {
    let home = tempfile::tempdir().unwrap();
    let (mut child, address, mut out) = serve(home.path(), "127.0.0.1:0");
    let cookie = sign_in(home.path(), &address);
    let stop = format!("POST /admin/server/stop HTTP/1.1\r\ncookie: {cookie}");
    assert!(ask(&address, &stop, "").contains("{\"state\":\"stopping\"}"));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "Stopped in the browser.\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_move_by_a_page_does_not_end_the_program() {
    let home = tempfile::tempdir().unwrap();
    let (mut child, address, _out) = serve(home.path(), "127.0.0.1:0");
    let cookie = sign_in(home.path(), &address);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let new = free.local_addr().unwrap().to_string();
    drop(free);
    let head = format!("PUT /admin/settings HTTP/1.1\r\ncookie: {cookie}");
    let moved = ask(&address, &head, &format!("{{\"address\":\"{new}\"}}"));
    assert!(moved.starts_with("HTTP/1.1 200 "), "{moved}");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::net::TcpStream::connect(&new).is_err() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let health = ask(&new, "GET /health HTTP/1.1", "");
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    // It is found at its new place.
    sign_in(home.path(), &new);
    assert_eq!(child.try_wait().unwrap(), None);
    child.kill().unwrap();
    child.wait().unwrap();
}
