/** A believable set-up for tests, screenshots and work without a server. */
import type { Account } from '../api/types/Account';
import type { AliasTable } from '../api/types/AliasTable';
import type { ExchangeDetail } from '../api/types/ExchangeDetail';
import type { ExchangeSummary } from '../api/types/ExchangeSummary';
import type { LocalServer } from '../api/types/LocalServer';
import type { Overview } from '../api/types/Overview';
import type { Preset } from '../api/types/Preset';
import type { Provider } from '../api/types/Provider';
import type { Settings } from '../api/types/Settings';
import type { Status } from '../api/types/Status';

export const status: Status = {
  version: '0.1.0',
  server: { state: 'running', address: '127.0.0.1:7229' },
  address: '127.0.0.1:7229',
  running_since: Date.now() - (3 * 60 + 12) * 60_000,
  access_keys: 2,
  keychain: { kind: 'available' },
  config: { path: '/home/you/.config/patchbay/config.toml', problem: null },
  notices: [],
};

const account = (id: string, provider: string, last_four: string | null): Account => ({
  id,
  provider,
  key: { source: { kind: 'keychain' }, set: last_four !== null, last_four, problem: null, wording: null },
  login: null,
});

const provider = (
  id: string,
  name: string,
  protocol: string,
  base_url: string | null,
  accounts: Account[],
): Provider => ({
  id,
  name,
  protocol,
  base_url,
  accounts,
  without_credential: accounts.length === 0 && protocol !== 'amazon_q',
  built_in: id === 'echo',
  signs_in: protocol === 'amazon_q',
  timeouts: { connect: 10, headers: 60, idle: 120 },
  retries: 0,
});

export const providers: Provider[] = [
  provider('anthropic', 'Anthropic', 'anthropic', 'https://api.anthropic.com', [
    account('anthropic-work', 'anthropic', '9f3a'),
    account('anthropic-own', 'anthropic', 'c71e'),
  ]),
  provider('openai', 'OpenAI', 'openai_chat', 'https://api.openai.com/v1', [
    account('openai-main', 'openai', '77b0'),
  ]),
  provider('openrouter', 'OpenRouter', 'openai_chat', 'https://openrouter.ai/api/v1', [
    account('openrouter-main', 'openrouter', null),
  ]),
  provider('ollama', 'Ollama', 'openai_chat', 'http://127.0.0.1:11434/v1', []),
  provider('echo', 'echo', 'echo', null, []),
];

export const presets: Preset[] = [
  {
    id: 'anthropic',
    name: 'Anthropic',
    protocol: 'anthropic',
    base_url: 'https://api.anthropic.com',
    keys_url: 'https://console.anthropic.com/settings/keys',
    key_prefix: 'sk-ant-',
    local: false,
    signs_in: false,
  },
  {
    id: 'openai',
    name: 'OpenAI',
    protocol: 'openai_chat',
    base_url: 'https://api.openai.com/v1',
    keys_url: 'https://platform.openai.com/api-keys',
    key_prefix: 'sk-',
    local: false,
    signs_in: false,
  },
  {
    id: 'groq',
    name: 'Groq',
    protocol: 'openai_chat',
    base_url: 'https://api.groq.com/openai/v1',
    keys_url: 'https://console.groq.com/keys',
    key_prefix: 'gsk_',
    local: false,
    signs_in: false,
  },
  {
    id: 'amazon-q',
    name: 'Amazon Q Developer',
    protocol: 'amazon_q',
    base_url: 'https://q.us-east-1.amazonaws.com',
    keys_url: null,
    key_prefix: null,
    local: false,
    signs_in: true,
  },
  {
    id: 'lm-studio',
    name: 'LM Studio',
    protocol: 'openai_chat',
    base_url: 'http://127.0.0.1:1234/v1',
    keys_url: null,
    key_prefix: null,
    local: true,
    signs_in: false,
  },
];

export const localServers: LocalServer[] = [
  {
    preset: 'lm-studio',
    name: 'LM Studio',
    protocol: 'openai_chat',
    base_url: 'http://127.0.0.1:1234/v1',
    models: ['qwen3-4b', 'gemma-3-12b', 'nomic-embed'],
    provider: null,
  },
];

