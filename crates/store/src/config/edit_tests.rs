//! What an edit changes, and what it leaves alone.

use proptest::prelude::*;

use super::*;
use crate::config::{BodiesKept, Config, KeyDigest, ProviderProtocol};

const TEXT: &str = r#"# Ann's set-up.
version = 1 # the only one

[listen]
# Not 7229: taken by another program.
address   = "127.0.0.1:9000"

# --- Providers ---

# Paid by the company.
[[providers]]
id = 'openai' # keep
protocol = "openai_chat"
base_url = "http://127.0.0.1:9001/v1"
timeouts = { connect = "10s", idle = "60s" } # slow
headers = { "x-team" = "blue" }

[[providers]]
id = "local"
protocol = "ollama"
base_url = "http://127.0.0.1:11434"

[[accounts]]
id = "main"
provider = "openai"
key = { env = "OPENAI_API_KEY" } # from the shell

[[aliases]]
name = "fast" # for completion
targets = [
    "openai/gpt-4o-mini", # cheap
    "local/gemma3",
]

# Second.
[[aliases]]
name = "good"
targets = ["openai/gpt-4o"]
# The end.
"#;

fn edited(text: &str, change: impl Fn(&mut Edit)) -> String {
    let mut edit = Edit::of(text).unwrap();
    change(&mut edit);
    edit.into_text()
}

/// The lines that differ, as `-old` and `+new`.
fn changes(change: impl Fn(&mut Edit)) -> Vec<String> {
    let after = edited(TEXT, change);
    Config::parse(&after).unwrap();
    let gone = TEXT
        .lines()
        .filter(|line| !after.lines().any(|other| other == *line));
    let come = after
        .lines()
        .filter(|line| !TEXT.lines().any(|other| other == *line));
    gone.map(|line| format!("-{line}"))
        .chain(come.map(|line| format!("+{line}")))
        .collect()
}

#[test]
fn putting_everything_back_unchanged_changes_nothing() {
    let config = Config::parse(TEXT).unwrap();
    let after = edited(TEXT, |edit| {
        edit.put_listen(&config.listen);
        for provider in config
            .providers
            .iter()
            .filter(|provider| !provider.is_built_in())
        {
            edit.put_provider(provider);
        }
        for account in &config.accounts {
            edit.put_account(account);
        }
        for alias in &config.aliases {
            edit.put_alias(alias);
        }
        edit.order_aliases(&["fast".to_owned(), "good".to_owned()]);
        edit.put_default_model(None);
    });
    assert_eq!(after, TEXT);
}

#[test]
fn a_change_touches_its_own_line() {
    let config = Config::parse(TEXT).unwrap();
    let mut openai = config.provider("openai").unwrap().clone();
    openai.base_url = "https://api.example.com".to_owned();
    openai.timeouts.idle = std::time::Duration::from_secs(90);
    openai.retries = 3;
    openai.headers = [("x-team".to_owned(), "red".to_owned())].into();
    assert_eq!(
        changes(|edit| edit.put_provider(&openai)),
        [
            "-base_url = \"http://127.0.0.1:9001/v1\"",
            "-timeouts = { connect = \"10s\", idle = \"60s\" } # slow",
            "-headers = { \"x-team\" = \"blue\" }",
            "+base_url = \"https://api.example.com\"",
            "+timeouts = { connect = \"10s\", idle = \"90s\" } # slow",
            "+headers = { \"x-team\" = \"red\" }",
            "+retries = 3",
        ]
    );
}

#[test]
fn a_key_moves_into_the_keychain() {
    let account = Account {
        id: "main".to_owned(),
        provider: "openai".to_owned(),
        key: KeySource::Keychain,
    };
    assert_eq!(
        changes(|edit| edit.put_account(&account)),
        [
            "-key = { env = \"OPENAI_API_KEY\" } # from the shell",
            "+key = { keychain = true } # from the shell",
        ]
    );
}

#[test]
fn targets_keep_their_comments() {
    let alias = Alias {
        name: "fast".to_owned(),
        targets: ["local/gemma3", "openai/gpt-4o-mini", "echo/echo"]
            .map(str::to_owned)
            .into(),
    };
    let after = edited(TEXT, |edit| edit.put_alias(&alias));
    assert_eq!(Config::parse(&after).unwrap().alias("fast"), Some(&alias));
    assert!(after.contains("# cheap"), "{after}");
}

#[test]
fn new_entries_stand_after_their_like() {
    let alias = Alias {
        name: "new".to_owned(),
        targets: vec!["echo/echo".to_owned()],
    };
    assert_eq!(
        changes(|edit| edit.put_alias(&alias)),
        ["+name = \"new\"", "+targets = [\"echo/echo\"]"]
    );
    let after = edited(TEXT, |edit| {
        edit.put_provider(&Provider {
            id: "new".to_owned(),
            base_url: "http://localhost".to_owned(),
            ..Provider::echo()
        })
    });
    assert!(
        after.find("id = \"new\"").unwrap() < after.find("[[accounts]]").unwrap(),
        "{after}"
    );
}

