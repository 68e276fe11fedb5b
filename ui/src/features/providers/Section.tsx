/** A titled part of a provider's detail, with a quiet fact and an action at the end of the line. */
import type { ReactNode } from 'react';

interface SectionProps {
  title: string;
  note?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

export function Section({ title, note, action, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <header className="flex min-h-[28px] items-center gap-8 border-b border-line-2 pb-4">
        <h3 className="font-strong">{title}</h3>
        <span className="min-w-0 flex-1 truncate text-12 text-text-3">{note}</span>
        {/* The words of a ghost button end where the content ends. */}
        {action !== undefined && <span className="-mr-8 flex shrink-0">{action}</span>}
      </header>
      {children}
    </section>
  );
}
