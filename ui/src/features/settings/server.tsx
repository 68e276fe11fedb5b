/** Where the server listens, who may call it from a web page, and what a request without a model gets. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import type { AliasTable } from '../../api/types/AliasTable';
import type { Settings } from '../../api/types/Settings';
import { host } from '../../host';
import type { FieldProps } from '../../kit/Field';
import { NumberInput } from '../../kit/NumberInput';
import { Select } from '../../kit/Select';
import { TextArea } from '../../kit/TextInput';
import type { SettingRow, SettingsSection } from './rows';
import { useSave } from './use-save';

export function useServerSection(settings: Settings | undefined): SettingsSection {
  const { t } = useTranslation('settings');
  const port = usePortRow(settings);
  const origins = useOriginsRow(settings);
  const model = useDefaultModelRow();
  return { id: 'server', title: t('server.title'), rows: [port, origins, model] };
}

/** `[::1]:7229` and `127.0.0.1:7229` into host and port. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

function usePortRow(settings: Settings | undefined): SettingRow {
  const { t } = useTranslation('settings');
  // A page goes where the server went, so it has nothing to undo with.
  const { error, setError, save } = useSave(t('server.port'), host.kind === 'desktop');
  const address = settings?.address ?? '';
  const { host: name, port } = splitAddress(address);
  const move = async (next: number) => {
    if (await save({ address: `${name}:${next}` })) host.follow(next);
  };
  const commit = (next: number | null) => {
    if (next === port) setError(undefined);
    else if (next === null || !Number.isInteger(next) || next < 1 || next > 65_535)
      setError(t('server.portRange'));
    else void move(next);
  };
  return {
    id: 'port',
    label: t('server.port'),
    hint: host.kind === 'desktop' ? t('server.portHint') : t('server.portHintPage'),
    error,
    words: address,
    control: (field) => <NumberInput {...field} value={port} onCommit={commit} className="w-[88px]" />,
  };
}

function useOriginsRow(settings: Settings | undefined): SettingRow {
  const { t } = useTranslation('settings');
  const { error, setError, save } = useSave(t('server.origins'));
  const saved = settings?.allowed_origins ?? [];
  const commit = (text: string) => {
    const origins = text.split(/\s+/).filter((line) => line !== '');
    const bad = origins.find((origin) => !/^[a-z][a-z0-9+.-]*:\/\/[^/\s]+$/i.test(origin));
    if (bad !== undefined) setError(t('server.originsBad', { origin: bad }));
    else if (origins.join('\n') === saved.join('\n')) setError(undefined);
    else void save({ allowed_origins: origins });
  };
  return {
    id: 'origins',
    label: t('server.origins'),
    hint: t('server.originsHint'),
    error,
    words: saved.join(' '),
    control: (field) => <Lines key={saved.join('\n')} field={field} lines={saved} onCommit={commit} />,
  };
}

function Lines({
  field,
  lines,
  onCommit,
}: {
  field: FieldProps;
  lines: string[];
  onCommit: (text: string) => void;
}) {
  const [text, setText] = useState(lines.join('\n'));
  return (
    <TextArea
      {...field}
      mono
      rows={Math.min(8, Math.max(2, lines.length + 1))}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => onCommit(text)}
      className="w-[280px] max-w-full"
    />
  );
}

/** A value that no model can have. */
const none = ' ';

function useDefaultModelRow(): SettingRow {
  const { t } = useTranslation('settings');
  const cache = useQueryClient();
  const { data: table } = useQuery(queries.aliases);
  const { data: models = [] } = useQuery(queries.models);
  const [error, setError] = useState<string>();
  const chosen = table?.default_model ?? null;
  const names = [...new Set([...models.map(({ name }) => name), ...(chosen === null ? [] : [chosen])])];
  const choose = async (value: string) => {
    if (!table) return;
    try {
      const next = { ...table, default_model: value === none ? null : value };
      cache.setQueryData(queries.aliases.queryKey, await api.put<AliasTable>('/admin/aliases', next));
      setError(undefined);
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  return {
    id: 'default-model',
    label: t('server.defaultModel'),
    hint: t('server.defaultModelHint'),
    error,
    control: (field) => (
      <Select
        {...field}
        value={chosen ?? none}
        onChange={(value) => void choose(value)}
        options={[
          { value: none, label: t('server.noDefault') },
          ...names.map((name) => ({ value: name, label: name })),
        ]}
        className="w-[280px] max-w-full"
      />
    ),
  };
}
