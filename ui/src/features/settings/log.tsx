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
  const maxBody = useNumberRow(log, 'max_body_bytes', {
    label: t('log.maxBody'),
    hint: t('log.maxBodyHint'),
    unit: t('log.kilobytes'),
    size: 1024,
  });
  const keep = useNumberRow(log, 'keep_days', {
    label: t('log.keepDays'),
    hint: t('log.keepDaysHint'),
    unit: t('log.days'),
  });
  const limit = useNumberRow(log, 'max_megabytes', {
    label: t('log.maxSize'),
    hint: t('log.maxSizeHint', { size: size(settings?.database_bytes) }),
    unit: t('log.megabytes'),
  });
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
            onChange={(value) => void bodies.save({ log: { bodies: value } })}
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
  label: string;
  hint: string;
  unit: string;
  /** How much of the field one unit is. */
  size?: number;
}

function useNumberRow(
  log: LogSettings,
  name: 'max_body_bytes' | 'keep_days' | 'max_megabytes',
  { label, hint, unit, size: one = 1 }: NumberSetting,
): SettingRow {
  const { t } = useTranslation('settings');
  const { error, setError, save } = useSave(label);
  const present = Math.round(log[name] / one);
  const commit = (value: number | null) => {
    if (value === present) setError(undefined);
    else if (value === null || !Number.isInteger(value) || value < 1) setError(t('log.positive'));
    else void save({ log: { [name]: value * one } });
  };
  return {
    id: name,
    label,
    hint,
    error,
    control: (field) => (
      <NumberInput {...field} value={present} onCommit={commit} unit={unit} className="w-[88px]" />
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
