/** The figures of the answer that is coming, or of the last one. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { count, type Measure, seconds, unknown } from '../../format';
import { Status, type StatusKind } from '../../kit/Status';
import { speed } from './answer';
import type { Answer } from './conversation';
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
          <Figure name={t('figure.firstToken')} measure={seconds(answer.firstTokenMs, 2)} width="5.5ch" />
          <Figure
            name={t('figure.tokens')}
            measure={{ value: count(answer.usage.output), unit: '' }}
            width="5ch"
          />
          <Figure
            name={t('figure.speed')}
            measure={{ value: perSecond === null ? unknown : count(Math.round(perSecond)), unit: '' }}
            width="3ch"
          />
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

interface FigureProps {
  name: string;
  measure: Measure;
  /** Kept for the value. */
  width: string;
}

function Figure({ name, measure: { value, unit }, width }: FigureProps) {
  return (
    <span className="flex gap-4 whitespace-nowrap">
      {name}
      <span className="tabular text-text-1" style={{ minWidth: width }}>
        {value}
        {unit !== '' && <span className="text-text-3">{` ${unit}`}</span>}
      </span>
    </span>
  );
}
