/** Removes a provider with its accounts and keys; aliases that lead to it are named first. */
import { useTranslation } from 'react-i18next';
import { ApiFailure, api, messageOf } from '../../api/client';
import type { Provider } from '../../api/types/Provider';
import { Confirm } from '../../kit/Dialog';
import { WithCode } from '../../kit/WithCode';
import { useChange } from './use-change';

interface RemoveProviderProps {
  provider: Provider;
  onClose: () => void;
  onRemoved: () => void;
}

export function RemoveProvider({ provider, onClose, onRemoved }: RemoveProviderProps) {
  const { t } = useTranslation('providers');
  const remove = useChange((force: boolean) =>
    api.delete(`/admin/providers/${encodeURIComponent(provider.id)}`, { force: force || undefined }),
  );
  const conflict = remove.error instanceof ApiFailure && remove.error.code === 'conflict';
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('remove.title', { name: provider.name })}
      action={conflict ? t('remove.withTargets') : t('remove.open')}
      busy={remove.isPending}
      onConfirm={() =>
        remove.mutate(conflict, {
          onSuccess: () => {
            onClose();
            onRemoved();
          },
        })
      }
    >
      {t('remove.body', { count: provider.accounts.length })}
      {remove.error && (
        <p className="pt-8 text-error-ink">
          <WithCode text={messageOf(remove.error)} />
        </p>
      )}
    </Confirm>
  );
}
