/** The models screen. */
import { useTranslation } from 'react-i18next';
import { Screen } from '../../frame/Screen';

export function Models() {
  const { t } = useTranslation();
  return <Screen title={t('nav.models')}>{null}</Screen>;
}
