/** What became of each account that was to be imported. */
import { useTranslation } from 'react-i18next';
import { sentenceOf } from '../../api/sentence';
import type { ImportReport } from '../../api/types/ImportReport';
import { StatusShape } from '../../kit/Status';
import { WithCode } from '../../kit/WithCode';

/** The report on one text or file; `problem` where it could not be read at all. */
export interface Imported extends ImportReport {
  file: string | null;
  problem: string | null;
}

interface Line {
  id: string;
  ok: boolean;
  text: string;
}

export function ImportResult({ results }: { results: readonly Imported[] }) {
  const { t } = useTranslation('providers');
  const added = results.reduce((sum, result) => sum + result.added.length, 0);
  const linesOf = ({ added: ids, refused, problem }: Imported): Line[] => {
    if (problem !== null) return [{ id: 'problem', ok: false, text: problem }];
    const failed = new Map(refused.map((refusal) => [refusal.index, sentenceOf(refusal)]));
    const names = ids.map(({ id }) => id);
    // Those that were taken keep their order between those that were not.
    return Array.from({ length: names.length + failed.size }, (_, index) => {
      const why = failed.get(index);
      const number = index + 1;
      if (why !== undefined)
        return { id: `${number}`, ok: false, text: t('import.refused', { number, why }) };
      return { id: `${number}`, ok: true, text: t('import.added', { number, account: names.shift() ?? '' }) };
    });
  };
  return (
    <div className="flex flex-col gap-12 pr-8">
      <p role="status" className="font-medium">
        {t('import.result', { count: added })}
      </p>
      {results.map((result) => (
        <section key={result.file ?? ''} aria-label={result.file ?? t('import.text')}>
          {result.file !== null && (
            <h3 className="truncate border-b border-line-1 pb-2 font-mono text-12 text-text-2">
              {result.file}
            </h3>
          )}
          <ul>
            {linesOf(result).map(({ id, ok, text }) => (
              <li key={id} className="flex min-h-row items-center gap-8 border-b border-line-1 py-4">
                <StatusShape kind={ok ? 'ok' : 'failed'} />
                <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                  <WithCode text={text} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
