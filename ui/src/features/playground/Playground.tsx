/** The playground: asks a model the way a client would, with true requests. */
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import { useCommands } from '../../commands';
import { Screen } from '../../frame/Screen';
import { IconButton } from '../../kit/IconButton';
import { Notice } from '../../kit/Notice';
import { Actions } from './Actions';
import { Composer } from './Composer';
import type { Obstacle } from './compose';
import { beginAnew, useDraft } from './draft';
import { type Editing, JsonDialog } from './JsonDialog';
import { discard, retry, send, sendResults, stop, useRun } from './run';
import { SidePanel } from './SidePanel';
import { StatusLine } from './StatusLine';
import { leftOver } from './samples';
import { Turns } from './Turns';
import { usePreselected } from './use-preselected';

export function Playground() {
  const { t } = useTranslation(['playground', 'common']);
  const [unread, setUnread] = usePreselected();
  const model = useDraft((draft) => draft.model).trim();
  const protocol = useDraft((draft) => draft.protocol);
  const busy = useRun((run) => run.answer !== null);
  const { data: route } = useQuery({ ...queries.route(model, protocol), enabled: model !== '' });
  const upstreamModel = route?.targets[0]?.model ?? null;
  const [obstacle, setObstacle] = useState<Obstacle | null>(null);
  const [editing, setEditing] = useState<Editing | null>(null);
  const startOver = () => {
    discard();
    beginAnew(leftOver(useDraft.getState()));
    setObstacle(null);
    setUnread(null);
    document.getElementById('composer')?.focus();
  };

  useCommands([
    { id: 'new-conversation', label: t('new'), keys: ['n', 'mod+n'], run: startOver },
    ...(busy ? [{ id: 'stop-answer', label: t('stop'), keys: ['escape'], run: stop }] : []),
  ]);

  return (
    <Screen
      title={t('common:nav.playground')}
      actions={<Actions upstreamModel={upstreamModel} onNew={startOver} onObstacle={setObstacle} />}
    >
      <div className="flex min-h-0 flex-1 @max-[679.98px]/main:flex-col @max-[679.98px]/main:overflow-y-auto">
        <section
          aria-label={t('conversation')}
          className="flex min-h-0 min-w-0 flex-1 flex-col @max-[679.98px]/main:min-h-[420px] @max-[679.98px]/main:shrink-0"
        >
          {unread && (
            <Notice
              tone="warn"
              banner
              actions={
                <IconButton
                  name={t('common:action.close')}
                  size="small"
                  icon={<X size={14} />}
                  onClick={() => setUnread(null)}
                />
              }
            >
              {unread.reason === 'failed'
                ? unread.message
                : unread.reason === 'partly'
                  ? t('unread.partly', { names: unread.names.join(', ') })
                  : t(`unread.${unread.reason}`)}
            </Notice>
          )}
          <Turns
            onSample={() => setObstacle(send(upstreamModel))}
            onRetry={() => setObstacle(retry(upstreamModel))}
            onResults={(results) => setObstacle(sendResults(results, upstreamModel))}
          />
          {/* The same gutter as the turns', so that both end in one line. */}
          <div className="shrink-0 overflow-hidden [scrollbar-gutter:stable]">
            <div className="mx-auto w-full max-w-[668px] pr-8 pb-16 pl-20">
              <StatusLine />
              <Composer
                obstacle={obstacle}
                onSend={() => setObstacle(send(upstreamModel))}
                onEdit={setEditing}
              />
            </div>
          </div>
        </section>
        <SidePanel route={route} onEdit={setEditing} />
      </div>
      {editing !== null && <JsonDialog editing={editing} onClose={() => setEditing(null)} />}
    </Screen>
  );
}
