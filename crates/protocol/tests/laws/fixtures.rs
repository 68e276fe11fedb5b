//! The files under `fixtures/`, each with the protocol whose words it is in.

use std::{fs, path::Path};

use protocol::Protocol;

pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) protocol: Protocol,
    pub(crate) bytes: Vec<u8>,
}

/// Every fixture of a kind: a protocol's own and the shared ones.
pub(crate) fn all(kind: &str, extension: &str) -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut fixtures = Vec::new();
    for folder in Protocol::ALL
        .map(Protocol::word)
        .into_iter()
        .chain(["canonical"])
    {
        let Ok(entries) = fs::read_dir(root.join(folder).join(kind)) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if !name.ends_with(&format!(".{extension}")) {
                continue;
            }
            let word = if folder == "canonical" {
                name.split('.').next().unwrap()
            } else {
                folder
            };
            fixtures.push(Fixture {
                protocol: Protocol::of(word).unwrap(),
                bytes: fs::read(&path).unwrap(),
                name: format!("{folder}/{kind}/{name}"),
            });
        }
    }
    fixtures.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!fixtures.is_empty(), "there are no {kind} as {extension}");
    fixtures
}

pub(crate) fn streams() -> Vec<Fixture> {
    let mut streams = all("responses", "sse");
    streams.extend(all("streams", "sse"));
    streams.extend(all("responses", "bin"));
    streams.extend(all("streams", "bin"));
    streams.extend(all("responses", "ndjson"));
    streams.extend(all("streams", "ndjson"));
    streams
}
