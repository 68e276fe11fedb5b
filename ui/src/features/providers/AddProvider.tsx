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
import { Form } from '../../kit/Form';
import { Notice } from '../../kit/Notice';
import { usualProtocol } from '../../protocols';
import { freeId, freeName } from './guess';
import { emptyKey, type KeyDraft, KeyFields, keyInput } from './KeyFields';
import { LoginButtons } from './LoginButtons';
import { LoginFields } from './LoginFields';
import { LoginProgress } from './LoginProgress';
import { emptyLogin, errorsOf, type LoginDraft, loginInput, useLogin } from './login';
import { PresetPicker } from './PresetPicker';
import { type ProviderDraft, type ProviderErrors, ProviderFields } from './ProviderFields';
import { useChange } from './use-change';

interface AddProviderProps {
  taken: readonly string[];
  takenNames: readonly string[];
  takenAccounts: readonly string[];
  onClose: () => void;
  onAdded: (id: string) => void;
}

/** What an account at it needs beside its fields: a key, or a login. */
interface Draft {
  preset: Preset | null;
  fields: ProviderDraft;
  key: KeyDraft;
  login: LoginDraft;
  /** What it was added as, should its key have been refused then: trying again must not make a second provider. */
  id?: string;
}

const custom = (base_url: string, key: string | null): Draft => ({
  preset: null,
  fields: { name: '', protocol: usualProtocol, base_url },
  key: { ...emptyKey, key: key ?? '' },
  login: emptyLogin,
});

export function AddProvider({ taken, takenNames, takenAccounts, onClose, onAdded }: AddProviderProps) {
  const { t } = useTranslation(['providers', 'common']);
  const { data: presets } = useQuery(queries.presets);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [errors, setErrors] = useState<ProviderErrors & { key?: string; form?: string }>({});
  // The list may not show them yet.
  const [added, setAdded] = useState<string[]>([]);
  const { login, begin, busy, error: loginError, cancel } = useLogin();
  const loginErrors = errorsOf(loginError);
  const signsIn =
    draft !== null && presets?.some((one) => one.signs_in && one.protocol === draft.fields.protocol) === true;
  const close = () => {
    cancel();
    const last = added.at(-1);
    if (last === undefined) onClose();
    else onAdded(last);
  };

  const add = useChange(async ({ preset, fields, key, id: before }: Draft) => {
    const id = before ?? freeId(preset?.id ?? fields.name, [...taken, ...added]);
    await api.put<Provider>(`/admin/providers/${id}`, { ...fields, timeouts: null, retries: null });
    if (before === undefined) setAdded([...added, id]);
    setDraft((now) => now && { ...now, id });
    const input = signsIn ? null : keyInput(key);
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
      onSuccess: (id) => {
        if (signsIn) void begin(loginInput(id, draft.login)).catch(() => undefined);
        else onAdded(id);
      },
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
      fields: {
        name: freeName(preset.name, takenNames),
        protocol: preset.protocol,
        base_url: preset.base_url,
      },
      key: { ...emptyKey, key: key ?? '' },
      login: emptyLogin,
    });
  const keysUrl = draft?.preset?.keys_url;

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      title={draft?.preset ? t('add.named', { name: draft.preset.name }) : t('add.title')}
      footer={
        draft &&
        (login ? (
          <LoginButtons login={login} busy={busy} onStart={save} onBack={cancel} onClose={close} />
        ) : (
          <>
            <Button
              variant="ghost"
              icon={<ArrowLeft size={14} />}
              className="mr-auto"
              busy={add.isPending || busy}
              onClick={() => {
                setDraft(null);
                setErrors({});
              }}
            >
              {t('add.back')}
            </Button>
            <Button onClick={close}>{t('common:action.cancel')}</Button>
            <Button variant="primary" busy={add.isPending || busy} onClick={save}>
              {signsIn ? t('login.start') : t('add.open')}
            </Button>
          </>
        ))
      }
    >
      {login && <LoginProgress login={login} />}
      {!login && draft === null && (
        <PresetPicker
          presets={presets ?? []}
          onPick={pick}
          onCustom={(url, key) => setDraft(custom(url, key))}
        />
      )}
      {!login && draft !== null && (
        <Form className="flex flex-col gap-16 pr-8" onSubmit={save}>
          {errors.form !== undefined && <Notice tone="error">{errors.form}</Notice>}
          {loginError && !loginErrors && <Notice tone="error">{messageOf(loginError)}</Notice>}
          <ProviderFields
            draft={draft.fields}
            errors={errors}
            onChange={(fields) => setDraft({ ...draft, fields })}
          />
          {draft.preset?.local === true && <p className="text-12 text-text-3">{t('add.localNoKey')}</p>}
          {signsIn && (
            <LoginFields
              draft={draft.login}
              onChange={(next) => setDraft({ ...draft, login: next })}
              errors={loginErrors ?? {}}
            />
          )}
          {!signsIn && draft.preset?.local !== true && (
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
        </Form>
      )}
    </Dialog>
  );
}
