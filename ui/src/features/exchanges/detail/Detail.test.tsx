/** One request: its views and forms, what went wrong, and what is not there. */
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import type { ExchangeState } from '../../../api/types/ExchangeState';
import { exchangeDetail } from '../../../test/fake-data';
import { createFakeServer } from '../../../test/fake-host';
import { withLayout } from '../../../test/layout';
import { renderPage, speak } from '../../../test/render';
import { scenario } from '../../../test/scenarios';

withLayout();

const pane = () => within(screen.getByRole('region', { name: 'Detail' }));
const tab = (name: string | RegExp) => pane().findByRole('tab', { name });

/** The page with row `index` of the log open. */
async function open(index: number, more = '', server = createFakeServer()) {
  const row = server.data.exchanges[index];
  if (!row) throw new Error(`there is no row ${index}`);
  const page = await renderPage(`/exchanges?id=${row.id}${more}`, server);
  await screen.findByRole('region', { name: 'Detail' });
  return { ...page, row };
}

describe('views and forms', () => {
  test('the head, the strip and the views of a translated request', async () => {
    const { user, router, axe } = await open(5);
    expect(await pane().findByRole('heading', { level: 2 })).toHaveTextContent('200POST /v1/messages');
    expect(pane().getByRole('img', { name: 'Anthropic to OpenAI chat, translated' })).toBeInTheDocument();
    expect(await pane().findByText('first token 0.88 s')).toBeInTheDocument();
    expect(await pane().findByText(/"claude-haiku-4-5"/)).toBeInTheDocument();
    await user.click(await tab('Request Upstream'));
    expect(await pane().findByText(/"gpt-4o-mini"/)).toBeInTheDocument();
    expect(pane().getByText('3 cache marks: OpenAI chat has no place for them')).toBeInTheDocument();
    expect(router.state.location.search).toMatchObject({ view: 'upstream-request' });
    expect(await axe()).toEqual([]);
  });

  test('keys go to the views and the forms', async () => {
    const { user, router, axe } = await open(5);
    await tab(/^Events/);
    await user.keyboard('4h');
    expect(await tab('Response Client')).toHaveAttribute('aria-selected', 'true');
    expect(pane().getByText('text/event-stream')).toBeInTheDocument();
    expect(router.state.location.search).toMatchObject({ view: 'client-response', form: 'headers' });
    await user.keyboard('e');
    expect(await pane().findByRole('table', { name: 'Events' })).toHaveAttribute('aria-rowcount', '16');
    expect(pane().getByText('part_start')).toBeInTheDocument();
    expect(await axe()).toEqual([]);
    await user.keyboard('l');
    expect(within(await pane().findByRole('list', { name: 'Losses' })).getAllByRole('listitem')).toHaveLength(
      2,
    );
    await user.keyboard('t');
    expect(await pane().findByText('Routed and translated')).toBeInTheDocument();
    expect(await axe()).toEqual([]);
  });

  test('credentials are a chip', async () => {
    const { axe } = await open(5, '&form=headers');
    expect(await pane().findByText('Not kept: a credential')).toBeInTheDocument();
    expect(pane().getByText('authorization')).toBeInTheDocument();
    expect(await axe()).toEqual([]);
  });

  test('a view that does not exist is the first one', async () => {
    const { router } = await open(5, '&view=nothing&form=none');
    expect(await tab('Request Client')).toHaveAttribute('aria-selected', 'true');
    expect(router.state.location.search).not.toHaveProperty('view');
  });

  test('a body that went through as it came has no difference', async () => {
    const server = createFakeServer();
    const index = server.data.exchanges.findIndex(
      (row) => row.state === 'done' && row.requested_model === row.upstream_model,
    );
    await open(index, '&form=diff', server);
    expect(await pane().findByText('The body went through byte for byte.')).toBeInTheDocument();
  });

  test('J and K go through the rows, Escape closes and leaves the row focused', async () => {
    const { user, server, router } = await open(5);
    await tab(/^Events/);
    await user.keyboard('j');
    await waitFor(() =>
      expect(router.state.location.search).toMatchObject({ id: server.data.exchanges[6]?.id }),
    );
    await user.keyboard('{ArrowUp}{ArrowUp}');
    await waitFor(() =>
      expect(router.state.location.search).toMatchObject({ id: server.data.exchanges[4]?.id }),
    );
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Detail' })).not.toBeInTheDocument());
    expect(document.activeElement?.closest('[data-key]')).toHaveAttribute(
      'data-key',
      server.data.exchanges[4]?.id,
    );
  });
});

