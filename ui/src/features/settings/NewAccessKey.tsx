/** Two steps in one dialog: a name, then the key, which is seen here and never again. */
import { zodResolver } from '@hookform/resolvers/zod';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import * as z from 'zod/mini';
import { api, messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { NewAccessKey as CreatedKey } from '../../api/types/NewAccessKey';
import { Button } from '../../kit/Button';
import { CopyButton } from '../../kit/CopyButton';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { TextInput } from '../../kit/TextInput';

interface NewAccessKeyProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function NewAccessKey({ open, onOpenChange }: NewAccessKeyProps) {
  const { t } = useTranslation(['settings', 'common']);
  const cache = useQueryClient();
  const form = useForm({
    mode: 'onTouched',
    defaultValues: { name: '' },
    resolver: zodResolver(
      z.object({
        name: z
          .string()
          .check(z.trim(), z.minLength(1, t('keys.nameMissing')), z.maxLength(64, t('keys.nameLong'))),
      }),
    ),
  });
  const create = useMutation({
    mutationFn: (input: { name: string }) => api.post<CreatedKey>('/admin/access-keys', input),
    onSuccess: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: queries.settings.queryKey }),
        cache.invalidateQueries({ queryKey: queries.status.queryKey }),
      ]),
    onError: (error) => form.setError('name', { message: messageOf(error) }),
  });
  const close = (next: boolean) => {
    onOpenChange(next);
    if (next) return;
    form.reset();
    // The key leaves the page's memory with the dialog.
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
  const submit = form.handleSubmit((input) => create.mutate(input));
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title={t('keys.create')}
      footer={
        <>
          <Button onClick={() => close(false)}>{t('common:action.cancel')}</Button>
          <Button variant="primary" busy={create.isPending} onClick={() => void submit()}>
            {t('keys.create')}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field label={t('keys.name')} hint={t('keys.nameHint')} error={form.formState.errors.name?.message}>
          {(field) => <TextInput {...field} {...form.register('name')} mono />}
        </Field>
      </form>
    </Dialog>
  );
}
