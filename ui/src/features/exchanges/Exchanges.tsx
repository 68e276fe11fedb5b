/** The exchanges screen. */
import { useTranslation } from 'react-i18next';
import { Screen } from '../../frame/Screen';

export function Exchanges() {
  const { t } = useTranslation();
  return <Screen title={t('nav.exchanges')}>{null}</Screen>;
}
