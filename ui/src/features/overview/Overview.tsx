/** "Does it work, and where do I point my client?" */
import { useQuery } from '@tanstack/react-query';
import { ExternalLink, Play, Square } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client';
import { useConnection } from '../../api/live';
import { queries } from '../../api/queries';
import type { SignInLink } from '../../api/types/SignInLink';
import { type Command, useCommands } from '../../commands';
import { useBaseUrl } from '../../frame/base-url';
import { Screen } from '../../frame/Screen';
import { useServer } from '../../frame/use-server';
import { host } from '../../host';
import { Button } from '../../kit/Button';
import { Confirm } from '../../kit/Dialog';
import { Figures } from './Figures';
import { FirstSteps, useFirstSteps } from './FirstSteps';
import { LastRequests } from './LastRequests';
import { PatchPanel } from './PatchPanel';
import { ServerPanel } from './ServerPanel';

export function Overview() {
  const { t } = useTranslation(['overview', 'common']);
  const { data: status } = useQuery(queries.status);
  const { data: overview } = useQuery(queries.overview);
  const steps = useFirstSteps();
  const { start, stop } = useServer();
  const baseUrl = useBaseUrl();
  // Without a connection there is nobody who could start or stop anything.
  const connected = useConnection(({ state }) => state === 'live' || state === 'connecting');
  const state = connected ? status?.server.state : undefined;
  const running = state === 'running' || state === 'starting';

  // The window can start it again; a page goes with the server.
  const [asking, setAsking] = useState(false);
  const stopOrAsk = () => (host.kind === 'desktop' ? stop.mutate() : setAsking(true));
  const openInBrowser = async () => {
    const { url } = await api.post<SignInLink>('/admin/sign-in-link');
    if (url !== null) await host.openExternal(url);
  };

  const startStop: Command = {
    id: 'start-stop',
    label: running ? t('stop') : t('start'),
    keys: ['s'],
    run: () => (running ? stopOrAsk() : start.mutate(null)),
  };
  useCommands([
    ...(connected ? [startStop] : []),
    {
      id: 'copy',
      label: t('common:server.copyBaseUrl'),
      keys: ['c'],
      keyOnly: true,
      run: () => void host.copy(baseUrl),
    },
  ]);

  return (
    <Screen
      title={t('common:nav.overview')}
      ownsServerFailure
      actions={
        <>
          {host.kind === 'desktop' && state === 'running' && (
            <Button variant="ghost" icon={<ExternalLink size={14} />} onClick={() => void openInBrowser()}>
              {t('openInBrowser')}
            </Button>
          )}
          {(state === 'running' || state === 'stopping') && (
            <Button
              icon={<Square size={12} />}
              busy={stop.isPending || state === 'stopping'}
              onClick={stopOrAsk}
            >
              {t('common:server.stop')}
            </Button>
          )}
          {(state === 'stopped' || state === 'starting') && (
            <Button
              variant="primary"
              icon={<Play size={12} />}
              busy={start.isPending || state === 'starting'}
              onClick={() => start.mutate(null)}
            >
              {t('common:server.start')}
            </Button>
          )}
        </>
      }
    >
      <div className="scroll-y min-h-0 flex-1">
        <ServerPanel />
        {steps.shown && <FirstSteps steps={steps} running={state === 'running'} />}
        {overview && overview.requests > 0 && (
          <div className="flex border-b border-line-2 @max-[759.98px]/main:flex-col">
            <PatchPanel patches={overview.patches} />
            <Figures overview={overview} />
          </div>
        )}
        {overview && (overview.last.length > 0 || !steps.shown) && <LastRequests rows={overview.last} />}
      </div>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('stopTitle')}
        action={t('stop')}
        onConfirm={() => {
          setAsking(false);
          stop.mutate();
        }}
      >
        {t('stopBody')}
      </Confirm>
    </Screen>
  );
}
