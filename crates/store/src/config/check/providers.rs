//! The rules for `[[providers]]`.

use std::collections::HashSet;

use toml::Spanned;

use super::{Check, Result};
use crate::{
    config::{
        DEFAULT_RETRIES, ECHO, Provider, ProviderProtocol, Timeouts,
        file::{ProviderTable, TimeoutsTable},
    },
    sentence,
};

impl Check<'_> {
    pub(super) fn providers(&self, tables: &[Spanned<ProviderTable>]) -> Result<Vec<Provider>> {
        let mut ids = HashSet::new();
        let mut providers = Vec::with_capacity(tables.len() + 1);
        for spanned in tables {
            let table = spanned.get_ref();
            self.id(&table.id)?;
            if table.id.get_ref() == ECHO {
                let message = sentence!(
                    "config_echo",
                    "The provider `echo` is built in and always there. Choose another `id`."
                );
                return self.fail(table.id.span(), message);
            }
            self.once(&table.id, &mut ids, |id| {
                sentence!(
                    "config_provider_taken",
                    "There is already a provider `{id}`. Choose another name.",
                    id
                )
            })?;
            providers.push(self.provider(table)?);
        }
        providers.push(Provider::echo());
        Ok(providers)
    }

    fn provider(&self, table: &ProviderTable) -> Result<Provider> {
        let protocol = match table.protocol.get_ref().parse::<ProviderProtocol>() {
            Ok(protocol) => protocol,
            Err(error) => return self.fail(table.protocol.span(), error.sentence()),
        };
        let base_url = match &table.base_url {
            Some(url) => self.base_url(url)?,
            None if protocol == ProviderProtocol::Echo => String::new(),
            None => {
                let message = sentence!(
                    "config_no_base_url",
                    "This provider has no `base_url`. Write the address its requests go to, such as `base_url = \"https://api.example.com/v1\"`."
                );
                let nameless = self.fail(table.id.span(), message);
                return nameless.map_err(|error| error.missing("base_url"));
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
        let Ok(url) = url::Url::parse(text.get_ref()) else {
            let message = sentence!(
                "config_base_url",
                "`base_url` is not an address. Write an http or https address, such as \"https://api.example.com/v1\"."
            );
            return self.fail(text.span(), message);
        };
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            let message = sentence!(
                "config_base_url_scheme",
                "`base_url` must be http or https. Write an http or https address, such as \"https://api.example.com/v1\"."
            );
            return self.fail(text.span(), message);
        }
        if !url.username().is_empty() || url.password().is_some() {
            let message = sentence!(
                "config_base_url_password",
                "`base_url` must hold no name or password. A key belongs to an account."
            );
            return self.fail(text.span(), message);
        }
        if url.query().is_some() || url.fragment().is_some() {
            let message = sentence!(
                "config_base_url_query",
                "`base_url` must end before any `?` or `#`. Write an http or https address, such as \"https://api.example.com/v1\"."
            );
            return self.fail(text.span(), message);
        }
        Ok(text.get_ref().trim_end_matches('/').to_owned())
    }

    fn header(&self, name: &Spanned<String>, value: &Spanned<String>) -> Result<()> {
        let word = name.get_ref();
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if word.is_empty() || !word.bytes().all(is_token) {
            let message = sentence!(
                "config_header_name",
                "`{word}` is not the name of a header.",
                word
            );
            return self.fail(name.span(), message);
        }
        if crate::redact::is_secret_header(word) {
            let message = sentence!(
                "config_header_secret",
                "`{word}` carries a credential, and the config holds none. Give the provider an account with a key.",
                word
            );
            return self.fail(name.span(), message);
        }
        if !value
            .get_ref()
            .bytes()
            .all(|byte| (b' '..=b'~').contains(&byte))
        {
            let message = sentence!(
                "config_header_value",
                "The value of the header `{word}` must be plain ASCII text.",
                word
            );
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
}
