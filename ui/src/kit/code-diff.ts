/** Two texts as one, with what was taken away and what was added; loaded only where a difference is shown. */
import { json } from '@codemirror/lang-json';
import { syntaxHighlighting } from '@codemirror/language';
import { unifiedMergeView } from '@codemirror/merge';
import { searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { colours, looks } from './code-mirror';

const changes = EditorView.theme({
  '&.cm-merge-b .cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--diff-add)' },
  '&.cm-merge-b .cm-changedText': { background: 'var(--diff-add-word)' },
  '&.cm-merge-b .cm-deletedChunk': { backgroundColor: 'var(--diff-remove)', paddingLeft: 'var(--space-4)' },
  '.cm-deletedChunk .cm-deletedText, .cm-deletedChunk .cm-changedText': {
    background: 'var(--diff-remove-word)',
  },
  '&.cm-merge-b .cm-deletedLine, .cm-deletedLine del': { textDecoration: 'none' },
  '.cm-changeGutter': { width: '3px', paddingLeft: '0' },
  '&.cm-merge-b .cm-changedLineGutter': { background: 'var(--ok-ink)' },
  '.cm-deletedLineGutter': { background: 'var(--error-ink)' },
  '.cm-collapsedLines': {
    background: 'var(--surface-3)',
    color: 'var(--text-2)',
    padding: 'var(--space-2) var(--space-12)',
    // CodeMirror's marks are of a script that few fonts have.
    '&:before, &:after': { content: 'none' },
  },
});

interface DiffOptions {
  parent: HTMLElement;
  before: string;
  after: string;
  /** The accessible name. */
  label: string;
  /** CodeMirror's words: `$ unchanged lines`. */
  phrases: Record<string, string>;
}

/** Puts the difference into `parent`; returns the way to take it out. */
export function openDiff({ parent, before, after, label, phrases }: DiffOptions): () => void {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: after,
      extensions: [
        lineNumbers(),
        json(),
        syntaxHighlighting(colours),
        EditorState.phrases.of(phrases),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        EditorView.lineWrapping,
        keymap.of(searchKeymap),
        unifiedMergeView({
          original: before,
          mergeControls: false,
          collapseUnchanged: { margin: 3, minSize: 6 },
          // Bounds the time for texts that have little in common.
          diffConfig: { scanLimit: 1000, timeout: 300 },
        }),
        looks,
        changes,
      ],
    }),
  });
  return () => view.destroy();
}
