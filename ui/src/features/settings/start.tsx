/** How the desktop app starts; a page in a browser has nothing to say here. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { host } from '../../host';
import { Switch } from '../../kit/Switch';
import type { SettingsSection } from './rows';

export function useStartSection(): SettingsSection[] {
  const { t } = useTranslation('settings');
  const cache = useQueryClient();
  const desktop = host.kind === 'desktop';
  const { data = false } = useQuery({
    queryKey: ['autostart'],
    queryFn: () => host.autostart.get(),
    enabled: desktop,
  });
  const set = useMutation({
    mutationFn: (enabled: boolean) => host.autostart.set(enabled),
    onSettled: () => cache.invalidateQueries({ queryKey: ['autostart'] }),
  });
  if (!desktop) return [];
  return [
    {
      id: 'start',
      title: t('start.title'),
      rows: [
        {
          id: 'autostart',
          label: t('start.autostart'),
          hint: t('start.autostartHint'),
          error: set.error ? messageOf(set.error) : undefined,
          control: (field) => (
            <Switch {...field} checked={data} onChange={(enabled) => set.mutate(enabled)} />
          ),
        },
      ],
    },
  ];
}
