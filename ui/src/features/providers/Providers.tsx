/** Providers: who serves models, with which accounts, and whether it works. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import { useCommands } from '../../commands';
import { count } from '../../format';
import { Screen } from '../../frame/Screen';
import { Button } from '../../kit/Button';
import { Notice } from '../../kit/Notice';
import { SplitPane } from '../../kit/SplitPane';
import { AddProvider } from './AddProvider';
import { LocalServers } from './LocalServers';
import { ProviderDetail } from './ProviderDetail';
import { ProviderList, sharesName } from './ProviderList';

export function Providers() {
  const { t } = useTranslation(['providers', 'common']);
  const search = useSearch({ from: '/providers' });
  const navigate = useNavigate();
  const { data: providers, error } = useQuery(queries.providers);
  const open = providers?.find(({ id }) => id === search.id) ?? providers?.[0];
  const show = (next: { id?: string; add?: string }) =>
    void navigate({ to: '/providers', search: next, replace: true });
  const add = () => show({ ...(open ? { id: open.id } : {}), add: 'new' });
  useCommands([{ id: 'new-provider', label: t('add.open'), keys: ['n'], run: add }]);
  const accounts = providers?.reduce((sum, provider) => sum + provider.accounts.length, 0) ?? 0;

  return (
    <Screen
      title={t('common:nav.providers')}
      count={
        providers &&
        t('count', {
          providers: t('providers', { count: providers.length, formatted: count(providers.length) }),
          accounts: t('accountsOf', { count: accounts, formatted: count(accounts) }),
        })
      }
      actions={
        <Button variant="primary" icon={<Plus size={14} />} onClick={add}>
          {t('add.open')}
        </Button>
      }
    >
      {error && (
        <div className="pt-12 pr-edge pb-12 pl-20">
          <Notice tone="error">{messageOf(error)}</Notice>
        </div>
      )}
      <SplitPane
        id="providers"
        listWidth={300}
        list={
          <div className="scroll-y min-h-0 flex-1 p-8">
            {providers && <ProviderList providers={providers} open={open?.id} />}
            <LocalServers taken={providers?.map(({ id }) => id) ?? []} onAdded={(id) => show({ id })} />
          </div>
        }
        detailLabel={open?.name ?? ''}
        detail={
          open ? (
            <ProviderDetail
              // Half-typed keys and old test results belong to one provider.
              key={open.id}
              provider={open}
              ambiguous={sharesName(open, providers ?? [])}
              taken={providers?.flatMap((provider) => provider.accounts.map(({ id }) => id)) ?? []}
              onRemoved={() => show({})}
            />
          ) : null
        }
      />
      {search.add !== undefined && providers && (
        <AddProvider
          taken={providers.map(({ id }) => id)}
          takenNames={providers.map(({ name }) => name)}
          takenAccounts={providers.flatMap((provider) => provider.accounts.map(({ id }) => id))}
          onClose={() => show(open ? { id: open.id } : {})}
          onAdded={(id) => show({ id })}
        />
      )}
    </Screen>
  );
}
