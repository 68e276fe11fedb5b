/** Every string of the UI, one file a feature. The tray reads `tray.json` of the same folders from Rust. */
import common from './en/common.json';
import exchanges from './en/exchanges.json';
import losses from './en/losses.json';
import models from './en/models.json';
import overview from './en/overview.json';
import playground from './en/playground.json';
import providers from './en/providers.json';
import sentences from './en/sentences.json';
import settings from './en/settings.json';
import tray from './en/tray.json';
import zhCommon from './zh-CN/common.json';
import zhExchanges from './zh-CN/exchanges.json';
import zhLosses from './zh-CN/losses.json';
import zhModels from './zh-CN/models.json';
import zhOverview from './zh-CN/overview.json';
import zhPlayground from './zh-CN/playground.json';
import zhProviders from './zh-CN/providers.json';
import zhSentences from './zh-CN/sentences.json';
import zhSettings from './zh-CN/settings.json';
import zhTray from './zh-CN/tray.json';

/** English gives the keys their types; a test holds every other language to them. */
export const en = {
  common,
  exchanges,
  losses,
  models,
  overview,
  playground,
  providers,
  sentences,
  settings,
  tray,
};

export const zhCN = {
  common: zhCommon,
  exchanges: zhExchanges,
  losses: zhLosses,
  models: zhModels,
  overview: zhOverview,
  playground: zhPlayground,
  providers: zhProviders,
  sentences: zhSentences,
  settings: zhSettings,
  tray: zhTray,
};
