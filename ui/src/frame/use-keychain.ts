/** What a person should know about the keychain before they type a key; null while it works. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { queries } from '../api/queries';

export function useKeychainTrouble(): string | null {
  const { t } = useTranslation();
  const { data: status } = useQuery(queries.status);
  switch (status?.keychain.kind) {
    case 'locked':
      return t('keychain.locked');
    case 'unavailable':
      return t('keychain.missing');
    default:
      return null;
  }
}
