/** In a screen's place while nothing may be shown: how one signs in. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../api/live';
import { queries } from '../api/queries';
import { CommandLine } from '../kit/CommandLine';
import { EmptyState } from '../kit/EmptyState';

/** Never signed in: a page whose session ended keeps what it shows. */
export function useSignedOut(): boolean {
  const { data: status } = useQuery(queries.status);
  const signedOut = useConnection(({ state }) => state === 'signed_out');
  return signedOut && status === undefined;
}

export function SignedOut() {
  const { t } = useTranslation();
  return (
    <EmptyState
      title={t('signIn.title')}
      action={<CommandLine command="patchbay sign-in" copyName={t('signIn.copy')} />}
    >
      {t('signIn.how')}
    </EmptyState>
  );
}
