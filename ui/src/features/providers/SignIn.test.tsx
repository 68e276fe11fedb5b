/** Accounts that are signed in to: by the code on another page, again when a login has ended, or taken over as JSON. */
import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Login } from '../../api/types/Login';
import { createFakeServer, type FakeServer, failure } from '../../test/fake-host';
import { amazonQ, decide } from '../../test/fake-logins';
import { renderPage, speak } from '../../test/render';

const sent = (server: FakeServer, route: string) =>
  server.calls.filter(({ method, path }) => `${method} ${path}` === route).map(({ body }) => body);

function withAmazonQ(): FakeServer {
  const server = createFakeServer();
  server.data.providers.push(structuredClone(amazonQ));
  return server;
}

async function beginAt(server: FakeServer) {
  const page = await renderPage('/providers?id=amazon-q', server);
  const accounts = within(await screen.findByRole('region', { name: 'Accounts' }));
  await page.user.click(accounts.getByRole('button', { name: 'Add account' }));
  const dialog = within(await screen.findByRole('dialog'));
  return { ...page, accounts, dialog };
}

test('adding a provider with logins ends in a signed-in account', async () => {
  const { server, user, axe } = await renderPage('/providers?add=new');
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(await dialog.findByRole('button', { name: /^Amazon Q Developer/ }));
  expect(dialog.queryByLabelText('Key')).not.toBeInTheDocument();
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  expect(await dialog.findByRole('status', { name: 'Code' })).toHaveTextContent('ABCD-EFGH');
  await user.click(dialog.getByRole('button', { name: 'Copy code' }));
  expect(server.copied).toEqual(['ABCD-EFGH']);
  await user.click(dialog.getByRole('button', { name: 'Open the page' }));
  expect(server.opened).toEqual(['https://device.example/?user_code=ABCD-EFGH']);
  expect(dialog.getByText('Waiting for you to agree on the page')).toBeVisible();
  expect(await axe()).toEqual([]);
  decide(server, { kind: 'done' });
  expect(await dialog.findByText('Signed in. The account amazon-q is ready.')).toBeVisible();
  await user.click(dialog.getByRole('button', { name: 'Done' }));
  const accounts = within(await screen.findByRole('region', { name: 'Accounts' }));
  expect(accounts.getByText('signed in')).toBeVisible();
  expect(sent(server, 'POST /admin/logins')).toEqual([{ provider: 'amazon-q' }]);
});

test('a refused region stays at its field, and the provider is not added twice', async () => {
  const { server, user } = await renderPage('/providers?add=new');
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(await dialog.findByRole('button', { name: /^Amazon Q Developer/ }));
  await user.click(dialog.getByRole('radio', { name: 'Organisation' }));
  await user.type(dialog.getByLabelText('Start URL'), 'https://d-1.awsapps.com/start');
  await user.type(dialog.getByLabelText('Region'), 'Frankfurt');
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  await waitFor(() =>
    expect(dialog.getByLabelText('Region')).toHaveAccessibleDescription('A region looks like us-east-1.'),
  );
  await user.clear(dialog.getByLabelText('Region'));
  await user.type(dialog.getByLabelText('Region'), 'eu-central-1');
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  await dialog.findByRole('status', { name: 'Code' });
  expect(sent(server, 'POST /admin/logins').at(-1)).toEqual({
    provider: 'amazon-q',
    start_url: 'https://d-1.awsapps.com/start',
    region: 'eu-central-1',
  });
  expect(server.data.providers.filter(({ protocol }) => protocol === 'amazon_q')).toHaveLength(1);
});

test.each([
  ['denied', { kind: 'denied' }, /refused on the page/],
  ['expired', { kind: 'expired' }, /not used in time/],
  ['failed', { kind: 'failed', message: 'It did not answer.' }, /did not work: It did not answer\./],
] as const)('a login that is %s says so, and can be tried again', async (_name, state, words) => {
  const server = withAmazonQ();
  const { user, dialog } = await beginAt(server);
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  await dialog.findByRole('status', { name: 'Code' });
  decide(server, state);
  expect(await dialog.findByText(words)).toBeVisible();
  expect(dialog.queryByRole('status', { name: 'Code' })).not.toBeInTheDocument();
  await user.click(dialog.getByRole('button', { name: 'Try again' }));
  await user.click(await dialog.findByRole('button', { name: 'Sign in' }));
  expect(await dialog.findByRole('status', { name: 'Code' })).toBeVisible();
});

test('a server that was started anew ends the waiting', async () => {
  const server = withAmazonQ();
  const { user, dialog } = await beginAt(server);
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  await dialog.findByRole('status', { name: 'Code' });
  server.data.logins = [];
  server.emit({ kind: 'config_changed' });
  expect(await dialog.findByText(/given up/)).toBeVisible();
});

test('closing the dialog gives the login up', async () => {
  const server = withAmazonQ();
  const { user, dialog } = await beginAt(server);
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  await dialog.findByRole('status', { name: 'Code' });
  await user.click(dialog.getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(server.data.logins[0]?.state).toEqual({ kind: 'cancelled' }));
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
});

