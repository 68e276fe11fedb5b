/** Copies a text; the icon becomes a check for 1.2 s and a screen reader hears "Copied". */
import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, type ButtonProps } from './Button';
import { IconButton } from './IconButton';

/** How a text gets on the clipboard; the page's host knows. */
export type CopyText = (text: string) => Promise<void>;

let copyText: CopyText = (text) => navigator.clipboard.writeText(text);

/** Set once by the page, because the kit knows no host. */
export function setCopyText(copy: CopyText): void {
  copyText = copy;
}

/** `[copied, copy]`: `copied` is true for 1.2 s after each copy. */
export function useCopy(): [boolean, (text: string) => void] {
  const [copies, setCopies] = useState(0);
  useEffect(() => {
    if (copies === 0) return;
    const timer = setTimeout(() => setCopies(0), 1200);
    return () => clearTimeout(timer);
  }, [copies]);
  const copy = (text: string) => {
    copyText(text).then(
      () => setCopies((count) => count + 1),
      () => undefined,
    );
  };
  return [copies > 0, copy];
}

interface CopyButtonProps {
  /** What is copied; a function is asked when it is needed. */
  text: string | (() => string);
  /** The accessible name and tooltip: "Copy base URL". */
  name: string;
  /** With a label it is a whole button; without, an icon. */
  label?: ReactNode;
  variant?: ButtonProps['variant'];
  size?: 'normal' | 'small';
  keys?: string;
  autoFocus?: boolean;
}

export function CopyButton({
  text,
  name,
  label,
  variant,
  size = 'normal',
  keys,
  autoFocus,
}: CopyButtonProps) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  const icon = copied ? <Check size={14} /> : <Copy size={14} />;
  const onClick = () => copy(typeof text === 'string' ? text : text());
  return (
    <>
      {label === undefined ? (
        <IconButton
          name={name}
          icon={icon}
          size={size}
          onClick={onClick}
          {...(keys === undefined ? {} : { keys })}
        />
      ) : (
        <Button
          variant={variant ?? 'default'}
          size={size}
          icon={icon}
          onClick={onClick}
          autoFocus={autoFocus}
        >
          {label}
        </Button>
      )}
      <span aria-live="polite" className="sr-only">
        {copied ? t('action.copied') : ''}
      </span>
    </>
  );
}
