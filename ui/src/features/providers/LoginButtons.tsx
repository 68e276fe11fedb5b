/** The foot of a dialog that signs in: what can be done next. */
import { useTranslation } from 'react-i18next';
import type { Login } from '../../api/types/Login';
import { Button } from '../../kit/Button';

interface LoginButtonsProps {
  /** Undefined until it was begun. */
  login: Login | undefined;
  busy: boolean;
  /** The words for beginning it, where there are better ones. */
  startLabel?: string;
  onStart: () => void;
  /** To the form again. */
  onBack: () => void;
  onClose: () => void;
}

export function LoginButtons({ login, busy, startLabel, onStart, onBack, onClose }: LoginButtonsProps) {
  const { t } = useTranslation(['providers', 'common']);
  const state = login?.state.kind;
  if (state === 'done') {
    return (
      <Button variant="primary" autoFocus onClick={onClose}>
        {t('login.close')}
      </Button>
    );
  }
  return (
    <>
      <Button onClick={onClose}>{t('common:action.cancel')}</Button>
      {state === undefined && (
        <Button variant="primary" busy={busy} onClick={onStart}>
          {startLabel ?? t('login.start')}
        </Button>
      )}
      {state !== undefined && state !== 'waiting' && (
        <Button variant="primary" onClick={onBack}>
          {t('common:action.retry')}
        </Button>
      )}
    </>
  );
}
