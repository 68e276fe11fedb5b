/**
 * A host with a server in memory, for tests and for `npm run dev:ui -- --mode fake`. Never part of a build.
 *
 * `createFakeServer()` answers every admin route from `data`, which a test may change, and applies writes to it. A test
 * can put its own answer in the way with `on('PUT /admin/aliases', handler)`.
 */
import type { ExchangeSummary } from '../api/types/ExchangeSummary';
import type { LiveEvent } from '../api/types/LiveEvent';
import type { Login } from '../api/types/Login';
import type { Host } from '../host';
import * as fake from './fake-data';
import { echoChat, echoMessages } from './fake-echo';
import { serveLogins } from './fake-logins';

export interface FakeRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Parsed JSON, or undefined. */
  body: unknown;
  signal: AbortSignal | undefined;
  /** What stood in the place of `{}` in the route. */
  params: string[];
}

/** A value is answered as JSON with 200, undefined as 204; a `Response` goes as it is. */
export type Handler = (request: FakeRequest) => unknown;

export interface FakeServer {
  host: Host;
  data: ReturnType<typeof freshData>;
  /** Every request so far. */
  calls: FakeRequest[];
  /** What was opened outside. */
  opened: string[];
  /** What was put on the clipboard. */
  copied: string[];
  /** The ports that the page went to. */
  followed: number[];
  emit(event: LiveEvent): void;
  /** `route` is a method and a path with `{}` for a part that varies; the newest handler wins. */
  on(route: string, handler: Handler): void;
  /** Ends the live stream and answers nothing from now on, or again. */
  setReachable(reachable: boolean): void;
}

function freshData() {
  const now = Date.now();
  return structuredClone({
    status: fake.status,
    providers: fake.providers,
    presets: fake.presets,
    localServers: fake.localServers,
    aliases: fake.aliases,
    settings: fake.settings,
    overview: fake.overview(now),
    exchanges: Array.from({ length: 412 }, (_, index) => fake.exchange(index, now)),
    autostart: false,
    logins: [] as Login[],
    /** How long the model takes for each piece. */
    echoPauseMs: 0,
  });
}

/** The failure body of the admin API. */
export function failure(
  status: number,
  code: string,
  message: string,
  field: string | null = null,
): Response {
  return Response.json({ error: { code, message, field } }, { status });
}

