import { screen, waitFor, within } from '@testing-library/react';
import { expect, onTestFinished, test } from 'vitest';
import type { AliasTable } from '../../api/types/AliasTable';
import { createFakeServer, failure } from '../../test/fake-host';
import { renderPage, speak } from '../../test/render';

const written = (server: ReturnType<typeof createFakeServer>) =>
  server.calls.findLast(({ method, path }) => method === 'PUT' && path === '/admin/aliases')?.body as
    | AliasTable
    | undefined;

test('the rules stand in their order, with what is wrong with a target', async () => {
  const { axe } = await renderPage('/models');
  const rules = await screen.findByRole('region', { name: 'Aliases' });
  const names = within(rules).getAllByRole('button', { name: /^Edit alias/ });
  expect(names.map((name) => name.textContent)).toEqual([
    'gpt-4o',
    'gpt-3.5-turbo',
    'claude-haiku-*',
    'claude-*',
    'fast',
  ]);
  expect(await within(rules).findByText('no key')).toBeVisible();
  expect(await axe()).toEqual([]);
});

test('models are not counted before they are known', async () => {
  const server = createFakeServer();
  server.on('GET /admin/models', () => new Promise(() => undefined));
  await renderPage('/models', server);
  expect(await screen.findByText('5 aliases')).toBeVisible();
});

