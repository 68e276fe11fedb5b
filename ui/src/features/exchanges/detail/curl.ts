/** A logged request as a line for a shell, sent to Patchbay again. Credentials are not in the log, so not in it. */
import type { Message } from '../../../api/types/Message';

/** Either the command, or what is missing for it. */
export type Curl = { command: string; missing?: never } | { command?: never; missing: 'body' | 'cut' };

/** What curl writes itself, what belongs to one connection or one page, and how the body was packed: the log keeps it unpacked. */
const left = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What the log puts in the place of a secret. */
export const redacted = '…';

export function isRedacted(value: string): boolean {
  return value.trim() === redacted || value === 'redacted';
}

export function curlOf(request: Message, baseUrl: string): Curl {
  const [said = 'POST', path = '/'] = request.line.split(' ');
  // What was asked on a socket has the socket's method; alone, it is posted.
  const method = said === 'GET' && request.bytes ? 'POST' : said;
  const origin = baseUrl.replace(/\/v1$/, '');
  const hasBody = request.bytes !== 0 && method !== 'GET';
  if (hasBody && request.body === null) return { missing: 'body' };
  if (request.body?.truncated === true) return { missing: 'cut' };
  const lines = [`curl ${quote(/^https?:/.test(path) ? path : `${origin}${path}`)}`];
  if (method !== (hasBody ? 'POST' : 'GET')) lines.push(`-X ${method}`);
  for (const [name, value] of request.headers) {
    if (left.has(name.toLowerCase())) continue;
    lines.push(`-H ${quote(`${name}: ${isRedacted(value) ? placeFor(name) : value}`)}`);
  }
  if (request.body !== null && hasBody) lines.push(`--data-raw ${quote(request.body.text)}`);
  return { command: lines.join(' \\\n  ') };
}

function placeFor(name: string): string {
  return name.toLowerCase() === 'authorization' ? 'Bearer YOUR_ACCESS_KEY' : 'YOUR_ACCESS_KEY';
}

/** One word for any POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
