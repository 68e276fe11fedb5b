/** Fields whose button stands elsewhere, as a dialog's does: Enter in any of them is that button. */
import type { ReactNode } from 'react';

interface FormProps {
  onSubmit: () => void;
  className?: string;
  children: ReactNode;
}

export function Form({ onSubmit, className, children }: FormProps) {
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      {/* Browsers send a form of several fields by Enter only where it has a button of its own. */}
      <input type="submit" hidden value="" aria-hidden="true" tabIndex={-1} />
    </form>
  );
}
