/** Asks for what the tools would answer: the person is the tool. */
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Field } from '../../kit/Field';
import { Switch } from '../../kit/Switch';
import { isComposing, TextArea } from '../../kit/TextInput';
import type { ToolCall, ToolResult } from '../../protocols/conversation';
import { useDraft } from './draft';

interface ResultFormProps {
  calls: readonly ToolCall[];
  onResults: (results: ToolResult[]) => void;
}

export function ResultForm({ calls, onResults }: ResultFormProps) {
  const { t } = useTranslation('playground');
  const results = useDraft((draft) => draft.results);
  const resultOf = (id: string) => results[id] ?? { text: '', failed: false };
  const change = (id: string, next: Partial<ReturnType<typeof resultOf>>) =>
    useDraft.setState({ results: { ...results, [id]: { ...resultOf(id), ...next } } });
  const send = () => onResults(calls.map(({ id, name }) => ({ call: id, name, ...resultOf(id) })));
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
                autoFocus={at === 0 && !isWriting()}
                value={resultOf(id).text}
                onChange={(event) => change(id, { text: event.target.value })}
              />
              <span className="flex items-center gap-8 text-12 text-text-2">
                <Switch
                  label={t('call.failedLabel', { name })}
                  checked={resultOf(id).failed}
                  onChange={(failed) => change(id, { failed })}
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

/** The focus stays where somebody writes; the composer, where the question was sent from, gives it up while empty. */
function isWriting(): boolean {
  const field = document.activeElement;
  if (field?.id === 'composer') return useDraft.getState().text !== '';
  return field?.matches('input, textarea, [contenteditable="true"]') ?? false;
}
