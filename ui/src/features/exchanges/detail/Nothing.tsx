/** Why a view has nothing to show; it fills the view, so that what is pinned under it stays there. */
import type { ReactNode } from 'react';
import { EmptyState } from '../../../kit/EmptyState';

interface NothingProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

export function Nothing(props: NothingProps) {
  return (
    <div className="scroll-y min-h-0 flex-1">
      <EmptyState {...props} />
    </div>
  );
}
