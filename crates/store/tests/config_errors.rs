//! Every bad config says what is wrong, where, and what to write: one file, one sentence.

use store::Config;

#[test]
fn each_bad_file_has_its_sentence() {
    insta::glob!("../fixtures/config", "*.toml", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let error = Config::parse(&text).unwrap_err();
        let (line, column) = (error.line.unwrap(), error.column.unwrap());
        let shown = text.lines().nth(line - 1).unwrap_or_default();
        let seen = format!("{shown}\n{:>column$}\n{error}", "^");

        // Each snapshot stands beside its file, under its name.
        let mut settings = insta::Settings::clone_current();
        settings.remove_snapshot_suffix();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_snapshot_path("../fixtures/config");
        let name = path.file_stem().unwrap().to_str().unwrap();
        settings.bind(|| insta::assert_snapshot!(name, seen));
    });
}

#[test]
fn no_sentence_repeats_a_key_written_in_the_wrong_place() {
    for key in [
        r#"key = "sk-canary""#,
        r#"key = ["sk-canary"]"#,
        r#"key = { env = "sk-canary" }"#,
        r#"key = { keychain = "sk-canary" }"#,
        r#"key = { "value" = "sk-canary" }"#,
    ] {
        let account = format!("version = 1\n[[accounts]]\nid = 'a'\nprovider = 'echo'\n{key}");
        let access_key = format!("version = 1\n[[access_keys]]\nname = 'a'\n{key}");
        for text in [account, access_key] {
            let error = Config::parse(&text).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
