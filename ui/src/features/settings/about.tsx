/** What this is and where its files are. */
import { useQuery } from '@tanstack/react-query';
import { FolderOpen } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import type { Settings } from '../../api/types/Settings';
import { type Folder, host } from '../../host';
import { CopyButton } from '../../kit/CopyButton';
import { IconButton } from '../../kit/IconButton';
import type { SettingsSection } from './rows';

export function useAboutSection(settings: Settings | undefined): SettingsSection {
  const { t } = useTranslation('settings');
  const { data: status } = useQuery(queries.status);
  return {
    id: 'about',
    title: t('about.title'),
    rows: [],
    extra: (
      <dl>
        <Fact name={t('about.version')}>{status?.version ?? ''}</Fact>
        <Fact name={t('about.licence')}>{t('about.licenceText')}</Fact>
        {settings && <Path name={t('about.config')} path={settings.config_path} folder="config" />}
        {settings && <Path name={t('about.database')} path={settings.database_path} folder="data" />}
      </dl>
    ),
  };
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-[40px] items-center justify-between gap-24 border-b border-line-1">
      <dt className="shrink-0">{name}</dt>
      <dd className="flex min-w-0 items-center gap-4 text-text-2">{children}</dd>
    </div>
  );
}

function Path({ name, path, folder }: { name: string; path: string; folder: Folder }) {
  const { t } = useTranslation('settings');
  return (
    <Fact name={name}>
      <span className="truncate font-mono text-12" title={path}>
        {path}
      </span>
      <CopyButton text={path} name={t('about.copyPath')} size="small" />
      {host.kind === 'desktop' && (
        <IconButton
          name={t('about.reveal')}
          icon={<FolderOpen size={14} />}
          size="small"
          onClick={() => void host.revealFolder(folder)}
        />
      )}
    </Fact>
  );
}
