/** The accounts of a provider, tried in this order, and the test of each. */
import { FileInput, KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types/Account';
import type { Provider } from '../../api/types/Provider';
import { useKeychainTrouble } from '../../frame/use-keychain';
import { Button } from '../../kit/Button';
import { AccountRow } from './AccountRow';
import { AddAccount } from './AddAccount';
import { useConnectionTest } from './ConnectionTest';
import { freeId } from './guess';
import { ImportAccounts } from './ImportAccounts';
import { Section } from './Section';
import { SignIn } from './SignIn';

export function Accounts({ provider, taken }: { provider: Provider; taken: readonly string[] }) {
  const { t } = useTranslation('providers');
  const keychain = useKeychainTrouble();
  const [open, setOpen] = useState<'add' | 'import' | Account | null>(null);
  const withoutKey = useConnectionTest(provider.id, null);
  const { accounts, signs_in } = provider;
  const close = () => setOpen(null);
  const free = freeId(signs_in ? provider.id : `${provider.id}-main`, taken);
  return (
    <Section
      title={t('accounts.title')}
      note={accounts.length > 1 ? t('accounts.inOrder') : undefined}
      action={
        <span className="flex shrink-0">
          {signs_in && (
            <Button
              variant="ghost"
              size="small"
              icon={<FileInput size={14} />}
              onClick={() => setOpen('import')}
            >
              {t('import.open')}
            </Button>
          )}
          <Button variant="ghost" size="small" icon={<Plus size={14} />} onClick={() => setOpen('add')}>
            {t('accounts.add')}
          </Button>
        </span>
      }
    >
      {accounts.length === 0 && signs_in && (
        <p className="flex items-center justify-between gap-12 py-8 text-text-2">
          {t('login.none')}
          <Button size="small" onClick={() => setOpen('add')}>
            {t('login.start')}
          </Button>
        </p>
      )}
      {accounts.length === 0 && !signs_in && (
        <>
          <p className="flex items-center justify-between gap-12 py-8 text-text-2">
            {t('accounts.none')}
            {withoutKey.button}
          </p>
          {withoutKey.report}
        </>
      )}
      {accounts.length > 0 && (
        <ul>
          {accounts.map((account) => (
            <AccountRow key={account.id} account={account} signsIn={signs_in} onSignIn={setOpen} />
          ))}
        </ul>
      )}
      {accounts.some(({ key }) => key.source.kind === 'keychain' || key.source.kind === 'memory') && (
        <p className="flex items-center gap-8 pt-8 text-12 text-text-2">
          <KeyRound size={14} aria-hidden="true" className="shrink-0 text-text-3" />
          {keychain ?? (signs_in ? t('login.keychain') : t('accounts.keychain'))}
        </p>
      )}
      {open === 'add' && !signs_in && <AddAccount provider={provider} free={free} onClose={close} />}
      {open === 'add' && signs_in && <SignIn provider={provider} free={free} onClose={close} />}
      {open === 'import' && <ImportAccounts provider={provider} onClose={close} />}
      {open !== null && typeof open === 'object' && (
        <SignIn provider={provider} again={open} free={free} onClose={close} />
      )}
    </Section>
  );
}
