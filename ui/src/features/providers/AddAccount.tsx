/** Another login or key at a provider. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure, api, messageOf } from '../../api/client';
import type { Account } from '../../api/types/Account';
import type { Provider } from '../../api/types/Provider';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { Form } from '../../kit/Form';
import { TextInput } from '../../kit/TextInput';
import { emptyKey, KeyFields, keyInput } from './KeyFields';
import { useChange } from './use-change';

interface AddAccountProps {
  provider: Provider;
  /** The name it gets unless the person writes another. */
  free: string;
  onClose: () => void;
}

export function AddAccount({ provider, free, onClose }: AddAccountProps) {
  const { t } = useTranslation(['providers', 'common']);
  const [id, setId] = useState(free);
  const [draft, setDraft] = useState(emptyKey);
  const [missing, setMissing] = useState(false);
  const input = keyInput(draft);
  const add = useChange(() =>
    api.put<Account>(`/admin/accounts/${encodeURIComponent(id)}`, { provider: provider.id, ...input }),
  );
  const refused = (field: string) =>
    add.error instanceof ApiFailure && add.error.field === field ? add.error.message : undefined;
  const save = () => {
    setMissing(input === null);
    if (input !== null) add.mutate(undefined, { onSuccess: onClose });
  };
  const elsewhere = add.error && refused('id') === undefined ? messageOf(add.error) : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('accounts.addTo', { provider: provider.name })}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button variant="primary" busy={add.isPending} onClick={save}>
            {t('accounts.add')}
          </Button>
        </>
      }
    >
      <Form className="flex flex-col gap-16 pr-8" onSubmit={save}>
        <KeyFields
          draft={draft}
          autoFocus
          onChange={setDraft}
          error={missing && input === null ? t('key.missing') : elsewhere}
        />
        <Field label={t('accounts.id')} hint={t('accounts.idHint')} error={refused('id')}>
          {(field) => (
            <TextInput {...field} mono value={id} onChange={(event) => setId(event.target.value.trim())} />
          )}
        </Field>
      </Form>
    </Dialog>
  );
}
