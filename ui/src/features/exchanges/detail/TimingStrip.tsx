/** The exchange along its time: waiting, then the answer, with its longest silence. Always of the same height. */
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Timing } from '../../../api/types/Timing';
import { seconds } from '../../../format';
import { Duration } from '../columns/duration';

interface TimingStripProps {
  summary: ExchangeSummary;
  timing: Timing | undefined;
}

export interface Segment {
  kind: 'prepare' | 'wait' | 'live' | 'gap';
  /** Percent of the whole. */
  share: number;
}

/** A shorter silence is the usual pace of an answer; the Timing view tells it all the same. */
const silenceMs = 100;

export function TimingStrip({ summary, timing }: TimingStripProps) {
  const { t } = useTranslation(['exchanges', 'common']);
  const segments = segmentsOf(summary, timing);
  const first = timing?.first_token ?? summary.first_token_ms;
  const gap = silenceOf(timing);
  const words = (milliseconds: number) => {
    const { value, unit } = seconds(milliseconds, 2);
    return `${value} ${unit}`;
  };
  return (
    <div className="shrink-0 pt-8 pr-16 pb-8 pl-20">
      <div
        aria-hidden="true"
        className="flex h-4 gap-px overflow-hidden rounded-full bg-surface-3 forced-color-adjust-none"
      >
        {segments.map(({ kind, share }, index) => (
          <span
            // Segments have no identity but their place.
            key={index}
            className={clsx(
              'min-w-2',
              kind === 'prepare' && 'bg-text-3',
              kind === 'wait' && 'bg-line-3',
              kind === 'live' && 'bg-accent-ink',
              kind === 'gap' && 'bg-warn-edge',
            )}
            style={{ width: `${share}%` }}
          />
        ))}
      </div>
      <div className="flex min-h-20 items-baseline gap-16 pt-4 text-12 text-text-2 tabular">
        {first !== null && <span>{t('timing.firstTokenAt', { time: words(first) })}</span>}
        {gap !== null && (
          <span className="text-warn-ink">{t('timing.gapOf', { time: words(gap.length) })}</span>
        )}
        <span className="ml-auto">
          <span className="sr-only">{t('common:column.duration')} </span>
          <Duration row={summary} />
        </span>
      </div>
    </div>
  );
}

export function silenceOf(timing: Timing | undefined): { at: number; length: number } | null {
  const [at, length] = [timing?.longest_gap_at ?? null, timing?.longest_gap ?? null];
  return at === null || length === null || length < silenceMs ? null : { at, length };
}

/** Empty while the end is not known. */
export function segmentsOf(summary: ExchangeSummary, timing: Timing | undefined): Segment[] {
  const end = timing?.end ?? summary.duration_ms;
  if (end === null || end <= 0) return [];
  const within = (moment: number) => Math.min(end, Math.max(0, moment));
  const prepared = within(timing?.prepared ?? 0);
  const first = within(timing?.first_token ?? summary.first_token_ms ?? end);
  const marks: [Segment['kind'], number][] = [
    ['prepare', prepared],
    ['wait', first],
  ];
  const gap = silenceOf(timing);
  if (gap !== null && gap.at >= first) {
    marks.push(['live', within(gap.at)], ['gap', within(gap.at + gap.length)]);
  }
  marks.push(['live', end]);
  let from = 0;
  return marks.flatMap(([kind, to]) => {
    const share = ((Math.max(from, to) - from) / end) * 100;
    from = Math.max(from, to);
    return share > 0 ? [{ kind, share }] : [];
  });
}