export const aliases: AliasTable = {
  default_model: 'anthropic/claude-sonnet-4-5',
  aliases: [
    { name: 'gpt-4o', targets: ['anthropic/claude-sonnet-4-5', 'openrouter/claude-sonnet-4.5'] },
    { name: 'gpt-3.5-turbo', targets: ['anthropic/claude-haiku-4-5'] },
    { name: 'claude-haiku-*', targets: ['openai/gpt-4o-mini', 'echo/echo'] },
    { name: 'claude-*', targets: ['anthropic/*'] },
    { name: 'fast', targets: ['ollama/qwen3:4b', 'openai/gpt-4o-mini'] },
  ],
};

export const settings: Settings = {
  address: '127.0.0.1:7229',
  allowed_origins: ['vscode-webview://*', 'app://*'],
  access_keys: [
    { name: 'claude-code', environment: null },
    { name: 'ide', environment: 'PATCHBAY_KEY' },
  ],
  log: { bodies: 'errors', max_body_bytes: 1_048_576, keep_days: 30, max_megabytes: 500 },
  requests: { parallel_choices: 8, fetch_images: true },
  config_path: '/home/you/.config/patchbay/config.toml',
  database_path: '/home/you/.local/share/patchbay/exchanges.db',
  database_bytes: 41_200_000,
};

interface Kind {
  client: string | null;
  from: string;
  to: string | null;
  provider: string | null;
  asked: string;
  used: string | null;
  path: string;
}

const kinds: Kind[] = [
  {
    client: 'Claude Code',
    from: 'anthropic',
    to: 'anthropic',
    provider: 'anthropic',
    asked: 'claude-sonnet-4-5',
    used: 'claude-sonnet-4-5',
    path: '/v1/messages',
  },
  {
    client: 'Claude Code',
    from: 'anthropic',
    to: 'openai_chat',
    provider: 'openai',
    asked: 'claude-haiku-4-5',
    used: 'gpt-4o-mini',
    path: '/v1/messages',
  },
  {
    client: 'Zed',
    from: 'openai_chat',
    to: 'anthropic',
    provider: 'anthropic',
    asked: 'gpt-4o',
    used: 'claude-sonnet-4-5',
    path: '/v1/chat/completions',
  },
  {
    client: 'Continue',
    from: 'openai_chat',
    to: 'openai_chat',
    provider: 'ollama',
    asked: 'qwen3-coder',
    used: 'qwen3-coder:30b',
    path: '/v1/chat/completions',
  },
  {
    client: 'Zed',
    from: 'openai_chat',
    to: 'openai_chat',
    provider: 'openai',
    asked: 'gpt-4o-mini',
    used: 'gpt-4o-mini',
    path: '/v1/chat/completions',
  },
];

/** Row `index` of an endless log, newest first; the same row each time for the same `now`. */
export function exchange(index: number, now = Date.now()): ExchangeSummary {
  const kind = kinds[(index * 7 + (index >> 2)) % kinds.length] as Kind;
  const state =
    index === 0 ? 'streaming' : index % 9 === 3 ? 'failed' : index % 13 === 7 ? 'client_left' : 'done';
  const done = state === 'done';
  const started_at = now - index * 23_400 - (index % 5) * 1_300;
  return {
    id: `${started_at.toString(16).padStart(12, '0')}-${index}`,
    started_at,
    state,
    status: state === 'failed' ? 429 : state === 'client_left' ? null : 200,
    client: kind.client,
    client_protocol: kind.from,
    method: 'POST',
    path: kind.path,
    provider: kind.provider,
    account: kind.provider === 'ollama' ? null : `${kind.provider}-main`,
    upstream_protocol: kind.to,
    requested_model: kind.asked,
    upstream_model: kind.used,
    stream: index % 4 !== 2,
    first_token_ms: state === 'failed' ? null : 190 + ((index * 137) % 1700),
    duration_ms: state === 'streaming' ? null : 300 + ((index * 911) % 21_000),
    input_tokens: state === 'streaming' ? null : 900 + ((index * 3571) % 40_000),
    cache_read_tokens: done && kind.to === 'anthropic' ? 700 : null,
    cache_write_tokens: null,
    output_tokens: done ? 70 + ((index * 577) % 2_300) : null,
    reasoning_tokens: null,
    usage_estimated: kind.provider === 'ollama',
    finish_reason: done ? 'stop' : null,
    error:
      state === 'failed'
        ? {
            kind: 'rate_limited',
            fault: 'provider',
            message: 'Number of request tokens has exceeded your per-minute rate limit.',
          }
        : null,
    losses: kind.from === kind.to ? 0 : index % 3,
    attempts: state === 'failed' ? 2 : 1,
  };
}