#[test]
fn a_removed_entry_takes_its_own_comment_only() {
    let after = edited(TEXT, |edit| {
        assert!(edit.remove_account("main"));
        assert!(!edit.remove_account("main"));
        assert!(edit.remove_alias("fast"));
        assert!(edit.remove_alias("good"));
        assert!(edit.remove_provider("openai"));
    });
    let config = Config::parse(&after).unwrap();
    assert_eq!(
        (
            config.providers.len(),
            config.accounts.len(),
            config.aliases.len()
        ),
        (2, 0, 0)
    );
    assert!(after.contains("# --- Providers ---"), "{after}");
    assert!(!after.contains("# Paid by the company."), "{after}");
    assert!(after.contains("# The end."), "{after}");
}

#[test]
fn aliases_change_places_with_their_comments() {
    let after = edited(TEXT, |edit| edit.order_aliases(&["good".to_owned()]));
    let names: Vec<_> = Config::parse(&after)
        .unwrap()
        .aliases
        .into_iter()
        .map(|alias| alias.name)
        .collect();
    assert_eq!(names, ["good", "fast"]);
    assert!(
        after.find("# Second.").unwrap() < after.find("\"good\"").unwrap(),
        "{after}"
    );
}

#[test]
fn a_list_written_inline_can_be_edited() {
    let text = "version = 1\naliases = [{ name = \"a\", targets = [\"echo/echo\"] }]\n";
    let after = edited(text, |edit| {
        edit.put_alias(&Alias {
            name: "b".to_owned(),
            targets: vec!["a".to_owned()],
        });
    });
    assert_eq!(Config::parse(&after).unwrap().aliases.len(), 2, "{after}");
}

#[test]
fn settings_are_written_where_there_were_none() {
    let listen = Listen {
        address: "[::1]:1".parse().unwrap(),
        allowed_origins: vec!["app://*".to_owned()],
    };
    let log = Log {
        bodies: BodiesKept::All,
        keep_days: 7,
        ..Log::default()
    };
    let access_key = |key| AccessKey {
        name: "ide".to_owned(),
        key,
    };
    let after = edited("", |edit| {
        edit.put_default_model(Some("echo/echo"));
        edit.put_listen(&listen);
        edit.put_log(&log);
        edit.put_access_key(&access_key(AccessKeySource::Env("KEY".to_owned())));
        edit.put_access_key(&access_key(AccessKeySource::Hash(KeyDigest::of("abc"))));
    });
    let config = Config::parse(&after).unwrap();
    assert_eq!((config.listen, config.log), (listen, log));
    assert_eq!(config.default_model.as_deref(), Some("echo/echo"));
    assert_eq!(
        config.access_keys,
        [access_key(AccessKeySource::Hash(KeyDigest::of("abc")))]
    );
}

#[test]
fn an_empty_list_in_brackets_takes_its_first_entry() {
    let text = "version = 1\n# Filled by the app.\naliases = [] # so far\naccounts = [\n    # keys\n]\n\n[log]\nkeep_days = 3\n";
    let alias = Alias {
        name: "a".to_owned(),
        targets: vec!["echo/echo".to_owned()],
    };
    let account = Account {
        id: "main".to_owned(),
        provider: "echo".to_owned(),
        key: KeySource::Keychain,
    };
    let after = edited(text, |edit| {
        edit.put_alias(&alias);
        edit.put_account(&account);
    });
    let expected = r#"version = 1

# Filled by the app.
# so far

[[aliases]]
name = "a"
targets = ["echo/echo"]

# keys

[[accounts]]
id = "main"
provider = "echo"
key = { keychain = true }

[log]
keep_days = 3
"#;
    assert_eq!(after, expected);
    let config = Config::parse(&after).unwrap();
    assert_eq!(
        (config.aliases, config.accounts),
        (vec![alias], vec![account])
    );

    let access_key = AccessKey {
        name: "ide".to_owned(),
        key: AccessKeySource::Hash(KeyDigest::of("abc")),
    };
    let provider = Provider {
        id: "new".to_owned(),
        name: None,
        base_url: "http://localhost".to_owned(),
        protocol: ProviderProtocol::Ollama,
        ..Provider::echo()
    };
    let text = "version = 1\naccess_keys = []\nproviders = []\n";
    let after = edited(text, |edit| {
        edit.put_access_key(&access_key);
        edit.put_provider(&provider);
    });
    let config = Config::parse(&after).unwrap();
    assert_eq!(config.access_keys, [access_key]);
    assert_eq!(config.provider("new"), Some(&provider));
}

