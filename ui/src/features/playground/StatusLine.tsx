/** The figures of the answer that is coming, or of the last one. */
import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';
import { count, seconds, unknown } from '../../format';
import { Status, type StatusKind } from '../../kit/Status';
import { speed } from '../../protocols/answer';
import type { Answer } from '../../protocols/conversation';
import { useDraft } from './draft';
import { useRun } from './run';

const kinds: Record<Answer['state'], StatusKind> = {
  streaming: 'running',
  done: 'ok',
  stopped: 'idle',
  failed: 'failed',
};

export function StatusLine() {
  const { t } = useTranslation('playground');
  const running = useRun((run) => run.answer);
  const last = useDraft((draft) => draft.turns.findLast((turn) => turn.kind === 'answer'));
  const answer = running ?? last;
  const perSecond = answer ? speed(answer) : null;
  return (
    // Its room is kept while there is nothing to say, and each figure's while it is not known.
    <div className="flex min-h-32 flex-wrap items-center gap-x-16 text-12 text-text-2">
      {answer && (
        <>
          <Status kind={kinds[answer.state]} className="min-w-[76px]">
            {t(`state.${answer.state}`)}
          </Status>
          <span className="whitespace-nowrap">
            {t('figure.firstToken')} <Value {...seconds(answer.firstTokenMs, 2)} width="5.5ch" />
          </span>
          <span className="whitespace-nowrap">
            <Value value={count(answer.usage.output)} width="4ch" end />{' '}
            {t('figure.tokens', { count: answer.usage.output ?? 0 })}
          </span>
          <span className="whitespace-nowrap">
            <Value value={perSecond === null ? unknown : count(Math.round(perSecond))} width="3ch" end />{' '}
            {t('figure.speed')}
          </span>
          {answer.exchange !== null && (
            <Link
              to="/exchanges"
              search={{ id: answer.exchange }}
              className="ml-auto text-accent-ink hover:underline"
            >
              {t('showRequest')}
            </Link>
          )}
        </>
      )}
    </div>
  );
}

interface ValueProps {
  value: string;
  unit?: string;
  /** Kept for it. */
  width: string;
  /** Digits end where the word after them begins. */
  end?: boolean;
}

function Value({ value, unit = '', width, end = false }: ValueProps) {
  return (
    <span
      className={clsx('tabular inline-block text-text-1', end && 'text-right')}
      style={{ minWidth: width }}
    >
      {value}
      {unit !== '' && <span className="text-text-3">{` ${unit}`}</span>}
    </span>
  );
}
