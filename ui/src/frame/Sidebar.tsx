/** Where one can go, and how the server is. Under 1100 px only icons with tooltips. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { queries } from '../api/queries';
import { count } from '../format';
import { Badge } from '../kit/Badge';
import { Tooltip } from '../kit/Tooltip';
import { ServerFoot } from './ServerFoot';
import { type ScreenEntry, toSetUp, toUse } from './screens';
import { useMedia } from './use-media';

export function Sidebar() {
  const { t } = useTranslation();
  const { data: overview } = useQuery(queries.overview);
  const { data: providers = [] } = useQuery(queries.providers);
  const requests = overview?.requests ?? 0;
  const accounts = providers.flatMap((provider) => provider.accounts);
  const keysMissing = accounts.filter(({ key }) => !key.set).length;
  const loginsEnded = accounts.filter(({ login }) => login?.ended === true).length;
  return (
    <aside
      data-region
      tabIndex={-1}
      aria-label={t('region.sidebar')}
      className="flex min-h-0 flex-col border-r border-line-2 bg-surface-0"
    >
      <div className="flex h-header shrink-0 items-center gap-8 px-16 max-wide:justify-center max-wide:px-0">
        <img src="./icon-small.svg" alt="" className="size-20" />
        <span className="font-strong max-wide:sr-only">{t('app')}</span>
      </div>
      <nav aria-label={t('nav.label')} className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto px-8">
        <ul className="flex flex-col gap-px">
          {toUse.map((entry) => (
            <Entry key={entry.name} entry={entry}>
              {entry.name === 'exchanges' && requests > 0 && <Badge>{count(requests)}</Badge>}
            </Entry>
          ))}
        </ul>
        <h2 className="px-8 pt-16 pb-4 text-11 text-text-3 max-wide:sr-only">{t('nav.setUp')}</h2>
        <ul className="flex flex-col gap-px max-wide:mt-16">
          {toSetUp.map((entry) => (
            <Entry key={entry.name} entry={entry}>
              {entry.name === 'providers' && keysMissing > 0 && (
                <Badge tone="warn">{t('nav.keysMissing', { count: keysMissing })}</Badge>
              )}
              {entry.name === 'providers' && keysMissing === 0 && loginsEnded > 0 && (
                <Badge tone="warn">{t('nav.loginsEnded', { count: loginsEnded })}</Badge>
              )}
            </Entry>
          ))}
        </ul>
      </nav>
      <ServerFoot />
    </aside>
  );
}

function Entry({ entry: { name, to, Icon }, children }: { entry: ScreenEntry; children?: ReactNode }) {
  const { t } = useTranslation();
  const label = t(`nav.${name}`);
  const link = (
    <Link
      to={to}
      activeProps={{ 'aria-current': 'page' }}
      className="group row-focus flex h-[28px] items-center gap-12 rounded-control px-8 text-text-2 transition-colors duration-(--fast) hover:bg-surface-3 hover:text-text-1 aria-[current=page]:bg-surface-4 aria-[current=page]:text-text-1 max-wide:justify-center"
    >
      <Icon
        size={16}
        aria-hidden="true"
        strokeWidth={1.75}
        className="shrink-0 group-aria-[current=page]:text-accent-ink"
      />
      <span className="min-w-0 flex-1 truncate max-wide:sr-only">{label}</span>
      <span className="max-wide:hidden">{children}</span>
    </Link>
  );
  const narrow = useMedia('(max-width: 1099.98px)');
  return (
    <li>
      {narrow ? (
        <Tooltip text={label} side="right">
          {link}
        </Tooltip>
      ) : (
        link
      )}
    </li>
  );
}
