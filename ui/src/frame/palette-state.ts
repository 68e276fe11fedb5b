/** Whether the palette is open: asked by the header's button and by Ctrl K. */
import { create } from 'zustand';

export const usePalette = create<{ open: boolean }>()(() => ({ open: false }));
