//! The table of aliases is replaced as a whole; the file keeps what a person wrote.

use serde_json::json;

use crate::admin::rig::{CONFIG, Rig};

#[tokio::test]
async fn the_same_table_changes_nothing_in_the_file() {
    let rig = Rig::new(CONFIG);
    let table = rig.get("/admin/aliases").await;
    assert_eq!(
        table,
        json!({"default_model": null, "aliases": [
            {"name": "fast", "targets": ["openai/gpt-4o-mini", "echo/echo"]},
            {"name": "gpt-*", "targets": ["openai/gpt-*"]},
        ]})
    );
    assert_eq!(rig.put("/admin/aliases", table.clone()).await, table);
    assert_eq!(rig.config_text(), CONFIG);
}

#[tokio::test]
async fn a_changed_table_keeps_comments_and_order() {
    let rig = Rig::new(CONFIG);
    let table = json!({"default_model": "fast", "aliases": [
        {"name": "gpt-*", "targets": ["openai/gpt-*"]},
        {"name": "new", "targets": ["fast", "lab/x"]},
        {"name": "fast", "targets": ["echo/echo", "openai/gpt-4o-mini"]},
    ]});
    assert_eq!(rig.put("/admin/aliases", table.clone()).await, table);
    assert_eq!(rig.get("/admin/aliases").await, table);
    insta::assert_snapshot!(rig.config_text());
}

#[tokio::test]
async fn a_bad_table_names_the_place() {
    let rig = Rig::new(CONFIG);
    let alias = |name: &str, targets: &[&str]| json!({"name": name, "targets": targets});
    let mut seen = Vec::new();
    for table in [
        json!({"aliases": [alias("a", &["echo/echo"]), alias(" ", &["echo/echo"])]}),
        json!({"aliases": [alias("a", &["echo/echo"]), alias("a", &["echo/echo"])]}),
        json!({"aliases": [alias("a", &[])]}),
        json!({"aliases": [alias("a", &["echo/echo"]), alias("b", &["echo/echo", "nobody"])]}),
        json!({"aliases": [alias("a", &["nothing"])]}),
        json!({"aliases": [alias("a", &["openai/"])]}),
        json!({"aliases": [alias("a", &["b"]), alias("b", &["a"])]}),
        json!({"aliases": [alias("a", &["openai/*"])]}),
        json!({"default_model": "nothing", "aliases": []}),
    ] {
        let refusal = rig.refusal("PUT", "/admin/aliases", Some(table)).await;
        seen.push(refusal);
    }
    insta::assert_snapshot!(seen.join("\n"));
    assert_eq!(rig.config_text(), CONFIG);
}

#[tokio::test]
async fn presets_have_targets_without_a_provider() {
    let presets = Rig::new(CONFIG).get("/admin/alias-presets").await;
    assert_eq!(
        presets[0]["aliases"][4],
        json!({"name": "gpt-4o", "targets": ["claude-sonnet-4.5"]})
    );
}

#[tokio::test]
async fn the_dry_run_says_where_and_why() {
    let rig = Rig::new(CONFIG);
    insta::assert_json_snapshot!([
        rig.get("/admin/route?model=fast&protocol=anthropic").await,
        rig.get("/admin/route?model=gpt-5").await,
        rig.get("/admin/route?model=nothing").await,
    ]);
    assert_eq!(
        rig.refusal("GET", "/admin/route?model=fast&protocol=morse", None)
            .await,
        "400 invalid protocol | No client of this version speaks `morse`."
    );
}

#[tokio::test]
async fn the_dry_run_says_which_alias_leads_nowhere_and_why() {
    let rig = Rig::new("version = 1\n[[aliases]]\nname = \"lost\"\ntargets = [\"gone/m\"]\n");
    let report = rig.get("/admin/route?model=lost").await;
    assert_eq!(report["alias"], "lost");
    assert_eq!(report["reasons"][0]["code"], "exact_alias");
    assert_eq!(report["reasons"][1]["code"], "no_provider");
    assert_eq!(report["reasons"].as_array().unwrap().len(), 2);
}
