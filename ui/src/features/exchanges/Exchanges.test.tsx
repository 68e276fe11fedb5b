/** The requests screen: the live list, its filter in the address, and the empty and failed states. */
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { useConnection } from '../../api/live';
import type { ExchangePage } from '../../api/types/ExchangePage';
import type { ExchangeSummary } from '../../api/types/ExchangeSummary';
import { exchange } from '../../test/fake-data';
import { createFakeServer, failure } from '../../test/fake-host';
import { withLayout } from '../../test/layout';
import { renderPage, speak } from '../../test/render';
import { scenario } from '../../test/scenarios';

withLayout();

const main = () => within(screen.getByRole('main'));
const rows = () => main().findAllByRole('link', { name: /:\d\d[,，]/ });
const firstRow = async () => (await rows())[0] as HTMLElement;
const isLive = () => waitFor(() => expect(useConnection.getState().state).toBe('live'));

/** A request that comes in now. */
function opened(change: Partial<ExchangeSummary> = {}): ExchangeSummary {
  return { ...exchange(0), id: `new-${change.client ?? ''}`, started_at: Date.now() + 60_000, ...change };
}

describe('the live list', () => {
  test('a row is there from the start, and its numbers fill in', async () => {
    const { server, axe } = await renderPage('/exchanges');
    await isLive();
    expect(await main().findByText('412')).toBeInTheDocument();
    const row = opened({ client: 'Aider', first_token_ms: null });
    server.emit({ kind: 'exchange', exchange: row });
    const link = await main().findByRole('link', { name: /streaming, Aider/ });
    expect(await main().findByText('413')).toBeInTheDocument();
    server.emit({
      kind: 'exchange',
      exchange: { ...row, state: 'done', duration_ms: 7300, output_tokens: 1066, input_tokens: 10 },
    });
    expect(await main().findByRole('link', { name: /200, Aider/ })).toBe(await firstRow());
    const cells = within(link.closest('[role="row"]') as HTMLElement);
    expect(cells.getByText('7.3')).toBeInTheDocument();
    expect(cells.getByText(/1,066/)).toBeInTheDocument();
    expect(await axe()).toEqual([]);
  });

  test.each(['', '?client=Zed'])('requests that were refused at once are counted too: %s', async (search) => {
    const { server } = await renderPage(`/exchanges${search}`);
    await isLive();
    await firstRow();
    for (const [index, status] of [404, 405, 404].entries()) {
      const error = { fault: 'client' as const, kind: 'not_found', message: 'No such path.' };
      const row = opened({ client: 'Aider', status, state: 'failed', error });
      server.data.exchanges.unshift({ ...row, id: `refused-${index}` });
      server.emit({ kind: 'exchange', exchange: { ...row, id: `refused-${index}` } });
    }
    expect(await main().findByText(/^(?:\d+ of )?415$/, { ignore: '.sr-only' })).toBeInTheDocument();
  });

  test('a request whose beginning was told is not asked for at its end', async () => {
    const { server } = await renderPage('/exchanges?client=Zed');
    await isLive();
    await firstRow();
    const lists = () => server.calls.filter(({ path }) => path === '/admin/exchanges').length;
    const before = lists();
    vi.useFakeTimers({ shouldAdvanceTime: true });
    onTestFinished(() => void vi.useRealTimers());
    for (const client of ['Aider', 'Zed']) {
      const row = opened({ client });
      server.emit({ kind: 'exchange', exchange: row });
      server.emit({ kind: 'exchange', exchange: { ...row, state: 'done', status: 200 } });
    }
    expect(await main().findByText(/ of 414$/, { ignore: '.sr-only' })).toBeInTheDocument();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lists()).toBe(before);
  });

  test('away from the top new rows are counted in the head and move nothing', async () => {
    const { server, user } = await renderPage('/exchanges');
    await isLive();
    await firstRow();
    const scroller = main().getAllByRole('rowgroup').at(-1) as HTMLElement;
    scroller.scrollTop = 640;
    fireEvent.scroll(scroller);
    server.emit({ kind: 'exchange', exchange: opened({ client: 'one' }) });
    server.emit({ kind: 'exchange', exchange: opened({ client: 'two' }) });
    expect(await main().findByRole('button', { name: '2 new' })).toBeInTheDocument();
    expect(scroller.scrollTop).toBe(640 + 2 * 32);
    await user.click(main().getByRole('button', { name: '2 new' }));
    scroller.scrollTop = 0;
    fireEvent.scroll(scroller);
    expect(main().queryByRole('button', { name: /new/ })).not.toBeInTheDocument();
  });

  test('Space holds the list still; what came meanwhile is counted, then shown', async () => {
    const { server, user } = await renderPage('/exchanges');
    await isLive();
    const before = await firstRow();
    await user.keyboard(' ');
    expect(await main().findByRole('button', { name: 'Live is off' })).toBeInTheDocument();
    const row = opened({ client: 'Aider' });
    server.data.exchanges.unshift(row);
    server.emit({ kind: 'exchange', exchange: row });
    expect(await main().findByRole('button', { name: 'Live is off, 1 new' })).toBeInTheDocument();
    expect(await firstRow()).toBe(before);
    await user.keyboard(' ');
    expect(await main().findByRole('link', { name: /Aider/ })).toBeInTheDocument();
  });

  test('Space on a button presses the button', async () => {
    const { user } = await renderPage('/exchanges');
    const filter = await main().findByRole('button', { name: 'Filter' });
    filter.focus();
    await user.keyboard(' ');
    expect(await screen.findByRole('dialog', { name: 'Filter' })).toBeInTheDocument();
    expect(screen.getByText('Live')).toBeInTheDocument();
  });

  test('a hundred thousand rows have their true height', async () => {
    const server = scenario('many');
    await renderPage('/exchanges', server);
    await firstRow();
    const table = main().getByRole('table', { name: 'Requests' });
    expect(table).toHaveAttribute('aria-rowcount', '100001');
    expect(table.querySelector<HTMLElement>('[style*="height"]')?.style.height).toBe(`${100_000 * 32}px`);
    expect((await rows()).length).toBeLessThan(80);
    expect(server.calls.filter(({ path }) => path === '/admin/exchanges')).not.toHaveLength(0);
  });

  test('the page that is looked at is asked for, not those above it', async () => {
    const server = scenario('many');
    await renderPage('/exchanges', server);
    await firstRow();
    const scroller = main().getAllByRole('rowgroup').at(-1) as HTMLElement;
    scroller.scrollTop = 100_000 * 32 - 800;
    fireEvent.scroll(scroller);
    const last = server.data.exchanges.at(-1)?.id;
    await waitFor(() => expect(scroller.querySelector(`[data-key="${last}"]`)).not.toBeNull());
    const asked = server.calls.filter(
      ({ path, query }) => path === '/admin/exchanges' && query.has('cursor'),
    );
    expect(asked.map(({ query }) => query.get('skip'))).toEqual(['99600']);
    server.emit({ kind: 'exchange', exchange: opened() });
    expect(await main().findByRole('button', { name: '1 new' })).toBeInTheDocument();
    const keys = [...scroller.querySelectorAll('[data-key]')].map((row) => row.getAttribute('data-key'));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain(last);
  });

  test('pages are asked for until what is seen is there', async () => {
    const server = createFakeServer();
    server.on('GET /admin/exchanges', ({ query }) => {
      const start = Number(query.get('cursor') ?? 0) + Number(query.get('skip') ?? 0);
      const end = query.has('cursor') ? start + Number(query.get('limit')) : 10;
      const counts = query.has('cursor') ? { matching: null, total: null } : { matching: 412, total: 412 };
      const next = end < 412 ? String(end) : null;
      return { exchanges: server.data.exchanges.slice(start, end), next, ...counts };
    });
    await renderPage('/exchanges', server);
    await waitFor(async () => expect((await rows()).length).toBeGreaterThan(30));
    const ids = (await rows()).map((row) => row.closest('[data-key]')?.getAttribute('data-key'));
    expect(ids).toEqual(server.data.exchanges.slice(0, ids.length).map(({ id }) => id));
  });

  test('a page of a list that begins elsewhere by now is asked for again', async () => {
    const server = createFakeServer();
    const { exchanges } = server.data;
    let arrive: (page: ExchangePage) => void = () => undefined;
    const late = new Promise<ExchangePage>((resolve) => {
      arrive = resolve;
    });
    let head = { exchanges: exchanges.slice(10, 20), next: '20', matching: 402, total: 402 };
    server.on('GET /admin/exchanges', ({ query }) => {
      const cursor = query.get('cursor');
      if (cursor === null) return head;
      if (cursor === '20') return late;
      return { exchanges: exchanges.slice(10, 210), next: '210', matching: null, total: null };
    });
    const { user } = await renderPage('/exchanges', server);
    await isLive();
    await waitFor(() => expect(server.calls.some(({ query }) => query.get('cursor') === '20')).toBe(true));
    head = { exchanges: exchanges.slice(0, 10), next: '10', matching: 412, total: 412 };
    await user.keyboard(' ');
    await user.keyboard(' ');
    expect(await main().findByText('412')).toBeInTheDocument();
    arrive({ exchanges: exchanges.slice(20, 220), next: '220', matching: null, total: null });
    await waitFor(async () => expect((await rows()).length).toBeGreaterThan(20));
    const ids = (await rows()).map((row) => row.closest('[data-key]')?.getAttribute('data-key'));
    expect(ids).toEqual(exchanges.slice(0, ids.length).map(({ id }) => id));
  });
});

