/** How a provider and how an account is, in one shape and a few words. */
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types/Account';
import type { Provider } from '../../api/types/Provider';
import type { StatusKind } from '../../kit/Status';

export function useProviderState(): (provider: Provider) => { kind: StatusKind; text: string } {
  const { t } = useTranslation('providers');
  return ({ accounts, built_in, without_credential, signs_in }) => {
    if (built_in) return { kind: 'ok', text: t('state.builtIn') };
    if (without_credential) return { kind: 'ok', text: t('state.noCredential') };
    const set = accounts.filter(({ key, login }) => key.set && login?.ended !== true).length;
    if (signs_in && set < accounts.length) return { kind: 'attention', text: t('login.needed') };
    if (signs_in && set === 0) return { kind: 'attention', text: t('login.notSignedIn') };
    if (set === 0) return { kind: 'attention', text: t('state.noKey') };
    if (set < accounts.length)
      return { kind: 'attention', text: t('state.someKeys', { set, count: accounts.length }) };
    return { kind: 'ok', text: t('state.accounts', { count: accounts.length }) };
  };
}

/** `hasLogin`: it is signed in to instead of having a key. */
export function useAccountState(): (
  account: Account,
  hasLogin: boolean,
) => { kind: StatusKind; text: string } {
  const { t } = useTranslation('providers');
  return ({ key, login }, hasLogin) => {
    if (!key.set && key.problem !== null) return { kind: 'attention', text: t('accounts.unreadable') };
    if (hasLogin && !key.set) return { kind: 'attention', text: t('login.notSignedIn') };
    if (hasLogin && login?.ended === true) return { kind: 'attention', text: t('login.ended') };
    if (hasLogin) return { kind: 'ok', text: t('login.signedIn') };
    return key.set
      ? { kind: 'ok', text: t('accounts.ready') }
      : { kind: 'attention', text: t('state.noKey') };
  };
}
