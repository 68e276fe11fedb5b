/** What the programs in all protocols share. */
import type { Json } from './json';
import { literal, python } from './literals';
import type { Request } from './wire';

export const placeholder = 'YOUR_ACCESS_KEY';

/** A request as a program on the protocol's official SDK; `origin` is the server's address. */
export interface Programs {
  python(origin: string, request: Request): string;
  typescript(origin: string, request: Request): string;
}

/** `model="…",` lines of a Python call. */
export function pythonArguments(body: Json): string {
  return Object.entries(body)
    .map(([name, value]) => `    ${name}=${literal(value, python, 1)},\n`)
    .join('');
}
