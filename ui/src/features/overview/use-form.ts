/** The client protocol that a person looks at here, and whether its set-up is open; kept in the page. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { FormName } from '../../client-forms';

export const useForm = create<{ form: FormName; open: boolean }>()(
  persist((): { form: FormName; open: boolean } => ({ form: 'openai', open: false }), {
    name: 'patchbay.client-form',
  }),
);
