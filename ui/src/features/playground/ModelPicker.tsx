/** One of the names that clients can send, or any other that is typed. */
import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { Check, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import { drawn, fits } from '../../find';
import { count } from '../../format';
import { Button } from '../../kit/Button';
import { Popover } from '../../kit/Popover';

interface ModelPickerProps {
  model: string;
  onChange: (model: string) => void;
}

export function ModelPicker({ model, onChange }: ModelPickerProps) {
  const { t } = useTranslation('playground');
  const [open, setOpen] = useState(false);
  const choose = (next: string) => {
    onChange(next);
    setOpen(false);
  };
  return (
    <Popover
      label={t('model.choose')}
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button
          aria-label={t('model.current', { model: model || t('model.none') })}
          className="max-w-[240px] min-w-0 wide:min-w-[148px] justify-between! border-line-3! px-8! font-mono text-12! font-normal!"
        >
          <span className="truncate">{model || t('model.none')}</span>
          <ChevronDown size={14} className="shrink-0 text-text-3" />
        </Button>
      }
    >
      <Choices model={model} onChoose={choose} />
    </Popover>
  );
}

function Choices({ model, onChoose }: { model: string; onChoose: (model: string) => void }) {
  const { t } = useTranslation(['playground', 'common']);
  const { data: models = [] } = useQuery(queries.models);
  const [typed, setTyped] = useState('');
  const wanted = typed.trim();
  const found = models.filter(({ name }) => fits(name, wanted));
  const left = found.length - drawn;
  const item = (name: string, note: string | null) => (
    <Command.Item
      key={name}
      value={name}
      onSelect={() => onChoose(name)}
      className="flex min-h-[28px] items-center gap-12 rounded-control px-8 font-mono text-12 select-none data-[selected=true]:bg-surface-4"
    >
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{name}</span>
      {note !== null && <span className="font-ui text-text-3">{note}</span>}
      <Check size={14} className={name === model ? 'text-accent-ink' : 'invisible'} />
    </Command.Item>
  );
  return (
    <Command
      loop
      shouldFilter={false}
      defaultValue={model}
      label={t('model.choose')}
      className="w-[332px] max-w-full"
    >
      <Command.Input
        autoFocus
        value={typed}
        onValueChange={setTyped}
        placeholder={t('model.find')}
        className="h-control w-full rounded-control border border-line-3 bg-surface-1 px-8 font-mono text-12"
      />
      <Command.List className="mt-8 max-h-[320px] overflow-y-auto">
        {found
          .slice(0, drawn)
          .map(({ name, alias, provider }) => item(name, alias ? t('model.alias') : provider))}
        {wanted !== '' && !models.some(({ name }) => name === wanted) && item(wanted, t('model.asTyped'))}
        {left > 0 && (
          <div className="px-8 py-6 text-12 text-text-3">
            {t('common:find.more', { count: left, formatted: count(left) })}
          </div>
        )}
      </Command.List>
    </Command>
  );
}
