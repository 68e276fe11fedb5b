/** A protocol as its jack: the ring's colour, always with the two-letter code or the name. */
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';
import { isKnown, protocolOf } from '.';

const foreign = { code: '??', ring: 'text-text-3' };

/** Code and colour class of a protocol; rows of an older database may name one that is gone. */
export function markOf(protocol: string): { code: string; ring: string } {
  return protocolOf(protocol)?.mark ?? foreign;
}

/** The name people say. */
export function useProtocolName(): (protocol: string) => string {
  const { t } = useTranslation();
  return (protocol) => (isKnown(protocol) ? t(`protocol.${protocol}`) : protocol);
}

/** `code`: ring and two letters. `name`: ring and the wire name in mono, as in a legend. */
export function ProtocolMark({ protocol, show = 'code' }: { protocol: string; show?: 'code' | 'name' }) {
  const nameOf = useProtocolName();
  const { code, ring } = markOf(protocol);
  return (
    <span
      className="inline-flex shrink-0 items-center gap-4 font-mono text-11 text-text-2"
      title={nameOf(protocol)}
    >
      <svg aria-hidden="true" viewBox="0 0 10 10" className={clsx('size-[10px]', ring)}>
        <circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" strokeWidth="1.8" />
      </svg>
      {show === 'name' ? protocol : code}
    </span>
  );
}
