/** What a screen reader hears when an answer is there: once, not while it streams. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { count } from '../../format';
import type { Answer } from '../../protocols/conversation';
import { useDraft } from './draft';
import { useRun } from './run';

export function useAnnouncement(): string {
  const { t } = useTranslation('playground');
  const running = useRun((run) => run.answer !== null);
  const last = useDraft((draft) => draft.turns.at(-1));
  const [ended, setEnded] = useState<Answer | null>(null);
  const was = useRef(running);
  useEffect(() => {
    if (running) setEnded(null);
    else if (was.current && last?.kind === 'answer') setEnded(last);
    was.current = running;
  }, [running, last]);
  if (!ended) return '';
  if (ended.state === 'failed') return t('said.failed');
  if (ended.state === 'stopped') return t('said.stopped');
  const { output } = ended.usage;
  return output === null ? t('said.done') : t('said.doneTokens', { tokens: count(output) });
}
