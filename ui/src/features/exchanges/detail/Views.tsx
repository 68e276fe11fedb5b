/** The tabs of an exchange: two pairs in the order the bytes travel, then events, losses, timing. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExchangeDetail } from '../../../api/types/ExchangeDetail';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { useCommands } from '../../../commands';
import { count } from '../../../format';
import { Tab, TabList, TabPanel, Tabs } from '../../../kit/Tabs';
import type { Form, View } from '../search';
import { views } from '../search';
import { ClientRequest } from './ClientRequest';
import { ClientResponse } from './ClientResponse';
import { Events } from './Events';
import { Losses } from './Losses';
import { Timing } from './Timing';
import { UpstreamRequest } from './UpstreamRequest';
import { UpstreamResponse } from './UpstreamResponse';

interface ViewsProps {
  summary: ExchangeSummary;
  /** Undefined: not there yet. */
  detail: ExchangeDetail | undefined;
  view: View | undefined;
  form: Form | undefined;
  onChange: (change: { view?: View; form?: Form }) => void;
}

/** What every view is given. */
export interface ViewProps {
  detail: ExchangeDetail;
  form: Form;
  onForm: (form: Form) => void;
  onView: (view: View) => void;
}

const panels: Record<View, (props: ViewProps) => ReactNode> = {
  'client-request': ClientRequest,
  'upstream-request': UpstreamRequest,
  'upstream-response': UpstreamResponse,
  'client-response': ClientResponse,
  events: Events,
  losses: Losses,
  timing: Timing,
};

const viewKeys: Record<View, string> = {
  'client-request': '1',
  'upstream-request': '2',
  'upstream-response': '3',
  'client-response': '4',
  events: 'e',
  losses: 'l',
  timing: 't',
};

const formKeys: Record<Form, string> = { pretty: 'p', raw: 'r', headers: 'h', diff: 'd' };

export function Views({ summary, detail, view: chosen, form = 'pretty', onChange }: ViewsProps) {
  const { t } = useTranslation('exchanges');
  const view = chosen ?? 'client-request';
  useCommands([
    ...views.map((each) => ({
      id: `view-${each}`,
      label: t(`view.command.${each}`),
      keys: [viewKeys[each]],
      keyOnly: true,
      run: () => onChange({ view: each }),
    })),
    ...Object.entries(formKeys).map(([each, key]) => ({
      id: `form-${each}`,
      label: t(`form.command.${each as Form}`),
      keys: [key],
      keyOnly: true,
      run: () => onChange({ form: each as Form }),
    })),
  ]);
  const Panel = panels[view];
  return (
    <Tabs
      value={view}
      onValueChange={(next) => onChange({ view: next as View })}
      className="flex min-h-0 flex-1 flex-col"
    >
      <TabList label={t('view.label')} className="pr-16 pl-20 @max-[620px]:gap-x-8">
        <Group name={t('view.request')} arrow="→" />
        <Tab value="client-request">
          <Prefix name={t('view.request')} />
          {t('view.client')}
        </Tab>
        <Tab value="upstream-request">
          <Prefix name={t('view.request')} />
          {t('view.upstream')}
        </Tab>
        <Divider />
        <Group name={t('view.response')} arrow="←" />
        <Tab value="upstream-response">
          <Prefix name={t('view.response')} />
          {t('view.upstream')}
        </Tab>
        <Tab value="client-response">
          <Prefix name={t('view.response')} />
          {t('view.client')}
        </Tab>
        <Divider />
        <Tab value="events">
          {t('view.events')}
          <span className="font-normal text-text-3 tabular">{detail ? count(detail.event_count) : ''}</span>
        </Tab>
        <Tab value="losses">
          {t('view.losses')}
          <span className={summary.losses > 0 ? 'text-warn-ink tabular' : 'font-normal text-text-3 tabular'}>
            {count(summary.losses)}
          </span>
        </Tab>
        <Tab value="timing">{t('view.timing')}</Tab>
      </TabList>
      <TabPanel value={view} tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
        {detail && (
          <Panel
            // Another exchange starts at its beginning.
            key={detail.summary.id}
            detail={detail}
            form={form}
            onForm={(next) => onChange({ form: next })}
            onView={(next) => onChange({ view: next })}
          />
        )}
      </TabPanel>
    </Tabs>
  );
}

/** In a narrow pane the direction has to do. */
function Group({ name, arrow }: { name: string; arrow: string }) {
  return (
    <span aria-hidden="true" title={name} className="self-center text-11 text-text-3 select-none">
      <span className="@max-[620px]:hidden">{name}</span>
      <span className="@min-[620px]:hidden">{arrow}</span>
    </span>
  );
}

function Prefix({ name }: { name: string }) {
  return (
    <>
      <span className="sr-only">{name}</span>{' '}
    </>
  );
}

function Divider() {
  return <span aria-hidden="true" className="my-8 w-px shrink-0 bg-line-2" />;
}
