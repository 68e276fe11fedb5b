/** The screens in the order of the sidebar and of Ctrl 1, 2, ... */
import {
  Gauge,
  type LucideIcon,
  MessageSquare,
  Rows3,
  Server,
  Shuffle,
  SlidersHorizontal,
} from 'lucide-react';

export interface ScreenEntry {
  name: 'overview' | 'exchanges' | 'playground' | 'providers' | 'models' | 'settings';
  to: '/overview' | '/exchanges' | '/playground' | '/providers' | '/models' | '/settings';
  Icon: LucideIcon;
}

export const toUse: readonly ScreenEntry[] = [
  { name: 'overview', to: '/overview', Icon: Gauge },
  { name: 'exchanges', to: '/exchanges', Icon: Rows3 },
  { name: 'playground', to: '/playground', Icon: MessageSquare },
];

export const toSetUp: readonly ScreenEntry[] = [
  { name: 'providers', to: '/providers', Icon: Server },
  { name: 'models', to: '/models', Icon: Shuffle },
  { name: 'settings', to: '/settings', Icon: SlidersHorizontal },
];

export const screens: readonly ScreenEntry[] = [...toUse, ...toSetUp];
