//! The names of well-known clients, by what they say of themselves.

use store::exchanges::Word;

/// Our own page, which cannot name itself in a browser.
pub(crate) const PLAYGROUND: &str = "Playground";

/// The beginning of a user agent, and the client's name.
const CLIENTS: [(&str, &str); 29] = [
    ("claude-cli/", "Claude Code"),
    ("claude-code/", "Claude Code"),
    ("codex_", "Codex"),
    ("GeminiCLI/", "Gemini CLI"),
    ("opencode/", "OpenCode"),
    ("Cursor/", "Cursor"),
    ("Zed/", "Zed"),
    ("Cline/", "Cline"),
    ("RooCode/", "Roo Code"),
    ("Kilo-Code/", "Kilo Code"),
    ("Continue/", "Continue"),
    ("GitHubCopilot", "GitHub Copilot"),
    ("aider/", "Aider"),
    ("litellm/", "LiteLLM"),
    ("OpenAI/Python", "OpenAI Python"),
    ("AsyncOpenAI/Python", "OpenAI Python"),
    ("OpenAI/JS", "OpenAI TypeScript"),
    ("OpenAI/Go", "OpenAI Go"),
    ("OpenAI/Java", "OpenAI Java"),
    ("Anthropic/Python", "Anthropic Python"),
    ("AsyncAnthropic/Python", "Anthropic Python"),
    ("Anthropic/JS", "Anthropic TypeScript"),
    ("Anthropic/Go", "Anthropic Go"),
    ("ai-sdk/", "AI SDK"),
    ("curl/", "curl"),
    ("python-requests/", "Python requests"),
    ("python-httpx/", "Python httpx"),
    ("node", "Node.js"),
    ("Mozilla/", "Browser"),
];

/// Longer words are not a name.
const MAX_NAME: usize = 40;

/// A client's name for the log; a stranger's is the first word it says.
pub(crate) fn name(user_agent: &str) -> Option<Word> {
    let known = CLIENTS
        .iter()
        .find(|(start, _)| user_agent.starts_with(start));
    if let Some((_, name)) = known {
        return Some((*name).into());
    }
    let word = user_agent.split(['/', ' ', '(']).next()?;
    (!word.is_empty() && word.len() <= MAX_NAME).then(|| word.to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_usual_ones_and_takes_the_first_word_of_others() {
        for (user_agent, expected) in [
            ("claude-cli/2.1.0 (external, cli)", Some("Claude Code")),
            ("OpenAI/Python 3.54.0", Some("OpenAI Python")),
            ("Anthropic/JS 1.12.0", Some("Anthropic TypeScript")),
            ("curl/8.5.0", Some("curl")),
            ("MyTool/1.0", Some("MyTool")),
            ("", None),
        ] {
            assert_eq!(name(user_agent).as_deref(), expected, "{user_agent}");
        }
    }
}
