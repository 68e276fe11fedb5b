/** A tool call in an answer: which tool, with what, and what it was answered. */
import { Braces } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { size } from '../../format';
import { Status } from '../../kit/Status';
import type { ToolCall, ToolResult } from '../../protocols/conversation';
import { indented } from '../../protocols/json';

interface ToolCallCardProps {
  call: ToolCall;
  /** `open`: nobody answered it, and nobody will. */
  state: 'streaming' | 'waiting' | 'answered' | 'open';
  result: ToolResult | null;
}

export function ToolCallCard({ call, state, result }: ToolCallCardProps) {
  const { t } = useTranslation('playground');
  const bytes = result ? new TextEncoder().encode(result.text).length : 0;
  return (
    <section
      aria-label={t('call.label', { name: call.name })}
      className="overflow-hidden rounded-panel border border-line-2"
    >
      <header className="flex min-h-[28px] items-center gap-8 px-12">
        <Braces size={14} aria-hidden="true" className="shrink-0 text-text-3" />
        <span className="truncate font-mono text-12">{call.name}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-11 text-text-3" title={call.id}>
          {call.id}
        </span>
        <span className="shrink-0 text-12">
          {state === 'streaming' && <Status kind="running">{t('call.streaming')}</Status>}
          {state === 'waiting' && <Status kind="attention">{t('call.waiting')}</Status>}
          {state === 'open' && <Status kind="idle">{t('call.open')}</Status>}
          {result && (
            <Status kind={result.failed ? 'failed' : 'ok'}>
              {t(result.failed ? 'call.failedWith' : 'call.answered', { size: size(bytes) })}
            </Status>
          )}
        </span>
      </header>
      <Code label={t('call.arguments', { name: call.name })} text={pretty(call.arguments)} />
      {result && <Code label={t('call.result', { name: call.name })} text={result.text} />}
    </section>
  );
}

function Code({ label, text }: { label: string; text: string }) {
  return (
    <pre
      // Scrolls, so the keyboard must reach it.
      tabIndex={0}
      role="region"
      aria-label={label}
      className="row-focus max-h-[240px] min-h-[35px] overflow-auto border-t border-line-1 bg-surface-2 px-12 py-8 text-12 leading-[1.1875rem] whitespace-pre-wrap [overflow-wrap:anywhere]"
    >
      {text}
    </pre>
  );
}

/** Short arguments on one line, long ones indented; what is no JSON yet as it is. */
function pretty(text: string): string {
  const whole = indented(text);
  if (whole === null) return text;
  const flat = whole.replaceAll(/\n */g, ' ');
  return flat.length <= 72 ? flat : whole;
}
