/** The request or status line, and every header; what is secret is not here to be shown. */
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../api/types/Message';
import { Badge } from '../../../kit/Badge';
import { CopyButton } from '../../../kit/CopyButton';
import { isRedacted } from './curl';

export function Headers({ message }: { message: Message }) {
  const { t } = useTranslation('exchanges');
  const text = [message.line, ...message.headers.map(([name, value]) => `${name}: ${value}`)].join('\n');
  return (
    <div
      role="region"
      aria-label={t('form.headers')}
      tabIndex={0}
      className="row-focus scroll-y relative min-h-0 flex-1 bg-surface-2 font-mono text-12"
    >
      <div className="absolute top-4 right-8">
        <CopyButton text={text} name={t('headers.copy')} size="small" />
      </div>
      <p className="border-b border-line-1 py-6 pr-48 pl-20 font-medium [overflow-wrap:anywhere]">
        {message.line}
      </p>
      {message.headers.length === 0 && <p className="py-6 pl-20 font-ui text-text-2">{t('headers.none')}</p>}
      <dl>
        {message.headers.map(([name, value], index) => (
          <div
            // A header may be there twice.
            key={`${name} ${index}`}
            className="grid grid-cols-[minmax(120px,2fr)_5fr] gap-x-12 border-b border-line-1 py-4 pr-edge pl-20"
          >
            <dt className="text-code-key [overflow-wrap:anywhere]">{name}</dt>
            <dd className="[overflow-wrap:anywhere]">
              {isRedacted(value) ? <Badge tone="chip">{t('headers.redacted')}</Badge> : value}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
