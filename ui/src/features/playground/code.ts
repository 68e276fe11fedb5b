/** The request that Send would send, as a program: curl, or the official SDKs in Python and TypeScript. */
import { anthropicPrograms } from '../../protocols/anthropic/programs';
import type { ClientProtocol } from '../../protocols/conversation';
import { geminiPrograms } from '../../protocols/gemini/programs';
import { ollamaPrograms } from '../../protocols/ollama/programs';
import { openaiPrograms } from '../../protocols/openai_chat/programs';
import { responsesPrograms } from '../../protocols/openai_responses/programs';
import { type Programs, placeholder } from '../../protocols/programs';
import type { Request } from './compose';

export type CodeForm = 'curl' | 'python' | 'typescript';

export const codeForms: readonly CodeForm[] = ['curl', 'python', 'typescript'];

const programs: Record<ClientProtocol, Programs> = {
  openai_chat: openaiPrograms,
  openai_responses: responsesPrograms,
  anthropic: anthropicPrograms,
  gemini: geminiPrograms,
  ollama: ollamaPrograms,
};

/** `address` is host and port. */
export function codeFor(form: CodeForm, protocol: ClientProtocol, address: string, request: Request): string {
  const origin = `http://${address}`;
  return form === 'curl' ? curl(origin, request) : programs[protocol][form](origin, request);
}

function curl(origin: string, { wire, model, stream, body }: Request): string {
  const url = `${origin}${wire.path({ model, stream })}`;
  const all = { 'content-type': 'application/json', authorization: `Bearer ${placeholder}`, ...wire.headers };
  const quoted = `'${JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`)}'`;
  return [
    `curl ${stream ? '-N ' : ''}${url.includes('?') ? `'${url}'` : url}`,
    ...Object.entries(all).map(([name, value]) => `  -H '${name}: ${value}'`),
    `  -d ${quoted}`,
  ].join(' \\\n');
}
