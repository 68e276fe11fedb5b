/** A label, its control, and one line under it: the hint, or in its place what is wrong and what to do. */
import { clsx } from 'clsx';
import { type ReactNode, useId } from 'react';
import { WithCode } from './WithCode';

/** What a control must carry to belong to its label and its line. Spread it on the control. */
export interface FieldProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface Props {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  /** `row`: label and hint left, control right, as in Settings. */
  layout?: 'column' | 'row';
  children: (field: FieldProps) => ReactNode;
}

export function Field({ label, hint, error, layout = 'column', children }: Props) {
  const id = useId();
  const line = `${id}-line`;
  const hasLine = error !== undefined || hint !== undefined;
  const control = children({
    id,
    'aria-describedby': hasLine ? line : undefined,
    'aria-invalid': error !== undefined || undefined,
  });
  const words = (
    <label htmlFor={id} className={layout === 'row' ? 'text-text-1' : 'text-text-2'}>
      {label}
    </label>
  );
  const below = hasLine && (
    <p id={line} className={clsx('text-12', error === undefined ? 'text-text-3' : 'text-error-ink')}>
      {error === undefined ? hint : <WithCode text={error} />}
    </p>
  );
  if (layout === 'row') {
    return (
      <div className="flex min-h-48 flex-wrap items-center gap-x-24 gap-y-4 border-b border-line-1 py-8">
        <div className="min-w-[200px] flex-1">
          {words}
          {below}
        </div>
        <div className="flex max-w-full shrink-0 items-center gap-8">{control}</div>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {words}
      {control}
      {below}
    </div>
  );
}
