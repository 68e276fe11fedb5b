//! The rules: from the file's text to a [`Config`] in which everything is usable.

use std::{collections::HashSet, net::SocketAddr, ops::Range, time::Duration};

use toml::Spanned;

use super::{
    AccessKey, AccessKeySource, Account, Alias, BodiesKept, Config, ConfigError, DEFAULT_RETRIES,
    ECHO, KeyDigest, KeySource, Listen, Log, Provider, ProviderProtocol, Timeouts, duration,
    file::{
        AccessKeyTable, AccountTable, AliasTable, ConfigFile, KeyForms, ListenTable, LogTable,
        ProviderTable, TimeoutsTable,
    },
    references,
};

type Result<T> = std::result::Result<T, ConfigError>;

/// Finds the first problem in file order of the concerns, or none.
pub(super) fn check(text: &str) -> Result<Config> {
    let check = Check { text };
    let file = check.read()?;
    let providers = check.providers(&file.providers)?;
    let config = Config {
        listen: check.listen(&file.listen)?,
        access_keys: check.access_keys(&file.access_keys)?,
        default_model: file
            .default_model
            .as_ref()
            .map(|name| name.get_ref().clone()),
        accounts: check.accounts(&file.accounts, &providers)?,
        aliases: check.aliases(&file.aliases)?,
        log: check.log(&file.log)?,
        providers,
    };
    references::check(&check, &config, &file)?;
    Ok(config)
}

/// Carries the text, to turn a place in it into line and column.
pub(super) struct Check<'a> {
    text: &'a str,
}

