/** One provider: its address, its accounts, its models, how it is called. */
import { MoreHorizontal, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Provider } from '../../api/types/Provider';
import { Button } from '../../kit/Button';
import { IconButton } from '../../kit/IconButton';
import { Menu } from '../../kit/Menu';
import { Accounts } from './Accounts';
import { Behaviour } from './Behaviour';
import { EditProvider } from './EditProvider';
import { Letter } from './Letter';
import { ModelNames } from './ModelNames';
import { RemoveProvider } from './RemoveProvider';

interface ProviderDetailProps {
  provider: Provider;
  /** Another provider has the same name. */
  ambiguous: boolean;
  /** Account ids in use, at all providers. */
  taken: readonly string[];
  onRemoved: () => void;
}

export function ProviderDetail({ provider, ambiguous, taken, onRemoved }: ProviderDetailProps) {
  const { t } = useTranslation(['providers', 'common']);
  const [editing, setEditing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const { id, name, base_url, built_in } = provider;
  return (
    <div className="scroll-y flex min-h-0 flex-1 flex-col gap-24 pt-20 pr-edge pb-32 pl-20">
      <header className="flex flex-wrap items-center gap-12">
        <Letter name={name} large />
        <div className="min-w-0 flex-1 basis-[140px]">
          <h2 className="truncate text-15 font-medium">
            {name} {ambiguous && <span className="pl-4 font-mono text-12 font-normal text-text-2">{id}</span>}
          </h2>
          {base_url === null ? (
            <p className="text-12 text-text-2">{t('detail.offline')}</p>
          ) : (
            <p className="truncate font-mono text-12 text-text-2" title={base_url}>
              {base_url}
            </p>
          )}
        </div>
        {!built_in && (
          <span className="flex shrink-0 items-center gap-8">
            <Button icon={<Pencil size={14} />} onClick={() => setEditing(true)}>
              {t('common:action.edit')}
            </Button>
            <Menu
              trigger={<IconButton name={t('common:action.more')} icon={<MoreHorizontal size={16} />} />}
              items={[
                {
                  label: t('remove.open'),
                  icon: <Trash2 size={14} />,
                  danger: true,
                  onSelect: () => setRemoving(true),
                },
              ]}
            />
          </span>
        )}
      </header>
      {built_in ? (
        <p className="max-w-[620px] text-text-2">{t('detail.echo')}</p>
      ) : (
        <Accounts provider={provider} taken={taken} />
      )}
      <ModelNames provider={provider} />
      {!built_in && <Behaviour provider={provider} />}
      {editing && <EditProvider provider={provider} onClose={() => setEditing(false)} />}
      {removing && (
        <RemoveProvider provider={provider} onClose={() => setRemoving(false)} onRemoved={onRemoved} />
      )}
    </div>
  );
}
