/** The client protocol that a person looks at here, and whether its set-up is open; kept in the page. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { usualForm } from '../../protocols';

export const useForm = create<{ form: string; open: boolean }>()(
  persist((): { form: string; open: boolean } => ({ form: usualForm.value, open: false }), {
    name: 'patchbay.client-form',
  }),
);
