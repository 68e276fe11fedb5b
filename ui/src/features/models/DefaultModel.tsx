/** What happens when no rule fits: `provider/model` always works, otherwise the default. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import { Button } from '../../kit/Button';
import { Popover } from '../../kit/Popover';
import { TextInput } from '../../kit/TextInput';

interface DefaultModelProps {
  model: string | null;
  onChange: (model: string | null) => void;
}

export function DefaultModel({ model, onChange }: DefaultModelProps) {
  const { t } = useTranslation(['models', 'common']);
  const { data: models } = useQuery(queries.models);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const save = (next: string) => {
    onChange(next.trim() === '' ? null : next.trim());
    setOpen(false);
  };
  return (
    <p className="flex min-h-48 flex-wrap items-center gap-x-12 gap-y-4 py-8 pr-edge pl-20 text-text-2">
      <span>
        {t('default.always')} <code className="font-mono text-12 text-text-1">provider/model</code>
      </span>
      <span className="flex items-center gap-8">
        {t('default.unnamed')}
        {model === null ? (
          <span className="text-text-3">{t('default.none')}</span>
        ) : (
          <code className="rounded-control bg-surface-3 px-6 font-mono text-12 leading-[1.25rem] text-text-1">
            {model}
          </code>
        )}
        <Popover
          label={t('default.change')}
          open={open}
          onOpenChange={(next) => {
            setTyped(model ?? '');
            setOpen(next);
          }}
          trigger={
            <Button variant="ghost" size="small">
              {t('default.change')}
            </Button>
          }
        >
          <form
            className="flex items-center gap-8"
            onSubmit={(event) => {
              event.preventDefault();
              save(typed);
            }}
          >
            <datalist id="default-models">
              {models?.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </datalist>
            <TextInput
              mono
              autoFocus
              list="default-models"
              aria-label={t('default.label')}
              placeholder={t('default.placeholder')}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              className="w-[220px]"
            />
            <Button type="submit">{t('common:action.save')}</Button>
          </form>
        </Popover>
      </span>
    </p>
  );
}
