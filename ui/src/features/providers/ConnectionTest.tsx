/** Asks the provider for its models and shows, step by step, what came of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, messageOf, withQuery } from '../../api/client';
import { queries } from '../../api/queries';
import { sentenceOf } from '../../api/sentence';
import type { TestReport } from '../../api/types/TestReport';
import { count } from '../../format';
import { Button } from '../../kit/Button';
import { StatusShape } from '../../kit/Status';
import { WithCode } from '../../kit/WithCode';

interface ConnectionTest {
  button: ReactNode;
  /** Once the button was pressed. */
  report: ReactNode;
  failed: boolean;
  /** What was tested is not what is there now. */
  forget: () => void;
}

/** `account` null means without a credential. */
export function useConnectionTest(provider: string, account: string | null): ConnectionTest {
  const { t } = useTranslation('providers');
  const cache = useQueryClient();
  const test = useMutation({
    mutationFn: () =>
      api.post<TestReport>(withQuery(`/admin/providers/${encodeURIComponent(provider)}/test`, { account })),
    // It may have found that a login has ended.
    onSettled: () => cache.invalidateQueries({ queryKey: queries.providers.queryKey }),
  });
  const button = (
    <Button
      size="small"
      icon={<RotateCw size={12} />}
      busy={test.isPending}
      aria-label={account === null ? t('test.run') : t('test.runFor', { account })}
      onClick={() => test.mutate()}
    >
      {t('test.run')}
    </Button>
  );
  const report = (
    <div aria-live="polite">
      {test.error && (
        <p className="pt-4 text-12 text-error-ink">
          <WithCode text={messageOf(test.error)} />
        </p>
      )}
      {test.data && (
        <ul className="pt-4 text-12">
          {test.data.steps.map(({ name, ok, duration_ms, ...said }) => (
            <li key={name} className="flex min-h-[22px] items-center gap-8">
              <StatusShape kind={ok ? 'ok' : 'failed'} />
              <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                <WithCode text={sentenceOf(said)} />
              </span>
              <span className="shrink-0 text-text-3 tabular">{count(duration_ms)} ms</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
  const failed = test.data?.steps.some(({ ok }) => !ok) ?? false;
  return { button, report, failed, forget: test.reset };
}
