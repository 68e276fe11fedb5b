/** Model servers that answer on this computer and are not in the configuration yet. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { LocalServer } from '../../api/types/LocalServer';
import type { Provider } from '../../api/types/Provider';
import { Button } from '../../kit/Button';
import { Notice } from '../../kit/Notice';
import { freeId } from './guess';
import { useChange } from './use-change';

interface LocalServersProps {
  taken: readonly string[];
  onAdded: (id: string) => void;
}

export function LocalServers({ taken, onAdded }: LocalServersProps) {
  const { t } = useTranslation('providers');
  const { data: servers } = useQuery(queries.localServers);
  const add = useChange(({ preset, name, protocol, base_url }: LocalServer) =>
    api.put<Provider>(`/admin/providers/${freeId(preset, taken)}`, {
      name,
      protocol,
      base_url,
      timeouts: null,
      retries: null,
    }),
  );
  const found = servers?.filter(({ provider }) => provider === null) ?? [];
  return (
    <div className="flex flex-col gap-8 pt-8">
      {found.map((server) => (
        <Notice
          key={server.base_url}
          tone="info"
          actions={
            <Button
              size="small"
              busy={add.isPending}
              onClick={() => add.mutate(server, { onSuccess: ({ id }) => onAdded(id) })}
            >
              {t('local.add')}
            </Button>
          }
        >
          <span className="block font-medium">
            {t('local.answers', { name: server.name, port: new URL(server.base_url).port })}
          </span>
          <span className="block text-12 text-text-2">
            {t('local.models', { count: server.models.length })}
          </span>
        </Notice>
      ))}
      {add.error && <Notice tone="error">{messageOf(add.error)}</Notice>}
    </div>
  );
}
