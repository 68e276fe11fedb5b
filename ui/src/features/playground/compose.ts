/** Makes the request out of the draft, or says what is missing. */
import { type Turn, waitingCalls } from '../../protocols/conversation';
import { readParameters } from '../../protocols/parameters';
import { speakers } from '../../protocols/speakers';
import type { Request } from '../../protocols/wire';
import type { Draft } from './draft';
import { readSchema, readTools } from './tools';

/** Why nothing can be sent, as a key of `playground:cannot`. */
export type Obstacle = 'model' | 'nothing' | 'results' | 'tools' | 'schema' | 'parameters';

export type Composed = { request: Request; obstacle: null } | { request: null; obstacle: Obstacle };

/** The request for `turns`, which end with what the person says. */
export function compose(draft: Draft, turns: readonly Turn[], upstreamModel: string | null): Composed {
  const model = draft.model.trim();
  if (model === '') return not('model');
  const tools = readTools(draft.tools);
  if (tools.problem) return not('tools');
  const schema = draft.schemaOn ? readSchema(draft.schema) : { value: null, problem: null };
  if (schema.problem) return not('schema');
  const parameters = readParameters(draft.parameters);
  if (!parameters) return not('parameters');
  if (turns.length === 0) return not('nothing');
  const wire = speakers[draft.protocol].wire;
  const body = wire.body({
    model,
    upstreamModel,
    instructions: draft.instructions,
    turns,
    tools: tools.value,
    schema: schema.value,
    parameters,
  });
  return { request: { wire, model, stream: parameters.stream, body }, obstacle: null };
}

/** The conversation with what stands in the composer said. */
export function withComposer({ turns, text, pictures }: Draft): Turn[] {
  if (text.trim() === '' && pictures.length === 0) return turns;
  return [...turns, { kind: 'question', id: crypto.randomUUID(), text, pictures }];
}

/** The request that Send would send. */
export function composeNext(draft: Draft, upstreamModel: string | null): Composed {
  if (waitingCalls(draft.turns).length > 0) return not('results');
  const turns = withComposer(draft);
  if (turns === draft.turns) return not('nothing');
  return compose(draft, turns, upstreamModel);
}

function not(obstacle: Obstacle): Composed {
  return { request: null, obstacle };
}
