/** Where a request for the chosen model would go now. */
import { useTranslation } from 'react-i18next';
import { sentenceOf } from '../../api/sentence';
import type { RouteReport } from '../../api/types/RouteReport';
import { WithCode } from '../../kit/WithCode';
import { PatchLine } from '../../protocols/PatchLine';
import { useDraft } from './draft';

export function RouteSection({ route }: { route: RouteReport | undefined }) {
  const { t } = useTranslation('playground');
  const protocol = useDraft((draft) => draft.protocol);
  const target = route?.targets[0];
  return (
    // The room of two lines is kept while the answer is on its way.
    <div className="flex min-h-[42px] flex-col gap-4 text-12 text-text-2">
      {route && (
        <>
          <span className="flex items-center gap-8">
            <PatchLine from={protocol} to={target?.protocol ?? null} />
            {target && t(target.pass_through ? 'route.through' : 'route.translated')}
          </span>
          <span className="[overflow-wrap:anywhere]">
            {target && [target.provider, target.model].join('/')}
            {!target && route.refusal !== null && (
              <WithCode text={sentenceOf({ message: route.refusal, wording: route.wording })} />
            )}
            {target?.account != null && <span className="text-text-3">, {target.account}</span>}
          </span>
          {target?.problem != null && (
            <span className="text-warn-ink">
              <WithCode text={sentenceOf({ message: target.problem, wording: target.wording })} />
            </span>
          )}
        </>
      )}
    </div>
  );
}
