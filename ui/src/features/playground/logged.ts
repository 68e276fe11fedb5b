/** Begins from a request in the log: the draft that would send it again. */
import type { ExchangeDetail } from '../../api/types/ExchangeDetail';
import { clientProtocols } from '../../protocols';
import { list, parsed, record, string } from '../../protocols/json';
import { typed } from '../../protocols/logged';
import { speakers } from '../../protocols/speakers';
import { type Draft, newDraft } from './draft';

/** `whole` is false if the log does not have all of the body, or it is in a protocol that is not spoken here; `left` names what has no place in a draft. */
export function draftOf({ client_request, summary }: ExchangeDetail): {
  draft: Partial<Draft>;
  whole: boolean;
  left: string[];
} {
  const protocol = clientProtocols.find((one) => one === client_request.protocol);
  const model = summary.requested_model ?? '';
  const { body } = client_request;
  const read = protocol && body && !body.truncated ? readBody(protocol, parsed(body.text), model) : null;
  if (read?.draft.parameters && protocol && speakers[protocol].streamsByAddress) {
    read.draft.parameters.stream = summary.stream;
  }
  if (read) return { ...read, whole: true };
  return { draft: { ...(protocol && { protocol }), ...(model !== '' && { model }) }, whole: false, left: [] };
}

export function readBody(
  protocol: Draft['protocol'],
  json: unknown,
  fallbackModel: string,
): { draft: Partial<Draft>; left: string[] } | null {
  const body = record(json);
  const read = speakers[protocol].readLog(body);
  if (!read) return null;
  const last = read.turns.at(-1);
  const asks = last?.kind === 'question';
  const tools = read.tools ?? list(body['tools']);
  const draft: Partial<Draft> = {
    protocol,
    model: string(body['model']) || fallbackModel,
    instructions: read.instructions,
    turns: asks ? read.turns.slice(0, -1) : read.turns,
    results: {},
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
  return { draft, left: [...new Set(read.left)] };
}
