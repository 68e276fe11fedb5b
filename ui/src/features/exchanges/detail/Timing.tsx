/** When everything happened, where it was tried, and what it used. */
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Timing as TimingOf } from '../../../api/types/Timing';
import { count, exact, seconds, unknown } from '../../../format';
import { Amount } from '../../../kit/Amount';
import { Attempts } from './Attempts';
import { silenceOf } from './TimingStrip';
import type { ViewProps } from './Views';

const before = ['received', 'prepared', 'upstream_headers'] as const;
const after = ['longest_gap_at', 'end'] as const;

/** A reply that passes through leaves before it is understood, another one after it. */
const firsts = ({ first_byte, first_token }: TimingOf) =>
  first_byte !== null && first_token !== null && first_token < first_byte
    ? (['first_token', 'first_byte'] as const)
    : (['first_byte', 'first_token'] as const);

export function Timing({ detail: { timing, summary, attempts, finish_raw } }: ViewProps) {
  const { t } = useTranslation(['exchanges', 'common']);
  const finish = summary.finish_reason ?? finish_raw;
  const silence = silenceOf(timing);
  const moments = [...before, ...firsts(timing), ...after].filter(
    (moment) => moment !== 'longest_gap_at' || silence !== null,
  );
  return (
    <div
      role="region"
      aria-label={t('view.timing')}
      // Scrolls, so it can be reached.
      tabIndex={0}
      className="row-focus scroll-y min-h-0 flex-1"
    >
      <Section title={t('view.timing')}>
        <Fact name={t('timing.started')}>{exact(summary.started_at)}</Fact>
        {moments.map((moment) => (
          <Fact key={moment} name={t(`timing.${moment}`)}>
            <Amount {...seconds(timing[moment], 3)} />
            {moment === 'longest_gap_at' && (
              <span className="text-warn-ink">
                {' '}
                {t('timing.forSeconds', { time: seconds(silence?.length, 3).value })}
              </span>
            )}
          </Fact>
        ))}
      </Section>
      <Attempts attempts={attempts} state={summary.state} />
      <Section title={t('usage.title')}>
        <Fact name={t('usage.asked')} mono>
          {summary.requested_model ?? unknown}
        </Fact>
        <Fact name={t('usage.used')} mono>
          {summary.upstream_model ?? unknown}
        </Fact>
        <Fact name={t('usage.input')}>{count(summary.input_tokens)}</Fact>
        <Fact name={t('usage.cacheRead')}>{count(summary.cache_read_tokens)}</Fact>
        <Fact name={t('usage.cacheWrite')}>{count(summary.cache_write_tokens)}</Fact>
        <Fact name={t('usage.output')}>{count(summary.output_tokens)}</Fact>
        <Fact name={t('usage.reasoning')}>{count(summary.reasoning_tokens)}</Fact>
        <Fact name={t('usage.finish')} mono>
          {finish === null ? unknown : finish}
          {finish_raw !== null && finish_raw !== finish && (
            <span className="text-text-3">{` ${finish_raw}`}</span>
          )}
        </Fact>
        <Fact name={t('usage.id')} mono>
          {summary.id}
        </Fact>
        {summary.usage_estimated && (
          <p className="col-span-2 pt-4 text-12 text-text-3">{t('common:row.estimated')}</p>
        )}
      </Section>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-b border-line-1 py-12 pr-edge pl-20 last:border-0">
      <h3 className="pb-4 text-12 font-medium text-text-2">{title}</h3>
      <dl className="grid grid-cols-[minmax(140px,2fr)_5fr] gap-x-12">{children}</dl>
    </section>
  );
}

function Fact({ name, mono = false, children }: { name: string; mono?: boolean; children: ReactNode }) {
  return (
    <Fragment>
      <dt className="py-2 text-text-2">{name}</dt>
      <dd className={mono ? 'py-2 font-mono text-12 [overflow-wrap:anywhere]' : 'py-2 tabular'}>
        {children}
      </dd>
    </Fragment>
  );
}
