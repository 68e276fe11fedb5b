/** Signs in to an account: another one of a provider, or one whose login has ended. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { messageOf } from '../../api/client';
import type { Account } from '../../api/types/Account';
import type { Provider } from '../../api/types/Provider';
import { Dialog } from '../../kit/Dialog';
import { Field } from '../../kit/Field';
import { Form } from '../../kit/Form';
import { Notice } from '../../kit/Notice';
import { TextInput } from '../../kit/TextInput';
import { LoginButtons } from './LoginButtons';
import { LoginFields } from './LoginFields';
import { LoginProgress } from './LoginProgress';
import { emptyLogin, errorsOf, type LoginDraft, loginInput, useLogin } from './login';

interface SignInProps {
  provider: Provider;
  /** The account to sign in again. */
  again?: Account;
  /** The name that a new account gets unless the person writes another. */
  free: string;
  onClose: () => void;
}

/** The form as it was filled in for the login before. */
function draftOf(account: Account | undefined): LoginDraft {
  const known = account?.login;
  if (!known || known.start_url === null) return emptyLogin;
  return {
    kind: 'organisation',
    start_url: known.start_url,
    region: known.region,
    profile: known.profile ?? '',
  };
}

export function SignIn({ provider, again, free, onClose }: SignInProps) {
  const { t } = useTranslation(['providers', 'common']);
  const [id, setId] = useState(again?.id ?? free);
  const [draft, setDraft] = useState(draftOf(again));
  const { login, begin, busy, error, cancel } = useLogin();
  const errors = errorsOf(error);
  const close = () => {
    cancel();
    onClose();
  };
  const start = () => void begin(loginInput(provider.id, draft, id)).catch(() => undefined);
  const idError = refusedId(error);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      title={
        again === undefined
          ? t('login.titleTo', { provider: provider.name })
          : t('login.titleAgain', { account: again.id })
      }
      footer={<LoginButtons login={login} busy={busy} onStart={start} onBack={cancel} onClose={close} />}
    >
      {login === undefined ? (
        <Form className="flex flex-col gap-16 pr-8" onSubmit={start}>
          {error && errors === undefined && idError === undefined && (
            <Notice tone="error">{messageOf(error)}</Notice>
          )}
          <LoginFields draft={draft} onChange={setDraft} errors={errors ?? {}} />
          {again === undefined && (
            <Field label={t('accounts.id')} hint={t('accounts.idHint')} error={idError}>
              {(field) => (
                <TextInput
                  {...field}
                  mono
                  value={id}
                  onChange={(event) => setId(event.target.value.trim())}
                />
              )}
            </Field>
          )}
        </Form>
      ) : (
        <LoginProgress login={login} />
      )}
    </Dialog>
  );
}

function refusedId(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'field' in error && error.field === 'account'
    ? messageOf(error)
    : undefined;
}
