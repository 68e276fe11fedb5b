/** Settings as data, so that one field can find them all. */
import type { ReactNode } from 'react';
import type { FieldProps } from '../../kit/Field';

export interface SettingRow {
  id: string;
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** Words that find it beside label and hint. */
  words?: string;
  control: (field: FieldProps) => ReactNode;
}

export interface SettingsSection {
  id: string;
  title: string;
  rows: SettingRow[];
  /** What is no row: a list, a dialog. Shown while the section's title or a row fits. */
  extra?: ReactNode;
}

/** The sections with the rows that fit `text`; a section whose title fits keeps all of them. */
export function fitting(sections: readonly SettingsSection[], text: string): SettingsSection[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [...sections];
  const fits = (...words: unknown[]) =>
    words.some((word) => typeof word === 'string' && word.toLowerCase().includes(wanted));
  return sections.flatMap((section) => {
    if (fits(section.title)) return [section];
    const rows = section.rows.filter(({ label, hint, words }) => fits(label, hint, words));
    return rows.length > 0 ? [{ ...section, rows }] : [];
  });
}
