/** "What happened to this one?" The log as a live list, one row's whole story beside it. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { useCommands } from '../../commands';
import { count } from '../../format';
import { Screen } from '../../frame/Screen';
import { Button } from '../../kit/Button';
import { Notice } from '../../kit/Notice';
import { Progress } from '../../kit/Progress';
import { SplitPane } from '../../kit/SplitPane';
import { StatusShape } from '../../kit/Status';
import type { VirtualTableHandle } from '../../kit/VirtualTable';
import { DeleteAll } from './DeleteAll';
import { Detail } from './detail/Detail';
import { NoneMatch, NoneYet } from './Empty';
import { ExchangeList } from './ExchangeList';
import { FilterField } from './FilterField';
import { FilterForm } from './FilterForm';
import { isEmpty } from './filter';
import { lengthOf, rowsOf } from './log';
import { type ExchangesSearch, type Filter, filterOf } from './search';
import { useExchanges } from './use-exchanges';
import { useKnownNames } from './use-known-names';

export function Exchanges() {
  const { t } = useTranslation(['exchanges', 'common']);
  const search = useSearch({ from: '/exchanges' });
  const navigate = useNavigate({ from: '/exchanges' });
  const [live, setLive] = useState(true);
  const filter = useMemo(() => filterOf(search), [search]);
  const { log, waiting, error, retry, see, held } = useExchanges(filter, live);
  const known = useKnownNames(log?.head);
  const field = useRef<HTMLInputElement>(null);
  const table = useRef<VirtualTableHandle>(null);

  const { id } = search;
  const rows = useMemo(() => (log ? rowsOf(log) : []), [log]);
  const at = id === undefined ? -1 : rows.findIndex((row) => row?.id === id);
  const filtered = !isEmpty(filter);

  const change = useCallback(
    (next: Partial<ExchangesSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...next }), replace: true }),
    [navigate],
  );
  const setFilter = (next: Filter) =>
    void navigate({
      search: ({ id: open, view, form }) => ({
        ...(open === undefined ? {} : { id: open }),
        ...(view === undefined ? {} : { view }),
        ...(form === undefined ? {} : { form }),
        ...next,
      }),
      replace: true,
    });
  const toList = () => table.current?.goTo(Math.max(0, at));
  const close = () => {
    toList();
    void navigate({ search: (before) => ({ ...before, id: undefined }) });
  };
  const step = (by: number) => {
    if (log === null || rows.length === 0) return;
    table.current?.goTo(Math.max(0, at === -1 ? 0 : Math.min(lengthOf(log) - 1, at + by)));
  };

  useCommands([
    { id: 'next', label: t('command.next'), keys: ['j'], keyOnly: true, run: () => step(1) },
    { id: 'previous', label: t('command.previous'), keys: ['k'], keyOnly: true, run: () => step(-1) },
    {
      id: 'find',
      label: t('command.filter'),
      keys: ['/', 'mod+f'],
      run: () => field.current?.focus(),
    },
    {
      id: 'live',
      label: live ? t('command.liveOff') : t('command.liveOn'),
      keys: [' '],
      run: () => setLive(!live),
    },
    {
      id: 'close',
      label: t('common:keys.closeTop'),
      keys: ['escape'],
      keyOnly: true,
      run: () => {
        if (id !== undefined) close();
        else if (filtered) setFilter({});
      },
    },
  ]);

  return (
    <Screen
      title={t('common:nav.exchanges')}
      count={
        log &&
        log.total > 0 && (
          <Counts matching={log.matching} total={log.total} filter={isEmpty(log.filter) ? null : log.key} />
        )
      }
      actions={
        <>
          <Button
            aria-pressed={live}
            icon={<StatusShape kind={live ? 'running' : 'idle'} />}
            onClick={() => setLive(!live)}
          >
            {live ? t('live.on') : held > 0 ? t('live.held', { count: held }) : t('live.off')}
          </Button>
          <DeleteAll total={log?.total ?? 0} />
        </>
      }
      bar={
        <>
          <FilterField
            ref={field}
            filter={filter}
            known={known}
            onChange={setFilter}
            onLeave={() => {
              field.current?.blur();
              toList();
            }}
          />
          <FilterForm filter={filter} known={known} onChange={setFilter} />
        </>
      }
    >
      <SplitPane
        id="exchanges"
        detailLabel={t('common:region.detail')}
        list={
          <div className="@container/list relative flex min-h-0 flex-1 flex-col">
            <Progress active={waiting} />
            {error && (
              <Notice
                banner
                tone="error"
                actions={
                  <Button size="small" onClick={retry}>
                    {t('common:action.retry')}
                  </Button>
                }
              >
                {t('list.failed', { message: messageOf(error) })}
              </Notice>
            )}
            {log && log.matching === 0 ? (
              log.total === 0 && !filtered ? (
                <NoneYet />
              ) : (
                <NoneMatch total={log.total} text={filter.text} onClear={() => setFilter({})} />
              )
            ) : (
              <ExchangeList
                // Another filter is another list: it starts at its top.
                key={log?.key}
                handle={table}
                log={log}
                rows={rows}
                failed={error !== null}
                selected={id ?? null}
                onSee={see}
                onOpen={(row) => void navigate({ search: (before) => ({ ...before, id: row }) })}
                onMove={(row) => id !== undefined && change({ id: row })}
              />
            )}
          </div>
        }
        detail={
          id === undefined ? null : (
            <Detail
              id={id}
              row={rows[at]}
              view={search.view}
              form={search.form}
              onChange={change}
              onClose={close}
            />
          )
        }
      />
    </Screen>
  );
}

interface CountsProps {
  matching: number;
  total: number;
  /** The filter's key; null without a filter. */
  filter: string | null;
}

/** `412 of 98,204`, or just how many there are. A screen reader hears it once for each filter, not for each row. */
function Counts({ matching, total, filter }: CountsProps) {
  const { t } = useTranslation('exchanges');
  const words =
    filter === null ? count(total) : t('list.some', { matching: count(matching), total: count(total) });
  const [told, setTold] = useState({ filter, words: '' });
  if (told.filter !== filter) setTold({ filter, words });
  return (
    <>
      <span className="tabular">{words}</span>
      <span aria-live="polite" className="sr-only">
        {told.words}
      </span>
    </>
  );
}
