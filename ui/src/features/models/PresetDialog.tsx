/** A ready table of aliases: chosen, given a provider, looked at, imported. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { Alias } from '../../api/types/Alias';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { Notice } from '../../kit/Notice';
import { Select } from '../../kit/Select';
import { imported } from './aliases';

interface PresetDialogProps {
  aliases: readonly Alias[];
  onClose: () => void;
  /** Gets the whole new table; rejects with the reason when the server refuses. */
  onImport: (aliases: Alias[]) => Promise<void>;
}

export function PresetDialog({ aliases, onClose, onImport }: PresetDialogProps) {
  const { t } = useTranslation(['models', 'common']);
  const { data: presets } = useQuery(queries.aliasPresets);
  const { data: providers } = useQuery(queries.providers);
  const [chosen, setChosen] = useState<string>();
  const [served, setServed] = useState<string>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const preset = presets?.find(({ id }) => id === chosen) ?? presets?.[0];
  const provider = served ?? providers?.[0]?.id;
  const next = preset && provider !== undefined ? imported(aliases, preset, provider) : aliases;
  const added = next.slice(aliases.length);

  const run = async () => {
    setBusy(true);
    try {
      await onImport([...next]);
    } catch (failure) {
      setError(messageOf(failure));
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('preset.title')}
      description={preset?.description}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            variant="primary"
            busy={busy}
            unavailable={added.length === 0 ? t('preset.nothing') : undefined}
            onClick={() => void run()}
          >
            {t('preset.import', { count: added.length })}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-16 pr-8">
        {error !== undefined && <Notice tone="error">{error}</Notice>}
        <div className="grid grid-cols-2 gap-16">
          <Field label={t('preset.table')}>
            {(field) => (
              <Select
                {...field}
                value={preset?.id}
                onChange={setChosen}
                options={(presets ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              />
            )}
          </Field>
          <Field label={t('preset.provider')}>
            {(field) => (
              <Select
                {...field}
                value={provider}
                onChange={setServed}
                options={(providers ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              />
            )}
          </Field>
        </div>
        <table className="w-full text-12">
          <thead>
            <tr className="h-24 border-b border-line-1 text-left text-11 text-text-3">
              <th className="font-medium">{t('rules.name')}</th>
              <th className="font-medium">{t('rules.targets')}</th>
            </tr>
          </thead>
          <tbody>
            {preset?.aliases.map(({ name }) => {
              const rule = added.find((alias) => alias.name === name);
              return (
                <tr key={name} className="h-[28px] border-b border-line-1 font-mono last:border-0">
                  <td>{name}</td>
                  <td className={rule ? undefined : 'font-sans text-text-3'}>
                    {rule ? rule.targets.join(', ') : t('preset.exists')}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}
