//! Keys go in, and nothing of them comes out but four letters.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use store::{
    Secret,
    secrets::{InMemory, SecretError, SecretStatus, SecretStore},
};

use crate::admin::rig::{CONFIG, Rig};

const CANARY: &str = "canary-2f7c91d05e";

#[tokio::test]
async fn a_key_is_kept_and_only_its_end_is_shown() {
    let rig = Rig::new(CONFIG);
    let input = json!({"provider": "lab", "key": format!("  {CANARY}\n")});
    let made = rig.put("/admin/accounts/lab-main", input).await;
    let expected = json!({"id": "lab-main", "provider": "lab",
        "key": {"source": made["key"]["source"], "set": true, "last_four": "d05e", "problem": null, "wording": null},
        "login": null});
    assert_eq!(made, expected);

    let replaced = rig
        .put(
            "/admin/accounts/lab-main/key",
            json!({"key": "sk-other-0123456789"}),
        )
        .await;
    assert_eq!(replaced["key"]["last_four"], json!("6789"));
    let kept = rig
        .put("/admin/accounts/lab-main", json!({"provider": "lab"}))
        .await;
    assert_eq!(kept["key"]["last_four"], json!("6789"));

    let gone = rig
        .call("DELETE", "/admin/accounts/lab-main/key", None)
        .await
        .json();
    assert_eq!(
        (&gone["key"]["set"], &gone["key"]["last_four"]),
        (&json!(false), &Value::Null)
    );
}

#[tokio::test]
async fn a_deleted_account_takes_its_key_along() {
    let rig = Rig::new(CONFIG);
    rig.put(
        "/admin/accounts/lab-main",
        json!({"provider": "lab", "key": CANARY}),
    )
    .await;
    assert_eq!(
        rig.call("DELETE", "/admin/accounts/lab-main", None)
            .await
            .status
            .as_u16(),
        204
    );
    assert_eq!(rig.config_text(), CONFIG);
    let again = rig
        .put("/admin/accounts/lab-main", json!({"provider": "lab"}))
        .await;
    assert_eq!(again["key"]["set"], json!(false));
}

/// Gives and takes keys, and forgets none while it is locked.
#[derive(Default)]
struct Lockable {
    keys: InMemory,
    is_locked: AtomicBool,
}

impl SecretStore for Lockable {
    fn get(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        self.keys.get(account)
    }

    fn put(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        self.keys.put(account, secret)
    }

    fn remove(&self, account: &str) -> Result<(), SecretError> {
        if self.is_locked.load(Ordering::Relaxed) {
            return Err(SecretError::Locked);
        }
        self.keys.remove(account)
    }

    fn status(&self) -> SecretStatus {
        self.keys.status()
    }
}

#[tokio::test]
async fn what_a_locked_keychain_holds_stays_to_be_removed() {
    let keychain = Arc::new(Lockable::default());
    let rig = Rig::with_keychain(CONFIG, Arc::<Lockable>::clone(&keychain));
    let path = "/admin/accounts/openai-main";
    rig.put(&format!("{path}/key"), json!({"key": CANARY}))
        .await;
    for path in [path, "/admin/providers/openai?force=true"] {
        keychain.is_locked.store(true, Ordering::Relaxed);
        let refusal = rig.refusal("DELETE", path, None).await;
        assert_eq!(
            refusal,
            "503 keychain - | The keychain is locked. Unlock it and try again."
        );
        assert_eq!(rig.config_text(), CONFIG);
        assert!(keychain.get("openai-main").unwrap().is_some());
    }
    keychain.is_locked.store(false, Ordering::Relaxed);
    let removed = rig.call("DELETE", path, None).await;
    assert_eq!(removed.status.as_u16(), 204);
    assert!(keychain.get("openai-main").unwrap().is_none());
}

