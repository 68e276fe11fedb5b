/** The overview in each state the server can be in. */
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, test } from 'vitest';
import { exchange } from '../../test/fake-data';
import { createFakeServer } from '../../test/fake-host';
import { renderPage, speak } from '../../test/render';
import { scenario } from '../../test/scenarios';
import { useSkipped } from './FirstSteps';
import { useForm } from './use-form';

afterEach(() => {
  useSkipped.setState({ skipped: false });
  useForm.setState({ form: 'openai', open: false });
});

const main = () => within(screen.getByRole('main'));

describe('running', () => {
  test('shows the address, copies the base URL of the chosen protocol', async () => {
    const { server, user } = await renderPage('/overview');
    expect(await main().findByText('Running for 3 h 12 min')).toBeInTheDocument();
    expect(main().getByText('2 access keys')).toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Copy base URL' }));
    await user.click(main().getByRole('radio', { name: 'Anthropic' }));
    await user.click(main().getByRole('button', { name: 'Copy base URL' }));
    await user.keyboard('c');
    expect(server.copied).toEqual([
      'http://127.0.0.1:7229/v1',
      'http://127.0.0.1:7229',
      'http://127.0.0.1:7229/v1',
    ]);
  });

  test('says what to write where in a client, for each protocol', async () => {
    const { server, user, axe } = await renderPage('/overview');
    await user.click(await main().findByRole('button', { name: 'Set up a client' }));
    const bases = within(await main().findByRole('table', { name: 'Base URLs for clients' }));
    expect(main().getByText(/^Cursor sends its requests/)).toBeVisible();
    for (const form of ['OpenAI', 'Anthropic', 'Gemini', 'Ollama'])
      await user.click(bases.getByRole('button', { name: `Copy the base URL for ${form}` }));
    await user.click(bases.getByRole('button', { name: 'Copy the line for GOOGLE_GEMINI_BASE_URL' }));
    const origin = 'http://127.0.0.1:7229';
    expect(server.copied).toEqual([
      `${origin}/v1`,
      origin,
      origin,
      origin,
      `export GOOGLE_GEMINI_BASE_URL=${origin}`,
    ]);
    await user.click(main().getByRole('radio', { name: 'Gemini' }));
    await user.click(main().getByRole('button', { name: 'Copy the command' }));
    expect(server.copied.at(-1)).toContain(`${origin}/v1beta/models/echo/echo:generateContent`);
    expect(server.copied.at(-1)).toContain('x-goog-api-key: YOUR_ACCESS_KEY');
    expect(await axe()).toEqual([]);
    await user.click(main().getByRole('button', { name: 'Set up a client' }));
    expect(main().queryByRole('table', { name: 'Base URLs for clients' })).not.toBeInTheDocument();
  });

  test('stops by button and starts by key', async () => {
    const { user } = await renderPage('/overview', createFakeServer('desktop'));
    await user.click(await main().findByRole('button', { name: 'Stop' }));
    expect(await main().findByText('Stopped. Clients get no answer.')).toBeInTheDocument();
    await user.keyboard('s');
    expect(await main().findByText(/^Running for/)).toBeInTheDocument();
  });

  test('the window hands a browser a one-time link', async () => {
    const { server, user } = await renderPage('/overview', createFakeServer('desktop'));
    await user.click(await main().findByRole('button', { name: 'Open in browser' }));
    await waitFor(() => expect(server.opened).toEqual(['http://127.0.0.1:7229/admin/sign-in?token=once']));
  });

  test('a page asks before it stops what it lives on', async () => {
    const { server, user } = await renderPage('/overview');
    // The server answers a page before it stops, and then is gone.
    server.on('POST /admin/server/stop', () => {
      server.data.status = { ...server.data.status, server: { state: 'stopping' } };
      return server.data.status.server;
    });
    await user.click(await main().findByRole('button', { name: 'Stop' }));
    const dialog = within(await screen.findByRole('alertdialog', { name: 'Stop the server?' }));
    expect(server.data.status.server.state).toBe('running');
    await user.click(dialog.getByRole('button', { name: 'Stop the server' }));
    await waitFor(() => expect(server.data.status.server.state).toBe('stopping'));
    server.setReachable(false);
    expect(await main().findByText('Stopped. Clients get no answer.')).toBeInTheDocument();
    expect(main().queryByRole('button', { name: /^(Start|Stop)$/ })).not.toBeInTheDocument();
    expect(
      await screen.findByText('The server was stopped. Start it from the tray or the terminal.'),
    ).toBeInTheDocument();
  });

  test('shows today’s patches, figures and rows; a row leads to its detail', async () => {
    const { server, user, router, axe } = await renderPage('/overview');
    expect(await main().findByText('157 requests from Claude Code to Anthropic')).toBeInTheDocument();
    expect(main().getByText('1 request from Unnamed to Not routed')).toBeInTheDocument();
    expect(main().getByText('42% cached')).toBeInTheDocument();
    const rows = within(main().getByRole('table', { name: 'Last requests' })).getAllByRole('link');
    expect(rows).toHaveLength(8);
    expect(await axe()).toEqual([]);
    await user.click(rows[1] as HTMLElement);
    await waitFor(() => expect(router.state.location.pathname).toBe('/exchanges'));
    expect(router.state.location.search).toEqual({ id: server.data.overview.last[1]?.id });
  });

  test('a row of an earlier day says which', async () => {
    const server = createFakeServer();
    const started_at = new Date(2025, 0, 2, 14, 22, 7).getTime();
    server.data.overview.last = [{ ...exchange(1), started_at }];
    await renderPage('/overview', server);
    const table = within(await main().findByRole('table', { name: 'Last requests' }));
    expect(table.getByText('01-02 14:22')).toBeInTheDocument();
  });

  test('tokens that Patchbay counted itself say so', async () => {
    const server = createFakeServer();
    server.data.overview.last = [{ ...exchange(1), usage_estimated: true }];
    await renderPage('/overview', server);
    expect(await main().findByTitle('Counted by Patchbay, not by the provider.')).toHaveTextContent(/^~/);
  });

  test('a finished request appears by itself', async () => {
    const { server } = await renderPage('/overview');
    await main().findByText('157 requests from Claude Code to Anthropic');
    server.data.overview = { ...server.data.overview, requests: 413 };
    server.emit({ kind: 'exchange', exchange: exchange(2) });
    expect(await main().findByText('413')).toBeInTheDocument();
  });
});