test('J on the last row stays there', async () => {
  const server = createFakeServer();
  server.data.exchanges.length = 2;
  const { user, row, router } = await open(1, '', server);
  await tab(/^Events/);
  await user.keyboard('j');
  expect(document.activeElement?.closest('[data-key]')).toHaveAttribute('data-key', row.id);
  expect(router.state.location.search).toMatchObject({ id: row.id });
});

describe('what went wrong', () => {
  test('the provider’s fault, in its words, with the way out and every attempt', async () => {
    const { user, axe } = await open(3, '&view=timing');
    expect(await pane().findByText('OpenAI limits how much it is asked.')).toBeInTheDocument();
    expect(
      pane().getByText('“Number of request tokens has exceeded your per-minute rate limit.”'),
    ).toBeInTheDocument();
    expect(pane().getByText('Try later, or give the alias a second target.')).toBeInTheDocument();
    expect(await pane().findByText('Attempts')).toBeInTheDocument();
    expect(pane().getAllByText('openai-main')).toHaveLength(3);
    expect(await axe()).toEqual([]);
    await user.click(await tab('Response Upstream'));
    expect(await pane().findByText(/rate_limit_error/)).toBeInTheDocument();
  });

  test.each([
    ['provider', 'authentication', 'Replace the key.', 'Open Providers'],
    ['client', 'authentication', 'Give the client one of the access keys.', 'Open Settings'],
    ['network', 'unreachable', 'Check the provider’s base URL', 'Open Providers'],
    ['patchbay', 'not_found', 'Check the model', 'Open Models'],
  ])('%s, %s: %s', async (fault, kind, advice, link) => {
    const server = createFakeServer();
    const row = server.data.exchanges[3];
    if (row) row.error = { fault, kind, message: 'No.' };
    await open(3, '', server);
    expect(await pane().findByText(new RegExp(advice.replace('’', '.')))).toBeInTheDocument();
    expect(pane().getByRole('link', { name: link })).toBeInTheDocument();
  });

  test('in Chinese, with the words of the provider as they are', async () => {
    await speak('zh-CN');
    const server = createFakeServer();
    const row = server.data.exchanges[3];
    if (row) row.error = { fault: 'provider', kind: 'authentication', message: 'Incorrect API key.' };
    await renderPage(`/exchanges?id=${row?.id}`, server);
    expect(await screen.findByText('OpenAI 拒绝了密钥。')).toBeInTheDocument();
    expect(screen.getByText('“Incorrect API key.”')).toBeInTheDocument();
  });

  test('a sentence of Patchbay has its names as code', async () => {
    const server = createFakeServer();
    const row = server.data.exchanges[3];
    if (row)
      row.error = { fault: 'client', kind: 'invalid_request', message: '`messages` must be an array.' };
    await open(3, '', server);
    expect(await pane().findByText('messages', { selector: 'code' })).toBeInTheDocument();
  });

  test.each([
    [1, 1],
    [0, 0],
  ])(
    'an invalid request that %s providers got is compared with what they got: %s',
    async (attempts, hints) => {
      const server = createFakeServer();
      const row = server.data.exchanges[3];
      if (row) {
        row.attempts = attempts;
        row.error = { fault: 'client', kind: 'invalid_request', message: 'The body is not JSON.' };
      }
      await open(3, '', server);
      expect(await pane().findByText('The body is not JSON.')).toBeInTheDocument();
      expect(pane().queryAllByText('Compare what the client sent with what went upstream.')).toHaveLength(
        hints,
      );
    },
  );

  test('a client that left is no error', async () => {
    await open(7);
    expect(
      await pane().findByText('The client closed the connection before the answer ended.'),
    ).toBeInTheDocument();
  });
});

