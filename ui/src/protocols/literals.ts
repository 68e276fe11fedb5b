/** JSON values as literals of a programming language. */

export interface Syntax {
  indent: string;
  words: { true: string; false: string; null: string };
  string(text: string): string;
  key(name: string): string;
}

export const python: Syntax = {
  indent: '    ',
  words: { true: 'True', false: 'False', null: 'None' },
  // Every escape of a JSON string means the same in Python.
  string: (text) => JSON.stringify(text),
  key: (name) => JSON.stringify(name),
};

const quotes = /^"(.*)"$/s;

export const typescript: Syntax = {
  indent: '  ',
  words: { true: 'true', false: 'false', null: 'null' },
  string: (text) =>
    `'${JSON.stringify(text).replace(quotes, '$1').replaceAll(String.raw`\"`, '"').replaceAll("'", String.raw`\'`)}'`,
  key: (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : typescript.string(name)),
};

/** Short lists and objects stand on one line. */
const lineWidth = 72;

export function literal(value: unknown, syntax: Syntax, depth = 0): string {
  if (typeof value === 'string') return syntax.string(value);
  if (typeof value === 'boolean') return syntax.words[value ? 'true' : 'false'];
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return syntax.words.null;
  const isList = Array.isArray(value);
  const entries = isList
    ? value.map((entry) => literal(entry, syntax, depth + 1))
    : Object.entries(value).map(
        ([name, entry]) => `${syntax.key(name)}: ${literal(entry, syntax, depth + 1)}`,
      );
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) return open + close;
  const flat = entries.join(', ');
  const padding = !isList && syntax === typescript ? ' ' : '';
  const short = depth > 0 && flat.length <= lineWidth && !flat.includes('\n');
  if (short) return `${open}${padding}${flat}${padding}${close}`;
  const inner = syntax.indent.repeat(depth + 1);
  return `${open}\n${entries.map((entry) => `${inner}${entry},\n`).join('')}${syntax.indent.repeat(depth)}${close}`;
}
