/** Calls to the admin API, through the host, with one error type. */
import { host } from '../host';
import { i18next } from '../i18n';
import { sentenceOf } from './sentence';
import type { Failure } from './types/Failure';
import type { FailureBody } from './types/FailureBody';

/** Why a call failed, in words that can be shown. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** The answer's status; 0 means that no answer came. */
  readonly status: number;
  /** The stable word of the server, or `unreachable`, or `unreadable`. */
  readonly code: string;
  /** The input field at fault, where there is one. */
  readonly field: string | null;

  constructor(status: number, { code, message, wording, field }: FailureBody) {
    super(sentenceOf({ message, wording }));
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** Query parameters; null, undefined and the empty string are left out. */
export type Query = Record<string, string | number | boolean | null | undefined>;

export function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]): [string, string] => [name, String(value)]);
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** Any answer below 400; everything else, a missing answer included, is thrown as an `ApiFailure`. */
export async function request(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await host.fetch(path, init);
  } catch (reason) {
    if (init?.signal?.aborted) throw reason;
    throw new ApiFailure(0, {
      code: 'unreachable',
      message: i18next.t('failure.unreachable'),
      wording: null,
      field: null,
    });
  }
  if (!response.ok) throw await failureOf(response);
  return response;
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  if (signal) init.signal = signal;
  const response = await request(path, init);
  const text = await response.text();
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw unreadable(response.status);
  }
}

/** `T` is the generated type of the answer; an empty answer is `undefined`. */
export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    call<T>('GET', withQuery(path, query), undefined, signal),
  post: <T>(path: string, body?: unknown, signal?: AbortSignal) => call<T>('POST', path, body ?? {}, signal),
  put: <T>(path: string, body: unknown, signal?: AbortSignal) => call<T>('PUT', path, body, signal),
  patch: <T>(path: string, body: unknown, signal?: AbortSignal) => call<T>('PATCH', path, body, signal),
  delete: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    call<T>('DELETE', withQuery(path, query), undefined, signal),
};

/** The text of whatever was thrown, for a notice. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function failureOf(response: Response): Promise<ApiFailure> {
  const { status } = response;
  try {
    const { error } = (await response.json()) as Partial<Failure>;
    if (typeof error?.message === 'string') return new ApiFailure(status, error);
  } catch {
    // Not JSON: some other program answers, or the answer was cut.
  }
  return unreadable(status);
}

function unreadable(status: number): ApiFailure {
  return new ApiFailure(status, {
    code: 'unreadable',
    message: i18next.t('failure.unknown', { status }),
    wording: null,
    field: null,
  });
}
