/** The losses of a translated message, pinned under it. */
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';
import { lossKinds, toldLoss } from '../../../api/loss';
import type { LossRow } from '../../../api/types/LossRow';
import { Button } from '../../../kit/Button';
import { StatusShape } from '../../../kit/Status';

const shown = 3;

export function LossFoot({ losses, onAll }: { losses: readonly LossRow[]; onAll: () => void }) {
  const { t } = useTranslation('exchanges');
  if (losses.length === 0) return null;
  const more = losses.length - shown;
  return (
    <footer className="shrink-0 border-t border-line-2 py-8">
      <ul aria-label={t('view.losses')}>
        {losses.slice(0, more > 0 ? shown - 1 : shown).map((loss, index) => (
          <LossLine key={`${loss.field} ${index}`} loss={loss} />
        ))}
      </ul>
      {more > 0 && (
        <div className="pt-2 pl-[30px]">
          <Button variant="ghost" size="small" onClick={onAll}>
            {t('losses.more', { count: losses.length - shown + 1 })}
          </Button>
        </div>
      )}
    </footer>
  );
}

export function LossLine({ loss, withKind = false }: { loss: LossRow; withKind?: boolean }) {
  const { t } = useTranslation(['exchanges', 'losses']);
  const kind = lossKinds.find((known) => known === loss.kind);
  const word = kind ? t(`losses.kind.${kind}`) : loss.kind;
  const { text, original } = toldLoss(loss);
  return (
    <li
      // With its kind, a loss has two lines where the pane is narrow.
      className={clsx(
        'flex min-h-[22px] items-baseline gap-x-8 py-px pr-edge pl-20',
        withKind && 'flex-wrap @min-[460px]:flex-nowrap',
      )}
      title={kind ? `${word}: ${t(`losses:kind.${kind}`)}` : word}
    >
      <StatusShape kind="attention" className="mt-4 self-start" />
      <code
        className={
          withKind
            ? 'w-[clamp(132px,30%,240px)] shrink-0 text-12 [overflow-wrap:anywhere]'
            : 'shrink-0 text-12'
        }
      >
        {loss.field}
      </code>
      {withKind && <span className="w-[72px] shrink-0 text-12 text-text-3">{word}</span>}
      <span
        className={clsx(
          'min-w-0 text-12 text-text-2 [overflow-wrap:anywhere]',
          withKind && 'basis-full pl-24 @min-[460px]:basis-auto @min-[460px]:pl-0',
        )}
      >
        {text}
        {original !== null && (
          <span lang="en" className="block text-text-3">
            {original}
          </span>
        )}
      </span>
    </li>
  );
}
