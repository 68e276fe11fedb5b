/** Logins of the fake server: begun as the real ones are, decided by the test. */
import type { Account } from '../api/types/Account';
import type { ImportReport } from '../api/types/ImportReport';
import type { Login } from '../api/types/Login';
import type { LoginInput } from '../api/types/LoginInput';
import type { LoginState } from '../api/types/LoginState';
import type { Provider } from '../api/types/Provider';
import { type FakeServer, failure } from './fake-host';

/** An account that is signed in to. */
export function signedIn(id: string, provider: string, login: Partial<Account['login']> = {}): Account {
  return {
    id,
    provider,
    key: { source: { kind: 'keychain' }, set: true, last_four: null, problem: null, wording: null },
    login: { start_url: null, region: 'us-east-1', profile: null, ended: false, ...login },
  };
}

/** A provider with logins in each state. */
export const amazonQ: Provider = {
  id: 'amazon-q',
  name: 'Amazon Q Developer',
  protocol: 'amazon_q',
  base_url: 'https://q.us-east-1.amazonaws.com',
  accounts: [
    signedIn('amazon-q', 'amazon-q'),
    signedIn('amazon-q-work', 'amazon-q', {
      start_url: 'https://d-9067f1a2b3.awsapps.com/start',
      region: 'eu-central-1',
      profile: 'arn:aws:codewhisperer:eu-central-1:123456789012:profile/ABC',
      ended: true,
    }),
  ],
  without_credential: false,
  signs_in: true,
  built_in: false,
  timeouts: { connect: 10, headers: 60, idle: 120 },
  retries: 0,
};

/** What ends every login that waits. */
export function decide(server: FakeServer, state: LoginState): void {
  for (const login of server.data.logins) {
    if (login.state.kind !== 'waiting') continue;
    login.state = state;
    if (state.kind === 'done') keep(server, signedIn(login.account, login.provider));
  }
  server.emit({ kind: 'config_changed' });
}

function keep({ data }: FakeServer, account: Account): void {
  const provider = data.providers.find(({ id }) => id === account.provider);
  if (!provider) throw new Error('a login belongs to a provider');
  provider.accounts = [...provider.accounts.filter(({ id }) => id !== account.id), account];
  provider.without_credential = false;
}

export function serveLogins(server: FakeServer): void {
  const { data, on } = server;
  on('POST /admin/logins', ({ body }) => {
    const { provider, account = provider, region } = body as LoginInput;
    if (region !== undefined && !/^[a-z0-9-]+$/.test(region))
      return failure(400, 'invalid', 'A region looks like `us-east-1`.', 'region');
    const login: Login = {
      id: `login-${data.logins.length + 1}`,
      provider,
      account,
      user_code: 'ABCD-EFGH',
      verification_url: 'https://device.example/',
      verification_url_complete: 'https://device.example/?user_code=ABCD-EFGH',
      expires_at: Date.now() + 600_000,
      state: { kind: 'waiting' },
    };
    data.logins.push(login);
    return login;
  });
  on('GET /admin/logins/{}', ({ params: [id] }) => {
    const login = data.logins.find((one) => one.id === id);
    return login ?? failure(404, 'not_found', 'There is no such login.');
  });
  on('DELETE /admin/logins/{}', ({ params: [id] }) => {
    const login = data.logins.find((one) => one.id === id);
    if (login) login.state = { kind: 'cancelled' };
  });
  on('POST /admin/accounts/import', ({ body }): ImportReport => {
    const { provider, accounts } = body as { provider: string; accounts: unknown };
    const entries = (Array.isArray(accounts) ? accounts : [accounts]) as { refreshToken?: string }[];
    const report: ImportReport = { added: [], refused: [] };
    entries.forEach(({ refreshToken }, index) => {
      if (refreshToken === undefined) {
        report.refused.push({
          index,
          message: 'The entry has no `refresh_token`.',
          wording: { code: 'entry_lacks', values: { field: 'refresh_token' } },
        });
        return;
      }
      const account = signedIn(`${provider}-${report.added.length + 2}`, provider);
      keep(server, account);
      report.added.push(account);
    });
    server.emit({ kind: 'config_changed' });
    return report;
  });
}
