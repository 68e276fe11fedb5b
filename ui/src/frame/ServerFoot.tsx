/** The sidebar's foot: the server's state, its address, and copy. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../api/live';
import { queries } from '../api/queries';
import { CopyButton } from '../kit/CopyButton';
import { Status, StatusShape } from '../kit/Status';
import { Tooltip } from '../kit/Tooltip';
import { addressOf, useBaseUrl } from './base-url';
import { type ServerWord, serverShapes } from './server-state';

export function ServerFoot() {
  const { t } = useTranslation();
  const { data } = useQuery(queries.status);
  const lost = useConnection(({ state }) => state === 'lost' || state === 'signed_out');
  const baseUrl = useBaseUrl();
  const word: ServerWord = lost || !data ? 'unknown' : data.server.state;
  const kind = data || lost ? serverShapes[word] : 'idle';
  const address = addressOf(data);
  return (
    <section
      aria-label={t('server.state')}
      className="flex h-[64px] shrink-0 flex-col justify-center border-t border-line-2 pr-8 pl-16 max-wide:h-48 max-wide:items-center max-wide:p-0"
    >
      <div className="max-wide:hidden">
        <Status kind={kind}>{data || lost ? t(`server.${word}`) : ''}</Status>
        <div className="flex h-24 items-center justify-between gap-4">
          <span className="truncate font-mono text-12 text-text-2">{address}</span>
          {baseUrl !== '' && (
            <CopyButton text={baseUrl} name={t('server.copyBaseUrl')} size="small" keys="mod+shift+c" />
          )}
        </div>
      </div>
      <Tooltip text={`${t(`server.${word}`)} ${address}`} side="right">
        {/* Focusable, because in the narrow sidebar the tooltip is the only place of the words. */}
        <span
          tabIndex={0}
          role="img"
          aria-label={`${t(`server.${word}`)} ${address}`}
          className="wide:hidden p-8"
        >
          <StatusShape kind={kind} />
        </span>
      </Tooltip>
    </section>
  );
}