describe('the filter', () => {
  test('tokens become chips, the rest is text, and the address has both', async () => {
    const { server, user, router, axe } = await renderPage('/exchanges');
    await firstRow();
    await user.keyboard('/');
    const field = main().getByRole('textbox', { name: 'Filter' });
    expect(field).toHaveFocus();
    await user.type(field, 'client:zed status:error text');
    expect(main().getByRole('button', { name: 'Remove client Zed' })).toBeInTheDocument();
    await user.keyboard('{Enter}');
    expect(router.state.location.search).toEqual({ client: 'Zed', status: 'error', text: 'text' });
    expect(field).toHaveValue('text');
    const asked = server.calls.findLast(({ path }) => path === '/admin/exchanges')?.query;
    expect(Object.fromEntries(asked ?? [])).toEqual({
      client: 'Zed',
      status: 'error',
      text: 'text',
      limit: '200',
    });
    await user.clear(field);
    expect(await main().findByText(/^\d+ of 412$/, { ignore: '.sr-only' })).toBeInTheDocument();
    for (const row of await rows()) expect(row).toHaveAccessibleName(/429, Zed/);
    expect(await axe()).toEqual([]);
    await user.keyboard('{Backspace}');
    expect(router.state.location.search).toEqual({ client: 'Zed' });
  });

  test('a chip that is removed in the pause after typing stays away', async () => {
    const { router } = await renderPage('/exchanges?client=Zed&status=error&text=zed');
    await firstRow();
    const field = main().getByRole('textbox', { name: 'Filter' });
    // In one go: however slow the computer is, the pause is not over between them.
    fireEvent.change(field, { target: { value: '' } });
    fireEvent.keyDown(field, { key: 'Backspace' });
    await waitFor(() => expect(router.state.location.search).not.toHaveProperty('text'));
    expect(router.state.location.search).toEqual({ client: 'Zed' });
  });

  test.each(['localhost:1234 refused', 'llama:8b hello', 'status:soon it'])(
    'a word with a colon that is no token stays as it is written: %s',
    async (written) => {
      const { user, router } = await renderPage('/exchanges');
      await firstRow();
      const field = main().getByRole('textbox', { name: 'Filter' });
      const [before = '', after = ''] = written.split(' ');
      await user.type(field, `${before} `);
      // Also after a pause, in which the list is asked for.
      await waitFor(() => expect(router.state.location.search).toEqual({ text: before }));
      await user.type(field, after);
      expect(field).toHaveValue(written);
      await waitFor(() => expect(router.state.location.search).toEqual({ text: written }));
    },
  );

  test('a last word with a colon is looked for without Enter, unless it may become a token', async () => {
    const { user, router } = await renderPage('/exchanges');
    await firstRow();
    const field = main().getByRole('textbox', { name: 'Filter' });
    await user.type(field, 'gemma:zzz');
    await waitFor(() => expect(router.state.location.search).toEqual({ text: 'gemma:zzz' }));
    await user.type(field, ' model:gem');
    expect(field).toHaveValue('gemma:zzz model:gem');
    await user.keyboard('{Enter}');
    expect(router.state.location.search).toEqual({ text: 'gemma:zzz', model: 'gem' });
  });

  test('what nobody could be asked is left out of an address', async () => {
    const { server } = await renderPage('/exchanges?status=soon&since=never&losses=maybe&view=inside');
    await firstRow();
    const asked = server.calls.findLast(({ path }) => path === '/admin/exchanges')?.query;
    expect(Object.fromEntries(asked ?? [])).toEqual({ limit: '200' });
  });

  test('an address is a filter', async () => {
    const { server } = await renderPage('/exchanges?client=Zed&losses=true&since=2h');
    for (const row of await rows()) expect(row).toHaveAccessibleName(/Zed/);
    const { query } = server.calls.find(({ path }) => path === '/admin/exchanges') ?? {};
    expect(query?.get('losses')).toBe('true');
    expect(Number(query?.get('since'))).toBeGreaterThan(Date.now() - 7_300_000);
    expect(main().getByRole('button', { name: 'Remove since 2h' })).toBeInTheDocument();
  });

  test('the form sets the same, and Clear takes all away', async () => {
    const { user, router } = await renderPage('/exchanges?client=Zed');
    await user.click(await main().findByRole('button', { name: 'Filter' }));
    const form = within(await screen.findByRole('dialog', { name: 'Filter' }));
    await user.click(form.getByRole('radio', { name: 'Failed' }));
    await user.click(form.getByRole('switch', { name: 'Only with losses' }));
    expect(router.state.location.search).toEqual({ client: 'Zed', status: 'error', losses: true });
    await user.click(form.getByRole('button', { name: 'Clear' }));
    expect(router.state.location.search).toEqual({});
  });

  test('live rows that do not fit stay out', async () => {
    const { server } = await renderPage('/exchanges?client=Zed');
    await isLive();
    await firstRow();
    server.emit({ kind: 'exchange', exchange: opened({ client: 'Aider' }) });
    server.emit({ kind: 'exchange', exchange: opened({ client: 'Zed' }) });
    expect(await main().findByText(/ of 414$/, { ignore: '.sr-only' })).toBeInTheDocument();
    expect(main().queryByRole('link', { name: /Aider/ })).not.toBeInTheDocument();
  });

  test('nothing found says how many there are, what was misread, and clears', async () => {
    const { user, router, axe } = await renderPage('/exchanges?text=status:soon');
    expect(await main().findByText('None of 412 match.')).toBeInTheDocument();
    expect(main().getByText(/or a number such as/)).toHaveTextContent(
      'status: takes ok, error or a number such as 429.',
    );
    expect(await axe()).toEqual([]);
    await user.click(main().getByRole('button', { name: 'Clear the filter' }));
    expect(router.state.location.search).toEqual({});
    expect(await firstRow()).toBeInTheDocument();
  });
});

