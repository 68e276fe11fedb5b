/** How the UI is built, served while developing, and tested. */
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { ProxyOptions } from 'vite';
import { defineConfig } from 'vitest/config';

/** A running `patchbay serve`; the development server hands these paths on to it. */
const server = process.env['PATCHBAY_URL'] ?? 'http://127.0.0.1:7229';

const proxied: ProxyOptions = {
  target: server,
  changeOrigin: true,
  // The server accepts changes from its own page only; while developing, this page stands in for it.
  configure: (proxy) =>
    proxy.on('proxyReq', (request) => {
      if (request.hasHeader('origin')) request.setHeader('origin', server);
    }),
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  cacheDir: '../node_modules/.vite',
  plugins: [react(), tailwind()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The floor is WebKitGTK 2.40 and Safari 16.4, see tokens.css.
    target: 'safari16.4',
    // No inline assets: the policy allows scripts and fonts from our own origin only.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 7230,
    strictPort: true,
    host: '127.0.0.1',
    proxy: Object.fromEntries(['/admin', '/api', '/v1', '/v1beta', '/health'].map((path) => [path, proxied])),
  },
  test: {
    environment: 'jsdom',
    globals: false,
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // Whole pages with an audit take long where much else runs.
    testTimeout: 120_000,
    css: false,
  },
});
