/** A question or a short form over the page. Focus goes in, stays in, and returns to the opener. */
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { AlertDialog, Dialog as Radix } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { IconButton } from './IconButton';
import { focusFirstField, useReturnFocus } from './use-return-focus';

const scrim = 'fixed inset-0 z-40 bg-scrim';
const box =
  'fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-48px)] w-[calc(100vw-48px)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-dialog bg-surface-pop shadow-dialog outline-none';
const appears = { animation: 'appear var(--normal) var(--ease-out)' };

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  /** Buttons, primary last. */
  footer?: ReactNode;
  /** Nothing is typed in it and nothing lost with it: a press beside it closes it. */
  showsOnly?: boolean;
  /** `window`: as wide as what it holds, up to the window. */
  wide?: boolean | 'window';
}

export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  showsOnly = false,
  wide = false,
}: DialogProps) {
  const { t } = useTranslation();
  const giveBack = useReturnFocus(open);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={scrim} style={appears} />
        <Radix.Content
          className={clsx(
            box,
            wide === 'window' ? 'max-w-max min-w-[280px]' : wide ? 'max-w-[720px]' : 'max-w-[520px]',
          )}
          style={appears}
          onOpenAutoFocus={focusFirstField}
          onCloseAutoFocus={giveBack}
          onInteractOutside={(event) => {
            if (!showsOnly) event.preventDefault();
          }}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <header className="flex items-start gap-12 px-20 pt-16">
            <Radix.Title className="min-w-0 flex-1 text-15 font-strong">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton name={t('action.close')} icon={<X size={16} />} size="small" />
            </Radix.Close>
          </header>
          {description !== undefined && (
            <Radix.Description className="px-20 pt-4 text-text-2">{description}</Radix.Description>
          )}
          <div className="scroll-y min-h-0 flex-1 py-16 pr-12 pl-20">{children}</div>
          {footer && (
            <footer className="flex items-center justify-end gap-8 border-t border-line-1 px-20 py-12">
              {footer}
            </footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Names the thing and the count. */
  title: string;
  children: ReactNode;
  /** Repeats the verb: "Delete 4,906 requests". */
  action: string;
  busy?: boolean;
  onConfirm: () => void;
}

/** For what cannot be undone: focus starts on Cancel, the button repeats the verb. */
export function Confirm({
  open,
  onOpenChange,
  title,
  children,
  action,
  busy = false,
  onConfirm,
}: ConfirmProps) {
  const { t } = useTranslation();
  const cancel = useRef<HTMLButtonElement>(null);
  const giveBack = useReturnFocus(open);
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={scrim} style={appears} />
        <AlertDialog.Content
          className={clsx(box, 'max-w-[440px]')}
          style={appears}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            cancel.current?.focus();
          }}
          onCloseAutoFocus={giveBack}
        >
          <AlertDialog.Title className="px-20 pt-16 text-15 font-strong">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="scroll-y pt-8 pr-12 pb-16 pl-20 text-text-2">{children}</div>
          </AlertDialog.Description>
          <footer className="flex justify-end gap-8 border-t border-line-1 px-20 py-12">
            <AlertDialog.Cancel asChild>
              <Button ref={cancel}>{t('action.cancel')}</Button>
            </AlertDialog.Cancel>
            <Button variant="danger-filled" busy={busy} onClick={onConfirm}>
              {action}
            </Button>
          </footer>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
