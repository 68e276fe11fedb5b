/** One field for all of the filter: finished tokens are chips, the rest is text to find. */
import { clsx } from 'clsx';
import { Search, X } from 'lucide-react';
import { type KeyboardEvent, type Ref, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isComposing } from '../../kit/TextInput';
import {
  type KnownNames,
  readFilter,
  type TokenName,
  tokenNames,
  tokensOf,
  type Written,
  without,
  withTokens,
} from './filter';
import type { Filter } from './search';

interface FilterFieldProps {
  ref: Ref<HTMLInputElement>;
  filter: Filter;
  known: KnownNames;
  onChange: (filter: Filter) => void;
  /** Leaves the field for the list. */
  onLeave: () => void;
}

/** How long a pause while typing is before the list is asked for. */
const pauseMs = 250;
/** The last word may still become a token. */
const unfinished = new RegExp(`(?:^|\\s)((?:${tokenNames.join('|')}):(?:"[^"]*"?|\\S*))$`, 'i');

export function FilterField({ ref, filter, known, onChange, onLeave }: FilterFieldProps) {
  const { t } = useTranslation('exchanges');
  const text = filter.text ?? '';
  const [draft, setDraft] = useState(text);
  const [given, setGiven] = useState(text);
  const [sent, setSent] = useState(text);
  if (text !== given) {
    setGiven(text);
    // The address changed by other means: Clear, back, a link. What came of the draft leaves it as it is written.
    if (text !== sent) setDraft(text);
    setSent(text);
  }
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const latest = useRef(filter);
  useLayoutEffect(() => {
    latest.current = filter;
  });

  const put = (read: Written) => {
    clearTimeout(timer.current);
    // A chip may have gone while a pause was waited for.
    const before = latest.current;
    const next = withTokens(
      read.text === '' ? without(before, 'text') : { ...before, text: read.text },
      read.tokens,
    );
    setSent(read.text);
    if (JSON.stringify(next) !== JSON.stringify(before)) onChange(next);
  };
  /** When the field is left: the last word is finished too. */
  const putAll = () => {
    const read = readFilter(draft, known);
    setDraft(read.text);
    put(read);
  };
  const onInput = (written: string, composing: boolean) => {
    setDraft(written);
    clearTimeout(timer.current);
    if (composing) return;
    const keep = unfinished.exec(written)?.[1] ?? '';
    const read = readFilter(written.slice(0, written.length - keep.length), known);
    if (read.tokens.length === 0) {
      timer.current = setTimeout(() => put(read), pauseMs);
      return;
    }
    // Spaces are words' ends: only those of the tokens go with them.
    setDraft(read.text === '' ? keep : `${read.text} ${keep}`);
    put(read);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (isComposing(event)) return;
    const last = tokensOf(filter).at(-1);
    if (event.key === 'Enter') putAll();
    else if (event.key === 'Escape' || event.key === 'ArrowDown') {
      event.preventDefault();
      putAll();
      onLeave();
    } else if (event.key === 'Backspace' && draft === '' && last) onChange(without(filter, last.name));
  };

  const tokens = tokensOf(filter);
  return (
    <div
      className={clsx(
        'flex min-h-control min-w-0 flex-1 flex-wrap items-center gap-x-6 gap-y-2 rounded-control border border-line-3 bg-surface-1 px-8',
        'hover:border-text-3 has-[input:focus-visible]:outline-2 has-[input:focus-visible]:outline-focus',
      )}
    >
      <Search size={14} aria-hidden="true" className="shrink-0 text-text-3" />
      {tokens.map(({ name, value }) => (
        <Chip key={name} name={name} value={value} onRemove={() => onChange(without(filter, name))} />
      ))}
      <input
        ref={ref}
        type="text"
        aria-label={t('filter.label')}
        aria-keyshortcuts="/ Control+F"
        placeholder={tokens.length === 0 ? t('filter.placeholder') : t('filter.placeholderMore')}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        value={draft}
        onChange={(event) =>
          onInput(event.target.value, (event.nativeEvent as InputEvent).isComposing === true)
        }
        onCompositionEnd={(event) => onInput(event.currentTarget.value, false)}
        onKeyDown={onKeyDown}
        onBlur={() => putAll()}
        className="h-[26px] min-w-[120px] flex-1 truncate bg-transparent outline-none"
      />
    </div>
  );
}

function Chip({ name, value, onRemove }: { name: TokenName; value: string; onRemove: () => void }) {
  const { t } = useTranslation('exchanges');
  return (
    <span className="inline-flex h-[22px] max-w-[240px] min-w-0 items-center gap-4 rounded-control bg-surface-3 pl-6 text-12">
      <span className="text-text-2">{name}</span>
      <span className="truncate font-medium" title={value}>
        {value}
      </span>
      <button
        type="button"
        aria-label={t('filter.remove', { name, value })}
        onClick={onRemove}
        className="row-focus inline-flex h-[22px] w-20 shrink-0 items-center justify-center rounded-control text-text-2 hover:text-text-1"
      >
        <X size={12} />
      </button>
    </span>
  );
}