describe('other states', () => {
  test('none yet: a line that works now, in both languages', async () => {
    const { server, user, axe } = await renderPage('/exchanges', scenario('empty'));
    expect(await main().findByText('No requests yet. Send the first one:')).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Copy the command' }));
    expect(server.copied[0]).toContain('"model":"echo/echo"');
    await isLive();
    await speak('zh-CN');
    expect(await main().findByText('还没有请求。发送第一个：')).toBeInTheDocument();
    expect(await axe()).toEqual([]);
    server.emit({ kind: 'exchange', exchange: opened() });
    expect(await firstRow()).toBeInTheDocument();
  });

  test('a list that cannot be read says so and tries again', async () => {
    const server = createFakeServer();
    server.on('GET /admin/exchanges', () => failure(500, 'internal', 'The log is locked.'));
    const { user } = await renderPage('/exchanges', server);
    expect(await main().findByText(/The requests could not be read. The log is locked./)).toBeInTheDocument();
    server.on('GET /admin/exchanges', () => ({
      exchanges: [exchange(1)],
      next: null,
      matching: 1,
      total: 1,
    }));
    await user.click(main().getByRole('button', { name: 'Try again' }));
    expect(await firstRow()).toBeInTheDocument();
    expect(main().queryByText(/could not be read/)).not.toBeInTheDocument();
  });

  test('everything is deleted after a dialog with the count', async () => {
    const { server, user } = await renderPage('/exchanges');
    await firstRow();
    await user.click(main().getByRole('button', { name: 'More' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete all requests' }));
    const dialog = within(await screen.findByRole('alertdialog', { name: 'Delete 412 requests?' }));
    expect(dialog.getByRole('button', { name: 'Cancel' })).toHaveFocus();
    await user.click(dialog.getByRole('button', { name: 'Delete 412 requests' }));
    expect(await main().findByText('No requests yet. Send the first one:')).toBeInTheDocument();
    expect(server.calls.some(({ method }) => method === 'DELETE')).toBe(true);
  });
});