test('a taken port names its holder and offers the next free one', async () => {
  const { server, user, axe } = await renderPage('/overview', scenario('failed'));
  expect(await main().findByRole('alert')).toHaveTextContent(
    '127.0.0.1:7229 is in use by llama-server (process 3127).',
  );
  expect(await axe()).toEqual([]);
  await user.click(main().getByRole('button', { name: 'Use 127.0.0.1:7230' }));
  await waitFor(() => expect(main().queryByRole('alert')).not.toBeInTheDocument());
  expect(server.calls.find(({ path }) => path === '/admin/server/start')?.body).toEqual({
    address: '127.0.0.1:7230',
  });
});

test('a failed start in Chinese is said in Chinese', async () => {
  await speak('zh-CN');
  await renderPage('/overview', scenario('failed'));
  expect(await main().findByRole('alert')).toHaveTextContent(
    '127.0.0.1:7229 已被 llama-server (process 3127) 占用。',
  );
});

describe('just installed', () => {
  test('three steps and a line that works now', async () => {
    const { server, user, axe } = await renderPage('/overview', scenario('empty'));
    expect(await main().findByText('Add a provider')).toBeInTheDocument();
    expect(main().queryByRole('table')).not.toBeInTheDocument();
    await user.click(main().getByRole('button', { name: 'Copy the command' }));
    expect(server.copied[0]).toContain('curl http://127.0.0.1:7229/v1/chat/completions');
    expect(server.copied[0]).toContain('"model":"echo/echo"');
    expect(server.copied[0]).not.toContain('authorization');
    expect(await axe()).toEqual([]);
  });

  test('done steps collapse, and the strip goes with the first request', async () => {
    const server = scenario('empty');
    await renderPage('/overview', server);
    await main().findByText('Add a provider');
    server.data.providers = scenario('').data.providers;
    server.emit({ kind: 'config_changed' });
    expect(await main().findByText('4 providers')).toBeInTheDocument();
    expect(main().getByText('A key is set')).toBeInTheDocument();
    server.data.overview = scenario('').data.overview;
    server.emit({ kind: 'exchange', exchange: exchange(0) });
    await waitFor(() => expect(main().queryByText('First steps')).not.toBeInTheDocument());
  });

  test('skipped is skipped', async () => {
    const { user } = await renderPage('/overview', scenario('empty'));
    await user.click(await main().findByRole('button', { name: 'Skip' }));
    expect(await main().findByText('No requests today.')).toBeInTheDocument();
  });

  test('with access keys the line has a place for one', async () => {
    const server = scenario('empty');
    server.data.status = { ...server.data.status, access_keys: 1 };
    await renderPage('/overview', server);
    expect(await main().findByText(/Bearer YOUR_ACCESS_KEY/)).toBeInTheDocument();
  });
});

test.each(['stopped', 'failed'] as const)(
  'nothing is said to work now while the server is %s',
  async (state) => {
    const server = scenario('empty');
    server.data.status = { ...server.data.status, server: scenario(state).data.status.server };
    await renderPage('/overview', server);
    expect(
      await main().findByText('Echo answers without any key, as soon as the server runs.'),
    ).toBeInTheDocument();
    expect(main().queryByText(/works now/)).not.toBeInTheDocument();
    expect(main().queryByRole('button', { name: 'Copy the command' })).not.toBeInTheDocument();
  },
);
