/** The fields that say where a provider is and what it speaks; for adding and editing. */
import { useTranslation } from 'react-i18next';
import { Field } from '../../kit/Field';
import { Select } from '../../kit/Select';
import { TextInput } from '../../kit/TextInput';
import { upstreamProtocols } from '../../protocols';
import { useProtocolName } from '../../protocols/ProtocolMark';

export interface ProviderDraft {
  name: string;
  protocol: string;
  base_url: string;
}

export type ProviderErrors = Partial<Record<keyof ProviderDraft, string>>;

interface ProviderFieldsProps {
  draft: ProviderDraft;
  errors: ProviderErrors;
  onChange: (draft: ProviderDraft) => void;
}

export function ProviderFields({ draft, errors, onChange }: ProviderFieldsProps) {
  const { t } = useTranslation('providers');
  const nameOf = useProtocolName();
  const known: readonly string[] = upstreamProtocols;
  const protocols = known.includes(draft.protocol) ? known : [...known, draft.protocol];
  return (
    <>
      <Field label={t('fields.name')} error={errors.name}>
        {(field) => (
          <TextInput
            {...field}
            value={draft.name}
            onChange={(event) => onChange({ ...draft, name: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('fields.baseUrl')} hint={t('fields.baseUrlHint')} error={errors.base_url}>
        {(field) => (
          <TextInput
            {...field}
            mono
            placeholder="https://api.example.com/v1"
            value={draft.base_url}
            onChange={(event) => onChange({ ...draft, base_url: event.target.value.trim() })}
          />
        )}
      </Field>
      <Field label={t('fields.protocol')} hint={t('fields.protocolHint')} error={errors.protocol}>
        {(field) => (
          <Select
            {...field}
            value={draft.protocol}
            onChange={(protocol) => onChange({ ...draft, protocol })}
            options={protocols.map((value) => ({ value, label: nameOf(value) }))}
          />
        )}
      </Field>
    </>
  );
}
