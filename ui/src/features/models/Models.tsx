/** Models: which names clients may use, where each leads, and why. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Download, Plus } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { Alias } from '../../api/types/Alias';
import { useCommands } from '../../commands';
import { count } from '../../format';
import { Screen } from '../../frame/Screen';
import { Button } from '../../kit/Button';
import { EmptyState } from '../../kit/EmptyState';
import { Notice } from '../../kit/Notice';
import { showToast } from '../../kit/Toast';
import { WithCode } from '../../kit/WithCode';
import { usualProtocol } from '../../protocols';
import { AliasDialog } from './AliasDialog';
import { AliasRules } from './AliasRules';
import { moved, put, restored, without } from './aliases';
import { DefaultModel } from './DefaultModel';
import { DryRun } from './DryRun';
import { PresetDialog } from './PresetDialog';
import { useAliasTable } from './use-alias-table';

/** What the dialog edits: a rule, or `new`. */
type Editing = Alias | 'new' | null;

export function Models() {
  const { t } = useTranslation(['models', 'common']);
  const search = useSearch({ from: '/models' });
  const navigate = useNavigate();
  const { query, change, present } = useAliasTable();
  // What a dialog asks for fails in the dialog, and nowhere else.
  const { change: save } = useAliasTable();
  const { data: models } = useQuery(queries.models);
  const [editing, setEditing] = useState<Editing>(null);
  const [importing, setImporting] = useState(false);
  const asked = useRef<HTMLInputElement>(null);
  const model = search.model ?? '';
  const protocol = search.protocol ?? usualProtocol;
  const { data: route } = useQuery({ ...queries.route(model, protocol), enabled: model !== '' });

  useCommands([
    { id: 'new-alias', label: t('add'), keys: ['n'], run: () => setEditing('new') },
    { id: 'dry-run', label: t('dryRun.title'), keys: ['/', 'mod+f'], run: () => asked.current?.focus() },
  ]);

  const table = query.data;
  const aliases = table?.aliases ?? [];
  const set = (next: Alias[]) => {
    if (table) change.mutate({ ...table, aliases: next });
  };
  const saveAll = async (next: Alias[]) => {
    if (!table) return;
    await save.mutateAsync({ ...table, aliases: next });
    if (change.isError) change.reset();
  };
  const undo = (before: Alias[], name: string) => {
    const now = present();
    if (now) change.mutate({ ...now, aliases: restored(now.aliases, before, name) });
  };
  const remove = ({ name }: Alias) => {
    if (!table) return;
    change.mutate(
      { ...table, aliases: without(aliases, name) },
      {
        onSuccess: () =>
          showToast(t('removed', { name }), {
            label: t('common:action.undo'),
            run: () => undo(aliases, name),
          }),
      },
    );
  };
  const ask = (next: { model?: string; protocol?: string }) =>
    void navigate({ to: '/models', search: { ...search, ...next }, replace: true });
  const concrete = models?.filter(({ alias }) => !alias).length;
  const counted = t('aliases', { count: aliases.length, formatted: count(aliases.length) });

  return (
    <Screen
      title={t('common:nav.models')}
      count={
        table &&
        (concrete === undefined
          ? counted
          : t('count', {
              aliases: counted,
              models: t('models', { count: concrete, formatted: count(concrete) }),
            }))
      }
      actions={
        <>
          <Button icon={<Download size={14} />} onClick={() => setImporting(true)}>
            {t('preset.open')}
          </Button>
          <Button variant="primary" icon={<Plus size={14} />} onClick={() => setEditing('new')}>
            {t('add')}
          </Button>
        </>
      }
    >
      <div className="flex min-h-0 flex-1 @max-[759.98px]/main:flex-col">
        <div className="scroll-y min-h-0 min-w-0 flex-1">
          {(query.error ?? change.error) && (
            <div className="pt-12 pr-edge pb-12 pl-20">
              <Notice tone="error">{messageOf(change.error ?? query.error)}</Notice>
            </div>
          )}
          {table && aliases.length === 0 && (
            <EmptyState
              title={t('empty.title')}
              action={<Button onClick={() => setImporting(true)}>{t('preset.open')}</Button>}
            >
              <WithCode text={t('empty.why')} />
            </EmptyState>
          )}
          {aliases.length > 0 && (
            <AliasRules
              aliases={aliases}
              deciding={route?.alias ?? null}
              onEdit={setEditing}
              onRemove={remove}
              onMove={(from, to) => set(moved(aliases, from, to))}
            />
          )}
          {table && (
            <DefaultModel
              model={table.default_model}
              onChange={(default_model) => change.mutate({ ...table, default_model })}
            />
          )}
        </div>
        <DryRun ref={asked} model={model} protocol={protocol} report={route} onAsk={ask} />
      </div>
      {editing !== null && (
        <AliasDialog
          alias={editing === 'new' ? null : editing}
          taken={aliases.map(({ name }) => name)}
          onClose={() => setEditing(null)}
          onSave={async (alias) => {
            await saveAll(put(aliases, editing === 'new' ? null : editing.name, alias));
            setEditing(null);
          }}
        />
      )}
      {importing && (
        <PresetDialog
          aliases={aliases}
          onClose={() => setImporting(false)}
          onImport={async (next) => {
            await saveAll(next);
            setImporting(false);
          }}
        />
      )}
    </Screen>
  );
}
