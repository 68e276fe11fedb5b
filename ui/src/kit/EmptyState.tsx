/** One sentence what will be here, one why it is empty, one action; top left, where the content would be. */
import type { ReactNode } from 'react';

export function EmptyState({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex max-w-[560px] flex-col items-start gap-8 py-16 pr-edge pl-20">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-full text-text-2">{children}</div>}
      {action}
    </div>
  );
}
