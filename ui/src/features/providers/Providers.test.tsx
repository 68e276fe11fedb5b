import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { createFakeServer, failure } from '../../test/fake-host';
import { renderPage, speak } from '../../test/render';

/** The ids that were written, in their order. */
const puts = (server: ReturnType<typeof createFakeServer>, kind: 'accounts' | 'providers') =>
  server.calls
    .filter(({ method, path }) => method === 'PUT' && path.startsWith(`/admin/${kind}/`))
    .map(({ path }) => path.split('/').at(-1));

test('the list shows each provider with its state, the detail its accounts', async () => {
  const { axe } = await renderPage('/providers?id=anthropic');
  expect(await screen.findByRole('link', { name: /OpenRouter.*no key/ })).toBeVisible();
  const accounts = await screen.findByRole('region', { name: 'Accounts' });
  expect(within(accounts).getByText('anthropic-work')).toBeVisible();
  expect(within(accounts).getByText('••••9f3a')).toBeVisible();
  expect(await axe()).toEqual([]);
});

test('a pasted key finds its provider; both are added', async () => {
  const { cache, server, user } = await renderPage('/providers');
  await user.click(await screen.findByRole('button', { name: 'Add provider' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByLabelText(/paste a key/));
  await user.paste('gsk_abcdefghijklmnop4321');
  expect(await within(dialog).findByText('This is a key of Groq.')).toBeVisible();
  await user.keyboard('{Enter}');
  await user.click(await within(dialog).findByRole('button', { name: 'Add provider' }));
  expect(await screen.findByText('••••4321')).toBeVisible();
  expect(server.data.providers.at(-1)).toMatchObject({
    id: 'groq',
    base_url: 'https://api.groq.com/openai/v1',
  });
  // The key went to the account and nowhere else.
  const carried = server.calls.filter(({ body }) => JSON.stringify(body ?? '').includes('4321'));
  expect(carried.map(({ method, path }) => `${method} ${path}`)).toEqual(['PUT /admin/accounts/groq-main']);
  const kept = () =>
    JSON.stringify(
      cache
        .getMutationCache()
        .getAll()
        .map(({ state }) => state),
    );
  await waitFor(() => expect(kept()).not.toContain('gsk_'));
});

test('a key that says not whose it is is hidden all the same, and goes to whoever is chosen', async () => {
  const { server, user } = await renderPage('/providers?add=new');
  const dialog = await screen.findByRole('dialog');
  const field = within(dialog).getByLabelText(/paste a key/);
  await user.click(field);
  await user.paste('4f9c2a7b1e4f9c2a7b1e');
  expect(await within(dialog).findByText('This looks like a key. Choose whose it is.')).toBeVisible();
  expect(field).toHaveAttribute('type', 'password');
  await user.keyboard('{Enter}');
  await user.click(within(dialog).getByRole('button', { name: /^Groq/ }));
  await user.click(await within(dialog).findByRole('button', { name: 'Add provider' }));
  expect(await screen.findByText('••••7b1e')).toBeVisible();
  expect(server.data.providers.at(-1)).toMatchObject({ id: 'groq' });
});

test('a provider whose key was refused is left alone by the one that is added in its place', async () => {
  const server = createFakeServer();
  server.on('PUT /admin/accounts/{}', () => failure(400, 'invalid', 'The key is refused.', 'key'));
  const { user } = await renderPage('/providers?add=new', server);
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(await dialog.findByRole('button', { name: /^Groq/ }));
  await user.type(dialog.getByLabelText('Key'), 'gsk_abcdefghijklmnop4321{Enter}');
  expect(await dialog.findByText('The key is refused.')).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Back' }));
  await user.click(dialog.getByRole('button', { name: /^LM Studio/ }));
  await user.click(dialog.getByRole('button', { name: 'Add provider' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(server.data.providers.slice(-2)).toMatchObject([
    { id: 'groq', name: 'Groq', base_url: 'https://api.groq.com/openai/v1' },
    { id: 'lm-studio', name: 'LM Studio' },
  ]);
});

test('a second provider of one name has an id of its own, though the list does not show the first yet', async () => {
  const server = createFakeServer();
  server.on('PUT /admin/providers/{}', ({ params: [id], body }) => ({ ...(body as object), id }));
  server.on('PUT /admin/accounts/{}', () => failure(400, 'invalid', 'The key is refused.', 'key'));
  const { user } = await renderPage('/providers?add=new', server);
  const dialog = within(await screen.findByRole('dialog'));
  const relay = async (address: string) => {
    await user.click(dialog.getByRole('button', { name: 'Another provider' }));
    await user.type(dialog.getByLabelText('Name'), 'Relay');
    await user.type(dialog.getByLabelText('Base URL'), address);
    await user.type(dialog.getByLabelText('Key'), 'a-key{Enter}');
    expect(await dialog.findByText('The key is refused.')).toBeVisible();
  };
  await relay('https://one.example.com');
  await user.click(dialog.getByRole('button', { name: 'Back' }));
  await relay('https://two.example.com');
  // Once more, of the same.
  await user.click(dialog.getByRole('button', { name: 'Add provider' }));
  await waitFor(() => expect(puts(server, 'accounts')).toHaveLength(3));
  expect(puts(server, 'providers')).toEqual(['relay', 'relay-2', 'relay-2']);
  expect(puts(server, 'accounts')).toEqual(['relay-main', 'relay-2-main', 'relay-2-main']);
});

test('a name that no known provider has is said to be none', async () => {
  const { user } = await renderPage('/providers?add=new');
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText(/paste a key/), 'nobody');
  expect(await within(dialog).findByText(/None of these is called that/)).toBeVisible();
});

test('a provider elsewhere without an account is not said to need no key', async () => {
  const server = createFakeServer();
  for (const provider of server.data.providers)
    if (provider.id === 'openai') Object.assign(provider, { accounts: [], without_credential: true });
  await renderPage('/providers', server);
  expect(await screen.findByRole('link', { name: /OpenAI.*no key$/ })).toBeVisible();
  expect(screen.getByRole('link', { name: /Ollama.*no key needed$/ })).toBeVisible();
});

test('Enter in any field adds what the dialog is about', async () => {
  const { server, user } = await renderPage('/providers?id=openai');
  await user.click(await screen.findByRole('button', { name: 'Add account' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText('Key'), 'sk-second-key-ccccdddd{Enter}');
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(server.data.providers.find(({ id }) => id === 'openai')?.accounts).toHaveLength(2);
});

test('a bad address is refused at its field', async () => {
  const server = createFakeServer();
  server.on('PUT /admin/providers/{}', () =>
    failure(400, 'invalid', 'Use the address of the API.', 'base_url'),
  );
  const { user } = await renderPage('/providers?add=new', server);
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Another provider' }));
  await user.type(within(dialog).getByLabelText('Name'), 'Relay');
  await user.type(within(dialog).getByLabelText('Base URL'), 'relay.example.com');
  await user.click(within(dialog).getByRole('button', { name: 'Add provider' }));
  expect(await within(dialog).findByText(/begins with http/)).toBeVisible();
  await user.clear(within(dialog).getByLabelText('Base URL'));
  await user.type(within(dialog).getByLabelText('Base URL'), 'https://relay.example.com');
  await user.click(within(dialog).getByRole('button', { name: 'Add provider' }));
  expect(await within(dialog).findByText('Use the address of the API.')).toBeVisible();
});

test('a provider is not saved with a number that it cannot have', async () => {
  const { server, user } = await renderPage('/providers?id=openai');
  await user.click(await screen.findByRole('button', { name: 'Edit' }));
  const dialog = within(await screen.findByRole('dialog'));
  const type = async (label: string, typed: string) => {
    await user.clear(dialog.getByLabelText(label));
    await user.type(dialog.getByLabelText(label), typed);
  };
  await type('Connect time-out', '0');
  await type('Idle time-out', '1,5');
  await type('Retries before the next target', 'many');
  await user.click(dialog.getByRole('button', { name: 'Save provider' }));
  const seconds = 'Enter a number of seconds above 0, such as 2.5.';
  expect(dialog.getByLabelText('Connect time-out')).toHaveAccessibleDescription(seconds);
  expect(dialog.getByLabelText('Idle time-out')).toHaveAccessibleDescription(seconds);
  expect(dialog.getByLabelText('Retries before the next target')).toHaveAccessibleDescription(
    'Enter a whole number, 0 or more.',
  );
  expect(puts(server, 'providers')).toEqual([]);
  await type('Connect time-out', '10');
  await type('Idle time-out', '1.5');
  await type('Retries before the next target', '2');
  await user.click(dialog.getByRole('button', { name: 'Save provider' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(server.calls.findLast(({ method }) => method === 'PUT')?.body).toMatchObject({
    timeouts: { connect: 10, headers: 60, idle: 1.5 },
    retries: 2,
  });
});

test('a key is replaced in its row', async () => {
  const { server, user } = await renderPage('/providers?id=openai');
  const accounts = await screen.findByRole('region', { name: 'Accounts' });
  await user.click(within(accounts).getByRole('button', { name: 'Replace' }));
  await user.type(within(accounts).getByLabelText('Key of openai-main'), 'sk-new-key-aaaabbbb');
  await user.click(within(accounts).getByRole('button', { name: 'Keep key' }));
  expect(await within(accounts).findByText('••••bbbb')).toBeVisible();
  expect(server.calls.findLast(({ method }) => method === 'PUT')?.path).toBe(
    '/admin/accounts/openai-main/key',
  );
});

test('an account that could not be removed is asked about anew', async () => {
  const server = createFakeServer();
  server.on('DELETE /admin/accounts/{}', () => failure(500, 'internal', 'The disk is full.'));
  const { user } = await renderPage('/providers?id=openai', server);
  const ask = async () => {
    await user.click(await screen.findByRole('button', { name: 'Remove account openai-main' }));
    return screen.findByRole('alertdialog');
  };
  const dialog = within(await ask());
  await user.click(dialog.getByRole('button', { name: 'Remove account' }));
  expect(await dialog.findByText('The disk is full.')).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Cancel' }));
  expect(await ask()).not.toHaveTextContent('The disk is full.');
});

test('a test shows its steps', async () => {
  const { user } = await renderPage('/providers?id=openai');
  await user.click(await screen.findByRole('button', { name: 'Test openai-main' }));
  expect(await screen.findByText('The key is accepted.')).toBeVisible();
});

test('an account whose test failed is not ready, until its key is another', async () => {
  const server = createFakeServer();
  const step = { name: 'sign_in', ok: false, message: 'Key refused.', wording: null, duration_ms: 5 };
  server.on('POST /admin/providers/{}/test', () => ({ ok: false, steps: [step] }));
  const { user } = await renderPage('/providers?id=openai', server);
  const accounts = within(await screen.findByRole('region', { name: 'Accounts' }));
  expect(accounts.getByText('ready')).toBeVisible();
  await user.click(accounts.getByRole('button', { name: 'Test openai-main' }));
  expect(await accounts.findByText('test failed')).toBeVisible();
  expect(accounts.queryByText('ready')).not.toBeInTheDocument();
  await user.click(accounts.getByRole('button', { name: 'Replace' }));
  await user.type(accounts.getByLabelText('Key of openai-main'), 'sk-new-key-aaaabbbb{Enter}');
  expect(await accounts.findByText('ready')).toBeVisible();
  expect(accounts.queryByText('Key refused.')).not.toBeInTheDocument();
});

test('a server found on this computer is added by one click', async () => {
  const { server, user } = await renderPage('/providers');
  await user.click(await screen.findByRole('button', { name: 'Add' }));
  await waitFor(() => expect(server.data.providers.some(({ id }) => id === 'lm-studio')).toBe(true));
});

test('removing a provider that aliases lead to names them first', async () => {
  const server = createFakeServer();
  let forced: string | null = null;
  server.on('DELETE /admin/providers/{}', ({ query }) => {
    forced = query.get('force');
    return forced === 'true' ? undefined : failure(409, 'conflict', 'The alias gpt-4o leads to it.');
  });
  const { user } = await renderPage('/providers?id=anthropic', server);
  await user.click(await screen.findByRole('button', { name: 'More' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Remove provider' }));
  const dialog = await screen.findByRole('alertdialog');
  await user.click(within(dialog).getByRole('button', { name: 'Remove provider' }));
  expect(await within(dialog).findByText('The alias gpt-4o leads to it.')).toBeVisible();
  await user.click(within(dialog).getByRole('button', { name: 'Remove it and these targets' }));
  await waitFor(() => expect(forced).toBe('true'));
});

test('without a keychain the person is told, in Chinese too', async () => {
  await speak('zh-CN');
  const server = createFakeServer();
  server.data.status.keychain = { kind: 'unavailable', reason: '' };
  const { axe } = await renderPage('/providers?id=openai', server);
  expect((await screen.findAllByText('未找到钥匙串。密钥保留到退出为止。')).length).toBeGreaterThan(0);
  expect(await axe()).toEqual([]);
});

test('a locked keychain is named as such, and a key can still be typed in', async () => {
  const server = createFakeServer();
  server.data.status.keychain = { kind: 'locked', reason: '' };
  const account = server.data.providers.find(({ id }) => id === 'openai')?.accounts[0];
  if (!account) throw new Error('the fake has an account at openai');
  account.key = {
    ...account.key,
    set: false,
    last_four: null,
    problem: 'The keychain is locked. Unlock it and try again.',
  };
  await renderPage('/providers?id=openai', server);
  const told = 'The keychain is locked. Keys typed in now are kept until you quit.';
  await waitFor(() => expect(screen.getAllByText(told)).toHaveLength(2));
  expect(screen.getByText('not readable')).toBeVisible();
  expect(screen.getByLabelText(`Key of ${account.id}`)).toBeVisible();
});

test('of thousands of models the first are drawn, and any is found by its name', async () => {
  const server = createFakeServer();
  const models = Array.from({ length: 2000 }, (_, at) => ({ id: `family/model-${at}` }));
  server.on('GET /admin/providers/{}/models', () => ({ models }));
  const { user } = await renderPage('/providers?id=openai', server);
  await user.click(await screen.findByRole('button', { name: 'List models' }));
  const section = within(await screen.findByRole('region', { name: 'Models' }));
  expect(await section.findByText('1,800 more. Type a part of the name.')).toBeVisible();
  expect(section.getAllByRole('listitem')).toHaveLength(201);
  await user.type(section.getByRole('searchbox'), 'model1999');
  expect(section.getAllByRole('listitem')).toHaveLength(1);
  expect(section.getByText('openai/family/model-1999')).toBeVisible();
});

test('two providers of one name are told apart by their ids', async () => {
  const server = createFakeServer();
  const [first] = server.data.providers.filter(({ built_in }) => !built_in);
  if (!first) throw new Error('There is no provider.');
  server.data.providers.push({ ...first, id: `${first.id}-2` });
  await renderPage(`/providers?id=${first.id}-2`, server);
  expect(await screen.findByRole('heading', { name: `${first.name} ${first.id}-2` })).toBeVisible();
  const links = within(screen.getByRole('main')).getAllByRole('link', { name: new RegExp(first.name) });
  expect(links[0]).toHaveTextContent(`${first.name} ${first.id}`);
  expect(links.at(-1)).toHaveTextContent(`${first.name} ${first.id}-2`);
});

test('a provider that is there already is suggested under another name', async () => {
  const server = createFakeServer();
  const [preset] = server.data.presets;
  const [known] = server.data.providers;
  if (!preset || !known) throw new Error('There is nothing to add.');
  server.data.providers.push({ ...known, id: 'same', name: preset.name });
  const { user } = await renderPage('/providers?add=new', server);
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(await dialog.findByRole('button', { name: new RegExp(`^${preset.name}`) }));
  const shown = await dialog.findByLabelText('Name');
  expect(shown).toHaveValue(`${preset.name} 2`);
});
