/** What went wrong: whose fault it is, in whose words, and the way out. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { queries } from '../../../api/queries';
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import { buttonLook } from '../../../kit/Button';
import { Notice } from '../../../kit/Notice';
import { WithCode } from '../../../kit/WithCode';
import { en } from '../../../locales';

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

/** Who failed at what, where more can be said than whose fault it is. */
const leads = Object.keys(en.exchanges.error.lead) as (keyof typeof en.exchanges.error.lead)[];

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

/** A key that is refused is another matter than one that is not there, or than one of ours. */
function adviceOf(fault: Fault, kind: Kind | null): Kind | 'access_key' | 'key_wanted' | null {
  if (kind !== 'authentication') return kind;
  if (fault === 'client') return 'access_key';
  return fault === 'gateway' ? 'key_wanted' : kind;
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
  // The answer had begun: it was reached, and is to be tried again.
  const broken = fault === 'network' && summary.status === 200;
  const lead = broken ? 'network_broken' : leads.find((known) => known === `${fault}_${kind}`);
  const to = broken ? null : wayOut(fault, kind);
  // Nothing went upstream that could be compared.
  const refusedHere = kind === 'invalid_request' && summary.attempts === 0;
  const advice = broken ? 'provider_fault' : refusedHere ? null : adviceOf(fault, kind);
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
        <p className="font-medium">
          {lead ? t(`error.lead.${lead}`, { provider }) : t(`error.fault.${fault}`, { provider })}
        </p>
        {fault === 'provider' ? (
          <p>{t('error.quoted', { words: error.message })}</p>
        ) : (
          <p lang="en">
            <WithCode text={error.message} />
          </p>
        )}
        {advice !== null && <p className="text-text-2">{t(`error.advice.${advice}`)}</p>}
      </Notice>
    </div>
  );
}
