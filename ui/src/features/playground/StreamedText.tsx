/** Markdown that grows: only its last block is drawn again, so that a long answer costs no more than a short one. */
import { memo } from 'react';
import { Markdown } from '../../kit/Markdown';
import { blocksOf } from './blocks';

const Block = memo(Markdown);

export function StreamedText({ text, growing }: { text: string; growing: boolean }) {
  return (
    <div className="flex min-w-0 flex-col gap-8">
      {blocksOf(text).map((block, at) => (
        // Blocks have no identity but their place, and only the last one changes.
        // oxlint-disable-next-line react/no-array-index-key
        <Block key={at} text={block} />
      ))}
      {growing && <span aria-hidden="true" className="h-[3px] w-12 bg-accent-fill" />}
    </div>
  );
}
