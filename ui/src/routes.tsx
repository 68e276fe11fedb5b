/** The screens and their addresses. A new screen is one route here and one line in frame/screens.ts. */
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { exchangesSearch } from './features/exchanges/search';
import { modelsSearch } from './features/models/search';
import { playgroundSearch } from './features/playground/search';
import { providersSearch } from './features/providers/search';
import { Frame } from './frame/Frame';
import { MissingScreen, ScreenFailure } from './frame/ScreenFailure';

const root = createRootRoute({ component: Frame, notFoundComponent: MissingScreen });
const parent = { getParentRoute: () => root };

const screens = [
  createRoute({
    ...parent,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/overview', replace: true });
    },
  }),
  createRoute({
    ...parent,
    path: '/overview',
    component: lazyRouteComponent(() => import('./features/overview/Overview'), 'Overview'),
  }),
  createRoute({
    ...parent,
    path: '/exchanges',
    validateSearch: exchangesSearch,
    component: lazyRouteComponent(() => import('./features/exchanges/Exchanges'), 'Exchanges'),
  }),
  createRoute({
    ...parent,
    path: '/playground',
    validateSearch: playgroundSearch,
    component: lazyRouteComponent(() => import('./features/playground/Playground'), 'Playground'),
  }),
  createRoute({
    ...parent,
    path: '/providers',
    validateSearch: providersSearch,
    component: lazyRouteComponent(() => import('./features/providers/Providers'), 'Providers'),
  }),
  createRoute({
    ...parent,
    path: '/models',
    validateSearch: modelsSearch,
    component: lazyRouteComponent(() => import('./features/models/Models'), 'Models'),
  }),
  createRoute({
    ...parent,
    path: '/settings',
    component: lazyRouteComponent(() => import('./features/settings/Settings'), 'Settings'),
  }),
] as const;

const tree = root.addChildren(screens);

/** A hash history, because the desktop window has no server that answers deep paths. */
export function createPageRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({
    routeTree: tree,
    history,
    defaultPreload: 'intent',
    defaultErrorComponent: ScreenFailure,
    // The old screen stays while the next one's code comes.
    defaultPendingMs: 60_000,
    scrollRestoration: false,
    // What no screen knows of, such as a view that does not exist, goes out of the address before anything is drawn.
    search: { strict: true },
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
}
