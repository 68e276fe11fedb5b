/** Changes a provider's name, address, protocol, time-outs and retries. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure, api, messageOf } from '../../api/client';
import type { Provider } from '../../api/types/Provider';
import type { ProviderInput } from '../../api/types/ProviderInput';
import type { Timeouts } from '../../api/types/Timeouts';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { Form } from '../../kit/Form';
import { Notice } from '../../kit/Notice';
import { NumberInput } from '../../kit/NumberInput';
import { type ProviderDraft, ProviderFields } from './ProviderFields';
import { useChange } from './use-change';

const waits = ['connect', 'headers', 'idle'] as const satisfies readonly (keyof Timeouts)[];

export function EditProvider({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { t } = useTranslation(['providers', 'common']);
  const [draft, setDraft] = useState<ProviderDraft>({
    name: provider.name,
    protocol: provider.protocol,
    base_url: provider.base_url ?? '',
  });
  const [timeouts, setTimeouts] = useState(provider.timeouts);
  const [retries, setRetries] = useState(provider.retries);
  const [errors, setErrors] = useState<Record<string, string | undefined>>({});
  const edit = useChange((input: ProviderInput) =>
    api.put<Provider>(`/admin/providers/${encodeURIComponent(provider.id)}`, input),
  );
  const { error } = edit;
  const field = error instanceof ApiFailure ? error.field : null;
  const known = field === 'name' || field === 'base_url' || field === 'protocol';
  const save = () => {
    if (Object.values(errors).some((wrong) => wrong !== undefined)) return;
    edit.mutate({ ...draft, timeouts, retries }, { onSuccess: onClose });
  };
  const setWait = (name: keyof Timeouts, value: number | null) => {
    const fits = value !== null && value > 0;
    setErrors({ ...errors, [name]: fits ? undefined : t('edit.secondsBad') });
    if (fits) setTimeouts({ ...timeouts, [name]: value });
  };
  const setTries = (value: number | null) => {
    const fits = value !== null && Number.isInteger(value) && value >= 0;
    setErrors({ ...errors, retries: fits ? undefined : t('edit.retriesBad') });
    if (fits) setRetries(value);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('edit.title', { name: provider.name })}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button variant="primary" busy={edit.isPending} onClick={save}>
            {t('edit.save')}
          </Button>
        </>
      }
    >
      <Form className="flex flex-col gap-16 pr-8" onSubmit={save}>
        {error && !known && <Notice tone="error">{messageOf(error)}</Notice>}
        <ProviderFields
          draft={draft}
          onChange={setDraft}
          errors={known && error ? { [field]: messageOf(error) } : {}}
        />
        <div className="grid grid-cols-2 gap-16">
          {waits.map((name) => (
            <Field key={name} label={t(`edit.${name}`)} error={errors[name]}>
              {(control) => (
                <NumberInput
                  {...control}
                  value={timeouts[name]}
                  onCommit={(value) => setWait(name, value)}
                  unit={t('common:unit.second')}
                  className="w-[72px]"
                />
              )}
            </Field>
          ))}
          <Field label={t('behaviour.retries')} error={errors['retries']}>
            {(control) => (
              <NumberInput {...control} value={retries} onCommit={setTries} className="w-[72px]" />
            )}
          </Field>
        </div>
      </Form>
    </Dialog>
  );
}
