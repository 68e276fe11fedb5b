/** One true request through the host, and its answer event by event. */
import { readLines } from '../../api/lines';
import { readEvents } from '../../api/sse';
import { host } from '../../host';
import type { ClientProtocol } from '../../protocols';
import { after, newAnswer, readLosses } from '../../protocols/answer';
import type { Answer, AnswerFailure } from '../../protocols/conversation';
import { failureMessage, parsed } from '../../protocols/json';
import { speakers } from '../../protocols/speakers';
import { type AnswerEvent, type Wire } from '../../protocols/wire';

export interface Sent {
  protocol: ClientProtocol;
  model: string;
  stream: boolean;
  /** JSON text. */
  body: string;
  signal: AbortSignal;
}

/** Sends, and calls `each` with the answer as it grows. Never rejects: what goes wrong is in the answer. */
export async function exchange(sent: Sent, each: (answer: Answer) => void): Promise<Answer> {
  const wire = speakers[sent.protocol].wire;
  const began = performance.now();
  let answer = newAnswer(sent.protocol, sent.model);
  const change = (next: Answer) => {
    answer = next;
    each(next);
  };
  const take = (event: AnswerEvent) => {
    const first = event.kind === 'part' && answer.firstTokenMs === null;
    const next = after(answer, event);
    change(first ? { ...next, firstTokenMs: performance.now() - began } : next);
  };
  const fail = (failure: AnswerFailure) => change({ ...answer, state: 'failed', failure });
  each(answer);
  let status = 0;
  try {
    const response = await host.fetch(wire.path(sent), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...wire.headers },
      body: sent.body,
      signal: sent.signal,
    });
    status = response.status;
    change({
      ...answer,
      exchange: response.headers.get('x-patchbay-exchange'),
      losses: readLosses(response.headers.get('x-patchbay-loss')),
    });
    if (!response.ok) {
      const message = failureMessage(parsed(await response.text()));
      fail({ status, message, reason: 'refused' });
    } else await read(response, wire, take);
    if (answer.state === 'streaming') fail({ status, message: '', reason: 'broken' });
  } catch {
    if (answer.state === 'streaming') {
      if (sent.signal.aborted) change({ ...answer, state: 'stopped' });
      else fail({ status, message: '', reason: status === 0 ? 'unreachable' : 'broken' });
    }
  }
  change({ ...answer, durationMs: performance.now() - began });
  return answer;
}

async function read(response: Response, wire: Wire, take: (event: AnswerEvent) => void): Promise<void> {
  const type = response.headers.get('content-type') ?? '';
  const isLines = type.startsWith('application/x-ndjson');
  if (!isLines && !type.startsWith('text/event-stream')) {
    const whole = parsed(await response.text());
    if (whole !== undefined) for (const event of wire.whole(whole)) take(event);
    return;
  }
  const reader = wire.reader();
  await (isLines ? readLines : readEvents)(response, (event) => {
    for (const step of reader(event)) take(step);
  });
}
