/** The parameters, under the names that are on the wire. What the last answer's target ignored is struck. */
import { clsx } from 'clsx';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Select } from '../../kit/Select';
import { Switch } from '../../kit/Switch';
import { TextArea, TextInput } from '../../kit/TextInput';
import type { Loss } from '../../protocols/conversation';
import { isSound, type NumberField, numberFields, type TypedParameters } from '../../protocols/parameters';
import { speakers } from '../../protocols/speakers';
import type { Effort } from '../../protocols/wire';
import { useLossWord } from './AnswerLosses';
import { useDraft } from './draft';

type Row = NumberField | 'stop' | 'effort' | 'images';

/** The field names under which each parameter is reported lost, in any protocol. */
const reported: Record<Row, RegExp> = {
  maxTokens: /^(max_(completion_|output_)?tokens|options\.num_predict|generationConfig\.maxOutputTokens)$/,
  temperature: /^(options\.|generationConfig\.)?temperature$/,
  topP: /^((options\.)?top_p|generationConfig\.topP)$/,
  stop: /^((options\.)?stop(_sequences)?|generationConfig\.stopSequences)$/,
  images: /^(modalities|generationConfig\.responseModalities)$/,
  effort: /^(reasoning|think|generationConfig\.thinkingConfig|output_config\.effort)/,
};

const wireNames: Record<NumberField, string> = {
  maxTokens: 'max_tokens',
  temperature: 'temperature',
  topP: 'top_p',
};

const efforts: readonly Effort[] = ['none', 'low', 'medium', 'high'];

/** Radix keeps the empty string for "nothing chosen". */
const unset = 'default';

export function ParameterFields() {
  const { t } = useTranslation('playground');
  const typed = useDraft((draft) => draft.parameters);
  const protocol = useDraft((draft) => draft.protocol);
  const last = useDraft((draft) => draft.turns.findLast((turn) => turn.kind === 'answer'));
  const [left, setLeft] = useState<Partial<Record<NumberField, boolean>>>({});
  const change = (next: Partial<TypedParameters>) =>
    useDraft.setState(({ parameters }) => ({ parameters: { ...parameters, ...next } }));
  const lossOf = (row: Row) =>
    last?.losses.find(({ kind, field }) => kind === 'dropped' && reported[row].test(field));
  const { hasStops, asksForImages, usualMaxTokens } = speakers[protocol];
  const stopHint = typed.stop === '' ? null : t(hasStops ? 'parameter.stop' : 'parameter.notOfProtocol');
  const imagesHint = typed.images && !asksForImages ? t('parameter.notOfProtocol') : null;
  return (
    <>
      {numberFields.map((field) => {
        const wrong = left[field] === true && !isSound(field, typed[field]);
        return (
          <ParameterRow
            key={field}
            name={wireNames[field]}
            loss={lossOf(field)}
            error={wrong ? t(`parameter.${field}`) : null}
          >
            {(control) => (
              <TextInput
                {...control}
                inputMode="decimal"
                placeholder={field === 'maxTokens' && usualMaxTokens !== null ? String(usualMaxTokens) : '–'}
                value={typed[field]}
                onChange={(event) => change({ [field]: event.target.value })}
                onBlur={() => setLeft({ ...left, [field]: true })}
                className="tabular w-[104px] text-right"
              />
            )}
          </ParameterRow>
        );
      })}
      <ParameterRow name="stop" loss={lossOf('stop')} hint={stopHint}>
        {(control) => (
          <TextArea
            {...control}
            mono
            rows={Math.min(4, typed.stop.split('\n').length)}
            placeholder="–"
            value={typed.stop}
            onChange={(event) => change({ stop: event.target.value })}
            className="min-h-[28px] w-[104px]"
          />
        )}
      </ParameterRow>
      <ParameterRow name="reasoning" loss={lossOf('effort')}>
        {(control) => (
          <Select
            {...control}
            label="reasoning"
            value={typed.effort === '' ? unset : typed.effort}
            onChange={(next) => change({ effort: next === unset ? '' : next })}
            options={[unset, ...efforts].map((value) => ({
              value: value as Effort | typeof unset,
              label: t(`effort.${value as Effort | typeof unset}`),
            }))}
            className="w-[104px]"
          />
        )}
      </ParameterRow>
      <ParameterRow name="images" loss={lossOf('images')} hint={imagesHint}>
        {(control) => (
          <Switch
            {...control}
            label="images"
            checked={typed.images}
            onChange={(images) => change({ images })}
          />
        )}
      </ParameterRow>
      <ParameterRow name="stream">
        {(control) => (
          <Switch
            {...control}
            label="stream"
            checked={typed.stream}
            onChange={(stream) => change({ stream })}
          />
        )}
      </ParameterRow>
    </>
  );
}

interface ParameterRowProps {
  name: string;
  loss?: Loss | undefined;
  error?: string | null;
  hint?: string | null;
  children: (control: {
    id: string;
    'aria-describedby': string | undefined;
    'aria-invalid': true | undefined;
  }) => ReactNode;
}

function ParameterRow({ name, loss, error = null, hint = null, children }: ParameterRowProps) {
  const { t } = useTranslation('playground');
  const wordOf = useLossWord();
  const id = useId();
  const line = error ?? (loss ? t('parameter.lost', { how: wordOf(loss.kind) }) : hint);
  return (
    <div>
      <div className="flex min-h-[28px] items-center justify-between gap-8">
        <label
          htmlFor={id}
          className={clsx('font-mono text-12', loss ? 'text-text-3 line-through' : 'text-text-2')}
        >
          {name}
        </label>
        {children({
          id,
          'aria-describedby': line === null ? undefined : `${id}-line`,
          'aria-invalid': error === null ? undefined : true,
        })}
      </div>
      {line !== null && (
        <p id={`${id}-line`} className={clsx('text-12', error === null ? 'text-text-3' : 'text-error-ink')}>
          {line}
        </p>
      )}
    </div>
  );
}
