/** Starts and stops the server; the answer is the new state. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import { queries } from '../api/queries';
import type { ServerState } from '../api/types/ServerState';

export function useServer() {
  const cache = useQueryClient();
  const onSuccess = (server: ServerState) => {
    cache.setQueryData(queries.status.queryKey, (status) => status && { ...status, server });
    return cache.invalidateQueries({ queryKey: queries.status.queryKey });
  };
  const start = useMutation({
    mutationFn: (address: string | null) => api.post<ServerState>('/admin/server/start', { address }),
    onSuccess,
  });
  const stop = useMutation({ mutationFn: () => api.post<ServerState>('/admin/server/stop'), onSuccess });
  return { start, stop };
}
