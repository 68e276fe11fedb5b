/** The targets of one rule, in order, each a field that knows the models one can name. */
import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import { Button } from '../../kit/Button';
import { IconButton } from '../../kit/IconButton';
import { TextInput } from '../../kit/TextInput';

interface TargetListProps {
  targets: readonly string[];
  onChange: (targets: string[]) => void;
  describedBy: string | undefined;
  invalid: true | undefined;
}

export function TargetList({ targets, onChange, describedBy, invalid }: TargetListProps) {
  const { t } = useTranslation('models');
  const { data: models } = useQuery(queries.models);
  const names = useId();
  const set = (index: number, target: string) =>
    onChange(targets.map((other, at) => (at === index ? target : other)));
  const swap = (index: number, other: number) =>
    onChange(
      targets.map((target, at) =>
        at === index ? targets[other] : at === other ? targets[index] : target,
      ) as string[],
    );
  return (
    <div role="group" aria-label={t('edit.targets')} className="flex flex-col gap-6">
      <datalist id={names}>
        {models
          ?.filter(({ alias }) => !alias)
          .map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
      </datalist>
      {targets.map((target, index) => (
        // A target is known by its place while it is typed.
        <div key={index} className="flex items-center gap-4">
          <span className="w-16 shrink-0 text-12 text-text-3 tabular">{index + 1}</span>
          <TextInput
            mono
            list={names}
            aria-label={t('edit.target', { number: index + 1 })}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            placeholder="provider/model"
            value={target}
            onChange={(event) => set(index, event.target.value)}
            className="flex-1"
          />
          <IconButton
            name={t('rules.up')}
            icon={<ArrowUp size={14} />}
            size="small"
            className={index === 0 ? 'invisible' : undefined}
            onClick={() => swap(index, index - 1)}
          />
          <IconButton
            name={t('rules.down')}
            icon={<ArrowDown size={14} />}
            size="small"
            className={index === targets.length - 1 ? 'invisible' : undefined}
            onClick={() => swap(index, index + 1)}
          />
          <IconButton
            name={t('edit.removeTarget', { number: index + 1 })}
            icon={<X size={14} />}
            size="small"
            className={targets.length === 1 ? 'invisible' : undefined}
            onClick={() => onChange(targets.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <div className="pl-20">
        <Button
          variant="ghost"
          size="small"
          icon={<Plus size={14} />}
          onClick={() => onChange([...targets, ''])}
        >
          {t('edit.addTarget')}
        </Button>
      </div>
    </div>
  );
}
