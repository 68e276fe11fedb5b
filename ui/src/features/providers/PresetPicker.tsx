/** The known providers, narrowed by what is typed or pasted. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preset } from '../../api/types/Preset';
import { Button } from '../../kit/Button';
import { Field } from '../../kit/Field';
import { TextInput } from '../../kit/TextInput';
import { guess } from './guess';
import { Letter } from './Letter';

interface PresetPickerProps {
  presets: readonly Preset[];
  /** `key` is what was pasted, where it looks like one. */
  onPick: (preset: Preset, key: string | null) => void;
  onCustom: (url: string, key: string | null) => void;
}

/** Of a preset in the list, in pixels. */
const rowHeight = 46;

export function PresetPicker({ presets, onPick, onCustom }: PresetPickerProps) {
  const { t } = useTranslation('providers');
  const [text, setText] = useState('');
  // The one without an address is the button below.
  const offered = presets.filter(({ base_url }) => base_url !== '');
  const found = guess(text, offered);
  const first = found.anonymous ? undefined : found.presets[0];
  const hint = () => {
    if (found.anonymous) return t('pick.isSomeKey');
    if (found.key !== null && first) return t('pick.isKey', { name: first.name });
    if (found.url !== null) return t('pick.isUrl');
    return first || text === '' ? t('pick.hint') : t('pick.none');
  };
  return (
    <div className="flex flex-col gap-12 pr-8">
      <Field label={t('pick.label')} hint={hint()}>
        {(field) => (
          <TextInput
            {...field}
            autoFocus
            // A pasted key is not shown on the screen.
            type={found.key === null ? 'text' : 'password'}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onEnter={() => {
              if (found.url !== null && !first) onCustom(found.url, null);
              else if (first) onPick(first, found.key);
            }}
          />
        )}
      </Field>
      <ul
        className="grid grid-cols-2 content-start gap-x-8"
        // As high as the whole list, so that the field stays where it is while one types into it.
        style={{ minHeight: Math.ceil(offered.length / 2) * rowHeight }}
      >
        {found.presets.map((preset) => (
          <li key={preset.id} className="min-w-0">
            <button
              type="button"
              onClick={() => onPick(preset, found.key)}
              style={{ height: rowHeight }}
              className="row-focus flex w-full items-center gap-12 rounded-control px-8 text-left hover:bg-surface-3"
            >
              <Letter name={preset.name} />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{preset.name}</span>
                <span className="block truncate font-mono text-11 text-text-3">
                  {preset.base_url.replace(/^https?:\/\//, '')}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div className="border-t border-line-1 pt-12">
        <Button onClick={() => onCustom(found.url ?? '', found.key)}>{t('pick.custom')}</Button>
      </div>
    </div>
  );
}
