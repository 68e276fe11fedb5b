/** Cache, router and live events around the frame. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiFailure } from './api/client';
import { followLive } from './api/live';
import { TooltipProvider } from './kit/Tooltip';
import { createPageRouter } from './routes';

export function createCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Live events say what changed; nothing goes stale by time.
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        networkMode: 'always',
        // A request the server answered will be answered the same way again.
        retry: (failures, error) => failures < 2 && !(error instanceof ApiFailure && error.status !== 0),
      },
      mutations: { networkMode: 'always' },
    },
  });
}

export function App() {
  const [cache] = useState(createCache);
  const [router] = useState(createPageRouter);
  useEffect(() => followLive(cache), [cache]);
  return (
    <QueryClientProvider client={cache}>
      <TooltipProvider delayDuration={500}>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>
  );
}
