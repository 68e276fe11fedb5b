/** The model that was asked for and, where there is room, the one that answered if it is another. */
import type { ExchangeSummary } from '../api/types/ExchangeSummary';
import { unknown } from '../format';

export function ModelRoute({ row }: { row: ExchangeSummary }) {
  const { requested_model: asked, upstream_model: used } = row;
  return (
    <span className="font-mono text-12" title={[asked, used].filter(Boolean).join(' → ')}>
      {asked ?? used ?? unknown}
      {asked !== null && used !== null && asked !== used && (
        <span className="text-text-3 @max-[720px]/list:hidden">{` → ${used}`}</span>
      )}
    </span>
  );
}
