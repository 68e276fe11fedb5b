//! Which name leads where.

use store::Config;

use super::*;

const CONFIG: &str = r#"
version = 1
default_model = "fast"
[[providers]]
id = "openai"
protocol = "openai_chat"
base_url = "http://127.0.0.1:9001/v1"
[[providers]]
id = "anthropic"
protocol = "anthropic"
base_url = "http://127.0.0.1:9002"
[[accounts]]
id = "first"
provider = "openai"
key = { env = "FIRST" }
[[accounts]]
id = "second"
provider = "openai"
key = { env = "SECOND" }
[[aliases]]
name = "gpt-4o"
targets = ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5"]
[[aliases]]
name = "fast"
targets = ["gpt-4o"]
[[aliases]]
name = "claude-*"
targets = ["anthropic/claude-*"]
[[aliases]]
name = "c*"
targets = ["openai/never"]
"#;

fn targets(config: &Config, name: Option<&str>) -> Result<Vec<String>, ApiError> {
    let models = ModelLists::default();
    route(config, &models, name).map(|route| {
        let word = |target: &Target<'_>| {
            let account = target.account.map_or("-", |account| account.id.as_str());
            format!("{account}@{}/{}", target.provider.id, target.model)
        };
        route.targets.iter().map(word).collect()
    })
}

#[test]
fn names_lead_in_order_of_exactness() {
    let config = Config::parse(CONFIG).unwrap();
    for (name, expected) in [
        (
            "gpt-4o",
            vec![
                "first@openai/gpt-4o-mini",
                "second@openai/gpt-4o-mini",
                "-@anthropic/claude-sonnet-4-5",
            ],
        ),
        (
            "fast",
            vec![
                "first@openai/gpt-4o-mini",
                "second@openai/gpt-4o-mini",
                "-@anthropic/claude-sonnet-4-5",
            ],
        ),
        ("claude-opus-5", vec!["-@anthropic/claude-opus-5"]),
        ("anthropic/x/y", vec!["-@anthropic/x/y"]),
        ("echo/echo", vec!["-@echo/echo"]),
    ] {
        assert_eq!(targets(&config, Some(name)).unwrap(), expected, "{name}");
    }
    assert_eq!(
        targets(&config, None).unwrap(),
        targets(&config, Some("fast")).unwrap()
    );
}

#[test]
fn unknown_names_say_what_there_is() {
    let config = Config::parse(CONFIG).unwrap();
    let error = targets(&config, Some("llama")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(
        error.message,
        "No model is called `llama` here. Ask for `gpt-4o`, `fast`, `openai/…`, `anthropic/…`, `echo/echo`, or make an alias for this name. `GET /v1/models` lists what there is."
    );
    let nothing = Config::default();
    assert_eq!(
        targets(&nothing, None).unwrap_err().message,
        "The request names no model, and there is no default model. Add a provider first; until then `echo/echo` answers offline."
    );
}

#[test]
fn a_single_provider_is_asked_for_any_name() {
    let config = Config::parse(
        "version = 1\n[[providers]]\nid = \"local\"\nprotocol = \"openai_chat\"\nbase_url = \"http://127.0.0.1:8080\"\n",
    )
    .unwrap();
    assert_eq!(targets(&config, Some("gemma")).unwrap(), ["-@local/gemma"]);
}

#[test]
fn a_target_without_its_provider_is_left_out_and_said() {
    let text = CONFIG.replace(
        "\"fast\"\ntargets = [\"gpt-4o\"]",
        "\"fast\"\ntargets = [\"gone/m\", \"openai/n\"]",
    ) + "[[aliases]]\nname = \"lost\"\ntargets = [\"gone/m\"]\n[[aliases]]\nname = \"further\"\ntargets = [\"lost\"]\n";
    let config = Config::parse(&text).unwrap();
    assert_eq!(
        targets(&config, Some("fast")).unwrap(),
        ["first@openai/n", "second@openai/n"]
    );
    for (name, said) in [
        (
            "lost",
            "leads to `gone/m`, and there is no provider `gone`.",
        ),
        (
            "further",
            "leads to `gone/m`, and there is no provider `gone`.",
        ),
    ] {
        let error = targets(&config, Some(name)).unwrap_err();
        assert_eq!(error.http_status(), 404);
        let alias = format!("The alias `{name}` {said}");
        assert!(error.message.starts_with(&alias), "{}", error.message);
    }
}
