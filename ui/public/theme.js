// Sets theme, contrast, density and language on <html> before the first paint.
// A file of its own because the content security policy allows no inline script.
// Reads what src/appearance.ts stores; both must agree on the key and the fields.
(function () {
  var stored = {};
  try {
    stored = (JSON.parse(localStorage.getItem('patchbay.appearance') || '{}') || {}).state || {};
  } catch {
    // Unreadable or forbidden storage means the defaults.
  }
  var root = document.documentElement;
  var asks = function (query) {
    return window.matchMedia(query).matches;
  };
  var dark = stored.theme === 'dark' || (stored.theme !== 'light' && asks('(prefers-color-scheme: dark)'));
  root.dataset.theme = dark ? 'dark' : 'light';
  if (stored.contrast === 'more' || (stored.contrast !== 'normal' && asks('(prefers-contrast: more)'))) {
    root.dataset.contrast = 'more';
  }
  if (stored.density === 'compact' || stored.density === 'comfortable') {
    root.dataset.density = stored.density;
  }
  var language = stored.language || 'system';
  if (language === 'system') language = /^zh/i.test(navigator.language) ? 'zh-CN' : 'en';
  root.lang = language;
})();
