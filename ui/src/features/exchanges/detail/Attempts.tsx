/** Every try at a target, in order: where, what came back, how long it took. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { queries } from '../../../api/queries';
import type { Attempt } from '../../../api/types/Attempt';
import type { ExchangeState } from '../../../api/types/ExchangeState';
import { seconds, unknown } from '../../../format';
import { Amount } from '../../../kit/Amount';
import { Status, type StatusKind } from '../../../kit/Status';
import { WithCode } from '../../../kit/WithCode';

interface AttemptsProps {
  attempts: readonly Attempt[];
  /** Of the exchange, whose last attempt may still run. */
  state: ExchangeState;
}

export function Attempts({ attempts, state }: AttemptsProps) {
  const { t } = useTranslation('exchanges');
  return (
    <section className="border-b border-line-1 py-12 pr-edge pl-20">
      <h3 className="pb-4 text-12 font-medium text-text-2">{t('attempts.title')}</h3>
      {attempts.length === 0 ? (
        <p className="text-text-2">{t('attempts.none')}</p>
      ) : (
        <ol>
          {attempts.map((attempt, index) => (
            <Try
              // Attempts are only ever added at the end.
              key={index}
              number={index + 1}
              attempt={attempt}
              state={index === attempts.length - 1 ? state : 'failed'}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

type Came = 'answered' | 'left' | 'noAnswer' | 'waiting';

/** What came of an attempt without a status: the built-in model answers without one. */
const without: Record<ExchangeState, [StatusKind, Came]> = {
  client_left: ['idle', 'left'],
  done: ['ok', 'answered'],
  failed: ['failed', 'noAnswer'],
  streaming: ['running', 'waiting'],
};

function cameOf({ status, error }: Attempt, state: ExchangeState): [StatusKind, Came | number] {
  if (status !== null) return [error !== null || status >= 400 ? 'failed' : 'ok', status];
  return without[error === null ? state : 'failed'];
}

interface TryProps {
  number: number;
  attempt: Attempt;
  state: ExchangeState;
}

function Try({ number, attempt, state }: TryProps) {
  const { t } = useTranslation('exchanges');
  const { account, model, status, error, duration_ms } = attempt;
  const [kind, came] = cameOf(attempt, state);
  const { data: providers } = useQuery(queries.providers);
  const provider = providers?.find(({ id }) => id === attempt.provider)?.name ?? attempt.provider;
  return (
    <li className="flex gap-12 border-t border-line-1 py-6 first:border-0">
      <span aria-hidden="true" className="w-16 shrink-0 text-text-3 tabular">
        {number}
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-12">
          <span className="w-[72px] shrink-0">
            <Status kind={kind}>{typeof came === 'number' ? came : t(`attempts.${came}`)}</Status>
          </span>
          <span className="min-w-0 flex-1 truncate">
            {provider}
            {account !== null && <span className="text-text-3"> {account}</span>}
            <span className="pl-12 font-mono text-12 text-text-2">{model === '' ? unknown : model}</span>
          </span>
          <Amount {...seconds(duration_ms, 2)} />
        </div>
        {error !== null && (
          <p className="pt-2 text-text-2 [overflow-wrap:anywhere]" lang="en">
            {/* With a status they are the provider's own words. */}
            {status === null ? <WithCode text={error} /> : error}
          </p>
        )}
      </div>
    </li>
  );
}
