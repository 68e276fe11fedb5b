/** Highlighting of code in answers: the JavaScript engine (no wasm in our policy), a grammar at a time. */
import {
  createCssVariablesTheme,
  createHighlighterCore,
  type HighlighterCore,
  type LanguageInput,
} from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';

const grammars: Record<string, () => Promise<{ default: LanguageInput }>> = {
  bash: () => import('shiki/langs/bash.mjs') as never,
  css: () => import('shiki/langs/css.mjs') as never,
  diff: () => import('shiki/langs/diff.mjs') as never,
  go: () => import('shiki/langs/go.mjs') as never,
  html: () => import('shiki/langs/html.mjs') as never,
  json: () => import('shiki/langs/json.mjs') as never,
  python: () => import('shiki/langs/python.mjs') as never,
  rust: () => import('shiki/langs/rust.mjs') as never,
  sql: () => import('shiki/langs/sql.mjs') as never,
  toml: () => import('shiki/langs/toml.mjs') as never,
  typescript: () => import('shiki/langs/typescript.mjs') as never,
  yaml: () => import('shiki/langs/yaml.mjs') as never,
};

const other: Record<string, string> = {
  sh: 'bash',
  shell: 'bash',
  zsh: 'bash',
  js: 'typescript',
  javascript: 'typescript',
  jsx: 'typescript',
  ts: 'typescript',
  tsx: 'typescript',
  py: 'python',
  rs: 'rust',
  yml: 'yaml',
  jsonc: 'json',
};

let highlighter: Promise<HighlighterCore> | undefined;

export interface CodeToken {
  text: string;
  /** A CSS variable of the tokens, or none for plain text. */
  colour: string | undefined;
}

/** The lines of `code` as coloured tokens; null for a language without a grammar here. */
export async function highlight(code: string, language: string): Promise<CodeToken[][] | null> {
  const name = other[language] ?? language;
  const grammar = grammars[name];
  if (!grammar) return null;
  highlighter ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: 'tokens', variablePrefix: '--shiki-' })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  const core = await highlighter;
  if (!core.getLoadedLanguages().includes(name)) await core.loadLanguage((await grammar()).default);
  const { tokens } = core.codeToTokens(code, { lang: name, theme: 'tokens' });
  return tokens.map((line) => line.map(({ content, color }) => ({ text: content, colour: color })));
}
