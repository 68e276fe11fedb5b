/** An answer part by part, then how it ended if not well. */
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { CopyButton } from '../../kit/CopyButton';
import { Notice } from '../../kit/Notice';
import { type Answer, type AnswerPart, type ToolResult, toolCalls } from '../../protocols/conversation';
import { AnswerLosses } from './AnswerLosses';
import { DrawnImage, ImageLink } from './DrawnImage';
import { flowing } from './flow';
import { Reasoning } from './Reasoning';
import { ResultForm } from './ResultForm';
import { StreamedText } from './StreamedText';
import { ToolCallCard } from './ToolCallCard';
import { useFailureText } from './use-failure-text';

interface AnswerTurnProps {
  answer: Answer;
  /** Nothing comes after it. */
  last: boolean;
  /** What the person answered its calls with. */
  results: readonly ToolResult[] | null;
  onRetry: () => void;
  onResults: (results: ToolResult[]) => void;
}

export const AnswerTurn = memo(function AnswerTurn({
  answer,
  last,
  results,
  onRetry,
  onResults,
}: AnswerTurnProps) {
  const { t } = useTranslation('playground');
  const textOf = useFailureText();
  const { state, failure, model } = answer;
  const parts = flowing(answer);
  const text = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');
  const streaming = state === 'streaming';
  const waiting = last && state === 'done' ? toolCalls(answer) : [];
  const show = (part: AnswerPart, at: number) => {
    const growing = streaming && at === parts.length - 1;
    switch (part.kind) {
      case 'text':
        return <StreamedText key={part.key} text={part.text} growing={growing} />;
      case 'reasoning':
        return (
          <Reasoning key={part.key} text={part.text} growing={growing} tokens={answer.usage.reasoning} />
        );
      case 'sealed_reasoning':
        return <Reasoning key={part.key} text={null} growing={false} tokens={answer.usage.reasoning} />;
      case 'image': {
        const before = parts.slice(0, at).filter(({ kind }) => kind === 'image').length;
        return <DrawnImage key={part.key} image={part} number={before + 1} model={model} />;
      }
      case 'image_link':
        return <ImageLink key={part.key} url={part.url} />;
      case 'tool_call': {
        const result = results?.find(({ call }) => call === part.id) ?? null;
        return (
          <ToolCallCard
            key={part.key}
            call={part}
            state={growing ? 'streaming' : result ? 'answered' : waiting.length > 0 ? 'waiting' : 'open'}
            result={result}
          />
        );
      }
    }
  };
  return (
    <article aria-label={t('answerOf', { model })} aria-busy={streaming} className="flex flex-col gap-8">
      <header className="flex h-24 items-center justify-between">
        <span className="truncate font-mono text-12 text-text-2">{model}</span>
        {!streaming && text !== '' && <CopyButton text={text} name={t('copyAnswer')} size="small" />}
      </header>
      {streaming && parts.length === 0 && (
        <span aria-hidden="true" className="my-[3px] h-[14px] w-6 bg-accent-fill" />
      )}
      {parts.map(show)}
      {waiting.length > 0 && <ResultForm calls={waiting} onResults={onResults} />}
      {state === 'done' && parts.length === 0 && <p className="text-text-3">{t('emptyAnswer')}</p>}
      {state === 'done' && isCut(answer) && <p className="text-12 text-text-2">{t('cutAnswer')}</p>}
      {failure && (
        <Notice tone="error" actions={last && <Button onClick={onRetry}>{t('retry')}</Button>}>
          {textOf(failure)}
        </Notice>
      )}
      {state === 'stopped' && (
        <p className="flex items-center gap-12 text-12 text-text-2">
          {t('stopped')}
          {last && (
            <Button size="small" onClick={onRetry}>
              {t('retry')}
            </Button>
          )}
        </p>
      )}
      <AnswerLosses losses={answer.losses} />
    </article>
  );
});

const cutWords = new Set(['length', 'max_tokens', 'max_output_tokens', 'MAX_TOKENS']);

/** The model had more to say than it was allowed to. */
function isCut({ finish }: Answer): boolean {
  return finish !== null && cutWords.has(finish);
}
