/** The alias table and its one way to change: whole, at once on the screen, and back again when it is refused. */
import { useIsMutating, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client';
import { queries } from '../../api/queries';
import type { AliasTable } from '../../api/types/AliasTable';

const { queryKey } = queries.aliases;
const mutationKey = ['change-aliases'];

export function useAliasTable() {
  const cache = useQueryClient();
  // What the server has is behind the screen until it has taken the last change.
  const changing = useIsMutating({ mutationKey }) > 0;
  const query = useQuery({ ...queries.aliases, enabled: !changing });
  const isLast = () => cache.isMutating({ mutationKey }) === 1;
  const change = useMutation({
    mutationKey,
    // One after the other: each is a whole table, and the last one made is the one that stays.
    scope: { id: 'aliases' },
    mutationFn: (table: AliasTable) => api.put<AliasTable>('/admin/aliases', table),
    onMutate: async (table) => {
      await cache.cancelQueries({ queryKey });
      const before = cache.getQueryData(queryKey);
      cache.setQueryData(queryKey, table);
      return before;
    },
    onSuccess: (table) => {
      if (!isLast()) return;
      cache.setQueryData(queryKey, table);
      return Promise.all(
        [['route'], ['models']].map((stale) => cache.invalidateQueries({ queryKey: stale })),
      );
    },
    onError: (_, __, before) => {
      if (!isLast()) return;
      if (before) cache.setQueryData(queryKey, before);
      // Some of those before it may have been refused as well.
      void cache.invalidateQueries({ queryKey });
    },
  });
  /** The table of this moment, also for who was drawn with an earlier one. */
  const present = () => cache.getQueryData(queryKey);
  return { query, change, present };
}
