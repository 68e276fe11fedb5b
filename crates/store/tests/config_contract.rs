//! The configuration that other programs are written against.

use std::time::Duration;

use store::{
    Config,
    config::{
        AccessKeySource, Alias, BodiesKept, KeyDigest, KeySource, Listen, Provider,
        ProviderProtocol, Timeouts,
    },
};

const CONTRACT: &str = r#"
version = 1
default_model = "gpt-4o"
[listen]
address = "127.0.0.1:7229"
allowed_origins = ["http://localhost:3000", "vscode-webview://*"]
[[access_keys]]
name = "ide"
key = { env = "PATCHBAY_KEY" }
[[access_keys]]
name = "other"
hash = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
[[providers]]
id = "openai"
protocol = "openai_chat"
base_url = "http://127.0.0.1:9001/v1/"
timeouts = { connect = "10s", headers = "60s", idle = "120s" }
retries = 0
headers = { "x-team" = "blue" }
[[providers]]
id = "anthropic"
protocol = "anthropic"
base_url = "http://127.0.0.1:9002"
[[accounts]]
id = "openai-main"
provider = "openai"
key = { env = "OPENAI_API_KEY" }
[[accounts]]
id = "openai-second"
provider = "openai"
key = { keychain = true }
[[accounts]]
id = "anthropic-main"
provider = "anthropic"
key = { file = "/run/secrets/anthropic" }
[[aliases]]
name = "gpt-4o"
targets = ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5"]
[[aliases]]
name = "gpt-*"
targets = ["gpt-4o", "echo/echo"]
[log]
bodies = "off"
"#;

#[test]
fn the_contract_is_read() {
    let config = Config::parse(CONTRACT).unwrap();
    let expected = Listen {
        address: "127.0.0.1:7229".parse().unwrap(),
        allowed_origins: vec!["http://localhost:3000".into(), "vscode-webview://*".into()],
    };
    assert_eq!(config.listen, expected);
    assert_eq!(config.default_model.as_deref(), Some("gpt-4o"));
    let keys: Vec<_> = config
        .access_keys
        .iter()
        .map(|key| (&*key.name, &key.key))
        .collect();
    assert_eq!(
        keys,
        [
            ("ide", &AccessKeySource::Env("PATCHBAY_KEY".into())),
            ("other", &AccessKeySource::Hash(KeyDigest::of("abc"))),
        ]
    );
    let openai = Provider {
        id: "openai".into(),
        name: None,
        protocol: ProviderProtocol::OpenAiChat,
        base_url: "http://127.0.0.1:9001/v1".into(),
        timeouts: Timeouts {
            connect: Duration::from_secs(10),
            headers: Duration::from_secs(60),
            idle: Duration::from_secs(120),
        },
        retries: 0,
        headers: [("x-team".to_owned(), "blue".to_owned())].into(),
    };
    assert_eq!(config.provider("openai"), Some(&openai));
    let ids: Vec<_> = config
        .providers
        .iter()
        .map(|provider| &*provider.id)
        .collect();
    assert_eq!(ids, ["openai", "anthropic", "echo"]);
    let sources: Vec<_> = config.accounts.iter().map(|account| &account.key).collect();
    assert_eq!(
        sources,
        [
            &KeySource::Env("OPENAI_API_KEY".into()),
            &KeySource::Keychain,
            &KeySource::File("/run/secrets/anthropic".into()),
        ]
    );
    assert_eq!(config.accounts_of("openai").count(), 2);
    let pattern = Alias {
        name: "gpt-*".into(),
        targets: vec!["gpt-4o".into(), "echo/echo".into()],
    };
    assert_eq!(config.alias("gpt-5"), Some(&pattern));
    assert_eq!(
        config.alias("gpt-4o").map(|alias| &*alias.name),
        Some("gpt-4o")
    );
    assert_eq!(config.log.bodies, BodiesKept::Off);
}

#[test]
fn the_smallest_file_is_the_defaults() {
    assert_eq!(Config::parse("version = 1").unwrap(), Config::default());
}

#[test]
fn a_target_may_wait_for_its_provider() {
    let text = r#"
version = 1
default_model = "anthropic/claude-sonnet-4-5"
[[providers]]
id = "openai"
protocol = "openai_chat"
base_url = "http://127.0.0.1:9001/v1"
[[aliases]]
name = "gpt-4o"
targets = ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5"]
"#;
    let config = Config::parse(text).unwrap();
    let alias = config.alias("gpt-4o").unwrap();
    assert_eq!(
        alias.targets,
        ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5"]
    );
}
