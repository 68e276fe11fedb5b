/** The overview screen. */
import { useTranslation } from 'react-i18next';
import { Screen } from '../../frame/Screen';

export function Overview() {
  const { t } = useTranslation();
  return <Screen title={t('nav.overview')}>{null}</Screen>;
}
