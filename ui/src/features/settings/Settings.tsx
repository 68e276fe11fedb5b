/** The settings screen. */
import { useTranslation } from 'react-i18next';
import { Screen } from '../../frame/Screen';

export function Settings() {
  const { t } = useTranslation();
  return <Screen title={t('nav.settings')}>{null}</Screen>;
}
