/** The request that Send would send, as a program: curl, or the official SDKs in Python and TypeScript. */
import type { ClientProtocol } from '../../protocols';
import { placeholder } from '../../protocols/programs';
import { speakers } from '../../protocols/speakers';
import type { Request } from '../../protocols/wire';

export type CodeForm = 'curl' | 'python' | 'typescript';

export const codeForms: readonly CodeForm[] = ['curl', 'python', 'typescript'];

/** `address` is host and port. */
export function codeFor(form: CodeForm, protocol: ClientProtocol, address: string, request: Request): string {
  const origin = `http://${address}`;
  return form === 'curl' ? curl(origin, request) : speakers[protocol].programs[form](origin, request);
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
