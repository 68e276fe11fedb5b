/** The shell hears the language at the start and when it changes, and nothing of other settings. */
import { afterEach, expect, test } from 'vitest';
import { defaults, useAppearance } from './appearance';
import { replaceHost } from './host';
import { createFakeServer } from './test/fake-host';
import { followLanguage } from './tray';

afterEach(() => useAppearance.setState(defaults));

test('the tray is told the language, live', () => {
  const told: string[] = [];
  replaceHost({
    ...createFakeServer('desktop').host,
    setLanguage: async (language) => void told.push(language),
  });
  const stop = followLanguage();
  useAppearance.setState({ language: 'zh-CN' });
  useAppearance.setState({ theme: 'dark' });
  useAppearance.setState({ language: 'system' });
  stop();
  useAppearance.setState({ language: 'en' });
  expect(told).toEqual(['system', 'zh-CN', 'system']);
});
