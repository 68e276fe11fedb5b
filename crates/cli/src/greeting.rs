//! What the server says when it is ready: for people first, then one line for scripts.

use std::{
    env,
    io::{self, Write},
    path::Path,
};

use store::{Config, Environment, config::AccessKeySource};

/// Stands for a key of which only the hash is known.
const OWN_KEY: &str = "YOUR_ACCESS_KEY";

/// What there is to tell.
pub(crate) struct Greeting<'a> {
    pub(crate) address: &'a str,
    /// What this program is called in the shell that it runs in.
    pub(crate) program: &'a str,
    pub(crate) sign_in_link: Option<&'a str>,
    /// What a client passes as its key, in a shell's words; `None` while none is needed.
    pub(crate) access_key: Option<&'a str>,
    pub(crate) notices: &'a [String],
}

impl Greeting<'_> {
    pub(crate) fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        self.write(&mut out)?;
        out.flush()
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let address = self.address;
        let key = self.access_key.map_or_else(String::new, |key| {
            format!(" -H \"Authorization: Bearer {key}\"")
        });
        writeln!(out, "Patchbay listens on http://{address}")?;
        writeln!(out)?;
        writeln!(out, "  OpenAI clients     http://{address}/v1")?;
        writeln!(out, "  Anthropic clients  http://{address}")?;
        if let Some(link) = self.sign_in_link {
            writeln!(
                out,
                "  In the browser     {link}  (signs in once; `{} sign-in` prints another)",
                self.program
            )?;
        }
        writeln!(out)?;
        writeln!(
            out,
            "  curl http://{address}/v1/chat/completions{key} -H 'Content-Type: application/json' -d '{{\"model\":\"echo/echo\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'"
        )?;
        writeln!(out)?;
        for notice in self.notices {
            writeln!(out, "  {notice}")?;
        }
        writeln!(out, "ready http://{address}")
    }
}

/// What to type to run this program again: a newcomer's is not where the shell looks for programs.
pub(crate) fn program() -> String {
    let called = env::args_os().next().unwrap_or_else(|| "patchbay".into());
    match env::current_dir() {
        Ok(folder) => seen_from(&folder, Path::new(&called)),
        Err(_) => called.to_string_lossy().into_owned(),
    }
}

/// Below `folder` a program has a short name, but never one without a folder: that is looked for elsewhere.
fn seen_from(folder: &Path, called: &Path) -> String {
    let below = called.strip_prefix(folder).ok();
    let short = below.filter(|path| path.components().count() > 1);
    short.unwrap_or(called).display().to_string()
}

/// The first access key that a shell can name, at best one whose variable is set.
pub(crate) fn access_key_word(config: &Config, environment: &Environment) -> Option<String> {
    let variables = || {
        config.access_keys.iter().filter_map(|key| match &key.key {
            AccessKeySource::Env(name) => Some(name),
            AccessKeySource::Hash(_) => None,
        })
    };
    let is_set = |name: &&String| environment.variable(name).is_some();
    match variables().find(is_set).or_else(|| variables().next()) {
        Some(name) => Some(format!("${name}")),
        None if config.access_keys.is_empty() => None,
        None => Some(OWN_KEY.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_one_that_the_shell_knows() {
        let hash = format!(
            "[[access_keys]]\nname = 'h'\nhash = 'sha256:{}'\n",
            "0".repeat(64)
        );
        let env =
            |name: &str| format!("[[access_keys]]\nname = '{name}'\nkey = {{ env = '{name}' }}\n");
        let environment = Environment::fixed([("SET", "x")]);
        for (keys, word) in [
            (String::new(), None),
            (hash.clone(), Some("YOUR_ACCESS_KEY")),
            (hash.clone() + &env("PBK"), Some("$PBK")),
            (env("PBK") + &env("OTHER") + &hash, Some("$PBK")),
            (env("PBK") + &env("SET"), Some("$SET")),
        ] {
            let config = Config::parse(&format!("version = 1\n{keys}")).unwrap();
            assert_eq!(access_key_word(&config, &environment).as_deref(), word);
        }
    }

    #[test]
    fn the_last_line_is_for_scripts() {
        let greeting = Greeting {
            address: "127.0.0.1:7229",
            program: "target/debug/patchbay",
            sign_in_link: Some("http://127.0.0.1:7229/admin/sign-in?token=x"),
            access_key: Some("$PBK"),
            notices: &["Keys are kept in memory.".to_owned()],
        };
        let mut out = Vec::new();
        greeting.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().last(), Some("ready http://127.0.0.1:7229"));
        assert!(text.contains("Bearer $PBK\""));
        assert!(text.contains("`target/debug/patchbay sign-in`"));
    }

    #[test]
    fn the_program_is_called_what_a_shell_here_finds() {
        for (called, name) in [
            ("patchbay", "patchbay"),
            ("/repo/target/debug/patchbay", "target/debug/patchbay"),
            ("/repo/patchbay", "/repo/patchbay"),
            ("/usr/bin/patchbay", "/usr/bin/patchbay"),
        ] {
            assert_eq!(seen_from(Path::new("/repo"), Path::new(called)), name);
        }
    }
}