export function overview(now = Date.now()): Overview {
  return {
    requests: 412,
    failed: 3,
    input_tokens: 1_840_000,
    cache_read_tokens: 1_306_400,
    output_tokens: 96_200,
    first_token_median_ms: 690,
    patches: [
      {
        client: 'Claude Code',
        client_protocol: 'anthropic',
        provider: 'anthropic',
        upstream_protocol: 'anthropic',
        requests: 157,
      },
      {
        client: 'Claude Code',
        client_protocol: 'anthropic',
        provider: 'openai',
        upstream_protocol: 'openai_chat',
        requests: 57,
      },
      {
        client: 'Zed',
        client_protocol: 'openai_chat',
        provider: 'openai',
        upstream_protocol: 'openai_chat',
        requests: 90,
      },
      {
        client: 'Zed',
        client_protocol: 'openai_chat',
        provider: 'anthropic',
        upstream_protocol: 'anthropic',
        requests: 6,
      },
      {
        client: 'Continue',
        client_protocol: 'openai_chat',
        provider: 'ollama',
        upstream_protocol: 'openai_chat',
        requests: 61,
      },
      {
        client: 'Codex CLI',
        client_protocol: 'openai_chat',
        provider: 'openai',
        upstream_protocol: 'openai_chat',
        requests: 28,
      },
      {
        client: 'Playground',
        client_protocol: 'anthropic',
        provider: 'echo',
        upstream_protocol: 'echo',
        requests: 12,
      },
      { client: null, client_protocol: 'openai_chat', provider: null, upstream_protocol: null, requests: 1 },
    ],
    last: Array.from({ length: 8 }, (_, index) => exchange(index, now)),
  };
}

const json = (value: unknown) => ({ text: JSON.stringify(value), truncated: false });

const instructions = 'You write commit messages. Use the imperative and say why, not what.';
const question = 'Summarise the staged diff in one line.';
const answer = 'Fix the race between writer and reader of the log.';

/** What a client of this protocol sends. */
function requestOf(protocol: string, model: string | null, stream: boolean) {
  return protocol === 'anthropic'
    ? {
        model,
        stream,
        max_tokens: 4096,
        top_k: 40,
        system: [{ type: 'text', text: instructions, cache_control: { type: 'ephemeral' } }],
        messages: [{ role: 'user', content: question }],
      }
    : {
        model,
        stream,
        stream_options: stream ? { include_usage: true } : undefined,
        max_completion_tokens: 4096,
        messages: [
          { role: 'system', content: instructions },
          { role: 'user', content: question },
        ],
      };
}

/** What an upstream of this protocol answers. */
function responseOf(protocol: string, model: string | null, stream: boolean): string {
  const words = answer.split(/(?<= )/);
  const frames = (events: [string | null, unknown][]) =>
    events
      .map(([event, data]) => `${event === null ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`)
      .join('');
  if (protocol === 'anthropic') {
    if (!stream) return JSON.stringify({ type: 'message', model, content: [{ type: 'text', text: answer }] });
    return frames([
      ['message_start', { type: 'message_start', message: { model, role: 'assistant', content: [] } }],
      ...words.map((text): [string, unknown] => [
        'content_block_delta',
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
      ]),
      ['message_stop', { type: 'message_stop' }],
    ]);
  }
  if (!stream) {
    return JSON.stringify({ model, choices: [{ message: { role: 'assistant', content: answer } }] });
  }
  const chunks = words.map((content): [null, unknown] => [
    null,
    { model, choices: [{ delta: { content } }] },
  ]);
  return `${frames(chunks)}data: [DONE]\n\n`;
}

