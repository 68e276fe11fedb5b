/** "Add a provider": pick a known one, or paste its key or address; then its fields and its key. */
import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, ExternalLink } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure, api, messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { Preset } from '../../api/types/Preset';
import type { Provider } from '../../api/types/Provider';
import { host } from '../../host';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { Notice } from '../../kit/Notice';
import { freeId } from './guess';
import { emptyKey, type KeyDraft, KeyFields, keyInput } from './KeyFields';
import { PresetPicker } from './PresetPicker';
import { type ProviderDraft, type ProviderErrors, ProviderFields } from './ProviderFields';
import { useChange } from './use-change';

interface AddProviderProps {
  taken: readonly string[];
  takenAccounts: readonly string[];
  onClose: () => void;
  onAdded: (id: string) => void;
}

interface Draft {
  preset: Preset | null;
  fields: ProviderDraft;
  key: KeyDraft;
}

const custom = (base_url: string): Draft => ({
  preset: null,
  fields: { name: '', protocol: 'openai_chat', base_url },
  key: emptyKey,
});

export function AddProvider({ taken, takenAccounts, onClose, onAdded }: AddProviderProps) {
  const { t } = useTranslation(['providers', 'common']);
  const { data: presets } = useQuery(queries.presets);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [errors, setErrors] = useState<ProviderErrors & { key?: string; form?: string }>({});
  const [added, setAdded] = useState<Provider | null>(null);

  const add = useChange(async ({ preset, fields, key }: Draft) => {
    const id = added?.id ?? freeId(preset?.id ?? fields.name, taken);
    const provider = await api.put<Provider>(`/admin/providers/${id}`, {
      ...fields,
      timeouts: null,
      retries: null,
    });
    // Should the key be refused, trying again must not make a second provider.
    setAdded(provider);
    const input = keyInput(key);
    if (input) {
      const account = freeId(`${id}-main`, takenAccounts);
      await api.put(`/admin/accounts/${account}`, { provider: id, ...input });
    }
    return id;
  });

  const save = () => {
    if (!draft) return;
    const wrong: ProviderErrors = {};
    if (draft.fields.name.trim() === '') wrong.name = t('fields.nameMissing');
    if (!/^https?:\/\/\S+$/i.test(draft.fields.base_url)) wrong.base_url = t('fields.baseUrlBad');
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    add.mutate(draft, {
      onSuccess: onAdded,
      onError: (error) => {
        const field = error instanceof ApiFailure ? error.field : null;
        const place = field !== null && /^(name|base_url|protocol|key)$/.test(field) ? field : 'form';
        setErrors({ [place]: messageOf(error) });
      },
    });
  };

  const pick = (preset: Preset, key: string | null) =>
    setDraft({
      preset,
      fields: { name: preset.name, protocol: preset.protocol, base_url: preset.base_url },
      key: { ...emptyKey, key: key ?? '' },
    });
  const keysUrl = draft?.preset?.keys_url;

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={draft?.preset ? t('add.named', { name: draft.preset.name }) : t('add.title')}
      footer={
        draft && (
          <>
            <Button
              variant="ghost"
              icon={<ArrowLeft size={14} />}
              className="mr-auto"
              onClick={() => {
                setDraft(null);
                setErrors({});
              }}
            >
              {t('add.back')}
            </Button>
            <Button onClick={onClose}>{t('common:action.cancel')}</Button>
            <Button variant="primary" busy={add.isPending} onClick={save}>
              {t('add.open')}
            </Button>
          </>
        )
      }
    >
      {draft === null ? (
        <PresetPicker presets={presets ?? []} onPick={pick} onCustom={(url) => setDraft(custom(url))} />
      ) : (
        <form
          className="flex flex-col gap-16 pr-8"
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          {errors.form !== undefined && <Notice tone="error">{errors.form}</Notice>}
          <ProviderFields
            draft={draft.fields}
            errors={errors}
            onChange={(fields) => setDraft({ ...draft, fields })}
          />
          {draft.preset?.local === true ? (
            <p className="text-12 text-text-3">{t('add.localNoKey')}</p>
          ) : (
            <>
              <KeyFields
                draft={draft.key}
                autoFocus={draft.preset !== null}
                onChange={(key) => setDraft({ ...draft, key })}
                error={errors.key}
              />
              {keysUrl && (
                <Button
                  variant="ghost"
                  size="small"
                  icon={<ExternalLink size={12} />}
                  className="self-start"
                  onClick={() => void host.openExternal(keysUrl)}
                >
                  {t('add.getKey', { name: draft.preset?.name ?? '' })}
                </Button>
              )}
            </>
          )}
        </form>
      )}
    </Dialog>
  );
}
