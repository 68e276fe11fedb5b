/** What the person has set up and said: kept until the page's session ends, pictures excepted. */
import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import { type ClientProtocol, usualProtocol } from '../../protocols';
import type { Picture, ToolResult, Turn } from '../../protocols/conversation';
import { type TypedParameters, usualParameters } from '../../protocols/parameters';
import { lazyStorage } from './lazy-storage';

export interface Draft {
  protocol: ClientProtocol;
  model: string;
  instructions: string;
  turns: Turn[];
  /** What was typed in the place of tools and not sent yet, by the call. */
  results: Readonly<Record<string, Pick<ToolResult, 'text' | 'failed'>>>;
  /** What stands in the composer. */
  text: string;
  pictures: Picture[];
  /** JSON text, wrong or right. */
  tools: string;
  schema: string;
  schemaOn: boolean;
  parameters: TypedParameters;
}

export const newDraft: Draft = {
  protocol: usualProtocol,
  model: 'echo/echo',
  instructions: '',
  turns: [],
  results: {},
  text: '',
  pictures: [],
  tools: '',
  schema: '',
  schemaOn: false,
  parameters: usualParameters,
};

export const useDraft = create<Draft>()(
  persist(() => newDraft, {
    name: 'patchbay.playground',
    storage: createJSONStorage(() => lazyStorage),
    partialize: (draft) => ({ ...draft, pictures: [], turns: draft.turns.map(withoutData) }),
  }),
);

/** Pictures are large and the session's storage is small: their names stay, their bytes do not. */
function withoutData(turn: Turn): Turn {
  switch (turn.kind) {
    case 'question':
      return { ...turn, pictures: turn.pictures.map((picture) => ({ ...picture, data: '' })) };
    case 'answer':
      return {
        ...turn,
        parts: turn.parts.map((part) => (part.kind === 'image' ? { ...part, data: '' } : part)),
      };
    case 'results':
      return turn;
  }
}

/** Forgets the conversation; model, instructions and settings stay, `brought` aside. */
export function beginAnew(brought: Partial<Draft>): void {
  useDraft.setState({ turns: [], results: {}, text: '', pictures: [], ...brought });
}
