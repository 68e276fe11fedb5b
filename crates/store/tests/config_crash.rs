//! Killed in the middle of writing: the config on disk is always whole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "how the writer tells that it has written"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use store::{Config, ConfigStore, config::Alias};

/// Says to the copy of this program that it is the one to be killed.
const FILE: &str = "PATCHBAY_TEST_CRASH_FILE";
const ROUNDS: usize = 12;

#[tokio::test]
async fn a_killed_writer_leaves_a_whole_file() {
    if let Ok(file) = std::env::var(FILE) {
        return write_for_ever(Path::new(&file)).await;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    for round in 0..ROUNDS {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "a_killed_writer_leaves_a_whole_file",
                "--nocapture",
            ])
            .env(FILE, &file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        // Killed after another number of edits each time, at a point of its own choosing.
        for line in lines
            .by_ref()
            .filter(|line| line.as_ref().unwrap().contains("edit"))
            .take(round + 1)
        {
            line.unwrap();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        let config = Config::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(config.aliases.len(), 200);
    }
}

/// Each text is long, so that a torn one would show.
async fn write_for_ever(file: &Path) {
    let store = ConfigStore::open_anyway(file).unwrap();
    for number in 0.. {
        let change = move |edit: &mut store::config::Edit| {
            for name in 0..200 {
                edit.put_alias(&Alias {
                    name: format!("alias-{name}"),
                    targets: vec![format!("echo/{number}")],
                });
            }
        };
        store.edit(change).await.unwrap();
        println!("edit {number}");
    }
}
