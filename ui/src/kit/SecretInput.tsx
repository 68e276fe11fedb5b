/** A secret can be pasted and replaced, never shown again. */
import { type ComponentProps, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button';
import { TextInput } from './TextInput';

interface SecretInputProps extends Omit<ComponentProps<typeof TextInput>, 'type' | 'value' | 'onChange'> {
  /** The last four characters of what is kept, or null if nothing is. */
  tail?: string | null;
  value: string;
  onChange: (value: string) => void;
}

export function SecretInput({ tail = null, value, onChange, ...rest }: SecretInputProps) {
  const { t } = useTranslation();
  const [replacing, setReplacing] = useState(false);
  if (tail !== null && !replacing && value === '') {
    return (
      <span className="flex h-control items-center gap-12">
        <span className="font-mono text-12 text-text-2">
          <span className="sr-only">{t('kit.secretSet', { tail })}</span>
          <span aria-hidden="true">{`••••${tail}`}</span>
        </span>
        <Button size="small" variant="ghost" onClick={() => setReplacing(true)}>
          {t('action.replace')}
        </Button>
      </span>
    );
  }
  return (
    <TextInput
      mono
      autoFocus={replacing}
      placeholder={t('kit.secretPaste')}
      {...rest}
      type="password"
      autoComplete="new-password"
      value={value}
      onChange={(event) => onChange(event.target.value.trim())}
    />
  );
}
