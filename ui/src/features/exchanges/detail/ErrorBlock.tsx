/** What went wrong: whose fault it is, in whose words, and the way out. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { queries } from '../../../api/queries';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { buttonLook } from '../../../kit/Button';
import { Notice } from '../../../kit/Notice';

const faults = ['client', 'gateway', 'network', 'provider'] as const;
type Fault = (typeof faults)[number];

const kinds = [
  'authentication',
  'context_too_long',
  'gateway_fault',
  'invalid_request',
  'method_not_allowed',
  'not_found',
  'overloaded',
  'permission',
  'provider_fault',
  'rate_limited',
  'timeout',
  'too_large',
  'unreachable',
] as const;
type Kind = (typeof kinds)[number];

/** An older log says `patchbay`. */
function faultOf(word: string): Fault {
  return faults.find((fault) => fault === word) ?? 'gateway';
}

function kindOf(word: string): Kind | null {
  return kinds.find((kind) => kind === word) ?? null;
}

/** Where the way out is: keys are mended in Providers, names in Models. */
function wayOut(fault: Fault, kind: Kind | null): '/providers' | '/models' | '/settings' | null {
  if (fault === 'client' && kind === 'authentication') return '/settings';
  if (kind === 'authentication' || kind === 'permission' || kind === 'unreachable') return '/providers';
  return kind === 'not_found' ? '/models' : null;
}

const screenNames = {
  '/providers': 'nav.providers',
  '/models': 'nav.models',
  '/settings': 'nav.settings',
} as const;

export function ErrorBlock({ summary }: { summary: ExchangeSummary }) {
  const { t } = useTranslation('exchanges');
  const { t: common } = useTranslation('common');
  const { data: providers } = useQuery(queries.providers);
  const { error, state } = summary;
  if (error === null) {
    if (state !== 'client_left') return null;
    return <p className="shrink-0 pr-16 pb-8 pl-20 text-text-2">{t('error.left')}</p>;
  }
  const fault = faultOf(error.fault);
  const kind = kindOf(error.kind);
  const provider =
    providers?.find(({ id }) => id === summary.provider)?.name ?? summary.provider ?? t('error.aProvider');
  const to = wayOut(fault, kind);
  return (
    <div className="shrink-0 pr-16 pb-12 pl-20">
      <Notice
        tone="error"
        actions={
          to && (
            <Link
              to={to}
              {...(to === '/providers' && summary.provider !== null
                ? { search: { id: summary.provider } }
                : {})}
              className={buttonLook('small')}
            >
              {t('error.open', { screen: common(screenNames[to]) })}
            </Link>
          )
        }
      >
        <p className="font-medium">{t(`error.fault.${fault}`, { provider })}</p>
        <p>{fault === 'provider' ? t('error.quoted', { words: error.message }) : error.message}</p>
        {kind !== null && (
          <p className="text-text-2">
            {t(`error.advice.${fault === 'client' && kind === 'authentication' ? 'access_key' : kind}`)}
          </p>
        )}
      </Notice>
    </div>
  );
}
