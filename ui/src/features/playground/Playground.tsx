/** The playground screen. */
import { useTranslation } from 'react-i18next';
import { Screen } from '../../frame/Screen';

export function Playground() {
  const { t } = useTranslation();
  return <Screen title={t('nav.playground')}>{null}</Screen>;
}
