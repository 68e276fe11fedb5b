/** What the translation could not carry, in one line. */
import { useTranslation } from 'react-i18next';
import type { Loss } from '../../protocols/conversation';

const known = ['clamped', 'dropped', 'emulated', 'estimated', 'renamed', 'repaired'] as const;

/** The word for what happened to a field, in the language of the page. */
export function useLossWord(): (kind: string) => string {
  const { t } = useTranslation('playground');
  return (kind) => {
    const found = known.find((one) => one === kind);
    return found ? t(`loss.${found}`) : kind;
  };
}

export function AnswerLosses({ losses }: { losses: readonly Loss[] }) {
  const { t } = useTranslation('playground');
  const wordOf = useLossWord();
  if (losses.length === 0) return null;
  return (
    <p className="text-12 text-text-2">
      {t('losses')}{' '}
      {losses.map(({ field, kind }, at) => (
        <span key={`${kind} ${field}`}>
          {at > 0 && ', '}
          <code>{field}</code> {wordOf(kind)}
        </span>
      ))}
    </p>
  );
}
