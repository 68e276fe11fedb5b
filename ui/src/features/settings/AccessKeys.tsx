/** The keys that clients present to Patchbay: made here, shown once, removed here. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { AccessKey } from '../../api/types/AccessKey';
import { Badge } from '../../kit/Badge';
import { Button } from '../../kit/Button';
import { Confirm } from '../../kit/Dialog';
import { IconButton } from '../../kit/IconButton';
import { Tooltip } from '../../kit/Tooltip';
import { WithCode } from '../../kit/WithCode';
import { NewAccessKey } from './NewAccessKey';

export function AccessKeys({ keys }: { keys: readonly AccessKey[] }) {
  const { t } = useTranslation('settings');
  const cache = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const remove = useMutation({
    mutationFn: (name: string) => api.delete(`/admin/access-keys/${encodeURIComponent(name)}`),
    onSuccess: () => {
      setRemoving(null);
      return Promise.all([
        cache.invalidateQueries({ queryKey: queries.settings.queryKey }),
        cache.invalidateQueries({ queryKey: queries.status.queryKey }),
      ]);
    },
  });
  return (
    <>
      <p className="py-8 text-12 text-text-3">{keys.length === 0 ? t('keys.none') : t('keys.hint')}</p>
      <ul>
        {keys.map(({ name, environment }) => (
          <li key={name} className="flex min-h-[40px] items-center gap-8 border-t border-line-1">
            <KeyRound size={14} aria-hidden="true" className="text-text-3" />
            <span className="min-w-0 truncate font-mono text-12">{name}</span>
            {environment !== null && <Badge>{t('keys.fromEnvironment', { name: environment })}</Badge>}
            <span className="flex-1" />
            {environment === null ? (
              <IconButton
                name={t('keys.remove', { name })}
                icon={<Trash2 size={14} />}
                size="small"
                onClick={() => setRemoving(name)}
              />
            ) : (
              <Tooltip text={t('keys.environmentHint', { name: environment })}>
                <button
                  type="button"
                  aria-disabled="true"
                  aria-label={t('keys.environmentHint', { name: environment })}
                  className="inline-flex size-24 items-center justify-center rounded-control text-text-disabled"
                >
                  <Trash2 size={14} />
                </button>
              </Tooltip>
            )}
          </li>
        ))}
      </ul>
      <div className="border-t border-line-1 py-8">
        <Button icon={<Plus size={14} />} onClick={() => setCreating(true)}>
          {t('keys.create')}
        </Button>
      </div>
      <NewAccessKey open={creating} onOpenChange={setCreating} />
      <Confirm
        open={removing !== null}
        onOpenChange={(open) => {
          if (open) return;
          setRemoving(null);
          remove.reset();
        }}
        title={t('keys.removeTitle', { name: removing ?? '' })}
        action={t('keys.removeAction')}
        busy={remove.isPending}
        onConfirm={() => removing !== null && remove.mutate(removing)}
      >
        {t('keys.removeBody')}
        {remove.error && (
          <p className="pt-8 text-error-ink">
            <WithCode text={messageOf(remove.error)} />
          </p>
        )}
      </Confirm>
    </>
  );
}
