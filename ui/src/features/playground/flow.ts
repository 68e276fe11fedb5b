/** How the parts of an answer are read: some protocols cut a text into blocks where it cites. */
import type { Answer, AnswerPart } from '../../protocols/conversation';
import { speakers } from '../../protocols/speakers';

/** The parts, with blocks of text that follow each other directly as one. */
export function flowing({ protocol, parts }: Pick<Answer, 'parts' | 'protocol'>): AnswerPart[] {
  if (!speakers[protocol].cutsTexts) return parts;
  const read: AnswerPart[] = [];
  let lastBlock = '';
  for (const part of parts) {
    const before = read.at(-1);
    // A block of another kind, such as a search, takes a number of its own although it is not shown.
    const goesOn = Number(part.key) === Number(lastBlock) + 1;
    if (part.kind === 'text' && before?.kind === 'text' && goesOn) {
      read[read.length - 1] = { ...before, text: before.text + part.text };
    } else read.push(part);
    lastBlock = part.key;
  }
  return read;
}
