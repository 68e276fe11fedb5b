/** Asks for what the tools would answer: the person is the tool. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Field } from '../../kit/Field';
import { Switch } from '../../kit/Switch';
import { isComposing, TextArea } from '../../kit/TextInput';
import type { ToolCall, ToolResult } from '../../protocols/conversation';

interface ResultFormProps {
  calls: readonly ToolCall[];
  onResults: (results: ToolResult[]) => void;
}

export function ResultForm({ calls, onResults }: ResultFormProps) {
  const { t } = useTranslation('playground');
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [failed, setFailed] = useState<Record<string, boolean>>({});
  const send = () =>
    onResults(
      calls.map(({ id, name }) => ({
        call: id,
        name,
        text: texts[id] ?? '',
        failed: failed[id] ?? false,
      })),
    );
  return (
    <form
      className="flex flex-col gap-12"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || isComposing(event) || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        send();
      }}
    >
      {calls.map(({ id, name }, at) => (
        <Field key={id} label={t('call.result', { name })}>
          {(field) => (
            <>
              <TextArea
                {...field}
                mono
                autoFocus={at === 0}
                value={texts[id] ?? ''}
                onChange={(event) => setTexts({ ...texts, [id]: event.target.value })}
              />
              <span className="flex items-center gap-8 text-12 text-text-2">
                <Switch
                  label={t('call.failedLabel', { name })}
                  checked={failed[id] ?? false}
                  onChange={(next) => setFailed({ ...failed, [id]: next })}
                />
                {t('call.failed')}
              </span>
            </>
          )}
        </Field>
      ))}
      <Button type="submit" variant="primary" className="self-start">
        {t('call.send', { count: calls.length })}
      </Button>
    </form>
  );
}
