/** The header: as which client, which model, the request as code, a new conversation. */
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import { addressOf } from '../../frame/base-url';
import { host } from '../../host';
import { Button } from '../../kit/Button';
import { IconButton } from '../../kit/IconButton';
import { Menu } from '../../kit/Menu';
import { Select } from '../../kit/Select';
import { showToast } from '../../kit/Toast';
import { clientProtocols } from '../../protocols';
import { type CodeForm, codeFor, codeForms } from './code';
import { compose, composeNext, type Obstacle } from './compose';
import { useDraft } from './draft';
import { ModelPicker } from './ModelPicker';

interface ActionsProps {
  upstreamModel: string | null;
  onNew: () => void;
  onObstacle: (obstacle: Obstacle | null) => void;
}

export function Actions({ upstreamModel, onNew, onObstacle }: ActionsProps) {
  const { t } = useTranslation('playground');
  const protocol = useDraft((draft) => draft.protocol);
  const model = useDraft((draft) => draft.model);
  const { data: status } = useQuery(queries.status);

  const copyAs = async (form: CodeForm) => {
    const draft = useDraft.getState();
    const next = composeNext(draft, upstreamModel);
    // With nothing in the composer the last request is meant.
    const { request, obstacle } =
      next.obstacle === 'nothing' ? compose(draft, untilAnswer(draft.turns), upstreamModel) : next;
    onObstacle(obstacle);
    if (!request) return;
    await host.copy(codeFor(form, draft.protocol, addressOf(status), request));
    showToast(t('code.copied', { form: t(`code.${form}`) }));
  };

  return (
    <>
      <Select
        label={t('protocol')}
        value={protocol}
        onChange={(next) => useDraft.setState({ protocol: next })}
        options={clientProtocols.map((one) => ({
          value: one,
          label: (
            <>
              <span className="font-ui text-text-3">{t('as')} </span>
              {one}
            </>
          ),
        }))}
        mono
      />
      <ModelPicker model={model} onChange={(next) => useDraft.setState({ model: next })} />
      <Menu
        trigger={
          <Button variant="ghost" icon={<ChevronDown size={14} />} aria-label={t('code.copyAs')}>
            <span className="@max-[600px]/main:hidden">{t('code.copyAs')}</span>
          </Button>
        }
        items={codeForms.map((form) => ({
          label: t(`code.${form}`),
          onSelect: () => void copyAs(form),
        }))}
      />
      <IconButton name={t('new')} keys="n" variant="default" icon={<Plus size={16} />} onClick={onNew} />
    </>
  );
}

function untilAnswer<T extends { kind: string }>(turns: readonly T[]): T[] {
  return turns.slice(0, turns.findLastIndex(({ kind }) => kind !== 'answer') + 1);
}
