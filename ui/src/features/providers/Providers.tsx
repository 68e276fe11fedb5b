/** The providers screen. */
import { useTranslation } from 'react-i18next';
import { Screen } from '../../frame/Screen';

export function Providers() {
  const { t } = useTranslation();
  return <Screen title={t('nav.providers')}>{null}</Screen>;
}
