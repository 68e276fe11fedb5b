/** What the log keeps, for how long, and its end. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client';
import type { ExchangePage } from '../../api/types/ExchangePage';
import type { LogSettings } from '../../api/types/LogSettings';
import type { Settings } from '../../api/types/Settings';
import { size } from '../../format';
import { DeleteRequests } from '../../frame/DeleteRequests';
import { Button } from '../../kit/Button';
import { NumberInput } from '../../kit/NumberInput';
import { Segmented } from '../../kit/Segmented';
import type { SettingRow, SettingsSection } from './rows';
import { useSave } from './use-save';

const usual: LogSettings = { bodies: 'off', max_body_bytes: 0, keep_days: 0, max_megabytes: 0 };

export function useLogSection(settings: Settings | undefined): SettingsSection {
  const { t } = useTranslation(['settings', 'common']);
  const log = settings?.log ?? usual;
  const bodies = useSave(t('log.bodies'));
  const maxBody = useNumberRow(log, 'max-body', t('log.maxBody'), t('log.maxBodyHint'), t('log.kilobytes'), {
    read: ({ max_body_bytes }) => Math.round(max_body_bytes / 1024),
    write: (value) => ({ max_body_bytes: value * 1024 }),
  });
  const keep = useNumberRow(log, 'keep', t('log.keepDays'), t('log.keepDaysHint'), t('log.days'), {
    read: ({ keep_days }) => keep_days,
    write: (value) => ({ keep_days: value }),
  });
  const limit = useNumberRow(
    log,
    'limit',
    t('log.maxSize'),
    t('log.maxSizeHint', { size: size(settings?.database_bytes) }),
    t('log.megabytes'),
    { read: ({ max_megabytes }) => max_megabytes, write: (value) => ({ max_megabytes: value }) },
  );
  return {
    id: 'log',
    title: t('log.title'),
    rows: [
      {
        id: 'bodies',
        label: t('log.bodies'),
        hint: t('log.bodiesHint'),
        error: bodies.error,
        control: (field) => (
          <Segmented
            {...field}
            label={t('log.bodies')}
            value={log.bodies}
            onChange={(value) => void bodies.save({ log: { ...log, bodies: value } }, { log })}
            segments={[
              { value: 'off', label: t('log.off') },
              { value: 'errors', label: t('log.errors') },
              { value: 'all', label: t('log.all') },
            ]}
          />
        ),
      },
      maxBody,
      keep,
      limit,
      {
        id: 'delete',
        label: t('common:deleteRequests.all'),
        hint: t('log.deleteHint'),
        control: (field) => <DeleteAll id={field.id} />,
      },
    ],
  };
}

interface NumberSetting {
  read: (log: LogSettings) => number;
  write: (value: number) => Partial<LogSettings>;
}

function useNumberRow(
  log: LogSettings,
  id: string,
  label: string,
  hint: string,
  unit: string,
  { read, write }: NumberSetting,
): SettingRow {
  const { t } = useTranslation('settings');
  const { error, setError, save } = useSave(label);
  const commit = (value: number | null) => {
    if (value === null || !Number.isInteger(value) || value < 1) setError(t('log.positive'));
    else void save({ log: { ...log, ...write(value) } }, { log });
  };
  return {
    id,
    label,
    hint,
    error,
    control: (field) => (
      <NumberInput {...field} value={read(log)} onCommit={commit} unit={unit} className="w-[88px]" />
    ),
  };
}

function DeleteAll({ id }: { id: string }) {
  const { t } = useTranslation(['settings', 'common']);
  const [open, setOpen] = useState(false);
  const { data } = useQuery({
    queryKey: ['exchanges', 'total'],
    queryFn: ({ signal }) => api.get<ExchangePage>('/admin/exchanges', { limit: 1 }, signal),
    staleTime: 0,
  });
  const total = data?.total ?? 0;
  return (
    <>
      <Button
        id={id}
        variant="danger"
        unavailable={data && total === 0 ? t('common:deleteRequests.none') : undefined}
        onClick={() => setOpen(true)}
      >
        {t('log.deleteButton')}
      </Button>
      <DeleteRequests open={open} onOpenChange={setOpen} total={total} />
    </>
  );
}
