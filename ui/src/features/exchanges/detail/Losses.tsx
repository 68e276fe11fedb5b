/** Everything that the other protocol could not express. */
import { useTranslation } from 'react-i18next';
import { LossLine } from './LossFoot';
import { Nothing } from './Nothing';
import type { ViewProps } from './Views';

export function Losses({ detail: { losses, summary } }: ViewProps) {
  const { t } = useTranslation('exchanges');
  if (losses.length === 0) {
    const passed = summary.client_protocol === summary.upstream_protocol;
    return (
      <Nothing title={t('losses.none')}>
        {passed ? t('losses.nonePassed') : t('losses.noneTranslated')}
      </Nothing>
    );
  }
  return (
    <ul
      aria-label={t('view.losses')}
      // Scrolls, so it can be reached.
      tabIndex={0}
      className="row-focus scroll-y min-h-0 flex-1 py-8"
    >
      {losses.map((loss, index) => (
        <LossLine key={`${loss.field} ${index}`} loss={loss} withKind />
      ))}
    </ul>
  );
}
