/** A ready table of aliases: chosen, given a provider, looked at, imported. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { Alias } from '../../api/types/Alias';
import type { AliasPreset } from '../../api/types/AliasPreset';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { Notice } from '../../kit/Notice';
import { Select } from '../../kit/Select';
import { en } from '../../locales';
import { calledBy, imported } from './aliases';

const knownPresets = Object.keys(en.models.preset.known) as (keyof typeof en.models.preset.known)[];

interface PresetDialogProps {
  aliases: readonly Alias[];
  onClose: () => void;
  /** Gets the whole new table; rejects with the reason when the server refuses. */
  onImport: (aliases: Alias[]) => Promise<void>;
}

/** A table's own words, in the language of the page where it is known in it. */
function usePresetWords(): (preset: AliasPreset) => Pick<AliasPreset, 'name' | 'description'> {
  const { t } = useTranslation('models');
  return (preset) => {
    const known = knownPresets.find((id) => id === preset.id);
    if (!known) return preset;
    return { name: t(`preset.known.${known}.name`), description: t(`preset.known.${known}.description`) };
  };
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
  // Echo has none of these models.
  const serving = providers?.filter(({ built_in }) => !built_in) ?? [];
  const named = serving.find(({ protocol }) => preset?.id.endsWith(`-${protocol.replaceAll('_', '-')}`));
  const provider = served ?? (named ?? serving[0])?.id;
  const words = usePresetWords();
  const nothing = serving.length === 0 ? t('preset.noProvider') : t('preset.nothing');
  // Each provider has its own names for the same models: its list says which.
  const { data: list, isFetching } = useQuery({
    ...queries.providerModels(provider ?? ''),
    enabled: provider !== undefined,
  });
  // An empty list says nothing.
  const ids = list && list.models.length > 0 ? list.models.map(({ id }) => id) : undefined;
  const called = (model: string) => (ids && calledBy(ids, model)) ?? model;
  const next = preset && provider !== undefined ? imported(aliases, preset, provider, called) : aliases;
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
      description={preset && words(preset).description}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            variant="primary"
            busy={busy || (isFetching && list === undefined)}
            unavailable={added.length === 0 ? nothing : undefined}
            onClick={() => void run()}
          >
            {t('preset.import', { count: added.length })}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-16 pr-8">
        {error !== undefined && <Notice tone="error">{error}</Notice>}
        {providers !== undefined && serving.length === 0 && <Notice tone="info">{nothing}</Notice>}
        <div className="grid grid-cols-2 gap-16">
          <Field label={t('preset.table')}>
            {(field) => (
              <Select
                {...field}
                value={preset?.id}
                onChange={setChosen}
                options={(presets ?? []).map((one) => ({ value: one.id, label: words(one).name }))}
              />
            )}
          </Field>
          <Field label={t('preset.provider')}>
            {(field) => (
              <Select
                {...field}
                value={provider}
                onChange={setServed}
                options={serving.map(({ id, name }) => ({ value: id, label: name }))}
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
            {preset?.aliases.map(({ name, targets }) => {
              const rule = added.find((alias) => alias.name === name);
              const unlisted = ids !== undefined && targets.some((model) => !calledBy(ids, model));
              return (
                <tr key={name} className="h-[28px] border-b border-line-1 font-mono last:border-0">
                  <td>{name}</td>
                  <td className={rule ? undefined : 'font-ui text-text-3'}>
                    {rule ? rule.targets.join(', ') : provider === undefined ? '' : t('preset.exists')}
                    {rule && unlisted && (
                      <span className="pl-8 font-ui text-warn-ink">{t('preset.unlisted')}</span>
                    )}
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
