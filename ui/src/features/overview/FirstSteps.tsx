/** Until the first request came: provider, key, send. A strip, not a wizard; done steps collapse to a line. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { queries } from '../../api/queries';
import { firstRequest } from '../../client-forms';
import { useOrigin } from '../../frame/base-url';
import { useKeychainTrouble } from '../../frame/use-keychain';
import { Button, buttonLook } from '../../kit/Button';
import { CommandLine } from '../../kit/CommandLine';
import { StatusShape } from '../../kit/Status';
import { needsNoKey } from '../../provider';
import { useForm } from './use-form';

/** Whether the person does not want to see the steps again. */
export const useSkipped = create<{ skipped: boolean }>()(
  persist((): { skipped: boolean } => ({ skipped: false }), { name: 'patchbay.first-steps' }),
);

export interface FirstStepsState {
  shown: boolean;
  providers: number;
  keySet: boolean;
  sent: boolean;
  accessKeys: number;
}

/** Shown while nothing was ever sent, unless skipped. */
export function useFirstSteps(): FirstStepsState {
  const skipped = useSkipped((state) => state.skipped);
  const { data: providers } = useQuery(queries.providers);
  const { data: overview } = useQuery(queries.overview);
  const { data: status } = useQuery(queries.status);
  const added = providers?.filter(({ built_in }) => !built_in) ?? [];
  const sent = (overview?.last.length ?? 0) > 0;
  return {
    shown: providers !== undefined && overview !== undefined && status !== undefined && !sent && !skipped,
    providers: added.length,
    keySet: added.some((provider) => needsNoKey(provider) || provider.accounts.some(({ key }) => key.set)),
    sent,
    accessKeys: status?.access_keys ?? 0,
  };
}

interface FirstStepsProps {
  steps: FirstStepsState;
  /** Whether the server answers clients now. */
  running: boolean;
}

export function FirstSteps({ steps, running }: FirstStepsProps) {
  const { t } = useTranslation('overview');
  const origin = useOrigin();
  const form = useForm((state) => state.form);
  const keychain = useKeychainTrouble();
  const command = firstRequest(origin, steps.accessKeys, form);
  return (
    <section aria-label={t('first.title')} className="border-b border-line-2 py-16 pr-edge pl-20">
      <header className="flex items-center justify-between">
        <h2 className="font-strong">{t('first.title')}</h2>
        <Button variant="ghost" size="small" onClick={() => useSkipped.setState({ skipped: true })}>
          {t('first.skip')}
        </Button>
      </header>
      <ol className="max-w-[720px]">
        <Step
          number={1}
          done={steps.providers > 0}
          title={
            steps.providers > 0 ? t('first.providerDone', { count: steps.providers }) : t('first.provider')
          }
          why={t('first.providerWhy')}
          action={<StepLink to="/providers" search={{ add: 'new' }} label={t('first.providerAction')} />}
        />
        <Step
          number={2}
          done={steps.keySet}
          title={steps.keySet ? t('first.keyDone') : t('first.key')}
          why={keychain ?? t('first.keyWhy')}
          action={<StepLink to="/providers" label={t('first.keyAction')} />}
        />
        <Step
          number={3}
          done={steps.sent}
          title={steps.sent ? t('first.sendDone') : t('first.send')}
          why={running ? t('first.sendWhy') : t('first.sendLater')}
          action={
            running && (
              <StepLink to="/playground" search={{ model: 'echo/echo' }} label={t('first.sendAction')} />
            )
          }
        >
          {running && (
            <div className="pt-8">
              <CommandLine command={command} copyName={t('first.copyLine')} />
            </div>
          )}
          {running && steps.accessKeys > 0 && (
            <p className="pt-4 text-12 text-text-3">{t('first.accessKey')}</p>
          )}
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  number: number;
  done: boolean;
  title: string;
  why: string;
  action: ReactNode;
  children?: ReactNode;
}

function Step({ number, done, title, why, action, children }: StepProps) {
  if (done) {
    return (
      <li className="flex h-row items-center gap-12 border-b border-line-1 last:border-0">
        <span className="flex w-16 justify-center">
          <StatusShape kind="ok" />
        </span>
        <span className="text-text-2">{title}</span>
      </li>
    );
  }
  return (
    <li className="flex gap-12 border-b border-line-1 py-12 last:border-0">
      <span aria-hidden="true" className="w-16 shrink-0 text-center text-text-3 tabular">
        {number}
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-start justify-between gap-x-16 gap-y-4">
          <div>
            <p className="font-medium">{title}</p>
            <p className="text-12 text-text-2">{why}</p>
          </div>
          {action}
        </div>
        {children}
      </div>
    </li>
  );
}

interface StepLinkProps {
  to: '/providers' | '/playground';
  search?: { add: string } | { model: string };
  label: string;
}

function StepLink({ to, search, label }: StepLinkProps) {
  return (
    <Link to={to} search={search ?? {}} className={buttonLook()}>
      {label}
    </Link>
  );
}
