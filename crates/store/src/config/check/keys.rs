//! The rules for `[[access_keys]]` and `[[accounts]]`: where keys are, and that it is one place.

use std::collections::HashSet;

use toml::Spanned;

use super::{Check, Result};
use crate::{
    config::{
        AccessKey, AccessKeySource, Account, KeyDigest, KeySource, Provider,
        file::{AccessKeyTable, AccountTable, KeyForms},
    },
    sentence,
};

impl Check<'_> {
    pub(super) fn access_keys(&self, tables: &[Spanned<AccessKeyTable>]) -> Result<Vec<AccessKey>> {
        let mut names = HashSet::new();
        let key = |spanned: &Spanned<AccessKeyTable>| {
            let table = spanned.get_ref();
            self.text_of("name", &table.name)?;
            self.once(&table.name, &mut names, |name| {
                sentence!(
                    "config_access_key_taken",
                    "There is already an access key `{name}`. Choose another name.",
                    name
                )
            })?;
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
                    Err(_) => self.fail(
                        hash.span(),
                        sentence!(
                            "config_hash",
                            "Write a hash as `sha256:` and 64 hex digits."
                        ),
                    ),
                }
            }
            (None, None, None) => self.fail(
                table.name.span(),
                sentence!(
                    "config_access_key_none",
                    "This access key has no key. Write `key = {{ env = \"NAME\" }}` or `hash = \"sha256:...\"`."
                ),
            ),
            _ => self.fail(
                table.name.span(),
                sentence!(
                    "config_access_key_twice",
                    "This access key has more than one key. Keep either `key = {{ env = \"NAME\" }}` or `hash = \"sha256:...\"`."
                ),
            ),
        }
    }

    pub(super) fn accounts(
        &self,
        tables: &[AccountTable],
        providers: &[Provider],
    ) -> Result<Vec<Account>> {
        let mut ids = HashSet::new();
        let account = |table: &AccountTable| {
            self.id(&table.id)?;
            self.once(&table.id, &mut ids, |id| {
                sentence!(
                    "config_account_taken",
                    "There is already an account `{id}`. Choose another name.",
                    id
                )
            })?;
            let provider = table.provider.get_ref();
            if !providers.iter().any(|known| known.id == *provider) {
                let ids = providers.iter().map(|known| known.id.as_str());
                let known = ids.collect::<Vec<_>>().join(", ");
                let message = sentence!(
                    "config_no_provider",
                    "There is no provider `{provider}`. Add a `[[providers]]` entry with this `id`, or write the id of one that is there: {known}.",
                    provider,
                    known
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
                sentence!(
                    "config_keychain",
                    "`keychain` can only be true. Write one of `{{ env = \"NAME\" }}`, `{{ keychain = true }}`, `{{ file = \"...\" }}`."
                ),
            ),
            (None, None, None) => self.fail(
                forms.span(),
                sentence!(
                    "config_key_nowhere",
                    "`key` does not say where the key is. Write one of `{{ env = \"NAME\" }}`, `{{ keychain = true }}`, `{{ file = \"...\" }}`."
                ),
            ),
            _ => self.fail(
                forms.span(),
                sentence!(
                    "config_key_places",
                    "`key` names more than one place. Write one of `{{ env = \"NAME\" }}`, `{{ keychain = true }}`, `{{ file = \"...\" }}`."
                ),
            ),
        }
    }
}
