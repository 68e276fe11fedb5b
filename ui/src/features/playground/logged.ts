/** Begins from a request in the log: the draft that would send it again. */
import type { ExchangeDetail } from '../../api/types/ExchangeDetail';
import { anthropicLog } from '../../protocols/anthropic/logged';
import { clientProtocols } from '../../protocols/conversation';
import { geminiLog } from '../../protocols/gemini/logged';
import { list, parsed, record, string } from '../../protocols/json';
import { type LogReader, typed } from '../../protocols/logged';
import { ollamaLog } from '../../protocols/ollama/logged';
import { openaiLog } from '../../protocols/openai_chat/logged';
import { responsesLog } from '../../protocols/openai_responses/logged';
import { type Draft, newDraft } from './draft';

/** `whole` is false if the log does not have all of the body, or it is in a protocol that is not spoken here. */
export function draftOf({ client_request, summary }: ExchangeDetail): {
  draft: Partial<Draft>;
  whole: boolean;
} {
  const protocol = clientProtocols.find((one) => one === client_request.protocol);
  const model = summary.requested_model ?? '';
  const { body } = client_request;
  const read = protocol && body && !body.truncated ? readBody(protocol, parsed(body.text), model) : null;
  // There the address says it, not the body.
  if (read?.parameters && protocol === 'gemini') read.parameters.stream = summary.stream;
  if (read) return { draft: read, whole: true };
  return { draft: { ...(protocol && { protocol }), ...(model !== '' && { model }) }, whole: false };
}

const readers: Record<Draft['protocol'], LogReader> = {
  openai_chat: openaiLog,
  openai_responses: responsesLog,
  anthropic: anthropicLog,
  gemini: geminiLog,
  ollama: ollamaLog,
};

export function readBody(
  protocol: Draft['protocol'],
  json: unknown,
  fallbackModel: string,
): Partial<Draft> | null {
  const body = record(json);
  const read = readers[protocol](body);
  if (!read) return null;
  const last = read.turns.at(-1);
  const asks = last?.kind === 'question';
  const tools = read.tools ?? list(body['tools']);
  return {
    protocol,
    model: string(body['model']) || fallbackModel,
    instructions: read.instructions,
    turns: asks ? read.turns.slice(0, -1) : read.turns,
    text: asks ? last.text : '',
    pictures: asks ? last.pictures : [],
    tools: tools.length === 0 ? '' : JSON.stringify(tools, null, 2),
    schema: read.schema === undefined ? '' : JSON.stringify(read.schema, null, 2),
    schemaOn: read.schema !== undefined,
    parameters: {
      ...newDraft.parameters,
      temperature: typed(body['temperature']),
      topP: typed(body['top_p']),
      stream: body['stream'] === true,
      ...read.parameters,
    },
  };
}
