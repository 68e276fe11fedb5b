/** The names that the filter can mean: from today's figures, the set-up, and the rows that are loaded. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queries } from '../../api/queries';
import type { ExchangeSummary } from '../../api/types/ExchangeSummary';
import { protocols } from '../../protocols';
import type { KnownNames } from './filter';

/** Names change seldom; the newest rows have nearly all of them. */
const looked = 500;

export function useKnownNames(rows: readonly ExchangeSummary[] | undefined): KnownNames {
  const { data: overview } = useQuery(queries.overview);
  const { data: providers } = useQuery(queries.providers);
  return useMemo(() => {
    const newest = rows?.slice(0, looked) ?? [];
    return {
      client: names(
        overview?.patches.map(({ client }) => client),
        newest.map(({ client }) => client),
      ),
      provider: names(
        providers?.map(({ id }) => id),
        newest.map(({ provider }) => provider),
      ),
      model: names(newest.flatMap((row) => [row.requested_model, row.upstream_model])),
      protocol: protocols,
    };
  }, [rows, overview, providers]);
}

function names(...lists: ((string | null)[] | undefined)[]): string[] {
  const all = lists.flatMap((list) => list ?? []).filter((name): name is string => name !== null);
  return [...new Set(all)].toSorted((a, b) => a.localeCompare(b));
}
