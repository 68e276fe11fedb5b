/** The server's state as a shape and a word. */
import type { ServerState } from '../api/types/ServerState';
import type { StatusKind } from '../kit/Status';

/** `unknown` until the first answer, and while nobody answers. */
export type ServerWord = ServerState['state'] | 'unknown';

export const serverShapes: Record<ServerWord, StatusKind> = {
  running: 'ok',
  stopped: 'idle',
  starting: 'running',
  stopping: 'running',
  failed: 'failed',
  unknown: 'attention',
};
