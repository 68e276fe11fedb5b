/** The address clients are pointed at, from the server's state. */
import { useQuery } from '@tanstack/react-query';
import { queries } from '../api/queries';
import type { Status } from '../api/types/Status';

/** Host and port: where it listens, or would. */
export function addressOf(status: Status | undefined): string {
  if (!status) return '';
  return status.server.state === 'running' ? status.server.address : status.address;
}

/** `http://127.0.0.1:7229`; empty until known. */
export function useOrigin(): string {
  const { data } = useQuery(queries.status);
  const address = addressOf(data);
  return address === '' ? '' : `http://${address}`;
}

/** `http://127.0.0.1:7229/v1`, the form that OpenAI clients want; empty until known. */
export function useBaseUrl(): string {
  const origin = useOrigin();
  return origin === '' ? '' : `${origin}/v1`;
}
