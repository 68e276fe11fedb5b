/** Why the server did not start, in the language of the page where the cause is known. */
import { useTranslation } from 'react-i18next';
import type { FailedReason } from '../api/types/FailedReason';

export function useFailureSentence(): (reason: FailedReason, address: string) => string {
  const { t } = useTranslation();
  return ({ holder, message }, address) => {
    if (holder === null) return message;
    if (holder.kind === 'patchbay') return t('server.portPatchbay', { address, version: holder.version });
    if (holder.process === null) return t('server.portTaken', { address });
    return t('server.portProcess', { address, process: holder.process });
  };
}
