/** The filter as a form behind a button, for those who do not know the tokens. */
import { useQuery } from '@tanstack/react-query';
import { Filter as Funnel } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import { Button } from '../../kit/Button';
import { Field } from '../../kit/Field';
import { Popover } from '../../kit/Popover';
import { Segmented } from '../../kit/Segmented';
import { type Option, Select } from '../../kit/Select';
import { Switch } from '../../kit/Switch';
import { protocols } from '../../protocols';
import { useProtocolName } from '../../protocols/ProtocolMark';
import { isEmpty, type KnownNames, without } from './filter';
import type { Filter } from './search';

interface FilterFormProps {
  filter: Filter;
  known: KnownNames;
  onChange: (filter: Filter) => void;
}

/** A choice that takes the condition away. */
const any = '*';
const spans = ['15m', '1h', 'today', '7d'] as const;

export function FilterForm({ filter, known, onChange }: FilterFormProps) {
  const { t } = useTranslation('exchanges');
  const nameOf = useProtocolName();
  const { data: providers } = useQuery(queries.providers);
  const set = (name: keyof Filter, value: string) =>
    onChange(value === any ? without(filter, name) : { ...filter, [name]: value });
  const choices = (values: readonly string[], present: string | undefined): string[] => [
    ...new Set([...values, ...(present === undefined ? [] : [present])]),
  ];
  const options = (values: readonly string[], labelOf = (value: string) => value): Option<string>[] => [
    { value: any, label: t('filter.any') },
    ...values.map((value) => ({ value, label: labelOf(value) })),
  ];
  const isSpan = spans.some((span) => span === filter.since);
  return (
    <Popover
      label={t('filter.button')}
      align="end"
      trigger={<Button icon={<Funnel size={14} />}>{t('filter.button')}</Button>}
    >
      <div className="flex w-[300px] max-w-full flex-col gap-12">
        <Field label={t('filter.status')}>
          {(field) => (
            <div>
              <Segmented
                {...field}
                label={t('filter.status')}
                value={filter.status ?? any}
                onChange={(value) => set('status', value)}
                segments={[
                  { value: any, label: t('filter.any') },
                  { value: 'ok', label: t('filter.ok') },
                  { value: 'error', label: t('filter.error') },
                ]}
              />
            </div>
          )}
        </Field>
        <Field label={t('filter.client')}>
          {(field) => (
            <Select
              {...field}
              value={filter.client ?? any}
              onChange={(value) => set('client', value)}
              options={options(choices(known.client ?? [], filter.client))}
            />
          )}
        </Field>
        <Field label={t('filter.provider')}>
          {(field) => (
            <Select
              {...field}
              value={filter.provider ?? any}
              onChange={(value) => set('provider', value)}
              options={options(
                choices(known.provider ?? [], filter.provider),
                (id) => providers?.find((provider) => provider.id === id)?.name ?? id,
              )}
            />
          )}
        </Field>
        <Field label={t('filter.model')}>
          {(field) => (
            <Select
              {...field}
              mono
              value={filter.model ?? any}
              onChange={(value) => set('model', value)}
              options={options(choices(known.model ?? [], filter.model))}
            />
          )}
        </Field>
        <Field label={t('filter.protocol')}>
          {(field) => (
            <Select
              {...field}
              value={filter.protocol ?? any}
              onChange={(value) => set('protocol', value)}
              options={options(choices(protocols, filter.protocol), nameOf)}
            />
          )}
        </Field>
        <Field label={t('filter.since')}>
          {(field) => (
            <Select
              {...field}
              value={filter.since ?? any}
              onChange={(value) => set('since', value)}
              options={[
                { value: any, label: t('filter.any') },
                ...spans.map((value) => ({ value: value as string, label: t(`filter.spans.${value}`) })),
                ...(filter.since === undefined || isSpan
                  ? []
                  : [{ value: filter.since, label: filter.since }]),
              ]}
            />
          )}
        </Field>
        <div className="flex items-center justify-between gap-12">
          <label htmlFor="only-losses" className="text-text-2">
            {t('filter.losses')}
          </label>
          <Switch
            id="only-losses"
            checked={filter.losses === true}
            onChange={(on) => onChange(on ? { ...filter, losses: true } : without(filter, 'losses'))}
          />
        </div>
        <div className="flex items-center justify-between gap-12 border-t border-line-1 pt-8">
          <p className="text-12 text-text-3">{t('filter.hint')}</p>
          <Button
            size="small"
            unavailable={isEmpty(filter) ? t('filter.nothing') : undefined}
            onClick={() => onChange({})}
          >
            {t('filter.clear')}
          </Button>
        </div>
      </div>
    </Popover>
  );
}
