/** Today in numbers; what no provider reported is a dash. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/types/Overview';
import { inputTotal } from '../../exchange';
import { amount, count, percent, seconds } from '../../format';
import { Amount } from '../../kit/Amount';

export function Figures({ overview }: { overview: Overview }) {
  const { t } = useTranslation('overview');
  const { cache_read_tokens: cached } = overview;
  const input = inputTotal({ ...overview, cache_write_tokens: null });
  const share = input !== null && cached !== null && cached > 0 ? percent(cached / input) : null;
  return (
    <section
      aria-label={t('today.title')}
      className="w-[235px] shrink-0 border-l border-line-2 py-16 pr-edge pl-20 @min-[1000px]/main:w-[284px] @max-[759.98px]/main:w-auto @max-[759.98px]/main:border-t @max-[759.98px]/main:border-l-0"
    >
      <h2 className="pb-6 font-strong">{t('today.title')}</h2>
      <dl className="@max-[759.98px]/main:grid @max-[759.98px]/main:grid-cols-2 @max-[759.98px]/main:gap-x-32">
        <Figure name={t('today.requests')}>{count(overview.requests)}</Figure>
        <Figure name={t('today.failed')}>
          <span className={overview.failed > 0 ? 'text-error-ink' : undefined}>{count(overview.failed)}</span>
        </Figure>
        <Figure name={t('today.input')}>
          <Amount {...amount(input)} exact={count(input)} />
          {share !== null && (
            <span className="pl-6 text-12 text-text-3 @max-[999.98px]/main:hidden">
              {t('today.cached', { percent: share })}
            </span>
          )}
        </Figure>
        <Figure name={t('today.output')}>
          <Amount {...amount(overview.output_tokens)} exact={count(overview.output_tokens)} />
        </Figure>
        <Figure name={t('today.firstToken')}>
          <Amount {...seconds(overview.first_token_median_ms, 2)} />
        </Figure>
      </dl>
    </section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-[30px] items-center justify-between gap-8 border-b border-line-1 last:border-0">
      <dt className="min-w-0 text-text-2">{name}</dt>
      <dd className="shrink-0 text-right tabular">{children}</dd>
    </div>
  );
}
