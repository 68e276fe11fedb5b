/** The alias table and its one way to change: whole, at once on the screen, and back again when it is refused. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client';
import { queries } from '../../api/queries';
import type { AliasTable } from '../../api/types/AliasTable';

export function useAliasTable() {
  const cache = useQueryClient();
  const query = useQuery(queries.aliases);
  const { queryKey } = queries.aliases;
  const change = useMutation({
    mutationFn: (table: AliasTable) => api.put<AliasTable>('/admin/aliases', table),
    onMutate: async (table) => {
      await cache.cancelQueries({ queryKey });
      const before = cache.getQueryData(queryKey);
      cache.setQueryData(queryKey, table);
      return before;
    },
    onSuccess: (table) => {
      cache.setQueryData(queryKey, table);
      return Promise.all(
        [['route'], ['models']].map((stale) => cache.invalidateQueries({ queryKey: stale })),
      );
    },
    onError: (_, __, before) => {
      if (before) cache.setQueryData(queryKey, before);
    },
  });
  /** The table of this moment, also for who was drawn with an earlier one. */
  const present = () => cache.getQueryData(queryKey);
  return { query, change, present };
}
