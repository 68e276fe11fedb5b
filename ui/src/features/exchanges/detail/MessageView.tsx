/** One of the four messages, in the form that was chosen. */
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Message } from '../../../api/types/Message';
import { size } from '../../../format';
import { CodeView } from '../../../kit/CodeView';
import { Segmented } from '../../../kit/Segmented';
import { ProtocolMark } from '../../../protocols/ProtocolMark';
import { type Form, forms } from '../search';
import { absence, isUnread, type MessageName, unkept } from './absence';
import { BodyMissing } from './BodyMissing';
import { Diff } from './Diff';
import { Headers } from './Headers';
import { prettyOf } from './pretty';

interface MessageViewProps {
  name: MessageName;
  /** Null: there was none. */
  message: Message | null;
  /** The same thing on both sides of Patchbay, in the order the bytes travel. */
  pair: { before: Message | null; after: Message | null };
  summary: ExchangeSummary;
  form: Form;
  onForm: (form: Form) => void;
}

export function MessageView({ name, message, pair, summary, form, onForm }: MessageViewProps) {
  const { t } = useTranslation('exchanges');
  return (
    <>
      <div className="flex h-[40px] shrink-0 items-center gap-12 border-b border-line-2 pr-16 pl-20">
        <span className="flex min-w-0 flex-1 items-center gap-8 truncate text-text-2">
          {message && (
            <>
              <ProtocolMark protocol={message.protocol} show="name" />
              {!isUnread(message) && (
                <span className="text-12 text-text-3 tabular">{size(message.bytes)}</span>
              )}
            </>
          )}
        </span>
        <Segmented
          label={t('form.label')}
          size="small"
          value={form}
          onChange={onForm}
          segments={forms.map((value) => ({ value, label: t(`form.${value}`) }))}
        />
      </div>
      <Content name={name} message={message} pair={pair} summary={summary} form={form} />
    </>
  );
}

function Content({ name, message, pair, summary, form }: Omit<MessageViewProps, 'onForm'>): ReactNode {
  const { t } = useTranslation('exchanges');
  if (message === null) return <BodyMissing reason={absence(name, summary)} />;
  if (form === 'headers') return <Headers message={message} />;
  if (form === 'diff') return <Diff pair={pair} summary={summary} />;
  if (message.body === null) {
    if (isUnread(message)) return <BodyMissing reason="unread" />;
    return <BodyMissing reason={message.bytes === 0 ? 'empty' : unkept(summary)} />;
  }
  const { text, truncated } = message.body;
  return (
    <>
      {truncated && (
        <p className="shrink-0 border-b border-line-2 px-20 py-6 text-12 text-warn-ink">
          {t('body.cut', { size: size(new Blob([text]).size) })}
        </p>
      )}
      {/* Search and folding belong to one text. */}
      <Text
        key={`${name} ${form}`}
        label={t(`view.command.${name}`)}
        text={text}
        isPretty={form === 'pretty'}
      />
    </>
  );
}

function Text({ label, text, isPretty }: { label: string; text: string; isPretty: boolean }) {
  // The list beside it is drawn again with each row that comes, and a body may be megabytes.
  const pretty = useMemo(() => (isPretty ? prettyOf(text) : null), [isPretty, text]);
  return <CodeView label={label} text={pretty ?? text} language={isPretty ? 'json' : 'text'} />;
}
