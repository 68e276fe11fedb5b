/** Settings: sections left, rows right; saved at once. */
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import { useCommands } from '../../commands';
import { Screen } from '../../frame/Screen';
import { EmptyState } from '../../kit/EmptyState';
import { Field } from '../../kit/Field';
import { Notice } from '../../kit/Notice';
import { TextInput } from '../../kit/TextInput';
import { AccessKeys } from './AccessKeys';
import { useAboutSection } from './about';
import { useAppearanceSection } from './appearance';
import { useLogSection } from './log';
import { useRequestsSection } from './requests';
import { fitting, type SettingsSection } from './rows';
import { useServerSection } from './server';
import { useStartSection } from './start';

export function Settings() {
  const { t } = useTranslation(['settings', 'common']);
  const { data: settings, error } = useQuery(queries.settings);
  const [text, setText] = useState('');
  const find = useRef<HTMLInputElement>(null);
  useCommands([
    {
      id: 'find',
      label: t('find'),
      keys: ['mod+f', '/'],
      keyOnly: true,
      run: () => find.current?.focus(),
    },
  ]);

  const appearance = useAppearanceSection();
  const server = useServerSection(settings);
  const requests = useRequestsSection(settings);
  const log = useLogSection(settings);
  const start = useStartSection();
  const about = useAboutSection(settings);
  const keys: SettingsSection = {
    id: 'keys',
    title: t('keys.title'),
    rows: [],
    extra: settings && <AccessKeys keys={settings.access_keys} />,
  };
  const all = [appearance, ...(settings ? [server, keys, requests, log] : []), ...start, about];
  const sections = fitting(all, text);

  return (
    <Screen title={t('common:nav.settings')}>
      <div className="flex min-h-0 flex-1 @max-[759.98px]/main:flex-col">
        {/* Where there is no room for the sections the field stands above the rows. */}
        <div className="flex w-[196px] shrink-0 flex-col gap-8 border-r border-line-2 p-8 @max-[759.98px]/main:w-auto @max-[759.98px]/main:border-r-0 @max-[759.98px]/main:border-b @max-[759.98px]/main:pr-edge @max-[759.98px]/main:pl-20">
          <TextInput
            ref={find}
            type="search"
            aria-label={t('find')}
            placeholder={t('find')}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setText('');
            }}
            className="max-w-[720px]"
          />
          <nav aria-label={t('sections')} className="flex flex-col gap-px @max-[759.98px]/main:hidden">
            {sections.map(({ id, title }) => (
              <button
                key={id}
                type="button"
                onClick={() => {
                  const section = document.getElementById(`settings-${id}`);
                  section?.scrollIntoView({ block: 'start' });
                  section?.focus({ preventScroll: true });
                }}
                className="row-focus flex h-[28px] shrink-0 items-center rounded-control px-8 text-left text-text-2 hover:bg-surface-3 hover:text-text-1"
              >
                {title}
              </button>
            ))}
          </nav>
        </div>
        <div className="scroll-y min-h-0 min-w-0 flex-1 pr-edge pb-48 pl-20">
          {error && (
            <div className="max-w-[720px] pt-16">
              <Notice tone="error">{messageOf(error)}</Notice>
            </div>
          )}
          {sections.length === 0 && <EmptyState title={t('none')} />}
          {sections.map((section) => (
            <Section key={section.id} section={section} />
          ))}
        </div>
      </div>
    </Screen>
  );
}

function Section({ section: { id, title, rows, extra } }: { section: SettingsSection }) {
  return (
    <section
      id={`settings-${id}`}
      aria-labelledby={`settings-${id}-title`}
      tabIndex={-1}
      className="max-w-[720px] pt-20 outline-none"
    >
      <h2 id={`settings-${id}-title`} className="border-b border-line-2 pb-6 font-strong">
        {title}
      </h2>
      {rows.map(({ id: row, label, hint, error, control }) => (
        <Field key={row} layout="row" label={label} hint={hint} error={error}>
          {control}
        </Field>
      ))}
      {extra}
    </section>
  );
}
