/** Two steps in one dialog: a name, then the key, which is seen here and never again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { NewAccessKey as CreatedKey } from '../../api/types/NewAccessKey';
import { Button } from '../../kit/Button';
import { CopyButton } from '../../kit/CopyButton';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { TextInput } from '../../kit/TextInput';

/** As the server allows, in letters. */
const longest = 64;

interface NewAccessKeyProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function NewAccessKey({ open, onOpenChange }: NewAccessKeyProps) {
  const { t } = useTranslation(['settings', 'common']);
  const cache = useQueryClient();
  const [name, setName] = useState('');
  const [left, setLeft] = useState(false);
  const create = useMutation({
    mutationFn: (input: { name: string }) => api.post<CreatedKey>('/admin/access-keys', input),
    // The key leaves the page's memory with the dialog.
    gcTime: 0,
    onSuccess: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: queries.settings.queryKey }),
        cache.invalidateQueries({ queryKey: queries.status.queryKey }),
      ]),
  });
  const close = (next: boolean) => {
    onOpenChange(next);
    if (next) return;
    setName('');
    setLeft(false);
    create.reset();
  };
  const created = create.data;
  if (created) {
    return (
      <Dialog
        open={open}
        onOpenChange={close}
        title={t('keys.createdTitle', { name: created.name })}
        description={t('keys.createdHint')}
        footer={<Button onClick={() => close(false)}>{t('keys.done')}</Button>}
      >
        <div className="flex items-center gap-12">
          <code className="min-w-0 flex-1 rounded-control bg-surface-2 px-12 py-8 text-12 break-all select-all">
            {created.key}
          </code>
          <CopyButton
            text={created.key}
            name={t('keys.copyKey')}
            label={t('keys.copyKey')}
            variant="primary"
            autoFocus
          />
        </div>
      </Dialog>
    );
  }
  const trimmed = name.trim();
  const wrong =
    trimmed === '' ? t('keys.nameMissing') : trimmed.length > longest ? t('keys.nameLong') : undefined;
  const refused = create.error ? messageOf(create.error) : undefined;
  const submit = () => {
    setLeft(true);
    if (wrong === undefined && !create.isPending) create.mutate({ name: trimmed });
  };
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title={t('keys.create')}
      footer={
        <>
          <Button onClick={() => close(false)}>{t('common:action.cancel')}</Button>
          <Button variant="primary" busy={create.isPending} onClick={submit}>
            {t('keys.create')}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label={t('keys.name')}
          hint={t('keys.nameHint')}
          error={left && wrong !== undefined ? wrong : refused}
        >
          {(field) => (
            <TextInput
              {...field}
              mono
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                create.reset();
              }}
              onBlur={() => setLeft(true)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
