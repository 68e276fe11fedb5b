/** How the UI looks and speaks on this computer: kept in the page's own storage, applied to <html>. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'system' | 'en' | 'zh-CN';
export type Density = 'compact' | 'normal' | 'comfortable';
export type Contrast = 'system' | 'normal' | 'more';

export interface Appearance {
  theme: Theme;
  language: Language;
  density: Density;
  contrast: Contrast;
  /** Whether single letters act as keys while no field has focus. */
  letterKeys: boolean;
}

export const defaults: Appearance = {
  theme: 'system',
  language: 'system',
  density: 'normal',
  contrast: 'system',
  letterKeys: true,
};

/** The stored key and its fields are read by public/theme.js before the first paint. */
export const useAppearance = create<Appearance>()(persist(() => defaults, { name: 'patchbay.appearance' }));

/** The language to speak: the chosen one, or the system's. */
export function spoken({ language }: Pick<Appearance, 'language'>): 'en' | 'zh-CN' {
  if (language !== 'system') return language;
  return /^zh/i.test(navigator.language) ? 'zh-CN' : 'en';
}

function apply(appearance: Appearance): void {
  const root = document.documentElement;
  const { theme, contrast, density } = appearance;
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  const more =
    contrast === 'more' || (contrast === 'system' && matchMedia('(prefers-contrast: more)').matches);
  root.dataset['theme'] = dark ? 'dark' : 'light';
  if (more) root.dataset['contrast'] = 'more';
  else delete root.dataset['contrast'];
  if (density === 'normal') delete root.dataset['density'];
  else root.dataset['density'] = density;
  root.lang = spoken(appearance);
}

/** Keeps <html> in step with the choice and with the system; returns the way to stop. */
export function followAppearance(): () => void {
  const reapply = () => apply(useAppearance.getState());
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((query) =>
    matchMedia(query),
  );
  for (const query of queries) query.addEventListener('change', reapply);
  const unsubscribe = useAppearance.subscribe(reapply);
  reapply();
  return () => {
    unsubscribe();
    for (const query of queries) query.removeEventListener('change', reapply);
  };
}
