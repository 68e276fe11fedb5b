/** Cuts Markdown where two halves mean the same alone as together; an answer that is JSON becomes a block of code. */
import { indented } from '../../protocols/json';

const fence = /^ {0,3}(`{3,}|~{3,})/;
/** What may belong to the block above it: list items, indented lines, table rows, quotes, raw HTML. */
const continues = /^(\s|[-*+>|<]|\d+[.)])/;
/** Footnotes and link definitions reach over the whole text. */
const farReaching = /^ {0,3}\[[^\]]+\]:|\[\^/m;

export function blocksOf(text: string): string[] {
  if (farReaching.test(text)) return [text];
  const blocks: string[] = [];
  let block: string[] = [];
  let open: string | null = null;
  let blank = false;
  for (const line of text.split('\n')) {
    const mark = fence.exec(line)?.[1];
    if (open === null && blank && line.trim() !== '' && !continues.test(line)) {
      blocks.push(block.join('\n').trimEnd());
      block = [];
    }
    block.push(line);
    blank = line.trim() === '' && open === null;
    if (mark === undefined) continue;
    if (open === null) open = mark;
    else if (mark.startsWith(open) && line.trim() === mark) open = null;
  }
  const rest = block.join('\n');
  return rest.trim() === '' ? blocks : [...blocks, rest];
}

/** JSON in a fence, from its first brace on; indented when it is whole. */
export function fenced(text: string, growing: boolean): string {
  if (!/^\s*[{[]\s*["{[\]}]/.test(text)) return text;
  if (growing) return `\`\`\`json\n${text}`;
  const whole = indented(text);
  return whole === null ? text : `\`\`\`json\n${whole}\n\`\`\``;
}
