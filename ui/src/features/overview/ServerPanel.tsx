/** The address clients are pointed at, how the server is, and the way out when it failed. */
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { FailedReason } from '../../api/types/FailedReason';
import type { Status as StatusReport } from '../../api/types/Status';
import { clientForms, formOf } from '../../client-forms';
import { span } from '../../format';
import { addressOf } from '../../frame/base-url';
import { StartAgain } from '../../frame/StartAgain';
import { useFailureSentence } from '../../frame/server-failure';
import { serverShapes } from '../../frame/server-state';
import { useServer } from '../../frame/use-server';
import { Button } from '../../kit/Button';
import { CopyButton } from '../../kit/CopyButton';
import { Notice } from '../../kit/Notice';
import { Segmented } from '../../kit/Segmented';
import { Status } from '../../kit/Status';
import { useNow } from '../../kit/use-now';
import { ClientBases } from './ClientBases';
import { useForm } from './use-form';

export function ServerPanel() {
  const { t } = useTranslation(['overview', 'common']);
  const { data: status } = useQuery(queries.status);
  const { form, open } = useForm();
  const path = formOf(form).path;
  const address = addressOf(status);
  const state = status?.server.state;
  const clients = useId();
  return (
    <section aria-label={t('address')} className="border-b border-line-2">
      <div className="flex min-h-[80px] flex-wrap items-center gap-x-24 gap-y-8 py-12 pr-edge pl-20">
        <div className="min-w-0 flex-1 basis-[17.5rem]">
          <p className="font-mono text-20 [overflow-wrap:anywhere]">
            {address === '' ? '\u00a0' : `http://${address}`}
            <span className="text-text-3">{address === '' ? '' : path}</span>
          </p>
          <p className="flex min-h-20 flex-wrap gap-x-16 text-12 text-text-2">
            {status && <Facts status={status} />}
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-8">
          <Segmented
            label={t('primary.forProtocol')}
            value={form}
            segments={clientForms}
            onChange={(chosen) => useForm.setState({ form: chosen })}
          />
          <CopyButton
            text={`http://${address}${path}`}
            name={t('common:server.copyBaseUrl')}
            label={t('common:server.copyBaseUrl')}
            variant={state === 'running' || state === 'stopping' ? 'primary' : 'default'}
          />
          <Button
            aria-expanded={open}
            aria-controls={clients}
            icon={open ? <ChevronUp size={14} /> : <ChevronDown size={14} />}
            onClick={() => useForm.setState({ open: !open })}
          >
            {t('clients.toggle')}
          </Button>
        </div>
      </div>
      <div id={clients} hidden={!open}>
        {open && status && <ClientBases form={form} accessKeys={status.access_keys} />}
      </div>
      {status?.server.state === 'failed' && <Failed reason={status.server.reason} address={status.address} />}
    </section>
  );
}

function Facts({ status }: { status: StatusReport }) {
  const { t } = useTranslation(['overview', 'common']);
  const now = useNow(15_000);
  const { state } = status.server;
  const words = {
    running: t('common:time.running', { duration: span(now - (status.running_since ?? now)) }),
    starting: t('starting'),
    stopping: t('stopping'),
    stopped: t('stopped'),
    failed: t('common:server.failed'),
  };
  return (
    <>
      <Status kind={serverShapes[state]}>{words[state]}</Status>
      {state === 'running' && (
        <>
          <span>{t('reach')}</span>
          <span>
            {status.access_keys === 0 ? t('noAccessKeys') : t('accessKeys', { count: status.access_keys })}
          </span>
        </>
      )}
    </>
  );
}

function Failed({ reason, address }: { reason: FailedReason; address: string }) {
  const { start } = useServer();
  const sentence = useFailureSentence();
  return (
    <div className="pr-edge pb-12 pl-20">
      <Notice tone="error" assertive actions={<StartAgain reason={reason} start={start} variant="primary" />}>
        {sentence(reason, address)}
        {start.error && <span className="block text-error-ink">{messageOf(start.error)}</span>}
      </Notice>
    </div>
  );
}
