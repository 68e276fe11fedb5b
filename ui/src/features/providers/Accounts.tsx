/** The accounts of a provider, tried in this order, and the test of each. */
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Provider } from '../../api/types/Provider';
import { useKeychainTrouble } from '../../frame/use-keychain';
import { Button } from '../../kit/Button';
import { AccountRow } from './AccountRow';
import { AddAccount } from './AddAccount';
import { useConnectionTest } from './ConnectionTest';
import { Section } from './Section';

export function Accounts({ provider, taken }: { provider: Provider; taken: readonly string[] }) {
  const { t } = useTranslation('providers');
  const keychain = useKeychainTrouble();
  const [adding, setAdding] = useState(false);
  const withoutKey = useConnectionTest(provider.id, null);
  const { accounts } = provider;
  return (
    <Section
      title={t('accounts.title')}
      note={accounts.length > 1 ? t('accounts.inOrder') : undefined}
      action={
        <Button variant="ghost" size="small" icon={<Plus size={14} />} onClick={() => setAdding(true)}>
          {t('accounts.add')}
        </Button>
      }
    >
      {accounts.length === 0 ? (
        <>
          <p className="flex items-center justify-between gap-12 py-8 text-text-2">
            {t('accounts.none')}
            {withoutKey.button}
          </p>
          {withoutKey.report}
        </>
      ) : (
        <ul>
          {accounts.map((account) => (
            <AccountRow key={account.id} account={account} />
          ))}
        </ul>
      )}
      {accounts.some(({ key }) => key.source.kind === 'keychain' || key.source.kind === 'memory') && (
        <p className="flex items-center gap-8 pt-8 text-12 text-text-2">
          <KeyRound size={14} aria-hidden="true" className="shrink-0 text-text-3" />
          {keychain ?? t('accounts.keychain')}
        </p>
      )}
      {adding && <AddAccount provider={provider} taken={taken} onClose={() => setAdding(false)} />}
    </Section>
  );
}
