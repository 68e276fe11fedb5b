/** Why a part of an exchange is not there. */
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Message } from '../../../api/types/Message';

/** The four messages of an exchange. */
export type MessageName = 'client-request' | 'upstream-request' | 'upstream-response' | 'client-response';

/** Why there is no such message. */
export function absence(name: MessageName, { state }: ExchangeSummary) {
  if (state === 'streaming') return 'streaming';
  if (name === 'upstream-request') return 'notSent';
  return name === 'upstream-response' ? 'noAnswer' : 'notAnswered';
}

/** Why a message has no body. */
export function unkept({ state, error, status }: ExchangeSummary): 'streaming' | 'unkept' | 'unkeptFailed' {
  if (state === 'streaming') return 'streaming';
  return error !== null || (status ?? 0) >= 400 ? 'unkeptFailed' : 'unkept';
}

/** The client sent a body, and was refused before anybody read it. */
export function isUnread({ bytes, headers }: Message): boolean {
  const said = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  return bytes === 0 && Number(said) > 0;
}
