/** What Patchbay changed on the way: the same message before and after it. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Message } from '../../../api/types/Message';
import { CodeDiff } from '../../../kit/CodeDiff';
import { ProtocolMark } from '../../../protocols/ProtocolMark';
import { unkept } from './absence';
import { BodyMissing } from './BodyMissing';
import { Nothing } from './Nothing';
import { prettyOf } from './pretty';

interface DiffProps {
  pair: { before: Message | null; after: Message | null };
  summary: ExchangeSummary;
}

/** Comparing more than this would keep the page busy for seconds. */
const tooLong = 2_000_000;

export function Diff({ pair: { before, after }, summary }: DiffProps) {
  const { t } = useTranslation('exchanges');
  if (before === null || after === null) return <Nothing title={t('diff.oneSide')} />;
  if (before.body === null || after.body === null) return <BodyMissing reason={unkept(summary)} />;
  const [one, other] = [before.body.text, after.body.text];
  if (one === other) return <Nothing title={t('diff.same')}>{t('diff.sameWhy')}</Nothing>;
  if (one.length + other.length > tooLong) return <Nothing title={t('diff.tooLong')} />;
  return (
    <>
      <p className="flex shrink-0 items-center gap-12 border-b border-line-2 py-4 pr-16 pl-20 text-12 text-text-2">
        <span className="inline-flex items-center gap-6">
          <span aria-hidden="true" className="size-8 rounded-control bg-diff-remove-word" />
          {t('diff.before')} <ProtocolMark protocol={before.protocol} />
        </span>
        <span className="inline-flex items-center gap-6">
          <span aria-hidden="true" className="size-8 rounded-control bg-diff-add-word" />
          {t('diff.after')} <ProtocolMark protocol={after.protocol} />
        </span>
      </p>
      <Compared before={one} after={other} />
    </>
  );
}

function Compared({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation('exchanges');
  const one = useMemo(() => prettyOf(before) ?? before, [before]);
  const other = useMemo(() => prettyOf(after) ?? after, [after]);
  return <CodeDiff before={one} after={other} label={t('form.diff')} />;
}
