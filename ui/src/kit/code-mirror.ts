/** CodeMirror set up once for reading and for editing JSON; loaded only where code is shown. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  syntaxHighlighting,
} from '@codemirror/language';
import { linter, lintKeymap } from '@codemirror/lint';
import { openSearchPanel, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-key)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.bool, tags.null, tags.keyword], color: 'var(--code-literal)' },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: 'var(--code-punctuation)' },
]);

export const looks = EditorView.theme({
  '&': {
    height: '100%',
    backgroundColor: 'var(--surface-2)',
    color: 'var(--text-1)',
    fontSize: 'var(--text-12)',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.1875rem', overflow: 'auto' },
  '.cm-content': { padding: 'var(--space-8) 0' },
  '.cm-line': { padding: '0 var(--space-12) 0 var(--space-4)' },
  '.cm-gutters': { backgroundColor: 'var(--surface-2)', color: 'var(--text-3)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '32px', padding: '0 var(--space-4) 0 var(--space-8)' },
  '.cm-foldGutter .cm-gutterElement': { cursor: 'default' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '.cm-cursor': { borderLeftColor: 'var(--text-1)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'var(--surface-4)',
  },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--surface-4)',
    outline: '1px solid var(--line-3)',
  },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-wash)', outline: '1px solid var(--warn-edge)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--warn-edge)' },
  '.cm-panels': { backgroundColor: 'var(--surface-pop)', color: 'var(--text-1)', border: 'none' },
  '.cm-panel.cm-search': { padding: 'var(--space-6) var(--space-12)', fontFamily: 'var(--font-ui)' },
  '.cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label': {
    fontSize: 'var(--text-12)',
  },
  '.cm-panel.cm-search input[type="checkbox"]': { verticalAlign: 'middle' },
  '.cm-textfield': {
    backgroundColor: 'var(--surface-1)',
    border: '1px solid var(--line-3)',
    borderRadius: 'var(--radius-control)',
  },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--surface-1)',
    border: '1px solid var(--line-2)',
    borderRadius: 'var(--radius-control)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface-pop)',
    border: '1px solid var(--line-2)',
    color: 'var(--text-1)',
  },
  '.cm-placeholder': { color: 'var(--text-3)' },
  '.cm-foldPlaceholder': {
    backgroundColor: 'var(--surface-3)',
    border: 'none',
    color: 'var(--text-2)',
    padding: '0 var(--space-4)',
  },
});

export interface CodeOptions {
  parent: HTMLElement;
  text: string;
  /** The accessible name. */
  label: string;
  language: 'json' | 'text';
  wrap: boolean;
  /** Absent: read only. */
  onChange?: ((text: string) => void) | undefined;
  placeholder?: string | undefined;
  /** CodeMirror's own words in the language of the page. */
  phrases?: Record<string, string> | undefined;
}

export interface CodeHandle {
  /** Replaces the whole text, unless it is the same. */
  setText: (text: string) => void;
  setWrap: (wrap: boolean) => void;
  /** Opens the search field. */
  find: () => void;
  destroy: () => void;
}

/** Puts a viewer or an editor into `parent`. */
export function openCode({
  parent,
  text,
  label,
  language,
  wrap,
  onChange,
  ...options
}: CodeOptions): CodeHandle {
  const wrapping = new Compartment();
  const wrapped = (on: boolean): Extension => (on ? EditorView.lineWrapping : []);
  const readOnly = onChange === undefined;
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        EditorState.phrases.of(options.phrases ?? {}),
        language === 'json' ? [json(), foldGutter()] : [],
        syntaxHighlighting(colours),
        bracketMatching(),
        search({ top: true }),
        looks,
        wrapping.of(wrapped(wrap)),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap]),
        readOnly
          ? [EditorState.readOnly.of(true), EditorView.editable.of(false)]
          : [
              history(),
              highlightActiveLine(),
              keymap.of([...historyKeymap, ...lintKeymap, indentWithTab]),
              language === 'json' ? linter(lintUnlessEmpty, { delay: 400 }) : [],
              placeholder(options.placeholder ?? ''),
              EditorView.updateListener.of((update) => {
                if (update.docChanged) onChange(update.state.doc.toString());
              }),
            ],
      ],
    }),
  });
  return {
    setText: (next) => {
      if (next === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    setWrap: (on) => view.dispatch({ effects: wrapping.reconfigure(wrapped(on)) }),
    find: () => openSearchPanel(view),
    destroy: () => view.destroy(),
  };
}

const lint = jsonParseLinter();

/** An empty field is not a mistake. */
function lintUnlessEmpty(view: EditorView) {
  return view.state.doc.toString().trim() === '' ? [] : lint(view);
}