#[tokio::test]
async fn a_key_that_moves_to_a_variable_leaves_the_keychain() {
    let rig = Rig::new(CONFIG);
    let source = |kind: Value| json!({"provider": "openai", "key_source": kind});
    rig.put("/admin/accounts/openai-main/key", json!({"key": CANARY}))
        .await;
    let moved = rig
        .put(
            "/admin/accounts/openai-main",
            source(json!({"kind": "environment", "name": "CI_KEY"})),
        )
        .await;
    assert_eq!(
        moved["key"],
        json!({"source": {"kind": "environment", "name": "CI_KEY"}, "set": true, "last_four": "cdef", "problem": null, "wording": null})
    );
    let back = rig
        .put(
            "/admin/accounts/openai-main",
            source(json!({"kind": "keychain"})),
        )
        .await;
    assert_eq!(back["key"]["set"], json!(false));
    // Back and forth, the file is what it was.
    assert_eq!(rig.config_text(), CONFIG);
}

#[tokio::test]
async fn bad_input_is_refused_and_never_repeated() {
    let rig = Rig::new(CONFIG);
    let mut seen = Vec::new();
    for (path, body) in [
        ("openai-main/key", json!({"key": ""})),
        (
            "openai-main/key",
            json!({"key": format!("{CANARY} {CANARY}")}),
        ),
        ("openai-main/key", json!({"key": format!("{CANARY}é")})),
        ("openai-main/key", json!({"key": CANARY.repeat(2000)})),
        ("openai-main/key", json!({"key": [CANARY]})),
        ("openai-main/key", json!({"key": {CANARY: 1}})),
        ("openai-main/key", json!({"kee": CANARY})),
        ("openai-main/key", json!(CANARY)),
        ("openai-ci/key", json!({"key": CANARY})),
        ("nobody/key", json!({"key": CANARY})),
        ("new", json!({"provider": "nobody", "key": CANARY})),
        ("new", json!({"provider": "echo", "key": CANARY})),
        ("openai-main", json!({"provider": "lab", "key": CANARY})),
        ("openai-ci", json!({"provider": "openai", "key": CANARY})),
        ("a%20b", json!({"provider": "openai", "key": CANARY})),
        (
            "new",
            json!({"provider": "openai", "key_source": {"kind": "environment", "name": "A B"}}),
        ),
        (
            "new",
            json!({"provider": "openai", "key_source": {"kind": CANARY}}),
        ),
    ] {
        let refusal = rig
            .refusal("PUT", &format!("/admin/accounts/{path}"), Some(body))
            .await;
        seen.push(format!("{path}: {refusal}"));
    }
    seen.push(
        rig.refusal("DELETE", "/admin/accounts/openai-ci/key", None)
            .await,
    );
    let seen = seen.join("\n");
    assert!(!seen.contains(CANARY), "{seen}");
    insta::assert_snapshot!(seen);
    assert_eq!(rig.config_text(), CONFIG);
}

#[tokio::test]
async fn a_key_is_in_no_answer_and_in_no_file() {
    let rig = Rig::new(CONFIG);
    let mut answers = String::new();
    let keyed = json!({"provider": "openai", "key": CANARY});
    for (method, path, body) in [
        ("PUT", "/admin/accounts/extra", Some(keyed)),
        (
            "PUT",
            "/admin/accounts/openai-main/key",
            Some(json!({"key": CANARY})),
        ),
        ("GET", "/admin/status", None),
        ("GET", "/admin/overview", None),
        ("GET", "/admin/providers", None),
        ("GET", "/admin/aliases", None),
        ("GET", "/admin/models", None),
        ("GET", "/admin/route?model=fast", None),
        ("GET", "/admin/exchanges", None),
        ("GET", "/admin/settings", None),
        ("POST", "/admin/providers/lab/test", None),
        ("POST", "/admin/providers/lab/test?account=extra", None),
    ] {
        answers.push_str(&rig.call(method, path, body).await.text);
    }
    assert!(!answers.contains(CANARY), "{answers}");
    let disk = rig.everything_on_disk().await;
    let canary = CANARY.as_bytes();
    assert!(!disk.windows(canary.len()).any(|bytes| bytes == canary));
    // The search itself works.
    assert!(disk.windows(11).any(|bytes| bytes == b"openai-main"));
}
