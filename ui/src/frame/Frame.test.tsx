/** What stands around every screen: navigation, palette, keys, regions, banners. */
import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { createFakeServer, failure } from '../test/fake-host';
import { renderPage, speak } from '../test/render';
import { scenario } from '../test/scenarios';

const main = () => screen.getByRole('main');

test('Ctrl and a digit go to a screen, which takes the focus', async () => {
  const { user, router } = await renderPage('/overview');
  await user.keyboard('{Control>}4{/Control}');
  await waitFor(() => expect(main()).toHaveAccessibleName('Providers'));
  expect(router.state.location.pathname).toBe('/providers');
  await waitFor(() => expect(main()).toHaveFocus());
  expect(within(screen.getByRole('navigation')).getByRole('link', { current: 'page' })).toHaveTextContent(
    'Providers',
  );
  await waitFor(() => expect(document.title).toBe('Providers · Patchbay'));
});

test('the palette finds by typing, goes, and gives the focus back on Escape', async () => {
  const { user, axe } = await renderPage('/overview');
  const opener = within(main()).getByRole('button', { name: 'Search and run' });
  opener.focus();
  await user.keyboard('{Control>}k{/Control}');
  const dialog = await screen.findByRole('dialog', { name: 'Go to or run' });
  expect(within(dialog).getByRole('combobox')).toHaveFocus();
  expect(await axe()).toEqual([]);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(opener).toHaveFocus());
  await user.keyboard('{Control>}k{/Control}');
  await user.keyboard('setti{Enter}');
  await waitFor(() => expect(main()).toHaveAccessibleName('Settings'));
});

test('the palette has the commands of the screen', async () => {
  const { user, server } = await renderPage('/overview', createFakeServer('desktop'));
  await user.keyboard('{Control>}k{/Control}');
  await user.click(await screen.findByRole('option', { name: /Stop the server/ }));
  await waitFor(() => expect(server.data.status.server.state).toBe('stopped'));
});

test('the palette finds a model and looks for words in the requests', async () => {
  const { user, router } = await renderPage('/overview');
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('combobox'), 'claude-sonnet');
  await user.click(await screen.findByRole('option', { name: 'anthropic/claude-sonnet-4-5' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ model: 'anthropic/claude-sonnet-4-5' }));
  // Whoever types faster than the screen comes types into what is there.
  await waitFor(() => expect(main()).toHaveAccessibleName('Models'));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await user.keyboard('{Control>}k{/Control}');
  // The screen behind has a field of the same role.
  const field = within(await screen.findByRole('dialog')).getByRole('combobox');
  await waitFor(() => expect(field).toHaveFocus());
  await user.type(field, 'zebra');
  expect(await screen.findByRole('option', { name: 'Find “zebra” in the requests' })).toBeVisible();
  await user.keyboard('{Enter}');
  await waitFor(() =>
    expect(router.state.location).toMatchObject({ pathname: '/exchanges', search: { text: 'zebra' } }),
  );
});

test('Enter right after Ctrl K stops nothing', async () => {
  const { user, server } = await renderPage('/overview');
  await screen.findByRole('button', { name: 'Stop' });
  await user.keyboard('{Control>}k{/Control}');
  await screen.findByRole('option', { name: /Stop the server/ });
  await user.keyboard('{Enter}');
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  await waitFor(() => expect(server.copied).toHaveLength(1));
  expect(server.data.status.server.state).toBe('running');
});

test('? lists the keys of here and everywhere', async () => {
  const { user, axe } = await renderPage('/overview');
  await user.keyboard('?');
  const dialog = await screen.findByRole('dialog', { name: 'Keys' });
  for (const label of ['Stop the server', 'Go to Requests', 'Next region', 'Close the topmost']) {
    expect(within(dialog).getByText(label)).toBeInTheDocument();
  }
  expect(await axe()).toEqual([]);
});

test('F6 walks the regions', async () => {
  const { user } = await renderPage('/overview');
  await user.keyboard('{F6}');
  expect(screen.getByRole('complementary', { name: 'Sidebar' })).toHaveFocus();
  await user.keyboard('{F6}');
  expect(main()).toHaveFocus();
  await user.keyboard('{F6}');
  expect(screen.getByRole('complementary', { name: 'Sidebar' })).toHaveFocus();
});

