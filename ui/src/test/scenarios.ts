/** States of the whole program that are hard to bring about: `?fake=empty` in the address while developing. */

import { exchange, exchangeDetail } from './fake-data';
import { createFakeServer, type FakeServer } from './fake-host';
import { amazonQ } from './fake-logins';

const scenarios: Record<string, (server: FakeServer) => void> = {
  /** Just installed. */
  empty: ({ data }) => {
    data.providers = data.providers.filter(({ built_in }) => built_in);
    data.aliases = { default_model: null, aliases: [] };
    data.exchanges = [];
    data.overview = {
      requests: 0,
      failed: 0,
      input_tokens: null,
      cache_read_tokens: null,
      output_tokens: null,
      first_token_median_ms: null,
      patches: [],
      last: [],
    };
    data.settings = { ...data.settings, access_keys: [] };
    data.status = { ...data.status, access_keys: 0, running_since: Date.now() };
  },
  stopped: ({ data }) => {
    data.status = { ...data.status, server: { state: 'stopped' }, running_since: null };
  },
  /** The port is taken. */
  failed: ({ data }) => {
    data.status = {
      ...data.status,
      running_since: null,
      server: {
        state: 'failed',
        reason: {
          message: '127.0.0.1:7229 is in use by llama-server (process 3127).',
          holder: { kind: 'stranger', process: 'llama-server (process 3127)' },
          free_address: '127.0.0.1:7230',
        },
      },
    };
  },
  /** A broken configuration file, and no keychain. */
  trouble: ({ data }) => {
    data.status = {
      ...data.status,
      keychain: { kind: 'unavailable', reason: 'No secret service answers on the session bus.' },
      config: {
        ...data.status.config,
        problem: { message: 'unknown field `adress`, expected `address`', line: 3, column: 1, wording: null },
      },
    };
  },
  /** More rows than anybody reads. */
  many: ({ data }) => {
    data.exchanges = Array.from({ length: 100_000 }, (_, index) => exchange(index));
  },
  /** A provider whose accounts are signed in to. */
  logins: ({ data }) => {
    data.providers.splice(1, 0, structuredClone(amazonQ));
  },
  /** Requests keep coming. */
  busy: ({ data, emit }) => {
    let number = 0;
    setInterval(() => {
      number += 1;
      const opened = { ...exchange(0), id: `${Date.now().toString(16).padStart(12, '0')}-live${number}` };
      data.exchanges.unshift(opened);
      emit({ kind: 'exchange', exchange: opened });
    }, 700);
  },
  /** The log keeps no bodies. */
  unkept: (server) => {
    server.data.settings.log.bodies = 'off';
    server.on('GET /admin/exchanges/{}', ({ params: [id] }) => {
      const summary = server.data.exchanges.find((row) => row.id === id) ?? exchange(1);
      const detail = exchangeDetail(summary);
      for (const message of [
        detail.client_request,
        detail.upstream_request,
        detail.upstream_response,
        detail.client_response,
      ]) {
        if (message) message.body = null;
      }
      return { ...detail, events: [] };
    });
  },
  /** The desktop window instead of a browser. */
  desktop: () => undefined,
};

/** A fake server in the named state; any other name is the usual set-up. */
export function scenario(name: string): FakeServer {
  const server = createFakeServer(name === 'desktop' ? 'desktop' : 'browser');
  server.data.echoPauseMs = 40;
  scenarios[name]?.(server);
  return server;
}
