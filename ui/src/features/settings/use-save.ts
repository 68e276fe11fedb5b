/** Writes settings at once; what the file cannot take comes back as the reason. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { LogSettings } from '../../api/types/LogSettings';
import type { RequestSettings } from '../../api/types/RequestSettings';
import type { Settings } from '../../api/types/Settings';
import type { SettingsInput } from '../../api/types/SettingsInput';
import { showToast } from '../../kit/Toast';

/** The fields that a row changes; those beside them stay as they are. */
interface SettingsChange {
  address?: string;
  allowed_origins?: string[];
  log?: Partial<LogSettings>;
  requests?: Partial<RequestSettings>;
}

/**
 * For one setting. `save` offers to undo what it did, where that is possible; a refused value leaves the reason in
 * `error`, and the caller keeps the value in its field.
 */
export function useSave(setting: string, undoable = true) {
  const { t } = useTranslation('common');
  const { t: say } = useTranslation('settings');
  const cache = useQueryClient();
  const [error, setError] = useState<string>();
  const { mutateAsync } = useMutation({
    // The server takes `log` whole: what the next row writes must stand upon what came of this one.
    scope: { id: 'settings' },
    mutationFn: async (change: SettingsChange) => {
      const now = await cache.ensureQueryData(queries.settings);
      const settings = await api.put<Settings>('/admin/settings', inputOf(change, now));
      cache.setQueryData(queries.settings.queryKey, settings);
      return undoing(change, now);
    },
  });
  /** The way back, or null where it was refused. */
  const put = async (change: SettingsChange) => {
    try {
      const back = await mutateAsync(change);
      setError(undefined);
      return back;
    } catch (failure) {
      setError(messageOf(failure));
      return null;
    }
  };
  const save = async (change: SettingsChange) => {
    const back = await put(change);
    if (!back) return false;
    const undo = { label: t('action.undo'), run: () => void put(back) };
    showToast(say('saved', { setting }), undoable ? undo : undefined);
    return true;
  };
  return { error, setError, save };
}

function inputOf({ address, allowed_origins, log, requests }: SettingsChange, now: Settings): SettingsInput {
  return {
    address: address ?? null,
    allowed_origins: allowed_origins ?? null,
    log: log ? { ...now.log, ...log } : null,
    requests: requests ? { ...now.requests, ...requests } : null,
  };
}

/** The change that puts back what `change` takes the place of. */
function undoing(change: SettingsChange, now: Settings): SettingsChange {
  const { address, allowed_origins, log, requests } = change;
  return {
    ...(address !== undefined && { address: now.address }),
    ...(allowed_origins && { allowed_origins: now.allowed_origins }),
    ...(log && { log: asIn(now.log, log) }),
    ...(requests && { requests: asIn(now.requests, requests) }),
  };
}

/** The fields of `change`, as they are in `now`. */
function asIn<Part extends object>(now: Part, change: Partial<Part>): Partial<Part> {
  const fields = Object.keys(change) as (keyof Part)[];
  return Object.fromEntries(fields.map((field) => [field, now[field]])) as Partial<Part>;
}
