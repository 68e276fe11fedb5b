/** On or off, at once. */
import { clsx } from 'clsx';
import { Switch as Radix } from 'radix-ui';

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Needed where no `Field` gives a label. */
  label?: string;
  disabled?: boolean;
  id?: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: true | undefined;
}

export function Switch({ checked, onChange, label, ...rest }: SwitchProps) {
  return (
    <Radix.Root
      {...rest}
      checked={checked}
      onCheckedChange={onChange}
      aria-label={label}
      // The hit area is 24 px high; the drawn part is 16.
      className="group inline-flex h-24 shrink-0 items-center rounded-full"
    >
      <span
        className={clsx(
          'flex h-16 w-[28px] items-center rounded-full border border-transparent bg-line-3 p-2 transition-colors duration-(--fast)',
          'group-data-[state=checked]:bg-accent-fill group-disabled:bg-line-2',
        )}
      >
        <Radix.Thumb className="block size-[10px] rounded-full bg-surface-1 transition-transform duration-(--fast) data-[state=checked]:translate-x-12" />
      </span>
    </Radix.Root>
  );
}