describe('attempts without a status', () => {
  const tried = (provider: string, error: string | null) => ({
    provider,
    account: null,
    model: 'm',
    status: null,
    error,
    duration_ms: 1,
  });

  /** The attempts of row 5 in this state: one that failed, then one of the built-in model. */
  async function attemptsOf(state: ExchangeState) {
    const server = createFakeServer();
    const row = server.data.exchanges[5];
    if (!row) throw new Error('no row');
    row.state = state;
    server.on('GET /admin/exchanges/{}', () => ({
      ...exchangeDetail(row),
      attempts: [tried('openai', 'Nothing listens (provider `openai`).'), tried('echo', null)],
    }));
    await open(5, '&view=timing', server);
    const list = within(
      (await pane().findByRole('heading', { name: 'Attempts' })).parentElement as HTMLElement,
    );
    return { list, words: list.getAllByRole('listitem').map(({ textContent }) => textContent) };
  }

  test.each([
    ['done', 'answered'],
    ['client_left', 'client left'],
    ['streaming', 'waiting'],
    ['failed', 'none'],
  ] as const)('%s: the last one says %s', async (state, word) => {
    const { list, words } = await attemptsOf(state);
    expect(words[0]).toContain('none');
    expect(words[1]).toContain(word);
    expect(list.getByText('openai', { selector: 'code' })).toBeInTheDocument();
  });
});

describe('what is not there', () => {
  test('bodies that are switched off say so and lead to Settings', async () => {
    const { user, router, axe } = await open(5, '', scenario('unkept'));
    expect(await pane().findByText('The log keeps no bodies.')).toBeInTheDocument();
    expect(pane().getByRole('button', { name: 'Copy as curl' })).toHaveAttribute('aria-disabled', 'true');
    expect(await axe()).toEqual([]);
    await user.click(pane().getByRole('link', { name: 'Open Settings' }));
    expect(router.state.location.pathname).toBe('/settings');
  });

  test('a good request, where only failed ones are kept', async () => {
    const server = scenario('unkept');
    server.data.settings.log.bodies = 'errors';
    await open(5, '', server);
    expect(await pane().findByText('The log keeps the bodies of failed requests only.')).toBeInTheDocument();
  });

  test('a request that was never sent on', async () => {
    const server = createFakeServer();
    server.on('GET /admin/exchanges/{}', () => {
      const row = server.data.exchanges[3];
      if (!row) throw new Error('no row');
      return { ...exchangeDetail(row), upstream_request: null, upstream_response: null, attempts: [] };
    });
    const { user } = await open(3, '&view=upstream-request', server);
    expect(await pane().findByText('Nothing was sent upstream.')).toBeInTheDocument();
    await user.keyboard('t');
    expect(await pane().findByText('No provider was asked.')).toBeInTheDocument();
  });

  test('a body that was refused before it was read', async () => {
    const server = createFakeServer();
    server.on('GET /admin/exchanges/{}', () => {
      const row = server.data.exchanges[3];
      if (!row) throw new Error('no row');
      const detail = exchangeDetail(row);
      const headers: [string, string][] = [['content-length', '2048']];
      return { ...detail, client_request: { ...detail.client_request, headers, bytes: 0, body: null } };
    });
    await open(3, '', server);
    expect(await pane().findByText('The body was not read.')).toBeInTheDocument();
    expect(pane().queryByText('0 B')).not.toBeInTheDocument();
  });

  test('moments stand in the order in which they were, without a silence that is none', async () => {
    const server = createFakeServer();
    server.on('GET /admin/exchanges/{}', () => {
      const row = server.data.exchanges[5];
      if (!row) throw new Error('no row');
      const detail = exchangeDetail(row);
      const at = { first_token: 300, first_byte: 310, longest_gap_at: 320, longest_gap: 4 };
      return { ...detail, timing: { ...detail.timing, ...at } };
    });
    await open(5, '&view=timing', server);
    const names = (await pane().findAllByRole('term')).map((name) => name.textContent);
    expect(names.slice(4, 7)).toEqual(['First token', 'First byte to the client', 'End']);
  });

  test('a request that is gone, in Chinese', async () => {
    await speak('zh-CN');
    await renderPage('/exchanges?id=gone');
    expect(await screen.findByText('日志中没有此请求。')).toBeInTheDocument();
  });
});

test('the request is copied as a command, and opened in the playground', async () => {
  const { user, server, router, row } = await open(5);
  await user.click(await pane().findByRole('button', { name: 'Copy as curl' }));
  await waitFor(() => expect(server.copied).toHaveLength(1));
  expect(server.copied[0]).toMatch(/^curl 'http:\/\/127\.0\.0\.1:7229\/v1\/messages' \\/);
  expect(server.copied[0]).toContain("-H 'authorization: Bearer YOUR_ACCESS_KEY'");
  expect(server.copied[0]).toContain(`--data-raw '{"model":"claude-haiku-4-5"`);
  await user.click(pane().getByRole('button', { name: 'Open in Playground' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/playground'));
  expect(router.state.location.search).toEqual({ exchange: row.id });
});
