//! The config of a running program: watched, edited, never lost.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::PathBuf, time::Duration};

use store::{
    ConfigStore,
    config::{Alias, BodiesKept, Edit, EditError, KeySource, Log},
};
use tempfile::TempDir;
use tokio::time::timeout;

const TEXT: &str =
    "version = 1\n\n# Mine.\n[[aliases]]\nname = \"a\" # short\ntargets = ['echo/echo']\n";
const PATIENCE: Duration = Duration::from_secs(20);

struct Fixture {
    folder: TempDir,
    file: PathBuf,
}

fn fixture(text: &str) -> Fixture {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, text).unwrap();
    Fixture { folder, file }
}

fn alias(name: &str) -> Alias {
    Alias {
        name: name.to_owned(),
        targets: vec!["echo/echo".to_owned()],
    }
}

fn put(name: &'static str) -> impl Fn(&mut Edit) + Send + 'static {
    move |edit| edit.put_alias(&alias(name))
}

#[tokio::test]
async fn a_missing_file_is_the_defaults_and_is_made_by_the_first_edit() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("new/config.toml");
    let store = ConfigStore::open(&file).unwrap();
    assert_eq!(*store.current(), store::Config::default());
    assert!(!file.exists());
    let config = store.edit(put("a")).await.unwrap();
    assert_eq!(config.aliases, [alias("a")]);
    let text = "version = 1\n\n[[aliases]]\nname = \"a\"\ntargets = [\"echo/echo\"]\n";
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    #[cfg(unix)]
    assert_eq!(mode(&file), 0o600);
}

#[tokio::test]
async fn complaint_31_an_edit_on_disk_is_noticed() {
    let fixture = fixture(TEXT);
    let store = ConfigStore::open(&fixture.file).unwrap();
    let mut configs = store.subscribe();
    fs::write(&fixture.file, TEXT.replace("\"a\"", "\"b\"")).unwrap();
    timeout(PATIENCE, configs.changed()).await.unwrap().unwrap();
    assert_eq!(store.current().aliases[0].name, "b");
}

#[tokio::test]
async fn an_editor_that_replaces_the_file_is_noticed_each_time() {
    let fixture = fixture(TEXT);
    let store = ConfigStore::open(&fixture.file).unwrap();
    let mut configs = store.subscribe();
    for name in ["b", "c", "d"] {
        let beside = fixture.folder.path().join("config.toml~");
        fs::write(&beside, TEXT.replace("\"a\"", &format!("\"{name}\""))).unwrap();
        fs::rename(&beside, &fixture.file).unwrap();
        let wanted = configs.wait_for(|config| config.aliases[0].name == name);
        timeout(PATIENCE, wanted).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_folder_that_is_replaced_is_noticed() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("patchbay");
    fs::create_dir(&config).unwrap();
    let file = config.join("config.toml");
    fs::write(&file, TEXT).unwrap();
    let store = ConfigStore::open(&file).unwrap();
    let mut configs = store.subscribe();
    for name in ["b", "c"] {
        fs::rename(&config, folder.path().join(name)).unwrap();
        fs::create_dir(&config).unwrap();
        fs::write(&file, TEXT.replace("\"a\"", &format!("\"{name}\""))).unwrap();
        let wanted = configs.wait_for(|config| config.aliases[0].name == name);
        timeout(PATIENCE, wanted).await.unwrap().unwrap();
    }
    assert_eq!(*store.problem().borrow(), None);
}

#[tokio::test]
async fn a_bad_edit_keeps_the_running_config_and_refuses_changes_until_repaired() {
    let fixture = fixture(TEXT);
    let store = ConfigStore::open(&fixture.file).unwrap();
    let before = store.current();
    let mut problems = store.problem();
    fs::write(&fixture.file, TEXT.replace("echo/echo", "nobody")).unwrap();
    timeout(PATIENCE, problems.wait_for(Option::is_some))
        .await
        .unwrap()
        .unwrap();
    let problem = problems.borrow_and_update().clone().unwrap();
    assert_eq!((problem.line, problem.column), (Some(6), Some(12)));
    assert_eq!(store.current(), before);

    let refused = store.edit(put("b")).await.unwrap_err();
    assert!(matches!(refused, EditError::Unreadable(found) if found == problem));
    assert!(
        fs::read_to_string(&fixture.file)
            .unwrap()
            .contains("nobody")
    );

    fs::write(&fixture.file, TEXT).unwrap();
    timeout(PATIENCE, problems.wait_for(Option::is_none))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.edit(put("b")).await.unwrap().aliases.len(), 2);
}

