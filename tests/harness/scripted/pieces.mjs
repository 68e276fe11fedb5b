/** How the scripted provider cuts what it streams: a text behind its blanks, arguments where no word ends. */

import { randomBytes } from 'node:crypto';

export const words = (text) => (text ? text.split(/(?<= )/) : []);

export const cut = (whole) => [whole.slice(0, 2), whole.slice(2, -3), whole.slice(-3)];

/** The arguments of a call, or the free text of one that takes such. */
export const pieces = (call) => cut(call.custom ? call.arguments.input : JSON.stringify(call.arguments));

/** The texts of a content that is a text or a list of parts. */
export const textOf = (content) =>
  typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');

/** What a data URL holds. */
export const dataOf = (url) => url.replace(/^data:[^,]*,/, '');

/** Ids are never the same twice: clients know messages by them. */
export const newId = (kind) => `${kind}_${randomBytes(8).toString('hex')}`;

/** What every answer costs, so that a test can name it. */
export const cost = { input: 42, output: 7 };

/** The first key of `given` that is not in `known`. */
export const stranger = (given, known) => Object.keys(given ?? {}).find((key) => !known.includes(key));

export const frame = (data, event) =>
  `${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

/** Whether a schema has a type that JSON schema does not know, like `OBJECT`. */
export const shouts = (schema) => /"type":"[A-Z]/.test(JSON.stringify(schema ?? null));
