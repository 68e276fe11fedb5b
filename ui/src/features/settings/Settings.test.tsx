/** Settings: saved at once, undone by the toast, refused with the reason. */
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { SettingsInput } from '../../api/types/SettingsInput';
import { defaults, useAppearance } from '../../appearance';
import { createFakeServer, failure } from '../../test/fake-host';
import { renderPage } from '../../test/render';

afterEach(() => useAppearance.setState(defaults));

const puts = (server: { calls: { method: string; body: unknown }[] }) =>
  server.calls.filter(({ method }) => method === 'PUT').map(({ body }) => body);

test('all sections, by keyboard and without findings', async () => {
  const { axe } = await renderPage('/settings');
  await screen.findByRole('heading', { name: 'Log' });
  expect(screen.getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent)).toEqual(
    expect.arrayContaining(['Appearance', 'Server', 'Access keys', 'Log', 'About']),
  );
  expect(screen.queryByRole('heading', { name: 'Start' })).not.toBeInTheDocument();
  expect(await axe()).toEqual([]);
});

test('appearance is applied at once', async () => {
  const { user } = await renderPage('/settings');
  await user.click(
    within(await screen.findByRole('radiogroup', { name: 'Theme' })).getByRole('radio', { name: 'Dark' }),
  );
  expect(useAppearance.getState().theme).toBe('dark');
  await user.click(
    within(screen.getByRole('radiogroup', { name: 'Language' })).getByRole('radio', { name: '简体中文' }),
  );
  expect(await screen.findByRole('heading', { name: '外观' })).toBeInTheDocument();
});

test('a new port is saved and undone', async () => {
  const { server, user } = await renderPage('/settings', createFakeServer('desktop'));
  const port = await screen.findByLabelText('Port');
  await user.clear(port);
  await user.type(port, '8080{Enter}');
  await waitFor(() => expect(server.data.settings.address).toBe('127.0.0.1:8080'));
  expect(puts(server)[0]).toEqual({
    address: '127.0.0.1:8080',
    allowed_origins: null,
    log: null,
    requests: null,
  });
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(server.data.settings.address).toBe('127.0.0.1:7229'));
});

test('a page goes to the new port, and is offered no undo', async () => {
  const { server, user } = await renderPage('/settings');
  const port = await screen.findByLabelText('Port');
  expect(port).toHaveAccessibleDescription(/This page goes there by itself/);
  await user.clear(port);
  await user.type(port, '8080{Enter}');
  await waitFor(() => expect(server.data.settings.address).toBe('127.0.0.1:8080'));
  await screen.findByText('Saved: Port.');
  await waitFor(() => expect(server.followed).toEqual([8080]));
  expect(screen.queryByRole('button', { name: 'Undo' })).not.toBeInTheDocument();
});

test.each(['0', '65536', '80a', '1.5'])(
  'port %s stays in the field with the reason and is not saved',
  async (text) => {
    const { server, user } = await renderPage('/settings');
    const port = await screen.findByLabelText('Port');
    await user.clear(port);
    await user.type(port, text);
    await user.tab();
    await waitFor(() => expect(port).toHaveAccessibleDescription('Enter a port from 1 to 65535.'));
    expect(port).toHaveValue(text);
    expect(port).toBeInvalid();
    expect(puts(server)).toEqual([]);
  },
);

test.each([
  ['Port', '99999', '7229'],
  ['Keep for', '0', '30'],
  ['Several answers at once', 'many', '8'],
])('%s: what was wrong is forgotten with the value that is kept', async (label, wrong, kept) => {
  const { server, user } = await renderPage('/settings');
  const field = await screen.findByLabelText(label);
  await user.clear(field);
  await user.type(field, `${wrong}{Enter}`);
  expect(field).toBeInvalid();
  await user.clear(field);
  await user.type(field, `${kept}{Enter}`);
  expect(field).toBeValid();
  expect(puts(server)).toEqual([]);
});

test('how often a provider is asked at once is saved and undone', async () => {
  const { server, user } = await renderPage('/settings');
  const choices = await screen.findByLabelText('Several answers at once');
  expect(choices).toHaveAccessibleDescription(/The prompt is paid for with each answer/);
  await user.clear(choices);
  await user.type(choices, '1{Enter}');
  await waitFor(() =>
    expect(server.data.settings.requests).toEqual({ parallel_choices: 1, fetch_images: true }),
  );
  await waitFor(() => expect(choices).toHaveAccessibleDescription(/^Off: /));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(server.data.settings.requests.parallel_choices).toBe(8));
});

test.each(['0', '65', '2.5', 'many'])('%s answers at once are refused at the field', async (text) => {
  const { server, user } = await renderPage('/settings');
  const choices = await screen.findByLabelText('Several answers at once');
  await user.clear(choices);
  await user.type(choices, `${text}{Enter}`);
  await waitFor(() => expect(choices).toHaveAccessibleDescription('Enter a whole number from 1 to 64.'));
  expect(puts(server)).toEqual([]);
});