test('a new alias is written to the end of the table', async () => {
  const { server, user } = await renderPage('/models');
  await user.click(await screen.findByRole('button', { name: 'Add alias' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Clients ask for'), 'mini');
  await user.type(within(dialog).getByLabelText('Target 1'), 'echo/echo{Enter}');
  await waitFor(() =>
    expect(written(server)?.aliases.at(-1)).toEqual({ name: 'mini', targets: ['echo/echo'] }),
  );
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

test('a target without a provider is refused before it is sent', async () => {
  const { server, user } = await renderPage('/models');
  await user.click(await screen.findByRole('button', { name: 'Add alias' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Clients ask for'), 'mini');
  await user.type(within(dialog).getByLabelText('Target 1'), 'gpt-4o-mini');
  await user.click(within(dialog).getByRole('button', { name: 'Add alias' }));
  expect(await within(dialog).findByText(/Write each target as provider\/model/)).toBeVisible();
  expect(written(server)).toBeUndefined();
});

test('what the server refuses stands in the dialog, and the table stays', async () => {
  const server = createFakeServer();
  server.on('PUT /admin/aliases', () => failure(400, 'invalid', 'There is no provider nowhere.', 'targets'));
  const { user } = await renderPage('/models', server);
  await user.click(await screen.findByRole('button', { name: 'Edit alias gpt-4o' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Save alias' }));
  expect(await within(dialog).findByText('There is no provider nowhere.')).toBeVisible();
  expect(screen.getAllByText('There is no provider nowhere.')).toHaveLength(1);
});

test('a refused move is told above the table, which is as it was', async () => {
  const server = createFakeServer();
  server.on('PUT /admin/aliases', () => failure(409, 'conflict', 'The file is busy.'));
  const { user } = await renderPage('/models', server);
  (await screen.findByRole('button', { name: 'Edit alias gpt-4o' })).focus();
  await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
  expect(await screen.findByText('The file is busy.')).toBeVisible();
  const [first] = screen.getAllByRole('button', { name: /^Edit alias/ });
  expect(first).toHaveTextContent('gpt-4o');
});

test('what was refused is no news once a dialog has saved', async () => {
  const server = createFakeServer();
  let busy = true;
  const { aliases } = server.data;
  server.on('PUT /admin/aliases', () => (busy ? failure(409, 'conflict', 'The file is busy.') : aliases));
  const { user } = await renderPage('/models', server);
  (await screen.findByRole('button', { name: 'Edit alias gpt-4o' })).focus();
  await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
  expect(await screen.findByText('The file is busy.')).toBeVisible();
  busy = false;
  await user.click(screen.getByRole('button', { name: 'Edit alias gpt-4o' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Save alias' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.queryByText('The file is busy.')).toBeNull();
});

test('Alt and an arrow move a rule', async () => {
  const { server, user } = await renderPage('/models');
  (await screen.findByRole('button', { name: 'Edit alias gpt-3.5-turbo' })).focus();
  await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
  await waitFor(() =>
    expect(
      written(server)
        ?.aliases.slice(0, 2)
        .map(({ name }) => name),
    ).toEqual(['gpt-3.5-turbo', 'gpt-4o']),
  );
});

test('moves that the server is slow to take end where they were put', async () => {
  const server = createFakeServer();
  let answer = () => {};
  const answering = new Promise<void>((resolve) => {
    answer = resolve;
  });
  server.on('PUT /admin/aliases', async ({ body }) => {
    await answering;
    server.data.aliases = body as AliasTable;
    server.emit({ kind: 'config_changed' });
    return server.data.aliases;
  });
  const { cache, user } = await renderPage('/models', server);
  const place = () =>
    cache.getQueryData<AliasTable>(['aliases'])?.aliases.findIndex(({ name }) => name === 'gpt-4o');
  (await screen.findByRole('button', { name: 'Edit alias gpt-4o' })).focus();
  const places: unknown[] = [];
  onTestFinished(cache.getQueryCache().subscribe(() => places.push(place())));
  for (const to of [1, 2]) {
    await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
    await waitFor(() => expect(place()).toBe(to));
    await waitFor(() => expect(document.activeElement).toHaveTextContent('gpt-4o'));
  }
  answer();
  await waitFor(() => expect(server.data.aliases.aliases[2]?.name).toBe('gpt-4o'));
  await waitFor(() => expect(cache.isMutating()).toBe(0));
  await waitFor(() => expect(cache.isFetching()).toBe(0));
  expect(place()).toBe(2);
  // Nor did it go back on its way.
  expect(places.toSorted()).toEqual(places);
});

test('a move that is refused after one that was taken leaves the taken one', async () => {
  const server = createFakeServer();
  server.on('PUT /admin/aliases', ({ body }) => {
    const { aliases } = body as AliasTable;
    if (aliases[2]?.name === 'gpt-4o') return failure(409, 'conflict', 'The file is busy.');
    server.data.aliases = body as AliasTable;
    return server.data.aliases;
  });
  const { user } = await renderPage('/models', server);
  (await screen.findByRole('button', { name: 'Edit alias gpt-4o' })).focus();
  const names = () => screen.getAllByRole('button', { name: /^Edit alias/ }).map((one) => one.textContent);
  await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
  await waitFor(() => expect(document.activeElement).toHaveTextContent('gpt-4o'));
  await user.keyboard('{Alt>}{ArrowDown}{/Alt}');
  expect(await screen.findByText('The file is busy.')).toBeVisible();
  await waitFor(() => expect(names().slice(0, 3)).toEqual(['gpt-3.5-turbo', 'gpt-4o', 'claude-haiku-*']));
});

test('a deleted alias comes back by Undo', async () => {
  const { server, user } = await renderPage('/models');
  await user.click(await screen.findByRole('button', { name: 'Actions for fast' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete alias' }));
  await waitFor(() => expect(written(server)?.aliases).toHaveLength(4));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(written(server)?.aliases).toHaveLength(5));
});

test('Undo leaves what was added meanwhile', async () => {
  const { server, user } = await renderPage('/models');
  await user.click(await screen.findByRole('button', { name: 'Actions for claude-*' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete alias' }));
  const undo = await screen.findByRole('button', { name: 'Undo' });
  await user.click(screen.getByRole('button', { name: 'Import table' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(await within(dialog).findByRole('button', { name: 'Import 1 alias' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await user.click(undo);
  await waitFor(() =>
    expect(written(server)?.aliases.map(({ name }) => name)).toEqual([
      'gpt-4o',
      'gpt-3.5-turbo',
      'claude-haiku-*',
      'claude-*',
      'fast',
      'gpt-4',
    ]),
  );
});

test('the dry run highlights the rule that decides', async () => {
  const { user } = await renderPage('/models');
  await user.type(await screen.findByLabelText('Model name'), 'claude-x');
  const rule = await screen.findByRole('button', { name: 'Edit alias claude-*' });
  await waitFor(() => expect(rule).toHaveAttribute('aria-current', 'true'));
  expect(screen.getByText('If it fails')).toBeVisible();
});

test('what is typed within the asked name stays together', async () => {
  const { router, user } = await renderPage('/models?model=gpt-4o');
  const field = await screen.findByLabelText('Model name');
  await user.type(field, 'XY', { initialSelectionStart: 3, initialSelectionEnd: 3 });
  expect(field).toHaveValue('gptXY-4o');
  await waitFor(() => expect(router.state.location.search).toMatchObject({ model: 'gptXY-4o' }));
});

test('the asked name is the one of the address, wherever that comes from', async () => {
  const { router, user } = await renderPage('/models?model=gpt-4o');
  const field = await screen.findByLabelText('Model name');
  await user.type(field, '-mini');
  await user.tab();
  await router.navigate({ to: '/models', search: { model: 'claude-x' } });
  await waitFor(() => expect(field).toHaveValue('claude-x'));
});

test('a preset imports only the names that are missing', async () => {
  const { server, user } = await renderPage('/models');
  await user.click(await screen.findByRole('button', { name: 'Import table' }));
  const dialog = await screen.findByRole('dialog');
  expect(await within(dialog).findByText('exists already, stays as it is')).toBeVisible();
  await user.click(await within(dialog).findByRole('button', { name: 'Import 1 alias' }));
  await waitFor(() =>
    expect(written(server)?.aliases.at(-1)).toEqual({
      name: 'gpt-4',
      targets: ['anthropic/claude-sonnet-4'],
    }),
  );
});

test('a preset is written in the names of who serves it, and says which it does not list', async () => {
  const server = createFakeServer();
  server.data.aliases = { default_model: null, aliases: [] };
  const models = [{ id: 'claude-sonnet-4-20250514' }, { id: 'claude-sonnet-4-5-20250929' }];
  server.on('GET /admin/providers/{}/models', ({ path }) => ({
    models: path.includes('anthropic') ? models : [{ id: 'gpt-4o-mini' }],
  }));
  const { user } = await renderPage('/models', server);
  await user.click((await screen.findAllByRole('button', { name: 'Import table' }))[0] as HTMLElement);
  const dialog = within(await screen.findByRole('dialog'));
  expect((await dialog.findAllByText('anthropic/claude-sonnet-4-20250514')).length).toBeGreaterThan(0);
  expect(dialog.queryByText('not in its list')).not.toBeInTheDocument();
  await user.click(dialog.getByRole('combobox', { name: 'Served by' }));
  await user.click(await screen.findByRole('option', { name: 'OpenAI' }));
  expect((await dialog.findAllByText('not in its list')).length).toBeGreaterThan(0);
  expect(dialog.getAllByText('openai/claude-sonnet-4')[0]).toBeVisible();
});

test('without aliases the screen says why and what to do, also in Chinese', async () => {
  await speak('zh-CN');
  const server = createFakeServer();
  server.data.aliases = { default_model: null, aliases: [] };
  const { axe } = await renderPage('/models', server);
  expect(await screen.findByText('还没有别名。')).toBeVisible();
  expect(await axe()).toEqual([]);
});
