//! The documented configuration is one that is read, with every key there is and the defaults it claims.

use store::config::{Config, Log, Provider, Requests, Timeouts};

const PAGE: &str = include_str!("../../../docs/configuration.md");
/// Every key, as serde sees it.
const KEYS: &str = include_str!("../src/config/file.rs");

fn example() -> &'static str {
    let behind = PAGE.split_once("```toml\n").map(|(_, behind)| behind);
    let example = behind.and_then(|text| text.split_once("```"));
    example.map_or("", |(example, _)| example)
}

#[test]
fn the_example_holds_every_key_and_the_defaults() {
    let config = Config::parse(example()).unwrap();
    assert_eq!(config.log, Log::default());
    assert_eq!(config.requests, Requests::default());
    let provider = config.provider("openai").unwrap();
    assert_eq!(provider.timeouts, Timeouts::default());
    assert_eq!(provider.retries, store::config::DEFAULT_RETRIES);
    assert_eq!(Provider::echo().retries, 0);

    let fields = KEYS.lines().filter_map(|line| {
        let field = line.trim().strip_prefix("pub(super) ")?;
        Some(field.split_once(':')?.0)
    });
    let mut count = 0;
    for field in fields {
        let said = [format!("{field} ="), format!("[{field}]")];
        assert!(said.iter().any(|said| example().contains(said)), "{field}");
        count += 1;
    }
    assert!(count > 25, "{count}");
}
