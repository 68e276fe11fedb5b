/** One account: its key ("set, ends with 9f3a", replaced in place), its state, its test. */
import { clsx } from 'clsx';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import { sentenceOf } from '../../api/sentence';
import type { Account } from '../../api/types/Account';
import { Button } from '../../kit/Button';
import { Confirm } from '../../kit/Dialog';
import { IconButton } from '../../kit/IconButton';
import { SecretInput } from '../../kit/SecretInput';
import { Status } from '../../kit/Status';
import { WithCode } from '../../kit/WithCode';
import { useConnectionTest } from './ConnectionTest';
import { LoginAgain, LoginOf } from './LoginRow';
import { useAccountState } from './state';
import { useChange } from './use-change';

interface AccountRowProps {
  account: Account;
  /** It is signed in to instead of having a key. */
  signsIn: boolean;
  onSignIn: (account: Account) => void;
}

export function AccountRow({ account, signsIn, onSignIn }: AccountRowProps) {
  const { t } = useTranslation(['providers', 'common']);
  const [removing, setRemoving] = useState(false);
  const path = `/admin/accounts/${encodeURIComponent(account.id)}`;
  const remove = useChange(() => api.delete(path));
  const test = useConnectionTest(account.provider, account.id);
  const { key } = account;
  const typedKey = key.set && account.login === null;
  const elsewhere = key.source.kind === 'environment' || key.source.kind === 'file';
  const hasLogin = signsIn && !typedKey && !elsewhere;
  const { kind, text } = useAccountState()(account, hasLogin, test.failed);
  return (
    <li className="border-b border-line-1 py-8">
      <div className="flex flex-wrap items-center gap-x-12 gap-y-6">
        <span className="min-w-[120px] flex-1 truncate font-mono text-12">{account.id}</span>
        {hasLogin ? (
          <LoginOf account={account} />
        ) : (
          <KeyOf account={account} path={path} onReplaced={test.forget} />
        )}
        <span className="ml-auto flex items-center gap-12">
          <Status kind={kind} quiet className="min-w-[92px] shrink-0">
            {text}
          </Status>
          <span className={clsx('flex justify-end', signsIn && 'min-w-[92px]')}>
            {hasLogin && kind === 'attention' ? (
              <LoginAgain account={account} onSignIn={onSignIn} />
            ) : (
              test.button
            )}
          </span>
          <IconButton
            name={t('accounts.remove', { account: account.id })}
            icon={<Trash2 size={14} />}
            size="small"
            onClick={() => setRemoving(true)}
          />
        </span>
      </div>
      {key.problem !== null && !test.failed && (
        <p className="pt-4 text-12 text-error-ink">
          <WithCode text={sentenceOf({ message: key.problem, wording: key.wording })} />
        </p>
      )}
      {test.report}
      <Confirm
        open={removing}
        onOpenChange={(open) => {
          setRemoving(open);
          remove.reset();
        }}
        title={t('accounts.removeTitle', { account: account.id })}
        action={t('accounts.removeAction')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => setRemoving(false) })}
      >
        {hasLogin ? t('login.removeBody') : t('accounts.removeBody')}
        {remove.error && (
          <p className="pt-8 text-error-ink">
            <WithCode text={messageOf(remove.error)} />
          </p>
        )}
      </Confirm>
    </li>
  );
}

interface KeyOfProps {
  account: Account;
  path: string;
  onReplaced: () => void;
}

function KeyOf({ account: { id, key }, path, onReplaced }: KeyOfProps) {
  const { t } = useTranslation(['providers', 'common']);
  const [typed, setTyped] = useState('');
  // After a key was kept the field becomes "••••9f3a" again.
  const [round, setRound] = useState(0);
  const replace = useChange(() => api.put<Account>(`${path}/key`, { key: typed }));
  if (key.source.kind === 'environment' || key.source.kind === 'file') {
    const [text, name] =
      key.source.kind === 'environment'
        ? [t('key.fromEnvironment'), key.source.name]
        : [t('key.fromFile'), key.source.path];
    return (
      <span className="min-w-0 truncate text-12 text-text-2">
        {text} <code className="font-mono">{name}</code>
      </span>
    );
  }
  const save = () =>
    replace.mutate(undefined, {
      onSuccess: () => {
        setTyped('');
        setRound(round + 1);
        onReplaced();
      },
    });
  return (
    <span className="flex items-center gap-8">
      <SecretInput
        key={round}
        tail={key.set ? (key.last_four ?? '') : null}
        aria-label={t('key.of', { account: id })}
        value={typed}
        onChange={setTyped}
        onEnter={save}
      />
      {typed !== '' && (
        <Button size="small" busy={replace.isPending} onClick={save}>
          {t('key.keep')}
        </Button>
      )}
      {replace.error && <span className="text-12 text-error-ink">{messageOf(replace.error)}</span>}
    </span>
  );
}
