//! Typed changes to the config file's text. What a change is not about stays as a person wrote it:
//! comments, order, spacing, quotes.

mod comments;
mod entries;
mod list;
mod values;

use toml_edit::{DocumentMut, Item, Table, TableLike};

use self::{comments::FRONT, entries::Entries, values::Slot};
use super::{
    AccessKey, AccessKeySource, Account, Alias, Config, ConfigError, DEFAULT_RETRIES, KeySource,
    Listen, Log, Provider, Requests, Timeouts, duration,
};

/// A config text being changed. Nothing is checked here: the whole result is, before it is written.
pub struct Edit {
    document: DocumentMut,
    before: Config,
    /// Lines end as on Windows.
    has_crlf: bool,
}

impl Edit {
    pub(super) fn of(text: &str) -> Result<Self, ConfigError> {
        let has_crlf = 2 * text.matches("\r\n").count() > text.matches('\n').count();
        let text = &text.replace("\r\n", "\n");
        let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            let message = error.message().to_owned();
            match error.span() {
                Some(span) => ConfigError::at(text, &span, message),
                None => ConfigError::nowhere(message),
            }
        })?;
        if !document.contains_key("version") {
            document.insert("version", toml_edit::value(1));
        }
        Ok(Self {
            document,
            before: Config::parse(text).unwrap_or_default(),
            has_crlf,
        })
    }

    pub(super) fn into_text(self) -> String {
        let text = self.document.to_string();
        if self.has_crlf {
            text.replace('\n', "\r\n")
        } else {
            text
        }
    }

    /// What the text says without the change: it may be newer than what runs.
    pub fn before(&self) -> &Config {
        &self.before
    }

    pub fn put_listen(&mut self, listen: &Listen) {
        let default = Listen::default();
        let Some(table) = self.table("listen") else {
            return;
        };
        Slot::new(table, "address").put_unless(
            listen.address == default.address,
            listen.address.to_string(),
        );
        Slot::new(table, "allowed_origins").put_texts(
            &listen.allowed_origins,
            listen.allowed_origins == default.allowed_origins,
        );
    }

    pub fn put_log(&mut self, log: &Log) {
        let default = Log::default();
        let Some(table) = self.table("log") else {
            return;
        };
        Slot::new(table, "bodies").put_unless(log.bodies == default.bodies, log.bodies.word());
        let max_body_bytes = i64::try_from(log.max_body_bytes).unwrap_or(i64::MAX);
        Slot::new(table, "max_body_bytes")
            .put_unless(log.max_body_bytes == default.max_body_bytes, max_body_bytes);
        Slot::new(table, "keep_days")
            .put_unless(log.keep_days == default.keep_days, i64::from(log.keep_days));
        Slot::new(table, "max_megabytes").put_unless(
            log.max_megabytes == default.max_megabytes,
            i64::from(log.max_megabytes),
        );
    }

    pub fn put_requests(&mut self, requests: &Requests) {
        let default = Requests::default();
        let Some(table) = self.table("requests") else {
            return;
        };
        Slot::new(table, "parallel_choices").put_unless(
            requests.parallel_choices == default.parallel_choices,
            i64::from(requests.parallel_choices),
        );
        Slot::new(table, "fetch_images").put_unless(
            requests.fetch_images == default.fetch_images,
            requests.fetch_images,
        );
    }

    /// None takes it out.
    pub fn put_default_model(&mut self, model: Option<&str>) {
        let root = self.document.as_table_mut();
        let left = Slot::new(root, "default_model").put_option(model);
        comments::hand_on(&mut self.document, FRONT, &left);
    }

    /// Adds a provider, or changes the one with this id.
    pub fn put_provider(&mut self, provider: &Provider) {
        let Some(table) =
            Entries::new(&mut self.document, "providers").find_or_add("id", &provider.id)
        else {
            return;
        };
        let position = table.position();
        let left = Slot::new(table, "name").put_option(provider.name.as_deref());
        Slot::new(table, "protocol").put(provider.protocol.as_str());
        Slot::new(table, "base_url")
            .put_unless(provider.base_url.is_empty(), provider.base_url.as_str());
        put_timeouts(table, &provider.timeouts);
        Slot::new(table, "retries").put_unless(
            provider.retries == DEFAULT_RETRIES,
            i64::from(provider.retries),
        );
        if let Some(headers) = Slot::new(table, "headers").table_unless(provider.headers.is_empty())
        {
            for (name, value) in &provider.headers {
                Slot::new(headers, name).put(value.as_str());
            }
            for name in values::keys(headers) {
                if !provider.headers.contains_key(&name) {
                    headers.remove(&name);
                }
            }
        }
        comments::hand_on(&mut self.document, position.unwrap_or(isize::MAX), &left);
    }

    /// Whether there was one. Its accounts and the aliases that lead to it go by their own calls.
    pub fn remove_provider(&mut self, id: &str) -> bool {
        Entries::new(&mut self.document, "providers").remove("id", id)
    }

    /// Adds an account, or changes the one with this id.
    pub fn put_account(&mut self, account: &Account) {
        let Some(table) =
            Entries::new(&mut self.document, "accounts").find_or_add("id", &account.id)
        else {
            return;
        };
        Slot::new(table, "provider").put(account.provider.as_str());
        let Some(key) = Slot::new(table, "key").table_unless(false) else {
            return;
        };
        let (form, value) = match &account.key {
            KeySource::Env(name) => ("env", name.as_str().into()),
            KeySource::File(path) => ("file", path.to_string_lossy().as_ref().into()),
            KeySource::Keychain => ("keychain", toml_edit::Value::from(true)),
        };
        keep_only(key, form);
        Slot::new(key, form).put(value);
    }

    /// Whether there was one.
    pub fn remove_account(&mut self, id: &str) -> bool {
        Entries::new(&mut self.document, "accounts").remove("id", id)
    }

    /// Adds an alias at the end, or changes the one with this name.
    pub fn put_alias(&mut self, alias: &Alias) {
        if let Some(table) =
            Entries::new(&mut self.document, "aliases").find_or_add("name", &alias.name)
        {
            Slot::new(table, "targets").put_texts(&alias.targets, false);
        }
    }

    /// Whether there was one.
    pub fn remove_alias(&mut self, name: &str) -> bool {
        Entries::new(&mut self.document, "aliases").remove("name", name)
    }

    /// Puts the aliases in this order; those not named keep theirs, after the named ones.
    pub fn order_aliases(&mut self, names: &[String]) {
        Entries::new(&mut self.document, "aliases").order("name", names);
    }

    /// Adds an access key, or changes the one with this name.
    pub fn put_access_key(&mut self, access_key: &AccessKey) {
        let Some(table) =
            Entries::new(&mut self.document, "access_keys").find_or_add("name", &access_key.name)
        else {
            return;
        };
        match &access_key.key {
            AccessKeySource::Env(name) => {
                table.remove("hash");
                if let Some(key) = Slot::new(table, "key").table_unless(false) {
                    keep_only(key, "env");
                    Slot::new(key, "env").put(name.as_str());
                }
            }
            AccessKeySource::Hash(digest) => {
                table.remove("key");
                Slot::new(table, "hash").put(digest.to_string());
            }
        }
    }

    /// Whether there was one.
    pub fn remove_access_key(&mut self, name: &str) -> bool {
        Entries::new(&mut self.document, "access_keys").remove("name", name)
    }

    fn table(&mut self, key: &str) -> Option<&mut dyn TableLike> {
        let item = self.document.entry(key).or_insert_with(|| {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            Item::Table(table)
        });
        item.as_table_like_mut()
    }
}

fn put_timeouts(provider: &mut dyn TableLike, timeouts: &Timeouts) {
    let default = Timeouts::default();
    let Some(table) = Slot::new(provider, "timeouts").table_unless(*timeouts == default) else {
        return;
    };
    for (key, wanted, default) in [
        ("connect", timeouts.connect, default.connect),
        ("headers", timeouts.headers, default.headers),
        ("idle", timeouts.idle, default.idle),
    ] {
        // `60s` and `1m` are the same to us: a person's way of writing it stays.
        let written = table
            .get(key)
            .and_then(Item::as_str)
            .and_then(duration::parse);
        if written != Some(wanted) {
            Slot::new(table, key).put_unless(wanted == default, duration::format(wanted));
        }
    }
}

fn keep_only(forms: &mut dyn TableLike, form: &str) {
    for other in values::keys(forms) {
        if other != form {
            forms.remove(&other);
        }
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
