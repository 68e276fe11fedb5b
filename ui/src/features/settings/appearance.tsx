/** How the UI looks and speaks; kept in the page, seen at once, so nothing says "saved". */
import { useTranslation } from 'react-i18next';
import { type Appearance, useAppearance } from '../../appearance';
import { host } from '../../host';
import { Segmented } from '../../kit/Segmented';
import { Switch } from '../../kit/Switch';
import type { SettingsSection } from './rows';

export function useAppearanceSection(): SettingsSection {
  const { t } = useTranslation('settings');
  const appearance = useAppearance();
  const set = (change: Partial<Appearance>) => useAppearance.setState(change);
  return {
    id: 'appearance',
    title: t('appearance.title'),
    rows: [
      {
        id: 'theme',
        label: t('appearance.theme'),
        hint: t('appearance.themeHint'),
        control: (field) => (
          <Segmented
            {...field}
            label={t('appearance.theme')}
            value={appearance.theme}
            onChange={(theme) => set({ theme })}
            segments={[
              { value: 'system', label: t('appearance.system') },
              { value: 'light', label: t('appearance.light') },
              { value: 'dark', label: t('appearance.dark') },
            ]}
          />
        ),
      },
      {
        id: 'language',
        label: t('appearance.language'),
        hint: host.kind === 'desktop' ? t('appearance.languageHint') : t('appearance.languageHintPage'),
        control: (field) => (
          <Segmented
            {...field}
            label={t('appearance.language')}
            value={appearance.language}
            onChange={(language) => set({ language })}
            segments={[
              { value: 'system', label: t('appearance.system') },
              { value: 'en', label: <span lang="en">English</span> },
              { value: 'zh-CN', label: <span lang="zh-CN">简体中文</span> },
            ]}
          />
        ),
      },
      {
        id: 'density',
        label: t('appearance.density'),
        hint: t('appearance.densityHint'),
        control: (field) => (
          <Segmented
            {...field}
            label={t('appearance.density')}
            value={appearance.density}
            onChange={(density) => set({ density })}
            segments={[
              { value: 'compact', label: t('appearance.compact') },
              { value: 'normal', label: t('appearance.normal') },
              { value: 'comfortable', label: t('appearance.comfortable') },
            ]}
          />
        ),
      },
      {
        id: 'contrast',
        label: t('appearance.contrast'),
        hint: t('appearance.contrastHint'),
        control: (field) => (
          <Segmented
            {...field}
            label={t('appearance.contrast')}
            value={appearance.contrast}
            onChange={(contrast) => set({ contrast })}
            segments={[
              { value: 'system', label: t('appearance.system') },
              { value: 'normal', label: t('appearance.contrastNormal') },
              { value: 'more', label: t('appearance.contrastMore') },
            ]}
          />
        ),
      },
      {
        id: 'letter-keys',
        label: t('appearance.letterKeys'),
        hint: t('appearance.letterKeysHint'),
        control: (field) => (
          <Switch {...field} checked={appearance.letterKeys} onChange={(letterKeys) => set({ letterKeys })} />
        ),
      },
    ],
  };
}
