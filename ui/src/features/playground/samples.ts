/** Three first prompts that the built-in echo can answer: a picture, a tool, a schema. */
import type { Picture } from '../../protocols/conversation';
import { type Draft, newDraft } from './draft';

export type SampleName = 'picture' | 'tool' | 'schema';

export const sampleNames: readonly SampleName[] = ['picture', 'tool', 'schema'];

/** A line that rises. */
const data = [
  'iVBORw0KGgoAAAANSUhEUgAAAGAAAAA8CAMAAACuCk+GAAAACVBMVEX09vcPa3Owur5BN7+eAAAAc0lEQVR42u3XUQ5AUAxE',
  '0Y79L5qInyfla26kMncBB40XVZVSGpyE4mcozvgi9bk4O3T6jbl89jip4sePHz/+l34P2fyHz6DL1xrjN+uCyb+Npn8WG2/f',
  'HV4ch8+uODQ//PaHTwffYI8r5K/4721UGW2a0Q5ZBgGm0PfAvAAAAABJRU5ErkJggg==',
].join('');

const picture: Picture = {
  id: 'sample',
  name: 'latency.png',
  mediaType: 'image/png',
  data,
  bytes: 193,
  width: 96,
  height: 60,
};

export const sampleTool = {
  name: 'get_weather',
  description: 'The weather in a city, now.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', examples: ['Oslo'] } },
    required: ['city'],
  },
};

export const sampleSchema = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    population: { type: 'integer' },
    landmarks: { type: 'array', items: { type: 'string' } },
  },
  required: ['city', 'population', 'landmarks'],
  additionalProperties: false,
};

const pretty = (value: unknown) => JSON.stringify(value, null, 2);

const tools = pretty([sampleTool]);
const schema = pretty(sampleSchema);

/** What is left over from a sample: it goes with its conversation, unless the person has changed it. */
export function leftOver(draft: Draft): Partial<Draft> {
  return {
    ...(draft.tools === tools && { tools: '' }),
    ...(draft.schema === schema && { schema: '', schemaOn: false }),
  };
}

/** What the person wrote and a sample takes the place of; null if that is nothing. */
export function overwritten(draft: Draft): Partial<Draft> | null {
  const { model, text, pictures, tools, schema, schemaOn } = { ...draft, ...leftOver(draft) };
  const isWritten = pictures.length > 0 || [text, tools, schema].some((written) => written.trim() !== '');
  return isWritten ? { model, text, pictures, tools, schema, schemaOn } : null;
}

/** The draft that `text` is sent with. */
export function sampleDraft(name: SampleName, text: string): Partial<Draft> {
  return {
    model: newDraft.model,
    text,
    pictures: name === 'picture' ? [{ ...picture, id: crypto.randomUUID() }] : [],
    tools: name === 'tool' ? tools : '',
    schema: name === 'schema' ? schema : '',
    schemaOn: name === 'schema',
  };
}
