/** Writes settings at once; what the file cannot take comes back as the reason. */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { Settings } from '../../api/types/Settings';
import type { SettingsInput } from '../../api/types/SettingsInput';
import { showToast } from '../../kit/Toast';

const unchanged: SettingsInput = { address: null, allowed_origins: null, log: null, requests: null };

/**
 * For one setting. `save` offers to undo what it did, where that is possible; a refused value leaves the reason in
 * `error`, and the caller keeps the value in its field.
 */
export function useSave(setting: string, undoable = true) {
  const { t } = useTranslation('common');
  const { t: say } = useTranslation('settings');
  const cache = useQueryClient();
  const [error, setError] = useState<string>();
  const put = async (input: Partial<SettingsInput>) => {
    try {
      const settings = await api.put<Settings>('/admin/settings', { ...unchanged, ...input });
      cache.setQueryData(queries.settings.queryKey, settings);
      setError(undefined);
      return true;
    } catch (failure) {
      setError(messageOf(failure));
      return false;
    }
  };
  const save = async (input: Partial<SettingsInput>, before: Partial<SettingsInput>) => {
    if (!(await put(input))) return false;
    const undo = { label: t('action.undo'), run: () => void put(before) };
    showToast(say('saved', { setting }), undoable ? undo : undefined);
    return true;
  };
  return { error, setError, save };
}
