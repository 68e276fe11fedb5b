/** How a provider and how an account is, in one shape and a few words. */
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types/Account';
import type { Provider } from '../../api/types/Provider';
import type { StatusKind } from '../../kit/Status';
import { needsNoKey } from '../../provider';

export function useProviderState(): (provider: Provider) => { kind: StatusKind; text: string } {
  const { t } = useTranslation('providers');
  return (provider) => {
    const { accounts, built_in, without_credential, signs_in } = provider;
    if (built_in) return { kind: 'ok', text: t('state.builtIn') };
    if (needsNoKey(provider)) return { kind: 'ok', text: t('state.noCredential') };
    // It may do without one, in a network of one's own: nobody has said.
    if (without_credential) return { kind: 'idle', text: t('state.noKey') };
    const set = accounts.filter(({ key, login }) => key.set && login?.ended !== true).length;
    if (signs_in && set < accounts.length) return { kind: 'attention', text: t('login.needed') };
    if (signs_in && set === 0) return { kind: 'attention', text: t('login.notSignedIn') };
    if (set === 0) return { kind: 'attention', text: t('state.noKey') };
    if (set < accounts.length)
      return { kind: 'attention', text: t('state.someKeys', { set, count: accounts.length }) };
    return { kind: 'ok', text: t('state.accounts', { count: accounts.length }) };
  };
}

/** `hasLogin`: it is signed in to instead of having a key. `testFailed`: a test has just said that it does not work. */
export function useAccountState(): (
  account: Account,
  hasLogin: boolean,
  testFailed: boolean,
) => { kind: StatusKind; text: string } {
  const { t } = useTranslation('providers');
  return ({ key, login }, hasLogin, testFailed) => {
    if (!key.set && key.problem !== null) return { kind: 'attention', text: t('accounts.unreadable') };
    if (hasLogin && !key.set) return { kind: 'attention', text: t('login.notSignedIn') };
    if (hasLogin && login?.ended === true) return { kind: 'attention', text: t('login.ended') };
    if (!hasLogin && !key.set) return { kind: 'attention', text: t('state.noKey') };
    if (testFailed) return { kind: 'failed', text: t('accounts.testFailed') };
    return { kind: 'ok', text: hasLogin ? t('login.signedIn') : t('accounts.ready') };
  };
}
