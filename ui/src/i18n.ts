/** The UI's two languages: set up once, follow the chosen language, typed keys. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { spoken, useAppearance } from './appearance';
import { en, zhCN } from './locales';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof en;
  }
}

const language = () => spoken(useAppearance.getState());

void i18next.use(initReactI18next).init({
  lng: language(),
  fallbackLng: 'en',
  defaultNS: 'common',
  resources: { en, 'zh-CN': zhCN },
  interpolation: { escapeValue: false },
  // Everything is bundled, so nothing has to wait.
  initAsync: false,
  react: { useSuspense: false },
});

useAppearance.subscribe(() => {
  if (i18next.language !== language()) void i18next.changeLanguage(language());
});

export { i18next };
