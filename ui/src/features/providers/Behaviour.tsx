/** How a provider is called: time-outs and retries. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Provider } from '../../api/types/Provider';
import { count } from '../../format';
import { Section } from './Section';

export function Behaviour({ provider: { timeouts, retries } }: { provider: Provider }) {
  const { t } = useTranslation(['providers', 'common']);
  const waits = [
    [t('behaviour.connect'), timeouts.connect],
    [t('behaviour.headers'), timeouts.headers],
    [t('behaviour.idle'), timeouts.idle],
  ] as const;
  return (
    <Section title={t('behaviour.title')}>
      <dl>
        <Row name={t('behaviour.timeouts')}>
          {waits.map(([name, seconds]) => (
            <span key={name} className="whitespace-nowrap">
              <span className="text-12 text-text-3">{name}</span> {count(seconds)}{' '}
              <span className="text-text-3">{t('common:unit.second')}</span>
            </span>
          ))}
        </Row>
        <Row name={t('behaviour.retries')}>{count(retries)}</Row>
      </dl>
    </Section>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-[30px] flex-wrap items-center justify-between gap-x-16 border-b border-line-1 last:border-0">
      <dt className="text-text-2">{name}</dt>
      <dd className="flex flex-wrap gap-x-12 tabular">{children}</dd>
    </div>
  );
}
