/** One account that is signed in to: where, whether it still is, and the way to sign in again. */
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types/Account';
import { Button } from '../../kit/Button';

/** Where an account is signed in; nothing is known of one that never was. */
export function LoginOf({ account: { login } }: { account: Account }) {
  const { t } = useTranslation('providers');
  if (login === null) return null;
  const { start_url, region, profile } = login;
  const where = start_url === null ? t('login.personal') : hostOf(start_url);
  return (
    <span className="min-w-0 truncate text-12 text-text-2" title={profile ?? start_url ?? undefined}>
      {where}
      {start_url !== null && <span className="text-text-3"> {region}</span>}
    </span>
  );
}

interface LoginAgainProps {
  account: Account;
  onSignIn: (account: Account) => void;
}

/** What to do about an account that opens nothing. */
export function LoginAgain({ account, onSignIn }: LoginAgainProps) {
  const { t } = useTranslation('providers');
  return (
    <Button
      size="small"
      aria-label={t('login.againFor', { account: account.id })}
      onClick={() => onSignIn(account)}
    >
      {account.login === null ? t('login.start') : t('login.again')}
    </Button>
  );
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
