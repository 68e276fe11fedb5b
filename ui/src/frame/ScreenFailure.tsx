/** Shown in a screen's place when it cannot be drawn. */
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../api/client';
import { Button, buttonLook } from '../kit/Button';
import { EmptyState } from '../kit/EmptyState';
import { Screen } from './Screen';

export function ScreenFailure({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Screen title={t('app')}>
      <EmptyState title={t('failure.screen')} action={<Button onClick={reset}>{t('action.retry')}</Button>}>
        <code className="text-12">{messageOf(error)}</code>
      </EmptyState>
    </Screen>
  );
}

export function MissingScreen() {
  const { t } = useTranslation();
  return (
    <Screen title={t('app')}>
      <EmptyState
        title={t('failure.missing')}
        action={
          <Link to="/overview" className={buttonLook()}>
            {t('palette.go', { screen: t('nav.overview') })}
          </Link>
        }
      />
    </Screen>
  );
}