export function exchangeDetail(summary: ExchangeSummary): ExchangeDetail {
  const { stream, client_protocol: from, requested_model: asked, upstream_model: used } = summary;
  const to = summary.upstream_protocol ?? from;
  const failed = summary.state === 'failed';
  const refusal = JSON.stringify({ error: { type: 'rate_limit_error', message: summary.error?.message } });
  const body = (text: string) => ({ text, truncated: false });
  const sent = json(requestOf(from, asked, stream));
  const passed = from === to && asked === used;
  const forwarded = passed ? sent : json(requestOf(to, used, stream));
  const received = body(failed ? refusal : responseOf(to, used, stream));
  const answered = from === to ? received : body(failed ? refusal : responseOf(from, asked, stream));
  const type = stream && !failed ? 'text/event-stream' : 'application/json';
  const duration = summary.duration_ms ?? 0;
  const pieces = answer.split(/(?<= )/);
  const first = summary.first_token_ms ?? 0;
  const attempt = (status: number | null, error: string | null, duration_ms: number) => ({
    provider: summary.provider ?? 'anthropic',
    account: summary.account,
    model: used ?? '',
    status,
    error,
    duration_ms,
  });
  const message = summary.error?.message ?? null;
  return {
    summary,
    attempts: failed
      ? [attempt(429, message, Math.round(duration * 0.4)), attempt(429, message, Math.round(duration * 0.5))]
      : [attempt(200, null, duration)],
    losses: Array.from({ length: summary.losses }, (_, index) => ({
      field: index === 0 ? 'cache_control' : 'top_k',
      kind: 'dropped',
      why:
        index === 0
          ? '3 cache marks: OpenAI chat has no place for them'
          : '40: not a parameter of this model',
    })),
    timing: {
      received: 0.3,
      prepared: 0.9,
      upstream_headers: failed ? duration * 0.9 : first * 0.7,
      first_byte: failed ? duration * 0.91 : first * 0.72,
      first_token: failed ? null : first,
      end: summary.duration_ms,
      longest_gap: failed ? null : (duration - first) * 0.2,
      longest_gap_at: failed ? null : first + (duration - first) * 0.4,
    },
    finish_raw: failed ? null : to === 'anthropic' ? 'end_turn' : 'stop',
    client_request: {
      protocol: from,
      line: `${summary.method} ${summary.path}`,
      headers: [
        ['host', '127.0.0.1:7229'],
        ['content-type', 'application/json'],
        ['user-agent', 'claude-cli/2.0.44 (external, cli)'],
        ['authorization', '…'],
      ],
      body: sent,
      bytes: sent.text.length,
    },
    upstream_request: {
      protocol: to,
      line:
        to === 'anthropic'
          ? 'POST https://api.anthropic.com/v1/messages'
          : 'POST https://api.openai.com/v1/chat/completions',
      headers: [
        ['content-type', 'application/json'],
        [to === 'anthropic' ? 'x-api-key' : 'authorization', '…'],
      ],
      body: forwarded,
      bytes: forwarded.text.length,
    },
    upstream_response: {
      protocol: to,
      line: failed ? '429 Too Many Requests' : '200 OK',
      headers: [['content-type', type]],
      body: received,
      bytes: received.text.length,
    },
    client_response: {
      protocol: from,
      line: failed ? '429 Too Many Requests' : '200 OK',
      headers: [['content-type', type]],
      body: answered,
      bytes: answered.text.length,
    },
    events: failed
      ? [{ at: duration, event: 'error', detail: message ?? '' }]
      : [
          { at: first * 0.72, event: 'start', detail: `model ${used ?? ''}` },
          { at: first, event: 'part_start', detail: '0 text' },
          ...pieces.map((piece, index) => ({
            at: first + ((duration - first) * index) / pieces.length,
            event: 'part_delta',
            detail: `0 ${JSON.stringify(piece)}`,
          })),
          { at: duration, event: 'part_end', detail: '0' },
          { at: duration, event: 'usage', detail: 'input 2,911, output 188' },
          { at: duration, event: 'finish', detail: 'stop (end_turn)' },
        ],
    event_count: failed ? 1 : pieces.length + 5,
  };
}