test('Ctrl Shift C copies the base URL anywhere', async () => {
  const { user, server } = await renderPage('/models');
  await screen.findByText('127.0.0.1:7229');
  await user.keyboard('{Control>}{Shift>}C{/Shift}{/Control}');
  expect(server.copied).toEqual(['http://127.0.0.1:7229/v1']);
});

test('a broken configuration file and a missing keychain are said on every screen', async () => {
  const { axe } = await renderPage('/models', scenario('trouble'));
  expect(await screen.findByText(/a problem, at line 3, column 1: unknown field/)).toBeInTheDocument();
  expect(screen.getByText('No keychain found. Keys are kept until you quit.')).toBeInTheDocument();
  expect(await axe()).toEqual([]);
});

test('a failed server is said on every screen, with the way out', async () => {
  const { server, user } = await renderPage('/models', scenario('failed'));
  const banner = await screen.findByRole('alert');
  expect(banner).toHaveTextContent('127.0.0.1:7229 is in use by llama-server (process 3127).');
  await user.click(within(banner).getByRole('button', { name: 'Use 127.0.0.1:7230' }));
  await waitFor(() => expect(screen.queryByRole('alert')).not.toBeInTheDocument());
  expect(server.calls.find(({ path }) => path === '/admin/server/start')?.body).toEqual({
    address: '127.0.0.1:7230',
  });
});

test('a lost connection keeps the data and says since when', async () => {
  const { server } = await renderPage('/overview');
  await screen.findByText('157 requests from Claude Code to Anthropic');
  server.setReachable(false);
  expect(
    await screen.findByText(/^No connection to Patchbay. What you see is from \d\d:\d\d:\d\d/),
  ).toBeInTheDocument();
  expect(screen.getByText('157 requests from Claude Code to Anthropic')).toBeInTheDocument();
  expect(screen.getByText('Not connected')).toBeInTheDocument();
  server.setReachable(true);
  await waitFor(() => expect(screen.queryByText(/^No connection/)).not.toBeInTheDocument());
});

test('a page that is not signed in says how to', async () => {
  const server = createFakeServer();
  for (const route of [
    'GET /admin/live',
    'GET /admin/status',
    'GET /admin/overview',
    'GET /admin/providers',
  ]) {
    server.on(route, () => failure(401, 'not_signed_in', 'Sign in first.'));
  }
  const { user, axe } = await renderPage('/overview', server);
  expect(await screen.findByText(/This page is not signed in/)).toBeInTheDocument();
  // What cannot be shown is not there as an empty frame, nor what would not work.
  expect(screen.queryByRole('button', { name: 'Copy base URL' })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Copy the command' }));
  expect(server.copied).toEqual(['patchbay sign-in']);
  expect(await axe()).toEqual([]);
});

test('a session that ends leaves what is shown, and says how to go on', async () => {
  const { server } = await renderPage('/overview');
  await screen.findByText('157 requests from Claude Code to Anthropic');
  server.on('GET /admin/live', () => failure(401, 'not_signed_in', 'Sign in first.'));
  server.setReachable(false);
  server.setReachable(true);
  expect(await screen.findByText(/This page is not signed in/)).toBeInTheDocument();
  expect(screen.getByText('157 requests from Claude Code to Anthropic')).toBeInTheDocument();
});

test('an address that does not exist says so and keeps the sidebar', async () => {
  const { user } = await renderPage('/nowhere');
  expect(screen.getByText('This screen does not exist.')).toBeInTheDocument();
  expect(screen.getByRole('navigation')).toBeInTheDocument();
  await user.click(screen.getByRole('link', { name: 'Go to Overview' }));
  await waitFor(() => expect(main()).toHaveAccessibleName('Overview'));
});

test('a changed language changes the page at once', async () => {
  await renderPage('/overview');
  await speak('zh-CN');
  await waitFor(() => expect(main()).toHaveAccessibleName('概览'));
});