test('an account whose login has ended is told apart, and its form is filled in', async () => {
  const server = withAmazonQ();
  server.data.providers = server.data.providers.filter(({ id }) => id !== 'openrouter');
  const { user, axe } = await renderPage('/providers?id=amazon-q', server);
  expect(await screen.findByRole('link', { name: /Amazon Q Developer.*sign in again/ })).toBeVisible();
  expect(screen.getByText('1 to sign in')).toBeVisible();
  const accounts = within(await screen.findByRole('region', { name: 'Accounts' }));
  expect(accounts.getByText('login ended')).toBeVisible();
  expect(accounts.getByText(/d-9067f1a2b3\.awsapps\.com/)).toBeVisible();
  await user.click(accounts.getByRole('button', { name: 'Sign in to amazon-q-work' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Sign in to amazon-q-work again' }));
  expect(dialog.getByLabelText('Start URL')).toHaveValue('https://d-9067f1a2b3.awsapps.com/start');
  expect(dialog.getByLabelText('Region')).toHaveValue('eu-central-1');
  expect(await axe()).toEqual([]);
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  await dialog.findByRole('status', { name: 'Code' });
  decide(server, { kind: 'done' });
  await user.click(await dialog.findByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.queryByText('login ended')).not.toBeInTheDocument());
});

test('a login that went with the program, for want of a keychain, is signed in anew', async () => {
  const server = withAmazonQ();
  const account = server.data.providers.at(-1)?.accounts[0];
  if (!account) throw new Error('the fake has an account');
  account.login = null;
  account.key = {
    ...account.key,
    set: false,
    problem: 'This computer has no keychain that Patchbay can use.',
    wording: { code: 'no_keychain', values: {} },
  };
  const { user } = await renderPage('/providers?id=amazon-q', server);
  const accounts = within(await screen.findByRole('region', { name: 'Accounts' }));
  expect(accounts.getByText('not readable')).toBeVisible();
  await user.click(accounts.getByRole('button', { name: 'Sign in to amazon-q' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  await dialog.findByRole('status', { name: 'Code' });
  expect(sent(server, 'POST /admin/logins')).toEqual([{ provider: 'amazon-q', account: 'amazon-q' }]);
});

test('a page that is not on https is shown, not opened', async () => {
  const server = withAmazonQ();
  const { user, dialog } = await beginAt(server);
  server.on('POST /admin/logins', () => {
    const login: Login = {
      id: 'login-9',
      provider: 'amazon-q',
      account: 'amazon-q-2',
      user_code: 'ABCD-EFGH',
      verification_url: 'file:///etc/passwd',
      verification_url_complete: null,
      expires_at: Date.now() + 60_000,
      state: { kind: 'waiting' },
    };
    server.data.logins.push(login);
    return login;
  });
  await user.click(dialog.getByRole('button', { name: 'Sign in' }));
  expect(await dialog.findByText('file:///etc/passwd')).toBeVisible();
  expect(dialog.queryByRole('button', { name: 'Open the page' })).not.toBeInTheDocument();
});

test('pasted accounts are imported, each with its result', async () => {
  const server = withAmazonQ();
  const { user, axe } = await renderPage('/providers?id=amazon-q', server);
  await user.click(await screen.findByRole('button', { name: 'Import' }));
  const dialog = within(await screen.findByRole('dialog'));
  const field = dialog.getByLabelText('JSON of the accounts');
  await user.click(dialog.getByRole('button', { name: 'Import accounts' }));
  expect(field).toHaveAccessibleDescription('Paste the JSON, or choose its file.');
  await user.click(field);
  await user.paste('[{"refreshToken"');
  await user.click(dialog.getByRole('button', { name: 'Import accounts' }));
  expect(field).toHaveAccessibleDescription(/not JSON/);
  await user.click(field);
  await user.paste(':"a"},{"clientId":"b"},{"refreshToken":"c"}]');
  await user.click(dialog.getByRole('button', { name: 'Import accounts' }));
  expect(await dialog.findByText('2 accounts were added.')).toBeVisible();
  expect(dialog.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    'Entry 1: added as amazon-q-2',
    'Entry 2: The entry has no refresh_token.',
    'Entry 3: added as amazon-q-3',
  ]);
  expect(await axe()).toEqual([]);
});

test('files are imported one after the other, and one that is none is named', async () => {
  const server = withAmazonQ();
  const { user } = await renderPage('/providers?id=amazon-q', server);
  await user.click(await screen.findByRole('button', { name: 'Import' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.upload(dialog.getByLabelText('Choose files', { selector: 'input' }), [
    new File(['{"refreshToken":"a"}'], 'one.json', { type: 'application/json' }),
    new File(['hello'], 'two.json', { type: 'application/json' }),
  ]);
  expect(await dialog.findByText('1 account was added.')).toBeVisible();
  expect(within(dialog.getByRole('region', { name: 'two.json' })).getByText(/not JSON/)).toBeVisible();
});

test('what the server says about an import is told', async () => {
  const server = withAmazonQ();
  server.on('POST /admin/accounts/import', () => failure(503, 'keychain', 'The keychain is locked.'));
  const { user } = await renderPage('/providers?id=amazon-q', server);
  await user.click(await screen.findByRole('button', { name: 'Import' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByLabelText('JSON of the accounts'));
  await user.paste('{}');
  await user.click(dialog.getByRole('button', { name: 'Import accounts' }));
  expect(await dialog.findByText('The keychain is locked.')).toBeVisible();
});

test('the login is told in Chinese too', async () => {
  await speak('zh-CN');
  const server = withAmazonQ();
  const { user, axe } = await renderPage('/providers?id=amazon-q', server);
  const accounts = within(await screen.findByRole('region', { name: '账号' }));
  await user.click(accounts.getByRole('button', { name: '添加账号' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: '登录' }));
  expect(await dialog.findByText('等待你在页面上同意')).toBeVisible();
  expect(await axe()).toEqual([]);
});