#[test]
fn an_empty_list_stays_as_it_is_where_nothing_is_added() {
    let text = "version = 1\naliases = [ # none\n]\n";
    let after = edited(text, |edit| {
        assert!(!edit.remove_alias("a"));
        edit.order_aliases(&["a".to_owned()]);
    });
    assert_eq!(after, text);
}

#[test]
fn a_list_in_brackets_keeps_its_comments_as_tables() {
    let text = r#"# Ann's.

version = 1

# --- Names ---

# By speed.
aliases = [ # first fits
    # Cheap ones.
    { name = "a", targets = ["echo/a"] }, # for completion
    { name = "b", targets = ["echo/b"] },
    # more to come
] # the end

[log]
keep_days = 3
"#;
    let add = |edit: &mut Edit| {
        edit.put_alias(&Alias {
            name: "c".to_owned(),
            targets: vec!["a".to_owned()],
        });
    };
    let expected = r#"# Ann's.

version = 1

# --- Names ---
# By speed.
# first fits
# more to come
# the end

# Cheap ones.
[[aliases]] # for completion
name = "a"
targets = ["echo/a"]

[[aliases]]
name = "b"
targets = ["echo/b"]

[[aliases]]
name = "c"
targets = ["a"]

[log]
keep_days = 3
"#;
    assert_eq!(edited(text, add), expected);

    let without = edited(text, |edit| _ = edit.remove_alias("a"));
    let gone =
        "# Cheap ones.\n[[aliases]] # for completion\nname = \"a\"\ntargets = [\"echo/a\"]\n\n";
    let added = "[[aliases]]\nname = \"c\"\ntargets = [\"a\"]\n\n";
    let expected = expected.replace(gone, "").replace(added, "");
    assert_eq!(without, expected);
}

#[test]
fn lines_end_as_they_did() {
    let on_windows = TEXT.replace('\n', "\r\n");
    let change = |edit: &mut Edit| {
        edit.put_default_model(Some("fast"));
        edit.remove_provider("openai");
        edit.put_alias(&Alias {
            name: "fast".to_owned(),
            targets: vec!["local/gemma3".to_owned(), "echo/echo".to_owned()],
        });
    };
    let after = edited(TEXT, change);
    assert!(after.contains("# --- Providers ---"), "{after}");
    assert_eq!(edited(&on_windows, change), after.replace('\n', "\r\n"));
    assert_eq!(edited(&on_windows, |_| {}), on_windows);
}

