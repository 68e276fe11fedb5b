/** Trouble of the whole app, under the header: lost connection, failed server, broken config, no keychain. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../api/client';
import { useConnection } from '../api/live';
import { queries } from '../api/queries';
import { sentenceOf } from '../api/sentence';
import type { ConfigProblem } from '../api/types/ConfigProblem';
import { clock } from '../format';
import { Notice } from '../kit/Notice';
import { WithCode } from '../kit/WithCode';
import { StartAgain } from './StartAgain';
import { useFailureSentence } from './server-failure';
import { useKeychainTrouble } from './use-keychain';
import { useServer } from './use-server';

export function Banners({ withoutServer }: { withoutServer: boolean }) {
  const { t } = useTranslation();
  const { data: status } = useQuery(queries.status);
  const { state, lostAt } = useConnection();
  const sentence = useFailureSentence();
  const { start } = useServer();
  const keychain = useKeychainTrouble();
  const lostSentence = () => {
    if (!status || lostAt === null) return t('banner.lostNow');
    return status.server.state === 'stopped'
      ? t('banner.stopped')
      : t('banner.lost', { time: clock(lostAt) });
  };
  if (state === 'signed_out') {
    return (
      <Notice banner tone="warn">
        {t('banner.signIn')}
      </Notice>
    );
  }
  return (
    <>
      {state === 'lost' && (
        <Notice banner tone="warn">
          {lostSentence()}
        </Notice>
      )}
      {status?.server.state === 'failed' && !withoutServer && (
        <Notice
          banner
          tone="error"
          assertive
          actions={<StartAgain reason={status.server.reason} start={start} size="small" />}
        >
          <WithCode text={t('banner.failed', { message: sentence(status.server.reason, status.address) })} />
          {start.error && <span className="block text-error-ink">{messageOf(start.error)}</span>}
        </Notice>
      )}
      {status?.config.problem && <ConfigBanner problem={status.config.problem} path={status.config.path} />}
      {keychain !== null && (
        <Notice banner tone="warn">
          {keychain}
        </Notice>
      )}
      {status?.notices.map((notice) => (
        <Notice key={notice} banner tone="info">
          {notice}
        </Notice>
      ))}
    </>
  );
}

function ConfigBanner({ problem, path }: { problem: ConfigProblem; path: string }) {
  const { t } = useTranslation();
  const { line, column } = problem;
  const message = sentenceOf(problem);
  return (
    <Notice banner tone="error">
      <span title={path}>
        <WithCode
          text={
            line === null || column === null
              ? t('banner.configPlain', { message })
              : t('banner.config', { line, column, message })
          }
        />
      </span>{' '}
      <span className="text-text-2">{t('banner.configKept')}</span>
    </Notice>
  );
}
