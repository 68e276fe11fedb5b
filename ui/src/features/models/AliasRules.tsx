/** The rules in their order: an exact name wins, among patterns the first that fits. */
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { GripVertical, MoreHorizontal, Pencil, Trash2 } from 'lucide-react';
import { Fragment, type KeyboardEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import type { Alias } from '../../api/types/Alias';
import type { Provider } from '../../api/types/Provider';
import { IconButton } from '../../kit/IconButton';
import { Menu } from '../../kit/Menu';
import { StatusShape } from '../../kit/Status';
import { Tooltip } from '../../kit/Tooltip';
import { providerOf } from './aliases';
import { useRowDrag } from './use-row-drag';

interface AliasRulesProps {
  aliases: readonly Alias[];
  /** The name of the rule that decides the dry run. */
  deciding: string | null;
  onEdit: (alias: Alias) => void;
  onRemove: (alias: Alias) => void;
  onMove: (from: number, to: number) => void;
}

const columns =
  'grid grid-cols-[32px_minmax(120px,200px)_minmax(0,1fr)_32px] items-center pr-edge pl-8 @max-[519.98px]/main:grid-cols-[32px_minmax(0,1fr)_32px]';

export function AliasRules({ aliases, deciding, onEdit, onRemove, onMove }: AliasRulesProps) {
  const { t } = useTranslation(['models', 'common']);
  const list = useRef<HTMLOListElement>(null);
  const names = aliases.map(({ name }) => name);
  // While a row is dragged the list shows what letting go would make of it.
  const { drag, handle, shift } = useRowDrag(list, names, onMove);

  const byKeys = (event: KeyboardEvent<HTMLElement>, index: number) => {
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const rows = list.current?.querySelectorAll<HTMLElement>('[data-rule]');
    if (event.altKey) {
      const to = index + step;
      if (to < 0 || to >= aliases.length) return;
      onMove(index, to);
      // The row goes, the focus goes with it.
      requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>('[data-rule]')[to]?.focus());
    } else rows?.[index + step]?.focus();
  };

  return (
    <section aria-label={t('rules.title')}>
      <div className={clsx(columns, 'h-[28px] border-b border-line-1 text-11 text-text-3')}>
        <span />
        <span>{t('rules.name')}</span>
        <span className="@max-[519.98px]/main:hidden">{t('rules.targets')}</span>
      </div>
      <ol ref={list}>
        {aliases.map((alias, index) => {
          const { name } = alias;
          return (
            <li
              key={name}
              className={clsx(
                columns,
                'relative min-h-[40px] border-b border-line-1',
                deciding === name && 'bg-surface-4 shadow-[inset_2px_0_var(--accent-ink)]',
                drag?.from === index && 'z-10 bg-surface-3',
              )}
              style={drag ? { transform: `translateY(${shift(index)}px)` } : undefined}
            >
              <Tooltip text={t('rules.drag')} keys={['alt+arrowup', 'alt+arrowdown']}>
                <span
                  {...handle(index)}
                  className="flex h-[28px] cursor-grab touch-none items-center justify-center text-text-3 hover:text-text-1 active:cursor-grabbing"
                >
                  <GripVertical size={14} aria-hidden="true" />
                </span>
              </Tooltip>
              <button
                type="button"
                data-rule
                aria-label={t('rules.edit', { name })}
                aria-current={deciding === name || undefined}
                onClick={() => onEdit(alias)}
                onKeyDown={(event) => byKeys(event, index)}
                className="row-focus my-6 min-h-[28px] rounded-control pr-12 text-left font-mono text-12 font-medium [overflow-wrap:anywhere]"
              >
                <Pattern name={name} />
              </button>
              <Targets targets={alias.targets} />
              <Menu
                trigger={
                  <IconButton
                    name={t('rules.actions', { name })}
                    icon={<MoreHorizontal size={14} />}
                    size="small"
                  />
                }
                items={[
                  {
                    label: t('common:action.edit'),
                    icon: <Pencil size={14} />,
                    onSelect: () => onEdit(alias),
                  },
                  ...(index > 0 ? [{ label: t('rules.up'), onSelect: () => onMove(index, index - 1) }] : []),
                  ...(index < aliases.length - 1
                    ? [{ label: t('rules.down'), onSelect: () => onMove(index, index + 1) }]
                    : []),
                  {
                    label: t('rules.remove'),
                    icon: <Trash2 size={14} />,
                    danger: true,
                    separated: true,
                    onSelect: () => onRemove(alias),
                  },
                ]}
              />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** A name whose `*` stands out. */
function Pattern({ name }: { name: string }) {
  return name.split('*').map((piece, index) => (
    // The pieces of one name have no other key.
    <Fragment key={index}>
      {index > 0 && <span className="text-accent-ink">*</span>}
      {piece}
    </Fragment>
  ));
}

function Targets({ targets }: { targets: readonly string[] }) {
  const { t } = useTranslation('models');
  const { data: providers } = useQuery(queries.providers);
  const keyProblem = ({ accounts, signs_in }: Provider) => {
    const opens = accounts.some(({ key, login }) => key.set && login?.ended !== true);
    if (opens || (accounts.length === 0 && !signs_in)) return null;
    return signs_in ? t('target.noLogin') : t('target.noKey');
  };
  return (
    // Where there is no room beside the name it is under it.
    <span className="flex flex-wrap items-center gap-x-8 gap-y-4 py-6 @max-[519.98px]/main:col-span-2 @max-[519.98px]/main:col-start-2 @max-[519.98px]/main:row-start-2 @max-[519.98px]/main:pt-0">
      {targets.map((target, index) => {
        const provider = providers?.find(({ id }) => id === providerOf(target));
        const problem =
          providers === undefined
            ? null
            : provider === undefined
              ? t('target.noProvider')
              : keyProblem(provider);
        return (
          <Fragment key={target}>
            {index > 0 && <span className="text-12 text-text-3">{t('rules.then')}</span>}
            <span className="inline-flex max-w-full items-center gap-6 rounded-control bg-surface-3 px-6 font-mono text-12 leading-[1.25rem] [overflow-wrap:anywhere]">
              {problem !== null && <StatusShape kind="failed" />}
              {target}
            </span>
            {problem !== null && <span className="text-12 text-error-ink">{problem}</span>}
          </Fragment>
        );
      })}
    </span>
  );
}
