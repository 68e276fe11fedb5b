/** How the scripted provider cuts what it streams: a text behind its blanks, arguments where no word ends. */

export const words = (text) => (text ? text.split(/(?<= )/) : []);

export function pieces(call) {
  const whole = JSON.stringify(call.arguments);
  return [whole.slice(0, 2), whole.slice(2, -3), whole.slice(-3)];
}

/** The texts of a content that is a text or a list of parts. */
export const textOf = (content) =>
  typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');

/** What every answer costs, so that a test can name it. */
export const cost = { input: 42, output: 7 };

/** The first key of `given` that is not in `known`. */
export const stranger = (given, known) => Object.keys(given ?? {}).find((key) => !known.includes(key));

export const frame = (data, event) =>
  `${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
