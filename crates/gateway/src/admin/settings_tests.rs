//! Settings and access keys, as the file holds them.

use serde_json::json;
use store::{Environment, config::Config};

use crate::admin::rig::{CONFIG, Rig};

#[tokio::test]
async fn settings_change_one_by_one() {
    let rig = Rig::new(CONFIG);
    let mut expected = rig.get("/admin/settings").await;
    assert_eq!(expected["address"], json!("127.0.0.1:7229"));
    assert!(expected["database_bytes"].as_u64().unwrap() > 0);
    assert!(
        expected["config_path"]
            .as_str()
            .unwrap()
            .ends_with("config.toml")
    );

    let origins = json!(["http://localhost:3000"]);
    let log = json!({"bodies": "all", "max_body_bytes": 1000, "keep_days": 7, "max_megabytes": 10});
    for (key, value) in [
        ("address", json!("[::1]:7300")),
        ("allowed_origins", origins),
        ("log", log),
        (
            "requests",
            json!({"parallel_choices": 2, "fetch_images": false}),
        ),
    ] {
        let mut changed = rig.put("/admin/settings", json!({key: value})).await;
        expected[key] = value;
        changed["database_bytes"] = expected["database_bytes"].clone();
        assert_eq!(changed, expected);
    }
    assert_eq!(
        rig.config_text().matches("# ").count(),
        CONFIG.matches("# ").count()
    );
}

#[tokio::test]
async fn settings_leave_what_a_person_saved_a_moment_before() {
    let rig = Rig::new(CONFIG);
    // The file is read anew only once it has been quiet for a while.
    let listen = "\n[listen]\nallowed_origins = [\"app://mine\"]\n";
    rig.write_config(&format!("{CONFIG}{listen}"));
    let changed = rig
        .put("/admin/settings", json!({"address": "127.0.0.1:7300"}))
        .await;
    assert_eq!(changed["allowed_origins"], json!(["app://mine"]));
    let expected = format!("{CONFIG}{listen}address = \"127.0.0.1:7300\"\n");
    assert_eq!(rig.config_text(), expected);
}

#[tokio::test]
async fn nothing_given_writes_nothing() {
    let rig = Rig::new(CONFIG);
    rig.put("/admin/settings", json!({})).await;
    rig.put("/admin/settings", json!({"address": "127.0.0.1:7229"}))
        .await;
    assert_eq!(rig.config_text(), CONFIG);
}

#[tokio::test]
async fn bad_settings_name_their_field() {
    let rig = Rig::new(CONFIG);
    let log = |key: &str, value: u64| {
        let mut log =
            json!({"bodies": "all", "max_body_bytes": 1000, "keep_days": 7, "max_megabytes": 10});
        log[key] = json!(value);
        json!({"log": log})
    };
    let mut seen = Vec::new();
    for input in [
        json!({"address": "7229"}),
        json!({"address": "0.0.0.0:7229"}),
        json!({"address": "192.168.0.5:7229"}),
        json!({"address": "127.0.0.1:0"}),
        json!({"address": "127.0.0.1:99999"}),
        json!({"allowed_origins": ["localhost"]}),
        json!({"allowed_origins": ["http://localhost:3000/path"]}),
        json!({"log": {"bodies": "some"}}),
        log("keep_days", 0),
        log("max_megabytes", 0),
        log("max_body_bytes", u64::MAX),
        json!({"requests": {"parallel_choices": 0, "fetch_images": true}}),
    ] {
        let refusal = rig
            .refusal("PUT", "/admin/settings", Some(input.clone()))
            .await;
        seen.push(format!("{input}\n    {refusal}"));
    }
    insta::assert_snapshot!(seen.join("\n"));
    assert_eq!(rig.config_text(), CONFIG);
}

#[tokio::test]
async fn an_access_key_is_shown_once_and_kept_as_a_hash() {
    let rig = Rig::new(CONFIG);
    let made = rig
        .call("POST", "/admin/access-keys", Some(json!({"name": " ide "})))
        .await
        .json();
    assert_eq!(made["name"], json!("ide"));
    let key = made["key"].as_str().unwrap();
    let letters = key.strip_prefix("pb-").unwrap();
    assert_eq!(letters.len(), 32);
    assert!(
        letters
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );

    let text = rig.config_text();
    assert!(!text.contains(letters), "{text}");
    let config = Config::parse(&text).unwrap();
    assert!(config.access_keys[0].accepts(key, &Environment::fixed([])));
    assert!(!config.access_keys[0].accepts(letters, &Environment::fixed([])));

    let settings = rig.get("/admin/settings").await;
    assert_eq!(
        settings["access_keys"],
        json!([{"name": "ide", "environment": null}])
    );
    assert_eq!(
        rig.refusal("POST", "/admin/access-keys", Some(json!({"name": "ide"})))
            .await,
        "409 conflict name | There is an access key `ide` already. Choose another name."
    );
    assert_eq!(
        rig.call("DELETE", "/admin/access-keys/ide", None)
            .await
            .status
            .as_u16(),
        204
    );
    assert_eq!(rig.get("/admin/settings").await["access_keys"], json!([]));
}

#[tokio::test]
async fn an_access_key_from_a_variable_stays() {
    let rig = Rig::new("version = 1\n[[access_keys]]\nname = \"ci\"\nkey = { env = \"PB_KEY\" }\n");
    assert_eq!(
        rig.get("/admin/settings").await["access_keys"],
        json!([{"name": "ci", "environment": "PB_KEY"}])
    );
    assert_eq!(
        rig.refusal("DELETE", "/admin/access-keys/ci", None).await,
        "409 conflict - | The access key `ci` comes from the environment variable PB_KEY. Remove it in the config file."
    );
}

#[tokio::test]
async fn names_of_access_keys_are_short_and_not_empty() {
    let rig = Rig::new(CONFIG);
    for name in [String::new(), "  ".to_owned(), "x".repeat(65)] {
        let refusal = rig
            .refusal("POST", "/admin/access-keys", Some(json!({"name": name})))
            .await;
        assert_eq!(
            refusal,
            "400 invalid name | Name the access key in 1 to 64 letters: who uses it?"
        );
    }
}
