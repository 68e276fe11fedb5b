/** A number as text: the typed text stays until it is left or entered; no wheel, no spinner. */
import { clsx } from 'clsx';
import { type ComponentProps, useEffect, useState } from 'react';
import { TextInput } from './TextInput';

interface NumberInputProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'type'> {
  value: number | null;
  /**
   * Told each time it is left or entered: the value there is may take the place of one that was refused. Null when the
   * field is empty; NaN when it is no number, so that the caller can say what is wrong.
   */
  onCommit: (value: number | null) => void;
  unit?: string;
}

export function NumberInput({ value, onCommit, unit, className, ...rest }: NumberInputProps) {
  const [text, setText] = useState(shown(value));
  useEffect(() => setText(shown(value)), [value]);
  const commit = () => {
    const trimmed = text.trim();
    onCommit(trimmed === '' ? null : Number(trimmed));
  };
  return (
    <span className="inline-flex items-center gap-6">
      <TextInput
        {...rest}
        inputMode="decimal"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onEnter={commit}
        className={clsx('text-right tabular', className)}
      />
      {unit !== undefined && <span className="min-w-[30px] text-text-3">{unit}</span>}
    </span>
  );
}

function shown(value: number | null): string {
  return value === null || Number.isNaN(value) ? '' : String(value);
}
