/** Tools as JSON: the two usual forms, nested and flat, and the plain one are understood. */
import { list, record, string } from '../../protocols/json';
import type { Tool } from '../../protocols/wire';

/** What is wrong with a text, as a key of `playground:problem` and what it names. */
export type Problem =
  | { code: 'json'; detail: string }
  | { code: 'schemaObject' }
  | { code: 'toolObject' | 'toolName' | 'toolSchema'; index: number }
  | { code: 'toolTwice'; name: string };

export type Read<T> = { value: T; problem: null } | { value: null; problem: Problem };

const names = /^[A-Za-z0-9_-]{1,64}$/;

/** An array of tools, or one tool; an empty text is none. */
export function readTools(text: string): Read<Tool[]> {
  if (text.trim() === '') return { value: [], problem: null };
  const json = readJson(text);
  if (json.problem) return json;
  const given = Array.isArray(json.value) ? list(json.value) : [json.value];
  const tools: Tool[] = [];
  for (const [at, entry] of given.entries()) {
    const index = at + 1;
    const outer = record(entry);
    if (Object.keys(outer).length === 0) return wrong({ code: 'toolObject', index });
    const tool = record(outer['function'] ?? outer);
    const name = string(tool['name']);
    if (!names.test(name)) return wrong({ code: 'toolName', index });
    if (tools.some((other) => other.name === name)) return wrong({ code: 'toolTwice', name });
    const schema = tool['parameters'] ??
      tool['input_schema'] ??
      tool['parametersJsonSchema'] ?? { type: 'object', properties: {} };
    if (Object.keys(record(schema)).length === 0) return wrong({ code: 'toolSchema', index });
    tools.push({ name, description: string(tool['description']), schema: record(schema) });
  }
  return { value: tools, problem: null };
}

/** A JSON schema; it has to be an object. */
export function readSchema(text: string): Read<Record<string, unknown>> {
  const json = readJson(text);
  if (json.problem) return json;
  const schema = record(json.value);
  return Object.keys(schema).length === 0
    ? wrong({ code: 'schemaObject' })
    : { value: schema, problem: null };
}

function readJson(text: string): Read<unknown> {
  try {
    return { value: JSON.parse(text) as unknown, problem: null };
  } catch (error) {
    return wrong({ code: 'json', detail: error instanceof Error ? error.message : '' });
  }
}

function wrong(problem: Problem): { value: null; problem: Problem } {
  return { value: null, problem };
}
