/** How a provider is, in one shape and a few words. */
import { useTranslation } from 'react-i18next';
import type { Provider } from '../../api/types/Provider';
import type { StatusKind } from '../../kit/Status';

export function useProviderState(): (provider: Provider) => { kind: StatusKind; text: string } {
  const { t } = useTranslation('providers');
  return ({ accounts, built_in, unusable, without_credential }) => {
    if (built_in) return { kind: 'ok', text: t('state.builtIn') };
    if (unusable !== null) return { kind: 'failed', text: t('state.unusable') };
    if (without_credential) return { kind: 'ok', text: t('state.noCredential') };
    const set = accounts.filter(({ key }) => key.set).length;
    if (set === 0) return { kind: 'attention', text: t('state.noKey') };
    if (set < accounts.length)
      return { kind: 'attention', text: t('state.someKeys', { set, count: accounts.length }) };
    return { kind: 'ok', text: t('state.accounts', { count: accounts.length }) };
  };
}
