/** A login that was begun: how it is at this moment, and the ways to begin and to cancel one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiFailure, api } from '../../api/client';
import { configKeys, queries } from '../../api/queries';
import type { Login } from '../../api/types/Login';
import type { LoginInput } from '../../api/types/LoginInput';

/** What a person fills in; all of it is of organisations. */
export interface LoginDraft {
  kind: 'personal' | 'organisation';
  start_url: string;
  region: string;
  profile: string;
}

export const emptyLogin: LoginDraft = { kind: 'personal', start_url: '', region: '', profile: '' };

export type LoginErrors = Partial<Record<'start_url' | 'region' | 'profile', string>>;

export function loginInput(
  provider: string,
  { kind, start_url, region, profile }: LoginDraft,
  account?: string,
): LoginInput {
  const filled = (name: 'start_url' | 'region' | 'profile', text: string) =>
    kind === 'organisation' && text.trim() !== '' ? { [name]: text.trim() } : {};
  return {
    provider,
    ...(account === undefined ? {} : { account }),
    ...filled('start_url', start_url),
    ...filled('region', region),
    ...filled('profile', profile),
  };
}

/** The refusal of one field of the form; undefined for every other trouble. */
export function errorsOf(error: unknown): LoginErrors | undefined {
  if (!(error instanceof ApiFailure) || !/^(start_url|region|profile)$/.test(error.field ?? '')) return;
  return { [error.field as keyof LoginErrors]: error.message };
}

export function useLogin() {
  const cache = useQueryClient();
  const begin = useMutation({ mutationFn: (input: LoginInput) => api.post<Login>('/admin/logins', input) });
  const id = begin.data?.id;
  // The server says by the stream of events when it has ended.
  const { data, error } = useQuery({ ...queries.login(id ?? ''), enabled: id !== undefined });
  // A server that was started anew knows nothing of it.
  const isGone = error instanceof ApiFailure && error.status === 404;
  const known = begin.data && (data ?? begin.data);
  const login: Login | undefined = known && (isGone ? { ...known, state: { kind: 'cancelled' } } : known);
  const cancel = () => {
    if (login?.state.kind === 'waiting') {
      // It ends by itself where nobody hears of this.
      api.delete(`/admin/logins/${login.id}`).catch(() => undefined);
    }
    begin.reset();
  };
  const begun = (input: LoginInput) =>
    begin.mutateAsync(input).finally(() => {
      // A provider may have been added just before.
      for (const key of configKeys) void cache.invalidateQueries({ queryKey: [key] });
    });
  return { login, begin: begun, busy: begin.isPending, error: begin.error, cancel };
}
