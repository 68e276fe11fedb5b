/** A protocol as its jack: the ring's colour, always with the two-letter code or the name. */
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';

export const protocols = [
  'openai_chat',
  'openai_responses',
  'openai_realtime',
  'anthropic',
  'gemini',
  'ollama',
  'amazon_q',
  'echo',
] as const;

export type ProtocolName = (typeof protocols)[number];

const marks: Record<ProtocolName, { code: string; ring: string }> = {
  openai_chat: { code: 'OC', ring: 'text-protocol-openai-chat' },
  openai_responses: { code: 'OR', ring: 'text-protocol-openai-responses' },
  openai_realtime: { code: 'RT', ring: 'text-protocol-openai-responses' },
  anthropic: { code: 'AN', ring: 'text-protocol-anthropic' },
  gemini: { code: 'GE', ring: 'text-protocol-gemini' },
  ollama: { code: 'OL', ring: 'text-protocol-ollama' },
  amazon_q: { code: 'AQ', ring: 'text-protocol-amazon-q' },
  echo: { code: 'EC', ring: 'text-protocol-echo' },
};

const foreign = { code: '??', ring: 'text-text-3' };

/** Code and colour class of a protocol; rows of an older database may name one that is gone. */
export function markOf(protocol: string): { code: string; ring: string } {
  return marks[protocol as ProtocolName] ?? foreign;
}

/** The name people say: "OpenAI chat". */
export function useProtocolName(): (protocol: string) => string {
  const { t } = useTranslation();
  return (protocol) => (protocol in marks ? t(`protocol.${protocol as ProtocolName}`) : protocol);
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
