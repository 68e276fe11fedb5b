/** Markdown that grows: only its last block is drawn again, so that a long answer costs no more than a short one. */
import { clsx } from 'clsx';
import { memo } from 'react';
import { Markdown } from '../../kit/Markdown';
import { blocksOf, fenced } from './blocks';

const Block = memo(Markdown);

/** Stands after the last word and takes no line of its own, so that nothing moves when it goes. */
const caret =
  "[&>div:last-child>p:last-child]:after:ml-2 [&>div:last-child>p:last-child]:after:inline-block [&>div:last-child>p:last-child]:after:h-[13px] [&>div:last-child>p:last-child]:after:w-6 [&>div:last-child>p:last-child]:after:bg-accent-fill [&>div:last-child>p:last-child]:after:align-[-2px] [&>div:last-child>p:last-child]:after:content-['']";

export function StreamedText({ text, growing }: { text: string; growing: boolean }) {
  return (
    <div className={clsx('flex min-w-0 flex-col gap-8', growing && caret)}>
      {blocksOf(fenced(text, growing)).map((block, at) => (
        // Blocks have no identity but their place, and only the last one changes.
        // oxlint-disable-next-line react/no-array-index-key
        <Block key={at} text={block} />
      ))}
    </div>
  );
}
