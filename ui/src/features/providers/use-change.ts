/** A change of providers or accounts: told to the server, then everything it touches is read again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { configKeys } from '../../api/queries';

export function useChange<Input, Answer>(run: (input: Input) => Promise<Answer>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: run,
    // A key may be among what it is told: it is not kept any longer than its dialog.
    gcTime: 0,
    onSuccess: () => Promise.all(configKeys.map((key) => cache.invalidateQueries({ queryKey: [key] }))),
  });
}