impl Check<'_> {
    pub(super) fn fail<T>(&self, span: Range<usize>, message: impl Into<String>) -> Result<T> {
        Err(ConfigError::at(self.text, &span, message))
    }

    fn read(&self) -> Result<ConfigFile> {
        let file: ConfigFile = toml::from_str(self.text).map_err(|error| {
            let message = sentence(error.message());
            match error.span() {
                // A key that is missing at the top has the whole file for its place.
                Some(span) if span.start == 0 && span.end >= self.text.len() => {
                    ConfigError::at(self.text, &(0..0), message)
                }
                Some(span) => ConfigError::at(self.text, &span, message),
                None => ConfigError::nowhere(message),
            }
        })?;
        if *file.version.get_ref() != 1 {
            let message = "`version` is not one this Patchbay knows. Write `version = 1`.";
            return self.fail(file.version.span(), message);
        }
        Ok(file)
    }

    fn listen(&self, table: &ListenTable) -> Result<Listen> {
        let mut listen = Listen::default();
        if let Some(text) = &table.address {
            let Ok(address) = text.get_ref().parse::<SocketAddr>() else {
                let message = "`address` must be an IP address and a port, such as \"127.0.0.1:7229\" or \"[::1]:7229\".";
                return self.fail(text.span(), message);
            };
            if !address.ip().is_loopback() {
                let message = "`address` must be on this computer only: write 127.0.0.1 or [::1] and a port. Patchbay does not serve the network.";
                return self.fail(text.span(), message);
            }
            listen.address = address;
        }
        for origin in &table.allowed_origins {
            if !is_origin(origin.get_ref()) {
                let message = "An entry of `allowed_origins` is a scheme and a host without a path, such as \"http://localhost:3000\" or \"vscode-webview://*\".";
                return self.fail(origin.span(), message);
            }
            listen.allowed_origins.push(origin.get_ref().clone());
        }
        Ok(listen)
    }

    fn access_keys(&self, tables: &[Spanned<AccessKeyTable>]) -> Result<Vec<AccessKey>> {
        let mut names = HashSet::new();
        let key = |spanned: &Spanned<AccessKeyTable>| {
            let table = spanned.get_ref();
            self.text_of("name", &table.name)?;
            self.once("an access key", &table.name, &mut names)?;
            Ok(AccessKey {
                name: table.name.get_ref().clone(),
                key: self.access_key_source(spanned)?,
            })
        };
        tables.iter().map(key).collect()
    }

    fn access_key_source(&self, spanned: &Spanned<AccessKeyTable>) -> Result<AccessKeySource> {
        let table = spanned.get_ref();
        let inner = table.key.as_ref();
        let hash_in_key = inner.and_then(|forms| forms.hash.as_ref());
        match (inner.and_then(|forms| forms.env.as_ref()), table.hash.as_ref(), hash_in_key) {
            (Some(env), None, None) => Ok(AccessKeySource::Env(self.variable(env)?)),
            (None, Some(hash), None) | (None, None, Some(hash)) => {
                match hash.get_ref().parse::<KeyDigest>() {
                    Ok(digest) => Ok(AccessKeySource::Hash(digest)),
                    Err(error) => self.fail(hash.span(), error.to_string()),
                }
            }
            (None, None, None) => self.fail(
                table.name.span(),
                "This access key has no key. Write `key = { env = \"NAME\" }` or `hash = \"sha256:...\"`.",
            ),
            _ => self.fail(
                table.name.span(),
                "This access key has more than one key. Keep either `key = { env = \"NAME\" }` or `hash = \"sha256:...\"`.",
            ),
        }
    }

    fn providers(&self, tables: &[Spanned<ProviderTable>]) -> Result<Vec<Provider>> {
        let mut ids = HashSet::new();
        let mut providers = Vec::with_capacity(tables.len() + 1);
        for spanned in tables {
            let table = spanned.get_ref();
            self.id(&table.id)?;
            if table.id.get_ref() == ECHO {
                let message =
                    "The provider `echo` is built in and always there. Choose another `id`.";
                return self.fail(table.id.span(), message);
            }
            self.once("a provider", &table.id, &mut ids)?;
            providers.push(self.provider(table)?);
        }
        providers.push(Provider::echo());
        Ok(providers)
    }

    fn provider(&self, table: &ProviderTable) -> Result<Provider> {
        let protocol = match table.protocol.get_ref().parse::<ProviderProtocol>() {
            Ok(protocol) => protocol,
            Err(error) => return self.fail(table.protocol.span(), error.to_string()),
        };
        let base_url = match &table.base_url {
            Some(url) => self.base_url(url)?,
            None if protocol == ProviderProtocol::Echo => String::new(),
            None => {
                let message = "This provider has no `base_url`. Write the address its requests go to, such as `base_url = \"https://api.example.com/v1\"`.";
                return self.fail(table.id.span(), message);
            }
        };
        for (name, value) in &table.headers {
            self.header(name, value)?;
        }
        Ok(Provider {
            id: table.id.get_ref().clone(),
            name: table.name.clone(),
            protocol,
            base_url,
            timeouts: self.timeouts(&table.timeouts)?,
            retries: self.number("retries", table.retries.as_ref(), DEFAULT_RETRIES, 0..=10)?,
            headers: table
                .headers
                .iter()
                .map(|(name, value)| (name.get_ref().clone(), value.get_ref().clone()))
                .collect(),
        })
    }

    fn base_url(&self, text: &Spanned<String>) -> Result<String> {
        let example = "Write an http or https address, such as \"https://api.example.com/v1\"";
        let Ok(url) = url::Url::parse(text.get_ref()) else {
            return self.fail(
                text.span(),
                format!("`base_url` is not an address. {example}."),
            );
        };
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return self.fail(
                text.span(),
                format!("`base_url` must be http or https. {example}."),
            );
        }
        if !url.username().is_empty() || url.password().is_some() {
            let message = "`base_url` must hold no name or password. A key belongs to an account.";
            return self.fail(text.span(), message);
        }
        if url.query().is_some() || url.fragment().is_some() {
            let message = format!("`base_url` must end before any `?` or `#`. {example}.");
            return self.fail(text.span(), message);
        }
        Ok(text.get_ref().trim_end_matches('/').to_owned())
    }

    fn header(&self, name: &Spanned<String>, value: &Spanned<String>) -> Result<()> {
        let word = name.get_ref();
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if word.is_empty() || !word.bytes().all(is_token) {
            return self.fail(
                name.span(),
                format!("`{word}` is not the name of a header."),
            );
        }
        if crate::redact::is_secret_header(word) {
            let message = format!(
                "`{word}` carries a credential, and the config holds none. Give the provider an account with a key."
            );
            return self.fail(name.span(), message);
        }
        if !value
            .get_ref()
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte))
        {
            let message = format!("The value of the header `{word}` must be plain ASCII text.");
            return self.fail(value.span(), message);
        }
        Ok(())
    }

    fn timeouts(&self, table: &TimeoutsTable) -> Result<Timeouts> {
        let defaults = Timeouts::default();
        Ok(Timeouts {
            connect: self.duration("connect", table.connect.as_ref(), defaults.connect)?,
            headers: self.duration("headers", table.headers.as_ref(), defaults.headers)?,
            idle: self.duration("idle", table.idle.as_ref(), defaults.idle)?,
        })
    }

    fn accounts(&self, tables: &[AccountTable], providers: &[Provider]) -> Result<Vec<Account>> {
        let mut ids = HashSet::new();
        let account = |table: &AccountTable| {
            self.id(&table.id)?;
            self.once("an account", &table.id, &mut ids)?;
            let provider = table.provider.get_ref();
            if !providers.iter().any(|known| known.id == *provider) {
                let message = format!(
                    "There is no provider `{provider}`. Add a `[[providers]]` entry with this `id`, or write the id of one that is there: {}.",
                    providers
                        .iter()
                        .map(|known| known.id.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                );
                return self.fail(table.provider.span(), message);
            }
            Ok(Account {
                id: table.id.get_ref().clone(),
                provider: provider.clone(),
                key: self.key_source(&table.key)?,
            })
        };
        tables.iter().map(account).collect()
    }

    fn key_source(&self, forms: &Spanned<KeyForms>) -> Result<KeySource> {
        let choices =
            "Write one of `{ env = \"NAME\" }`, `{ keychain = true }`, `{ file = \"...\" }`.";
        let KeyForms {
            env,
            file,
            keychain,
        } = forms.get_ref();
        match (env, file, keychain) {
            (Some(env), None, None) => Ok(KeySource::Env(self.variable(env)?)),
            (None, Some(file), None) => {
                self.text_of("file", file)?;
                Ok(KeySource::File(file.get_ref().into()))
            }
            (None, None, Some(keychain)) if *keychain.get_ref() => Ok(KeySource::Keychain),
            (None, None, Some(keychain)) => self.fail(
                keychain.span(),
                format!("`keychain` can only be true. {choices}"),
            ),
            (None, None, None) => self.fail(
                forms.span(),
                format!("`key` does not say where the key is. {choices}"),
            ),
            _ => self.fail(
                forms.span(),
                format!("`key` names more than one place. {choices}"),
            ),
        }
    }

    fn aliases(&self, tables: &[AliasTable]) -> Result<Vec<Alias>> {
        let mut names = HashSet::new();
        let alias = |table: &AliasTable| {
            self.text_of("name", &table.name)?;
            self.once("an alias", &table.name, &mut names)?;
            if table.targets.get_ref().is_empty() {
                let message =
                    "`targets` is empty. Write at least one, such as `targets = [\"echo/echo\"]`.";
                return self.fail(table.targets.span(), message);
            }
            Ok(Alias {
                name: table.name.get_ref().clone(),
                targets: table
                    .targets
                    .get_ref()
                    .iter()
                    .map(|target| target.get_ref().clone())
                    .collect(),
            })
        };
        tables.iter().map(alias).collect()
    }

    fn log(&self, table: &LogTable) -> Result<Log> {
        let defaults = Log::default();
        let bodies = match &table.bodies {
            None => defaults.bodies,
            Some(word) => match word.get_ref().as_str() {
                "all" => BodiesKept::All,
                "errors" => BodiesKept::Errors,
                "off" => BodiesKept::Off,
                _ => {
                    let message = "`bodies` must be \"all\", \"errors\" or \"off\".";
                    return self.fail(word.span(), message);
                }
            },
        };
        let max_body = u32::try_from(defaults.max_body_bytes).unwrap_or(u32::MAX);
        let max_body = self.number(
            "max_body_bytes",
            table.max_body_bytes.as_ref(),
            max_body,
            0..=1 << 30,
        )?;
        Ok(Log {
            bodies,
            max_body_bytes: max_body as usize,
            keep_days: self.number(
                "keep_days",
                table.keep_days.as_ref(),
                defaults.keep_days,
                1..=36_500,
            )?,
            max_megabytes: self.number(
                "max_megabytes",
                table.max_megabytes.as_ref(),
                defaults.max_megabytes,
                1..=1_048_576,
            )?,
        })
    }

    fn number(
        &self,
        key: &str,
        value: Option<&Spanned<i64>>,
        default: u32,
        allowed: std::ops::RangeInclusive<u32>,
    ) -> Result<u32> {
        let Some(value) = value else {
            return Ok(default);
        };
        match u32::try_from(*value.get_ref()) {
            Ok(number) if allowed.contains(&number) => Ok(number),
            _ => {
                let (low, high) = allowed.into_inner();
                self.fail(
                    value.span(),
                    format!("`{key}` must be between {low} and {high}."),
                )
            }
        }
    }

    fn duration(
        &self,
        key: &str,
        value: Option<&Spanned<String>>,
        default: Duration,
    ) -> Result<Duration> {
        let Some(text) = value else {
            return Ok(default);
        };
        match duration::parse(text.get_ref()) {
            Some(duration) => Ok(duration),
            None => self.fail(
                text.span(),
                format!("`{key}` must be a duration such as \"500ms\", \"10s\" or \"2m\": more than zero, at most a day."),
            ),
        }
    }

    fn variable(&self, name: &Spanned<String>) -> Result<String> {
        let text = name.get_ref();
        if text.is_empty() || text.contains(['=', '\0']) || text.contains(char::is_whitespace) {
            let message =
                "`env` must be the name of an environment variable, such as \"OPENAI_API_KEY\".";
            return self.fail(name.span(), message);
        }
        Ok(text.clone())
    }

    fn id(&self, id: &Spanned<String>) -> Result<()> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        let text = id.get_ref();
        if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) {
            let message =
                "`id` must be 1 to 64 characters out of letters, digits, `-`, `_`, `.` and `@`.";
            return self.fail(id.span(), message);
        }
        Ok(())
    }

    fn text_of(&self, key: &str, value: &Spanned<String>) -> Result<()> {
        if value.get_ref().trim().is_empty() {
            return self.fail(value.span(), format!("`{key}` is empty."));
        }
        Ok(())
    }

    fn once(&self, what: &str, name: &Spanned<String>, seen: &mut HashSet<String>) -> Result<()> {
        if seen.insert(name.get_ref().clone()) {
            return Ok(());
        }
        let message = format!(
            "There is already {what} `{}`. Choose another name.",
            name.get_ref()
        );
        self.fail(name.span(), message)
    }
}

fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', ' '])
    })
}

/// The parser's words as a sentence: one line, a capital, a full stop.
fn sentence(message: &str) -> String {
    let line = message.trim().replace('\n', ", ");
    let mut letters = line.chars();
    let capital = letters.next().map(|first| first.to_uppercase().to_string());
    format!(
        "{}{}.",
        capital.unwrap_or_default(),
        letters.as_str().trim_end_matches('.')
    )
}
