/**
 * The answer that is coming: one at a time, and it goes on while another screen is shown. The screen sees it at most
 * every 50 ms, because drawing Markdown takes longer than a token.
 */
import { create } from 'zustand';
import { type Answer, beforeLastQuestion, type ToolResult, type Turn } from '../../protocols/conversation';
import { compose, composeNext, type Obstacle, withComposer } from './compose';
import { useDraft } from './draft';
import { exchange } from './exchange';

interface Run {
  answer: Answer | null;
}

export const useRun = create<Run>()(() => ({ answer: null }));

const drawEveryMs = 50;

let controller: AbortController | null = null;

/** Sends what stands in the composer. Returns what is in the way, if anything. */
export function send(upstreamModel: string | null): Obstacle | null {
  const draft = useDraft.getState();
  const { obstacle } = composeNext(draft, upstreamModel);
  if (obstacle) return obstacle;
  return start(withComposer(draft), upstreamModel, { text: '', pictures: [] });
}

/** Sends the results of the waiting tool calls. */
export function sendResults(results: ToolResult[], upstreamModel: string | null): Obstacle | null {
  const turn: Turn = { kind: 'results', id: crypto.randomUUID(), results };
  return start([...useDraft.getState().turns, turn], upstreamModel);
}

/** Asks again for the last answer, which goes away. */
export function retry(upstreamModel: string | null): Obstacle | null {
  const { turns } = useDraft.getState();
  const kept = turns.at(-1)?.kind === 'answer' ? turns.slice(0, -1) : turns;
  return start(kept, upstreamModel);
}

/** Takes the last question back into the composer, with everything after it gone. */
export function editLast(): void {
  const found = beforeLastQuestion(useDraft.getState().turns);
  if (!found || controller) return;
  const [turns, { text, pictures }] = found;
  useDraft.setState({ turns, text, pictures: pictures.filter(({ data }) => data !== '') });
}

export function stop(): void {
  controller?.abort();
}

/** Ends the answer that is coming without keeping it: its conversation goes. */
export function discard(): void {
  stop();
  controller = null;
  useRun.setState({ answer: null });
}

function start(
  turns: Turn[],
  upstreamModel: string | null,
  change: Partial<ReturnType<typeof useDraft.getState>> = {},
): Obstacle | null {
  if (controller) return null;
  const draft = useDraft.getState();
  const { request, obstacle } = compose(draft, turns, upstreamModel);
  if (obstacle) return obstacle;
  useDraft.setState({ ...change, turns, results: {} });
  const { protocol } = draft;
  const { model, stream, body } = request;
  controller = new AbortController();
  const sent = { protocol, model, stream, body: JSON.stringify(body), signal: controller.signal };
  void follow(sent);
  return null;
}

async function follow(sent: Parameters<typeof exchange>[0]): Promise<void> {
  let newest: Answer | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isDiscarded = () => controller?.signal !== sent.signal;
  const draw = () => {
    timer = undefined;
    if (!isDiscarded()) useRun.setState({ answer: newest });
  };
  const answer = await exchange(sent, (next) => {
    const first = newest === null;
    newest = next;
    if (first) draw();
    else timer ??= setTimeout(draw, drawEveryMs);
  });
  clearTimeout(timer);
  if (isDiscarded()) return;
  controller = null;
  // In one go, so that the answer is never on the screen twice or not at all.
  useDraft.setState(({ turns }) => ({ turns: [...turns, answer] }));
  useRun.setState({ answer: null });
}
