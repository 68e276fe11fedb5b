/** Why an answer failed, in words; what a provider said stays its own words. */
import { useTranslation } from 'react-i18next';
import type { AnswerFailure } from '../../protocols/conversation';

export function useFailureText(): (failure: AnswerFailure) => string {
  const { t } = useTranslation(['playground', 'common']);
  return ({ status, message, reason }) => {
    if (reason === 'unreachable') return t('common:failure.unreachable');
    if (reason === 'broken') return t('failure.broken');
    if (message === '') return t('failure.status', { status });
    return status === 200 ? t('failure.midway', { message }) : t('failure.refused', { status, message });
  };
}