export function createFakeServer(kind: Host['kind'] = 'browser'): FakeServer {
  const data = freshData();
  const calls: FakeRequest[] = [];
  const copied: string[] = [];
  const opened: string[] = [];
  const followed: number[] = [];
  const streams = new Set<ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>>();
  const handlers: { route: RegExp; handler: Handler }[] = [];
  let reachable = true;

  const emit = (event: LiveEvent) => {
    const bytes = new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`);
    for (const stream of streams) stream.enqueue(bytes);
  };
  const on = (route: string, handler: Handler) => {
    const pattern = route.replaceAll('/', '\\/').replaceAll('{}', '([^/]+)');
    handlers.unshift({ route: new RegExp(`^${pattern}$`), handler });
  };
  const changed = () => emit({ kind: 'config_changed' });

  on('POST /admin/sign-in-link', () => ({
    url: 'http://127.0.0.1:7229/admin/sign-in?token=once',
    path: '/admin/sign-in?token=once',
  }));
  on('GET /admin/session', () => ({ kind: kind === 'desktop' ? 'window' : 'browser' }));
  on('GET /admin/status', () => data.status);
  on('GET /admin/overview', () => data.overview);
  on('GET /admin/presets', () => data.presets);
  on('GET /admin/local-servers', () => data.localServers);
  on('GET /admin/providers', () => data.providers);
  on('GET /admin/aliases', () => data.aliases);
  on('GET /admin/alias-presets', () => [
    {
      id: 'openai-names',
      name: 'OpenAI names to Claude',
      description: 'For programs that only know OpenAI’s model names.',
      aliases: [
        { name: 'gpt-4', targets: ['claude-sonnet-4'] },
        { name: 'gpt-4o', targets: ['claude-sonnet-4-5'] },
      ],
    },
  ]);
  on('GET /admin/settings', () => data.settings);
  on('GET /admin/models', () => [
    ...data.aliases.aliases
      .filter(({ name }) => !name.includes('*'))
      .map(({ name }) => ({ name, alias: true, provider: null, protocol: null })),
    { name: 'anthropic/claude-sonnet-4-5', alias: false, provider: 'anthropic', protocol: 'anthropic' },
    { name: 'openai/gpt-4o-mini', alias: false, provider: 'openai', protocol: 'openai_chat' },
    { name: 'echo/echo', alias: false, provider: 'echo', protocol: 'echo' },
  ]);
  on('GET /admin/live', ({ signal }) => {
    let stream: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        stream = controller as typeof stream;
        streams.add(stream);
      },
      cancel() {
        streams.delete(stream);
      },
    });
    signal?.addEventListener('abort', () => {
      if (streams.delete(stream)) stream.error(signal.reason);
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  on('GET /admin/exchanges', ({ query }) => page(data.exchanges, query));
  on('GET /admin/exchanges/{}', ({ params: [id] }) => {
    const summary = data.exchanges.find((row) => row.id === id);
    return summary ? fake.exchangeDetail(summary) : failure(404, 'not_found', 'There is no such request.');
  });
  on('DELETE /admin/exchanges', () => {
    const deleted = data.exchanges.length;
    data.exchanges = [];
    data.overview = { ...data.overview, requests: 0, failed: 0, patches: [], last: [] };
    emit({ kind: 'exchanges_deleted' });
    return { deleted };
  });
  const newest = () => data.exchanges[0]?.id ?? '';
  on('POST /v1/chat/completions', (request) => echoChat(request, newest(), data.echoPauseMs));
  on('POST /v1/messages', (request) => echoMessages(request, newest(), data.echoPauseMs));
  on('GET /admin/route', ({ query }) => {
    const model = query.get('model') ?? '';
    const protocol = query.get('protocol') ?? 'openai_chat';
    if (model.startsWith('echo/')) {
      const echo = { provider: 'echo', account: null, model: 'echo', protocol: 'echo' };
      return {
        model,
        reasons: [{ code: 'provider_prefix', message: `${model} names the provider echo.` }],
        alias: null,
        targets: [{ ...echo, pass_through: false, problem: null, wording: null }],
        refusal: null,
        wording: null,
      };
    }
    return {
      model,
      reasons: [{ code: 'pattern_alias', message: `Alias claude-* fits ${model}.` }],
      alias: 'claude-*',
      targets: [
        {
          provider: 'anthropic',
          account: 'anthropic-work',
          model,
          protocol: 'anthropic',
          pass_through: protocol === 'anthropic',
          problem: null,
          wording: null,
        },
      ],
      refusal: null,
      wording: null,
    };
  });
  on('GET /admin/providers/{}/models', () => ({
    models: [
      {
        id: 'claude-sonnet-4-5',
        display_name: 'Claude Sonnet 4.5',
        max_input_tokens: 200_000,
        max_output_tokens: 64_000,
      },
      {
        id: 'claude-haiku-4-5',
        display_name: 'Claude Haiku 4.5',
        max_input_tokens: 200_000,
        max_output_tokens: 64_000,
      },
    ],
  }));
  on('POST /admin/providers/{}/test', () => ({
    ok: true,
    steps: [
      { name: 'reach', ok: true, message: 'api.anthropic.com answers.', duration_ms: 41 },
      { name: 'sign_in', ok: true, message: 'The key is accepted.', duration_ms: 210 },
      { name: 'models', ok: true, message: '2 models.', duration_ms: 4 },
    ],
  }));
  on('PUT /admin/providers/{}', ({ params: [id = ''], body }) => {
    const input = body as { name?: string | null; protocol: string; base_url: string };
    const before = data.providers.find((provider) => provider.id === id);
    const next = {
      accounts: [],
      without_credential: input.protocol !== 'amazon_q',
      signs_in: input.protocol === 'amazon_q',
      built_in: false,
      timeouts: { connect: 10, headers: 60, idle: 120 },
      retries: 0,
      ...before,
      id,
      name: input.name ?? id,
      protocol: input.protocol,
      base_url: input.base_url,
    };
    data.providers = before
      ? data.providers.map((provider) => (provider.id === id ? next : provider))
      : [...data.providers, next];
    changed();
    return next;
  });
  on('DELETE /admin/providers/{}', ({ params: [id] }) => {
    data.providers = data.providers.filter((provider) => provider.id !== id);
    changed();
  });
  on('PUT /admin/accounts/{}', ({ params: [id = ''], body }) => {
    const { provider, key } = body as { provider: string; key?: string | null };
    const next = {
      id,
      provider,
      key: {
        source: { kind: 'keychain' as const },
        set: Boolean(key),
        last_four: key?.slice(-4) ?? null,
        problem: null,
        wording: null,
      },
      login: null,
    };
    data.providers = data.providers.map((entry) =>
      entry.id === provider
        ? {
            ...entry,
            without_credential: false,
            accounts: [...entry.accounts.filter((old) => old.id !== id), next],
          }
        : entry,
    );
    changed();
    return next;
  });
  on('PUT /admin/accounts/{}/key', ({ params: [id], body }) => {
    const { key } = body as { key: string };
    const found = data.providers.flatMap(({ accounts }) => accounts).find((account) => account.id === id);
    if (!found) return failure(404, 'not_found', 'There is no such account.');
    found.key = { ...found.key, set: true, last_four: key.slice(-4), problem: null };
    changed();
    return found;
  });
  on('DELETE /admin/accounts/{}', ({ params: [id] }) => {
    for (const entry of data.providers)
      entry.accounts = entry.accounts.filter((account) => account.id !== id);
    changed();
  });
  on('PUT /admin/aliases', ({ body }) => {
    data.aliases = body as typeof data.aliases;
    changed();
    return data.aliases;
  });
  on('PUT /admin/settings', ({ body }) => {
    const given = Object.entries(body as object).filter(([, value]) => value !== null);
    data.settings = { ...data.settings, ...Object.fromEntries(given) };
    changed();
    return data.settings;
  });
  on('POST /admin/access-keys', ({ body }) => {
    const { name } = body as { name: string };
    if (data.settings.access_keys.some((key) => key.name === name)) {
      return failure(409, 'conflict', `There is already an access key “${name}”.`, 'name');
    }
    data.settings = {
      ...data.settings,
      access_keys: [...data.settings.access_keys, { name, environment: null }],
    };
    changed();
    return { name, key: 'pb-3f9c0d6e1a7b4c52' };
  });
  on('DELETE /admin/access-keys/{}', ({ params: [name] }) => {
    data.settings = {
      ...data.settings,
      access_keys: data.settings.access_keys.filter((key) => key.name !== decodeURIComponent(name ?? '')),
    };
    changed();
  });
  const setServer = (server: typeof data.status.server) => {
    data.status = { ...data.status, server, running_since: server.state === 'running' ? Date.now() : null };
    emit({ kind: 'status', status: data.status });
    return server;
  };
  on('POST /admin/server/start', ({ body }) => {
    const address = (body as { address?: string | null }).address ?? data.status.address;
    data.status.address = address;
    return setServer({ state: 'running', address });
  });
  on('POST /admin/server/stop', () => setServer({ state: 'stopped' }));

  const fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(path, 'http://127.0.0.1');
    const request: FakeRequest = {
      method: init.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
      signal: init.signal ?? undefined,
      params: [],
    };
    calls.push(request);
    // In a later turn, as over a network: whatever a page shows of the answer is waited for.
    await new Promise((turn) => setTimeout(turn));
    if (!reachable) throw new TypeError('Failed to fetch');
    for (const { route, handler } of handlers) {
      const match = route.exec(`${request.method} ${request.path}`);
      if (!match) continue;
      const answer = await handler({ ...request, params: match.slice(1) });
      if (answer instanceof Response) return answer;
      return answer === undefined
        ? new Response(null, { status: 204 })
        : Response.json(structuredClone(answer));
    }
    return failure(404, 'not_found', `There is nothing at ${path}.`);
  };

  const server: FakeServer = {
    data,
    calls,
    copied,
    opened,
    followed,
    emit,
    on,
    setReachable: (next) => {
      reachable = next;
      if (next) return;
      for (const stream of streams) stream.error(new TypeError('network error'));
      streams.clear();
    },
    host: {
      kind,
      fetch,
      copy: async (text) => {
        copied.push(text);
      },
      readClipboardImage: async () => null,
      autostart: {
        get: async () => data.autostart,
        set: async (enabled) => {
          data.autostart = enabled;
        },
      },
      setLanguage: async () => undefined,
      openExternal: async (url) => {
        opened.push(url);
      },
      revealFolder: async () => undefined,
      quit: async () => undefined,
      follow: (port) => void followed.push(port),
    },
  };
  serveLogins(server);
  return server;
}

function page(all: ExchangeSummary[], query: URLSearchParams) {
  const text = query.get('text')?.toLowerCase();
  const status = query.get('status');
  const equal = (name: string, value: string | null) => !query.get(name) || query.get(name) === value;
  const matching = all.filter(
    (row) =>
      equal('client', row.client) &&
      equal('provider', row.provider) &&
      (equal('model', row.requested_model) || equal('model', row.upstream_model)) &&
      (equal('protocol', row.client_protocol) || equal('protocol', row.upstream_protocol)) &&
      (!status ||
        (status === 'error' && row.error !== null) ||
        (status === 'ok' && row.error === null) ||
        String(row.status) === status) &&
      (!query.get('losses') || query.get('losses') === String(row.losses > 0)) &&
      (!query.get('since') || row.started_at >= Number(query.get('since'))) &&
      (!query.get('until') || row.started_at < Number(query.get('until'))) &&
      (!text || JSON.stringify(row).toLowerCase().includes(text)),
  );
  const start = Number(query.get('cursor') ?? 0) + Number(query.get('skip') ?? 0);
  const limit = Number(query.get('limit') ?? 100);
  const end = start + limit;
  return {
    exchanges: matching.slice(start, end),
    next: end < matching.length ? String(end) : null,
    matching: query.has('cursor') ? null : matching.length,
    total: query.has('cursor') ? null : all.length,
  };
}