#[test]
fn what_stands_apart_above_a_key_stays_when_it_goes() {
    let cases = [
        (
            "# Ann's.\n\n# For chats.\ndefault_model = 'echo/echo' # free\nversion = 1\n",
            "# Ann's.\n\nversion = 1\n",
        ),
        (
            "version = 1\n\n# One.\n \n# Two.\n\n# For chats.\ndefault_model = 'echo/echo'\n\n# Log.\n[log]\nkeep_days = 3\n",
            "version = 1\n\n# One.\n \n# Two.\n\n# Log.\n[log]\nkeep_days = 3\n",
        ),
        (
            "version = 1\n\n# Mine.\n\ndefault_model = 'echo/echo'\n",
            "version = 1\n\n# Mine.\n",
        ),
        (
            "version = 1\n# For chats.\ndefault_model = 'echo/echo'\n",
            "version = 1\n",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(edited(text, |edit| edit.put_default_model(None)), expected);
    }
}

#[test]
fn what_stands_apart_above_the_last_of_a_list_stays_where_it_was() {
    let text = "version = 1\n\n# --- Names ---\n\n# Mine.\n[[aliases]]\nname = 'a'\ntargets = ['echo/a']\n\n[log]\nkeep_days = 3\n";
    let after = edited(text, |edit| _ = edit.remove_alias("a"));
    let expected = "version = 1\n\n# --- Names ---\n\n[log]\nkeep_days = 3\n";
    assert_eq!(after, expected);
}

#[test]
fn what_stands_apart_above_the_first_of_a_list_stays_there() {
    let text = "version = 1\n\n# --- Names ---\n\n# A.\n[[aliases]]\nname = 'a'\ntargets = ['echo/a']\n\n# B.\n[[aliases]]\nname = 'b'\ntargets = ['echo/b']\n";
    let after = edited(text, |edit| edit.order_aliases(&["b".to_owned()]));
    let expected = "version = 1\n\n# --- Names ---\n\n# B.\n[[aliases]]\nname = 'b'\ntargets = ['echo/b']\n\n# A.\n[[aliases]]\nname = 'a'\ntargets = ['echo/a']\n";
    assert_eq!(after, expected);
}

#[test]
fn each_target_keeps_the_comments_that_stand_by_it() {
    let with =
        |targets: &str| format!("version = 1\n\n[[aliases]]\nname = \"x\"\ntargets = {targets}\n");
    let cases: [(&str, &[&str], &str); 7] = [
        (
            "[\"echo/a\", # cheap\n  \"echo/b\", # good\n  \"echo/c\", # last resort\n]",
            &["echo/b", "echo/a"],
            "[\n  \"echo/b\", # good\n  \"echo/a\", # cheap\n]",
        ),
        (
            "[ # in order\n  # first\n  \"echo/a\", # cheap\n  \"echo/b\" # good\n  # more\n]",
            &["echo/b", "echo/d", "echo/a"],
            "[ # in order\n  \"echo/b\", # good\n  \"echo/d\",\n  # first\n  \"echo/a\" # cheap\n  # more\n]",
        ),
        (
            "[\n  \"echo/a\",\n  \"echo/b\", # good\n]",
            &["echo/a"],
            "[\n  \"echo/a\",\n]",
        ),
        (
            "[\"echo/a\", \"echo/b\", # two\n  \"echo/c\"]",
            &["echo/b", "echo/a", "echo/c"],
            "[ \"echo/b\", # two\n  \"echo/a\",\n  \"echo/c\"]",
        ),
        (
            "[\n  \"echo/a\" # own\n  , \"echo/b\"\n]",
            &["echo/b", "echo/a"],
            "[ \"echo/b\",\n  \"echo/a\" # own\n  \n]",
        ),
        (
            "[\"echo/a\", \"echo/b\"]",
            &["echo/b", "echo/c"],
            "[\"echo/b\", \"echo/c\"]",
        ),
        (
            "[\n  \"echo/a\" # only\n]",
            &["echo/b"],
            "[\n  \"echo/b\"\n]",
        ),
    ];
    for (targets, wanted, expected) in cases {
        let alias = Alias {
            name: "x".to_owned(),
            targets: wanted.iter().map(|text| (*text).to_owned()).collect(),
        };
        let after = edited(&with(targets), |edit| edit.put_alias(&alias));
        assert_eq!(after, with(expected));
        assert_eq!(Config::parse(&after).unwrap().aliases, [alias]);
    }
}

#[test]
fn a_default_that_nobody_wrote_is_not_written() {
    let listen = Listen {
        allowed_origins: vec!["app://*".to_owned()],
        ..Listen::default()
    };
    let log = Log {
        keep_days: 7,
        ..Log::default()
    };
    let after = edited("version = 1\n", |edit| {
        edit.put_listen(&listen);
        edit.put_log(&log);
    });
    let expected =
        "version = 1\n\n[listen]\nallowed_origins = [\"app://*\"]\n\n[log]\nkeep_days = 7\n";
    assert_eq!(after, expected);
    let after = edited(&after, |edit| edit.put_log(&Log::default()));
    assert_eq!(after, expected.replace('7', "30"));
}

#[test]
fn a_change_may_build_on_what_the_file_says() {
    let after = edited(TEXT, |edit| {
        let before = edit.before().listen.clone();
        edit.put_listen(&Listen {
            allowed_origins: vec!["app://*".to_owned()],
            ..before
        });
    });
    let listen = Config::parse(&after).unwrap().listen;
    assert_eq!(listen.address.port(), 9000);
}

fn providers() -> impl Strategy<Value = Vec<Provider>> {
    let protocol = proptest::sample::select(ProviderProtocol::ALL.to_vec());
    let provider = (
        any::<Option<String>>(),
        protocol,
        1..100_000_u64,
        0..=10_u32,
        "[ -~]{0,9}",
    );
    proptest::collection::vec(provider, 0..6).prop_map(|all| {
        let make = |(number, (name, protocol, idle_ms, retries, header))| Provider {
            id: format!("p{number}"),
            name,
            protocol,
            base_url: "http://[::1]:1/v1".to_owned(),
            timeouts: Timeouts {
                idle: std::time::Duration::from_millis(idle_ms),
                ..Timeouts::default()
            },
            retries,
            headers: [("x-a".to_owned(), header)].into(),
        };
        all.into_iter().enumerate().map(make).collect()
    })
}

proptest! {
    /// Whatever is put comes out, over any older state of the same entries.
    #[test]
    fn what_is_put_is_what_is_read(before in providers(), after in providers()) {
        let text = edited(TEXT, |edit| before.iter().for_each(|provider| edit.put_provider(provider)));
        let text = edited(&text, |edit| after.iter().for_each(|provider| edit.put_provider(provider)));
        let config = Config::parse(&text).unwrap();
        for provider in &after {
            prop_assert_eq!(config.provider(&provider.id), Some(provider));
        }
    }
}
