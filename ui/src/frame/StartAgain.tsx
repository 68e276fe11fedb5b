/** The way out when the server did not start: again, or at an address that is free. */
import { useTranslation } from 'react-i18next';
import type { FailedReason } from '../api/types/FailedReason';
import { Button, type ButtonProps } from '../kit/Button';
import type { useServer } from './use-server';

interface StartAgainProps {
  reason: FailedReason;
  start: ReturnType<typeof useServer>['start'];
  /** The free address may be what a screen is about. */
  variant?: ButtonProps['variant'];
  size?: ButtonProps['size'];
}

export function StartAgain({
  reason: { free_address: free },
  start,
  variant = 'default',
  size = 'normal',
}: StartAgainProps) {
  const { t } = useTranslation();
  return (
    <>
      <Button size={size} busy={start.isPending} onClick={() => start.mutate(null)}>
        {t('server.tryAgain')}
      </Button>
      {free !== null && (
        <Button size={size} variant={variant} busy={start.isPending} onClick={() => start.mutate(free)}>
          {t('server.useAddress', { address: free })}
        </Button>
      )}
    </>
  );
}
