/** A login under way: its code, the page it belongs to, and how it ends. */
import { ExternalLink } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Login } from '../../api/types/Login';
import type { LoginState } from '../../api/types/LoginState';
import { host } from '../../host';
import { Button } from '../../kit/Button';
import { CopyButton } from '../../kit/CopyButton';
import { Notice } from '../../kit/Notice';
import { Status } from '../../kit/Status';
import { useNow } from '../../kit/use-now';

export function LoginProgress({ login }: { login: Login }) {
  const { t } = useTranslation('providers');
  const waiting = login.state.kind === 'waiting';
  return (
    <div className="flex flex-col gap-16 pr-8">
      {waiting && (
        <ol className="flex flex-col gap-16">
          <li>
            <p className="pb-6 text-text-2">{t('login.step1')}</p>
            <div className="flex flex-wrap items-center gap-12 rounded-panel border border-line-2 bg-surface-2 px-16 py-12">
              <output
                aria-label={t('login.code')}
                className="flex-1 font-mono text-20 font-medium tracking-[0.08em] select-all"
              >
                {login.user_code}
              </output>
              <CopyButton text={login.user_code} name={t('login.copyCode')} label={t('login.copyCode')} />
            </div>
          </li>
          <li>
            <p className="pb-6 text-text-2">{t('login.step2')}</p>
            <PageLink login={login} />
          </li>
        </ol>
      )}
      <div aria-live="polite">
        {waiting ? <Waiting until={login.expires_at} /> : <Ended login={login} state={login.state} />}
      </div>
    </div>
  );
}

function PageLink({ login: { verification_url, verification_url_complete } }: { login: Login }) {
  const { t } = useTranslation('providers');
  const page = verification_url_complete ?? verification_url;
  // An address of another kind could be a program to some who open it.
  const opens = page.startsWith('https://');
  return (
    <div className="flex flex-wrap items-center gap-12">
      {opens && (
        <Button
          variant="primary"
          icon={<ExternalLink size={14} />}
          onClick={() => void host.openExternal(page)}
        >
          {t('login.openPage')}
        </Button>
      )}
      <span className="flex min-w-0 flex-1 items-center gap-4">
        <span className="truncate font-mono text-12 text-text-2" title={page}>
          {verification_url}
        </span>
        <CopyButton text={page} name={t('login.copyPage')} size="small" />
      </span>
    </div>
  );
}

function Waiting({ until }: { until: number }) {
  const { t } = useTranslation('providers');
  const left = Math.max(0, Math.round((until - useNow(1000)) / 1000));
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
  return (
    <p className="flex flex-wrap items-center justify-between gap-x-16">
      <Status kind="running">{t('login.waiting')}</Status>
      {/* Once a second is no news for a screen reader. */}
      <span aria-hidden="true" className="text-12 text-text-3 tabular">
        {t('login.left', { clock })}
      </span>
    </p>
  );
}

function Ended({ login: { account }, state }: { login: Login; state: LoginState }) {
  const { t } = useTranslation('providers');
  switch (state.kind) {
    case 'done':
      return <Status kind="ok">{t('login.done', { account })}</Status>;
    case 'denied':
      return <Notice tone="error">{t('login.denied')}</Notice>;
    case 'expired':
      return <Notice tone="warn">{t('login.expired')}</Notice>;
    case 'cancelled':
      return <Notice tone="warn">{t('login.cancelled')}</Notice>;
    case 'failed':
      return <Notice tone="error">{t('login.failed', { message: state.message })}</Notice>;
    case 'waiting':
      return null;
  }
}
