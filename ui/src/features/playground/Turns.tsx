/** The conversation so far and the answer that is coming; it follows its end until somebody scrolls up. */
import { useTranslation } from 'react-i18next';
import type { ToolResult, Turn } from '../../protocols/conversation';
import { AnswerTurn } from './AnswerTurn';
import { useDraft } from './draft';
import { QuestionTurn } from './QuestionTurn';
import { useRun } from './run';
import { Samples } from './Samples';
import { useAnnouncement } from './use-announcement';
import { useStickToEnd } from './use-stick-to-end';

interface TurnsProps {
  onSample: () => void;
  onRetry: () => void;
  onResults: (results: ToolResult[]) => void;
}

export function Turns({ onSample, onRetry, onResults }: TurnsProps) {
  const { t } = useTranslation('playground');
  const turns = useDraft((draft) => draft.turns);
  const running = useRun((run) => run.answer);
  const announcement = useAnnouncement();
  const { frame, content, onScroll } = useStickToEnd(turns.length);
  const shown = running ? [...turns, running] : turns;
  return (
    <div
      ref={frame}
      onScroll={onScroll}
      // Scrolls, so the keyboard must reach it.
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={t('turns')}
      className="scroll-y row-focus min-h-0 flex-1"
    >
      <div
        ref={content}
        className="mx-auto flex w-full max-w-[668px] flex-col gap-20 pt-16 pr-edge pb-24 pl-20"
      >
        {shown.length === 0 && <Samples onSample={onSample} />}
        {shown.map((turn, at) => (
          <OneTurn key={turn.id} turn={turn} next={shown[at + 1]} onRetry={onRetry} onResults={onResults} />
        ))}
      </div>
      <span role="status" className="sr-only">
        {announcement}
      </span>
    </div>
  );
}

interface OneTurnProps extends Pick<TurnsProps, 'onRetry' | 'onResults'> {
  turn: Turn;
  next: Turn | undefined;
}

function OneTurn({ turn, next, onRetry, onResults }: OneTurnProps) {
  switch (turn.kind) {
    case 'question':
      return <QuestionTurn question={turn} />;
    case 'answer':
      return (
        <AnswerTurn
          answer={turn}
          last={next === undefined}
          results={next?.kind === 'results' ? next.results : null}
          onRetry={onRetry}
          onResults={onResults}
        />
      );
    case 'results':
      // They stand with their calls.
      return null;
  }
}
