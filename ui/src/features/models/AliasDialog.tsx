/** One rule as a form: the name clients ask for, and the targets in order. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure, messageOf } from '../../api/client';
import type { Alias } from '../../api/types/Alias';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { Form } from '../../kit/Form';
import { Notice } from '../../kit/Notice';
import { TextInput } from '../../kit/TextInput';
import { TargetList } from './TargetList';

interface AliasDialogProps {
  /** Null for a new one. */
  alias: Alias | null;
  taken: readonly string[];
  onClose: () => void;
  /** Rejects with the reason when the server refuses. */
  onSave: (alias: Alias) => Promise<void>;
}

interface Errors {
  name?: string;
  targets?: string;
  form?: string;
}

export function AliasDialog({ alias, taken, onClose, onSave }: AliasDialogProps) {
  const { t } = useTranslation(['models', 'common']);
  const [name, setName] = useState(alias?.name ?? '');
  const [targets, setTargets] = useState(alias?.targets ?? ['']);
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState(false);

  const complaint = (): Errors => {
    const wanted = name.trim();
    if (wanted === '') return { name: t('edit.nameMissing') };
    if (wanted !== alias?.name && taken.includes(wanted))
      return { name: t('edit.nameTaken', { name: wanted }) };
    const bad = targets.find((target) => !/^[^/\s]+\/\S+$/.test(target.trim()));
    if (bad !== undefined) return { targets: t('edit.targetBad') };
    return {};
  };
  const save = async () => {
    const wrong = complaint();
    setErrors(wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      await onSave({ name: name.trim(), targets: targets.map((target) => target.trim()) });
    } catch (error) {
      const field = error instanceof ApiFailure && /name|target/.exec(error.field ?? '')?.[0];
      const place = field === 'name' ? 'name' : field === 'target' ? 'targets' : 'form';
      setErrors({ [place]: messageOf(error) });
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={alias === null ? t('add') : t('rules.edit', { name: alias.name })}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button variant="primary" busy={busy} onClick={() => void save()}>
            {alias === null ? t('add') : t('edit.save')}
          </Button>
        </>
      }
    >
      <Form className="flex flex-col gap-16 pr-8" onSubmit={() => void save()}>
        {errors.form !== undefined && <Notice tone="error">{errors.form}</Notice>}
        <Field label={t('rules.name')} hint={t('edit.nameHint')} error={errors.name}>
          {(field) => (
            <TextInput
              {...field}
              mono
              autoFocus
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('edit.targets')} hint={t('edit.targetsHint')} error={errors.targets}>
          {(field) => (
            <TargetList
              targets={targets}
              onChange={setTargets}
              describedBy={field['aria-describedby']}
              invalid={field['aria-invalid']}
            />
          )}
        </Field>
      </Form>
    </Dialog>
  );
}
