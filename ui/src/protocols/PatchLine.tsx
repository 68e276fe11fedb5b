/**
 * The patch line: two jacks and a cable. One colour unbroken is pass through; a chevron between two colours is
 * translated; an open end is a request that was not routed. Its accessible name is the sentence.
 */
import { useTranslation } from 'react-i18next';
import { markOf, useProtocolName } from './ProtocolMark';

interface PatchLineProps {
  from: string;
  /** The upstream's protocol; null while or because there is no upstream. */
  to: string | null;
}

export function PatchLine({ from, to }: PatchLineProps) {
  const { t } = useTranslation();
  const nameOf = useProtocolName();
  const left = markOf(from);
  const right = to === null ? null : markOf(to);
  const sentence =
    to === null
      ? t('patch.unrouted', { from: nameOf(from) })
      : to === from
        ? t('patch.through', { from: nameOf(from) })
        : t('patch.translated', { from: nameOf(from), to: nameOf(to) });
  return (
    <span
      role="img"
      aria-label={sentence}
      title={sentence}
      className="inline-flex items-center gap-6 align-middle font-mono text-11 text-text-2"
    >
      <span aria-hidden="true">{left.code}</span>
      <svg aria-hidden="true" viewBox="0 0 44 10" className="h-[10px] w-[44px] shrink-0" fill="none">
        <g stroke="currentColor" strokeWidth="1.8" className={left.ring}>
          <circle cx="5" cy="5" r="3.6" />
          <path d={to === from ? 'M8.6 5h26.8' : to === null ? 'M8.6 5h9' : 'M8.6 5h8'} />
        </g>
        {right && to !== from && (
          <path d="m20 2.2 3.2 2.8L20 7.8" stroke="currentColor" strokeWidth="1.4" className="text-text-2" />
        )}
        {right && (
          <g stroke="currentColor" strokeWidth="1.8" className={right.ring}>
            <circle cx="39" cy="5" r="3.6" />
            {to !== from && <path d="M27.4 5h8" />}
          </g>
        )}
      </svg>
      <span aria-hidden="true">{right?.code ?? ''}</span>
    </span>
  );
}
