/** How much room a scrollbar takes, and whether a browser keeps that room free before there is a bar. */

/**
 * Tells the styles, as `--bar` and `--overflow-y`. WebKitGTK knows `scrollbar-gutter` but keeps no room with the bars
 * it draws here; then the bar's track is always there, which nobody sees.
 */
export function measureScrollbars(): void {
  const kept = room('overflow-y: auto; scrollbar-gutter: stable');
  // With the gutter: a browser that hides its bars may keep their room all the same.
  const bar = room('overflow-y: scroll; scrollbar-gutter: stable');
  const { style } = document.documentElement;
  style.setProperty('--bar', `${bar}px`);
  style.setProperty('--overflow-y', kept === bar ? 'auto' : 'scroll');
}

function room(overflow: string): number {
  const probe = document.createElement('div');
  probe.style.cssText = `position: absolute; visibility: hidden; width: 60px; height: 60px; ${overflow}`;
  document.body.append(probe);
  const width = probe.offsetWidth - probe.clientWidth;
  probe.remove();
  return width;
}
