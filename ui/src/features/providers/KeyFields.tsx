/** Where an account's key comes from: typed in here, or read from a variable or a file each time. */
import { useTranslation } from 'react-i18next';
import type { KeySource } from '../../api/types/KeySource';
import { useKeychainTrouble } from '../../frame/use-keychain';
import { Field } from '../../kit/Field';
import { SecretInput } from '../../kit/SecretInput';
import { Segmented } from '../../kit/Segmented';
import { TextInput } from '../../kit/TextInput';

export type KeyPlace = 'keychain' | 'environment' | 'file';

export interface KeyDraft {
  place: KeyPlace;
  key: string;
  variable: string;
  path: string;
}

export const emptyKey: KeyDraft = { place: 'keychain', key: '', variable: '', path: '' };

/** What the server is told, or null while the draft says nothing. */
export function keyInput({ place, key, variable, path }: KeyDraft): {
  key_source: KeySource;
  key: string | null;
} | null {
  if (place === 'environment')
    return variable === '' ? null : { key_source: { kind: 'environment', name: variable }, key: null };
  if (place === 'file') return path === '' ? null : { key_source: { kind: 'file', path }, key: null };
  return key === '' ? null : { key_source: { kind: 'keychain' }, key };
}

interface KeyFieldsProps {
  draft: KeyDraft;
  onChange: (draft: KeyDraft) => void;
  error?: string | undefined;
  /** Where the person is most likely to go on. */
  autoFocus?: boolean;
}

export function KeyFields({ draft, onChange, error, autoFocus = false }: KeyFieldsProps) {
  const { t } = useTranslation('providers');
  const keychain = useKeychainTrouble();
  const set = (change: Partial<KeyDraft>) => onChange({ ...draft, ...change });
  return (
    <div className="flex flex-col items-stretch gap-8">
      <div>
        <Segmented
          label={t('key.place')}
          value={draft.place}
          onChange={(place) => set({ place })}
          segments={[
            { value: 'keychain', label: keychain === null ? t('key.keychain') : t('key.memory') },
            { value: 'environment', label: t('key.environment') },
            { value: 'file', label: t('key.file') },
          ]}
        />
      </div>
      {draft.place === 'keychain' && (
        <Field label={t('key.title')} hint={keychain ?? t('key.keychainHint')} error={error}>
          {(field) => (
            <SecretInput
              {...field}
              autoFocus={autoFocus}
              value={draft.key}
              onChange={(key) => set({ key })}
            />
          )}
        </Field>
      )}
      {draft.place === 'environment' && (
        <Field label={t('key.variable')} hint={t('key.variableHint')} error={error}>
          {(field) => (
            <TextInput
              {...field}
              mono
              placeholder="OPENAI_API_KEY"
              value={draft.variable}
              onChange={(event) => set({ variable: event.target.value.trim() })}
            />
          )}
        </Field>
      )}
      {draft.place === 'file' && (
        <Field label={t('key.path')} hint={t('key.pathHint')} error={error}>
          {(field) => (
            <TextInput
              {...field}
              mono
              value={draft.path}
              onChange={(event) => set({ path: event.target.value.trim() })}
            />
          )}
        </Field>
      )}
    </div>
  );
}