test('the fetching of images says what it does, on and off', async () => {
  const { server, user } = await renderPage('/settings');
  const images = await screen.findByRole('switch', { name: 'Fetch images' });
  expect(images).toHaveAccessibleDescription(/see this computer's address/);
  await user.click(images);
  await waitFor(() => expect(server.data.settings.requests.fetch_images).toBe(false));
  await waitFor(() => expect(images).toHaveAccessibleDescription(/^Off: /));
});

test('what the server refuses is told in its words', async () => {
  const server = createFakeServer();
  server.on('PUT /admin/settings', () => failure(422, 'invalid', 'Port 22 needs more rights.', 'address'));
  const { user } = await renderPage('/settings', server);
  const port = await screen.findByLabelText('Port');
  await user.clear(port);
  await user.type(port, '22{Enter}');
  await waitFor(() => expect(port).toHaveAccessibleDescription('Port 22 needs more rights.'));
});

test('origins are checked before they are sent', async () => {
  const { server, user } = await renderPage('/settings');
  const origins = await screen.findByLabelText('Allowed web pages');
  await user.clear(origins);
  await user.type(origins, 'example.com');
  await user.tab();
  expect(origins).toHaveAccessibleDescription(/“example.com” is no origin/);
  await user.clear(origins);
  await user.type(origins, 'https://example.com');
  await user.tab();
  await waitFor(() => expect(server.data.settings.allowed_origins).toEqual(['https://example.com']));
});

test('an access key is made, shown once and removed', async () => {
  const { server, user, axe } = await renderPage('/settings');
  await user.click(await screen.findByRole('button', { name: 'Create access key' }));
  const dialog = await screen.findByRole('dialog', { name: 'Create access key' });
  await user.click(within(dialog).getByRole('button', { name: 'Create access key' }));
  expect(await within(dialog).findByText('Enter a name.')).toBeInTheDocument();
  await user.type(within(dialog).getByLabelText('Name'), 'claude-code{Enter}');
  expect(
    await within(dialog).findByText('There is already an access key “claude-code”.'),
  ).toBeInTheDocument();
  await user.clear(within(dialog).getByLabelText('Name'));
  await user.type(within(dialog).getByLabelText('Name'), 'zed{Enter}');
  const created = await screen.findByRole('dialog', { name: 'Access key zed' });
  expect(await axe()).toEqual([]);
  await user.click(within(created).getByRole('button', { name: 'Copy access key' }));
  expect(server.copied).toEqual(['pb-3f9c0d6e1a7b4c52']);
  await user.click(within(created).getByRole('button', { name: 'Done' }));
  expect(document.body).not.toHaveTextContent('pb-3f9c0d6e1a7b4c52');

  await user.click(await screen.findByRole('button', { name: 'Remove access key zed' }));
  const confirm = await screen.findByRole('alertdialog', { name: 'Remove access key zed?' });
  await user.click(within(confirm).getByRole('button', { name: 'Remove access key' }));
  await waitFor(() => expect(screen.queryByText('zed')).not.toBeInTheDocument());
  expect(server.data.settings.access_keys.map(({ name }) => name)).toEqual(['claude-code', 'ide']);
});

test('what failed with one access key is not told of the next', async () => {
  const server = createFakeServer();
  server.data.settings.access_keys = ['zed', 'ide'].map((name) => ({ name, environment: null }));
  server.on('DELETE /admin/access-keys/{}', () => failure(500, 'internal', 'The disk is full.'));
  const { user } = await renderPage('/settings', server);
  await user.click(await screen.findByRole('button', { name: 'Remove access key zed' }));
  const zed = within(await screen.findByRole('alertdialog', { name: 'Remove access key zed?' }));
  await user.click(zed.getByRole('button', { name: 'Remove access key' }));
  expect(await zed.findByText('The disk is full.')).toBeVisible();
  await user.click(zed.getByRole('button', { name: 'Cancel' }));
  await user.click(screen.getByRole('button', { name: 'Remove access key ide' }));
  const ide = await screen.findByRole('alertdialog', { name: 'Remove access key ide?' });
  expect(ide).not.toHaveTextContent('The disk is full.');
});

test('a failed deletion of the log is not told of the next', async () => {
  const server = createFakeServer();
  server.on('DELETE /admin/exchanges', () => failure(500, 'internal', 'The disk is full.'));
  const { user } = await renderPage('/settings', server);
  const ask = async () => {
    await user.click(await screen.findByRole('button', { name: 'Delete all requests' }));
    return screen.findByRole('alertdialog', { name: 'Delete 412 requests?' });
  };
  const dialog = within(await ask());
  await user.click(dialog.getByRole('button', { name: 'Delete 412 requests' }));
  expect(await dialog.findByText('The disk is full.')).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Cancel' }));
  expect(await ask()).not.toHaveTextContent('The disk is full.');
});

test('nothing keeps a new access key when its dialog has closed', async () => {
  const { cache, user } = await renderPage('/settings');
  const kept = () =>
    JSON.stringify(
      cache
        .getMutationCache()
        .getAll()
        .map(({ state }) => state),
    );
  await user.click(await screen.findByRole('button', { name: 'Create access key' }));
  await user.type(await screen.findByLabelText('Name'), 'zed{Enter}');
  await screen.findByText('pb-3f9c0d6e1a7b4c52');
  expect(kept()).toContain('pb-3f9c0d6e1a7b4c52');
  await user.click(screen.getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(kept()).not.toContain('pb-3f9c0d6e1a7b4c52'));
});

test('the log is deleted after a dialog that names the count', async () => {
  const { server, user } = await renderPage('/settings');
  await user.click(await screen.findByRole('button', { name: 'Delete all requests' }));
  const dialog = await screen.findByRole('alertdialog', { name: 'Delete 412 requests?' });
  await user.click(within(dialog).getByRole('button', { name: 'Delete 412 requests' }));
  await waitFor(() => expect(server.data.exchanges).toEqual([]));
  await waitFor(() => expect(screen.queryByRole('alertdialog')).not.toBeInTheDocument());
});

test('bodies and limits are written whole', async () => {
  const { server, user } = await renderPage('/settings');
  await user.click(
    within(await screen.findByRole('radiogroup', { name: 'Keep bodies' })).getByRole('radio', {
      name: 'All',
    }),
  );
  await waitFor(() => expect(server.data.settings.log.bodies).toBe('all'));
  const days = screen.getByLabelText('Keep for');
  await user.clear(days);
  await user.type(days, '7{Enter}');
  await waitFor(() =>
    expect(server.data.settings.log).toEqual({
      bodies: 'all',
      max_body_bytes: 1_048_576,
      keep_days: 7,
      max_megabytes: 500,
    }),
  );
  // What is told later would be told to the next test.
  await screen.findByText('Saved: Keep for.');
});

test('Undo of one row leaves what another saved meanwhile', async () => {
  const { server, user } = await renderPage('/settings');
  const days = await screen.findByLabelText('Keep for');
  await user.clear(days);
  await user.type(days, '45{Enter}');
  const toast = (await screen.findByText('Saved: Keep for.')).parentElement as HTMLElement;
  await user.click(screen.getByText('Off'));
  await waitFor(() => expect(server.data.settings.log).toMatchObject({ keep_days: 45, bodies: 'off' }));
  await user.click(within(toast).getByText('Undo'));
  await waitFor(() => expect(server.data.settings.log).toMatchObject({ keep_days: 30, bodies: 'off' }));
});

test('a row that is left for another is saved with it, however slow the server', async () => {
  const server = createFakeServer();
  let answer = () => {};
  const answering = new Promise<void>((resolve) => {
    answer = resolve;
  });
  server.on('PUT /admin/settings', async ({ body }) => {
    await answering;
    server.data.settings.log = (body as SettingsInput).log ?? server.data.settings.log;
    return server.data.settings;
  });
  const { user } = await renderPage('/settings', server);
  const days = await screen.findByLabelText('Keep for');
  await user.clear(days);
  await user.type(days, '60');
  await user.click(screen.getByRole('radio', { name: 'Off' }));
  answer();
  await screen.findByText('Saved: Keep bodies.');
  expect(server.data.settings.log).toMatchObject({ keep_days: 60, bodies: 'off' });
});

test('a body’s length in bytes is put back to the byte', async () => {
  const server = createFakeServer();
  server.data.settings.log.max_body_bytes = 100_000;
  const { user } = await renderPage('/settings', server);
  const longest = await screen.findByLabelText('Longest body');
  await user.clear(longest);
  await user.type(longest, '256{Enter}');
  await waitFor(() => expect(server.data.settings.log.max_body_bytes).toBe(262_144));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(server.data.settings.log.max_body_bytes).toBe(100_000));
});

