/** What the UI reads of the admin API: one place for paths, cache keys and types. */
import { queryOptions } from '@tanstack/react-query';
import { api } from './client';
import type { AddressableModel } from './types/AddressableModel';
import type { AliasPreset } from './types/AliasPreset';
import type { AliasTable } from './types/AliasTable';
import type { ExchangeDetail } from './types/ExchangeDetail';
import type { LocalServer } from './types/LocalServer';
import type { Login } from './types/Login';
import type { ModelList } from './types/ModelList';
import type { Overview } from './types/Overview';
import type { Preset } from './types/Preset';
import type { Provider } from './types/Provider';
import type { RouteReport } from './types/RouteReport';
import type { Settings } from './types/Settings';
import type { Status } from './types/Status';

export const queries = {
  status: queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => api.get<Status>('/admin/status', {}, signal),
  }),
  /** The figures since the last midnight of this computer. */
  overview: queryOptions({
    queryKey: ['overview'],
    queryFn: ({ signal }) =>
      api.get<Overview>('/admin/overview', { since: new Date().setHours(0, 0, 0, 0) }, signal),
  }),
  providers: queryOptions({
    queryKey: ['providers'],
    queryFn: ({ signal }) => api.get<Provider[]>('/admin/providers', {}, signal),
  }),
  presets: queryOptions({
    queryKey: ['presets'],
    queryFn: ({ signal }) => api.get<Preset[]>('/admin/presets', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  }),
  localServers: queryOptions({
    queryKey: ['local-servers'],
    queryFn: ({ signal }) => api.get<LocalServer[]>('/admin/local-servers', {}, signal),
  }),
  /** Asks the provider itself; only when somebody looks. */
  providerModels: (provider: string, account?: string) =>
    queryOptions({
      queryKey: ['provider-models', provider, account ?? null],
      queryFn: ({ signal }) =>
        api.get<ModelList>(`/admin/providers/${encodeURIComponent(provider)}/models`, { account }, signal),
      retry: false,
    }),
  /** A login that was begun here. */
  login: (id: string) =>
    queryOptions({
      queryKey: ['login', id],
      queryFn: ({ signal }) => api.get<Login>(`/admin/logins/${encodeURIComponent(id)}`, {}, signal),
    }),
  aliases: queryOptions({
    queryKey: ['aliases'],
    queryFn: ({ signal }) => api.get<AliasTable>('/admin/aliases', {}, signal),
  }),
  aliasPresets: queryOptions({
    queryKey: ['alias-presets'],
    queryFn: ({ signal }) => api.get<AliasPreset[]>('/admin/alias-presets', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  }),
  /** A dry run: where would this model go. */
  route: (model: string, protocol?: string) =>
    queryOptions({
      queryKey: ['route', model, protocol ?? null],
      queryFn: ({ signal }) => api.get<RouteReport>('/admin/route', { model, protocol }, signal),
    }),
  /** The names that a client can send now. */
  models: queryOptions({
    queryKey: ['models'],
    queryFn: ({ signal }) => api.get<AddressableModel[]>('/admin/models', {}, signal),
  }),
  exchange: (id: string) =>
    queryOptions({
      queryKey: ['exchange', id],
      queryFn: ({ signal }) =>
        api.get<ExchangeDetail>(`/admin/exchanges/${encodeURIComponent(id)}`, {}, signal),
    }),
  settings: queryOptions({
    queryKey: ['settings'],
    queryFn: ({ signal }) => api.get<Settings>('/admin/settings', {}, signal),
  }),
};

/** Whether the answer comes from somebody else, who may take long: nothing waits for it. */
export function asksOthers({ queryKey: [name] }: { queryKey: readonly unknown[] }): boolean {
  return name === 'provider-models' || name === 'local-servers';
}

/** Read again when the configuration changed, by whoever. */
export const configKeys = [
  'status',
  'providers',
  'provider-models',
  'aliases',
  'route',
  'models',
  'settings',
  'local-servers',
  'login',
];
