/** Gives the focus back to what had it when a dialog opened, which need not be the dialog's own button. */
import { useState } from 'react';

/** For `onCloseAutoFocus` of a dialog that is `open`. */
export function useReturnFocus(open: boolean): (event: Event) => void {
  const [opener, setOpener] = useState<Element | null>(null);
  const [wasOpen, setWasOpen] = useState(false);
  // While rendering, because a field with autofocus takes the focus before any effect runs.
  if (open !== wasOpen) {
    setWasOpen(open);
    if (open) setOpener(document.activeElement);
  }
  return (event) => {
    event.preventDefault();
    const there = opener?.isConnected === true && opener !== document.body;
    const target = there ? opener : document.querySelector('main');
    if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  };
}

/** For `onOpenAutoFocus`: the first field, else the dialog itself, never its Close button. */
export function focusFirstField(event: Event): void {
  const dialog = event.currentTarget;
  if (!(dialog instanceof HTMLElement)) return;
  event.preventDefault();
  if (dialog.contains(document.activeElement)) return;
  const field = dialog.querySelector<HTMLElement>('input, textarea, [role="combobox"]') ?? dialog;
  field.focus({ preventScroll: true });
}