test('the longest body is shown and written in KB of 1,024 bytes', async () => {
  const { server, user } = await renderPage('/settings');
  const longest = await screen.findByLabelText('Longest body');
  expect(longest).toHaveValue('1024');
  await user.clear(longest);
  await user.type(longest, '256{Enter}');
  await waitFor(() => expect(server.data.settings.log.max_body_bytes).toBe(262_144));
});

test('the field finds rows and sections', async () => {
  const { user } = await renderPage('/settings');
  await screen.findByRole('heading', { name: 'Log' });
  await user.keyboard('/');
  expect(screen.getByRole('searchbox')).toHaveFocus();
  await user.keyboard('days');
  await user.clear(screen.getByRole('searchbox'));
  await user.type(screen.getByRole('searchbox'), 'older');
  expect(screen.getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent)).toContain('Log');
  expect(screen.queryByLabelText('Port')).not.toBeInTheDocument();
  await user.clear(screen.getByRole('searchbox'));
  await user.type(screen.getByRole('searchbox'), 'nothing like it');
  expect(screen.getByText('No setting fits.')).toBeInTheDocument();
});

test('the desktop app can start at login', async () => {
  const server = createFakeServer('desktop');
  const { user } = await renderPage('/settings', server);
  await user.click(await screen.findByLabelText('Launch at login'));
  await waitFor(() => expect(server.data.autostart).toBe(true));
  await waitFor(() => expect(screen.getByLabelText('Launch at login')).toBeChecked());
});
