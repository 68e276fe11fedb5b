/** What the person said, as it was typed, with the pictures. */
import { Pencil } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../kit/IconButton';
import { beforeLastQuestion, type Question } from '../../protocols/conversation';
import { useDraft } from './draft';
import { PictureList } from './PictureList';
import { editLast, useRun } from './run';

export const QuestionTurn = memo(function QuestionTurn({ question }: { question: Question }) {
  const { t } = useTranslation('playground');
  const isLast = useDraft((draft) => beforeLastQuestion(draft.turns)?.[1].id === question.id);
  const busy = useRun((run) => run.answer !== null);
  return (
    <article aria-label={t('you')} className="flex flex-col gap-6">
      <header className="flex h-24 items-center justify-between text-12 text-text-2">
        {t('you')}
        {isLast && !busy && (
          <IconButton
            name={t('editLast')}
            keys="arrowup"
            size="small"
            icon={<Pencil size={14} />}
            onClick={() => {
              editLast();
              document.getElementById('composer')?.focus();
            }}
          />
        )}
      </header>
      <PictureList pictures={question.pictures} />
      {question.text !== '' && (
        <p dir="auto" className="whitespace-pre-wrap [overflow-wrap:anywhere]">
          {question.text}
        </p>
      )}
    </article>
  );
});
