/** One line of text, or several. Enter while a Chinese word is being composed does nothing. */
import { clsx } from 'clsx';
import type { ComponentProps, KeyboardEvent } from 'react';

export const inputClass = clsx(
  'min-w-0 rounded-control border border-line-3 bg-surface-1 px-8 text-text-1',
  'hover:border-text-3 focus-visible:outline-offset-0 aria-invalid:border-error-ink disabled:border-line-2 disabled:text-text-disabled',
);

interface TextInputProps extends ComponentProps<'input'> {
  /** For what a machine reads: models, keys, paths, addresses. */
  mono?: boolean;
  onEnter?: () => void;
}

export function TextInput({ mono = false, onEnter, className, onKeyDown, ...rest }: TextInputProps) {
  return (
    <input
      type="text"
      spellCheck={!mono}
      autoComplete="off"
      autoCapitalize="off"
      {...rest}
      onKeyDown={(event) => {
        onKeyDown?.(event);
        if (isComposing(event)) event.stopPropagation();
        else if (event.key === 'Enter' && onEnter) {
          event.preventDefault();
          onEnter();
        }
      }}
      className={clsx(inputClass, 'h-control', mono && 'font-mono text-12', className)}
    />
  );
}

export function TextArea({
  mono = false,
  className,
  ...rest
}: ComponentProps<'textarea'> & { mono?: boolean }) {
  return (
    <textarea
      spellCheck={!mono}
      rows={3}
      {...rest}
      className={clsx(inputClass, 'resize-y py-4', mono && 'font-mono text-12', className)}
    />
  );
}

/** Whether a key belongs to an input method. WebKit says so by the old key code only. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229;
}