#[tokio::test]
async fn a_bad_file_at_the_start_is_refused_or_shown() {
    let fixture = fixture("version = 1\nversion = 2\n");
    assert!(matches!(
        ConfigStore::open(&fixture.file),
        Err(EditError::Unreadable(_))
    ));
    let store = ConfigStore::open_anyway(&fixture.file).unwrap();
    assert_eq!(store.problem().borrow().as_ref().unwrap().line, Some(2));
    // The file may have asked for a long log, or for one without bodies.
    let log = Log {
        bodies: BodiesKept::Off,
        keep_days: 36_500,
        max_megabytes: 1_048_576,
        ..Log::default()
    };
    let expected = store::Config {
        log,
        ..store::Config::default()
    };
    assert_eq!(*store.current(), expected);

    let mut configs = store.subscribe();
    fs::remove_file(&fixture.file).unwrap();
    timeout(PATIENCE, configs.changed()).await.unwrap().unwrap();
    assert_eq!(*store.current(), store::Config::default());
    assert_eq!(*store.problem().borrow(), None);
}

#[tokio::test]
async fn a_file_that_is_not_text_is_shown_with_its_place() {
    let fixture = fixture("");
    fs::write(&fixture.file, b"version = 1\n# caf\xe9\n").unwrap();
    let store = ConfigStore::open_anyway(&fixture.file).unwrap();
    let problem = store.problem().borrow().clone().unwrap();
    assert_eq!((problem.line, problem.column), (Some(2), Some(6)));
}

#[tokio::test]
async fn an_edit_that_makes_a_bad_config_writes_nothing() {
    let fixture = fixture(TEXT);
    let store = ConfigStore::open(&fixture.file).unwrap();
    let before = store.current();
    let bad = Alias {
        targets: vec!["nobody".to_owned()],
        ..alias("b")
    };
    let refused = store
        .edit(move |edit| edit.put_alias(&bad))
        .await
        .unwrap_err();
    assert!(matches!(refused, EditError::Refused(_)));
    assert_eq!(fs::read_to_string(&fixture.file).unwrap(), TEXT);
    assert_eq!(store.current(), before);
    assert_eq!(*store.problem().borrow(), None);
}

#[tokio::test]
async fn an_edit_keeps_what_was_written_to_the_file_a_moment_before() {
    let fixture = fixture(TEXT);
    let store = ConfigStore::open(&fixture.file).unwrap();
    let file = fixture.file.clone();
    // Between the reading and the writing of the edit, somebody else saves; once.
    let interfere = std::sync::Once::new();
    let edit = store.edit(move |edit| {
        interfere.call_once(|| fs::write(&file, format!("default_model = 'a'\n{TEXT}")).unwrap());
        edit.put_alias(&alias("b"));
    });
    let config = edit.await.unwrap();
    assert_eq!(config.default_model.as_deref(), Some("a"));
    assert_eq!(config.aliases.len(), 2);
}

#[tokio::test]
async fn edits_at_the_same_time_all_arrive() {
    let fixture = fixture(TEXT);
    let store = ConfigStore::open(&fixture.file).unwrap();
    let edits = ["b", "c", "d", "e"].map(|name| {
        let store = store.clone();
        tokio::spawn(async move { store.edit(put(name)).await.map(drop) })
    });
    for edit in edits {
        edit.await.unwrap().unwrap();
    }
    assert_eq!(store.current().aliases.len(), 5);
    let text = fs::read_to_string(&fixture.file).unwrap();
    assert_eq!(store::Config::parse(&text).unwrap(), *store.current());
}

#[tokio::test]
async fn a_file_that_vanished_is_written_again_whole() {
    let fixture = fixture(TEXT);
    let store = ConfigStore::open(&fixture.file).unwrap();
    let mut problems = store.problem();
    fs::remove_file(&fixture.file).unwrap();
    timeout(PATIENCE, problems.wait_for(Option::is_some))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.current().aliases, [alias("a")]);
    store.edit(put("b")).await.unwrap();
    assert!(fs::read_to_string(&fixture.file).unwrap().starts_with(TEXT));
    assert_eq!(*store.problem().borrow(), None);
}

#[tokio::test]
async fn a_relative_key_file_starts_at_the_config_file() {
    let key = "[[accounts]]\nid = 'a'\nprovider = 'echo'\nkey = { file = 'keys/a' }\n";
    let fixture = fixture(&format!("version = 1\n{key}"));
    let store = ConfigStore::open(&fixture.file).unwrap();
    let expected = KeySource::File(fixture.folder.path().join("keys/a"));
    assert_eq!(store.current().accounts[0].key, expected);
}

#[cfg(unix)]
#[tokio::test]
async fn a_symlink_and_the_permissions_of_its_target_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let fixture = fixture(TEXT);
    fs::set_permissions(&fixture.file, fs::Permissions::from_mode(0o640)).unwrap();
    let folder = TempDir::new().unwrap();
    let link = folder.path().join("config.toml");
    symlink(&fixture.file, &link).unwrap();
    let store = ConfigStore::open(&link).unwrap();
    store.edit(put("b")).await.unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(mode(&fixture.file), 0o640);
    // The target's folder is watched too.
    let mut configs = store.subscribe();
    fs::write(&fixture.file, TEXT.replace("\"a\"", "\"z\"")).unwrap();
    timeout(PATIENCE, configs.changed()).await.unwrap().unwrap();
    assert_eq!(store.current().aliases, [alias("z")]);
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
